"""Quotas: how much of what peers sent was kept lately, for each allowance that it counts against.

Forgettable: what is lost was counted for a month at most, and the counting begins anew.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from node.core.entries import render_instant
from node.core.quotas import Extent, Share, Use
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session

TABLES = (Declared("quotas", TableKind.FORGETTABLE),)


_KEY = "actor, scope, who"
_SAVE = (
    f"INSERT INTO quotas ({_KEY}, bytes, at, told_at) VALUES {{}} ON CONFLICT ({_KEY}) "
    "DO UPDATE SET bytes = excluded.bytes, at = excluded.at, told_at = excluded.told_at"
)
_SAVES = tuple(_SAVE.format(", ".join(["(?, ?, ?, ?, ?, ?)"] * size)) for size in range(1, len(Extent) + 1))


def read_use(kept: float | None, at: Any, told_at: Any) -> Use | None:
    """Read the columns of a use; None if it has not been touched."""
    if kept is None:
        return None
    told = None if told_at is None else datetime.fromisoformat(told_at)
    return Use(bytes=kept, at=datetime.fromisoformat(at), told_at=told)


def load_use(session: Session, actor: str, share: Share) -> Use | None:
    """Return the use of a share, if it has been touched."""
    statement = "SELECT bytes, at, told_at FROM quotas WHERE actor = ? AND scope = ? AND who = ?"
    found = session.one(statement, actor, str(share.scope), share.who)
    return None if found is None else read_use(*found)


def save_uses(session: Session, actor: str, uses: Mapping[Share, Use]) -> None:
    """Set the uses of some shares, of one or more but no two of one extent."""
    values: list[Any] = []
    for share, use in uses.items():
        told_at = None if use.told_at is None else render_instant(use.told_at)
        values += (actor, str(share.scope), share.who, use.bytes, render_instant(use.at), told_at)
    session.run(_SAVES[len(uses) - 1], *values)


def forget_uses(session: Session, *, before: datetime, most: int) -> int:
    """Drop what was last touched before a moment, and so has drained, at most so much; return how many."""
    oldest = f"SELECT {_KEY} FROM quotas WHERE at < ? ORDER BY at LIMIT ? + 0"
    return session.run(f"DELETE FROM quotas WHERE ({_KEY}) IN ({oldest})", render_instant(before), most)
