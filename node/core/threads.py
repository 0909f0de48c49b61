"""A thread: where a negotiation stands at one of its ends, as the fold of its moves.

Rules that hold here:

- A thread is never edited; `follow` returns the thread after one more move, and folding the moves again
  gives the same thread, so a move that the other end refused is undone by leaving it out.
- Every answer names and hashes what it answers. What it may name follows from its event (`_answered`).

Sources: the negotiation of docs/protocol.md; FEP-0837.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from node.core import codes
from node.core.completeness import all_that_lacks
from node.core.data_terms import widens
from protocol import codes as wire
from protocol.agreements import over_at
from protocol.canonical import digest_of
from protocol.errors import Conflict, Unprocessable
from protocol.moves import Move, holds_until
from protocol.negotiation import Event, Party, State, advance
from protocol.offers import Draft
from protocol.values import dataclass

AGREEMENT_EVENTS = frozenset({Event.COUNTERSIGN, Event.RENEGE, Event.LEAVE})
"""Events that answer the agreement rather than an offer."""


HEAD_EVENTS = frozenset({Event.RECANT, Event.REVOKE, Event.ACKNOWLEDGE})
"""Events that answer the last word itself: a counter, an acceptance, or a countersignature."""


HASHING_EVENTS = AGREEMENT_EVENTS | HEAD_EVENTS | {Event.ACCEPT}
"""Events that make evidence, and so always name the digest of what they answer."""


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

    @property
    def iri(self) -> str:
        """The IRI of the move."""
        return self.move.iri


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What happened without a move, at its place among the moves; `iri` tells it from every other."""

    event: Event
    iri: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where a negotiation stands at our end.

    `peer` is the id of the other end, `role` is ours. `standing` is the offer that can be answered now,
    `draft` its terms; `countered` are the terms the offeree asked for last, if that is the last word. `head`
    is the last word: the last move, notices aside, since those of both ends may cross. `expires_at` ends the
    standing offer or the counter, `holds_until` the acceptance, `leaves_at` the agreement once somebody has
    given notice. `exceeded` are the terms said last that the standing offer takes more about data than; None
    if it takes no more. Later offers are compared with them until the offeree asks for other terms.
    `alternative_to` is the other offer (IRI) that the first one said may be chosen instead.
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
    holds_until: datetime | None = None
    leaves_at: datetime | None = None
    exceeded: Draft | None = None
    alternative_to: str | None = None

    @property
    def insisted(self) -> Draft:
        """The terms that another offer is compared with: what the offeree asked for, or else had before."""
        return self.countered or self.exceeded or self.draft


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
        alternative_to=None if amends else move.alternative_to,
    )


def follow(thread: Thread, step: Step) -> Thread:
    """Return the thread after one more move.

    Raises:
        Conflict: `illegal-transition`, if the table does not allow it.
    """
    move = step.move
    state = advance(thread.state, step.party, move.event)
    head = thread.head if move.event is Event.LEAVE else step.link
    after = replace(
        thread, state=state, head=head, countered=None, exceeded=_exceeded(thread), updated_at=step.at
    )
    if move.event is Event.REOFFER and move.draft is not None:
        return replace(
            after,
            standing=step.link,
            draft=move.draft,
            rounds=thread.rounds + 1,
            expires_at=move.ends_at,
            exceeded=thread.insisted if widens(move.draft, thread.insisted) else None,
        )
    if move.event is Event.COUNTER:
        return replace(after, countered=move.draft, expires_at=move.ends_at or thread.expires_at)
    if move.event is Event.ACCEPT and move.agreement is not None:
        return replace(
            after,
            agreement=Link(move.agreement["id"], digest_of(move.agreement)),
            holds_until=holds_until(move, made_at=step.at, offer_ends_at=thread.expires_at),
        )
    if move.event is Event.LEAVE and move.ends_at is not None:
        return replace(after, leaves_at=min(move.ends_at, thread.leaves_at or move.ends_at))
    return after


def _exceeded(thread: Thread) -> Draft | None:
    """Return what the standing offer exceeds once the counter is no more the last word."""
    asked = thread.countered
    return thread.exceeded if asked is None or not widens(thread.draft, asked) else asked


def tick(thread: Thread, event: Event, *, at: datetime) -> Thread:
    """Return the thread after what happened without a move: expire, lapse, conclude, supersede, end."""
    return replace(thread, state=advance(thread.state, Party.CLOCK, event), updated_at=at)


def fold(first: Thread, steps: Iterable[Step | Tick]) -> tuple[Thread, tuple[str, ...]]:
    """Return the thread after these, in their order, and the IRIs of those that cannot follow the others.

    A move cannot if it answers something that is not there, or if the table does not allow it.
    """
    thread, dropped = first, []
    for step in steps:
        try:
            thread = _next(thread, step)
        except Conflict:
            dropped.append(step.iri)
    return thread, tuple(dropped)


def _check_due(thread: Thread, step: Tick) -> None:
    """Check that the time had come: what ran out may have been said by a move that is left out now."""
    ends = {
        Event.EXPIRE: thread.expires_at,
        Event.LAPSE: thread.holds_until,
        Event.END: over_at(thread.draft, thread.leaves_at),
    }
    ends_at = ends.get(step.event, step.at)
    if ends_at is None or ends_at > step.at:
        raise Conflict(wire.ILLEGAL_TRANSITION, "The time for this had not come.")


def _next(thread: Thread, step: Step | Tick) -> Thread:
    if isinstance(step, Tick):
        _check_due(thread, step)
        return tick(thread, step.event, at=step.at)
    check_link(thread, step.move)
    return follow(thread, step)


def check_link(thread: Thread, move: Move) -> None:
    """Check that a move names, and hashes, what it may answer.

    A plain FEP-0837 peer sends no digest; what makes evidence must carry one.

    Raises:
        Unprocessable: `digest-required`, if it carries none although it makes evidence.
        Conflict: `stale-answer`, if it answers something else; `digest-mismatch`, if the bytes differ.
    """
    answered = _answered(thread, move.event)
    link = next((link for link in answered if link.iri == move.answers), None)
    if link is None:
        raise Conflict(codes.STALE_ANSWER)
    if move.event is Event.ACCEPT and move.answers_digest is None:
        raise Unprocessable(codes.DIGEST_REQUIRED, all_that_lacks(move, thread.negotiation, thread.draft))
    check_digest(move, link)


def check_digest(move: Move, link: Link) -> None:
    """Check that a move hashes what it answers, as far as it has to.

    Raises:
        Unprocessable: `digest-required`. Conflict: `digest-mismatch`.
    """
    if move.answers_digest is None:
        if move.event in HASHING_EVENTS:
            raise Unprocessable(codes.DIGEST_REQUIRED)
        return
    if move.answers_digest != link.digest:
        raise Conflict(wire.DIGEST_MISMATCH, "What is answered differs from what was sent.")


def _answered(thread: Thread, event: Event) -> Sequence[Link]:
    """List what an event may answer: the agreement, the last word, or the standing offer.

    A new offer may answer either of the last two.
    """
    if event in AGREEMENT_EVENTS:
        return [thread.agreement] if thread.agreement else []
    if event in HEAD_EVENTS:
        return [thread.head]
    if event is Event.REOFFER:
        return [thread.standing, thread.head]
    return [thread.standing]
