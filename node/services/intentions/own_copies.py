"""Own copies: what somebody else's intention says to us alone, asked for at its address.

Rules that hold here:

- Who was told among many has no copy to sign for more on. The copy that is asked for is taken as if it had
  been sent: by the same checks, within the same quotas, from the peer who cast the intention and no other.
- It is asked for where something more is to be signed for, and not for every intention that comes by: by a
  person, or by the node where it signs by itself; how often by itself is bounded (`node.core.own_copies`).
- What we signed for and were not told is asked for, too. Where that is in vain a person is told so.
- Who is blocked is not asked, and nothing is asked of another server than its author's.
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum, auto

from node.core import codes
from node.core.intentions import IntentionState
from node.core.own_copies import ANEW_AFTER, MOST_OF_ALL, MOST_OF_SERVER, UNSENT_WAIT, CopyPurpose, due
from node.core.term_settings import Undertakes
from node.services.acting import Acting
from node.services.intentions.projecting_rings import UNANSWERED
from node.services.intentions.showing import load
from node.services.intentions.taking import receive_proposal
from node.services.intentions.versions import COPY
from node.services.ledger.quotas import Scales
from node.services.ledger.received import Received
from node.services.ledger.recording import note
from node.services.terms.keeping import load as load_term_settings
from node.services.terms.speakers import knows_terms
from node.storage import deliveries, intentions, own_copies, peers, undertakings
from node.storage.intentions import IntentionRow
from node.storage.own_copies import OwnCopyRow
from node.storage.peers import PeerRow
from node.storage.senders import load_sender
from node.storage.session import Session
from node.storage.undertakings import UndertakingRow
from protocol import codes as wire
from protocol.actors import Actor
from protocol.audience import addressees
from protocol.canonical import canonicalise
from protocol.errors import Unprocessable
from protocol.incoming import Arrival
from protocol.intentions import read_intention
from protocol.iris import same_origin, server
from protocol.jsonld import kind, ref
from protocol.strictjson import Document
from protocol.undertakings import WAITING, UndertakingState
from protocol.values import dataclass


class Came(StrEnum):
    """What a question came to."""

    ANSWER = auto()  # whatever it says
    NOTHING = auto()  # the server says that there is nothing, or what it says is not to be believed
    SILENCE = auto()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for (its address), of whom (theirs); whether we can do without an answer."""

    intention: str
    author: str
    is_dispensable: bool = False


def lacks_copy(session: Session, row: IntentionRow) -> bool:
    """Tell whether there may be a copy of our own of an open intention whose author knows terms about data.

    One that was told to us by name is our own, whether it keeps something back or not.
    """
    peer = _author(session, row)
    if peer is None or COPY in row.document:
        return False
    told = read_intention(row.document)
    is_ours = told.withholding is not None or row.actor in told.to
    return not is_ours and knows_terms(session, row.actor, peer.address)


def may_tell_more(session: Session, acting: Acting, id: str) -> bool:
    """Tell whether a person may ask for a copy of our own of an intention, to sign for more on it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = load(session, acting, id)
    return _undertakes(session, acting.iri) is not Undertakes.NEVER and lacks_copy(session, row)


def question_by_hand(session: Session, acting: Acting, id: str) -> Question | None:
    """Return what a person asks for who wants to sign for more of an intention; None if we have all there is.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = load(session, acting, id)
    peer = _author(session, row)
    if peer is None or _undertakes(session, acting.iri) is Undertakes.NEVER:
        return None
    if lacks_copy(session, row):
        return Question(row.iri, peer.address)
    signed = undertakings.load_undertaking(session, row.actor, row.iri, peer.id)
    if signed is not None and signed.own and signed.state in WAITING:
        return Question(row.iri, peer.address, is_dispensable=True)
    return None


def _undertakes(session: Session, actor: str) -> Undertakes:
    return load_term_settings(session, actor).undertakes


def _author(session: Session, row: IntentionRow) -> PeerRow | None:
    """Return who may be asked for an open intention of another's: at the origin that it is under."""
    if row.own or row.peer is None or row.state is not IntentionState.OPEN:
        return None
    peer = peers.load_peer(session, row.actor, row.peer)
    if peer is None or peer.blocked or not same_origin(row.iri, peer.address):
        return None
    return peer


# --- by itself ----------------------------------------------------------------------------------------------


def want(session: Session, acting: Acting, row: IntentionRow, peer: PeerRow, purpose: CopyPurpose) -> None:
    """Have an intention asked for soon; to sign for more only within bounds. Call inside a write."""
    known, origin = own_copies.load_own_copy(session, acting.iri, row.iri), server(peer.address)
    due_at = due(purpose, 0, now=acting.now)
    if purpose is CopyPurpose.SIGN:
        if known is not None and known.due_at is not None:
            return
        if known is not None:
            due_at = max(acting.now, known.asked_at + ANEW_AFTER)
        elif _is_crowded(session, origin):
            return
    wanted = OwnCopyRow(acting.iri, row.iri, peer.id, origin, purpose, due_at, acting.now)
    own_copies.save_own_copy(session, wanted)


def _is_crowded(session: Session, origin: str) -> bool:
    of_server, of_all = own_copies.count_own_copies(session, origin), own_copies.count_own_copies(session)
    return of_server >= MOST_OF_SERVER or of_all >= MOST_OF_ALL


def question(session: Session, row: OwnCopyRow) -> Question | None:
    """Return what is due to be asked; None where nobody wants it any more, or not yet. Reads only."""
    intention = intentions.load_intention_by_iri(session, row.actor, row.intention)
    peer = None if intention is None else _author(session, intention)
    if intention is None or peer is None:
        return None
    if row.purpose is CopyPurpose.SIGN:
        is_wanted = _undertakes(session, row.actor) is Undertakes.AUTO and lacks_copy(session, intention)
    else:
        signed = _waiting(session, row)
        is_wanted = signed is not None and not deliveries.is_queued(session, row.actor, signed.activity)
    return Question(row.intention, peer.address) if is_wanted else None


def conclude(session: Session, acting: Acting, row: OwnCopyRow, came: Came | None) -> None:
    """Note what a question came to (None: it was not asked) and when it is asked again. Call inside a write.

    Where what we signed for was asked for in vain to the end, that is noted in the journal.
    """
    if own_copies.load_own_copy(session, row.actor, row.intention) != row:
        return  # it was wanted anew meanwhile
    intention = intentions.load_intention_by_iri(session, row.actor, row.intention)
    is_open = intention is not None and intention.state is IntentionState.OPEN
    signed = _waiting(session, row)
    if row.purpose is CopyPurpose.ANSWER and is_open and signed is not None:
        _go_on(session, acting, row, signed, is_asked=came is not None)
    elif row.purpose is CopyPurpose.ANSWER or (came is None and not row.tries):
        own_copies.delete_own_copy(session, row)
    elif came is None:  # it was asked for, and counts for as long as that does
        own_copies.save_own_copy(session, replace(row, due_at=None))
    else:
        again = due(row.purpose, row.tries + 1, now=acting.now) if came is Came.SILENCE else None
        _note_asked(session, acting, row, again)


def forget(session: Session, row: OwnCopyRow) -> None:
    """Forget that something was to be asked for."""
    own_copies.delete_own_copy(session, row)


def _go_on(
    session: Session, acting: Acting, row: OwnCopyRow, signed: UndertakingRow, *, is_asked: bool
) -> None:
    """Ask again for what was signed for, or say that it was in vain."""
    if not is_asked:  # our signature has not arrived yet, or who told us of it is blocked for now
        own_copies.save_own_copy(session, replace(row, due_at=acting.now + UNSENT_WAIT))
        return
    again = due(row.purpose, row.tries + 1, now=acting.now)
    _note_asked(session, acting, row, again)
    if again is None:
        decision = {"intention": row.intention, "peer": row.peer}
        note(session, acting, UNANSWERED, decision, subject=signed.activity)


def _note_asked(session: Session, acting: Acting, row: OwnCopyRow, again: datetime | None) -> None:
    asked = replace(row, due_at=again, asked_at=acting.now, tries=row.tries + 1)
    own_copies.save_own_copy(session, asked)


def _waiting(session: Session, row: OwnCopyRow) -> UndertakingRow | None:
    """Return what we signed and were not told for yet."""
    signed = undertakings.load_undertaking(session, row.actor, row.intention, row.peer)
    return signed if signed is not None and signed.state is UndertakingState.SIGNED else None


# --- what comes ---------------------------------------------------------------------------------------------


def take_copy(session: Session, acting: Acting, iri: str, answer: Arrival, author: Actor) -> None:
    """Take what an intention's address answered as if its author had sent it to us. Call inside a write.

    What was taken back or blocked meanwhile is left as it is.

    Raises:
        Unprocessable: `wrong-object`, it is not what was asked for; `wrong-author`, `not-addressed`, or as
            `read_intention`. Conflict: `quota-spent`, or as `receive_proposal`.
    """
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    peer = None if row is None else _author(session, row)
    if peer is None:
        return
    proposal = answer.reading
    if kind(proposal.get("type")) != "Proposal" or ref(proposal.get("id")) != iri:
        raise Unprocessable(wire.WRONG_OBJECT, "What is at the address is not what it is the address of.")
    if peer.address != author.iri:
        raise Unprocessable(codes.WRONG_AUTHOR, "The intention is not by who is asked for it.")
    if "terms" in proposal and acting.iri not in addressees(proposal):
        raise Unprocessable(codes.NOT_ADDRESSED)
    place = server(author.iri)
    sender = load_sender(session, acting.iri, author.iri, origin=place, activity=iri, fragment="")
    scales = Scales(acting, peer, sender, origin=place)
    scales.check_room()
    received = _as_sent(peer, iri, answer, author)
    news = receive_proposal(session, scales.weighing(acting), received, proposal, asked=True)
    scales.charge(session, news=news)


def _as_sent(peer: PeerRow, iri: str, answer: Arrival, author: Actor) -> Received:
    """Return an answer as what an Update would have brought; the copy is the Proposal without `@context`."""
    written = {name: value for name, value in answer.document.items() if name != "@context"}
    activity: Document = {"id": iri, "type": "Update", "actor": author.iri, "object": answer.reading}
    return Received(
        activity=activity,
        raw=canonicalise({"object": written}),
        sha256=answer.sha256,
        digest=answer.digest,
        sender=author,
        peer=peer,
    )
