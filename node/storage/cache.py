"""What may be forgotten: fetched actor documents, and signatures seen within their window.

Both are bounded; the journal holds nothing of them and a rebuild does not bring them back.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Table, chunks
from protocol.actors import Actor
from protocol.values import dataclass

TABLES = (Declared("remote_actors", TableKind.FORGETTABLE), Declared("replays", TableKind.FORGETTABLE))

REMOTE_ACTORS_LIMIT = 10_000  # rows of some 4 KB: 40 MB, ten times the peers of a busy business
REPLAYS_LIMIT = 200_000  # rows of some 60 bytes; only valid signatures come here, receipts stand behind it


@dataclass(frozen=True, slots=True)
class InboxAddress:
    """What of a remote actor's row is needed to send it something; `keys` are those of its document."""

    iri: str
    inbox: str
    shared_inbox: str | None
    speaks_ed25519: bool
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class RemoteActorRow:
    """An actor document as last fetched, and what of it is needed to send to the actor.

    `keys` are the fragments of those that it lists, with a space between two.
    """

    iri: str
    inbox: str
    shared_inbox: str | None
    speaks_ed25519: bool
    keys: str
    document: dict[str, Any]
    fetched_at: datetime


_REMOTE_ACTORS = Table(RemoteActorRow, "remote_actors", key=("iri",))


def load_remote_actor(session: Session, iri: str) -> RemoteActorRow | None:
    """Return what was last fetched from an actor's address."""
    return _REMOTE_ACTORS.load(session, iri)


def load_documents(session: Session, iris: Iterable[str], *, naming: str) -> dict[str, dict[str, Any]]:
    """Return what was last fetched from these actors' addresses, if this word stands in it, however used."""
    statement = f"SELECT iri, document FROM remote_actors WHERE iri IN {MARKS} AND instr(document, ?) > 0"
    found = (row for chunk in chunks(iris) for row in session.all(statement, *chunk, naming))
    return {iri: orjson.loads(document) for iri, document in found}


def load_addresses(session: Session, iris: Iterable[str]) -> dict[str, InboxAddress]:
    """Return where actors are sent to, those whose documents are known; no document is read for it."""
    columns = "iri, inbox, shared_inbox, speaks_ed25519, keys"
    statement = f"SELECT {columns} FROM remote_actors WHERE iri IN {MARKS}"
    found = (row for chunk in chunks(iris) for row in session.all(statement, *chunk))
    return {
        iri: InboxAddress(iri, inbox, shared, bool(ed25519), frozenset(keys.split()))
        for iri, inbox, shared, ed25519, keys in found
    }


def save_remote_actor(
    session: Session, actor: Actor, *, document: dict[str, Any], fetched_at: datetime
) -> None:
    """Remember an actor and the document it was read from."""
    row = RemoteActorRow(
        iri=actor.iri,
        inbox=actor.inbox,
        shared_inbox=actor.shared_inbox,
        speaks_ed25519=actor.speaks_ed25519,
        keys=" ".join(sorted({key.key.fragment for key in actor.keys})),
        document=document,
        fetched_at=fetched_at,
    )
    _REMOTE_ACTORS.save(session, row)


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


def purge_replays(session: Session, now: datetime, *, most: int, limit: int = REPLAYS_LIMIT) -> int:
    """Drop fingerprints past their window, and beyond `limit` those next to expire; return how many.

    At most so many are dropped at once.
    """
    expired = "SELECT fingerprint FROM replays WHERE expires_at <= ? ORDER BY expires_at LIMIT ? + 0"
    purged = session.run(f"DELETE FROM replays WHERE fingerprint IN ({expired})", render_instant(now), most)
    if purged == most:
        return purged
    return purged + _trim(session, "replays", "fingerprint", "expires_at", limit, most=most - purged)


def _trim(session: Session, table: str, key: str, age: str, limit: int, *, most: int | None = None) -> int:
    over = value(session, f"SELECT count(*) FROM {table}") - limit
    if over <= 0 or most == 0:
        return 0
    oldest = f"SELECT {key} FROM {table} ORDER BY {age} LIMIT ? + 0"
    return session.run(
        f"DELETE FROM {table} WHERE {key} IN ({oldest})", over if most is None else min(over, most)
    )
