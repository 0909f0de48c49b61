"""Events: what a webhook is sent of an entry of the journal.

Rules here: what is said of an entry is what its noun lets an event tell, with the ids by which the owner's
API finds the things; an address of anybody's is none of these. It is the same however often it is sent.
"""

from datetime import datetime

from node.core import codes
from node.core.entries import render_instant
from node.core.webhooks import TRIAL, TYPE_PREFIX, render_event
from node.services.ledger.chapters import Ledger
from node.services.webhooks.keys import signers
from node.storage import journal, webhooks
from node.storage.agreements import load_agreement_by_offer
from node.storage.deliveries import DeliveryRow
from node.storage.intentions import load_intention_by_iri
from node.storage.offers import load_offer
from node.storage.session import Session
from node.storage.webhooks import WebhookRow
from protocol.canonical import canonicalise
from protocol.documents import Document
from protocol.errors import Local
from protocol.values import dataclass
from protocol.webhooks import HookSigner


@dataclass(frozen=True, slots=True)
class HookMessage:
    """What is posted to a webhook: the event's id, its bytes, and the keys that sign them."""

    url: str
    id: str
    body: bytes
    signers: tuple[HookSigner, ...]


def load_message(
    session: Session, row: DeliveryRow, *, ledger: Ledger, origin: str, now: datetime
) -> HookMessage:
    """Return what a delivery brings to a webhook, as it is to be sent now.

    Raises:
        Local: `webhook-idle`, the webhook is not there any more; `activity-missing`, the entry is not.
    """
    hook, place = webhooks.read_recipient(row.recipient)
    known = webhooks.load_webhook(session, row.actor, hook)
    if known is None:
        raise Local(codes.WEBHOOK_IDLE)
    recorded = journal.load_entry(session, row.entry)
    if recorded is None:
        raise Local(codes.ACTIVITY_MISSING)
    entry = recorded.entry
    told = {name: entry.decision.get(name) for name in ledger.told.get(entry.kind, ())}
    event = render_event(
        id=row.activity,
        source=row.actor,
        origin=origin,
        kind=entry.kind,
        at=entry.at,
        direction=str(entry.direction),
        place=place,
        told=told | _ids(session, row.actor, told),
    )
    return _message(session, known, row.activity, canonicalise(event), now=now)


def _ids(session: Session, actor: str, told: Document) -> Document:
    """Return the ids of what an entry is about, None for none: decisions name some by their addresses."""
    offer = load_offer(session, actor, str(told.get("offer")))
    wish = load_intention_by_iri(
        session, actor, str(told.get("intention")) if offer is None else offer.intention
    )
    ids: Document = {"intention": None if wish is None else wish.id}
    if told.get("agreement") is not None:
        agreed = None if offer is None else load_agreement_by_offer(session, actor, offer.id)
        ids["agreement"] = None if agreed is None else agreed.id
    return ids


def trial_message(session: Session, hook: WebhookRow, id: str, *, now: datetime) -> HookMessage:
    """Return an event that says only that somebody tries the webhook."""
    event = {
        "specversion": "1.0",
        "id": id,
        "source": hook.actor,
        "type": TYPE_PREFIX + TRIAL,
        "time": render_instant(now),
        "datacontenttype": "application/json",
        "subject": hook.id,
        "data": {"kind": TRIAL},
    }
    return _message(session, hook, id, canonicalise(event), now=now)


def _message(session: Session, hook: WebhookRow, id: str, body: bytes, *, now: datetime) -> HookMessage:
    return HookMessage(hook.url, id, body, tuple(signers(session, hook.id, hook.algorithm, now=now)))
