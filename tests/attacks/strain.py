"""What takes minutes: `python -m tests.attacks.strain`, the long forms of DO-01, DO-08 and DO-13.

A thousand unsigned posts a second for half a minute, from sixteen addresses, while an honest business wants
to be heard; a hundred thousand hosts that nobody has heard of; more refusals than are kept. Prints what it
measured. Exit codes: 0 all held, 1 something did not, 2 usage.
"""

import argparse
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from typing import Final

from node.storage.refusals import REFUSALS_LIMIT
from tests.attacks.exhaustion import resident_bytes
from tests.attacks.nodes import ProcessNode, place
from tests.attacks.parties import Party, Wanted, serialise
from tests.attacks.replays import offer_to, signed_for, wanted_at
from tests.attacks.sites import Site
from tests.attacks.wire import HANG_SECONDS, Shot, dial, exchange, read_answer
from tests.attacks.world import Realm, World

SOON_SECONDS: Final = 1.0  # 95 of 100 honest requests: of a flood as it was to be, on whatever machine
FLAT_BYTES: Final = 50_000_000  # of memory, once everything bounded is full
GROWTH_BYTES: Final = 10_000_000  # of the file
_SENDERS: Final = 16  # addresses, each with its own limit
_BETWEEN_SECONDS: Final = 0.1
_MEGABYTE: Final = 1e6
_PAGE_BYTES: Final = resource.getpagesize()


_ROOMY: Final = {
    "max_open_per_peer": "100000",
    "max_open_per_intention": "100000",
    "offers_per_intention_per_origin": "100000",
    "kept_per_stranger_bytes": "1000000000",
    "kept_per_origin_bytes": "1000000000",
}


def flood(folder: Path, *, rate: int, seconds: float) -> list[str]:
    """Post without a signature so often a second; return what does not hold."""
    # How many offers a peer may have open is another case's question.
    node = ProcessNode(folder / "flooded", _ROOMY).start()
    site = Site()
    shop = Party(site.origin, "shop", site).publish()
    statuses: Counter[int] = Counter()
    stop = threading.Event()
    try:
        assert node.process is not None
        honest = [_honest(node, shop, statuses)]
        before = _resident_bytes(node.process.pid)
        senders = [
            threading.Thread(target=_post, args=(node, turn, rate / _SENDERS, statuses, stop))
            for turn in range(_SENDERS)
        ]
        for sender in senders:
            sender.start()
        end, enough = time.monotonic() + seconds, rate * seconds / 2
        while (late := time.monotonic() - end) < 0 or (statuses.total() < enough and late < HANG_SECONDS):
            honest.append(_honest(node, shop, statuses))
            time.sleep(_BETWEEN_SECONDS)
        stop.set()
        for sender in senders:
            sender.join()
        grown = _resident_bytes(node.process.pid) - before
    finally:
        stop.set()
        node.stop()
        site.close()
    slowest, last = (quantiles(each, n=20, method="inclusive")[-1] for each in zip(*honest, strict=True))
    print(
        f"flood: {statuses.total() / seconds:.0f} a second for {seconds:.0f} s, answered {dict(statuses)}; "
        f"{len(honest)} honest ones, "
        f"95 % within {slowest:.3f} s and {last:.0f} others; memory grew by {grown / _MEGABYTE:.1f} MB"
    )
    found = [f"an answer to the flood is {status}" for status in statuses.keys() - {401, 429}]
    found += ["the flood is none"] if statuses.total() < enough else []
    # A busy machine is slow with everybody; what counts is how many are served before an honest one.
    found += ["an honest business waits"] if last > rate * SOON_SECONDS else []
    return found + (["memory grows"] if grown > FLAT_BYTES else [])


def _post(node: ProcessNode, turn: int, rate: float, statuses: Counter[int], stop: threading.Event) -> None:
    """Post from an address of one's own, on one connection after the other, at a steady pace."""
    body = b'{"id":"http://127.0.0.1:8420/x","type":"Follow","actor":"http://127.0.0.1:8420/a"}'
    head = (("Host", f"127.0.0.1:{node.port}"), ("Content-Type", "application/activity+json"))
    raw = Shot("/inbox", head).carrying(body).render()
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        with suppress(OSError), dial(place(node), source=f"127.0.1.{turn + 1}") as connection:
            while not stop.is_set():
                connection.sendall(raw)
                status = read_answer(connection).status
                if status == 0:
                    break
                statuses[status] += 1
                sent += 1
                stop.wait(max(0.0, began + sent / rate - time.monotonic()))


def _honest(node: ProcessNode, shop: Party, statuses: Counter[int]) -> tuple[float, int]:
    """Have an honest offer taken; return how long it took, and how many others were answered meanwhile."""
    raw = signed_for(node, shop, offer_to(node, shop, wanted_at(node)))
    before = statuses.total()
    answer = exchange(place(node), raw)
    if answer.status != 202:
        raise RuntimeError(f"an honest business gets {answer.status} {answer.code}")
    return answer.seconds, statuses.total() - before


def _resident_bytes(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    return 0


def hosts(world: World, count: int) -> list[str]:
    """Come from so many hosts, each once; return what does not hold."""
    _come(world, range(-count // 10, 0))  # what is bounded is fuller by then
    file, memory, began = world.file_bytes(), resident_bytes(), time.monotonic()
    _come(world, range(count))
    file, memory = world.file_bytes() - file, resident_bytes() - memory
    print(
        f"hosts: {count} in {time.monotonic() - began:.0f} s; "
        f"the file grew by {file / _MEGABYTE:.1f} MB, memory by {memory / _MEGABYTE:.1f} MB"
    )
    found = ["the file grows"] if file > GROWTH_BYTES else []
    return found + (["memory grows"] if memory > FLAT_BYTES else [])


def _come(world: World, numbers: range) -> None:
    """Come with each number. A thread walks a share of them: a future for each would be what is measured."""

    def walk(share: range) -> None:
        for turn in share:
            if (status := _hello(world, turn)) != 401:
                raise RuntimeError(f"a stranger gets {status}")

    with ThreadPoolExecutor(_SENDERS) as pool:
        list(pool.map(walk, [numbers[first::_SENDERS] for first in range(_SENDERS)]))


def _hello(world: World, turn: int) -> int:
    sender = Party(f"http://a.host{turn}.localhost:8420", "evil", None, "thief", ed25519=world.thief.ed25519)
    hello = sender.activity("Follow", world.ada, world.ada)
    signed = world.shot(sender, hello, key=sender.ed25519, key_id=sender.ed25519_id)
    # The test's own notes are not what is measured.
    world.names.asked.clear()
    world.log.events.clear()
    return exchange(world.place, signed.render()).status


def refusals(world: World, count: int) -> list[str]:
    """Have so many activities refused; return what does not hold."""
    file = world.file_bytes()
    nothing = Wanted(f"{world.node.origin}/intentions/int_none", world.ada)
    for _ in range(count):
        document = world.shop.prove(world.shop.offer(nothing, now=world.now()), now=world.now())
        signed = world.shot(
            world.shop, serialise(document), key=world.shop.ed25519, key_id=world.shop.ed25519_id
        )
        world.throw(signed)
    kept, file = world.count("refusals"), world.file_bytes() - file
    print(f"refusals: {count}, of which {kept} are kept; the file grew by {file / _MEGABYTE:.1f} MB")
    found = [f"{kept} refusals are kept"] if kept > REFUSALS_LIMIT else []
    return found + (["the file grows"] if file > GROWTH_BYTES else [])


def play(*, rate: int, seconds: float, host_count: int, refusal_count: int) -> list[str]:
    """Play all three; return what does not hold."""
    with tempfile.TemporaryDirectory(prefix="strain-") as name:
        found = flood(Path(name), rate=rate, seconds=seconds)
        with Realm(Path(name)) as realm:
            world = realm.world("open")
            return [*found, *hosts(world, host_count), *refusals(world, refusal_count)]


def main(words: Sequence[str] | None = None) -> int:
    """Play all three, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.strain", description="Strain a node.")
    parser.add_argument("--rate", type=int, default=1_000, help="unsigned posts a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="for how long")
    parser.add_argument("--hosts", type=int, default=100_000, help="strangers' hosts")
    parser.add_argument("--refusals", type=int, default=1_100, help="activities to be refused")
    options = parser.parse_args(words)
    found = play(
        rate=options.rate,
        seconds=options.seconds,
        host_count=options.hosts,
        refusal_count=options.refusals,
    )
    for sentence in found:
        print(f"✗ {sentence}")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
