"""For how long an acceptance made on a page can be undone: as its owner chose, or else as the node is set."""

from typing import Any, Final

from node.core import codes
from node.core.retries import LONGEST_HOLD
from node.services.acting import Acting
from node.storage import undo_times
from node.storage.session import Session
from node.storage.undo_times import UndoTimeRow
from protocol.errors import Unprocessable

CHOICES: Final = (5, 20, 60, 600, 3_600, int(LONGEST_HOLD.total_seconds()))
"""Seconds: a slip, the usual, ten times that for who reads slowly (WCAG 2.2, 2.2.1), and a night over it."""


def chosen(session: Session, acting: Acting, *, otherwise: int) -> int:
    """Return how many seconds the acting resident chose, or what holds where nobody did."""
    row = undo_times.load_undo_time(session, acting.owner.handle)
    return otherwise if row is None else row.seconds


def show(session: Session, acting: Acting, *, otherwise: int) -> dict[str, Any]:
    """Show what holds, and what there is to choose from: that is among it, however it came about."""
    seconds = chosen(session, acting, otherwise=otherwise)
    return {"undo_seconds": seconds, "choices": sorted({*CHOICES, seconds})}


def choose(session: Session, acting: Acting, seconds: int, *, otherwise: int) -> dict[str, Any]:
    """Choose for how long, what holds among it; what waits already leaves when it was to.

    Raises:
        Unprocessable: `invalid-shape`, this is not to be chosen.
    """
    if seconds not in {*CHOICES, chosen(session, acting, otherwise=otherwise)}:
        raise Unprocessable(codes.INVALID_SHAPE)
    undo_times.save_undo_time(session, UndoTimeRow(acting.owner.handle, seconds, acting.now))
    return show(session, acting, otherwise=otherwise)
