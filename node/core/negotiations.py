"""A negotiation as one of its ends sees it: the fold of its moves over the transition table.

Rules that hold here:

- A thread is never edited; `follow` returns the thread after one more move, and folding the moves again
  gives the same thread, so a move that the other end refused is undone by leaving it out.
- Every answer names and hashes what it answers. What it may name follows from its event (`_answered`).
- The order of events at the offeree decides between moves that crossed (`protocol.negotiation.overrides`).
- Nothing that has expired can be accepted, whatever the sender's clock says: our own time of receipt counts.

Sources: the negotiation of docs/protocol.md; FEP-0837.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protocol.canonical import digest_of
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.moves import Move
from protocol.negotiation import TRANSITIONS, Event, Party, State, advance, overrides
from protocol.offers import Draft

AGREEMENT_EVENTS = frozenset({Event.COUNTERSIGN, Event.RENEGE, Event.LEAVE})
"""Events that answer the agreement rather than an offer."""

OPEN_STATES = frozenset({State.OFFERED, State.COUNTERED})
"""States in which an offer can still lead to an agreement without a new one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A document by its address and the digest of its canonical bytes (`digestMultibase`)."""

    iri: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A move with who made it, when it entered our journal, and its own link."""

    move: Move
    party: Party
    link: Link
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """What time did to a negotiation, at its place among the moves; `iri` tells it from every other."""

    event: Event
    iri: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a negotiation stands at our end.

    `role` is ours. `standing` is the offer that can be answered now, `draft` its terms; `countered` are the
    terms the offeree asked for last, if that is the last word. `expires_at` ends the standing offer or the
    counter, `leaves_at` the agreement once somebody has given notice.
    """

    negotiation: str
    peer: str
    role: Party
    intention: str
    amends: str | None
    state: State
    head: Link
    standing: Link
    draft: Draft
    countered: Draft | None
    agreement: Link | None
    rounds: int
    expires_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    leaves_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether an offer or a counter is on the table."""
        return self.state in OPEN_STATES


def other(party: Party) -> Party:
    """Return the opposite end."""
    return Party.OFFEREE if party is Party.OFFERER else Party.OFFERER


def open_thread(step: Step, *, role: Party, peer: str, intention: str, amends: str | None) -> Thread:
    """Return the thread that a first Offer opens.

    Raises:
        Conflict: `illegal-transition`, if the move is no first offer.
    """
    move = step.move
    state = advance(State.NONE, step.party, move.event)
    assert move.draft is not None  # noqa: S101 - an Offer without terms is refused when it is read
    return Thread(
        negotiation=move.negotiation or move.iri,
        peer=peer,
        role=role,
        intention=intention,
        amends=amends,
        state=state,
        head=step.link,
        standing=step.link,
        draft=move.draft,
        countered=None,
        agreement=None,
        rounds=1,
        expires_at=move.ends_at,
        opened_at=step.at,
        updated_at=step.at,
    )


def follow(thread: Thread, step: Step) -> Thread:
    """Return the thread after one more move.

    Raises:
        Conflict: `illegal-transition`, if the table does not allow it.
    """
    move = step.move
    state = advance(thread.state, step.party, move.event)
    after = replace(thread, state=state, head=step.link, updated_at=step.at)
    if move.event is Event.REOFFER and move.draft is not None:
        return replace(
            after,
            standing=step.link,
            draft=move.draft,
            countered=None,
            rounds=thread.rounds + 1,
            expires_at=move.ends_at,
        )
    if move.event is Event.COUNTER:
        return replace(after, countered=move.draft, expires_at=move.ends_at or thread.expires_at)
    if move.event is Event.ACCEPT and move.agreement is not None:
        return replace(after, agreement=Link(move.agreement["id"], digest_of(move.agreement)))
    if move.event is Event.LEAVE and move.ends_at is not None:
        return replace(after, leaves_at=min(move.ends_at, thread.leaves_at or move.ends_at))
    return after


def lapse(thread: Thread, event: Event, *, at: datetime) -> Thread:
    """Return the thread after an event of the clock: expire, supersede, end."""
    return replace(thread, state=advance(thread.state, Party.CLOCK, event), updated_at=at)


def fold(first: Thread, steps: Iterable[Step | Lapse]) -> tuple[Thread, tuple[str, ...]]:
    """Return the thread after these, in their order, and the IRIs of those that cannot follow the others.

    A move cannot if it answers something that is not there, or if the table does not allow it.
    """
    thread, dropped = first, []
    for step in steps:
        try:
            thread = _next(thread, step)
        except Conflict:
            dropped.append(step.iri if isinstance(step, Lapse) else step.move.iri)
    return thread, tuple(dropped)


def _check_due(thread: Thread, step: Lapse) -> None:
    """Check that the time had come: what ran out may have been said by a move that is left out now."""
    ends_at = {Event.EXPIRE: thread.expires_at, Event.END: thread.leaves_at}.get(step.event, step.at)
    if ends_at is None or ends_at > step.at:
        raise Conflict("illegal-transition", "The time for this had not come.")


def _next(thread: Thread, step: Step | Lapse) -> Thread:
    if isinstance(step, Lapse):
        _check_due(thread, step)
        return lapse(thread, step.event, at=step.at)
    check_link(thread, step.move)
    return follow(thread, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Our own last moves while the peer has not acknowledged them, and the thread as it was before.

    `step` is the first of them, `moves` are the IRIs of all, with those of our clock.
    """

    step: Step | Lapse
    before: Thread
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The decision on a received move: the thread it applies to, and which own moves it makes void."""

    thread: Thread
    voids: tuple[str, ...] = ()


def admit(thread: Thread, step: Step, *, pending: Pending | None, grace: timedelta, rounds: int) -> Admission:
    """Decide whether a received move takes effect, and on what.

    Args:
        thread: the negotiation at our end.
        step: the move, made by the other end.
        pending: our own unacknowledged moves, if there are any.
        grace: how far two honest clocks may differ.
        rounds: how many offers one negotiation may hold.

    Raises:
        Forbidden: `not-your-move`, if the other end is not the party that may do this.
        Conflict: `digest-mismatch`, `stale-answer`, `offer-expired`, `illegal-transition`, `too-many-rounds`.
    """
    if step.party is thread.role:
        raise Forbidden("not-your-move", "Only the other side of this negotiation may do this.")
    if step.move.event is Event.REOFFER and thread.rounds >= rounds:
        raise Conflict("too-many-rounds", "This negotiation has reached its limit of offers.")
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
    late = thread.expires_at is not None and step.at - grace > thread.expires_at
    if step.move.event is Event.ACCEPT and late:
        raise Conflict("offer-expired", "The offer had ended when the acceptance arrived.")
    return thread


def _crossed(pending: Pending, step: Step) -> bool:
    """Tell whether the peer answered what stood before our unacknowledged moves, and is right to."""
    before = pending.before
    if (before.state, step.party, step.move.event) not in TRANSITIONS:
        return False
    own = pending.step
    if isinstance(own, Lapse) or own.party is not Party.OFFERER:
        return False  # what has expired stays so, and the offeree's own order decides at its end
    return overrides(before.state, own.move.event, step.move.event)


def check_link(thread: Thread, move: Move) -> None:
    """Check that a move names, and hashes, what it may answer.

    A plain FEP-0837 peer sends no digest; only an acceptance must carry one, since it makes evidence.

    Raises:
        Unprocessable: `digest-required`, if it carries none although it makes evidence.
        Conflict: `stale-answer`, if it answers something else; `digest-mismatch`, if the bytes differ.
    """
    answered = _answered(thread, move.event)
    link = next((link for link in answered if link.iri == move.answers), None)
    if link is None:
        raise Conflict("stale-answer", "This does not answer what stands now.")
    if move.answers_digest is None:
        if move.event in AGREEMENT_EVENTS | {Event.ACCEPT}:
            raise Unprocessable("digest-required", "What makes evidence names the digest of what it answers.")
        return
    if move.answers_digest != link.digest:
        raise Conflict("digest-mismatch", "What is answered differs from what was sent.")


def _answered(thread: Thread, event: Event) -> Sequence[Link]:
    """List what an event may answer: the agreement, or the standing offer; a new offer also the last word."""
    if event in AGREEMENT_EVENTS:
        return [thread.agreement] if thread.agreement else []
    if event is Event.REOFFER:
        return [thread.standing, thread.head]
    return [thread.standing]
