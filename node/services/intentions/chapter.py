"""What intentions bring to the ledger: those cast to us, and the deadlines of all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from node.core.entries import Direction, Entry, render_instant
from node.services.acting import Acting, Residents
from node.services.intentions import taking, undertakings
from node.services.intentions.casting import NOTED
from node.services.intentions.ending import stop_telling
from node.services.intentions.pausing import RESUMED
from node.services.intentions.projecting import (
    project_erased_intention,
    project_intention,
    project_intention_state,
    project_resumption,
)
from node.services.intentions.projecting_rings import (
    RECEIVED,
    REFUSED,
    SIGNED,
    UNANSWERED,
    project_refusal,
    project_silence,
    project_told,
    project_undertaking,
)
from node.services.intentions.signing import FOLLOWER, find_refused, receive_refusal
from node.services.ledger.chapters import Chapter, Claim, Clock
from node.services.ledger.reach import is_published_to_us
from node.services.ledger.received import ACCEPTED, AGAIN, Received
from node.services.ledger.timing import record_each
from node.storage import intentions
from node.storage.intentions import IntentionRow
from node.storage.journal import Recorded
from node.storage.session import Session
from protocol.strictjson import Document


def _take_proposal(session: Session, acting: Acting, received: Received, _found: object) -> int:
    """Take an intention or a change of it; one that a later change has overtaken is not news (RP-08)."""
    news = taking.receive_proposal(session, acting, received, received.object)
    return ACCEPTED if news else AGAIN


def _take_deletion(session: Session, acting: Acting, received: Received, _found: object) -> None:
    """Close what was deleted, if we knew it; a deletion of something unknown changes nothing."""
    taking.receive_withdrawal(session, acting, received, received.named)


def _next_due(session: Session, _residents: Residents) -> datetime | None:
    moments = (intentions.next_deadline(session), intentions.next_resumption(session))
    return min((moment for moment in moments if moment is not None), default=None)


def _turn(session: Session, residents: Residents, now: datetime) -> None:
    due = intentions.due_intentions(session, now)
    record_each(session, residents, [_expired(row, now) for row in due])
    for row in due:
        if row.own:
            stop_telling(session, row, now=now)
    over = intentions.due_pauses(session, now)
    record_each(session, residents, [_ticked(row, RESUMED, now) for row in over])


def _expired(row: IntentionRow, now: datetime) -> Entry:
    ended = now if row.deadline is None else row.deadline
    return _ticked(row, "intention.expired", now, state="expired", deleted=render_instant(ended))


def _ticked(row: IntentionRow, kind: str, now: datetime, **decided: str) -> Entry:
    return Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=row.actor,
        subject=row.id,
        decision={"intention": row.iri, **decided},
    )


def _describe(session: Session, items: Sequence[Recorded]) -> Mapping[int, Document]:
    """Return the id and the present state of the intentions that entries are about, by the entry's number."""
    described: dict[int, Document] = {}
    for actor in {item.entry.actor for item in items}:
        about = {
            item.number: str(item.entry.decision["intention"])
            for item in items
            if item.entry.actor == actor and "intention" in item.entry.decision
        }
        rows = {row.iri: row for row in intentions.intentions_by_iri(session, actor, {*about.values()})}
        described |= {
            number: {"intention": rows[iri].id, "state": rows[iri].state.value}
            for number, iri in about.items()
            if iri in rows
        }
    return described


CHAPTER: Final = Chapter(
    name="intentions",
    claims=(
        Claim(
            kinds=frozenset({"Create/Proposal", "Update/Proposal"}),
            take=_take_proposal,
            reaches=is_published_to_us,
            brief=True,
        ),
        Claim(
            kinds=frozenset({"Delete/", "Delete/Tombstone", "Delete/Proposal"}),
            take=_take_deletion,
            reaches=is_published_to_us,
        ),
        Claim(
            kinds=frozenset({"Accept/", "Accept/Proposal"}),
            finds=undertakings.find,
            take=undertakings.receive,
            brief=True,
        ),
        Claim(
            kinds=frozenset({"Reject/", "Reject/Accept"}),
            finds=find_refused,
            take=receive_refusal,
            brief=True,
        ),
    ),
    projectors={
        "intention.cast": project_intention,
        "intention.amended": project_intention,
        NOTED: project_intention,
        "intention.received": project_intention,
        "intention.withdrawn": project_intention_state,
        "intention.expired": project_intention_state,
        RESUMED: project_resumption,
        "intention.told": project_told,
        SIGNED: project_undertaking,
        RECEIVED: project_undertaking,
        REFUSED: project_refusal,
        UNANSWERED: project_silence,
    },
    apart={
        "intention.cast": frozenset({"document", "private"}),
        "intention.amended": frozenset({"document", "private"}),
        NOTED: frozenset({"document", "private"}),
        "intention.received": frozenset({"document"}),
    },
    erased={
        "intention.cast": project_erased_intention,
        "intention.amended": project_erased_intention,
        NOTED: project_erased_intention,
        "intention.received": project_erased_intention,
    },
    tables=("told", "undertakings", "intentions"),
    clock=Clock(next_due=_next_due, turn=_turn),
    followers=(FOLLOWER,),
    told=frozenset({"intention", "state", "own"}),
    describes=_describe,
)
