"""A peer that cannot be asked just now: a broken connection is forgotten sooner than an answer."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import orjson
import pytest

from node.delivery.client import Unreachable
from node.delivery.directory import FRESH_FOR, RETRY_AFTER, RETRY_BROKEN_AFTER, Directory
from protocol.actors import Actor, render_actor
from protocol.vocabulary import ACTIVITY_JSON
from tests.delivery.conftest import START, Clock, Peer, SpeakRaw, make_actor, publish


@dataclass
class Moody:
    """A server that serves one actor, or hangs up on whoever asks."""

    actor: Actor | None = None
    hangs_up: bool = False
    asked: int = 0

    async def talk(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        if not self.hangs_up and self.actor is not None:
            body = orjson.dumps(render_actor(self.actor))
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {ACTIVITY_JSON}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)


@pytest.fixture
async def moody(speak_raw: SpeakRaw) -> Moody:
    server = Moody()
    server.actor = make_actor(f"{await speak_raw(server.talk)}/actors/bob")
    return server


@pytest.fixture
def bob(peer: Peer) -> Actor:
    return publish(peer, make_actor(f"{peer.origin}/actors/bob"))


async def test_a_first_fetch_that_broke_is_tried_again_in_seconds(
    directory: Directory, moody: Moody, clock: Clock
) -> None:
    assert moody.actor is not None
    moody.hangs_up = True
    for _ in range(3):
        with pytest.raises(Unreachable, match="disconnected"):
            await directory.actor(moody.actor.iri)
    asked, moody.hangs_up = moody.asked, False
    with pytest.raises(Unreachable):
        await directory.actor(moody.actor.iri)
    assert moody.asked == asked
    clock.now += RETRY_BROKEN_AFTER
    assert await directory.actor(moody.actor.iri) == moody.actor


async def test_so_is_a_stale_actor_whose_refresh_broke(
    directory: Directory, moody: Moody, clock: Clock
) -> None:
    assert moody.actor is not None
    await directory.actor(moody.actor.iri)
    moody.hangs_up = True
    clock.now = START + FRESH_FOR
    with pytest.raises(Unreachable):
        await directory.actor(moody.actor.iri)
    moody.hangs_up = False
    clock.now += RETRY_BROKEN_AFTER
    assert await directory.actor(moody.actor.iri) == moody.actor
    asked = moody.asked
    clock.now += RETRY_BROKEN_AFTER
    await directory.actor(moody.actor.iri, refresh=True)
    assert moody.asked == asked  # an answer is one: the forger's five minutes hold


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=3)])
async def test_a_clock_that_was_set_back_does_not_keep_an_actor_from_being_asked(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock, back: timedelta
) -> None:
    await directory.actor(bob.iri)
    clock.now -= back
    await directory.actor(bob.iri, refresh=True)
    assert len(peer.seen) == 2
    clock.now += RETRY_AFTER - timedelta(seconds=1)
    await directory.actor(bob.iri, refresh=True)
    assert len(peer.seen) == 2
