"""The second signature: looked at, given or declined by another person than who asked for it.

Rules that hold here:

- Whether it can still be made is decided when it is signed, as for any move, on the very bytes that wait.
  What has changed meanwhile makes it stale, which says why, and nothing is sent.
- Who stands behind it must still belong to the team, and so must who signs.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from node.core import codes
from node.core.cosigning import CosignState, judge, read_limit, state_at, view_limit
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.services.negotiations import making, reconsidering
from node.services.negotiations.asking import ASKED, DECLINED, SIGNED, STALE
from node.services.negotiations.cosign_showing import belongs, check, load, show
from node.services.negotiations.loading import load_policy
from node.storage import cosignatures
from node.storage.cosignatures import CosignatureRow, CosignLimitRow
from node.storage.session import Session
from protocol.canonical import canonicalise, digest
from protocol.errors import Conflict, Forbidden, ProtocolError
from protocol.moves import read_move
from protocol.negotiation import Event
from protocol.strictjson import Document

LONGEST_REASON: Final = 500  # characters


# --- above which amount -------------------------------------------------------------------------------------


def set_limit(session: Session, acting: Acting, document: Document) -> dict[str, Any]:
    """Set above which amount two sign; what waits goes on waiting.

    Raises:
        Forbidden: `owner-alone`. Unprocessable: `cosign-limit`.
    """
    acting.check_owner()
    limit = read_limit(document)
    cosignatures.save_limit(session, CosignLimitRow(acting.iri, limit.amount, limit.currency))
    note(session, acting, "cosign.limit", {"limit": view_limit(limit)})
    return view_limit(limit)


def drop_limit(session: Session, acting: Acting) -> dict[str, Any]:
    """Let nothing need two signatures any more. Raises: Forbidden: `owner-alone`."""
    acting.check_owner()
    if cosignatures.load_limit(session, acting.iri) is not None:
        cosignatures.drop_limit(session, acting.iri)
        note(session, acting, "cosign.limit", {"limit": None})
    return {}


# --- what a person does -------------------------------------------------------------------------------------


def sign(
    session: Session,
    acting: Acting,
    id: str,
    *,
    seen: str | None = None,
    undo_for: timedelta = timedelta(),
) -> dict[str, Any]:
    """Sign what waits, or stand behind it if the node asked for it; return what has become of it.

    `leaves_at` tells until when an acceptance can be undone.
    With `seen`, only if that is the digest of what was looked at. What cannot be made any more is `stale`. An
    acceptance leaves in `undo_for`, as one that a person makes alone.

    Raises:
        NotFound. Conflict: `cosign-ended`, `unlike-shown`. Forbidden: `same-person`, `person-unknown`.
    """
    row = load(session, acting, id)
    if seen not in {None, row.digest}:
        raise Conflict(codes.UNLIKE_SHOWN)
    state = state_at(row.state, row.until, now=acting.now)
    is_second = judge(state, asked_by=row.asked_by, person=acting.person)
    if not belongs(session, acting, acting.person):  # they were removed while their request was under way
        raise Forbidden(codes.PERSON_UNKNOWN)
    if not is_second:
        row = replace(row, asked_by=acting.person)
        note(session, acting, ASKED, {"cosignature": row.id, "digest": row.digest})
    else:
        outcome = session.attempt(lambda session: _make(session, acting, row))
        if outcome.error is not None and not isinstance(outcome.error, ProtocolError):
            raise outcome.error
        why = "" if outcome.error is None else str(outcome.error.code)
        became = CosignState.STALE if why else CosignState.SIGNED
        row = replace(row, state=became, ended_by=acting.person, ended_at=acting.now, reason=why)
        if not why and row.event is Event.ACCEPT and row.offer is not None:
            reconsidering.hold(session, acting, row.offer, undo_for=undo_for)
        kind = STALE if why else SIGNED
        note(session, acting, kind, {"cosignature": row.id, "asked_by": row.asked_by})
    cosignatures.save_cosignature(session, row)
    return {**show(session, acting, row.id), "leaves_at": view_time(_leaves_at(session, acting, row))}


def _leaves_at(session: Session, acting: Acting, row: CosignatureRow) -> datetime | None:
    """Return until when an acceptance that was signed just now can be undone; None if it leaves at once."""
    if (row.state, row.event) != (CosignState.SIGNED, Event.ACCEPT) or row.offer is None:
        return None
    leaves_at = reconsidering.undoable_until(session, acting, row.offer)
    return None if leaves_at is None or leaves_at <= acting.now else leaves_at


def _make(session: Session, acting: Acting, row: CosignatureRow) -> None:
    """Make the move that waits, on its very bytes.

    Raises:
        Conflict: `asker-gone`, `basis-changed`, `offer-changed`, `unlike-shown`. ProtocolError: it cannot be
            made any more.
    """
    negotiation = check(session, acting, row)
    # What changes an agreement reads like another offer; which it is was known when it was asked for.
    move = replace(read_move(orjson.loads(row.body), currency=row.currency), event=row.event)
    second = replace(acting, cosigned=True)
    signed = making.sign(second, move, party=row.party, multibase=row.multibase, **row.kept)
    body = {name: value for name, value in signed.document.items() if name != "proof"}
    if digest(canonicalise(body)) != row.digest:
        raise Conflict(codes.UNLIKE_SHOWN)
    policy = load_policy(acting, seen=row.seen)
    making.make(session, second, negotiation, signed, policy=policy)


def decline(session: Session, acting: Acting, id: str, *, reason: str = "") -> dict[str, Any]:
    """Decline what waits, or take back what one asked for; nothing is sent.

    Raises:
        NotFound. Conflict: `cosign-ended`.
    """
    row = load(session, acting, id)
    if state_at(row.state, row.until, now=acting.now) is not CosignState.ASKED:
        raise Conflict(codes.COSIGN_ENDED)
    why = reason.strip()[:LONGEST_REASON]
    ended = replace(row, state=CosignState.DECLINED, ended_by=acting.person, ended_at=acting.now, reason=why)
    cosignatures.save_cosignature(session, ended)
    note(session, acting, DECLINED, {"cosignature": row.id})
    return show(session, acting, row.id)
