"""The keys of webhooks: made, replaced with an overlap, and what signs now.

Rules here: a secret leaves the node once, in the answer that made it; the file holds it, since it has to
sign. Two sign at most: a webhook whose secret is replaced again loses the older one at once.
"""

from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import datetime, timedelta

from node.services.acting import Acting
from node.storage import webhooks
from node.storage.session import Session
from node.storage.webhooks import WebhookKeyRow
from protocol.documents import Document
from protocol.keys import ed25519_from_seed
from protocol.webhooks import HookAlgorithm, HookSecret, HookSigner, write_public, write_secret


def make(session: Session, acting: Acting, hook: str, algorithm: HookAlgorithm) -> Document:
    """Make the first key of a webhook and return what of it is handed over, shown this once."""
    return _add(session, acting, hook, algorithm, number=1)


def rotate(
    session: Session, acting: Acting, hook: str, algorithm: HookAlgorithm, *, overlap: timedelta
) -> Document:
    """Make a new key in place of the one before, which goes on to sign for a while, and hand it over."""
    newest, *older = webhooks.keys_of(session, hook)
    for row in older:
        webhooks.drop_key(session, row)
    if overlap > timedelta(0):
        webhooks.save_key(session, replace(newest, ends_at=acting.now + overlap))
    else:
        webhooks.drop_key(session, newest)
    return _add(session, acting, hook, algorithm, number=newest.number + 1)


def draw(acting: Acting) -> bytes:
    """Draw 256 bits: as many as both algorithms make something of."""
    return b"".join(urlsafe_b64decode(acting.salt() + "==") for _ in range(2))


def _add(session: Session, acting: Acting, hook: str, algorithm: HookAlgorithm, *, number: int) -> Document:
    raw = draw(acting)
    webhooks.save_key(session, WebhookKeyRow(hook, number, raw, acting.now))
    if algorithm is HookAlgorithm.V1:
        return {"secret": write_secret(HookSecret(raw))}
    return {"public_key": public_half(raw)}


def public_half(raw: bytes) -> str:
    """Return what verifies the signatures of an Ed25519 key, as it is handed over."""
    return write_public(ed25519_from_seed(raw).public)


def signers(session: Session, hook: str, algorithm: HookAlgorithm, *, now: datetime) -> list[HookSigner]:
    """Return what signs for a webhook now, the newest first."""
    rows = [row for row in webhooks.keys_of(session, hook) if row.ends_at is None or now < row.ends_at]
    if algorithm is HookAlgorithm.V1:
        return [HookSecret(row.raw) for row in rows]
    return [ed25519_from_seed(row.raw) for row in rows]
