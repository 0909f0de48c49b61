"""What is told of an intention in rings: never what stays home, nor unsigned what has to be signed for."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.giveaways import giveaways
from node.core.intentions import Wish, read_wish
from node.core.proffers import asked_entry, deletion_days, proffered_entry
from node.core.rings import (
    CATEGORIES,
    FIELD_NAMES,
    IntentionReader,
    Rings,
    load_rings,
    read_rings,
    store_rings,
    told,
    view_rings,
    withheld,
    without_ring_1,
)
from protocol.canonical import canonicalise
from protocol.errors import Unprocessable
from protocol.intentions import read_intention, render_as_read
from protocol.rosters import RosterEntry, entries, find_entry
from protocol.strictjson import Document
from protocol.terms import Proffer
from protocol.withholding import IntentionField

ADA, SHOP = "https://ada.example/actors/ada", "https://shop.example/actors/shop"
IRI = "https://ada.example/intentions/int_1"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
# One text for each part, which nothing else says: where it stands, the part is told.
CANARIES = {
    IntentionField.DESCRIPTION: ("canary-name", "canary-content", "https://canary.example/kind"),
    IntentionField.SPECIFICATIONS: ("canary-property",),
    IntentionField.PLACE: ("canary-place",),
    IntentionField.WINDOW: ("2026-06-07T08:09:10Z", "2026-07-06T05:04:03Z"),
    IntentionField.BUDGET: ("111.01", "222.02"),
}
RING_2 = ("333.03", "canary-notes", "SD-BASE-ATP")


def entry(name: str) -> RosterEntry:
    found = find_entry(name)
    assert found is not None
    return found


def wish(**changes: Any) -> Wish:
    whole = {
        "name": "canary-name",
        "content": "canary-content",
        "category": "https://canary.example/kind",
        "specifications": [{"property": "canary-property", "value": "canary"}],
        "place": "canary-place",
        "window": {"start": "2026-06-07T08:09:10Z", "end": "2026-07-06T05:04:03Z"},
        "currency": "EUR",
        "limit_price": "333.03",
        "notes": "canary-notes",
        "audience": [SHOP],
        "rings": {"budget": {"least": "111.01", "most": "222.02"}},
    }
    return read_wish(whole | changes, iri=IRI, proposer=ADA, now=NOW)


parts = st.frozensets(st.sampled_from(IntentionField))
texts = st.sampled_from([*(text for of_part in CANARIES.values() for text in of_part)])


@given(open=parts, signed=parts, knows=st.booleans(), left_out=parts)
def test_a_part_is_told_only_if_it_is_open_or_signed_for(
    open: frozenset[IntentionField],
    signed: frozenset[IntentionField],
    knows: bool,
    left_out: frozenset[IntentionField],
) -> None:
    without: dict[IntentionField, Document] = {
        IntentionField.SPECIFICATIONS: {"specifications": []},
        IntentionField.PLACE: {"place": None},
        IntentionField.WINDOW: {"window": None},
        IntentionField.BUDGET: {"rings": {}},
    }
    changes = {name: value for part in left_out & without.keys() for name, value in without[part].items()}
    read = wish(**changes)
    assert read.rings is not None
    rings = replace(read.rings, open=open, salt="canary-salt")
    proffer = Proffer(ADA, entry("SD-BASE-DP"), asked_entry()) if knows else None
    reader = IntentionReader((SHOP,), proffer, signed, "https://shop.example/undertakings/und_1")
    document = told(read.intention, rings, reader)
    text = canonicalise(document).decode()
    assert not any(secret in text for secret in RING_2)
    may_be = open | (signed if knows else frozenset())
    there = {IntentionField.DESCRIPTION, *IntentionField} - (left_out & without.keys())
    for part, canaries in CANARIES.items():
        expected = part in may_be & there and (knows or part is not IntentionField.BUDGET)
        assert [canary in text for canary in canaries] == [expected] * len(canaries), part
    assert ("canary-salt" in text) is (knows and bool(signed))
    kept_back = {part.value for part in there - may_be}
    assert {*document.get("withheld", ())} == (kept_back if knows else set())
    assert ("terms" in document) is knows
    assert read_intention(document) == read_intention(render_as_read(read_intention(document)))


@given(
    name=st.text("ab ", min_size=1, max_size=60).filter(str.strip),
    content=st.text("ab ", max_size=400),
    place=st.text("ab", min_size=1, max_size=40),
    values=st.lists(st.sampled_from(("canary", "other")), min_size=1, max_size=9),
    days=st.tuples(st.integers(1, 15), st.integers(16, 28)),
    least=st.integers(1, 999),
    limit=st.integers(1, 9_999),
    knows=st.booleans(),
)
def test_what_is_kept_back_shows_in_no_byte_of_what_everybody_is_told(
    name: str,
    content: str,
    place: str,
    values: list[str],
    days: tuple[int, int],
    least: int,
    limit: int,
    knows: bool,
) -> None:
    """Not in its length either: two wishes that differ in nothing else are told alike."""

    def as_told(**changes: Any) -> bytes:
        read = wish(**{"window": {"start": "2026-06-07T08:09:10Z", "end": "2026-06-20T05:04:03Z"}} | changes)
        assert read.rings is not None
        proffer = Proffer(ADA, entry("SD-BASE-DP"), asked_entry()) if knows else None
        return canonicalise(
            told(read.intention, replace(read.rings, salt="s"), IntentionReader((SHOP,), proffer))
        )

    begins, ends = (f"2026-06-{day:02}T00:00:00Z" for day in days)
    other = {
        "name": name,
        "content": content,
        "place": place,
        "specifications": [{"property": f"p{number}", "value": value} for number, value in enumerate(values)],
        "window": {"start": begins, "end": ends},
        "limit_price": str(limit),
        "rings": {"budget": {"least": str(least), "most": str(least + 1)}},
    }
    assert as_told(**other) == as_told()


def test_without_rings_all_is_told() -> None:
    read = wish(rings=None)
    document = told(read.intention, read.rings, IntentionReader((SHOP,)))
    text = canonicalise(document).decode()
    wanted = [
        canary
        for part, of_part in CANARIES.items()
        if part is not IntentionField.BUDGET
        for canary in of_part
    ]
    assert [canary for canary in wanted if canary not in text] == []


@pytest.mark.parametrize(
    ("start", "end", "told_as"),
    [
        ("2026-06-07T08:00:00Z", "2026-06-07T08:00:00Z", ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")),
        ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")),
        # No longer than a moment, at the beginning of one: a month all the same.
        ("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z", ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z")),
        # Half past one in summer, two hours east: it is still May where months are told.
        (
            "2026-06-01T01:30:00+02:00",
            "2026-12-31T23:59:59Z",
            ("2026-05-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ),
    ],
)
def test_a_window_is_widened_to_whole_months(start: str, end: str, told_as: tuple[str, str]) -> None:
    read = wish(window={"start": start, "end": end})
    document = told(read.intention, read.rings, IntentionReader((SHOP,)))
    assert (document["availabilityStarts"], document["availabilityEnds"]) == told_as


def test_a_window_to_the_end_of_time_is_told_without_an_end() -> None:
    read = wish(window={"start": "2026-06-07T08:00:00Z", "end": "9999-12-31T00:00:00Z"})
    assert "availabilityEnds" not in told(read.intention, read.rings, IntentionReader((SHOP,)))


def test_rings_are_kept_as_they_were_read() -> None:
    read = read_rings(
        {
            "category": "mobility",
            "region": "CH-BE",
            "open": ["place"],
            "budget": {"least": "1", "most": "2.50"},
        },
        category=None,
        currency="EUR",
    )
    assert read is not None
    salted = replace(read, salt="salt")
    assert load_rings(store_rings(salted)) == salted
    assert view_rings(read) == {
        "category": f"{CATEGORIES}mobility",
        "region": "CH-BE",
        "open": ["place"],
        "budget": {"least": "1.00", "most": "2.50"},
    }


@pytest.mark.parametrize(
    ("category", "expected"),
    [(None, "other"), ("https://www.wikidata.org/wiki/Q11442", "other"), (f"{CATEGORIES}sport", "sport")],
)
def test_a_wish_of_no_coarse_category_is_something_else(category: str | None, expected: str) -> None:
    read = read_rings({}, category=category, currency="EUR")
    assert read == Rings(category=CATEGORIES + expected)


@pytest.mark.parametrize(
    ("rings", "code"),
    [
        ([], "malformed-rings"),
        ({"limit_price": "1.00"}, "malformed-rings"),
        ({"open": ["limit_price"]}, "malformed-rings"),
        ({"category": "bicycles"}, "malformed-rings"),
        ({"region": "ch"}, "malformed-rings"),
        ({"region": "XX"}, "malformed-rings"),
        ({"region": "CH-BERN"}, "malformed-rings"),
        ({"budget": {"least": "1.00"}}, "malformed-rings"),
        ({"budget": {"least": "2.00", "most": "1.00"}}, "malformed-amount"),
        ({"budget": {"least": "1.001", "most": "2.00"}}, "malformed-amount"),
    ],
)
def test_rings_that_cannot_be_told_are_refused(rings: Any, code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        wish(rings=rings)
    assert refused.value.code == code


def test_what_is_over_is_kept_without_what_was_signed_for() -> None:
    read = wish()
    assert read.rings is not None
    proffer = Proffer(ADA, entry("SD-BASE-DP"), asked_entry())
    signed = withheld(read.intention, read.rings)
    document = told(read.intention, read.rings, IntentionReader((SHOP,), proffer, signed, f"{SHOP}/und_1"))
    text = canonicalise(render_as_read(without_ring_1(read_intention(document)))).decode()
    assert [canary for of_part in CANARIES.values() for canary in of_part if canary in text] == []


@pytest.mark.parametrize(
    ("accepted", "maximum", "expected"),
    [
        (None, "SD-BASE-ATP", "SD-BASE-DP"),
        ([], "SD-BASE", "SD-BASE-DP"),
        (["SD-BASE-ATP", "SD-BASE-A"], "SD-BASE-AT", "SD-BASE-A"),
        (["SD-BASE-A", "SD-BASE-A-DP"], "SD-BASE-A", "SD-BASE-A-DP"),
        (["SD-BASE-ATP"], "SD-BASE-A", "SD-BASE-DP"),
        (["PDC-INTENT"], "SD-BASE", "SD-BASE-DP"),
    ],
)
def test_the_least_that_is_accepted_and_allowed_is_proffered(
    accepted: list[str] | None, maximum: str, expected: str
) -> None:
    found = proffered_entry(None if accepted is None else map(entry, accepted), entry(maximum))
    assert found.name == expected


def test_an_agreement_says_within_how_many_days_is_deleted() -> None:
    assert {each.name: deletion_days(each) for each in entries()}["PDC-INTENT"] == 7
    assert {deletion_days(each) for each in entries()} == {7, 30}


@pytest.mark.parametrize(
    "told_in",
    [
        {"name": "A bike for 333.03"},
        {"content": "No more than 333,03 EUR."},
        {"place": "333.03"},
        {"specifications": [{"property": "price", "at_most": "333.03"}]},
        {"specifications": [{"property": "price", "value": "333.03"}]},
        {"limit_price": "1200.00", "content": "1'200"},
        {"limit_price": "1200.00", "content": "1 200.00"},
        {"rings": {"budget": {"least": "1.00", "most": "333.03"}}},
        {"rings": {"budget": {"least": "333.03", "most": "400.00"}}},
    ],
)
def test_whoever_gives_the_limit_away_is_warned(told_in: Document) -> None:
    def said(**changes: Any) -> list[str]:
        read = wish(**changes)
        band = None if read.rings is None else read.rings.budget
        return giveaways(read.intention, band, read.private.limit_price)

    assert len(said(**told_in)) == 1
    assert said(**{**told_in, "limit_price": None}) == []
    assert said() == []


@given(name=st.text(max_size=60), limit=st.decimals(min_value=0, max_value=10**9, places=2))
def test_any_title_can_be_looked_through(name: str, limit: Decimal) -> None:
    read = wish()
    assert len(giveaways(replace(read.intention, name=name), None, limit)) in (0, 1)


def test_every_part_has_a_name() -> None:
    assert {*FIELD_NAMES.values()} == {*IntentionField}
