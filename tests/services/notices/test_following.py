"""What of the journal an owner is told, at both ends of a negotiation, and how much of it is said."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from node.core.notices import MOST_FROM_ANYBODY, NoticeKind
from node.core.retries import Fate, RetryDecision
from node.core.tidings import TAKEN, Tiding
from node.services.intentions import ending
from node.services.ledger import keys
from node.services.negotiations import agreements, messages, offers
from node.services.notices import channels, outbox
from node.services.notices import settings as settings_service
from node.services.notices.following import NOTICES
from node.services.notices.noting import Occasion, note
from node.services.notices.outbox import Batch
from node.services.notices.reminding import REMINDERS, REMINDING
from node.services.outbox import endings
from node.storage import notices, peers, reminders
from tests.services.notices.test_outbox import begin
from tests.services.parties import Party, settle
from tests.services.test_negotiation import LOWER, cast, offer, only


def listen(party: Party, **said: Any) -> str:
    """Give a party an address, without quiet hours; return the channel's id."""
    address = f"{party.handle}@mail.example"
    made = party.do(channels.add, medium="test", address=address, config={})
    party.do(settings_service.set, {"quiet": None, **said})
    return str(made["id"])


def hear(party: Party, channel: str) -> Batch | None:
    """Return what a party is told next."""
    party.follow(NOTICES, REMINDERS)
    return begin(party, channel)


def tell(party: Party, channel: str) -> Iterator[Batch]:
    """Go through what a party is told, one message after another."""
    while batch := hear(party, channel):
        yield batch
        party.write(lambda db, batch=batch: outbox.settle(db, batch, TAKEN, now=party.clock.now))


def kinds(party: Party, channel: str) -> list[NoticeKind | None]:
    """Return of what kinds a party is told."""
    return [batch.gathered.kind for batch in tell(party, channel)]


def items(party: Party, channel: str) -> list[Tiding]:
    """Return all that a party is told."""
    return [item for batch in tell(party, channel) for item in batch.gathered.items]


# --- what is told ------------------------------------------------------------------------------------


def test_an_offer_is_told_and_that_is_all_that_is_said(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    id = only(ada)["id"]
    assert items(ada, channel) == [Tiding(kind=NoticeKind.OFFER, path=f"/offers/{id}")]


@pytest.mark.parametrize(
    ("saying", "name", "total"), [("that", "", None), ("who", "Bikes", None), ("amount", "Bikes", "2390.00")]
)
def test_no_more_is_said_than_the_owner_allows(
    ada: Party, bikes: Party, saying: str, name: str, total: str | None
) -> None:
    channel = listen(ada, saying=saying)
    cast(ada, bikes)
    offer(bikes, ada)
    (item,) = items(ada, channel)
    assert (item.name, item.total) == (name, total)


def test_what_the_owner_does_is_not_told_to_the_owner(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.OFFER]
    ada.do(messages.write, only(ada)["id"], "Is it new?")
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    assert kinds(ada, channel) == []


def test_a_business_is_told_of_wishes_counters_and_what_is_agreed(ada: Party, bikes: Party) -> None:
    channel = listen(bikes, timing={"wish": "now"})
    cast(ada, bikes)
    wanted = bikes.do(settings_service.show)
    assert wanted["timing"]["wish"] == "now"
    (wish,) = items(bikes, channel)
    assert wish.kind is NoticeKind.WISH
    assert wish.path.startswith("/desk/wishes/int_")
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    (counter,) = items(bikes, channel)
    assert (counter.kind, counter.path) == (NoticeKind.COUNTER, wish.path)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    settle(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert kinds(bikes, channel) == [NoticeKind.AGREED]


def test_an_acceptance_that_waits_for_our_signature_is_told(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    channel = listen(bikes)
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    (item,) = items(bikes, channel)
    assert (item.kind, item.path) == (NoticeKind.TO_SIGN, f"/agreements/{only(bikes)['agreement']}")


def test_an_answer_a_message_and_a_notice_are_told(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada, notice="P1M", price=[{**LOWER[0], "kind": "recurring", "per": "month"}])
    bikes.do(messages.write, only(bikes)["id"], "Any question?")
    settle(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.OFFER, NoticeKind.MESSAGE]
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    agreement = only(bikes)["agreement"]
    bikes.do(agreements.countersign, agreement)
    settle(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.ANSWER]
    bikes.do(agreements.end, agreement)
    settle(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.ENDING]


def test_a_changed_and_a_withdrawn_offer_are_told_as_changed(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.OFFER]
    bikes.do(offers.withdraw, only(bikes)["id"])
    settle(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.CHANGED]


def test_keys_that_wait_are_told_until_the_owner_has_judged_them(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.OFFER]
    peer = ada.db.conn.execute("SELECT id FROM peers WHERE address = ?", (bikes.iri,)).fetchone()[0]

    def hold(db: Any) -> None:
        row = peers.named_peer(db, ada.iri, peer)
        keys.hold_listed(db, row, ["z6Mknew"], at=ada.clock.now, record=ada.residents.record)

    ada.write(hold)
    assert kinds(ada, channel) == [NoticeKind.KEY]


def test_what_was_held_back_and_what_did_not_arrive_is_told_in_the_summary(ada: Party, bikes: Party) -> None:
    channel = listen(ada, digest_at="18:00")
    cast(ada, bikes)
    offer(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.OFFER]
    ada.do(messages.write, only(ada)["id"], "Hello?")
    (row,) = ada.queued()
    decision = RetryDecision(Fate.GONE, attempts=1, status=410, detail="gone")
    record = ada.residents.record
    ada.write(lambda db: endings.settle(db, [row], decision, now=ada.clock.now, record=record))
    assert kinds(ada, channel) == []
    ada.clock.pass_time(hours=6)  # from noon to six, on a clock of UTC
    (batch,) = [*tell(ada, channel)]
    assert batch.gathered.kind is None
    assert [item.kind for item in batch.gathered.items] == [NoticeKind.UNDELIVERED]


# --- what is no news any more ------------------------------------------------------------------------


def test_an_offer_that_was_withdrawn_before_it_was_told_is_not_told(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.withdraw, only(bikes)["id"])
    settle(bikes, ada)
    assert kinds(ada, channel) == [NoticeKind.CHANGED]


def test_an_offer_that_has_ended_or_was_decided_on_is_not_told(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"])
    assert kinds(ada, channel) == []


def test_a_wish_that_was_taken_back_is_not_told(ada: Party, bikes: Party) -> None:
    channel = listen(bikes, timing={"wish": "now"})
    id = cast(ada, bikes)
    ada.do(ending.withdraw, id)
    settle(ada, bikes)
    assert kinds(bikes, channel) == []


def test_what_the_owner_has_seen_on_a_page_is_not_told(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    wish = cast(ada, bikes)
    offer(bikes, ada)
    ada.follow(NOTICES)
    assert notices.has_notices(ada.db, ada.iri, wish, person="ada")
    id = only(ada)["id"]
    assert notices.has_notices(ada.db, ada.iri, id, person="ada")
    ada.write(lambda db: notices.drop_notices(db, ada.iri, id, person="ada"))
    assert kinds(ada, channel) == []


def test_what_happened_before_there_was_an_address_is_not_told(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    channel = listen(ada)
    assert kinds(ada, channel) == []
    ada.do(channels.remove, channel)
    offer(bikes, ada, price=LOWER)
    channel = listen(ada)
    assert kinds(ada, channel) == []


def test_a_kind_that_is_switched_off_meanwhile_is_not_told(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    ada.follow(NOTICES)
    ada.do(settings_service.set, {"quiet": None, "timing": {"offer": "not"}})
    assert kinds(ada, channel) == []


# --- hours -------------------------------------------------------------------------------------------


def test_in_quiet_hours_only_what_is_about_safety_is_told(ada: Party, bikes: Party) -> None:
    channel = listen(ada, quiet={"from": "11:00", "until": "13:00"})  # it is noon
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(channels.add, medium="test", address="eve@mail.example", config={})
    assert kinds(ada, channel) == [NoticeKind.SECURITY]
    ada.clock.pass_time(minutes=59)
    assert kinds(ada, channel) == []
    ada.clock.pass_time(minutes=1)
    assert kinds(ada, channel) == [NoticeKind.OFFER]


def test_a_flood_of_strangers_costs_a_few_messages_and_one_summary(ada: Party, bikes: Party) -> None:
    channel = listen(ada)
    cast(ada, bikes)
    offer(bikes, ada)
    id, told = only(ada)["id"], list[NoticeKind | None]()
    for minute in range(0, 20 * 60, 5):  # until eight in the morning; the offer stands for longer
        for number in range(3):
            event = f"{minute}.{number}"
            occasion = Occasion(kind=NoticeKind.MESSAGE, event=event, at=ada.clock.now, about=id)
            ada.write(lambda db, occasion=occasion: note(db, ada.iri, occasion))
        told += kinds(ada, channel)
        ada.clock.pass_time(minutes=5)
    assert told.count(None) == 1  # at six in the evening
    assert len(told) == MOST_FROM_ANYBODY + 1


# --- dates -------------------------------------------------------------------------------------------


def remind(party: Party) -> None:
    """Let the clock do what is due."""
    party._turn(REMINDING.turn)


def test_that_an_acceptance_lapses_is_told_while_there_is_time(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    channel = listen(bikes)
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert kinds(bikes, channel) == [NoticeKind.TO_SIGN]
    due = reminders.next_reminder(bikes.db)
    assert due == bikes.clock.now + timedelta(days=3) - timedelta(hours=18)
    bikes.clock.now = due
    remind(bikes)
    assert kinds(bikes, channel) == [NoticeKind.LAPSING]
    assert reminders.next_reminder(bikes.db) is None


def test_that_an_acceptance_lapses_is_not_told_once_it_is_signed(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    channel = listen(bikes)
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert kinds(bikes, channel) == [NoticeKind.TO_SIGN]
    bikes.do(agreements.countersign, only(bikes)["agreement"])
    bikes.clock.pass_time(days=3)
    remind(bikes)
    assert kinds(bikes, channel) == []


def test_the_last_day_for_notice_is_told_also_to_who_asked_for_it_later(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    begins, ends = "2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z"
    price = [{**LOWER[0], "kind": "recurring", "per": "month"}]
    offer(bikes, ada, notice="P1M", starts_at=begins, ends_at=ends, price=price)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    ada.follow(REMINDERS)
    channel = listen(ada)
    due = reminders.next_reminder(ada.db)
    assert due is not None
    assert due.isoformat() == "2027-04-17T00:00:00+00:00"  # two weeks before the first of May
    ada.clock.now = due
    remind(ada)
    assert kinds(ada, channel) == []
    ada.clock.pass_time(days=1)
    (batch,) = [*tell(ada, channel)]
    assert [item.kind for item in batch.gathered.items] == [NoticeKind.NOTICE_DAY]
