"""Channels: the addresses at which an actor is told; added, shown without their secrets, removed.

Rules here: the medium reads and checks what it takes to send there (`node.delivery.notices`), and what is
kept of it is shown to nobody. What happened before there was an address is not told. A new address is told at
the others: whoever adds one to listen is heard. An address is that of who added it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from node.core import codes
from node.core.drafts import view_time
from node.core.notices import NoticeKind
from node.core.tidings import Reception, Trouble
from node.services.acting import Acting
from node.services.notices.noting import Occasion, note
from node.storage import cursors, journal, notices
from node.storage.ids import resolve_id
from node.storage.notices import ChannelRow
from node.storage.session import Session
from protocol.errors import Conflict, NotFound

MOST: Final = 10  # more than anybody reads
NTFY: Final = "ntfy"
"""The medium whose addresses are secrets: who knows a topic reads along."""
FOLLOWER: Final = "notices"
"""The name under which the journal is followed for what is told."""


def list(session: Session, acting: Acting) -> dict[str, Any]:
    """List the addresses at which the acting resident is told, the first added first.

    The topic of an ntfy server is known to the owner alone: who knows it reads along, and goes on when they
    have gone from the team.
    """
    rows = [_as_shown(row, acting) for row in notices.list_channels(session, acting.iri)]
    return {"items": [view(row) for row in rows], "next": None}


def _as_shown(row: ChannelRow, acting: Acting) -> ChannelRow:
    is_hidden = row.medium == NTFY and not acting.is_owner
    return replace(row, address=f"{row.address.rpartition('/')[0]}/…") if is_hidden else row


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one address.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    return view(_as_shown(load(session, acting, id), acting))


def load(session: Session, acting: Acting, id: str) -> ChannelRow:
    """Return one channel by its id, or a beginning of it.

    Raises: as `show`.
    """
    row = notices.load_channel(session, acting.iri, resolve_id(session, "notice_channels", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def add(
    session: Session, acting: Acting, *, medium: str, address: str, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Add an address, as its medium has read it; one that is there already takes the new config.

    Raises:
        Conflict: `channels-full`.
    """
    known = notices.list_channels(session, acting.iri)
    same = [row for row in known if (row.medium, row.address) == (medium, address)]
    if not same and len(known) >= MOST:
        raise Conflict(codes.CHANNELS_FULL)
    if not known:
        head = journal.head(session, acting.iri).place
        cursors.save_cursor(session, acting.iri, FOLLOWER, head)
    row = ChannelRow(
        id=same[0].id if same else acting.new_id("ch"),
        actor=acting.iri,
        person=acting.person or acting.owner.handle,
        medium=medium,
        address=address,
        config=dict(config),
        added_at=acting.now,
        # What was sent there counts on: adding it anew buys nobody more of it.
        lately=same[0].lately if same else (),
        tried_at=same[0].tried_at if same else None,
    )
    notices.save_channel(session, row)
    event = f"channel:{row.id}:{acting.now.isoformat()}"
    note(session, acting.iri, Occasion(kind=NoticeKind.SECURITY, event=event, at=acting.now), spared=row.id)
    notices.announce(session)
    return view(row)


def remove(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Tell nothing there any more; return it as it was.

    Raises:
        Forbidden: `owner-alone`, somebody else is told there. As `show`.
    """
    row = load(session, acting, id)
    if acting.person != row.person:
        acting.check_owner()
    notices.delete_channel(session, acting.iri, row.id)
    return view(row)


def lock_all(session: Session) -> None:
    """Tell nothing anywhere before the owner has sent a test there: somebody else may have added one."""
    reception, trouble = str(Reception.LATER), str(Trouble.LOCKED)
    for row in notices.all_channels(session):
        locked = replace(row, reception=reception, trouble=trouble, rests_until=None)
        notices.save_channel(session, locked)


def of_others(session: Session, acting: Acting) -> frozenset[str]:
    """Return the ids of the addresses that whoever acts may not remove; none for the owner."""
    if acting.person in {"", acting.owner.handle}:
        return frozenset()
    known = notices.list_channels(session, acting.iri)
    return frozenset(row.id for row in known if row.person != acting.person)


def view(row: ChannelRow) -> dict[str, Any]:
    """Show an address without what is secret about it."""
    return {
        "id": row.id,
        "medium": row.medium,
        "address": row.address,
        "added_at": view_time(row.added_at),
        "tried_at": view_time(row.tried_at),
        "reception": row.reception or None,
        "trouble": row.trouble or None,
        "rests_until": view_time(row.rests_until),
        "lost": row.lost,
    }
