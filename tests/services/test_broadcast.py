"""The broadcast: read once for all, nothing missed, nobody held for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from node.services.ledger import broadcast
from node.services.ledger.broadcast import Broadcast, Feed, Recorded, Told
from node.storage.errors import StorageUnavailable
from node.storage.session import Session
from tests.web.house import PATIENCE_SECONDS, House, open_house, until


def told(*numbers: int) -> list[Told]:
    return [Told("https://node.example/actors/me", number, b"%d" % number) for number in numbers]


def test_a_feed_holds_so_much_and_no_more() -> None:
    heard: list[None] = []
    feed = Feed(3, lambda: heard.append(None))
    feed.put(told(1, 2))
    feed.put(told(3))
    assert [item.place for item in feed.take()] == [1, 2, 3]
    feed.put(told(4, 5))
    assert not feed.overrun
    feed.put(told(6, 7))
    assert (feed.overrun, feed.take()) == (True, [])
    feed.put(told(8))
    assert (feed.overrun, feed.take(), len(heard)) == (True, [], 5)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "n") as opened:
        yield opened


async def test_what_happens_is_read_and_rendered_once_for_all(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "PAGE", 2)
    rendered: list[int] = []

    def render(_session: Session, items: Sequence[Recorded]) -> list[bytes]:
        rendered.extend(item.place for item in items)
        return [b"x" for _ in items]

    store = house.runtime.store

    async def last() -> int:
        return (await store.read(broadcast.start))[0]

    one = Broadcast(store, render, after=await last())
    running = asyncio.create_task(one.run())
    try:
        await house.cast("public", name="nobody listens")
        passed = await last()
        await until(lambda: one._last == passed)
        news = asyncio.Event()
        with (
            one.join(limit=10, news=news.set) as first,
            one.join(limit=10, news=news.set) as second,
            one.join(limit=1, news=news.set) as slow,
        ):
            await asyncio.gather(*(house.cast("public", name=f"wish {number}") for number in range(5)))
            numbers = [*range(passed + 1, await last() + 1)]
            await until(lambda: one._last == numbers[-1])
            assert [item.place for item in first.take()] == numbers
            assert [(item.place, item.actor) for item in second.take()] == [(n, house.iri) for n in numbers]
            assert slow.overrun
        assert rendered == numbers
        assert len(numbers) >= 5
        assert one._feeds == set()
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_what_came_before_a_fault_is_told_after_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = house.runtime.store
    one = Broadcast(
        store, lambda _session, items: [b"x" for _ in items], after=(await store.read(broadcast.start))[0]
    )
    heard = asyncio.Event()
    with one.join(limit=9, news=heard.set) as feed:
        with monkeypatch.context() as broken:

            async def unread(_work: object) -> None:
                raise StorageUnavailable("disk gone")

            running = asyncio.create_task(one.run())
            await asyncio.sleep(0)
            broken.setattr(store, "read", unread)
            one._notice({"offer": 1})
            with pytest.raises(StorageUnavailable):
                await running
        await house.cast("public", name="told late")
        running = asyncio.create_task(one.run())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await heard.wait()
            assert feed.take()
        finally:
            running.cancel()
