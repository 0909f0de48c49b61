"""Rivals of a closed intention are rejected some at a time, and a crash between two times loses nothing."""

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from node.services.intentions import ending, showing
from node.services.ledger.clockwork import Clockwork, act_and_move_on, unread
from node.services.negotiations import agreements, offers
from node.services.negotiations.rivals import RIVALS, Closing, answer_some, look
from node.services.people import peers
from node.storage import cursors
from node.storage import deliveries as delivery_rows
from node.storage.journal import Recorded
from protocol.errors import Conflict
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_deletions import deletion
from tests.services.test_negotiation import LOWER, cast, offer, only
from tests.services.test_shop import clockwork


def step(party: Party, closing: Closing | None = None, *, limit: int) -> Closing | None:
    """Answer some rivals; the last step moves the cursor, as the clockwork does it."""
    (recorded,) = closed(party)
    found = closing or look(party.db, party.acting, recorded)
    some = replace(RIVALS, act=partial(answer_some, limit=limit))
    left: Closing | None = party.write(partial(act_and_move_on, some, party.acting, recorded, found))
    return left


def closed(party: Party) -> list[Recorded]:
    """Return the unread entries that closed an intention of a party's."""
    entries = unread(party.db, follower=RIVALS, actor=party.iri)
    return [recorded for recorded in entries if look(party.db, party.acting, recorded)]


def bid(rival: Party, customer: Party, *amounts: str) -> None:
    """Make one offer for each amount, to a customer who hears as many of one peer."""
    customer.limits = replace(customer.limits, offers_per_intention=20, offers_per_origin=20)
    known = rival.do(showing.list, own=False)["items"][0]["id"]
    for amount in amounts:
        rival.do(offers.make, known, {"price": [{"kind": "oneOff", "amount": amount, "currency": "EUR"}]})
    carry(rival, customer)


def states(party: Party) -> Counter[str]:
    return Counter(item["state"] for item in party.do(offers.list, limit=100)["items"])


def sent(party: Party, to: Party) -> list[str]:
    """Return the types of what was queued for a peer, in order."""
    rows = party.db.conn.execute(
        "SELECT journal.kind FROM journal JOIN deliveries ON deliveries.entry = journal.entry "
        "JOIN peers ON peers.id = deliveries.recipient WHERE peers.address = ? ORDER BY deliveries.entry",
        (to.iri,),
    )
    return [kind for (kind,) in rows]


@pytest.fixture
def awarded(ada: Party, bikes: Party, wheels: Party) -> str:
    """Conclude with one shop while five offers of another stand; return the intention's id."""
    id = cast(ada, bikes, wheels)
    bid(wheels, ada, "2500", "2501", "2502", "2503", "2504")
    offer(bikes, ada, price=LOWER)
    chosen = next(item for item in ada.do(offers.list)["items"] if item["total"] == "2249.00")
    ada.do(offers.accept, chosen["id"])
    carry(ada, bikes)
    carry(bikes, ada)
    return id


def test_an_award_is_one_brief_write(ada: Party, awarded: str) -> None:
    assert ada.do(showing.show, awarded)["state"] == "awarded"
    assert states(ada) == {"concluded": 1, "offered": 5}


def test_each_step_is_bounded_and_the_last_tells_the_audience(
    ada: Party, wheels: Party, awarded: str
) -> None:
    after = None
    for left in (3, 1):
        after = step(ada, after, limit=2)
        assert after is not None
        assert states(ada)["offered"] == left
        assert "intention.told" not in sent(ada, wheels)[1:]
    assert step(ada, after, limit=2) is None
    assert sent(ada, wheels) == ["intention.told", *["reject"] * 5, "intention.told"]
    assert closed(ada) == []
    check_journal(ada)


def test_a_crash_between_steps_goes_on_where_it_stood(
    ada: Party, bikes: Party, wheels: Party, awarded: str
) -> None:
    for _ in range(5):  # each time with nothing in memory
        assert step(ada, limit=1) is not None
    assert step(ada, limit=1) is None
    assert sent(ada, wheels).count("reject") == 5
    settle(ada, bikes, wheels)
    assert states(wheels) == {"rejected": 5}


def test_a_crash_within_a_step_undoes_that_step_alone(
    ada: Party, bikes: Party, wheels: Party, awarded: str
) -> None:
    step(ada, limit=2)

    def crash(session: Any) -> None:
        closing = look(session, ada.acting, closed(ada)[0])
        assert closing is not None
        answer_some(session, ada.acting, closing, limit=2)
        raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        ada.write(crash)
    assert states(ada) == {"concluded": 1, "rejected": 2, "offered": 3}
    settle(ada, bikes, wheels)
    assert sent(ada, wheels) == ["intention.told", *["reject"] * 5, "intention.told"]
    check_journal(ada)


def test_a_rival_that_waits_for_its_rejection_cannot_be_accepted(ada: Party, awarded: str) -> None:
    waiting = ada.do(offers.list, state="offered")["items"][0]["id"]
    with pytest.raises(Conflict, match="Another offer for this intention was accepted"):
        ada.do(offers.accept, waiting)
    assert states(ada) == {"concluded": 1, "offered": 5}


def test_a_rivals_move_meanwhile_gets_the_answer_of_a_closed_intention(
    ada: Party, bikes: Party, wheels: Party, awarded: str
) -> None:
    first, second, *_ = [item["id"] for item in wheels.do(offers.list)["items"]]
    wheels.do(offers.reoffer, first, {"price": LOWER})
    bid(wheels, ada, "1000")
    assert [move[1] for move in carry(wheels, ada)] == []
    refused = wheels.db.conn.execute("SELECT last_error FROM deliveries WHERE state = 'refused'")
    assert refused.fetchall() == [("intention-closed",), ("intention-closed",)]
    wheels.do(offers.withdraw, second)
    assert carry(wheels, ada) == [("withdraw", 202)]
    settle(ada, bikes, wheels)
    assert states(ada) == {"concluded": 1, "rejected": 4, "withdrawn": 1}
    assert states(wheels) == {"rejected": 4, "withdrawn": 1, "refused": 1}
    for party in (ada, wheels):
        check_journal(party)


def test_taking_back_an_intention_is_one_brief_write_too(ada: Party, wheels: Party) -> None:
    id = cast(ada, wheels)
    bid(wheels, ada, "2500", "2501", "2502")
    assert ada.do(ending.withdraw, id)["state"] == "withdrawn"
    assert states(ada) == {"offered": 3}
    with pytest.raises(Conflict, match="You have taken this intention back"):
        ada.do(offers.accept, ada.do(offers.list)["items"][0]["id"])
    settle(ada, wheels)
    assert states(ada) == states(wheels) == {"rejected": 3}
    assert sent(ada, wheels) == ["intention.told", *["reject"] * 3, "intention.told"]


def test_who_is_blocked_does_not_stand_in_the_way(ada: Party, bikes: Party, wheels: Party) -> None:
    id = cast(ada, bikes, wheels)
    bid(wheels, ada, "2500")
    bid(bikes, ada, "2501")
    ada.do(peers.block, wheels.iri)
    ada.do(ending.withdraw, id)
    settle(ada, bikes)
    assert states(ada) == {"offered": 1, "rejected": 1}
    assert only(bikes)["state"] == "rejected"
    assert "reject" not in sent(ada, wheels)


def test_what_others_took_back_has_no_rivals_here(ada: Party, wheels: Party) -> None:
    id = cast(ada, wheels)
    ada.do(ending.withdraw, id)
    settle(ada, wheels)
    assert closed(wheels) == []
    assert unread(wheels.db, follower=RIVALS, actor=wheels.iri) == []
    assert cursors.load_cursor(wheels.db, wheels.iri, RIVALS.name) > 0
    assert delivery_rows.count_deliveries(wheels.db) == {}


def test_the_clockwork_answers_rivals_step_by_step(ada: Party, bikes: Party, wheels: Party) -> None:
    id = cast(ada, bikes, wheels)
    bid(wheels, ada, *map(str, range(2000, 2010)))
    bid(bikes, ada, *map(str, range(3000, 3010)))
    ada.do(ending.withdraw, id)

    async def run(work: Clockwork) -> None:
        while unread(ada.db, follower=RIVALS, actor=ada.iri):
            await work.turn()

    clockwork(ada, run)
    assert states(ada) == {"rejected": 20}


@pytest.fixture
def accepted(ada: Party, bikes: Party, wheels: Party) -> str:
    """Accept what one shop offers, which it does not countersign yet; return the intention's id.

    The other's offer lasts beyond the deadline of the intention.
    """
    bikes.countersigns = False
    id = cast(ada, bikes, wheels, deadline="2026-05-05T12:00:00Z")
    offer(wheels, ada, expires_at="2026-07-01T00:00:00Z")
    offer(bikes, ada, price=LOWER)
    chosen = next(item for item in ada.do(offers.list)["items"] if item["total"] == "2249.00")
    ada.do(offers.accept, chosen["id"])
    settle(ada, bikes)
    return id


def countersign(business: Party) -> None:
    business.do(agreements.countersign, only(business)["agreement"])


def test_a_countersignature_after_the_withdrawal_ends_nothing_again(
    ada: Party, bikes: Party, wheels: Party, accepted: str
) -> None:
    ada.do(ending.withdraw, accepted)
    settle(ada, bikes, wheels)
    countersign(bikes)
    settle(ada, bikes, wheels)
    assert states(ada) == {"concluded": 1, "rejected": 1}
    assert sent(ada, wheels) == ["intention.told", "reject", "intention.told"]
    assert closed(ada) == []
    check_journal(ada)


def test_a_countersignature_that_comes_before_the_withdrawal_is_told_ends_it_once(
    ada: Party, bikes: Party, wheels: Party, accepted: str
) -> None:
    ada.do(ending.withdraw, accepted)
    countersign(bikes)
    carry(bikes, ada)
    assert len(closed(ada)) == 2
    settle(ada, bikes, wheels)
    assert sent(ada, wheels) == ["intention.told", "reject", "intention.told"]


@pytest.mark.parametrize("noticed", [True, False])
def test_an_award_after_the_deadline_tells_nobody_else(
    ada: Party, bikes: Party, wheels: Party, clock: Clock, accepted: str, *, noticed: bool
) -> None:
    clock.pass_time(days=2)  # a day beyond the deadline, a day before the acceptance lapses
    if noticed:
        ada.tick()
    countersign(bikes)
    settle(ada, bikes, wheels)
    assert ada.do(showing.show, accepted)["state"] == ("expired" if noticed else "awarded")
    assert states(ada) == {"concluded": 1, "rejected": 1}
    assert sent(ada, wheels) == ["intention.told", "reject"]
    check_journal(ada)


@pytest.mark.parametrize(("place", "answers"), [(0, ["reject", "recant"]), (1, ["recant", "reject"])])
def test_what_was_asked_of_a_rival_is_taken_back(
    place: int, answers: list[str], ada: Party, bikes: Party, wheels: Party
) -> None:
    cast(ada, bikes, wheels)
    bid(wheels, ada, "2500", "2501")
    asked = ada.do(offers.list)["items"][place]  # the newest, or the one before it
    ada.do(offers.counter, asked["id"], {"price": LOWER}, on_met="accept")
    settle(ada, wheels)
    offer(bikes, ada, price=LOWER)
    chosen = next(item for item in ada.do(offers.list)["items"] if item["total"] == "2249.00")
    ada.do(offers.accept, chosen["id"])
    carry(ada, bikes)
    carry(bikes, ada)
    assert states(ada) == {"concluded": 1, "offered": 1, "countered": 1}
    after = step(ada, limit=1)
    assert after is not None
    assert step(ada, step(ada, after, limit=1), limit=1) is None
    settle(ada, bikes, wheels)
    assert sent(ada, wheels) == ["intention.told", "counter", *answers, "intention.told"]
    assert states(ada) == {"concluded": 1, "rejected": 2}
    assert states(wheels) == {"rejected": 2}
    with pytest.raises(Conflict, match="intention-closed"):
        wheels.do(offers.reoffer, wheels.do(offers.list)["items"][0]["id"], {"price": LOWER})
    for party in (ada, wheels):
        check_journal(party)


def test_an_acceptance_keeps_the_others_waiting_until_it_is_countersigned_or_lapses(
    ada: Party, bikes: Party, wheels: Party, clock: Clock, accepted: str
) -> None:
    rival = only(ada, state="offered")["id"]
    with pytest.raises(Conflict, match="intention-awarded"):
        ada.do(offers.accept, rival)
    clock.pass_time(days=3, minutes=2)
    for party in (ada, bikes):
        party.tick()
    settle(ada, bikes, wheels)
    assert states(ada) == {"lapsed": 1, "offered": 1}
    assert states(bikes) == {"lapsed": 1}
    assert states(wheels) == {"offered": 1}  # it has heard of nothing
    ada.do(offers.accept, rival)
    settle(ada, bikes, wheels)
    assert states(ada) == {"lapsed": 1, "concluded": 1}


def test_an_offer_outlives_an_intention_whose_author_rejects_none(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    (known,) = bikes.do(showing.list, own=False)["items"]
    gone = {"id": known["iri"], "type": "Tombstone", "formerType": "Proposal"}
    assert bikes.receive(deletion(ada, bikes, gone), ada) == 202
    assert bikes.do(showing.list, own=False)["items"][0]["state"] == "withdrawn"
    assert only(bikes)["state"] == "offered"
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    check_journal(bikes)
