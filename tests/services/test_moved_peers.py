"""A peer is a row, not an address: where it moves, one row changes and everything between us goes along.

Whoever comes to the address after it is another peer, to whom nothing of that is open.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node.services import disclosure
from node.services.disclosure import Asked, Find
from node.services.intentions import casting, ending, showing
from node.services.ledger import recording
from node.services.negotiations import agreements, messages, offers
from node.services.outbox import deliveries
from node.services.people import peers as people
from node.storage import intentions, peers
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol import strictjson
from protocol.actors import ActorKind
from protocol.canonical import canonicalise
from protocol.evidence import verify_evidence
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.services.parties import Clock, Party, arrived, carry, check_journal, settle
from tests.services.test_agreements import agreement, conclude
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import LOWER, PRICE, wish

OLD, NEW = "https://bikes.example", "https://cycles.example"


def standing(party: Party, **members: Any) -> dict[str, Any]:
    """Return the one negotiation of a party with these members."""
    found = party.do(offers.list)["items"]
    (one,) = [item for item in found if all(item[name] == value for name, value in members.items())]
    return dict(one)


def known_wish(party: Party) -> dict[str, Any]:
    """Return the newest intention of somebody else's that a party knows."""
    return dict(party.do(showing.list, own=False)["items"][0])


def befriend(one: Party, other: Party) -> None:
    for party, whom in ((one, other), (other, one)):
        party.do(people.follow, whom.owner.actor)
        settle(one, other)
    for party, whom in ((one, other), (other, one)):
        if party.kind is ActorKind.PERSON:
            party.do(people.approve, whom.iri)
    settle(one, other)


def row_of(party: Party, address: str) -> PeerRow:
    row = peers.load_peer_at(party.db, party.iri, address)
    assert row is not None
    return row


@pytest.fixture
def story(ada: Party, bikes: Party, clock: Clock) -> None:
    """Let both follow each other, conclude, and negotiate on, each making an offer; a message waits."""
    befriend(ada, bikes)
    conclude(ada, bikes)
    for customer, business in ((ada, bikes), (bikes, ada)):
        clock.pass_time(minutes=1)
        customer.do(casting.cast, wish(business))
        settle(ada, bikes)
        business.do(offers.make, known_wish(business)["id"], {"price": PRICE})
        settle(ada, bikes)
    ada.do(messages.write, standing(ada, role="offeree", state="offered")["id"], "Is it still there?")


def change_address(session: Session, actor: str) -> int:
    """Change one row in one statement."""
    statement = "UPDATE peers SET address = ? WHERE actor = ? AND address = ?"
    return session.run(statement, f"{NEW}/actors/bikes", actor, f"{OLD}/actors/bikes")


def move_house(party: Party, origin: str) -> None:
    """Let a party live at another origin, with its keys and with all that it has."""
    before, party.origin = party.iri, origin
    run = party.db.conn.execute
    run("PRAGMA foreign_keys = OFF")
    run("DROP TRIGGER journal_is_never_edited")
    for table in party.db.database.table_names():
        if "actor" in party.db.database[table].columns_dict:
            run(f"UPDATE {table} SET actor = ? WHERE actor = ?", (party.iri, before))
    run("UPDATE actors SET iri = ? WHERE iri = ?", (party.iri, before))
    run("UPDATE keys SET id = replace(id, ?, ?)", (before, party.iri))
    party.forget_owner()


@pytest.fixture
def moved(ada: Party, bikes: Party, story: None) -> PeerRow:
    """Let the shop move, and return its row as it was before."""
    before = row_of(ada, bikes.iri)
    assert ada.write(lambda db: change_address(db, ada.iri)) == 1
    move_house(bikes, NEW)
    return before


@pytest.fixture
def stranger(tmp_path: Path, clock: Clock, moved: PeerRow) -> Party:
    """Return whoever lives at the shop's old address by now, with keys of their own."""
    (tmp_path / "stranger").mkdir()
    party = Party("bikes", tmp_path / "stranger", clock, kind=ActorKind.ORGANIZATION)
    assert party.iri == moved.address
    return party


def deliver_what_waits(ada: Party, bikes: Party) -> None:
    """Take what waits for the shop as delivered: it is addressed to where the shop was."""
    (waiting,) = ada.queued()
    assert (waiting.address, waiting.inbox, waiting.origin) == (bikes.iri, "", NEW)
    arrived(ada, waiting)


# --- what goes on -------------------------------------------------------------------------------------------


def test_what_waits_is_for_the_new_address(ada: Party, bikes: Party, moved: PeerRow) -> None:
    (item,) = ada.do(deliveries.list, state="queued")["items"]
    assert (item["recipient"], item["kind"]) == (bikes.iri, "message")
    deliver_what_waits(ada, bikes)


def test_it_is_shown_where_it_is_now(ada: Party, bikes: Party, moved: PeerRow) -> None:
    assert {item["peer"]["iri"] for item in ada.do(offers.list)["items"]} == {bikes.iri}
    assert {item["peer"]["iri"] for item in ada.do(agreements.list)["items"]} == {bikes.iri}
    assert [item["iri"] for item in ada.do(people.list)["items"]] == [bikes.iri]
    assert {item["proposer"] for item in ada.do(showing.list, own=False)["items"]} == {bikes.iri}
    assert {tuple(item["audience"]) for item in ada.do(showing.list, own=True)["items"]} == {(bikes.iri,)}
    shown = ada.do(people.show, bikes.iri)
    assert (shown["follower"], shown["following"], shown["open_offers"]) == ("accepted", "accepted", 2)


def test_an_open_negotiation_goes_on_as_offeree(ada: Party, bikes: Party, moved: PeerRow) -> None:
    deliver_what_waits(ada, bikes)
    id = standing(ada, role="offeree", state="offered")["id"]
    ada.do(offers.counter, id, {"price": LOWER})
    ada.do(messages.write, id, "You have moved, I hear.")
    settle(ada, bikes)
    countered = standing(bikes, role="offerer", state="countered")["id"]
    bikes.do(offers.reoffer, countered, {"meet": True})
    bikes.do(messages.write, countered, "We have.")
    settle(ada, bikes)
    ada.do(offers.accept, id)
    settle(ada, bikes)
    done = ada.do(offers.show, id)
    assert done["state"] == "concluded"
    assert verify_evidence(ada.do(agreements.evidence, done["agreement"])).state == "concluded"
    assert [(item["sender"], item["own"]) for item in ada.do(messages.list, id)["items"]] == [
        (ada.iri, True),
        (ada.iri, True),
        (bikes.iri, False),
    ]


def test_an_open_negotiation_goes_on_as_offerer(ada: Party, bikes: Party, moved: PeerRow) -> None:
    deliver_what_waits(ada, bikes)
    theirs = standing(bikes, role="offeree", state="offered")["id"]
    bikes.do(offers.counter, theirs, {"price": LOWER})
    settle(ada, bikes)
    id = standing(ada, role="offerer", state="countered")["id"]
    ada.do(offers.reoffer, id, {"meet": True})
    settle(ada, bikes)
    bikes.do(offers.accept, theirs)
    settle(ada, bikes)
    assert ada.do(offers.show, id)["state"] == bikes.do(offers.show, theirs)["state"] == "concluded"


def test_a_move_takes_back_what_the_new_address_refuses(ada: Party, bikes: Party, moved: PeerRow) -> None:
    deliver_what_waits(ada, bikes)
    id = standing(ada, role="offeree", state="offered")["id"]
    ada.do(offers.counter, id, {"price": LOWER})
    (row,) = ada.queued()
    record = ada.residents.record
    ada.write(
        lambda db: deliveries.refused(db, row, now=ada.clock.now, record=record, status=409, detail="No.")
    )
    assert ada.do(offers.show, id)["state"] == "offered"


def test_an_agreement_lives_on(ada: Party, bikes: Party, moved: PeerRow) -> None:
    deliver_what_waits(ada, bikes)
    bikes.do(agreements.confirm, agreement(bikes)["id"])
    ada.do(agreements.confirm, agreement(ada)["id"])
    settle(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"content": "From another place."})
    settle(ada, bikes)
    assert standing(ada, amends=agreement(ada)["iri"])["peer"]["iri"] == bikes.iri
    ada.do(agreements.end, agreement(ada)["id"])
    settle(ada, bikes)
    assert agreement(bikes)["state"] == agreement(ada)["state"] == "ending"


def test_a_follow_goes_on_both_ways(ada: Party, bikes: Party, clock: Clock, moved: PeerRow) -> None:
    deliver_what_waits(ada, bikes)
    clock.pass_time(minutes=1)
    for party, other in ((ada, bikes), (bikes, ada)):
        party.do(casting.cast, wish(name=f"A bell for {party.handle}") | {"audience": ["followers"]})
        settle(ada, bikes)
        assert known_wish(other)["name"] == f"A bell for {party.handle}"
    bikes.do(people.unfollow, ada.iri)
    ada.do(people.unfollow, bikes.iri)
    settle(ada, bikes)
    shown = ada.do(people.show, bikes.iri)
    assert (shown["follower"], shown["following"]) == (None, None)


def test_an_intention_is_amended_and_taken_back(
    ada: Party, bikes: Party, clock: Clock, moved: PeerRow
) -> None:
    deliver_what_waits(ada, bikes)
    clock.pass_time(minutes=1)
    for change in (partial(casting.amend, changes={"name": "A better bike"}), ending.withdraw):
        for party in (ada, bikes):
            party.do(change, id=party.do(showing.list, own=True)["items"][0]["id"])
            settle(ada, bikes)
    for party in (ada, bikes):
        told = known_wish(party)
        assert (told["name"], told["state"]) == ("A better bike", "withdrawn")


def test_it_is_blocked_wherever_it_is(ada: Party, bikes: Party, moved: PeerRow) -> None:
    ada.do(people.block, bikes.iri)
    assert ada.queued() == []
    bikes.do(messages.write, standing(bikes, role="offeree", state="offered")["id"], "Hello?")
    assert code_of(ada, canonicalise(last(bikes, "message")), bikes) == "blocked"


def test_it_reads_what_it_was_told_before(ada: Party, bikes: Party, moved: PeerRow) -> None:
    settle(ada, bikes)
    assert [found is not None for found in look(ada, bikes)] == [True] * 4
    assert ada.write(lambda db: disclosure.said(db, ada.iri, bikes.reader)) != []


# --- who is at the old address ------------------------------------------------------------------------------


def look(ada: Party, reader: Party) -> list[Document | None]:
    """Ask as somebody for a message, an agreement, a negotiation and an intention."""
    asked: list[tuple[Find, str]] = [
        (disclosure.find_activity, last(ada, "message")["id"]),
        (disclosure.find_agreement, agreement(ada)["iri"]),
        (disclosure.find_negotiation, standing(ada, role="offerer")["negotiation"]),
        (disclosure.find_intention, ada.do(showing.list, own=True)["items"][0]["iri"]),
    ]
    return [
        ada.write(lambda db, f=find, i=iri: f(db, Asked(i, reader.reader, [ada.iri]))) for find, iri in asked
    ]


def says(stranger: Party, ada: Party, type: str, object: Any) -> bytes:
    """Return an activity that the stranger makes up."""
    activity = {"id": f"{stranger.origin}/activities/act_{type}", "type": type, "actor": stranger.iri}
    return canonicalise({"@context": ACTIVITY_CONTEXT, **activity, "to": [ada.iri], "object": object})


def note(stranger: Party, negotiation: str) -> Document:
    iri = f"{stranger.origin}/activities/act_Create#note"
    return {"id": iri, "type": "Note", "context": negotiation, "content": "It is me."}


def again(stranger: Party, ada: Party, kind: str, **changes: Any) -> bytes:
    """Return what the shop once sent as the stranger would send it."""
    fresh = {"id": f"{stranger.origin}/activities/act_again", "actor": stranger.iri}
    return resign(stranger, heard(ada, kind), **(fresh | changes))


def worded(ada: Party) -> Document:
    """Return the intention of the shop that has moved, as it was read."""
    row = intentions.load_intention_by_iri(ada.db, ada.iri, known_wish(ada)["iri"])
    assert row is not None
    return row.document


# What the stranger sends, with all at hand that the shop ever sent, and why it is not taken.
SAID: dict[str, tuple[Callable[[Party, Party], bytes], str]] = {
    "a message": (
        lambda him, ada: says(
            him, ada, "Create", note(him, standing(ada, role="offeree", state="offered")["negotiation"])
        ),
        "not-your-negotiation",
    ),
    "another offer": (lambda him, ada: again(him, ada, "offer"), "unknown-intention"),
    "a countersignature": (lambda him, ada: again(him, ada, "countersign"), "not-your-negotiation"),
    "a new wording": (lambda him, ada: says(him, ada, "Update", worded(ada)), "not-yours"),
    "the end of an intention": (
        lambda him, ada: says(him, ada, "Delete", known_wish(ada)["iri"]),
        "not-yours",
    ),
    "the end of an offer": (
        lambda him, ada: says(him, ada, "Delete", heard(ada, "offer")["id"]),
        "not-yours",
    ),
    "a confirmation": (
        lambda him, ada: resign(
            him,
            strictjson.parse(
                says(him, ada, "Create", {"type": "Document", "context": agreement(ada)["iri"]})
            ),
        ),
        "not-your-agreement",
    ),
    "the end of its follow": (
        lambda him, ada: says(
            him, ada, "Undo", {"type": "Follow", "id": follow_of(ada, "follower").activity}
        ),
        "not-yours",
    ),
    "an answer to ours": (
        lambda him, ada: says(him, ada, "Reject", follow_of(ada, "following").activity),
        "unknown-follow",
    ),
}


def heard(ada: Party, kind: str) -> Document:
    """Return the newest activity of a kind that came to a party."""
    row = ada.db.conn.execute(
        "SELECT bytes FROM journal JOIN payloads ON digest = body WHERE kind = ? AND direction = 'in' "
        "ORDER BY journal.entry DESC",
        (kind,),
    ).fetchone()
    return strictjson.parse(row[0])


def follow_of(ada: Party, direction: str) -> peers.FollowRow:
    (row,) = (
        row
        for row in peers.load_follows(ada.db, ada.iri, [row_of(ada, f"{NEW}/actors/bikes").id])
        if row.direction == direction
    )
    return row


@pytest.mark.parametrize("said", SAID)
def test_a_stranger_at_the_old_address_goes_on_with_nothing(ada: Party, stranger: Party, said: str) -> None:
    make, code = SAID[said]
    assert code_of(ada, make(stranger, ada), stranger) == code


def test_a_stranger_at_the_old_address_sees_nothing(ada: Party, bikes: Party, stranger: Party) -> None:
    stranger.do(people.follow, ada.owner.actor)
    carry(stranger, ada)  # as a peer with a row of its own
    assert look(ada, stranger) == [None] * 4
    assert ada.write(lambda db: disclosure.said(db, ada.iri, stranger.reader)) == []
    shown = ada.do(people.show, stranger.iri)
    assert (shown["follower"], shown["following"], shown["open_offers"]) == ("requested", None, 0)
    assert row_of(ada, stranger.iri).id != row_of(ada, bikes.iri).id


def test_a_stranger_at_the_old_address_is_told_nothing(
    ada: Party, bikes: Party, stranger: Party, clock: Clock
) -> None:
    clock.pass_time(minutes=1)
    ada.do(casting.cast, wish() | {"audience": ["followers"]})
    ada.do(casting.amend, ada.do(showing.list, own=True)["items"][1]["id"], {"name": "Another bike"})
    assert {row.address for row in ada.queued()} == {bikes.iri}


def test_two_peers_are_blocked_one_by_one(ada: Party, bikes: Party, stranger: Party) -> None:
    ada.do(people.block, stranger.iri)
    assert not ada.do(people.show, bikes.iri)["blocked"]
    bikes.do(messages.write, standing(bikes, role="offeree", state="offered")["id"], "Hello?")
    assert ada.receive(canonicalise(last(bikes, "message")), bikes) == 202


# --- ids ----------------------------------------------------------------------------------------------------


def test_ids_follow_from_the_journal(ada: Party, bikes: Party, story: None) -> None:
    before = row_of(ada, bikes.iri)
    address = {"address": f"{NEW}/actors/bikes"}
    ada.write(lambda db: recording.note(db, ada.acting, "peer", address, peer=before))
    move_house(bikes, NEW)
    check_journal(ada)
    assert row_of(ada, bikes.iri).id == before.id
    deliver_what_waits(ada, bikes)


def test_whoever_is_told_something_is_a_peer(ada: Party, bikes: Party) -> None:
    ada.do(casting.preview, wish(bikes))
    assert ada.do(people.list)["items"] == []  # looking changes nothing
    ada.do(casting.cast, wish(bikes))
    told = row_of(ada, bikes.iri)
    assert (told.name, told.kind, told.handle) == ("", "", None)
    settle(ada, bikes)
    bikes.do(offers.make, known_wish(bikes)["id"], {"price": PRICE})
    settle(ada, bikes)
    met = row_of(ada, bikes.iri)
    assert (met.id, met.name, met.first_seen) == (told.id, "Bikes", told.first_seen)
    check_journal(ada)


def test_whatever_names_a_peer_names_one_that_is_there(ada: Party, bikes: Party, story: None) -> None:
    columns = {"offers": "peer", "agreements": "peer", "follows": "peer", "intentions": "peer"}
    for table, column in (*columns.items(), ("deliveries", "recipient")):
        for party in (ada, bikes):
            named = party.db.conn.execute(f"SELECT count(*), count(peers.id) FROM {table} LEFT JOIN peers "
                f"ON peers.actor = {table}.actor AND peers.id = {table}.{column} "
                f"WHERE {table}.{column} IS NOT NULL").fetchone()  # fmt: skip
            assert named[0] == named[1] > 0
