"""Price lists as real programs write them, typed at a real node: what is loaded, asked, offered and said."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocol.documents import Document
from tests.commands.nodes import Node, Ran, Run, running, until

FIELD = Path(__file__).parents[1] / "field" / "price-lists"
HEADER = "sku,name,price,currency,stock,lead_days"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("b") / "bikes"
    with running(folder, "bikes", "--name", "Bike Haus", "--kind", "organization") as node:
        yield node


@pytest.fixture
def bikes(run: Run, shop: Node) -> Run:
    """Return a function that types a command at the shop's node."""
    return lambda *words, **given: run(*words, "--data", shop.folder, **given)


@pytest.fixture
def load(bikes: Run, tmp_path: Path) -> Callable[..., Ran]:
    """Return a function that loads a text as a price list."""

    def load_text(text: str | bytes, *words: str, **given: str) -> Ran:
        file = tmp_path / "prices.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return bikes("shop", "load", file, *words, **given)

    return load_text


@pytest.fixture
def ask(ada: Run, bikes: Run, shop: Node, tmp_path: Path) -> Callable[..., Document]:
    """Return a function that asks the shop for something and waits for the one offer its rule makes."""

    def cast(*words: str) -> Document:
        cast = ada("intention", "cast", *words, "--currency", "EUR", "--to", shop.acct, "--yes", "--json")
        assert cast.code == 0, cast.err
        id = cast.json["id"]
        (offer,) = until(lambda: ada("offer", "list", "--intention", id, "--json").items, "an offer")
        assert ada("offer", "reject", offer["id"], "--yes").code == 0  # what it holds is free again
        until(lambda: not bikes("offer", "list", "--state", "offered", "--json").items, "the rejection")
        return dict(offer)

    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps({"currency": "EUR"}), encoding="utf-8")
    assert bikes("shop", "rule", "--file", rule).code == 0
    return cast


def shown(bikes: Run) -> list[Document]:
    return bikes("shop", "show", "--json").items


# --- what is loaded ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "words", "name", "price", "properties"),
    [
        ("sep-line.csv", (), "Fahrrad", "1890.00", []),
        ("cp1252.csv", ("--encoding", "windows-1252"), "Fahrrad Größe L", "1890.00", []),
        ("utf-16.txt", (), "Fahrrad Größe L", "1890.00", []),
        ("empty-columns.csv", (), "Bike", "1890.00", []),
        ("title-rows.csv", (), "Tourenrad Linde", "1890.00", [("weight", "13.2")]),
        ("hindi-thai.csv", (), "Bike", "1890.00", [("रंग", "लाल"), ("สี", "แดง")]),
        ("capital-header.csv", (), "Bike", "1890.00", [("Colour", "blue")]),
        ("decomposed-value.csv", (), "Bike", "1890.00", [("colour", "grün")]),
    ],
)
def test_a_list_of_the_field_is_loaded(
    bikes: Run, file: str, words: tuple[str, ...], name: str, price: str, properties: list[tuple[str, str]]
) -> None:
    loaded = bikes("shop", "load", FIELD / file, *words)
    assert (loaded.code, loaded.out) == (0, "  Loaded 1 item.\n"), loaded.err
    (item,) = shown(bikes)
    assert (item["sku"], item["name"], item["price"], item["currency"]) == ("tour-1", name, price, "EUR")
    assert (item["stock"], item["lead_days"]) == (2, 6)
    assert [(stated["property"], stated["value"]) for stated in item["properties"]] == properties


@pytest.mark.slow
def test_a_list_without_a_rule_says_that_nothing_is_offered_by_itself(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(f"{HEADER}\nb1,Bike,1000.00,EUR,2,3\n", encoding="utf-8")
    with running(tmp_path / "new", "new", "--kind", "organization") as node:
        told = run("shop", "load", file, "--data", node.folder)
        assert told.out == "  Loaded 1 item.\n"
        assert "No rule: nothing is offered by itself. Set one with: freehold --data" in told.err
        rule = tmp_path / "rule.json"
        rule.write_text(json.dumps({"currency": "EUR"}), encoding="utf-8")
        assert run("shop", "rule", "--file", rule, "--data", node.folder).code == 0
        assert "No rule" not in run("shop", "load", file, "--data", node.folder).err
        both = run("shop", "rule", "--file", rule, "--none", "--data", node.folder)
        assert "Give one of them." in both.err
        assert run("shop", "rule", "--none", "--data", node.folder).code == 0
        assert "No rule" in run("shop", "load", file, "--data", node.folder).err


def test_a_dry_run_says_what_a_list_would_change(bikes: Run, load: Callable[..., Ran]) -> None:
    load(f"{HEADER}\n" + "".join(f"b{n},Bike {n},1000.00,EUR,2,3\n" for n in range(20)))
    dearer = "".join(f"b{n},Bike {n},1100.00,EUR,2,3\n" for n in range(2, 20))
    told = load(f"{HEADER}\nb1,Bike 1,10000.00,EUR,2,3\n{dearer}c1,Bell,5.00,EUR,1,1\n", "--dry-run")
    assert told.code == 0, told.err
    assert "Would load 20 items: 1 new, 19 changed, 1 gone, 0 as before." in told.out
    assert "Prices: 19 up, 0 down." in told.out
    assert "2 changes to look at" in told.out
    assert "And 9 more changes." in told.out
    rows = told.out.splitlines()
    (odd,) = [row for row in rows if row.startswith("b1 ")]
    assert "1,000.00 EUR  10,000.00 EUR  +900.0 %  tenfold, or a tenth" in odd
    assert any(row.startswith("b0 ") and "neither its number nor its name" in row for row in rows)
    assert any(row.startswith("c1 ") and row.endswith("new") for row in rows)
    assert any(row.startswith("b13 ") and row.endswith("+10.0 %") for row in rows)
    assert [item["price"] for item in shown(bikes)] == ["1000.00"] * 20
    kilos = f"{HEADER},unit\nb1,Bike 1,1000.00,EUR,2,3,kg\n"
    assert "1,000.00 EUR per kg" in load(kilos, "--dry-run").out
    stocked = load(f"{HEADER}\nb1,Bike 1,1000.00,EUR,9,3\n", "--add", "--dry-run")
    assert "Would load 1 item: 0 new, 1 changed, 0 gone, 19 as before." in stocked.out
    assert "Prices:" not in stocked.out
    assert stocked.out.splitlines()[-1].endswith("not the price")
    answer = load(f"{HEADER}\n", "--dry-run", "--json").json["answer"]
    assert (answer["gone"]["count"], len(answer["gone"]["first"])) == (20, 10)


def test_a_dry_run_says_what_a_list_would_do_to_offers_and_wishes(
    ada: Run, bikes: Run, load: Callable[..., Ran], shop: Node, ask: Callable[..., Document]
) -> None:
    load(f"{HEADER}\nw1,Barrow,100.00,EUR,2,3\n")
    ask("--what", "Barrow")
    words = ("--currency", "EUR", "--to", shop.acct, "--yes", "--json")
    cast = [ada("intention", "cast", "--what", name, *words).json["id"] for name in ("Barrow", "Spade")]
    until(lambda: bikes("shop", "pipeline", "--json").json["counts"].get("offered"), "the offer")
    until(lambda: bikes("shop", "pipeline", "--json").json["stages"]["answer"], "the other wish")
    told = load(f"{HEADER}\nw1,Barrow,90.00,EUR,2,3\nw2,Spade,9.00,EUR,2,3\n", "--dry-run").out
    assert "1 standing offer keeps its price and what is promised: 1 of Barrow." in told
    assert "there would be something to offer for 1." in told
    for id in cast:
        assert ada("intention", "withdraw", id, "--yes").code == 0
    until(lambda: not bikes("shop", "pipeline", "--json").json["counts"].get("offered"), "the end of it")


def test_prices_that_name_their_currencies(bikes: Run) -> None:
    assert bikes("shop", "load", FIELD / "currency-in-cell.csv").code == 0
    assert [(item["price"], item["currency"]) for item in shown(bikes)] == [
        ("1890.00", "EUR"),
        ("2249.00", "CHF"),
    ]


def test_cells_that_a_spreadsheet_left_out_or_added_are_empty(bikes: Run) -> None:
    assert bikes("shop", "load", FIELD / "no-trailing-cells.csv").code == 0
    assert [len(item["properties"]) for item in shown(bikes)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("file", "sentences"),
    [
        ("thousands-dot-weight.csv", ["Line 2, column 7: this could be 1250 or 1.25; write"]),
        ("thousands-price-kwd.csv", ["Line 2, column price: this could be 1250 or 1.25; write"]),
        ("cp1252.csv", ["not UTF-8: line 2", "'CSV UTF-8 (Comma delimited)'", "--encoding"]),
        (
            "shopify.csv",
            [
                "Line 1: this looks like an export of Shopify",
                "Line 1: the column sku is missing; rename Variant SKU to sku, if that is what it is.",
                "rename Title to name",
                "rename Variant Price to price",
                "rename Variant Inventory Qty to stock",
                "the column currency is missing; add it, or have the price say it: price [EUR].",
                "the column lead_days is missing; add it.",
            ],
        ),
        (
            "woocommerce.csv",
            [
                "WooCommerce",
                "rename Regular price to price",
                "the column currency is missing",
                "the column lead_days is missing",
            ],
        ),
        (
            "prestashop.csv",
            [
                "PrestaShop",
                "rename Reference to sku",
                "rename Price (tax incl.) to price",
                "rename Quantity to stock",
            ],
        ),
        (
            "google-merchant.tsv",
            [
                "Google Merchant Center",
                "rename id to sku",
                "rename title to name",
                "the column stock is missing; add it.",
                "the column lead_days is missing; add it.",
            ],
        ),
        (
            "german-stock-system.csv",
            ["  Line 1: the column price is missing; rename VK brutto to price, if that is what it is.\n"],
        ),
    ],
)
def test_a_list_that_cannot_be_taken_is_explained_and_changes_nothing(
    bikes: Run, load: Callable[..., Ran], file: str, sentences: list[str]
) -> None:
    load(f"{HEADER}\nold,Old bike,90.00,EUR,1,3\n")
    refused = bikes("shop", "load", FIELD / file)
    assert refused.code == 1
    assert [sentence for sentence in sentences if sentence not in refused.err] == []
    assert [item["sku"] for item in shown(bikes)] == ["old"]


def test_every_mistake_is_a_line_of_its_own_and_a_member_for_programs(
    bikes: Run, load: Callable[..., Ran]
) -> None:
    wrong = f"{HEADER}\na,A,x,EUR,1,0\nb,B,1,EUR,many,0\nc,C,y,EUR,1,0\n"
    refused = load(wrong)
    assert refused.err.splitlines() == [
        "  Lines 2 and 4, column price: write a number above zero, such as 1299.00, and nothing else.",
        "  Line 3, column stock: write a whole number from 0 to 1000000000.",
        "  Nothing was changed. Correct the list and load it again.",
    ]
    problem = load(wrong, "--json").json
    assert (problem["code"], len(problem["errors"]), problem["exit_code"]) == ("price-list-invalid", 2, 1)


@pytest.mark.parametrize("name", ["prices.xlsx", "prices.ods", "prices.XLS", "prices.numbers"])
def test_a_workbook_is_told_apart_by_its_name(bikes: Run, name: str) -> None:
    refused = bikes("shop", "load", name)
    assert refused.code == 2
    assert "is a workbook" in refused.err
    assert "CSV UTF-8" in refused.err


def test_a_workbook_under_another_name_is_told_apart_by_its_content(load: Callable[..., Ran]) -> None:
    refused = load(b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml")
    assert refused.code == 1
    assert "This is an Excel workbook (.xlsx) and no CSV" in refused.err
    assert "not UTF-8" not in refused.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("prices.doc",), "neither .csv nor .json"),
        (("-",), "Say which it is with --format"),
        (("prices.csv", "--encoding", "x\r\ny: z"), "no name of an encoding"),
    ],
)
def test_what_cannot_be_a_list_is_refused_before_it_is_read(
    bikes: Run, words: tuple[str, ...], sentence: str
) -> None:
    refused = bikes("shop", "load", *words)
    assert (refused.code, sentence in refused.err) == (2, True)


def test_a_list_may_come_over_a_pipe(bikes: Run) -> None:
    rows = f"{HEADER}\npipe,A,1.00,EUR,1,0\n".encode()
    assert bikes("shop", "load", "-", "--format", "csv", piped=rows).code == 0
    assert [item["sku"] for item in shown(bikes)] == ["pipe"]


# --- what is asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [HEADER, "", "sep=,\n" + HEADER, "\ufeff"])
def test_a_list_without_items_asks_before_it_takes_everything_away(
    bikes: Run, load: Callable[..., Ran], text: str
) -> None:
    load(f"{HEADER}\nold,Old bike,90.00,EUR,1,3\n")
    assert load(text).code == 2
    assert load(text, "--no-input").code == 2
    asked = load(text, typed="n\n")
    assert (asked.code, "has no items. Take everything off your list? [y/N]" in asked.err) == (1, True)
    assert [item["sku"] for item in shown(bikes)] == ["old"]
    assert load(text, typed="y\n").out == "  Loaded 0 items.\n"
    assert shown(bikes) == []
    assert load(text).code == 0  # there is nothing to lose


def test_a_program_says_yes_beforehand(bikes: Run, load: Callable[..., Ran]) -> None:
    load(f"{HEADER}\nold,Old bike,90.00,EUR,1,3\n")
    assert load(HEADER, "--add").code == 0  # it takes nothing away
    assert [item["sku"] for item in shown(bikes)] == ["old"]
    assert load(HEADER, "--yes").code == 0
    assert shown(bikes) == []


def test_an_empty_list_over_the_api_has_to_say_that_it_means_it(shop: Node, load: Callable[..., Ran]) -> None:
    load(f"{HEADER}\nold,Old bike,90.00,EUR,1,3\n")
    emptied = shop.api.fetch("PUT", "/pricelist", b"[]", query={"empty": "true"})
    assert json.loads(emptied)["items"] == []


# --- what is offered ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "must"),
    [
        ("decomposed-value.csv", "colour=grün"),
        ("decomposed-value.csv", "Colour=GRU\u0308N"),
        ("capital-header.csv", "colour=blue"),
        ("capital-header.csv", "COLOUR=Blue"),
        ("hindi-thai.csv", "रंग=लाल"),
        ("title-rows.csv", "Weight<=13200 g"),
    ],
)
def test_what_is_wanted_and_what_is_listed_are_one_in_any_spelling(
    bikes: Run, ask: Callable[..., Document], file: str, must: str
) -> None:
    assert bikes("shop", "load", FIELD / file).code == 0
    offered = ask("--what", "Tourenrad" if file == "title-rows.csv" else "Bike", "--must", must)
    assert offered["total"] == "1890.00"


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_loaded_and_answered_from(
    bikes: Run, load: Callable[..., Ran], ask: Callable[..., Document]
) -> None:
    rows = "".join(f"b{number},Bike,{number + 100}.00,EUR,1,3,c{number}\n" for number in range(100_000))
    loaded = load(f"{HEADER},colour\n{rows}")
    assert (loaded.code, loaded.out) == (0, "  Loaded 100,000 items.\n"), loaded.err
    assert ask("--what", "Bike", "--must", "colour=c99999")["total"] == "100099.00"
    assert load(f"{HEADER}\nlast,Bike,1.00,EUR,1,3\n").code == 0
    assert [item["sku"] for item in shown(bikes)] == ["last"]


# --- what has changed --------------------------------------------------------------------------------


def test_who_asked_before_is_answered_once_there_is_something(
    ada: Run, bikes: Run, load: Callable[..., Ran], shop: Node, tmp_path: Path
) -> None:
    load(HEADER, "--yes")
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps({"currency": "EUR"}), encoding="utf-8")
    assert bikes("shop", "rule", "--file", rule).code == 0
    words = ("--what", "Tandem", "--currency", "EUR", "--to", shop.acct, "--yes", "--json")
    first, second = (ada("intention", "cast", *words).json["id"] for _ in range(2))

    def offers(intention: str) -> list[Document]:
        return ada("offer", "list", "--intention", intention, "--json").items

    until(lambda: bikes("shop", "pipeline", "--json").json["stages"]["answer"] >= 2, "both wishes")
    assert load(f"{HEADER}\ntandem,Tandem,2890.00,EUR,1,3\n").code == 0
    (offered,) = until(lambda: offers(first) + offers(second), "an offer to one of them")
    other = second if offers(first) else first
    assert offers(other) == []  # there is only one tandem
    assert ada("offer", "reject", offered["id"], "--yes").code == 0
    (late,) = until(lambda: offers(other), "an offer to the other")
    assert (late["total"], late["state"]) == ("2890.00", "offered")
    states = sorted(offer["state"] for offer in offers(first) + offers(second))
    assert states == ["offered", "rejected"]  # nobody has got two
    assert ada("offer", "reject", late["id"], "--yes").code == 0
    assert (
        ada("intention", "withdraw", first, "--yes").code
        == ada("intention", "withdraw", second, "--yes").code
        == 0
    )


# --- what it is, and how it is counted ---------------------------------------------------------------


@pytest.fixture
def answered(ada: Run, bikes: Run, ask: Callable[..., Document], shop: Node) -> Callable[..., Document]:
    """Return a function that asks the shop, and says why nothing was offered; a wish is taken back again."""

    def cast(*words: str) -> Document:
        cast = ada("intention", "cast", *words, "--currency", "EUR", "--to", shop.acct, "--yes", "--json")
        assert cast.code == 0, cast.err

        def waiting() -> Document | None:
            shown = bikes("shop", "pipeline", "--stage", "answer", "--json").json["items"]
            return next((wish for wish in shown if wish["name"] == cast.json["name"]), None)

        found: Document = until(waiting, "the wish to wait for a person")
        table = bikes("shop", "pipeline")
        assert found["name"] in table.out
        assert "They wait for you. Answer one with: freehold offer make" in " ".join(
            table.err.split()
        ).replace(f"freehold --data {shop.folder} ", "freehold ")
        assert ada("offer", "list", "--intention", cast.json["id"], "--json").items == []
        assert ada("intention", "withdraw", cast.json["id"], "--yes").code == 0
        return found

    return cast


SCREWS = f"""{HEADER},unit,words
bike,Touring bike Linden,1890.00,EUR,2,6,,
light,Bike light,9.90,EUR,50,2,,
screw,Wood screw 4x40,0.20,EUR,1000,2,,
flour,Flour,1.20,EUR,1000.5,2,kg,
"""


@pytest.mark.parametrize(
    ("words", "total", "quantity"),
    [
        (("--what", "Touring bike"), "1890.00", ("1", "one")),
        (("--what", "A bike light"), "9.90", ("1", "one")),
        (("--what", "Wood screws", "--quantity", "100"), "20.00", ("100", "one")),
        (("--what", "Wood screws", "--quantity", "1 gross"), "28.80", ("1", "gross")),
        (("--what", "Wood screws", "--quantity", "2 dozen"), "4.80", ("2", "dozen")),
        (("--what", "Flour", "--quantity", "0.5 t"), "600.00", ("0.5", "t")),
        (("--what", "Flour", "--quantity", "500 g"), "0.60", ("500", "g")),
    ],
)
def test_what_is_alike_is_offered_for_all_that_is_wanted(
    load: Callable[..., Ran],
    ask: Callable[..., Document],
    words: tuple[str, ...],
    total: str,
    quantity: tuple[str, str],
) -> None:
    load(SCREWS)
    offered = ask(*words)
    assert (offered["total"], tuple(offered["quantity"].values())) == (total, quantity)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--what", "Lawn mower"), "nothing-alike"),
        (("--what", "Bike"), "none-fits"),  # a touring bike is one, and there is no bike of 1 kg
        (("--what", "Touring bike", "--quantity", "3"), "none-fits"),
        (("--what", "Touring bike", "--quantity", "1 kg"), "unit"),
        (("--what", "Wood screws", "--quantity", "10 gross"), "none-fits"),
        (("--what", "Wood screws", "--quantity", "1.5"), "unit"),
        (("--what", "Flour"), "unit"),
        (("--what", "Flour", "--quantity", "333 g"), "none-fits"),
        (("--what", "Touring bike", "--category", "https://example.org/mowers"), "none-fits"),
    ],
)
def test_what_matches_nothing_waits_for_a_person_with_the_reason(
    load: Callable[..., Ran], answered: Callable[..., Document], words: tuple[str, ...], why: str
) -> None:
    load(SCREWS.replace("Touring bike Linden,", "Touring bike Linden,", 1))
    more = ("--must", "weight<=1 kg") if why == "none-fits" and "--quantity" not in words else ()
    assert answered(*words, *more)["why"] == why


def test_a_rule_says_what_all_its_things_are(
    bikes: Run,
    load: Callable[..., Ran],
    ask: Callable[..., Document],
    answered: Callable[..., Document],
    tmp_path: Path,
) -> None:
    load(f"{HEADER}\ncivic,Civic 1980,3250.00,EUR,1,8\n")
    cars = "https://www.wikidata.org/wiki/Q1420"
    rule = tmp_path / "cars.json"
    rule.write_text(json.dumps({"currency": "EUR", "category": cars}), encoding="utf-8")
    assert bikes("shop", "rule", "--file", rule).code == 0
    assert ask("--what", "Something to drive", "--category", cars)["name"] == "Civic 1980"
    assert answered("--what", "Civic 1980")["why"] == "category"
    rule.write_text(json.dumps({"currency": "CHF", "category": cars}), encoding="utf-8")
    assert bikes("shop", "rule", "--file", rule).code == 0
    assert answered("--what", "Something to drive", "--category", cars)["why"] == "currency"


def test_an_offer_says_in_how_many_days_it_is_delivered(
    ada: Run, load: Callable[..., Ran], ask: Callable[..., Document]
) -> None:
    load(SCREWS)
    offered = ask("--what", "Touring bike", "--must", "deliveryLeadTime<=1 week")
    assert {"property": "deliveryLeadTime", "value": "6", "unit": "d"} in offered["properties"]
    assert "within 6 days" in ada("offer", "show", offered["id"]).out


@pytest.mark.slow
def test_what_is_sold_by_weight_is_counted_by_weight(bikes: Run, load: Callable[..., Ran]) -> None:
    load(SCREWS, "--yes")
    flour = next(item for item in shown(bikes) if item["sku"] == "flour")
    assert (flour["stock"], flour["held"], flour["available"], flour["unit"]) == ("1000.5", 0, "1000.5", "kg")
    assert "1000.5 kg" in bikes("shop", "show").out


def test_what_was_lost_is_listed_with_why_and_counted(
    ada: Run, bikes: Run, shop: Node, ask: Callable[..., Document]
) -> None:
    words = ("--currency", "EUR", "--to", shop.acct, "--yes", "--json")
    wish = ada("intention", "cast", "--what", "Sledge", *words).json["id"]

    def waiting() -> list[Document]:
        items = bikes("shop", "pipeline", "--json").json["items"]
        return [item for item in items if item["name"] == "Sledge"]

    until(waiting, "the wish")
    price = ("--name", "Davos sledge", "--price", "Sledge: 90 EUR", "--yes")
    assert bikes("offer", "make", waiting()[0]["intention"], *price).code == 0
    assert "Davos sledge" in bikes("shop", "pipeline").out

    def arrived() -> list[Document]:
        return list(ada("offer", "list", "--intention", wish, "--json").json["items"])

    until(arrived, "the offer")
    assert ada("offer", "reject", arrived()[0]["id"], "--reason", "Too slow.", "--yes").code == 0

    def lost() -> list[Document]:
        items = bikes("shop", "pipeline", "--stage", "lost", "--reason", "declined", "--json").json["items"]
        return [item for item in items if item["name"] == "Sledge"]

    until(lost, "the rejection")
    told = bikes("shop", "pipeline", "--stage", "lost", "--limit", "1").out
    assert re.search(r"^ *declined +\d+$", told, re.MULTILINE)
    assert 'declined: "Too slow."' in told
    assert "Davos sledge" in told
    assert lost()[0]["total"] == "90.00"
    assert bikes("shop", "pipeline", "--stage", "lost", "--search", "sledge").code == 2
    assert bikes("shop", "pipeline", "--limit", "1").code == 2
    assert bikes("shop", "pipeline", "--stage", "lost", "--reason", "nope").code != 0
