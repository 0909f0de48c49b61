"""Peers: the others as one local actor knows them, and who follows whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import PAGE_LIMIT, Page, Table

TABLES = (Declared("peers", TableKind.PROJECTION), Declared("follows", TableKind.PROJECTION))


class FollowDirection(StrEnum):
    """Who follows: the peer follows the actor, or the actor follows the peer."""

    FOLLOWER = "follower"
    FOLLOWING = "following"


class FollowState(StrEnum):
    """How far a follow has come."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One peer of one actor; `note` is the actor's own and never leaves the node."""

    actor: str
    iri: str
    name: str
    kind: str
    handle: str | None
    first_seen: datetime
    blocked: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FollowRow:
    """One follow; `activity` is the IRI of the Follow, which its Accept and its Undo name."""

    actor: str
    peer: str
    direction: FollowDirection
    state: FollowState
    activity: str
    at: datetime


_PEERS = Table(PeerRow, "peers", key=("actor", "iri"))
_FOLLOWS = Table(FollowRow, "follows", key=("actor", "peer", "direction"))


def save_peer(session: Session, peer: PeerRow) -> None:
    """Add a peer or replace what is known of it."""
    _PEERS.save(session, peer)


def load_peer(session: Session, actor: str, iri: str) -> PeerRow | None:
    """Return a peer as an actor knows it."""
    return _PEERS.load(session, actor, iri)


def peers_by_iri(session: Session, actor: str, iris: Collection[str]) -> list[PeerRow]:
    """Return those of these peers (IRIs) that an actor knows."""
    return _PEERS.among(session, "iri", iris, actor=actor)


def is_blocked(session: Session, actor: str, iri: str) -> bool:
    """Tell whether an actor has blocked a peer."""
    statement = "SELECT blocked FROM peers WHERE actor = ? AND iri = ?"
    found = session.one(statement, actor, iri)
    return found is not None and bool(found[0])


def list_peers(session: Session, actor: str, *, after: str = "", limit: int = 50) -> Page[PeerRow]:
    """List an actor's peers by IRI, behind the IRI `after`; the next cursor is the last IRI."""
    size = max(1, min(limit, PAGE_LIMIT))
    rows = _PEERS.all(session, "actor = ? AND iri > ? ORDER BY iri LIMIT ?", actor, after, size + 1)
    return Page(rows[:size], rows[size - 1].iri if len(rows) > size else None)


def save_follow(session: Session, follow: FollowRow) -> None:
    """Add a follow or change its state."""
    _FOLLOWS.save(session, follow)


def load_follow(session: Session, actor: str, peer: str, direction: FollowDirection) -> FollowRow | None:
    """Return the follow between an actor and a peer in one direction."""
    return _FOLLOWS.load(session, actor, peer, str(direction))


def load_follow_by_activity(session: Session, actor: str, activity: str) -> FollowRow | None:
    """Return the follow that a Follow activity asked for."""
    return _FOLLOWS.first(session, "actor = ? AND activity = ?", actor, activity)


def delete_follow(session: Session, actor: str, peer: str, direction: FollowDirection) -> bool:
    """End a follow; tell whether there was one."""
    statement = "DELETE FROM follows WHERE actor = ? AND peer = ? AND direction = ?"
    return session.run(statement, actor, peer, str(direction)) > 0


def load_follows(session: Session, actor: str, whom: Sequence[str]) -> list[FollowRow]:
    """Return the follows, in either direction, between an actor and these peers."""
    if not whom:
        return []
    return _FOLLOWS.all(session, f"actor = ? AND peer IN ({', '.join('?' * len(whom))})", actor, *whom)


def next_followers(
    session: Session, actor: str, *, after: str = "", limit: int
) -> tuple[list[str], str | None]:
    """Return the next peers whose follow an actor has accepted, by IRI, and where to go on, None at the end.

    Those who are blocked are left out, so there may be fewer than `limit`, and still more behind.
    """
    statement = (
        "SELECT peer, EXISTS (SELECT 1 FROM peers WHERE peers.actor = follows.actor "
        "AND peers.iri = follows.peer AND peers.blocked = 1) FROM follows "
        "WHERE actor = ? AND direction = 'follower' AND state = 'accepted' AND peer > ? ORDER BY peer LIMIT ?"
    )
    found = session.all(statement, actor, after, limit)
    return [peer for peer, blocked in found if not blocked], found[-1][0] if len(found) == limit else None
