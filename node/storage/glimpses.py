"""Glimpses: of many negotiations the little that is compared, or found by; nothing long is read of any.

Rules that hold here: what is read stands before the terms in their row, or in an index that has them all.
"""

from datetime import datetime
from typing import Any, Final, NamedTuple

from node.core.entries import render_instant
from node.storage.offers import PROPOSED
from node.storage.session import Session
from protocol.negotiation import Party, State

_SOLD: Final = (
    "NOT EXISTS (SELECT 1 FROM agreements WHERE agreements.actor = offers.actor "
    "AND agreements.iri = offers.amends AND agreements.own = 1)"
)


class StandingOffer(NamedTuple):
    """An offer that could be accepted now, without its terms: `digest` is that of the activity with them.

    `ends` is until when it stands, as it is kept.
    """

    id: str
    peer: str
    digest: str
    ends: str | None

    @property
    def expires_at(self) -> datetime | None:
        """Until when it stands."""
        return None if self.ends is None else datetime.fromisoformat(self.ends)


class NamedOffer(NamedTuple):
    """A negotiation by what it is found by: `peer` is an id, `intention` an IRI."""

    id: str
    peer: str
    intention: str
    name: str


class HeldAcceptance(NamedTuple):
    """An acceptance that has not left: of which offer (its id), whose, and as it is kept, when it leaves.

    `changes` is 1 if it is to change an agreement.
    """

    offer: str
    peer: str
    leaves: str
    changes: int

    @property
    def leaves_at(self) -> datetime:
        """When it leaves."""
        return datetime.fromisoformat(self.leaves)


def held_acceptances(session: Session, actor: str, *, now: datetime, limit: int) -> list[HeldAcceptance]:
    """Return an actor's acceptances that wait to leave and can be undone, the next to leave first."""
    # From those that are accepted to what carries them: what else waits to leave may be any number.
    statement = (
        "SELECT offers.id, offers.peer, deliveries.due_at, offers.amends IS NOT NULL FROM offers "
        "JOIN moves ON moves.offer = offers.id AND moves.event = 'accept' "
        "AND moves.by_party = 'offeree' AND moves.status = 'applied' "
        "JOIN deliveries ON deliveries.actor = offers.actor AND deliveries.activity = moves.iri "
        "WHERE offers.actor = ? AND offers.role = 'offeree' AND offers.state = 'accepted' "
        "AND +deliveries.state = 'queued' AND deliveries.tried = 0 AND +deliveries.due_at > ? "
        "ORDER BY deliveries.due_at, offers.id LIMIT ? + 0"
    )
    rows = session.all(statement, actor, render_instant(now), limit)
    return [HeldAcceptance._make(row) for row in rows]


def standing_offers(session: Session, actor: str, intention: str, *, limit: int) -> list[StandingOffer]:
    """Return offers to an intention (its IRI) that could be accepted now, the newest first, up to a limit.

    What changes an agreement is about the same intention, and no offer to it.
    """
    condition = "actor = ? AND intention = ? AND state = 'offered' AND amends IS NULL"
    order = "ORDER BY opened_at DESC, id DESC LIMIT ? + 0"
    statement = f"SELECT id, peer, standing_digest, expires_at FROM offers WHERE {condition} {order}"
    return [StandingOffer._make(row) for row in session.all(statement, actor, intention, limit)]


def named_offers(session: Session, actor: str, *, role: Party, state: State, limit: int) -> list[NamedOffer]:
    """Return by what an actor's newest negotiations in a role and a state are found, up to a limit.

    Nothing long is read, however long the terms are. What would change an agreement in which the actor pays
    is left out: nothing is sold by it.
    """
    among = (
        f"actor = ? AND role IN (?) AND state IN (?) AND {_SOLD} ORDER BY opened_at DESC, id DESC LIMIT ? + 0"
    )
    return _named(session, among, actor, str(role), str(state), limit)


def named_proposals(session: Session, actor: str, *, limit: int) -> list[NamedOffer]:
    """Return by what the proposals of others to change what the actor sells are found, the newest first."""
    return _named(session, f"{_SOLD} AND {PROPOSED} LIMIT ? + 0", actor, limit)


def named_earning(session: Session, actor: str, *, state: State, limit: int) -> list[NamedOffer]:
    """Return by what the negotiations behind an actor's newest agreements are found in which it is paid."""
    statement = (
        "SELECT offers.id, offers.peer, offers.intention, offers.name FROM agreements JOIN offers "
        "ON offers.actor = agreements.actor AND offers.id = agreements.offer "
        "WHERE agreements.actor = ? AND agreements.own = 0 AND agreements.state = ? "
        "ORDER BY agreements.concluded_at DESC, agreements.id DESC LIMIT ? + 0"
    )
    return [NamedOffer._make(row) for row in session.all(statement, actor, str(state), limit)]


def _named(session: Session, condition: str, *parameters: Any) -> list[NamedOffer]:
    rows = session.all(f"SELECT id, peer, intention, name FROM offers WHERE {condition}", *parameters)
    return [NamedOffer._make(row) for row in rows]
