"""A new node is somebody's from when it is claimed: by its code, by a link from the terminal, by a setting.

Rules here: the code is in the memory of this process alone, and there is one at a time. Whoever claims it by
code is the only one who is in, until somebody has a link from the terminal. A node that has anything to sign
in with is claimed, and nothing that was begun before claims it again.
"""

from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any

from node.core import codes
from node.core.access import site_of
from node.core.claims import BITS, ClaimCode, Claimed, judge, new_code
from node.core.entries import render_instant
from node.services.access import passkeys, sessions
from node.services.access.sessions import Opened, Way
from node.services.acting import Acting
from node.services.people import names
from node.storage import credentials
from node.storage.credentials import AccessMark, PasskeyRow, PasswordRow
from node.storage.session import Session
from protocol.errors import Conflict
from protocol.values import dataclass

PATH = "/claim"


def base_of(acting: Acting, *, by_name: str) -> str:
    """Return where a link that lets somebody in leads.

    `by_name` is where the pages are by a name of this machine, empty where they are not: it is taken for a
    node whose own address is in figures, because by those it has no passkeys.
    """
    return by_name if by_name and not site_of(acting.origin) else acting.origin


@dataclass(slots=True)
class ClaimDesk:
    """Where a node is claimed, while it is nobody's; used from one event loop."""

    claimed: bool = False
    code: ClaimCode | None = None

    def offer(self, acting: Acting, *, by_name: str = "") -> dict[str, Any]:
        """Give out a new code; the one before ends.

        `by_name` is where the pages are by a name of this machine (`base_of`).

        Raises:
            Conflict: `already-claimed`.
        """
        if self.claimed:
            raise Conflict(codes.ALREADY_CLAIMED)
        number = int.from_bytes(urlsafe_b64decode(acting.salt() + "==")[: BITS // 8], "big")
        self.code = new_code(number, now=acting.now)
        base = base_of(acting, by_name=by_name)
        return {
            "code": self.code.code,
            "url": f"{base}{PATH}/{self.code.code}",
            "expires_at": render_instant(self.code.until),
        }

    def take(self, text: str, *, now: datetime) -> Claimed:
        """Try a code; a right one is used up, and none is right once the node is claimed."""
        outcome, self.code = judge(None if self.claimed else self.code, text, now=now)
        return outcome


def settle(session: Session, *, by_setting: bool, now: datetime) -> bool:
    """Find out at the start whether the node is claimed, or claim it because a setting says so."""
    if by_setting or any(credentials.kinds(session)):
        take_over(session, now=now)
    return credentials.marked_at(session, AccessMark.CLAIMED) is not None


def take_over(session: Session, *, now: datetime) -> None:
    """Claim a node from the machine it is on; whoever was let in by its code is out."""
    if credentials.marked_at(session, AccessMark.CLAIMED) is None:
        sessions.end_all(session)
        credentials.set_mark(session, AccessMark.CLAIMED, at=now)


def enter(session: Session, acting: Acting, *, device: str, instead_of: str = "") -> Opened:
    """Let in who had the code, and nobody else.

    Raises:
        Conflict: `already-claimed`.
    """
    _check_unclaimed(session)
    sessions.end_all(session)
    return sessions.open(session, acting, how=Way.CLAIM, device=device, instead_of=instead_of)


def finish(
    session: Session, acting: Acting, *, name: str, passkey: PasskeyRow | None, password: PasswordRow | None
) -> None:
    """Make the node its owner's: a name, and what lets in from now on.

    Raises:
        Unprocessable: `name-invalid`. Conflict: `already-claimed`, `passkey-known`.
    """
    _check_unclaimed(session)
    if name.strip() != acting.owner.actor.name:
        names.rename(session, acting, name)
    if passkey is not None:
        passkeys.add(session, acting, passkey)
    if password is not None:
        credentials.save_password(session, password)
    credentials.set_mark(session, AccessMark.CLAIMED, at=acting.now)


def _check_unclaimed(session: Session) -> None:
    if credentials.marked_at(session, AccessMark.CLAIMED) is not None:
        raise Conflict(codes.ALREADY_CLAIMED)
