"""Alternatives: offers of one business to one wish, either of which may be chosen: with and without data.

Rules that hold here:

- A first offer names the other one, and that binds nobody: each is an ordinary offer, and accepting one
  leaves the other to the ordinary course.
- What is named counts only if it is here, another negotiation with the same peer about the same wish. Else
  the name is passed over: the other may have been turned away at the door, or be somebody else's.
"""

from collections.abc import Iterable, Mapping

from node.core import codes
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.storage import offers
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import Unprocessable
from protocol.negotiation import Party, State


def named(session: Session, acting: Acting, intention: IntentionRow, id: str) -> str:
    """Return the IRI of an offer of ours (by its id) to which another one is to be an alternative.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
        Unprocessable: `no-alternative`, it is to another intention, not ours, an amendment, or over.
    """
    other = offers.load_offer(session, acting.iri, resolve_id(session, "offers", acting.iri, id))
    if (
        other is None
        or other.role is not Party.OFFERER
        or other.intention != intention.iri
        or other.amends is not None
        or other.state not in (State.OFFERED, State.COUNTERED)
    ):
        raise Unprocessable(codes.NO_ALTERNATIVE)
    return other.standing


def others_of(session: Session, actor: str, negotiations: Iterable[Negotiation]) -> dict[str, str]:
    """Return by negotiation (its id) which offer (its id) that is an alternative to, if the other is here."""
    naming = {
        each.id: (each.thread, iri)
        for each in negotiations
        if each.thread is not None and (iri := each.thread.alternative_to) is not None
    }
    if not naming:
        return {}
    found = offers.offers_by_moves(session, actor, {iri for _, iri in naming.values()})
    return {
        id: other.id
        for id, (thread, iri) in naming.items()
        if (other := found.get(iri)) is not None
        and other.id != id
        and (other.peer, other.intention, other.role) == (thread.peer, thread.intention, thread.role)
        and other.amends is None
    }


def standing_beside(session: Session, actor: str, offer: OfferRow) -> list[OfferRow]:
    """Return the offers that stand beside one to choose from: those that name it, and what it names."""
    rows = offers.standing_with(session, actor, offer.peer, intention=offer.intention)
    iris = {row.alternative_to for row in (*rows, offer) if row.alternative_to is not None}
    found = offers.offers_by_moves(session, actor, iris) if iris else {}
    mine = found.get(offer.alternative_to or "")
    return [
        row
        for row in rows
        if row.id != offer.id
        and row.role is offer.role
        and ((mine is not None and row.id == mine.id) or _names(row, offer, found))
    ]


def _names(row: OfferRow, offer: OfferRow, found: Mapping[str, OfferRow]) -> bool:
    other = found.get(row.alternative_to or "")
    return other is not None and other.id == offer.id
