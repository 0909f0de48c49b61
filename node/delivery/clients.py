"""The clients of a node: to send, to read what strangers name, for its owner's webhooks, to look at itself.

Rules here: what strangers make us ask has connections of its own, so that slow servers of theirs keep nothing
waiting that is on its way to honest ones.
"""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime

from node import __version__
from node.core.addresses import Reach
from node.core.hook_reach import NAMED_REACH, HookReach
from node.delivery.client import Client
from node.delivery.envelopes.webhooks import Webhooks
from node.services.ledger.chapters import Ledger
from node.settings import Settings
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What all clients of a node are opened with; they are closed with the stack.

    `for_person` is whether a person lives on the node: what it asks of others says that their data are not
    to be sold or passed on.
    """

    stack: AsyncExitStack
    settings: Settings
    clock: Callable[[], datetime]
    for_person: bool


def open_client(opening: Opening) -> Client:
    """Return the client for what is sent."""
    return _open(opening, _reach(opening.settings))


def open_reader(opening: Opening, sending: Client) -> Client:
    """Return the client for what strangers name; what one of the two learns of signatures the other knows."""
    client = _open(opening, _reach(opening.settings))
    client.knocks = sending.knocks
    return client


def open_looker(opening: Opening) -> Client:
    """Return the client that looks at the node's own address, each time as one who comes anew."""
    return _open(opening, _reach(opening.settings), keeps_connections=False)


def open_hooks(opening: Opening, ledger: Ledger) -> Webhooks:
    """Return the kind of envelope for webhooks, with a client of its own."""
    named, settings = _open(opening, NAMED_REACH), opening.settings
    reach = HookReach(_reach(settings), frozenset(settings.webhook_hosts))
    return Webhooks(named, reach, ledger, origin=settings.origin, clock=opening.clock)


def _open(opening: Opening, reach: Reach, *, keeps_connections: bool = True) -> Client:
    settings = opening.settings
    client = Client(
        reach,
        clock=opening.clock,
        user_agent=f"freehold/{__version__} (+{settings.origin}/actor)",
        authorities=settings.ca_file,
        for_person=opening.for_person,
        keeps_connections=keeps_connections,
    )
    opening.stack.push_async_callback(client.close)
    return client


def _reach(settings: Settings) -> Reach:
    return Reach(allow_loopback_http=settings.dev, allowed=settings.allowed_networks)
