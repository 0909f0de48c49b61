"""The journal as the owner sees it: read it, verify its chain, rebuild what follows from it."""

import json
from typing import Any

from node.core.drafts import view_time
from node.services.ledger.chapters import Ledger
from node.services.ledger.recording import rebuild as replay
from node.storage import journal
from node.storage.journal import Recorded
from node.storage.projections import snapshot
from node.storage.session import Session
from protocol.errors import Conflict


def verify(session: Session) -> dict[str, Any]:
    """Recompute the chain and report how far it holds."""
    report = journal.verify(session)
    return {
        "ok": report.ok,
        "entries": report.count,
        "head": report.head.hex(),
        "broken_at": report.broken_at,
        "reason": report.reason,
    }


def rebuild(session: Session, ledger: Ledger) -> dict[str, Any]:
    """Empty the tables of current state and replay the journal; say whether they come out the same.

    Raises:
        Conflict: `journal-broken`, for what a damaged journal leads to never was.
    """
    report = journal.verify(session)
    if not report.ok:
        raise Conflict(
            "journal-broken", f"The journal is broken at entry {report.broken_at}: {report.reason}."
        )
    before = snapshot(session, ledger.tables)
    entries = replay(session, ledger)
    after = snapshot(session, ledger.tables)
    return {"entries": entries, "unchanged": before == after, "state": after.hex()}


def list(session: Session, *, after: int = 0, limit: int = 50) -> dict[str, Any]:
    """List entries in order, behind the sequence `after`; the cursor is the last sequence."""
    size = max(1, min(limit, 100))
    found = [*journal.entries(session, after=after, limit=size + 1)]
    last = str(found[size - 1].sequence) if len(found) > size else None
    return {"items": [view(recorded) for recorded in found[:size]], "next": last}


def view(recorded: Recorded) -> dict[str, Any]:
    """Show an entry; the activity is parsed, because people read it."""
    entry = recorded.entry
    return {
        "sequence": recorded.sequence,
        "at": view_time(entry.at),
        "direction": entry.direction.value,
        "kind": entry.kind,
        "peer": entry.peer,
        "subject": entry.subject,
        "hash": recorded.hash.hex(),
        "decision": dict(entry.decision),
        "activity": json.loads(entry.body) if entry.body else None,
    }
