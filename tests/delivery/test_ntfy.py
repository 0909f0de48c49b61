"""Notices through ntfy, to a small server on loopback that stands in for one: it takes what is published."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from node.core.addresses import Reach
from node.core.notice_addresses import Topic
from node.core.tidings import TAKEN, Notification, Reception, Sending, Trouble
from node.delivery.client import Client
from node.delivery.notices.ntfy import Ntfy
from tests.delivery.conftest import Clock

MESSAGE = Notification(
    id="7d" * 16,
    kind=None,
    title="A new offer",
    lines=("Bikes", "Wheels"),
    url="https://ada.example/offers/of_1",
    label="Look at it",
    urgent=True,
    at=datetime(2026, 5, 4, 12, 0, tzinfo=UTC),
)


@dataclass
class Board:
    """What was published, and how it is answered."""

    origin: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    published: list[tuple[dict[str, Any], str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.published.append((await request.json(), request.headers.get("Authorization", "")))
        return web.Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def open_board() -> AsyncIterator[Board]:
    board, app = Board(), web.Application()
    app.router.add_post("/", board.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        board.origin = f"http://{host}:{port}"
        yield board
    finally:
        await runner.cleanup()


def topic(board: Board, token: str = "") -> Topic:
    return Topic(server=board.origin, topic="ada-7d", token=token)


async def send(board: Board, reach: Reach, clock: Clock, token: str = "") -> Sending:
    async with Client(reach, clock=clock, user_agent="test") as client:
        return await Ntfy(topic(board, token), client).send(MESSAGE)


LOOPBACK = Reach(allow_loopback_http=True)


async def test_a_message_is_published_and_opens_a_page(clock: Clock) -> None:
    async with open_board() as board:
        assert await send(board, LOOPBACK, clock, token="tk_secret") == TAKEN
    ((said, authorization),) = board.published
    assert authorization == "Bearer tk_secret"
    assert said == {
        "topic": "ada-7d",
        "title": "A new offer",
        "message": "Bikes\nWheels",
        "click": "https://ada.example/offers/of_1",
        "priority": 4,
    }


async def test_a_message_without_text_says_what_to_do(clock: Clock) -> None:
    async with open_board() as board, Client(LOOPBACK, clock=clock, user_agent="test") as client:
        bare = replace(MESSAGE, lines=(), urgent=False)
        assert await Ntfy(topic(board), client).send(bare) == TAKEN
    ((said, authorization),) = board.published
    assert (said["message"], said["priority"], authorization) == ("Look at it", 3, "")


@pytest.mark.parametrize(
    ("status", "reception", "trouble"),
    [
        (401, Reception.LATER, Trouble.LOGIN),
        (403, Reception.LATER, Trouble.LOGIN),
        (404, Reception.LATER, Trouble.ADDRESS),
        (429, Reception.LATER, Trouble.BUSY),
        (503, Reception.LATER, Trouble.BUSY),
        (400, Reception.REFUSED, Trouble.REFUSED),
        (302, Reception.REFUSED, Trouble.REFUSED),
    ],
)
async def test_what_a_server_answers_counts_by_its_status(
    clock: Clock, status: int, reception: Reception, trouble: Trouble
) -> None:
    async with open_board() as board:
        board.status = status
        sending = await send(board, LOOPBACK, clock)
    assert sending == Sending(reception, trouble)


async def test_how_long_a_server_asks_to_be_left_in_peace_is_heard(clock: Clock) -> None:
    async with open_board() as board:
        board.status, board.headers = 503, {"Retry-After": "120"}
        sending = await send(board, LOOPBACK, clock)
    assert sending.wait == timedelta(minutes=2)


async def test_a_server_out_of_reach_or_not_there_is_said(clock: Clock) -> None:
    async with open_board() as board:
        assert (await send(board, Reach(), clock)).trouble is Trouble.OUT_OF_REACH
    assert board.published == []
    assert (await send(board, LOOPBACK, clock)).trouble is Trouble.UNREACHABLE
