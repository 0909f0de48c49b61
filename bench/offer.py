"""Measure what one inbox offer costs a node in time of the processor, next to the least that it can cost.

The node is a real `freehold up`, and the system says how much time of the processor its threads took while
some hundred offers came in. The least is what happens in libraries whatever a node does with an offer: the
JSON is read, its canonical form written and hashed, one Ed25519 and one RSA signature verified, one row kept.
Both take turns, because machines are noisy: read the ratio.
"""

import argparse
import asyncio
import hashlib
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from nacl.signing import SigningKey

from bench.inbox import CONNECTIONS, INTENTIONS, asking, cast, running, sign
from bench.load import send
from node.sandbox.nodes import Node

COUNT = 500  # offers in a round
ROUNDS = 9


def make_floor(body: bytes, path: Path) -> Callable[[int], float]:
    """Return what does the least for so many offers, and says how many seconds of the processor it took."""
    message = hashlib.sha512(body).digest()
    proof_key, request_key = SigningKey.generate(), rsa.generate_private_key(65_537, 2_048)
    proof, reader = proof_key.sign(message).signature, proof_key.verify_key
    scheme = (padding.PKCS1v15(), hashes.SHA256())
    signature, public = request_key.sign(message, *scheme), request_key.public_key()

    def run(count: int) -> float:
        began = time.process_time()
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, body BLOB, hash BLOB)")
            database.execute("BEGIN")
            for _ in range(count):
                canonical = orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
                public.verify(signature, message, *scheme)
                reader.verify(message, proof)
                row = (body, hashlib.sha256(canonical).digest())
                database.execute("INSERT INTO kept (body, hash) VALUES (?, ?)", row)
            database.execute("COMMIT")
        return time.process_time() - began

    return run


def processor_seconds(pid: int) -> float:
    """Return the time of the processor that all threads of a process have had, in seconds."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


async def cost(node: Node, requests: list[bytes]) -> float:
    """Return how many microseconds of the processor one of these offers costs a node.

    Raises:
        RuntimeError: one was refused.
    """
    assert node.process is not None
    began = processor_seconds(node.process.pid)
    result = await send(requests, port=node.port, connections=CONNECTIONS)
    took = processor_seconds(node.process.pid) - began
    if result.statuses != {202: len(requests)}:
        raise RuntimeError(f"not every offer was taken: {dict(result.statuses)}")
    return 1e6 * took / len(requests)


async def measure(node: Node, *, count: int, rounds: int) -> list[tuple[float, float]]:
    """Return for each round the microseconds of one offer, and of the least, after a warm-up of each."""
    async with asking() as strangers:
        intentions, measured = cast(node, INTENTIONS), []
        floor = make_floor(strangers[0].offer(node.actor, intentions[0]), node.folder.with_name("floor"))
        for number in range(rounds + 1):
            ours = await cost(node, sign(strangers, node, intentions, count))
            if number:
                measured.append((ours, 1e6 * floor(count) / count))
    return measured


def compare(count: int = COUNT, rounds: int = ROUNDS) -> dict[str, float]:
    """Send this many offers in each round, print the figures, and return an offer's time over the least's.

    Raises:
        RuntimeError: an offer was refused.
    """
    with running() as node:
        measured = asyncio.run(measure(node, count=count, rounds=rounds))
    ratios = sorted(ours / floor for ours, floor in measured)
    ours, floor = (median(column) for column in zip(*measured, strict=True))
    print(f"{rounds} rounds of {count} offers, medians, {os.cpu_count()} processors")
    print(f"one offer      {ours:8.0f} us of processor")
    print(f"the least      {floor:8.0f} us")
    print(f"ratio          {median(ratios):8.2f}   from {ratios[0]:.2f} to {ratios[-1]:.2f}")
    return {"processor time": median(ratios)}


def run(about: str, compare: Callable[[int, int], object], *, count: int, rounds: int) -> int:
    """Read from the command line how much to measure, and measure it, where the system tells time apart."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--count", type=int, default=count, help="offers of a kind in a round")
    parser.add_argument("--rounds", type=int, default=rounds)
    arguments = parser.parse_args()
    if not Path("/proc/self/schedstat").exists():
        print("This needs Linux, which says how much time of the processor a thread had.")
        return 1
    compare(arguments.count, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(run(__doc__, compare, count=COUNT, rounds=ROUNDS))
