"""The business's CRM: the connection and its key, the map, what waits, what a person has to decide.

An actor has at most one CRM. What is kept here follows from the CRM as much as from the journal, so a rebuild
leaves it alone. The key is in a table of its own, so that nothing that shows a connection reads it.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from node.core.entries import render_instant
from node.core.records import RecordKind, RecordState
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Page, Table
from protocol.values import dataclass

TABLES = (
    Declared("crm_connections", TableKind.KEPT),
    Declared("crm_keys", TableKind.KEPT),
    Declared("crm_records", TableKind.KEPT),
    Declared("crm_calls", TableKind.KEPT),
    Declared("crm_conflicts", TableKind.KEPT),
)

NEWS = "crm"
"""What is told to who speaks with CRMs when there is something to be done."""

MOVED: Final = "crm.moved"
"""What is told to who looks at a CRM's page when something of it may stand otherwise."""

UNTIL_SYNC: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Until when a CRM rests that is left in peace until its owner asks for a sync."""


class CallState(StrEnum):
    """Whether a call is to be made, or waits for a person."""

    QUEUED = "queued"
    REFUSED = "refused"


class ConflictReason(StrEnum):
    """Why a person has to decide."""

    AMBIGUOUS = "ambiguous"  # several records of the CRM are one thing of ours
    CHANGED = "changed"  # both sides changed a field that has no one owner
    DELETED = "deleted"  # somebody deleted the record in the CRM
    REFUSED = "refused"  # the CRM does not take it
    INCOMPLETE = "incomplete"  # a quotation lacks what an offer needs
    UNSIGNED = "unsigned"  # somebody set a state there that nobody signed
    UNREADABLE = "unreadable"  # the record stands there in a way that cannot be read


@dataclass(frozen=True, slots=True)
class CrmConnectionRow:
    """The CRM of an actor.

    `mapping` is the text of the mapping, `cursor` how far its changes are read, `read_at` when they were
    last. `active` says that a first whole sync was asked for: before, nothing goes there by itself.
    `failures` counts those in a row; `rests_until` is until when it is left in peace, `trouble` why.
    """

    actor: str
    adapter: str
    address: str
    options: dict[str, Any]
    mapping: str
    mapping_digest: str
    connected_at: datetime
    active: bool = False
    cursor: str = ""
    read_at: datetime | None = None
    failures: int = 0
    rests_until: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CrmRecordRow:
    """That a record of the CRM is a thing of ours.

    `ignored` says that nothing is written there any more: it was deleted, or what it said was taken back.
    """

    actor: str
    kind: RecordKind
    external_id: str
    crm_id: str
    version: str
    base: dict[str, Any]
    state: RecordState
    ignored: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class CrmCallRow:
    """That a thing of ours is to be brought to where it should be; `body` is what stands nowhere else."""

    actor: str
    id: str
    kind: RecordKind
    external_id: str
    body: dict[str, Any]
    state: CallState
    made_at: datetime
    due_at: datetime
    attempts: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CrmConflictRow:
    """Something that a person has to decide, in a sentence.

    `fields` are those that both sides changed, by the CRM's name for them: each with its `from`, its `owner`,
    and the values `ours` and `theirs`.
    """

    actor: str
    id: str
    kind: RecordKind
    external_id: str
    crm_id: str
    reason: ConflictReason
    detail: str = field(repr=False)
    fields: dict[str, Any] = field(repr=False)
    at: datetime


_CONNECTIONS = Table(CrmConnectionRow, "crm_connections", key=("actor",))
_RECORDS = Table(CrmRecordRow, "crm_records", key=("actor", "kind", "external_id"))
_CALLS = Table(CrmCallRow, "crm_calls", key=("actor", "kind", "external_id"))
_CONFLICTS = Table(CrmConflictRow, "crm_conflicts", key=("actor", "id"))


# --- the connection ----------------------------------------------------------------------------------


def save_connection(session: Session, row: CrmConnectionRow) -> None:
    """Connect a CRM, or change what is known of it."""
    _CONNECTIONS.save(session, row)
    session.tell(MOVED)


def load_connection(session: Session, actor: str) -> CrmConnectionRow | None:
    """Return the CRM of an actor."""
    return _CONNECTIONS.load(session, actor)


def mapping_of(session: Session, actor: str) -> str | None:
    """Return the text of the mapping of an actor's CRM, None if there is none."""
    found = session.one("SELECT mapping FROM crm_connections WHERE actor = ?", actor)
    return None if found is None else str(found[0])


def active_connections(session: Session) -> list[CrmConnectionRow]:
    """Return every actor's CRM that is kept up to date by itself."""
    return _CONNECTIONS.all(session, "active = 1 ORDER BY actor")


def is_followed(session: Session, actor: str) -> bool:
    """Tell whether what happens to an actor goes into a CRM by itself."""
    return session.one("SELECT 1 FROM crm_connections WHERE actor = ? AND active = 1", actor) is not None


def is_spoken_with(session: Session, actor: str, *, asked: bool = False) -> bool:
    """Tell whether an actor has a CRM that is spoken with; one left until a sync only if `asked` to."""
    found = session.one("SELECT rests_until FROM crm_connections WHERE actor = ?", actor)
    return found is not None and (asked or found[0] != render_instant(UNTIL_SYNC))


def save_key(session: Session, actor: str, secret: str) -> None:
    """Keep the key of an actor's CRM."""
    statement = (
        "INSERT INTO crm_keys (actor, secret) VALUES (?, ?) ON CONFLICT (actor) "
        "DO UPDATE SET secret = excluded.secret"
    )
    session.run(statement, actor, secret)


def load_key(session: Session, actor: str) -> str:
    """Return the key of an actor's CRM, "" for none."""
    found = session.one("SELECT secret FROM crm_keys WHERE actor = ?", actor)
    return "" if found is None else str(found[0])


def delete_connection(session: Session, actor: str) -> None:
    """Forget an actor's CRM, its key, and all that was kept about it."""
    for table in ("crm_connections", "crm_keys", "crm_records", "crm_calls", "crm_conflicts"):
        session.run(f"DELETE FROM {table} WHERE actor = ?", actor)
    session.tell(MOVED)


def announce(session: Session) -> None:
    """Have who speaks with CRMs look again."""
    session.tell(NEWS)


# --- the map -----------------------------------------------------------------------------------------


def save_record(session: Session, row: CrmRecordRow) -> None:
    """Note which record a thing is. Raises: Taken if the record is another thing already."""
    _RECORDS.save(session, row)
    session.tell(MOVED)


def load_record(session: Session, actor: str, kind: RecordKind, external_id: str) -> CrmRecordRow | None:
    """Return which record a thing is."""
    return _RECORDS.load(session, actor, kind, external_id)


def load_record_at(session: Session, actor: str, kind: RecordKind, crm_id: str) -> CrmRecordRow | None:
    """Return which thing a record is."""
    return _RECORDS.first(session, "actor = ? AND kind = ? AND crm_id = ?", actor, kind, crm_id)


def count_records(session: Session, actor: str) -> dict[str, int]:
    """Count the records of an actor's map by kind, without those that are there no more."""
    statement = "SELECT kind, count FROM crm_records_tally WHERE actor = ? AND ignored = 0 AND count > 0"
    return dict(session.all(statement, actor))


def delete_record(session: Session, actor: str, kind: RecordKind, external_id: str) -> None:
    """Forget which record a thing is."""
    statement = "DELETE FROM crm_records WHERE actor = ? AND kind = ? AND external_id = ?"
    session.run(statement, actor, kind, external_id)


# --- what waits --------------------------------------------------------------------------------------


def save_call(session: Session, row: CrmCallRow) -> None:
    """Have a thing brought to where it should be, or change how that goes."""
    _CALLS.save(session, row)
    session.tell(MOVED)


def load_call(session: Session, actor: str, kind: RecordKind, external_id: str) -> CrmCallRow | None:
    """Return what waits for a thing."""
    return _CALLS.load(session, actor, kind, external_id)


def due_calls(session: Session, actor: str, now: datetime, *, limit: int) -> list[CrmCallRow]:
    """Return what is due, in the order in which it came, at most `limit`."""
    condition = "actor = ? AND state = 'queued' AND due_at <= ? ORDER BY due_at, made_at, kind LIMIT ? + 0"
    return _CALLS.all(session, condition, actor, render_instant(now), limit)


def next_call(session: Session, actor: str) -> datetime | None:
    """Return when something is due next."""
    row = _CALLS.first(session, "actor = ? AND state = 'queued' ORDER BY due_at, made_at", actor)
    return None if row is None else row.due_at


def load_call_by_id(session: Session, actor: str, id: str) -> CrmCallRow | None:
    """Return what waits, by its id."""
    return _CALLS.first(session, "actor = ? AND id = ?", actor, id)


def first_calls(session: Session, actor: str, state: CallState, *, limit: int) -> list[CrmCallRow]:
    """Return what waits in a state, what is due first, at most `limit`."""
    condition = "actor = ? AND state = ? ORDER BY due_at, made_at LIMIT ? + 0"
    return _CALLS.all(session, condition, actor, state, limit)


def list_calls(
    session: Session, actor: str, *, state: CallState | None = None, cursor: str | None, limit: int
) -> Page[CrmCallRow]:
    """List what waits, newest first."""
    wanted = {"actor": actor, "state": state or tuple(CallState)}
    return _CALLS.page(session, wanted, newest="made_at", cursor=cursor, limit=limit)


def count_calls(session: Session, actor: str) -> dict[str, int]:
    """Count what waits, by state."""
    statement = "SELECT state, count FROM crm_calls_tally WHERE actor = ? AND count > 0"
    return dict(session.all(statement, actor))


def delete_call(session: Session, row: CrmCallRow) -> None:
    """Drop what was done, or is not to be done, unless it has been asked for anew meanwhile."""
    if _CALLS.load(session, row.actor, row.kind, row.external_id) == row:
        statement = "DELETE FROM crm_calls WHERE actor = ? AND kind = ? AND external_id = ?"
        session.run(statement, row.actor, row.kind, row.external_id)
        session.tell(MOVED)


def delete_notes(session: Session, actor: str, kind: RecordKind, external_id: str, crm_id: str) -> None:
    """Drop notes that wait to be written about a thing, by either of its ids ("" is none)."""
    statement = (
        "DELETE FROM crm_calls WHERE actor = ? AND kind = 'note' "
        "AND (json_extract(body, '$.within') = ? OR json_extract(body, '$.about.' || ?) = nullif(?, ''))"
    )
    session.run(statement, actor, external_id, kind, crm_id)
    session.tell(MOVED)


# --- what a person decides ---------------------------------------------------------------------------


def save_conflict(session: Session, row: CrmConflictRow) -> None:
    """Note what a person has to decide, or say it anew."""
    _CONFLICTS.save(session, row)
    session.tell(MOVED)


def load_conflict(session: Session, actor: str, id: str) -> CrmConflictRow | None:
    """Return what a person has to decide, by its id."""
    return _CONFLICTS.load(session, actor, id)


def conflicts_of(
    session: Session, actor: str, kind: RecordKind, external_id: str, crm_id: str
) -> Sequence[CrmConflictRow]:
    """Return what is to be decided about a record, by either of its ids ("" is none)."""
    found = dict[str, CrmConflictRow]()
    for column, id in (("external_id", external_id), ("crm_id", crm_id)):
        if id:  # each by an index of its own: joined by OR, SQLite would look through all of the kind
            condition = f"actor = ? AND kind = ? AND {column} = ?"
            found |= {row.id: row for row in _CONFLICTS.all(session, condition, actor, kind, id)}
    return list(found.values())


def list_conflicts(
    session: Session, actor: str, *, reason: ConflictReason | None = None, cursor: str | None, limit: int
) -> Page[CrmConflictRow]:
    """List what a person has to decide, newest first."""
    wanted = {"actor": actor, "reason": reason or tuple(ConflictReason)}
    return _CONFLICTS.page(session, wanted, newest="at", cursor=cursor, limit=limit)


def count_conflicts(session: Session, actor: str) -> dict[str, int]:
    """Count what a person has to decide, by the reason."""
    statement = "SELECT reason, count FROM crm_conflicts_tally WHERE actor = ? AND count > 0"
    return dict(session.all(statement, actor))


def has_conflicts(session: Session, actor: str, reason: ConflictReason) -> bool:
    """Tell whether a person has to decide something for a reason."""
    statement = "SELECT 1 FROM crm_conflicts WHERE actor = ? AND reason = ? LIMIT 1"
    return session.one(statement, actor, reason) is not None


def delete_conflict(session: Session, actor: str, id: str) -> None:
    """Drop what has been decided."""
    session.run("DELETE FROM crm_conflicts WHERE actor = ? AND id = ?", actor, id)
    session.tell(MOVED)
