"""Fan-outs: what goes to an actor's followers, or to all its peers, and is not queued for all of them yet.

Rules: they are walked by the ids of their rows, so each is reached once however often the walk is broken
off; to whom it has not come, nothing that was recorded later is sent before (`node.storage.deliveries`).
"""

from datetime import datetime
from enum import StrEnum

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("fanouts", TableKind.KEPT),)


class Audience(StrEnum):
    """Whom an activity goes to that goes to many."""

    FOLLOWERS = "followers"
    PEERS = "peers"


@dataclass(frozen=True, slots=True)
class FanoutRow:
    """An activity on its way to many: queued up to `reached`, and never for the `spared`, by ids."""

    actor: str
    entry: int
    activity: str
    audience: Audience
    reached: str
    spared: tuple[str, ...]
    created_at: datetime


_FANOUTS = Table(FanoutRow, "fanouts", key=("actor", "entry"))


def save_fanout(session: Session, fanout: FanoutRow) -> None:
    """Begin a fan-out, or note how far it has come."""
    _FANOUTS.save(session, fanout)


def next_fanout(session: Session, actor: str) -> FanoutRow | None:
    """Return an actor's oldest fan-out that is not at its end."""
    return _FANOUTS.first(session, "actor = ? ORDER BY entry", actor)


def is_under_way(session: Session, actor: str, entry: int) -> bool:
    """Tell whether what an actor's entry says is yet to be queued for somebody."""
    return _FANOUTS.load(session, actor, entry) is not None


def delete_fanout(session: Session, fanout: FanoutRow) -> None:
    """End a fan-out."""
    session.run("DELETE FROM fanouts WHERE actor = ? AND entry = ?", fanout.actor, fanout.entry)
