"""What one noun brings to the ledger, and the ledger that all of them make together.

Rules that hold here:

- A noun states itself once, in a `Chapter`: what of the inbox is its own, what its entries change, which
  tables follow from them, what time does to it, who acts on the journal for it, and what an event may tell of
  it.
- Inbox, recording, rebuild, clock, followers and events read the `Ledger` made of all chapters; none of them
  names a noun.
- Two nouns never claim the same thing; a ledger in which they would is refused when it is made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from node.core.entries import Entry
from node.services.acting import Acting, Residents
from node.services.ledger.received import Received
from node.storage.journal import Recorded
from node.storage.session import Session
from protocol.jsonld import kind
from protocol.strictjson import Document
from protocol.values import dataclass

Reading = Any
"""What was read of an entry's body on its way in, so that its projector need not; None in replay."""

Projector = Callable[[Session, int, Entry, Reading], None]
"""Applies an entry to the tables of current state. It reads its entry and projections, never the clock."""

Take = Callable[[Session, Acting, Received, Any], int | None]
"""Takes an activity, with what its claim found; may return a status of success other than 202."""


def nothing(_session: Session, _number: int, _entry: Entry, _reading: Reading) -> None:
    """Keep the entry as a record only: what went out again, or what changed nothing here."""


def by_name(_session: Session, _acting: Acting, _received: Received) -> bool:
    """Take only what names us among its addressees."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Activities of these kinds (`Accept/Follow`) that are a noun's own.

    `finds` looks up what the activity names and returns it, or None if that is not the noun's; without
    `finds` a claim is for all that nobody else finds. `reaches` tells whether an activity that does not name
    us among its addressees is for us all the same. `brief` promises that taking it costs the same however
    much is kept. `settles` says that it answers what stands between the two, and there is only so much of
    that: what others have sent never keeps it out.
    """

    kinds: frozenset[str]
    take: Take
    finds: Callable[[Session, Acting, Received], Any] | None = None
    reaches: Callable[[Session, Acting, Received], bool] = by_name
    brief: bool = False
    settles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What time does to a noun: when something is due next, and doing a bounded part of what is due now.

    `turn` returns True if there is more to do at once, in a write of its own.
    """

    next_due: Callable[[Session, Residents], datetime | None]
    turn: Callable[[Session, Residents, datetime], bool | None]


Describe = Callable[[Session, Sequence[Recorded]], Mapping[int, Document]]
"""Reads how what entries are about stands now, by the number of the entry: ids, words and amounts of ours."""


def always(_session: Session, _actor: str) -> bool:
    """Follow whatever happens."""
    return True


Look = Callable[[Session, Acting, Recorded], Any]
"""Reads what acting on an entry will need; None leaves the entry alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Somebody who acts on entries of some kinds, each once, in order, behind a cursor of this name.

    `look` only reads and runs beside other writes; `act` gets what it returned, inside the write that moves
    the cursor; what it leaves to be done it gets again in the next write. Where a choice may take long,
    `choose` stands before each `act`: it gets what `act` would, only reads, and returns that with what it
    chose. While `listens` says no of an actor (its address), nothing is read for it, and the cursor stays:
    whoever begins to listen says from where.
    """

    name: str
    kinds: frozenset[str]
    look: Look
    act: Callable[[Session, Acting, Any], Any]
    choose: Callable[[Session, Acting, Any], Any] | None = None
    listens: Callable[[Session, str], bool] = always


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one noun brings to the ledger.

    `tables` follow from the noun's entries and are emptied by a rebuild, children first. `apart` names, by
    kind of entry, members of the decision that are large or of a person: they are kept beside the journal,
    where they can be erased; `erased` says what is done for an entry whose bytes are gone, where what is left
    of its decision does not do. `told` names the members of its entries' decisions that an event may tell:
    ids, addresses and words of ours, never what anyone wrote; `describes` adds how the thing stands now.
    """

    name: str
    claims: tuple[Claim, ...] = ()
    projectors: Mapping[str, Projector] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    clock: Clock | None = None
    followers: tuple[Follower, ...] = ()
    apart: Mapping[str, frozenset[str]] = field(default_factory=dict)
    erased: Mapping[str, Projector] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    describes: Describe | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All chapters together, each thing found by what it is looked up by."""

    chapters: tuple[Chapter, ...]
    claims: Mapping[str, tuple[Claim, ...]]
    """By kind: those that find something first, the one that takes the rest last."""
    brief: frozenset[str]
    """Types of activities of which every claim is brief."""
    projectors: Mapping[str, Projector]
    tables: tuple[str, ...]
    clocks: Mapping[str, Clock]
    followers: tuple[Follower, ...]
    apart: Mapping[str, frozenset[str]]
    erased: Mapping[str, Projector]
    told: Mapping[str, frozenset[str]]
    """By kind of entry, as all three before."""

    def describe(self, session: Session, items: Sequence[Recorded]) -> dict[int, Document]:
        """Return how what entries are about stands now, by the number of the entry, where a noun says so."""
        found: dict[int, Document] = {}
        for chapter in self.chapters:
            own = [item for item in items if item.entry.kind in chapter.projectors]
            if chapter.describes is not None and own:
                found |= chapter.describes(session, own)
        return found

    def is_brief(self, activity: Document) -> bool:
        """Tell whether taking an activity costs the same however much is kept.

        An offer that answers something may meet a counter-offer, and then is accepted with all that follows.
        """
        outer = kind(activity.get("type"))
        return isinstance(outer, str) and outer in self.brief and "inReplyTo" not in activity


def bind(chapters: Sequence[Chapter]) -> Ledger:
    """Make a ledger of chapters.

    Raises: ValueError: two of them bring the same table, follower or kind of entry, or would take the same
    activities.
    """
    claims: dict[str, list[Claim]] = {}
    for chapter in chapters:
        for claim in chapter.claims:
            for name in claim.kinds:
                claims.setdefault(name, []).append(claim)
    followers = tuple(follower for chapter in chapters for follower in chapter.followers)
    _once("follower", [follower.name for follower in followers])
    _once("table", [table for chapter in chapters for table in chapter.tables])
    _once("kind of entry", [kind for chapter in chapters for kind in chapter.projectors])
    return Ledger(
        chapters=tuple(chapters),
        claims=MappingProxyType({kind: _in_order(kind, found) for kind, found in claims.items()}),
        brief=_brief(claims),
        projectors=MappingProxyType({k: p for chapter in chapters for k, p in chapter.projectors.items()}),
        tables=tuple(table for chapter in chapters for table in chapter.tables),
        clocks=MappingProxyType({c.name: c.clock for c in chapters if c.clock is not None}),
        followers=followers,
        apart=MappingProxyType({kind: names for c in chapters for kind, names in c.apart.items()}),
        erased=MappingProxyType({kind: projector for c in chapters for kind, projector in c.erased.items()}),
        told=MappingProxyType({kind: chapter.told for chapter in chapters for kind in chapter.projectors}),
    )


def _brief(claims: Mapping[str, Sequence[Claim]]) -> frozenset[str]:
    slow = {
        name.partition("/")[0] for name, found in claims.items() if not all(claim.brief for claim in found)
    }
    return frozenset(name.partition("/")[0] for name in claims) - slow


def _in_order(kind: str, found: Sequence[Claim]) -> tuple[Claim, ...]:
    rest = [claim for claim in found if claim.finds is None]
    if len(rest) > 1:
        raise ValueError(f"two nouns take every {kind}")
    return (*(claim for claim in found if claim.finds is not None), *rest)


def _once(what: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two nouns bring the same {what}: {', '.join(twice)}")
