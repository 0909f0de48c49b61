"""How far a shop has looked at its late offers: a place among its unanswered first offers, by their time.

Not a projection: it says what was looked at, not what is. A place behind what is late by now is of another
clock or another rule, and counts as none.
"""

from datetime import datetime

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.offers import BEFORE_ALL, OfferRow, Place
from node.storage.session import Session

TABLES = (Declared("undercutting", TableKind.KEPT),)


def load_place(session: Session, actor: str, *, until: datetime) -> Place:
    """Return behind which offer to look on, among those opened until then."""
    found = session.one("SELECT opened_at, offer FROM undercutting WHERE actor = ?", actor)
    return BEFORE_ALL if found is None or found[0] > render_instant(until) else Place(found[0], found[1])


def leave_behind(session: Session, offer: OfferRow) -> None:
    """Note that an offer was looked at, and all before it."""
    statement = (
        "INSERT INTO undercutting (actor, opened_at, offer) VALUES (?, ?, ?) "
        "ON CONFLICT (actor) DO UPDATE SET opened_at = excluded.opened_at, offer = excluded.offer"
    )
    session.run(statement, offer.actor, render_instant(offer.opened_at), offer.id)


def begin_again(session: Session, actor: str) -> None:
    """Forget what was looked at, as for a new rule or price list."""
    session.run("DELETE FROM undercutting WHERE actor = ?", actor)
