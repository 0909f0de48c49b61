"""What an event tells beside its entry: which offer or intention it is about, and how that stands now."""

from typing import Any

from node.services.negotiations import agreements, offers
from node.storage import journal
from tests.services.parties import Party, settle
from tests.services.test_negotiation import cast, offer, only
from tests.whole import LEDGER


def described(party: Party) -> dict[str, dict[str, Any]]:
    """Return by kind what is told of an owner's entries; of several of a kind, of the last."""
    entries = journal.entries_of(party.db, party.iri, after=0, limit=100)
    found = LEDGER.describe(party.db, entries)
    return {item.entry.kind: dict(found[item.number]) for item in entries if item.number in found}


def test_every_entry_of_a_deal_names_offer_and_intention_with_state_and_total(
    ada: Party, bikes: Party
) -> None:
    intention = cast(ada, bikes)
    assert described(ada)["intention.cast"] == {"intention": intention, "state": "open"}
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    told = described(ada)
    about = {"offer": only(ada)["id"], "intention": intention, "state": "concluded"}
    for kind in ("offer", "accept", "countersign", "acknowledge"):
        assert told[kind] == {**about, "total": "2390.00", "currency": "EUR"}
    assert told["intention.told"] == {"intention": intention, "state": "awarded"}
    theirs = described(bikes)
    assert theirs["accept"]["intention"] == theirs["intention.received"]["intention"] != intention


def test_what_time_did_is_told_alike(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada, expires_at="2026-05-05T12:00:00Z")
    ada.clock.pass_time(days=2)
    ada.tick()
    assert described(ada)["offer.expired"]["state"] == "expired"


def test_backing_out_is_told_of_the_offer(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    bikes.do(agreements.renege, only(bikes)["agreement"])
    settle(bikes, ada)
    assert described(ada)["renege"]["state"] == "reneged"
