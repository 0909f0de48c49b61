import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from node.core.assortments import property_key
from node.storage import assortments, moves, offers, stock
from node.storage.assortments import ItemRow
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.sqlite.session import SqliteSession
from node.storage.stock import ReservationRow, ReservationState
from protocol.errors import Conflict
from protocol.negotiation import Event, State
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW

THERE = "https://b.example"


@pytest.fixture
def shelf(db: SqliteSession) -> SqliteSession:
    rows.load_list(db, ADA, [rows.item()])
    return db


def state(db: SqliteSession, offer: str) -> ReservationState:
    reservation = stock.load_reservation(db, offer)
    assert reservation is not None
    return reservation.state


def counts(db: Session) -> tuple[int | None, int, int | None]:
    item = assortments.load_item(db, ADA, "bike")
    assert item is not None
    return item.stock, item.held, item.available


def listed(db: SqliteSession, actor: str) -> list[ItemRow]:
    return [replace(item, edition=0) for item in assortments.list_items(db, actor).items]


def reserve(db: Session, offer: str, quantity: int) -> ReservationRow:
    return stock.reserve(db, ADA, offer=offer, sku="bike", origin=THERE, quantity=quantity)


def test_what_was_countered_is_looked_for_among_the_latest(shelf: SqliteSession) -> None:
    offers.save_offer(shelf, rows.offer(1))
    moves.save_move(shelf, rows.move(1, event=Event.COUNTER))
    reserve(shelf, "of_1", 1)
    stock.release(shelf, "of_1")

    def counted() -> int:
        since = rows.at(0)
        return stock.count_countered(shelf, ADA, origin=THERE, since=since, most=4)

    later = "INSERT INTO reservations VALUES (?, ?, 'lamp', ?, 1, 'released')"
    made = [(f"of_{number}", ADA, THERE) for number in range(2, stock.LATEST + 1)]
    shelf.conn.execute("BEGIN")
    shelf.conn.executemany(later, made)
    shelf.conn.execute("COMMIT")
    assert counted() == 1
    shelf.run(later, "of_0", ADA, THERE)
    assert counted() == 0


def test_holding_selling_and_releasing(shelf: SqliteSession) -> None:
    assert reserve(shelf, "of_1", 2) == ReservationRow("of_1", ADA, "bike", THERE, 2, ReservationState.HELD)
    reserve(shelf, "of_2", 1)
    assert counts(shelf) == (5, 3, 2)
    assert stock.sell(shelf, "of_1")
    assert counts(shelf) == (3, 1, 2)
    assert stock.release(shelf, "of_2")
    assert counts(shelf) == (3, 0, 3)
    assert state(shelf, "of_1") is ReservationState.SOLD
    assert state(shelf, "of_2") is ReservationState.RELEASED


def test_what_is_settled_is_settled_once(shelf: SqliteSession) -> None:
    reserve(shelf, "of_1", 2)
    assert stock.sell(shelf, "of_1")
    assert not stock.sell(shelf, "of_1")
    assert not stock.release(shelf, "of_1")
    assert not stock.release(shelf, "of_9")
    assert counts(shelf) == (3, 0, 3)


def test_what_was_sold_of_an_item_that_left_the_list_is_held_no_more(shelf: SqliteSession) -> None:
    reserve(shelf, "of_1", 2)
    assert stock.sell(shelf, "of_1")
    rows.load_list(shelf, ADA, [])
    assert not stock.settle(shelf, "of_1", ReservationState.HELD)
    assert state(shelf, "of_1") is ReservationState.RELEASED
    rows.load_list(shelf, ADA, [rows.item()])
    before = counts(shelf)
    assert not stock.release(shelf, "of_1")
    assert counts(shelf) == before


def test_no_more_is_promised_than_is_there(shelf: SqliteSession) -> None:
    reserve(shelf, "of_1", 4)
    with pytest.raises(Conflict) as caught:
        reserve(shelf, "of_2", 2)
    assert caught.value.code == "out-of-stock"
    assert counts(shelf) == (5, 4, 1)
    assert stock.load_reservation(shelf, "of_2") is None


def test_an_offer_that_changes_its_mind_holds_the_new_quantity_only(shelf: SqliteSession) -> None:
    reserve(shelf, "of_1", 4)
    reserve(shelf, "of_1", 5)
    assert counts(shelf) == (5, 5, 0)
    stock.release(shelf, "of_1")
    reserve(shelf, "of_1", 1)
    assert counts(shelf) == (5, 1, 4)


def test_an_unknown_item_is_out_of_stock(shelf: SqliteSession) -> None:
    with pytest.raises(Conflict):
        stock.reserve(shelf, ADA, offer="of_1", sku="car", origin=THERE, quantity=1)
    with pytest.raises(Conflict):
        stock.reserve(shelf, BOB, offer="of_1", sku="bike", origin=THERE, quantity=1)


@pytest.mark.parametrize("quantity", [0, -1])
def test_nothing_is_not_reserved(shelf: SqliteSession, quantity: int) -> None:
    with pytest.raises(ValueError, match="holds something"):
        reserve(shelf, "of_1", quantity)


def test_what_is_not_counted_is_never_out_of_stock(db: SqliteSession) -> None:
    rows.load_list(db, ADA, [rows.item(stock=None)])
    reserve(db, "of_1", 1_000)
    assert counts(db) == (None, 1_000, None)
    stock.sell(db, "of_1")
    assert counts(db) == (None, 0, None)


class TestLoadingAList:
    def test_what_it_names_is_set_and_what_it_leaves_out_is_dropped(self, shelf: SqliteSession) -> None:
        rows.load_list(shelf, BOB, [his := rows.item(actor=BOB)])
        rows.load_list(shelf, ADA, [car := rows.item("car"), bell := rows.item("bell")])
        assert listed(shelf, ADA) == [bell, car]
        assert listed(shelf, BOB) == [his]

    def test_what_is_held_stays_held(self, shelf: SqliteSession) -> None:
        reserve(shelf, "of_1", 4)
        rows.load_list(shelf, ADA, [rows.item(stock=6, name="A better bicycle")])
        assert counts(shelf) == (6, 4, 2)
        rows.load_list(shelf, ADA, [rows.item(stock=3)])
        assert counts(shelf) == (3, 4, 0)
        with pytest.raises(Conflict):
            reserve(shelf, "of_2", 1)

    def test_a_sale_never_leaves_less_than_nothing(self, shelf: SqliteSession) -> None:
        reserve(shelf, "of_1", 4)
        rows.load_list(shelf, ADA, [rows.item(stock=3)])
        stock.sell(shelf, "of_1")
        assert counts(shelf) == (0, 0, 0)

    def test_an_item_left_out_goes_when_its_offers_have_settled(self, shelf: SqliteSession) -> None:
        reserve(shelf, "of_1", 2)
        rows.load_list(shelf, ADA, [])
        assert counts(shelf) == (0, 2, 0)
        assert stock.release(shelf, "of_1")
        rows.load_list(shelf, ADA, [])
        assert listed(shelf, ADA) == []

    def test_loading_the_same_list_twice_changes_nothing(self, shelf: SqliteSession) -> None:
        reserve(shelf, "of_1", 2)
        before = listed(shelf, ADA)
        rows.load_list(shelf, ADA, [replace(item, held=0) for item in before])
        assert listed(shelf, ADA) == before

    def test_a_row_is_made_from_the_document_of_an_item(self) -> None:
        document = {
            "sku": "bike", "name": "A bicycle", "price": "2390.00", "currency": "EUR",
            "stock": 5, "lead_days": 2, "properties": [],
        }  # fmt: skip
        assert assortments.read_item(ADA, document) == rows.item(document=document, stock=5_000_000)
        part = document | {"stock": "0.5", "unit": "kg"}
        assert assortments.read_item(ADA, part) == rows.item(document=part, stock=500_000)


async def test_nothing_is_sold_twice_by_twenty_threads(store: SqliteStore) -> None:
    await store.write(lambda db: rows.load_list(db, ADA, [rows.item(stock=30)]))
    loop = asyncio.get_running_loop()

    def trade(thread: int) -> int:
        """Reserve, then sell or release, until nothing is left; return how many units were sold."""
        chance, sold = random.Random(thread), 0
        for number in range(40):
            offer, quantity = f"of_{thread}_{number}", chance.randint(1, 3)
            sells = chance.random() < 0.5
            try:
                write(partial(reserve, offer=offer, quantity=quantity))
            except Conflict:
                continue
            write(partial(stock.sell if sells else stock.release, offer=offer))
            sold += quantity if sells else 0
        return sold

    def write(work: Callable[[Session], object]) -> object:
        return asyncio.run_coroutine_threadsafe(store.write(work), loop).result(30)

    with ThreadPoolExecutor(20) as threads:
        sold = sum(
            await asyncio.gather(*(loop.run_in_executor(threads, trade, thread) for thread in range(20)))
        )
    left = await store.read(counts)
    assert left == (30 - sold, 0, 30 - sold)
    assert sold >= 28  # they did race for the last ones


def test_the_rule_of_a_shop(db: SqliteSession) -> None:
    assert stock.load_rule(db, ADA) is None
    for percent in ("5", "7"):
        stock.save_rule(db, ADA, {"max_discount_percent": percent}, at=NOW)
    assert stock.load_rule(db, ADA) == {"max_discount_percent": "7"}
    assert stock.load_rule(db, BOB) is None


def test_what_an_origin_is_promised_without_an_agreement_is_added_up(shelf: SqliteSession) -> None:
    for number, peer in enumerate(("peer_1", "peer_2", "peer_3"), 1):
        offers.save_offer(shelf, rows.offer(number, peer=peer, origin=f"https://{peer[-1]}.example"))
        stock.reserve(
            shelf, ADA, offer=f"of_{number}", sku="bike", origin=THERE if number < 3 else "", quantity=1
        )
    assert stock.count_held(shelf, ADA, "bike", origin=THERE) == 2
    assert stock.count_held(shelf, ADA, "bike", origin="https://c.example") == 0
    offers.save_offer(shelf, rows.offer(4, peer="peer_1", state=State.CONCLUDED))
    assert stock.count_held(shelf, ADA, "bike", origin=THERE) == 1


def test_no_more_is_looked_at_than_matters(shelf: SqliteSession) -> None:
    shelf.run("UPDATE items SET stock = NULL")
    for number in range(stock.LOOKED_AT):
        assert stock.count_held(shelf, ADA, "bike", origin=THERE) == number
        offers.save_offer(shelf, rows.offer(number))
        reserve(shelf, f"of_{number}", 1)
    assert stock.count_held(shelf, ADA, "bike", origin=THERE) is None


@pytest.mark.parametrize("category", ["", "https://www.wikidata.org/wiki/Q11442"])
def test_an_item_is_found_by_what_it_has_and_by_nothing_else(db: SqliteSession, category: str) -> None:
    document = {"name": "Bike", "lead_days": 2, "properties": [], "category": category}
    rows.load_list(db, ADA, [rows.item(document=document)])
    named = {property_key(ADA, name, "\0is") for name in ("bike", category) if name}
    found = {key for (key,) in db.conn.execute("SELECT property FROM item_properties")}
    assert property_key(ADA, "", "\0is") not in found
    assert named <= found
