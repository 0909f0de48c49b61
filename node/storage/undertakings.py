"""Undertakings: who has signed to be told more of an intention, those of businesses and our own.

One row for each intention and business: what was signed last, and all that was signed for so far.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.undertakings import UndertakingState
from protocol.values import dataclass

TABLES = (Declared("undertakings", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class UndertakingRow:
    """What was signed about an intention (its IRI) between an actor and a peer (its id).

    `own` tells that our actor signed it. `activity` is what brought it, `document` the undertaking as it was
    signed, `copy` the digest of what had been read of the intention. `fields` are the IRIs of all parts that
    were signed for.
    """

    actor: str
    intention: str
    peer: str
    own: bool
    iri: str
    activity: str
    document: dict[str, Any]
    copy: str
    roster: str  # the name of the agreement that was signed
    fields: tuple[str, ...]
    state: UndertakingState
    signed_at: datetime
    disclosed_at: datetime | None
    ended_at: datetime | None


_UNDERTAKINGS = Table(UndertakingRow, "undertakings", key=("actor", "intention", "peer"))


def save_undertaking(session: Session, row: UndertakingRow) -> None:
    """Add an undertaking, or replace what is known of that of the same business."""
    _UNDERTAKINGS.save(session, row)


def load_undertaking(session: Session, actor: str, intention: str, peer: str) -> UndertakingRow | None:
    """Return what was signed about an intention between an actor and a peer."""
    return _UNDERTAKINGS.load(session, actor, intention, peer)


def load_own_undertaking(session: Session, iri: str) -> UndertakingRow | None:
    """Return what one of our actors signed under this IRI, to serve it at its address."""
    return _UNDERTAKINGS.first(session, "iri = ? AND own = 1", iri)


def load_undertaking_by_activity(session: Session, actor: str, activity: str) -> UndertakingRow | None:
    """Return the undertaking that an activity brought."""
    return _UNDERTAKINGS.first(session, "actor = ? AND activity = ?", actor, activity)


def undertakings_of(session: Session, actor: str, intention: str) -> list[UndertakingRow]:
    """Return what was signed about an intention, the first that signed first."""
    condition = "actor = ? AND intention = ? ORDER BY signed_at, peer"
    return _UNDERTAKINGS.all(session, condition, actor, intention)


def signers_of(session: Session, actor: str, intention: str) -> list[tuple[str, str]]:
    """Return who has signed for more of an intention: the id and the address of each."""
    statement = (
        "SELECT peers.id, peers.address FROM undertakings JOIN peers ON peers.actor = undertakings.actor "
        "AND peers.id = undertakings.peer WHERE undertakings.actor = ? AND undertakings.intention = ?"
    )
    return [(id, address) for id, address in session.all(statement, actor, intention)]


def undertakings_among(session: Session, actor: str, intentions: Collection[str]) -> list[UndertakingRow]:
    """Return what was signed about any of these intentions (IRIs); in no order."""
    return _UNDERTAKINGS.among(session, "intention", intentions, actor=actor)
