"""Lost offers: what of a business's own offers came to nothing in the last months, and why.

Rules that hold here:

- It is read from an index, and counted from tallies, however many there were.
- Words are those of the customer, or our own where we backed out; they are read from the journal.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Final, TypedDict

from node.core import codes
from node.core.drafts import view_least, view_time, view_total
from node.core.linter import FLAGS
from node.core.losses import LossReason, days_looked_back
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.services.negotiations.loading import load_many
from node.services.negotiations.showing import Named, show_peer
from node.services.negotiations.words import load_bodies, words_in
from node.storage import losses, offers, peers
from node.storage.losses import LossRow
from node.storage.session import Session
from protocol.codes import MEANINGS, Code
from protocol.errors import NotFound
from protocol.intentions import read_intention

_SAID: Final = (LossReason.DECLINED, LossReason.RENEGED)
_SENTENCES: Final[Mapping[str, str]] = {flag.code: flag.sentence for flag in FLAGS}


class FlagNamed(TypedDict):
    """What the other side's node found odd about our terms: its code, and a sentence (`node.core.linter`)."""

    code: str
    sentence: str


class LostOffer(TypedDict):
    """One offer that came to nothing: to whom, for what, and why.

    `name` is what was wished for, or what was offered where that is not known, `offered` the article of the
    last offer; `amends` says that it was to change an agreement. `said` is what was said with it, by the
    customer, or by us where we backed out; `code` with which it was refused and what that means, `flags` what
    was named of our terms.
    """

    offer: str
    intention: str | None
    customer: str
    peer: Named
    name: str
    offered: str
    amends: bool
    total: str | None
    least: str | None
    currency: str
    reason: LossReason
    said: str
    code: Code | None
    meaning: str
    flags: Sequence[FlagNamed]
    lost_at: str | None


class LostOffers(TypedDict):
    """Some of what came to nothing, the newest first, and how much for which reason since then.

    Of one customer at most `node.storage.losses.COUNTED` are counted for a reason.
    """

    items: Sequence[LostOffer]
    next: str | None
    reasons: dict[str, int]
    since: str | None


def show(
    session: Session,
    acting: Acting,
    *,
    reason: LossReason | None = None,
    customer: str | None = None,
    cursor: str | None = None,
    limit: int = 25,
) -> LostOffers:
    """Show what came to nothing, for one reason or any, with one customer (an id) or anybody.

    Raises:
        NotFound: `unknown-id`, there is no such customer; Malformed: `unknown-cursor`.
    """
    if customer is not None and peers.load_peer(session, acting.iri, customer) is None:
        raise NotFound(codes.UNKNOWN_ID)
    days = days_looked_back(acting.now)
    since = datetime.combine(days[0], time(), UTC)
    page = losses.list_losses(session, acting.iri, peer=customer, reason=reason, cursor=cursor, limit=limit)
    rows = [row for row in page.items if row.lost_at >= since]
    if customer is None:
        counted = losses.count_losses(session, acting.iri, days)
    else:
        counted = losses.count_losses_of(session, acting.iri, customer, days)
    return {
        "items": _items(session, acting, rows),
        "next": page.next if len(rows) == len(page.items) else None,
        "reasons": {each.value: counted.get(each.value, 0) for each in LossReason},
        "since": view_time(since),
    }


def count(session: Session, acting: Acting) -> int:
    """Count what came to nothing in the last months."""
    return sum(losses.count_losses(session, acting.iri, days_looked_back(acting.now)).values())


def _items(session: Session, acting: Acting, rows: Sequence[LossRow]) -> list[LostOffer]:
    made = offers.offers_by_id(session, acting.iri, {row.id for row in rows})
    loaded = load_many(session, acting.iri, made)
    spoken = {row.id: loaded[row.id].begun.head.iri for row in rows if row.reason in _SAID}
    bodies = load_bodies(session, acting.iri, spoken.values())
    return [
        _item(row, loaded[row.id], said=words_in(bodies.get(spoken.get(row.id, ""))))
        for row in rows
        if row.id in loaded
    ]


def _item(row: LossRow, negotiation: Negotiation, *, said: str) -> LostOffer:
    thread, wanted = negotiation.begun, negotiation.intention
    wish = None if wanted is None else read_intention(wanted.document)
    code = next((each for each in MEANINGS if each in row.codes[:1]), None)
    return {
        "offer": row.id,
        "intention": None if wanted is None else wanted.id,
        "customer": row.peer,
        "peer": show_peer(negotiation.peer),
        "name": thread.draft.name if wish is None else wish.name,
        "offered": thread.draft.name,
        "amends": thread.amends is not None,
        "total": view_total(thread.draft),
        "least": view_least(thread.draft),
        "currency": thread.draft.currency,
        "reason": row.reason,
        "said": said,
        "code": code,
        "meaning": "" if code is None else MEANINGS[code],
        "flags": [{"code": each, "sentence": _SENTENCES[each]} for each in row.codes if each in _SENTENCES],
        "lost_at": view_time(row.lost_at),
    }
