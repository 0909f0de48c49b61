"""Casting: intentions of ours, looked at before they are told, told, and changed.

Rules that hold here:

- Limit price and notes go into the row's `private` column and into nothing that is sent.
- What the preview shows is what is sent: casting with the preview's `id` and `published` gives the same
  bytes.
- What is told in rings was never told whole; so rings come with the wish or not at all.
- A change is told to those for whom it is one: of a change in what they may not read nobody hears.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypedDict

from node.core import codes
from node.core.drafts import view_time
from node.core.entries import render_instant
from node.core.giveaways import giveaways
from node.core.intentions import IntentionState, Wish, as_it_stands, read_wish
from node.core.rings import Rings, store_rings, view_fields, withheld
from node.services.acting import Acting
from node.services.intentions import previews
from node.services.intentions.audiences import (
    Hearer,
    fill_in,
    let_in,
    load_audience,
    load_hearers,
    named,
    reached,
)
from node.services.intentions.previews import DoorShown, ProfferShown, SigningShown
from node.services.intentions.readers import ToldIntention, begin_telling, load_telling, next_version
from node.services.intentions.showing import IntentionShown, load_own, show
from node.services.intentions.telling import Copy, copies, shared, tell
from node.services.ledger.meeting import meet_all, recognise_all, remember
from node.services.ledger.recording import note
from node.storage import intentions
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.actors import Actor
from protocol.errors import Conflict, Unprocessable
from protocol.intentions import read_intention, render_intention
from protocol.strictjson import Document
from protocol.times import read_time, render_time

NOTED: Final = "intention.noted"
"""What the journal says where only what stays home was changed."""

# A preview is cast while somebody looks at it; later its `published` would be a lie.
_PREVIEW_LIFE = timedelta(hours=1)


class PreviewShown(TypedDict):
    """What casting a wish would send, to whom, and what would stay home.

    `sends` is the copy that tells the most, `proffers` are the agreements that copies hold out, `signing` is
    what who signs is told and `door` what may come of it (`previews`). `withheld` are the parts that only who
    signs for them is told, `warnings` where the limit price would be told in other words.
    """

    id: str
    published: str | None
    says: dict[str, Any]
    sends: Document
    copies: int
    reaches: Sequence[str]
    stays_home: dict[str, Any]
    withheld: Sequence[str]
    proffers: Sequence[ProfferShown]
    signing: SigningShown | None
    door: DoorShown
    warnings: Sequence[str]


def preview(session: Session, acting: Acting, wish: Document) -> PreviewShown:
    """Show what casting this wish would send, to whom, and what stays home; nothing is kept.

    Raises:
        Unprocessable: what is wrong with the wish. Conflict: `peer-blocked`.
    """
    id = acting.new_id("int")
    read = read_wish(wish, iri=_iri(acting, id), proposer=acting.iri, now=acting.now)
    audience = fill_in(read.audience, recognise_all(session, acting, named(read.audience)))
    addressed = copies(acting, audience)
    _check_anybody(addressed)
    telling = begin_telling(session, acting.iri, read.intention, read.rings)
    readers = [telling.for_copy(session, copy) for copy in addressed]
    sends = telling.render(previews.fullest(readers))
    band = None if read.rings is None else read.rings.budget
    return {
        "id": id,
        "published": view_time(acting.now),
        "says": previews.say(sends),
        "sends": sends,
        "copies": len(addressed),
        "reaches": reached(session, acting.iri, let_in(audience)),
        "stays_home": read.private.store(),
        "withheld": [] if read.rings is None else view_fields(withheld(read.intention, read.rings)),
        "proffers": previews.proffers(readers),
        "signing": previews.signing(telling, addressed, readers),
        "door": previews.door(session, telling, let_in(audience)),
        "warnings": giveaways(read.intention, band, read.private.limit_price),
    }


def cast(
    session: Session, acting: Acting, wish: Document, *, known: Mapping[str, Actor] = MappingProxyType({})
) -> IntentionShown:
    """Cast an intention: keep it, and send every addressee its copy.

    `known` are actors by address as they were looked up: so a peer has its names before it ever writes.

    `wish["preview"]` may name the `id` and `published` of a preview of the last hour, to send just what it
    showed.

    Raises:
        Unprocessable: what is wrong with the wish. Conflict: `preview-used`, `preview-old`, `peer-blocked`
            if everybody it names is blocked.
    """
    told = dict(wish)
    id, published = _previewed(session, acting, told.pop("preview", None))
    read = read_wish(told, iri=_iri(acting, id), proposer=acting.iri, now=acting.now)
    read = replace(read, intention=replace(read.intention, published=published), rings=_salted(acting, read))
    met = meet_all(session, acting, named(read.audience))
    audience = fill_in(read.audience, met)
    _check_anybody(copies(acting, audience))
    for address in met.keys() & known.keys():
        remember(session, acting, met[address], known[address])
    _keep(session, acting, "intention.cast", id, read, told, audience)
    telling = begin_telling(session, acting.iri, read.intention, read.rings)
    _tell_all(session, acting, telling, "Create", copies(acting, audience), audience)
    return show(session, acting, id)


def amend(session: Session, acting: Acting, id: str, changes: Document) -> IntentionShown:
    """Change an open intention of ours, and tell everybody who was told of it, if it is another for them.

    Of a change of what stays home nobody hears: that there was one says that a limit was raised.

    Raises:
        NotFound, Conflict: `intention-closed`; Unprocessable: `audience-fixed`, or what is wrong with the
        change.
    """
    row = load_own(session, acting, id)
    if row.state is not IntentionState.OPEN:
        raise Conflict(codes.INTENTION_CLOSED, f"This intention is {row.state} and cannot be changed.")
    if "audience" in changes:
        raise Unprocessable(codes.AUDIENCE_FIXED)
    wish = as_it_stands(row.private["wish"], row.pause, now=acting.now) | dict(changes)
    read = read_wish(wish, iri=row.iri, proposer=acting.iri, now=acting.now)
    published = read_intention(row.document).published
    read = replace(read, intention=replace(read.intention, published=published))
    before = load_telling(session, row)
    if before.rings is None and read.rings is not None:
        raise Unprocessable(codes.RINGS_FIXED)
    read = replace(read, rings=_salted(acting, read, before.rings))
    after = replace(before, intention=read.intention, rings=read.rings, updated=None)
    audience = load_audience(session, row)
    hearers = load_hearers(session, row, audience)
    news = [copy for copy in copies(acting, hearers) if _differs(session, before, after, copy)]
    if not news and {"audience": row.private["audience"], **_private(read, wish)} == row.private:
        return show(session, acting, row.id)
    updated = next_version(before, row, acting.now) if news else before.updated
    kind = "intention.amended" if news else NOTED
    _keep(session, acting, kind, row.id, read, wish, audience, updated=updated, since=row)
    _tell_all(session, acting, after, "Update", news, hearers, updated=updated)
    return show(session, acting, row.id)


def _salted(acting: Acting, read: Wish, before: Rings | None = None) -> Rings | None:
    """Return the rings of a wish with the salt that they had, or a new one."""
    if read.rings is None:
        return None
    return replace(read.rings, salt=acting.salt() if before is None else before.salt)


def _differs(session: Session, before: ToldIntention, after: ToldIntention, copy: Copy) -> bool:
    """Tell whether a change is one for who gets this copy."""
    reader = after.for_copy(session, copy)
    return before.render(before.for_copy(session, copy)) != after.render(reader)


def _iri(acting: Acting, id: str) -> str:
    return f"{acting.origin}/intentions/{id}"


def _previewed(session: Session, acting: Acting, preview: Any) -> tuple[str, datetime]:
    if preview is None:
        return acting.new_id("int"), acting.now
    if not isinstance(preview, dict) or not isinstance(preview.get("id"), str):
        raise Unprocessable(codes.MALFORMED_PREVIEW)
    id, published = preview["id"], read_time(preview.get("published"))
    if not id.startswith("int_") or not id[4:].isalnum() or len(id) != len(acting.new_id("int")):
        raise Unprocessable(codes.MALFORMED_PREVIEW)
    if intentions.load_own_intention(session, _iri(acting, id)) is not None:
        raise Conflict(codes.PREVIEW_USED)
    if not acting.now - _PREVIEW_LIFE <= published <= acting.now:
        raise Conflict(codes.PREVIEW_OLD)
    return id, published


def _keep(
    session: Session,
    acting: Acting,
    kind: str,
    id: str,
    read: Wish,
    wish: Document,
    audience: Sequence[Hearer],
    *,
    updated: datetime | None = None,
    since: IntentionRow | None = None,
) -> None:
    document = render_intention(replace(read.intention, to=shared(acting, audience)))
    if updated is not None:
        document["updated"] = render_time(updated)
    told = [who if isinstance(who, str) else who.id for who in audience]
    private = {**_private(read, wish), "audience": told}
    decision = {"id": id, "intention": document["id"], "own": True, "document": document, "private": private}
    if since is not None:
        decision["since"] = render_instant(since.received_at)
    note(session, acting, kind, decision, subject=document["id"])


def _private(read: Wish, wish: Document) -> dict[str, Any]:
    """Return what is kept of a wish and never sent, but for whom it is told to."""
    rings = {} if read.rings is None else {"rings": store_rings(read.rings)}
    return {**read.private.store(), "wish": dict(wish), **rings}


def _check_anybody(copies: Sequence[Copy]) -> None:
    if not copies:
        raise Conflict(
            codes.PEER_BLOCKED, "You have blocked everybody you name: unblock one, or name another."
        )


def _tell_all(
    session: Session,
    acting: Acting,
    telling: ToldIntention,
    type: str,
    addressed: Sequence[Copy],
    audience: Sequence[Hearer],
    *,
    updated: datetime | None = None,
) -> None:
    for copy in addressed:
        reader = telling.for_copy(session, copy)
        document = telling.render(reader, updated=updated)
        tell(session, acting, type, document, copy, audience=audience, in_rings=telling.rings is not None)
