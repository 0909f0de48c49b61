"""The client against peers on loopback: what it asks, what it believes, and what it refuses.

What the catalogue of attacks says about outbound requests (SS) is here as far as a request is made; the table
of addresses alone is in `tests/core/test_addresses.py`.
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from node.core.addresses import Reach
from node.delivery.client import (
    LIMIT_ANSWER_BYTES,
    TIMEOUT_SECONDS,
    Client,
    Unreachable,
)
from node.delivery.interim_responses import LIMIT_INTERIM
from node.delivery.media import LIMIT_DOCUMENT_BYTES, RESOURCE_DESCRIPTOR
from node.services.acting import LocalActor
from protocol import signatures
from protocol.errors import Gone, Malformed, NotFound, ProtocolError, TooLarge, Unauthenticated, Unprocessable
from protocol.signatures import Scheme
from protocol.vocabulary import ACTIVITY_JSON, JRD_JSON, LD_JSON, LD_JSON_ACTIVITYSTREAMS
from tests.delivery.conftest import Canary, Clock, Peer, Seen, ServePeer, SpeakRaw, TlsPeer, accepted

BODY = b'{"type":"Offer"}'


async def why_not(request: Awaitable[object]) -> str:
    """Return the code with which a request is refused."""
    with pytest.raises(ProtocolError) as refusal:
        await request
    return refusal.value.code


def redirect_to(location: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": location})


def document(body: bytes = b'{"id":"x"}', headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": ACTIVITY_JSON, **(headers or {})})


# What is asked


async def test_a_fetch_asks_for_activitystreams_as_it_is(client: Client, peer: Peer) -> None:
    peer.documents[f"{peer.origin}/notes/1?page=2%20"] = {"id": "x"}
    fetched = await client.fetch(f"{peer.origin}/notes/1?page=2%20")
    assert (fetched.iri, fetched.document) == (f"{peer.origin}/notes/1?page=2%20", {"id": "x"})
    (seen,) = peer.seen
    assert seen.header("Accept") == f"{ACTIVITY_JSON}, {LD_JSON_ACTIVITYSTREAMS}"
    assert seen.header("Accept-Encoding") == "identity"
    assert seen.header("User-Agent") == "Freehold/test"
    assert seen.header("Signature") is None
    assert seen.header("Cookie") is None
    assert seen.header("Sec-GPC") is None


async def test_what_is_asked_for_a_person_says_that_nothing_is_to_be_passed_on(
    peer: Peer, local: LocalActor, clock: Clock
) -> None:
    reach = Reach(allow_loopback_http=True)
    peer.documents[f"{peer.origin}/notes/1"] = {"id": "x"}
    peer.answer = lambda seen: document() if seen.method == "GET" else accepted(seen)
    async with Client(reach, clock=clock, user_agent="Freehold/test", for_person=True) as client:
        await client.fetch(f"{peer.origin}/notes/1")
        await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)
        await client.ask("POST", URL(f"{peer.origin}/hook"), body=BODY, headers={}, limit_bytes=100)
    assert [seen.header("Sec-GPC") for seen in peer.seen] == ["1", "1", "1"]


async def test_a_signed_fetch_can_be_verified(
    client: Client, peer: Peer, local: LocalActor, clock: Clock
) -> None:
    peer.answer = lambda _: document()
    await client.fetch(f"{peer.origin}/actors/bob?x=1", signer=local)
    signature = peer.seen[0].signature(clock.now)
    signatures.check(signature, local.rsa.key.public)
    assert signature.key_id == local.rsa.id


async def test_a_post_is_signed_over_its_body_and_can_be_verified(
    client: Client, peer: Peer, local: LocalActor, clock: Clock
) -> None:
    answer = await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)
    (seen,) = peer.seen
    assert (answer.status, answer.wait, answer.body) == (202, None, b"")
    assert (seen.method, seen.body, seen.header("Content-Type")) == ("POST", BODY, ACTIVITY_JSON)
    signatures.check(seen.signature(clock.now), local.rsa.key.public)
    seen.body = BODY.replace(b"Offer", b"Undo")
    with pytest.raises(Unauthenticated, match="digest-mismatch"):
        seen.signature(clock.now)


async def test_the_environment_takes_no_part(
    client: Client, peer: Peer, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    peer.answer = lambda _: document(headers={"Set-Cookie": "a=b"})
    await client.fetch(f"{peer.origin}/one")
    await client.fetch(f"{peer.origin}/two")
    assert peer.seen[1].header("Cookie") is None


# What is believed


@pytest.mark.parametrize(
    "content_type",
    [
        ACTIVITY_JSON,
        f"{ACTIVITY_JSON}; charset=utf-8",
        "Application/Activity+JSON",
        LD_JSON_ACTIVITYSTREAMS,
        f'{LD_JSON};profile="https://www.w3.org/ns/activitystreams https://other.example/"; charset=utf-8',
    ],
)
async def test_activitystreams_media_types_are_believed(
    client: Client, peer: Peer, content_type: str
) -> None:
    peer.answer = lambda _: document(headers={"Content-Type": content_type})
    assert (await client.fetch(peer.origin)).content_type == content_type


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param(one, id=f"KY-07 {one or 'none'}")
        for one in (
            "text/html",
            "text/plain",
            "image/png",
            "application/octet-stream",
            "application/json",
            LD_JSON,
            JRD_JSON,
            f"text/plain; x={ACTIVITY_JSON}",
            f"{ACTIVITY_JSON}x",
            "",
        )
    ],
)
async def test_other_media_types_are_not(client: Client, peer: Peer, content_type: str) -> None:
    peer.answer = lambda _: document(headers={"Content-Type": content_type})
    with pytest.raises(Unreachable, match=r"media-type-refused: .* none of: application/activity"):
        await client.fetch(peer.origin)


async def test_two_media_types_are_none(client: Client, speak_raw: SpeakRaw) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Type: application/activity+json\r\n"
            b"Content-Length: 2\r\n\r\n{}"
        )

    # Whether the HTTP library already objects or we do: nothing is believed.
    assert await why_not(client.fetch(await speak_raw(talk))) in {"media-type-refused", "answer-malformed"}


async def test_webfinger_has_its_own_media_type(client: Client, peer: Peer) -> None:
    peer.answer = lambda _: document(headers={"Content-Type": JRD_JSON})
    assert (await client.fetch(peer.origin, media=RESOURCE_DESCRIPTOR)).document == {"id": "x"}
    assert peer.seen[0].header("Accept") == f"{JRD_JSON}, application/json"
    peer.answer = lambda _: document(headers={"Content-Type": "application/json; charset=utf-8"})
    assert (await client.fetch(peer.origin, media=RESOURCE_DESCRIPTOR)).document == {"id": "x"}
    peer.answer = lambda _: document()
    assert await why_not(client.fetch(peer.origin, media=RESOURCE_DESCRIPTOR)) == "media-type-refused"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "not-found"),
        (410, "gone"),
        (204, "status-unexpected"),
        (401, "status-unexpected"),
        (500, "status-unexpected"),
    ],
)
async def test_only_200_has_a_document(client: Client, peer: Peer, status: int, code: str) -> None:
    peer.answer = lambda _: web.Response(status=status, body=b"{}", content_type=ACTIVITY_JSON)
    assert await why_not(client.fetch(peer.origin)) == code


async def test_missing_and_gone_are_told_apart(client: Client, peer: Peer) -> None:
    peer.answer = lambda seen: web.Response(status=410 if "gone" in seen.target else 404)
    with pytest.raises(Gone):
        await client.fetch(f"{peer.origin}/gone")
    with pytest.raises(NotFound):
        await client.fetch(f"{peer.origin}/never")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xef\xbb\xbf{}", b"{}{}"], ids=repr
)
async def test_only_strict_json_is_believed(client: Client, peer: Peer, body: bytes) -> None:
    peer.answer = lambda _: document(body)
    with pytest.raises(Malformed):
        await client.fetch(peer.origin)


# Where it goes: SSRF


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    [
        pytest.param(one, id=f"SS-01 {one}")
        for one in ("127.0.0.1", "0.0.0.0", "[::]", "[::1]", "localhost", "localhost.")
    ],
)
async def test_this_machine_is_out_of_reach(
    production: Client, canary: Canary, host: str, scheme: str
) -> None:
    assert await why_not(production.fetch(f"{scheme}://{host}:{canary.port}/")) in {
        "address-refused",
        "iri-invalid",
    }


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(one, id=f"{case} {one}")
        for case, hosts in (
            (
                "SS-02",
                "10.0.0.1 172.16.0.1 192.168.0.1 169.254.169.254 100.64.0.1 192.0.0.1 192.0.2.1 198.18.0.1",
            ),
            ("SS-02", "203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255"),
            (
                "SS-04",
                "[::ffff:10.0.0.1] [::ffff:127.0.0.1] [::10.0.0.1] [64:ff9b::a00:1] [64:ff9b:1::a00:1]",
            ),
            ("SS-04", "[2002:a00:1::1] [2001:0:a00:1::] [fe80::1] [fd00:ec2::254]"),
        )
        for one in hosts.split()
    ],
)
async def test_private_addresses_are_out_of_reach(production: Client, client: Client, host: str) -> None:
    # Dialling would be more than a refusal here: the test run forbids every connection outside loopback.
    assert await why_not(production.fetch(f"https://{host}/")) == "address-refused"
    if host != "[::ffff:127.0.0.1]":
        assert await why_not(client.fetch(f"https://{host}/")) == "address-refused"


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(one, id=f"SS-05 {one!a}")
        for one in (
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "%31%32%37.0.0.1",
            "①②⑦.0.0.1",
            "ⓛocalhost",
            "127。0。0。1",
        )
    ],
)
async def test_disguised_addresses_are_out_of_reach(
    production: Client, client: Client, canary: Canary, host: str
) -> None:
    for one in (production, client):
        assert await why_not(one.fetch(f"https://{host}:{canary.port}/")) == "iri-invalid"


class FakeResolver(AbstractResolver):
    """A fake of the one boundary that cannot be run here: name servers of strangers. Answers in turn."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked.append(host)
        if not self.answers:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.answers.pop(0)
        ]

    async def close(self) -> None:
        pass


async def test_ss_07_a_name_that_turns_to_this_machine_is_not_followed(canary: Canary, clock: Clock) -> None:
    """DNS rebinding: who checks the name is told a public address, who connects would get another."""
    resolver = FakeResolver(["93.184.215.14"], ["127.0.0.1"], ["10.0.0.1", "::1"])
    assert (await resolver.resolve("rebind.example"))[0]["host"] == "93.184.215.14"
    async with Client(Reach(), clock=clock, user_agent="test", resolver=resolver) as client:
        for path in ("one", "two"):
            assert (
                await why_not(client.fetch(f"https://rebind.example:{canary.port}/{path}"))
                == "address-refused"
            )
    assert len(resolver.asked) == 3


async def test_a_bad_address_among_good_ones_is_left_out(peer: Peer, clock: Clock) -> None:
    resolver = FakeResolver(["10.0.0.1", "127.0.0.1"])
    peer.answer = lambda _: document()
    port = peer.origin.rpartition(":")[2]
    async with Client(
        Reach(allow_loopback_http=True), clock=clock, user_agent="test", resolver=resolver
    ) as client:
        assert (await client.fetch(f"http://peer.localhost:{port}/")).document == {"id": "x"}


async def test_a_name_that_does_not_resolve_is_said_to_be_unknown(clock: Clock) -> None:
    async with Client(Reach(), clock=clock, user_agent="test", resolver=FakeResolver()) as client:
        assert await why_not(client.fetch("https://nowhere.example/")) == "name-unknown"


async def test_ss_08_a_literal_address_is_refused_though_no_resolver_is_asked(
    canary: Canary, clock: Clock
) -> None:
    resolver = FakeResolver()
    async with Client(Reach(), clock=clock, user_agent="test", resolver=resolver) as client:
        assert await why_not(client.fetch(f"https://127.0.0.1:{canary.port}/")) == "address-refused"
    assert resolver.asked == []


@pytest.mark.parametrize(
    "iri",
    [
        pytest.param(one, id=f"SS-13 {one[:60]!a}")
        for one in (
            "https://peer.example:22/", "https://peer.example:25/", "https://peer.example:6379/",
            "https://peer.example:0/", "https://peer.example:65536/", "https://user@peer.example/",
            "https://user:word@peer.example/", "https://peer.example/\r\nX: y", "https://peer.example/a b",
            "https://peer.example/a\tb", "https://peer.example/" + "a" * 4_096, "https://peer.example/#key",
            "http://peer.example/", "ftp://peer.example/", "file:///etc/passwd", "/inbox", "", "https:///inbox",
        )
    ],
)  # fmt: skip
async def test_what_is_not_a_plain_web_address_is_refused(
    production: Client, local: LocalActor, iri: str
) -> None:
    with pytest.raises(Unprocessable, match="iri-invalid"):
        await production.fetch(iri)
    with pytest.raises(Unprocessable, match="iri-invalid"):
        await production.post(iri, body=BODY, signer=local)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_fetch_follows_a_redirect_and_says_where_it_ended(
    client: Client, peer: Peer, status: int
) -> None:
    peer.answer = lambda seen: redirect_to("/b", status) if seen.target.endswith("/a") else document()
    assert (await client.fetch(f"{peer.origin}/a")).iri == f"{peer.origin}/b"


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("/a", id="SS-10 to itself"),
        pytest.param("/b?{}", id="SS-10 twenty hops"),
    ],
)
async def test_a_fetch_follows_two_redirects_at_most(client: Client, peer: Peer, location: str) -> None:
    peer.answer = lambda _: redirect_to(location.format(len(peer.seen)))
    assert await why_not(client.fetch(f"{peer.origin}/a")) == "redirect-refused"
    assert len(peer.seen) == 3


async def test_ss_11_a_signed_request_is_not_carried_to_another_origin(
    client: Client, serve: ServePeer, local: LocalActor
) -> None:
    second = await serve(lambda _: document())
    first = await serve(lambda _: redirect_to(f"{second.origin}/stolen"))
    assert await why_not(client.fetch(f"{first.origin}/a", signer=local)) == "redirect-refused"
    assert second.seen == []


async def test_a_signature_is_made_anew_for_a_hop_on_the_same_origin(
    client: Client, peer: Peer, local: LocalActor, clock: Clock
) -> None:
    peer.answer = lambda seen: redirect_to("/b") if seen.target.endswith("/a") else document()
    await client.fetch(f"{peer.origin}/a", signer=local)
    for seen in peer.seen:
        signatures.check(seen.signature(clock.now), local.rsa.key.public)
    assert peer.seen[0].header("Signature") != peer.seen[1].header("Signature")


async def test_an_unsigned_fetch_may_be_carried_to_another_origin(client: Client, serve: ServePeer) -> None:
    second = await serve(lambda _: document())
    first = await serve(lambda _: redirect_to(f"{second.origin}/there"))
    assert (await client.fetch(f"{first.origin}/a")).iri == f"{second.origin}/there"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://0.0.0.0:{}/", "redirect-refused"),
        ("http://[::]:{}/", "redirect-refused"),
        ("http://127.1:{}/", "redirect-refused"),
        ("https://10.0.0.1:{}/", "address-refused"),
        ("https://169.254.169.254/latest", "address-refused"),
        ("http://peer.example:{}/", "redirect-refused"),
        ("//user@127.0.0.1:{}/", "redirect-refused"),
        ("https://[", "redirect-refused"),
        ("gopher://127.0.0.1:{}/", "redirect-refused"),
        ("", "redirect-refused"),
    ],
)
async def test_a_redirect_is_checked_like_the_first_address(
    client: Client, peer: Peer, canary: Canary, location: str, code: str
) -> None:
    peer.answer = lambda _: redirect_to(location.format(canary.port))
    assert await why_not(client.fetch(f"{peer.origin}/a")) == code


async def test_a_redirect_without_a_location_leads_nowhere(client: Client, peer: Peer) -> None:
    peer.answer = lambda _: web.Response(status=302)
    assert await why_not(client.fetch(f"{peer.origin}/a")) == "redirect-refused"


async def test_a_post_is_never_redirected(client: Client, serve: ServePeer, local: LocalActor) -> None:
    second = await serve()
    first = await serve(lambda _: redirect_to(f"{second.origin}/inbox", 307))
    assert (await client.post(f"{first.origin}/inbox", body=BODY, signer=local)).status == 307
    assert second.seen == []


# Bounds


async def forever(writer: asyncio.StreamWriter, piece: bytes) -> None:
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)


def endless(
    head: bytes, piece: bytes
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n" + head + b"\r\n\r\n")
        await forever(writer, piece)

    return talk


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"Connection: close", b" " * 65_536, id="SS-16 endless body"),
        pytest.param(b"Content-Length: 10000000000", b" " * 65_536, id="SS-16 10 GB body"),
        pytest.param(
            b"Transfer-Encoding: chunked", b"1000\r\n" + b" " * 4_096 + b"\r\n", id="SS-16 endless chunks"
        ),
    ],
)
async def test_a_document_is_read_up_to_the_limit(
    client: Client, speak_raw: SpeakRaw, head: bytes, piece: bytes
) -> None:
    with pytest.raises(TooLarge):
        await client.fetch(await speak_raw(endless(head, piece)))


@pytest.mark.parametrize(("over", "ok"), [(0, True), (1, False)])
async def test_the_limit_on_documents_is_exact(client: Client, peer: Peer, over: int, ok: bool) -> None:
    body = b'{"a":"' + b"x" * (LIMIT_DOCUMENT_BYTES - 8 + over) + b'"}'
    peer.answer = lambda _: document(body)
    if ok:
        assert len((await client.fetch(peer.origin)).document["a"]) == LIMIT_DOCUMENT_BYTES - 8
    else:
        assert await why_not(client.fetch(peer.origin)) == "document-too-large"


async def test_ss_16_a_body_shorter_than_it_says_is_not_believed(client: Client, speak_raw: SpeakRaw) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 99\r\n\r\n{}"
        )

    assert await why_not(client.fetch(await speak_raw(talk))) == "disconnected"


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(b" " * 20_000_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-gzip", "identity, gzip"])
async def test_ss_16_nothing_is_inflated(client: Client, peer: Peer, encoding: str, bomb: bytes) -> None:
    peer.answer = lambda _: document(bomb, {"Content-Encoding": encoding})
    assert await why_not(client.fetch(peer.origin)) == "encoding-refused"


async def test_a_document_that_says_it_is_not_compressed_is_read(client: Client, peer: Peer) -> None:
    peer.answer = lambda _: document(headers={"Content-Encoding": "Identity"})
    assert (await client.fetch(peer.origin)).document == {"id": "x"}


async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def slow_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X")
        await writer.drain()
        await asyncio.sleep(0.02)


async def slow_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 99\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(silent, id="SS-17 never answers"),
        pytest.param(slow_headers, id="SS-17 slow headers"),
        pytest.param(slow_body, id="SS-17 slow body"),
    ],
)
async def test_ss_17_an_exchange_is_bounded_in_time(
    speak_raw: SpeakRaw,
    clock: Clock,
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> None:
    origin = await speak_raw(talk)
    reach = Reach(allow_loopback_http=True)
    async with (
        Client(reach, clock=clock, user_agent="test", timeout_seconds=0.2) as client,
        asyncio.timeout(60),  # whoever waits for more than the whole exchange waits for ever
    ):
        assert await why_not(client.fetch(origin)) == "timeout"


async def test_ss_17_a_tls_handshake_that_stalls_is_bounded_in_time(clock: Clock) -> None:
    stalled = asyncio.Event()

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stalled.wait()
        writer.close()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reach = Reach(allow_loopback_http=True)
    async with (
        Client(reach, clock=clock, user_agent="test", timeout_seconds=0.2) as client,
        asyncio.timeout(60),  # whoever waits for more than the whole exchange waits for ever
    ):
        assert await why_not(client.fetch(f"https://127.0.0.1:{port}/")) == "timeout"
    stalled.set()
    server.close()


async def test_redirects_do_not_stretch_the_time(serve: ServePeer, clock: Clock) -> None:
    async def dawdle(seen: Seen) -> web.StreamResponse:
        await asyncio.sleep(1.8)
        return redirect_to("/on")

    peer = await serve(dawdle)
    reach = Reach(allow_loopback_http=True)
    async with Client(reach, clock=clock, user_agent="test", timeout_seconds=3.0) as client:
        assert await why_not(client.fetch(peer.origin)) == "timeout"
    assert len(peer.seen) == 2


def test_the_time_limit_is_ten_seconds() -> None:
    assert TIMEOUT_SECONDS == 10


async def test_do_05_a_hundred_slow_servers_keep_no_other_waiting(
    clock: Clock, speak_raw: SpeakRaw, peer: Peer
) -> None:
    patient = Client(Reach(allow_loopback_http=True), clock=clock, user_agent="test", timeout_seconds=60)
    async with patient as client:
        await _a_hundred_keep_no_other_waiting(client, speak_raw, peer)


async def _a_hundred_keep_no_other_waiting(client: Client, speak_raw: SpeakRaw, peer: Peer) -> None:
    origins = [await speak_raw(silent) for _ in range(100)]
    stuck = [asyncio.create_task(client.fetch(f"{origin}/key")) for origin in origins]
    await asyncio.sleep(0)
    peer.answer = lambda _: document()
    assert (await client.fetch(peer.origin)).document == {"id": "x"}
    assert not any(task.done() for task in stuck)  # it was not their end that it waited for
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)


async def test_nobody_there_is_said_so(client: Client, speak_raw: SpeakRaw) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert await why_not(client.fetch(f"http://127.0.0.1:{port}/")) == "connection-refused"


@pytest.mark.parametrize(
    "answer",
    [b"ICY 200 OK\r\n\r\n", b"\x16\x03\x01\x02", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"],
    ids=["not HTTP", "TLS", "a header without end"],
)
async def test_an_answer_that_is_not_http_is_refused(
    client: Client, speak_raw: SpeakRaw, answer: bytes
) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    assert await why_not(client.fetch(await speak_raw(talk))) in {"answer-malformed", "disconnected"}


async def test_no_error_repeats_the_peers_words(client: Client, speak_raw: SpeakRaw) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 2x0 marker\r\n\r\n")

    with pytest.raises(Unreachable) as refusal:
        await client.fetch(await speak_raw(talk))
    assert "marker" not in str(refusal.value)
    assert refusal.value.status_hint == 502


# TLS


async def test_tls_to_a_peer_with_a_valid_certificate(tls_peer: TlsPeer, clock: Clock) -> None:
    peer, trust = await tls_peer("localhost")
    async with Client(Reach(allow_loopback_http=True), clock=clock, user_agent="test", tls=trust) as client:
        assert (await client.fetch(f"{peer.origin}/")).document == {"id": "x"}


@pytest.mark.parametrize(
    ("name", "expired", "trusted", "said"),
    [
        pytest.param(
            "localhost", False, False, "by an authority that this node does not know", id="SS-19 self-signed"
        ),
        pytest.param("localhost", True, True, "has run out", id="SS-19 expired"),
        pytest.param("other.example", False, True, "for another name", id="SS-19 another name"),
    ],
)
async def test_ss_19_a_bad_certificate_fails_closed(
    tls_peer: TlsPeer, clock: Clock, name: str, expired: bool, trusted: bool, said: str
) -> None:
    peer, trust = await tls_peer(name, expired=expired)
    tls = trust if trusted else None
    async with Client(Reach(allow_loopback_http=True), clock=clock, user_agent="test", tls=tls) as client:
        with pytest.raises(Unreachable, match=said) as refused:
            await client.fetch(f"{peer.origin}/")
    assert refused.value.code == "tls-refused"
    assert peer.seen == []


async def test_ss_19_there_is_no_way_back_to_plain_http(client: Client, peer: Peer) -> None:
    assert await why_not(client.fetch(peer.origin.replace("http:", "https:"))) == "tls-refused"
    assert peer.seen == []


# Posts


@pytest.mark.parametrize(
    ("header", "wait"),
    [("120", timedelta(seconds=120)), ("-1", None), ("999999999", timedelta(hours=24)), ("soon", None)],
)
async def test_dl_01_the_wait_a_peer_asks_for_is_read(
    client: Client, peer: Peer, local: LocalActor, header: str, wait: timedelta | None
) -> None:
    peer.answer = lambda _: web.Response(status=503, headers={"Retry-After": header})
    assert (await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)).wait == wait


async def test_dl_05_an_endless_answer_is_drained_a_little_and_counts(
    client: Client, speak_raw: SpeakRaw, local: LocalActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.delivery.client.LINGER_SECONDS", 60.0)  # the size ends it, not the patience

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10000000000\r\n\r\n")
        await forever(writer, b"x" * 65_536)

    answer = await client.post(await speak_raw(talk), body=BODY, signer=local)
    assert answer.status == 202
    assert len(answer.body) == LIMIT_ANSWER_BYTES


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


async def test_interim_answers_without_end_are_cut_off(
    client: Client, speak_raw: SpeakRaw, local: LocalActor
) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forever(writer, HINT * 400)

    # Their number ends it, and not the patience of a whole exchange ("timeout").
    assert await why_not(client.fetch(await speak_raw(talk))) == "disconnected"
    post = client.post(await speak_raw(talk), body=BODY, signer=local)
    assert await why_not(post) == "disconnected"


@pytest.mark.parametrize(("count", "code"), [(LIMIT_INTERIM, None), (LIMIT_INTERIM + 1, "disconnected")])
async def test_a_few_interim_answers_are_passed_over(
    client: Client, speak_raw: SpeakRaw, local: LocalActor, count: int, code: str | None
) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HINT * count + b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    post = client.post(await speak_raw(talk), body=BODY, signer=local)
    if code is None:
        assert (await post).status == 202
    else:
        assert await why_not(post) == code


@pytest.mark.parametrize("ending", ["stalls", "breaks off"])
async def test_an_answer_counts_though_its_body_never_ends(
    client: Client, speak_raw: SpeakRaw, local: LocalActor, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr("node.delivery.client.LINGER_SECONDS", 0.05)

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\nso far")
        if ending == "stalls":
            await asyncio.sleep(30)

    answer = await client.post(await speak_raw(talk), body=BODY, signer=local)
    assert (answer.status, answer.body) == (202, b"so far")


async def test_connections_are_kept(client: Client, peer: Peer, local: LocalActor) -> None:
    for _ in range(5):
        await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)
    assert len({seen.connection for seen in peer.seen}) == 1


async def test_a_kept_connection_that_was_just_closed_is_replaced(
    client: Client, speak_raw: SpeakRaw, local: LocalActor
) -> None:
    talks = 0

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal talks
        talks += 1
        if talks > 1:
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")

    assert (await client.post(await speak_raw(talk), body=BODY, signer=local)).status == 202
    assert talks == 2


async def test_a_peer_that_always_hangs_up_is_left(
    client: Client, speak_raw: SpeakRaw, local: LocalActor
) -> None:
    talks = 0

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal talks
        talks += 1

    assert await why_not(client.post(await speak_raw(talk), body=BODY, signer=local)) == "disconnected"
    assert talks == 2


# Knocking twice


def scheme_of(seen: Seen) -> Scheme:
    return Scheme.RFC9421 if seen.header("Signature-Input") else Scheme.CAVAGE


def takes_only(scheme: Scheme, refusal: int = 401) -> Callable[[Seen], web.Response]:
    return lambda seen: accepted(seen) if scheme_of(seen) is scheme else web.Response(status=refusal)


@pytest.mark.parametrize("refusal", [400, 401, 403, 500, 501, 502])
async def test_a_peer_that_knows_the_old_scheme_only_gets_it_and_is_remembered(
    client: Client, serve: ServePeer, local: LocalActor, clock: Clock, refusal: int
) -> None:
    peer = await serve(takes_only(Scheme.CAVAGE, refusal))
    for _ in range(2):
        assert (await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)).status == 202
    assert [scheme_of(seen) for seen in peer.seen] == [Scheme.RFC9421, Scheme.CAVAGE, Scheme.CAVAGE]
    for seen in peer.seen:
        signatures.check(seen.signature(clock.now), local.rsa.key.public)


async def test_fetches_knock_twice_too(client: Client, serve: ServePeer, local: LocalActor) -> None:
    peer = await serve(
        lambda seen: document() if scheme_of(seen) is Scheme.CAVAGE else web.Response(status=401)
    )
    assert (await client.fetch(peer.origin, signer=local)).document == {"id": "x"}
    assert len(peer.seen) == 2


async def test_a_peer_that_speaks_ed25519_is_knocked_at_with_it(
    client: Client, peer: Peer, local: LocalActor, clock: Clock
) -> None:
    await client.post(f"{peer.origin}/inbox", body=BODY, signer=local, ed25519=True)
    signature = peer.seen[0].signature(clock.now)
    assert signature.key_id == local.ed25519.id
    signatures.check(signature, local.ed25519.key.public)


@pytest.mark.parametrize("status", [404, 409, 410, 413, 422, 429, 503, 504])
async def test_what_is_not_about_the_signature_is_not_asked_twice(
    client: Client, peer: Peer, local: LocalActor, status: int
) -> None:
    peer.answer = lambda _: web.Response(status=status)
    assert (await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)).status == status
    assert len(peer.seen) == 1


async def test_a_peer_that_refuses_both_is_not_asked_a_third_time(
    client: Client, peer: Peer, local: LocalActor
) -> None:
    peer.answer = lambda _: web.Response(status=401)
    assert (await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)).status == 401
    assert [scheme_of(seen) for seen in peer.seen] == [Scheme.RFC9421, Scheme.CAVAGE]
    peer.answer = accepted
    await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)
    assert scheme_of(peer.seen[2]) is Scheme.RFC9421  # a refusal has taught us nothing


async def test_a_peer_that_asks_for_a_signature_gets_it(
    client: Client, peer: Peer, local: LocalActor
) -> None:
    def answer(seen: Seen) -> web.Response:
        if seen.header("Signature-Input") and "ed25519" in str(seen.header("Signature-Input")):
            return web.Response(status=202)
        wanted = 'sig1=("@method" "@target-uri" "content-digest");created;alg="ed25519"'
        return web.Response(status=401, headers={"Accept-Signature": wanted})

    peer.answer = answer
    assert (await client.post(f"{peer.origin}/inbox", body=BODY, signer=local)).status == 202
