"""A peer that sends without end: what is kept of it is bounded, and what is ignored is not kept at all."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.quotas import Acquaintance, Quotas
from node.services import inbox
from node.services.intentions import showing
from node.services.ledger.quotas import acquaintance
from node.services.negotiations import agreements, messages, offers
from node.services.people import peers
from node.storage import journal
from node.storage.quotas import forget_uses
from node.storage.refusals import list_refusals
from node.storage.senders import load_sender
from protocol.canonical import canonicalise
from protocol.errors import Remote
from protocol.strictjson import Document
from tests.services.parties import LIMITS, Clock, Party, settle
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import cast, offer, only
from tests.whole import LEDGER

SMALL = Quotas(
    stranger=20_000, answered=40_000, partner=60_000, origin=50_000, partners=90_000, strangers=30_000
)


def entries(party: Party) -> int:
    return journal.last_number(party.db)


def file_bytes(party: Party) -> int:
    """Return the size of a party's file, its log moved into it."""
    party.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (party.folder / f"{party.handle}.db").stat().st_size


def counted(party: Party, rows: str, *values: str) -> int:
    """Count rows of a table that meet a condition."""
    return int(party.db.conn.execute(f"SELECT count(*) FROM {rows}", values).fetchone()[0])


def known_to(one: Party, other: Party) -> Acquaintance:
    """Return what there is between a party and another, as the first one's inbox asks for it."""
    sender = load_sender(one.db, one.iri, other.iri, origin=other.origin, activity="", fragment="")
    assert sender.peer is not None
    return acquaintance(sender)


def changed(told: Document, number: int, **members: Any) -> bytes:
    """Write a change of an intention that was told, a second newer than the one before."""
    proposal = told["object"] | {"updated": f"2026-05-04T12:{number // 60:02}:{number % 60:02}Z"} | members
    return canonicalise(told | {"type": "Update", "id": f"{told['id']}-{number}", "object": proposal})


def wishes(ada: Party, told: Document) -> Iterator[bytes]:
    """Write one intention after the other."""
    number = 0
    while True:
        number += 1
        object = told["object"] | {"id": f"{ada.origin}/intentions/int_{number}"}
        object["publishes"] = object["publishes"] | {"id": f"{object['id']}#primary"}
        object["reciprocal"] = object["reciprocal"] | {"id": f"{object['id']}#reciprocal"}
        yield canonicalise(told | {"id": f"{ada.origin}/activities/w{number}", "object": object})


def until_refused(receiver: Party, sender: Party, bodies: Iterator[bytes]) -> tuple[int, Remote, bytes]:
    """Send until the first refusal; return how many were taken, the refusal, and what was refused."""
    for count, raw in enumerate(bodies):
        try:
            receiver.receive(raw, sender)
        except Remote as error:
            return count, error, raw
    raise AssertionError("nothing was ever refused")


@pytest.fixture
def told(ada: Party, bikes: Party) -> Document:
    """Let a customer tell a shop of an intention; the shop has answered nothing."""
    cast(ada, bikes)
    settle(ada, bikes)
    return last(ada, "intention.told")


def test_sixty_updates_that_change_nothing_leave_nothing(ada: Party, bikes: Party, told: Document) -> None:
    known, size = entries(bikes), file_bytes(bikes)
    for number in range(1, 61):
        assert bikes.receive(changed(told, number, ignored="x" * 200_000), ada) == 200
    assert entries(bikes) == known
    assert counted(bikes, "receipts WHERE activity LIKE ?", f"{told['id']}-%") == 0
    assert file_bytes(bikes) - size < 100_000


def test_of_a_change_that_counts_no_more_is_kept_than_was_read(
    ada: Party, bikes: Party, told: Document
) -> None:
    raw = changed(told, 1, name="A city bike", ignored="x" * 200_000)
    assert bikes.receive(raw, ada) == 202
    assert counted(bikes, "payloads WHERE length(bytes) > 4000") == 0
    assert bikes.do(showing.list)["items"][0]["name"] == "A city bike"
    assert bikes.receive(raw, ada) == 200  # the receipt of what was news


def test_what_changed_nothing_still_overtakes_what_is_older(ada: Party, bikes: Party, told: Document) -> None:
    name = told["object"]["name"]
    assert bikes.receive(changed(told, 30, ignored=True), ada) == 200
    assert bikes.receive(changed(told, 20, name="A tandem"), ada) == 200
    assert bikes.do(showing.list)["items"][0]["name"] == name
    assert bikes.receive(changed(told, 31, name="A tandem"), ada) == 202
    assert bikes.do(showing.list)["items"][0]["name"] == "A tandem"


def test_of_a_message_the_words_are_kept(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(messages.write, only(bikes)["id"], "hello")
    note = last(bikes, "message")
    assert ada.receive(canonicalise(note | {"ignored": "canary" * 10_000}), bikes) == 202
    assert ada.do(messages.list, only(ada)["id"])["items"][0]["content"] == "hello"
    assert counted(ada, "payloads WHERE instr(bytes, 'hello')") == 1
    assert counted(ada, "payloads WHERE instr(bytes, 'canary')") == 0


def test_a_move_is_kept_whole_and_so_it_is_bounded(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    opening = last(bikes, "offer")
    members = {"id": f"{bikes.origin}/activities/2", "context": f"{bikes.origin}/negotiations/2"}
    large = resign(bikes, opening, **members, ignored="x" * 131_072)
    assert code_of(ada, large, bikes) == "move-too-large"
    assert ada.receive(resign(bikes, opening, **members, ignored="x" * 100_000), bikes) == 202


def test_a_stranger_has_little_until_it_is_answered(
    ada: Party, bikes: Party, told: Document, clock: Clock
) -> None:
    bikes.limits = replace(LIMITS, quotas=SMALL)
    wanted = wishes(ada, told)
    taken, error, refused = until_refused(bikes, ada, wanted)
    assert (error.code, error.status_hint) == ("quota-spent", 429)
    assert 1 < taken < 10
    before = entries(bikes)
    assert code_of(bikes, refused, ada) == "quota-spent"
    assert entries(bikes) == before
    # With an answer of ours there is more room, at once.
    offer(bikes, ada)
    assert bikes.receive(refused, ada) == 202
    more, _, _ = until_refused(bikes, ada, wanted)
    assert more >= taken
    # And as time passes it drains.
    clock.pass_time(days=15)
    again, _, _ = until_refused(bikes, ada, wanted)
    assert again > 1


def test_the_strangers_of_one_server_share(ada: Party, bikes: Party, told: Document) -> None:
    bikes.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, origin=12_000))
    _, error, _ = until_refused(bikes, ada, wishes(ada, told))
    assert "server" in error.detail
    bikes.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, strangers=12_000))
    _, error, _ = until_refused(bikes, ada, wishes(ada, told))
    assert "newcomers" in error.detail


def test_how_well_we_know_somebody_follows_from_what_there_is_between_us(ada: Party, bikes: Party) -> None:
    def known_as() -> tuple[Acquaintance, Acquaintance]:
        return known_to(ada, bikes), known_to(bikes, ada)

    cast(ada, bikes)
    settle(ada, bikes)
    assert known_as() == (Acquaintance.STRANGER, Acquaintance.STRANGER)
    bikes.do(peers.follow, ada.owner.actor)
    settle(ada, bikes)
    assert known_as() == (Acquaintance.STRANGER, Acquaintance.ANSWERED)
    offer(bikes, ada)
    assert known_as() == (Acquaintance.STRANGER, Acquaintance.ANSWERED)
    ada.do(offers.reject, only(ada)["id"])
    assert known_as() == (Acquaintance.ANSWERED, Acquaintance.ANSWERED)
    offer(bikes, ada)
    newest = ada.do(offers.list)["items"][0]["id"]
    ada.do(offers.accept, newest)
    settle(ada, bikes)
    assert known_as() == (Acquaintance.PARTNER, Acquaintance.PARTNER)


def test_the_owner_is_told_once(ada: Party, bikes: Party, told: Document) -> None:
    bikes.limits = replace(LIMITS, quotas=SMALL)
    wanted = wishes(ada, told)
    _, error, raw = until_refused(bikes, ada, wanted)
    before = entries(bikes)
    for _ in range(3):
        bikes.do(inbox.refuse, bikes.verified(raw, ada), error)
    assert entries(bikes) == before + 1
    (row,) = list_refusals(bikes.db, bikes.iri).items
    assert row.code == "quota-spent"
    recorded = journal.load_entry(bikes.db, before + 1)
    assert recorded is not None
    assert (recorded.entry.kind, recorded.entry.decision["sender"]) == ("quota.spent", ada.iri)


def test_what_has_drained_is_forgotten(ada: Party, bikes: Party, told: Document, clock: Clock) -> None:
    assert counted(bikes, "quotas") == 3
    assert bikes.write(lambda db: forget_uses(db, before=clock.now, most=9)) == 0
    later = clock.now + timedelta(days=30)
    assert [bikes.write(lambda db: forget_uses(db, before=later, most=2)) for _ in range(3)] == [2, 1, 0]


def test_what_is_acknowledged_without_effect_weighs_its_receipt(ada: Party, bikes: Party) -> None:
    delete = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "type": "Delete",
        "actor": bikes.iri,
        "to": [ada.iri],
        "object": f"{bikes.origin}/intentions/int_x",
    }
    ada.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, stranger=20_000))
    bodies = (canonicalise(delete | {"id": f"{bikes.origin}/activities/d{n}"}) for n in range(1_000))
    taken, error, _ = until_refused(ada, bikes, bodies)
    assert error.code == "quota-spent"
    assert taken < 20_000 // 256 + 1


def spend(receiver: Party, party: Party, **quotas: int) -> None:
    """Let the others of a party's server use up what they share with it."""
    receiver.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, **quotas))
    actor = replace(party.owner.actor, iri=f"{party.origin}/actors/crowd", name="crowd", handle="crowd")
    asks = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Delete", "to": [receiver.iri]}
    asks["actor"] = actor.iri

    def send(number: int) -> None:
        body = asks | {"id": f"{party.origin}/activities/c{number}", "object": f"{party.origin}/intentions/x"}
        sent = replace(receiver.verified(canonicalise(body), party), sender=actor)
        receiver.do(inbox.receive, sent, LEDGER)

    def send_all() -> None:
        for number in range(100):
            send(number)

    with pytest.raises(Remote, match="quota-spent"):
        send_all()


@pytest.mark.parametrize("share", ["origin", "strangers"])
def test_what_others_of_its_server_sent_keeps_nobody_from_taking_an_offer_back(
    ada: Party, bikes: Party, share: str
) -> None:
    cast(ada, bikes)
    made = offer(bikes, ada)
    spend(ada, bikes, **{share: 10_000})
    bikes.do(offers.withdraw, made)
    settle(bikes, ada)
    assert only(ada)["state"] == "withdrawn"


@pytest.mark.parametrize("move", ["accept", "reject"])
def test_what_others_of_its_server_sent_keeps_nobody_from_answering(
    ada: Party, bikes: Party, move: str
) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    spend(bikes, ada, origin=10_000)
    ada.do(getattr(offers, move), only(ada)["id"])
    settle(ada, bikes)
    assert only(bikes)["state"] == {"accept": "concluded", "reject": "rejected"}[move]


def test_who_accepts_our_offer_is_no_partner_before_we_have_countersigned(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    made = offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert known_to(bikes, ada) is Acquaintance.ANSWERED
    assert known_to(ada, bikes) is Acquaintance.PARTNER
    bikes.do(agreements.countersign, bikes.do(offers.show, made)["agreement"])
    assert known_to(bikes, ada) is Acquaintance.PARTNER


def test_made_up_partners_of_one_server_share(ada: Party, bikes: Party, told: Document) -> None:
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    bikes.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, partners=60_000))
    taken, error, _ = until_refused(bikes, ada, wishes(ada, told))
    assert (error.code, error.detail) == (
        "quota-spent",
        "This node keeps no more of what it gets from your server for now. Try again later.",
    )
    assert 1 < taken < 30
