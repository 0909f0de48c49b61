"""Undertakings of businesses: taken, and answered at once with what they were signed for.

Rules that hold here:

- Whoever was not told of an intention learns nothing by signing: for them there is none.
- What was signed counts for one copy of one intention, which this business was sent or would be shown now,
  and for the agreement that is asked for now.
- The Update that tells more is in the same write, to that business alone. Its owner signs nothing.
- The same again tells nothing again.
- Of one server as many sign as may make offers, but for those whom the owner has named.

Sources: IEEE 7012-2025 as DPV 2.3's extension has it, FEP-8b32 (proofs).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypedDict

from node.core import codes
from node.core.drafts import view_time
from node.core.intentions import IntentionState
from node.core.proffers import asked_entry, deletion_days
from node.core.rings import view_fields
from node.services.acting import Acting
from node.services.intentions.audiences import audience_of, is_invited
from node.services.intentions.projecting_rings import RECEIVED
from node.services.intentions.readers import TELLING, ToldIntention, load_telling, next_version
from node.services.intentions.showing import CasterShown, load, show_caster
from node.services.intentions.telling import Copy, tell
from node.services.ledger.received import ACCEPTED, AGAIN, Received
from node.services.ledger.recording import take
from node.storage import intentions, peers, undertakings
from node.storage import told as tellings
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from node.storage.undertakings import UndertakingRow
from protocol import codes as wire
from protocol.canonical import digest_of
from protocol.errors import Conflict, Unprocessable
from protocol.intentions import RECIPIENTS_LIMIT
from protocol.iris import server
from protocol.jsonld import one
from protocol.rosters import find_entry
from protocol.undertakings import SignedUndertaking, UndertakingState, is_undertaking, read_undertaking
from protocol.withholding import IntentionField, in_field_order

_MOST: Final = RECIPIENTS_LIMIT  # of one intention: each hears of every change


class UndertakingShown(TypedDict):
    """Who signed for more of an intention, for what and under which agreement, and how that went on.

    `delete_by` is until when what was told is to be deleted, once the intention is over.
    """

    peer: CasterShown
    own: bool
    iri: str
    roster: str
    fields: Sequence[str]
    state: UndertakingState
    signed_at: str | None
    disclosed_at: str | None
    ended_at: str | None
    delete_by: str | None


class Undertakings(TypedDict):
    """All that was signed for one intention, the first first."""

    items: Sequence[UndertakingShown]


def find(_session: Session, _acting: Acting, received: Received) -> bool | None:
    """Find that an Accept brings an undertaking: then it is no move of a negotiation, whatever it names."""
    return is_undertaking(received.activity) or None


def receive(session: Session, acting: Acting, received: Received, _found: object) -> int:
    """Take an undertaking, and tell what it was signed for.

    Raises:
        Unprocessable: `proof-required`, `parties-mismatch`, `roster-mismatch`, `fields-missing`, or as
            `read_undertaking`. Conflict: `unknown-intention`, `intention-closed`, `digest-mismatch`,
            `too-many-undertakings`.
    """
    if received.proof_key is None:
        raise Unprocessable(wire.PROOF_REQUIRED, "An undertaking needs a proof by who is bound by it.")
    signed = read_undertaking(received.activity)
    row = intentions.load_intention_by_iri(session, acting.iri, signed.undertaking.intention)
    if row is None or not row.own or not is_invited(session, row, received.peer):
        raise Conflict(codes.UNKNOWN_INTENTION)
    is_over = row.deadline is not None and row.deadline <= acting.now
    if row.state is not IntentionState.OPEN or is_over:
        raise Conflict(codes.INTENTION_CLOSED)
    _check_parties(acting, received, signed)
    telling = load_telling(session, row, peer=received.peer.id)
    _check_copy(session, telling, received, signed)
    before = telling.signed.get(received.peer.id)
    held = before.fields if before is not None and before.state in TELLING else ()
    wanted = {IntentionField(iri) for iri in held} | {*signed.undertaking.fields}
    if {part.value for part in wanted} == {*held}:
        return AGAIN
    if before is None:
        _check_crowd(session, acting, row, received)
    decision = {
        "intention": row.iri,
        "undertaking": one(received.activity["result"]),
        "copy": signed.copy,
        "roster": signed.undertaking.roster.name,
        "fields": [part.value for part in in_field_order(wanted)],
    }
    take(session, acting, RECEIVED, received, decision, evidence=True)
    _disclose(session, acting, row, received)
    return ACCEPTED


def _check_parties(acting: Acting, received: Received, signed: SignedUndertaking) -> None:
    undertaking, key = signed.undertaking, received.proof_key
    if (undertaking.customer, undertaking.business) != (acting.iri, received.sender.iri):
        raise Unprocessable(
            wire.PARTIES_MISMATCH, "The undertaking is not between its sender and the customer."
        )
    if key is None or (undertaking.key, undertaking.multibase) != (key.id, key.key.multibase):
        raise Unprocessable(wire.PARTIES_MISMATCH, "The undertaking names another key than has signed it.")


def _check_crowd(session: Session, acting: Acting, row: IntentionRow, received: Received) -> None:
    """Check that one more may sign: of a server whom the owner has not named as many as may make offers."""
    signers = undertakings.signers_of(session, acting.iri, row.iri)
    chosen, origin = audience_of(row), server(received.peer.address)
    there = [id for id, address in signers if id not in chosen and server(address) == origin]
    is_crowd = received.peer.id not in chosen and len(there) >= acting.limits.offers_per_origin
    if is_crowd or len(signers) >= _MOST:
        raise Conflict(codes.TOO_MANY_UNDERTAKINGS)


def _check_copy(
    session: Session, telling: ToldIntention, received: Received, signed: SignedUndertaking
) -> None:
    """Check that what is asked for was signed, on a copy that this business has, and for all of that copy."""
    asked = asked_entry()
    if telling.rings is None or signed.undertaking.roster != asked:
        raise Unprocessable(wire.ROSTER_MISMATCH)
    peer, address = received.peer.id, received.sender.iri
    sent = tellings.load_told(session, telling.actor, telling.intention.iri, peer, signed.copy)
    if sent is not None and sent.asks == asked.digest:
        kept_back = {*sent.withheld}
    else:
        reader = telling.for_peer(session, peer, address)
        shown = telling.render(reader, updated=telling.version(peer))
        if reader.proffer is None or digest_of(shown) != signed.copy:
            raise Conflict(wire.DIGEST_MISMATCH)
        kept_back = {*shown.get("withheld", ())}
    if not kept_back <= {part.value for part in signed.undertaking.fields}:
        raise Unprocessable(wire.FIELDS_MISSING)


def _disclose(session: Session, acting: Acting, row: IntentionRow, received: Received) -> None:
    telling = load_telling(session, row, peer=received.peer.id)
    reader = telling.for_peer(session, received.peer.id, received.sender.iri)
    document = telling.render(reader, updated=next_version(telling, row, acting.now))
    tell(session, acting, "Update", document, Copy(reader.to, received.peer), audience=(), in_rings=True)


# --- shown --------------------------------------------------------------------------------------------------


def list(session: Session, acting: Acting, id: str) -> Undertakings:
    """Show who has signed for more of an intention, ours or another's.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = load(session, acting, id)
    found = undertakings.undertakings_of(session, acting.iri, row.iri)
    known = peers.peers_by_id(session, acting.iri, {each.peer for each in found})
    return {"items": [view(each, show_caster(known[each.peer])) for each in found if each.peer in known]}


def view(row: UndertakingRow, peer: CasterShown) -> UndertakingShown:
    """Show an undertaking with its other end."""
    entry = find_entry(row.roster)
    days = timedelta(days=0 if entry is None else deletion_days(entry))
    return {
        "peer": peer,
        "own": row.own,
        "iri": row.iri,
        "roster": row.roster,
        "fields": view_fields(map(IntentionField, row.fields)),
        "state": row.state,
        "signed_at": view_time(row.signed_at),
        "disclosed_at": view_time(row.disclosed_at),
        "ended_at": view_time(row.ended_at),
        "delete_by": None if row.ended_at is None else view_time(row.ended_at + days),
    }
