"""The actors that live on this node, and their keys.

A retired key stays on record: old proofs of ours are still checked against it.
"""

from datetime import datetime

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("actors", TableKind.KEPT), Declared("keys", TableKind.KEPT))


@dataclass(frozen=True, slots=True)
class ActorRow:
    """One local actor."""

    iri: str
    handle: str
    kind: str
    name: str
    summary: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of a local actor; `id` is the key's IRI, `algorithm` "rsa" or "ed25519"."""

    id: str
    actor: str
    algorithm: str
    private_pem: str
    created_at: datetime
    retired_at: datetime | None

    def __repr__(self) -> str:
        """Leave the private key out of logs and tracebacks."""
        return f"KeyRow(id={self.id!r})"


_ACTORS = Table(ActorRow, "actors", key=("iri",))
_KEYS = Table(KeyRow, "keys", key=("id",))


def save_actor(session: Session, actor: ActorRow) -> None:
    """Add or change an actor. Raises: Taken if another actor has the handle."""
    _ACTORS.save(session, actor)


def list_actors(session: Session) -> list[ActorRow]:
    """Return all actors, the first created first."""
    return _ACTORS.all(session, "1 = 1 ORDER BY created_at, iri")


def rename_actor(session: Session, iri: str, name: str) -> None:
    """Give an actor another name."""
    session.run("UPDATE actors SET name = ? WHERE iri = ?", name, iri)


def add_key(session: Session, key: KeyRow) -> None:
    """Add a key. Raises: Taken if the id is, Missing if the actor is unknown."""
    _KEYS.insert(session, key)


def list_keys(session: Session, actor: str, *, retired: bool = False) -> list[KeyRow]:
    """Return an actor's keys, oldest first; with `retired` also those no longer in use."""
    in_use = "" if retired else "AND retired_at IS NULL "
    return _KEYS.all(session, f"actor = ? {in_use}ORDER BY created_at, id", actor)


def retire_key(session: Session, id: str, *, at: datetime) -> None:
    """Take a key out of use; of two dates for a key the earlier holds."""
    statement = "UPDATE keys SET retired_at = ?1 WHERE id = ?2 AND (retired_at IS NULL OR retired_at > ?1)"
    session.run(statement, render_instant(at), id)
