"""Senders: systems of the owner's that may hand rows in by signed webhooks.

Rules here: a sender signs with a secret that this node made, or with a key of its own that the owner brings
here. Neither leaves the node again. One that was replaced is taken for a while beside the new one, as long as
the owner says.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core import codes
from node.core.drafts import view_time
from node.core.legible import is_line
from node.core.tray import LONGEST_NAME, MOST_SENDERS
from node.core.webhooks import read_overlap
from node.services.acting import Acting
from node.services.notices.noting import alarm
from node.services.webhooks.keys import draw
from node.storage import tray, webhooks
from node.storage.ids import resolve_id
from node.storage.session import Session
from node.storage.tray import TraySenderRow
from node.storage.webhooks import WebhookKeyRow
from protocol import codes as wire
from protocol.documents import Document
from protocol.errors import Conflict, NotFound, Unprocessable
from protocol.keys import Algorithm, PublicKey
from protocol.webhooks import HookAlgorithm, HookSecret, HookVerifier, read_key, write_secret

PATH: Final = "/tray/"


def add(session: Session, acting: Acting, *, name: str, key: str | None = None) -> Document:
    """Let a system hand rows in; `secret` is in the answer if this node made one.

    Raises:
        Unprocessable: `webhook-key`; `tray-sender`, it has no name. Conflict: `tray-senders-full`.
    """
    if not 0 < len(name) <= LONGEST_NAME or not is_line(name):
        raise Unprocessable(codes.TRAY_SENDER)
    if len(tray.list_senders(session, acting.iri)) >= MOST_SENDERS:
        raise Conflict(codes.TRAY_SENDERS_FULL)
    verifier = HookSecret(draw(acting)) if key is None else read_key(key)
    row = TraySenderRow(acting.iri, acting.new_id("snd"), name, _algorithm_of(verifier), acting.now)
    tray.save_sender(session, row)
    webhooks.save_key(session, WebhookKeyRow(row.id, 1, verifier.raw, acting.now))
    alarm(session, acting, f"sender:{row.id}")
    return {**_view(session, acting, row), **_handed(verifier, key)}


def rotate(
    session: Session, acting: Acting, id: str, *, key: str | None = None, overlap_hours: int | None = None
) -> Document:
    """Replace what a sender signs with; the one before is taken beside it for a while.

    Raises:
        Unprocessable: `webhook-overlap`; `webhook-key`, also for a key of another kind. As `load`.
    """
    row = load(session, acting, id)
    overlap = read_overlap(overlap_hours)
    verifier = HookSecret(draw(acting)) if key is None else read_key(key)
    if _algorithm_of(verifier) is not row.algorithm:
        raise Unprocessable(wire.WEBHOOK_KEY)
    newest, *older = webhooks.keys_of(session, row.id)
    for one in older:
        webhooks.drop_key(session, one)
    webhooks.save_key(session, replace(newest, ends_at=acting.now + overlap))
    webhooks.save_key(session, WebhookKeyRow(row.id, newest.number + 1, verifier.raw, acting.now))
    alarm(session, acting, f"sender:{row.id}:{acting.now.isoformat()}")
    return {**_view(session, acting, row), **_handed(verifier, key)}


def list(session: Session, acting: Acting) -> Document:
    """List who may hand rows in, the first added first."""
    rows = tray.list_senders(session, acting.iri)
    return {"items": [_view(session, acting, row) for row in rows], "next": None}


def load(session: Session, acting: Acting, id: str) -> TraySenderRow:
    """Return a sender by its id, or a beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = tray.load_sender(session, acting.iri, resolve_id(session, "tray_senders", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def remove(session: Session, acting: Acting, id: str) -> Document:
    """Let a sender hand nothing in any more, at once; its rows stay. Return it as it was.

    Raises: as `load`.
    """
    row = load(session, acting, id)
    shown = _view(session, acting, row)
    tray.delete_sender(session, acting.iri, row.id)
    return shown


def refuse_all(session: Session) -> None:
    """Let nobody hand anything in any more: somebody else may have allowed one."""
    for row in tray.all_senders(session):
        tray.delete_sender(session, row.actor, row.id)


def verifiers(session: Session, row: TraySenderRow, *, now: datetime) -> Sequence[HookVerifier]:
    """Return what a sender's webhooks may be signed with now."""
    keys = [key for key in webhooks.keys_of(session, row.id) if key.ends_at is None or now < key.ends_at]
    if row.algorithm is HookAlgorithm.V1:
        return [HookSecret(key.raw) for key in keys]
    return [PublicKey(Algorithm.ED25519, key.raw) for key in keys]


def _algorithm_of(verifier: HookVerifier) -> HookAlgorithm:
    return HookAlgorithm.V1 if isinstance(verifier, HookSecret) else HookAlgorithm.V1A


def _handed(verifier: HookVerifier, key: str | None) -> Document:
    made = key is None and isinstance(verifier, HookSecret)
    return {"secret": write_secret(verifier)} if made and isinstance(verifier, HookSecret) else {}


def _view(session: Session, acting: Acting, row: TraySenderRow) -> Document:
    newest, *older = webhooks.keys_of(session, row.id)
    return {
        "id": row.id,
        "name": row.name,
        "url": f"{acting.origin}{PATH}{acting.owner.handle}/{row.id}",
        "algorithm": str(row.algorithm),
        "added_at": view_time(row.added_at),
        "received_at": view_time(row.received_at),
        "key_made_at": view_time(newest.made_at),
        "key_before_ends_at": view_time(older[0].ends_at) if older else None,
    }
