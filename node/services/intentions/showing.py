"""Showing: intentions as the owner's programs read them, ours and those cast to us."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, cast

from node.core import codes
from node.core.drafts import view_time
from node.core.intentions import IntentionState, view_intention, view_pause
from node.core.proffers import asked_entry
from node.core.rings import load_rings, view_budget, view_fields, view_rings, withheld
from node.services.acting import Acting
from node.services.intentions.audiences import audience_of, fill_in, named
from node.storage import intentions, offers, peers, undertakings
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from node.storage.tables import Page
from node.storage.undertakings import UndertakingRow
from protocol.errors import Forbidden, NotFound
from protocol.intentions import Intention, read_intention
from protocol.undertakings import UndertakingState


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


class SignedShown(TypedDict):
    """How what we signed for more of an intention goes on."""

    state: UndertakingState
    roster: str
    signed_at: str | None


class IntentionShown(TypedDict):
    """An intention; `audience`, `private` and `rings` are shown of our own only, `peer` of those of others.

    `withheld` are the parts that only who signs for them is told: of another's those that we are not told,
    which takes signing `asks`, an agreement of the roster. `signed` is what we have signed, `budget` what we
    are told of one.
    """

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
    withheld: Sequence[str]
    asks: str | None
    budget: dict[str, str] | None
    signed: SignedShown | None
    audience: NotRequired[list[str]]
    private: NotRequired[StaysHome]
    rings: NotRequired[dict[str, Any] | None]


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
    signed = {
        (each.intention, each.peer): each
        for each in undertakings.undertakings_among(session, actor, {row.iri for row in rows if not row.own})
    }
    return [
        _view(row, counted.get(row.iri, (0, 0)), known, signed.get((row.iri, row.peer or ""))) for row in rows
    ]


def _named(row: IntentionRow) -> Sequence[str]:
    """Return the ids of the peers that an intention names: who cast it, or whom it was told to."""
    return named(audience_of(row)) if row.peer is None else [row.peer]


def show_caster(peer: PeerRow) -> CasterShown:
    """Show a peer by its address and the names that it gives itself."""
    return {"iri": peer.address, "name": peer.name, "handle": peer.handle, "blocked": peer.blocked}


def _view(
    row: IntentionRow,
    counted: tuple[int, int],
    known: Mapping[str, PeerRow],
    signed: UndertakingRow | None,
) -> IntentionShown:
    count, open = counted
    intention = read_intention(row.document)
    shown = cast(
        "IntentionShown",
        {
            "id": row.id,
            "own": row.own,
            "state": row.state,
            **view_intention(intention),
            **_view_parts(row, intention),
            "signed": None if signed is None else _view_signed(signed),
            "pause": view_pause(row.pause),
            "proposer": row.actor if row.peer is None else known[row.peer].address,
            "peer": None if row.peer is None else show_caster(known[row.peer]),
            "offers": {"count": count, "open": open},
            "received_at": view_time(row.received_at),
            "updated_at": view_time(row.updated_at),
        },
    )
    if row.own:
        told = fill_in(audience_of(row), known)
        shown["audience"] = [who if isinstance(who, str) else who.address for who in told]
        shown["rings"] = view_rings(load_rings(row.private.get("rings")))
        shown["private"] = {
            "limit_price": row.private.get("limit_price"),
            "notes": row.private.get("notes"),
        }
    return shown


def _view_parts(row: IntentionRow, intention: Intention) -> dict[str, Any]:
    """Show which parts of an intention are kept back: from others, or from us."""
    rings, held = load_rings(row.private.get("rings")), intention.withholding
    if rings is not None:
        return {
            "withheld": view_fields(withheld(intention, rings)),
            "asks": asked_entry().name,
            "budget": view_budget(rings.budget),
        }
    asks = None if held is None else held.proffer.asks
    return {
        "withheld": [] if held is None else view_fields(held.withheld),
        "asks": None if asks is None else asks.name,
        "budget": None if held is None else view_budget(held.budget),
    }


def _view_signed(row: UndertakingRow) -> SignedShown:
    return {"state": row.state, "roster": row.roster, "signed_at": view_time(row.signed_at)}
