"""Messages: words without a signature beside the moves of a negotiation."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from node.storage.tables import PAGE_LIMIT, Page, Table


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message; `offer` is the negotiation's id, `sequence` its place in the journal."""

    iri: str
    actor: str
    offer: str
    sender: str
    content: str
    at: datetime
    sequence: int


_MESSAGES = Table(MessageRow, "messages", key=("actor", "iri"))


def save_message(db: Database, message: MessageRow) -> None:
    """Add a message. Raises: `sqlite3.IntegrityError` if its offer is not saved yet."""
    _MESSAGES.save(db, message)


def load_message(db: Database, actor: str, iri: str) -> MessageRow | None:
    """Return an actor's message by its IRI."""
    return _MESSAGES.load(db, actor, iri)


def list_messages(db: Database, offer: str, *, after: int = 0, limit: int = 50) -> Page[MessageRow]:
    """List the messages of a negotiation, oldest first, behind the sequence `after`.

    The next cursor is the sequence of the last message as text.
    """
    size = max(1, min(limit, PAGE_LIMIT))
    condition = "offer = ? AND sequence > ? ORDER BY sequence, iri LIMIT ?"
    rows = _MESSAGES.all(db, condition, offer, after, size + 1)
    return Page(rows[:size], str(rows[size - 1].sequence) if len(rows) > size else None)


def count_messages(db: Database, offer: str) -> int:
    """Count the messages of a negotiation."""
    (count,) = db.conn.execute("SELECT count(*) FROM messages WHERE offer = ?", (offer,)).fetchone()
    return int(count)
