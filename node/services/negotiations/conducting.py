"""Conduct, loaded: how we have kept to our word with a peer, and how it has with us."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypedDict

from node.core import codes
from node.core.conduct import Conduct, within
from node.services.acting import Acting
from node.storage import agreements, intentions, offers, peers
from node.storage.agreements import AgreementState
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import NotFound
from protocol.negotiation import Party, State

MOST: Final = 100  # negotiations with one peer that are looked at
_KEPT: Final = frozenset(
    {AgreementState.CONCLUDED, AgreementState.ENDING, AgreementState.ENDED, AgreementState.SUPERSEDED}
)
_BROKEN: Final = frozenset({AgreementState.RENEGED, AgreementState.LAPSED})


class ConductShown(TypedDict):
    """What became of the offers of one side: counts, and seconds in which half of the first ones came."""

    offers: int
    withdrawn: int
    accepted: int
    kept: int
    within_seconds: int | None


def show(session: Session, acting: Acting, peer: str, *, maker: Party) -> ConductShown:
    """Show what became of the newest offers between us and a peer (its id) that one side made.

    `maker` is who we are in them: with `OFFERER` they are ours, with `OFFEREE` theirs.
    """
    rows = offers.offers_with(session, acting.iri, peer, role=maker, limit=MOST)
    found = _conduct(session, acting, rows)
    return {
        "offers": found.offers,
        "withdrawn": found.withdrawn,
        "accepted": found.accepted,
        "kept": found.kept,
        "within_seconds": None if found.within is None else round(found.within.total_seconds()),
    }


def show_of(session: Session, acting: Acting, iri: str, *, maker: Party) -> ConductShown:
    """Show the same of a peer by its address.

    Raises:
        NotFound: `unknown-peer`.
    """
    row = peers.load_peer_at(session, acting.iri, iri)
    if row is None:
        raise NotFound(codes.UNKNOWN_PEER)
    return show(session, acting, row.id, maker=maker)


def _conduct(session: Session, acting: Acting, rows: Sequence[OfferRow]) -> Conduct:
    agreed = agreements.agreements_by_offer(session, acting.iri, {row.id for row in rows})
    became = [row.state for row in agreed.values()]
    first: dict[str, datetime] = {}
    for row in rows:
        if row.amends is None:  # a change answers no wish
            first[row.intention] = min(row.opened_at, first.get(row.intention, row.opened_at))
    wished = intentions.intentions_by_iri(session, acting.iri, first)
    kept = sum(state in _KEPT for state in became)
    return Conduct(
        offers=len(rows),
        withdrawn=sum(row.state is State.WITHDRAWN for row in rows),
        accepted=kept + sum(state in _BROKEN for state in became),
        kept=kept,
        within=within([first[wish.iri] - wish.received_at for wish in wished]),
    )
