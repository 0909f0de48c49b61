"""A price list is taken in steps, and at their end the shop has just what the list says."""

from datetime import timedelta
from typing import Any

import pytest

from node.services.intentions import casting
from node.services.trade import pricelists, shop, undercutting
from node.services.trade.pricelists import Loading
from node.storage.journal import last_number
from protocol.errors import Conflict, TooLarge, Unprocessable
from tests.services.loading import load
from tests.services.parties import Clock, Party, check_journal, settle
from tests.services.test_negotiation import wish
from tests.services.test_shop import BULBS, LATE, moves_of, turn


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricelists, "PART", 2)
    monkeypatch.setattr(pricelists, "DROPPED", 2)


def listing(*numbers: int, price: str = "10.00", **options: bool) -> Loading:
    lines = [f"b{number},Bulb,{price},EUR,5,3" for number in numbers]
    text = "\n".join(["sku,name,price,currency,stock,lead_days", *lines])
    return pricelists.read(text.encode(), "text/csv", **options)


def wide_list(items: int, *, properties: int) -> bytes:
    header = ["sku,name,price,currency,stock,lead_days", *(f"p{number}" for number in range(properties))]
    rows = [",".join([f"b{item},Bulb,10.00,EUR,5,3", *["1"] * properties]) for item in range(items)]
    return "\n".join([",".join(header), *rows]).encode()


def stopped(party: Party, loading: Loading) -> None:
    """Assert that nothing more of a loading is taken."""
    before = (shown(party), party.write(last_number))
    with pytest.raises(Conflict) as refused:
        party.do(load, loading)
    assert refused.value.code == "list-replaced"
    assert (shown(party), party.write(last_number)) == before


def shown(party: Party) -> dict[str, Any]:
    return {item["sku"]: item["price"] for item in party.do(pricelists.show)["items"]}


def test_a_list_is_set_part_by_part_and_what_it_leaves_out_goes_last(bikes: Party) -> None:
    bikes.do(load, listing(1, 2, 3, 4, 5, 6))
    loading = bikes.do(pricelists.take, listing(6, 7, 8, price="20.00"))
    assert len(shown(bikes)) == 7  # b7 has come, nothing has gone
    while not loading.finished:
        loading = bikes.do(pricelists.take, loading)
    assert shown(bikes) == {"b6": "20.00", "b7": "20.00", "b8": "20.00"}
    check_journal(bikes)


def test_of_two_lists_loaded_at_once_the_later_one_wins(bikes: Party) -> None:
    first = bikes.do(pricelists.take, listing(1, 2, 3, 4))
    second = bikes.do(pricelists.take, listing(3, 4, 5, price="20.00"))
    stopped(bikes, first)
    bikes.do(load, second)
    assert shown(bikes) == {"b3": "20.00", "b4": "20.00", "b5": "20.00"}
    check_journal(bikes)


@pytest.mark.parametrize("adds", [False, True])
def test_an_older_list_does_not_come_back_behind_a_newer_one(bikes: Party, *, adds: bool) -> None:
    older = bikes.do(pricelists.take, listing(1, 2, 3, 4, 5, 6, adds=adds))
    bikes.do(load, listing(8, 9, price="20.00"))
    bikes.do(load, listing(7, adds=True))  # the last entry is then no replacing one
    stopped(bikes, older)
    assert shown(bikes) == {"b7": "10.00", "b8": "20.00", "b9": "20.00"}
    check_journal(bikes)


def test_an_older_list_does_not_drop_either_once_a_newer_one_has_begun(bikes: Party) -> None:
    bikes.do(load, listing(1, 2, 3))
    older = bikes.do(pricelists.take, listing(4, 5))
    newer = bikes.do(pricelists.take, listing(6, 7, 8))
    stopped(bikes, older)
    bikes.do(load, newer)
    assert set(shown(bikes)) == {"b6", "b7", "b8"}
    check_journal(bikes)


@pytest.mark.parametrize("adds", [False, True])
def test_an_adding_list_stops_no_other(bikes: Party, *, adds: bool) -> None:
    bikes.do(load, listing(1, 2))
    first = bikes.do(pricelists.take, listing(3, 4, 5, adds=adds))
    second = bikes.do(pricelists.take, listing(5, 6, 7, price="20.00", adds=True))
    bikes.do(load, first)
    bikes.do(load, second)
    old = {"b1": "10.00", "b2": "10.00"} if adds else {}
    new = {"b3": "10.00", "b4": "10.00", "b5": "20.00", "b6": "20.00", "b7": "20.00"}
    assert shown(bikes) == old | new
    check_journal(bikes)


def test_the_list_of_another_actor_stops_none(ada: Party, bikes: Party) -> None:
    first = bikes.do(pricelists.take, listing(1, 2, 3))
    bikes.write(lambda session: load(session, ada.acting, listing(4)))
    bikes.do(load, first)
    assert set(shown(bikes)) == {"b1", "b2", "b3"}


def test_a_part_is_bounded_by_its_properties_too(bikes: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricelists, "PART", 50)
    wide = pricelists.read(wide_list(30, properties=62), "text/csv")
    assert bikes.do(pricelists.take, wide).taken == 12  # 744 properties
    narrow = pricelists.read(wide_list(60, properties=16), "text/csv")
    assert bikes.do(pricelists.take, narrow).taken == 50  # 800 properties
    bikes.do(load, wide)
    monkeypatch.setattr(pricelists, "PROPERTIES", 3)
    assert bikes.do(pricelists.take, wide).taken == 1  # an item is never parted


def test_what_is_added_joins_the_list(bikes: Party) -> None:
    bikes.do(load, listing(1, 2, 3))
    bikes.do(load, listing(3, 4, price="20.00", adds=True))
    assert shown(bikes) == {"b1": "10.00", "b2": "10.00", "b3": "20.00", "b4": "20.00"}
    bikes.do(load, listing(5))
    assert shown(bikes) == {"b5": "10.00"}
    check_journal(bikes)


def test_no_more_is_added_than_a_shop_may_have(bikes: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricelists, "LIMIT_TOTAL", 4)
    bikes.do(load, listing(1, 2, 3))
    bikes.do(pricelists.check_total, listing(4, adds=True))
    bikes.do(pricelists.check_total, listing(4, 5))  # which replaces
    with pytest.raises(TooLarge, match="price-list-too-large"):
        bikes.do(pricelists.check_total, listing(4, 5, adds=True))


def test_a_list_with_a_wrong_cell_changes_nothing(bikes: Party) -> None:
    bikes.do(load, listing(1))
    with pytest.raises(Unprocessable, match="Line 2"):
        bikes.do(load, listing(2, price="cheap"))
    assert shown(bikes) == {"b1": "10.00"}


def test_the_list_is_shown_page_by_page(bikes: Party) -> None:
    bikes.do(load, listing(1, 2, 3))
    page = bikes.do(pricelists.show, limit=2)
    assert ([item["sku"] for item in page["items"]], page["next"]) == (["b1", "b2"], "b2")
    rest = bikes.do(pricelists.show, cursor="b2", limit=2)
    assert ([item["sku"] for item in rest["items"]], rest["next"]) == (["b3"], None)


class TestWhatIsLate:
    @pytest.fixture
    def late(self, ada: Party, bikes: Party, clock: Clock) -> Party:
        """A shop whose only offer is late, and was looked at while nothing could be taken off."""
        bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
        bikes.do(shop.set_rule, LATE | {"max_discount_percent": "0"})
        ada.do(casting.cast, wish(bikes, name="A bulb", specifications=[]))
        settle(ada, bikes)
        turn(bikes)
        clock.pass_time(seconds=61)
        assert bikes.do(undercutting.next_late) <= clock.now
        assert bikes.do(undercutting.undercut_late) is None
        assert bikes.do(undercutting.next_late) is None  # it is left behind
        return bikes

    def test_a_new_rule_looks_again(self, late: Party) -> None:
        late.do(shop.set_rule, LATE | {"max_discount_percent": "10"})
        turn(late)
        assert moves_of(late) == [["offer applied", "reoffer applied"]]

    def test_a_new_list_looks_again(self, late: Party) -> None:
        late.do(load, pricelists.read(BULBS.replace("100.00", "60.00").encode(), "text/csv"))
        turn(late)
        assert moves_of(late) == [["offer applied", "reoffer applied"]]

    def test_a_clock_that_was_set_back_loses_no_offer(self, ada: Party, late: Party, clock: Clock) -> None:
        late.clock.now -= timedelta(hours=1)
        ada.do(casting.cast, wish(late, name="A bulb", specifications=[]))
        settle(ada, late)
        turn(late)
        opened = clock.now
        assert late.do(undercutting.next_late) == opened + timedelta(seconds=60)
