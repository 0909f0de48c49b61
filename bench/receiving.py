"""Receiving: the same signed activities into the inbox of every contender, in turns.

Two loads. An offer carries an RSA signature over the request (RFC 9421) and an Ed25519 proof over the object
(eddsa-jcs-2022). A message is a `Create{Note}` in plain ActivityStreams with the request's signature alone.
The activities are the same bytes for every contender; each request is signed for the inbox it goes to.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count as counting
from statistics import median
from typing import Any

from aiohttp import web

from bench.contenders import Contender, Freehold
from bench.inbox import CONNECTIONS, INTENTIONS, PEERS, cast
from bench.load import Result, send
from bench.preflight import CASES, Outcome, fly
from bench.strangers import Stranger, make_strangers, serve
from node.randomness import new_id
from node.sandbox.nodes import free_port
from protocol.canonical import canonicalise
from protocol.times import render_time
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT

LOADS = ("offers", "messages")
WORDS = "The belt drive is new, the bike can be tried on Saturday, and the luggage rack is in the price. "


@dataclass
class Measured:
    """What one contender did with one load in each round.

    `rate` counts answers a second, `stored` activities in the file a second; percentiles are milliseconds.
    """

    rate: list[float] = field(default_factory=list)
    stored: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)

    def add(self, result: Result, stored_seconds: float) -> None:
        """Add a round."""
        self.rate.append(result.rate)
        self.stored.append(len(result.latencies) / stored_seconds)
        self.p50.append(result.percentile(50))
        self.p99.append(result.percentile(99))

    @property
    def medians(self) -> dict[str, float]:
        """The median of the rounds."""
        return {name: median(rounds) for name, rounds in vars(self).items()}


@dataclass
class Senders:
    """Who sends: some strangers, and what they have to say to the owner of `actor`."""

    strangers: Sequence[Stranger]
    actor: str
    intentions: Sequence[str]
    negotiations: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=counting)

    def make(self, load: str, count: int) -> list[tuple[Stranger, bytes]]:
        """Make this many activities of a load, every one with an id of its own."""
        make = self._offer if load == "offers" else self._message
        return [make(next(self.numbers)) for _ in range(count)]

    def _offer(self, number: int) -> tuple[Stranger, bytes]:
        stranger = self.strangers[number % len(self.strangers)]
        intention = self.intentions[number // len(self.strangers) % len(self.intentions)]
        return stranger, stranger.offer(self.actor, intention)

    def _message(self, number: int) -> tuple[Stranger, bytes]:
        at = number % len(self.strangers)
        stranger = self.strangers[at]
        activity = f"{stranger.iri}/activities/{new_id('act')}"
        published = render_time(datetime.now(UTC))
        note = {
            "id": f"{activity}#note",
            "type": "Note",
            "attributedTo": stranger.iri,
            "context": self.negotiations[at],
            "content": WORDS * 4,
            "to": [self.actor],
            "published": published,
        }
        document = {
            "@context": ACTIVITYSTREAMS_CONTEXT,
            "id": activity,
            "type": "Create",
            "actor": stranger.iri,
            "to": [self.actor],
            "context": self.negotiations[at],
            "published": published,
            "object": note,
        }
        return stranger, canonicalise(document)


@dataclass
class Receiving:
    """One run: what was measured, how altered requests were answered, and which ids were sent."""

    measured: dict[tuple[str, str], Measured] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    bytes_of: dict[str, int] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    peak_mb: dict[str, float] = field(default_factory=dict)


async def measure(contenders: Sequence[Contender], *, count: int, rounds: int) -> Receiving:
    """Send `rounds` times `count` activities of each load to each of the started contenders.

    Raises:
        RuntimeError: a contender took what it must refuse, or refused, lost or doubled what it took.
    """
    (ours,) = (contender for contender in contenders if isinstance(contender, Freehold))
    port = free_port()
    strangers = make_strangers(f"http://127.0.0.1:{port}", PEERS)
    runner = web.AppRunner(serve(strangers))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        senders = Senders(strangers, ours.actor, cast(ours.node, INTENTIONS))
        run = Receiving()
        await prepare(run, contenders, senders, count)
        for load in LOADS * rounds:
            await play(run, contenders, senders, load, count)
        run.peak_mb = {contender.name: contender.peak_mb() for contender in contenders}
    finally:
        await runner.cleanup()
    return run


async def prepare(run: Receiving, contenders: Sequence[Contender], senders: Senders, count: int) -> None:
    """Open a negotiation for every sender, show what is altered, and warm up with a quarter of a round."""
    first = senders.make("offers", PEERS)
    senders.negotiations = [json.loads(body)["context"] for _, body in first]
    for contender in contenders:
        await round_of(run, contender, first)
    altered = [senders.strangers[0].offer(senders.actor, senders.intentions[0]) for _ in range(CASES)]
    run.outcomes = await fly(contenders, senders.strangers[0], senders.strangers[1], altered)
    if not all(outcome.holds for outcome in run.outcomes):
        raise RuntimeError(f"not every contender checks what it has to: {run.outcomes}")
    run.refused = [json.loads(body)["id"] for body in altered[1:5]]
    for load in LOADS:
        warm_up = senders.make(load, max(PEERS, count // 4))
        for contender in contenders:
            await round_of(run, contender, warm_up)


async def play(
    run: Receiving, contenders: Sequence[Contender], senders: Senders, load: str, count: int
) -> None:
    """Play one round: each contender in turn gets the same activities, while the others idle."""
    activities = senders.make(load, count)
    run.bytes_of[load] = len(activities[0][1])
    for contender in contenders:
        result, stored_seconds = await round_of(run, contender, activities)
        run.measured.setdefault((load, contender.name), Measured()).add(result, stored_seconds)


async def round_of(
    run: Receiving, contender: Contender, activities: Sequence[tuple[Stranger, bytes]]
) -> tuple[Result, float]:
    """Send activities to one contender; return the answers and the seconds until all were in its file.

    Raises:
        RuntimeError: not all were accepted, or not all were in the file with the last answer, where the
        contender stores first.
    """
    requests = [stranger.request(contender.inbox, body) for stranger, body in activities]
    wanted = contender.count() + len(requests)
    began = time.perf_counter()
    result = await send(requests, port=contender.port, connections=CONNECTIONS)
    if result.statuses != {202: len(requests)}:
        raise RuntimeError(f"{contender.name} answered {dict(result.statuses)}")
    stored_seconds = result.seconds
    if contender.answers_first:
        await asyncio.to_thread(contender.wait_for, wanted)
        stored_seconds = time.perf_counter() - began
    if (kept := contender.count()) != wanted:
        raise RuntimeError(f"{contender.name} has {kept} activities in its file, not {wanted}")
    run.sent.extend(json.loads(body)["id"] for _, body in activities)
    return result, stored_seconds


def check_kept(run: Receiving, contenders: Sequence[Contender]) -> None:
    """Look into the files of killed contenders: everything accepted is there once, nothing refused is.

    Raises:
        RuntimeError: it is not so.
    """
    for contender in contenders:
        kept = contender.kept()
        lost = set(run.sent) - kept.keys()
        doubled = [id for id, times in kept.items() if times > 1]
        wrong = kept.keys() & set(run.refused)
        if lost or doubled or wrong:
            raise RuntimeError(
                f"{contender.name}: {len(lost)} lost, {len(doubled)} doubled, {len(wrong)} wrong"
            )


def rows(run: Receiving) -> list[dict[str, Any]]:
    """Return one row for each load and contender: medians of the rounds, and peak memory."""
    return [
        {
            "load": load,
            "name": name,
            **measured.medians,
            "memory_mb": run.peak_mb[name],
            "rounds": vars(measured),
        }
        for (load, name), measured in run.measured.items()
    ]
