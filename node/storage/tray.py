"""The tray: who may hand rows in, which webhooks of theirs were taken, and the rows as they stand.

Rules here: a row is found by its sender, its kind and what the sender calls it. `place` grows with every
change of any row of an actor, so whoever takes them goes on where it stopped.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core.entries import render_instant
from node.storage.cursors import load_cursor, save_cursor
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass
from protocol.webhooks import HookAlgorithm

TABLES = (
    Declared("tray_senders", TableKind.KEPT),
    Declared("tray_receipts", TableKind.KEPT),
    Declared("tray_rows", TableKind.KEPT),
)
COUNTER: Final = "tray"
"""The name under which the last place is kept."""


@dataclass(frozen=True, slots=True)
class TraySenderRow:
    """A system that may hand rows in, by webhooks signed with keys of the tables of webhooks, by its id."""

    actor: str
    id: str
    name: str
    algorithm: HookAlgorithm
    added_at: datetime
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrayReceiptRow:
    """A webhook of a sender (its id) that was taken, with the SHA-256 of its body."""

    sender: str
    webhook: str
    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class TrayRow:
    """A row as it was handed in last; `sender` is empty for the owner's programs, `fields` canonical JSON."""

    actor: str
    sender: str
    kind: str
    external_id: str
    fields: bytes
    place: int
    at: datetime


_SENDERS = Table(TraySenderRow, "tray_senders", key=("actor", "id"))
_RECEIPTS = Table(TrayReceiptRow, "tray_receipts", key=("sender", "webhook"))
_ROWS = Table(TrayRow, "tray_rows", key=("actor", "sender", "kind", "external_id"))


def save_sender(session: Session, row: TraySenderRow) -> None:
    """Add a sender, or change it."""
    _SENDERS.save(session, row)


def load_sender(session: Session, actor: str, id: str) -> TraySenderRow | None:
    """Return a sender by its id."""
    return _SENDERS.load(session, actor, id)


def list_senders(session: Session, actor: str) -> list[TraySenderRow]:
    """Return an actor's senders, the first added first; they are few."""
    return _SENDERS.all(session, "actor = ? ORDER BY added_at, id", actor)


def delete_sender(session: Session, actor: str, id: str) -> None:
    """Drop a sender with its keys; the rows it handed in stay."""
    session.run("DELETE FROM tray_senders WHERE actor = ? AND id = ?", actor, id)
    session.run("DELETE FROM tray_receipts WHERE sender = ?", id)
    session.run("DELETE FROM webhook_keys WHERE hook = ?", id)


def all_senders(session: Session) -> list[TraySenderRow]:
    """Return every actor's senders."""
    return _SENDERS.all(session, "1 = 1 ORDER BY actor, id")


def note_received(session: Session, actor: str, id: str, *, at: datetime) -> None:
    """Note when a sender's last webhook was taken."""
    statement = "UPDATE tray_senders SET received_at = ? WHERE actor = ? AND id = ?"
    session.run(statement, render_instant(at), actor, id)


def load_receipt(session: Session, sender: str, webhook: str) -> TrayReceiptRow | None:
    """Return the receipt of a sender's webhook, if it was taken."""
    return _RECEIPTS.load(session, sender, webhook)


def add_receipt(session: Session, row: TrayReceiptRow) -> None:
    """Note that a webhook was taken."""
    _RECEIPTS.insert(session, row)


def forget_receipts(session: Session, *, before: datetime) -> None:
    """Forget the receipts of webhooks that nobody sends any more."""
    session.run("DELETE FROM tray_receipts WHERE at < ?", render_instant(before))


def load_row(session: Session, actor: str, sender: str, kind: str, external_id: str) -> TrayRow | None:
    """Return a row by what its sender calls it."""
    return _ROWS.load(session, actor, sender, kind, external_id)


def save_rows(session: Session, actor: str, rows: Iterable[TrayRow]) -> None:
    """Add rows, or change them, each at the next place."""
    last = load_cursor(session, actor, COUNTER)
    placed = [replace(row, place=place) for place, row in enumerate(rows, last + 1)]
    for row in placed:
        _ROWS.save(session, row)
    save_cursor(session, actor, COUNTER, last + len(placed))


def _key_of(row: TrayRow) -> tuple[str, str, str, str]:
    return row.actor, row.sender, row.kind, row.external_id


def count_rows(session: Session, actor: str, sender: str, *, most: int) -> int:
    """Count what a sender has in the tray, as far as `most`."""
    some = "SELECT 1 FROM tray_rows WHERE actor = ? AND sender = ? LIMIT ? + 0"
    return int(value(session, f"SELECT count(*) FROM ({some})", actor, sender, most))


def rows_after(session: Session, actor: str, *, after: int, limit: int) -> list[TrayRow]:
    """Return the rows that changed behind a place, in the order of their last changes."""
    return _ROWS.all(session, "actor = ? AND place > ? ORDER BY place LIMIT ? + 0", actor, after, limit)


def delete_row(session: Session, row: TrayRow) -> None:
    """Take a row out of the tray."""
    statement = "DELETE FROM tray_rows WHERE actor = ? AND sender = ? AND kind = ? AND external_id = ?"
    session.run(statement, *_key_of(row))
