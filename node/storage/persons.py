"""The people of an actor: who is behind a sign-in, a token, an entry of the journal.

An actor's owner is the person whose id is the actor's handle, with a row only where there are others too.
Who has gone keeps a row: what they did goes on saying who.
"""

from datetime import datetime

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("persons", TableKind.KEPT),)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of the actor with this handle; `removed_at` is None for who belongs to it."""

    id: str
    handle: str
    name: str
    added_at: datetime
    removed_at: datetime | None = None


_PERSONS = Table(PersonRow, "persons", key=("id",))


def save_person(session: Session, row: PersonRow) -> None:
    """Add a person, or change one."""
    _PERSONS.save(session, row)


def load_person(session: Session, id: str) -> PersonRow | None:
    """Return the person with this id, also one who has gone."""
    return _PERSONS.load(session, id)


def list_persons(session: Session, handle: str) -> list[PersonRow]:
    """Return everybody of an actor's, those who have gone too, in the order in which they came."""
    return _PERSONS.all(session, "handle = ? ORDER BY added_at, id", handle)


def count_present(session: Session) -> int:
    """Count who has a row and has not gone, of all actors."""
    found = session.one("SELECT COUNT(*) FROM persons WHERE removed_at IS NULL")
    return 0 if found is None else int(found[0])


def remove_person(session: Session, id: str, *, at: datetime) -> None:
    """Let a person go, and all that lets them in."""
    session.run("UPDATE persons SET removed_at = ? WHERE id = ?", render_instant(at), id)
    session.run("DELETE FROM passkeys WHERE person = ?", id)
    session.run("DELETE FROM passwords WHERE person = ?", id)
    session.run("DELETE FROM sign_in_links WHERE person = ?", id)
    statement = "UPDATE tokens SET revoked_at = ? WHERE person = ? AND revoked_at IS NULL"
    session.run(statement, render_instant(at), id)
