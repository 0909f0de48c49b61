"""Offers side by side on the command line, and one after the other as they come.

Rules here: pure; the node puts offers in order and knows which is lowest among like terms; where they are not
ranked by their totals, each row says by what.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from node.terminal import deals, phrases, totals
from node.terminal.counts import counted
from node.terminal.failures import usage
from node.terminal.moments import duration
from node.terminal.printing import printable
from node.terminal.tables import Column, padded
from protocol.documents import Document
from protocol.vocabulary import LEAD_TIME

_DAYS_IN_A_MONTH: Final = Decimal("30.44")
# Under so many months a term is said in days.
_SHORT: Final = Decimal(2)

# The widths that keep the lines of `offer watch` in columns although they come one by one.
NAME_CELLS: Final = 16
AMOUNT_CELLS: Final = 16
STANDS_CELLS: Final = 10

_LIMIT: Final[Mapping[bool | None, str]] = {True: "within", False: "OVER", None: "not compared"}
_FITS: Final = {"met": "✓", "missed": "✗", "unknown": "?"}


def columns(comparison: Document) -> list[Column]:
    """Return the columns of a comparison; those in which no offer says anything are left out."""
    offers = comparison["offers"]
    all = (
        Column("", lambda item: str(item.get("rank") or ""), right=True),
        Column("offer", lambda item: phrases.short(item["id"])),
        Column("from", from_whom, long=True),
        Column("what", what, long=True),
        Column("delivery", delivery),
        Column("term", term),
        Column("a month", lambda item: phrases.amount(item.get("monthly"), item.get("currency")), right=True),
        Column("total", totals.total, right=True),
        Column("limit", lambda item: _limit(item, comparison)),
        Column("fits", lambda item: _fits(item.get("difference") or []), long=True),
        Column("odd", lambda item: _odd(item.get("flags") or []), long=True),
        Column("expires", lambda item: phrases.date_and_time(item.get("expires_at")), spare=2),
        Column("signed", lambda item: str(item.get("signature") or ""), spare=1),
        Column("ranked", lambda item: ranked(item, comparison), long=True),
    )
    return [column for column in all if any(column.cell(offer) for offer in offers)]


def _odd(flags: Sequence[Mapping[str, Any]]) -> str:
    """Name what is odd about terms, by its codes: `offer show` says it in sentences."""
    return ", ".join(str(flag["code"]) for flag in flags if flag["severity"] != "note")


def _limit(offer: Mapping[str, Any], comparison: Mapping[str, Any]) -> str:
    """Say whether a total is within the owner's limit; of what has none, that nothing was compared."""
    if not ((comparison.get("intention") or {}).get("private") or {}).get("limit_price"):
        return ""
    return _LIMIT[offer.get("within_limit")]


def from_whom(offer: Mapping[str, Any]) -> str:
    """Return who made an offer, marked if nothing of them is taken: for good, or until a key is confirmed."""
    peer = offer.get("peer") or {}
    mark = " (blocked)" if peer.get("blocked") else " (held: its key changed)" if offer.get("held") else ""
    return f"{phrases.party(peer)}{mark}"


def what(offer: Mapping[str, Any]) -> str:
    """Return what is offered, and how much of it if that is not one."""
    much = phrases.quantity(offer.get("quantity"))
    name = str(offer.get("name") or "")
    return name if much in ("", "1") else f"{much} x {name}"


def delivery(offer: Mapping[str, Any]) -> str:
    """Return in how many days it is delivered, or from when it is had, as far as the offer says."""
    for item in offer.get("properties") or []:
        if item.get("property") == LEAD_TIME and item.get("unit") == "d":
            return counted(str(item.get("value")), "day")
    return phrases.date_and_time(offer.get("starts_at"))[:10]


def term(offer: Mapping[str, Any]) -> str:
    """Return for how long an offer binds: `24 months`, `until ended`; nothing for what is bought."""
    if not offer.get("months"):
        return "until ended" if offer.get("monthly") else ""
    months = Decimal(offer["months"])
    if months < _SHORT and months % 1:
        return counted(str(round(months * _DAYS_IN_A_MONTH)), "day")
    return counted(f"{months:f}", "month")


def ranked(offer: Mapping[str, Any], comparison: Mapping[str, Any]) -> str:
    """Say by what an offer has its place, if not by its total, and whether it is the lowest of its like."""
    cost = phrases.amount(offer.get("cost"), offer.get("currency")) or "no total"
    by = ""
    if comparison.get("basis") == "month":
        by = f"by month: {cost}"
    elif comparison.get("basis") == "over":
        by = f"over {counted(comparison['over'], 'month')}: {cost}"
    return "; ".join(filter(None, [by, lowest(offer, comparison)]))


def lowest(offer: Mapping[str, Any], comparison: Mapping[str, Any]) -> str:
    """Say that no other offer of like terms costs less, where there are several of them."""
    if not offer.get("lowest"):
        return ""
    of = term(offer) or "what is bought"
    return "lowest total" if comparison.get("basis") == "total" else f"lowest total of {of}"


def summary(comparison: Mapping[str, Any]) -> str:
    """Say if there are more than are shown, and why offers are ranked by something else than totals."""
    return " ".join(filter(None, [_left_out(comparison), _basis(comparison)]))


def choices(comparison: Mapping[str, Any]) -> Iterator[str]:
    """Say of each two offers between which somebody lets choose what both cost, with and without data."""
    offers = {str(offer["id"]): offer for offer in comparison.get("offers") or ()}
    for offer in offers.values():
        other = offers.get(str(offer.get("alternative_to") or ""))
        if other is not None:
            first, second = sorted((other, offer), key=lambda one: not one.get("terms"))
            said = f"{_choice(first)}, or {_choice(second)}"
            yield f"{printable(from_whom(offer))} lets you choose: {said}."


def _choice(offer: Mapping[str, Any]) -> str:
    data = "with your data" if offer.get("terms") else "without"
    return f"{data} {totals.total(offer)} ({phrases.short(str(offer['id']))})"


def _left_out(comparison: Mapping[str, Any]) -> str:
    shown = len(comparison.get("offers") or ())
    count = int(comparison.get("count") or 0)
    return f"Shown are the best {shown} of {count}." if count > shown else ""


def _basis(comparison: Mapping[str, Any]) -> str:
    if comparison.get("basis") not in ("month", "over"):
        return ""
    by = (
        "what a month costs"
        if comparison["basis"] == "month"
        else f"what {counted(comparison['over'], 'month')} cost"
    )
    id = phrases.short(str(comparison["intention"]["id"]))
    return f"Ranked by {by}. For another time: freehold offer compare {id} --over '24 months'"


def months(text: str) -> int | None:
    """Return the months of `24 months`, `2 years` or `P2Y`; None for no text.

    Raises:
        Failure: it is no number of whole months from one to a hundred years.
    """
    if not text:
        return None
    from protocol.times import Duration, read_duration

    span = duration(text)
    length = read_duration(span) if span else Duration()
    months = length.years * 12 + length.months
    if length.weeks or length.days or not 0 < months <= 1_200:
        raise usage(f"{text!r} is no time to compare over.", "Write '24 months' or '2 years'.")
    return months


def against_wish(offer: Document, comparison: Document) -> Iterator[tuple[str, str]]:
    """Yield, by label and text, how an offer keeps to the limit and the wishes of what it answers.

    `comparison` is that of its intention, or nothing; of an offer that is not in it nothing is said.
    """
    beside = _beside(offer, comparison.get("offers") or [])
    if not beside:
        return
    intention = comparison.get("intention") or {}
    limit = phrases.amount((intention.get("private") or {}).get("limit_price"), intention.get("currency"))
    if limit:
        yield "limit", f"{_limit(beside, comparison)}: {limit}"
    yield "fits", ", ".join(_judged(item) for item in beside.get("difference") or [])


def _judged(item: Document) -> str:
    """Say of one wish whether it is met, and what is said instead: `✗ colour: green`."""
    fit = str(item.get("fit"))
    said = {"missed": f": {item.get('offered')}", "unknown": ": not said"}.get(fit, "")
    return f"{_FITS.get(fit, '?')} {item['property']}{said}"


def line(offer: Document, comparison: Document, *, now: datetime) -> str:
    """Return the line of `offer watch`: when, whose, id, price, until when, signature, and what is offered.

    `comparison` is that of its intention, or nothing.
    """
    beside = _beside(offer, comparison.get("offers") or [])
    offer = {**offer, **beside}
    open = offer.get("state") == "offered"
    verified = bool((offer.get("proof") or {}).get("verified"))
    shut_out = bool((offer.get("peer") or {}).get("blocked") or offer.get("held"))
    mark = "○" if not open else "●" if verified and not shut_out else "▲"
    cells = [
        phrases.clock(offer.get("updated_at") or offer.get("opened_at")),
        f"{mark} {padded(printable(from_whom(offer)), NAME_CELLS)}",
        phrases.short(offer["id"]),
        padded(totals.total(offer), AMOUNT_CELLS, right=True),
        padded(phrases.remaining(offer.get("expires_at"), now=now) if open else _ended(offer), STANDS_CELLS),
        deals.signed(offer.get("proof") or {}),
        ", ".join(filter(None, [printable(what(offer)), _delivered(offer), _by_month(beside)])),
    ]
    note = lowest(beside, comparison)
    return "  " + "  ".join([*cells, *([f"← {note}"] if note else [])])


def _beside(offer: Document, others: Sequence[Document]) -> Document:
    return next((other for other in others if other["id"] == offer["id"]), {})


def _ended(offer: Document) -> str:
    reason = str(offer.get("reason") or "")
    return f"{offer.get('state')}: {printable(reason)}" if reason else str(offer.get("state"))


def _delivered(offer: Document) -> str:
    said = delivery(offer)
    return f"in {said}" if said.endswith(("day", "days")) else f"from {said}" if said else ""


def _by_month(beside: Document) -> str:
    if not beside.get("monthly"):
        return ""
    length = f"for {term(beside)}" if beside.get("months") else term(beside)
    return f"{phrases.amount(beside['monthly'], beside.get('currency'))} a month {length}"


def _fits(differences: list[Document]) -> str:
    """Say what an offer meets and misses of what was wanted: `✓✗  range: 380`."""
    marks = "".join(_FITS.get(str(item.get("fit")), "?") for item in differences)
    missed = [f"{item['property']}: {item['offered']}" for item in differences if item.get("fit") == "missed"]
    return "  ".join(filter(None, [marks, ", ".join(missed)]))
