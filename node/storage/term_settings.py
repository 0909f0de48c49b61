"""What the owners of this node have set about terms: one document for each actor who has."""

from datetime import datetime
from typing import Any

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("term_settings", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class TermSettingsRow:
    """What one actor has set, and when it last changed what it says in public that it accepts."""

    actor: str
    document: dict[str, Any]
    set_at: datetime
    accepted_at: datetime | None


_TERM_SETTINGS = Table(TermSettingsRow, "term_settings", key=("actor",))


def save_term_settings(session: Session, row: TermSettingsRow) -> None:
    """Set what an actor has set, in place of what it had before."""
    _TERM_SETTINGS.save(session, row)


def load_term_settings(session: Session, actor: str) -> TermSettingsRow | None:
    """Return what an actor has set; None if it never did."""
    return _TERM_SETTINGS.load(session, actor)
