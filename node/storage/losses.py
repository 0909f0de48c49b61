"""Losses: which of an actor's own offers came to nothing, why, and when.

How many there were is counted by day and reason, by the table's own triggers.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from node.core.entries import render_instant
from node.core.losses import LossReason
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import MARKS, Page, Table, chunks
from protocol.values import dataclass

TABLES = (Declared("losses", TableKind.PROJECTION),)

COUNTED = 1_000
"""Of one customer no more than so many are counted for each reason."""


@dataclass(frozen=True, slots=True)
class LossRow:
    """One offer (its id) that came to nothing; `peer` is the id of who it was made to.

    `day` is that of `lost_at`, as ISO 8601 writes it. `codes` are those of the refusal, if it was refused;
    `worded` is whether the customer has said something with a rejection.
    """

    id: str
    actor: str
    peer: str
    reason: LossReason
    codes: tuple[str, ...]
    worded: bool
    day: str
    lost_at: datetime


_LOSSES = Table(LossRow, "losses", key=("actor", "id"))


def save_loss(session: Session, loss: LossRow) -> None:
    """Add what came to nothing, or replace why."""
    _LOSSES.save(session, loss)


def delete_loss(session: Session, actor: str, offer: str) -> None:
    """Take out an offer (its id) that has not come to nothing; one that is not there is no error."""
    session.run("DELETE FROM losses WHERE actor = ? AND id = ?", actor, offer)


def end_with_wish(session: Session, actor: str, intention: str, *, since: datetime) -> None:
    """Let what was rejected without a word since then, of an intention (its IRI), be lost with that."""
    statement = (
        "UPDATE losses SET reason = ? WHERE actor = ? AND +reason = ? AND worded = 0 AND +lost_at >= ? "
        "AND id IN (SELECT id FROM offers WHERE offers.actor = ? AND offers.intention = ?)"
    )
    over, declined = LossReason.WISH_OVER.value, LossReason.DECLINED.value
    session.run(statement, over, actor, declined, render_instant(since), actor, intention)


def list_losses(
    session: Session,
    actor: str,
    *,
    peer: str | None = None,
    reason: LossReason | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[LossRow]:
    """List what came to nothing, the newest first; `peer` is an id.

    Raises:
        Malformed: as `Table.page`.
    """
    wanted = {"actor": actor, "peer": peer, "reason": reason or (*LossReason,)}
    return _LOSSES.page(session, wanted, newest="lost_at", cursor=cursor, limit=limit)


def count_losses(session: Session, actor: str, days: Collection[date]) -> dict[str, int]:
    """Count by reason what came to nothing on these days."""
    counted: dict[str, int] = {}
    statement = f"SELECT reason, count FROM losses_tally WHERE day IN {MARKS} AND actor = ? AND count > 0"
    for some in chunks(day.isoformat() for day in days):
        for reason, count in session.all(statement, *some, actor):
            counted[reason] = counted.get(reason, 0) + count
    return counted


def count_losses_of(session: Session, actor: str, peer: str, days: Sequence[date]) -> dict[str, int]:
    """Count by reason what with a peer (its id) came to nothing since the first of these days.

    No more than `COUNTED` of each are counted.
    """
    one = "SELECT 1 FROM losses WHERE actor = ? AND peer = ? AND reason IN (?) AND lost_at >= ? LIMIT ? + 0"
    counted = {
        reason.value: session.all(
            f"SELECT count(*) FROM ({one})", actor, peer, reason.value, days[0].isoformat(), COUNTED
        )[0][0]
        for reason in LossReason
    }
    return {reason: count for reason, count in counted.items() if count}
