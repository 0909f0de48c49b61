"""Names: what the system says of them, and what a name server that is silent keeps waiting."""

import asyncio
import os
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from node.delivery.names import THREADS, THREADS_PER_NEIGHBOURHOOD, Names

THIS_MACHINE = "127.0.0.1"


async def test_a_name_of_this_machine_leads_to_it() -> None:
    names = Names()
    found = await names.resolve("localhost", 443, socket.AF_INET)
    assert [(one["hostname"], one["host"], one["port"]) for one in found] == [
        ("localhost", THIS_MACHINE, 443)
    ]
    await names.close()


class Silent:
    """Name servers that never answer for names that begin with "s", until `answer`."""

    def __init__(self) -> None:
        self.answer = Event()
        self.asked: list[str] = []

    def __call__(self, host: str, *_asked: Any, **_options: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if host.startswith("s"):
            self.answer.wait()
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (THIS_MACHINE, 443))]


@pytest.fixture
def silent() -> Iterator[Silent]:
    """Name servers that answer at the end at the latest."""
    servers = Silent()
    yield servers
    servers.answer.set()


def ask_for(names: Names, *hosts: str) -> list["asyncio.Task[Any]"]:
    return [asyncio.ensure_future(names.resolve(host)) for host in hosts]


async def ended(tasks: list["asyncio.Task[Any]"], kind: type[OSError]) -> None:
    """Wait for tasks that fail so."""
    await asyncio.wait(tasks)
    assert {type(task.exception()) for task in tasks} == {kind}


async def test_name_servers_that_never_answer_keep_no_other_thread_of_the_node(silent: Silent) -> None:
    names, others = Names(silent), min(32, (os.cpu_count() or 1) + 4)
    waiting = ask_for(names, *(f"s.{number % 4}.example" for number in range(max(THREADS, others))))
    await asyncio.sleep(0)
    assert await asyncio.to_thread(lambda: "done") == "done"
    assert not any(one.done() for one in waiting)
    silent.answer.set()
    await ended(waiting, socket.gaierror)
    await names.close()


async def test_slow_names_of_one_domain_keep_no_other_waiting(silent: Silent) -> None:
    names = Names(silent)
    slow = ask_for(names, *(f"s{number}.slow.example" for number in range(3 * THREADS)))
    await asyncio.sleep(0)
    assert (await names.resolve("honest.example"))[0]["host"] == THIS_MACHINE
    silent.answer.set()
    await ended(slow, socket.gaierror)
    await names.close()


async def test_a_free_thread_is_for_who_holds_fewest(silent: Silent) -> None:
    names = Names(silent)
    slow = ask_for(names, *(f"s{number}.slow{number % 5}.example" for number in range(200)))
    await asyncio.sleep(0)
    assert len(silent.asked) == THREADS
    (honest,) = ask_for(names, "honest.example")
    await asyncio.sleep(0)
    silent.answer.set()
    await honest
    assert silent.asked.index("honest.example") <= 2 * THREADS
    await ended(slow, socket.gaierror)
    await names.close()


async def test_what_nobody_waits_for_any_more_is_not_asked_for(silent: Silent) -> None:
    names = Names(silent, patience_seconds=0.0)
    slow = ask_for(names, *(f"s{number}.slow.example" for number in range(3 * THREADS)))
    late = slow[THREADS_PER_NEIGHBOURHOOD:]
    await ended(late, TimeoutError)
    silent.answer.set()
    await ended(slow[:THREADS_PER_NEIGHBOURHOOD], socket.gaierror)
    assert len(silent.asked) == THREADS_PER_NEIGHBOURHOOD
    await names.close()


async def test_a_thread_counts_until_it_has_ended_whoever_waits_for_it(silent: Silent) -> None:
    names = Names(silent)
    slow = ask_for(names, *(f"s{number}.slow.example" for number in range(THREADS_PER_NEIGHBOURHOOD)))
    await asyncio.sleep(0)
    for one in slow:
        one.cancel()
    await asyncio.wait(slow)
    (more,) = ask_for(names, "s-more.slow.example")
    await asyncio.sleep(0)
    assert "s-more.slow.example" not in silent.asked
    silent.answer.set()
    await ended([more], socket.gaierror)
    await names.close()
