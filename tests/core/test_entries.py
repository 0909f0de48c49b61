from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.entries import GENESIS, Direction, Entry, chain, render_instant, write_entry
from protocol.canonical import canonicalise

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
    b'"peer":"https://b.example/actors/shop","subject":"https://b.example/activities/act_1"}'
) % sha256(b'{"type":"Offer"}').hexdigest().encode()


def hash_of(entry: Entry) -> bytes:
    return write_entry(entry).hash


def test_the_hash_covers_the_canonical_entry_and_not_its_place() -> None:
    assert hash_of(ENTRY) == sha256(CANONICAL).digest()


def test_a_link_covers_the_link_before_the_place_and_the_entry() -> None:
    previous, hash = bytes(range(32)), bytes(range(32, 64))
    place = b"\x00\x00\x00\x00\x00\x00\x01\x02"  # big-endian: 258
    assert chain(previous, 258, hash) == sha256(previous + place + hash).digest()
    assert len({chain(previous, 1, hash), chain(previous, 2, hash), chain(hash, 1, hash)}) == 3


def test_the_chain_begins_with_zero_bytes() -> None:
    assert bytes(32) == GENESIS


def test_what_is_kept_apart_enters_by_its_digest() -> None:
    entry = replace(ENTRY, decision={"by": "offerer", "document": {"é": 1}}, apart=frozenset({"document"}))
    written = write_entry(entry)
    document = (
        '{"@of":["2026-03-01T12:30:05.000120Z","https://b.example/actors/shop",'
        '"https://b.example/activities/act_1"],"document":{"é":1}}'
    ).encode()
    assert written.document == document
    assert written.document_digest == sha256(document).digest()
    assert written.decision == b'{"apart":"%b","by":"offerer"}' % sha256(document).hexdigest().encode()


def test_equal_words_kept_apart_from_two_entries_are_not_the_same_bytes() -> None:
    entry = replace(ENTRY, decision={"content": "Yes."}, apart=frozenset({"content"}))
    later = replace(entry, at=ENTRY.at + timedelta(seconds=1))
    assert write_entry(entry).document_digest != write_entry(later).document_digest


def test_nothing_is_kept_apart_that_a_decision_does_not_have() -> None:
    written = write_entry(replace(ENTRY, apart=frozenset({"document"})))
    assert (written.document, written.document_digest) == (None, None)
    assert written.hash == hash_of(ENTRY)


def test_a_decision_cannot_pretend_to_keep_something_apart() -> None:
    with pytest.raises(ValueError, match="member of this name"):
        write_entry(replace(ENTRY, decision={"apart": "00"}))


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
    assert hash_of(changed) != hash_of(ENTRY)


def test_an_entry_needs_no_peer_no_decision_and_no_body() -> None:
    entry = Entry(at=ENTRY.at, direction=Direction.LOCAL, kind="profile.set", actor=ENTRY.actor)
    assert (entry.peer, entry.subject, entry.decision, entry.body) == (None, None, {}, b"")
    assert len(hash_of(entry)) == 32
    assert write_entry(entry).body_digest is None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    st.builds(
        Entry,
        at=st.just(ENTRY.at),
        direction=st.sampled_from(Direction),
        kind=texts,
        actor=texts,
        peer=st.none() | texts,
        subject=st.none() | texts,
        decision=st.dictionaries(
            texts.filter(lambda name: name != "apart"), st.none() | texts | st.booleans()
        ),
        body=st.binary(max_size=12),
    )
)
def test_the_hash_put_together_is_the_hash_of_the_whole(entry: Entry) -> None:
    whole = {
        "at": render_instant(entry.at),
        "direction": str(entry.direction),
        "kind": entry.kind,
        "actor": entry.actor,
        "peer": entry.peer,
        "subject": entry.subject,
        "decision": dict(entry.decision),
        "body": sha256(entry.body).hexdigest(),
    }
    assert hash_of(entry) == sha256(canonicalise(whole)).digest()


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ENTRY.kind = "accept"  # type: ignore[misc]  # what is to fail


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
