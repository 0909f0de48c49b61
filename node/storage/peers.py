"""Peers: the others as one local actor knows them, and who follows whom.

Rules: a peer is a row. Whatever is between an actor and a peer names it by the row's id; its address is where
it is now, and stands nowhere else. So where a peer moves, one row changes, and who comes to an address after
it is another peer. Ids come from the journal (`node.services.ledger.meeting`), so a rebuild gives the same.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import MARKS, PAGE_LIMIT, Page, Table, chunks
from protocol.values import dataclass

TABLES = (Declared("peers", TableKind.PROJECTION), Declared("follows", TableKind.PROJECTION))


class FollowDirection(StrEnum):
    """Who follows: the peer follows the actor, or the actor follows the peer."""

    FOLLOWER = "follower"
    FOLLOWING = "following"


class FollowState(StrEnum):
    """How far a follow has come."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"


class Peer(Protocol):
    """Whatever tells a peer: the id that stands for it here, and where it is now."""

    @property
    def id(self) -> str:
        """The id of its row."""
        ...

    @property
    def address(self) -> str:
        """The IRI of its actor."""
        ...


class Addressee(NamedTuple):
    """A peer that something is to be sent to."""

    id: str
    address: str


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One peer of one actor."""

    actor: str
    id: str
    address: str
    name: str
    kind: str
    handle: str | None
    first_seen: datetime
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class FollowRow:
    """One follow; `activity` is the IRI of the Follow, which its Accept and its Undo name."""

    actor: str
    peer: str
    direction: FollowDirection
    state: FollowState
    activity: str
    at: datetime


_PEERS = Table(PeerRow, "peers", key=("actor", "id"))
COLUMNS = _PEERS.columns
decode_peer = _PEERS.decode
_FOLLOWS = Table(FollowRow, "follows", key=("actor", "peer", "direction"))


def save_peer(session: Session, peer: PeerRow) -> None:
    """Add a peer or replace what is known of it. Raises: Taken if another is at its address."""
    _PEERS.save(session, peer)


def load_peer(session: Session, actor: str, id: str) -> PeerRow | None:
    """Return a peer by id."""
    return _PEERS.load(session, actor, id)


def named_peer(session: Session, actor: str, id: str) -> PeerRow:
    """Return the peer that a row names by id."""
    row = load_peer(session, actor, id)
    assert row is not None  # noqa: S101 - nothing names a peer before it has a row, and no row goes
    return row


def load_peer_at(session: Session, actor: str, address: str) -> PeerRow | None:
    """Return who an actor knows at an address."""
    return _PEERS.first(session, "actor = ? AND address = ?", actor, address)


def peers_by_id(session: Session, actor: str, ids: Collection[str]) -> dict[str, PeerRow]:
    """Return these peers of an actor by id."""
    return {row.id: row for row in _PEERS.among(session, "id", ids, actor=actor)}


def blocked_among(session: Session, actor: str, ids: Collection[str]) -> set[str]:
    """Return those of these peers of an actor that the owner has blocked."""
    statement = f"SELECT id FROM peers WHERE actor = ? AND blocked = 1 AND id IN {MARKS}"
    return {id for some in chunks(ids) for (id,) in session.all(statement, actor, *some)}


def peers_at(session: Session, actor: str, addresses: Collection[str]) -> dict[str, PeerRow]:
    """Return by address those whom an actor knows at these."""
    return {row.address: row for row in _PEERS.among(session, "address", addresses, actor=actor)}


def list_peers(session: Session, actor: str, *, after: str = "", limit: int = 50) -> Page[PeerRow]:
    """List an actor's peers by address, behind the address `after`; the next cursor is the last one's."""
    size = max(1, min(limit, PAGE_LIMIT))
    condition = "actor = ? AND address > ? ORDER BY address LIMIT ? + 0"
    rows = _PEERS.all(session, condition, actor, after, size + 1)
    return Page(rows[:size], rows[size - 1].address if len(rows) > size else None)


def next_peers(
    session: Session, actor: str, *, after: str = "", limit: int
) -> tuple[list[Addressee], str | None]:
    """Return the next peers of an actor, by id, and where to go on, None at the end; as `next_followers`."""
    statement = "SELECT id, address, blocked FROM peers WHERE actor = ? AND id > ? ORDER BY id LIMIT ? + 0"
    found = session.all(statement, actor, after, limit)
    known = [Addressee(id, address) for id, address, blocked in found if not blocked]
    return known, found[-1][0] if len(found) == limit else None


def is_blocked_at(session: Session, actor: str, origin: str) -> bool:
    """Tell whether an actor has blocked anybody who is at an origin."""
    statement = "SELECT address FROM peers WHERE actor = ? AND address > ? AND blocked = 1 ORDER BY address"
    place = f"{origin}/"
    first = session.one(f"{statement} LIMIT 1", actor, place)
    return first is not None and str(first[0]).startswith(place)


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


def load_follows(session: Session, actor: str, whom: Collection[str]) -> list[FollowRow]:
    """Return the follows, in either direction, between an actor and these peers."""
    return _FOLLOWS.among(session, "peer", whom, actor=actor)


def asking_to_follow(session: Session, actor: str, *, limit: int) -> list[str]:
    """Return peers (their ids) who ask to follow an actor and wait for its answer, as many as `limit`."""
    statement = (
        "SELECT peer FROM follows WHERE actor = ? AND direction = 'follower' AND state = 'requested' "
        "ORDER BY peer LIMIT ? + 0"
    )
    return [peer for (peer,) in session.all(statement, actor, limit)]


def next_followers(
    session: Session, actor: str, *, after: str = "", limit: int
) -> tuple[list[Addressee], str | None]:
    """Return the next peers whose follow an actor has accepted, by id, and where to go on, None at the end.

    Those who are blocked are left out, so there may be fewer than `limit`, and still more behind.
    """
    statement = (
        "SELECT follows.peer, peers.address, peers.blocked FROM follows "
        "JOIN peers ON peers.actor = follows.actor AND peers.id = follows.peer "
        "WHERE follows.actor = ? AND direction = 'follower' AND state = 'accepted' AND follows.peer > ? "
        "ORDER BY follows.peer LIMIT ? + 0"
    )
    found = session.all(statement, actor, after, limit)
    followers = [Addressee(id, address) for id, address, blocked in found if not blocked]
    return followers, found[-1][0] if len(found) == limit else None
