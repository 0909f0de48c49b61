"""Taking: grants that customers send us, as a business, and the word that one is over.

Rules that hold here:

- What is taken is no wider than the agreement that both signed, and by its customer.
- A grant by which something would be sent is refused and not taken for one by which is read.
- With a revocation goes what was read under it, in the same write.
"""

from datetime import timedelta
from typing import Final

from node.core import codes
from node.services.acting import Acting
from node.services.grants.basis import check_in_force, terms_of
from node.services.grants.giving import check_crowd
from node.services.grants.holding import purge_all
from node.services.grants.projecting import RECEIVED, REVOKED
from node.services.ledger.received import ACCEPTED, AGAIN, Received
from node.services.ledger.recording import take
from node.storage import agreements, grants
from node.storage.agreements import AgreementRow
from node.storage.grants import GrantRow
from node.storage.session import Session
from protocol import codes as wire
from protocol.canonical import digest_of
from protocol.errors import Conflict, Unprocessable
from protocol.grants import (
    Delivery,
    Grant,
    GrantState,
    check_grant,
    is_grant_revocation,
    read_grant,
    read_grant_revocation,
)
from protocol.iris import same_origin
from protocol.jsonld import one
from protocol.members import read_iri
from protocol.moves import check_size

_UNKNOWN: Final = "unknown"  # a word about a grant that is none of ours


def receive(session: Session, acting: Acting, received: Received, _found: object) -> int:
    """Take a grant that a customer gives us.

    Raises:
        Unprocessable: `proof-required`, `not-the-first-party`, `not-the-second-party`,
            `wider-than-agreement`, `delivery-unsupported`, `wrong-origin`, `dated-ahead`, or as
            `read_grant`.
        Conflict: `unknown-agreement`, `no-terms`, `agreement-not-concluded`, `digest-mismatch`, `id-reused`,
            `grant-over`, `unknown-grant`, `too-many-grants`.
        TooLarge: `move-too-large`.
    """
    if received.proof_key is None:
        raise Unprocessable(wire.PROOF_REQUIRED, "A grant needs a proof by who gives it.")
    check_size(received.raw)
    grant = read_grant(received.activity)
    agreed = _agreement(session, acting, received, grant)
    _check_itself(acting, received, grant)
    document = one(received.activity["object"])
    digest = digest_of(document)
    known = grants.load_grant_by_iri(session, acting.iri, grant.iri)
    if known is not None:
        if known.digest != digest:
            raise Conflict(codes.ID_REUSED)
        return AGAIN
    before = _check_replaced(session, acting, received, grant)
    check_crowd(session, acting.iri, agreed.iri, besides=grant.supersedes)
    decision = {
        "id": acting.new_id("grt"),
        "grant": grant.iri,
        "agreement": agreed.iri,
        "document": document,
        "digest": digest,
    }
    take(session, acting, RECEIVED, received, decision, evidence=True)
    if before is not None:  # what the new one does not let be kept
        purge_all(session, acting, before, why="replaced")
    return ACCEPTED


def _agreement(session: Session, acting: Acting, received: Received, grant: Grant) -> AgreementRow:
    """Return the agreement that a grant is under, between the sender and us."""
    row = agreements.load_agreement_by_iri(session, acting.iri, grant.agreement)
    if row is None:
        raise Conflict(codes.UNKNOWN_AGREEMENT)
    terms = terms_of(row)
    if terms.first_party != received.sender.iri:
        raise Unprocessable(wire.NOT_THE_FIRST_PARTY)
    if row.peer != received.peer.id:
        raise Conflict(codes.UNKNOWN_AGREEMENT)
    check_grant(grant, terms)
    check_in_force(row, acting.now)
    if grant.agreement_digest != row.digest:
        raise Conflict(wire.DIGEST_MISMATCH, "The grant names another agreement than there is.")
    if read_iri(received.activity, "context") not in {None, row.iri}:
        raise Unprocessable(wire.WRONG_OBJECT, "The activity is about another agreement than the grant.")
    return row


def _check_itself(acting: Acting, received: Received, grant: Grant) -> None:
    """Check what a grant says of itself."""
    if not same_origin(grant.iri, received.sender.iri):
        raise Unprocessable(codes.WRONG_ORIGIN, "The grant's id is not under its giver's origin.")
    if grant.delivery in {Delivery.ONCE, Delivery.PUSH}:
        raise Unprocessable(codes.DELIVERY_UNSUPPORTED)
    ahead = timedelta(seconds=acting.limits.clock_skew_seconds)
    if grant.published > acting.now + ahead:
        raise Unprocessable(codes.DATED_AHEAD)
    if grant.ends_at is not None and grant.ends_at <= acting.now:
        raise Conflict(codes.GRANT_OVER)


def _check_replaced(session: Session, acting: Acting, received: Received, grant: Grant) -> GrantRow | None:
    """Return the grant that this one takes the place of, if it does."""
    if grant.supersedes is None:
        return None
    row = grants.load_grant_by_iri(session, acting.iri, grant.supersedes)
    if row is None or row.own or row.peer != received.peer.id or row.agreement != grant.agreement:
        raise Conflict(codes.UNKNOWN_GRANT)
    if row.state is not GrantState.ACTIVE:
        raise Conflict(codes.GRANT_OVER)
    return row


def find_revoked(session: Session, acting: Acting, received: Received) -> GrantRow | str | None:
    """Find the grant that a customer says is over; what is no word about a grant is somebody else's."""
    row = grants.load_grant_by_iri(session, acting.iri, received.named)
    if row is not None and not row.own:
        return row
    return _UNKNOWN if is_grant_revocation(received.activity) else None


def receive_revocation(session: Session, acting: Acting, received: Received, found: GrantRow | str) -> int:
    """Take it that a grant is over, and erase what was read under it.

    Raises:
        Unprocessable: `proof-required`, or as `read_grant_revocation`; Conflict: `unknown-grant`,
            `digest-mismatch`.
    """
    if isinstance(found, str) or found.peer != received.peer.id:
        raise Conflict(codes.UNKNOWN_GRANT)
    if received.proof_key is None:
        raise Unprocessable(wire.PROOF_REQUIRED, "That a grant is over needs a proof by who gave it.")
    check_size(received.raw)
    if read_grant_revocation(received.activity).digest != found.digest:
        raise Conflict(wire.DIGEST_MISMATCH)
    if found.state is GrantState.REVOKED:
        return AGAIN
    decision = {"grant": found.iri, "agreement": found.agreement}
    take(session, acting, REVOKED, received, decision, evidence=True)
    purge_all(session, acting, found, why="revoked")
    return ACCEPTED
