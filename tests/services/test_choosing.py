"""Choosing from an index gives what a look at every item gives, whatever is wanted and whatever is sold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.assortments import keys_of, property_key, sought
from node.core.items import Item, render_item
from node.core.matching import candidates
from node.services.trade import choosing
from node.storage import assortments
from node.storage.sqlite.connections import in_memory
from node.storage.sqlite.migrations import build
from node.storage.sqlite.session import SqliteSession
from protocol.intentions import Intention
from protocol.propertynames import property_form
from protocol.quantities import Quantity
from protocol.specifications import Fit, Necessity, Property, Specification, meets
from tests.core.test_matching import INTENTION, NOW, RULE

SHOP = "https://shop.example/actors/shop"
LISTED = st.sampled_from(
    ["7", "7.0", " 7", "07", "7.5", "8", "7000", "red", "Red ", "STRASSE", "straße", "1e1"]
)
VALUES = LISTED | st.sampled_from(["+7", "-1"])  # a list has no sign in front, for the sake of spreadsheets
NAMES = st.sampled_from(["weight", "Weight", "größe", "GRO\u0308SSE", "size", "bodyColor", "Body colour"])
UNITS = st.sampled_from(["", "kg", "g", "lb"])
CATEGORIES = st.sampled_from(["", "", "https://a.example/things", "https://a.example/others"])
BOUNDS = st.none() | st.sampled_from(
    [Decimal(number) for number in ("-1", "6.999999", "7", "7.000001", "8", "7000")]
)


@st.composite
def specifications(draw: st.DrawFn) -> Specification:
    name, unit, necessity = draw(NAMES), draw(UNITS), draw(st.sampled_from([*Necessity]))
    if draw(st.booleans()):
        return Specification(name, draw(VALUES), unit=unit, necessity=necessity)
    least, most = draw(BOUNDS), draw(BOUNDS)
    return Specification(name, None, least, most if least or most else Decimal(7), unit, necessity)


@st.composite
def items(draw: st.DrawFn, number: int = 0) -> Item:
    measured = st.builds(Property, NAMES, st.sampled_from(["7", "7.0", "7.5", "8", "7000"]), UNITS)
    stated = draw(st.lists(measured | st.builds(Property, NAMES, LISTED), max_size=3))
    return Item(
        sku=f"i{number}",
        name=draw(st.sampled_from(["Thing Linden", "THINGS", "Thing light", "Other, thing"])),
        price=draw(st.sampled_from([Decimal(price) for price in ("9.00", "10.00", "10.01", "100.00")])),
        currency=draw(st.sampled_from(["EUR", "EUR", "CHF"])),
        stock=draw(st.sampled_from([Decimal(count) for count in ("0", "1", "2", "144", "0.5")])),
        lead_days=draw(st.integers(0, 3)),
        properties=tuple({property_form(property.name): property for property in stated}.values()),
        unit=draw(st.sampled_from(["one", "one", "gross", "kg", "g", "box"])),
        category=draw(CATEGORIES),
        words=draw(st.sampled_from([(), (), ("red thing", "other"), ("???",)])),
    )


@st.composite
def price_lists(draw: st.DrawFn) -> list[Item]:
    return [draw(items(number)) for number in range(draw(st.integers(0, 12)))]


@st.composite
def wishes(draw: st.DrawFn) -> Intention:
    return replace(
        INTENTION,
        specifications=tuple(draw(st.lists(specifications(), max_size=4))),
        quantity=Quantity(
            draw(st.none() | st.sampled_from([Decimal(1), Decimal("1.5"), Decimal(2), Decimal(144)])),
            draw(st.sampled_from(["one", "one", "pcs", "gross", "dozen", "kg", "g", "Box"])),
        ),
        name=draw(st.sampled_from(["A thing", "A thing", "red things", "???", "Other"])),
        category=draw(CATEGORIES) or None,
        window_end=draw(st.none() | st.sampled_from([NOW + timedelta(days=days) for days in (-1, 1, 2)])),
    )


@cache
def shop_file() -> SqliteSession:
    """Return a file without a list, for one example after the other."""
    session = in_memory()
    build(session)
    return session


@contextmanager
def undone(session: SqliteSession) -> Iterator[None]:
    """Undo at the end of the block what was written in it."""
    session.conn.execute("BEGIN")
    try:
        yield
    finally:
        session.conn.execute("ROLLBACK")


@pytest.mark.slow
@pytest.mark.parametrize("few", [1, 3, 200])
@given(listed=price_lists(), intention=wishes(), most=st.integers(1, 3), category=CATEGORIES)
def test_the_index_finds_what_a_look_at_every_item_finds(
    few: int, listed: list[Item], intention: Intention, most: int, category: str
) -> None:
    rule = replace(RULE, max_offers_per_intention=most, category=category)
    session = shop_file()
    with undone(session), pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing, "FEW", few)  # so that a short list is searched as a long one is
        rows = [assortments.read_item(SHOP, render_item(item), edition=1) for item in listed]
        assortments.set_items(session, rows)
        found = choosing.best(session, SHOP, intention, rule, now=NOW)
    wanted = candidates(intention, listed, rule, now=NOW)
    assert [(match.item.sku, match.wishes_met) for match in found] == [
        (match.item.sku, match.wishes_met) for match in wanted
    ]


def a_long_list(count: int) -> list[Item]:
    """Return items of two kinds: red ones of 10 kg, and blue ones of 11 kg."""
    return [
        Item(
            sku=f"i{number:03}",
            name="A thing",
            price=Decimal(10 + number),
            currency="EUR",
            stock=Decimal(5),
            lead_days=1,
            properties=(
                Property("colour", ("red", "blue")[number % 2]),
                Property("weight", str(10 + number % 2), "kg"),
            ),
        )
        for number in range(count)
    ]


def walked(
    monkeypatch: pytest.MonkeyPatch, specifications: tuple[Specification, ...], **bounds: int
) -> tuple[int, int]:
    """Choose from sixty items; return how many times the walk went on, and how many were read."""
    for name, bound in {"FEW": 5, **bounds}.items():
        monkeypatch.setattr(choosing, name, bound)
    pages = list[int]()
    look = assortments.next_on_sale

    def counted(*arguments: Any, **options: Any) -> Any:
        found = look(*arguments, **options)
        pages.append(len(found[0]))
        return found

    monkeypatch.setattr(assortments, "next_on_sale", counted)
    session, intention = shop_file(), replace(INTENTION, name="A thing", specifications=specifications)
    with undone(session):
        rows = [assortments.read_item(SHOP, render_item(item), edition=1) for item in a_long_list(60)]
        assortments.set_items(session, rows)
        choosing.best(session, SHOP, intention, RULE, now=NOW)
    return len(pages), sum(pages)


RED = Specification("colour", "red")
HEAVY = Specification("weight", None, Decimal(11), unit="kg")


def test_wishes_that_nothing_meets_together_have_no_list_read(monkeypatch: pytest.MonkeyPatch) -> None:
    both = tuple(replace(each, necessity=Necessity.SHOULD) for each in (RED, HEAVY))
    monkeypatch.setattr("tests.services.test_choosing.RULE", replace(RULE, max_offers_per_intention=1))
    assert walked(monkeypatch, both) == (13, 5)


def test_a_walk_for_what_is_nowhere_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    both = tuple(replace(each, necessity=Necessity.MUST) for each in (RED, HEAVY))
    assert walked(monkeypatch, both, WALKED=20) == (4, 0)


def test_a_walk_through_what_is_never_met_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # Compared in millionths every red item is in question, and none is when it is compared exactly.
    nearly = Specification("weight", None, Decimal("10.0000001"), Decimal("10.5"), "kg", Necessity.MUST)
    assert walked(monkeypatch, (nearly,), READ=6) == (3, 8)


@given(specification=specifications(), value=VALUES, unit=UNITS)
def test_whatever_meets_a_specification_has_a_key_that_is_sought(
    specification: Specification, value: str, unit: str
) -> None:
    property = Property(specification.property.swapcase(), value, unit)
    if meets(specification, [property]) is not Fit.MET:
        return
    keys, wanted = keys_of(property), sought(specification)
    assert property_key(SHOP, property.name, property.unit) == property_key(SHOP, wanted.name, wanted.unit)
    if wanted.words:
        assert keys.word in wanted.words
    else:
        assert keys.millionths is not None
        assert wanted.least <= keys.millionths <= wanted.most
