"""Tidings: what of a notice is told, as things stand when it is sent; nothing if that is no news any more.

Rules here: what the owner has not allowed is not even read into what is told; where a page has changed hands,
been decided, withdrawn or has ended meanwhile, nothing is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson

from node.core.cosigning import CosignState, state_at
from node.core.drafts import view_total
from node.core.intentions import IntentionState
from node.core.notices import NoticeKind, Saying
from node.core.tidings import Tiding
from node.core.webhooks import HookState
from node.services.acting import Acting
from node.services.negotiations.loading import read_terms_of
from node.services.notices.noting import MORE
from node.storage import (
    agreements,
    cosignatures,
    crm,
    deliveries,
    intentions,
    notices,
    offers,
    peer_keys,
    peers,
    webhooks,
)
from node.storage import quarantine as held_rows
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.cosignatures import CosignatureRow
from node.storage.deliveries import DeliveryState
from node.storage.moves import MoveRow, load_move
from node.storage.notices import NoticeRow
from node.storage.offers import OfferRow
from node.storage.peer_keys import KeyState
from node.storage.session import Session
from protocol.moves import read_move
from protocol.negotiation import Event, Party, State
from protocol.prices import amount_string

_IN_FORCE: Final = frozenset({AgreementState.CONCLUDED, AgreementState.ENDING})


def tiding(session: Session, acting: Acting, row: NoticeRow, saying: Saying) -> Tiding | None:
    """Return what a notice tells now, with as much as is allowed; None if it is no news any more."""
    if row.event.startswith(MORE):
        return Tiding(kind=row.kind, path="/")
    told = _LOOKS[row.kind](session, acting, row)
    if told is None or saying is Saying.AMOUNT:
        return _named(session, row, told)
    told = replace(told, total=None, currency="")
    return _named(session, row, told) if saying is Saying.WHO else told


def _named(session: Session, row: NoticeRow, told: Tiding | None) -> Tiding | None:
    peer = peers.load_peer(session, row.actor, row.peer) if row.peer else None
    return told if told is None or peer is None else replace(told, name=peer.name)


# --- offers ------------------------------------------------------------------------------------------


def _offer_in(
    *states: State,
) -> Callable[[Session, Acting, NoticeRow], Tiding | None]:
    def look(session: Session, acting: Acting, row: NoticeRow) -> Tiding | None:
        offer = offers.load_offer(session, row.actor, row.about)
        if offer is None or (states and offer.state not in states) or _is_over(offer, acting.now):
            return None
        return Tiding(
            kind=row.kind,
            path=_path(session, row.actor, offer),
            total=view_total(read_terms_of(offer)),
            currency=offer.currency,
        )

    return look


def _is_over(offer: OfferRow, now: datetime) -> bool:
    standing = offer.state in {State.OFFERED, State.COUNTERED}
    return standing and offer.expires_at is not None and offer.expires_at <= now


def _path(session: Session, actor: str, offer: OfferRow) -> str:
    """Return where an offer is decided on: on its page, or at the desk."""
    wish = intentions.load_intention_by_iri(session, actor, offer.intention)
    at_desk = offer.role is Party.OFFERER and wish is not None and not wish.own
    return f"/desk/wishes/{wish.id}" if wish is not None and at_desk else f"/offers/{offer.id}"


def _message(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    offer = offers.load_offer(session, row.actor, row.about)
    return None if offer is None else Tiding(kind=row.kind, path=f"/offers/{offer.id}/thread")


# --- agreements --------------------------------------------------------------------------------------


def _agreement_in(
    *states: AgreementState, holds: bool = False
) -> Callable[[Session, Acting, NoticeRow], Tiding | None]:
    def look(session: Session, acting: Acting, row: NoticeRow) -> Tiding | None:
        agreement = agreements.load_agreement(session, row.actor, row.about)
        if agreement is None or agreement.state not in states:
            return None
        over = agreement.holds_until if holds else agreement.ends_at
        return None if over is not None and over <= acting.now else _agreed(row, agreement)

    return look


def _agreed(row: NoticeRow, agreement: AgreementRow) -> Tiding:
    total = None if agreement.total is None else amount_string(agreement.total, currency=agreement.currency)
    path = f"/agreements/{agreement.id}"
    return Tiding(kind=row.kind, path=path, total=total, currency=agreement.currency)


# --- second signatures -------------------------------------------------------------------------------


def _to_cosign(session: Session, acting: Acting, row: NoticeRow) -> Tiding | None:
    """Return what waits for the person at this address: not for who has asked for it by now."""
    asked = cosignatures.load_cosignature(session, row.actor, row.about)
    if asked is None or asked.asked_by == _person_at(session, row):
        return None
    if state_at(asked.state, asked.until, now=acting.now) is not CosignState.ASKED:
        return None
    return _waiting(row, asked)


def _cosigned(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    asked = cosignatures.load_cosignature(session, row.actor, row.about)
    return None if asked is None else _waiting(row, asked)


def _person_at(session: Session, row: NoticeRow) -> str:
    channel = notices.load_channel(session, row.actor, row.channel)
    return "" if channel is None else channel.person


def _waiting(row: NoticeRow, asked: CosignatureRow) -> Tiding:
    draft = read_move(orjson.loads(asked.body), currency=asked.currency).draft
    total = None if draft is None else view_total(draft)
    path = f"/desk/cosign/{asked.id}"
    return Tiding(kind=row.kind, path=path, total=total, currency=asked.currency)


# --- the rest ----------------------------------------------------------------------------------------


def _wish(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    wish = intentions.load_intention(session, row.actor, row.about)
    if wish is None or wish.state is not IntentionState.OPEN:
        return None
    answered, _ = offers.count_offers(session, row.actor, wish.iri)
    return None if answered else Tiding(kind=row.kind, path=f"/desk/wishes/{wish.id}")


def _held(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    waits = held_rows.count_quarantined(session, row.actor)
    return Tiding(kind=row.kind, path="/held-back") if waits else None


def _crm(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    """Tell of the CRM as long as anything is to be decided: of many deleted records one stands for all."""
    waits = crm.count_conflicts(session, row.actor)
    return Tiding(kind=row.kind, path="/desk/integration") if waits else None


def _key(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    states = peer_keys.keys_of(session, row.actor, row.peer).values()
    return Tiding(kind=row.kind, path="/businesses") if KeyState.HELD in states else None


def _undelivered(session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    hook = webhooks.load_webhook(session, row.actor, row.about)
    if hook is not None:
        return Tiding(kind=row.kind, path="/journal") if hook.state is HookState.DISABLED else None
    delivery = deliveries.load_delivery(session, row.about)
    if delivery is None:
        return None
    move = load_move(session, delivery.actor, delivery.activity)
    notice = move if move is not None and move.event is Event.LEAVE else None
    # A notice is sent on, and its owner has to know all the same.
    failed = {DeliveryState.REFUSED, DeliveryState.GONE} | ({DeliveryState.QUEUED} if notice else set())
    return Tiding(kind=row.kind, path=_shown_at(session, notice)) if delivery.state in failed else None


def _shown_at(session: Session, move: MoveRow | None) -> str:
    """Return where it is shown that something did not arrive, and what that means: a notice may count."""
    if move is None:
        return "/journal"
    agreement = agreements.load_agreement_by_offer(session, move.actor, move.offer)
    return "/journal" if agreement is None else f"/agreements/{agreement.id}"


def _security(_session: Session, _acting: Acting, row: NoticeRow) -> Tiding | None:
    return Tiding(kind=row.kind, path="/security")


_LOOKS: Final[Mapping[NoticeKind, Callable[[Session, Acting, NoticeRow], Tiding | None]]] = {
    NoticeKind.SECURITY: _security,
    NoticeKind.TO_SIGN: _agreement_in(AgreementState.ACCEPTED, holds=True),
    NoticeKind.TO_COSIGN: _to_cosign,
    NoticeKind.COSIGNED: _cosigned,
    NoticeKind.LAPSING: _agreement_in(AgreementState.ACCEPTED, holds=True),
    NoticeKind.OFFER: _offer_in(State.OFFERED),
    NoticeKind.COUNTER: _offer_in(State.COUNTERED),
    NoticeKind.CHANGED: _offer_in(State.OFFERED, State.WITHDRAWN),
    NoticeKind.ANSWER: _offer_in(),
    NoticeKind.AGREED: _agreement_in(*_IN_FORCE),
    NoticeKind.MESSAGE: _message,
    NoticeKind.ENDING: _agreement_in(AgreementState.ENDING),
    NoticeKind.NOTICE_DAY: _agreement_in(AgreementState.CONCLUDED),
    NoticeKind.KEY: _key,
    NoticeKind.CRM: _crm,
    NoticeKind.WISH: _wish,
    NoticeKind.HELD: _held,
    NoticeKind.UNDELIVERED: _undelivered,
}
