"""A negotiation as one of its ends sees it: all that a decision about it may look at.

Rule here: a decision about a negotiation looks at one `Negotiation`, which was loaded once, and at nothing
else. Where it stands is its thread (`node.core.threads`).
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from node.core.intentions import IntentionState
from node.core.threads import Link, Step, Thread, Tick
from protocol.agreements import read_agreement
from protocol.drafts import Draft
from protocol.moves import Move
from protocol.negotiation import Event, Party, State
from protocol.pauses import Pause
from protocol.strictjson import Document
from protocol.values import dataclass

OPEN_STATES = frozenset({State.OFFERED, State.COUNTERED})
"""States in which an offer can still lead to an agreement without a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Our own last moves while the peer has not acknowledged them, and the thread as it was before.

    `step` is the first of them, `moves` are the IRIs of all, with those of our clock. `waits` tells that it
    is kept from leaving, so that it can be undone.
    """

    step: Step | Tick
    before: Thread
    moves: tuple[str, ...]
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key that signed a move, as verified at the time: the verification method and its multibase."""

    id: str
    multibase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A move with its proof, whoever made it.

    `kept` is what our journal keeps beside it: the id of its agreement here, the stock an offer holds.
    """

    step: Step
    document: Document
    key: Key
    kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def move(self) -> Move:
        """What it says."""
        return self.step.move


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A move that counts, with the document that went over the wire and the key that signed it."""

    iri: str
    event: Event
    digest: str
    answers: str | None
    document: Document = field(default_factory=dict)
    key: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """The other end: its id here, where it is now, what it calls itself, and whether our owner blocked it."""

    id: str
    address: str
    name: str = ""
    handle: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The intention that a negotiation is about; `invited` tells whether the other end was told of it."""

    id: str
    iri: str
    own: bool
    state: IntentionState
    deadline: datetime | None
    document: Document
    invited: bool = False
    pause: Pause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What was accepted; `state` is that of its negotiation, or None if it was taken back and never held.

    `own` tells that the intention behind it is ours: our owner is the customer.
    """

    id: str
    link: Link
    state: State | None
    document: Document
    currency: str
    concluded_at: datetime
    intention: str
    own: bool = False
    holds_until: datetime | None = None
    leaves_at: datetime | None = None

    @property
    def draft(self) -> Draft:
        """Its terms."""
        return read_agreement(self.document, currency=self.currency).draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What the other end has under way here already, and whether a new negotiation's address is taken.

    About the intention it is what it ever had, and what of that is open; `of_origin` is what all there ever
    had, `open_of_all` what of everybody is open. These two matter to a first offer alone, and are counted no
    further than to their limits.
    """

    open_with_peer: int
    about_intention: int
    open_about_intention: int
    name_taken: bool
    of_origin: int = 0
    open_of_all: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiation:
    """A negotiation with all that a decision about it may look at.

    `thread` is None before the first offer; `agreement` is what it led to, `amended` what it would replace,
    `living` the agreement that lives for the same intention of ours. `history` are the moves that count,
    oldest first, `pending` our own that the other end does not know of yet. `retracted_at` is when we first
    took back, or replaced, the offer that is accepted, whatever became of that. `notices` is how often who
    gives notice has done so before, but for ours that were taken back. What an event does not look at was not
    loaded and is empty.
    """

    id: str
    actor: str
    peer: Counterpart
    thread: Thread | None
    intention: Wanted | None = None
    agreement: Agreed | None = None
    amended: Agreed | None = None
    living: Agreed | None = None
    crowd: Crowd | None = None
    history: tuple[Made, ...] = ()
    pending: Pending | None = None
    retracted_at: datetime | None = None
    agreement_exists: bool = False
    notices: int = 0

    @property
    def ends(self) -> tuple[str, str]:
        """The customer, whose intention it is about, and the other end: both by their addresses."""
        ours, theirs = self.actor, self.peer.address
        return (ours, theirs) if self.is_customers else (theirs, ours)

    @property
    def is_customers(self) -> bool:
        """Whether our owner is the customer: whoever answers offers, where the intention was erased."""
        about = self.intention if self.amended is None else self.amended
        if about is not None:
            return about.own
        return self.thread is not None and self.thread.role is Party.OFFEREE and self.thread.amends is None

    @property
    def begun(self) -> Thread:
        """Where it stands. Only of a negotiation that has begun."""
        assert self.thread is not None  # noqa: S101 - the caller knows that there was a first offer
        return self.thread

    def made(self, iri: str) -> Made | None:
        """Return the move with this IRI, if it counts and was loaded."""
        return next((made for made in self.history if made.iri == iri), None)


def other(party: Party) -> Party:
    """Return the opposite end."""
    return Party.OFFEREE if party is Party.OFFERER else Party.OFFERER
