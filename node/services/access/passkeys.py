"""Passkeys: added, shown, and what one signed is checked (WebAuthn Level 3 §7).

Rules here: the person is always verified by the authenticator, not only present. Origin and host are the
node's own, never the request's. What an authenticator sent is hostile until the signature holds; whatever the
library trips over is one refusal. Checking touches nothing; using is one write.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson
import structlog

from node.core import codes
from node.core.entries import render_instant
from node.services.access.challenges import as_text
from node.services.acting import Acting
from node.services.notices.noting import alarm
from node.storage import credentials
from node.storage.credentials import PasskeyRow
from node.storage.ids import resolve_access
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden, NotFound
from protocol.values import dataclass

MOST: Final = 20  # of one person
LONGEST: Final = 20_000  # characters of what an authenticator says; RSA with a certificate has some 4,000
NAME_LENGTH: Final = 60

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a passkey is made and used: the page's origin, and its host."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What an authenticator signed rightly: with which passkey, how often by now, over which challenge."""

    passkey: PasskeyRow
    signatures: int
    challenge: bytes


# --- what a browser is asked for ---------------------------------------------------------------------


def options_to_add(session: Session, acting: Acting, site: Site, challenge: bytes, *, name: str = "") -> str:
    """Return what a browser is asked to make a passkey with, as JSON (§5.4), unless it has one.

    `name` is that of the person, where the owner is not alone.
    """
    actor, person = acting.owner.actor, acting.person or acting.owner.handle
    known = credentials.list_passkeys(session, person)
    # A keeper of passkeys has one for each of these: the owner's stays what it was, others have their own.
    whose = actor.iri if person == acting.owner.handle else f"{actor.iri} {person}"
    called = name or actor.name
    options = {
        "rp": {"id": site.host, "name": "Freehold"},
        "user": {
            "id": as_text(sha256(whose.encode()).digest()),
            "name": called,  # what keepers of passkeys list it by
            "displayName": called,
        },
        "challenge": as_text(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -8, -257)],
        "timeout": 120_000,
        "attestation": "none",
        "excludeCredentials": [_named(row) for row in known if row.site == site.host],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
    }
    return orjson.dumps(options).decode()


def options_to_use(site: Site, challenge: bytes, passkeys: Sequence[PasskeyRow] = ()) -> str:
    """Return what a browser is asked to sign with, as JSON (§5.5): these passkeys, or any it has for us."""
    options = {
        "rpId": site.host,
        "challenge": as_text(challenge),
        "timeout": 120_000,
        "userVerification": "required",
        "allowCredentials": [_named(row) for row in passkeys if row.site == site.host],
    }
    return orjson.dumps(options).decode()


def _named(row: PasskeyRow) -> dict[str, str]:
    return {"type": "public-key", "id": as_text(row.credential)}


# --- what it answers ---------------------------------------------------------------------------------


def challenge_in(said: str) -> bytes:
    """Return the challenge over which something was signed, as the browser says.

    Raises:
        Forbidden: `passkey-refused`, it says none.
    """
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    try:
        client_data = orjson.loads(said[:LONGEST])["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(client_data)).challenge
    except Exception as error:
        raise _refused(error) from error


def made(said: str, site: Site, challenge: bytes, acting: Acting, *, name: str) -> PasskeyRow:
    """Return the passkey that a browser has made over a challenge of ours (§7.1).

    Raises:
        Forbidden: `passkey-refused`, it was not made here, for this, with the person verified.
    """
    from webauthn import verify_registration_response

    try:
        verified = verify_registration_response(
            credential=said[:LONGEST],
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused(error) from error
    return PasskeyRow(
        id=acting.new_id("pk"),
        credential=verified.credential_id,
        handle=acting.owner.handle,
        person=acting.person or acting.owner.handle,
        site=site.host,
        name=name,
        public_key=verified.credential_public_key,
        signatures=verified.sign_count,
        added_at=acting.now,
    )


def credential_in(said: str) -> bytes:
    """Return by which bytes the authenticator knows the passkey that signed. Raises: as `challenge_in`."""
    from webauthn.helpers import base64url_to_bytes

    try:
        return base64url_to_bytes(orjson.loads(said[:LONGEST])["id"])
    except Exception as error:
        raise _refused(error) from error


def signed(said: str, site: Site, challenge: bytes, passkey: PasskeyRow) -> Checked:
    """Check what a passkey of ours signed (§7.2).

    Raises:
        Forbidden: `passkey-refused`, it does not hold, or its authenticator counts backwards.
    """
    from webauthn import verify_authentication_response

    try:
        verified = verify_authentication_response(
            credential=said[:LONGEST],
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.signatures,
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused(error) from error
    return Checked(passkey, verified.new_sign_count, challenge)


def _refused(error: Exception) -> Forbidden:
    """Return the one refusal; the library parses what strangers made, and raises whatever comes of that."""
    log.info("passkey refused", reason=type(error).__name__)
    return Forbidden(codes.PASSKEY_REFUSED)


# --- in the file -------------------------------------------------------------------------------------


def add(session: Session, acting: Acting, row: PasskeyRow) -> dict[str, Any]:
    """Add a passkey that was made.

    Raises:
        Conflict: `passkey-known`, there is one with this credential; or there are very many.
    """
    known = credentials.list_passkeys(session, row.person)
    if credentials.find_passkey(session, row.credential) is not None or len(known) >= MOST:
        raise Conflict(codes.PASSKEY_KNOWN)
    credentials.add_passkey(session, row)
    alarm(session, acting, f"passkey:{row.id}")
    return view(row)


def use(session: Session, checked: Checked, *, now: datetime) -> None:
    """Note that a passkey was used.

    Raises:
        Forbidden: `passkey-refused`, it was used or removed meanwhile.
    """
    if not credentials.use_passkey(session, checked.passkey.id, signatures=checked.signatures, at=now):
        raise Forbidden(codes.PASSKEY_REFUSED)


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one passkey. Raises: NotFound."""
    return view(_own(session, acting, id))


def rename(session: Session, acting: Acting, id: str, name: str) -> dict[str, Any]:
    """Call a passkey something else. Raises: NotFound."""
    row = _own(session, acting, id)
    credentials.rename_passkey(session, row.id, name)
    return {**view(row), "name": name}


def remove(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Remove a passkey.

    Raises:
        NotFound: there is none with this id. Conflict: `last-way-in`, nothing else is left.
    """
    row = _own(session, acting, id)
    others = len(credentials.list_passkeys(session, row.person)) > 1
    if not others and credentials.load_password(session, row.person) is None:
        raise Conflict(codes.LAST_WAY_IN)
    credentials.remove_passkey(session, row.id)
    alarm(session, acting, f"passkey-removed:{row.id}")
    return view(row)


def _own(session: Session, acting: Acting, id: str) -> PasskeyRow:
    found = resolve_access(session, "passkeys", id)
    rows = credentials.list_passkeys(session, acting.person or acting.owner.handle)
    row = next((row for row in rows if row.id == found), None)
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def view(row: PasskeyRow) -> dict[str, Any]:
    """Show a passkey without its key."""
    return {
        "id": row.id,
        "name": row.name,
        "site": row.site,
        "added_at": render_instant(row.added_at),
        "used_at": None if row.used_at is None else render_instant(row.used_at),
    }
