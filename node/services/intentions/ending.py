"""Ending: intentions of ours that take no more offers, taken back or met.

Rules that hold here:

- Closing an intention is one brief write. Its rivals are answered, and its audience is told, in steps that
  follow (`node.services.negotiations.rivals`), however many they are.
- Withdrawn or met, the words are the same: nobody learns whether somebody else was chosen.
- Who signed for more and does not follow us any more hears of the end, too: by that it is to be deleted. What
  was signed for and has not left by then does not leave any more.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core import codes
from node.core.intentions import IntentionState
from node.services.acting import Acting
from node.services.intentions.audiences import load_audience, load_signers
from node.services.intentions.showing import IntentionShown, load_own, view
from node.services.intentions.telling import copies, tell
from node.services.ledger.recording import note
from node.storage import deliveries, journal, undertakings
from node.storage import told as tellings
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
    audience = load_audience(session, row)
    audience += [signer for signer in load_signers(session, row) if signer not in audience]
    for copy in copies(acting, audience):
        tell(session, acting, "Delete", tombstone, copy, audience=audience)


def stop_telling(session: Session, row: IntentionRow, *, now: datetime) -> None:
    """Send no more what was signed for of an intention of ours that is over, as far as it has not left."""
    if row.private.get("rings") is None:
        return
    for signed in undertakings.undertakings_of(session, row.actor, row.iri):
        sent = tellings.told_to(session, row.actor, row.iri, signed.peer)
        entries = journal.load_entries(session, [each.entry for each in sent])
        more = [
            str(recorded.entry.subject)
            for recorded in entries.values()
            if recorded.entry.decision["told"]["undertaking"] is not None
        ]
        deliveries.cancel_activities(session, row.actor, signed.peer, more, at=now, error=_OVER)
