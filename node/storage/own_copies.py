"""Which intentions of others are to be asked for at their addresses, and which have been within a day.

One row for each intention. Losing them costs nothing but the questions.
"""

from datetime import datetime
from typing import Final

from node.core.entries import render_instant
from node.core.own_copies import CopyPurpose
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("own_copies", TableKind.FORGETTABLE),)
WANTED: Final = "own copies"
"""What is told when an intention is to be asked for."""


@dataclass(frozen=True, slots=True)
class OwnCopyRow:
    """An intention (its IRI) of a peer's (its id) that an actor asks for; `origin` is that of its server.

    `due_at` is None when there is nothing more to ask. `tries` are the questions that were in vain.
    """

    actor: str
    intention: str
    peer: str
    origin: str
    purpose: CopyPurpose
    due_at: datetime | None
    asked_at: datetime
    tries: int = 0


_OWN_COPIES = Table(OwnCopyRow, "own_copies", key=("actor", "intention"))


def save_own_copy(session: Session, row: OwnCopyRow) -> None:
    """Note that an intention is to be asked for, or was."""
    _OWN_COPIES.save(session, row)
    if row.due_at is not None:
        session.tell(WANTED)


def load_own_copy(session: Session, actor: str, intention: str) -> OwnCopyRow | None:
    """Return what is noted of an intention."""
    return _OWN_COPIES.load(session, actor, intention)


def delete_own_copy(session: Session, row: OwnCopyRow) -> None:
    """Forget what is noted of an intention."""
    session.run("DELETE FROM own_copies WHERE actor = ? AND intention = ?", row.actor, row.intention)


def due_own_copies(session: Session, now: datetime, *, limit: int) -> list[OwnCopyRow]:
    """Return what is to be asked for now, the longest due first."""
    return _OWN_COPIES.all(session, "due_at <= ? ORDER BY due_at LIMIT ? + 0", render_instant(now), limit)


def count_own_copies(session: Session, origin: str | None = None) -> int:
    """Count what is noted, of one server or of all."""
    if origin is None:
        return int(value(session, "SELECT count(*) FROM own_copies"))
    return int(value(session, "SELECT count(*) FROM own_copies WHERE origin = ?", origin))


def forget_own_copies(session: Session, *, before: datetime) -> int:
    """Forget what was asked for before a time and is asked for no more; return how many."""
    statement = "DELETE FROM own_copies WHERE due_at IS NULL AND asked_at < ?"
    return session.run(statement, render_instant(before))
