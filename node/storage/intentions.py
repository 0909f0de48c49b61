"""Intentions: what is wanted, ours and those cast to us.

`document` is the Proposal as it is on the wire; `private` is what stays home (`limit_price`, `notes`) and is
`{}` for the intentions of others.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.core.entries import render_instant
from node.core.intentions import IntentionState
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Page, Table

TABLES = (Declared("intentions", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class IntentionRow:
    """One intention as one local actor knows it; `peer` is the id of who cast it, None for our own."""

    id: str
    actor: str
    iri: str
    peer: str | None
    document: dict[str, Any]
    private: dict[str, Any]
    state: IntentionState
    own: bool
    deadline: datetime | None
    place: str | None
    received_at: datetime
    updated_at: datetime


_INTENTIONS = Table(IntentionRow, "intentions", key=("actor", "iri"))


def save_intention(session: Session, intention: IntentionRow) -> None:
    """Add an intention or replace what is known of it."""
    _INTENTIONS.save(session, intention)


def delete_intention(session: Session, actor: str, iri: str) -> None:
    """Drop what an actor knows of an intention."""
    session.run("DELETE FROM intentions WHERE actor = ? AND iri = ?", actor, iri)


def load_intention(session: Session, actor: str, id: str) -> IntentionRow | None:
    """Return an actor's intention by id."""
    return _INTENTIONS.first(session, "id = ? AND actor = ?", id, actor)


def load_intention_by_iri(session: Session, actor: str, iri: str) -> IntentionRow | None:
    """Return the intention with this IRI as an actor knows it."""
    return _INTENTIONS.load(session, actor, iri)


def intentions_by_iri(session: Session, actor: str, iris: Collection[str]) -> list[IntentionRow]:
    """Return those of these intentions (IRIs) that an actor knows."""
    return _INTENTIONS.among(session, "iri", iris, actor=actor)


def load_own_intention(session: Session, iri: str) -> IntentionRow | None:
    """Return the intention that one of our actors cast under this IRI, to serve it at its address."""
    return _INTENTIONS.first(session, "iri = ? AND own = 1", iri)


def list_intentions(
    session: Session,
    actor: str,
    *,
    own: bool | None = None,
    state: IntentionState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[IntentionRow]:
    """List an actor's intentions, newest first."""
    wanted = {
        "actor": actor,
        "own": (True, False) if own is None else own,
        "state": state or tuple(IntentionState),
    }
    return _INTENTIONS.page(session, wanted, newest="received_at", cursor=cursor, limit=limit)


def open_of_others(
    session: Session, actor: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[IntentionRow]:
    """Return open intentions of others, the oldest first, at most `limit`.

    `after` is when the last one seen was received, and its id.
    """
    received_at, id = ("", "") if after is None else (render_instant(after[0]), after[1])
    condition = "actor = ? AND own = 0 AND state = 'open' AND (received_at, id) > (?, ?)"
    return _INTENTIONS.all(
        session, f"{condition} ORDER BY received_at, id LIMIT ? + 0", actor, received_at, id, limit
    )


def due_intentions(session: Session, now: datetime, *, limit: int = 100) -> list[IntentionRow]:
    """Return open intentions of all actors whose deadline has come, the longest overdue first."""
    condition = "state = 'open' AND deadline <= ? ORDER BY deadline LIMIT ? + 0"
    return _INTENTIONS.all(session, condition, render_instant(now), limit)


def next_deadline(session: Session) -> datetime | None:
    """Return the earliest deadline of an open intention."""
    deadline = value(session, "SELECT min(deadline) FROM intentions WHERE state = 'open'")
    return None if deadline is None else datetime.fromisoformat(deadline)


def count_open_of(session: Session, actor: str, peer: str) -> int:
    """Count the open intentions that an actor knows of one peer."""
    statement = "SELECT count(*) FROM intentions WHERE actor = ? AND peer = ? AND state = 'open'"
    count = value(session, statement, actor, peer)
    return int(count)
