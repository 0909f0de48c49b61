"""What strangers cost a business's CRM: so many wishes a day, and the rest wait at the desk."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from node.core.crm_mapping import STRANGERS
from node.crm.registry import default_mapping
from node.services.crm.strangers import Door
from node.services.negotiations import offers
from node.storage import intentions, peers
from node.storage.session import Session
from node.storage.strangers import is_known
from tests.crm.test_bridge import PRICE, Business

EXPIRES = "2030-01-01T00:00:00Z"


@pytest.fixture
def business(tmp_path: Path) -> Business:
    return Business(tmp_path)


async def begin(business: Business, limit: str) -> None:
    mapping = default_mapping("spreadsheet").replace(f"strangers = {STRANGERS}", f"strangers = {limit}")
    assert f"strangers = {limit}" in mapping
    await business.connect(mapping=mapping)
    await business.desk.sync(business.shop.acting, limit=None)


def titles(business: Business) -> list[str]:
    return [row["title"] for row in business.rows("opportunities.csv")]


def answer(business: Business, name: str) -> None:
    row = business.shop.write(lambda db: db.all("SELECT id FROM intentions WHERE name = ?", name))[0]
    business.shop.do(offers.make, str(row[0]), {"price": PRICE, "expires_at": EXPIRES})


async def test_of_one_stranger_a_part_goes_in_and_the_rest_once_somebody_has_answered(
    business: Business,
) -> None:
    await begin(business, "10")
    for name in ("Bike", "Boat", "Kite"):
        await business.wish(name)
    assert titles(business) == ["Bike"]
    assert len(business.rows("customers.csv")) == 1
    assert (business.status()["left_out"], business.status()["queued"]) == (2, 0)
    assert (await business.desk.plan(business.shop.acting))["actions"] == {"same": 2}
    assert (await business.desk.sync(business.shop.acting, limit=None))["begun"] == 0

    answer(business, "Boat")
    await business.turn()
    assert titles(business) == ["Bike", "Boat"]
    assert [row["state"] for row in business.rows("quotations.csv")] == ["quoted"]
    await business.wish("Sled")
    assert titles(business) == ["Bike", "Boat", "Sled"]
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert sorted(titles(business)) == ["Bike", "Boat", "Kite", "Sled"]
    assert business.status()["left_out"] == 0


async def test_nobodys_wish_goes_in_unanswered_where_the_mapping_says_so(business: Business) -> None:
    await begin(business, "0")
    await business.wish("Bike")
    assert (titles(business), business.rows("customers.csv")) == ([], [])
    assert business.status()["left_out"] == 1
    answer(business, "Bike")
    await business.turn()
    assert (titles(business), len(business.rows("customers.csv"))) == (["Bike"], 1)


async def test_all_go_in_where_the_mapping_says_so(business: Business) -> None:
    await begin(business, '"all"')
    for name in map(str, range(8)):
        await business.tell({"name": name, "currency": "EUR", "audience": [business.shop.iri]})
    await business.turn()
    assert len(titles(business)) == 8
    assert business.status()["left_out"] == 0


async def test_the_next_day_some_more_go_in_and_what_was_left_out_stays_so(business: Business) -> None:
    await begin(business, "10")
    await business.wish("Bike")
    await business.wish("Boat")
    business.clock.pass_time(days=1)
    await business.wish("Kite")
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert titles(business) == ["Bike", "Kite"]


async def test_what_stands_there_is_kept_up_to_date_whatever_came_before_it(business: Business) -> None:
    await begin(business, '"all"')
    for name in ("Bike", "Boat"):
        await business.wish(name)
    business.shop.write(lambda db: db.run("UPDATE crm_connections SET mapping = replace(mapping, ?, ?)",
                                          'strangers = "all"', "strangers = 0"))  # fmt: skip
    rows = [row | {"title": "Mine"} for row in business.rows("opportunities.csv")]
    business.save("opportunities.csv", rows)
    await business.turn()
    assert titles(business) == ["Bike", "Boat"]


async def test_no_host_and_no_actor_takes_all_of_it(business: Business) -> None:
    """Of twenty, one host has ten and one actor two; the others are for everybody else."""
    await begin(business, "20")
    await business.wish("Bike")
    shop, first = business.shop, business.shop.write(
        lambda db: intentions.list_intentions(db, business.shop.iri, own=False, cursor=None, limit=1).items[0]
    )  # fmt: skip
    made: list[intentions.IntentionRow] = []

    def tell(db: Session, host: str, actor: int, number: int) -> None:
        address, peer = f"https://{host}/{actor}", f"peer_{host}_{actor}"
        known = peers.load_peer_at(db, shop.iri, address)
        if known is None:
            assert first.peer is not None
            template = peers.named_peer(db, shop.iri, first.peer)
            peers.save_peer(db, replace(template, id=peer, address=address))
        iri = f"{address}/{number}"
        at = first.received_at + timedelta(seconds=len(made) + 1)
        made.append(replace(first, id=f"in_{len(made)}", iri=iri, peer=peer, received_at=at))
        intentions.save_intention(db, made[-1])

    def let_in(db: Session) -> list[str]:
        return [row.iri for row in made if not Door(db, shop.acting).leaves_out(row)]

    for actor in range(20):
        for number in range(3):
            shop.write(lambda db, a=actor, n=number: tell(db, "flood.example", a, n))
    flood = [f"https://flood.example/{actor}/{number}" for actor in range(5) for number in range(2)]
    assert shop.write(let_in) == flood
    for number in range(20):
        shop.write(lambda db, n=number: tell(db, f"h{n}.example", 0, 0))
    others = [iri for iri in shop.write(let_in) if iri not in flood]
    assert others == [f"https://h{number}.example/0/0" for number in range(9)]  # and the bike
    assert not shop.write(lambda db: is_known(db, shop.iri, made[-1].peer or ""))
    assert business.status()["left_out"] == 80 - 19
