"""What may be forgotten: fetched actor documents, and signatures seen within their window.

Both are bounded; the journal holds nothing of them and a rebuild does not bring them back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.core.entries import render_instant
from node.storage.kinds import Declared, Kind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.actors import read_actor
from protocol.errors import ProtocolError

TABLES = (Declared("remote_actors", Kind.FORGETTABLE), Declared("replays", Kind.FORGETTABLE))

REMOTE_ACTORS_LIMIT = 10_000  # rows of some 4 KB: 40 MB, ten times the peers of a busy business
REPLAYS_LIMIT = 200_000  # rows of some 60 bytes; only valid signatures come here, receipts stand behind it


@dataclass(frozen=True, slots=True)
class RemoteActorRow:
    """An actor document as last fetched, or None after a failure; `failed_at` marks the last failed fetch."""

    iri: str
    document: dict[str, Any] | None
    fetched_at: datetime
    failed_at: datetime | None


_REMOTE_ACTORS = Table(RemoteActorRow, "remote_actors", key=("iri",))


def load_remote_actor(session: Session, iri: str) -> RemoteActorRow | None:
    """Return what was last fetched from an actor's address."""
    return _REMOTE_ACTORS.load(session, iri)


def load_inbox(session: Session, iri: str) -> str:
    """Return the inbox of an actor whose document is known and usable; empty if it must be fetched first."""
    known = load_remote_actor(session, iri)
    if known is None or known.document is None:
        return ""
    try:
        return read_actor(known.document, iri=iri).inbox
    except ProtocolError:
        return ""


def save_remote_actor(session: Session, actor: RemoteActorRow) -> None:
    """Remember an actor document or a failure to fetch it."""
    _REMOTE_ACTORS.save(session, actor)


def forget_remote_actor(session: Session, iri: str) -> bool:
    """Drop an actor document; tell whether there was one."""
    return session.run("DELETE FROM remote_actors WHERE iri = ?", iri) > 0


def trim_remote_actors(session: Session, *, limit: int = REMOTE_ACTORS_LIMIT) -> int:
    """Drop the longest unfetched documents beyond `limit`; return how many."""
    return _trim(session, "remote_actors", "iri", "fetched_at", limit)


def remember_replay(session: Session, fingerprint: bytes, *, expires_at: datetime) -> bool:
    """Note a signature's fingerprint; tell whether it is seen for the first time."""
    statement = "INSERT INTO replays (fingerprint, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
    return session.run(statement, fingerprint, render_instant(expires_at)) > 0


def purge_replays(session: Session, now: datetime, *, limit: int = REPLAYS_LIMIT) -> int:
    """Drop fingerprints past their window, and beyond `limit` those next to expire; return how many."""
    purged = session.run("DELETE FROM replays WHERE expires_at <= ?", render_instant(now))
    return purged + _trim(session, "replays", "fingerprint", "expires_at", limit)


def _trim(session: Session, table: str, key: str, age: str, limit: int) -> int:
    count = value(session, f"SELECT count(*) FROM {table}")
    if count <= limit:
        return 0
    oldest = f"SELECT {key} FROM {table} ORDER BY {age} LIMIT ?"
    return session.run(f"DELETE FROM {table} WHERE {key} IN ({oldest})", count - limit)
