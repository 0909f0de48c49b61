"""Web Push: what is posted is read by whom it is for alone, and says who sends it; what answers mean."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from node.core.addresses import Reach
from node.core.notices import NoticeKind
from node.core.subscriptions import read_subscription
from node.core.tidings import Notification, Reception, Sending, Trouble
from node.delivery.client import Client
from node.delivery.notices.push import MOST_BYTES, Push, payload
from node.services.notices.push import public_half
from node.storage import push
from node.storage.sqlite.database import SqliteStore
from tests.delivery.notices.services import PushService, padded, push_service, unpadded, vapid

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
HOME = "https://ada.example:8443"
PRIVATE = bytes(range(1, 33))


def message(**members: Any) -> Notification:
    common: dict[str, Any] = {
        "id": "n1", "kind": NoticeKind.OFFER, "title": "A new offer", "lines": ("Velo: €20",),
        "url": f"{HOME}/offers/neg_1", "label": "Look at it", "urgent": False, "at": NOW,
    }  # fmt: skip
    return Notification(**{**common, **members})


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as opened:
        yield opened


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(Reach(allow_loopback_http=True), clock=lambda: NOW, user_agent="test") as opened:
        yield opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(tmp_path / "push.db")
    await opened.write(lambda session: push.save_push_key(session, PRIVATE, at=NOW))
    yield opened
    await opened.close()


def channel(service: PushService, client: Client, store: SqliteStore, name: str = "a") -> Push:
    said = read_subscription(service.subscription(name), allow_http=True)
    config = {"endpoint": said.endpoint, "p256dh": said.p256dh, "auth": said.auth}
    return Push(config, client, store, lambda: NOW, HOME)


async def test_the_library_encrypts_as_the_standard_says() -> None:
    plain = b"When I grow up, I want to be a watermelon"
    receiver = ec.derive_private_key(
        int.from_bytes(padded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), ec.SECP256R1()
    )
    sender = ec.derive_private_key(
        int.from_bytes(padded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    auth = padded("BTBZMqHH6r4Tts7J_aSIgg")
    sealed = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
        "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    made = http_ece.encrypt(
        plain,
        salt=padded("DGv6ra1nlYgDCS1FRnbzlw"),
        private_key=sender,
        dh=padded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth_secret=auth,
        version="aes128gcm",
    )
    assert unpadded(made) == sealed  # RFC 8291 §5
    opened = http_ece.decrypt(padded(sealed), private_key=receiver, auth_secret=auth, version="aes128gcm")
    assert opened == plain


async def test_a_message_is_for_one_browser_and_says_who_sends_it(
    service: PushService, client: Client, store: SqliteStore
) -> None:
    assert await channel(service, client, store).send(message()) == Sending(Reception.TAKEN)
    (posted,) = service.posted
    assert posted.path == "/p/a"
    assert service.read(posted) == {
        "v": 1, "kind": "offer", "title": "A new offer", "body": "Velo: €20",
        "label": "Look at it", "path": "/offers/neg_1", "urgent": False,
    }  # fmt: skip
    wanted = {"TTL": "86400", "Urgency": "normal", "Content-Encoding": "aes128gcm"}
    assert {name: posted.headers[name] for name in wanted} == wanted
    claims, key = vapid(posted)
    noon = int(NOW.timestamp())
    assert claims == {"aud": service.origin, "exp": noon + 12 * 3600, "sub": "https://ada.example:8443"}
    assert key == public_half(PRIVATE)
    for hidden in (b"Velo", b"offers", b"ada.example"):
        assert hidden not in posted.body
    other = PushService(service.origin)
    with pytest.raises(http_ece.ECEException):
        other.read(posted)


async def test_a_message_is_encrypted_anew_each_time(
    service: PushService, client: Client, store: SqliteStore
) -> None:
    for _ in range(2):
        await channel(service, client, store).send(message())
    first, second = service.posted
    assert first.body[:16] != second.body[:16]  # the salt
    assert first.body != second.body


async def test_a_long_message_is_cut_to_what_a_service_has_to_take(
    service: PushService, client: Client, store: SqliteStore
) -> None:
    lines = tuple("\U0001f9d1" * 400 for _ in range(10))
    assert len(payload(message(lines=lines), HOME)) <= MOST_BYTES
    await channel(service, client, store).send(message(lines=lines, kind=None, urgent=True))
    (posted,) = service.posted
    assert len(posted.body) <= 4_096
    assert service.read(posted)["body"] == lines[0]
    assert posted.headers["Urgency"] == "high"
    await channel(service, client, store).send(message(kind=None))
    assert service.posted[1].headers["Urgency"] == "low"


async def test_a_push_service_sees_that_a_kind_is_the_same_and_not_which(
    service: PushService, client: Client, store: SqliteStore
) -> None:
    kinds = [*NoticeKind, None]
    for kind in [*kinds, *kinds]:
        await channel(service, client, store).send(message(kind=kind))
    topics = [posted.headers["Topic"] for posted in service.posted]
    assert topics[: len(kinds)] == topics[len(kinds) :]
    assert len({*topics}) == len(kinds)
    assert [topic for topic in topics for kind in NoticeKind if str(kind) in topic] == []


async def test_a_push_service_does_not_see_how_long_a_name_is(
    service: PushService, client: Client, store: SqliteStore
) -> None:
    for line in ("Al: 20 EUR", "Alexandra Constantinopolous: 20,000,000.00 EUR"):
        await channel(service, client, store).send(message(lines=(line,)))
    first, second = service.posted
    assert len(first.body) == len(second.body)
    assert service.read(second)["body"].startswith("Alexandra")


@pytest.mark.parametrize("kind", [*NoticeKind, None])
async def test_a_topic_is_one_that_a_service_takes(
    kind: NoticeKind | None, service: PushService, client: Client, store: SqliteStore
) -> None:
    await channel(service, client, store).send(message(kind=kind))
    topic = service.posted[0].headers["Topic"]
    assert len(topic) <= 32  # RFC 8030 §5.4
    assert topic.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("status", "headers", "found"),
    [
        (200, {}, Sending(Reception.TAKEN)),
        (202, {}, Sending(Reception.TAKEN)),
        (404, {}, Sending(Reception.GONE)),
        (410, {}, Sending(Reception.GONE)),
        (413, {}, Sending(Reception.REFUSED, Trouble.REFUSED)),
        (403, {}, Sending(Reception.REFUSED, Trouble.REFUSED)),
        (301, {"Location": "https://elsewhere.example/"}, Sending(Reception.REFUSED, Trouble.REFUSED)),
        (429, {"Retry-After": "120"}, Sending(Reception.LATER, Trouble.BUSY, timedelta(minutes=2))),
        (503, {}, Sending(Reception.LATER, Trouble.BUSY)),
    ],
)
async def test_what_a_service_answers(
    status: int,
    headers: dict[str, str],
    found: Sending,
    service: PushService,
    client: Client,
    store: SqliteStore,
) -> None:
    service.answers.append((status, headers))
    assert await channel(service, client, store).send(message()) == found
    assert len(service.posted) == 1


async def test_nobody_is_reached_who_is_out_of_reach(service: PushService, store: SqliteStore) -> None:
    async with Client(Reach(), clock=lambda: NOW, user_agent="test") as guarded:
        said = read_subscription(service.subscription("a"), allow_http=True)
        for endpoint, found in (
            (service.origin + "/p/a", Sending(Reception.GONE)),  # plain HTTP
            ("https://127.0.0.1:1/p", Sending(Reception.GONE)),  # a port that is not for the web
            ("https://127.0.0.1:8443/p", Sending(Reception.LATER, Trouble.OUT_OF_REACH)),
            ("https://169.254.169.254/latest", Sending(Reception.LATER, Trouble.OUT_OF_REACH)),
            ("https://10.0.0.1/p", Sending(Reception.LATER, Trouble.OUT_OF_REACH)),
        ):
            config = {"endpoint": endpoint, "p256dh": said.p256dh, "auth": said.auth}
            opened = Push(config, guarded, store, lambda: NOW, HOME)
            assert await opened.send(message()) == found, endpoint
    assert not service.posted


async def test_a_service_that_is_away_is_tried_again(client: Client, store: SqliteStore) -> None:
    async with push_service() as gone:
        opened = channel(gone, client, store)
    assert await opened.send(message()) == Sending(Reception.LATER, Trouble.UNREACHABLE)


async def test_without_the_key_that_was_subscribed_to_there_is_nobody(
    service: PushService, client: Client, tmp_path: Path
) -> None:
    empty = SqliteStore.open(tmp_path / "empty.db")
    assert await channel(service, client, empty).send(message()) == Sending(Reception.GONE)
    await empty.close()
