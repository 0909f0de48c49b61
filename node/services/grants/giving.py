"""Giving: what our owner, as a customer, lets a business read under an agreement, and takes back.

Rules that hold here:

- Nothing is sent that is wider than the agreement.
- What was taken back is over at once, whatever the other end does. What the other end did not take is over,
  too: it does not know that it could read.
- Why something was given is the owner's, and leaves the node in nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from node.core import codes
from node.core.entries import Direction, Entry
from node.core.granting import WantedGrant, check_wanted, permissions_for
from node.services.acting import Acting, Record
from node.services.grants.basis import check_in_force, terms_of
from node.services.grants.projecting import GIVEN, REFUSED, REVOKED
from node.services.grants.showing import GrantShown, show_grants
from node.services.ledger.recording import send
from node.services.negotiations.agreements import load as load_agreement
from node.storage import accesses, grants, journal, peers
from node.storage.agreements import AgreementRow
from node.storage.deliveries import DeliveryRow
from node.storage.grants import GrantRow
from node.storage.ids import resolve_id
from node.storage.session import Session
from protocol import codes as wire
from protocol.canonical import digest_of
from protocol.errors import Conflict, Forbidden, NotFound
from protocol.grants import (
    Grant,
    GrantState,
    check_grant,
    read_kept_grant,
    render_giving,
    render_revocation,
)
from protocol.terms import DataTerms
from protocol.times import read_time

ACTIVE_LIMIT: Final = 32  # under one agreement, given or got


def give(
    session: Session,
    acting: Acting,
    *,
    agreement: str,
    fields: Sequence[str] = (),
    purpose: str = "",
    until: str | None = None,
    uses: int | None = None,
    days: int | None = None,
    why: str = "",
    replaces: str = "",
) -> GrantShown:
    """Grant facts under an agreement (its id), and send the business the grant.

    `fields` and `purpose` are called as in `fields.json` and DPV; none are those that have to be given, and
    the only one there is. `replaces` is the id of a grant that this one takes the place of:
    one that is active, or whose replacement the business did not take.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`, `no-terms`, `agreement-not-concluded`,
            `nothing-granted`, `grant-over`, `unknown-grant`, `too-many-grants`; Forbidden: `not-yours`;
            Unprocessable: as `granting.permissions_for`.
    """
    base = load_agreement(session, acting, agreement)
    terms = terms_of(base)
    if terms.first_party != acting.iri:
        raise Forbidden(wire.NOT_THE_FIRST_PARTY)
    check_in_force(base, acting.now)
    end = None if until is None else read_time(until).replace(microsecond=0)
    wanted = WantedGrant(tuple(fields), purpose, end, uses, days)
    check_wanted(wanted, now=acting.now)
    before = None if not replaces else _replaced(session, acting, replaces, base)
    check_crowd(session, acting.iri, base.iri, besides=None if before is None else before.iri)
    grant = _make(acting, base, terms, wanted, before)
    _send(session, acting, base, grant, why)
    if before is not None:
        accesses.forget_answers(session, acting.iri, before.iri)
    return _shown(session, acting, grant.iri)


def _make(
    acting: Acting, base: AgreementRow, terms: DataTerms, wanted: WantedGrant, before: GrantRow | None
) -> Grant:
    grant = Grant(
        iri=acting.mint("grants", "grt"),
        customer=acting.iri,
        business=terms.second_party,
        agreement=base.iri,
        agreement_digest=base.digest,
        permissions=permissions_for(terms.policy, wanted),
        salt=acting.salt(),
        published=acting.now,
        supersedes=None if before is None else before.iri,
    )
    check_grant(grant, terms)
    return grant


def _send(session: Session, acting: Acting, base: AgreementRow, grant: Grant, why: str) -> None:
    peer = peers.named_peer(session, acting.iri, base.peer)
    activity = render_giving(grant, iri=acting.mint("activities", "act"), published=acting.now)
    document = activity["object"]
    decision = {
        "id": grant.iri.rpartition("/")[2],
        "grant": grant.iri,
        "agreement": base.iri,
        "document": document,
        "digest": digest_of(document),
        **({"why": why} if why else {}),
    }
    send(session, acting, GIVEN, acting.sign(activity), decision, recipients=[peer])


def _replaced(session: Session, acting: Acting, id: str, base: AgreementRow) -> GrantRow:
    row = load(session, acting, id)
    if not row.own or row.agreement != base.iri:
        raise Conflict(codes.UNKNOWN_GRANT, "A grant is replaced by another under the same agreement.")
    if row.state is not GrantState.ACTIVE and not _is_replaced_in_vain(session, row):
        raise Conflict(codes.GRANT_OVER)
    return row


def _is_replaced_in_vain(session: Session, row: GrantRow) -> bool:
    """Tell whether the business did not take what took the place of a grant: there it may still be active."""
    if row.state is not GrantState.SUPERSEDED or row.ended_at is None:
        return False
    # A grant is superseded at the moment at which the other is given.
    later = [
        other
        for other in grants.given_at(session, row.actor, row.ended_at)
        if read_kept_grant(other.document).supersedes == row.iri
    ]
    return all(other.state is GrantState.ENDED for other in later)


def check_crowd(session: Session, actor: str, agreement: str, *, besides: str | None) -> None:
    """Check that one more grant may be active under an agreement (IRI), one that is replaced apart.

    Raises:
        Conflict: `too-many-grants`.
    """
    active = [row for row in grants.active_under(session, actor, agreement) if row.iri != besides]
    if len(active) >= ACTIVE_LIMIT:
        raise Conflict(codes.TOO_MANY_GRANTS)


def revoke(session: Session, acting: Acting, id: str) -> GrantShown:
    """Take back a grant of ours: it is over at once, and the business is told to erase what it read.

    That goes for one that is over already, too: the business may not know that it is.

    Raises:
        NotFound: `unknown-id`; Forbidden: `not-yours`; Conflict: `ambiguous-id`, `grant-over`.
    """
    row = load(session, acting, id)
    if not row.own:
        raise Forbidden(codes.NOT_YOURS, "Only who gave a grant takes it back.")
    if row.state is GrantState.REVOKED:
        raise Conflict(codes.GRANT_OVER, "This grant is taken back already. Nothing sent.")
    peer = peers.named_peer(session, acting.iri, row.peer)
    iri = acting.mint("activities", "act")
    activity = render_revocation(read_kept_grant(row.document), row.digest, iri=iri, published=acting.now)
    decision = {"grant": row.iri, "agreement": row.agreement}
    send(session, acting, REVOKED, acting.sign(activity), decision, recipients=[peer])
    accesses.forget_answers(session, acting.iri, row.iri)
    return _shown(session, acting, row.iri)


def list(
    session: Session,
    acting: Acting,
    *,
    state: GrantState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """List the grants that our owner gave, newest first."""
    page = grants.list_grants(session, acting.iri, own=True, state=state, cursor=cursor, limit=limit)
    return {"items": show_grants(session, acting.iri, page.items), "next": page.next}


def show(session: Session, acting: Acting, id: str) -> GrantShown:
    """Show one grant, given or got, by its id or a unique beginning of it."""
    (shown,) = show_grants(session, acting.iri, [load(session, acting, id)])
    return shown


def load(session: Session, acting: Acting, id: str) -> GrantRow:
    """Return a grant of this actor's, given or got.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = grants.load_grant(session, acting.iri, resolve_id(session, "grants", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def _shown(session: Session, acting: Acting, iri: str) -> GrantShown:
    row = grants.load_grant_by_iri(session, acting.iri, iri)
    assert row is not None  # noqa: S101 - it was loaded or made in this write
    (shown,) = show_grants(session, acting.iri, [row])
    return shown


def narrows(session: Session, row: DeliveryRow) -> bool:
    """Tell whether a delivery takes a grant back or another's place: by that the business has to erase."""
    recorded = journal.load_entry(session, row.entry)
    if recorded is None or recorded.entry.direction is not Direction.OUT:
        return False
    entry = recorded.entry
    replaces = entry.kind == GIVEN and "supersedes" in entry.decision["document"]
    return replaces or entry.kind == REVOKED


def take_back(session: Session, row: DeliveryRow, *, now: datetime, record: Record) -> None:
    """Note that a business did not take the grant that a delivery carried, or never got it.

    Call inside a write.
    """
    given = grants.load_grant_by_activity(session, row.actor, row.activity)
    if given is None or not given.own or given.state is not GrantState.ACTIVE:
        return
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=REFUSED,
        actor=row.actor,
        subject=given.activity,
        decision={"grant": given.iri, "agreement": given.agreement, "peer": given.peer},
    )
    record(session, entry, None)
    accesses.forget_answers(session, given.actor, given.iri)
