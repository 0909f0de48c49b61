"""What becomes of what was told to who signed: at the end of a wish, and where odd things are said of it."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from node.services import erasure
from node.services.intentions import casting, ending, reaching, showing, signing
from node.services.negotiations import offers
from node.services.outbox import deliveries
from node.services.people import peers
from node.services.terms import settings as terms
from node.services.trade import pricelists, shop
from node.storage import journal
from node.storage import told as tellings
from protocol import strictjson
from protocol.actors import ActorKind
from protocol.canonical import canonicalise
from protocol.strictjson import Document
from tests.services.loading import load
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_inbox import last
from tests.services.test_negotiation import wish as shop_wish
from tests.services.test_rings import DETAILS, TITLE, acquainted, asked, known, signed, tell_directly, wish
from tests.services.test_shop import PRICE_LIST, RULE, turn

LABEL = "Vehicles and bicycles"


@pytest.fixture
def bikes(tmp_path: Path, clock: Clock, ada: Party) -> Party:
    return acquainted(Party("bikes", tmp_path, clock, ActorKind.ORGANIZATION), ada)


def bent(party: Party, clock: Clock, **changes: Any) -> bytes:
    """Return what a party told last, said a minute later in other words; None leaves a member out."""
    clock.pass_time(minutes=1)
    told = deepcopy({name: value for name, value in last(party, "intention.told").items() if name != "proof"})
    told |= {"id": f"{told['id']}-{clock.now:%H%M}", "type": "Update"}
    told["object"] |= {"updated": f"{clock.now:%Y-%m-%dT%H:%M:%SZ}", **changes}
    told["object"] = {name: value for name, value in told["object"].items() if value is not None}
    return canonicalise(told)


def withdraw(ada: Party, made: Document) -> None:
    ada.do(ending.withdraw, made["id"])
    while ada.follow():
        pass


@pytest.mark.parametrize("by_clock", [True, False])
def test_a_window_to_the_end_of_time_holds_up_no_end(
    by_clock: bool, ada: Party, bikes: Party, clock: Clock
) -> None:
    made = signed(ada, bikes)
    raw = bent(ada, clock).replace(b"2026-06-30T00:00:00Z", b"9999-12-15T00:00:00Z")
    assert bikes.receive(raw, ada) == 202
    if by_clock:
        clock.pass_time(days=20)
        bikes.tick()
    else:
        withdraw(ada, made)
        assert carry(ada, bikes) == [("intention.told", 202)]
    seen = known(bikes)
    assert (seen["state"], seen["name"]) == ("expired" if by_clock else "withdrawn", LABEL)
    assert seen["window"] == {"start": "2026-06-01T00:00:00Z", "end": None}
    check_journal(bikes)


def test_what_was_told_is_erased_of_a_wish_that_is_over(ada: Party, bikes: Party, clock: Clock) -> None:
    made = signed(ada, bikes)
    withdraw(ada, made)
    settle(ada, bikes)
    clock.pass_time(days=40)
    came = journal.entries_of(bikes.db, bikes.iri, kinds=["intention.received"])
    first, told = (item.place for item in came)
    bikes.do(erasure.erase, first, "no longer needed")
    assert known(bikes)["name"] == LABEL
    check_journal(bikes)
    bikes.do(erasure.erase, told, "no longer needed")
    assert bikes.do(showing.list, own=False)["items"] == []
    check_journal(bikes)
    assert not any(
        DETAILS.encode() in body for (body,) in bikes.db.conn.execute("SELECT bytes FROM payloads")
    )


def test_what_is_told_without_naming_what_was_signed_is_forgotten_too(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    carry(bikes, ada)
    assert bikes.receive(bent(ada, clock, undertaking=None), ada) == 202
    assert (known(bikes)["name"], known(bikes)["signed"]["state"]) == (TITLE, "disclosed")
    withdraw(ada, made)
    carry(ada, bikes)
    assert (known(bikes)["name"], known(bikes)["signed"]["state"]) == (LABEL, "ended")
    check_journal(bikes)


def test_who_names_what_nobody_signed_has_told_nothing(ada: Party, bikes: Party, clock: Clock) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    raw = bent(ada, clock, undertaking="https://ada.example/undertakings/another", name="Vehicles")
    assert bikes.receive(raw, ada) == 202
    assert known(bikes)["signed"]["state"] == "signed"


def test_by_itself_nothing_is_signed_twice(ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.do(terms.change, {"undertake": "auto", "accepts": ["PDC-INTENT"]})
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    mine = last(bikes, "undertaking.signed")["result"]["id"]
    for minute in range(3):
        clock.pass_time(minutes=1)
        again = bent(ada, clock, undertaking=mine, name=f"Vehicles {minute}")
        assert bikes.receive(again, ada) == 202
        bikes.follow(signing.FOLLOWER)
    signed_for = journal.entries_of(bikes.db, bikes.iri, kinds=["undertaking.signed"])
    assert len(signed_for) == 1


def told_on_the_wire(ada: Party) -> list[Document]:
    """Return the objects of what is still to be sent."""
    entries = journal.load_entries(ada.db, [row.entry for row in ada.queued()])
    return [strictjson.parse(entry.entry.body)["object"] for entry in entries.values()]


@pytest.mark.parametrize("by_clock", [True, False])
def test_what_was_signed_for_and_has_not_left_stays_where_the_wish_is_over(
    by_clock: bool, ada: Party, bikes: Party, clock: Clock
) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    carry(bikes, ada)
    assert [told["name"] for told in told_on_the_wire(ada)] == [TITLE]
    if by_clock:
        clock.pass_time(days=20)
        ada.tick()
        assert told_on_the_wire(ada) == []
    else:
        withdraw(ada, made)
        assert [told["type"] for told in told_on_the_wire(ada)] == ["Tombstone"]


def test_what_was_signed_for_of_another_wish_leaves_all_the_same(ada: Party, bikes: Party) -> None:
    made, _goes_on = (ada.do(casting.cast, wish(bikes, name=name)) for name in ("A bike", "A trailer"))
    settle(ada, bikes)
    for item in bikes.do(showing.list, own=False)["items"]:
        bikes.do(signing.undertake, item["id"])
    carry(bikes, ada)
    withdraw(ada, made)
    settle(ada, bikes)
    seen = {item["name"]: item["state"] for item in bikes.do(showing.list, own=False)["items"]}
    assert seen == {LABEL: "withdrawn", "A trailer": "open"}


def test_who_follows_no_longer_is_told_of_the_end_alone(ada: Party, bikes: Party) -> None:
    bikes.do(peers.follow, ada.owner.actor)
    settle(ada, bikes)
    ada.do(peers.approve, bikes.iri)
    settle(ada, bikes)
    made = ada.do(casting.cast, wish("followers"))
    settle(ada, bikes)
    own = asked(ada, made["iri"], bikes)
    assert own is not None
    bikes.do(tell_directly, ada, {name: value for name, value in own.items() if name != "@context"})
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    assert known(bikes)["name"] == TITLE
    ada.do(peers.dismiss, bikes.iri)
    ada.do(casting.amend, made["id"], {"content": "In red."})
    settle(ada, bikes)
    assert asked(ada, made["iri"], bikes) is None
    assert known(bikes)["content"] == DETAILS
    withdraw(ada, made)
    settle(ada, bikes)
    assert (known(bikes)["state"], known(bikes)["name"]) == ("withdrawn", LABEL)


@pytest.mark.parametrize("says_no", [True, False])
def test_a_shop_answers_what_everybody_was_told_where_no_more_will_be(
    says_no: bool, ada: Party, bikes: Party
) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    ada.do(casting.cast, shop_wish(bikes, rings={"category": "mobility", "open": ["description"]}))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    accept = last(bikes, "undertaking.signed")
    turn(bikes)
    assert bikes.do(offers.list)["items"] == []
    if says_no:
        refusal = {name: accept[name] for name in ("@context", "type")} | {"object": accept["id"]}
        refusal |= {"id": "https://ada.example/activities/act_no", "actor": ada.iri, "to": [bikes.iri]}
        refusal["type"] = "Reject"
        assert bikes.receive(canonicalise(refusal), ada) == 202
    else:
        (row,) = bikes.queued()
        record = bikes.residents.record
        bikes.write(
            lambda db: deliveries.refused(
                db, row, now=bikes.clock.now, record=record, status=409, detail="digest-mismatch"
            )
        )
    turn(bikes)
    assert bikes.do(offers.list)["items"]


@pytest.mark.parametrize("blocked_first", [True, False])
def test_who_signed_and_is_blocked_hears_that_it_is_over_and_nothing_else(
    blocked_first: bool, ada: Party, bikes: Party
) -> None:
    made = signed(ada, bikes)
    if blocked_first:
        ada.do(peers.block, bikes.iri)
    withdraw(ada, made)
    if not blocked_first:
        ada.do(peers.block, bikes.iri)
    assert [told["type"] for told in told_on_the_wire(ada)] == ["Tombstone"]
    assert carry(ada, bikes) == [("intention.told", 202)]
    assert (known(bikes)["state"], known(bikes)["name"]) == ("withdrawn", LABEL)
    assert known(bikes)["signed"]["state"] == "ended"
    check_journal(ada)


def test_who_is_blocked_and_has_not_signed_hears_nothing(ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    ada.do(peers.block, bikes.iri)
    withdraw(ada, made)
    assert told_on_the_wire(ada) == []


@pytest.mark.parametrize("blocked_first", [True, False])
def test_who_signed_and_is_blocked_hears_of_no_change(blocked_first: bool, ada: Party, bikes: Party) -> None:
    made = signed(ada, bikes)
    if blocked_first:
        ada.do(peers.block, bikes.iri)
    ada.do(casting.amend, made["id"], {"content": "In red.", "quantity": "2"})
    if not blocked_first:
        ada.do(peers.block, bikes.iri)
    assert told_on_the_wire(ada) == []


@pytest.mark.parametrize("by_clock", [True, False])
def test_of_what_is_over_the_last_copy_of_each_is_kept(
    by_clock: bool, ada: Party, bikes: Party, clock: Clock
) -> None:
    made = signed(ada, bikes)
    for quantity in ("2", "3"):
        ada.do(casting.amend, made["id"], {"quantity": quantity})
        settle(ada, bikes)
    last_copy = tellings.all_told(ada.db, ada.iri, made["iri"])
    count = "SELECT count(*) FROM told"
    assert ada.db.conn.execute(count).fetchone() == (4,)
    if by_clock:
        clock.pass_time(days=20)
        ada.tick()
    else:
        withdraw(ada, made)
    assert ada.db.conn.execute(count).fetchone() == (1,)
    assert tellings.all_told(ada.db, ada.iri, made["iri"]) == last_copy
    assert ada.do(reaching.show, made["id"])["reached"] == 1
    check_journal(ada)
