"""The clients of a node: for what it sends, for what strangers name, for hosts its owner named for webhooks.

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


def open_client(stack: AsyncExitStack, settings: Settings, clock: Callable[[], datetime]) -> Client:
    """Return the client for what is sent; it is closed with the stack."""
    return _open(stack, settings, clock, _reach(settings))


def open_reader(
    stack: AsyncExitStack, settings: Settings, clock: Callable[[], datetime], sending: Client
) -> Client:
    """Return the client for what strangers name; what one of the two learns of signatures the other knows."""
    client = _open(stack, settings, clock, _reach(settings))
    client.knocks = sending.knocks
    return client


def open_hooks(
    stack: AsyncExitStack, settings: Settings, clock: Callable[[], datetime], ledger: Ledger
) -> Webhooks:
    """Return the kind of envelope for webhooks, with a client of its own, which is closed with the stack."""
    named = _open(stack, settings, clock, NAMED_REACH)
    reach = HookReach(_reach(settings), frozenset(settings.webhook_hosts))
    return Webhooks(named, reach, ledger, origin=settings.origin, clock=clock)


def _open(stack: AsyncExitStack, settings: Settings, clock: Callable[[], datetime], reach: Reach) -> Client:
    client = Client(
        reach,
        clock=clock,
        user_agent=f"freehold/{__version__} (+{settings.origin}/actor)",
        authorities=settings.ca_file,
    )
    stack.push_async_callback(client.close)
    return client


def _reach(settings: Settings) -> Reach:
    return Reach(allow_loopback_http=settings.dev, allowed=settings.allowed_networks)
