"""Refusals: what was turned away and why, for the owner to look at; the newest thousand."""

from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import PAGE_LIMIT, Page, Table
from protocol.values import dataclass

TABLES = (Declared("refusals", TableKind.FORGETTABLE),)

REFUSALS_LIMIT = 1_000  # an attacker can fill this at will; more would only cost disk
BODY_LIMIT_BYTES = 4_096  # enough to see what it was; 4 MB for all of them
_AFTER_ALL = 2**63 - 1  # the greatest integer SQLite keeps


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One refusal; `id` grows with time, `actor` is the addressee if known, `body` how the request began."""

    id: int
    at: datetime
    actor: str | None
    peer: str | None
    code: str
    detail: str
    activity: str | None
    body: bytes


_REFUSALS = Table(RefusalRow, "refusals", key=("id",))


def add_refusal(
    session: Session,
    *,
    at: datetime,
    code: str,
    detail: str,
    actor: str | None = None,
    peer: str | None = None,
    activity: str | None = None,
    body: bytes = b"",
) -> int:
    """Keep a refusal and drop the oldest beyond the limit; return its number. The body is cut at 4 KB."""
    last = value(session, "SELECT coalesce(max(id), 0) FROM refusals")
    row = RefusalRow(last + 1, at, actor, peer, code, detail, activity, body[:BODY_LIMIT_BYTES])
    _REFUSALS.insert(session, row)
    session.run("DELETE FROM refusals WHERE id <= ?", row.id - REFUSALS_LIMIT)
    return row.id


def forget_refusals(session: Session, actor: str, *addresses: str | None) -> None:
    """Drop what was refused for an actor: the activities at these addresses, and what names one of them."""
    statement = "DELETE FROM refusals WHERE actor = ? AND (activity = ? OR instr(body, ?) > 0)"
    for address in filter(None, addresses):
        # Whole, as JSON has it: an address of a peer's choice may be how many others begin.
        session.run(statement, actor, address, f'"{address}"'.encode())


def list_refusals(
    session: Session, actor: str, *, before: int | None = None, limit: int = 50
) -> Page[RefusalRow]:
    """List what was refused for an actor before the number `before`, newest first.

    The cursor is the last one's number. There are a thousand at most, so they need no index by actor.
    """
    size = max(1, min(limit, PAGE_LIMIT))
    end = _AFTER_ALL if before is None else before
    rows = _REFUSALS.all(session, "actor = ? AND id < ? ORDER BY id DESC LIMIT ? + 0", actor, end, size + 1)
    return Page(rows[:size], str(rows[size - 1].id) if len(rows) > size else None)
