"""Terms whose dates do not fit together are nobody's to keep."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from protocol.drafts import Draft
from protocol.errors import Unprocessable
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.times import Period
from protocol.validity import check_validity

START = datetime(2026, 6, 1, tzinfo=UTC)
ONCE = PriceLine(PriceLineKind.ONE_OFF, Decimal(100), "EUR")
MONTHLY = PriceLine(PriceLineKind.RECURRING, Decimal(10), "EUR", "", Period.MONTH, 12)
DRAFT = Draft(
    name="a line",
    quantity=Quantity(Decimal(1)),
    satisfies_primary="https://ada.example/intentions/1#primary",
    satisfies_reciprocal="https://ada.example/intentions/1#reciprocal",
    price=(ONCE, MONTHLY),
    starts_at=START,
    ends_at=datetime(2027, 6, 1, tzinfo=UTC),
    notice="P1M",
)


def refusal(**changes: Any) -> str:
    try:
        check_validity(replace(DRAFT, **changes))
    except Unprocessable as error:
        return str(error.code)
    return ""


def until(moment: datetime) -> tuple[PriceLine, ...]:
    return (replace(MONTHLY, count=None, until=moment),)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"notice": None},
        {"notice": "P1Y"},  # to the day
        {"notice": "P1D"},
        {"ends_at": datetime(2027, 5, 1, tzinfo=UTC)},  # the last payment is due as it ends
        {"price": (ONCE,), "ends_at": START + timedelta(days=31)},
        {"price": until(datetime(2027, 6, 2, tzinfo=UTC))},  # which begins no further month before the end
        {"starts_at": None, "notice": "P10Y"},  # nobody knows when it began
        {"ends_at": None, "notice": "P10Y", "price": (replace(MONTHLY, count=1_200),)},
        {"ends_at": None, "notice": "P120M"},
        {"ends_at": None, "notice": "P3660D"},
    ],
)
def test_terms_that_fit_are_taken(changes: dict[str, Any]) -> None:
    assert refusal(**changes) == ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_at": START}, "ends-before-start"),
        ({"ends_at": START - timedelta(days=1), "notice": None}, "ends-before-start"),
        ({"notice": "P0M"}, "notice-out-of-range"),
        ({"notice": "P0Y0M0W0D"}, "notice-out-of-range"),
        ({"notice": "P0D", "starts_at": None, "ends_at": None}, "notice-out-of-range"),
        ({"notice": "P9999Y"}, "notice-out-of-range"),
        ({"notice": "P9999Y", "starts_at": None, "ends_at": None}, "notice-out-of-range"),
        ({"notice": "P3661D", "ends_at": None}, "notice-out-of-range"),
        ({"notice": "P1Y1D"}, "notice-exceeds-term"),
        (
            {
                "notice": "P2Y",
                "price": (ONCE,),
                "starts_at": datetime(9998, 6, 1, tzinfo=UTC),
                "ends_at": datetime(9999, 6, 1, tzinfo=UTC),
            },
            "notice-exceeds-term",
        ),
        ({"price": (replace(MONTHLY, count=14),)}, "payment-after-end"),
        ({"price": until(datetime(2027, 7, 2, tzinfo=UTC))}, "payment-after-end"),
        ({"price": (ONCE, MONTHLY), "ends_at": datetime(2027, 4, 30, tzinfo=UTC)}, "payment-after-end"),
    ],
)
def test_terms_that_nobody_could_keep_are_refused(changes: dict[str, Any], code: str) -> None:
    assert refusal(**changes) == code
