"""What was told of an intention in rings, copy by copy: an undertaking is signed on one of them.

A copy for followers and the public has the peer "". Of an intention without rings nothing stands here, and of
one that is over the last copy of each.
"""

from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("told", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One copy that was sent of an intention (its IRI) to a peer (its id).

    `digest` is that of the Proposal; `roster` and `asks` name what was proffered and what has to be signed
    ("" where nothing was), `withheld` the parts (IRIs) that this copy does not tell. `updated` tells it from
    the copies before it, by the `entry` of the journal that sent it.
    """

    actor: str
    intention: str
    peer: str
    digest: str
    roster: str
    asks: str
    withheld: tuple[str, ...]
    updated: datetime | None
    entry: int


_TOLD = Table(ToldRow, "told", key=("actor", "intention", "peer", "digest"))


def save_told(session: Session, row: ToldRow) -> None:
    """Add a copy that was sent."""
    _TOLD.save(session, row)


def load_told(session: Session, actor: str, intention: str, peer: str, digest: str) -> ToldRow | None:
    """Return the copy with this digest that a peer was sent."""
    return _TOLD.load(session, actor, intention, peer, digest)


def last_told(session: Session, actor: str, intention: str, peer: str) -> ToldRow | None:
    """Return the copy that a peer was sent last."""
    condition = "actor = ? AND intention = ? AND peer = ? ORDER BY entry DESC"
    return _TOLD.first(session, condition, actor, intention, peer)


def keep_last_told(session: Session, actor: str, intention: str) -> None:
    """Keep the copy that each was sent last: what is over nobody signs for."""
    later = (
        "SELECT 1 FROM told AS later WHERE later.actor = told.actor AND later.intention = told.intention "
        "AND later.peer = told.peer AND later.entry > told.entry"
    )
    session.run(f"DELETE FROM told WHERE actor = ? AND intention = ? AND EXISTS ({later})", actor, intention)


def all_told(session: Session, actor: str, intention: str) -> dict[str, ToldRow]:
    """Return the copy that each was sent last, by peer."""
    rows = _TOLD.all(session, "actor = ? AND intention = ? ORDER BY entry", actor, intention)
    return {row.peer: row for row in rows}
