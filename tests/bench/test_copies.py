"""What is multiplied for a benchmark is what a node could have left: it holds, is counted, and is found."""

from collections.abc import Iterator

import orjson
import pytest

from bench.copies import Left, in_bulk, list_items, multiply, read_left
from bench.growth import Market, trade
from node.core.assortments import keys_by_property
from node.services.ledger import journals
from node.services.trade import pricelists
from node.storage.sqlite.session import SqliteSession

COPIES = 6
LIST = """sku,name,price,currency,stock,lead_days,colour,weight [kg]
b0,Bike 0,900.00,EUR,5,3,blue,10
b1,Bike 1,901.00,EUR,5,3,red,11
"""


@pytest.fixture(scope="module")
def multiplied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Market, Left, list[str]]]:
    """A market in which everything is there six times more, what there was at first, and its indexes."""
    market = trade(tmp_path_factory.mktemp("market"))
    business = market.business
    listed = pricelists.read(LIST.encode(), "text/csv")
    while not listed.finished:
        listed = business.do(pricelists.take, listed)
    left, indexes = read_left(business.db), indexes_of(business.db)
    with in_bulk(business.db):
        multiply(business.db, left, copies=range(COPIES))
        list_items(business.db, business.acting, range(2, 4), like=2)
    yield market, left, indexes
    for party in (business, market.customer):
        party.db.close()


def indexes_of(session: SqliteSession) -> list[str]:
    return [name for (name,) in session.all("SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY 1")]


def test_the_journal_of_copies_holds(multiplied: tuple[Market, Left, list[str]]) -> None:
    market, left, _ = multiplied
    report = journals.verify(market.business.db)
    assert report["ok"]
    assert report["entries"] == len(left.entries) * (COPIES + 1) + 1


def test_a_file_of_copies_is_whole_and_kept_as_before(multiplied: tuple[Market, Left, list[str]]) -> None:
    market, _, indexes = multiplied
    session = market.business.db
    assert session.all("PRAGMA integrity_check") == [("ok",)]
    assert session.all("PRAGMA foreign_key_check") == []
    assert session.all("PRAGMA journal_mode") == [("wal",)]
    assert indexes_of(session) == indexes


def test_copies_are_counted(multiplied: tuple[Market, Left, list[str]]) -> None:
    market, left, _ = multiplied
    session = market.business.db
    counted = session.all("SELECT role, state, count FROM offers_tally WHERE count > 0 ORDER BY 1, 2")
    assert counted == session.all("SELECT role, state, count(*) FROM offers GROUP BY 1, 2 ORDER BY 1, 2")
    assert sum(count for _, _, count in counted) == len(left.rows["offers"]) * (COPIES + 1)


def test_every_other_copy_is_of_a_peer_of_its_own(multiplied: tuple[Market, Left, list[str]]) -> None:
    market, _, _ = multiplied
    counts = market.business.db.all(
        "SELECT count(*) FROM offers JOIN peers ON peers.id = offers.peer GROUP BY peer"
    )
    assert sorted(count for (count,) in counts) == [2, 2, 2, 2 + 2 * COPIES // 2]


def test_a_copied_item_is_found_as_the_node_would_find_it(multiplied: tuple[Market, Left, list[str]]) -> None:
    market, _, _ = multiplied
    session = market.business.db
    items = session.all("SELECT id, sku, name, document FROM items ORDER BY id")
    assert [(sku, name) for _, sku, name, _ in items] == [(f"b{n}", f"Bike {n % 2}") for n in range(4)]
    for id, _, _, document in items:
        keys = keys_by_property(market.business.iri, orjson.loads(document))
        found = session.all("SELECT property, word, millionths FROM item_properties WHERE item = ?", id)
        assert {property: (word, millionths) for property, word, millionths in found} == {
            property: (each.word, each.millionths) for property, each in keys.items()
        }
