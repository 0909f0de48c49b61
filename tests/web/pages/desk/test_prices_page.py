"""The price list on the desk: a file is looked at before it is taken, and what is odd said to be right."""

import re
from pathlib import Path

import pytest

import node.core.pricelists
from node.core.access import STEP_UP_HOLDS
from node.web.pages.desk.prices import LIMIT_BYTES
from tests.web.browsing import Browser
from tests.web.house import Answer
from tests.web.pages.desk.dealing import CARS, HOSTILE, Dealing, dealing, familiar, holes

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
HEADER = "sku,name,price,currency,stock,lead_days\n"
DEARER = CARS.replace("11400.00", "11600.00")
ODD = CARS.replace("13890.00", "1389.00")


async def send(desk: Browser, content: str, name: str = "prices.csv", **fields: str) -> Answer:
    """Send a file with the form of the page, as a browser does."""
    page = (await desk.get("/desk/prices")).body.decode()
    return await post(desk, dict(_HIDDEN.findall(page)) | fields, (name, content))


async def post(desk: Browser, fields: dict[str, str], file: tuple[str, str] | None = None) -> Answer:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    if file is not None:
        named = f'name="file"; filename="{file[0]}"\r\nContent-Type: text/csv'
        parts.append(f"--x\r\nContent-Disposition: form-data; {named}\r\n\r\n{file[1]}\r\n")
    return await desk.send("/desk/prices", "".join(parts) + "--x--\r\n", "multipart/form-data; boundary=x")


async def prices(deal: Dealing) -> list[str]:
    return [item["price"] for item in (await deal.dealer.owner("GET", "/pricelist")).json["items"]]


async def test_the_list_and_the_rule_are_shown(deal: Dealing) -> None:
    page = (await deal.desk.get("/desk/prices")).body.decode()
    assert "Škoda Octavia Combi, 2021" in page
    assert "Answer wishes in EUR by yourself, with one offer each" in page
    shown = await deal.desk.get("/desk/prices", Accept="application/json")
    assert shown.json == (await deal.dealer.owner("GET", "/pricelist?limit=25")).json


@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_list_is_saved_as_a_file_that_changes_nothing_when_it_is_loaded(
    deal: Dealing, language: str
) -> None:
    assert 'href="/desk/prices/file" download' in (await deal.desk.get("/desk/prices")).body.decode()
    saved = await deal.desk.get("/desk/prices/file", **{"Accept-Language": language})
    named = saved.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="prices-\d{4}-\d\d-\d\d\.csv"', named)
    assert saved.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert (b";13890,00;" in saved.body) == (language == "de")
    looked = await send(deal.desk, saved.body.decode(), named.partition('"')[2][:-1])
    assert "<h1>Nothing would change.</h1>" in looked.body.decode()


async def test_a_list_that_no_file_takes_is_saved_with_the_command(
    deal: Dealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.core.pricelists, "LIMIT_ITEMS", 2)
    page = (await deal.desk.get("/desk/prices/file")).body.decode()
    assert '<a href="#up">The list is too long for one file. Save it with freehold shop show --json' in page


async def test_nobody_else_has_the_list(deal: Dealing) -> None:
    stranger = Browser(deal.dealer)
    assert b"Octavia" not in (await stranger.get("/desk/prices/file")).body


async def test_there_is_none_yet(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/prices")).body.decode()
    assert "<h1>There is no price list yet.</h1>" in page
    assert "There is none: nothing is answered by itself." in page
    shown = await send(fresh.desk, f"{HEADER}a-1,{'Touring bike'},5.00,EUR,1,1\n")
    assert "Without a rule no wish is answered by itself" in shown.body.decode()


async def test_a_list_is_looked_at_and_then_taken(deal: Dealing) -> None:
    before = await prices(deal)
    looked = await send(deal.desk, DEARER)
    page = looked.body.decode()
    assert looked.status == 200, page
    assert "<h1>One change.</h1>" in page
    assert "+1.8\N{NO-BREAK SPACE}%" in page
    assert [name for name in ("Now:", "From then on:") if f'data-l="{name}"' not in page] == []
    assert "Then:" not in page  # that is also what was once, as in the table of an agreement
    assert await prices(deal) == before
    taken = await post(deal.desk, dict(_HIDDEN.findall(page)) | {"take": "1"})
    assert (taken.status, taken.headers["Location"]) == (303, "/desk/prices")
    assert "11600.00" in await prices(deal)


async def test_what_is_taken_is_what_was_looked_at(deal: Dealing) -> None:
    """Another list may come meanwhile, and a form that was pressed once may be sent again after it."""
    first = dict(_HIDDEN.findall((await send(deal.desk, CARS)).body.decode())) | {"take": "1"}
    assert (await post(deal.desk, first)).status == 303
    other = (await send(deal.desk, CARS)).body.decode()
    fields = dict(_HIDDEN.findall((await send(deal.desk, DEARER)).body.decode())) | {"take": "1"}
    assert (await post(deal.desk, fields)).status == 303
    before = await prices(deal)
    stale = await post(deal.desk, dict(_HIDDEN.findall(other)) | {"take": "1"})
    said = stale.body.decode()
    assert (stale.status, "The list has changed since you looked." in said) == (409, True)
    assert await prices(deal) == before
    assert (await post(deal.desk, dict(_HIDDEN.findall(said)) | {"take": "1"})).status == 303
    after = await prices(deal)
    assert after != before
    assert (await post(deal.desk, fields)).status == 303
    assert await prices(deal) == after


async def test_prices_that_a_rule_signs_are_set_by_who_shows_that_it_is_them(tmp_path: Path) -> None:
    async with dealing(tmp_path) as deal:
        await deal.desk.get("/security/password")
        await deal.desk.post("/security/password", password=PASSWORD)
        deal.dealer.clock.ahead += STEP_UP_HOLDS
        page = (await send(deal.desk, DEARER)).body.decode()
        assert 'name="proof_password"' in page
        fields = dict(_HIDDEN.findall(page)) | {"take": "1"}
        before = await prices(deal)
        unshown = await post(deal.desk, fields)
        assert (unshown.status, b"Show that it is still you." in unshown.body) == (403, True)
        wrong = await post(deal.desk, fields | {"proof_password": "another"})
        assert (wrong.status, b"That is not right." in wrong.body) == (403, True)
        assert await prices(deal) == before
        taken = await post(deal.desk, fields | {"proof_password": PASSWORD})
        assert (taken.status, taken.headers["Location"]) == (303, "/desk/prices")
        assert await prices(deal) != before
        assert (await deal.dealer.owner("DELETE", "/rule")).status == 200
        deal.dealer.clock.ahead += STEP_UP_HOLDS
        page = (await send(deal.desk, CARS)).body.decode()
        assert "proof" not in page  # nothing is signed without a person
        assert (await post(deal.desk, dict(_HIDDEN.findall(page)) | {"take": "1"})).status == 303
        assert await prices(deal) == before


async def test_what_looks_odd_is_said_to_be_right_by_hand(deal: Dealing) -> None:
    page = (await send(deal.desk, ODD)).body.decode()
    assert "One needs a look.</h1>" in page
    assert "Is there a digit too many, or too few?" in page
    fields = dict(_HIDDEN.findall(page)) | {"take": "1"}
    refused = await post(deal.desk, fields)
    assert refused.status == 422
    assert '<a href="#right-0">Look at polo-22-b, and say that it is right</a>' in refused.body.decode()
    assert "1389.00" not in await prices(deal)
    assert (await post(deal.desk, fields | {"right": "polo-22-b"})).status == 303
    assert "1389.00" in await prices(deal)


async def test_too_much_that_is_odd_is_never_taken(deal: Dealing) -> None:
    many = HEADER + "".join(f"n{n},Thing {n},100.00,EUR,1,1\n" for n in range(101))
    page = (await send(deal.desk, many)).body.decode()
    assert "odd" in page
    fields = dict(_HIDDEN.findall(page))
    await post(deal.desk, fields | {"take": "1", "right": "octavia-21-c"})
    before = await prices(deal)
    loaded = await deal.dealer.token("write")
    sent = {"Authorization": f"Bearer {loaded}", "Content-Type": "text/csv"}
    assert (await deal.dealer.request("PUT", "/api/v1/pricelist", many.encode(), sent)).status == 200
    cheap = await send(deal.desk, many.replace("100.00", "1.00"))
    assert "There are more than can be looked at one by one." in cheap.body.decode()
    assert (await post(deal.desk, dict(_HIDDEN.findall(cheap.body.decode())) | {"take": "1"})).status == 422
    assert set(await prices(deal)) == {"100.00"} != set(before)


async def test_as_much_as_one_likes_may_go_once_it_is_said_to_be_right(deal: Dealing) -> None:
    many = HEADER + "".join(f"n{n},Thing {n},100.00,EUR,1,1\n" for n in range(102))
    loaded = await deal.dealer.token("write")
    sent = {"Authorization": f"Bearer {loaded}", "Content-Type": "text/csv"}
    assert (await deal.dealer.request("PUT", "/api/v1/pricelist", many.encode(), sent)).status == 200
    page = (await send(deal.desk, HEADER + "n0,Thing 0,1.00,EUR,1,1\n")).body.decode()
    assert "This is right: 101 articles go off the list" in page
    assert page.count('name="right"') == 1  # of the price that looks odd, too
    fields = dict(_HIDDEN.findall(page)) | {"take": "1"}
    for some in ({}, {"gone": "101"}, {"right": "n0"}, {"right": "n0", "gone": "100"}):
        assert (await post(deal.desk, fields | some)).status == 422
    assert len(await prices(deal)) > 1
    assert (await post(deal.desk, fields | {"right": "n0", "gone": "101"})).status == 303
    assert await prices(deal) == ["1.00"]


async def test_what_changes_beside_the_price_is_said(deal: Dealing) -> None:
    loaded = await deal.dealer.token("write")
    sent = {"Authorization": f"Bearer {loaded}", "Content-Type": "text/csv"}
    old = HEADER + "n1,Bell,10.00,EUR,0,1\nn2,Lamp,10.00,EUR,4,1\n"
    assert (await deal.dealer.request("PUT", "/api/v1/pricelist", old.encode(), sent)).status == 200
    page = (await send(deal.desk, HEADER + "n1,Bell,10.00,EUR,1,1\nn2,Lamp,11.00,EUR,2,3\n")).body.decode()
    assert "In stock: 1 instead of 0" in page
    assert "In stock: 2 instead of 4" in page
    assert "Days until delivery: 3 instead of 1" in page
    assert "Of one article there is more in stock than now. Was it sold since the file was made?" in page


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "x.csv"),
        ("nonsense", "x.csv"),
        (HEADER, "x.csv"),
        ("[", "x.json"),
        ("x" * (LIMIT_BYTES + 1), "x"),
    ],
)
async def test_what_is_no_list_changes_nothing(deal: Dealing, content: str, name: str) -> None:
    before = await prices(deal)
    answer = await send(deal.desk, content, name, take="1")
    assert answer.status == 422
    assert 'id="file-e"' in answer.body.decode()
    assert await prices(deal) == before


async def test_what_is_no_list_says_what_to_do(deal: Dealing) -> None:
    empty = (await send(deal.desk, "", "x.csv")).body.decode()
    assert "This file is empty. Choose the one that has the list." in empty
    none = (await send(deal.desk, "", "")).body.decode()
    assert "Choose a file" in none
    emptying = (await send(deal.desk, HEADER, "x.csv")).body.decode()
    assert "Choose the right file; if you mean it" in emptying


@pytest.mark.filterwarnings("ignore:Sending a large body")  # the client's, of what is over a megabyte
@pytest.mark.parametrize("size", [LIMIT_BYTES + 1, 3 * LIMIT_BYTES])
async def test_a_list_that_is_too_large_is_told_how_large_it_may_be(deal: Dealing, size: int) -> None:
    answer = await send(deal.desk, "x" * size, "x.csv")
    page = answer.body.decode()
    assert "A price list may have 1 MB here." in page
    assert ('href="/desk/prices"' in page, "See how it stands now" in page) == (True, False)
    deal.desk.cookies["language"] = "de"
    german = (await send(deal.desk, "x" * size, "x.csv")).body.decode()
    del deal.desk.cookies["language"]
    assert familiar(german) == []


async def test_nothing_is_taken_of_nothing(fresh: Dealing) -> None:
    page = (await send(fresh.desk, HEADER, "x.csv")).body.decode()
    assert "Nothing would change." in page
    assert "Take over the list" not in page
    assert "standing offer" not in page


async def test_every_mistake_is_told_at_once_and_where_it_is(fresh: Dealing) -> None:
    line = "sku;name;price;currency;stock;lead_days\nt-1;Bike;2.990;EUR;many;3\nt-2;<b>;1890,00;EUR;2;soon\n"
    page = (await send(fresh.desk, "\ufeff" + line, "x.csv")).body.decode()
    assert "There are 3 things to mend" in page
    assert "3 things in it are to be mended." in page
    for fault in ("Line 2, column price: ", "Line 2, column stock: ", "Line 3, column lead_days: "):
        assert page.count(f"<li>{fault}") == 1, fault
    named = "Artikelnr;Bezeichnung;Preis;Waehrung;Bestand;Lieferzeit\nt-1;Bike;1,00;EUR;2;3\n"
    page = (await send(fresh.desk, named, "x.csv")).body.decode()
    assert "<li>Line 1: the column lead_days is missing; rename Lieferzeit to lead_days, if that" in page
    assert "One thing in it is to be mended." in page
    assert await prices(fresh) == []


async def test_a_german_list_is_taken_and_its_mistakes_are_german(fresh: Dealing) -> None:
    fresh.desk.cookies["language"] = "de"
    header = "Artikelnummer;Bezeichnung;Preis;Währung;Bestand;Liefertage;Gewicht [kg]\n"
    wrong = f"{header}t-1;Rad;ab 1890;EUR;viel;3;13,2\nt-2;Rad;1.890;EUR;2;4000;13,2\n"
    page = (await send(fresh.desk, wrong, "preise.csv")).body.decode()
    assert "tour-1;Tourenrad Linde;1890,00;EUR;2;6" in page
    for fault in (
        "Zeile 2, Spalte Preis: Eine Zahl über null eintragen, etwa 1299,00, und sonst nichts.",
        "Zeile 2, Spalte Bestand: Eine ganze Zahl von 0 bis 1.000.000.000 eintragen.",
        "Zeile 3, Spalte Preis: Das kann 1890 oder 1,89 heißen; 1890 oder 1,89 schreiben.",
        "Zeile 3, Spalte Liefertage: Eine ganze Zahl von 0 bis 3.650 eintragen.",
    ):
        assert f"<li>{fault}</li>" in page, fault
    assert familiar(page) == []
    foreign = "SKU;Name;VK brutto;Bestand;Liefertage\n"
    page = (await send(fresh.desk, foreign, "preise.csv")).body.decode()
    assert "Die Spalte Preis fehlt; VK brutto in Preis umbenennen, wenn es das ist." in page
    assert "Die Spalte Währung fehlt; ergänzen, oder die Währung beim Preis nennen: Preis [EUR]." in page
    right = f"{header}t-1;Rad;1890,00;EUR;2;3;13,2\n"
    answer = await send(fresh.desk, right, "preise.csv")
    assert answer.status == 200, answer.body.decode()
    del fresh.desk.cookies["language"]


async def test_names_of_others_and_forms_of_others(deal: Dealing) -> None:
    name = HOSTILE.replace('"', "").replace(",", "")
    answer = await send(deal.desk, f"{HEADER}h-1,{name},5.00,EUR,1,1\n", "<img src=x>.csv")
    assert holes(answer.body.decode()) == []
    assert (await send(deal.desk, DEARER, form_token="x")).status == 403
    page = (await deal.desk.get("/desk/prices")).body.decode()
    assert (await post(deal.desk, dict(_HIDDEN.findall(page)) | {"content": "!"})).status == 422
    unframed = await deal.desk.send("/desk/prices", "x", "multipart/form-data; boundary=x")
    assert unframed.status == 422
    assert (await deal.desk.send("/desk", "x", "multipart/form-data; boundary=x")).status in (404, 405)


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    for page in (
        await deal.desk.get("/desk/prices", **{"Accept-Language": "de"}),
        await send(deal.desk, DEARER),
    ):
        assert familiar(page.body.decode()) == []
