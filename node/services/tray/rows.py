"""Rows: handed in by a sender's webhooks or by the owner's programs, kept as they stand, read in order.

Rules here: a webhook is taken once: the same id with the same body again changes nothing, with another body
it is refused. Its receipt is kept longer than its sender tries; whoever replays it later is refused by the
time in it. What was taken stands in the tray until its sender changes it or the owner takes it out.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

from node.core import codes
from node.core.drafts import view_time
from node.core.tray import MOST_ROWS, HandedRow, TrayOutcome, outcome_of, read_event, read_rows, view_outcome
from node.services.acting import Acting
from node.services.tray.senders import verifiers
from node.storage import tray
from node.storage.session import Session
from node.storage.tray import TrayReceiptRow, TrayRow
from protocol import codes as wire
from protocol import strictjson
from protocol.documents import Document
from protocol.errors import Conflict, NotFound, Unauthenticated
from protocol.webhooks import verify

RECEIPTS_KEPT: Final = timedelta(days=7)
"""Senders of Standard Webhooks try for some three days with one id; one each second leaves 70 MB."""


def check(session: Session, acting: Acting, sender: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the id of a webhook that a sender (its id) has signed.

    Raises:
        Unauthenticated: nobody who may has signed it now.
    """
    row = tray.load_sender(session, acting.iri, sender)
    if row is None:
        raise Unauthenticated(wire.WEBHOOK_SIGNATURE)
    return verify(headers, body, verifiers(session, row, now=acting.now), now=acting.now)


def take(
    session: Session, acting: Acting, sender: str, headers: Mapping[str, str], body: bytes
) -> Document | None:
    """Take a webhook of a sender (its id) and say what became of its rows; None if it was taken before.

    Raises:
        Unauthenticated: nobody who may has signed it now. Conflict: `webhook-reused`, `tray-full`.
        Malformed, Unprocessable: what is in it is no event with rows.
    """
    id = check(session, acting, sender, headers, body)
    digest = sha256(body).digest()
    receipt = tray.load_receipt(session, sender, id)
    if receipt is not None and receipt.digest != digest:
        raise Conflict(codes.WEBHOOK_REUSED)
    if receipt is not None:
        return None
    rows = read_event(strictjson.parse(body, limit_bytes=len(body)))
    shown = _put(session, acting, sender, rows)
    tray.forget_receipts(session, before=acting.now - RECEIPTS_KEPT)
    tray.add_receipt(session, TrayReceiptRow(sender, id, digest, acting.now))
    tray.note_received(session, acting.iri, sender, at=acting.now)
    return shown


def put(session: Session, acting: Acting, rows: Sequence[Any]) -> Document:
    """Take rows of the owner's programs and say what became of each.

    Raises:
        Unprocessable: `tray-row`, `tray-twice`. Conflict: `tray-full`.
    """
    return _put(session, acting, "", read_rows(rows))


def _put(session: Session, acting: Acting, sender: str, rows: Sequence[HandedRow]) -> Document:
    known = [tray.load_row(session, acting.iri, sender, row.kind, row.external_id) for row in rows]
    outcomes = [
        outcome_of(None if before is None else before.fields, row.canonical)
        for before, row in zip(known, rows, strict=True)
    ]
    more = outcomes.count(TrayOutcome.CREATED)
    if more and tray.count_rows(session, acting.iri, sender, most=MOST_ROWS) + more > MOST_ROWS:
        raise Conflict(codes.TRAY_FULL)
    changed = [
        TrayRow(acting.iri, sender, row.kind, row.external_id, row.canonical, 0, acting.now)
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome is not TrayOutcome.UNCHANGED
    ]
    tray.save_rows(session, acting.iri, changed)
    return {"items": [view_outcome(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]}


def list(session: Session, acting: Acting, *, after: int = 0, limit: int = 50) -> Document:
    """List the rows that changed behind a place, in the order of their last changes."""
    rows = tray.rows_after(session, acting.iri, after=after, limit=limit)
    return {"items": [_view(row) for row in rows], "after": rows[-1].place if rows else after}


def remove(session: Session, acting: Acting, *, sender: str, kind: str, external_id: str) -> Document:
    """Take a row out of the tray, and return it as it was.

    Raises:
        NotFound: `unknown-id`.
    """
    row = tray.load_row(session, acting.iri, sender, kind, external_id)
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    tray.delete_row(session, row)
    return _view(row)


def _view(row: TrayRow) -> Document:
    return {
        "sender": row.sender or None,
        "kind": row.kind,
        "external_id": row.external_id,
        "fields": orjson.loads(row.fields),
        "place": row.place,
        "changed_at": view_time(row.at),
    }
