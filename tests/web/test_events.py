"""The event stream: what a listener hears, how it goes on after a break, and when it is let go."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import structlog

from node.core.entries import Direction, Entry
from node.services.ledger.chapters import bind
from node.services.negotiations.chapter import CHAPTER
from node.storage.editions import begin_edition
from node.storage.journal import Recorded
from node.storage.session import Session
from node.web.edge import streams
from protocol.strictjson import Document
from tests.ports import steady_port
from tests.web.house import PATIENCE_SECONDS, House, move_in, open_house, until
from tests.whole import LEDGER

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Stream:
    """An open stream, read event by event."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def block(self, *, seconds: float = PATIENCE_SECONDS) -> str:
        """Return the next block of lines, an event or a comment; empty once the stream has ended."""
        lines = []
        async with asyncio.timeout(seconds):
            while (line := await self.response.content.readline()) not in {b"\n", b""}:
                lines.append(line.decode())
        return "".join(lines)

    async def begin(self) -> str:
        """Read the first block, and return the position that it names."""
        retry, id = (await self.block()).splitlines()
        assert retry == "retry: 2000"
        assert id.startswith("id: ed_")
        return id.removeprefix("id: ")

    async def event(self) -> tuple[int, str, dict[str, object]]:
        """Return the next event: the place in its id, name, data."""
        while not (block := await self.block()).startswith("id:"):
            assert block, "the stream ended"
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        edition, place, link = fields["id"].split(".")
        assert edition.startswith("ed_")
        assert len(link) == 8
        return int(place), fields["event"], json.loads(fields["data"])


@asynccontextmanager
async def listen(house: House, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    connector = aiohttp.UnixConnector(str(house.socket_path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://owner/api/v1/events{query}", headers=headers) as response,
    ):
        assert response.status == 200, await response.read()
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        yield Stream(response)


async def edition_of(house: House) -> str:
    return str((await house.owner("GET", "/node")).json["journal"]["edition"])


async def position(house: House, place: int, *, edition: str = "") -> str:
    """Return the position behind a place of the owner's journal, of this edition or another."""
    listed = (await house.owner("GET", f"/journal?after={place - 1}&limit=1")).json["items"] if place else []
    return f"{edition or await edition_of(house)}.{place}.{listed[0]['hash'][:8] if listed else '0' * 8}"


async def test_a_listener_hears_what_happens_from_now_on(house: House) -> None:
    await house.cast("public", name="before")
    async with listen(house) as stream:
        await stream.begin()
        view = await house.cast("public", name="after\n\nevent: forged\ndata: x")
        number, kind, told = await stream.event()
        assert (kind, told["kind"], told["place"]) == ("intention.cast", "intention.cast", number)
        assert told["subject"] in {view["id"], view["iri"]}
        usual = {"place", "at", "kind", "direction", "subject", "peer"}
        assert set(told) <= {*usual, *LEDGER.told[kind]}
        assert (told["intention"], told["state"]) == (view["id"], "open")
        assert "forged" not in json.dumps(told)
        assert "2300" not in json.dumps(told)


async def test_a_listener_goes_on_where_it_stopped(house: House) -> None:
    for number in range(3):
        await house.cast("public", name=f"wish {number}")
    head = (await house.owner("GET", "/node")).json["journal"]["place"]
    async with listen(house, **{"Last-Event-ID": await position(house, 0)}) as stream:
        ids = [(await stream.event())[0] for _ in range(head)]
    assert ids == list(range(1, head + 1))
    async with listen(house, f"?after={await position(house, head - 1)}") as stream:
        assert (await stream.event())[0] == head
        await house.cast("public", name="live")
        assert (await stream.event())[0] == head + 1


async def test_who_is_cut_off_before_anything_happens_misses_nothing(house: House) -> None:
    await house.cast("public", name="before")
    head = (await house.owner("GET", "/node")).json["journal"]["place"]
    async with listen(house) as stream:
        began = await stream.begin()
    assert began == await position(house, head)
    await house.cast("public", name="missed")
    async with listen(house, **{"Last-Event-ID": began}) as stream:
        assert await stream.begin() == began
        assert (await stream.event())[0] == head + 1


async def test_more_than_one_page_is_caught_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PAGE_EVENTS", 2)
    for number in range(4):
        await house.cast("public", name=f"wish {number}")
    async with listen(house, f"?after={await position(house, 0)}") as stream:
        assert [(await stream.event())[0] for _ in range(8)] == list(range(1, 9))


async def test_after_a_restore_a_listener_is_told_where_to_go_on(house: House) -> None:
    await house.cast("public", name="kept")
    old = await edition_of(house)
    head = (await house.owner("GET", "/node")).json["journal"]["place"]
    await house.runtime.store.write(lambda db: begin_edition(db, "ed_restored", at=house.clock()))
    await house.cast("public", name="new")
    known = await position(house, 1, edition=old)
    for given, place in ((known, 1), (f"{old}.{head + 7}.01234567", head), ("ed_foreign.2.01234567", 0)):
        common = await position(house, place)
        for asked in ({"Last-Event-ID": given}, {}):
            query = "" if asked else f"?after={given}"
            answer = await house.owner("GET", f"/events{query}", **asked)
            assert (answer.status, answer.code) == (409, "history-changed")
            assert answer.json["go_on_from"] == common
        listed = await house.owner("GET", f"/journal?cursor={given}")
        assert (listed.status, listed.json["go_on_from"]) == (409, common)
    async with listen(house, f"?after={await position(house, head)}") as stream:
        assert (await stream.event())[0] == head + 1


async def test_a_position_beyond_the_end_is_of_a_history_that_is_gone(house: House) -> None:
    answer = await house.owner("GET", f"/events?after={await position(house, 9999)}")
    assert (answer.status, answer.json["go_on_from"]) == (409, await position(house, 0))


async def test_a_place_with_another_link_is_of_a_history_that_is_gone(house: House) -> None:
    await house.cast("public", name="written over the one that was lost")
    edition, place, link = (await position(house, 1)).split(".")
    lost = f"{edition}.{place}.{int(link, 16) ^ 1:08x}"
    for asked in (f"/events?after={lost}", f"/journal?cursor={lost}"):
        answer = await house.owner("GET", asked)
        assert (answer.status, answer.code) == (409, "history-changed")
        assert answer.json["go_on_from"] == await position(house, 0)


async def test_a_broken_position_is_refused(shared: House) -> None:
    link = ".01234567"
    places = ("x", "-1", "9", "9" * 20, "٣", "ed_1.", "ed_1.-1", "ed_1.٣", ".1", "ed_1." + "9" * 17)
    links = ("", ".", ".0123456", ".012345678", ".0123456G", ".ABCDEF01", f"{link}.", ".٣1234567")
    broken = [*places, *(place + link for place in places), *(f"ed_1.1{link}" for link in links)]
    for given in broken:
        answer = await shared.owner("GET", "/events", **{"Last-Event-ID": given})
        assert (answer.status, answer.code) == (400, "invalid-parameter")


async def test_ui_14_streams_are_counted_and_capped(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", streams_per_token=2, heartbeat_seconds=1) as house:
        async with listen(house), listen(house):
            answer = await house.owner("GET", "/events")
            assert (answer.status, answer.code) == (429, "too-many-streams")
            assert "Retry-After" in answer.headers
            assert "freehold_event_streams 2.0" in (await house.get("/metrics")).body.decode()
            secret = await house.token("read")
            async with house.session.get(
                f"{house.origin}/api/v1/events", headers={"Authorization": f"Bearer {secret}"}
            ) as other:
                assert other.status == 200
        await until(lambda: not house.runtime.streams)


async def test_a_stream_counts_no_longer_once_its_listener_has_gone(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", streams_per_token=1, heartbeat_seconds=300) as house:
        bearer = {"Authorization": f"Bearer {await house.token('read')}"}
        for _ in range(2):
            async with house.session.get(f"{house.origin}/api/v1/events", headers=bearer) as response:
                assert response.status == 200
                await Stream(response).begin()
                response.close()
            await until(lambda: not house.runtime.streams)
        async with listen(house) as stream:
            await stream.begin()
        await until(lambda: not house.runtime.streams)


async def test_a_quiet_stream_shows_that_it_lives(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=1) as house, listen(house) as stream:
        await stream.begin()
        assert await stream.block() == ": still here\n"
        assert await stream.block() == ": still here\n"


async def test_a_revoked_token_ends_its_streams(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=1) as house:
        made = (await house.owner("POST", "/tokens", {"name": "x", "scopes": ["read"]})).json
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        async with house.session.get(f"{house.origin}/api/v1/events", headers=bearer) as response:
            stream = Stream(response)
            await stream.begin()
            assert await stream.block() == ": still here\n"
            await house.owner("DELETE", f"/tokens/{made['id']}")
            assert json.loads((await stream.block()).split("data: ")[1]) == {"reason": "token-revoked"}
            assert await stream.block() == ""


async def test_a_revocation_ends_a_stream_at_once(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=300) as house:
        made = (await house.owner("POST", "/tokens", {"name": "x", "scopes": ["read"]})).json
        other = (await house.owner("POST", "/tokens", {"name": "y", "scopes": ["read"]})).json
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        async with house.session.get(f"{house.origin}/api/v1/events", headers=bearer) as response:
            stream = Stream(response)
            await stream.begin()
            await house.owner("DELETE", f"/tokens/{other['id']}")
            await house.cast("public", name="still heard")
            assert [(await stream.event())[1] for _ in range(2)] == ["intention.cast", "intention.told"]
            await house.owner("DELETE", f"/tokens/{made['id']}")
            assert json.loads((await stream.block()).split("data: ")[1]) == {"reason": "token-revoked"}


async def test_a_revoked_token_ends_its_streams_however_much_happens(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=1) as house:
        made = (await house.owner("POST", "/tokens", {"name": "x", "scopes": ["read"]})).json
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        async with house.session.get(f"{house.origin}/api/v1/events", headers=bearer) as response:
            stream = Stream(response)
            await stream.begin()
            await house.owner("DELETE", f"/tokens/{made['id']}")
            for number in range(60):  # more often than a heartbeat, for many of them
                await house.cast("public", name=f"wish {number}")
                block = await stream.block()
                if "closing" in block:
                    break
                await asyncio.sleep(0.1)
            assert json.loads(block.split("data: ")[1]) == {"reason": "token-revoked"}


async def test_a_listener_that_falls_behind_is_told_and_let_go(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PAGE_EVENTS", 1)
    monkeypatch.setattr(streams, "LAG_EVENTS", 1)
    async with listen(house) as stream:
        await stream.begin()
        await asyncio.gather(*(house.cast("public", name=f"wish {number}") for number in range(8)))
        blocks = []
        while block := await stream.block():
            blocks.append(block)
        assert blocks[-1].startswith("event: closing\n")
        assert json.loads(blocks[-1].split("data: ")[1]) == {"reason": "too-slow"}


async def test_a_listener_that_reads_nothing_is_cut_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STALL_SECONDS", 0.3)
    big = b": " + b"x" * 5_000_000 + b"\n\n"
    monkeypatch.setattr(house.runtime.broadcast, "_render", lambda _session, items: [big for _ in items])
    reader, writer = await asyncio.open_unix_connection(str(house.socket_path), limit=1_024)
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: owner\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert isinstance(writer.transport, asyncio.ReadTransport)
    writer.transport.pause_reading()
    for number in range(3):
        await house.cast("public", name=f"wish {number}")
    await until(lambda: not house.runtime.streams)
    writer.close()


async def test_a_listener_that_hung_up_is_forgotten(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=1) as house:
        async with listen(house):
            assert house.runtime.streams == {"socket": 1}
        await until(lambda: not house.runtime.streams)


async def test_a_node_that_drains_says_good_bye(house: House) -> None:
    async with listen(house) as stream:
        await stream.begin()
        house.runtime.drain()
        assert json.loads((await stream.block()).split("data: ")[1]) == {"reason": "draining"}
        assert await stream.block() == ""


async def test_what_other_actors_of_the_node_do_is_not_told(tmp_path: Path) -> None:
    port = steady_port()
    async with open_house(tmp_path / "n", port=port, handle="ada") as house:
        await move_in(house, "bob")
    async with (
        open_house(tmp_path / "n", port=port, handle="ada") as house,
        listen(house, "?actor=bob") as stream,
    ):
        await stream.begin()
        for handle in ("ada", "bob"):
            wish = {"name": "A bike", "currency": "EUR", "audience": ["public"]}
            assert (await house.owner("POST", f"/intentions?actor={handle}", wish)).status == 201
            await asyncio.sleep(0.1)  # each is news of its own
        number, kind, _ = await stream.event()
        assert (number, kind) == (1, "intention.cast")  # of bob's own journal


def unspeakable() -> Recorded:
    """Return an entry that cannot be told: a number that JSON has no room for."""
    entry = Entry(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        direction=Direction.LOCAL,
        kind="message",
        actor="https://node.example/actors/me",
        decision={"own": 2**70},
    )
    return Recorded(9, 7, entry, bytes(32))


async def test_an_entry_that_cannot_be_told_is_passed_over_and_noted_once(shared: House) -> None:
    with structlog.testing.capture_logs() as logged:
        for _ in range(2):
            (told,) = await shared.runtime.store.read(
                lambda session: streams.render(session, [unspeakable()], ledger=LEDGER, edition="ed_1")
            )
    line = told.decode()
    assert line.startswith("id: ed_1.7.00000000\nevent: passed-over\n")
    assert json.loads(line.splitlines()[2].removeprefix("data: ")) == {"kind": "passed-over", "place": 7}
    assert [(event["event"], event["place"]) for event in logged] == [("event.passed_over", 7)]


async def test_an_entry_whose_thing_cannot_be_described_is_told_without_it(shared: House) -> None:
    def describe(_session: Session, items: Sequence[Recorded]) -> Mapping[int, Document]:
        if any(item.number == 9 for item in items):
            raise ValueError
        return {item.number: {"state": "offered"} for item in items}

    ledger = bind([replace(CHAPTER, describes=describe)])
    entry = Entry(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        direction=Direction.IN,
        kind="message",
        actor="https://node.example/actors/me",
        subject="https://shop.example/activities/2",
    )
    items = [Recorded(number, number, entry, bytes(32)) for number in (8, 9)]
    with structlog.testing.capture_logs() as logged:
        lines = await shared.runtime.store.read(
            lambda session: streams.render(session, items, ledger=ledger, edition="ed_1")
        )
    told = [json.loads(line.decode().splitlines()[2].removeprefix("data: ")) for line in lines]
    assert [(event["place"], event.get("state")) for event in told] == [(8, "offered"), (9, None)]
    assert [(event["event"], event["place"]) for event in logged] == [("event.not_described", 9)]


async def test_an_event_tells_what_happened_and_not_what_was_said(shared: House) -> None:
    entry = Entry(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        direction=Direction.IN,
        kind="message",
        actor="https://node.example/actors/me",
        peer="https://shop.example/actors/shop",
        subject="https://shop.example/activities/1\n\ndata: x",
        decision={"content": "private words", "offer": "of_1", "own": True, "intention": {"deep": 1}},
    )
    link = bytes.fromhex("0123456789") + bytes(27)
    (line,) = await shared.runtime.store.read(
        lambda session: streams.render(session, [Recorded(9, 7, entry, link)], ledger=LEDGER, edition="ed_1")
    )
    text = line.decode()
    assert text.startswith("id: ed_1.7.01234567\n")
    assert text.count("\n") == 4
    assert "private words" not in text
    told = json.loads(text.splitlines()[2].removeprefix("data: "))
    assert (told["offer"], told["own"], "intention" in told) == ("of_1", True, False)
