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
from node.services.negotiations import offers as negotiations
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.showing import OfferCompared, show_offers
from node.storage import intentions, offers, peer_keys, peers
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
    wish, limit = read_intention(row.document), _limit(row)
    found = offers.standing_offers(session, acting.iri, row.iri, limit=COMPARED + 1)
    standing = found[COMPARED - 1 :: -1]  # the oldest first, as they came
    drafts = [read_terms_of(offer) for offer in standing]
    told = _told(session, acting, standing)
    shut_out = frozenset(
        place for place, offer in enumerate(told) if offer["held"] or offer["peer"]["blocked"]
    )
    ranking = rank(wish, drafts, over=over, shut_out=shut_out)
    if weights is not None:
        ranking = weigh(ranking, wish, drafts, weights, now=acting.now, shut_out=shut_out)
    stand = standings(wish, drafts, ranking, limit=limit, shut_out=shut_out)
    compared = [
        {
            **told[place],
            "rank": number,
            "within_limit": within_limit(drafts[place], limit),
            "lowest": place in ranking.lowest,
            **view_cost(drafts[place], ranking.costs[place]),
            **view_standing(stand[place], drafts[place]),
        }
        for number, place in enumerate(ranking.order, start=1)
    ]
    return {
        "intention": showing.view(session, row),
        "offers": cast("Sequence[OfferCompared]", compared),
        "more": len(found) > COMPARED,
        "differ": differing(drafts),
        "basis": ranking.basis,
        "over": ranking.over,
        "weights": view_weights(weights),
    }


def _limit(row: IntentionRow) -> Decimal | None:
    stated = row.private.get("limit_price")
    return None if stated is None else Decimal(stated)


def judge(session: Session, acting: Acting, id: str) -> dict[str, Any] | None:
    """Say how the terms of one negotiation, by its id, meet the wish that it is about.

    None where that is no wish of ours, as in an amendment.
    """
    offer = negotiations.load(session, acting, id)
    row = next(
        (one for one in intentions.intentions_by_iri(session, acting.iri, {offer.intention}) if one.own), None
    )
    if row is None:
        return None
    wish, draft = read_intention(row.document), read_terms_of(offer)
    (standing,) = standings(wish, [draft], rank(wish, [draft]), limit=_limit(row))
    named = {
        "id": row.id,
        "name": wish.name,
        "state": row.state,
        "limit_price": row.private.get("limit_price"),
    }
    return {"intention": named, **view_standing(standing, draft)}


def _told(session: Session, acting: Acting, standing: Sequence[OfferRow]) -> list[dict[str, Any]]:
    """Show offers, each with since when its maker is known, and whether a new key of theirs waits."""
    makers = {offer.peer for offer in standing}
    signing = peer_keys.keys_among(session, acting.iri, makers)
    held = {key.peer for key in signing if key.state is KeyState.HELD}
    known = peers.peers_by_id(session, acting.iri, makers)
    return [
        {
            **shown,
            "signature": "verified",
            "held": offer.peer in held,
            "known_since": view_time(known[offer.peer].first_seen),
        }
        for offer, shown in zip(standing, show_offers(session, acting.iri, standing), strict=True)
    ]
