"""Agreements: what both sides signed, byte for byte, and what became of it.

At most one agreement lives per intention of ours: of two accepts at once the second fails. That is looked up
before, because nothing can be read after a broken constraint; the unique index `agreements_one_per_intention`
stands behind it. An amendment (`supersedes` set) may stand beside the agreement it is to
replace.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from node.core import codes
from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Page, Table
from protocol.errors import Conflict
from protocol.negotiation import Party
from protocol.values import dataclass

TABLES = (Declared("agreements", TableKind.PROJECTION),)


class AgreementState(StrEnum):
    """What became of an agreement: the negotiation's states, and `void` for one that never held."""

    ACCEPTED = "accepted"
    CONCLUDED = "concluded"
    LAPSED = "lapsed"
    RENEGED = "reneged"
    SUPERSEDED = "superseded"
    ENDING = "ending"
    ENDED = "ended"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One agreement; `offer` is the negotiation's id, `peer` that of its other end.

    `intention` and `supersedes` are IRIs, `own` tells whether the intention is ours; `holds_until` is by when
    it has to be countersigned, `leaves_at` when a notice takes effect; `own_confirmed_at` and
    `peer_confirmed_at` are when each side first said that it was performed.
    """

    id: str
    actor: str
    iri: str
    offer: str
    peer: str
    role: Party
    intention: str
    own: bool
    document: dict[str, Any]
    digest: str
    state: AgreementState
    total: Decimal | None
    currency: str
    starts_at: datetime | None
    ends_at: datetime | None
    holds_until: datetime | None
    leaves_at: datetime | None
    own_confirmed_at: datetime | None
    peer_confirmed_at: datetime | None
    supersedes: str | None
    concluded_at: datetime


_AGREEMENTS = Table(AgreementRow, "agreements", key=("actor", "id"))

# The states in which an agreement lives; the partial index `agreements_one_per_intention` names the same.
_LIVING = frozenset({AgreementState.ACCEPTED, AgreementState.CONCLUDED, AgreementState.ENDING})


def save_agreement(session: Session, agreement: AgreementRow) -> None:
    """Add an agreement or change its state.

    Raises: Conflict "already-agreed" if another agreement lives for the same intention of ours.
    """
    if agreement.own and agreement.supersedes is None and agreement.state in _LIVING:
        living = living_agreement(session, agreement.actor, agreement.intention)
        if living is not None and living.id != agreement.id:
            raise Conflict(codes.ALREADY_AGREED)
    _AGREEMENTS.save(session, agreement)


def delete_agreements(session: Session, actor: str, offer: str) -> None:
    """Drop the agreements that an actor's negotiation (its id) led to."""
    session.run("DELETE FROM agreements WHERE actor = ? AND offer = ?", actor, offer)


def load_agreement(session: Session, actor: str, id: str) -> AgreementRow | None:
    """Return an actor's agreement by id."""
    return _AGREEMENTS.load(session, actor, id)


def load_agreement_by_iri(session: Session, actor: str, iri: str) -> AgreementRow | None:
    """Return an actor's agreement by its IRI."""
    return _AGREEMENTS.first(session, "actor = ? AND iri = ?", actor, iri)


def agreements_by_iri(session: Session, actor: str, iris: Collection[str]) -> list[AgreementRow]:
    """Return an actor's agreements with these IRIs."""
    return _AGREEMENTS.among(session, "iri", iris, actor=actor)


def load_agreements_at(session: Session, iri: str) -> list[AgreementRow]:
    """Return every local actor's record of the agreement at an IRI: two if both parties live here."""
    return _AGREEMENTS.all(session, "iri = ? ORDER BY actor", iri)


def load_agreement_by_offer(session: Session, actor: str, offer: str) -> AgreementRow | None:
    """Return the agreement a negotiation (its id) led to: the newest that is not void, if there is one."""
    order = "ORDER BY state = 'void', concluded_at DESC"
    return _AGREEMENTS.first(session, f"actor = ? AND offer = ? {order}", actor, offer)


def agreements_by_offer(session: Session, actor: str, offers: Collection[str]) -> dict[str, AgreementRow]:
    """Return by negotiation (its id) what `load_agreement_by_offer` returns of each that led to one."""
    rows = _AGREEMENTS.among(session, "offer", offers, actor=actor)
    rows.sort(key=lambda row: (row.state is not AgreementState.VOID, row.concluded_at))
    return {row.offer: row for row in rows}


def agreements_of_offer(session: Session, actor: str, offer: str) -> list[AgreementRow]:
    """Return every agreement that a negotiation (its id) has led to, void ones too, oldest first."""
    return _AGREEMENTS.all(session, "actor = ? AND offer = ? ORDER BY concluded_at, id", actor, offer)


def is_met(session: Session, actor: str, intention: str) -> bool:
    """Tell whether an intention (its IRI) has led to an agreement that both sides signed."""
    signed = "state IN ('concluded', 'superseded', 'ending', 'ended')"
    return (
        _AGREEMENTS.first(session, f"actor = ? AND intention = ? AND {signed}", actor, intention) is not None
    )


def successor_of(session: Session, actor: str, iri: str) -> AgreementRow | None:
    """Return the agreement that took the place of one (its IRI), signed by both; None if none did."""
    signed = "state IN ('concluded', 'superseded', 'ending', 'ended')"
    return _AGREEMENTS.first(session, f"actor = ? AND supersedes = ? AND {signed}", actor, iri)


def met_by(session: Session, actor: str, intention: str) -> AgreementRow | None:
    """Return the agreement that both signed about an intention of ours (its IRI), amendments aside."""
    signed = "own = 1 AND supersedes IS NULL AND state IN ('concluded', 'superseded', 'ending', 'ended')"
    return _AGREEMENTS.first(session, f"actor = ? AND intention = ? AND {signed}", actor, intention)


def living_agreement(session: Session, actor: str, intention: str) -> AgreementRow | None:
    """Return the agreement that lives for an intention of ours (its IRI), amendments aside."""
    living = "own = 1 AND supersedes IS NULL AND state IN ('accepted', 'concluded', 'ending')"
    return _AGREEMENTS.first(session, f"actor = ? AND intention = ? AND {living}", actor, intention)


def list_agreements(
    session: Session,
    actor: str,
    *,
    state: AgreementState | None = None,
    own: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AgreementRow]:
    """List an actor's agreements, newest first; with `own`, those about its own intentions, or not."""
    wanted: dict[str, Any] = {"actor": actor, "state": state or tuple(AgreementState)}
    wanted |= {} if own is None else {"own": own}
    return _AGREEMENTS.page(session, wanted, newest="concluded_at", cursor=cursor, limit=limit)


def owed_agreements(session: Session, actor: str, *, state: AgreementState, limit: int) -> list[AgreementRow]:
    """Return an actor's agreements about its own intentions, in which it pays, the newest first."""
    condition = "actor = ? AND state IN (?) AND own = 1 ORDER BY concluded_at DESC, id DESC LIMIT ? + 0"
    return _AGREEMENTS.all(session, condition, actor, state.value, limit)


def count_earning(session: Session, actor: str) -> dict[str, int]:
    """Count an actor's agreements about the intentions of others, in which it is paid, by state."""
    statement = "SELECT state, count FROM agreements_tally WHERE actor = ? AND own = 0 AND count > 0"
    return dict(session.all(statement, actor))


def leaving_agreements(session: Session, now: datetime, *, limit: int = 100) -> list[AgreementRow]:
    """Return agreements of all actors whose notice has run out, the longest overdue first."""
    condition = "state = 'ending' AND leaves_at <= ? ORDER BY leaves_at LIMIT ? + 0"
    return _AGREEMENTS.all(session, condition, render_instant(now), limit)


def finished_agreements(session: Session, now: datetime, *, limit: int = 100) -> list[AgreementRow]:
    """Return agreements of all actors in force whose own end has passed, the longest overdue first."""
    condition = "state IN ('concluded', 'ending') AND ends_at <= ? ORDER BY ends_at LIMIT ? + 0"
    return _AGREEMENTS.all(session, condition, render_instant(now), limit)


def confirm_agreement(session: Session, actor: str, iri: str, *, own: bool, at: datetime) -> None:
    """Note that we, or the other side, said that an agreement (its IRI) was performed; the first counts."""
    column = "own_confirmed_at" if own else "peer_confirmed_at"
    statement = f"UPDATE agreements SET {column} = ? WHERE actor = ? AND iri = ? AND {column} IS NULL"
    session.run(statement, render_instant(at), actor, iri)


def lapsing_agreements(session: Session, now: datetime, *, limit: int = 100) -> list[AgreementRow]:
    """Return agreements of all actors that nobody countersigned in time, the longest overdue first."""
    condition = "state = 'accepted' AND holds_until <= ? ORDER BY holds_until LIMIT ? + 0"
    return _AGREEMENTS.all(session, condition, render_instant(now), limit)


def dated_agreements(session: Session, actor: str, *, after: datetime, limit: int) -> list[AgreementRow]:
    """Return an actor's agreements to which something happens after an instant, each once.

    Those are the next to lapse, the next to be left and the next to end by themselves, so many of each.
    """
    found: dict[str, AgreementRow] = {}
    for dated in (
        "state = 'accepted' AND holds_until > ? ORDER BY holds_until",
        "state = 'ending' AND leaves_at > ? ORDER BY leaves_at",
        "state IN ('concluded', 'ending') AND ends_at > ? ORDER BY ends_at",
    ):
        rows = _AGREEMENTS.all(
            session, f"actor = ? AND {dated} LIMIT ? + 0", actor, render_instant(after), limit
        )
        found |= {row.id: row for row in rows}
    return [*found.values()]


def next_lapsing(session: Session) -> datetime | None:
    """Return the earliest instant by which an agreement has to be countersigned."""
    holds = value(session, "SELECT min(holds_until) FROM agreements WHERE state = 'accepted'")
    return None if holds is None else datetime.fromisoformat(holds)


def next_leaving(session: Session) -> datetime | None:
    """Return the earliest instant at which a notice runs out, or an agreement in force ends by itself."""
    leaves = value(session, "SELECT min(leaves_at) FROM agreements WHERE state = 'ending'")
    ends = value(session, "SELECT min(ends_at) FROM agreements WHERE state IN ('concluded', 'ending')")
    found = min((moment for moment in (leaves, ends) if moment is not None), default=None)
    return None if found is None else datetime.fromisoformat(found)
