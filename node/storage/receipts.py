"""Receipts: what the inbox answered to which activity, so that receiving twice equals receiving once.

Kept for ever: a peer may knock again after a year with the same activity and gets the same answer.
"""

from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("receipts", TableKind.KEPT),)


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """The answer given; `digest` is the digestMultibase of the activity, `status` an HTTP status."""

    activity: str
    recipient: str
    digest: str
    status: int
    at: datetime


_RECEIPTS = Table(ReceiptRow, "receipts", key=("activity", "recipient"))


def load_receipt(session: Session, activity: str, recipient: str) -> ReceiptRow | None:
    """Return the answer one recipient gave to an activity."""
    return _RECEIPTS.load(session, activity, recipient)


def add_receipt(session: Session, receipt: ReceiptRow) -> None:
    """Keep an answer. Raises: Taken if this recipient has answered the activity."""
    _RECEIPTS.insert(session, receipt)
