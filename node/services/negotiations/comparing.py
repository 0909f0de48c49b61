"""Comparing: the standing offers to an intention of ours side by side.

Rules that hold here: whatever puts them in order is computed here and leaves the node in no message: limit,
weights, and that there are others. All are put in order, and only those that are shown are read whole.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final, TypedDict, cast

from node.core.attention import Choice
from node.core.comparison import (
    Basis,
    Ranking,
    Tender,
    differing,
    rank,
    read_tender,
    view_tender,
    within_limit,
)
from node.core.drafts import view_time
from node.core.standings import Yardstick, standings, view_standing, yardstick
from node.core.weighing import Weights, view_weights, weigh
from node.services.acting import Acting
from node.services.intentions import showing
from node.services.intentions.showing import IntentionShown
from node.services.negotiations import offers as negotiations
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.showing import OfferCompared, show_offers
from node.services.negotiations.tendering import order_of, tenders_of
from node.storage import intentions, offers, peer_keys, peers
from node.storage.glimpses import StandingOffer, standing_offers
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.intentions import read_intention
from protocol.values import dataclass

COMPARED: Final = 1_000  # offers put in order: enough to find the best, and few enough to answer at once
SHOWN: Final = 100  # of them side by side: more than a person looks at


class Comparison(TypedDict):
    """The standing offers to an intention, the best first.

    They are in order by what `basis` says and over how many months, or by the `weights` that were given.
    `count` are compared, of which `offers` are shown.
    """

    intention: IntentionShown
    offers: Sequence[OfferCompared]
    count: int
    more: bool
    differ: Sequence[str]
    basis: Basis
    over: int | None
    weights: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The offers to one wish that could be accepted now, the oldest first, as they are compared.

    `shut_out` are the places of those that nobody would accept, `held` the ids of makers with a key that
    waits; `more` tells that there are others, older than these.
    """

    limit: Decimal | None
    standing: Sequence[StandingOffer]
    tenders: Sequence[Tender]
    shut_out: frozenset[int]
    held: Collection[str]
    more: bool


def compare(
    session: Session,
    acting: Acting,
    intention: str,
    *,
    over: int | None = None,
    weights: Weights | None = None,
    skip: int = 0,
    limit: int = SHOWN,
    also: Collection[str] = (),
) -> Comparison:
    """Put the standing offers to an intention of ours side by side, the best first.

    First those that meet every hard specification, among them what costs least, for `over` months if given
    (`node.core.comparison.rank`), or what weighs most (`node.core.weighing`). Of more than `COMPARED` the
    newest are taken, and `more` says that there are others.

    Shown are `limit` of them behind the first `skip`, and beside them those with the ids in `also`.
    """
    row = showing.load(session, acting, intention)
    contest = _contest(session, row)
    order = order_of(row, contest.standing, contest.tenders, over=over, shut_out=contest.shut_out)
    ranking = order.ranking
    if weights is not None:
        ranking = weigh(ranking, contest.tenders, weights, now=acting.now, shut_out=contest.shut_out)
    asked = {place for place, offer in enumerate(contest.standing) if offer.id in also}
    shown = [
        (number, place)
        for number, place in enumerate(ranking.order, start=1)
        if skip < number <= skip + limit or place in asked
    ]
    return {
        "intention": showing.view(session, row),
        "offers": _compared(session, acting, contest, ranking, order.measure, shown),
        "count": len(contest.standing),
        "more": contest.more,
        "differ": differing([contest.tenders[place].draft for _, place in shown]),
        "basis": ranking.basis,
        "over": ranking.over,
        "weights": view_weights(weights),
    }


def choices(session: Session, row: IntentionRow, *, limit: int) -> tuple[list[Choice], Ranking, bool]:
    """Return what there is to choose from for a wish of ours: the offers that somebody might accept.

    Beside them is the order in which they are compared. Of more than `limit` the newest are looked at, and it
    is told that there are others.
    """
    contest = _contest(session, row, most=limit)
    ranking = order_of(row, contest.standing, contest.tenders, over=None, shut_out=contest.shut_out).ranking
    found = [
        Choice(cost=ranking.costs[place], fits=not tender.missed, ends_at=offer.expires_at)
        for place, (offer, tender) in enumerate(zip(contest.standing, contest.tenders, strict=True))
        if place not in contest.shut_out
    ]
    return found, ranking, contest.more


def _contest(session: Session, row: IntentionRow, *, most: int = COMPARED) -> Contest:
    found = standing_offers(session, row.actor, row.iri, limit=most + 1)
    standing = found[most - 1 :: -1]  # the oldest first, as they came
    makers = {offer.peer for offer in standing}
    held = peer_keys.held_among(session, row.actor, makers)
    out = held | peers.blocked_among(session, row.actor, makers)
    return Contest(
        limit=_limit(row),
        standing=standing,
        tenders=tenders_of(session, row, standing),
        shut_out=frozenset(place for place, offer in enumerate(standing) if offer.peer in out),
        held=held,
        more=len(found) > most,
    )


def _compared(
    session: Session,
    acting: Acting,
    contest: Contest,
    ranking: Ranking,
    measure: Yardstick,
    shown: Sequence[tuple[int, int]],
) -> Sequence[OfferCompared]:
    """Show offers by their numbers and places, with what sets each apart from all that are compared."""
    places = [place for _, place in shown]
    placings = standings(
        contest.tenders, ranking, measure, places, limit=contest.limit, shut_out=contest.shut_out
    )
    told = _told(session, acting, contest, places)
    compared = [
        {
            **each,
            "rank": number,
            "within_limit": within_limit(contest.tenders[place].draft, contest.limit),
            "lowest": place in ranking.lowest,
            **view_tender(contest.tenders[place], ranking.costs[place]),
            **view_standing(placing, contest.tenders[place].draft),
        }
        for (number, place), placing, each in zip(shown, placings, told, strict=True)
    ]
    return cast("Sequence[OfferCompared]", compared)


def _limit(row: IntentionRow) -> Decimal | None:
    stated = row.private.get("limit_price")
    return None if stated is None else Decimal(stated)


def judge(session: Session, acting: Acting, id: str) -> dict[str, Any] | None:
    """Say how the terms of one negotiation, by its id, meet the wish that it is about.

    None where that is no wish of ours, and for what amends an agreement: it answers that one, is in whatever
    currency it likes, and the wish was met.
    """
    offer = negotiations.load(session, acting, id)
    row = next(
        (one for one in intentions.intentions_by_iri(session, acting.iri, {offer.intention}) if one.own), None
    )
    if row is None or offer.amends is not None:
        return None
    wish = read_intention(row.document)
    tender = read_tender(wish, read_terms_of(offer))
    alone = rank([tender])
    (standing,) = standings([tender], alone, yardstick([tender], alone), [0], limit=_limit(row))
    named = {
        "id": row.id,
        "name": wish.name,
        "state": row.state,
        "limit_price": row.private.get("limit_price"),
    }
    return {"intention": named, **view_standing(standing, tender.draft)}


def _told(session: Session, acting: Acting, contest: Contest, places: Sequence[int]) -> list[dict[str, Any]]:
    """Show offers with what is known of who made each: since when, and whether a new key of theirs waits."""
    standing = [contest.standing[place] for place in places]
    drafts = {contest.standing[place].id: contest.tenders[place].draft for place in places}
    rows = {row.id: row for row in offers.offers_by_id(session, acting.iri, {offer.id for offer in standing})}
    known = peers.peers_by_id(session, acting.iri, {offer.peer for offer in standing})
    shown = show_offers(session, acting.iri, [rows[offer.id] for offer in standing], drafts=drafts)
    return [
        {
            **each,
            "signature": "verified",
            "held": offer.peer in contest.held,
            "known_since": view_time(known[offer.peer].first_seen),
        }
        for offer, each in zip(standing, shown, strict=True)
    ]
