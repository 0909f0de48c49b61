"""Intentions: what is wanted, ours and those cast to us.

`document` is the Proposal as it is on the wire; `private` is what stays home (`limit_price`, `notes`) and is
`{}` for the intentions of others. `paused` says that the intention takes no offers, until `resumes_at` if
that is known; the clock may be late to lift it, so a decision asks `pause`.
"""

from collections.abc import Collection
from dataclasses import field
from datetime import datetime
from typing import Any

from node.core.entries import render_instant
from node.core.intentions import IntentionState
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Page, Table, chunks
from protocol.pauses import Pause
from protocol.values import dataclass

TABLES = (Declared("intentions", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class IntentionRow:
    """One intention as one local actor knows it; `peer` is the id of who cast it, None for our own.

    `name` and `place` are those of its document, to be found by.
    """

    id: str
    actor: str
    iri: str
    peer: str | None
    name: str
    place: str | None
    document: dict[str, Any]
    private: dict[str, Any] = field(repr=False)
    state: IntentionState
    own: bool
    deadline: datetime | None
    received_at: datetime
    updated_at: datetime
    paused: bool = False
    resumes_at: datetime | None = None

    @property
    def pause(self) -> Pause | None:
        """The pause that was told last, over or not, until the clock has lifted it."""
        return Pause(self.resumes_at) if self.paused else None


_INTENTIONS = Table(IntentionRow, "intentions", key=("actor", "iri"))


def save_intention(session: Session, intention: IntentionRow) -> None:
    """Add an intention or replace what is known of it."""
    _INTENTIONS.save(session, intention)


def delete_intention(session: Session, actor: str, iri: str) -> None:
    """Drop what an actor knows of an intention."""
    session.run("DELETE FROM intentions WHERE actor = ? AND iri = ?", actor, iri)


def load_intention(session: Session, actor: str, id: str) -> IntentionRow | None:
    """Return an actor's intention by id."""
    return _INTENTIONS.first(session, "id = ? AND actor = ?", id, actor)


def open_intentions_of(session: Session, actor: str, peer: str, *, limit: int) -> list[IntentionRow]:
    """Return what a peer (its id) wishes for, as far as it is open, the newest first, up to a limit."""
    condition = "actor = ? AND peer = ? AND state = 'open' ORDER BY received_at DESC, id DESC LIMIT ? + 0"
    return _INTENTIONS.all(session, condition, actor, peer, limit)


def load_intention_by_iri(session: Session, actor: str, iri: str) -> IntentionRow | None:
    """Return the intention with this IRI as an actor knows it."""
    return _INTENTIONS.load(session, actor, iri)


def intentions_by_iri(session: Session, actor: str, iris: Collection[str]) -> list[IntentionRow]:
    """Return those of these intentions (IRIs) that an actor knows."""
    return _INTENTIONS.among(session, "iri", iris, actor=actor)


def names_of(session: Session, actor: str, iris: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """Return name and place of those of these intentions (IRIs) that an actor knows, and nothing long."""
    statement = f"SELECT iri, name, place FROM intentions WHERE actor = ? AND iri IN {MARKS}"
    rows = [row for some in chunks(iris) for row in session.all(statement, actor, *some)]
    return {iri: (name, place) for iri, name, place in rows}


def load_own_intention(session: Session, iri: str) -> IntentionRow | None:
    """Return the intention that one of our actors cast under this IRI, to serve it at its address."""
    return _INTENTIONS.first(session, "iri = ? AND own = 1", iri)


def list_intentions(
    session: Session,
    actor: str,
    *,
    own: bool | None = None,
    state: IntentionState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[IntentionRow]:
    """List an actor's intentions, newest first."""
    wanted = {
        "actor": actor,
        "own": (True, False) if own is None else own,
        "state": state or tuple(IntentionState),
    }
    return _INTENTIONS.page(session, wanted, newest="received_at", cursor=cursor, limit=limit)


def newest_of_others(session: Session, actor: str, *, limit: int) -> list[tuple[str, bool]]:
    """Return the ids of the newest open intentions of others, and whether anything was ever offered to them.

    Nothing long is read of any.
    """
    offered = "SELECT 1 FROM offers WHERE offers.actor = intentions.actor AND intention = intentions.iri"
    statement = (
        f"SELECT id, EXISTS ({offered}) FROM intentions WHERE actor = ? AND own = 0 AND state = 'open' "
        "ORDER BY received_at DESC, id DESC LIMIT ? + 0"
    )
    return [(id, bool(is_offered)) for id, is_offered in session.all(statement, actor, limit)]


def intentions_by_id(session: Session, actor: str, ids: Collection[str]) -> list[IntentionRow]:
    """Return those of these intentions that an actor knows, newest first."""
    found = _INTENTIONS.among(session, "id", ids, actor=actor)
    return sorted(found, key=lambda row: (row.received_at, row.id), reverse=True)


def open_of_others(
    session: Session, actor: str, *, after: tuple[datetime, str] | None, limit: int
) -> list[IntentionRow]:
    """Return open intentions of others, the oldest first, at most `limit`.

    `after` is when the last one seen was received, and its id.
    """
    received_at, id = ("", "") if after is None else (render_instant(after[0]), after[1])
    condition = "actor = ? AND own = 0 AND state = 'open' AND (received_at, id) > (?, ?)"
    return _INTENTIONS.all(
        session, f"{condition} ORDER BY received_at, id LIMIT ? + 0", actor, received_at, id, limit
    )


def due_intentions(session: Session, now: datetime, *, limit: int = 100) -> list[IntentionRow]:
    """Return open intentions of all actors whose deadline has come, the longest overdue first."""
    condition = "state = 'open' AND deadline <= ? ORDER BY deadline LIMIT ? + 0"
    return _INTENTIONS.all(session, condition, render_instant(now), limit)


def next_deadline(session: Session) -> datetime | None:
    """Return the earliest deadline of an open intention."""
    deadline = value(session, "SELECT min(deadline) FROM intentions WHERE state = 'open'")
    return None if deadline is None else datetime.fromisoformat(deadline)


def due_pauses(session: Session, now: datetime, *, limit: int = 100) -> list[IntentionRow]:
    """Return open intentions of all actors whose pause is over, the longest over first."""
    condition = "state = 'open' AND resumes_at <= ? ORDER BY resumes_at LIMIT ? + 0"
    return _INTENTIONS.all(session, condition, render_instant(now), limit)


def resuming_intentions(session: Session, actor: str, *, after: datetime, limit: int) -> list[IntentionRow]:
    """Return open intentions that an actor knows whose pause ends after an instant, the next first."""
    condition = "+actor = ? AND state = 'open' AND resumes_at > ? ORDER BY resumes_at LIMIT ? + 0"
    return _INTENTIONS.all(session, condition, actor, render_instant(after), limit)


def next_resumption(session: Session) -> datetime | None:
    """Return when the next pause of an open intention is over."""
    until = value(session, "SELECT min(resumes_at) FROM intentions WHERE state = 'open'")
    return None if until is None else datetime.fromisoformat(until)


def count_open_of(session: Session, actor: str, peer: str) -> int:
    """Count the open intentions that an actor knows of one peer."""
    statement = "SELECT count(*) FROM intentions WHERE actor = ? AND peer = ? AND state = 'open'"
    count = value(session, statement, actor, peer)
    return int(count)
