"""Quotas: how much of what peers sent was kept lately, for each allowance that it counts against.

Forgettable: what is lost was counted for a month at most, and the counting begins anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from node.core.entries import render_instant
from node.core.quotas import Extent, Share, Use
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table

TABLES = (Declared("quotas", TableKind.FORGETTABLE),)


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """What counts against one share of an actor's, in bytes, as of a moment; and when its owner was told."""

    actor: str
    scope: Extent
    who: str
    bytes: float
    at: datetime
    told_at: datetime | None


_QUOTAS = Table(QuotaRow, "quotas", key=("actor", "scope", "who"))


def load_uses(session: Session, actor: str, wanted: Sequence[Share]) -> dict[Share, Use]:
    """Return the use of each of these shares that has been touched."""
    condition = " OR ".join(["(actor = ? AND scope = ? AND who = ?)"] * len(wanted))
    values = [value for share in wanted for value in (actor, str(share.scope), share.who)]
    rows = {(row.scope, row.who): row for row in _QUOTAS.all(session, condition, *values)}
    found = ((share, rows.get((share.scope, share.who))) for share in wanted)
    return {share: Use(bytes=row.bytes, at=row.at, told_at=row.told_at) for share, row in found if row}


def save_use(session: Session, actor: str, share: Share, use: Use) -> None:
    """Set the use of a share."""
    _QUOTAS.save(session, QuotaRow(actor, share.scope, share.who, use.bytes, use.at, use.told_at))


def forget_uses(session: Session, *, before: datetime) -> int:
    """Drop what was last touched before a moment, and so has drained; return how many."""
    return session.run("DELETE FROM quotas WHERE at < ?", render_instant(before))
