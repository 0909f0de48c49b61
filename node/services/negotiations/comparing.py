"""Comparing: the standing offers to an intention of ours side by side.

Rules that hold here: whatever puts them in order is computed here and leaves the node in no message: limit,
weights, and that there are others.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, TypedDict, cast

from node.core.comparison import Basis, differing, rank, view_cost, within_limit
from node.core.drafts import view_time
from node.core.standings import standings, view_standing
from node.core.weighing import Weights, view_weights, weigh
from node.services.acting import Acting
from node.services.intentions import showing
from node.services.intentions.showing import IntentionShown
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.showing import OfferCompared, OfferShown, show_offers
from node.storage import offers, peer_keys, peers
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.peer_keys import KeyState
from node.storage.session import Session
from protocol.intentions import read_intention

COMPARED: Final = 100  # offers side by side: more than a person looks at, and few enough to answer at once


class Comparison(TypedDict):
    """The standing offers to an intention, the best first.

    They are in order by what `basis` says and over how many months, or by the `weights` that were given.
    """

    intention: IntentionShown
    offers: Sequence[OfferCompared]
    more: bool
    differ: Sequence[str]
    basis: Basis
    over: int | None
    weights: dict[str, Any] | None


def compare(
    session: Session,
    acting: Acting,
    intention: str,
    *,
    over: int | None = None,
    weights: Weights | None = None,
) -> Comparison:
    """Put the standing offers to an intention of ours side by side, the best first.

    First those that meet every hard specification, among them what costs least, for `over` months if given
    (`node.core.comparison.rank`), or what weighs most (`node.core.weighing`). Of more than `COMPARED` the
    newest are taken, and `more` says that there are others.
    """
    row = showing.load(session, acting, intention)
    wish = read_intention(row.document)
    found = offers.standing_offers(session, acting.iri, row.iri, limit=COMPARED + 1)
    standing = found[COMPARED - 1 :: -1]  # the oldest first, as they came
    drafts = [read_terms_of(offer) for offer in standing]
    shown = show_offers(session, acting.iri, standing)
    held = _held(session, acting, standing)
    shut_out = frozenset(
        place for place, offer in enumerate(shown) if offer["id"] in held or offer["peer"]["blocked"]
    )
    ranking = rank(wish, drafts, over=over, shut_out=shut_out)
    if weights is not None:
        ranking = weigh(ranking, wish, drafts, weights, now=acting.now, shut_out=shut_out)
    limit = _limit(row)
    stand = standings(wish, drafts, ranking, limit=limit, shut_out=shut_out)
    known = peers.peers_by_id(session, acting.iri, {offer.peer for offer in standing})
    compared = [
        _compared(
            shown[place],
            rank=number,
            held=shown[place]["id"] in held,
            within_limit=within_limit(drafts[place], limit),
            lowest=place in ranking.lowest,
            known_since=view_time(known[standing[place].peer].first_seen),
            **view_cost(drafts[place], ranking.costs[place]),
            **view_standing(stand[place], drafts[place]),
        )
        for number, place in enumerate(ranking.order, start=1)
    ]
    return {
        "intention": showing.view(session, row),
        "offers": compared,
        "more": len(found) > COMPARED,
        "differ": differing(drafts),
        "basis": ranking.basis,
        "over": ranking.over,
        "weights": view_weights(weights),
    }


def _compared(shown: OfferShown, **beside: Any) -> OfferCompared:
    return cast("OfferCompared", {**shown, "signature": "verified", **beside})


def _limit(row: IntentionRow) -> Decimal | None:
    stated = row.private.get("limit_price")
    return None if stated is None else Decimal(stated)


def _held(session: Session, acting: Acting, standing: Sequence[OfferRow]) -> frozenset[str]:
    """Return the offers (by id) whose maker has a new key that waits for the owner to confirm it."""
    signing = peer_keys.keys_among(session, acting.iri, {offer.peer for offer in standing})
    held = {key.peer for key in signing if key.state is KeyState.HELD}
    return frozenset(offer.id for offer in standing if offer.peer in held)
