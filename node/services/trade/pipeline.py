"""The pipeline of a business: its wishes and offers, each with what is next and until when."""

from collections.abc import Sequence
from typing import Any, TypedDict, cast

from node.core.drafts import view_draft, view_time
from node.core.negotiations import Negotiation
from node.core.pipeline import (
    NextStep,
    PipelinePlace,
    Stage,
    count_stages,
    is_under_way,
    standing_offer,
    standing_wish,
    states_at,
    view_standing,
)
from node.services.acting import Acting
from node.services.negotiations.loading import load_many, load_peers, to_counterpart
from node.services.negotiations.showing import Named, show_peer
from node.services.trade import shop
from node.services.trade.waiting import Why, why
from node.storage import deliveries, offers
from node.storage.deliveries import DeliveryState
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.intentions import Intention, read_intention
from protocol.negotiation import Party

SHOWN = 100  # negotiations in each state; more than a person works through


class MatchShown(TypedDict):
    """How many points a wish has, and how many of them an offer meets, misses, or says nothing about."""

    points: int
    met: int
    missed: int
    open: int


class PipelineItem(TypedDict):
    """One wish, or one offer for it: where it stands, what is next, and until when.

    `intention` is its id, None where the wish is not known here; `name` what is wanted, or offered where that
    is not known. `total` is our price, `asked` what the customer would pay, `asked_percent` how far apart
    they are. `why` tells why the rule has offered nothing.
    """

    stage: Stage
    step: NextStep
    intention: str | None
    offer: str | None
    agreement: str | None
    name: str
    place: str | None
    needed_by: str | None
    peer: Named
    match: MatchShown | None
    total: str | None
    currency: str
    asked: str | None
    asked_percent: str | None
    until: str | None
    since: str | None
    why: Why | None


class PipelineShown(TypedDict):
    """Negotiations by state, what stands at each stage, and what is to be done, the most urgent first."""

    counts: dict[str, int]
    stages: dict[str, int]
    items: Sequence[PipelineItem]


def show(session: Session, acting: Acting, *, stage: Stage | None = None) -> PipelineShown:
    """Show what stands at one stage; without one, all that is not agreed yet."""
    counts = offers.count_by_state(session, acting.iri, role=Party.OFFERER)
    waiting = shop.waiting(session, acting)
    rows = [
        row
        for state in states_at(stage)
        for row in offers.list_offers(session, acting.iri, role=Party.OFFERER, state=state, limit=SHOWN).items
    ]
    wanted = waiting if stage in (None, Stage.ANSWER) else []
    found = [*_wishes(session, acting, wanted), *_offers(session, acting, rows)]
    found.sort(key=lambda each: each[0].order)
    stages = count_stages(counts, len(waiting))
    return {"counts": counts, "stages": stages, "items": [item for _, item in found]}


def items_of_wishes(session: Session, acting: Acting, rows: Sequence[IntentionRow]) -> list[PipelineItem]:
    """Show where wishes stand that are open and have no offer of ours."""
    return [
        item for _, item in _wishes(session, acting, [row for row in rows if shop.takes_offers(acting, row)])
    ]


def items_of_offers(session: Session, acting: Acting, rows: Sequence[OfferRow]) -> list[PipelineItem]:
    """Show where those negotiations stand that are under way or agreed."""
    return [item for _, item in _offers(session, acting, [row for row in rows if is_under_way(row.state)])]


def _wishes(
    session: Session, acting: Acting, rows: Sequence[IntentionRow]
) -> list[tuple[PipelinePlace, PipelineItem]]:
    rule = shop.load_rule(session, acting.iri)
    ends = load_peers(session, acting.iri, {row.peer for row in rows if row.peer is not None})
    return [
        _wish(row, show_peer(to_counterpart(ends[row.peer])), why(session, acting, wish, rule), wish)
        for row in rows
        if row.peer is not None
        for wish in (read_intention(row.document),)
    ]


def _wish(row: IntentionRow, peer: Named, why: Why, wish: Intention) -> tuple[PipelinePlace, PipelineItem]:
    standing = standing_wish(row.deadline)
    return standing, _item(
        standing,
        wish,
        intention=row.id,
        name=wish.name,
        peer=peer,
        currency=wish.currency,
        since=view_time(row.received_at),
        why=why,
    )


def _offers(
    session: Session, acting: Acting, rows: Sequence[OfferRow]
) -> list[tuple[PipelinePlace, PipelineItem]]:
    loaded = load_many(session, acting.iri, rows)
    sent = deliveries.deliveries_of(session, acting.iri, [row.standing for row in rows])
    arrived = {(one.activity, one.recipient) for one in sent if one.state is DeliveryState.DELIVERED}
    return [_offer(loaded[row.id], has_arrived=(row.standing, row.peer) in arrived) for row in rows]


def _offer(negotiation: Negotiation, *, has_arrived: bool) -> tuple[PipelinePlace, PipelineItem]:
    thread, wanted = negotiation.begun, negotiation.intention
    wish = None if wanted is None else read_intention(wanted.document)
    standing = standing_offer(thread, wish, has_arrived=has_arrived)
    terms = view_draft(thread.draft)
    return standing, _item(
        standing,
        wish,
        intention=None if wanted is None else wanted.id,
        offer=negotiation.id,
        agreement=None if negotiation.agreement is None else negotiation.agreement.id,
        name=thread.draft.name if wish is None else wish.name,
        peer=show_peer(negotiation.peer),
        total=terms["total"],
        currency=thread.draft.currency,
        asked=None if thread.countered is None else view_draft(thread.countered)["total"],
        since=view_time(thread.updated_at),
    )


def _item(standing: PipelinePlace, wish: Intention | None, **known: Any) -> PipelineItem:
    place = None if wish is None else wish.place
    needed_by = None if wish is None else wish.window_end
    absent = dict.fromkeys(("offer", "agreement", "total", "asked", "why"))
    shown = {
        **absent,
        **known,
        **view_standing(standing),
        "place": place,
        "needed_by": view_time(needed_by),
        "until": view_time(standing.until),
    }
    return cast("PipelineItem", shown)
