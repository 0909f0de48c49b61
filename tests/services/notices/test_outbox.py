"""The outbox of notices: what an address is told next, and what comes of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pytest

from node.core.notices import SPACING, NoticeKind
from node.core.tidings import TAKEN, Reception, Sending, Trouble
from node.services.access import security
from node.services.notices import channels, outbox
from node.services.notices import settings as settings_service
from node.services.notices.noting import MOST_WAITING, Occasion, note
from node.services.notices.outbox import Batch
from node.storage import notices
from node.storage.notices import NoticeSettingsRow
from protocol.errors import Forbidden
from tests.services.parties import Party
from tests.transactions import transact

BUSY = Sending(Reception.LATER, Trouble.BUSY)


def add(party: Party, address: str = "ada@mail.example") -> str:
    """Give an address of a medium that nobody knows; return the channel's id."""
    config = {"password": "hunter2"}
    made = transact(
        party.db,
        lambda db: channels.add(db, party.acting, medium="test", address=address, config=config),
    )
    assert "hunter2" not in str(made)
    return str(made["id"])


def happen(party: Party, event: str, kind: NoticeKind = NoticeKind.SECURITY) -> None:
    """Let something happen that is to be told."""
    occasion = Occasion(kind=kind, event=event, at=party.clock.now)
    transact(party.db, lambda db: note(db, party.iri, occasion))


def begin(party: Party, channel: str) -> Batch | None:
    """Take steps until there is something to be told, or nothing to be done."""
    while step := outbox.look(party.db, party.acting, channel):
        batch = transact(party.db, partial(outbox.begin, acting=party.acting, step=step))
        if batch is not None:
            return batch
    return None


def next_due(party: Party) -> datetime | None:
    """Return when the first of a party's channels is looked at again."""
    channel = notices.list_channels(party.db, party.iri)[0]
    return outbox.next_due(party.db, channel, now=party.clock.now)


def settle(party: Party, batch: Batch, sending: Sending) -> None:
    transact(party.db, lambda db: outbox.settle(db, batch, sending, now=party.clock.now))


def shown(party: Party, channel: str) -> dict[str, object]:
    return channels.show(party.db, party.acting, channel)


def test_what_happened_is_told_once(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    assert len(batch.gathered.items) == 1
    settle(ada, batch, TAKEN)
    assert begin(ada, channel) is None
    assert shown(ada, channel)["reception"] == "taken"


def test_several_of_a_kind_within_ten_minutes_are_one_message(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    first = begin(ada, channel)
    assert first is not None
    settle(ada, first, TAKEN)
    for event in ("two", "three", "four"):
        happen(ada, event)
    assert begin(ada, channel) is None
    assert next_due(ada) == ada.clock.now + SPACING
    ada.clock.now += SPACING
    second = begin(ada, channel)
    assert second is not None
    assert len(second.gathered.items) == 3


def test_a_new_address_is_told_at_the_others_and_not_at_itself(ada: Party) -> None:
    first = add(ada)
    second = add(ada, "eve@mail.example")
    assert begin(ada, second) is None
    batch = begin(ada, first)
    assert batch is not None
    assert batch.gathered.kind is NoticeKind.SECURITY


def test_what_was_being_sent_in_a_crash_is_sent_once_more_as_the_same_message(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    sent = begin(ada, channel)
    happen(ada, "two")  # and the node stops, before it knows whether the first was taken
    again = begin(ada, channel)
    assert sent is not None
    assert again is not None
    assert again.gathered.id == sent.gathered.id
    after_another = begin(ada, channel)
    assert after_another is not None
    assert {row.event for row in after_another.rows} == {"two"}


def test_an_address_that_is_added_anew_is_told_no_more_often(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    first = begin(ada, channel)
    assert first is not None
    settle(ada, first, TAKEN)
    assert add(ada) == channel
    happen(ada, "two")
    assert begin(ada, channel) is None
    ada.clock.now += SPACING
    assert begin(ada, channel) is not None


def test_an_address_that_takes_nothing_is_left_in_peace_and_then_asked_again(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    settle(ada, batch, BUSY)
    assert begin(ada, channel) is None
    assert shown(ada, channel)["trouble"] == "busy"
    ada.clock.pass_time(minutes=1)
    again = begin(ada, channel)
    assert again is not None
    assert again.gathered.id == batch.gathered.id


def test_what_an_address_has_not_taken_for_a_day_is_given_up_and_counted(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    tries, started = 0, ada.clock.now
    while ada.clock.now - started <= timedelta(days=2):
        batch = begin(ada, channel)
        if batch is not None:
            tries += 1
            settle(ada, batch, BUSY)
        ada.clock.pass_time(minutes=10)
    assert 24 <= tries <= 30
    assert shown(ada, channel)["lost"] == 1
    assert next_due(ada) is None


def test_how_long_an_address_asks_to_be_left_in_peace_counts_up_to_a_day(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    settle(ada, batch, Sending(Reception.LATER, Trouble.BUSY, timedelta(days=400)))
    rests = notices.list_channels(ada.db, ada.iri)[0].rests_until
    assert rests == ada.clock.now + timedelta(days=1)


def test_what_is_looked_up_changes_nothing(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    ada.db.run("PRAGMA query_only = ON")
    step = outbox.look(ada.db, ada.acting, channel)
    ada.db.run("PRAGMA query_only = OFF")
    assert step is not None
    assert [row.event for row in step.told] == ["one"]
    again = begin(ada, channel)  # the node stopped in between: nothing is lost, and nothing told twice
    assert again is not None
    settle(ada, again, TAKEN)
    assert begin(ada, channel) is None


def test_what_was_seen_since_it_was_looked_up_is_not_told(ada: Party) -> None:
    channel = add(ada)
    for event in ("one", "two"):
        happen(ada, event)
    step = outbox.look(ada.db, ada.acting, channel)
    assert step is not None
    one = next(row for row in step.told if row.event == "one")
    transact(ada.db, lambda db: notices.drop_told(db, ada.iri, channel, [one]))
    batch = transact(ada.db, lambda db: outbox.begin(db, ada.acting, step))
    assert batch is not None
    assert [row.event for row in batch.rows] == ["two"]
    assert len(batch.gathered.items) == 1
    transact(ada.db, lambda db: notices.drop_told(db, ada.iri, channel, batch.rows))
    assert transact(ada.db, lambda db: outbox.begin(db, ada.acting, step)) is None
    assert begin(ada, channel) is None


def test_an_address_that_was_removed_since_is_told_nothing(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    step = outbox.look(ada.db, ada.acting, channel)
    assert step is not None
    transact(ada.db, lambda db: channels.remove(db, ada.acting, channel))
    assert transact(ada.db, lambda db: outbox.begin(db, ada.acting, step)) is None


def test_however_much_waits_it_is_written_in_a_few_statements(ada: Party) -> None:
    channel = add(ada)
    for number in range(MOST_WAITING):
        happen(ada, f"wish-{number}", NoticeKind.WISH)  # goes into the digest
        happen(ada, f"sign-in-{number}")
    step = outbox.look(ada.db, ada.acting, channel)
    assert step is not None
    assert (len(step.put_off), len(step.told)) == (MOST_WAITING, MOST_WAITING)
    issued: list[str] = []
    ada.db.conn.set_trace_callback(issued.append)
    batch = transact(ada.db, lambda db: outbox.begin(db, ada.acting, step))
    assert batch is not None
    settle(ada, batch, BUSY)
    settle(ada, batch, TAKEN)
    ada.db.conn.set_trace_callback(None)
    assert len(batch.rows) == MOST_WAITING
    assert len(issued) < MOST_WAITING / 3  # for twice as many rows, half of which change three times
    assert notices.next_notice(ada.db, ada.iri, channel) == step.put_off[0].due_at  # the digest


def test_a_message_that_is_refused_is_not_sent_again_and_counted(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    settle(ada, batch, Sending(Reception.REFUSED, Trouble.ADDRESS))
    assert begin(ada, channel) is None
    assert shown(ada, channel)["lost"] == 1


def test_an_address_where_nobody_is_any_more_is_dropped(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    settle(ada, batch, Sending(Reception.GONE))
    assert channels.list(ada.db, ada.acting)["items"] == []
    settle(ada, batch, TAKEN)  # what ends later than the address changes nothing
    assert channels.list(ada.db, ada.acting)["items"] == []


def test_what_waits_of_a_kind_is_bounded_and_the_message_says_so(ada: Party) -> None:
    channel = add(ada)
    for number in range(MOST_WAITING + 20):
        happen(ada, str(number))
    batch = begin(ada, channel)
    assert batch is not None
    assert len(batch.gathered.items) == MOST_WAITING
    assert batch.gathered.more


def test_who_fills_all_places_and_takes_it_back_silences_nobody(ada: Party) -> None:
    channel = add(ada)
    for number in range(MOST_WAITING + 1):  # offers that are gone when it is told
        happen(ada, str(number), NoticeKind.OFFER)
    batch = begin(ada, channel)
    assert batch is not None
    assert batch.gathered.kind is NoticeKind.OFFER
    assert [item.path for item in batch.gathered.items] == ["/"]
    assert batch.gathered.more


@pytest.mark.parametrize("ahead", [{"days": 400}, {"days": 3}])
def test_a_clock_that_was_ahead_and_is_put_right_holds_nothing_up(
    ada: Party, ahead: dict[str, float]
) -> None:
    right, channel = ada.clock.now, add(ada)
    ada.clock.pass_time(**ahead)
    happen(ada, "told while it was ahead")
    sent = begin(ada, channel)
    assert sent is not None
    settle(ada, sent, TAKEN)
    happen(ada, "not taken while it was ahead")
    ada.clock.pass_time(minutes=20)
    refused = begin(ada, channel)
    assert refused is not None
    settle(ada, refused, Sending(Reception.LATER, Trouble.BUSY, timedelta(days=1)))
    ada.clock.now = right
    assert next_due(ada) == right
    happen(ada, "now")
    told = list(all_of(ada, channel))
    assert {event for batch in told for event in events(batch)} == {"now", "not taken while it was ahead"}
    outbox.trial(ada.db, ada.acting, channel)  # however short ago the wrong clock says that it was tried


def all_of(party: Party, channel: str) -> Iterator[Batch]:
    """Go through what there is to tell at a channel, for as long as something is."""
    for _ in range(10):
        if (batch := begin(party, channel)) is not None:
            settle(party, batch, TAKEN)
            yield batch
        party.clock.now += SPACING


def events(batch: Batch) -> set[str]:
    return {row.event for row in batch.rows}


def test_settings_are_kept_and_shown_whole(ada: Party) -> None:
    said = {"zone": "Europe/Berlin", "quiet": None, "timing": {"offer": "digest"}, "language": "de"}
    made = transact(ada.db, lambda db: settings_service.set(db, ada.acting, said))
    assert made == settings_service.show(ada.db, ada.acting)
    assert made["quiet"] is None
    assert made["timing"]["offer"] == "digest"
    assert made["timing"]["message"] == "now"


def test_a_message_to_a_business_is_written_as_to_one(ada: Party, bikes: Party) -> None:
    for party, formal in ((ada, False), (bikes, True)):
        channel = add(party)
        happen(party, "one")
        batch = begin(party, channel)
        assert batch is not None
        assert batch.gathered.formal is formal
        _, tried = party.do(outbox.trial, id=channel)
        assert tried.formal is formal


def test_an_owner_whose_zone_the_machine_knows_no_more_is_told_by_utc(ada: Party) -> None:
    channel = add(ada)
    gone = NoticeSettingsRow(ada.iri, {"zone": "US/Gone", "quiet": None}, ada.clock.now)
    transact(ada.db, lambda db: notices.save_notice_settings(db, gone))
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    assert settings_service.show(ada.db, ada.acting)["zone"] == "US/Gone"  # as it was said, to be set anew


def lock(party: Party) -> None:
    transact(party.db, lambda db: security.lock(db, party.acting))


def tries(party: Party, channel: str, sending: Sending) -> dict[str, object]:
    """Send a test to an address, of which this comes."""
    row, _ = transact(party.db, lambda db: outbox.trial(db, party.acting, channel))
    now = party.clock.now
    return transact(party.db, lambda db: outbox.tried(db, party.acting, row, sending, now=now))


def test_once_the_node_is_locked_nothing_is_told_before_a_test_has_arrived(ada: Party) -> None:
    channel = add(ada)
    happen(ada, "before")
    step = outbox.look(ada.db, ada.acting, channel)
    assert step is not None
    lock(ada)
    assert transact(ada.db, lambda db: outbox.begin(db, ada.acting, step)) is None
    happen(ada, "after")
    assert begin(ada, channel) is None
    assert next_due(ada) is None
    assert tries(ada, channel, BUSY)["trouble"] == "locked"
    assert begin(ada, channel) is None
    ada.clock.pass_time(seconds=10)
    assert tries(ada, channel, TAKEN)["trouble"] is None
    batch = begin(ada, channel)
    assert batch is not None
    assert len(batch.gathered.items) == 2


@pytest.mark.parametrize("sending", [TAKEN, BUSY])
def test_what_was_on_its_way_while_the_node_was_locked_opens_nothing(ada: Party, sending: Sending) -> None:
    channel = add(ada)
    happen(ada, "one")
    batch = begin(ada, channel)
    assert batch is not None
    row, _ = transact(ada.db, lambda db: outbox.trial(db, ada.acting, channel))  # whoever was in has begun it
    lock(ada)
    settle(ada, batch, sending)
    now = ada.clock.now
    transact(ada.db, lambda db: outbox.tried(db, ada.acting, row, sending, now=now))
    assert shown(ada, channel)["trouble"] == "locked"


def test_the_owner_alone_has_an_address_told_again(ada: Party) -> None:
    channel = add(ada)
    lock(ada)
    bob = ada.residents.at("ada", person="prs_bob")
    with pytest.raises(Forbidden, match="owner-alone"):
        transact(ada.db, lambda db: outbox.trial(db, bob, channel))
