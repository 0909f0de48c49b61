"""What entries change in what is known of rings: which copies were told, and who has signed for more.

Rules that hold here:

- How an undertaking goes on is in the machine's table (`protocol.undertakings`); what is not there changes
  nothing.
- An undertaking ends with its intention, however that ends, and goes on with it where that is open again.
- What became part of an agreement stays. Of an intention that is over without one, what had to be signed for
  is dropped by who signed.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core.entries import Direction, Entry
from node.core.intentions import IntentionState
from node.core.rings import without_ring_1
from node.services.intentions.versions import render_version
from node.services.ledger.chapters import Reading
from node.storage import agreements, undertakings
from node.storage import told as tellings
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from node.storage.told import ToldRow
from node.storage.undertakings import UndertakingRow
from protocol.intentions import Intention, read_intention, render_as_read
from protocol.strictjson import Document
from protocol.times import read_time
from protocol.undertakings import STEPS, UndertakingEvent, UndertakingState

SIGNED: Final = "undertaking.signed"
RECEIVED: Final = "undertaking.received"
REFUSED: Final = "undertaking.refused"
UNANSWERED: Final = "undertaking.unanswered"


def project_told(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """Keep what a copy told of an intention in rings; of others nothing is kept."""
    copy = entry.decision.get("told")
    if copy is None:
        return
    intention, peer = entry.decision["intention"], entry.decision.get("peer", "")
    row = ToldRow(
        actor=entry.actor,
        intention=intention,
        peer=peer,
        digest=copy["digest"],
        roster=copy["roster"],
        asks=copy["asks"],
        withheld=tuple(copy["withheld"]),
        updated=None if copy["updated"] is None else read_time(copy["updated"]),
        entry=number,
    )
    tellings.save_told(session, row)
    if copy["undertaking"] is not None:
        _step(session, entry.actor, intention, peer, UndertakingEvent.DISCLOSE, at=entry.at)


def project_undertaking(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Add what was signed; what was signed before by the same business for the same intention goes on."""
    decision = entry.decision
    before = undertakings.load_undertaking(session, entry.actor, decision["intention"], decision["peer"])
    row = UndertakingRow(
        actor=entry.actor,
        intention=decision["intention"],
        peer=decision["peer"],
        own=entry.direction is Direction.OUT,
        iri=decision["undertaking"]["id"],
        activity=str(entry.subject),
        document=decision["undertaking"],
        copy=decision["copy"],
        roster=decision["roster"],
        fields=tuple(decision["fields"]),
        state=UndertakingState.SIGNED,
        signed_at=entry.at,
        disclosed_at=None if before is None else before.disclosed_at,
        ended_at=None,
    )
    undertakings.save_undertaking(session, row)


def project_refusal(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Note that nothing more will be told for what was signed."""
    decision = entry.decision
    _step(session, entry.actor, decision["intention"], decision["peer"], UndertakingEvent.REFUSE, at=entry.at)


def project_silence(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Note that what we signed was not answered, however often that was asked for."""
    decision = entry.decision
    _step(session, entry.actor, decision["intention"], decision["peer"], UndertakingEvent.LAPSE, at=entry.at)


def tells_more(intention: Intention, signed: UndertakingRow) -> bool:
    """Tell whether another's intention says what we signed for: it names that, or keeps none of it back.

    A customer whose software leaves the name out has told it all the same, and it is to be deleted. What many
    are told says nothing of what it keeps back: what names others and not us does not count.
    """
    held = intention.withholding
    if held is None:
        return not intention.to or signed.actor in intention.to
    if held.undertaking == signed.iri:
        return True
    return not {part.value for part in held.withheld} & {*signed.fields}


def project_disclosure(session: Session, entry: Entry, intention: IntentionRow | None) -> None:
    """Note that a peer told us what we signed for: by the intention, or by the decision if that is erased."""
    decision = entry.decision
    peer = decision.get("peer")
    if not peer:  # it is one of our own
        return
    signed = undertakings.load_undertaking(session, entry.actor, decision["intention"], peer)
    if signed is None or not signed.own:
        return
    if intention is None:
        told = bool(decision.get("disclosed"))
    else:
        told = tells_more(read_intention(intention.document), signed)
    if told:
        _advance(session, signed, UndertakingEvent.DISCLOSE, at=entry.at)


def reconcile_undertakings(
    session: Session, actor: str, intention: str, state: IntentionState, *, at: datetime
) -> None:
    """Bring what was signed about an intention, and told of it, in line with whether it is open by its state.

    `at` is when that changed.
    """
    event = UndertakingEvent.REOPEN if state is IntentionState.OPEN else UndertakingEvent.END
    for row in undertakings.undertakings_of(session, actor, intention):
        _advance(session, row, event, at=at)
    if event is UndertakingEvent.END:
        tellings.keep_last_told(session, actor, intention)


def over(session: Session, row: IntentionRow) -> IntentionRow:
    """Return an intention that is over as it is kept: without what we signed for, unless we have agreed."""
    if row.own or row.peer is None or agreements.is_met(session, row.actor, row.iri):
        return row
    signed = undertakings.load_undertaking(session, row.actor, row.iri, row.peer)
    if signed is None or signed.disclosed_at is None:
        return row
    bare = without_ring_1(read_intention(row.document))
    document = render_as_read(bare) | render_version(row.document)
    return replace(row, document=document, name=bare.name, place=bare.place)


def is_kept_of(session: Session, row: IntentionRow, document: Document | None) -> bool:
    """Tell whether an intention is kept as a document brought it, whole or as what is over is kept."""
    if document is None or row.document == document:
        return document is not None
    return row.document == over(session, replace(row, document=document)).document


def _step(
    session: Session, actor: str, intention: str, peer: str, event: UndertakingEvent, *, at: datetime
) -> None:
    row = undertakings.load_undertaking(session, actor, intention, peer)
    if row is not None:
        _advance(session, row, event, at=at)


def _advance(session: Session, row: UndertakingRow, event: UndertakingEvent, *, at: datetime) -> None:
    state = STEPS.get((row.state, event))
    if state is None:
        return
    disclosed_at = row.disclosed_at or at if event is UndertakingEvent.DISCLOSE else row.disclosed_at
    ended_at = at if state is UndertakingState.ENDED else None
    undertakings.save_undertaking(
        session, replace(row, state=state, disclosed_at=disclosed_at, ended_at=ended_at)
    )
