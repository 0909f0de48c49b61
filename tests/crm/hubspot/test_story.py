"""A wish, a quote and a signature, between two nodes and a HubSpot that is played."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from node.core.records import RecordKind
from node.services.negotiations import offers
from tests.crm.hubspot.played import TOKEN, Hubspot
from tests.crm.test_bridge import Business


async def test_from_a_wish_to_a_confirmed_quote(played: Hubspot, address: str, tmp_path: Path) -> None:
    begin, seconds = datetime(2026, 1, 1, tzinfo=UTC), iter(range(10_000_000))
    played.now = lambda: (
        begin + timedelta(seconds=next(seconds))
    )  # nobody searches five times in one of these
    business = Business(tmp_path)
    await business.connect(adapter="hubspot", address=address, secret=TOKEN)
    assert played.properties == {}
    await business.desk.sync(business.shop.acting, limit=None)
    await business.wish("Bike")
    ((deal, held),) = played.objects["deals"].items()
    assert (held["properties"]["dealname"], held["properties"]["dealstage"]) == (
        "Bike",
        "appointmentscheduled",
    )
    ((contact, who),) = played.objects["contacts"].items()
    assert who["properties"]["website"] == business.ada.iri

    quote = await played.write_quotation(customer=contact, opportunity=deal)
    await business.turn()
    assert business.ada.do(offers.list)["items"] == []
    await played.change(RecordKind.QUOTATION, quote, "hs_status", "APPROVAL_NOT_NEEDED")
    await business.turn()
    assert business.status()["trouble"] is None
    offer = business.theirs()
    assert offer["state"] == "offered"

    business.ada.do(offers.accept, offer["id"])
    await business.turn()
    assert business.status()["trouble"] is None
    assert played.objects["quotes"][quote]["properties"]["freehold_state"] == "confirmed"
    assert played.objects["deals"][deal]["properties"]["dealstage"] == "closedwon"
    assert len(played.files) == 1
    assert (await business.desk.verify(business.shop.acting))["alike"] is True
