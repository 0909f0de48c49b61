"""Which client posts an event: only a host that the owner named is dialled wherever it leads."""

import pytest
from aiohttp import web

from node.core import codes
from node.core.hook_reach import NAMED_REACH, HookReach
from node.delivery.client import Client, Unreachable
from node.delivery.envelopes.webhooks import Webhooks
from node.services.webhooks.events import HookMessage
from protocol.errors import Unprocessable
from protocol.webhooks import HookSecret, read_key, verify, write_secret
from tests.delivery.conftest import HOME, Canary, Clock, Peer
from tests.whole import LEDGER

SECRET = HookSecret(bytes(range(32)))


def message(url: str) -> HookMessage:
    return HookMessage(url, "evt_1", b'{"id":"evt_1"}', (SECRET,))


async def kind(clock: Clock, production: Client, *hosts: str) -> tuple[Webhooks, Client]:
    named = Client(NAMED_REACH, clock=clock, user_agent="Freehold/test")
    return Webhooks(
        named, HookReach(production.reach, frozenset(hosts)), LEDGER, origin=HOME, clock=clock
    ), named


async def test_a_host_that_is_named_is_reached_on_this_machine(
    clock: Clock, production: Client, peer: Peer
) -> None:
    hooks, named = await kind(clock, production, "127.0.0.1")
    async with named:
        peer.answer = lambda _: web.Response(status=204)
        outcome = await hooks.post(message(f"{peer.origin}/hook"), production)
    assert (outcome.status, outcome.answered) == (204, True)
    (seen,) = peer.posts()
    headers = {name.lower(): value for name, value in seen.headers}
    assert verify(headers, seen.body, [read_key(write_secret(SECRET))], now=clock()) == "evt_1"
    assert "signature" not in headers


async def test_one_that_is_not_is_not_even_dialled(clock: Clock, production: Client, canary: Canary) -> None:
    hooks, named = await kind(clock, production, "127.0.0.2", "localhost")
    async with named:
        with pytest.raises(Unprocessable):
            await hooks.post(message(f"http://127.0.0.1:{canary.port}/"), production)
        with pytest.raises(Unreachable) as caught:
            await hooks.post(message(f"https://127.0.0.1:{canary.port}/"), production)
    assert caught.value.code == codes.ADDRESS_REFUSED


async def test_what_it_answers_is_no_fault_of_its_neighbours(
    clock: Clock, production: Client, peer: Peer
) -> None:
    hooks, named = await kind(clock, production, "127.0.0.1")
    async with named:
        peer.answer = lambda _: web.Response(
            status=302, headers={"Location": "http://127.0.0.1:9/", "Retry-After": "7"}
        )
        outcome = await hooks.post(message(f"{peer.origin}/hook"), production)
    assert outcome.status == 302
    assert outcome.wait is not None
    assert outcome.answered
    assert len(peer.posts()) == 1  # a redirect is not followed
