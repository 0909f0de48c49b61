"""Wishes of strangers: of people whom an actor has neither answered nor agreed with, and does not follow.

Each reads the wishes of one day alone. What strangers may leave here bounds them (`node.core.quotas`).
"""

from datetime import datetime

from node.core.entries import render_instant
from node.storage.offers import AGREED_HERE, ANSWERED
from node.storage.session import Session

_BETWEEN = (
    "SELECT 1 FROM offers WHERE offers.actor = {whose} AND offers.peer = {peer} "
    f"AND ({AGREED_HERE} OR {ANSWERED})"
)
_FOLLOWED = (
    "SELECT 1 FROM follows WHERE follows.actor = {whose} AND follows.peer = {peer} "
    "AND direction = 'following'"
)
_NAMED = {"whose": "?", "peer": "?"}
_ASKED = {"whose": "wishes.actor", "peer": "wishes.peer"}
_STRANGERS = (
    "FROM intentions AS wishes JOIN peers ON peers.actor = wishes.actor AND peers.id = wishes.peer "
    "WHERE wishes.actor = ? AND wishes.own = 0 "
    "AND wishes.state IN ('open', 'withdrawn', 'awarded', 'expired') "  # each is a range of the index
    "AND wishes.received_at >= ? AND wishes.received_at < ? "
    f"AND NOT EXISTS ({_BETWEEN.format(**_ASKED)}) AND NOT EXISTS ({_FOLLOWED.format(**_ASKED)})"
)
_KNOWN = f"SELECT EXISTS ({_BETWEEN.format(**_NAMED)}) OR EXISTS ({_FOLLOWED.format(**_NAMED)})"
_OUTSIDE = (
    "AND wishes.state = 'open' "
    "AND NOT EXISTS (SELECT 1 FROM crm_records WHERE crm_records.actor = wishes.actor "
    "AND crm_records.kind = 'opportunity' AND crm_records.external_id = wishes.iri)"
)


def is_known(session: Session, actor: str, peer: str) -> bool:
    """Tell whether an actor has answered a peer, agreed with it, or follows it."""
    return bool(session.all(_KNOWN, actor, peer, actor, peer)[0][0])


def list_strangers(
    session: Session, actor: str, since: datetime, until: datetime
) -> list[tuple[str, str, str]]:
    """Return the wishes of strangers between two moments, as they came: iri, peer, and the peer's address."""
    listed = f"SELECT wishes.iri, wishes.peer, peers.address {_STRANGERS} ORDER BY received_at, wishes.id"
    found = session.all(listed, actor, render_instant(since), render_instant(until))
    return [(str(iri), str(peer), str(address)) for iri, peer, address in found]


def list_outside(session: Session, actor: str, since: datetime, until: datetime, *, most: int) -> list[str]:
    """Return the open wishes of strangers between two moments that are no record of the CRM, some at most."""
    listed = f"SELECT wishes.iri {_STRANGERS} {_OUTSIDE} LIMIT ? + 0"
    return [
        str(iri) for (iri,) in session.all(listed, actor, render_instant(since), render_instant(until), most)
    ]
