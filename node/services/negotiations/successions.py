"""Successions: an agreement as it was agreed then, and as it stands now that others have taken its place.

Rules here: only what both have signed counts, and what was erased breaks the line; a line is followed so far
and no further (`MOST`).
"""

from collections.abc import Sequence
from typing import Any, Final, TypedDict

from node.core.changes import changes, view_change
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.negotiations.agreements import load
from node.storage import agreements
from node.storage.agreements import AgreementRow
from node.storage.session import Session
from protocol.agreements import read_agreement

MOST: Final = 50  # agreements that took each other's place; one a year is a lifetime


class SuccessionShown(TypedDict):
    """From which agreement to which, by id and when each was accepted, and in which terms they differ.

    `then` is the first of the line, or the agreement itself once another has taken its place; `now` is the
    last. They are the same, without changes, where nothing has taken the place of anything.
    """

    then: str
    then_at: str | None
    now: str
    now_at: str | None
    steps: int
    changes: Sequence[dict[str, Any]]


def show(session: Session, acting: Acting, id: str) -> SuccessionShown:
    """Show how an agreement stands now, against how it was agreed.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = load(session, acting, id)
    later = _later(session, row)
    earlier = [] if later else _earlier(session, row)
    then, now = (earlier or [row])[-1], (later or [row])[-1]
    drafts = [read_agreement(one.document, currency=one.currency).draft for one in (then, now)]
    return {
        "then": then.id,
        "then_at": view_time(then.concluded_at),
        "now": now.id,
        "now_at": view_time(now.concluded_at),
        "steps": len(later) + len(earlier),
        "changes": [view_change(change) for change in changes(*drafts)],
    }


def _later(session: Session, row: AgreementRow) -> list[AgreementRow]:
    """Return what took the place of an agreement, and of that, and so on."""
    found: list[AgreementRow] = []
    while len(found) < MOST:
        following = agreements.successor_of(session, row.actor, (found or [row])[-1].iri)
        if following is None:
            break
        found.append(following)
    return found


def _earlier(session: Session, row: AgreementRow) -> list[AgreementRow]:
    """Return whose place an agreement took, and whose place that one did, and so on."""
    found: list[AgreementRow] = []
    while len(found) < MOST:
        before = (found or [row])[-1].supersedes
        preceding = None if before is None else agreements.load_agreement_by_iri(session, row.actor, before)
        if preceding is None:
            break
        found.append(preceding)
    return found
