"""What entries change in grants: which there are, how they stand, how often was read, and what is held.

Rules that hold here:

- How a grant goes on is in the machine's table (`protocol.grants`); what is not there changes nothing.
- What was read of a field takes the place of what was read before. Where one grant replaces another, what is
  held of the fields of both goes over to the new one, as long as that lets it be kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from node.core.entries import Direction, Entry
from node.core.ledgers import due_after_last, earlier, is_stored, purge_due
from node.services.grants.basis import terms_of
from node.services.ledger.chapters import Reading
from node.storage import accesses, agreements, grants, holdings
from node.storage.accesses import AccessRow
from node.storage.grants import GrantRow
from node.storage.holdings import HoldingRow
from node.storage.session import Session
from protocol.grants import STEPS, Grant, GrantEvent, GrantState, read_kept_grant

GIVEN: Final = "grant.given"
RECEIVED: Final = "grant.received"
REVOKED: Final = "grant.revoked"
REFUSED: Final = "grant.refused"
EXPIRED: Final = "grant.expired"
ENDED: Final = "grant.ended"
ANSWERED: Final = "access.answered"
TURNED_AWAY: Final = "access.refused"
OBTAINED: Final = "disclosure.obtained"
HELD: Final = "value.held"
PURGED: Final = "value.purged"

_EVENTS: Final[Mapping[str, GrantEvent]] = MappingProxyType(
    {
        REVOKED: GrantEvent.REVOKE,
        REFUSED: GrantEvent.REFUSE,
        EXPIRED: GrantEvent.EXPIRE,
        ENDED: GrantEvent.END,
    }
)


def project_grant(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Add a grant that was given or received, and end the one that it replaces."""
    decision = entry.decision
    grant = read_kept_grant(decision["document"])
    row = GrantRow(
        id=decision["id"],
        actor=entry.actor,
        iri=grant.iri,
        own=entry.direction is Direction.OUT,
        peer=decision["peer"],
        activity=str(entry.subject),
        agreement=grant.agreement,
        document=decision["document"],
        digest=decision["digest"],
        state=GrantState.ACTIVE,
        serial=0,
        why=decision.get("why", ""),
        given_at=entry.at,
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        ended_at=None,
    )
    grants.save_grant(session, row)
    before = None if grant.supersedes is None else _load(session, entry.actor, grant.supersedes)
    if before is not None:
        _advance(session, before, GrantEvent.SUPERSEDE, at=entry.at)
        _carry_over(session, before, grant, at=entry.at)


def _carry_over(session: Session, before: GrantRow, grant: Grant, *, at: datetime) -> None:
    for held in holdings.holdings_of(session, before.actor, before.iri):
        if held.purged_at is None and held.field in grant.fields and is_stored(grant, held.field, at):
            due = earlier(held.purge_due, purge_due(grant, held.field, held.obtained_at))
            holdings.delete_holding(session, held)
            holdings.save_holding(session, replace(held, iri=grant.iri, purge_due=due))


def project_end(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Note that a grant is over: revoked, refused, past its end, or without its agreement."""
    row = _load(session, entry.actor, entry.decision["grant"])
    if row is not None:
        _advance(session, row, _EVENTS[entry.kind], at=entry.at)


def project_access(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """List a reading, or a try, and count what was answered."""
    decision = entry.decision
    access = AccessRow(
        actor=entry.actor,
        entry=number,
        iri=decision["grant"],
        reader=entry.peer or "",
        code=decision.get("code", ""),
        fields=tuple(decision["fields"]),
        serial=decision.get("serial"),
        digest=decision.get("digest"),
        key=decision["key"],
        at=entry.at,
    )
    accesses.save_access(session, access)
    if access.serial is not None:
        _count(session, entry.actor, access.iri, access.serial, at=entry.at)


def project_obtained(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Count what was read of somebody's under a grant."""
    decision = entry.decision
    _count(session, entry.actor, decision["grant"], decision["serial"], at=entry.at)


def project_held(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """Note what is held of a field, in place of what was; its value is with the entry."""
    decision = entry.decision
    row = _load(session, entry.actor, decision["grant"])
    if row is None:
        return
    holding = HoldingRow(
        actor=entry.actor,
        iri=row.iri,
        field=decision["field"],
        serial=decision["serial"],
        entry=number,
        obtained_at=entry.at,
        purge_due=purge_due(read_kept_grant(row.document), decision["field"], entry.at),
        purged_at=None,
    )
    holdings.save_holding(session, holding)
    if row.state is GrantState.EXHAUSTED:
        _give_time(session, row, at=entry.at)


def project_purged(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Note that the value of a field is erased."""
    decision = entry.decision
    held = holdings.load_holding(session, entry.actor, decision["grant"], decision["field"])
    if held is not None:
        holdings.save_holding(session, replace(held, purged_at=entry.at))


def _load(session: Session, actor: str, iri: str) -> GrantRow | None:
    return grants.load_grant_by_iri(session, actor, iri)


def _count(session: Session, actor: str, iri: str, serial: int, *, at: datetime) -> None:
    row = _load(session, actor, iri)
    if row is None:
        return
    row = replace(row, serial=max(row.serial, serial))
    grants.save_grant(session, row)
    uses = read_kept_grant(row.document).uses
    if uses is not None and row.serial >= uses:
        _advance(session, row, GrantEvent.EXHAUST, at=at)
        _give_time(session, row, at=at)


def _give_time(session: Session, row: GrantRow, *, at: datetime) -> None:
    """Set by when goes what was read, after the last reading that there may be."""
    agreed = agreements.load_agreement_by_iri(session, row.actor, row.agreement)
    if agreed is None:
        return
    policy = terms_of(agreed).policy
    for held in holdings.holdings_of(session, row.actor, row.iri):
        holdings.save_holding(session, replace(held, purge_due=due_after_last(policy, held.purge_due, at)))


def _advance(session: Session, row: GrantRow, event: GrantEvent, *, at: datetime) -> None:
    state = STEPS.get((row.state, event))
    if state is not None:
        grants.save_grant(session, replace(row, state=state, ended_at=at))
