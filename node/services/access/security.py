"""How safe the pages are, what there is to be changed about it, and the lock for when something is wrong."""

from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any

from node.core.access import weakness
from node.core.entries import render_instant
from node.core.recovery import COUNT, words_of
from node.services.access import passkeys, sessions
from node.services.acting import Acting
from node.services.people import tokens as people_tokens
from node.storage import credentials, tokens, web_sessions
from node.storage.credentials import AccessMark, KitRow, PasswordRow
from node.storage.session import Session


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show what lets the acting resident in, who is in, and what is weakest about it."""
    handle = acting.owner.handle
    keys = credentials.list_passkeys(session, handle)
    password = credentials.load_password(session, handle)
    kit = credentials.load_kit(session, handle)
    return {
        "weakest": weakness(passkeys=len(keys), password=password is not None, kit=kit is not None),
        "passkeys": [passkeys.view(row) for row in keys],
        "sessions": [one for one in sessions.list(session, acting.now) if one["actor"] == handle],
        "tokens": [one for one in people_tokens.list(session) if one["revoked_at"] is None],
        "password_set_at": None if password is None else render_instant(password.set_at),
        "kit_made_at": None if kit is None else render_instant(kit.made_at),
        "locked_at": _since(session, AccessMark.LOCKED),
    }


def _since(session: Session, mark: AccessMark) -> str | None:
    at = credentials.marked_at(session, mark)
    return None if at is None else render_instant(at)


def draw_words(acting: Acting) -> str:
    """Draw recovery words."""
    return " ".join(words_of(urlsafe_b64decode(acting.salt() + "==")[:COUNT]))


def keep_kit(session: Session, row: KitRow) -> None:
    """Keep recovery words; those before them work no more."""
    credentials.save_kit(session, row)


def set_password(session: Session, row: PasswordRow, *, but: str) -> None:
    """Set a password; whoever else is signed in as its resident is out."""
    credentials.save_password(session, row)
    web_sessions.remove_web_sessions(session, handle=row.handle, but=but)


def lock(session: Session, *, now: datetime) -> dict[str, Any]:
    """End every sign-in, link and token, and let nobody in but by a link from the terminal.

    Tell `tokens.Recognition.forget` once that is durable.
    """
    web_sessions.remove_web_sessions(session)
    web_sessions.remove_links(session)
    tokens.revoke_all_tokens(session, at=now)
    credentials.set_mark(session, AccessMark.LOCKED, at=now)
    return {"locked_at": _since(session, AccessMark.LOCKED)}


def ways(session: Session) -> tuple[bool, bool, str | None]:
    """Return whether anybody here has a passkey, whether a password, and since when the pages are locked."""
    return *credentials.kinds(session), _since(session, AccessMark.LOCKED)
