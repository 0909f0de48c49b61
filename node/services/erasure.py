"""Erasure: bytes that somebody has a right to have gone leave the journal, and the journal still holds.

Rules that hold here:

- What stands is not erased: an open negotiation, an agreement that holds or held, an open intention, what is
  still to be delivered, the profile that is shown now, and what of it is public. Take it back first; then it
  can go.
- What was kept of it for a second signature goes with it, signed or not.
- An entry goes whole: its body, and what its decision keeps apart. Both say the same.
- The tables of current state lose what they had from it in the same write, as a rebuild would leave it out.
- The words of a message go from the actor's CRM, too; what else stands there of it stays. Of none of it do
  we keep what either side had there, or what was to be decided about it.
- The same bytes in another entry are the same bytes: they are gone there too. So is what was refused of them
  before they were taken.
- An intention stays for as long as something about it is open, or has yet to be answered because it was
  closed: what it says is what keeps a second agreement from being made.
- No kept answer to a program repeats what it said before a purge: which of them had the words is not known.
- The file overwrites what is deleted (`secure_delete`). Its write-ahead log has older pages until SQLite
  writes over them or the node stops: it cannot be cut short inside a write, so a purge does not do it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from node.core import codes
from node.core.drafts import view_time
from node.core.intentions import IntentionState
from node.core.records import RecordKind
from node.services.acting import Acting
from node.services.crm import forgetting
from node.services.crm.queueing import queue
from node.services.intentions.casting import NOTED
from node.services.intentions.ending import WITHDRAWN
from node.services.intentions.projecting_rings import is_kept_of
from node.services.negotiations.chapter import MOVE_KINDS
from node.services.negotiations.projecting import forget_negotiation, project_message
from node.services.negotiations.rivals import RIVALS
from node.services.people.publishing import PUBLISHED
from node.storage import (
    cosignatures,
    crm,
    cursors,
    deliveries,
    fanouts,
    intentions,
    journal,
    offers,
    payloads,
    profiles,
    refusals,
    tokens,
)
from node.storage.journal import Recorded
from node.storage.moves import list_moves
from node.storage.session import Session
from protocol.errors import Conflict, NotFound
from protocol.negotiation import State
from protocol.values import dataclass

# States of an intention in which nobody can answer it any more, and nobody was chosen.
_CLOSED: Final = frozenset({IntentionState.WITHDRAWN, IntentionState.EXPIRED})
# States of a negotiation from which nothing follows any more, and nothing has followed.
_FRUITLESS: Final = frozenset(
    {State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REFUSED, State.RENEGED, State.LAPSED}
)

_INTENTIONS: Final = frozenset({"intention.cast", "intention.amended", NOTED, "intention.received"})
_ERASABLE: Final = (
    MOVE_KINDS
    | _INTENTIONS
    | {"intention.told", "intention.withdrawn", "message", "follow", "profile", PUBLISHED}
)


@dataclass(frozen=True, slots=True)
class Purged:
    """What went: how many payloads, and how many entries they belonged to."""

    payloads: int
    entries: int


def purge(session: Session, digest: bytes, why: str, now: datetime) -> Purged:
    """Erase the bytes with this SHA-256 and leave a mark that says when and why. Call inside a write.

    Raises:
        NotFound: `unknown-payload`, no entry came with such bytes, or they are gone already.
        Conflict: `still-needed`, if something stands on them; `not-erasable`, for a kind of entry whose
            bytes other things are made of.
    """
    found = journal.entries_with(session, digest)
    if not found:
        raise NotFound(codes.UNKNOWN_PAYLOAD)
    for recorded in found:
        _check(session, recorded)
    digests = {each for recorded in found for each in journal.digests_of(session, recorded.number)}
    erased = sum(payloads.purge_payload(session, each, why=why, at=now) for each in digests)
    for recorded in found:
        _forget(session, recorded)
    tokens.void_answers(session)
    return Purged(erased, len(found))


def show(session: Session, acting: Acting, place: int) -> dict[str, Any]:
    """Say what a purge of one of the actor's entries would erase: nothing is, and it may be.

    Raises:
        NotFound, Conflict: as `purge`.
    """
    found = journal.entries_with(session, _digest(session, acting, place))
    for recorded in found:
        _check(session, recorded)
    digests = {each for recorded in found for each in journal.digests_of(session, recorded.number)}
    return {
        "entries": [
            {
                "place": recorded.place,
                "at": view_time(recorded.entry.at),
                "direction": recorded.entry.direction.value,
                "kind": recorded.entry.kind,
                "peer": recorded.entry.peer,
                "subject": recorded.entry.subject,
            }
            for recorded in found
        ],
        "bytes": payloads.count_bytes(session, digests),
        "takes_along": _takes_along(found),
    }


def erase(session: Session, acting: Acting, place: int, why: str) -> dict[str, Any]:
    """Erase what one of the actor's entries came with. Call inside a write.

    Raises:
        NotFound, Conflict: as `purge`.
    """
    digest = _digest(session, acting, place)
    found = journal.entries_with(session, digest)
    done = purge(session, digest, why, acting.now)
    for recorded in found:
        _forget_there(session, acting, recorded)
    return {"payloads": done.payloads, "entries": done.entries}


def _digest(session: Session, acting: Acting, place: int) -> bytes:
    """Return a digest of what an entry came with that is still here."""
    recorded = next(iter(journal.entries_of(session, acting.iri, after=place - 1, limit=1)), None)
    if recorded is None or recorded.place != place:
        raise NotFound(codes.UNKNOWN_PAYLOAD)
    digests = journal.digests_of(session, recorded.number)
    for digest in digests:
        if payloads.count_bytes(session, [digest]):
            return digest
    raise NotFound(codes.UNKNOWN_PAYLOAD)


def _forget_there(session: Session, acting: Acting, recorded: Recorded) -> None:
    """Have the words of a message of the actor's go from its CRM, too."""
    entry = recorded.entry
    if entry.kind != "message" or entry.actor != acting.iri:
        return
    note = str(entry.decision["note"])
    if crm.load_record(session, entry.actor, RecordKind.NOTE, note) is not None:
        queue(session, acting, [(RecordKind.NOTE, note)])


def _takes_along(found: Sequence[Recorded]) -> str:
    """Name what goes with the entries: without one move the others of its negotiation say nothing."""
    return "negotiation" if any(recorded.entry.kind in MOVE_KINDS for recorded in found) else ""


def _check(session: Session, recorded: Recorded) -> None:
    entry = recorded.entry
    if _is_leaving(session, recorded):
        raise Conflict(codes.STILL_NEEDED, "This is still on its way to somebody.")
    if entry.kind not in _ERASABLE:
        raise Conflict(codes.NOT_ERASABLE)
    if _stands(session, recorded):
        raise Conflict(codes.STILL_NEEDED, "Something stands on these bytes. Take it back, or end it, first.")


def _is_leaving(session: Session, recorded: Recorded) -> bool:
    """Tell whether an entry is still queued for somebody, or still to be queued for followers."""
    entry = recorded.entry
    if fanouts.is_under_way(session, entry.actor, recorded.number):
        return True
    return entry.subject is not None and deliveries.is_queued(session, entry.actor, entry.subject)


def _stands(session: Session, recorded: Recorded) -> bool:
    """Tell whether something that is in force or open needs the bytes of an entry."""
    entry = recorded.entry
    if entry.kind in MOVE_KINDS:
        row = offers.load_offer(session, entry.actor, entry.decision["offer"])
        return row is not None and row.state not in _FRUITLESS
    if entry.kind in _INTENTIONS:
        return _is_answerable(session, entry.actor, entry.decision["intention"])
    if entry.kind == "profile":
        shown = profiles.load_profile(session, entry.actor)
        return shown is not None and shown.document == entry.decision.get("document")
    if entry.kind == PUBLISHED:
        public = profiles.load_publication(session, entry.actor)
        return public is not None and public.members == entry.decision.get("members")
    return False


def _is_answerable(session: Session, actor: str, iri: str) -> bool:
    """Tell whether an intention takes offers, or something offered to it is open or yet to be answered."""
    if offers.has_unsettled(session, actor, iri):
        return True
    wish = intentions.load_intention_by_iri(session, actor, iri)
    if wish is None:
        return False
    if wish.state not in _CLOSED:
        return True
    # Who answers the rivals and tells the audience reads the intention itself.
    closed_at = journal.last_place_about(session, actor, wish.id, kind=WITHDRAWN)
    return closed_at > cursors.load_cursor(session, actor, RIVALS.name)


def _forget_asked(session: Session, actor: str, offer: str) -> None:
    """Take what a second person was asked to sign in a negotiation: these bytes say the same."""
    for move in list_moves(session, offer)[:1]:
        cosignatures.delete_of(session, actor, offer, opening=move.iri)


def _forget(session: Session, recorded: Recorded) -> None:
    """Take out of the tables of current state what they had from an entry, and what was refused of it."""
    entry = recorded.entry
    # Of a move only what is its own: others have offered to the same intention.
    thing = entry.decision.get("intention" if entry.kind in _INTENTIONS else "note")
    refusals.forget_refusals(session, entry.actor, entry.subject, thing)
    if entry.kind in MOVE_KINDS:
        offer = offers.load_offer(session, entry.actor, entry.decision["offer"])
        if offer is not None:
            forgetting.forget(session, entry.actor, RecordKind.QUOTATION, offer.negotiation)
        _forget_asked(session, entry.actor, entry.decision["offer"])
        forget_negotiation(session, entry.actor, entry.decision["offer"])
    elif entry.kind in _INTENTIONS:
        wish = intentions.load_intention_by_iri(session, entry.actor, entry.decision["intention"])
        if wish is not None and is_kept_of(session, wish, entry.decision.get("document")):
            intentions.delete_intention(session, entry.actor, wish.iri)
            cosignatures.delete_about(session, entry.actor, wish.iri)
            forgetting.forget(session, entry.actor, RecordKind.OPPORTUNITY, wish.iri)
    elif entry.kind == "message" and offers.load_offer(session, entry.actor, entry.decision["offer"]):
        left = {name: value for name, value in entry.decision.items() if name not in entry.apart}
        project_message(session, recorded.number, replace(entry, decision=left), None)
