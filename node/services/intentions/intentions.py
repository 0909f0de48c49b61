"""Intentions: cast one, watch it, change it, take it back; and take in those that others cast to us.

Rules that hold here:

- Limit price and notes go into the row's `private` column and into nothing that is sent.
- Every named business gets a copy of its own, addressed to it alone: nobody learns who else was asked.
- What the preview shows is what is sent: casting with the preview's `id` and `published` gives the same
  bytes.
- Who is blocked is told nothing, neither of a new intention nor how an old one went on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from node.core.intentions import EVERYBODY, FOLLOWERS, Wish, address, read_wish, view_intention
from node.core.terms import view_time
from node.services.acting import Acting
from node.services.intentions.audiences import audience_of, reached, we_follow
from node.services.ledger.received import Received
from node.services.ledger.recording import decide, publish, send, take
from node.services.negotiations.making import reject_the_rest
from node.storage import intentions, offers, peers
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.session import Session
from node.storage.tables import Page
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.fields import read_moment
from protocol.intentions import Intention, read_intention, render_intention
from protocol.iris import same_origin
from protocol.jsonld import one
from protocol.strictjson import Document
from protocol.times import read_time, render_time
from protocol.vocabulary import ACTIVITY_CONTEXT, PUBLIC

OPEN_PER_PEER = 200  # a person with more open wishes than this is a machine

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)  # the version of what bears no time at all

# A preview is cast while somebody looks at it; later its `published` would be a lie.
_PREVIEW_LIFE = timedelta(hours=1)


# --- ours ---------------------------------------------------------------------------------------------------


def preview(session: Session, acting: Acting, wish: Document) -> dict[str, Any]:
    """Show what casting this wish would send, to whom, and what stays home; nothing is kept.

    Raises:
        Unprocessable: what is wrong with the wish. Conflict: `peer-blocked`.
    """
    id = acting.new_id("int")
    read = read_wish(wish, iri=_iri(acting, id), proposer=acting.iri, now=acting.now)
    copies = _copies(session, acting, read.audience)
    _check_anybody(copies)
    return {
        "id": id,
        "published": view_time(acting.now),
        "sends": _copy(read.intention, copies[0]),
        "copies": len(copies),
        "reaches": reached(session, acting.iri, _let_in(session, acting, read.audience)),
        "stays_home": read.private.store(),
    }


def cast(session: Session, acting: Acting, wish: Document) -> dict[str, Any]:
    """Cast an intention: keep it, and send every addressee its copy.

    `wish["preview"]` may name the `id` and `published` of a preview of the last hour, to send just what it
    showed.

    Raises:
        Unprocessable: what is wrong with the wish. Conflict: `preview-used`, `preview-old`, `peer-blocked`
            if everybody it names is blocked.
    """
    told = dict(wish)
    id, published = _previewed(session, acting, told.pop("preview", None))
    read = read_wish(told, iri=_iri(acting, id), proposer=acting.iri, now=acting.now)
    read = replace(read, intention=replace(read.intention, published=published))
    _check_anybody(_copies(session, acting, read.audience))
    _keep(session, acting, "intention.cast", id, read, told)
    _tell(session, acting, read, "Create")
    return show(session, acting, id)


def amend(session: Session, acting: Acting, id: str, changes: Document) -> dict[str, Any]:
    """Change an open intention of ours and tell everybody who was told of it.

    Raises:
        NotFound, Conflict: `intention-closed`; Unprocessable: `audience-fixed`, or what is wrong with the
        change.
    """
    row = _load_own(session, acting, id)
    if row.state is not IntentionState.OPEN:
        raise Conflict("intention-closed", f"This intention is {row.state} and cannot be changed.")
    if "audience" in changes:
        raise Unprocessable("audience-fixed", "Whom an intention was told to cannot change: cast a new one.")
    wish = row.private["wish"] | dict(changes)
    read = read_wish(wish, iri=row.iri, proposer=acting.iri, now=acting.now)
    published = read_intention(row.document).published
    read = replace(read, intention=replace(read.intention, published=published))
    updated = _next_version(row, acting.now)
    _keep(session, acting, "intention.amended", row.id, read, wish, updated=updated)
    _tell(session, acting, read, "Update", updated=updated)
    return show(session, acting, row.id)


def withdraw(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Take an open intention back: reject what was offered, and tell everybody who was told of it."""
    row = _load_own(session, acting, id)
    if row.state is not IntentionState.OPEN:
        raise Conflict("intention-closed", f"This intention is {row.state} already. Nothing sent.")
    _close(session, acting, "intention.withdrawn", row, "withdrawn")
    reject_the_rest(session, acting, row.iri)
    announce_end(session, acting, row)
    return show(session, acting, row.id)


def announce_end(session: Session, acting: Acting, row: IntentionRow) -> None:
    """Tell everybody who was told of an intention that it takes no more offers.

    Withdrawn or met, the words are the same: nobody learns whether somebody else was chosen.
    """
    tombstone = {
        "id": row.iri,
        "type": "Tombstone",
        "formerType": "Proposal",
        "deleted": render_time(acting.now),
    }
    audience = audience_of(row)
    for to in _copies(session, acting, audience):
        _send(session, acting, "Delete", tombstone, to=to, audience=audience)


def list(
    session: Session,
    acting: Acting,
    *,
    own: bool | None = None,
    state: IntentionState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """List intentions, newest first: ours, those cast to us, or both."""
    page: Page[IntentionRow] = intentions.list_intentions(
        session, acting.iri, own=own, state=state, cursor=cursor, limit=limit
    )
    return {"items": [view(session, row) for row in page.items], "next": page.next}


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one intention by its id or a unique beginning of it."""
    return view(session, load(session, acting, id))


def load(session: Session, acting: Acting, id: str) -> IntentionRow:
    """Return an intention of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = intentions.load_intention(session, acting.iri, resolve_id(session, "intentions", acting.iri, id))
    if row is None:
        raise NotFound("unknown-id", "There is no intention with this id.")
    return row


def view(session: Session, row: IntentionRow) -> dict[str, Any]:
    """Show an intention as the owner's programs read it."""
    count, open = offers.count_offers(session, row.actor, row.iri)
    shown = {
        "id": row.id,
        "own": row.own,
        "state": row.state,
        **view_intention(read_intention(row.document)),
        "offers": {"count": count, "open": open},
        "received_at": view_time(row.received_at),
        "updated_at": view_time(row.updated_at),
    }
    if not row.own:
        return shown
    stays_home = {member: row.private.get(member) for member in ("limit_price", "notes")}
    return shown | {"audience": audience_of(row), "private": stays_home}


def _iri(acting: Acting, id: str) -> str:
    return f"{acting.origin}/intentions/{id}"


def _followers(acting: Acting) -> str:
    return acting.owner.actor.followers or f"{acting.iri}/followers"


def _load_own(session: Session, acting: Acting, id: str) -> IntentionRow:
    row = load(session, acting, id)
    if not row.own:
        raise Forbidden("not-yours", "This intention is somebody else's: only its author can change it.")
    return row


def _previewed(session: Session, acting: Acting, preview: Any) -> tuple[str, datetime]:
    if preview is None:
        return acting.new_id("int"), acting.now
    if not isinstance(preview, dict) or not isinstance(preview.get("id"), str):
        raise Unprocessable("malformed-preview", "Pass the preview's id and published.")
    id, published = preview["id"], read_time(preview.get("published"))
    if not id.startswith("int_") or not id[4:].isalnum() or len(id) != len(acting.new_id("int")):
        raise Unprocessable("malformed-preview", "Pass the preview's id and published.")
    if intentions.load_own_intention(session, _iri(acting, id)) is not None:
        raise Conflict("preview-used", "This preview was cast already.")
    if not acting.now - _PREVIEW_LIFE <= published <= acting.now:
        raise Conflict("preview-old", "This preview is too old: look at a new one before you cast.")
    return id, published


def _next_version(row: IntentionRow, now: datetime) -> datetime:
    """Return when a change is made, after the version before it also by a clock that was set back.

    By this time those who were told tell news from what is overtaken.
    """
    return max(now, _version(row.document) + timedelta(microseconds=1))


def _keep(
    session: Session,
    acting: Acting,
    kind: str,
    id: str,
    read: Wish,
    wish: Document,
    *,
    updated: datetime | None = None,
) -> None:
    shared = tuple(to for copy in _collections(acting, read.audience) for to in copy)
    document = _copy(read.intention, shared)
    if updated is not None:
        document["updated"] = render_time(updated)
    private = {**read.private.store(), "audience": [*read.audience], "wish": dict(wish)}
    decision = {"id": id, "document": document, "private": private, "own": True}
    decide(session, acting, kind, decision, subject=document["id"])


def _collections(acting: Acting, audience: Sequence[str]) -> Sequence[tuple[str, ...]]:
    return address([who for who in audience if who in (FOLLOWERS, EVERYBODY)], followers=_followers(acting))


def _copy(intention: Intention, to: tuple[str, ...]) -> Document:
    return render_intention(replace(intention, to=to))


def _copies(session: Session, acting: Acting, audience: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Return the `to` of each copy that is sent. One for a collection is, even if nobody follows by now."""
    return address(_let_in(session, acting, audience), followers=_followers(acting))


def _let_in(session: Session, acting: Acting, whom: Sequence[str]) -> Sequence[str]:
    return [who for who in whom if not peers.is_blocked(session, acting.iri, who)]


def _check_anybody(copies: Sequence[tuple[str, ...]]) -> None:
    if not copies:
        raise Conflict("peer-blocked", "You have blocked everybody you name: unblock one, or name another.")


def _tell(
    session: Session, acting: Acting, read: Wish, type: str, *, updated: datetime | None = None
) -> None:
    for to in _copies(session, acting, read.audience):
        document = _copy(read.intention, to)
        if updated is not None:
            document["updated"] = render_time(updated)
        _send(session, acting, type, document, to=to, audience=read.audience)


def _send(
    session: Session,
    acting: Acting,
    type: str,
    object: Document,
    *,
    to: tuple[str, ...],
    audience: Sequence[str],
) -> None:
    """Send one copy of an activity about an intention; a collection is sent to our followers."""
    activity: Document = {
        "@context": ACTIVITY_CONTEXT,
        "id": acting.mint("activities", "act"),
        "type": type,
        "actor": acting.iri,
        "to": [*to],
        "published": render_time(acting.now),
        "object": object,
    }
    if set(to) & {_followers(acting), PUBLIC}:
        publish(session, acting, "intention.told", activity, {}, spared=audience)  # they have their own copy
    else:
        send(session, acting, "intention.told", activity, {}, recipients=to)


def _close(session: Session, acting: Acting, kind: str, row: IntentionRow, state: str) -> None:
    decision = {"intention": row.iri, "state": state}
    decide(session, acting, kind, decision, subject=row.id)


# --- theirs -------------------------------------------------------------------------------------------------


def receive_proposal(session: Session, acting: Acting, received: Received, proposal: Document) -> bool:
    """Take in an intention that was cast to us, or a newer version of it; tell whether it was news.

    A change that a later one has overtaken on its way is none, and nobody's mistake. A change whose deadline
    has passed takes the intention back.

    Raises:
        Unprocessable: it is not by its sender, or not readable. Conflict: `intention-closed`,
            `too-many-intentions`, `unknown-intention` for a change of something we never saw,
            `stale-version`.
    """
    intention = read_intention(proposal)
    _check_author(received, intention)
    known = intentions.load_intention_by_iri(session, acting.iri, intention.iri)
    if known is not None and (known.own or known.proposer != received.sender.iri):
        raise Forbidden("not-yours", "This intention is somebody else's.")
    _check_news(received, known, proposal)
    ended = intention.deadline is not None and intention.deadline <= acting.now
    if known is not None and not _is_later(proposal, known, ended=ended):
        return False
    if ended and known is not None and _is_update(received):
        take(session, acting, "intention.withdrawn", received, {"intention": known.iri, "state": "withdrawn"})
        return True
    if ended:
        raise Conflict("intention-closed", "The deadline of this intention has passed.")
    if known is None and intentions.count_open_of(session, acting.iri, received.sender.iri) >= OPEN_PER_PEER:
        raise Conflict("too-many-intentions", "Too many of your intentions are open here.")
    id = known.id if known is not None else acting.new_id("int")
    document = {member: value for member, value in proposal.items() if member != "@context"}
    decision = {"id": id, "document": document, "own": False}
    take(session, acting, "intention.received", received, decision)
    return True


def receive_withdrawal(session: Session, acting: Acting, received: Received, iri: str) -> bool:
    """Close an intention that its author took back; tell whether we knew it.

    Raises:
        Forbidden: `not-yours`.
    """
    known = intentions.load_intention_by_iri(session, acting.iri, iri)
    if known is None:
        return False
    if known.own or known.proposer != received.sender.iri:
        raise Forbidden("not-yours", "This intention is somebody else's.")
    if known.state is not IntentionState.OPEN:
        return True
    take(session, acting, "intention.withdrawn", received, {"intention": iri, "state": "withdrawn"})
    return True


def _check_author(received: Received, intention: Intention) -> None:
    # FEP-fe34: an object is believed if it is embedded in an activity of the same origin and owner.
    if intention.proposer != received.sender.iri or not same_origin(intention.iri, received.sender.iri):
        raise Unprocessable("wrong-author", "The intention is not its sender's.")


def _check_news(received: Received, known: IntentionRow | None, proposal: Document) -> None:
    update = _is_update(received)
    if known is None:
        if update:
            raise Conflict("unknown-intention", "There is no such intention here to change.")
        return
    if known.state is not IntentionState.OPEN:
        raise Conflict("intention-closed", "This intention was closed before.")
    if not update and _version(proposal) <= _version(known.document):
        raise Conflict("stale-version", "A version at least as new is known here.")


def _is_update(received: Received) -> bool:
    return bool(one(received.activity.get("type")) == "Update")


def _is_later(proposal: Document, known: IntentionRow, *, ended: bool) -> bool:
    """Tell whether a version comes after the known one; one that only ends it may have its date."""
    ours, theirs = _version(known.document), _version(proposal)
    return theirs > ours or (ended and theirs == ours)


def _version(proposal: Document) -> datetime:
    return read_moment(proposal, "updated") or read_moment(proposal, "published") or _BEFORE_ALL


def is_addressed_to_us(session: Session, acting: Acting, to: frozenset[str], sender: Received) -> bool:
    """Tell whether an intention reaches us: by name, in public, or through a collection we follow."""
    if acting.iri in to or PUBLIC in to:
        return True
    return sender.sender.followers in to and we_follow(session, acting.iri, sender.sender.iri)
