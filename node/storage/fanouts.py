"""Fan-outs: what goes to an actor's followers and is not queued for all of them yet.

Rules: followers are walked by address, so each is reached once however often the walk is broken off; to whom
it has not come, nothing that was recorded later is sent before (`node.storage.deliveries`).
"""

from dataclasses import dataclass
from datetime import datetime

from node.storage.session import Session
from node.storage.tables import Table


@dataclass(frozen=True, slots=True)
class FanoutRow:
    """An activity on its way to followers: queued up to the one at `reached`, and never for the `spared`."""

    actor: str
    sequence: int
    activity: str
    reached: str
    spared: tuple[str, ...]
    created_at: datetime


_FANOUTS = Table(FanoutRow, "fanouts", key=("actor", "sequence"))


def save_fanout(session: Session, fanout: FanoutRow) -> None:
    """Begin a fan-out, or note how far it has come."""
    _FANOUTS.save(session, fanout)


def next_fanout(session: Session, actor: str) -> FanoutRow | None:
    """Return an actor's oldest fan-out that is not at its end."""
    return _FANOUTS.first(session, "actor = ? ORDER BY sequence", actor)


def delete_fanout(session: Session, fanout: FanoutRow) -> None:
    """End a fan-out."""
    session.run("DELETE FROM fanouts WHERE actor = ? AND sequence = ?", fanout.actor, fanout.sequence)
