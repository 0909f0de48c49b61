"""Webhooks on a real node: what a receiver gets, when it is told again, and what its owner sees of it."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from standardwebhooks.webhooks import Webhook

from node.core.retries import WINDOW as LONGEST
from node.core.webhooks import DELAYS, KEPT
from node.services.webhooks import queueing
from node.storage import notices, webhooks
from node.storage.deliveries import load_delivery
from protocol.errors import Unauthenticated
from protocol.strictjson import Document
from protocol.webhooks import read_key, verify
from tests.logs import logging_to
from tests.ports import steady_port
from tests.storage.plans import every_plan_checked
from tests.web.house import Answer, House, at_rest, open_house, open_peer


@pytest.fixture(scope="module", autouse=True)
def plans() -> Iterator[None]:
    """No statement that these tests issue reads more as the tables grow."""
    with every_plan_checked():
        yield


@dataclass
class Got:
    """One request, as a receiver got it."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Document:
        event: Document = orjson.loads(self.body)
        return event


@dataclass
class Receiver:
    """A server on loopback that takes webhooks; `status` is its answer, `refuses` what it never takes."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    got: list[Got] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        got = Got({name.lower(): value for name, value in request.headers.items()}, await request.read())
        self.got.append(got)
        status = 500 if got.event["data"]["kind"] in self.refuses else self.status
        return web.Response(status=status, headers=self.headers)

    async def gets(self, count: int) -> list[Got]:
        await until(lambda: len(self.got) >= count)
        return self.got

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = RawTestServer(receiver.answer, host="127.0.0.1")
    await server.start_server()
    receiver.url = str(server.make_url("/hook"))
    try:
        yield receiver
    finally:
        await server.close()


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    for _ in range(6_000):
        holds = condition()
        if holds if isinstance(holds, bool) else await holds:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


@dataclass
class Case:
    """A node, a receiver, and the webhook between them."""

    house: House
    receiver: Receiver
    id: str = ""
    secret: str = ""

    async def add(self, **members: Any) -> Document:
        answer = await self.house.owner("POST", "/webhooks", {"url": self.receiver.url, **members})
        assert answer.status == 201, answer.body
        made: Document = answer.json
        self.id, self.secret = made["id"], made.get("secret", "")
        return made

    async def ask(self, verb: str, body: object = None) -> Answer:
        return await self.house.owner("POST", f"/webhooks/{self.id}/{verb}", body)

    async def shown(self) -> Document:
        shown: Document = (await self.house.owner("GET", f"/webhooks/{self.id}")).json
        return shown

    async def sent(self, query: str = "") -> Document:
        sent: Document = (await self.house.owner("GET", f"/webhooks/{self.id}/deliveries{query}")).json
        return sent

    async def is_so(self, **members: object) -> None:
        """Wait until the webhook is shown so."""

        async def so() -> bool:
            shown = await self.shown()
            return all(shown[name] == value for name, value in members.items())

        await until(so)

    async def tried(self, attempts: int, *, place: int = 0) -> Document:
        """Wait until an event, the newest if none is named, was tried so often, and return it."""

        async def so() -> bool:
            return bool((await self.sent())["items"]) and (await self._item(place))["attempts"] >= attempts

        await until(so)
        return await self._item(place)

    async def _item(self, place: int) -> Document:
        items = (await self.sent())["items"]
        return next(item for item in items if not place or item["place"] == place)

    def later(self, by: timedelta) -> None:
        self.house.clock.ahead += by
        self.house.runtime.wake()


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    async with open_house(tmp_path / "n") as house, receiving() as receiver:
        yield Case(house, receiver)


async def test_a_receiver_is_told_what_happened_and_nothing_private(case: Case) -> None:
    await case.add()
    wish = await case.house.cast("public", name="A trekking bike")
    (got,) = await case.receiver.gets(1)
    # An independent library takes it.
    assert Webhook(case.secret).verify(got.body, got.headers) == got.event
    event = got.event
    assert got.id == event["id"]
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert event["source"] == case.house.iri
    assert event["type"] == "org.w3id.freehold.intention.cast"
    assert event["subject"] == wish["id"]
    assert event["data"]["read"] == f"{case.house.origin}/api/v1/intentions/{wish['id']}"
    assert set(event["data"]) <= {"kind", "direction", "place", "intention", "own", "state", "read"}
    for private in (b"2300", b"secret", b"trekking"):
        assert private not in got.body
    token = await case.house.token("read")
    path = event["data"]["read"].removeprefix(case.house.origin)
    assert (await case.house.get(path, Authorization=f"Bearer {token}")).json["name"] == "A trekking bike"
    await case.is_so(state="active", waiting=0, trouble=None)
    (item,) = (await case.sent())["items"]
    assert (item["event"], item["kind"], item["state"]) == (got.id, "intention.cast", "delivered")


async def test_what_was_before_is_not_told_and_only_what_is_wanted(case: Case) -> None:
    await case.house.cast("public")
    await case.add(events=["intention.withdrawn", "offer"])
    wish = await case.house.cast("public")
    assert (await case.house.owner("POST", f"/intentions/{wish['id']}/withdraw")).status == 200
    (got,) = await case.receiver.gets(1)
    assert got.event["type"] == "org.w3id.freehold.intention.withdrawn"


async def test_a_retry_is_the_same_event_signed_anew(case: Case) -> None:
    await case.add()
    case.receiver.status = 503
    await case.house.cast("public")
    assert (await case.tried(1))["last_error"] == "The webhook answered 503."
    await case.is_so(trouble="The webhook answered 503.", waiting=1)
    case.receiver.status = 200
    case.later(timedelta(seconds=7))
    first, second = await case.receiver.gets(2)
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    now = datetime.now(UTC) + case.house.clock.ahead
    assert verify(second.headers, second.body, [read_key(case.secret)], now=now) == first.id
    await case.is_so(trouble=None, waiting=0)


async def test_events_do_not_wait_for_each_other(case: Case) -> None:
    await case.add()
    case.receiver.refuses = {"intention.cast"}
    wish = await case.house.cast("public")
    await case.tried(1)
    await case.house.owner("POST", f"/intentions/{wish['id']}/withdraw")
    await case.receiver.gets(2)
    await case.is_so(waiting=1)
    states = {item["kind"]: item["state"] for item in (await case.sent())["items"]}
    assert states == {"intention.cast": "queued", "intention.withdrawn": "delivered"}


async def test_a_receiver_may_ask_for_time(case: Case) -> None:
    await case.add()
    case.receiver.status, case.receiver.headers = 429, {"Retry-After": "3600"}
    await case.house.cast("public")
    item = await case.tried(1)
    due_at = datetime.fromisoformat(item["due_at"])
    assert due_at - datetime.now(UTC) > timedelta(minutes=58)


async def told(case: Case) -> list[str]:
    """Return what the owner is told of, by its kind."""
    rows = await case.house.runtime.store.read(
        lambda session: [
            row
            for channel in notices.list_channels(session, case.house.iri)
            for row in notices.due_notices(
                session,
                case.house.iri,
                channel.id,
                datetime.now(UTC) + LONGEST,
                beyond=datetime.now(UTC),
                limit=100,
            )
        ]
    )
    return [f"{row.kind}:{row.about}" for row in rows]


async def be_told(case: Case) -> None:
    body = {"server": "https://ntfy.example", "topic": "a-topic-nobody-guesses"}
    assert (await case.house.owner("POST", "/notices/channels/ntfy", body)).status == 201


async def test_410_disables_it_and_its_owner_is_told(case: Case) -> None:
    await be_told(case)
    await case.add()
    case.receiver.status = 410
    await case.house.cast("public")
    await case.is_so(state="disabled", waiting=0)
    assert f"undelivered:{case.id}" in await told(case)
    await case.house.cast("public")
    assert (await case.ask("replay")).code == "webhook-idle"
    case.receiver.status = 200
    assert (await case.ask("resume")).json["state"] == "active"
    # What happened meanwhile was in the journal; what was given up is sent again when its owner says so.
    await case.receiver.gets(2)
    await case.ask("replay")
    first, second, third = await case.receiver.gets(3)
    assert third.id == first.id != second.id


async def test_503_for_ever_ends_after_the_last_try(case: Case) -> None:
    await be_told(case)
    await case.add()
    case.receiver.status = 503
    await case.house.cast("public")
    first = (await case.tried(1))["place"]
    for attempts, delay in enumerate(DELAYS[:-1], start=2):
        case.later(delay * 1.3)
        await case.tried(attempts, place=first)
    await case.house.cast("public")
    await until(lambda: len(set(case.receiver.ids)) == 2)
    second = (await case.tried(1))["place"]
    assert second > first
    case.later(DELAYS[-1] * 1.3)
    await case.is_so(state="disabled", waiting=0)
    assert case.receiver.ids.count(case.receiver.got[0].id) == 10
    given_up = await case._item(first)
    assert (given_up["state"], given_up["attempts"]) == ("refused", 10)
    assert given_up["last_error"].startswith("given up after 10 attempts")
    case.receiver.status = 200
    await case.ask("resume")
    await case.is_so(state="active", waiting=0, trouble=None)
    # The other event, which had not been given up, was in the journal.
    assert (await case._item(second))["state"] == "delivered"
    assert (await case._item(first))["state"] == "refused"


async def test_an_event_that_its_receiver_cannot_take_ends_alone(case: Case) -> None:
    await be_told(case)
    await case.add()
    case.receiver.refuses = {"intention.cast"}
    wish = await case.house.cast("public")
    place = (await case.tried(1))["place"]
    case.later(timedelta(seconds=7))
    await case.tried(2, place=place)
    await case.house.owner("POST", f"/intentions/{wish['id']}/withdraw")
    await case.receiver.gets(3)
    await case.is_so(trouble=None)
    case.later(timedelta(days=4, hours=1))

    async def ended() -> bool:
        return bool((await case._item(place))["state"] == "refused")

    await until(ended)
    await case.is_so(state="active")
    (item,) = (await case.sent("?state=refused"))["items"]
    assert f"undelivered:{item['id']}" in await told(case)


async def test_no_more_is_on_its_way_than_there_is_room_for(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "QUEUE_LIMIT", 3)
    monkeypatch.setattr(queueing, "STEP", 2)
    await case.add()
    case.receiver.status = 503
    for _ in range(5):
        await case.house.cast("public")
    await case.is_so(waiting=3)
    await until(lambda: len(set(case.receiver.ids)) == 3)
    case.receiver.status = 200
    case.later(timedelta(seconds=7))
    await until(lambda: len(set(case.receiver.ids)) == 5)
    await case.is_so(waiting=0)


async def test_its_list_shows_the_newest(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queueing, "KEPT", 2)
    assert KEPT >= 100
    await case.add()
    for count in range(1, 6):
        await case.house.cast("public")
        await case.receiver.gets(count)
        await case.is_so(waiting=0)
    items = (await case.sent())["items"]
    assert len(items) == 3  # one came after the last look
    assert [item["event"] for item in items] == case.receiver.ids[:-4:-1]
    page = await case.sent("?limit=2")
    assert page["items"] == items[:2]
    assert (await case.sent(f"?limit=2&cursor={page['next']}")) == {"items": items[2:], "next": None}
    assert (
        await case.house.owner("GET", f"/webhooks/{case.id}/deliveries?cursor=x")
    ).code == "unknown-cursor"


async def test_what_is_paused_misses_nothing(case: Case) -> None:
    await case.add()
    case.receiver.status = 503
    await case.house.cast("public")
    await case.tried(1)
    assert (await case.ask("pause")).json["waiting"] == 0
    await case.house.cast("public")
    await at_rest(case.house)
    assert len(case.receiver.got) == 1
    case.receiver.status = 200
    await case.ask("resume")
    await case.receiver.gets(3)
    await case.is_so(waiting=0)
    assert len(set(case.receiver.ids)) == 2


async def test_a_secret_that_was_replaced_signs_for_a_while(case: Case) -> None:
    await case.add()
    old = case.secret
    new = (await case.ask("rotate", {"overlap_hours": 1})).json["secret"]
    assert new != old
    await case.house.cast("public")
    (got,) = await case.receiver.gets(1)
    for secret in (old, new):
        assert Webhook(secret).verify(got.body, got.headers)
    assert got.headers["webhook-signature"].count("v1,") == 2
    case.later(timedelta(hours=2))
    await case.house.cast("public")
    _, late = await case.receiver.gets(2)
    now = datetime.now(UTC) + case.house.clock.ahead
    assert verify(late.headers, late.body, [read_key(new)], now=now)
    with pytest.raises(Unauthenticated):
        verify(late.headers, late.body, [read_key(old)], now=now)

    def keys(session: Any) -> int:
        return len(webhooks.keys_of(session, case.id))

    async def forgotten() -> bool:
        return await case.house.runtime.store.read(keys) == 1

    await until(forgotten)


async def test_the_newest_two_sign_and_none_beside_where_that_is_said(case: Case) -> None:
    await case.add()
    for _ in range(3):
        last = (await case.ask("rotate")).json["secret"]
    await case.house.cast("public")
    (got,) = await case.receiver.gets(1)
    assert got.headers["webhook-signature"].count("v1,") == 2
    final = (await case.ask("rotate", {"overlap_hours": 0})).json["secret"]
    await case.house.cast("public")
    _, got = await case.receiver.gets(2)
    assert got.headers["webhook-signature"].count("v1,") == 1
    assert Webhook(final).verify(got.body, got.headers)
    assert last != final
    for hours in (-1, 169, 2**53 - 1):
        assert (await case.ask("rotate", {"overlap_hours": hours})).code == "webhook-overlap"


async def test_with_a_key_nothing_secret_is_handed_over(case: Case) -> None:
    made = await case.add(algorithm="v1a")
    assert "secret" not in made
    assert made["public_key"].startswith("whpk_")
    assert (await case.shown())["public_key"] == made["public_key"]
    rotated = (await case.ask("rotate")).json["public_key"]
    await case.house.cast("public")
    (got,) = await case.receiver.gets(1)
    for public in (made["public_key"], rotated):
        assert verify(got.headers, got.body, [read_key(public)], now=datetime.now(UTC)) == got.id


async def test_a_test_says_what_came_of_it(case: Case) -> None:
    await case.add()
    shown = (await case.ask("test")).json
    assert (shown["taken"], shown["last_status"], shown["last_error"]) == (True, 204, None)
    (got,) = case.receiver.got
    assert Webhook(case.secret).verify(got.body, got.headers)["type"] == "org.w3id.freehold.test"
    assert (await case.ask("test")).code == "tried-just-now"
    case.later(timedelta(seconds=11))
    case.receiver.status = 401
    shown = (await case.ask("test")).json
    assert (shown["taken"], shown["last_error"]) == (False, "The webhook answered 401.")
    assert (await case.sent())["items"] == []


async def test_a_test_of_an_address_where_nobody_is(case: Case) -> None:
    await case.add(url=f"http://127.0.0.1:{steady_port()}/")
    shown = (await case.ask("test")).json
    assert (shown["taken"], shown["last_status"]) == (False, None)


async def test_events_are_sent_again_with_the_ids_they_had(case: Case) -> None:
    await case.add()
    await case.house.cast("public")
    await case.house.cast("public")
    await case.receiver.gets(2)
    await case.is_so(waiting=0)
    ids = list(case.receiver.ids)
    await case.ask("replay", {"event": ids[1]})
    await case.receiver.gets(3)
    assert case.receiver.ids[2] == ids[1]
    await case.is_so(waiting=0)
    assert (await case.ask("replay", {"event": "evt_nothing"})).code == "unknown-id"
    assert (await case.ask("replay", {"since": "yesterday"})).status == 422
    await case.ask("replay", {"since": "2020-01-01T00:00:00Z"})
    await case.receiver.gets(5)
    assert sorted(case.receiver.ids[3:]) == sorted(ids)
    await case.ask("replay", {"since": "2090-01-01T00:00:00Z"})
    await case.is_so(waiting=0)
    assert len(case.receiver.got) == 5


async def test_secrets_are_shown_once_and_nowhere_else(case: Case) -> None:
    lines = io.StringIO()
    with logging_to(lines):
        answer = await case.house.owner(
            "POST", "/webhooks", {"url": case.receiver.url}, **{"Idempotency-Key": "k"}
        )
        secret, case.id = answer.json["secret"], answer.json["id"]
        again = await case.house.owner(
            "POST", "/webhooks", {"url": case.receiver.url}, **{"Idempotency-Key": "k"}
        )
        assert (again.json["id"], "secret" in again.json) == (case.id, False)
        await case.house.cast("public")
        await case.receiver.gets(1)
        await case.ask("rotate")
        texts = [
            (await case.house.owner("GET", path)).body.decode()
            for path in (
                "/webhooks",
                f"/webhooks/{case.id}",
                "/journal",
                "/deliveries",
                f"/webhooks/{case.id}/deliveries",
            )
        ]
        tried = await case.house.owner("POST", "/webhooks?dry_run=true", {"url": case.receiver.url})
    bare = secret.removeprefix("whsec_")
    for text in (*texts, tried.body.decode(), lines.getvalue()):
        assert bare not in text
    assert "secret" not in tried.json
    assert len((await case.house.owner("GET", "/webhooks")).json["items"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://10.0.0.7/"}, "webhook-address"),
        ({"url": "https://169.254.169.254/"}, "webhook-address"),
        ({"url": "ftp://hooks.example/"}, "webhook-address"),
        ({"url": "https://hooks.example/", "events": ["profile"]}, "shape"),
        ({"url": "https://hooks.example/", "algorithm": "v2"}, "shape"),
        ({}, "shape"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(case: Case, body: Document, code: str) -> None:
    answer = await case.house.owner("POST", "/webhooks", body)
    assert answer.status == 422
    assert code in (answer.code, "shape")
    assert (await case.house.owner("GET", "/webhooks")).json["items"] == []


async def test_there_are_only_so_many(case: Case) -> None:
    for _ in range(20):
        await case.add()
    answer = await case.house.owner("POST", "/webhooks", {"url": case.receiver.url})
    assert (answer.status, answer.code) == (409, "webhooks-full")
    assert (await case.house.owner("DELETE", f"/webhooks/{case.id}")).status == 200
    await case.add()


async def test_what_is_removed_is_gone_whole(case: Case) -> None:
    await case.add()
    case.receiver.status = 503
    await case.house.cast("public")
    item = await case.tried(1)
    assert (await case.house.owner("DELETE", f"/webhooks/{case.id}")).json["url"] == case.receiver.url
    assert (await case.house.owner("GET", f"/webhooks/{case.id}")).code == "unknown-id"

    def left(session: Any) -> tuple[object, list[Any]]:
        return load_delivery(session, item["id"]), webhooks.keys_of(session, case.id)

    assert await case.house.runtime.store.read(left) == (None, [])
    case.later(timedelta(days=5))
    await at_rest(case.house)
    assert len(case.receiver.got) == 1


async def test_the_lock_pauses_all_of_them(case: Case) -> None:
    await case.add()
    case.receiver.status = 503
    await case.house.cast("public")
    await case.tried(1)
    assert (await case.house.owner("POST", "/security/lock")).status == 200
    await case.is_so(state="paused", waiting=0)
    case.receiver.status = 200
    await case.ask("resume")
    await case.receiver.gets(2)
    await case.is_so(state="active", waiting=0)


async def test_what_others_send_is_told_by_ids_of_ours(case: Case) -> None:
    await case.add()
    async with open_peer() as shop:
        wish = await case.house.cast(shop.iri)
        intention = (await shop.fetch(case.house, wish["iri"])).json
        assert (await shop.post(case.house, shop.offer(intention, case.house.iri))).status == 202
        await case.receiver.gets(2)
        (offer,) = (await case.house.owner("GET", "/offers")).json["items"]
        assert (await case.house.owner("POST", f"/offers/{offer['id']}/accept", {})).status == 200
        await case.receiver.gets(3)
    _, offered, accepted, *_ = sorted(case.receiver.got, key=lambda got: got.event["data"]["place"])
    assert offered.event["subject"] == offer["id"]
    assert offered.event["data"]["intention"] == wish["id"]
    assert offered.event["data"]["direction"] == "in"
    agreed = (await case.house.owner("GET", "/agreements")).json["items"][0]["id"]
    assert accepted.event["type"] == "org.w3id.freehold.accept"
    assert accepted.event["subject"] == agreed
    for got in case.receiver.got:
        read = got.event["data"]["read"]
        assert (await case.house.owner("GET", read.removeprefix(f"{case.house.origin}/api/v1"))).status == 200
        for private in (b"2249.00", b"Bike", b"shop", shop.origin.encode()):
            assert private not in got.body
