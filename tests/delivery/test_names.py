"""Names: what the system says of them, and what a name server that is silent keeps waiting."""

import asyncio
import os
import socket
from threading import Barrier, Event
from typing import Any

from node.delivery.names import THREADS, Names

THIS_MACHINE = "127.0.0.1"


async def test_a_name_of_this_machine_leads_to_it() -> None:
    names = Names()
    found = await names.resolve("localhost", 443, socket.AF_INET)
    assert [(one["hostname"], one["host"], one["port"]) for one in found] == [
        ("localhost", THIS_MACHINE, 443)
    ]
    await names.close()


async def test_name_servers_that_never_answer_keep_no_other_thread_of_the_node() -> None:
    answer, all_asked, loop = Event(), asyncio.Event(), asyncio.get_running_loop()

    def tell() -> None:
        loop.call_soon_threadsafe(all_asked.set)

    asked = Barrier(THREADS, action=tell)

    def silent(host: str, *_asked: Any, **_options: Any) -> list[tuple[Any, ...]]:
        if int(host.removesuffix(".example")) < THREADS:
            asked.wait()
        answer.wait()
        raise socket.gaierror

    names = Names(silent)
    others = min(32, (os.cpu_count() or 1) + 4)  # threads that everything else of a process shares
    waiting = [
        asyncio.ensure_future(names.resolve(f"{number}.example")) for number in range(max(THREADS, others))
    ]
    try:
        await all_asked.wait()
        assert await asyncio.to_thread(lambda: "done") == "done"
        assert not any(one.done() for one in waiting)
    finally:
        answer.set()
        await asyncio.wait(waiting)
        for one in waiting:
            assert isinstance(one.exception(), socket.gaierror)
        await names.close()
