"""What a price list would change of the one there is: counted, and what looks odd named."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.items import Item
from node.core.matching import Rule, candidates
from node.core.relisting import FIRST, LIMIT_ODD, Relisting, by_kind, fits
from protocol.specifications import Property
from tests.core.test_matching import INTENTION, NOW, car

BIKE = Item("b1", "Touring bike Linden", Decimal("100.00"), "EUR", stock=Decimal(2), lead_days=3)
RULE = Rule(currency="EUR")


def compared(before: list[Item], after: list[Item], *, adds: bool = False) -> dict[str, Any]:
    relisting = Relisting(after, adds=adds)
    relisting.look(before)
    relisting.add_rest()
    return relisting.view()


def counts(shown: dict[str, Any]) -> dict[str, int]:
    return {kind: value["count"] for kind, value in shown.items() if kind != "unchanged" and value["count"]}


def oddities(before: Item, after: Item) -> list[str]:
    return [odd for change in compared([before], [after])["odd"]["first"] for odd in change["odd"]]


def test_a_change_of_everything_is_counted_and_shown() -> None:
    before = [BIKE, replace(BIKE, sku="b2"), replace(BIKE, sku="b3"), replace(BIKE, sku="b4")]
    after = [
        BIKE,
        replace(BIKE, sku="b2", price=Decimal("110.00")),
        replace(BIKE, sku="b3", price=Decimal("99.50"), stock=Decimal(1)),
        replace(BIKE, sku="b5", properties=(Property("colour", "blue"),)),
    ]
    shown = compared(before, after)
    assert shown["unchanged"] == 1
    assert counts(shown) == {"added": 1, "changed": 2, "gone": 1, "up": 1, "down": 1}
    (up,), (down,), (gone,), (added,) = (shown[kind]["first"] for kind in ("up", "down", "gone", "added"))
    assert (up["sku"], up["percent"], up["before"]["price"], up["after"]["price"]) == (
        "b2", "10.0", "100.00", "110.00",
    )  # fmt: skip
    assert (down["sku"], down["percent"], down["after"]["stock"], down["odd"]) == ("b3", "-0.5", 1, [])
    assert (gone["sku"], gone["after"], gone["percent"]) == ("b4", None, None)
    assert (added["sku"], added["before"]) == ("b5", None)
    assert "properties" not in added["after"]
    assert added["after"]["unit"] == "one"


def test_a_list_that_adds_takes_nothing_away() -> None:
    shown = compared([BIKE, replace(BIKE, sku="b2")], [replace(BIKE, sku="b3")], adds=True)
    assert (shown["unchanged"], counts(shown)) == (2, {"added": 1})


@pytest.mark.parametrize(
    ("changed", "odd"),
    [
        ({"price": Decimal("150.00")}, []),
        ({"price": Decimal("150.01")}, ["half"]),
        ({"price": Decimal("50.00")}, []),
        ({"price": Decimal("49.99")}, ["half"]),
        ({"price": Decimal("999.99")}, ["half"]),
        ({"price": Decimal("1000.00")}, ["tenfold"]),
        ({"price": Decimal("10.00")}, ["tenfold"]),
        ({"price": Decimal("10.01")}, ["half"]),
        ({"currency": "CHF", "price": Decimal("1000.00")}, ["currency"]),
        ({"unit": "kg", "price": Decimal("1000.00")}, ["unit"]),
        ({"name": "City bike"}, []),
        ({"name": "Lawn mower", "price": Decimal("1.00")}, ["tenfold", "renamed"]),
        ({"stock": Decimal(0)}, []),
    ],
)
def test_what_looks_odd_is_named(changed: dict[str, Any], odd: list[str]) -> None:
    assert oddities(BIKE, replace(BIKE, **changed)) == odd


def test_a_price_in_another_currency_is_neither_up_nor_down() -> None:
    shown = compared([BIKE], [replace(BIKE, currency="CHF", price=Decimal("10.00"))])
    assert counts(shown) == {"changed": 1, "odd": 1}
    assert shown["changed"]["first"][0]["percent"] is None


def test_a_name_that_vanished_is_odd_and_one_with_another_number_is_not() -> None:
    renumbered = compared([BIKE], [replace(BIKE, sku="b9")])
    assert counts(renumbered) == {"added": 1, "gone": 1}
    assert counts(compared([BIKE], [replace(BIKE, sku="b9", name="Bell")])) == {
        "added": 1,
        "gone": 1,
        "odd": 1,
    }


def test_each_field_that_changes_is_named_and_more_in_stock_is_counted() -> None:
    other = replace(BIKE, stock=BIKE.stock + 1, lead_days=BIKE.lead_days + 1)
    shown = compared([BIKE], [other])
    assert counts(shown) == {"changed": 1, "restocked": 1}
    assert shown["changed"]["first"][0]["changed"] == ["stock", "lead_days"]
    assert counts(compared([other], [BIKE])) == {"changed": 1}
    assert counts(compared([BIKE], [replace(other, unit="kg")])) == {"changed": 1, "odd": 1}


def test_an_odd_price_is_shown_before_all_that_goes() -> None:
    gone = [replace(BIKE, sku=f"a{number}", name=f"Bell {number}") for number in range(LIMIT_ODD)]
    shown = compared([*gone, BIKE], [replace(BIKE, price=Decimal(1))])
    assert shown["odd"]["first"][0]["sku"] == BIKE.sku
    assert (shown["odd"]["count"], shown["odd"]["vanished"]) == (LIMIT_ODD + 1, LIMIT_ODD)
    assert len(shown["odd"]["first"]) == LIMIT_ODD


def test_what_is_kept_is_bounded() -> None:
    before = [replace(BIKE, sku=f"b{number}") for number in range(LIMIT_ODD + 1)]
    shown = compared(before, [replace(item, price=Decimal(1)) for item in before])
    assert (shown["odd"]["count"], len(shown["odd"]["first"])) == (LIMIT_ODD + 1, LIMIT_ODD)
    assert (shown["down"]["count"], len(shown["down"]["first"])) == (LIMIT_ODD + 1, FIRST)


def test_what_is_priced_anew() -> None:
    relisting = Relisting([replace(BIKE, stock=Decimal(9)), replace(BIKE, sku="b2", unit="kg")], adds=False)
    changes = relisting.look([BIKE, replace(BIKE, sku="b2"), replace(BIKE, sku="b3")])
    assert [(change.one.sku, change.is_priced_anew) for change in changes] == [
        ("b1", False), ("b2", True), ("b3", True),
    ]  # fmt: skip
    (added,) = Relisting([BIKE], adds=False).add_rest()
    assert (added.is_comparable, added.is_priced_anew) == (False, False)


CARS = [
    *(car(f"car-{number}", colour="red") for number in range(3)),
    car("thirsty", consumption="9"),
    replace(car("ship"), words=("ship",)),
    replace(car("kind"), words=("ship",), category="https://example.org/cars"),
    replace(car("other"), category="https://example.org/ships"),
]


@given(
    st.lists(st.sampled_from(CARS), max_size=4, unique_by=lambda item: item.sku),
    st.sampled_from(["", "https://example.org/cars"]),
    st.sampled_from([None, "https://example.org/cars", "https://example.org/ships"]),
    st.sampled_from(["A used car", "…"]),
)
def test_a_wish_would_be_answered_if_the_rule_finds_something(
    items: list[Item], of_rule: str, wanted: str | None, name: str
) -> None:
    rule, intention = replace(RULE, category=of_rule), replace(INTENTION, category=wanted, name=name)
    found = fits(intention, by_kind(items, rule), rule, now=NOW)
    assert found == bool(candidates(intention, items, rule, now=NOW))


def test_a_wish_is_answered_with_the_last_of_many() -> None:
    many = [replace(car(f"c{number}", consumption="9")) for number in range(500)]
    assert not fits(INTENTION, by_kind(many, RULE), RULE, now=NOW)
    assert fits(INTENTION, by_kind([*many, car("last")], RULE), RULE, now=NOW)
