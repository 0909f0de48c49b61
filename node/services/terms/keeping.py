"""What owners have set about terms, as it is kept: read for whoever decides, and written from the journal."""

from datetime import datetime
from typing import Final

from node.core.entries import Direction, Entry
from node.core.term_settings import TermSettings, first_term_settings, read_term_settings
from node.services.ledger.chapters import Reading
from node.storage.session import Session
from node.storage.term_settings import TermSettingsRow, load_term_settings, save_term_settings
from protocol.strictjson import Document

SET: Final = "terms.set"


def load(session: Session, actor: str) -> TermSettings:
    """Return what an actor has set about terms; what holds at first, if it never did."""
    row = load_term_settings(session, actor)
    return first_term_settings() if row is None else read_term_settings(row.document)


def load_document(session: Session, actor: str) -> Document:
    """Return what an actor has set as it is kept, also what is not known here."""
    row = load_term_settings(session, actor)
    return {} if row is None else row.document


def published_at(session: Session, actor: str) -> datetime | None:
    """Return when an actor last changed what it accepts; None if it never said that."""
    row = load_term_settings(session, actor)
    return None if row is None else row.accepted_at


def project(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set what an actor has set about terms; what went out tells of another list of what it accepts."""
    before = load_term_settings(session, entry.actor)
    kept = None if before is None else before.accepted_at
    accepted_at = entry.at if entry.direction is Direction.OUT else kept
    save_term_settings(
        session, TermSettingsRow(entry.actor, dict(entry.decision["settings"]), entry.at, accepted_at)
    )
