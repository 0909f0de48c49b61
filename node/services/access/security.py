"""How safe the pages are, what there is to be changed about it, and the lock for when something is wrong."""

from base64 import urlsafe_b64decode
from typing import Any

from node.core.access import weakness
from node.core.attention import Need
from node.core.entries import render_instant
from node.core.recovery import words_of
from node.services.access import passkeys, sessions
from node.services.acting import Acting
from node.services.crm import connecting
from node.services.notices import channels, push
from node.services.notices.noting import alarm
from node.services.people import tokens as people_tokens
from node.services.tray import senders
from node.services.webhooks import hooks
from node.storage import calendars, credentials, tokens, web_sessions
from node.storage.credentials import AccessMark, KitRow, PasswordRow
from node.storage.session import Session


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show what lets the acting person in, where they are in, and what is weakest about it.

    Recovery words are the owner's: to whom else is locked out, the owner gives a link.
    """
    handle = acting.owner.handle
    person = acting.person or handle
    is_owner = person == handle
    keys = credentials.list_passkeys(session, person)
    password = credentials.load_password(session, person)
    kit, checked = load_kit(session, acting) if is_owner else (None, False)
    has_kit = kit is not None or not is_owner
    return {
        "weakest": weakness(passkeys=len(keys), password=password is not None, kit=has_kit),
        "passkeys": [passkeys.view(row) for row in keys],
        "sessions": [one for one in sessions.list(session, acting.now) if one["person"] == person],
        "tokens": [
            one
            for one in people_tokens.list(session)
            if one["revoked_at"] is None and (is_owner or one["person"] == person)
        ],
        "password_set_at": None if password is None else render_instant(password.set_at),
        "kit_made_at": None if kit is None else render_instant(kit.made_at),
        "kit_checked": checked,
        "locked_at": _since(session, AccessMark.LOCKED),
    }


def _since(session: Session, mark: AccessMark) -> str | None:
    at = credentials.marked_at(session, mark)
    return None if at is None else render_instant(at)


def draw_words(acting: Acting) -> str:
    """Draw recovery words."""
    return " ".join(words_of(draw(acting)))


def draw(acting: Acting) -> int:
    """Draw a number of 128 bits."""
    return int.from_bytes(urlsafe_b64decode(acting.salt() + "=="))


def keep_kit(session: Session, acting: Acting, row: KitRow) -> None:
    """Keep recovery words; those before them work no more."""
    credentials.save_kit(session, row)
    alarm(session, acting, f"kit:{render_instant(row.made_at)}")


def kit_needs(session: Session, acting: Acting) -> Need | None:
    """Return what is left to do until an owner who signs in to pages has a way back when that fails."""
    handle = acting.owner.handle
    if acting.person not in {"", handle}:
        return None
    kit, checked = load_kit(session, acting)
    if kit is not None:
        return None if checked else Need.CHECK_KIT
    signs_in = credentials.list_passkeys(session, handle) or credentials.load_password(session, handle)
    return Need.MAKE_KIT if signs_in else None


def check_kit(session: Session, kit: KitRow) -> None:
    """Note that somebody has shown that these recovery words are written down."""
    credentials.check_kit(session, kit)


def load_kit(session: Session, acting: Acting) -> tuple[KitRow | None, bool]:
    """Return the owner's recovery words, and whether somebody has shown that they are written down."""
    kit = credentials.load_kit(session, acting.owner.handle)
    return kit, kit is not None and credentials.is_kit_checked(session, kit)


def set_password(session: Session, acting: Acting, row: PasswordRow, *, but: str) -> None:
    """Set a password; whoever else is signed in as that person is out, and told nothing in a browser."""
    credentials.save_password(session, row)
    alarm(session, acting, f"password:{render_instant(row.set_at)}")
    sessions.end_of(session, row.person, but=but)
    push.silence_person(session, acting.iri, row.person, but=but)


def lock(session: Session, acting: Acting) -> dict[str, Any]:
    """End every sign-in, link, token and calendar; let nobody in but by a link from the terminal.

    Webhooks and CRMs are paused, nobody may hand rows in any more, and no address is told anything: whoever
    was in may have added one.

    To be written by `tokens.Recognition.revoking`.

    Raises:
        Forbidden: `owner-alone`, since the owner alone can open it again.
    """
    acting.check_owner()
    now = acting.now
    sessions.end_all(session)
    web_sessions.remove_links(session)
    tokens.revoke_all_tokens(session, at=now)
    calendars.remove_calendars(session)
    hooks.pause_all(session)
    senders.refuse_all(session)
    channels.lock_all(session)
    connecting.pause_all(session)
    credentials.set_mark(session, AccessMark.LOCKED, at=now)
    return {"locked_at": _since(session, AccessMark.LOCKED)}


def ways(session: Session) -> tuple[bool, bool, str | None]:
    """Return whether anybody here has a passkey, whether a password, and since when the pages are locked."""
    return *credentials.kinds(session), _since(session, AccessMark.LOCKED)
