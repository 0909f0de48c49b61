"""The supervisor: what becomes of a loop that fails, and of those beside it."""

import asyncio
import io
import json

import pytest

from node.supervisor import Supervisor, pause_after
from tests.logs import logging_to
from tests.web.house import until


class Loop:
    """A loop that fails the first few times it is begun and then stays."""

    def __init__(self, *, failures: int = 0) -> None:
        self.begun = 0
        self.ended = False
        self._failures = failures

    async def run(self) -> None:
        self.begun += 1
        if self.begun <= self._failures:
            raise RuntimeError("for no good reason")
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = True


async def test_a_loop_that_fails_is_begun_again_and_the_others_are_left_alone() -> None:
    failing, steady, stream = Loop(failures=3), Loop(), io.StringIO()
    kept = Supervisor(first_pause_seconds=0.001)
    with logging_to(stream):
        kept.keep("steady", steady.run)
        kept.keep("failing", failing.run)
        await until(lambda: failing.begun == 4)
        assert (steady.begun, steady.ended) == (1, False)
        await kept.stop()
    assert steady.ended
    assert failing.ended
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line["loop"], line["failures"]) for line in said] == [
        ("loop failed", "failing", number) for number in (1, 2, 3)
    ]
    assert "for no good reason" in said[0]["exception"]


def test_pauses_double_up_to_a_bound() -> None:
    pauses = [pause_after(n, first_seconds=1.0, longest_seconds=60.0) for n in (1, 2, 3, 6, 7, 8, 10_000)]
    assert pauses == [1.0, 2.0, 4.0, 32.0, 60.0, 60.0, 60.0]


async def test_a_loop_that_ran_for_long_is_given_the_first_pause_again() -> None:
    stream, begun = io.StringIO(), list[None]()

    async def run() -> None:
        begun.append(None)
        if len(begun) == 4:
            return
        await asyncio.sleep(0.02)
        raise RuntimeError("again")

    kept = Supervisor(first_pause_seconds=0.001, longest_pause_seconds=0.01)
    with logging_to(stream):
        kept.keep("loop", run)
        await until(lambda: len(begun) == 4)
        await kept.stop()
    assert [json.loads(line)["failures"] for line in stream.getvalue().splitlines()] == [1, 1, 1]


async def test_a_loop_that_goes_on_failing_is_named_until_it_has_run_for_long() -> None:
    loop = Loop(failures=3)
    kept = Supervisor(first_pause_seconds=0.001, longest_pause_seconds=0.2)
    with logging_to(io.StringIO()):
        kept.keep("loop", loop.run)
        await until(lambda: loop.begun == 4)
    assert (kept.failing(), dict(kept.failures)) == (["loop"], {"loop": 3})
    await until(lambda: not kept.failing())
    await kept.stop()


async def test_a_loop_that_came_to_its_end_is_not_failing() -> None:
    begun = list[None]()

    async def run() -> None:
        begun.append(None)
        if len(begun) <= 3:
            raise RuntimeError("at first")

    kept = Supervisor(first_pause_seconds=0.001)
    with logging_to(io.StringIO()):
        kept.keep("loop", run)
        await until(lambda: len(begun) == 4)
    await until(lambda: not kept.failing())
    await kept.stop()


async def test_one_name_one_loop() -> None:
    kept, loop = Supervisor(), Loop()
    kept.keep("loop", loop.run)
    with pytest.raises(ValueError, match="loop"):
        kept.keep("loop", loop.run)
    await kept.stop()
    await kept.stop()
