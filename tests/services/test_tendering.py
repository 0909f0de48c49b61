"""What follows from an offer and its wish is worked out once, and so is the order of several."""

from dataclasses import replace
from decimal import Decimal

from node.core.comparison import Tender, read_tender
from node.services.negotiations import comparing, tendering
from node.services.negotiations.tendering import Order, Worked
from node.storage import glimpses, intentions
from protocol.specifications import Property, Specification
from tests.core.test_drafts import wish
from tests.core.test_threads import draft
from tests.services.parties import Party
from tests.services.test_negotiation import LOWER, cast, offer


def test_it_is_read_once_and_never_out_of_date(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    offer(bikes, ada)
    worked = Worked()

    def seen() -> list[Tender]:
        row = intentions.load_intention(ada.db, ada.iri, id)
        assert row is not None
        standing = glimpses.standing_offers(ada.db, ada.iri, row.iri, limit=10)
        return tendering.tenders_of(ada.db, row, standing, worked=worked)

    (first,) = seen()
    assert seen()[0] is first
    offer(bikes, ada, price=LOWER)
    other, again = seen()
    assert again is first
    assert (other.total, first.total) == (Decimal(2249), Decimal(2390))
    assert len(worked.tenders) == 2
    assert [each["total"] for each in ada.do(comparing.compare, id)["offers"]] == ["2249.00", "2390.00"]


def test_an_order_is_that_of_these_offers_and_of_who_is_shut_out(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes, specifications=[])
    worked = Worked()

    def ordered(out: frozenset[int] = frozenset(), over: int | None = None) -> Order:
        row = intentions.load_intention(ada.db, ada.iri, id)
        assert row is not None
        standing = glimpses.standing_offers(ada.db, ada.iri, row.iri, limit=10)
        tenders = tendering.tenders_of(ada.db, row, standing, worked=worked)
        return tendering.order_of(row, standing, tenders, over=over, shut_out=out, worked=worked)

    assert ordered().ranking.order == []
    offer(bikes, ada)
    offer(bikes, ada, price=LOWER)
    known = ordered()
    assert ordered() is known
    assert known.ranking.order == [0, 1]  # the newest first: LOWER
    assert ordered(frozenset({0})).ranking.order == [1, 0]
    assert ordered(frozenset({0})).measure.lowest == Decimal(2390)
    assert ordered(over=12).ranking.over == 12
    assert ordered() is known
    offer(bikes, ada, price=[{**LOWER[0], "amount": "2000.00"}])
    assert ordered().measure.lowest == Decimal(2000)
    assert len(ordered().ranking.order) == 3


def test_what_a_wish_asks_for_is_part_of_it() -> None:
    light = replace(wish().intention, specifications=(Specification("weight", at_most=Decimal(3)),))
    heavy = replace(draft("5"), properties=(Property("weight", "4"),))
    assert (read_tender(light, heavy).missed, read_tender(wish().intention, heavy).missed) == (1, 0)
