"""What terms cost, in a phrase that a table has room for: all told, by the period, by estimate, at least.

Rules here: pure; amounts come from the node's JSON and stay exact decimals. The protocol's own sums are
loaded where there is no total, which is rare.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from node.terminal import phrases

if TYPE_CHECKING:
    from protocol.charges import Span
    from protocol.prices import PriceLine


def total(deal: Mapping[str, Any]) -> str:
    """Return what an offer or an agreement costs.

    That is `2,249.00 EUR` or `298.80 EUR for 12 months`; where nobody can know the total, it is what is paid
    once and by the period: `50.00 EUR and 9.90 EUR a month`, `about 800.00 EUR`.
    """
    currency = str(deal.get("currency") or "")
    if deal.get("total"):
        return f"{phrases.amount(deal['total'], currency)}{_for_how_long(deal.get('price') or [])}"
    return _without_total(deal, currency) if deal.get("price") else ""


def _without_total(deal: Mapping[str, Any], currency: str) -> str:
    from protocol.prices import amount_string, read_price

    lines = read_price([{"type": "PriceLine", **line} for line in deal["price"]])
    about = "about " if any(line.estimate is not None for line in lines) else ""
    paid, less = list[str](), list[str]()
    for sum_of, per in _by_period(lines, _span(deal)):
        said = phrases.amount(amount_string(abs(sum_of), currency=currency), currency)
        if sum_of:
            (paid if sum_of > 0 else less).append(f"{said} a {per}" if per else said)
    said = ", less ".join(filter(None, (" and ".join(paid), " and ".join(less))))
    return f"{about}{said}" if said else ""


def least(deal: Mapping[str, Any]) -> str:
    """Return what is owed at least, where nobody can know the total."""
    return phrases.amount(deal.get("least"), deal.get("currency"))


def _for_how_long(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the one term of all lines: ` for 12 months`."""
    terms = {(line.get("per"), line.get("count")) for line in lines}
    per, count = terms.pop() if len(terms) == 1 else (None, None)
    return f" for {count} {per}{'' if count == 1 else 's'}" if per and count else ""


def _by_period(lines: Sequence["PriceLine"], span: "Span") -> list[tuple[Decimal, str]]:
    """Return what is paid once, and in each period by what runs on.

    A discount for a time is left out where something runs on: it would be taken off what is paid once.
    """
    from protocol.charges import each, times_due
    from protocol.prices import FORMS

    sums: dict[str, Decimal] = {"": Decimal(0)}
    runs_on = any(times_due(line, span) is None for line in lines)
    for line in lines:
        times = times_due(line, span)
        if runs_on and times is not None and line.per is not None and FORMS[line.kind].takes_off:
            continue
        per = str(line.per) if times is None else ""
        sums[per] = sums.get(per, Decimal(0)) + each(line) * (1 if times is None else times)
    return [(amount, per) for per, amount in sums.items()]


def _span(deal: Mapping[str, Any]) -> "Span":
    from protocol.charges import Span

    start, end = (
        datetime.fromisoformat(deal[name]) if deal.get(name) else None for name in ("starts_at", "ends_at")
    )
    return Span(start, end, deal.get("notice"))
