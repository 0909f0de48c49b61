"""Asking for a second signature: what one person may not sign alone is not signed, and waits for another.

Rules that hold here:

- The check stands where every move of ours is made (`making.make`), so that no way past it is left to be
  forgotten: whoever does not ask is refused, and nothing is signed.
- A change of an agreement is about what was agreed as well: who lowers what two have signed gives that up.
- What waits are the bytes that will be signed, and no others. What the node would have done by itself waits
  too, the same thing once, and up to a bound, so that no stranger fills the list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

import structlog

from node.core import codes
from node.core.conditions import Policy
from node.core.cosigning import BINDING, CosignLimit, CosignState, ends_at, is_above
from node.core.entries import render_instant
from node.core.negotiations import Negotiation, Signed
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.storage import assortments, cosignatures, peers, stock
from node.storage.cosignatures import CosignatureRow
from node.storage.session import Session
from node.storage.tables import write_document
from protocol.agreements import read_agreement
from protocol.canonical import canonicalise, digest
from protocol.errors import Conflict
from protocol.iris import server
from protocol.offers import Draft

MOST: Final = 200  # that wait at once; more than a team looks through
MOST_BY_ITSELF: Final = 100  # of those, by the node: what strangers set off leaves room for people
MOST_FOR_AN_ORIGIN: Final = 25  # of those again, for customers at one origin: actors cost nothing to make
_log = structlog.get_logger(__name__)

REPLACED: Final = "replaced"
"""Why something is stale in whose place something else was asked for; other reasons are codes."""
ASKED: Final = "cosign.asked"
SIGNED: Final = "cosign.signed"
DECLINED: Final = "cosign.declined"
STALE: Final = "cosign.stale"
RAN_OUT: Final = "cosign.expired"
ANSWERED: Final = (SIGNED, DECLINED, STALE, RAN_OUT)
"""Kinds of entries that say what became of what was asked for."""
KEPT_FOR: Final = timedelta(days=90)  # what became of it is seen so long; the journal knows it for ever

T = TypeVar("T", bound=Mapping[str, Any])


class SecondNeeded(Conflict):
    """A move of ours that needs another person's signature: it was decided that it could be made."""

    def __init__(self, negotiation: Negotiation, signed: Signed, policy: Policy) -> None:
        super().__init__(codes.SECOND_NEEDED)
        self.negotiation, self.signed, self.policy = negotiation, signed, policy


def check_signatures(
    session: Session, acting: Acting, negotiation: Negotiation, signed: Signed, policy: Policy
) -> None:
    """Check that whoever acts may sign a move of ours without another person.

    Raises:
        SecondNeeded: it binds us to more than one person may bind us to.
    """
    if acting.cosigned or signed.move.event not in BINDING:
        return
    row = cosignatures.load_limit(session, acting.iri)
    if row is None:
        return
    limit = CosignLimit(row.amount, row.currency)
    if any(is_above(limit, draft) for draft in _at_stake(negotiation, signed)):
        raise SecondNeeded(negotiation, signed, policy)


def _at_stake(negotiation: Negotiation, signed: Signed) -> Sequence[Draft]:
    """Return the terms that a move is about, and those that they would replace: these are given up by it."""
    terms, amended = terms_of(negotiation, signed), negotiation.amended
    if amended is None:
        return [terms]
    return [terms, read_agreement(amended.document, currency=amended.currency).draft]


def terms_of(negotiation: Negotiation, signed: Signed) -> Draft:
    """Return the terms that a move is about: its own, or those that stand."""
    return signed.move.draft or negotiation.begun.draft


def or_ask(session: Session, acting: Acting, change: Callable[[Session], T]) -> T | dict[str, Any]:
    """Change something, or ask for the second signature that it needs: `{"cosignature": …}` then.

    Raises: as `change`; Conflict: `cosign-full`.
    """
    outcome = session.attempt(change)
    if isinstance(outcome.error, SecondNeeded):
        return {"cosignature": ask(session, acting, outcome.error)}
    if outcome.error is not None:
        raise outcome.error
    done: T = outcome.value
    return done


def is_asked(shown: Mapping[str, Any]) -> bool:
    """Tell whether an answer says that nothing was signed, and what waits."""
    return shown.keys() == {"cosignature"}


def ask(session: Session, acting: Acting, needed: SecondNeeded) -> dict[str, Any]:
    """Keep what is to be signed, and return what waits. Call inside a write.

    Raises:
        Conflict: `cosign-full`, `unlike-shown`.
    """
    row = _row(session, acting, needed)
    if cosignatures.load_cosignature(session, acting.iri, row.id) is not None:
        raise Conflict(codes.UNLIKE_SHOWN)  # asked for on this paper before, whatever became of it
    cosignatures.forget_cosignatures(session, acting.iri, before=acting.now - KEPT_FOR)
    there = cosignatures.waiting(session, acting.iri, now=acting.now)
    if not row.asked_by:
        for other in there:
            if _is_about_the_same(row, other) and _stands_on_the_same(row, other):
                return view(other)
    replaced = [other for other in there if _takes_the_place_of(row, other)]
    for other in replaced:
        ended = replace(other, state=CosignState.STALE, ended_at=acting.now, reason=REPLACED)
        cosignatures.save_cosignature(session, ended)
    staying = [other for other in there if other not in replaced]
    _check_room(session, acting, row, needed.negotiation.peer.address, staying)
    cosignatures.save_cosignature(session, row)
    note(
        session,
        acting,
        ASKED,
        {"cosignature": row.id, "digest": row.digest},
        subject=needed.signed.move.iri,
    )
    return view(row)


def ask_if_room(session: Session, acting: Acting, needed: SecondNeeded) -> None:
    """Keep what the node would have signed by itself; what is too much of that is left to the owner."""
    error = session.attempt(lambda session: ask(session, acting, needed)).error
    if isinstance(error, Conflict):
        _log.warning("cosign.not_asked", code=error.code, event_of=str(needed.signed.move.event))
    elif error is not None:
        raise error


def _check_room(
    session: Session, acting: Acting, row: CosignatureRow, address: str, there: Sequence[CosignatureRow]
) -> None:
    """Check that there is room for one more beside what waits, and for who is at `address`.

    Raises:
        Conflict: `cosign-full`.
    """
    if len(there) >= MOST:
        raise Conflict(codes.COSIGN_FULL)
    if row.asked_by:
        return
    by_itself = [other.peer for other in there if not other.asked_by]
    known = peers.peers_by_id(session, acting.iri, set(by_itself))
    from_there = {id for id, peer in known.items() if server(peer.address) == server(address)}
    if len(by_itself) >= MOST_BY_ITSELF or sum(id in from_there for id in by_itself) >= MOST_FOR_AN_ORIGIN:
        raise Conflict(codes.COSIGN_FULL)


def _takes_the_place_of(row: CosignatureRow, other: CosignatureRow) -> bool:
    """Tell whether the later one takes the place of the other.

    What the node asked for upon another word, or upon the wish as it was, could not be signed any more; what
    it chooses now may be something else of the price list.
    """
    about = (row.event, row.offer, row.intention, row.agreement, row.asked_by)
    if about != (other.event, other.offer, other.intention, other.agreement, other.asked_by):
        return False
    return _is_about_the_same(row, other) or (not row.asked_by and row.standing != other.standing)


def _is_about_the_same(row: CosignatureRow, other: CosignatureRow) -> bool:
    """Tell whether two are about the same thing, asked for by the same."""
    about = (row.event, row.offer, row.intention, row.agreement, row.asked_by, row.kept.get("sku"))
    return about == (
        other.event,
        other.offer,
        other.intention,
        other.agreement,
        other.asked_by,
        other.kept.get("sku"),
    )


def _stands_on_the_same(row: CosignatureRow, other: CosignatureRow) -> bool:
    """Tell whether neither the last word, or the wish, nor the item behind it has changed in between.

    If one has, what waits could not be signed any more, and nobody would ask again.
    """
    return (row.standing, row.basis) == (other.standing, other.basis)


def _row(session: Session, acting: Acting, needed: SecondNeeded) -> CosignatureRow:
    negotiation, signed = needed.negotiation, needed.signed
    move, thread = signed.move, negotiation.thread
    body = canonicalise({name: value for name, value in signed.document.items() if name != "proof"})
    wanted, amended = negotiation.intention, negotiation.amended
    moments = [
        move.ends_at,
        None if thread is None else thread.expires_at,
        None if thread is None else thread.holds_until,
        None if wanted is None else wanted.deadline,
    ]
    begins = thread is None
    return CosignatureRow(
        id=acting.new_id("cos"),
        actor=acting.iri,
        state=CosignState.ASKED,
        event=move.event,
        party=signed.step.party,
        peer=negotiation.peer.id,
        offer=None if begins else negotiation.id,
        intention=wanted.iri if begins and wanted is not None else None,
        agreement=amended.id if begins and amended is not None else None,
        currency=terms_of(negotiation, signed).currency,
        body=body.decode(),
        digest=digest(body),
        multibase=signed.key.multibase,
        standing=standing_of(negotiation),
        seen=needed.policy.seen,
        kept=dict(signed.kept),
        basis=basis_of(session, acting.iri, negotiation.id, signed.kept),
        asked_by=acting.person,
        asked_at=acting.now,
        until=ends_at(acting.now, moments),
    )


def standing_of(negotiation: Negotiation) -> str:
    """Return the digest of what a move is made upon: the last word, the wish, the agreement.

    A move that crosses a later word may be taken; but nobody has signed it for that.
    """
    if negotiation.thread is not None:
        return negotiation.thread.head.digest
    if negotiation.amended is not None:
        return negotiation.amended.link.digest
    assert negotiation.intention is not None  # noqa: S101 - an offer that begins is about one of both
    return digest(canonicalise(dict(negotiation.intention.document)))


def basis_of(session: Session, actor: str, offer: str, kept: Mapping[str, Any]) -> str | None:
    """Return the hash of the item that something follows from, with what is left of it; None for none."""
    sku = kept.get("sku")
    reservation = None if sku else stock.load_reservation(session, offer)
    item = assortments.load_item(session, actor, sku or (reservation.sku if reservation else ""))
    if item is None:
        return None
    left = item.available if sku else None  # what it holds already is taken off for it
    return sha256(f"{write_document(item.document)} {left}".encode()).hexdigest()


def view(row: CosignatureRow, *, names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Show what waits, or what became of it; `names` are those of people by their ids."""
    called = names or {}
    return {
        "id": row.id,
        "state": row.state.value,
        "event": row.event.value,
        "offer": row.offer,
        "agreement": row.agreement,
        "body": row.body,
        "digest": row.digest,
        "asked_by": called.get(row.asked_by, row.asked_by) or None,
        "asked_at": render_instant(row.asked_at),
        "until": render_instant(row.until),
        "ended_by": called.get(row.ended_by, row.ended_by) or None,
        "ended_at": None if row.ended_at is None else render_instant(row.ended_at),
        "reason": row.reason,
    }
