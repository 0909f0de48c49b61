"""Accesses: every reading of what our actors granted, the last answers, and how much was refused to whom.

What was answered is here by its digest alone; the salt that it was made with is with the last answer, and
gone with the next.
"""

from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import PAGE_LIMIT, Table
from protocol.values import dataclass

TABLES = (
    Declared("accesses", TableKind.PROJECTION),
    Declared("answers", TableKind.FORGETTABLE),
    Declared("refused_reads", TableKind.FORGETTABLE),
)


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One reading of a grant (its IRI) by an actor (its address), or a try: `code` says why it was refused.

    `fields` are the IRIs of what was told, or what was asked for; `key` is the address of the key that signed
    the request, or only `#` and its fragment where it is an address of the reader's document.
    """

    actor: str
    entry: int
    iri: str
    reader: str
    code: str
    fields: tuple[str, ...]
    serial: int | None
    digest: str | None
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LastAnswerRow:
    """What was answered last at an address: with which serial and salt, when, and the digest of it."""

    actor: str
    iri: str
    serial: int
    salt: str
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefusedReadsRow:
    """How often a reader was refused within the hour that began at `hour`, and how often that was not listed.

    `who` is the id of the peer that a grant was given to, who asked for it; all others are one.
    """

    actor: str
    who: str
    hour: datetime
    count: int
    unlisted: int


_ACCESSES = Table(AccessRow, "accesses", key=("actor", "entry"))
_ANSWERS = Table(LastAnswerRow, "answers", key=("actor", "iri"))
_REFUSED = Table(RefusedReadsRow, "refused_reads", key=("actor", "who"))


def save_access(session: Session, row: AccessRow) -> None:
    """Add a reading."""
    _ACCESSES.save(session, row)


def list_accesses(
    session: Session, actor: str, *, iri: str | None, before: int | None, limit: int
) -> list[AccessRow]:
    """Return readings, the newest first: of all grants or of one, before an entry (its number)."""
    conditions, parameters = ["actor = ?"], [actor]
    if iri is not None:
        conditions.append("iri = ?")
        parameters.append(iri)
    if before is not None:
        conditions.append("entry < ? + 0")
        parameters.append(str(before))
    size = max(1, min(limit, PAGE_LIMIT))
    condition = f"{' AND '.join(conditions)} ORDER BY entry DESC LIMIT ? + 0"
    return _ACCESSES.all(session, condition, *parameters, size)


def load_answer(session: Session, actor: str, iri: str) -> LastAnswerRow | None:
    """Return what was answered last at an address."""
    return _ANSWERS.load(session, actor, iri)


def save_answer(session: Session, row: LastAnswerRow) -> None:
    """Keep what was answered last at an address, in place of what was before."""
    _ANSWERS.save(session, row)


def forget_answers(session: Session, actor: str, iri: str) -> None:
    """Forget what was answered under a grant (its IRI)."""
    session.run("DELETE FROM answers WHERE actor = ? AND iri >= ? AND iri < ?", actor, f"{iri}/", f"{iri}0")


def load_refused_reads(session: Session, actor: str, who: str) -> RefusedReadsRow | None:
    """Return how much was refused lately to a grantee (a peer's id), or to all others ("")."""
    return _REFUSED.load(session, actor, who)


def save_refused_reads(session: Session, row: RefusedReadsRow) -> None:
    """Set how much was refused."""
    _REFUSED.save(session, row)


def count_unlisted(session: Session, actor: str) -> int:
    """Return how many refusals were counted and not listed."""
    found = value(session, "SELECT coalesce(sum(unlisted), 0) FROM refused_reads WHERE actor = ?", actor)
    return int(found)
