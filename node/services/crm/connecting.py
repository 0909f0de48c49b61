"""Connecting a CRM and letting it go: who it is, how it is reached, which fields go where.

Rules here: an actor has one CRM. Its key is kept apart and shown to nobody; the journal has the digest of the
mapping. Nothing goes there by itself before a first whole sync was asked for. Whoever connects one is heard
of.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from node.core.drafts import view_time
from node.core.entries import render_instant
from node.services.acting import Acting
from node.services.crm import seconding, strangers
from node.services.crm.following import ACTIVE, FOLLOWER
from node.services.crm.waiting import view_call
from node.services.ledger.recording import note
from node.services.notices.noting import alarm
from node.storage import crm, cursors
from node.storage.crm import MOVED, CallState, CrmCallRow, CrmConnectionRow
from node.storage.session import Session
from protocol.errors import Conflict, NotFound
from protocol.values import dataclass

__all__ = [
    "MOVED",
    "CrmStanding",
    "NewConnection",
    "activate",
    "check_free",
    "connect",
    "count",
    "disconnect",
    "load",
    "pause_all",
    "show",
    "way_to",
]

CONNECTED: Final = "crm.connected"
DISCONNECTED: Final = "crm.disconnected"
_LOCKED: Final = "The node was locked, and nothing goes there or comes from there before: freehold crm sync"
SHOWN: Final = 50  # of what waits; whoever has more than that has one reason for all of it


class CrmStanding(StrEnum):
    """How it stands with the CRM."""

    UNSTARTED = "unstarted"  # nothing goes there by itself before a first whole sync
    LOCKED = "locked"  # the node was locked, and nobody has asked for a sync since
    UNREACHABLE = "unreachable"
    WELL = "well"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """A CRM as it is reached: `secret` is its key, `mapping` the text of its mapping."""

    adapter: str
    address: str
    options: Mapping[str, str]
    mapping: str
    secret: str = field(repr=False)


def check_free(session: Session, acting: Acting, new: NewConnection) -> CrmConnectionRow | None:
    """Check that no other CRM is connected; return this one if it is, and is to have another key.

    Raises:
        Conflict: `crm-connected`.
    """
    row = crm.load_connection(session, acting.iri)
    if row is None:
        return None
    known = (row.adapter, row.address, dict(row.options), row.mapping)
    if not new.secret or known != (new.adapter, new.address, dict(new.options), new.mapping):
        raise Conflict(codes.CRM_CONNECTED)
    return row


def connect(session: Session, acting: Acting, new: NewConnection) -> dict[str, Any]:
    """Connect a CRM that answered; one that is connected gets the new key, and all that waits goes on.

    Raises:
        Conflict: `crm-connected`.
    """
    known = check_free(session, acting, new)
    if known is not None:
        return _renew(session, acting, known, new.secret)
    crm.delete_connection(session, acting.iri)  # what a turn wrote down while the last one was let go
    row = CrmConnectionRow(
        actor=acting.iri,
        adapter=new.adapter,
        address=new.address,
        options=dict(new.options),
        mapping=new.mapping,
        mapping_digest=hashlib.sha256(new.mapping.encode()).hexdigest(),
        connected_at=acting.now,
    )
    crm.save_connection(session, row)
    crm.save_key(session, acting.iri, new.secret)
    note(session, acting, CONNECTED, {"adapter": row.adapter, "mapping": row.mapping_digest})
    alarm(session, acting, f"crm:{render_instant(acting.now)}")
    return show(session, acting)


def _renew(session: Session, acting: Acting, row: CrmConnectionRow, secret: str) -> dict[str, Any]:
    crm.save_key(session, acting.iri, secret)
    note_answering(session, acting.iri)
    crm.announce(session)
    note(session, acting, CONNECTED, {"adapter": row.adapter, "mapping": row.mapping_digest})
    alarm(session, acting, f"crm:{render_instant(acting.now)}")
    return show(session, acting)


def load(session: Session, acting: Acting) -> CrmConnectionRow:
    """Return the CRM of this actor.

    Raises:
        NotFound: `crm-missing`.
    """
    row = crm.load_connection(session, acting.iri)
    if row is None:
        raise NotFound(codes.CRM_MISSING)
    return row


def way_to(session: Session, actor: str) -> NewConnection | None:
    """Return how an actor's CRM is reached, None if it has none.

    Whoever reads both apart may have the key of one CRM and the address of another.
    """
    row = crm.load_connection(session, actor)
    if row is None:
        return None
    return NewConnection(
        adapter=row.adapter,
        address=row.address,
        options=row.options,
        mapping=row.mapping,
        secret=crm.load_key(session, actor),
    )


def activate(session: Session, acting: Acting, since: int) -> None:
    """Let what happens go into the CRM by itself from now on; `since` is the place up to which all has.

    Raises:
        NotFound: `crm-missing`.
    """
    row = load(session, acting)
    crm.announce(session)
    if row.active and row.rests_until is not None:  # it has just answered, or the node is unlocked
        crm.save_connection(session, replace(row, failures=0, rests_until=None, trouble=""))
    if row.active:
        return
    cursors.save_cursor(session, acting.iri, FOLLOWER, since)
    crm.save_connection(session, replace(row, active=True))
    note(session, acting, ACTIVE, {"adapter": row.adapter})


def pause_all(session: Session) -> None:
    """Speak with nobody's CRM until its owner asks for a sync: somebody else may have connected one.

    What happens meanwhile waits to be brought there.
    """
    for row in crm.active_connections(session):
        crm.save_connection(session, replace(row, rests_until=crm.UNTIL_SYNC, trouble=_LOCKED))


def disconnect(session: Session, acting: Acting) -> dict[str, Any]:
    """Forget the CRM, its key and the map; return what that leaves behind there.

    Raises:
        NotFound: `crm-missing`.
    """
    row, left = load(session, acting), crm.count_records(session, acting.iri)
    seconding.drop_all(session, acting)
    crm.delete_connection(session, acting.iri)
    note(session, acting, DISCONNECTED, {"adapter": row.adapter, "left": left})
    return {"adapter": row.adapter, "address": row.address, "left": left}


def note_answering(session: Session, actor: str) -> bool:
    """Note that a CRM answers; return whether that is news."""
    row = crm.load_connection(session, actor)
    if row is None or row.rests_until == crm.UNTIL_SYNC or not (row.failures or row.trouble):
        return False
    crm.save_connection(session, replace(row, failures=0, rests_until=None, trouble=""))
    return True


def note_read(session: Session, actor: str, cursor: str, now: datetime | None, *, since: str) -> None:
    """Note how far the changes of a CRM have been read, from the cursor `since`.

    Nothing if it is let go or locked meanwhile, or is to be read from the beginning.
    """
    row = crm.load_connection(session, actor)
    if row is not None and row.rests_until != crm.UNTIL_SYNC and row.cursor == since:
        crm.save_connection(session, replace(row, cursor=cursor, read_at=now or row.read_at))


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show the CRM, what stands there, and what waits and why; never its key.

    Raises:
        NotFound: `crm-missing`.
    """
    waiting = [view_call(session, acting, call) for call in _first_waiting(session, acting)]
    return {**count(session, acting), "waiting": waiting}


def count(session: Session, acting: Acting) -> dict[str, Any]:
    """Show the CRM, and how much stands there and waits: as `show`, without naming what waits.

    Raises:
        NotFound: `crm-missing`.
    """
    row = load(session, acting)
    waiting, conflicts = crm.count_calls(session, acting.iri), crm.count_conflicts(session, acting.iri)
    return {
        "adapter": row.adapter,
        "address": row.address,
        "options": row.options,
        "mapping_digest": row.mapping_digest,
        "connected_at": view_time(row.connected_at),
        "active": row.active,
        "health": _standing(row).value,
        "read_at": view_time(row.read_at),
        "trouble": row.trouble or None,
        "rests_until": view_time(row.rests_until),
        "records": crm.count_records(session, acting.iri),
        "queued": waiting.get(CallState.QUEUED, 0),
        "refused": waiting.get(CallState.REFUSED, 0),
        "conflicts": sum(conflicts.values()),
        "left_out": strangers.count_left_out(session, acting),
    }


def _standing(row: CrmConnectionRow) -> CrmStanding:
    if row.rests_until == crm.UNTIL_SYNC:
        return CrmStanding.LOCKED
    if row.trouble:
        return CrmStanding.UNREACHABLE
    return CrmStanding.WELL if row.active else CrmStanding.UNSTARTED


def _first_waiting(session: Session, acting: Acting) -> list[CrmCallRow]:
    """Return the first of what waits, the refused before the queued."""
    refused = crm.first_calls(session, acting.iri, CallState.REFUSED, limit=SHOWN)
    queued = crm.first_calls(session, acting.iri, CallState.QUEUED, limit=SHOWN)
    return [*refused, *queued][:SHOWN]
