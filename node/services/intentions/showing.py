"""Showing: intentions as the owner's programs read them, ours and those cast to us."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from node.core import codes
from node.core.drafts import view_time
from node.core.intentions import IntentionState, view_intention, view_pause
from node.services.acting import Acting
from node.services.intentions.audiences import audience_of, fill_in, named
from node.storage import intentions, offers, peers
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from node.storage.tables import Page
from protocol.errors import Forbidden, NotFound
from protocol.intentions import read_intention


class Counted(TypedDict):
    """Offers to an intention: in all, and those that still stand or are countered."""

    count: int
    open: int


class StaysHome(TypedDict):
    """What is in nothing that is sent."""

    limit_price: str | None
    notes: str | None


class CasterShown(TypedDict):
    """Who cast an intention to us, by address and by the names they give themselves."""

    iri: str
    name: str
    handle: str | None
    blocked: bool


class PauseShown(TypedDict):
    """That an intention takes no offers for now: until when, None if until further notice."""

    until: str | None


class IntentionShown(TypedDict):
    """An intention; `audience` and `private` are shown of our own only, `peer` of those of others."""

    id: str
    own: bool
    state: IntentionState
    iri: str
    name: str
    content: str
    quantity: dict[str, Any]
    specifications: list[dict[str, Any]]
    category: str | None
    place: str | None
    window: dict[str, str | None]
    deadline: str | None
    pause: PauseShown | None
    currency: str
    proposer: str
    peer: CasterShown | None
    published: str | None
    offers: Counted
    received_at: str | None
    updated_at: str | None
    audience: NotRequired[list[str]]
    private: NotRequired[StaysHome]


class Intentions(TypedDict):
    """Some of the intentions, and the cursor that continues the list."""

    items: Sequence[IntentionShown]
    next: str | None


def list(
    session: Session,
    acting: Acting,
    *,
    own: bool | None = None,
    state: IntentionState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Intentions:
    """List intentions, newest first: ours, those cast to us, or both."""
    page: Page[IntentionRow] = intentions.list_intentions(
        session, acting.iri, own=own, state=state, cursor=cursor, limit=limit
    )
    return {"items": views(session, acting.iri, page.items), "next": page.next}


def show(session: Session, acting: Acting, id: str) -> IntentionShown:
    """Show one intention by its id or a unique beginning of it."""
    return view(session, load(session, acting, id))


def load(session: Session, acting: Acting, id: str) -> IntentionRow:
    """Return an intention of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = intentions.load_intention(session, acting.iri, resolve_id(session, "intentions", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID, "There is no intention with this id.")
    return row


def load_own(session: Session, acting: Acting, id: str) -> IntentionRow:
    """Return an intention of ours by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`; Forbidden: `not-yours`.
    """
    row = load(session, acting, id)
    if not row.own:
        raise Forbidden(codes.NOT_YOURS, "This intention is somebody else's: only its author can change it.")
    return row


def view(session: Session, row: IntentionRow) -> IntentionShown:
    """Show an intention as the owner's programs read it."""
    (shown,) = views(session, row.actor, [row])
    return shown


def views(session: Session, actor: str, rows: Sequence[IntentionRow]) -> Sequence[IntentionShown]:
    """Show an actor's intentions, in the order of their rows; what they have in common is read at once."""
    counted = offers.count_offers_of(session, actor, {row.iri for row in rows})
    known = peers.peers_by_id(session, actor, {id for row in rows for id in _named(row)})
    return [_view(row, counted.get(row.iri, (0, 0)), known) for row in rows]


def _named(row: IntentionRow) -> Sequence[str]:
    """Return the ids of the peers that an intention names: who cast it, or whom it was told to."""
    return named(audience_of(row)) if row.peer is None else [row.peer]


def _caster(peer: PeerRow) -> CasterShown:
    return {"iri": peer.address, "name": peer.name, "handle": peer.handle, "blocked": peer.blocked}


def _view(row: IntentionRow, counted: tuple[int, int], known: Mapping[str, PeerRow]) -> IntentionShown:
    count, open = counted
    shown = cast(
        "IntentionShown",
        {
            "id": row.id,
            "own": row.own,
            "state": row.state,
            **view_intention(read_intention(row.document)),
            "pause": view_pause(row.pause),
            "proposer": row.actor if row.peer is None else known[row.peer].address,
            "peer": None if row.peer is None else _caster(known[row.peer]),
            "offers": {"count": count, "open": open},
            "received_at": view_time(row.received_at),
            "updated_at": view_time(row.updated_at),
        },
    )
    if row.own:
        told = fill_in(audience_of(row), known)
        shown["audience"] = [who if isinstance(who, str) else who.address for who in told]
        shown["private"] = {
            "limit_price": row.private.get("limit_price"),
            "notes": row.private.get("notes"),
        }
    return shown
