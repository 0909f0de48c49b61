"""Versions: the newest version of another's intention that changed nothing of what is read of it.

One row for each intention at most. Forgettable: without it only a change that such a version overtook on its
way would be taken for news.
"""

from datetime import datetime

from node.storage.intentions import IntentionRow
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("versions", TableKind.FORGETTABLE),)


@dataclass(frozen=True, slots=True)
class _VersionRow:
    """How new an intention (its IRI) is, by its author's clock."""

    actor: str
    intention: str
    version: datetime


_VERSIONS = Table(_VersionRow, "versions", key=("actor", "intention"))


def save_version(session: Session, known: IntentionRow, version: datetime) -> None:
    """Note how new an intention is that says what it said before."""
    _VERSIONS.save(session, _VersionRow(known.actor, known.iri, version))


def load_version(session: Session, known: IntentionRow) -> datetime | None:
    """Return how new an intention was when it last said what it had said before; None if it never did."""
    row = _VERSIONS.load(session, known.actor, known.iri)
    return None if row is None else row.version
