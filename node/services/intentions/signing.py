"""Signing: our undertakings, as a business, for more of somebody else's intention.

Rules that hold here:

- It is signed on the copy that came, for all that this copy keeps back, under the agreement that it asks for.
- A person signs, unless the owner has said that it is done by itself for the agreements that are accepted in
  public; and nobody does where the owner has said never.
- What the other end refuses was never signed.
- Where what came was told to many, a copy of our own is asked for first; and what was signed for and does not
  come is asked for, a few times (`own_copies`).
"""

from datetime import datetime
from typing import Final

from node.core import codes
from node.core.entries import Direction, Entry
from node.core.intentions import IntentionState
from node.core.own_copies import CopyPurpose
from node.core.proffers import asked_entry
from node.core.term_settings import Undertakes
from node.services.acting import Acting, Record
from node.services.intentions.own_copies import lacks_copy, want
from node.services.intentions.projecting_rings import REFUSED, SIGNED
from node.services.intentions.showing import IntentionShown, load, view
from node.services.intentions.versions import COPY
from node.services.ledger.chapters import Follower
from node.services.ledger.received import ACCEPTED, AGAIN, Received
from node.services.ledger.recording import send, take
from node.services.terms.keeping import load as load_term_settings
from node.storage import intentions, peers, undertakings
from node.storage.deliveries import DeliveryRow
from node.storage.intentions import IntentionRow
from node.storage.journal import Recorded
from node.storage.peers import PeerRow
from node.storage.session import Session
from node.storage.undertakings import UndertakingRow
from protocol.errors import Conflict, Forbidden
from protocol.intentions import read_intention
from protocol.rosters import RosterEntry
from protocol.strictjson import Document
from protocol.undertakings import (
    WAITING,
    SignedUndertaking,
    Undertaking,
    UndertakingState,
    render_undertaking,
)
from protocol.withholding import IntentionField, Withholding, in_field_order

_RECEIVED: Final = "intention.received"
_IN_VAIN: Final = frozenset({UndertakingState.REFUSED, UndertakingState.UNANSWERED})


def undertake(session: Session, acting: Acting, id: str, *, agreement: str | None = None) -> IntentionShown:
    """Sign for what an intention of somebody else's keeps back; signed already, it changes nothing.

    `agreement` is the name of the one that was shown as what it asks for: another copy may have come since.
    None is for who has looked in this very write.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`, `nothing-withheld`, `intention-closed`,
            `undertakes-never`; `unlike-shown`, it asks for another agreement.
    """
    row = load(session, acting, id)
    held = kept_back(row)
    peer = None if row.peer is None else peers.load_peer(session, acting.iri, row.peer)
    if held is None or peer is None:
        if _is_told(session, row):
            return view(session, row)
        raise Conflict(codes.NOTHING_WITHHELD)
    if row.state is not IntentionState.OPEN:
        raise Conflict(codes.INTENTION_CLOSED, f"This intention is {row.state}. Nothing sent.")
    if load_term_settings(session, acting.iri).undertakes is Undertakes.NEVER:
        raise Conflict(codes.UNDERTAKES_NEVER)
    if not _is_signed(session, row, held):
        if agreement not in (None, _asked_for(held).name):
            raise Conflict(codes.UNLIKE_SHOWN)
        _sign(session, acting, row, held, peer)
    return view(session, row)


def shown_agreement(session: Session, acting: Acting, id: str) -> str:
    """Return the name of what has to be signed for more of an intention, as it is known here by now.

    Of what was told to many it is what businesses sign for wishes.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    return _asked_for(kept_back(load(session, acting, id))).name


def _asked_for(held: Withholding | None) -> RosterEntry:
    asks = None if held is None else held.proffer.asks
    return asked_entry() if asks is None else asks


def kept_back(row: IntentionRow) -> Withholding | None:
    """Return what an intention of another's keeps back from us until we sign; None if nothing."""
    if row.own or COPY not in row.document:
        return None
    held = read_intention(row.document).withholding
    return held if held is not None and held.withheld and held.proffer.asks is not None else None


def waits(session: Session, actor: str, row: IntentionRow) -> bool:
    """Tell whether an intention is to be answered once more of it was told: that can be signed for.

    Where that was refused, or not answered, nothing more will be told unless a person signs again.
    """
    if kept_back(row) is None:
        return False
    signed = undertakings.load_undertaking(session, actor, row.iri, str(row.peer))
    if signed is not None and signed.state in _IN_VAIN:
        return False
    return load_term_settings(session, actor).undertakes is not Undertakes.NEVER


def _is_told(session: Session, row: IntentionRow) -> bool:
    """Tell whether we were told what we signed for."""
    signed = undertakings.load_undertaking(session, row.actor, row.iri, row.peer or "")
    return signed is not None and signed.own and signed.state is UndertakingState.DISCLOSED


def _is_signed(session: Session, row: IntentionRow, held: Withholding) -> bool:
    signed = undertakings.load_undertaking(session, row.actor, row.iri, str(row.peer))
    return signed is not None and signed.state is UndertakingState.SIGNED and _covers(signed, held)


def _covers(signed: UndertakingRow, held: Withholding) -> bool:
    """Tell whether all that is kept back was signed for."""
    return {part.value for part in held.withheld} <= {*signed.fields}


def _sign(session: Session, acting: Acting, row: IntentionRow, held: Withholding, peer: PeerRow) -> None:
    assert held.proffer.asks is not None  # noqa: S101 - else nothing is kept back
    before = undertakings.load_undertaking(session, acting.iri, row.iri, peer.id)
    counts = before is not None and before.state is UndertakingState.DISCLOSED
    fields = {IntentionField(iri) for iri in (before.fields if before and counts else ())} | {*held.withheld}
    signing = acting.signing_key()
    undertaking = Undertaking(
        iri=acting.mint("undertakings", "und"),
        intention=row.iri,
        customer=peer.address,
        business=acting.iri,
        roster=held.proffer.asks,
        fields=held.withheld,
        key=signing.id,
        multibase=signing.key.public.multibase,
        salt=acting.salt(),
        published=acting.now,
    )
    signed = SignedUndertaking(undertaking, row.document[COPY])
    activity = render_undertaking(signed, iri=acting.mint("activities", "act"), published=acting.now)
    decision: Document = {
        "intention": row.iri,
        "undertaking": activity["result"],
        "copy": signed.copy,
        "roster": undertaking.roster.name,
        "fields": [part.value for part in in_field_order(fields)],
    }
    send(session, acting, SIGNED, acting.sign(activity, signing), decision, recipients=[peer])
    want(session, acting, row, peer, CopyPurpose.ANSWER)


def find_refused(session: Session, acting: Acting, received: Received) -> UndertakingRow | None:
    """Find the undertaking of ours that a customer rejects."""
    signed = undertakings.load_undertaking_by_activity(session, acting.iri, received.named)
    return signed if signed is not None and signed.own else None


def receive_refusal(session: Session, acting: Acting, received: Received, found: UndertakingRow) -> int:
    """Take it that a customer tells nothing more for what we signed.

    Raises:
        Forbidden: `not-yours`, it was signed towards somebody else.
    """
    if found.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOURS, "This undertaking was signed towards somebody else.")
    if found.state not in WAITING:
        return AGAIN
    take(session, acting, REFUSED, received, {"intention": found.intention})
    return ACCEPTED


def take_back(session: Session, row: DeliveryRow, *, now: datetime, record: Record) -> None:
    """Note that a peer refused the undertaking that a delivery carried, or never got it.

    Call inside a write.
    """
    signed = undertakings.load_undertaking_by_activity(session, row.actor, row.activity)
    if signed is None or not signed.own or signed.state not in WAITING:
        return
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=REFUSED,
        actor=row.actor,
        subject=signed.activity,
        decision={"intention": signed.intention, "peer": signed.peer},
    )
    record(session, entry, None)


# --- by itself ----------------------------------------------------------------------------------------------


def _look(session: Session, acting: Acting, recorded: Recorded) -> str | None:
    """Return the intention (its IRI) that is to be signed for by itself, or asked for to sign for it."""
    iri = str(recorded.entry.decision["intention"])
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    if row is None or row.state is not IntentionState.OPEN:
        return None
    settings, held = load_term_settings(session, acting.iri), kept_back(row)
    if settings.undertakes is not Undertakes.AUTO or _asked_for(held) not in settings.accepts:
        return None
    if held is None:
        return iri if lacks_copy(session, row) else None
    signed = undertakings.load_undertaking(session, acting.iri, iri, str(row.peer))
    if signed is not None and (signed.state in _IN_VAIN or _covers(signed, held)):
        return None  # what was in vain once is for a person, and so is what was signed for and is not told
    return iri


def _act(session: Session, acting: Acting, iri: str) -> None:
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    if row is None or row.state is not IntentionState.OPEN:
        return
    if kept_back(row) is not None:
        undertake(session, acting, row.id)
        return
    peer = None if row.peer is None else peers.load_peer(session, acting.iri, row.peer)
    if peer is not None:
        want(session, acting, row, peer, CopyPurpose.SIGN)


FOLLOWER: Final = Follower(name="undertakings", kinds=frozenset({_RECEIVED}), look=_look, act=_act)
