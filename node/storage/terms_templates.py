"""What shops say about data in the offers they make, and what became of these: counted, not looked for.

Rule here: what is counted is counted for the template that holds; with another one it begins anew.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (
    Declared("terms_templates", TableKind.PROJECTION),
    Declared("terms_answers", TableKind.PROJECTION),
)


@dataclass(frozen=True, slots=True)
class TermsTemplateRow:
    """What one shop says, the digest of that, and since when it does."""

    actor: str
    document: dict[str, Any]
    digest: str
    set_at: datetime


_TEMPLATES = Table(TermsTemplateRow, "terms_templates", key=("actor",))


def save_terms_template(session: Session, row: TermsTemplateRow) -> None:
    """Set what a shop says; if that is something else than before, nothing is counted of it yet."""
    before = load_terms_template(session, row.actor)
    if before is None or before.digest != row.digest:
        drop_terms_template(session, row.actor)
        _TEMPLATES.save(session, row)


def drop_terms_template(session: Session, actor: str) -> None:
    """Let a shop say nothing."""
    session.run("DELETE FROM terms_answers WHERE actor = ?", actor)
    session.run("DELETE FROM terms_templates WHERE actor = ?", actor)


def load_terms_template(session: Session, actor: str) -> TermsTemplateRow | None:
    """Return what a shop says; None if nothing."""
    return _TEMPLATES.load(session, actor)


def count_answers(session: Session, actor: str, digest: str, codes: Iterable[str]) -> None:
    """Count one more of each code, if the template with that digest is the one that holds."""
    statement = (
        "INSERT INTO terms_answers (actor, code, count) "
        "SELECT actor, ?, 1 FROM terms_templates WHERE actor = ? AND digest = ? "
        "ON CONFLICT (actor, code) DO UPDATE SET count = terms_answers.count + 1"
    )
    for code in codes:
        session.run(statement, code, actor, digest)


def counted_answers(session: Session, actor: str) -> dict[str, int]:
    """Return what was counted of a shop's template, by code."""
    return dict(session.all("SELECT code, count FROM terms_answers WHERE actor = ? ORDER BY code", actor))
