"""Obligations: what an agreement means for its owner now, said in plain sentences, with what still falls due.

Rules that hold here:

- As in `protocol.plain_language`, sentences are made of machine terms, dates and states alone.
- What was charged once fell due when the agreement began; whether it was paid nobody here knows.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from protocol.agreements import Agreement, earliest_end, over_at, withdrawal_until
from protocol.charges import each, times_due
from protocol.drafts import Role
from protocol.errors import ProtocolError
from protocol.negotiation import Party
from protocol.offers import Draft, plain_terms
from protocol.plain_language import plain_amount, plain_date
from protocol.prices import FORMS, PriceLine
from protocol.times import periods_before
from protocol.values import dataclass

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """An agreement as one side has it.

    Args:
        agreement: what was agreed.
        state: where it stands: a state of the negotiation, or `void`.
        side: which end of the negotiation its owner is.
        role: whether its owner pays or is paid.
        since: when it was accepted.
        holds_until: by when it has to be countersigned.
        leaves_at: when a notice takes effect.
    """

    agreement: Agreement
    state: str
    side: Party
    role: Role
    since: datetime
    holds_until: datetime | None = None
    leaves_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What still falls due, and in how many payments."""

    amount: Decimal
    payments: int


def still_due(obligation: Obligation, now: datetime) -> Due | None:
    """Return what falls due from now on, to the last day if notice was given; None if nobody can know.

    That is nothing under what binds nobody, or not yet.
    """
    draft = obligation.agreement.draft
    if obligation.state not in ("concluded", "ending"):
        return Due(Decimal(0), 0)
    is_used = any(line.estimate is not None for line in draft.price)
    if is_used or (draft.total is None and obligation.leaves_at is None):
        return None
    start, ends_at = draft.starts_at or obligation.since, _over_at(obligation)
    times = [_times_due(line, draft, start, now, ends_at) for line in draft.price]
    amounts = [each(line) * count for line, count in zip(draft.price, times, strict=True)]
    payments = [
        0 if FORMS[line.kind].takes_off else count for line, count in zip(draft.price, times, strict=True)
    ]
    return Due(max(sum(amounts, start=Decimal(0)), Decimal(0)), sum(payments))


def _over_at(obligation: Obligation) -> datetime | None:
    return over_at(obligation.agreement.draft, obligation.leaves_at)


def _times_due(
    line: PriceLine, draft: Draft, start: datetime, now: datetime, ends_at: datetime | None
) -> int:
    if line.per is None:
        return int(start > now and (ends_at is None or start < ends_at))
    fallen = periods_before(now + _MOMENT, anchor=start, period=line.per)
    ends = [times_due(line, draft.span)]
    ends += [None if ends_at is None else periods_before(ends_at, anchor=start, period=line.per)]
    return max(min(times for times in ends if times is not None) - fallen, 0)


def leaves_earliest(obligation: Obligation, now: datetime) -> datetime | None:
    """Return when it ends at the earliest if notice is given now; None if none can be given."""
    if obligation.state != "concluded" or obligation.agreement.draft.notice is None:
        return None
    try:
        return earliest_end(obligation.agreement, now)
    except ProtocolError:  # a notice of ten thousand years
        return None


def withdraws_until(obligation: Obligation, now: datetime) -> datetime | None:
    """Return until when the customer may withdraw, or could, from what is in force; None if never."""
    over = _over_at(obligation)
    if obligation.state not in ("concluded", "ending") or (over is not None and over <= now):
        return None
    try:
        return withdrawal_until(obligation.agreement)
    except ProtocolError:  # after the year 9999
        return None


def plain_obligation(obligation: Obligation, now: datetime) -> list[str]:
    """Say what an agreement means now: whether it binds, what is owed, and when it can be left."""
    terms = plain_terms(obligation.agreement.draft, for_role=obligation.role)
    match obligation.state:
        case "accepted":
            return [_accepted(obligation), f"Then: {terms}"]
        case "lapsed":
            return ["Lapsed: it was not countersigned in time. Nobody is bound, and nothing is owed."]
        case "reneged":
            by = _offerer(obligation)
            return [f"Backed out: {by} took back the offer. Nobody is bound, and nothing is owed."]
        case "void":
            return ["Void: the acceptance was undone, or not taken. Nobody is bound, and nothing is owed."]
        case "superseded":
            return ["An amendment has taken its place; what is owed stands there."]
        case "ending":
            return [_ending(obligation, now), f"As agreed: {terms}", *_begins(obligation, now)]
        case "ended":
            return [f"Ended{_on(_over_at(obligation))}. Nothing more falls due."]
    return [terms, *_begins(obligation, now), *_ahead(obligation, now)]


def _begins(obligation: Obligation, now: datetime) -> list[str]:
    """Say when it begins, if that is still to come: nothing holds before that."""
    starts_at, over_at = obligation.agreement.draft.starts_at, _over_at(obligation)
    if starts_at is None or starts_at <= now or (over_at is not None and over_at < starts_at):
        return []
    return [f"It begins on {plain_date(starts_at)}."]


def _accepted(obligation: Obligation) -> str:
    signs = (
        "you have countersigned" if obligation.side is Party.OFFERER else "the other side has countersigned"
    )
    by = "" if obligation.holds_until is None else f", by {plain_date(obligation.holds_until)} at the latest"
    return f"Accepted: nothing is owed until {signs}{by}."


def _offerer(obligation: Obligation) -> str:
    return "you" if obligation.side is Party.OFFERER else "the other side"


def _ending(obligation: Obligation, now: datetime) -> str:
    last = _on(_over_at(obligation))
    return f"Notice was given: it holds until its last day{last}. {_falls_due(obligation, now)}"


def _on(moment: datetime | None) -> str:
    return "" if moment is None else f", {plain_date(moment)}"


def _falls_due(obligation: Obligation, now: datetime) -> str:
    due = still_due(obligation, now)
    if due is None:
        return "What still falls due cannot be known beforehand."
    if not due.payments:
        return "Nothing more falls due."
    amount = plain_amount(due.amount, currency=obligation.agreement.draft.currency)
    return f"{amount} still falls due, in {due.payments} {'payment' if due.payments == 1 else 'payments'}."


def _ahead(obligation: Obligation, now: datetime) -> list[str]:
    """Say what falls due later, and when it can be left at the earliest, of what goes on."""
    lines = []
    if any(line.per is not None for line in obligation.agreement.draft.price):
        lines.append(_falls_due(obligation, now))
    leaves_at = leaves_earliest(obligation, now)
    return [*lines, *([] if leaves_at is None else [f"Leave at the earliest on {plain_date(leaves_at)}."])]
