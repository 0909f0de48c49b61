"""Intentions that others cast to us: taken in, changed and closed as their authors say.

Sources: FEP-0837 (Proposals), FEP-fe34 (origin).
"""

from datetime import datetime, timedelta

from node.core import codes
from node.core.entries import render_instant
from node.core.intentions import IntentionState
from node.services.acting import Acting
from node.services.intentions.projecting_rings import tells_more
from node.services.intentions.versions import render_version, version_of, without_version
from node.services.ledger.received import Received
from node.services.ledger.recording import take
from node.storage import agreements, intentions, undertakings, versions
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol import strictjson
from protocol.canonical import digest_of
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.intentions import Intention, read_intention, render_as_read
from protocol.iris import same_origin
from protocol.jsonld import kind, one
from protocol.members import read_moment
from protocol.strictjson import Document

_LATEST_END = timedelta(hours=24)  # how long ago what is taken back may have been, by its author's word
OPEN_PER_PEER = 200  # a person with more open wishes than this is a machine


def receive_proposal(
    session: Session, acting: Acting, received: Received, proposal: Document, *, asked: bool = False
) -> bool:
    """Take in an intention that was cast to us, or a newer version of it; tell whether it was news.

    A change that a later one has overtaken on its way is none, and nobody's mistake; nor is one news that
    changes nothing of what is read, and nothing is kept of it but how new it is. A change whose deadline
    has passed takes the intention back. One that postpones the deadline may arrive after the old one, and
    opens again what has expired here meanwhile. What we `asked` for at its address is for us alone: it stands
    for what was told to many with the same date, and is not made undone by that. What many are told is no
    answer to who asks and has a copy, whatever its date: an address may not know us.

    Raises:
        Unprocessable: it is not by its sender, or not readable. Conflict: `intention-closed`,
            `too-many-intentions`, `unknown-intention` for a change of something we never saw,
            `stale-version`, for a change of the same date with other words too.
    """
    intention = read_intention(proposal)
    known = intentions.load_intention_by_iri(session, acting.iri, intention.iri)
    _check_author(received, intention, known)
    _check_owner(received, known)
    _check_news(session, received, known, proposal)
    ended = intention.deadline is not None and intention.deadline <= acting.now
    if asked and known is not None and _is_for_many(intention, known):
        return False
    newest = None if known is None else _newest(session, known)
    if known is not None and newest is not None and not _is_later(proposal, newest, equal=ended or asked):
        if not _is_for_many(intention, known):
            _check_not_contradicted(proposal, known, newest, render_as_read(intention))
        return False
    if ended and known is not None and known.state is IntentionState.OPEN and _is_update(received):
        take(session, acting, "intention.withdrawn", received, {"intention": known.iri, "state": "withdrawn"})
        return True
    if ended:
        raise Conflict(codes.INTENTION_CLOSED, "The deadline of this intention has passed.")
    _check_crowd(session, acting, received, known)
    id = known.id if known is not None else acting.new_id("int")
    as_read = render_as_read(intention)
    if known is not None and _says_the_same(known, as_read):
        versions.save_version(session, known, version_of(proposal))
        return False
    document = as_read | render_version(proposal, copy=_copy_of(received, intention))
    decision = {"id": id, "intention": intention.iri, "own": False, "document": document}
    if known is not None:
        decision["since"] = render_instant(known.received_at)
    signed = undertakings.load_undertaking(session, acting.iri, intention.iri, received.peer.id)
    if signed is not None and tells_more(intention, signed):
        decision["disclosed"] = True
    take(session, acting, "intention.received", received, decision)
    return True


def receive_withdrawal(session: Session, acting: Acting, received: Received, iri: str) -> bool:
    """Close an intention that its author took back; tell whether we knew it.

    Raises:
        Forbidden: `not-yours`.
    """
    known = intentions.load_intention_by_iri(session, acting.iri, iri)
    # FEP-fe34: only its owner deletes something, and its owner is of its origin.
    if not _is_senders(received, iri, known):
        raise Forbidden(codes.NOT_YOURS, "What is to be deleted is somebody else's.")
    _check_owner(received, known)
    if known is None:
        return False
    # One that has expired is closed for good by this: no change that was on its way opens it again.
    if known.state not in (IntentionState.OPEN, IntentionState.EXPIRED):
        return True
    decision = {"intention": iri, "state": "withdrawn", **_deleted(received, acting.now)}
    take(session, acting, "intention.withdrawn", received, decision)
    return True


def _deleted(received: Received, now: datetime) -> Document:
    """Return when its author took an intention back, if that was of late; else it counts when we hear it."""
    tombstone = received.object
    deleted = read_moment(tombstone, "deleted") if isinstance(tombstone, dict) else None
    is_late = deleted is None or not now - _LATEST_END <= deleted <= now
    return {} if deleted is None or is_late else {"deleted": render_instant(deleted)}


def _copy_of(received: Received, intention: Intention) -> str:
    """Return the digest of a copy on which more can be signed for, as its author wrote it; else nothing."""
    if intention.withholding is None or not intention.withholding.withheld:
        return ""
    written = one(strictjson.parse(received.raw).get("object"))
    return digest_of(written if isinstance(written, dict) else received.object)


def _check_author(received: Received, intention: Intention, known: IntentionRow | None) -> None:
    # FEP-fe34: an object is believed if it is embedded in an activity of the same origin and owner.
    if intention.proposer != received.sender.iri or not _is_senders(received, intention.iri, known):
        raise Unprocessable(codes.WRONG_AUTHOR, "The intention is not its sender's.")


def _is_senders(received: Received, iri: str, known: IntentionRow | None) -> bool:
    """Tell whether an address can be its sender's: under its origin, or of an intention we had from it."""
    had = known is not None and known.peer == received.peer.id
    return had or same_origin(iri, received.sender.iri)


def _check_owner(received: Received, known: IntentionRow | None) -> None:
    if known is not None and known.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOURS, "This intention is somebody else's.")


def _check_crowd(session: Session, acting: Acting, received: Received, known: IntentionRow | None) -> None:
    if known is not None and known.state is IntentionState.OPEN:
        return  # counted already
    if intentions.count_open_of(session, acting.iri, received.peer.id) >= OPEN_PER_PEER:
        raise Conflict(codes.TOO_MANY_INTENTIONS)


def _check_news(session: Session, received: Received, known: IntentionRow | None, proposal: Document) -> None:
    update = _is_update(received)
    if known is None:
        if update:
            raise Conflict(codes.UNKNOWN_INTENTION, "There is no such intention here to change.")
        return
    if known.state is not IntentionState.OPEN and not (update and _may_reopen(session, known)):
        raise Conflict(codes.INTENTION_CLOSED, "This intention was closed before.")
    if not update and version_of(proposal) <= version_of(known.document):
        raise Conflict(codes.STALE_VERSION)


def _check_not_contradicted(
    proposal: Document, known: IntentionRow, newest: datetime, as_read: Document
) -> None:
    """Check that a change which comes after none says what is known of the version whose date it has.

    One that is older was overtaken on its way. One of the same date with other words would be lost, and its
    author would not know.
    """
    dated = version_of(proposal) in (version_of(known.document), newest)
    if dated and without_version(known.document) != as_read:
        raise Conflict(codes.STALE_VERSION, "Another version of this date is known: name a later `updated`.")


def _may_reopen(session: Session, known: IntentionRow) -> bool:
    """Tell whether a change can open an intention again: it only expired, and has no agreement."""
    return known.state is IntentionState.EXPIRED and not agreements.is_met(session, known.actor, known.iri)


def _is_update(received: Received) -> bool:
    return bool(kind(received.activity.get("type")) == "Update")


def _says_the_same(known: IntentionRow, as_read: Document) -> bool:
    """Tell whether an open intention says as much already, whatever else stands in its new version."""
    return known.state is IntentionState.OPEN and without_version(known.document) == as_read


def _newest(session: Session, known: IntentionRow) -> datetime:
    """Return the date of the newest version known: it says what is kept, or that is it."""
    kept, seen = version_of(known.document), versions.load_version(session, known)
    return kept if seen is None else max(kept, seen)


def _is_later(proposal: Document, newest: datetime, *, equal: bool) -> bool:
    """Tell whether a version comes after the newest known; with `equal` one of the same date does."""
    theirs = version_of(proposal)
    return theirs > newest or (equal and theirs == newest)


def _is_for_many(intention: Intention, known: IntentionRow) -> bool:
    """Tell whether this is what many were told of an intention of which we have a copy of our own."""
    return intention.withholding is None and read_intention(known.document).withholding is not None
