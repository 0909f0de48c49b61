"""A quote that cannot be read, between two nodes and a HubSpot that is played: it stands apart by itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node.services.crm import deciding
from node.services.negotiations import offers
from tests.crm.hubspot.played import TOKEN, Hubspot
from tests.crm.test_bridge import Business


@pytest.fixture
async def business(played: Hubspot, address: str, tmp_path: Path) -> Business:
    begin, seconds = datetime(2026, 1, 1, tzinfo=UTC), iter(range(10_000_000))
    played.now = lambda: begin + timedelta(seconds=next(seconds))  # nobody searches too often
    made = Business(tmp_path)
    await made.connect(adapter="hubspot", address=address, secret=TOKEN)
    await made.desk.sync(made.shop.acting, limit=None)
    return made


async def quoted(played: Hubspot, **properties: object) -> str:
    """Write a quote for the newest deal and put it out; return its id."""
    deal, contact = [*played.objects["deals"]][-1], [*played.objects["contacts"]][-1]
    quote = await played.write_quotation(customer=contact, opportunity=deal)
    said = played.objects["quotes"][quote]["properties"]
    said |= {"hs_status": "APPROVAL_NOT_NEEDED", **properties}
    return quote


def told(business: Business) -> int:
    counted = "SELECT count(*) FROM journal WHERE kind = 'crm.conflict'"
    return int(business.shop.write(lambda db: db.all(counted))[0][0])


async def test_one_that_cannot_be_read_is_said_and_the_others_go_on(
    business: Business, played: Hubspot
) -> None:
    await business.wish("Bike")
    odd = await quoted(played, hs_title=7)
    await business.wish("Boat")
    await quoted(played)
    for _ in range(2):
        await business.turn()
        assert business.status()["trouble"] is None
        (conflict,) = business.conflicts()
        assert (conflict["reason"], conflict["crm_id"]) == ("unreadable", odd)
        assert "Look at it there" in conflict["detail"]
    assert len(business.ada.do(offers.list)["items"]) == 1
    played.objects["quotes"][odd]["properties"]["hs_title"] = "Bike"
    played.touch("quotes", odd)
    await business.turn()
    assert business.conflicts() == []
    assert len(business.ada.do(offers.list)["items"]) == 2


async def test_one_that_is_left_so_is_not_told_again_before_it_can_be_read(
    business: Business, played: Hubspot
) -> None:
    await business.wish("Bike")
    odd = await quoted(played, hs_title=7)
    await business.turn()
    business.shop.do(deciding.discard, business.conflicts()[0]["id"])
    played.touch("quotes", odd)
    await business.turn()
    assert business.conflicts() == []
    played.objects["quotes"][odd]["properties"]["hs_title"] = "Bike"
    played.touch("quotes", odd)
    await business.turn()
    assert len(business.ada.do(offers.list)["items"]) == 1


async def test_a_deal_of_ours_that_cannot_be_read_is_said_and_written_once_it_can(
    business: Business, played: Hubspot
) -> None:
    await business.wish("Bike")
    await business.wish("Boat")
    deal = next(iter(played.objects["deals"]))
    said = played.objects["deals"][deal]["properties"]
    before, said["dealname"] = said["dealname"], 7
    played.touch("deals", deal)
    await business.turn()
    (conflict,) = business.conflicts()
    assert (conflict["reason"], conflict["name"]) == ("unreadable", before)
    planned = await business.desk.plan(business.shop.acting)
    assert planned["actions"] == {"same": 2, "unreadable": 1}
    assert (await business.desk.sync(business.shop.acting, limit=None))["begun"] == 0
    verified = await business.desk.verify(business.shop.acting)
    assert verified["alike"] is False
    business.shop.do(deciding.retry, conflict["id"])
    await business.turn()
    assert [each["reason"] for each in business.conflicts()] == ["unreadable"]
    said["dealname"] = before
    played.touch("deals", deal)
    await business.turn()
    assert business.conflicts() == []
    assert (await business.desk.verify(business.shop.acting))["alike"] is True


async def test_contacts_of_others_that_cannot_be_read_are_nobodys_matter(
    business: Business, played: Hubspot
) -> None:
    await business.wish("Bike")
    for _ in range(3):
        played.add("contacts", lastname="Theirs")
        played.objects["contacts"][[*played.objects["contacts"]][-1]]["properties"]["lastname"] = 7
    await business.turn()
    assert business.status()["trouble"] is None
    assert business.conflicts() == []


async def test_many_that_cannot_be_read_are_told_as_one_thing(business: Business, played: Hubspot) -> None:
    await business.wish("Bike")
    for _ in range(3):
        await quoted(played, hs_title=7)
    await business.turn()
    assert len(business.conflicts()) == 3
    assert told(business) == 1
