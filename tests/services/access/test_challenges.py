"""Challenges: each is answered once, in time, for what it was made."""

from datetime import UTC, datetime, timedelta

import pytest

from node.core.access import CHALLENGE_HOLDS
from node.randomness import new_salt
from node.services.access.challenges import Challenges
from protocol.errors import Forbidden

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LAST = CHALLENGE_HOLDS - timedelta(seconds=1)


def refused(challenges: Challenges, challenge: bytes, purpose: str = "x", *, now: datetime = NOW) -> bool:
    try:
        challenges.redeem(challenge, purpose, now=now)
    except Forbidden:
        return True
    return False


def test_a_challenge_is_answered_once_within_its_time() -> None:
    challenges = Challenges(b"key")
    one, two = (challenges.new("x", nonce=new_salt(), now=NOW) for _ in range(2))
    assert one != two
    assert not refused(challenges, one, now=NOW + LAST)
    assert refused(challenges, one, now=NOW + LAST)
    assert not refused(challenges, two, now=NOW + LAST)


def test_it_is_for_one_purpose_and_of_one_process() -> None:
    challenges = Challenges(b"key")
    challenge = challenges.new("x", nonce=new_salt(), now=NOW)
    assert refused(challenges, challenge, "y")
    assert refused(Challenges(b"other"), challenge)
    assert refused(challenges, challenge, now=NOW + CHALLENGE_HOLDS)
    assert not refused(challenges, challenge)  # what was refused has used nothing up


@pytest.mark.parametrize("length", [0, 1, 31, 32, 40, 55, 57, 1_000])
def test_what_has_another_length_is_none(length: int) -> None:
    assert refused(Challenges(b"key"), bytes(length))


def test_no_bit_can_be_another() -> None:
    challenges = Challenges(b"key")
    challenge = challenges.new("x", nonce=new_salt(), now=NOW)
    for place in range(len(challenge) * 8):
        bent = bytearray(challenge)
        bent[place // 8] ^= 1 << place % 8
        assert refused(challenges, bytes(bent))


def test_only_what_was_answered_takes_room_and_only_for_its_time() -> None:
    challenges = Challenges(b"key")
    for _ in range(100):
        challenges.new("x", nonce=new_salt(), now=NOW)
    challenges.redeem(challenges.new("x", nonce=new_salt(), now=NOW), "x", now=NOW)
    assert len(challenges._answered) == 1
    later = NOW + CHALLENGE_HOLDS
    challenges.redeem(challenges.new("x", nonce=new_salt(), now=later), "x", now=later)
    assert len(challenges._answered) == 1
