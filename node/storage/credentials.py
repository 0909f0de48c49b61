"""What proves that it is the owner: passkeys, a password, recovery words; and what was done once and for all.

Of a passkey the public half is kept, of the others a slow hash. `marks` holds what the node as a whole is:
claimed, locked; and of a resident that their recovery words were checked, with when those were made.
"""

from datetime import datetime
from enum import StrEnum

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (
    Declared("passkeys", TableKind.KEPT),
    Declared("passwords", TableKind.KEPT),
    Declared("recovery_kits", TableKind.KEPT),
    Declared("access_marks", TableKind.KEPT),
)


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """The public half of a passkey, as the authenticator gave it (COSE), and how often that says it signed.

    `site` is the host for which it was made, the only one at which a browser offers it.
    """

    id: str
    credential: bytes
    handle: str
    person: str
    site: str
    name: str
    public_key: bytes
    signatures: int
    added_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasswordRow:
    """A person's password, as argon2 writes a hash."""

    person: str
    hash: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class KitRow:
    """A resident's recovery words, as argon2 writes a hash; they work once."""

    handle: str
    hash: str
    made_at: datetime


class AccessMark(StrEnum):
    """What can be so of the node as a whole."""

    CLAIMED = "claimed"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class AccessMarkRow:
    """That it is so, and since when."""

    mark: AccessMark
    at: datetime


_PASSKEYS = Table(PasskeyRow, "passkeys", key=("id",))
_PASSWORDS = Table(PasswordRow, "passwords", key=("person",))
_KITS = Table(KitRow, "recovery_kits", key=("handle",))
_MARKS = Table(AccessMarkRow, "access_marks", key=("mark",))


def add_passkey(session: Session, row: PasskeyRow) -> None:
    """Add a passkey. Raises: Taken if there is one with this credential."""
    _PASSKEYS.insert(session, row)


def find_passkey(session: Session, credential: bytes) -> PasskeyRow | None:
    """Return the passkey that an authenticator knows by these bytes."""
    return _PASSKEYS.first(session, "credential = ?", credential)


def list_passkeys(session: Session, person: str) -> list[PasskeyRow]:
    """Return a person's passkeys, oldest first."""
    return _PASSKEYS.all(session, "person = ? ORDER BY added_at, id", person)


def use_passkey(session: Session, id: str, *, signatures: int, at: datetime) -> bool:
    """Note a use; tell whether the count has grown, if the authenticator counts at all."""
    statement = """
        UPDATE passkeys SET signatures = ?, used_at = ?
        WHERE id = ? AND (signatures < ? OR (signatures = 0 AND ? = 0))
    """
    return session.run(statement, signatures, render_instant(at), id, signatures, signatures) > 0


def rename_passkey(session: Session, id: str, name: str) -> None:
    """Give a passkey another name."""
    session.run("UPDATE passkeys SET name = ? WHERE id = ?", name, id)


def remove_passkey(session: Session, id: str) -> None:
    """Remove a passkey."""
    session.run("DELETE FROM passkeys WHERE id = ?", id)


def load_password(session: Session, person: str) -> PasswordRow | None:
    """Return a person's password."""
    return _PASSWORDS.load(session, person)


def save_password(session: Session, row: PasswordRow) -> None:
    """Set a person's password, in place of the one there may be."""
    _PASSWORDS.save(session, row)


def load_kit(session: Session, handle: str) -> KitRow | None:
    """Return a resident's recovery words."""
    return _KITS.load(session, handle)


def save_kit(session: Session, row: KitRow) -> None:
    """Keep a resident's recovery words, in place of those there may be."""
    _KITS.save(session, row)


def check_kit(session: Session, row: KitRow) -> None:
    """Note that somebody has shown that these recovery words are written down."""
    statement = "INSERT OR REPLACE INTO access_marks (mark, at) VALUES (?, ?)"
    session.run(statement, f"kit {row.handle}", render_instant(row.made_at))


def is_kit_checked(session: Session, row: KitRow) -> bool:
    """Tell whether that was shown of these, and not of words before them."""
    statement = "SELECT 1 FROM access_marks WHERE mark = ? AND at = ?"
    return session.one(statement, f"kit {row.handle}", render_instant(row.made_at)) is not None


def use_kit(session: Session, hash: str) -> bool:
    """Use recovery words up; tell whether they were there still."""
    return session.run("DELETE FROM recovery_kits WHERE hash = ?", hash) > 0


def marked_at(session: Session, mark: AccessMark) -> datetime | None:
    """Return since when something is so of the node; None if it is not."""
    row = _MARKS.load(session, mark)
    return None if row is None else row.at


def set_mark(session: Session, mark: AccessMark, *, at: datetime) -> None:
    """Note that something is so from now on; nothing changes if it was."""
    if _MARKS.load(session, mark) is None:
        _MARKS.insert(session, AccessMarkRow(mark, at))


def remove_mark(session: Session, mark: AccessMark) -> None:
    """Note that something is not so any more."""
    session.run("DELETE FROM access_marks WHERE mark = ?", mark)


def kinds(session: Session) -> tuple[bool, bool]:
    """Tell whether anybody here has a passkey, and whether a password."""
    found = session.one("SELECT EXISTS (SELECT 1 FROM passkeys), EXISTS (SELECT 1 FROM passwords)")
    return (False, False) if found is None else (bool(found[0]), bool(found[1]))
