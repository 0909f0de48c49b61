"""Today: what needs the owner, what can be undone, what is under way, what happened since yesterday.

Rules here: what needs the owner is decided in `node.core.attention`; this loads what that looks at, each kind
up to a bound, and shows it. Nothing is told of it to anybody, and nothing is written. How many things need
the owner stands on every page, so it is worked out anew only when something has happened; and however many
wishes there are with however many offers, as many offers are looked at for all of them as are compared for
one, the newest of each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Final, TypedDict

from node.core.attention import Need, Task, choosing, in_order
from node.core.comparison import Basis
from node.core.drafts import view_time
from node.core.intentions import IntentionState
from node.services.access import security
from node.services.acting import Acting
from node.services.counts import Counts
from node.services.intentions import showing as intentions
from node.services.negotiations import (
    agreements,
    chosen,
    comparing,
    histories,
    leavings,
    offers,
    quarantine,
)
from node.services.negotiations.turns import TURNS
from node.services.people import peers
from node.storage import agreements as agreement_rows
from node.storage import intentions as intention_rows
from node.storage import journal
from node.storage import offers as offer_rows
from node.storage import peers as peer_rows
from node.storage.agreements import AgreementState
from node.storage.journal import Recorded
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Event, Party, State
from protocol.prices import amount_string

LOOKED_AT: Final = 25  # of each kind of thing; a page shows no more
_HELD: Final = 100  # acceptances that wait to leave: each is a person's, and gone within a day
_RECENT: Final = timedelta(days=1)
_LOOKED_BACK: Final = 200  # entries; of a busier day the newest are shown
_SHOWN: Final = 10

TOLD: Final = (*TURNS, "offer.quarantined", "follow")
"""What the owner hears of: what others did, and what time did. The rest the owner did, or it follows."""


class TaskShown(TypedDict):
    """One thing that needs the owner (`node.core.attention.Task`)."""

    need: Need
    id: str
    name: str
    peer: str
    due: str | None
    count: int
    total: str | None
    basis: Basis
    over: int | None
    currency: str | None
    fits: bool


class UnderWay(TypedDict):
    """One open wish that needs nothing of the owner now: to how many it went is with the wish.

    `chosen` names whose offer was accepted and is not agreed yet; None if none was.
    """

    id: str
    name: str
    deadline: str | None
    pause: intentions.PauseShown | None
    offers: int
    chosen: str | None


class Happened(TypedDict):
    """One thing that happened: the kind of its journal entry, and the name of the other side, if any.

    `name` is what that is called which it is about, if it is about an offer or a wish. `offer` is the
    negotiation about something offered to the owner, `intention` the owner's wish. `amends` is the agreement
    that the negotiation is to change, `agreement` the one that came of it, by their ids; `met` says that it
    offers exactly what the owner asked for.
    """

    at: str | None
    kind: str
    direction: str
    peer: str
    name: str
    offer: str | None
    intention: str | None
    amends: str | None
    agreement: str | None
    met: bool


class Undoable(TypedDict):
    """An acceptance that has not left: of whose offer, and whether that is to change an agreement."""

    offer: str
    peer: str
    leaves_at: str | None
    changes: bool


class TodayShown(TypedDict):
    """The day as the owner's programs read it."""

    needs: Sequence[TaskShown]
    undoable: Sequence[Undoable]
    under_way: Sequence[UnderWay]
    happened: Sequence[Happened]


def show(session: Session, acting: Acting) -> TodayShown:
    """Show what needs the owner, what is under way, and what happened since this time yesterday."""
    wishes, taken = _open_wishes(session, acting), chosen.among(session, acting)
    choices = _choices(session, acting, wishes, taken)
    tasks = in_order([*choices, *_waiting(session, acting)])
    asked = {task.id for task in choices}
    return {
        "needs": [_show(task) for task in tasks],
        "undoable": [
            {
                "offer": one.offer,
                "peer": one.peer,
                "leaves_at": view_time(one.leaves_at),
                "changes": one.changes,
            }
            for one in chosen.undoable(session, acting, limit=_HELD)
        ],
        "under_way": [_under_way(wish, taken) for wish in wishes if wish["id"] not in asked],
        "happened": _happened(session, acting),
    }


def _count(session: Session, acting: Acting) -> int:
    """Count what needs the owner, without what else there is of the day."""
    choices = _choices(session, acting, _open_wishes(session, acting), chosen.among(session, acting))
    return len([*choices, *_waiting(session, acting)])


def _open_wishes(session: Session, acting: Acting) -> Sequence[intentions.IntentionShown]:
    return intentions.list(session, acting, own=True, state=IntentionState.OPEN, limit=LOOKED_AT)["items"]


def count(session: Session, acting: Acting, counts: Counts) -> int:
    """Return how many things need the owner."""
    state = _state(session, acting)
    known = counts.find(acting, state)
    return counts.note(acting, state, _count(session, acting)) if known is None else known


def show_counted(session: Session, acting: Acting, counts: Counts) -> TodayShown:
    """Show the day, and remember from it how many things need the owner."""
    state, day = _state(session, acting), show(session, acting)
    counts.note(acting, state, len(day["needs"]))
    return day


def _state(session: Session, acting: Acting) -> tuple[int, Need | None]:
    return journal.head(session, acting.iri).place, security.kit_needs(session, acting)


def choices(
    session: Session, acting: Acting, wishes: Sequence[intentions.IntentionShown]
) -> dict[str, TaskShown]:
    """Return what there is to choose from for each of these wishes that has offers, by its id."""
    return {task.id: _show(task) for task in _choices(session, acting, wishes, {})}


def _choices(
    session: Session, acting: Acting, wishes: Sequence[intentions.IntentionShown], taken: Mapping[str, str]
) -> list[Task]:
    """Return what there is to choose; not for a wish for which that was done (`taken`, by its IRI)."""
    open = [
        wish
        for wish in wishes
        if wish["state"] is IntentionState.OPEN and wish["offers"]["open"] and wish["iri"] not in taken
    ]
    share = max(1, comparing.COMPARED // max(1, len(open)))
    found = (_choice(session, acting, wish, limit=share) for wish in open)
    return [task for task in found if task is not None]


def _choice(session: Session, acting: Acting, wish: intentions.IntentionShown, *, limit: int) -> Task | None:
    row = intentions.load(session, acting, wish["id"])
    offers, ranking, are_more = comparing.choices(session, row, limit=limit)
    task = choosing(
        id=wish["id"],
        name=wish["name"],
        currency=wish["currency"],
        deadline=_moment(wish["deadline"]),
        offers=offers,
        basis=ranking.basis,
        over=ranking.over,
    )
    return replace(task, count=wish["offers"]["open"]) if task is not None and are_more else task


def _waiting(session: Session, acting: Acting) -> Iterator[Task]:
    """Go through what waits for the owner besides wishes."""
    accepted = agreements.list(session, acting, state=AgreementState.ACCEPTED, limit=LOOKED_AT)["items"]
    for agreement in accepted:
        if agreement["role"] is Party.OFFERER:
            yield Task(
                need=Need.COUNTERSIGN,
                id=agreement["id"],
                name=agreement["name"],
                peer=agreement["peer"]["name"],
                due=_moment(agreement["holds_until"]),
                total=None if agreement["total"] is None else Decimal(agreement["total"]),
                currency=agreement["currency"],
            )
    for offer in agreements.proposed(session, acting, limit=LOOKED_AT):
        yield Task(
            need=Need.CONSIDER_CHANGE,
            id=offer["id"],
            name=offer["name"],
            peer=offer["peer"]["name"],
            due=_moment(offer["expires_at"]),
        )
    yield from _notices(session, acting)
    countered = offers.list(session, acting, state=State.COUNTERED, role=Party.OFFERER, limit=LOOKED_AT)
    for offer in countered["items"]:
        yield Task(
            need=Need.ANSWER,
            id=offer["id"],
            name=offer["name"],
            peer=offer["peer"]["name"],
            due=_moment(offer["expires_at"]),
        )
    for peer in peers.list_unsure(session, acting, limit=LOOKED_AT):
        yield Task(need=Need.CONFIRM_KEY, id=peer["iri"], name=peer["name"], peer=peer["name"])
    asking = peers.list_asking(session, acting, limit=LOOKED_AT)
    if asking:  # as one thing: whoever wants to fill the page writes under many names
        name = asking[0]["name"] or asking[0]["handle"]
        yield Task(need=Need.ANSWER_FOLLOWER, id=asking[0]["iri"], name="", peer=name, count=len(asking))
    held = quarantine.list(session, acting, limit=LOOKED_AT)["items"]
    if held:
        ends = [end for one in held if (end := _moment(one["expires_at"])) is not None]
        yield Task(
            need=Need.LOOK_AT_HELD, id=held[0]["id"], name="", due=min(ends, default=None), count=len(held)
        )
    if (need := security.kit_needs(session, acting)) is not None:
        yield Task(need=need, id="", name="")


def _notices(session: Session, acting: Acting) -> Iterator[Task]:
    """Go through the notices of the owner's that did not arrive, or do not count."""
    for one in islice(leavings.unsettled(session, acting), LOOKED_AT):
        agreement = agreements.show(session, acting, one.agreement)
        yield Task(
            need=Need.TELL_OTHERWISE if one.counts else Need.LEAVE_ANEW,
            id=one.agreement,
            name=agreement["name"],
            peer=agreement["peer"]["name"],
            due=one.leaves_at if one.counts else None,
        )


def _happened(session: Session, acting: Acting) -> list[Happened]:
    head = journal.head(session, acting.iri).place
    entries = journal.entries_of(session, acting.iri, after=max(0, head - _LOOKED_BACK), kinds=TOLD)
    recent = [
        one
        for one in reversed(entries)
        if one.entry.at >= acting.now - _RECENT and str(one.entry.direction) != "out"
    ][:_SHOWN]
    known = peer_rows.peers_by_id(session, acting.iri, {id for one in recent if (id := _of(one, "peer"))})
    asked = {id for one in recent if (id := _of(one, "offer"))}
    rows = {row.id: row for row in offer_rows.offers_by_id(session, acting.iri, asked)}
    agreed = agreement_rows.agreements_by_offer(session, acting.iri, asked)
    amended = _amended(session, acting, rows.values())
    meeting = _meeting(session, recent, rows)
    cast = [iri for one in recent if (iri := _of(one, "intention"))]
    wishes = {row.iri: row for row in intention_rows.intentions_by_iri(session, acting.iri, cast)}
    return [
        {
            "at": view_time(one.entry.at),
            "kind": one.entry.kind,
            "direction": str(one.entry.direction),
            "peer": known[id].name if (id := _of(one, "peer")) in known else "",
            "name": row.name if row is not None else "" if wish is None else wish.name,
            "offer": row.id if row is not None and row.role is Party.OFFEREE else None,
            "intention": wish.id if wish is not None and wish.own else None,
            "amends": None if row is None else amended.get(row.amends or ""),
            "agreement": agreed[row.id].id if row is not None and row.id in agreed else None,
            "met": one.number in meeting,
        }
        for one in recent
        for row, wish in [(rows.get(_of(one, "offer")), wishes.get(_of(one, "intention")))]
    ]


def _amended(session: Session, acting: Acting, rows: Iterable[OfferRow]) -> Mapping[str, str]:
    """Return which agreements these negotiations are to change: their ids by their IRIs."""
    iris = {row.amends for row in rows if row.amends is not None}
    return {row.iri: row.id for row in agreement_rows.agreements_by_iri(session, acting.iri, iris)}


def _meeting(session: Session, recent: Sequence[Recorded], rows: Mapping[str, OfferRow]) -> set[int]:
    """Return the entries, by their numbers, with which somebody offers exactly what the owner asked for."""
    newest: dict[str, int] = {}
    for one in recent:  # the newest first: what was offered before that stands no more
        row = rows.get(_of(one, "offer"))
        if one.entry.kind == Event.REOFFER and row is not None and row.role is Party.OFFEREE:
            newest.setdefault(row.id, one.number)
    return {number for id, number in newest.items() if histories.meets(session, rows[id])}


def _of(recorded: Recorded, what: str) -> str:
    return str(recorded.entry.decision.get(what) or "")


def _under_way(wish: intentions.IntentionShown, taken: Mapping[str, str]) -> UnderWay:
    return {
        "id": wish["id"],
        "name": wish["name"],
        "deadline": wish["deadline"],
        "pause": wish["pause"],
        "offers": wish["offers"]["count"],
        "chosen": taken.get(wish["iri"]),
    }


def _show(task: Task) -> TaskShown:
    total = None if task.total is None else amount_string(task.total, currency=task.currency)
    return {
        "need": task.need,
        "id": task.id,
        "name": task.name,
        "peer": task.peer,
        "due": view_time(task.due),
        "count": task.count,
        "total": total,
        "basis": task.basis,
        "over": task.over,
        "currency": task.currency or None,
        "fits": task.fits,
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
