"""Messages: words without a signature beside the moves of a negotiation."""

from collections.abc import Collection
from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, PAGE_LIMIT, Page, Table, chunks
from protocol.values import dataclass

TABLES = (Declared("messages", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `offer` is the negotiation's id, `entry` the number of its entry in the journal.

    `own` tells whether we wrote it; if not, the other end of the negotiation did. One that was deleted by
    whoever wrote it has no content any more.
    """

    iri: str
    actor: str
    offer: str
    own: bool
    content: str
    at: datetime
    entry: int
    deleted_at: datetime | None = None


_MESSAGES = Table(MessageRow, "messages", key=("actor", "iri"))


def save_message(session: Session, message: MessageRow) -> None:
    """Add a message. Raises: Missing if its offer is not saved yet."""
    _MESSAGES.save(session, message)


def load_message(session: Session, actor: str, iri: str) -> MessageRow | None:
    """Return an actor's message by its IRI."""
    return _MESSAGES.load(session, actor, iri)


def list_messages(session: Session, offer: str, *, after: int = 0, limit: int = 50) -> Page[MessageRow]:
    """List the messages of a negotiation, oldest first, behind the entry `after`; the cursor is an IRI."""
    size = max(1, min(limit, PAGE_LIMIT))
    condition = "offer = ? AND entry > ? ORDER BY entry, iri LIMIT ? + 0"
    rows = _MESSAGES.all(session, condition, offer, after, size + 1)
    return Page(rows[:size], rows[size - 1].iri if len(rows) > size else None)


def newest_messages(session: Session, offer: str, *, limit: int) -> list[MessageRow]:
    """Return the newest messages of a negotiation, oldest first."""
    newest = _MESSAGES.all(session, "offer = ? ORDER BY entry DESC, iri DESC LIMIT ? + 0", offer, limit)
    return newest[::-1]


def own_messages_saying(session: Session, offer: str, content: str) -> list[MessageRow]:
    """Return our messages of a negotiation that have this text, oldest first."""
    condition = "offer = ? AND own = 1 AND content = ? AND deleted_at IS NULL ORDER BY entry, iri"
    return _MESSAGES.all(session, condition, offer, content)


def unanswered(session: Session, offers: Collection[str]) -> dict[str, datetime]:
    """Return when the other end last wrote, for each of these negotiations (ids) where it wrote last."""
    found: dict[str, datetime] = {}
    # The other columns are of the row that has the maximum (SQLite, "Bare columns in an aggregate query").
    statement = (
        f"SELECT offer, own, at, max(entry) FROM messages WHERE offer IN {MARKS} AND deleted_at IS NULL "
        "GROUP BY offer"
    )
    for some in chunks(offers):
        rows = session.all(statement, *some)
        found |= {offer: datetime.fromisoformat(at) for offer, own, at, _ in rows if not own}
    return found


def lately_talked(session: Session, offers: Collection[str], *, limit: int) -> list[str]:
    """Return in which of these negotiations (ids) something was said, where it was last said first."""
    statement = f"SELECT offer, max(entry) FROM messages WHERE offer IN {MARKS} GROUP BY offer"
    found = [row for some in chunks(offers) for row in session.all(statement, *some)]
    return [offer for offer, _ in sorted(found, key=lambda row: -int(row[1]))[:limit]]


def delete_messages(session: Session, offer: str) -> None:
    """Drop the messages of a negotiation."""
    session.run("DELETE FROM messages WHERE offer = ?", offer)


def count_messages(session: Session, offer: str) -> int:
    """Count the messages of a negotiation."""
    count = value(session, "SELECT count(*) FROM messages WHERE offer = ?", offer)
    return int(count)
