"""Moves: the signed activities of each negotiation, and what each did there.

The bytes of a move are in the journal at `entry`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Table, chunks
from protocol.negotiation import Event, Party
from protocol.values import dataclass

TABLES = (Declared("moves", TableKind.PROJECTION),)


class MoveStatus(StrEnum):
    """What a move did: changed the state, or came too late to."""

    APPLIED = "applied"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One activity of a negotiation; `offer` is the negotiation's id, `by_party` who moved."""

    iri: str
    actor: str
    offer: str
    event: Event
    by_party: Party
    digest: str
    answers: str | None
    answers_digest: str | None
    entry: int
    at: datetime
    status: MoveStatus


_MOVES = Table(MoveRow, "moves", key=("actor", "iri"))


def save_move(session: Session, move: MoveRow) -> None:
    """Add a move, or change its status. Raises: Missing if its offer is not saved yet."""
    _MOVES.save(session, move)


def load_move(session: Session, actor: str, iri: str) -> MoveRow | None:
    """Return the move that an activity made."""
    return _MOVES.load(session, actor, iri)


def moves_by_iri(session: Session, actor: str, iris: Collection[str]) -> list[MoveRow]:
    """Return the moves that these activities (IRIs) made."""
    return _MOVES.among(session, "iri", iris, actor=actor)


def moves_of(session: Session, ids: Collection[str]) -> list[MoveRow]:
    """Return the moves of these negotiations, in no order."""
    return _MOVES.among(session, "offer", ids)


def stand_since(session: Session, ids: Collection[str]) -> dict[str, datetime]:
    """Return when each of these negotiations came to stand as it does: its last move that counts, or tick.

    A receipt changes nothing about where a negotiation stands.
    """
    found: dict[str, datetime] = {}
    # The other columns are of the row that has the maximum (SQLite, "Bare columns in an aggregate query").
    statement = (
        f"SELECT offer, at, max(entry) FROM moves WHERE offer IN {MARKS} AND status = ? AND event <> ? "
        "GROUP BY offer"
    )
    for some in chunks(ids):
        rows = session.all(statement, *some, MoveStatus.APPLIED.value, Event.ACKNOWLEDGE.value)
        found |= {offer: datetime.fromisoformat(at) for offer, at, _ in rows}
    return found


def count_moves(session: Session, offer: str) -> int:
    """Count the moves of a negotiation, those without effect too."""
    count = value(session, "SELECT count(*) FROM moves WHERE offer = ?", offer)
    return int(count)


def count_moves_of(
    session: Session, offer: str, event: Event, party: Party, *, statuses: Collection[MoveStatus]
) -> int:
    """Count the moves of one kind and of these statuses that a party has made in a negotiation."""
    statement = (
        "SELECT count(*) FROM moves WHERE offer = ? AND event = ? AND by_party = ? "
        f"AND status IN ({', '.join('?' * len(statuses))})"
    )
    count = value(session, statement, offer, str(event), str(party), *statuses)
    return int(count)


def list_moves(
    session: Session, offer: str, *, statuses: Sequence[MoveStatus] = (), event: Event | None = None
) -> list[MoveRow]:
    """Return the moves of a negotiation as they were journalled, of these statuses or one event if given."""
    among = f" AND status IN ({', '.join('?' * len(statuses))})" if statuses else ""
    among += "" if event is None else " AND event = ?"
    named = () if event is None else (event.value,)
    return _MOVES.all(session, f"offer = ?{among} ORDER BY entry, iri", offer, *statuses, *named)
