"""Holding: what our actor, as a business, read under grants; kept apart, and erased when it has to go.

Rules that hold here:

- An answer is taken if it is of this grant and agreement, has fields that were granted, and counts on.
- A value is in no entry of the journal: it is kept beside it and can be erased; digest and time stay. What is
  read anew takes the place of what was, which is erased; so is what the customer has no value for any more.
- What may be read and not stored is shown to who reads, once.
- With the end of a grant goes what was read under it; only after the last reading that may be is there time.
  Whoever blocks the customer erases all at once.
"""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from node.core import codes
from node.core.drafts import view_time
from node.core.facts import field_names, name_of
from node.core.ledgers import is_stored
from node.services.acting import Acting
from node.services.grants.basis import is_in_force
from node.services.grants.giving import load
from node.services.grants.projecting import HELD, OBTAINED, PURGED
from node.services.grants.showing import GrantShown, show_grants
from node.services.ledger.recording import note
from node.storage import accesses, agreements, grants, holdings, journal, payloads, peers
from node.storage.accesses import LastAnswerRow
from node.storage.grants import GrantRow
from node.storage.holdings import HoldingRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol import codes as wire
from protocol.disclosures import Disclosure, FactValue, disclosure_digest, read_disclosure
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.grants import Grant, GrantState, read_kept_grant
from protocol.strictjson import Document


class FactShown(TypedDict):
    """A fact as it was read; `purge_due` is by when it has to go, None while the end alone bounds it."""

    field: str
    value: FactValue | None
    serial: int | None
    obtained_at: str | None
    purge_due: str | None
    purged_at: str | None


class LedgerEntry(TypedDict):
    """A grant that we got, and every field of it: what is held of it, or that it was never read."""

    grant: GrantShown
    facts: list[FactShown]


class LedgerPage(TypedDict):
    """Some of what is in the ledger, and the cursor that goes on."""

    items: Sequence[LedgerEntry]
    next: str | None


class Obtained(TypedDict):
    """What was read just now. `kept` names what of it is held, `empty` what the customer has no value for."""

    grant: GrantShown
    serial: int
    facts: list[FactShown]
    kept: list[str]
    empty: list[str]


def readable(session: Session, acting: Acting, id: str, name: str = "") -> tuple[GrantRow, str]:
    """Return a grant that we may read by now, and the address to read: of one field by its name, or of all.

    Raises:
        NotFound: `unknown-id`; Forbidden: `not-yours`; Conflict: `ambiguous-id`, `grant-over`;
            Unprocessable: `field-not-granted`.
    """
    row = load(session, acting, id)
    if row.own:
        raise Forbidden(codes.NOT_YOURS, "You gave this grant; the business reads by it.")
    _check_readable(session, acting, row)
    if not name:
        return row, f"{row.iri}/data"
    field = field_names().get(name, "")
    if field not in read_kept_grant(row.document).fields:
        raise Unprocessable(codes.FIELD_NOT_GRANTED, "This grant does not name this field.")
    return row, f"{row.iri}/data/{name}"


def _check_readable(session: Session, acting: Acting, row: GrantRow) -> None:
    if row.state is not GrantState.ACTIVE or (row.ends_at is not None and acting.now >= row.ends_at):
        state = row.state if row.state is not GrantState.ACTIVE else GrantState.EXPIRED
        raise Conflict(codes.GRANT_OVER, f"This grant is {state}. Nothing was asked for.")
    agreed = agreements.load_agreement_by_iri(session, acting.iri, row.agreement)
    if agreed is None or not is_in_force(agreed, acting.now):
        raise Conflict(codes.GRANT_OVER, "The agreement of this grant is over. Nothing was asked for.")


def keep(session: Session, acting: Acting, id: str, address: str, document: Document) -> Obtained:
    """Keep what was read at an address of a grant, as far as it may be kept.

    Raises:
        Conflict: `grant-over`, it ended meanwhile, and nothing was kept.
        Unprocessable: `digest-mismatch`, `parties-mismatch`, `wrong-object`, `field-not-granted`,
            `serial-not-new`, or as `read_disclosure`.
    """
    row = load(session, acting, id)
    _check_readable(session, acting, row)
    grant, disclosure = read_kept_grant(row.document), read_disclosure(document)
    digest = disclosure_digest(disclosure)
    _check_answer(row, grant, disclosure, address)
    last = accesses.load_answer(session, acting.iri, address)
    if last is not None and (last.serial, last.digest) == (disclosure.serial, digest):
        return _obtained(session, acting, row.id, grant, disclosure)
    if disclosure.serial <= row.serial:
        raise Unprocessable(codes.SERIAL_NOT_NEW)
    peer = peers.named_peer(session, acting.iri, row.peer)
    decision = {
        "grant": row.iri,
        "agreement": row.agreement,
        "serial": disclosure.serial,
        "digest": digest,
        "fields": sorted(disclosure.facts),
    }
    note(session, acting, OBTAINED, decision, peer=peer, subject=address)
    accesses.save_answer(
        session, LastAnswerRow(acting.iri, address, disclosure.serial, "", digest, acting.now)
    )
    for field in sorted(disclosure.facts):
        if is_stored(grant, field, acting.now):
            _hold(session, acting, row, peer, disclosure, field)
    emptied = {*_asked(grant, address)} - disclosure.facts.keys()
    held = holdings.holdings_of(session, acting.iri, row.iri)
    purge(session, acting, [each for each in held if each.field in emptied], why="emptied")
    return _obtained(session, acting, row.id, grant, disclosure)


def _check_answer(row: GrantRow, grant: Grant, disclosure: Disclosure, address: str) -> None:
    named = (disclosure.grant, disclosure.grant_digest, disclosure.agreement, disclosure.agreement_digest)
    if named != (grant.iri, row.digest, grant.agreement, grant.agreement_digest):
        raise Unprocessable(wire.DIGEST_MISMATCH, "The answer is of another grant or agreement.")
    if (disclosure.customer, disclosure.business) != (grant.customer, grant.business):
        raise Unprocessable(wire.PARTIES_MISMATCH, "The answer is not between who gave the grant and us.")
    if disclosure.iri != address:
        raise Unprocessable(wire.WRONG_OBJECT, "The answer is of another address than was read.")
    if not disclosure.facts.keys() <= {*_asked(grant, address)}:
        raise Unprocessable(codes.FIELD_NOT_GRANTED)


def _asked(grant: Grant, address: str) -> Sequence[str]:
    """Return the fields (IRIs) that are asked for at an address of a grant."""
    name = address.removeprefix(f"{grant.iri}/data").removeprefix("/")
    return [field_names()[name]] if name else grant.fields


def _hold(
    session: Session, acting: Acting, row: GrantRow, peer: PeerRow, disclosure: Disclosure, field: str
) -> None:
    before = holdings.load_holding(session, acting.iri, row.iri, field)
    decision = {
        "grant": row.iri,
        "agreement": row.agreement,
        "field": field,
        "serial": disclosure.serial,
        "value": disclosure.facts[field],
        "salt": disclosure.salt,
    }
    note(
        session,
        acting,
        HELD,
        decision,
        peer=peer,
        subject=f"{row.iri}/data/{name_of(field)}#{disclosure.serial}",
    )
    if before is not None and before.purged_at is None:
        _erase(session, acting, before, why="read anew")


def _erase(session: Session, acting: Acting, held: HoldingRow, *, why: str) -> None:
    for digest in journal.digests_of(session, held.entry):
        payloads.purge_payload(session, digest, why=why, at=acting.now)


def purge(session: Session, acting: Acting, rows: Iterable[HoldingRow], *, why: str) -> None:
    """Erase what is held of some fields; digest and time stay. Call inside a write."""
    for held in rows:
        if held.purged_at is None:
            _erase(session, acting, held, why=why)
            decision = {"grant": held.iri, "field": held.field, "serial": held.serial, "why": why}
            note(session, acting, PURGED, decision, subject=held.iri)


def purge_all(session: Session, acting: Acting, row: GrantRow, *, why: str) -> None:
    """Erase all that was read under a grant. Call inside a write."""
    purge(session, acting, holdings.holdings_of(session, acting.iri, row.iri), why=why)
    accesses.forget_answers(session, acting.iri, row.iri)


# --- shown --------------------------------------------------------------------------------------------------


def list(
    session: Session,
    acting: Acting,
    *,
    state: GrantState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> LedgerPage:
    """List the grants that we got, newest first, each with what is held under it."""
    page = grants.list_grants(session, acting.iri, own=False, state=state, cursor=cursor, limit=limit)
    found = holdings.holdings_among(session, acting.iri, {row.iri for row in page.items})
    values = _values(session, found)
    held = {(row.iri, row.field): row for row in found}
    items: Sequence[LedgerEntry] = [
        {"grant": shown, "facts": [_view(iri, held.get((row.iri, iri)), values) for iri in _fields(row)]}
        for row, shown in zip(page.items, show_grants(session, acting.iri, page.items), strict=True)
    ]
    return {"items": items, "next": page.next}


def _fields(row: GrantRow) -> Sequence[str]:
    return read_kept_grant(row.document).fields


def _values(session: Session, rows: Iterable[HoldingRow]) -> dict[int, FactValue]:
    numbers = [row.entry for row in rows if row.purged_at is None]
    entries = journal.load_entries(session, numbers)
    values = {number: recorded.entry.decision.get("value") for number, recorded in entries.items()}
    return {number: value for number, value in values.items() if value is not None}


def _view(field: str, held: HoldingRow | None, values: dict[int, FactValue]) -> FactShown:
    if held is None:
        never: FactShown = {
            "field": name_of(field),
            "value": None,
            "serial": None,
            "obtained_at": None,
            "purge_due": None,
            "purged_at": None,
        }
        return never
    return {
        "field": name_of(field),
        "value": values.get(held.entry),
        "serial": held.serial,
        "obtained_at": view_time(held.obtained_at),
        "purge_due": view_time(held.purge_due),
        "purged_at": view_time(held.purged_at),
    }


def _obtained(session: Session, acting: Acting, id: str, grant: Grant, disclosure: Disclosure) -> Obtained:
    row = load(session, acting, id)
    found = {held.field: held for held in holdings.holdings_of(session, acting.iri, grant.iri)}
    held = {field: each for field, each in found.items() if each.purged_at is None}
    facts = [
        _view(field, held.get(field), {}) | {"value": value} for field, value in disclosure.facts.items()
    ]
    granted = _asked(grant, disclosure.iri)
    (shown,) = show_grants(session, acting.iri, [row])
    return {
        "grant": shown,
        "serial": disclosure.serial,
        "facts": facts,
        "kept": [name_of(field) for field in disclosure.facts if field in held],
        "empty": [name_of(field) for field in granted if field not in disclosure.facts],
    }
