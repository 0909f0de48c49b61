"""Messages: words without a signature beside the moves of a negotiation."""

from dataclasses import dataclass
from datetime import datetime

from node.storage.session import Session, value
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


def save_message(session: Session, message: MessageRow) -> None:
    """Add a message. Raises: Missing if its offer is not saved yet."""
    _MESSAGES.save(session, message)


def load_message(session: Session, actor: str, iri: str) -> MessageRow | None:
    """Return an actor's message by its IRI."""
    return _MESSAGES.load(session, actor, iri)


def list_messages(session: Session, offer: str, *, after: int = 0, limit: int = 50) -> Page[MessageRow]:
    """List the messages of a negotiation, oldest first, behind the sequence `after`.

    The next cursor is the sequence of the last message as text.
    """
    size = max(1, min(limit, PAGE_LIMIT))
    condition = "offer = ? AND sequence > ? ORDER BY sequence, iri LIMIT ?"
    rows = _MESSAGES.all(session, condition, offer, after, size + 1)
    return Page(rows[:size], str(rows[size - 1].sequence) if len(rows) > size else None)


def count_messages(session: Session, offer: str) -> int:
    """Count the messages of a negotiation."""
    count = value(session, "SELECT count(*) FROM messages WHERE offer = ?", offer)
    return int(count)
