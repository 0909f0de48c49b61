"""DO: who occupies what honest peers need, by naming others, by being slow, by being many."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from node.delivery.budgets import BURST_PER_NEIGHBOURHOOD
from node.delivery.client import LIMIT_CONNECTIONS
from node.delivery.lanes import IN_FLIGHT, IN_FLIGHT_PER_NEIGHBOURHOOD
from node.delivery.names import THREADS, THREADS_PER_NEIGHBOURHOOD
from tests.attacks.cases import Attack, Case, case
from tests.attacks.crowds import come, ghosts, hello, network
from tests.attacks.nodes import until
from tests.attacks.parties import Party, number
from tests.attacks.sites import Hit, Site, accepted
from tests.attacks.wire import HANG_SECONDS, Answer, dial, exchange
from tests.attacks.world import World, expect

_GHOSTS: Final = 240  # more than a server is asked for at once
_OF_ONE_NETWORK: Final = LIMIT_CONNECTIONS // 2  # fetches at once: what others need stays free
_LONG_SECONDS: Final = 30.0  # that slow ones take: longer than all else does on a busy machine
_BACKLOG: Final = 1_024

# --- DO-17: slow servers, so that nothing is sent ----------------------------------------------------------


@contextmanager
def tarpit() -> Iterator[int]:
    """Let connections be made to a port on which nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listener:
        yield int(listener.getsockname()[1])


def strangers(world: World, port: int, count: int) -> list[Party]:
    """Return actors on as many servers, of two domains."""
    tails = [f"slow{number()}.localhost" for _ in range(2)]
    for tail in tails:
        world.names.table[f"*.{tail}"] = [["127.0.0.1"]]
    return [Party(f"http://s{n}.{tails[n % 2]}:{port}", "slow", None, "thief") for n in range(count)]


def hang_up(world: World, senders: list[Party], *, networks: int) -> None:
    """Say something as each of them, and wait for no answer."""
    for turn, sender in enumerate(senders):
        raw = hello(world, sender).render()
        with dial(world.place, source=network(turn % networks)) as connection:
            connection.sendall(raw)


def sent_meanwhile(world: World) -> Answer:
    """Fill all connections for strangers' documents, and write to somebody honest."""
    offer = world.opened(world.shop)
    seen = world.seen(offer)
    world.settle()
    with world.lasting(_LONG_SECONDS), tarpit() as port:
        asked_before, logged = len(world.names.asked), len(world.log.events)
        hang_up(world, strangers(world, port, LIMIT_CONNECTIONS + 20), networks=50)
        until(lambda: len(world.names.asked) - asked_before >= LIMIT_CONNECTIONS)
        answer = world.owner("POST", f"/offers/{seen['id']}/messages", {"content": "Is it still there?"})
        until(lambda: world.count("deliveries", "state = 'queued'") == 0)
        given_up = sum(event["event"] == "actor not read" for event in world.log.events[logged:])
    expect(given_up == 0, "it is sent before any of them is given up")
    return answer


def of_one_network(world: World) -> Answer:
    """Name more servers than there are connections, from one network, and have somebody else heard."""
    with tarpit() as port, world.stopped():
        asked_before = len(world.names.asked)
        hang_up(world, strangers(world, port, BURST_PER_NEIGHBOURHOOD), networks=1)
        honest = world.stranger()
        answer = world.throw(world.shot(honest, world.offer(honest)), source=network(1))
        asked = len(world.names.asked) - asked_before
    expect(0 < asked <= _OF_ONE_NETWORK, f"{asked} servers are asked for one network")
    return answer


# --- DO-21: names whose servers are silent ------------------------------------------------------------------


def silent_names(world: World) -> Answer:
    """Name hosts of one domain, whose name server says nothing, and have somebody new come who has a name."""
    slow, honest = (f"{word}{number()}.localhost" for word in ("silent", "honest"))
    world.names.silent[slow] = threading.Event()
    world.names.table[honest] = [["127.0.0.1"]]
    party = Party(f"http://{honest}:{world.dark.port}", "named", world.dark, "thief").publish()
    named = [Party(f"http://s{turn}.{slow}", "slow", None, "thief") for turn in range(2 * THREADS)]
    try:
        with world.lasting(_LONG_SECONDS):
            hang_up(world, named, networks=50)
            until(lambda: sum(host.endswith(slow) for host in world.names.asked) >= THREADS_PER_NEIGHBOURHOOD)
            return world.baseline(party)
    finally:
        world.names.silent.pop(slow).set()


# --- DO-18: somebody else's server is named ----------------------------------------------------------------


def framed(honest: Callable[[World], Party], *, networks: int) -> Attack:
    """Name actors of the shop's server that do not exist, and have one come that does."""

    def attack(world: World) -> Answer:
        party = honest(world)
        world.advance(hours=25)  # its document is to be fetched anew
        with world.stopped():
            refused = come(world, ghosts(world.shop.origin, _GHOSTS), networks=networks)
            expect({answer.status for answer in refused} == {401}, "none of them is anybody")
            return world.baseline(party)

    return attack


def known(world: World) -> Party:
    """Return somebody who was heard before."""
    party = world.neighbour(world.shop)
    world.must(world.baseline(party))
    return party


# --- DO-19: slow inboxes under one domain ------------------------------------------------------------------


def slow_inboxes(world: World) -> Answer:
    """Have a wish sent to more slow servers of one domain than anything is sent to at once, and write on."""
    offer = world.opened(world.shop)
    seen = world.seen(offer)
    site, tail = Site(), f"slow{number()}.localhost"
    world.names.table[f"*.{tail}"] = [["127.0.0.1"]]

    answered: list[Hit] = []

    def slow(hit: Hit) -> Iterator[bytes]:
        if site.pause(_LONG_SECONDS):
            answered.append(hit)
        yield accepted(hit)

    slow_ones = [
        Party(f"http://s{n}.{tail}:{site.port}", f"slow{n}", site, "thief") for n in range(IN_FLIGHT + 6)
    ]
    for party in slow_ones:
        party.publish()
        site.pages[f"{party.path}/inbox"] = slow
    try:
        with world.lasting(HANG_SECONDS):
            for some in (slow_ones[:IN_FLIGHT_PER_NEIGHBOURHOOD], slow_ones[IN_FLIGHT_PER_NEIGHBOURHOOD:]):
                world.cast(*(party.iri for party in some))
            until(lambda: len(site.posts()) >= IN_FLIGHT_PER_NEIGHBOURHOOD)
            answer = world.owner("POST", f"/offers/{seen['id']}/messages", {"content": "Is it still there?"})
            until(lambda: world.count("deliveries", "state = 'queued' AND recipient = ?", _peer(world)) == 0)
            expect(not answered, "it is sent before any of them has answered")
    finally:
        site.close()
        world.settle()
    return answer


def _peer(world: World) -> str:
    """Return the id of the shop as the node knows it."""
    [(found,)] = world.rows("SELECT id FROM peers WHERE address = ?", world.shop.iri)
    return str(found)


# --- DO-20: connections of one network ---------------------------------------------------------------------


def seated(world: World) -> Answer:
    """Hold all connections that there are, from few addresses of one network, and have somebody else come."""
    honest = world.shot(world.shop, world.offer(world.shop)).render()
    most, each = (int(world.limit[name]) for name in ("connections", "connections_per_address"))
    with ExitStack() as stack:
        for turn in range(2 * most):
            stack.enter_context(dial(world.place, source=f"127.0.3.{turn // each + 1}"))
        return exchange(world.place, honest)


CASES: Final[tuple[Case, ...]] = (
    case(
        "DO-17",
        "what is sent to others meanwhile",
        sent_meanwhile,
        201,
        node="patient",
        quick=False,
        still=False,
        fetches=2,
    ),
    case("DO-17", "from one network", of_one_network, 202, node="patient", quick=False, fetches=1),
    case(
        "DO-19",
        "what is sent to others meanwhile",
        slow_inboxes,
        201,
        node="patient",
        quick=False,
        still=False,
        fetches=2,
    ),
    case(
        "DO-21", "somebody new is heard meanwhile", silent_names, 202, node="patient", quick=False, fetches=1
    ),
    case("DO-20", "all of them, idle", seated, 202, node="narrow", quick=False),
    case(
        "DO-18",
        "whom we know is heard, whoever names its server",
        framed(known, networks=50),
        202,
        quick=False,
        fetches=_GHOSTS,
    ),
    case(
        "DO-18",
        "somebody new is heard beside one network",
        framed(lambda world: world.neighbour(world.shop), networks=1),
        202,
        quick=False,
        fetches=_GHOSTS,
    ),
)
