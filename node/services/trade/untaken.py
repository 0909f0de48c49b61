"""Offers that were not taken there: no stage of a pipeline has them, and their wish is still open."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict

from node.services.acting import Acting
from node.services.negotiations.loading import load_peers, to_counterpart
from node.services.negotiations.showing import Named, show_peer
from node.services.trade import shop
from node.storage import glimpses, intentions, offers
from node.storage.session import Session
from protocol.negotiation import Party, State

LOOKED_THROUGH = 50  # of the newest that were refused; older ones were seen, or their wish has ended


class UntakenShown(TypedDict):
    """An offer of ours that the other side's server refused: to which wish (its id), and whose that is."""

    intention: str
    offer: str
    name: str
    peer: Named


def untaken(session: Session, acting: Acting) -> Sequence[UntakenShown]:
    """Return for each open wish to which all that was offered was refused the newest offer, newest first."""
    refused = glimpses.named_offers(
        session, acting.iri, role=Party.OFFERER, state=State.REFUSED, limit=LOOKED_THROUGH
    )
    among = Counter(one.intention for one in refused)
    made = offers.count_offers_of(session, acting.iri, set(among))
    newest = {one.intention: one for one in reversed(refused)}
    ends = load_peers(session, acting.iri, {one.peer for one in refused})
    wishes = {row.iri: row for row in intentions.intentions_by_iri(session, acting.iri, among)}
    found = list[UntakenShown]()
    for iri in among:
        row = wishes.get(iri)
        if row is not None and shop.stands(acting, row) and made[iri][0] == among[iri]:
            peer = show_peer(to_counterpart(ends[newest[iri].peer]))
            found.append({"intention": row.id, "offer": newest[iri].id, "name": row.name, "peer": peer})
    return found
