"""Links that sign in once, within ten minutes: made by who holds the node's socket or an admin's token.

Rules here: a link opens pages that are locked too, and the lock with them. It is used up in the transaction
that opens its sign-in, so of two at once one gets in. Which of unknown, used and expired it is, nobody is
told.
"""

from typing import Any

from node.core import codes
from node.core.access import LINK_HOLDS
from node.core.entries import render_instant
from node.services.access import claims, persons, sessions
from node.services.access.sessions import Opened, Way
from node.services.acting import Acting, Residents
from node.storage import credentials, web_sessions
from node.storage.credentials import AccessMark
from node.storage.session import Session
from node.storage.tokens import hash_token
from node.storage.web_sessions import SignInLinkRow
from protocol.errors import NotFound

PATH = "/sign-in/"


def make(session: Session, acting: Acting, *, person: str = "", by_name: str = "") -> dict[str, Any]:
    """Make a link for the owner, or a person of the team by name or id; `url` is in the answer alone.

    `by_name` is where the pages are by a name of this machine (`claims.base_of`).

    Whoever may make one has the node: from then on it is claimed, and who had only its code is out.

    Raises:
        Forbidden: `owner-alone`. NotFound: `unknown-person`.
    """
    acting.check_owner()
    handle = acting.owner.handle
    whose = persons.find(session, acting, person).id if person else handle
    secret = acting.salt() + acting.salt()
    expires_at = acting.now + LINK_HOLDS
    web_sessions.forget_links(session, expired_before=acting.now)
    claims.take_over(session, now=acting.now)
    web_sessions.add_link(session, SignInLinkRow(hash_token(secret), handle, whose, expires_at))
    return {
        "actor": handle,
        "person": whose,
        "expires_at": render_instant(expires_at),
        "url": f"{claims.base_of(acting, by_name=by_name)}{PATH}{secret}",
    }


def follow(
    session: Session, residents: Residents, secret: str, *, device: str, instead_of: str = ""
) -> Opened:
    """Use a link up and sign in whom it is for.

    Raises:
        NotFound: `link-invalid`, it is none, or is used, or has expired, or its resident has gone.
    """
    hash = hash_token(secret)
    link = web_sessions.find_link(session, hash)
    if link is None or link.handle not in residents.owners or link.expires_at <= residents.clock():
        raise NotFound(codes.LINK_INVALID)
    web_sessions.remove_link(session, hash)
    credentials.remove_mark(session, AccessMark.LOCKED)
    acting = residents.at(link.handle, person=link.person)
    return sessions.open(session, acting, how=Way.LINK, device=device, instead_of=instead_of)
