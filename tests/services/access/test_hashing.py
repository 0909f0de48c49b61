"""Slow hashes: right, one at a time, and never a crowd."""

import asyncio

import pytest

from node.services.access import hashing
from node.services.access.hashing import MEMORY_KIB, MOST_WAITING, SlowHashes
from protocol.errors import Limited


async def test_a_text_matches_its_own_hash_alone() -> None:
    hashes = SlowHashes()
    one, two = await hashes.make("a password"), await hashes.make("a password")
    assert one != two
    assert one.startswith(f"$argon2id$v=19$m={MEMORY_KIB},t=1,p=1$")
    assert await hashes.matches("a password", one)
    assert not await hashes.matches("A password", one)
    assert not await hashes.matches("a password", None)


async def test_they_are_made_one_at_a_time_and_few_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once: list[int] = []
    running = 0

    class Watched:
        def hash(self, text: str) -> str:
            nonlocal running
            running += 1
            at_once.append(running)
            running -= 1
            return text

    monkeypatch.setattr(hashing, "_hasher", Watched)
    hashes = SlowHashes()
    outcomes = await asyncio.gather(
        *(hashes.make(str(number)) for number in range(MOST_WAITING + 3)), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Limited)]
    assert len(refused) == 3
    assert (refused[0].code, refused[0].retry_seconds) == ("busy", 5)
    assert at_once == [1] * MOST_WAITING
    assert await hashes.make("later") == "later"


async def test_what_nobody_waits_for_any_more_takes_its_place_until_it_is_done() -> None:
    hashes = SlowHashes()
    given_up = [asyncio.create_task(hashes.make("x")) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    assert hashes._waiting >= 1
