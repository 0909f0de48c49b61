"""Sign-ins to the pages: opened, recognised by the secret in a cookie, shown, ended.

Rules here: the secret leaves the node once, for the browser's cookie, and the file holds its SHA-256. Each
request asks the file, so that what has ended has ended everywhere at once; whether a sign-in still holds is
decided with the time of the request. What it writes it writes only while it holds: a lock ends what is under
way, too.
"""

import hmac
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from node.core.access import SEEN_NOTED_EVERY, SESSION_IDLE, SESSION_LONGEST, is_open, is_stepped_up
from node.core.entries import render_instant
from node.services.acting import Acting
from node.services.notices import push
from node.services.notices.noting import alarm
from node.storage import web_sessions
from node.storage.ids import resolve_access
from node.storage.session import Session
from node.storage.store import Store
from node.storage.tokens import hash_token
from node.storage.web_sessions import WebSessionRow
from protocol.errors import NotFound
from protocol.values import dataclass

__all__ = ["WebSessionRow"]

MOST: Final = 50  # more browsers than anybody has; one more ends that of theirs which was unused longest


class Way(StrEnum):
    """How somebody came in."""

    LINK = "link"
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a way
    WORDS = "words"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Opened:
    """A sign-in with the secret that it has from now on, for the browser's cookie; kept nowhere here."""

    id: str
    handle: str
    secret: str = field(repr=False)


def open(session: Session, acting: Acting, *, how: Way, device: str, instead_of: str = "") -> Opened:
    """Sign the acting person in, or the owner, with a secret of 256 random bits.

    `instead_of` is the secret of the sign-in that the browser had, which ends: whoever knew it knows nothing.
    """
    secret = acting.salt() + acting.salt()
    previous = web_sessions.find_web_session(session, hash_token(instead_of))
    if previous is not None:
        web_sessions.remove_web_session(session, previous.id)
    person = acting.person or acting.owner.handle
    own = [row for row in web_sessions.list_web_sessions(session) if row.person == person]
    for row in own[MOST - 1 :]:
        _end(session, row.id)
    row = WebSessionRow(
        id=acting.new_id("ses"),
        hash=hash_token(secret),
        form_token=acting.salt(),
        handle=acting.owner.handle,
        person=person,
        how=how,
        device=device,
        opened_at=acting.now,
        seen_at=acting.now,
        stepped_up_at=acting.now,
    )
    web_sessions.add_web_session(session, row)
    if previous is not None and previous.handle == row.handle:
        push.follow(session, previous.id, row.id)  # it is the same browser
    elif previous is not None:
        push.silence(session, previous.id)
    alarm(session, acting, f"session:{row.id}")
    return Opened(row.id, row.handle, secret)


def step_up(session: Session, acting: Acting, id: str) -> Opened:
    """Note that the person of a sign-in has just shown that it is them.

    Its secret changes: who had stolen the one before gains nothing by it, and loses what it opened. Forms
    that are open in other windows go on to work.

    Raises:
        NotFound: it has ended meanwhile.
    """
    secret = acting.salt() + acting.salt()
    if not web_sessions.step_up_web_session(session, id, hash=hash_token(secret), at=acting.now):
        raise NotFound(codes.UNKNOWN_ID)
    return Opened(id, acting.owner.handle, secret)


async def recognise(store: Store, secret: str, *, now: datetime) -> WebSessionRow | None:
    """Return the sign-in with this secret if it still holds, and note now and then that it was used."""
    given = hash_token(secret)
    row = await store.read(lambda session: web_sessions.find_web_session(session, given))
    if row is None or not hmac.compare_digest(row.hash, given) or not _holds(row, now):
        return None
    if now - row.seen_at > SEEN_NOTED_EVERY:
        id = row.id
        await store.write(lambda session: web_sessions.touch_web_session(session, id, at=now))
    return row


async def recall(store: Store, secret: str, *, now: datetime) -> WebSessionRow | None:
    """Return the sign-in that had this secret until it was stepped up, a moment ago.

    It opens nothing: who presses a button twice sends the second form with the secret of the first, and may
    hear what became of that.
    """
    given = hash_token(secret)
    row = await store.read(lambda session: web_sessions.find_past_session(session, given))
    known = row is not None and row.past_hash is not None and hmac.compare_digest(row.past_hash, given)
    held = row is not None and _holds(row, now) and is_stepped_up(row.stepped_up_at, now=now)
    return row if known and held else None


def is_held(session: Session, id: str, *, now: datetime) -> bool:
    """Tell whether a sign-in still holds; in a write, for what was begun by it a moment ago."""
    row = web_sessions.load_web_session(session, id)
    return row is not None and _holds(row, now)


def _holds(row: WebSessionRow, now: datetime) -> bool:
    return is_open(opened_at=row.opened_at, seen_at=row.seen_at, now=now)


def list(session: Session, now: datetime) -> Sequence[dict[str, Any]]:
    """List the sign-ins that hold, the latest seen first."""
    return [view(row) for row in web_sessions.list_web_sessions(session) if _holds(row, now)]


def revoke(session: Session, id: str, *, person: str | None = None) -> dict[str, Any]:
    """End a sign-in, one of a person's if `person` is given; return it as it was.

    Raises:
        NotFound: there is none with this id.
    """
    found = web_sessions.load_web_session(session, resolve_access(session, "web_sessions", id))
    if found is None or person not in {None, found.person}:
        raise NotFound(codes.UNKNOWN_ID)
    _end(session, found.id)
    return view(found)


def end_of(session: Session, person: str, *, but: str = "") -> None:
    """End every sign-in of a person, or every one but that."""
    for row in web_sessions.list_web_sessions(session):
        if row.person == person and row.id != but:
            _end(session, row.id)


def end_all(session: Session) -> None:
    """End every sign-in; what is told in browsers is told there no more, whoever is signed in."""
    web_sessions.remove_web_sessions(session)
    push.silence_all(session)


def _end(session: Session, id: str) -> None:
    web_sessions.remove_web_session(session, id)
    push.silence(session, id)


def forget(session: Session, *, now: datetime) -> None:
    """Drop what holds no more."""
    web_sessions.forget_web_sessions(
        session, opened_before=now - SESSION_LONGEST, seen_before=now - SESSION_IDLE
    )
    web_sessions.forget_links(session, expired_before=now)


def view(row: WebSessionRow) -> dict[str, Any]:
    """Show a sign-in without its hash."""
    return {
        "id": row.id,
        "actor": row.handle,
        "person": row.person,
        "how": row.how,
        "device": row.device,
        "opened_at": render_instant(row.opened_at),
        "seen_at": render_instant(row.seen_at),
    }
