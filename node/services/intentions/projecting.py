"""What each kind of entry changes in the table of intentions.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from node.core.entries import Entry
from node.core.intentions import IntentionState
from node.core.losses import AT_THE_END
from node.services.intentions.projecting_rings import over, project_disclosure, reconcile_undertakings
from node.services.ledger.chapters import Reading
from node.storage import intentions
from node.storage.intentions import IntentionRow
from node.storage.losses import end_with_wish
from node.storage.session import Session
from protocol.intentions import read_intention


def project_intention(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Add or replace an intention, ours or a peer's, from the document in the decision; it is open then.

    A peer's may have expired here before: the change that postponed its deadline came later.
    """
    decision = entry.decision
    document: dict[str, Any] = decision["document"]
    intention = read_intention(document)  # a peer's may be spelled in any way
    known = intentions.load_intention_by_iri(session, entry.actor, intention.iri)
    paused = intention.pause is not None and intention.pause.holds(entry.at)
    row = IntentionRow(
        id=known.id if known else decision["id"],
        actor=entry.actor,
        iri=intention.iri,
        peer=decision.get("peer"),
        name=intention.name,
        place=intention.place,
        document=document,
        private=decision.get("private", {}),
        state=IntentionState.OPEN,
        own=bool(decision["own"]),
        deadline=intention.deadline,
        received_at=known.received_at if known else _first_received(entry),
        updated_at=entry.at,
        paused=paused,
        resumes_at=intention.pause.until if paused and intention.pause is not None else None,
    )
    intentions.save_intention(session, row)
    project_disclosure(session, entry, row)
    if known is not None and known.state is not IntentionState.OPEN:
        reconcile_undertakings(session, row.actor, row.iri, row.state, at=entry.at)


def _first_received(entry: Entry) -> datetime:
    """Return when an intention first came: a change of it says that, in case its first wording was erased."""
    since = entry.decision.get("since")
    return entry.at if since is None else datetime.fromisoformat(since)


def project_intention_state(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Close an intention: withdrawn or expired."""
    decision = entry.decision
    row = intentions.load_intention_by_iri(session, entry.actor, decision["intention"])
    # What was signed ends also where the words of the intention are erased by now.
    reconcile_undertakings(
        session, entry.actor, decision["intention"], IntentionState(decision["state"]), at=_ended_at(entry)
    )
    if row is not None:
        closed = replace(row, state=IntentionState(decision["state"]), updated_at=entry.at)
        intentions.save_intention(session, over(session, closed))
        if not row.own and closed.state is IntentionState.WITHDRAWN:
            end_with_wish(session, row.actor, row.iri, since=entry.at - AT_THE_END)


def _ended_at(entry: Entry) -> datetime:
    """Return when an intention ended: by its deadline, as who took it back says, or when that came."""
    deleted = entry.decision.get("deleted")
    return entry.at if deleted is None else datetime.fromisoformat(deleted)


def project_resumption(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Lift a pause whose time is over."""
    row = intentions.load_intention_by_iri(session, entry.actor, entry.decision["intention"])
    if row is not None:
        intentions.save_intention(session, replace(row, paused=False, resumes_at=None, updated_at=entry.at))


def project_erased_intention(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Leave out an intention whose wording was erased; a later wording brings it back."""
    project_disclosure(session, entry, None)
    intentions.delete_intention(session, entry.actor, entry.decision["intention"])
