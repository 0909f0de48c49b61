"""For how long an acceptance made on a page waits, as its owner chose it: one row for each who did."""

from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("undo_times", TableKind.KEPT),)


@dataclass(frozen=True, slots=True)
class UndoTimeRow:
    """A resident's choice, in seconds."""

    handle: str
    seconds: int
    set_at: datetime


_UNDO_TIMES = Table(UndoTimeRow, "undo_times", key=("handle",))


def save_undo_time(session: Session, row: UndoTimeRow) -> None:
    """Keep a choice in place of the one before."""
    _UNDO_TIMES.save(session, row)


def load_undo_time(session: Session, handle: str) -> UndoTimeRow | None:
    """Return what a resident chose; None if nothing was chosen."""
    return _UNDO_TIMES.load(session, handle)
