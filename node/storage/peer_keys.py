"""The keys of peers, as one local actor knows them: those it takes for a peer's, and those it does not yet.

A key is its fragment: the multibase of an Ed25519 key, the multihash of an RSA key.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import MARKS, Table, chunks
from protocol.values import dataclass

TABLES = (Declared("peer_keys", TableKind.PROJECTION),)


class KeyState(StrEnum):
    """Whether what a key signs is taken: it is, it waits for the owner, or the owner has refused it."""

    KNOWN = "known"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PeerKeyRow:
    """One key of one peer (its id), and since when it is in this state."""

    actor: str
    peer: str
    fragment: str
    state: KeyState
    since: datetime


_KEYS = Table(PeerKeyRow, "peer_keys", key=("actor", "peer", "fragment"))


def save_key(session: Session, key: PeerKeyRow) -> None:
    """Add a key or change its state."""
    _KEYS.save(session, key)


def keys_of(session: Session, actor: str, peer: str) -> dict[str, KeyState]:
    """Return the state of each key that a peer (its id) is known to have, by fragment."""
    rows = session.all("SELECT fragment, state FROM peer_keys WHERE actor = ? AND peer = ?", actor, peer)
    return {fragment: KeyState(state) for fragment, state in rows}


def keys_among(session: Session, actor: str, whom: Collection[str]) -> list[PeerKeyRow]:
    """Return the keys of these peers (their ids)."""
    return _KEYS.among(session, "peer", whom, actor=actor)


def held_among(session: Session, actor: str, whom: Collection[str]) -> set[str]:
    """Return those of these peers (their ids) that have a key which waits for the owner."""
    among = f"actor = ? AND state = 'held' AND peer IN {MARKS}"
    statement = f"SELECT DISTINCT peer FROM peer_keys WHERE {among}"
    return {peer for some in chunks(whom) for (peer,) in session.all(statement, actor, *some)}


def peers_with_held(session: Session, actor: str, *, limit: int) -> list[str]:
    """Return peers (their ids), none of them blocked, of whom a key waits to be looked at, up to `limit`."""
    blocked = "SELECT 1 FROM peers WHERE peers.actor = peer_keys.actor AND peers.id = peer AND blocked = 1"
    statement = (
        f"SELECT DISTINCT peer FROM peer_keys WHERE actor = ? AND state = 'held' AND NOT EXISTS ({blocked}) "
        "ORDER BY peer LIMIT ? + 0"
    )
    return [peer for (peer,) in session.all(statement, actor, limit)]


def others_with(
    session: Session, actor: str, peer: str, fragments: Collection[str], *, limit: int
) -> list[str]:
    """Return the ids of other peers that have, or had, one of these keys, at most `limit`."""
    found: dict[str, None] = {}
    for fragment in fragments:
        statement = "SELECT peer FROM peer_keys WHERE actor = ? AND fragment = ? AND peer <> ? LIMIT ? + 0"
        found |= dict.fromkeys(each for (each,) in session.all(statement, actor, fragment, peer, limit))
    return [*found][:limit]
