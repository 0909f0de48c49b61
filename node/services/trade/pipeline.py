"""The pipeline of a business: its wishes and offers, each with what is next and until when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, cast

from node.core.drafts import view_least, view_time, view_total
from node.core.intentions import view_pause
from node.core.negotiations import Negotiation
from node.core.pipeline import (
    NextStep,
    PipelinePlace,
    Stage,
    count_stages,
    is_called,
    is_sought,
    is_under_way,
    standing_change,
    standing_offer,
    standing_wish,
    states_at,
    view_standing,
    words_sought,
)
from node.services.acting import Acting
from node.services.intentions.pausing import RESUMED
from node.services.intentions.showing import PauseShown
from node.services.negotiations import cosign_showing
from node.services.negotiations.asking import ANSWERED, ASKED
from node.services.negotiations.loading import load_many, load_peers, to_counterpart
from node.services.negotiations.showing import Named, show_peer
from node.services.negotiations.turns import TURNS
from node.services.negotiations.undoing import REFUSED
from node.services.trade import losses, shop
from node.services.trade.waiting import Why, why
from node.storage import agreements, deliveries, glimpses, intentions, messages, offers
from node.storage.deliveries import DeliveryState
from node.storage.glimpses import NamedOffer
from node.storage.intentions import IntentionRow
from node.storage.moves import stand_since
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.intentions import Intention, read_intention
from protocol.negotiation import Party, State
from protocol.pauses import Pause

SHOWN = 100  # negotiations in each state; more than a person works through
LONGEST_SEARCH = 200  # characters
SEARCHED = 300  # negotiations in each state, the newest, through which a search looks

_ANSWERED_AT: Final = (None, Stage.ANSWER)

TOLD: Final = (*TURNS, REFUSED, "intention.withdrawn", RESUMED, ASKED, *ANSWERED)
"""What changes a pipeline, whoever did it: the rule and other people at the desk answer, too."""


class MatchShown(TypedDict):
    """How many points a wish has, and how many of them an offer meets, misses, or says nothing about."""

    points: int
    met: int
    missed: int
    open: int


class PipelineItem(TypedDict):
    """One wish, or one offer for it: where it stands, what is next, and until when.

    What is agreed is told by the agreement: whoever last proposed a change, the business is who is paid.

    `intention` is its id, None where the wish is not known here; `customer` the id of who wishes, who is at
    `peer`; `name` what is wanted, or offered where that is not known; `offered` the article of our offer.
    `total` is our price, or `least` what is owed at least where that cannot be known; `asked` what the
    customer would pay, `asked_percent` how far apart they are. `since` is when it came to stand like this,
    which no receipt changes. `pause` says that the wish takes no offers for now. `why` tells why the rule has
    offered nothing, or that an answer waits for a second signature, which is `cosignature` then (its id);
    `written_at` when the customer last wrote of it, if nobody has written back.
    """

    stage: Stage
    step: NextStep
    intention: str | None
    offer: str | None
    agreement: str | None
    customer: str
    name: str
    offered: str | None
    place: str | None
    needed_by: str | None
    peer: Named
    match: MatchShown | None
    total: str | None
    least: str | None
    currency: str
    asked: str | None
    asked_percent: str | None
    until: str | None
    since: str | None
    pause: PauseShown | None
    written_at: str | None
    why: Why | None
    cosignature: str | None


class PipelineShown(TypedDict):
    """Negotiations by state, what stands at each stage, and what is to be done, the most urgent first.

    `lost` is how many offers came to nothing in the last months (`node.services.trade.losses`). `more` tells
    that there is older than what was looked at for the items.
    """

    counts: dict[str, int]
    stages: dict[str, int]
    lost: int
    items: Sequence[PipelineItem]
    more: bool


def show(
    session: Session, acting: Acting, *, stage: Stage | None = None, search: str = "", counts: bool = False
) -> PipelineShown:
    """Show what stands at one stage; without one, all that is not agreed yet; no items with `counts`.

    With words to search for, only what has them in its wish, its place, or its customer's names, among the
    newest `SEARCHED` of each state; counts are of all, whatever is searched for. Of each state no more than
    `SHOWN` are shown, and those first whose name has each word whole: `12` is a part of many an address.
    """
    by_state = _counts(session, acting)
    waiting, is_cut = shop.waiting(session, acting)
    changes = glimpses.named_proposals(session, acting.iri, limit=SHOWN + 1)
    found, more, words = list[tuple[PipelinePlace, PipelineItem]](), False, words_sought(search)
    if not counts:
        found, more = _found(session, acting, waiting, changes[:SHOWN], stage, words)
        more = more or (stage in _ANSWERED_AT and (is_cut or len(changes) > SHOWN))
    found.sort(key=lambda each: (not is_called(words, each[1]["name"]), each[0].order))
    paused = sum(not shop.takes_offers(acting, row) for row in waiting)
    stages = count_stages(by_state, len(waiting) - paused + len(changes[:SHOWN]), paused)
    return {
        "counts": by_state,
        "stages": stages,
        "lost": losses.count(session, acting),
        "items": [item for _, item in found],
        "more": more,
    }


def _counts(session: Session, acting: Acting) -> dict[str, int]:
    """Count negotiations by state: those we began, and of what is agreed, all in which we are paid."""
    began = offers.count_by_state(session, acting.iri, role=Party.OFFERER)
    earning = agreements.count_earning(session, acting.iri)
    agreed = {state.value: earning.get(state.value, 0) for state in states_at(Stage.AGREED)}
    return began | {state: count for state, count in agreed.items() if count or state in began}


def count_waiting(session: Session, acting: Acting) -> int:
    """Count what waits for this business: wishes and counter-offers to answer, and acceptances to sign."""
    stages = show(session, acting, counts=True)["stages"]
    return stages[Stage.ANSWER] + stages[Stage.SIGN]


def _found(
    session: Session,
    acting: Acting,
    waiting: Sequence[IntentionRow],
    changes: Sequence[NamedOffer],
    stage: Stage | None,
    words: Sequence[str],
) -> tuple[list[tuple[PipelinePlace, PipelineItem]], bool]:
    """Return what is shown, and whether there is more of our offers than was looked at.

    What is searched through is little of each; read whole is what was found.
    """
    said = _Said(session, acting.iri)
    made, more = list[NamedOffer](), False
    at = [row for row in waiting if stage in (None, standing_wish(None, _pause(acting, row)).stage)]
    wanted = said.wishes_of(words, at)
    if stage in _ANSWERED_AT:
        made = said.offers_of(words, changes)
    looked_at = SEARCHED if words else SHOWN
    for state in states_at(stage):
        newest = _newest(session, acting, stage, state, limit=looked_at + 1)
        found = said.offers_of(words, newest[:looked_at])
        made += found[:SHOWN]
        more = more or len(newest) > looked_at or len(found) > SHOWN
    rows = {row.id: row for row in offers.offers_by_id(session, acting.iri, {one.id for one in made})}
    return [
        *_wishes(session, acting, wanted),
        *_offers(session, acting, [rows[one.id] for one in made]),
    ], more


def _newest(
    session: Session, acting: Acting, stage: Stage | None, state: State, *, limit: int
) -> list[NamedOffer]:
    """Return the newest of our offers in a state; of what is agreed, all in which we are paid."""
    if stage is Stage.AGREED:
        return glimpses.named_earning(session, acting.iri, state=state, limit=limit)
    return glimpses.named_offers(session, acting.iri, role=Party.OFFERER, state=state, limit=limit)


def sold(session: Session, acting: Acting, rows: Sequence[OfferRow]) -> list[OfferRow]:
    """Return those negotiations in which we are paid: of what amends, whose wish it was says so."""
    amended = {row.amends for row in rows if row.amends is not None}
    ours = {row.iri for row in agreements.agreements_by_iri(session, acting.iri, amended) if row.own}
    return [row for row in rows if row.amends not in ours]


def _pause(acting: Acting, row: IntentionRow) -> Pause | None:
    return row.pause if row.pause is not None and row.pause.holds(acting.now) else None


class _Said:
    """What wishes are called and where they are, and what peers call themselves; each read once."""

    def __init__(self, session: Session, actor: str) -> None:
        self._session, self._actor = session, actor
        self._peers: dict[str, Sequence[str | None]] = {}

    def wishes_of(self, words: Sequence[str], rows: Sequence[IntentionRow]) -> list[IntentionRow]:
        """Return those that have all these words in themselves, or in their customer's names."""
        self._ask({row.peer for row in rows if row.peer is not None} if words else set())
        return [row for row in rows if self._has_all(words, row.peer, (row.name, row.place))]

    def offers_of(self, words: Sequence[str], rows: Sequence[NamedOffer]) -> list[NamedOffer]:
        """Return those with all these words in what is offered, the wish it is about, or those names."""
        if not words:
            return [*rows]
        self._ask({row.peer for row in rows})
        wishes = intentions.names_of(self._session, self._actor, {row.intention for row in rows})
        return [
            row for row in rows if self._has_all(words, row.peer, (row.name, *wishes.get(row.intention, ())))
        ]

    def _ask(self, ids: Collection[str]) -> None:
        for id, peer in load_peers(self._session, self._actor, {*ids} - self._peers.keys()).items():
            self._peers[id] = [peer.name, peer.handle, peer.address]

    def _has_all(self, words: Sequence[str], peer: str | None, texts: Sequence[str | None]) -> bool:
        return is_sought(words, [*texts, *self._peers.get(peer or "", [])])


def items_of_customer(
    session: Session, acting: Acting, wishes: Sequence[IntentionRow], made: Sequence[OfferRow]
) -> list[PipelineItem]:
    """Show where the wishes of one customer stand, and those negotiations with them in which we are paid.

    The most urgent is first.
    """
    answered = offers.count_offers_of(session, acting.iri, {row.iri for row in wishes})
    found = [
        *_wishes(session, acting, [row for row in wishes if _waits(acting, row, answered)]),
        *_offers(session, acting, [row for row in made if is_under_way(row.state)]),
    ]
    found.sort(key=lambda each: each[0].order)
    return [item for _, item in found]


def _waits(acting: Acting, row: IntentionRow, answered: Mapping[str, tuple[int, int]]) -> bool:
    return shop.stands(acting, row) and answered.get(row.iri, (0, 0))[0] == 0


def items_of_wishes(session: Session, acting: Acting, rows: Sequence[IntentionRow]) -> list[PipelineItem]:
    """Show where wishes stand that are open and have no offer of ours."""
    return [item for _, item in _wishes(session, acting, [row for row in rows if shop.stands(acting, row)])]


def items_of_offers(session: Session, acting: Acting, rows: Sequence[OfferRow]) -> list[PipelineItem]:
    """Show where those negotiations stand that are under way or agreed."""
    return [item for _, item in _offers(session, acting, [row for row in rows if is_under_way(row.state)])]


def _wishes(
    session: Session, acting: Acting, rows: Sequence[IntentionRow]
) -> list[tuple[PipelinePlace, PipelineItem]]:
    rule, waits = shop.load_rule(session, acting.iri), cosign_showing.by_thing(session, acting)
    ends = load_peers(session, acting.iri, {row.peer for row in rows if row.peer is not None})
    return [
        _wish(
            acting,
            row,
            show_peer(to_counterpart(ends[row.peer])),
            Why.SECOND if row.iri in waits else why(session, acting, row, wish, rule),
            wish,
            cosignature=waits.get(row.iri),
        )
        for row in rows
        if row.peer is not None
        for wish in (read_intention(row.document),)
    ]


def _wish(
    acting: Acting, row: IntentionRow, peer: Named, why: Why, wish: Intention, *, cosignature: str | None
) -> tuple[PipelinePlace, PipelineItem]:
    pause = _pause(acting, row)
    standing = standing_wish(row.deadline, pause)
    return standing, _item(
        standing,
        wish,
        intention=row.id,
        customer=row.peer,
        name=wish.name,
        peer=peer,
        currency=wish.currency,
        since=view_time(row.received_at),
        pause=view_pause(pause),
        why=None if pause is not None else why,
        cosignature=cosignature,
    )


def _offers(
    session: Session, acting: Acting, rows: Sequence[OfferRow]
) -> list[tuple[PipelinePlace, PipelineItem]]:
    loaded = load_many(session, acting.iri, rows)
    sent = deliveries.deliveries_of(session, acting.iri, [row.standing for row in rows])
    arrived = {(one.activity, one.recipient) for one in sent if one.state is DeliveryState.DELIVERED}
    written = messages.unanswered(session, [row.id for row in rows])
    stood = stand_since(session, [row.id for row in rows])
    waits = cosign_showing.by_thing(session, acting)
    return [
        _offer(
            acting,
            loaded[row.id],
            has_arrived=(row.standing, row.peer) in arrived,
            since=stood[row.id],
            written_at=written.get(row.id),
            cosignature=waits.get(row.id),
        )
        for row in rows
    ]


def _offer(
    acting: Acting,
    negotiation: Negotiation,
    *,
    has_arrived: bool,
    since: datetime,
    written_at: datetime | None,
    cosignature: str | None,
) -> tuple[PipelinePlace, PipelineItem]:
    thread, wanted = negotiation.begun, negotiation.intention
    wish = None if wanted is None else read_intention(wanted.document)
    is_change = thread.role is Party.OFFEREE and thread.state is State.OFFERED
    pause = (
        None if wanted is None or wanted.pause is None or not wanted.pause.holds(acting.now) else wanted.pause
    )
    standing = standing_change(thread) if is_change else standing_offer(thread, wish, has_arrived=has_arrived)
    proposed = thread.draft if is_change else thread.countered
    return standing, _item(
        standing,
        wish,
        intention=None if wanted is None else wanted.id,
        offer=negotiation.id,
        agreement=None if negotiation.agreement is None else negotiation.agreement.id,
        customer=negotiation.peer.id,
        name=thread.draft.name if wish is None else wish.name,
        offered=thread.draft.name,
        peer=show_peer(negotiation.peer),
        total=None if is_change else view_total(thread.draft),
        least=None if is_change else view_least(thread.draft),
        currency=thread.draft.currency,
        asked=None if proposed is None else view_total(proposed),
        since=view_time(since),
        pause=view_pause(pause),
        written_at=view_time(written_at),
        why=None if cosignature is None else Why.SECOND,
        cosignature=cosignature,
    )


_ABSENT: Final = (
    *("offer", "agreement", "offered", "total", "least", "asked", "written_at", "why", "cosignature"),
)
"""What a wish without an offer has none of."""


def _item(standing: PipelinePlace, wish: Intention | None, **known: Any) -> PipelineItem:
    place = None if wish is None else wish.place
    needed_by = None if wish is None else wish.window_end
    absent = dict.fromkeys(_ABSENT)
    shown = {
        **absent,
        **known,
        **view_standing(standing),
        "place": place,
        "needed_by": view_time(needed_by),
        "until": view_time(standing.until),
    }
    return cast("PipelineItem", shown)
