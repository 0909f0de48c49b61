"""Following the journal for the owner: which of its entries is something to be told.

Rules here: what the owner, or the node for the owner, did is not told, nor what follows from it, and of a
team nobody is told what they did; what is told of an entry is what it is about, never what anybody wrote.
While there is no address, nothing is followed.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from node.core.entries import Direction, Entry
from node.core.notices import NoticeKind
from node.services.acting import Acting
from node.services.ledger.chapters import Follower
from node.services.ledger.keys import PEER_KEY
from node.services.negotiations.asking import ANSWERED, ASKED, RAN_OUT
from node.services.negotiations.quarantine import HELD
from node.services.negotiations.revoking import REVOKED
from node.services.notices.channels import FOLLOWER
from node.services.notices.noting import Occasion, note
from node.storage import agreements, cosignatures, intentions, offers
from node.storage.agreements import AgreementState
from node.storage.journal import Recorded
from node.storage.notices import has_channels
from node.storage.peer_keys import KeyState
from node.storage.session import Session
from protocol.negotiation import Event, Party

_ABOUT_OFFERS: Final[Mapping[str, NoticeKind]] = {
    Event.OFFER: NoticeKind.OFFER,
    Event.REOFFER: NoticeKind.CHANGED,
    Event.WITHDRAW: NoticeKind.CHANGED,
    Event.COUNTER: NoticeKind.COUNTER,
    Event.REJECT: NoticeKind.ANSWER,
    Event.COUNTERSIGN: NoticeKind.ANSWER,
    Event.RENEGE: NoticeKind.ANSWER,
    REVOKED: NoticeKind.ANSWER,
    "message": NoticeKind.MESSAGE,
}
_WISH: Final = "intention.received"


def look(session: Session, _acting: Acting, recorded: Recorded) -> Occasion | None:
    """Return what there is to be told of an entry."""
    entry = recorded.entry
    if entry.direction is Direction.OUT:  # most of a business's journal is its own
        return None
    read = _LOOKS.get(entry.kind, _look_at_offer)
    return read(session, entry, f"entry:{recorded.number}")


def _look_at_offer(session: Session, entry: Entry, event: str) -> Occasion | None:
    offer = offers.load_offer(session, entry.actor, str(entry.decision.get("offer")))
    if offer is None:
        return None
    wish = intentions.load_intention_by_iri(session, entry.actor, offer.intention)
    return Occasion(
        kind=_ABOUT_OFFERS[entry.kind],
        event=event,
        at=entry.at,
        about=offer.id,
        within="" if wish is None else wish.id,
        peer=offer.peer,
    )


def _look_at_agreement(session: Session, entry: Entry, event: str) -> Occasion | None:
    """Return what an acceptance, or a notice, of the other side means for us."""
    row = agreements.load_agreement_by_offer(session, entry.actor, str(entry.decision.get("offer")))
    if row is None:
        return None
    to_sign = row.state is AgreementState.ACCEPTED and row.role is Party.OFFERER
    kind = NoticeKind.TO_SIGN if to_sign else NoticeKind.AGREED
    if entry.kind == Event.LEAVE:
        kind = NoticeKind.ENDING
    return Occasion(kind=kind, event=event, at=entry.at, about=row.id, within=row.offer, peer=row.peer)


def _look_at_wish(_session: Session, entry: Entry, event: str) -> Occasion | None:
    id, peer = str(entry.decision["id"]), str(entry.decision.get("peer", ""))
    if "since" in entry.decision:  # a change of one that was told already
        return None
    return Occasion(kind=NoticeKind.WISH, event=event, at=entry.at, about=id, peer=peer)


def _look_at_key(_session: Session, entry: Entry, event: str) -> Occasion | None:
    if entry.decision.get("state") != KeyState.HELD:
        return None
    return Occasion(kind=NoticeKind.KEY, event=event, at=entry.at, peer=str(entry.decision["peer"]))


def _look_at_held(_session: Session, entry: Entry, event: str) -> Occasion | None:
    return Occasion(kind=NoticeKind.HELD, event=event, at=entry.at, peer=str(entry.decision["peer"]))


def _look_at_asked(session: Session, entry: Entry, _event: str) -> Occasion | None:
    """Return that something waits for a second signature, or now for that of another person."""
    found = _cosignature(session, entry)
    return None if found is None else replace(found, kind=NoticeKind.TO_COSIGN, to="")


def _look_at_answered(session: Session, entry: Entry, _event: str) -> Occasion | None:
    """Return what became of it, for who asked; nobody has asked for what the node asked for by itself."""
    found = _cosignature(session, entry)
    return None if found is None or not found.to else found


def _look_at_run_out(session: Session, entry: Entry, _event: str) -> Occasion | None:
    """Return that nobody signed in time, for all: who asked waits no more, and the others had been asked."""
    found = _cosignature(session, entry)
    return None if found is None else replace(found, event=f"{found.event}:{RAN_OUT}", to="")


def _cosignature(session: Session, entry: Entry) -> Occasion | None:
    row = cosignatures.load_cosignature(session, entry.actor, str(entry.decision["cosignature"]))
    if row is None:
        return None
    return Occasion(
        kind=NoticeKind.COSIGNED,
        event=f"cosignature:{row.id}",  # once, though the node asks and then who stands behind it
        at=entry.at,
        about=row.id,
        peer=row.peer,
        to=row.asked_by,
        by=str(entry.decision.get("by") or ""),
    )


_LOOKS: Final[Mapping[str, Callable[[Session, Entry, str], Occasion | None]]] = {
    Event.ACCEPT: _look_at_agreement,
    Event.LEAVE: _look_at_agreement,
    _WISH: _look_at_wish,
    PEER_KEY: _look_at_key,
    HELD: _look_at_held,
    ASKED: _look_at_asked,
    **dict.fromkeys(ANSWERED, _look_at_answered),
    RAN_OUT: _look_at_run_out,
}


def act(session: Session, acting: Acting, occasion: Occasion) -> None:
    """Note what there is to be told."""
    note(session, acting.iri, occasion)


NOTICES: Final = Follower(
    name=FOLLOWER,
    kinds=frozenset({*map(str, _ABOUT_OFFERS), *map(str, _LOOKS)}),
    look=look,
    act=act,
    listens=has_channels,
)
