"""Wishes from flags and files, and how they and their previews are shown."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terminal import wishes
from node.terminal.failures import ExitCode, Failure
from node.terminal.wishes import WishFlags

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("fuelConsumption<=7 l/100 km", {"property": "fuelConsumption", "at_most": "7", "unit": "l/100 km"}),
        ("range ≥ 400 km", {"property": "range", "at_least": "400", "unit": "km"}),
        ("seats=4..5", {"property": "seats", "at_least": "4", "at_most": "5"}),
        ("seats=5", {"property": "seats", "value": "5"}),
        ("colour=blue", {"property": "colour", "value": "blue"}),
        ("colour = dark blue", {"property": "colour", "value": "dark blue"}),
        ('model="500 X"', {"property": "model", "value": "500 X"}),
        ("weight<=14kg", {"property": "weight", "at_most": "14", "unit": "kg"}),
        ("weight<=14,5 kg", {"property": "weight", "at_most": "14.5", "unit": "kg"}),
        ("length=5m", {"property": "length", "value": "5", "unit": "m"}),
        ("drink=7up", {"property": "drink", "value": "7up"}),
        ("size=2,5..3,5 m", {"property": "size", "at_least": "2.5", "at_most": "3.5", "unit": "m"}),
        ("seats>=4 <=5", {"property": "seats", "at_least": "4", "at_most": "5"}),
        ('version="1.250"', {"property": "version", "value": "1.250"}),
        ("route=a..b", {"property": "route", "value": "a..b"}),
        ("temperature>=-20 °C", {"property": "temperature", "at_least": "-20", "unit": "°C"}),
    ],
)
def test_requirements_are_read(text: str, read: dict[str, str]) -> None:
    assert wishes.specification(text, necessity="must") == {**read, "necessity": "must"}


@pytest.mark.parametrize(
    "text",
    ["", "weight", "weight<14 kg", "weight<=light", "=5", "weight<=", "weight==14", "w<=1.250 kg", "w=1,250"],
)
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(Failure):
        wishes.specification(text, necessity="must")


@given(st.text())
def test_reading_a_requirement_gives_one_or_says_so(text: str) -> None:
    try:
        read = wishes.specification(text, necessity="should")
    except Failure:
        return
    assert read["property"]
    assert read.keys() & {"value", "at_least", "at_most"}


def test_flags_make_a_wish() -> None:
    flags = WishFlags(
        what="Touring bike",
        details="For two weeks.",
        quantity="2 pieces",
        must=["weight<=14 kg"],
        should=["colour=blue"],
        category="https://example.org/bikes",
        place="Ghent",
        window="2026-05-01..2026-05-31",
        deadline="in 3 weeks",
        limit_price="2500 EUR",
        notes="cash is fine",
    )
    assert wishes.wish(flags, {}, now=NOW) == {
        "name": "Touring bike",
        "content": "For two weeks.",
        "quantity": {"value": "2", "unit": "pieces"},
        "specifications": [
            {"property": "weight", "at_most": "14", "unit": "kg", "necessity": "must"},
            {"property": "colour", "value": "blue", "necessity": "should"},
        ],
        "category": "https://example.org/bikes",
        "place": "Ghent",
        "window": {"start": "2026-05-01T00:00:00Z", "end": "2026-05-31T23:59:59Z"},
        "deadline": "2026-02-21T12:00:00Z",
        "limit_price": "2500",
        "currency": "EUR",
        "notes": "cash is fine",
    }


def test_flags_stand_on_top_of_a_file_and_what_they_do_not_say_stays() -> None:
    base = {"name": "Bike", "currency": "EUR", "audience": ["public"]}
    assert wishes.wish(WishFlags(what="Trike"), base, now=NOW) == {**base, "name": "Trike"}
    assert wishes.wish(WishFlags(), base, now=NOW) == base
    assert wishes.wish(WishFlags(window="2026-05-01.."), {}, now=NOW) == {
        "window": {"start": "2026-05-01T00:00:00Z"}
    }


def test_a_wish_has_one_currency() -> None:
    assert wishes.wish(WishFlags(limit_price="5", currency="EUR"), {}, now=NOW) == {
        "limit_price": "5",
        "currency": "EUR",
    }
    with pytest.raises(Failure, match="CHF"):
        wishes.wish(WishFlags(limit_price="5 CHF", currency="EUR"), {}, now=NOW)
    with pytest.raises(Failure, match="a limit is the most for all of it, over the whole term"):
        wishes.wish(WishFlags(limit_price="25 GBP/month"), {}, now=NOW)


ANSWER: dict[str, Any] = {
    "says": {"name": "Bike\x1b[2J", "quantity": {"value": "1", "unit": "one"}, "place": "Ghent"},
    "sends": {"type": "Create", "actor": "https://ada.example/actors/ada", "name": "Bike\x1b[2J"},
    "reaches": ["https://velo.example/actors/velo"],
    "stays_home": {"limit_price": "2500", "notes": "cash is fine"},
}


def test_a_preview_says_what_is_sent_and_what_stays_home() -> None:
    lines = list(wishes.preview(ANSWER, {"currency": "EUR", "deadline": "2026-02-21T12:00:00Z"}, now=NOW))
    assert lines == [
        "This is sent, and nothing else:",
        r"  what      Bike\x1b[2J",
        "  quantity  1",
        "  place     Ghent",
        "  by        https://ada.example/actors/ada",
        "It goes to 1 address:",
        "    https://velo.example/actors/velo",
        "This stays here:",
        "  limit price  2,500.00 EUR",
        "  notes        cash is fine",
        "Offers are welcome for 21 days.",
    ]


def test_a_preview_shows_what_who_signs_is_told_and_nothing_of_it_elsewhere() -> None:
    category = "https://w3id.org/freehold/categories#other"
    answer = {
        "says": {"name": "Something else", "category": category, "place": "AT-7"},
        "sends": {},
        "reaches": ["https://velo.example/actors/velo"],
        "withheld": ["description", "specifications", "place", "window", "budget"],
    }
    wish = {
        "name": "Trekking bike",
        "content": "For long tours.",
        "currency": "EUR",
        "place": "Innsbruck",
        "specifications": [{"property": "weight", "at_most": "14", "unit": "kg", "necessity": "must"}],
        "window": {"start": "2026-03-01T00:00:00Z"},
        "rings": {"budget": {"least": "800.00", "most": "1100.00"}},
    }
    lines = list(wishes.preview(answer, wish, now=NOW))
    assert lines[:-4] == [
        "This everybody is told whom it goes to:",
        "  what      Something else",
        f"  category  {category}",
        "  place     AT-7",
        "Nobody sees what it is about: --kind says of which kind it is, such as mobility.",
        "This is told to nobody but who signs for it:",
        "  what     Trekking bike",
        "  details  For long tours.",
        "  must     weight ≤ 14 kg",
        "  place    Innsbruck",
        "  from     2026-03-01 00:00",
        "  budget   800.00 EUR to 1,100.00 EUR",
    ]
    lines = list(
        wishes.preview(answer | {"withheld": ["place"]}, wish | {"rings": {"category": "other"}}, now=NOW)
    )
    assert lines[4:6] == ["This is told to nobody but who signs for it:", "  place  Innsbruck"]


def test_the_exact_document_is_shown_to_whoever_asks() -> None:
    assert list(wishes.verbatim(ANSWER)) == [
        "Byte for byte:",
        "    {",
        '      "type": "Create",',
        '      "actor": "https://ada.example/actors/ada",',
        '      "name": "Bike\\u001b[2J"',
        "    }",
    ]


def test_a_preview_says_that_nothing_stays_home() -> None:
    answer = {**ANSWER, "reaches": [], "stays_home": {"limit_price": None, "notes": ""}}
    lines = list(wishes.preview(answer, {"currency": "EUR"}, now=NOW))
    assert lines[-3:] == [
        "It goes to nobody yet.",
        "This stays here:",
        "    nothing: no limit price and no notes",
    ]


def test_an_intention_is_shown_with_everything_its_owner_attached() -> None:
    intention = {
        "id": "int_1",
        "own": True,
        "state": "open",
        "name": "Bike",
        "content": "",
        "quantity": {"value": "1", "unit": "one"},
        "specifications": [{"property": "weight", "at_most": "14", "unit": "kg", "necessity": "must"}],
        "category": None,
        "place": "Ghent",
        "window": {"start": "2026-05-01T00:00:00Z", "end": None},
        "deadline": "2026-02-21T12:00:00Z",
        "currency": "EUR",
        "audience": ["public", "followers"],
        "proposer": "https://ada.example",
        "private": {"limit_price": "2500", "notes": "cash"},
        "offers": {"count": 3, "open": 2},
    }
    assert list(wishes.describe(intention, now=NOW)) == [
        "  intention    int_1",
        "  what         Bike",
        "  quantity     1",
        "  must         weight ≤ 14 kg",
        "  place        Ghent",
        "  from         2026-05-01 00:00",
        "  currency     EUR",
        "  deadline     2026-02-21 12:00 (21 days)",
        "  state        open",
        "  sent to      public, followers",
        "  offers       2 open of 3",
        "  limit price  2,500.00 EUR",
        "  notes        cash",
    ]


def test_an_intention_of_another_says_whose_it_is_and_hides_its_tricks() -> None:
    intention = {"id": "int_2", "name": "x\x1b]0;pwn\x07", "proposer": "https://ada.example"}
    assert list(wishes.describe(intention, now=NOW)) == [
        "  intention  int_2",
        r"  what       x\x1b]0;pwn\x07",
        "  from whom  https://ada.example",
    ]
    named = intention | {"peer": {"iri": "https://ada.example", "name": "Ada", "handle": "ada"}}
    assert list(wishes.describe(named, now=NOW))[-1] == "  from whom  Ada  https://ada.example"


@pytest.mark.parametrize(("text", "said"), [("weight<14 kg", "<="), ("range>400 km", ">=")])
def test_a_strict_bound_is_told_what_to_write(text: str, said: str) -> None:
    with pytest.raises(Failure, match=f"Write {said} instead"):
        wishes.specification(text, necessity="must")


def test_a_category_is_an_address() -> None:
    with pytest.raises(Failure, match="'bikes' is no category: that is a web address") as refused:
        wishes.category("bikes")
    assert refused.value.exit_code == ExitCode.USAGE
    assert "mobility" in refused.value.hint
    assert wishes.category("mobility") == "https://w3id.org/freehold/categories#mobility"
