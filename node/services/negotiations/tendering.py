"""Tendering: what follows from offers and the wish that they answer, worked out once and remembered.

Rules that hold here: what is remembered follows from texts alone, those of the wish and of what the offerers
signed, and is found by their hashes: it is never out of date, and whoever finds it has the texts. Of an offer
that is a tender; of several it is their order, with what is best among them.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import orjson

from node.core.comparison import Ranking, Tender, rank, read_tender
from node.core.standings import Yardstick, yardstick
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.remembering import Remembered
from node.storage import offers
from node.storage.glimpses import StandingOffer
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.intentions import Intention, read_intention
from protocol.offers import Draft
from protocol.values import dataclass

TENDERS_BYTES: Final = 16_000_000  # some 5,000 offers of a dozen properties
ORDERS_BYTES: Final = 4_000_000  # of some 20 wishes with 1,000 offers each
_SMALL: Final = 2_000  # what a tender takes beside its texts
_EACH: Final = 300  # and each of its properties
_PLACE: Final = 100  # and a place in an order


@dataclass(frozen=True, slots=True)
class Order:
    """Offers in the order of what they cost, and what each of them is measured by."""

    ranking: Ranking
    measure: Yardstick


class Worked:
    """What was worked out before: tenders by the hashes of wish and offer, orders by the hash of all."""

    def __init__(self, tenders_bytes: int = TENDERS_BYTES, orders_bytes: int = ORDERS_BYTES) -> None:
        self.tenders: Remembered[tuple[bytes, str], Tender] = Remembered(tenders_bytes)
        self.orders: Remembered[bytes, Order] = Remembered(orders_bytes)


_WORKED: Final = Worked()


def tenders_of(
    session: Session, row: IntentionRow, standing: Sequence[StandingOffer], *, worked: Worked = _WORKED
) -> list[Tender]:
    """Return what follows from each of these offers to an intention, in their order."""
    wish = _digest_of(row)
    kept = worked.tenders.find((wish, one.digest) for one in standing)
    found = {digest: tender for (_, digest), tender in kept.items()}
    missing = {one.id for one in standing if one.digest not in found}
    read = _read(session, row, read_intention(row.document), missing) if missing else {}
    for digest, tender in read.items():
        if digest:
            worked.tenders.keep((wish, digest), tender, size=_size_of(tender.draft))
    return [found.get(one.digest) or read[one.digest] for one in standing]


def order_of(
    row: IntentionRow,
    standing: Sequence[StandingOffer],
    tenders: Sequence[Tender],
    *,
    over: int | None,
    shut_out: frozenset[int],
    worked: Worked = _WORKED,
) -> Order:
    """Put these offers to an intention, with what follows from each, in order (`comparison.rank`)."""
    digests = [one.digest for one in standing]
    told = orjson.dumps([digests, over, sorted(shut_out)])
    key = sha256(_digest_of(row) + told).digest()
    order = worked.orders.find([key]).get(key)
    if order is None:
        ranking = rank(tenders, over=over, shut_out=shut_out)
        order = Order(ranking, yardstick(tenders, ranking, shut_out=shut_out))
        if all(digests):
            places = len(tenders) + sum(map(len, order.measure.best))
            worked.orders.keep(key, order, size=_SMALL + _PLACE * places)
    return order


def _digest_of(row: IntentionRow) -> bytes:
    return sha256(orjson.dumps(row.document)).digest()


def _size_of(draft: Draft) -> int:
    texts = [draft.name, draft.content, *(line.label for line in draft.price)]
    said = [text for each in draft.properties for text in (each.name, each.value, each.unit)]
    return _SMALL + _EACH * len(draft.properties) + 2 * sum(map(len, (*texts, *said)))


def _read(session: Session, row: IntentionRow, wish: Intention, ids: set[str]) -> dict[str, Tender]:
    rows = offers.offers_by_id(session, row.actor, ids)
    return {each.standing_digest: read_tender(wish, read_terms_of(each)) for each in rows}
