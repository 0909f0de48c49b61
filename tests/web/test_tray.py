"""The tray on a real node: rows handed in by signed webhooks and by the API, and what is refused."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from node.services.tray import rows as tray_rows
from protocol.keys import ed25519_from_seed
from protocol.strictjson import Document
from protocol.webhooks import HookSecret, HookSigner, read_key, sign, write_public
from tests.storage.plans import every_plan_checked
from tests.web.house import Answer, House, open_house

KEY = ed25519_from_seed(bytes(range(32)))
ROW = {"kind": "quotation", "external_id": "Q-7", "fields": {"total": "120.00", "currency": "EUR"}}


@pytest.fixture(scope="module", autouse=True)
def plans() -> Iterator[None]:
    """No statement that these tests issue reads more as the tables grow."""
    with every_plan_checked():
        yield


def event(*rows: Document, id: str = "e1") -> bytes:
    data = {
        "specversion": "1.0",
        "id": id,
        "source": "/crm",
        "type": "crm.changed",
        "data": {"rows": [*rows]},
    }
    return orjson.dumps(data)


@dataclass
class Case:
    """A node and a system that may hand rows in."""

    house: House
    id: str = ""
    path: str = ""
    secret: str = ""

    async def allow(self, **members: Any) -> Document:
        answer = await self.house.owner("POST", "/tray/senders", {"name": "The CRM", **members})
        assert answer.status == 201, answer.body
        made: Document = answer.json
        self.id, self.secret = made["id"], made.get("secret", "")
        self.path = made["url"].removeprefix(self.house.origin)
        return made

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.house.clock.ahead

    async def post(
        self,
        body: bytes,
        *,
        id: str = "msg_1",
        by: HookSigner | None = None,
        age: timedelta = timedelta(),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        signer: Any = read_key(self.secret) if by is None else by
        signed = sign(id, body, [signer], now=self.now - age)
        return await self.house.request(
            "POST", self.path, body, {"Content-Type": "application/cloudevents+json", **signed, **headers}
        )

    async def rows(self, query: str = "") -> Document:
        rows: Document = (await self.house.owner("GET", f"/tray{query}")).json
        return rows


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    async with open_house(tmp_path / "n") as house:
        made = Case(house)
        await made.allow()
        yield made


async def test_rows_are_handed_in_and_told_apart(case: Case) -> None:
    other = {**ROW, "external_id": "Q-8"}
    first = await case.post(event(ROW, other))
    assert (first.status, [item["outcome"] for item in first.json["items"]]) == (200, ["created", "created"])
    changed = {**other, "fields": {"total": "99.00"}}
    second = await case.post(event(ROW, changed, id="e2"), id="msg_2")
    assert [item["outcome"] for item in second.json["items"]] == ["unchanged", "updated"]
    found = await case.rows()
    assert [(item["external_id"], item["place"], item["sender"]) for item in found["items"]] == [
        ("Q-7", 1, case.id), ("Q-8", 3, case.id),
    ]  # fmt: skip
    assert found["items"][1]["fields"] == {"total": "99.00"}
    assert (await case.rows("?after=1"))["items"] == found["items"][1:]
    assert await case.rows("?after=3") == {"items": [], "after": 3}


async def test_an_independent_library_signs_what_is_taken(case: Case) -> None:
    body, now = event(ROW), datetime.now(UTC)
    headers = {
        "webhook-id": "msg_x",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(case.secret).sign("msg_x", now, body.decode()),
        "Content-Type": "application/json",
    }
    assert (await case.house.request("POST", case.path, body, headers)).status == 200


async def test_a_webhook_is_taken_once(case: Case) -> None:
    assert (await case.post(event(ROW))).status == 200
    changed = event({**ROW, "fields": {}}, id="e2")
    assert (await case.post(changed, id="msg_2")).status == 200
    again = await case.post(event(ROW))  # replayed: it would undo what came behind it
    assert (again.status, again.body) == (204, b"")
    assert (await case.rows())["items"][0]["fields"] == {}
    assert (await case.post(changed)).code == "webhook-reused"


async def test_its_receipt_outlives_its_time(case: Case) -> None:
    assert (await case.post(event(ROW))).status == 200
    case.house.clock.ahead += timedelta(days=6)
    assert (await case.post(event(ROW), id="msg_2")).status == 200
    assert (await case.post(event(ROW))).status == 204
    case.house.clock.ahead += timedelta(days=2)
    assert (await case.post(event(ROW), id="msg_3")).status == 200
    assert (await case.post(event(ROW))).status == 200


async def unverified(case: Case, answer: Answer) -> None:
    """Check that nobody was told why, and nothing was taken."""
    nobody = await case.house.request(
        "POST", "/tray/nobody/snd_0", b"{}", {"Content-Type": "application/json"}
    )
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert answer.json["detail"] == nobody.json["detail"]
    assert (await case.rows())["items"] == []


async def test_who_is_not_verified_is_told_nothing(case: Case) -> None:
    body = event(ROW)
    await unverified(case, await case.post(body, age=timedelta(seconds=301)))
    await unverified(case, await case.post(body, age=timedelta(seconds=-310)))
    await unverified(case, await case.post(body, by=KEY))
    await unverified(case, await case.post(body, headers={"webhook-signature": "v1,"}))
    await unverified(case, await case.post(body, headers={"webhook-id": "another"}))
    case.path = case.path[:-1] + ("0" if case.path[-1] != "0" else "1")
    await unverified(case, await case.post(body))


async def test_a_header_that_comes_twice_is_none(case: Case) -> None:
    body = event(ROW)
    secret = read_key(case.secret)
    assert isinstance(secret, HookSecret)
    signed = sign("msg_1", body, [secret], now=case.now)
    lines = [
        f"POST {case.path} HTTP/1.1",
        f"Host: 127.0.0.1:{case.house.settings.port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "webhook-id: other",
        *(f"{name}: {value}" for name, value in signed.items()),
    ]
    answer = await case.house.raw("\r\n".join([*lines, "", ""]).encode() + body)
    assert answer.startswith(b"HTTP/1.1 401")
    assert (await case.rows())["items"] == []


async def test_what_was_replaced_is_taken_until_its_end(case: Case) -> None:
    old = read_key(case.secret)
    assert isinstance(old, HookSecret)
    rotated = await case.house.owner("POST", f"/tray/senders/{case.id}/rotate", {"overlap_hours": 1})
    case.secret = rotated.json["secret"]
    assert (await case.post(event(ROW), by=old)).status == 200
    assert (await case.post(event(ROW), id="msg_2")).status == 200
    case.house.clock.ahead += timedelta(hours=1)
    assert (await case.post(event(ROW), id="msg_3", by=old)).status == 401
    assert (await case.post(event(ROW), id="msg_3")).status == 200


async def test_a_key_of_the_senders_own_is_brought_here(case: Case) -> None:
    made = await case.allow(key=write_public(KEY.public))
    assert (made["algorithm"], "secret" in made) == ("v1a", False)
    assert (await case.post(event(ROW), by=KEY)).status == 200
    wrong = await case.house.owner("POST", f"/tray/senders/{case.id}/rotate", {})
    assert wrong.code == "webhook-key"
    theirs = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    made = await case.allow(key=theirs)
    assert "secret" not in made
    case.secret = theirs
    assert (await case.post(event(ROW))).status == 200
    for key in ("whsec_short", "x"):
        answer = await case.house.owner("POST", "/tray/senders", {"name": "n", "key": key})
        assert answer.code == "webhook-key"


async def test_ten_megabytes_are_refused_early(case: Case) -> None:
    head = (
        f"POST {case.path} HTTP/1.1\r\nHost: 127.0.0.1:{case.house.settings.port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 10485760\r\n\r\n"
    )
    assert (await case.house.raw(head.encode())).startswith(b"HTTP/1.1 413")
    assert (await case.post(b"{}", headers={"Content-Type": "text/plain"})).status == 415


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"a":1,"a":2}', orjson.dumps(ROW), event(), event(ROW, ROW)]
)
async def test_what_is_signed_and_no_event_changes_nothing(case: Case, body: bytes) -> None:
    assert (await case.post(body)).status in {400, 422}
    assert (await case.rows())["items"] == []
    assert (await case.post(event(ROW))).status == 200  # its id was not used up


async def test_the_owners_programs_hand_rows_in_too(case: Case) -> None:
    async def put(*rows: Document) -> list[str]:
        answer = await case.house.owner("POST", "/tray", {"rows": [*rows]})
        assert answer.status == 200, answer.body
        return [item["outcome"] for item in answer.json["items"]]

    assert await put(ROW, {**ROW, "kind": "invoice"}) == ["created", "created"]
    assert await put(ROW, {**ROW, "kind": "invoice", "fields": {}}) == ["unchanged", "updated"]
    assert (await case.post(event(ROW))).json["items"][0]["outcome"] == "created"  # each sender has its own
    assert (await case.house.owner("POST", "/tray", {"rows": [ROW, ROW]})).code == "tray-twice"
    assert (await case.house.owner("POST", "/tray", {"rows": []})).status == 422
    named = {"kind": "quotation", "external_id": "Q-7"}
    removed = await case.house.owner("POST", "/tray/remove", named)
    assert (removed.json["fields"], removed.json["sender"]) == (ROW["fields"], None)
    assert (await case.house.owner("POST", "/tray/remove", named)).code == "unknown-id"
    assert [item["kind"] for item in (await case.rows())["items"]] == ["invoice", "quotation"]
    assert await put(ROW) == ["created"]
    assert [item["place"] for item in (await case.rows())["items"]] == [3, 4, 5]


async def test_the_tray_is_bounded(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tray_rows, "MOST_ROWS", 2)
    assert (await case.post(event(ROW, {**ROW, "external_id": "2"}))).status == 200
    full = await case.post(event({**ROW, "external_id": "3"}), id="msg_2")
    assert (full.status, full.code) == (409, "tray-full")
    assert (await case.post(event({**ROW, "fields": {}}), id="msg_3")).status == 200


async def test_senders_are_shown_without_their_secrets_and_refused_at_once(case: Case) -> None:
    (shown,) = (await case.house.owner("GET", "/tray/senders")).json["items"]
    assert shown["name"] == "The CRM"
    assert shown["received_at"] is None
    assert case.secret.removeprefix("whsec_") not in str(shown)
    await case.post(event(ROW))
    assert (await case.house.owner("GET", "/tray/senders")).json["items"][0]["received_at"] is not None
    assert (await case.house.owner("POST", "/tray/senders", {"name": "a\nb"})).code == "tray-sender"
    assert (await case.house.owner("DELETE", f"/tray/senders/{case.id}")).json["id"] == case.id
    assert (await case.post(event(ROW), id="msg_2")).status == 401
    assert len((await case.rows())["items"]) == 1
    for _ in range(20):
        await case.allow()
    full = await case.house.owner("POST", "/tray/senders", {"name": "One more"})
    assert full.code == "tray-senders-full"


async def test_the_lock_shuts_every_sender_out(case: Case) -> None:
    assert (await case.post(event(ROW))).status == 200
    assert (await case.house.owner("POST", "/security/lock")).status == 200
    assert (await case.post(event(ROW), id="msg_2")).status == 401
    assert (await case.house.owner("GET", "/tray/senders")).json["items"] == []
    assert len((await case.rows())["items"]) == 1
