"""Negotiations in which something went wrong on the way: refused, retried, blocked, crossed, unprovable."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from node.services.intentions import casting, ending, showing
from node.services.ledger.clockwork import Clockwork
from node.services.negotiations import agreements, messages, offers
from node.services.outbox import deliveries
from node.services.people import peers
from node.services.trade import pricelists, shop
from node.storage import journal
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.errors import StorageUnavailable
from protocol.errors import Conflict, Unprocessable
from protocol.times import read_time, render_time
from tests.services.loading import load
from tests.services.parties import Clock, Party, carry, check_journal, deliver, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import LOWER, PRICE, cast, offer, only
from tests.services.test_shop import PRICE_LIST, RULE, clockwork, turn
from tests.web.house import until

WISH = {"name": "b", "currency": "EUR", "audience": ["public"], "deadline": "2026-05-05T00:00:00Z"}


def waiting(party: Party, kind: str) -> DeliveryRow:
    """Return the delivery of the party's newest activity of a kind."""
    iri = last(party, kind)["id"]
    return next(row for row in party.queued() if row.activity == iri)


def refuse(party: Party, row: DeliveryRow, status: int | None = 409) -> None:
    party.write(
        lambda db: deliveries.refused(
            db, row, now=party.clock.now, record=party.residents.record, status=status, detail="refused"
        )
    )


def pass_to(clock: Clock, moment: str, *parties: Party) -> None:
    clock.now = read_time(moment)
    for party in parties:
        party.tick()


def check_agreement_follows(party: Party) -> None:
    """Check that every agreement says what its negotiation says."""
    states = {item["id"]: item["state"] for item in party.do(offers.list)["items"]}
    for item in party.do(agreements.list)["items"]:
        assert item["state"] in (states[item["offer"]], "void")
    check_journal(party)


def test_an_acceptance_survives_the_refusal_of_an_earlier_answer(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"])
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    deliver(bikes, bikes.queued()[0], (ada,))
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)  # the rejection is stale at the shop, the acceptance is not
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    for party in (ada, bikes):
        check_agreement_follows(party)


def test_what_was_taken_back_is_not_sent_again(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    row = waiting(ada, "accept")
    refuse(ada, row, 404)
    assert only(ada)["state"] == "offered"
    with pytest.raises(Conflict, match="taken-back"):
        ada.do(deliveries.retry, row.id)


def test_moves_that_build_on_a_refused_one_are_cancelled(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    first = waiting(bikes, "reoffer")
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": PRICE})
    refuse(bikes, first)
    shown = bikes.do(deliveries.list)["items"]
    assert sorted(item["state"] for item in shown) == ["cancelled", "delivered", "refused"]
    assert only(bikes)["total"] == "2390.00"
    assert only(bikes)["rounds"] == 1


def test_a_counter_that_ran_out_on_its_way_leaves_the_offer(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    terms = {"price": LOWER, "expires_at": "2026-05-05T00:00:00Z"}
    ada.do(offers.counter, only(ada)["id"], terms)
    pass_to(clock, "2026-05-06T00:00:00Z", ada, bikes)
    assert only(ada)["state"] == "expired"
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "offered"
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    for party in (ada, bikes):
        check_agreement_follows(party)


def test_a_refused_countersignature_is_no_conclusion(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    deliver(ada, ada.queued()[0], (bikes,))
    assert bikes.do(showing.list)["items"][0]["state"] == "awarded"
    refuse(bikes, waiting(bikes, "countersign"))
    assert agreement(bikes)["state"] == "accepted"
    assert bikes.do(showing.list)["items"][0]["state"] == "open"
    bikes.do(agreements.renege, agreement(bikes)["id"])
    check_agreement_follows(bikes)


def test_a_sale_that_did_not_come_about_goes_back_on_the_shelf(ada: Party, bikes: Party) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    cast(ada, bikes)
    turn(bikes)
    settle(bikes, ada)
    (offered,) = [item for item in ada.do(offers.list)["items"] if item["name"] == "Trekking bike"]
    ada.do(offers.accept, offered["id"])
    deliver(ada, waiting(ada, "accept"), (bikes,))
    sold = bikes.do(pricelists.show)["items"][0]
    assert (sold["stock"], sold["held"]) == (0, 0)
    refuse(bikes, waiting(bikes, "countersign"))
    held = bikes.do(pricelists.show)["items"][0]
    assert (held["stock"], held["held"]) == (1, 1)
    bikes.do(agreements.renege, agreement(bikes)["id"])
    free = bikes.do(pricelists.show)["items"][0]
    assert (free["stock"], free["held"], free["available"]) == (1, 0, 1)
    check_agreement_follows(bikes)


def test_notice_that_crosses_an_amendment(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes)
    old = agreement(ada)["id"]
    ada.do(agreements.amend, old, {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    (amendment,) = [item for item in bikes.do(offers.list)["items"] if item["state"] == "offered"]
    bikes.do(offers.accept, amendment["id"])
    deliver(bikes, bikes.queued()[0], (ada,))  # ada countersigns at once
    bikes.do(agreements.end, agreement(bikes, state="concluded")["id"])
    settle(ada, bikes)
    pass_to(clock, "2026-08-01T00:00:00Z", ada, bikes)
    for party in (ada, bikes):
        assert agreement(party, state="superseded")["total"] == "597.60"
        check_agreement_follows(party)


def said_again(sender: Party, kind: str, receiver: Party) -> DeliveryRow:
    """Bring an activity to its recipient without the sender hearing of that; return its delivery."""
    row = waiting(sender, kind)
    recorded = journal.load_entry(sender.db, row.entry)
    assert recorded is not None
    assert receiver.receive(recorded.entry.body, sender) == 202
    return row


def test_an_acceptance_that_was_countersigned_was_taken(ada: Party, bikes: Party) -> None:
    """Whatever comes back for it later, of a peer that signed it or of a proxy that was asked again."""
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    row = said_again(ada, "accept", bikes)
    carry(bikes, ada)
    refuse(ada, row, status=404)
    settle(ada, bikes)
    for party in (ada, bikes):
        assert only(party)["state"] == "concluded"
        assert party.do(deliveries.list)["counts"].get("cancelled", 0) == 0
        check_agreement_follows(party)
    (wanted,) = ada.do(showing.list)["items"]
    assert wanted["state"] == "awarded"


@pytest.mark.parametrize("kind", ["offer", "reoffer"])
def test_an_offer_that_was_accepted_was_taken(ada: Party, bikes: Party, kind: str) -> None:
    cast(ada, bikes)
    made = bikes.do(offers.make, bikes.do(showing.list, own=False)["items"][0]["id"], {"price": PRICE})
    if kind == "reoffer":
        settle(ada, bikes)
        bikes.do(offers.reoffer, made["id"], {"price": LOWER})
    row = said_again(bikes, kind, ada)
    ada.do(offers.accept, only(ada)["id"])
    carry(ada, bikes)
    refuse(bikes, row)
    settle(ada, bikes)
    for party in (ada, bikes):
        assert only(party)["state"] == "concluded"
        check_agreement_follows(party)


def test_a_countersignature_with_a_receipt_was_taken(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    carry(ada, bikes)
    row = said_again(bikes, "countersign", ada)
    carry(ada, bikes)
    refuse(bikes, row)
    assert only(bikes)["state"] == "concluded"
    check_agreement_follows(bikes)


@pytest.mark.parametrize("left", [False, True])
def test_what_an_amendment_was_to_replace_holds_if_its_signature_is_refused(
    ada: Party, bikes: Party, clock: Clock, left: bool
) -> None:
    """As it is when the signature comes after the acceptance has lapsed, to a customer that was away."""
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    (amendment,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    ada.do(offers.accept, amendment["id"])
    deliver(ada, waiting(ada, "accept"), (bikes,))
    assert agreement(bikes, state="superseded")["total"] == "597.60"
    refuse(bikes, waiting(bikes, "countersign"))
    assert agreement(bikes, state="concluded")["total"] == "597.60"
    check_agreement_follows(bikes)
    pass_to(clock, "2026-05-10T00:00:00Z", ada, bikes)
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party, state="lapsed")["total"] == "477.60"
    if left:
        ada.do(agreements.end, agreement(ada, state="concluded")["id"])
        settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party, state="ending" if left else "concluded")["total"] == "597.60"
        check_agreement_follows(party)


def amend_unheard(ada: Party, bikes: Party) -> DeliveryRow:
    """Conclude a change without a receipt, and give the countersignature up; return its delivery."""
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    (amendment,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    ada.do(offers.accept, amendment["id"])
    deliver(ada, waiting(ada, "accept"), (bikes,))
    row = said_again(bikes, "countersign", ada)
    ada.do(deliveries.cancel, waiting(ada, "acknowledge").id)
    refuse(bikes, row, status=None)
    return row


def test_an_agreement_that_was_changed_since_was_taken(ada: Party, bikes: Party) -> None:
    """Of a chain one agreement is in force, whatever the other end refuses of what it has gone on from."""
    row = amend_unheard(ada, bikes)
    second = agreement(ada, state="concluded")["id"]
    ada.do(agreements.amend, second, {"price": [MONTHLY[0] | {"amount": "17.90"}]})
    deliver(ada, waiting(ada, "offer"), (bikes,))
    (change,) = [item for item in bikes.do(offers.list)["items"] if item["state"] == "offered"]
    bikes.do(offers.accept, change["id"])
    deliver(bikes, waiting(bikes, "accept"), (ada,))
    settle(ada, bikes)
    bikes.do(deliveries.retry, row.id)
    refuse(bikes, row, status=403)
    for party in (ada, bikes):
        states = {item["total"]: item["state"] for item in party.do(agreements.list)["items"]}
        assert states == {"597.60": "superseded", "477.60": "superseded", "429.60": "concluded"}
        check_agreement_follows(party)


def test_an_agreement_that_was_confirmed_since_was_taken(ada: Party, bikes: Party) -> None:
    row = amend_unheard(ada, bikes)
    ada.do(agreements.confirm, agreement(ada, state="concluded")["id"])
    settle(ada, bikes)
    bikes.do(deliveries.retry, row.id)
    refuse(bikes, row, status=403)
    for party in (ada, bikes):
        assert agreement(party, state="concluded")["total"] == "477.60"
        check_agreement_follows(party)


@pytest.mark.parametrize("leaves", ["ada", "bikes"])
def test_what_was_given_notice_of_is_not_changed_by_itself(ada: Party, bikes: Party, leaves: str) -> None:
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "29.90"}]})
    settle(ada, bikes)
    (amendment,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    lower = {"price": [MONTHLY[0] | {"amount": "19.90"}], "notice": None}
    ada.do(offers.counter, amendment["id"], lower, on_met="accept")
    settle(ada, bikes)
    leaver = ada if leaves == "ada" else bikes
    leaver.do(agreements.end, agreement(leaver)["id"])
    settle(ada, bikes)
    (ours,) = [item for item in bikes.do(offers.list)["items"] if item["state"] == "countered"]
    bikes.do(offers.reoffer, ours["id"], {"meet": True})
    settle(ada, bikes)
    assert ada.do(offers.show, amendment["id"])["state"] == "offered"
    ada.do(offers.accept, amendment["id"])  # a person may
    settle(ada, bikes)
    waits = agreement(bikes, state="accepted")
    assert agreement(bikes, state="ending")["total"] == "597.60"
    bikes.do(agreements.countersign, waits["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party, state="concluded")["total"] == "477.60"
        check_agreement_follows(party)


def test_of_two_amendments_one_concludes(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    old = agreement(ada)["id"]
    for amount in ("19.90", "17.90"):
        ada.do(agreements.amend, old, {"price": [MONTHLY[0] | {"amount": amount}]})
    settle(ada, bikes)
    first, second = [item["id"] for item in bikes.do(offers.list)["items"] if item["state"] == "offered"]
    bikes.do(offers.accept, first)
    settle(ada, bikes)
    with pytest.raises(Conflict, match="not-in-force"):
        bikes.do(offers.accept, second)
    for party in (ada, bikes):
        assert len([item for item in party.do(agreements.list)["items"] if item["state"] == "concluded"]) == 1
        check_agreement_follows(party)


@pytest.mark.parametrize(
    ("given", "taken"), [("2026-05-06T00:00:00Z", True), ("2026-05-03T00:00:00Z", False)]
)
def test_notice_counts_from_when_it_can_have_been_given(
    ada: Party, bikes: Party, clock: Clock, given: str, taken: bool
) -> None:
    conclude(ada, bikes)
    clock.pass_time(days=8)
    ada.do(agreements.end, agreement(ada)["id"])
    leave = last(ada, "leave")
    earliest = "2026-06-06T00:00:00Z" if taken else "2026-06-03T00:00:00Z"
    raw = resign(ada, leave, id=leave["id"] + "x", published=given, endTime=earliest)
    if taken:
        assert bikes.receive(raw, ada) == 202
    else:
        assert code_of(bikes, raw, ada) == "notice-too-short"


def test_a_rival_that_meets_its_counter_learns_nothing(ada: Party, bikes: Party, wheels: Party) -> None:
    cast(ada, bikes, wheels)
    for business in (bikes, wheels):
        offer(business, ada)
    for item in ada.do(offers.list)["items"]:
        ada.do(offers.counter, item["id"], {"price": LOWER}, on_met="accept")
    settle(ada, bikes, wheels)
    for business in (bikes, wheels):
        business.countersigns = False
        business.do(offers.reoffer, only(business)["id"], {"meet": True})
    settle(bikes, ada, wheels)
    settle(wheels, ada, bikes)
    states = sorted(item["state"] for item in ada.do(offers.list)["items"])
    assert states == ["accepted", "offered"]
    assert {item["state"] for party in (bikes, wheels) for item in party.do(deliveries.list)["items"]} == {
        "delivered"
    }


class TestUnprovable:
    """What would not prove the agreement is not signed, and not taken."""

    def test_offers(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        known = bikes.do(showing.list)["items"][0]["id"]
        bikes.do(offers.make, known, {"price": PRICE})
        elsewhere = {"to": ["https://else.example/actors/else"], "cc": ["https://ada.example/actors/ada"]}
        ada.receive(resign(bikes, last(bikes, "offer"), **elsewhere), bikes)
        with pytest.raises(Unprocessable, match="unprovable"):
            ada.do(offers.accept, only(ada)["id"])
        assert only(ada)["state"] == "offered"

    def test_what_is_dated_ahead_is_not_taken(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        early = {"published": "2030-01-01T00:00:00Z"}
        assert code_of(bikes, resign(ada, last(ada, "accept"), **early), ada) == "dated-ahead"
        assert only(bikes)["state"] == "offered"

    @pytest.mark.parametrize(
        ("published", "code"),
        [
            ("9999-01-01T00:00:00Z", "dated-ahead"),
            ("2026-05-04T12:02:01Z", "dated-ahead"),
            ("2026-05-04T11:57:59Z", "times-reversed"),
        ],
    )
    def test_nor_is_an_agreement_that_nobody_could_leave_until_then(
        self, ada: Party, bikes: Party, published: str, code: str
    ) -> None:
        """No notice begins before the agreement, so whoever writes its date must not choose it."""
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        accept = last(ada, "accept")
        dated = accept["result"] | {"published": published}
        assert code_of(bikes, resign(ada, accept, result=dated), ada) == code
        assert only(bikes)["state"] == "offered"

    def test_nor_one_that_is_dated_before_it_was_accepted(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        """The time to withdraw begins with it, so whoever writes its date must not have it run out before."""
        cast(ada, bikes)
        offer(bikes, ada)
        clock.pass_time(hours=3)
        ada.do(offers.accept, only(ada)["id"])
        accept = last(ada, "accept")
        dated = accept["result"] | {"published": render_time(clock.now - timedelta(minutes=3))}
        assert code_of(bikes, resign(ada, accept, result=dated), ada) == "times-reversed"
        assert only(bikes)["state"] == "offered"

    def test_a_round_without_a_digest_is_left_out(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
        bare = {m: v for m, v in last(bikes, "reoffer").items() if m != "digestMultibase"}
        ada.receive(resign(bikes, bare), bikes)
        ada.do(offers.accept, only(ada)["id"])
        assert ada.do(agreements.evidence, only(ada)["agreement"])


def test_a_plain_offer_takes_the_currency_of_the_intention(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    made = last(bikes, "offer")
    object = {member: value for member, value in made["object"].items() if member != "price"}
    object["stipulatesReciprocal"] = {
        member: value
        for member, value in object["stipulatesReciprocal"].items()
        if member != "resourceConformsTo"
    }
    fresh = {
        "id": f"{bikes.origin}/activities/p",
        "context": f"{bikes.origin}/negotiations/p",
        "object": object,
    }
    assert ada.receive(resign(bikes, made, **fresh), bikes) == 202
    plain = next(item for item in ada.do(offers.list)["items"] if item["negotiation"].endswith("/p"))
    assert (plain["total"], plain["currency"]) == ("2390.00", "EUR")
    ada.do(offers.accept, plain["id"])
    with pytest.raises(Conflict, match="no-evidence"):
        ada.do(agreements.evidence, ada.do(offers.show, plain["id"])["agreement"])
    check_journal(ada)


class TestBlocking:
    def test_a_move_that_was_never_tried_is_taken_back(self, ada: Party, bikes: Party, wheels: Party) -> None:
        cast(ada, bikes, wheels)
        for business in (bikes, wheels):
            offer(business, ada)
        (hers,) = [item["id"] for item in ada.do(offers.list)["items"] if item["peer"]["iri"] == bikes.iri]
        (other,) = [item["id"] for item in ada.do(offers.list)["items"] if item["id"] != hers]
        ada.do(offers.accept, hers)
        ada.do(peers.block, bikes.iri)
        assert ada.do(offers.show, hers)["state"] == "offered"
        ada.do(offers.accept, other)
        settle(ada, wheels)
        assert ada.do(offers.show, other)["state"] == "concluded"
        check_agreement_follows(ada)

    def test_what_the_blocked_have_offered_holds_nobody_up(
        self, ada: Party, bikes: Party, wheels: Party
    ) -> None:
        id = cast(ada, bikes, wheels)
        for business in (bikes, wheels):
            offer(business, ada)
        ada.do(peers.block, bikes.iri)
        ada.do(ending.withdraw, id)
        settle(ada, wheels)
        assert ada.do(showing.show, id)["state"] == "withdrawn"
        assert only(wheels)["state"] == "rejected"
        assert only(bikes)["state"] == "offered"  # who is blocked is told nothing

    def test_no_moves_towards_whom_one_has_blocked(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(peers.block, bikes.iri)
        with pytest.raises(Conflict, match="peer-blocked"):
            ada.do(offers.accept, only(ada)["id"])

    def test_no_words_for_whom_one_has_blocked(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(peers.block, bikes.iri)
        with pytest.raises(Conflict, match="peer-blocked"):
            ada.do(messages.write, only(ada)["id"], "hello")
        assert ada.do(messages.list, only(ada)["id"])["items"] == []


def test_an_inbox_that_is_gone_takes_back_all_it_was_to_get(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(messages.write, only(ada)["id"], "hello")
    ada.do(offers.accept, only(ada)["id"])
    row = waiting(ada, "message")
    ada.write(
        lambda db: deliveries.abandon(
            db, row, now=ada.clock.now, record=ada.residents.record, status=410, detail="gone"
        )
    )
    assert only(ada)["state"] == "offered"
    assert {item["state"] for item in ada.do(deliveries.list)["items"][:2]} == {DeliveryState.GONE.value}


def test_one_row_that_time_cannot_move_does_not_stop_the_clock(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    conclude(ada, bikes)
    ada.do(
        casting.cast,
        {"name": "b", "currency": "EUR", "audience": ["public"], "deadline": "2026-05-05T00:00:00Z"},
    )
    # A row that says something else than its negotiation, as only a defect could leave it.
    ada.db.conn.execute("UPDATE agreements SET state = 'ending', leaves_at = '2026-05-04T13:00:00.000000Z'")
    ada.db.conn.commit()
    pass_to(clock, "2026-05-06T00:00:00Z", ada)
    assert ada.do(showing.list)["items"][0]["state"] == "expired"


def test_the_clockwork_survives_a_storage_that_fails_once(ada: Party, clock: Clock) -> None:
    ada.do(
        casting.cast,
        {"name": "b", "currency": "EUR", "audience": ["public"], "deadline": "2026-05-05T00:00:00Z"},
    )
    clock.now = read_time("2026-05-06T00:00:00Z")

    async def run(work: Clockwork) -> None:
        store: Any = work._store
        real, failures = store.write, [StorageUnavailable("disk full")]

        async def write(job: Any) -> Any:
            if failures:
                raise failures.pop()
            return await real(job)

        store.write = write
        task = asyncio.create_task(work.run())
        await until(lambda: ada.do(showing.list)["items"][0]["state"] == "expired")
        task.cancel()

    clockwork(ada, run)
    assert ada.do(showing.list)["items"][0]["state"] == "expired"


def test_an_amendment_is_about_what_its_agreement_is_about(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"content": "With a lock."})
    amendment = last(bikes, "offer")
    draft = amendment["object"]
    elsewhere = draft["stipulates"] | {"satisfies": f"{ada.origin}/intentions/int_other#primary"}
    raw = resign(bikes, amendment, object=draft | {"stipulates": elsewhere})
    assert code_of(ada, raw, bikes) == "satisfies-primary"
    assert len(ada.do(offers.list)["items"]) == 1
