"""Who is signed in to the pages, and the links by which one signs in: of each secret its SHA-256 alone."""

from dataclasses import field
from datetime import datetime

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (
    Declared("web_sessions", TableKind.KEPT),
    Declared("sign_in_links", TableKind.FORGETTABLE),
)


@dataclass(frozen=True, slots=True)
class WebSessionRow:
    """One sign-in; `hash` is `tokens.hash_token` of the secret in the browser's cookie.

    `form_token` is what its forms carry, `handle` the resident who is shown, `person` who signed in, `how`
    the way in, `device` what the browser seems to be, `past_hash` that of the secret before the last step-up.
    """

    id: str
    hash: bytes
    form_token: str = field(repr=False)
    handle: str
    person: str
    how: str
    device: str
    opened_at: datetime
    seen_at: datetime
    stepped_up_at: datetime | None = None
    past_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class SignInLinkRow:
    """A link that signs in once, until it expires; `hash` as of a session."""

    hash: bytes
    handle: str
    person: str
    expires_at: datetime


_SESSIONS = Table(WebSessionRow, "web_sessions", key=("id",))
_LINKS = Table(SignInLinkRow, "sign_in_links", key=("hash",))


def add_web_session(session: Session, row: WebSessionRow) -> None:
    """Add a sign-in."""
    _SESSIONS.insert(session, row)


def load_web_session(session: Session, id: str) -> WebSessionRow | None:
    """Return the sign-in with this id."""
    return _SESSIONS.load(session, id)


def find_web_session(session: Session, hash: bytes) -> WebSessionRow | None:
    """Return the sign-in whose secret has this hash."""
    return _SESSIONS.first(session, "hash = ?", hash)


def find_past_session(session: Session, hash: bytes) -> WebSessionRow | None:
    """Return the sign-in whose secret had this hash until its last step-up."""
    return _SESSIONS.first(session, "past_hash = ?", hash)


def list_web_sessions(session: Session) -> list[WebSessionRow]:
    """Return all sign-ins, the latest seen first."""
    return _SESSIONS.all(session, "1 = 1 ORDER BY seen_at DESC, id")


def touch_web_session(session: Session, id: str, *, at: datetime) -> None:
    """Note when a sign-in was last used."""
    session.run("UPDATE web_sessions SET seen_at = ? WHERE id = ?", render_instant(at), id)


def step_up_web_session(session: Session, id: str, *, hash: bytes, at: datetime) -> bool:
    """Note that the person has shown that it is them, with a new secret; tell whether there is such a one."""
    statement = "UPDATE web_sessions SET past_hash = hash, hash = ?, stepped_up_at = ? WHERE id = ?"
    return session.run(statement, hash, render_instant(at), id) > 0


def remove_web_session(session: Session, id: str) -> None:
    """End a sign-in."""
    session.run("DELETE FROM web_sessions WHERE id = ?", id)


def remove_web_sessions(session: Session) -> None:
    """End all sign-ins."""
    session.run("DELETE FROM web_sessions")


def remove_links(session: Session) -> None:
    """Make all links useless."""
    session.run("DELETE FROM sign_in_links")


def forget_web_sessions(session: Session, *, opened_before: datetime, seen_before: datetime) -> None:
    """Drop sign-ins that hold no more."""
    statement = "DELETE FROM web_sessions WHERE opened_at <= ? OR seen_at <= ?"
    session.run(statement, render_instant(opened_before), render_instant(seen_before))


def add_link(session: Session, row: SignInLinkRow) -> None:
    """Add a link."""
    _LINKS.insert(session, row)


def find_link(session: Session, hash: bytes) -> SignInLinkRow | None:
    """Return the link whose secret has this hash."""
    return _LINKS.load(session, hash)


def remove_link(session: Session, hash: bytes) -> None:
    """Use a link up."""
    session.run("DELETE FROM sign_in_links WHERE hash = ?", hash)


def forget_links(session: Session, *, expired_before: datetime) -> None:
    """Drop links that hold no more."""
    session.run("DELETE FROM sign_in_links WHERE expires_at <= ?", render_instant(expired_before))
