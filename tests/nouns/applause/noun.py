"""Applause: a `Like` of an intention of ours. It is kept, thanked for, and fades after a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from node.core.entries import Direction, Entry
from node.nouns import Noun
from node.services.acting import Acting, Residents
from node.services.ledger.chapters import Chapter, Claim, Clock, Follower, nothing
from node.services.ledger.received import Received
from node.services.ledger.recording import note, take
from node.services.ledger.timing import record_each
from node.storage import intentions, peers
from node.storage.intentions import IntentionRow
from node.storage.journal import Recorded
from node.storage.schema import Migration
from node.storage.session import Session
from node.storage.tables import Table
from node.web.api.operations import ApiCall, Operation, paged
from node.web.api.parameters import PAGE
from protocol.codes import state
from protocol.errors import Conflict
from protocol.strictjson import Document

LIFE: Final = timedelta(days=1)
NOT_APPLAUSE: Final = state("not-applause", "That is no applause.")


# --- its table ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApplauseRow:
    iri: str
    actor: str
    intention: str
    peer: str
    fades_at: datetime


_APPLAUSE: Final = Table(ApplauseRow, "applause", key=("actor", "iri"))

MIGRATIONS: Final = (
    Migration(
        "applause",
        (
            """
            CREATE TABLE applause (
                iri TEXT NOT NULL,
                actor TEXT NOT NULL,
                intention TEXT NOT NULL,
                peer TEXT NOT NULL,
                fades_at TEXT NOT NULL,
                PRIMARY KEY (actor, iri)
            )
            """,
            "CREATE INDEX applause_fading ON applause (fades_at)",
        ),
    ),
)


def list_applause(session: Session, actor: str) -> list[Document]:
    rows = _APPLAUSE.all(session, "actor = ? ORDER BY fades_at, iri", actor)
    known = peers.peers_by_id(session, actor, {row.peer for row in rows})
    return [{"id": row.iri, "intention": row.intention, "peer": known[row.peer].address} for row in rows]


# --- what comes in, and what follows from it ----------------------------------------------------------------


def _liked(session: Session, acting: Acting, received: Received) -> IntentionRow | None:
    row = intentions.load_intention_by_iri(session, acting.iri, received.named)
    return row if row is not None and row.own else None


def _take_like(session: Session, acting: Acting, received: Received, intention: IntentionRow) -> None:
    if received.activity.get("content") == "boo":
        raise Conflict(NOT_APPLAUSE)
    said = str(received.activity.get("summary", ""))
    decision = {"intention": intention.id, "said": said, "secret": "stays here"}
    take(session, acting, "applause.received", received, decision)


def _project_received(session: Session, _number: int, entry: Entry, _reading: Any) -> None:
    """Keep who applauded what, until it fades."""
    decision = entry.decision
    row = ApplauseRow(
        entry.subject or "", entry.actor, decision["intention"], decision["peer"], entry.at + LIFE
    )
    _APPLAUSE.save(session, row)


def _project_faded(session: Session, _number: int, entry: Entry, _reading: Any) -> None:
    """Forget applause that has faded."""
    session.run("DELETE FROM applause WHERE actor = ? AND iri = ?", entry.actor, entry.subject)


# --- what the node does by itself ---------------------------------------------------------------------------


def _look(_session: Session, _acting: Acting, recorded: Recorded) -> Recorded | None:
    return recorded if recorded.entry.direction is Direction.IN else None


def _thank(session: Session, acting: Acting, recorded: Recorded) -> None:
    if recorded.entry.decision["said"] == "unthankable":
        raise ValueError("there is no thanking for this")
    peer = peers.named_peer(session, acting.iri, recorded.entry.decision["peer"])
    note(session, acting, "applause.thanked", {}, peer=peer, subject=recorded.entry.subject)


def _next_fading(session: Session, _residents: Residents) -> datetime | None:
    row = _APPLAUSE.first(session, "fades_at > '' ORDER BY fades_at")
    return None if row is None else row.fades_at


def _fade(session: Session, residents: Residents, now: datetime) -> None:
    rows = [row for row in _APPLAUSE.all(session, "fades_at > '' ORDER BY fades_at") if row.fades_at <= now]
    entry = Entry(at=now, direction=Direction.LOCAL, kind="applause.faded", actor="")
    record_each(
        session,
        residents,
        [
            Entry(at=now, direction=entry.direction, kind=entry.kind, actor=row.actor, subject=row.iri)
            for row in rows
        ],
    )


# --- what its owner can do ----------------------------------------------------------------------------------


async def _list(call: ApiCall) -> Document:
    """List applause."""
    found = await call.read(lambda session: list_applause(session, call.acting.iri))
    return paged(found, **call.query)


OPERATIONS: Final = (
    Operation(
        name="applause_list",
        method="GET",
        path="/applause",
        handler=_list,
        summary="List who applauded what.",
        query=PAGE,
        answer="ApplausePage",
    ),
)
COMPONENTS: Final = {"ApplausePage": {"type": "object", "description": "Applause."}}
NOUN: Final = Noun(
    name="applause",
    chapter=Chapter(
        name="applause",
        claims=(Claim(kinds=frozenset({"Like/"}), finds=_liked, take=_take_like, brief=True),),
        projectors={
            "applause.received": _project_received,
            "applause.thanked": nothing,
            "applause.faded": _project_faded,
        },
        tables=("applause",),
        clock=Clock(next_due=_next_fading, turn=_fade),
        followers=(Follower(name="thanks", kinds=frozenset({"applause.received"}), look=_look, act=_thank),),
        told=frozenset({"intention"}),
    ),
    api=(__name__,),
    migrations=MIGRATIONS,
    commands=("applause",),
)
