"""Sending: one activity to many recipients by every contender, in turns.

Freehold casts a public intention to its followers. Fedify gets the recipients with `sendActivity` and sends a
`Create{Note}` of about the same size. Either signs every request with RSA (RFC 9421); where the recipients
say that they verify Ed25519 (FEP-844e), Freehold signs with that. The clock runs from the order to the last
arrival.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

import aiohttp

from bench.contenders import Contender, Fedify, Freehold
from bench.load import send
from bench.sink import Sink
from protocol import signatures
from protocol.actors import Actor, KeyPurpose, read_actor
from protocol.signatures import Request
from protocol.vocabulary import ACTIVITY_JSON

CONTENT = "A trekking bike with belt drive is wanted, in the next three weeks, for at most two people. " * 8


@dataclass(frozen=True)
class Sender:
    """A way to send: its name in the table, who sends, and the order to begin."""

    name: str
    contender: Contender
    begin: Callable[[], object]


@dataclass
class Sending:
    """One run: deliveries a second of each sender, round by round."""

    rates: dict[str, list[float]] = field(default_factory=dict)
    bytes_of: dict[str, int] = field(default_factory=dict)
    verified: dict[str, int] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)


def measure(contenders: Sequence[Contender], sink: Sink, *, rounds: int) -> Sending:
    """Let each of the started contenders send `rounds` times to everybody, after a warm-up.

    Raises:
        RuntimeError: a delivery arrived twice, or was not signed by its sender.
        TimeoutError: a delivery did not arrive.
    """
    iris = [stranger.iri for stranger in sink.recipients]
    for contender in contenders:
        if isinstance(contender, Freehold):
            asyncio.run(follow(contender, sink))
    sink.wait_for(len(iris))  # the acceptances of the follows
    senders = [sender for contender in contenders for sender in ways(contender, iris)]
    run = Sending()
    for sender in senders:
        deliver(run, sender, sink)
    run.rates.clear()  # that was the warm-up
    for sender in senders * rounds:
        deliver(run, sender, sink)
    run.peak_mb = {sender.name: sender.contender.peak_mb() for sender in senders}
    return run


def ways(contender: Contender, iris: Sequence[str]) -> list[Sender]:
    """Return in which ways a contender sends: Fedify with its queue, and once more without."""
    if isinstance(contender, Freehold):
        wish = {"name": "A trekking bike", "content": CONTENT, "currency": "EUR", "audience": ["public"]}
        return [
            Sender(contender.name, contender, lambda: contender.node.api.request("POST", "/intentions", wish))
        ]
    assert isinstance(contender, Fedify)
    queued = Sender(contender.name, contender, lambda: asyncio.run(contender.fan_out(iris, content=CONTENT)))
    at_once = Sender(
        "fedify at once, nothing kept",
        contender,
        lambda: asyncio.run(contender.fan_out(iris, content=CONTENT, immediate=True)),
    )
    return [queued] if "--workers" in contender.words else [queued, at_once]


async def follow(ours: Freehold, sink: Sink) -> None:
    """Let every recipient follow the node, which accepts each.

    Raises:
        RuntimeError: a follow was refused.
    """
    requests = [stranger.request(ours.inbox, stranger.follow(ours.actor)) for stranger in sink.recipients]
    result = await send(requests, port=ours.port, connections=16)
    if result.statuses != {202: len(requests)}:
        raise RuntimeError(f"follows were answered with {dict(result.statuses)}")


def deliver(run: Sending, sender: Sender, sink: Sink) -> None:
    """Let one sender deliver to everybody, and check what arrived."""
    count = len(sink.recipients)
    before = sink.arrived.value
    began = time.perf_counter()
    sender.begin()
    sink.wait_for(before + count)
    run.rates.setdefault(sender.name, []).append(count / (time.perf_counter() - began))
    time.sleep(0.5)  # whatever comes twice comes now
    if sink.doubled.value or sink.arrived.value != before + count:
        raise RuntimeError(f"{sender.name} delivered something twice")
    samples = sink.taken_samples()
    check_signed(samples, asyncio.run(fetch_actor(sender.contender.actor)))
    run.verified[sender.name] = run.verified.get(sender.name, 0) + len(samples)
    run.bytes_of[sender.name] = len(samples[0].body)


async def fetch_actor(iri: str) -> Actor:
    """Fetch the document of a contender's actor."""
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.get(iri, headers={"accept": ACTIVITY_JSON}) as response,
    ):
        return read_actor(await response.json(content_type=None), iri=iri)


def check_signed(samples: Sequence[Request], actor: Actor) -> None:
    """Verify each request's signature with the key that its sender publishes.

    Raises:
        RuntimeError: there is none to verify. Unauthenticated: one does not hold.
    """
    if not samples:
        raise RuntimeError("no delivery was kept to be verified; send to more recipients")
    for sample in samples:
        signature = signatures.read(sample, now=datetime.now(UTC))
        key = actor.key(signature.key_id, KeyPurpose.HTTP)
        if key is None:
            raise RuntimeError(f"{actor.iri} has no key {signature.key_id}")
        signatures.check(signature, key.key)


def rows(run: Sending) -> list[dict[str, Any]]:
    """Return one row for each sender: the median of the rounds, and peak memory."""
    return [
        {
            "load": "deliveries",
            "name": name,
            "rate": median(rates),
            "memory_mb": run.peak_mb[name],
            "rounds": {"rate": rates},
        }
        for name, rates in run.rates.items()
    ]
