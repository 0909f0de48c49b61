"""Customers: everybody in the pipeline, with what waits for us, what was offered, agreed and said."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypedDict

from node.core import codes
from node.core.pipeline import Stage, states_at
from node.core.publications import Publication
from node.services.acting import Acting
from node.services.negotiations import conducting, messages
from node.services.negotiations.conducting import ConductShown
from node.services.negotiations.loading import load_many, load_peers, to_counterpart
from node.services.negotiations.showing import AgreementShown, Named, show_agreements, show_peer
from node.services.people import peers, publishing
from node.services.trade import losses, pipeline
from node.services.trade.losses import LostOffers
from node.services.trade.pipeline import PipelineItem
from node.storage import agreements, glimpses, intentions, offers
from node.storage import messages as message_rows
from node.storage import peers as peer_rows
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import NotFound
from protocol.negotiation import Party

MOST = 100  # offers, and open wishes, of one customer that are looked at
TALKS = 5  # negotiations whose messages are shown together
LOST = 5  # of what came to nothing, the newest: all of it has a page of its own
SAID = 50  # messages of each, the newest
WRITTEN_SINCE: Final = timedelta(days=14)
"""So long somebody who has written about what is agreed stands before the desk: thanks need no answer."""


class CustomerShown(TypedDict):
    """A customer, and how many wishes and offers stand at each stage.

    `until` is the first end of ours, `since` when the last of them came to stand as it does.
    """

    id: str
    peer: Named
    stages: dict[str, int]
    until: str | None
    since: str | None


class Customers(TypedDict):
    """Those who wait first, of these whose time ends first, then the others."""

    items: Sequence[CustomerShown]


class WriterShown(TypedDict):
    """A customer who has written last about something that is agreed."""

    id: str
    peer: Named


class Customer(TypedDict):
    """One customer: as a peer, where things stand, what both have signed, what was said, oldest first.

    Each message has the `name` of what it is about. `talks` are the names of negotiations, by their ids, in
    which something may be said: first those where something was said last.
    `seen` is how we have kept to our word with them, as they know it too, `public` what of our profile is
    public, by the names of its members. Agreements are all that there were, those that are over too, the
    newest first; `lost` is what came to nothing, the newest of it.
    """

    id: str
    peer: dict[str, Any]
    items: Sequence[PipelineItem]
    agreements: Sequence[AgreementShown]
    lost: LostOffers
    messages: Sequence[dict[str, Any]]
    talks: Mapping[str, str]
    seen: ConductShown
    public: Publication


def list_all(session: Session, acting: Acting) -> Customers:
    """List the customers in the pipeline, the most urgent first."""
    by_id: dict[str, list[PipelineItem]] = {}
    open, agreed = pipeline.show(session, acting), pipeline.show(session, acting, stage=Stage.AGREED)
    for item in (*open["items"], *agreed["items"]):
        by_id.setdefault(item["customer"], []).append(item)
    return {"items": [_customer(items) for items in by_id.values()]}


def _customer(items: Sequence[PipelineItem]) -> CustomerShown:
    stages = [item["stage"] for item in items]
    ends = [item["until"] for item in items if item["stage"] in (Stage.ANSWER, Stage.SIGN) and item["until"]]
    return {
        "id": items[0]["customer"],
        "peer": items[0]["peer"],
        "stages": {stage.value: stages.count(stage) for stage in Stage},
        "until": min(filter(None, ends), default=None),
        "since": max((item["since"] for item in items if item["since"]), default=None),
    }


def show(session: Session, acting: Acting, id: str) -> Customer:
    """Show a customer by id.

    Raises:
        NotFound: `unknown-id`.
    """
    row = peer_rows.load_peer(session, acting.iri, id)
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    made = pipeline.sold(session, acting, offers.offers_to(session, acting.iri, row.id, limit=MOST))
    wishes = intentions.open_intentions_of(session, acting.iri, row.id, limit=MOST)
    agreed = agreements.agreements_by_offer(session, acting.iri, {offer.id for offer in made})
    newest = [agreed[offer.id] for offer in made if offer.id in agreed]
    shown = show_agreements(session, acting.iri, newest, now=acting.now)
    items = pipeline.items_of_customer(session, acting, wishes, made)
    talked = message_rows.lately_talked(session, [offer.id for offer in made], limit=TALKS)
    names = _names(session, acting, [offer for offer in made if offer.id in talked])
    said = [
        {**message, "name": names[offer]}
        for offer in talked
        for message in messages.newest(session, acting, offer, limit=SAID)
    ]
    others = {
        item["offer"]: item["name"]
        for item in items
        if item["offer"] is not None and item["offer"] not in talked
    }
    return {
        "id": row.id,
        "peer": peers.show(session, acting, row.address),
        "items": items,
        "agreements": [one for one in shown if one["concluded_at"] is not None],
        "lost": losses.show(session, acting, customer=row.id, limit=LOST),
        "messages": sorted(said, key=lambda message: str(message["at"])),
        "talks": {each: names[each] for each in talked} | others,
        "seen": conducting.show(session, acting, row.id, maker=Party.OFFERER),
        "public": publishing.show(session, acting)["members"],
    }


def writers(session: Session, acting: Acting) -> Sequence[WriterShown]:
    """Return who wrote lately about something that is agreed, and to whom nobody has written back."""
    rows = [
        row
        for state in states_at(Stage.AGREED)
        for row in glimpses.named_earning(session, acting.iri, state=state, limit=pipeline.SEARCHED)
    ]
    written = message_rows.unanswered(session, [row.id for row in rows])
    oldest = acting.now - WRITTEN_SINCE
    lately = [row for row in rows if written.get(row.id, oldest) > oldest]
    lately.sort(key=lambda row: written[row.id], reverse=True)
    ends = load_peers(session, acting.iri, {row.peer for row in lately})
    return [
        {"id": id, "peer": show_peer(to_counterpart(ends[id]))}
        for id in dict.fromkeys(row.peer for row in lately)
    ]


def id_at(session: Session, acting: Acting, iri: str) -> str | None:
    """Return the id of the customer at an address; None where nobody is known."""
    row = peer_rows.load_peer_at(session, acting.iri, iri)
    return None if row is None else row.id


def _names(session: Session, acting: Acting, rows: Sequence[OfferRow]) -> dict[str, str]:
    """Return what these negotiations are about, by their ids."""
    loaded = load_many(session, acting.iri, rows)
    return {id: one.begun.draft.name for id, one in loaded.items()}
