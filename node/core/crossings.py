"""Moves that crossed on their way: what of ours another makes void, and what falls with a refused one.

Rules that hold here:

- The order of events at the offeree decides (`protocol.negotiation.overrides`, with a worked example).
- What has ended by our clock has ended; what the offeree itself did stands at its own end, once it may have
  left: what waits there to be undone is nobody's knowledge, and no answer of ours may tell of it.
- A move that is left out takes with it whatever answers it: the rest is folded again.

Sources: the negotiation of docs/protocol.md.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from node.core import codes
from node.core.deadlines import check_time
from node.core.negotiations import Pending
from node.core.threads import Step, Thread, Tick, check_link, fold
from protocol.errors import Conflict, Forbidden
from protocol.negotiation import TRANSITIONS, Event, Party, advance, overrides
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The decision on a received move: the thread it applies to, and which own moves it makes void."""

    thread: Thread
    voids: tuple[str, ...] = ()


# What keeps a negotiation going; one that answers by itself would do so for ever.
_ROUNDS: Final = (Event.REOFFER, Event.COUNTER)


def admit(thread: Thread, step: Step, *, pending: Pending | None, grace: timedelta, rounds: int) -> Admission:
    """Decide whether a received move takes effect, and on what.

    Args:
        thread: the negotiation at our end.
        step: the move, made by the other end.
        pending: our own unacknowledged moves, if there are any.
        grace: how far two honest clocks may differ.
        rounds: how many offers one negotiation may hold; behind the last there is no counter-offer either.

    Raises:
        Forbidden: `not-your-move`, if the other end is not the party that may do this.
        Conflict: `digest-mismatch`, `stale-answer`, `illegal-transition`, `too-many-rounds`, or as
            `check_time`.
    """
    if step.party is thread.role:
        raise Forbidden(codes.NOT_YOUR_MOVE)
    if step.move.event in _ROUNDS and thread.rounds >= rounds:
        raise Conflict(codes.TOO_MANY_ROUNDS)
    try:
        return Admission(thread=_answerable(thread, step, grace=grace))
    except Conflict:
        if pending is None or not _crossed(pending, step):
            raise
    return Admission(thread=_answerable(pending.before, step, grace=grace), voids=pending.moves)


def _answerable(thread: Thread, step: Step, *, grace: timedelta) -> Thread:
    """Return the thread, if this move may follow it."""
    check_link(thread, step.move)
    advance(thread.state, step.party, step.move.event)
    check_time(thread, step, grace=grace)
    return thread


def _crossed(pending: Pending, step: Step) -> bool:
    """Tell whether the peer answered what stood before our unacknowledged moves, and is right to."""
    before = pending.before
    if (before.state, step.party, step.move.event) not in TRANSITIONS:
        return False
    own = pending.step
    if isinstance(own, Tick):
        return False  # what has ended stays so
    if own.party is not Party.OFFERER:
        if pending.waits:
            return True
        # The offeree's own order decides at its end. But who offers anew to our counter has not seen it taken
        # back, and will refuse that as stale.
        return own.move.event is Event.RECANT and step.move.event is Event.REOFFER
    return overrides(before.state, own.move.event, step.move.event)


def fallen(opening: Thread, steps: Sequence[Step | Tick], without: str) -> tuple[str, ...]:
    """Return the IRIs of what falls when one move (its IRI) is left out: it, then what builds on it."""
    kept = [step for step in steps if step.iri != without]
    return (without, *fold(opening, kept)[1])
