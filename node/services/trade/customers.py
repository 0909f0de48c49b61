"""Customers: everybody in the pipeline, with what waits for us, what was offered, agreed and said."""

from collections.abc import Sequence
from typing import Any, TypedDict

from node.core.pipeline import Stage
from node.services.acting import Acting
from node.services.negotiations import messages
from node.services.negotiations.showing import AgreementShown, Named, show_agreements
from node.services.people import peers
from node.services.trade import pipeline
from node.services.trade.pipeline import PipelineItem
from node.storage import agreements
from node.storage.session import Session

TALKS = 5  # negotiations whose messages are shown together
SAID = 50  # messages of each


class CustomerShown(TypedDict):
    """A customer, and how many wishes and offers stand at each stage; `until` is the first end of ours."""

    peer: Named
    stages: dict[str, int]
    until: str | None
    since: str | None


class Customers(TypedDict):
    """Those who wait first, of these whose time ends first, then the others."""

    items: Sequence[CustomerShown]


class Customer(TypedDict):
    """One customer: as a peer, where things stand, what both have signed, what was said, oldest first."""

    peer: dict[str, Any]
    items: Sequence[PipelineItem]
    agreements: Sequence[AgreementShown]
    messages: Sequence[dict[str, Any]]


def list_all(session: Session, acting: Acting) -> Customers:
    """List the customers in the pipeline, the most urgent first."""
    by_peer: dict[str, list[PipelineItem]] = {}
    for item in _items(session, acting):
        by_peer.setdefault(item["peer"]["iri"], []).append(item)
    return {"items": [_customer(items) for items in by_peer.values()]}


def _items(session: Session, acting: Acting) -> list[PipelineItem]:
    open, agreed = pipeline.show(session, acting), pipeline.show(session, acting, stage=Stage.AGREED)
    return [*open["items"], *agreed["items"]]


def _customer(items: Sequence[PipelineItem]) -> CustomerShown:
    stages = [item["stage"] for item in items]
    ends = [item["until"] for item in items if item["stage"] in (Stage.ANSWER, Stage.SIGN) and item["until"]]
    return {
        "peer": items[0]["peer"],
        "stages": {stage.value: stages.count(stage) for stage in Stage},
        "until": min(filter(None, ends), default=None),
        "since": max((item["since"] for item in items if item["since"]), default=None),
    }


def show(session: Session, acting: Acting, peer: str) -> Customer:
    """Show a customer by address.

    Raises:
        NotFound: `unknown-peer`.
    """
    known = peers.show(session, acting, peer)
    items = [item for item in _items(session, acting) if item["peer"]["iri"] == known["iri"]]
    offers = [item["offer"] for item in items if item["offer"] is not None]
    agreed = agreements.agreements_by_offer(session, acting.iri, set(offers))
    shown = show_agreements(session, acting.iri, [*agreed.values()], now=acting.now)
    said = [
        message
        for offer in offers[:TALKS]
        for message in messages.list(session, acting, offer, limit=SAID)["items"]
    ]
    return {
        "peer": known,
        "items": items,
        "agreements": [one for one in shown if one["concluded_at"] is not None],
        "messages": sorted(said, key=lambda message: str(message["at"])),
    }
