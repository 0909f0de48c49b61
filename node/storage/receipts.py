"""Receipts: what the inbox answered to which activity, so that receiving twice equals receiving once.

Kept for ever: a peer may knock again after a year with the same activity and gets the same answer.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from node.storage.tables import Table


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """The answer given; `body_digest` is the SHA-256 of the activity as it came, `status` an HTTP status."""

    activity: str
    recipient: str
    body_digest: bytes
    status: int
    at: datetime


_RECEIPTS = Table(ReceiptRow, "receipts", key=("activity", "recipient"))


def load_receipt(db: Database, activity: str, recipient: str) -> ReceiptRow | None:
    """Return the answer one recipient gave to an activity."""
    return _RECEIPTS.load(db, activity, recipient)


def add_receipt(db: Database, receipt: ReceiptRow) -> None:
    """Keep an answer. Raises: `sqlite3.IntegrityError` if this recipient has answered the activity."""
    _RECEIPTS.insert(db, receipt)
