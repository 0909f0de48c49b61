"""What waits for a second signature, byte for byte, what became of it, and above which amount it is asked."""

from datetime import datetime
from decimal import Decimal

from node.core.cosigning import CosignState
from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Plain, Table
from protocol.negotiation import Event, Party
from protocol.values import dataclass

TABLES = (Declared("cosignatures", TableKind.KEPT), Declared("cosign_limits", TableKind.KEPT))


@dataclass(frozen=True, slots=True)
class CosignatureRow:
    """A move of ours that is not signed yet.

    `body` are its canonical bytes without a proof, `digest` theirs, `multibase` the key that is to sign. It
    belongs to the negotiation `offer`, or begins one about `intention` (an address) or changes `agreement`
    (an id). `standing` is the digest of the last word, or of the wish, that it was made upon. `kept` is what
    the journal will keep beside it, `basis` the hash of the item of the price list that it follows from.
    `asked_by` is empty for the node, `reason` an error's code or a person's words.
    """

    id: str
    actor: str
    state: CosignState
    event: Event
    party: Party
    peer: str
    offer: str | None
    intention: str | None
    agreement: str | None
    currency: str
    body: str
    digest: str
    multibase: str
    standing: str
    seen: str | None
    kept: Plain
    basis: str | None
    asked_by: str
    asked_at: datetime
    until: datetime
    ended_by: str = ""
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CosignLimitRow:
    """Above which amount an actor's people sign by two."""

    actor: str
    amount: Decimal
    currency: str


_ROWS = Table(CosignatureRow, "cosignatures", key=("id",))
_LIMITS = Table(CosignLimitRow, "cosign_limits", key=("actor",))


def save_cosignature(session: Session, row: CosignatureRow) -> None:
    """Add what is asked for, or change what has become of it."""
    _ROWS.save(session, row)


def load_cosignature(session: Session, actor: str, id: str) -> CosignatureRow | None:
    """Return what an actor was asked for under this id."""
    return _ROWS.first(session, "actor = ? AND id = ?", actor, id)


def ended(session: Session, actor: str, *, now: datetime, limit: int) -> list[CosignatureRow]:
    """Return what waits no more, the latest asked for first."""
    condition = "actor = ? AND (state <> 'asked' OR until <= ?) ORDER BY asked_at DESC, id LIMIT ?"
    return _ROWS.all(session, condition, actor, render_instant(now), limit)


def waiting(session: Session, actor: str, *, now: datetime) -> list[CosignatureRow]:
    """Return what waits still, what ends first before."""
    condition = "actor = ? AND state = 'asked' AND until > ? ORDER BY until, id"
    return _ROWS.all(session, condition, actor, render_instant(now))


def run_out(session: Session, *, now: datetime, limit: int) -> list[CosignatureRow]:
    """Return what waits for any actor though its time is over, the longest overdue first, up to a limit."""
    condition = "state = 'asked' AND until <= ? ORDER BY until, id LIMIT ?"
    return _ROWS.all(session, condition, render_instant(now), limit)


def next_run_out(session: Session) -> datetime | None:
    """Return the earliest instant at which something that waits for any actor runs out."""
    until = value(session, "SELECT min(until) FROM cosignatures WHERE state = 'asked'")
    return None if until is None else datetime.fromisoformat(until)


def forget_cosignatures(session: Session, actor: str, *, before: datetime) -> None:
    """Drop what was asked for before a moment, and waits no more by now."""
    session.run("DELETE FROM cosignatures WHERE actor = ? AND asked_at < ?", actor, render_instant(before))


def delete_of(session: Session, actor: str, offer: str, *, opening: str) -> None:
    """Drop what was asked for in a negotiation (an id), and to begin it by its first move (an address)."""
    condition = "actor = ? AND (offer = ? OR instr(body, ?) > 0)"
    session.run(f"DELETE FROM cosignatures WHERE {condition}", actor, offer, opening)


def delete_about(session: Session, actor: str, intention: str) -> None:
    """Drop what was asked for about an intention (an address)."""
    session.run("DELETE FROM cosignatures WHERE actor = ? AND intention = ?", actor, intention)


def load_limit(session: Session, actor: str) -> CosignLimitRow | None:
    """Return above which amount two sign, or None if nothing needs two."""
    return _LIMITS.load(session, actor)


def save_limit(session: Session, row: CosignLimitRow) -> None:
    """Set above which amount two sign."""
    _LIMITS.save(session, row)


def drop_limit(session: Session, actor: str) -> None:
    """Let nothing need two signatures."""
    session.run("DELETE FROM cosign_limits WHERE actor = ?", actor)
