"""What is to stand in the CRM: each thing of ours as a record, made from the tables as they are now.

Rules here: only what the negotiation itself shows goes in. A thing that does not concern the business (a wish
of our own, an offer made to us) is no record, and neither is a change of an agreement: it is told in that of
the order (`orders`).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from node.core.crm_merging import WantedRecord
from node.core.crm_quotations import LOSSES, QUOTATION_AIMS, REASONS, is_signed, quote_lines, say_quantity
from node.core.drafts import view_time, view_total
from node.core.intentions import IntentionState, view_specification
from node.core.records import RecordKind, RecordState
from node.services.acting import Acting
from node.services.crm.orders import file_of, line_of, note_of, order_of, terms_now, things_of
from node.services.crm.strangers import Door
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.showing import show_offers
from node.services.notices import settings
from node.services.notices.settings import zone_of
from node.storage import intentions, messages, offers, peers
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.intentions import Intention, read_intention
from protocol.iris import origin
from protocol.negotiation import Party
from protocol.specifications import Specification
from protocol.values import dataclass

OURS: Final = "Freehold"
"""Where a wish came from, and who wrote a note of ours."""

Thing = tuple[RecordKind, str]
"""Something of ours that is to stand in the CRM: its kind and its external id."""

_OFFERS_OF_A_WISH: Final = 100
_PAGE: Final = 100


def wanted(
    session: Session, acting: Acting, kind: RecordKind, external_id: str, body: Mapping[str, Any]
) -> WantedRecord | None:
    """Return what a thing is to be in the CRM, None if it is nothing there; `body` is a remark of ours."""
    make = _MAKERS.get(kind)
    return None if make is None else make(session, acting, external_id, body)


@dataclass(frozen=True, slots=True)
class ThingsPlace:
    """Where to go on among all that is to stand in the CRM: wishes come first, then what was offered."""

    offered: bool = False
    cursor: str | None = None


def some_things(
    session: Session, acting: Acting, place: ThingsPlace
) -> tuple[list[Thing], ThingsPlace | None]:
    """Return some of all that is to stand there, and where to go on; what others belong to comes first."""
    if not place.offered:
        page = intentions.list_intentions(session, acting.iri, own=False, cursor=place.cursor, limit=_PAGE)
        door = Door(session, acting)
        wishes = [
            thing
            for row in page.items
            if row.peer is not None and not door.leaves_out(row)
            for thing in (_customer_of(session, acting, row.peer), (RecordKind.OPPORTUNITY, row.iri))
        ]
        return wishes, ThingsPlace(offered=page.next is None, cursor=page.next)
    offered = offers.list_offers(session, acting.iri, role=Party.OFFERER, cursor=place.cursor, limit=_PAGE)
    things: list[Thing] = []
    for offer in offered.items:
        if offer.amends is None:
            things += [_customer_of(session, acting, offer.peer), (RecordKind.QUOTATION, offer.negotiation)]
            things += things_of(session, acting, offer)
    return things, None if offered.next is None else ThingsPlace(offered=True, cursor=offered.next)


def _customer_of(session: Session, acting: Acting, peer: str) -> Thing:
    return RecordKind.CUSTOMER, peers.named_peer(session, acting.iri, peer).address


def _customer(
    session: Session, acting: Acting, external_id: str, _body: Mapping[str, Any]
) -> WantedRecord | None:
    peer = peers.load_peer_at(session, acting.iri, external_id)
    if peer is None:
        return None
    values = {"name": peer.name or peer.handle or "", "address": peer.address, "handle": peer.handle or ""}
    return WantedRecord(kind=RecordKind.CUSTOMER, external_id=external_id, values=values)


def _opportunity(
    session: Session, acting: Acting, external_id: str, _body: Mapping[str, Any]
) -> WantedRecord | None:
    row = intentions.load_intention_by_iri(session, acting.iri, external_id)
    if row is None or row.peer is None or Door(session, acting).leaves_out(row):
        return None
    wish = read_intention(row.document)
    aim, reason = _outcome(session, acting, external_id, row.state)
    window = _say_window(wish)
    values = {
        "name": wish.name,
        "content": wish.content,
        "wishes": say_wishes(wish),
        "category": wish.category or "",
        "quantity": say_quantity(wish.quantity),
        "place": wish.place or "",
        "window": window,
        "deadline": _say_deadline(session, acting, wish.deadline),
        "currency": wish.currency,
        "source": OURS,
        "address": row.iri,
        "reason": reason,
    }
    return WantedRecord(
        kind=RecordKind.OPPORTUNITY,
        external_id=external_id,
        values=values,
        links={RecordKind.CUSTOMER: peers.named_peer(session, acting.iri, row.peer).address},
        aim=aim,
        reason=reason,
        changed_at=row.updated_at,
    )


def _outcome(session: Session, acting: Acting, iri: str, state: IntentionState) -> tuple[RecordState, str]:
    """Return where an opportunity stands, and why: won by what both signed, lost once the wish is over."""
    ours = offers.list_offers(
        session, acting.iri, intention=iri, role=Party.OFFERER, limit=_OFFERS_OF_A_WISH
    ).items
    if any(QUOTATION_AIMS[offer.state] is RecordState.CONFIRMED for offer in ours):
        return RecordState.WON, ""
    if state is IntentionState.OPEN or offers.has_unsettled(session, acting.iri, iri):
        return RecordState.OPEN, ""
    return RecordState.LOST, LOSSES[state]


def _quotation(
    session: Session, acting: Acting, external_id: str, _body: Mapping[str, Any]
) -> WantedRecord | None:
    row = offers.load_offer_by_negotiation(session, acting.iri, external_id)
    if row is None or row.role is not Party.OFFERER or row.amends is not None:
        return None
    draft = read_terms_of(row)
    (shown,) = show_offers(session, acting.iri, [row])
    reason = " ".join(part for part in (REASONS.get(row.state, ""), shown["reason"]) if part)
    agreed, over_on = terms_now(line_of(session, acting, row))
    values = {
        "name": draft.name,
        "content": draft.content,
        "reason": reason,
        "address": row.negotiation,
        "total": view_total(draft) or "",
        "round": str(row.rounds),
        "notice": draft.notice or "",
        "agreed": agreed,
        "over_on": over_on,
        "starts_at": "" if draft.starts_at is None else draft.starts_at.date().isoformat(),
        "ends_at": "" if draft.ends_at is None else draft.ends_at.date().isoformat(),
    }
    return WantedRecord(
        kind=RecordKind.QUOTATION,
        external_id=external_id,
        values=values,
        links={
            RecordKind.CUSTOMER: peers.named_peer(session, acting.iri, row.peer).address,
            RecordKind.OPPORTUNITY: row.intention,
        },
        aim=QUOTATION_AIMS[row.state],
        reason=reason,
        lines=quote_lines(draft.price, name=draft.name),
        currency=draft.currency,
        valid_until="" if row.expires_at is None else row.expires_at.date().isoformat(),
        signed=is_signed(row.state),
        changed_at=row.updated_at,
    )


def _note(session: Session, acting: Acting, external_id: str, body: Mapping[str, Any]) -> WantedRecord | None:
    if body:
        values = {name: str(body[name]) for name in ("text", "author", "at")}
        within, about = body.get("within"), body.get("about", {})
        return WantedRecord(
            kind=RecordKind.NOTE,
            external_id=external_id,
            values=values,
            links={RecordKind.QUOTATION: str(within)} if within else {},
            crm_links={RecordKind(kind): str(id) for kind, id in about.items()},
        )
    message = messages.load_message(session, acting.iri, external_id)
    if message is None:
        return _order_note(session, acting, external_id)
    offer = offers.load_offer(session, acting.iri, message.offer)
    order = None if offer is None else order_of(session, acting, offer)
    if offer is None or order is None:
        return None
    peer = peers.named_peer(session, acting.iri, offer.peer)
    author = acting.owner.actor.name if message.own else _signed_by(peer)
    values = {"text": message.content, "author": author, "at": view_time(message.at) or ""}
    links = {RecordKind.QUOTATION: order.negotiation}
    forgotten = not message.content  # whoever wrote it took it back, or it was erased here
    return WantedRecord(
        kind=RecordKind.NOTE, external_id=external_id, values=values, links=links, forgotten=forgotten
    )


def _signed_by(peer: PeerRow) -> str:
    """Say who wrote a message, and where they are at home: anybody may be called as we are, or Freehold."""
    return f"{peer.name} ({origin(peer.address).host})" if peer.name else peer.address


def _order_note(session: Session, acting: Acting, external_id: str) -> WantedRecord | None:
    note = note_of(session, acting, external_id)
    if note is None:
        return None
    return WantedRecord(
        kind=RecordKind.NOTE,
        external_id=external_id,
        values={"text": note.text, "author": OURS, "at": view_time(note.at) or ""},
        links={RecordKind.QUOTATION: note.order},
    )


def _file(
    session: Session, acting: Acting, external_id: str, _body: Mapping[str, Any]
) -> WantedRecord | None:
    file = file_of(session, acting, external_id)
    if file is None:
        return None
    return WantedRecord(
        kind=RecordKind.FILE,
        external_id=external_id,
        values={"name": file.name, "media_type": "application/json"},
        links={RecordKind.QUOTATION: file.order},
    )


_MAKERS: Final[
    Mapping[RecordKind, Callable[[Session, Acting, str, Mapping[str, Any]], WantedRecord | None]]
] = {
    RecordKind.CUSTOMER: _customer,
    RecordKind.OPPORTUNITY: _opportunity,
    RecordKind.QUOTATION: _quotation,
    RecordKind.NOTE: _note,
    RecordKind.FILE: _file,
}


def _say_window(wish: Intention) -> str:
    return " - ".join(filter(None, (view_time(wish.window_start), view_time(wish.window_end))))


def say_wishes(wish: Intention) -> str:
    """Say what the customer asks for beyond its name, a line each: how many, where, when, what it must be.

    One piece goes without saying.
    """
    quantity = "" if wish.quantity.value in (None, 1) else say_quantity(wish.quantity)
    asked = {"quantity": quantity, "place": wish.place or "", "when": _say_window(wish)}
    told = [f"{what}: {text}" for what, text in asked.items() if text]
    return "\n".join([*told, *map(_say_specification, wish.specifications)])


def _say_deadline(session: Session, acting: Acting, deadline: datetime | None) -> str:
    """Say a deadline by the business's own clock: where a CRM keeps a day, it is theirs."""
    zone = zone_of(settings.load(session, acting.iri))
    if deadline is None or zone is UTC:
        return view_time(deadline) or ""
    return deadline.astimezone(zone).isoformat(timespec="seconds")


def _say_specification(wanted: Specification) -> str:
    """Say a specification in a line, such as `speed: at least 500 Mbit/s (must)`."""
    shown = view_specification(wanted)
    bounds = [f"{words} {shown[name]}" for name, words in _BOUNDS.items() if name in shown]
    what = " ".join(part for part in (shown.get("value", ""), *bounds, wanted.unit) if part)
    return f"{wanted.property}: {what} ({wanted.necessity})"


_BOUNDS: Final = {"at_least": "at least", "at_most": "at most"}
