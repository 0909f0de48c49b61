"""What was chosen for a wish: an acceptance of ours that waits, here or over there, or what was agreed.

Rules here: until it is agreed the other offers stand as they did, and nobody is told of anything; but whoever
looks at them is told that one was chosen, because another acceptance would bind, too.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from node.services.acting import Acting
from node.services.negotiations import reconsidering
from node.storage import agreements, glimpses, offers, peers
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Party, State
from protocol.values import dataclass

_LOOKED_AT: Final = 100  # acceptances that wait, of all wishes: each is a person's decision


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offer that was accepted: its id, whose it is, and when that leaves; None if it has left.

    `changes` tells that it is to change an agreement.
    """

    offer: str
    peer: str
    leaves_at: datetime | None
    changes: bool = False


def among(session: Session, acting: Acting) -> Mapping[str, str]:
    """Return whose offer was accepted and is not agreed yet, for each wish (by its IRI) of which one was."""
    accepted = offers.list_offers(
        session, acting.iri, state=State.ACCEPTED, role=Party.OFFEREE, limit=_LOOKED_AT
    ).items
    return dict(reversed(_named(session, acting, [row for row in accepted if row.amends is None])))


def of(session: Session, acting: Acting, wish: str) -> list[Chosen]:
    """Return which offers to a wish (its IRI) were accepted and are not agreed yet, the newest first."""
    rows = offers.list_offers(session, acting.iri, intention=wish, state=State.ACCEPTED).items
    accepted = [row for row in rows if row.amends is None and row.role is Party.OFFEREE]
    named = _named(session, acting, accepted)
    return [
        Chosen(row.id, peer, reconsidering.undoable_until(session, acting, row.id))
        for row, (_, peer) in zip(accepted, named, strict=True)
    ]


def undoable(session: Session, acting: Acting, *, limit: int) -> list[Chosen]:
    """Return which acceptances of ours have not left, the next to leave first, up to a limit."""
    rows = glimpses.held_acceptances(session, acting.iri, now=acting.now, limit=limit)
    names = _names(session, acting, {row.peer for row in rows})
    return [Chosen(row.offer, names[row.peer], row.leaves_at, bool(row.changes)) for row in rows]


def agreed(session: Session, acting: Acting, wish: str) -> str | None:
    """Return the agreement (its id) that met a wish of ours (its IRI); None if none did."""
    found = agreements.met_by(session, acting.iri, wish)
    return None if found is None else found.id


def _named(session: Session, acting: Acting, rows: list[OfferRow]) -> list[tuple[str, str]]:
    names = _names(session, acting, {row.peer for row in rows})
    return [(row.intention, names[row.peer]) for row in rows]


def _names(session: Session, acting: Acting, ids: Collection[str]) -> Mapping[str, str]:
    return {
        id: row.name or row.handle or "" for id, row in peers.peers_by_id(session, acting.iri, ids).items()
    }
