"""Whether an offer fits, in words; what a property is called, and what terms change."""

from typing import Any

import pytest
from markupsafe import Markup

from node.core.changes import changes, view_change
from node.core.drafts import TERMS, read_terms
from node.web.pages.wording import judgements, labels, revisions
from node.web.pages.wording.languages import GERMAN, Reader, reading
from protocol.drafts import Draft
from protocol.quantities import Quantity
from tests.protocol.data_terms import TEXT, asked, claim, terms

HOSTILE = "<b>\u202ex"


def point(fit: str, *, value: str | None = None, unit: str = "km", **members: Any) -> dict[str, Any]:
    return {
        "property": "mileage",
        "unit": unit,
        "necessity": "must",
        "fit": fit,
        "off": None,
        "best": False,
        "stated": None if value is None else {"value": value, "unit": unit},
        **members,
    }


def offer(judgement: str, *points: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "judgement": judgement,
        "difference": list(points),
        "peer": {"blocked": False},
        "currency": "EUR",
        "months": None,
        "monthly": None,
        "above_limit": None,
        "above_lowest": None,
        **members,
    }


TOO_FAR = point("missed", value="95000", at_most="90000", off="5000")
NO_BAR = point("missed", value="false", unit="", property="tow bar", necessity="should") | {"value": "true"}
UNSAID = point("unknown", property="guarantee", at_least="12", necessity="should")


@pytest.mark.parametrize("name", ["fuelConsumption", "Fuel consumption", "fuel-consumption"])
def test_a_property_is_said_in_the_language_of_the_reader_however_it_is_spelled(name: str) -> None:
    with reading(Reader(language=GERMAN)):
        assert labels.label(name) == "Verbrauch"
        assert labels.label("Colour") == "Farbe"
        assert labels.is_ours(name)
        assert not labels.is_ours("Notice")


@pytest.mark.parametrize(
    ("shown", "kind", "text"),
    [
        (offer("shut-out"), "no", "Their key changed: confirm it first"),
        (offer("shut-out", peer={"blocked": True}), "no", "You have blocked them"),
        (offer("misses", TOO_FAR), "no", "Mileage 95,000 km, 5,000 km too much"),
        (offer("unsaid", point("unknown", at_most="5")), "ask", "Does not say: mileage"),
        (offer("fits-all"), "yes", "You asked for nothing in particular"),
        (offer("over-limit", NO_BAR), "yes", "Fits, but: no tow bar"),
        (offer("fits", UNSAID), "ask", "Fits; not said: guarantee"),
        (offer("fits-all", point("met", value="5", at_most="9")), "yes", "Fits in every point"),
    ],
)
def test_whether_it_fits_is_one_line(shown: dict[str, Any], kind: str, text: str) -> None:
    said = judgements.fit(shown)
    assert (said.kind, said.text.replace("\N{NO-BREAK SPACE}", " ")) == (kind, text)


@pytest.mark.parametrize("judgement", ["shut-out", "misses", "unsaid", "over-limit", "fits", "fits-all"])
def test_every_judgement_has_a_tag(judgement: str) -> None:
    assert judgements.tag(offer(judgement)).text


def test_what_should_give_pause_is_a_tag() -> None:
    assert judgements.pauses(offer("fits")) == []
    said = judgements.pauses(offer("fits", above_limit="10.00", monthly="5.00"))
    assert [one.text for one in said] == ["€10.00 over your limit", "runs until it is ended"]
    assert [one.text for one in judgements.pauses(offer("fits", above_limit="-1.00", months="12"))] == [
        "12 months"
    ]


@pytest.mark.parametrize(
    ("above", "text"),
    [(None, ""), ("0.00", "lowest that fits"), ("5.00", "+€5.00"), ("-5.00", "\N{MINUS SIGN}€5.00")],
)
def test_what_it_costs_more(above: str | None, text: str) -> None:
    assert judgements.gap(offer("fits", above_lowest=above)) == text


def test_a_total_stands_to_the_limit() -> None:
    assert judgements.limit(None, "EUR") is None
    over, under = judgements.limit("5.00", "EUR"), judgements.limit("-5.00", "EUR")
    assert over is not None
    assert under is not None
    assert (over.kind, under.kind) == ("bad", "dim")
    assert over.text.startswith("€5.00 over")
    assert under.text.startswith("€5.00 under")


@pytest.mark.parametrize(
    ("one", "kind", "text"),
    [
        (TOO_FAR, "no", "Mileage: 95,000 km, you asked for at most 90,000 km"),
        (UNSAID, "ask", "Guarantee: not said, you hoped for at least 12 km"),
        (NO_BAR, "no", "Tow bar: no, you hoped for it"),
        (NO_BAR | {"necessity": "must"}, "no", "Tow bar: no, you asked for it"),
        (
            point("met", value="blue", unit="") | {"value": "blue", "property": "colour"},
            "yes",
            "Colour: blue",
        ),
        (point("missed", value="red", unit="") | {"value": "blue"}, "no", "Mileage: red, you asked for blue"),
        (point("met", value="5", at_least="2", at_most="9"), "yes", "Mileage: 5 km, you asked for 2 to 9 km"),
    ],
)
def test_a_point_says_what_is_and_what_was_asked_for(one: dict[str, Any], kind: str, text: str) -> None:
    said = judgements.check(one)
    assert (said.kind, said.text.replace("\N{NO-BREAK SPACE}", " ")) == (kind, text)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("5", "", "5"),
        ("5.0", "one", "5"),
        ("1", "d", "1 day"),
        ("3", "d", "3 days"),
        ("2", "wk", "2 weeks"),
        ("1", "mo", "1 month"),
        ("2", "a", "2 years"),
        ("1.5", "a", "1.5 years"),
        ("90000", "km", "90,000 km"),
        ("true", "", "yes"),
        ("False", "", "no"),
        ("9" * 40, "km", "9" * 40 + " km"),
        ("blue", HOSTILE, "blue <b>x"),
        ("1", "000 km", "1 “000 km”"),
        ("1", ",5 “kg”", "1 “,5 \u2019kg\u2019”"),
        ("20", "°C", "20 °C"),
        (HOSTILE, "", "<b>x"),
    ],
)
def test_a_value_is_written_as_its_reader_writes_it(value: str, unit: str, text: str) -> None:
    assert labels.measure(value, unit).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_point_is_a_heading() -> None:
    assert labels.wanted(TOO_FAR).replace("\N{NO-BREAK SPACE}", " ") == "Mileage, at most 90,000 km"
    assert labels.wanted(NO_BAR) == "Tow bar"
    assert labels.wanted(point("met") | {"value": "blue", "unit": ""}) == "Mileage: blue"
    assert labels.beyond(point("missed", off="-3")).replace("\N{NO-BREAK SPACE}", " ") == "3 km too little"
    assert labels.label("deliveryLeadTime") == "Delivery time"


LINE = {"kind": "oneOff", "amount": "5.00", "currency": "EUR"}
CARE = {**LINE, "label": "care", "kind": "recurring", "per": "month"}
FEE = {**LINE, "label": "Deposit"}
USE = {**LINE, "label": "use", "kind": "unitRate", "amount": "0.30", "unit": "kWh", "estimate": "2500"}
EMPTY = Draft("A", Quantity(None, "one"), "https://x.example/1", "https://x.example/2", ())
BEFORE: dict[str, Any] = {"name": "A", "price": [FEE]}
AFTER: dict[str, Any] = {
    "name": "B",
    "quantity": "2",
    "price": [{**USE, "currency": "GBP"}],
    "category": "https://x.example/cars",
    "properties": [{"property": "seats", "value": "5", "unit": "one"}],
    "starts_at": "2029-02-01T00:00:00Z",
    "ends_at": "2030-02-01T00:00:00Z",
    "notice": "P1M",
    "content": "As seen.",
    "terms": {"policy": asked()},
}
KEPT = terms(roster=claim("SD-BASE"))
WITHDRAWAL = (
    "Changing your mind: you may withdraw within 14 days, without a reason. The time begins when you have "
    "received the thing, or with the agreement if nothing is sent to you."
)


@pytest.mark.parametrize(
    ("term", "before", "after", "told"),
    [
        ("name", "A", HOSTILE, [("What", "A", "<b>x")]),
        (
            "quantity",
            {"value": "1", "unit": "one"},
            {"value": "2", "unit": "kg"},
            [("How much", "1", "2 kg")],
        ),
        ("quantity", {"value": None, "unit": "one"}, {"value": "2", "unit": "one"}, [("How much", "", "2")]),
        ("price", [LINE], [{**LINE, "amount": "4.00"}], []),
        ("price", [LINE, CARE], [LINE], [("“care”", "€5.00 a month until it is ended", "left out")]),
        ("price", [LINE], [LINE, LINE], [("Part 2", "", "€5.00")]),
        ("total", "5.00", None, [("In all", "€5.00", "open")]),
        ("least", None, "5.00", [("At least", "", "€5.00")]),
        (
            "price",
            [USE],
            [{**USE, "amount": "3.00"}],
            [
                (
                    "“use”",
                    "€0.30 for each kWh, about 2,500",
                    "€3.00 for each kWh, about 2,500",
                )
            ],
        ),
        ("price", [FEE], [{**FEE, "label": "Fee"}], [("“Fee”", "“Deposit”: €5.00", "€5.00")]),
        ("price", [FEE], [{**FEE, "currency": "GBP"}], [("“Deposit”", "€5.00", "£5.00")]),
        ("currency", "EUR", "USD", [("Currency", "EUR", "USD")]),
        ("category", "", "https://x.example/a", [("Category", "none", "https://x.example/a")]),
        ("quantity", {"value": None, "unit": "kg"}, {"value": None, "unit": "t"}, [("How much", "kg", "t")]),
        ("notice", None, "P1M", [("Notice", "none", "1 month")]),
        ("content", "a", "b", [("Their words", "", "written anew")]),
        ("terms", None, KEPT, [("Data", "says nothing", "SD-BASE")]),
        ("terms", KEPT, KEPT | {"plainText": [TEXT | {"edition": "2"}]}, [("Data", "", "written anew")]),
        ("terms", KEPT, None, [("Data", "SD-BASE", "says nothing")]),
        (
            "terms",
            KEPT,
            KEPT | {"conditions": {"type": "Conditions", "withdrawalPeriod": "P0D"}},
            [
                ("Data: not any more", WITHDRAWAL, ""),
                ("Data: new", "", "Changing your mind: these terms give you no time to withdraw."),
            ],
        ),
        (
            "properties",
            [{"property": "seats", "value": "5", "unit": "one"}, {"property": "x", "value": "1", "unit": ""}],
            [{"property": "seats", "value": "7", "unit": "one"}],
            [("“Seats”", "5", "7"), ("“X”", "1", "left out")],
        ),
    ],
)
def test_what_terms_change_is_said_in_words(term: str, before: Any, after: Any, told: list[Any]) -> None:
    with reading(Reader()):
        found = revisions.revisions([{"term": term, "before": before, "after": after}], "EUR")
    said = [(one.label, plain(one.before), plain(one.after)) for one in found]
    assert said == told


def plain(text: str) -> str:
    """Return what is read of a text, without what marks up its cents."""
    seen = text.striptags() if isinstance(text, Markup) else text
    return seen.replace("\N{NO-BREAK SPACE}", " ").replace(" .", ".")


def test_an_amount_of_before_is_in_the_currency_of_before() -> None:
    told: list[dict[str, Any]] = [
        {"term": "price", "before": [FEE], "after": [{**FEE, "currency": "GBP", "amount": "4.00"}]},
        {"term": "total", "before": "5.00", "after": "4.00"},
        {"term": "currency", "before": "EUR", "after": "GBP"},
    ]
    said = [(one.label, one.before, one.after) for one in revisions.revisions(told, "GBP")]
    assert said[:2] == [("“Deposit”", "€5.00", "£4.00"), ("In all", "€5.00", "£4.00")]


def test_what_others_call_a_line_stands_in_marks_that_they_do_not_end() -> None:
    with reading(Reader()):
        assert labels.theirs("In all” “x\u202e") == "“In all\u2019 \u2019x”"
        assert labels.theirs("\u05d0 1") == "“\u2068\u05d0 1\u2069”"  # what follows stays behind it
        assert revisions.line_name({"label": "In all"}, 0) == "“In all”"
        assert revisions.line_name({}, 0) == "Part 1"


@pytest.mark.parametrize("term", [term.name for term in TERMS])
def test_no_term_changes_unsaid(term: str) -> None:
    before = read_terms(BEFORE, base=EMPTY).draft
    after = read_terms(AFTER, base=EMPTY).draft
    change = next((one for one in changes(before, after) if one.term == term), None)
    assert change is not None, "both drafts differ in every term"
    assert revisions.revisions([view_change(change)], "EUR")


def test_a_day_that_changes_is_told_by_its_day() -> None:
    told = [
        {"term": term, "before": None, "after": "2029-02-01T00:00:00Z"} for term in ("starts_at", "ends_at")
    ]
    assert [one.label for one in revisions.revisions(told, "EUR")] == ["Begins", "Ends"]
    begun = revisions.of_terms({"name": "A", "total": None, "least": "5.00", "currency": "EUR"})
    assert [one.after for one in begun] == ["A", "€5.00 at least"]
