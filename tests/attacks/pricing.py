"""AG: prices that run on, take off or hang on use, so that nobody knows what is owed, or by whom."""

from typing import Any, Final

from protocol.strictjson import Document
from tests.attacks.agreements import terms
from tests.attacks.cases import Attack, Case, case, vectors

_LINE: Final = {"type": "PriceLine", "currency": "EUR", "label": "Care"}
_RUNS_ON: Final = {**_LINE, "kind": "recurring", "amount": "9.90", "per": "month"}
_HOURS: Final = {**_LINE, "kind": "unitRate", "amount": "80.00", "unit": "hour", "estimate": "10"}
_ONCE: Final = {**_LINE, "kind": "oneOff", "amount": "50.00"}
_START: Final = "2097-01-01T00:00:00Z"


def priced(*lines: Document, owed: str, **members: Any) -> Attack:
    """Offer for these price lines, with what they are said to come to at least, and other members."""

    def change(shown: Document) -> Document:
        quantity = {**shown["stipulatesReciprocal"]["resourceQuantity"], "hasNumericalValue": owed}
        reciprocal = {**shown["stipulatesReciprocal"], "resourceQuantity": quantity}
        kept = {name: value for name, value in shown.items() if name not in ("noticePeriod", "endTime")}
        return {**kept, "price": list(lines), "stipulatesReciprocal": reciprocal, **members}

    return terms(change)


def off(amount: str, **members: Any) -> Document:
    """Return a discount."""
    return {**_LINE, "kind": "discount", "amount": amount, **members}


CASES: Final[tuple[Case, ...]] = (
    case("AG-24", "what runs on cannot be left", priced(_RUNS_ON, owed="9.9"), 422, "no-leaving"),
    case("AG-24", "what runs on and can be left", priced(_RUNS_ON, owed="9.9", noticePeriod="P1M"), 202),
    *vectors(
        "AG-24",
        {
            "more is owed than the least": priced(_RUNS_ON, owed="118.8", noticePeriod="P1M"),
            "less is owed than the least": priced(_RUNS_ON, owed="9.9", noticePeriod="P3M", startTime=_START),
            "an estimate is owed": priced(_HOURS, owed="800"),
            "a discount that is not had yet": priced(
                {**_RUNS_ON, "amount": "20.00"},
                off("9.00", per="month", count=2),
                owed="2",
                noticePeriod="P1M",
                startTime=_START,
            ),
        },
        422,
        "sum-mismatch",
    ),
    case("AG-24", "paid by the hour", priced(_HOURS, owed="0"), 202),
    *vectors(
        "AG-24",
        {
            "paid by nothing": priced({**_HOURS, "unit": ""}, owed="0"),
            "without an estimate": priced(
                {name: value for name, value in _HOURS.items() if name != "estimate"}, owed="0"
            ),
            "an estimate of nothing": priced({**_HOURS, "estimate": "0"}, owed="0"),
            "a fixed price with an estimate": priced({**_ONCE, "unit": "hour", "estimate": "1"}, owed="50"),
        },
        422,
        "malformed-rate",
    ),
    *vectors(
        "AG-24",
        {
            "as large as the price": priced(_ONCE, off("50.00"), owed="0"),
            "larger than the price": priced(_ONCE, off("60.00"), owed="0"),
            "every month more than the price": priced(
                _RUNS_ON, off("10.00", per="month"), owed="0", noticePeriod="P1M"
            ),
            "for a year more than the price": priced(
                _RUNS_ON, off("10.00", per="month", count=12), owed="0", noticePeriod="P1M"
            ),
        },
        422,
        "discount-too-large",
    ),
    case("AG-24", "a discount below zero", priced(_ONCE, off("-5.00"), owed="55"), 422, "malformed-amount"),
    case("AG-24", "a discount alone", priced(off("5.00"), owed="0"), 422, "zero-price"),
    case("AG-24", "a discount", priced(_ONCE, off("5.00"), owed="45"), 202),
)
