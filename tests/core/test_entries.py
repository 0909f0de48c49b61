from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.entries import GENESIS, Direction, Entry, hash_entry, render_instant

ENTRY = Entry(
    at=datetime(2026, 3, 1, 12, 30, 5, 120, tzinfo=UTC),
    direction=Direction.IN,
    kind="offer",
    actor="https://a.example/actors/ada",
    peer="https://b.example/actors/shop",
    subject="https://b.example/activities/act_1",
    decision={"offer": "of_1", "by": "offerer"},
    body=b'{"type":"Offer"}',
)
# Written out by hand: RFC 8785 puts the members in this order and leaves no space.
CANONICAL = (
    b'{"actor":"https://a.example/actors/ada","at":"2026-03-01T12:30:05.000120Z",'
    b'"body":"%b","decision":{"by":"offerer","offer":"of_1"},"direction":"in","kind":"offer",'
    b'"peer":"https://b.example/actors/shop","sequence":7,"subject":"https://b.example/activities/act_1"}'
) % sha256(b'{"type":"Offer"}').hexdigest().encode()


def test_the_hash_covers_the_hash_before_and_the_canonical_entry() -> None:
    previous = bytes(range(32))
    assert hash_entry(previous, 7, ENTRY) == sha256(previous + CANONICAL).digest()


def test_the_chain_begins_with_zero_bytes() -> None:
    assert bytes(32) == GENESIS


@pytest.mark.parametrize(
    "changed",
    [
        replace(ENTRY, at=ENTRY.at + timedelta(microseconds=1)),
        replace(ENTRY, direction=Direction.OUT),
        replace(ENTRY, kind="accept"),
        replace(ENTRY, actor="https://a.example/actors/adb"),
        replace(ENTRY, peer=None),
        replace(ENTRY, subject=None),
        replace(ENTRY, subject=ENTRY.peer, peer=ENTRY.subject),
        replace(ENTRY, decision={}),
        replace(ENTRY, decision={"offer": "of_1", "by": "offeree"}),
        replace(ENTRY, body=b""),
        replace(ENTRY, body=ENTRY.body + b" "),
    ],
)
def test_whatever_changes_in_an_entry_changes_its_hash(changed: Entry) -> None:
    assert hash_entry(GENESIS, 1, changed) != hash_entry(GENESIS, 1, ENTRY)


def test_the_place_and_the_hash_before_change_the_hash() -> None:
    hashes = {
        hash_entry(GENESIS, 1, ENTRY),
        hash_entry(GENESIS, 2, ENTRY),
        hash_entry(bytes([1] * 32), 1, ENTRY),
    }
    assert len(hashes) == 3


def test_an_entry_needs_no_peer_no_decision_and_no_body() -> None:
    entry = Entry(at=ENTRY.at, direction=Direction.LOCAL, kind="profile.set", actor=ENTRY.actor)
    assert (entry.peer, entry.subject, entry.decision, entry.body) == (None, None, {}, b"")
    assert len(hash_entry(GENESIS, 1, entry)) == 32


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ENTRY.kind = "accept"


def test_directions_on_the_wire() -> None:
    assert [str(direction) for direction in Direction] == ["in", "out", "local"]


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    berlin = timezone(timedelta(hours=2))
    assert render_instant(datetime(2026, 7, 1, 0, 30, tzinfo=berlin)) == "2026-06-30T22:30:00.000000Z"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render_instant(datetime(2026, 7, 1))  # noqa: DTZ001  # what the test is about


instants = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001  # Hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))]),
)


@given(instants)
def test_an_instant_survives_writing_and_reading(at: datetime) -> None:
    text = render_instant(at)
    assert len(text) == 27
    assert datetime.fromisoformat(text) == at


@given(instants, instants)
def test_written_instants_sort_as_instants(one: datetime, other: datetime) -> None:
    assert (render_instant(one) < render_instant(other)) == (one < other)
