"""Offers: negotiations as one local actor sees them, each with its moves.

A negotiation is one row whose state the machine of `protocol.negotiation` moves; `standing` is the offer that
could be accepted now, `head` the latest activity. A move is one signed activity of it; its bytes are in the
journal at `entry`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from node.core.entries import render_instant
from node.storage.kinds import Declared, Kind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Page, Table, chunks
from protocol.negotiation import Event, Party, State

TABLES = (Declared("moves", Kind.PROJECTION), Declared("offers", Kind.PROJECTION))

OPEN_STATES = (State.OFFERED, State.COUNTERED)
"""The states in which a negotiation can still expire; the partial index `offers_due` names the same."""


class MoveStatus(StrEnum):
    """What a move did: changed the state, or came too late to, or crossed another on its way."""

    APPLIED = "applied"
    VOID = "void"
    CROSSED = "crossed"


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One negotiation; `intention` and `amends` are IRIs, `draft` and `countered` the terms on the table."""

    id: str
    actor: str
    negotiation: str
    peer: str
    role: Party
    intention: str
    amends: str | None
    state: State
    head: str
    head_digest: str
    standing: str
    standing_digest: str
    draft: dict[str, Any]
    countered: dict[str, Any] | None
    total: Decimal | None
    currency: str
    rounds: int
    expires_at: datetime | None
    opened_at: datetime
    updated_at: datetime


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


_OFFERS = Table(OfferRow, "offers", key=("id",))
_MOVES = Table(MoveRow, "moves", key=("actor", "iri"))
_OPEN = "state IN ('offered', 'countered')"


def save_offer(session: Session, offer: OfferRow) -> None:
    """Add a negotiation or replace its state."""
    _OFFERS.save(session, offer)


def delete_offer(session: Session, id: str) -> None:
    """Drop a negotiation with its moves; what else refers to it must be gone."""
    session.run("DELETE FROM moves WHERE offer = ?", id)
    session.run("DELETE FROM offers WHERE id = ?", id)


def load_offer(session: Session, actor: str, id: str) -> OfferRow | None:
    """Return an actor's negotiation by id."""
    return _OFFERS.first(session, "id = ? AND actor = ?", id, actor)


def load_offer_by_negotiation(session: Session, actor: str, negotiation: str) -> OfferRow | None:
    """Return an actor's negotiation by its IRI, the `context` of its activities."""
    return _OFFERS.first(session, "actor = ? AND negotiation = ?", actor, negotiation)


def load_offer_by_move(session: Session, actor: str, activity: str) -> OfferRow | None:
    """Return the negotiation that an activity, of either side and any round, belongs to."""
    condition = "id = (SELECT offer FROM moves WHERE actor = ? AND iri = ?)"
    return _OFFERS.first(session, condition, actor, activity)


def list_offers(
    session: Session,
    actor: str,
    *,
    intention: str | None = None,
    state: State | None = None,
    role: Party | None = None,
    peer: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[OfferRow]:
    """List an actor's negotiations, newest first; `intention` and `peer` are IRIs."""
    wanted = {"actor": actor, "intention": intention, "state": state, "role": role, "peer": peer}
    return _OFFERS.page(session, wanted, newest="opened_at", cursor=cursor, limit=limit)


def offers_for_intention(session: Session, actor: str, intention: str) -> list[OfferRow]:
    """Return every negotiation about an intention (its IRI), oldest first."""
    return _OFFERS.all(session, "actor = ? AND intention = ? ORDER BY opened_at, id", actor, intention)


def count_offers(session: Session, actor: str, intention: str) -> tuple[int, int]:
    """Count the negotiations about an intention (its IRI): all, and those still open."""
    counts = f"count(*), count(CASE WHEN {_OPEN} THEN 1 END)"
    statement = f"SELECT {counts} FROM offers WHERE actor = ? AND intention = ?"
    ((all, open),) = session.all(statement, actor, intention)
    return all, open


def count_offers_of(session: Session, actor: str, intentions: Collection[str]) -> dict[str, tuple[int, int]]:
    """Count for each of these intentions (IRIs) as `count_offers` does; one without any is left out."""
    counted: dict[str, tuple[int, int]] = {}
    counts = f"intention, count(*), count(CASE WHEN {_OPEN} THEN 1 END)"
    among = f"actor = ? AND intention IN {MARKS}"
    statement = f"SELECT {counts} FROM offers WHERE {among} GROUP BY intention"
    for some in chunks(intentions):
        counted |= {iri: (all, open) for iri, all, open in session.all(statement, actor, *some)}
    return counted


def standing_rivals(
    session: Session, actor: str, intention: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[OfferRow]:
    """Return offers to an intention of ours (its IRI) that still stand, oldest first, at most `limit`.

    They are those that answer the intention itself; `after` is the opening and the id of the last one seen.
    """
    opened_at, id = ("", "") if after is None else (render_instant(after[0]), after[1])
    standing = "state = 'offered' AND role = 'offeree' AND amends IS NULL"
    among = f"actor = ? AND intention = ? AND (opened_at, id) > (?, ?) AND {standing}"
    order = "ORDER BY opened_at, id LIMIT ?"
    return _OFFERS.all(session, f"{among} {order}", actor, intention, opened_at, id, limit)


def count_offers_of_peer(session: Session, actor: str, peer: str, *, intention: str) -> int:
    """Count the negotiations, in whatever state, that a peer has had about one intention (its IRI)."""
    statement = "SELECT count(*) FROM offers WHERE actor = ? AND peer = ? AND intention = ?"
    count = value(session, statement, actor, peer, intention)
    return int(count)


def count_open_with_peer(session: Session, actor: str, peer: str) -> int:
    """Count the negotiations with a peer that are still open."""
    statement = f"SELECT count(*) FROM offers WHERE actor = ? AND peer = ? AND {_OPEN}"
    count = value(session, statement, actor, peer)
    return int(count)


def count_by_state(session: Session, actor: str, *, role: Party | None = None) -> dict[str, int]:
    """Count an actor's negotiations by state, in one role or in both."""
    among = "actor = ? AND (? IS NULL OR role = ?)"
    statement = f"SELECT state, count(*) FROM offers WHERE {among} GROUP BY state"
    return dict(session.all(statement, actor, role, role))


def due_offers(session: Session, now: datetime, *, limit: int = 100) -> list[OfferRow]:
    """Return open negotiations of all actors whose offer has run out, the longest overdue first."""
    condition = f"{_OPEN} AND expires_at <= ? ORDER BY expires_at LIMIT ?"
    return _OFFERS.all(session, condition, render_instant(now), limit)


def next_expiry(session: Session) -> datetime | None:
    """Return the earliest instant at which an open negotiation runs out."""
    expiry = value(session, f"SELECT min(expires_at) FROM offers WHERE {_OPEN}")
    return None if expiry is None else datetime.fromisoformat(expiry)


def save_move(session: Session, move: MoveRow) -> None:
    """Add a move, or change its status. Raises: Missing if its offer is not saved yet."""
    _MOVES.save(session, move)


def load_move(session: Session, actor: str, iri: str) -> MoveRow | None:
    """Return the move that an activity made."""
    return _MOVES.load(session, actor, iri)


def moves_by_iri(session: Session, actor: str, iris: Collection[str]) -> list[MoveRow]:
    """Return the moves that these activities (IRIs) made."""
    return _MOVES.among(session, "iri", iris, actor=actor)


def list_moves(session: Session, offer: str, *, statuses: Sequence[MoveStatus] = ()) -> list[MoveRow]:
    """Return the moves of a negotiation as they were journalled, of these statuses only if given."""
    among = f" AND status IN ({', '.join('?' * len(statuses))})" if statuses else ""
    return _MOVES.all(session, f"offer = ?{among} ORDER BY entry, iri", offer, *statuses)
