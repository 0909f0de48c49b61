"""Offers: negotiations as one local actor sees them.

A negotiation is one row whose state the machine of `protocol.negotiation` moves; `standing` is the offer that
could be accepted now, `head` the latest activity.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Page, Plain, Table, chunks
from protocol.negotiation import Party, State
from protocol.values import dataclass

TABLES = (Declared("offers", TableKind.PROJECTION),)

KEPT_STATES = tuple(state for state in State if state is not State.NONE)
"""The states in which a negotiation can be kept."""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One negotiation; `peer` is the id of its other end, `intention` and `amends` are IRIs.

    `origin` is where the peer was when it began: who moves begins nothing anew by that. `draft` and
    `countered` are the terms on the table, `name` is that of the draft, to be found by; `exceeded` are
    the terms that the draft takes more about data than, if it follows such. `alternative_to` is the offer
    (IRI) that the first one named as the other to choose from.
    """

    id: str
    actor: str
    negotiation: str
    peer: str
    origin: str
    role: Party
    intention: str
    amends: str | None
    name: str
    state: State
    head: str
    head_digest: str
    standing: str
    standing_digest: str
    draft: Plain
    countered: dict[str, Any] | None
    total: Decimal | None
    currency: str
    rounds: int
    expires_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    exceeded: dict[str, Any] | None
    alternative_to: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A place among offers by the time they were opened, as it is kept: behind this offer (its id)."""

    opened_at: str
    offer: str


BEFORE_ALL = Place("", "")


_OFFERS = Table(OfferRow, "offers", key=("actor", "id"))
_OPEN = "state IN ('offered', 'countered')"
# The partial indexes `offers_agreed`, `offers_answered` and `offers_unanswered` say the same as these three.
AGREED = "state IN ('accepted', 'concluded', 'superseded', 'ending', 'ended')"
AGREED_HERE = f"{AGREED} AND (state <> 'accepted' OR role = 'offeree')"
ANSWERED = "(role = 'offerer' OR rounds > 1 OR state IN ('countered', 'rejected'))"
PROPOSED = (
    "actor = ? AND amends IS NOT NULL AND role = 'offeree' AND state = 'offered' "
    "ORDER BY opened_at DESC, id DESC"
)
_UNANSWERED = "role = 'offerer' AND state = 'offered' AND rounds = 1"

_COUNT_RIVALS = (
    "SELECT (SELECT count(*) FROM "
    "(SELECT 1 FROM offers WHERE actor = ? AND intention = ? AND origin = ? LIMIT ? + 0)), "
    f"(SELECT count(*) FROM (SELECT 1 FROM offers WHERE actor = ? AND intention = ? AND {_OPEN} LIMIT ? + 0))"
)
_COUNT_WITH_PEER = (
    f"SELECT (SELECT count(*) FROM offers WHERE actor = ? AND peer = ? AND {_OPEN}), "
    "(SELECT count(*) FROM offers WHERE actor = ? AND peer = ? AND intention = ?), "
    f"(SELECT count(*) FROM offers WHERE actor = ? AND peer = ? AND intention = ? AND {_OPEN}), "
    "EXISTS (SELECT 1 FROM offers WHERE actor = ? AND negotiation = ?)"
)


def save_offer(session: Session, offer: OfferRow) -> None:
    """Add a negotiation or replace its state."""
    _OFFERS.save(session, offer)


def delete_offer(session: Session, actor: str, id: str) -> None:
    """Drop an actor's negotiation with its moves; what else refers to it must be gone."""
    session.run("DELETE FROM moves WHERE offer = ? AND actor = ?", id, actor)
    session.run("DELETE FROM offers WHERE actor = ? AND id = ?", actor, id)


def load_offer(session: Session, actor: str, id: str) -> OfferRow | None:
    """Return an actor's negotiation by id."""
    return _OFFERS.load(session, actor, id)


def offers_by_id(session: Session, actor: str, ids: Collection[str]) -> list[OfferRow]:
    """Return those of these negotiations of an actor's that are there."""
    return _OFFERS.among(session, "id", ids, actor=actor)


def names_of(session: Session, actor: str, ids: Collection[str]) -> dict[str, str]:
    """Return what these negotiations of an actor are called, by id, and nothing long."""
    statement = f"SELECT id, name FROM offers WHERE actor = ? AND id IN {MARKS}"
    return {id: name for some in chunks(ids) for id, name in session.all(statement, actor, *some)}


def load_offer_by_negotiation(session: Session, actor: str, negotiation: str) -> OfferRow | None:
    """Return an actor's negotiation by its IRI, the `context` of its activities."""
    return _OFFERS.first(session, "actor = ? AND negotiation = ?", actor, negotiation)


def load_offer_by_move(session: Session, actor: str, activity: str) -> OfferRow | None:
    """Return the negotiation that an activity, of either side and any round, belongs to."""
    condition = "actor = ? AND id = (SELECT offer FROM moves WHERE actor = ? AND iri = ?)"
    return _OFFERS.first(session, condition, actor, actor, activity)


def offers_by_moves(session: Session, actor: str, activities: Collection[str]) -> dict[str, OfferRow]:
    """Return an actor's negotiations by activities that belong to them, of either side and any round."""
    named = dict[str, str]()
    for some in chunks(activities):
        statement = f"SELECT iri, offer FROM moves WHERE actor = ? AND iri IN {MARKS}"
        named |= dict(session.all(statement, actor, *some))
    rows = {row.id: row for row in offers_by_id(session, actor, {*named.values()})}
    return {iri: rows[id] for iri, id in named.items()}


def standing_with(session: Session, actor: str, peer: str, *, intention: str) -> list[OfferRow]:
    """Return the offers about an intention (its IRI), of either side, that stand with a peer (its id)."""
    condition = "actor = ? AND peer = ? AND intention = ? AND +state = 'offered' AND amends IS NULL"
    return _OFFERS.all(session, f"{condition} ORDER BY opened_at, id", actor, peer, intention)


def list_offers(
    session: Session,
    actor: str,
    *,
    intention: str | None = None,
    state: State | None = None,
    role: Party | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[OfferRow]:
    """List an actor's negotiations, newest first; `intention` is an IRI."""
    wanted: dict[str, Any] = {"actor": actor, "intention": intention, "state": state, "role": role}
    if intention is None:  # the index has role and state first: of what is not asked for, every one is
        wanted |= {"role": role or (Party.OFFERER, Party.OFFEREE), "state": state or KEPT_STATES}
    return _OFFERS.page(session, wanted, newest="opened_at", cursor=cursor, limit=limit)


def list_amendments(
    session: Session, actor: str, agreement: str, *, cursor: str | None = None, limit: int = 50
) -> Page[OfferRow]:
    """List the negotiations that would change an agreement (its IRI), or have, newest first."""
    wanted = {"actor": actor, "amends": agreement}
    return _OFFERS.page(session, wanted, newest="opened_at", cursor=cursor, limit=limit)


def is_changed_by(session: Session, actor: str, agreement: str, *, peer: str) -> bool:
    """Tell whether a peer (its id) has moved in a negotiation that would change an agreement (its IRI)."""
    statement = (
        "SELECT 1 FROM offers JOIN moves ON moves.offer = offers.id "
        "WHERE offers.actor = ? AND offers.amends = ? AND offers.peer = ? "
        "AND moves.by_party NOT IN ('clock', offers.role) LIMIT 1"
    )
    return session.one(statement, actor, agreement, peer) is not None


def has_signed_change(session: Session, actor: str, agreement: str) -> bool:
    """Tell whether an actor has accepted a change of an agreement (its IRI) that is not signed by both.

    An acceptance of which nothing was tried yet has reached nobody, and so is none.
    """
    # By the agreement: of changes that were accepted, or of what is queued, there may be any number.
    statement = (
        "SELECT 1 FROM offers JOIN moves ON moves.offer = offers.id "
        "AND moves.event = 'accept' AND moves.status = 'applied' "
        "WHERE offers.actor = ? AND offers.amends = ? "
        "AND +offers.role = 'offeree' AND +offers.state = 'accepted' "
        "AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.actor = offers.actor "
        "AND deliveries.activity = moves.iri AND +deliveries.state = 'queued' AND deliveries.tried = 0) "
        "LIMIT 1"
    )
    return session.one(statement, actor, agreement) is not None


def proposed_amendments(session: Session, actor: str, *, limit: int) -> list[OfferRow]:
    """Return what others propose to change of agreements and nobody has answered, the newest first."""
    return _OFFERS.all(session, f"{PROPOSED} LIMIT ? + 0", actor, limit)


def count_offers(session: Session, actor: str, intention: str) -> tuple[int, int]:
    """Count the offers to an intention (its IRI): all, and those still open; an amendment is none to it."""
    counts = f"count(*), count(CASE WHEN {_OPEN} THEN 1 END)"
    statement = f"SELECT {counts} FROM offers WHERE actor = ? AND intention = ? AND amends IS NULL"
    ((all, open),) = session.all(statement, actor, intention)
    return all, open


def has_unsettled(session: Session, actor: str, intention: str) -> bool:
    """Tell whether a negotiation about an intention (its IRI) is open, or accepted and not concluded."""
    unsettled = "state IN ('offered', 'countered', 'accepted')"
    statement = f"SELECT 1 FROM offers WHERE actor = ? AND intention = ? AND {unsettled} LIMIT 1"
    return session.one(statement, actor, intention) is not None


def count_offers_of(session: Session, actor: str, intentions: Collection[str]) -> dict[str, tuple[int, int]]:
    """Count for each of these intentions (IRIs) as `count_offers` does; one without any is left out."""
    counted: dict[str, tuple[int, int]] = {}
    counts = f"intention, count(*), count(CASE WHEN {_OPEN} THEN 1 END)"
    among = f"actor = ? AND intention IN {MARKS} AND amends IS NULL"
    statement = f"SELECT {counts} FROM offers WHERE {among} GROUP BY intention"
    for some in chunks(intentions):
        counted |= {iri: (all, open) for iri, all, open in session.all(statement, actor, *some)}
    return counted


def open_rivals(
    session: Session, actor: str, intention: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[OfferRow]:
    """Return the offers to an intention of ours (its IRI) that stand or are countered, oldest first.

    They are those that answer the intention itself, at most `limit`; `after` is the opening and the id of the
    last one seen.
    """
    opened_at, id = ("", "") if after is None else (render_instant(after[0]), after[1])
    # No index may be chosen for the role: that of all offers to us, whatever they are about, is longer.
    among = (
        "actor = ? AND intention = ? AND (opened_at, id) > (?, ?) AND +role = 'offeree' AND amends IS NULL"
    )
    order = "ORDER BY opened_at, id LIMIT ? + 0"
    # Each state by itself, as the index has them in order: of both together all would be read and sorted.
    found = [
        row
        for state in ("state = 'offered'", "state = 'countered'")
        for row in _OFFERS.all(
            session, f"{among} AND {state} {order}", actor, intention, opened_at, id, limit
        )
    ]
    return sorted(found, key=lambda row: (row.opened_at, row.id))[:limit]


def count_with_peer(
    session: Session, actor: str, peer: str, *, intention: str, negotiation: str
) -> tuple[int, int, int, bool]:
    """Count the negotiations with a peer: the open, all about an intention (its IRI), the open of those.

    Tells fourth whether a negotiation with this IRI is known.
    """
    about = (actor, peer, intention)
    ((open, had, open_about, taken),) = session.all(
        _COUNT_WITH_PEER, actor, peer, *about, *about, actor, negotiation
    )
    return open, had, open_about, bool(taken)


def count_rivals(
    session: Session, actor: str, intention: str, *, origin: str, had: int, open: int
) -> tuple[int, int]:
    """Count the negotiations that peers at an origin have had about an intention (its IRI), up to `had`.

    Counts second the open ones of everybody, up to `open`.
    """
    (counted,) = session.all(_COUNT_RIVALS, actor, intention, origin, had, actor, intention, open)
    return counted[0], counted[1]


def offers_to(session: Session, actor: str, peer: str, *, limit: int) -> list[OfferRow]:
    """Return an actor's own offers to a peer (its id) and what amends, the newest first, up to a limit."""
    whose = "(role = 'offerer' OR amends IS NOT NULL)"
    condition = f"actor = ? AND peer = ? AND {whose} ORDER BY opened_at DESC, id DESC LIMIT ? + 0"
    return _OFFERS.all(session, condition, actor, peer, limit)


def offers_with(session: Session, actor: str, peer: str, *, role: Party, limit: int) -> list[OfferRow]:
    """Return negotiations of an actor with a peer (its id) in which it has a role, up to a limit."""
    condition = "actor = ? AND peer = ? AND +role = ? LIMIT ? + 0"  # no index is of one role
    return _OFFERS.all(session, condition, actor, peer, str(role), limit)


def count_open_with_peers(session: Session, actor: str, whom: Sequence[str]) -> dict[str, int]:
    """Count the negotiations that are still open with each of these peers that has any."""
    if not whom:
        return {}
    among = f"actor = ? AND peer IN ({', '.join('?' * len(whom))}) AND {_OPEN}"
    return dict(session.all(f"SELECT peer, count(*) FROM offers WHERE {among} GROUP BY peer", actor, *whom))


def has_agreed(session: Session, actor: str, peer: str) -> bool:
    """Tell whether an agreement with a peer was ever made that both sides did not let go again.

    That the peer has accepted makes none: anybody can who was made an offer, and it binds us to nothing.
    """
    statement = f"SELECT 1 FROM offers WHERE actor = ? AND peer = ? AND {AGREED_HERE} LIMIT 1"
    return session.one(statement, actor, peer) is not None


def open_peers(session: Session, actor: str, *, limit: int) -> list[str]:
    """Return the ids of peers with whom an actor has an open negotiation: of its newest, so many."""
    wanted = {
        "actor": actor,
        "role": (Party.OFFERER, Party.OFFEREE),
        "state": (State.OFFERED, State.COUNTERED),
    }
    rows = _OFFERS.page(session, wanted, newest="opened_at", cursor=None, limit=limit).items
    return [*dict.fromkeys(row.peer for row in rows)]


def count_by_state(session: Session, actor: str, *, role: Party) -> dict[str, int]:
    """Count an actor's negotiations by state, in one role."""
    statement = "SELECT state, count FROM offers_tally WHERE actor = ? AND role = ? AND count > 0"
    return dict(session.all(statement, actor, role))


def unanswered_offers(
    session: Session, actor: str, *, after: Place, until: datetime, limit: int
) -> list[OfferRow]:
    """Return first offers of an actor's own that stand as they were made, opened until then, oldest first."""
    condition = f"actor = ? AND {_UNANSWERED} AND (opened_at, id) > (?, ?) AND opened_at <= ?"
    parameters = (actor, after.opened_at, after.offer, render_instant(until), limit)
    return _OFFERS.all(session, f"{condition} ORDER BY opened_at, id LIMIT ? + 0", *parameters)


def next_unanswered(session: Session, actor: str, *, after: Place) -> datetime | None:
    """Return when the next first offer of an actor's own was opened that stands as it was made."""
    condition = f"actor = ? AND {_UNANSWERED} AND (opened_at, id) > (?, ?) ORDER BY opened_at, id"
    row = _OFFERS.first(session, condition, actor, after.opened_at, after.offer)
    return None if row is None else row.opened_at


def due_offers(session: Session, now: datetime, *, limit: int = 100) -> list[OfferRow]:
    """Return open negotiations of all actors whose offer has run out, the longest overdue first."""
    condition = f"{_OPEN} AND expires_at <= ? ORDER BY expires_at LIMIT ? + 0"
    return _OFFERS.all(session, condition, render_instant(now), limit)


def ending_offers(session: Session, actor: str, *, after: datetime, limit: int) -> list[OfferRow]:
    """Return an actor's open negotiations that run out after an instant, the next first."""
    condition = f"actor = ? AND {_OPEN} AND expires_at > ? ORDER BY expires_at LIMIT ? + 0"
    return _OFFERS.all(session, condition, actor, render_instant(after), limit)


def next_expiry(session: Session) -> datetime | None:
    """Return the earliest instant at which an open negotiation runs out."""
    expiry = value(session, f"SELECT min(expires_at) FROM offers WHERE {_OPEN}")
    return None if expiry is None else datetime.fromisoformat(expiry)
