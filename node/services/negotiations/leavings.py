"""Leavings: who gave notice of an agreement and when, what became of that on its way, and whether it counts.

Rules that hold here:

- What a peer answered is told as the journal has it: a delivery is forgotten in time, and may be sent again.
- One of ours that does not count says by which of our own rules; its sender can give notice anew.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

from node.core.drafts import view_time
from node.core.leaving import KEPT_TRYING, given_at, is_withdrawal, to_be_known
from node.services.acting import Acting
from node.services.negotiations.agreements import load
from node.services.negotiations.refused_notices import STANDS, UNANSWERED, UNDELIVERED
from node.services.negotiations.undoing import REFUSED
from node.storage import agreements, journal
from node.storage.agreements import AgreementRow
from node.storage.deliveries import DeliveryRow, deliveries_of
from node.storage.journal import Recorded
from node.storage.moves import MoveRow, MoveStatus, list_moves
from node.storage.session import Session
from protocol import incoming
from protocol.agreements import read_agreement
from protocol.moves import Move, read_move
from protocol.negotiation import Event, State
from protocol.strictjson import Document
from protocol.times import read_time
from protocol.values import dataclass

_ODD: Final = (UNDELIVERED, STANDS, REFUSED)
"""Kinds of entries that say that something is the matter with a notice of ours."""
_LOOKED_AT: Final = 100  # of each: so many of the newest
_AMONG: Final = 2_000  # so many refusals of moves: a peer refuses what it likes
_DONE: Final = ("delivered", "cancelled")  # that their server has it, or that it is sent no more

_LEFT: Final = frozenset({State.ENDING.value, State.ENDED.value})


class LeavingShown(TypedDict):
    """A notice: whose it is, when it was given, for when, and whether it counts, and is a withdrawal.

    `delivery` is how ours stands on its way and `settled_at` when that was settled; None of theirs, which is
    here, and of one whose delivery is kept no more. `undelivered_at` is since when ours is known not to
    arrive, `unanswered_at` when it was decided that it counts although nobody had answered. `refused_at`,
    `status` and `said` are what the other side answered, if it has refused ours for good; `objection` is by
    which of our own rules it does not count then (a code), None if it does. `document` is the notice as it
    was signed; None if its bytes were erased.
    """

    activity: str
    own: bool
    at: str | None
    leaves_at: str | None
    counts: bool
    withdrawal: bool
    delivery: str | None
    settled_at: str | None
    undelivered_at: str | None
    unanswered_at: str | None
    refused_at: str | None
    status: int | None
    said: str
    objection: str | None
    document: Document | None


class LeavingsShown(TypedDict):
    """The notices that were given of an agreement, oldest first."""

    items: Sequence[LeavingShown]


def list(session: Session, acting: Acting, id: str) -> LeavingsShown:
    """List the notices that were given of an agreement, oldest first, with those that do not count.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = load(session, acting, id)
    return {"items": _show(session, row, list_moves(session, row.offer, event=Event.LEAVE))}


def last(session: Session, acting: Acting, id: str) -> LeavingShown | None:
    """Return the notice that a person has to know of (`leaving.to_be_known`); None if there is none.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    return _last(session, load(session, acting, id))


def _last(session: Session, row: AgreementRow) -> LeavingShown | None:
    given = list_moves(session, row.offer, event=Event.LEAVE)
    if row.state in _LEFT:
        given = [move for move in given if move.status is MoveStatus.APPLIED]
    return to_be_known(row.state, _show(session, row, given[-1:]))


def _show(session: Session, row: AgreementRow, given: Sequence[MoveRow]) -> Sequence[LeavingShown]:
    """Show notices, and read the documents of no others."""
    if not given:
        return []
    own = [move.iri for move in given if move.by_party is row.role]
    sent = {one.activity: one for one in deliveries_of(session, row.actor, own)}
    entries = journal.load_entries(session, [move.entry for move in given])
    return [_shown(session, row, move, sent.get(move.iri), entries.get(move.entry)) for move in given]


def _shown(
    session: Session, row: AgreementRow, move: MoveRow, sent: DeliveryRow | None, recorded: Recorded | None
) -> LeavingShown:
    entry = recorded.entry if recorded is not None and recorded.entry.body else None
    arrival = None if entry is None else incoming.read(entry.body)
    notice = None if arrival is None else read_move(arrival.reading)
    answered = _answered(session, row, move)
    decision: dict[str, Any] = {} if answered is None else {**answered.entry.decision}
    return {
        "activity": move.iri,
        "own": move.by_party is row.role,
        "at": view_time(move.at),
        "leaves_at": None if notice is None else view_time(notice.ends_at),
        "counts": move.status is MoveStatus.APPLIED,
        "withdrawal": notice is not None and _is_withdrawal(row, move, notice),
        "delivery": None if sent is None else sent.state.value,
        "settled_at": None if sent is None else view_time(sent.settled_at),
        "undelivered_at": _since(session, row, move, UNDELIVERED),
        "unanswered_at": _since(session, row, move, UNANSWERED),
        "refused_at": None if answered is None else view_time(answered.entry.at),
        "status": decision.get("status"),
        "said": decision.get("said", ""),
        "objection": decision.get("objection"),
        "document": None if arrival is None else arrival.document,
    }


def _is_withdrawal(row: AgreementRow, move: MoveRow, notice: Move) -> bool:
    """Tell whether a notice is the customer's, within the time to withdraw that the agreement gives."""
    agreement = read_agreement(row.document, currency=row.currency)
    by_customer = row.own == (move.by_party is row.role)
    return is_withdrawal(agreement, notice, by_customer=by_customer, given_at=given_at(notice, move.at))


def _answered(session: Session, row: AgreementRow, move: MoveRow) -> Recorded | None:
    """Return the entry that says that the other end refused a notice; None if it did not, or never got it."""
    kind = STANDS if move.status is MoveStatus.APPLIED else REFUSED
    found = journal.last_about(session, row.actor, move.iri, kind=kind)
    return None if found is None or found.entry.decision.get("status") is None else found


def _since(session: Session, row: AgreementRow, move: MoveRow, kind: str) -> str | None:
    """Return when something was put down about a notice of ours; None of theirs, and if it was not."""
    found = journal.last_about(session, row.actor, move.iri, kind=kind) if move.by_party is row.role else None
    return None if found is None else view_time(found.entry.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A notice of ours that its owner has to see to: of which agreement (its id), and for which day.

    `counts` says that it ends the agreement, and is to be told in another way; else it is given anew.
    """

    agreement: str
    leaves_at: datetime | None
    counts: bool


def unsettled(session: Session, acting: Acting) -> Iterator[Unsettled]:
    """Yield the notices of ours that lately did not arrive, or turned out not to count, the newest first.

    One that counts, and is sent until its day, is there until then.
    """
    for row, at in sorted(_odd(session, acting), key=lambda one: one[1], reverse=True):
        notice = _last(session, row)
        if notice is None or not notice["own"] or _is_done(notice):
            continue
        leaves_at = None if notice["leaves_at"] is None else read_time(notice["leaves_at"])
        is_over = not notice["counts"] or leaves_at is None or leaves_at <= acting.now
        if is_over and at < acting.now - KEPT_TRYING:
            continue
        yield Unsettled(agreement=row.id, leaves_at=leaves_at, counts=notice["counts"])


def _is_done(notice: LeavingShown) -> bool:
    """Tell whether a notice has arrived, or is sent no more; one that counts is not forgotten before that."""
    return notice["delivery"] in _DONE or (notice["counts"] and notice["delivery"] is None)


def _odd(session: Session, acting: Acting) -> Iterator[tuple[AgreementRow, datetime]]:
    """Yield each agreement of which something odd was put down about a notice, and when that was last."""
    latest: dict[str, datetime] = {}
    for kind in _ODD:
        for recorded in journal.newest_about_notices(
            session, acting.iri, kind, among=_AMONG, limit=_LOOKED_AT
        ):
            entry = recorded.entry
            offer = entry.decision["offer"]
            latest[offer] = max(entry.at, latest.get(offer, entry.at))
    for offer, row in agreements.agreements_by_offer(session, acting.iri, latest).items():
        yield row, latest[offer]
