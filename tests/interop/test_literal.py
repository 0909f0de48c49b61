"""The measure of inventions finds them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from protocol.quantities import Quantity
from tests.interop.literal import invented

SAID = {"@context": "x", "type": "as:Note", "name": "Ada", "price": "30.50", "unit": "om2:one", "paid": True}


@pytest.mark.parametrize(
    "read",
    [
        {"type": "Note", "name": "Ada"},
        {"price": Decimal("30.5"), "more": None, "text": "", "paid": False},
        Quantity(Decimal("30.50"), "one"),
        [{"name": ["Ada", {"price": 30.5}]}],
    ],
)
def test_what_is_said_is_no_invention(read: object) -> None:
    assert invented(read, SAID) == []


@pytest.mark.parametrize(
    ("read", "added"),
    [
        ({"name": "Bob"}, ["Bob"]),
        ({"name": "Note"}, ["Note"]),  # a kind is not a name
        ({"type": "Question"}, ["Question"]),
        ({"name": "x"}, ["x"]),  # what only the context says
        (Quantity(Decimal(31), "one"), [Decimal(31)]),
        ([datetime(2026, 1, 1, tzinfo=UTC)], [datetime(2026, 1, 1, tzinfo=UTC)]),
        ({"currency": "EUR"}, ["EUR"]),
    ],
)
def test_what_is_not_said_is_one(read: object, added: list[object]) -> None:
    assert invented(read, SAID) == added


def test_a_moment_and_a_currency_are_said_in_their_own_way() -> None:
    document = {
        "published": "2026-01-01T01:00:00+01:00",
        "resourceConformsTo": "https://www.wikidata.org/wiki/Q4916",
    }
    read = {"published": datetime(2026, 1, 1, tzinfo=UTC), "currency": "EUR"}
    assert invented(read, document) == []
