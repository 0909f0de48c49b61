"""What of a price list is promised to offers, and the rule a shop answers by.

Rules: `stock` counts what stands on the shelf (None: not counted), `held` what open offers were promised of
it, both in millionths of the item's unit. An offer holds at most once; anything is promised only if
`stock - held` covers it, in one statement, so it is never promised twice. Selling takes it off the shelf,
releasing gives the promise back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.offers import AGREED_HERE
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.errors import Conflict
from protocol.values import dataclass

TABLES = (
    Declared("reservations", TableKind.PROJECTION),
    Declared("rules", TableKind.PROJECTION),
)


class ReservationState(StrEnum):
    """What became of the units promised to an offer."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """What of one item is promised to one offer (its id), whose other end was at an origin when it began.

    `quantity` is in millionths of the item's unit.
    """

    offer: str
    actor: str
    sku: str
    origin: str
    quantity: int
    state: ReservationState


@dataclass(frozen=True, slots=True)
class _RuleRow:
    """How one actor's shop answers by itself."""

    actor: str
    document: dict[str, Any]
    updated_at: datetime


_RULES = Table(_RuleRow, "rules", key=("actor",))
_RESERVATIONS = Table(ReservationRow, "reservations", key=("offer",))
LOOKED_AT: Final = 256  # of what one origin is promised of an item, to find what is promised to the unknown
LATEST: Final = 10_000  # of what one origin was promised, to find what was countered: milliseconds
_COUNT_HELD = (
    "SELECT count(*), coalesce(sum(CASE WHEN EXISTS (SELECT 1 FROM offers "
    f"WHERE actor = holding.actor AND peer = holding.peer AND {AGREED_HERE}) "
    "THEN 0 ELSE holding.quantity END), 0) FROM ("
    "SELECT offers.actor, offers.peer, reservations.quantity FROM reservations "
    "CROSS JOIN offers ON offers.actor = reservations.actor AND offers.id = reservations.offer "
    "WHERE reservations.actor = ? AND reservations.sku = ? AND reservations.origin = ? "
    f"AND reservations.state = 'held' LIMIT {LOOKED_AT}) AS holding"
)


def load_reservation(session: Session, offer: str) -> ReservationRow | None:
    """Return what is promised to an offer (its id)."""
    return _RESERVATIONS.load(session, offer)


def count_held(session: Session, actor: str, sku: str, *, origin: str) -> int | None:
    """Add up, in millionths, what of an item peers at an origin without an agreement are promised.

    Returns None if that is more than is looked at.
    """
    ((found, held),) = session.all(_COUNT_HELD, actor, sku, origin)
    return int(held) if found < LOOKED_AT else None


def count_countered(session: Session, actor: str, *, origin: str, since: datetime, most: int) -> int:
    """Count the negotiations about items of a list in which an origin countered since, and nothing was sold.

    At most `most` are counted, among the latest: a large server may have had any number.
    """
    latest = (
        "SELECT offer FROM reservations WHERE actor = ? AND origin = ? AND state <> 'sold' "
        f"ORDER BY rowid DESC LIMIT {LATEST}"
    )
    statement = (
        f"SELECT count(*) FROM (SELECT 1 FROM ({latest}) AS late WHERE EXISTS (SELECT 1 FROM moves "
        "WHERE moves.offer = late.offer AND moves.event = 'counter' AND moves.at > ?) LIMIT ? + 0)"
    )
    return int(value(session, statement, actor, origin, render_instant(since), most))


def count_holding(session: Session, actor: str, skus: Sequence[str]) -> dict[str, int]:
    """Count the offers that hold something of items, by article number; only of those that are held."""
    if not skus:
        return {}
    marks = ", ".join("?" * len(skus))
    statement = (
        "SELECT sku, count(*) FROM reservations "
        f"WHERE actor = ? AND sku IN ({marks}) AND state = 'held' GROUP BY sku"
    )
    return {str(sku): int(count) for sku, count in session.all(statement, actor, *skus)}


def reserve(
    session: Session, actor: str, *, offer: str, sku: str, origin: str, quantity: int
) -> ReservationRow:
    """Promise units of an item to an offer, in place of what the offer held before.

    Raises: Conflict "out-of-stock" if not enough can be promised; what the offer held before is then
    unchanged if the caller's write is rolled back, as it is when the error leaves it. ValueError for a
    quantity of nothing.
    """
    if quantity < 1:
        raise ValueError("a reservation holds something")
    release(session, offer)
    promised = session.run(
        "UPDATE items SET held = held + ? "
        "WHERE actor = ? AND sku = ? AND (stock IS NULL OR stock - held >= ?)",
        quantity,
        actor,
        sku,
        quantity,
    )
    if promised == 0:
        raise Conflict(codes.OUT_OF_STOCK)
    reservation = ReservationRow(offer, actor, sku, origin, quantity, ReservationState.HELD)
    _RESERVATIONS.save(session, reservation)
    return reservation


def release(session: Session, offer: str) -> bool:
    """Give back what is held for an offer; tell whether anything was."""
    reservation = _settle(session, offer, ReservationState.RELEASED)
    if reservation is None:
        return False
    statement = "UPDATE items SET held = held - ? WHERE actor = ? AND sku = ?"
    session.run(statement, reservation.quantity, reservation.actor, reservation.sku)
    return True


def sell(session: Session, offer: str) -> bool:
    """Take what is held for an offer off the shelf; tell whether anything was held."""
    reservation = _settle(session, offer, ReservationState.SOLD)
    if reservation is None:
        return False
    # A list loaded meanwhile may count fewer than were promised; the shelf cannot hold less than nothing.
    statement = (
        "UPDATE items SET held = held - ?, stock = CASE WHEN stock < ? THEN 0 ELSE stock - ? END "
        "WHERE actor = ? AND sku = ?"
    )
    units = reservation.quantity
    session.run(statement, units, units, units, reservation.actor, reservation.sku)
    return True


def settle(session: Session, offer: str, state: ReservationState) -> bool:
    """Bring what an offer was promised to this state, whatever it is in now; tell whether it is there then.

    Units given back can only be held again while nobody else has been promised them.
    """
    reservation = load_reservation(session, offer)
    if reservation is None or reservation.state is state:
        return reservation is not None
    if reservation.state is ReservationState.SOLD:
        if not _return_to_shelf(session, reservation):
            return state is ReservationState.RELEASED
    elif reservation.state is ReservationState.RELEASED:
        try:
            reserve(
                session,
                reservation.actor,
                offer=offer,
                sku=reservation.sku,
                origin=reservation.origin,
                quantity=reservation.quantity,
            )
        except Conflict:
            return False
    if state is ReservationState.SOLD:
        return sell(session, offer)
    return state is ReservationState.HELD or release(session, offer)


def _return_to_shelf(session: Session, reservation: ReservationRow) -> bool:
    """Hold sold units again: the sale did not come about. Of an item off the list none can be: tell so."""
    statement = "UPDATE items SET held = held + ?, stock = stock + ? WHERE actor = ? AND sku = ?"
    units = reservation.quantity
    returned = session.run(statement, units, units, reservation.actor, reservation.sku) > 0
    state = ReservationState.HELD if returned else ReservationState.RELEASED
    _RESERVATIONS.save(session, replace(reservation, state=state))
    return returned


def _settle(session: Session, offer: str, state: ReservationState) -> ReservationRow | None:
    """Close what is held for an offer as `state` and return it; None if nothing is held."""
    reservation = load_reservation(session, offer)
    if reservation is None or reservation.state is not ReservationState.HELD:
        return None
    session.run("UPDATE reservations SET state = ? WHERE offer = ?", str(state), offer)
    return reservation


def forget_reservation(session: Session, offer: str) -> None:
    """Drop the record of what was promised to an offer; what is still held is given back."""
    release(session, offer)
    session.run("DELETE FROM reservations WHERE offer = ?", offer)


def save_rule(session: Session, actor: str, document: Mapping[str, Any], *, at: datetime) -> None:
    """Set how an actor's shop answers by itself."""
    _RULES.save(session, _RuleRow(actor, dict(document), at))


def drop_rule(session: Session, actor: str) -> None:
    """Let an actor's shop answer nothing by itself."""
    session.run("DELETE FROM rules WHERE actor = ?", actor)


def load_rule(session: Session, actor: str) -> dict[str, Any] | None:
    """Return how an actor's shop answers by itself; None if it does not."""
    rule = _RULES.load(session, actor)
    return None if rule is None else rule.document
