"""Grants: what our actors let businesses read, and what they may read themselves."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Page, Table
from protocol.grants import GrantState
from protocol.values import dataclass

TABLES = (Declared("grants", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant between an actor and a peer (its id); `own` tells that our actor gave it.

    `activity` is what brought it, `agreement` the IRI of what it is under, `document` the grant without a
    context and `digest` its digest (multibase). `serial` is how often was read by it. `why` is what its giver
    noted, and is told to nobody.
    """

    id: str
    actor: str
    iri: str
    own: bool
    peer: str
    activity: str
    agreement: str
    document: dict[str, Any]
    digest: str
    state: GrantState
    serial: int
    why: str
    given_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


_GRANTS = Table(GrantRow, "grants", key=("actor", "id"))


def save_grant(session: Session, row: GrantRow) -> None:
    """Add a grant, or replace what is known of it."""
    _GRANTS.save(session, row)


def load_grant(session: Session, actor: str, id: str) -> GrantRow | None:
    """Return an actor's grant by its id."""
    return _GRANTS.load(session, actor, id)


def load_grant_by_iri(session: Session, actor: str, iri: str) -> GrantRow | None:
    """Return an actor's grant by its IRI, given or got."""
    return _GRANTS.first(session, "actor = ? AND iri = ?", actor, iri)


def load_given(session: Session, iri: str) -> GrantRow | None:
    """Return what one of our actors granted under this IRI."""
    return _GRANTS.first(session, "iri = ? AND own = 1", iri)


def load_grant_by_activity(session: Session, actor: str, activity: str) -> GrantRow | None:
    """Return the grant that an activity brought."""
    return _GRANTS.first(session, "actor = ? AND activity = ?", actor, activity)


def list_grants(
    session: Session,
    actor: str,
    *,
    own: bool,
    state: GrantState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[GrantRow]:
    """List what an actor gave, or got; newest first."""
    wanted = {"actor": actor, "own": own, "state": state}
    return _GRANTS.page(session, wanted, newest="given_at", cursor=cursor, limit=limit)


def grants_among(session: Session, actor: str, iris: Collection[str]) -> list[GrantRow]:
    """Return an actor's grants with these IRIs; in no order."""
    return _GRANTS.among(session, "iri", iris, actor=actor)


def active_under(session: Session, actor: str, agreement: str) -> list[GrantRow]:
    """Return the active grants under an agreement (its IRI)."""
    return _GRANTS.all(session, "actor = ? AND agreement = ? AND state = 'active'", actor, agreement)


def held_from(session: Session, actor: str, peer: str) -> list[GrantRow]:
    """Return the grants that an actor got from a peer (its id) and may hold something under."""
    condition = "actor = ? AND own = 0 AND state IN ('active', 'exhausted') AND peer = ?"
    return _GRANTS.all(session, condition, actor, peer)


def given_at(session: Session, actor: str, moment: datetime) -> list[GrantRow]:
    """Return what an actor gave at a moment."""
    return _GRANTS.all(session, "actor = ? AND own = 1 AND given_at = ?", actor, render_instant(moment))


def due_grants(session: Session, now: datetime, *, limit: int = 100) -> list[GrantRow]:
    """Return active grants whose end has come, the first to end first."""
    condition = (
        "state = 'active' AND ends_at IS NOT NULL AND ends_at <= ? ORDER BY ends_at, actor, id LIMIT ? + 0"
    )
    return _GRANTS.all(session, condition, render_instant(now), limit)


def next_end(session: Session) -> datetime | None:
    """Return when the next active grant ends."""
    statement = "SELECT min(ends_at) FROM grants WHERE state = 'active' AND ends_at IS NOT NULL"
    found = value(session, statement)
    return None if found is None else datetime.fromisoformat(found)
