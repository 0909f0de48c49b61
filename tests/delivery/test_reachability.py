"""A node that asks for itself: through a client like the others, with a secret of the moment."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from ipaddress import ip_network
from itertools import count
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from node.core.addresses import Reach
from node.core.reachability import PATH, Sighted, Sighting
from node.delivery.client import Client
from node.delivery.clients import Opening, open_looker
from node.delivery.reachability import Reachability
from node.settings import Settings
from tests.delivery.conftest import Canary, Clock, Peer, Seen, TlsPeer, make_certificate
from tests.delivery.test_client import FakeResolver, redirect_to


def drawing() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"secret{next(numbers)}"


def at(origin: str, client: Client, clock: Clock) -> Reachability:
    return Reachability(client, origin=origin, clock=clock, draw=drawing())


async def test_the_node_itself_knows_the_answer(client: Client, peer: Peer, clock: Clock) -> None:
    node = at(peer.origin, client, clock)

    def answer(seen: Seen) -> web.Response:
        return web.json_response({"answer": node.answer_to(seen.target.rpartition("/")[2])})

    peer.answer = answer
    assert node.answer_to("secret1") is None
    assert (await node.look()).sighting is Sighting.THIS_MACHINE
    assert node.last == Sighted(Sighting.THIS_MACHINE, clock())
    assert [seen.target for seen in peer.seen] == [f"{peer.origin}{PATH}secret1"]
    assert node.answer_to("secret1") is None  # the moment is over


@pytest.mark.parametrize(
    ("learnt", "said"), [("untold", "X-Forwarded-For"), ("told", ""), (None, ""), ([], "")]
)
async def test_what_hides_who_calls_is_said_of_an_address_that_leads_here(
    client: Client, peer: Peer, clock: Clock, learnt: object, said: str
) -> None:
    node = at(peer.origin, client, clock)
    peer.answer = lambda seen: web.json_response(
        {"answer": node.answer_to(seen.target.rpartition("/")[2]), "callers": learnt}
    )
    found = await node.look()
    assert found.sighting is Sighting.THIS_MACHINE
    assert said in found.detail
    assert bool(found.detail) is bool(said)


@pytest.mark.parametrize(
    "answer",
    [
        web.json_response({"answer": "secret1"}),  # the question, which whoever answers has seen
        web.json_response({}),
        web.json_response({"answer": None}),
        web.Response(text="Welcome to nginx!", content_type="text/html"),
        web.Response(status=404),
        web.Response(status=502),
    ],
    ids=["the question", "nothing", "null", "a page", "404", "502"],
)
async def test_who_does_not_know_it_is_something_else(
    client: Client, peer: Peer, clock: Clock, answer: web.Response
) -> None:
    peer.answer = lambda _: answer
    seen = await at(peer.origin, client, clock).look()
    assert seen.sighting is Sighting.SOMETHING_ELSE
    assert str(answer.status) in seen.detail or answer.content_type == "text/html"
    assert seen.detail.startswith("It answers with ")  # the owner's own server is nobody's other one


async def test_an_address_that_leads_on_is_another_one(client: Client, peer: Peer, clock: Clock) -> None:
    def answer(seen: Seen) -> web.Response:
        return redirect_to("/elsewhere") if "elsewhere" not in seen.target else web.json_response({})

    peer.answer = answer
    assert (await at(peer.origin, client, clock).look()).sighting is Sighting.LED_ELSEWHERE


async def test_a_private_address_is_not_dialled(production: Client, canary: Canary, clock: Clock) -> None:
    node = at(f"https://127.0.0.1:{canary.port}", production, clock)
    assert (await node.look()).sighting is Sighting.PRIVATE


async def test_a_name_that_leads_nowhere_and_a_wrong_certificate_are_told(
    client: Client, tls_peer: TlsPeer, clock: Clock
) -> None:
    names = FakeResolver(["10.0.0.1"])
    async with Client(Reach(), clock=clock, user_agent="Freehold/test", resolver=names) as public:
        assert (await at("https://home.example", public, clock).look()).sighting is Sighting.PRIVATE
        assert (await at("https://home.example", public, clock).look()).sighting is Sighting.NO_NAME
    peer, _ = await tls_peer("other.example")
    seen = await at(peer.origin, client, clock).look()
    assert (seen.sighting, seen.detail.startswith("Its certificate ")) == (Sighting.CERTIFICATE, True)


async def test_a_certificate_that_runs_out_between_two_looks_is_seen(tmp_path: Path, clock: Clock) -> None:
    shown, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tmp_path / "ca.crt"
    shown.load_cert_chain(*make_certificate(tmp_path, "localhost", expired=False))
    trusted.write_bytes((tmp_path / "localhost.crt").read_bytes())
    peer = Peer(lambda seen: web.json_response({"answer": node.answer_to(seen.target[-7:])}), clock)
    server = RawTestServer(peer.handle, host="127.0.0.1", scheme="https")
    async with AsyncExitStack() as stack:
        await server.start_server(ssl=shown)
        stack.push_async_callback(server.close)
        peer.origin = f"https://localhost:{server.port}"
        here = (ip_network("127.0.0.0/8"),)
        settings = Settings(origin=peer.origin, ca_file=str(trusted), allowed_networks=here)
        opening = Opening(stack=stack, settings=settings, clock=clock, for_person=False)
        node = at(peer.origin, open_looker(opening), clock)
        assert (await node.look()).sighting is Sighting.THIS_MACHINE
        shown.load_cert_chain(*make_certificate(tmp_path, "localhost", expired=True))
        assert (await node.look()).sighting is Sighting.CERTIFICATE


async def test_all_who_ask_at_once_get_one_look_and_nobody_waits_longer_than_they_like(
    peer: Peer, clock: Clock
) -> None:
    come = asyncio.Event()

    async def slow(_: Seen) -> web.StreamResponse:
        await come.wait()
        return web.json_response({})

    peer.answer = slow
    async with Client(Reach(allow_loopback_http=True), clock=clock, user_agent="Freehold/test") as client:
        node = at(peer.origin, client, clock)
        node.begin()
        assert await node.look_within(0.01) is None
        others = asyncio.gather(node.look(), node.look())
        come.set()
        assert [seen.sighting for seen in await others] == [Sighting.SOMETHING_ELSE] * 2
        assert len(peer.seen) == 1
        come.clear()
        node.begin()
        await node.close()
        await node.close()
