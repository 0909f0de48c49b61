"""Second signatures, shown: what waits, what has become of the rest, and whether it can still be signed.

Rules that hold here:

- Whether something can be signed is said as things stand now, before anybody tries. What signing itself
  decides is decided there (`cosigning`), on the same checks.
- What one signature takes from a shelf makes others stale that count on the same; both pages say so, the one
  before it is signed, the others afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from node.core import codes
from node.core.cosigning import CosignState, state_at
from node.core.intentions import IntentionState
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.services.negotiations import agreements, offers
from node.services.negotiations.asking import REPLACED, basis_of, standing_of, view
from node.services.negotiations.loading import load as load_negotiation
from node.services.negotiations.loading import load_row, to_agreed, to_wanted
from node.storage import assortments, cosignatures, intentions, persons
from node.storage import offers as offer_rows
from node.storage.cosignatures import CosignatureRow
from node.storage.session import Session
from protocol.errors import Conflict, NotFound, ProtocolError
from protocol.negotiation import Event

SHOWN: Final = 50  # that are listed of those that have ended; of those that wait, all are
_RECENT: Final = timedelta(days=1)


def show_all(session: Session, acting: Acting) -> dict[str, Any]:
    """Show what waits and what has become of the rest, the newest first, and above which amount it does."""
    ended = cosignatures.ended(session, acting.iri, now=acting.now, limit=SHOWN)
    rows = [*cosignatures.waiting(session, acting.iri, now=acting.now), *ended]
    rows.sort(key=lambda row: row.asked_at, reverse=True)
    limit = cosignatures.load_limit(session, acting.iri)
    return {
        "limit": None if limit is None else {"amount": str(limit.amount), "currency": limit.currency},
        "items": _shown(session, acting, rows),
    }


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one, with the bytes that would be signed, and what is stale with it. Raises: NotFound."""
    row = load(session, acting, id)
    (shown,) = _shown(session, acting, [row])
    return {**shown, "others": _others(session, acting, row)}


def count_waiting(session: Session, acting: Acting) -> int:
    """Count what waits for a signature of who acts: what somebody else asked for, or the node."""
    there = cosignatures.waiting(session, acting.iri, now=acting.now)
    return sum(row.asked_by != acting.person for row in there)


def count_turned_down(session: Session, acting: Acting) -> int:
    """Count what who acts asked for since yesterday and nobody has signed: declined, stale, out of time."""
    ended = cosignatures.ended(session, acting.iri, now=acting.now, limit=SHOWN)
    return sum(_is_turned_down(row, acting) for row in ended)


def _is_turned_down(row: CosignatureRow, acting: Acting) -> bool:
    own = bool(row.asked_by) and row.asked_by == acting.person
    by_another = row.state is not CosignState.SIGNED and row.ended_by != acting.person
    recent = (row.ended_at or row.until) > acting.now - _RECENT
    return own and by_another and recent and row.reason != REPLACED


def by_thing(session: Session, acting: Acting) -> dict[str, str]:
    """Return what waits (its id) about a wish (by its address) or in a negotiation (by its id)."""
    there = cosignatures.waiting(session, acting.iri, now=acting.now)
    return {thing: row.id for row in there if (thing := row.offer or row.intention)}


def _shown(session: Session, acting: Acting, rows: Sequence[CosignatureRow]) -> list[dict[str, Any]]:
    known = persons.list_persons(session, acting.owner.handle)
    names = {row.id: row.name for row in known}
    current = [replace(row, state=state_at(row.state, row.until, now=acting.now)) for row in rows]
    return [
        {
            **view(row, names=names),
            "own": bool(row.asked_by) and row.asked_by == acting.person,
            "is_first": not row.asked_by,
            "intention": _wish(session, acting, row),
            "hindrance": hindrance(session, acting, row),
        }
        for row in current
    ]


def load(session: Session, acting: Acting, id: str) -> CosignatureRow:
    """Return what was asked for under this id. Raises: NotFound."""
    row = cosignatures.load_cosignature(session, acting.iri, id)
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def hindrance(session: Session, acting: Acting, row: CosignatureRow) -> str | None:
    """Return why something that waits cannot be signed as things stand (a code), None if nothing is known."""
    if row.state is not CosignState.ASKED:
        return None
    try:
        check(session, acting, row)
    except ProtocolError as error:
        return str(error.code)
    return None


def check(session: Session, acting: Acting, row: CosignatureRow) -> Negotiation:
    """Check that nothing has changed since something was asked for, and return what it belongs to.

    Raises:
        Conflict: `asker-gone`, `basis-changed`, `offer-changed`, or the wish is closed.
    """
    if row.asked_by and not belongs(session, acting, row.asked_by):
        raise Conflict(codes.ASKER_GONE)
    if row.basis is not None and row.basis != basis_of(session, acting.iri, row.offer or "", row.kept):
        raise Conflict(codes.BASIS_CHANGED)
    negotiation = _negotiation(session, acting, row)
    if standing_of(negotiation) != row.standing:
        raise Conflict(codes.OFFER_CHANGED)
    return negotiation


def belongs(session: Session, acting: Acting, person: str) -> bool:
    """Tell whether a person (their id) is of the team now."""
    row = persons.load_person(session, person)
    return person == acting.owner.handle or (row is not None and row.removed_at is None)


def _negotiation(session: Session, acting: Acting, row: CosignatureRow) -> Negotiation:
    """Load what a move belongs to as it is now, or what it begins."""
    if row.intention is not None:
        wanted = intentions.load_intention_by_iri(session, acting.iri, row.intention)
        if wanted is None or wanted.state is not IntentionState.OPEN:
            raise Conflict(codes.INTENTION_CLOSED)
        return offers.unbegun(session, acting, row.peer, intention=to_wanted(wanted))
    if row.agreement is not None:
        amended = agreements.load(session, acting, row.agreement)
        return offers.unbegun(session, acting, row.peer, amended=to_agreed(amended))
    begun = load_row(session, acting.iri, row.offer or "")
    return load_negotiation(session, acting, begun, row.event)


def _others(session: Session, acting: Acting, row: CosignatureRow) -> list[str]:
    """Return what else waits (ids) and is stale once this is signed, or has become so since it was.

    Only what begins a negotiation takes from the shelf, and only of what is counted.
    """
    sku = _sku(row.kept)
    item = assortments.load_item(session, acting.iri, sku)
    if row.event is not Event.OFFER or item is None or item.available is None:
        return []
    there = cosignatures.waiting(session, acting.iri, now=acting.now)
    same = [one for one in there if one.id != row.id and _sku(one.kept) == sku]
    stale = {one.id: hindrance(session, acting, one) == codes.BASIS_CHANGED for one in same}
    if row.state is CosignState.ASKED:
        return [id for id, is_stale in stale.items() if not is_stale]
    return [id for id, is_stale in stale.items() if is_stale] if row.state is CosignState.SIGNED else []


def _sku(kept: Mapping[str, Any]) -> str:
    return str(kept.get("sku") or "")


def _wish(session: Session, acting: Acting, row: CosignatureRow) -> str | None:
    """Return the wish (its id) that something is about."""
    begun = None if row.offer is None else offer_rows.load_offer(session, acting.iri, row.offer)
    iri = row.intention or (None if begun is None else begun.intention)
    wish = None if iri is None else intentions.load_intention_by_iri(session, acting.iri, iri)
    return None if wish is None else wish.id
