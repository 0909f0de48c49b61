"""Ending: intentions of ours that take no more offers, taken back or met.

Rules that hold here:

- Closing an intention is one brief write. Its rivals are answered, and its audience is told, in steps that
  follow (`node.services.negotiations.rivals`), however many they are.
- Withdrawn or met, the words are the same: nobody learns whether somebody else was chosen.
- Who signed for more and does not follow us any more, or is blocked, hears of the end, too, and of nothing
  else: by that it is to be deleted. What was signed for and has not left by then does not leave any more.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core import codes
from node.core.entries import Entry
from node.core.intentions import IntentionState
from node.services.acting import Acting
from node.services.intentions.audiences import load_audience, load_signers
from node.services.intentions.showing import IntentionShown, load_own, view
from node.services.intentions.telling import TOLD, Copy, copies, tell
from node.services.ledger.recording import note
from node.storage import deliveries, journal, undertakings
from node.storage.deliveries import DeliveryRow
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.errors import Conflict
from protocol.times import render_time

WITHDRAWN = "intention.withdrawn"
_OVER: Final = "The wish is over: what was signed for is told no more."


def withdraw(session: Session, acting: Acting, id: str) -> IntentionShown:
    """Take an open intention back; what was offered is rejected, and everybody who was told hears of it.

    Raises:
        NotFound; Forbidden: `not-yours`; Conflict: `intention-closed`.
    """
    row = load_own(session, acting, id)
    if row.state is not IntentionState.OPEN:
        raise Conflict(codes.INTENTION_CLOSED, f"This intention is {row.state} already. Nothing sent.")
    closed = replace(row, state=IntentionState.WITHDRAWN, updated_at=acting.now)
    decision = {"intention": row.iri, "state": closed.state.value}
    note(session, acting, WITHDRAWN, decision, subject=row.id)
    return view(session, closed)


def announce_end(session: Session, acting: Acting, row: IntentionRow) -> None:
    """Tell everybody who was told of an intention that it takes no more offers.

    Withdrawn or met, the words are the same: nobody learns whether somebody else was chosen.
    """
    tombstone = {
        "id": row.iri,
        "type": "Tombstone",
        "formerType": "Proposal",
        "deleted": render_time(row.updated_at),
    }
    stop_telling(session, row, now=acting.now)
    audience, signers = load_audience(session, row), load_signers(session, row)
    audience += [signer for signer in signers if signer not in audience]
    blocked = [Copy((signer.address,), signer) for signer in signers if signer.blocked]
    for copy in (*copies(acting, audience), *blocked):
        tell(session, acting, "Delete", tombstone, copy, audience=audience)


def stop_telling(session: Session, row: IntentionRow, *, now: datetime) -> None:
    """Send no more what was signed for of an intention of ours that is over, as far as it has not left."""
    if row.private.get("rings") is None:
        return
    for signed in undertakings.undertakings_of(session, row.actor, row.iri):
        queued = deliveries.queued_for(session, row.actor, signed.peer)
        entries = journal.load_entries(session, [each.entry for each in queued])
        more = [
            str(recorded.entry.subject)
            for recorded in entries.values()
            if _tells_more(recorded.entry, row.iri)
        ]
        deliveries.cancel_activities(session, row.actor, signed.peer, more, at=now, error=_OVER)


def _tells_more(entry: Entry, intention: str) -> bool:
    """Tell whether an entry is what somebody was told of an intention because they had signed."""
    told = entry.decision.get("told")
    return entry.decision.get("intention") == intention and bool(told and told["undertaking"])


def ends_duty(session: Session, row: DeliveryRow) -> bool:
    """Tell whether a delivery is the end of an intention for who has signed: by that it is to be deleted."""
    recorded = journal.load_entry(session, row.entry)
    if recorded is None or recorded.entry.kind != TOLD or "told" in recorded.entry.decision:
        return False
    iri = str(recorded.entry.decision["intention"])
    return undertakings.load_undertaking(session, row.actor, iri, row.recipient) is not None
