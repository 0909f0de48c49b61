"""Disclosure: which of its documents a node shows to whom.

Rules here: everything but its actors is shown to those it is addressed to, and for everyone else it does not
exist. Whom something was sent to is a peer, wherever that is now: who is at its old address is somebody else.
What was kept back from readers in a document (`bto`, `bcc`) leaves it for no one. What was said to a
collection is read as long as it stands: words that were changed or taken back are with those who have heard
them, and nowhere else. What was said to one is there once it may have left: what waits, or was taken back
before that, nobody has said.

Sources: ActivityPub §3.2, §5, §6.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, TypeAlias

import orjson

from node.core.entries import Direction, Entry
from node.core.intentions import IntentionState
from node.core.rings import IntentionReader
from node.services.intentions.audiences import follows_us, is_invited
from node.services.intentions.readers import load_telling
from node.services.intentions.versions import version_of
from node.services.ledger import keys
from node.services.people.publishing import PUBLISHED
from node.storage import (
    agreements,
    deliveries,
    grants,
    intentions,
    journal,
    offers,
    peers,
    profiles,
    undertakings,
)
from node.storage.agreements import AgreementRow
from node.storage.deliveries import DeliveryState
from node.storage.intentions import IntentionRow
from node.storage.moves import MoveRow, MoveStatus, list_moves, moves_by_iri
from node.storage.offers import OfferRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol import strictjson
from protocol.audience import may_read, without_hidden
from protocol.negotiation import Event, Party
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.values import dataclass
from protocol.vocabulary import (
    ACTIVITY_CONTEXT,
    ACTIVITYSTREAMS_CONTEXT,
    TERMS_ACTIVITY_CONTEXT,
    activity_context,
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who signed a request for a document: the actor's address, and the key it was signed with."""

    iri: str
    fragment: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Someone asks for a document: its address, who asks (None: anyone), and the actors of this node."""

    iri: str
    reader: Asker | None
    actors: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """Who asks, as one of our actors knows them: a peer that may follow it, or a stranger (None)."""

    peer: PeerRow | None
    follows: bool = False

    @classmethod
    def load(cls, session: Session, actor: str, reader: Asker | None) -> "_Known":
        peer = _peer(session, actor, reader)
        return cls(peer) if peer is None else cls(peer, follows_us(session, peer))

    def may_read(self, document: Document, *, told: str | None = None) -> bool:
        """Tell whether they may read a document that was sent to one peer (its id), or to a collection."""
        if self.peer is None:
            return may_read(document, named=False, follows=False)
        if self.peer.blocked:
            return False
        return may_read(document, named=told == self.peer.id, follows=self.follows)

    def may_hear(self, session: Session, entry: Entry, activity: Document) -> bool:
        """Tell whether they may read an activity of ours: it was sent to them, or stands and is for many."""
        told = entry.decision.get("peer")
        if not self.may_read(activity, told=told):
            return False
        return (self.peer is not None and told == self.peer.id) or _stands(session, entry, activity)


Find: TypeAlias = Callable[[Session, Asked], Document | None]

# Nobody can answer these any more, and nobody learns which of the two it is: both are told in the same words.
_OVER: Final = frozenset({IntentionState.WITHDRAWN, IntentionState.AWARDED})

# States in which a delivery may be without an attempt having been begun.
_NOT_BEGUN: Final = frozenset({DeliveryState.QUEUED, DeliveryState.CANCELLED})

LATEST: Final = 50  # activities in the outbox
_LOOK_BACK: Final = 1_000  # of the kind, among which they are looked for
_READ: Final = 200  # of these, that are read: some milliseconds
_OUTBOX_KIND: Final = "intention.told"


def collection(iri: str, owner: str) -> Document:
    """Return the head of a collection at an address of ours."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": iri,
        "type": "OrderedCollection",
        "attributedTo": owner,
    }


def said(session: Session, actor: str, reader: Asker | None) -> list[Document]:
    """Return what an actor of ours said lately that this reader may read, newest first."""
    # Anybody may ask, as often as they like: what is read ends with a full page, is bounded, and is none of
    # what was said to others by name, which may be all there is.
    asking = _Known.load(session, actor, reader)
    peer = None if asking.peer is None else asking.peer.id
    # Not so many of all entries: when something leaves the outbox would tell how much else happens here.
    latest = journal.latest_of(session, actor, kind=_OUTBOX_KIND, among=_LOOK_BACK, about=peer, most=_READ)
    told = ((item.entry, orjson.loads(item.entry.body)) for item in latest if item.entry.body)
    readable = (
        without_hidden(activity) for entry, activity in told if asking.may_hear(session, entry, activity)
    )
    return [*islice(readable, LATEST)]


def _stands(session: Session, entry: Entry, activity: Document) -> bool:
    """Tell whether what an activity said to a collection is so now; that something is gone stays so."""
    if entry.kind == PUBLISHED:
        public = profiles.load_publication(session, entry.actor)
        return public is not None and public.members == entry.decision.get("members")
    if entry.kind != _OUTBOX_KIND or activity["type"] == "Delete":
        return True
    row = intentions.load_intention_by_iri(session, entry.actor, str(entry.decision["intention"]))
    if row is None or row.state in _OVER:
        return False
    told = load_telling(session, row, peer="").version("")
    return version_of(activity["object"]) == (version_of(row.document) if told is None else told)


def is_shut_out(session: Session, actors: Sequence[str], reader: Asker | None) -> bool:
    """Tell whether all of these actors of ours have blocked who asks.

    They are answered like whoever cannot be verified, as at the inbox: to be blocked is not told. One of
    several actors here says so for itself alone, and what is its own is not there for them.
    """
    known = [_peer(session, actor, reader) for actor in actors]
    return bool(known) and all(peer is not None and peer.blocked for peer in known)


def find_intention(session: Session, asked: Asked) -> Document | None:
    """Find an intention of ours for someone who was told of it."""
    row = intentions.load_own_intention(session, asked.iri)
    if row is None:
        return None
    reader = _Known.load(session, row.actor, asked.reader)
    if not is_invited(session, row, reader.peer):
        return None
    if row.state in _OVER:
        return _tombstone(row)
    address, id = _address(reader, asked), "" if reader.peer is None else reader.peer.id
    telling = load_telling(session, row, peer=id)
    proposal = telling.render(IntentionReader(tuple(row.document["to"])), updated=telling.version(""))
    if reader.may_read(proposal) and not (
        telling.rings and address and telling.is_understood(session, id, address)
    ):
        return {"@context": ACTIVITY_CONTEXT, **proposal}
    # Whoever was asked by name, or can sign for more, has a copy that is addressed to them alone.
    assert address  # noqa: S101 - a stranger without a name reads what is public, and that was returned
    own = telling.render(telling.for_peer(session, id or None, address), updated=telling.version(id))
    return {"@context": activity_context(with_terms="terms" in own), **own}


def _address(reader: _Known, asked: Asked) -> str:
    """Return the address of who asks, as it is known here or as it signed; "" of who did not sign."""
    if reader.peer is not None:
        return reader.peer.address
    return "" if asked.reader is None else asked.reader.iri


def find_undertaking(session: Session, asked: Asked) -> Document | None:
    """Find an undertaking of ours for the customer it was signed towards."""
    row = undertakings.load_own_undertaking(session, asked.iri)
    return None if row is None else _shown_to_its_peer(session, asked, row)


def find_grant(session: Session, asked: Asked) -> Document | None:
    """Find a grant of ours for the business it was given to."""
    row = grants.load_given(session, asked.iri)
    return None if row is None else _shown_to_its_peer(session, asked, row)


def _shown_to_its_peer(
    session: Session, asked: Asked, row: undertakings.UndertakingRow | grants.GrantRow
) -> Document | None:
    """Return the document of what is between two, if it is the other one who asks, and is not blocked."""
    peer = _peer(session, row.actor, asked.reader)
    if peer is None or peer.id != row.peer or peer.blocked:
        return None
    return {"@context": TERMS_ACTIVITY_CONTEXT, **row.document}


def _tombstone(row: IntentionRow) -> Document:
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": row.iri,
        "type": "Tombstone",
        "formerType": "Proposal",
        "deleted": render_time(row.updated_at),
    }


def find_activity(session: Session, asked: Asked) -> Document | None:
    """Find an activity of ours, with its proof, for someone it is addressed to."""
    recorded = journal.load_entry_about(session, asked.iri, direction=Direction.OUT)
    if recorded is None or not recorded.entry.body:
        return None
    entry = recorded.entry
    activity = strictjson.parse(entry.body)
    reader = _Known.load(session, entry.actor, asked.reader)
    if not reader.may_hear(session, entry, activity):
        return None
    return None if _kept_back(session, entry.actor, [asked.iri]) else activity


def find_negotiation(session: Session, asked: Asked) -> Document | None:
    """Find the moves of a negotiation, by their addresses, for the other end of it.

    What happened by our clock is no activity of anybody's: it has no address, and is not told.
    """
    rows = [offers.load_offer_by_negotiation(session, actor, asked.iri) for actor in asked.actors]
    for row in rows:
        if row is not None and _is_peer(session, row, asked.reader):
            made = [move for move in list_moves(session, row.id) if move.by_party is not Party.CLOCK]
            kept_back = _kept_back(session, row.actor, [move.iri for move in made])
            moves = [move.iri for move in made if move.iri not in kept_back]
            return {**collection(asked.iri, row.actor), "totalItems": len(moves), "orderedItems": moves}
    return None


def _kept_back(session: Session, actor: str, activities: Sequence[str]) -> set[str]:
    """Return those of our activities that nobody can have heard: no attempt to send them was ever begun.

    Of a move that was taken back and how it was sent is forgotten nobody can tell, so it is none either.
    """
    sent = deliveries.deliveries_of(session, actor, activities)
    begun = {row.activity for row in sent if row.tried or row.state not in _NOT_BEGUN}
    void = {move.iri for move in moves_by_iri(session, actor, activities) if _is_taken_back(move)}
    return ({row.activity for row in sent} | void) - begun


def _is_taken_back(move: MoveRow) -> bool:
    # The word that an acceptance is revoked may change nothing, and was sent all the same.
    return move.status is MoveStatus.VOID and move.event is not Event.REVOKE


def find_agreement(session: Session, asked: Asked) -> Document | None:
    """Find an agreement for the other party to it."""
    for row in agreements.load_agreements_at(session, asked.iri):
        if _is_peer(session, row, asked.reader):
            return {"@context": activity_context(with_terms="terms" in row.document), **row.document}
    return None


def _peer(session: Session, actor: str, reader: Asker | None) -> PeerRow | None:
    """Return the peer who asks. Who signs with a key that the peer did not have is nobody known."""
    peer = None if reader is None else peers.load_peer_at(session, actor, reader.iri)
    if peer is None or reader is None or not keys.is_trusted(session, actor, peer, reader.fragment):
        return None
    return peer


def _is_peer(session: Session, row: AgreementRow | OfferRow, reader: Asker | None) -> bool:
    peer = _peer(session, row.actor, reader)
    return peer is not None and peer.id == row.peer and not peer.blocked
