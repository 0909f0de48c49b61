"""Tries to get in: how often they may fail, from one place and from all together.

Rules here: what nobody can guess (a link, a passkey) costs its caller only when it fails, and the failures of
others never stand in its way. What can be guessed is counted before it is looked at: the code of a new node
for the network that tries it, so that nobody uses up what its owner has elsewhere. What a person remembers is
counted for the caller and for the node, because each look is slow. The first tries of a network have an
account of their own: whoever guesses on and on uses up what is left to all, and not what lets in an owner who
comes with a password alone.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from aiohttp import web

from node.core import codes
from node.web.edge.callers import address_of, caller_of, network_of
from node.web.edge.problems import Refusal
from node.web.edge.runtime import RUNTIME
from protocol.errors import ProtocolError

_ALL: Final = "everybody"

log = structlog.get_logger(__name__)


@contextmanager
def watched(request: web.Request, way: str) -> Iterator[None]:
    """Log a try to get in that is refused in the block, and from where it came; never what was given."""
    try:
        yield
    except ProtocolError as error:
        log_refused(request, way, error.code)
        raise


def log_refused(request: web.Request, way: str, code: str) -> None:
    """Log a try to get in that was refused."""
    log.warning("not let in", way=way, code=code, address=client_of(request))


def log_done(request: web.Request, what: str, *, by: str, made: str = "") -> None:
    """Log that something was done that lets in or keeps out: what, by whom, the id of what it is about."""
    log.info("done", what=what, by=by, id=made, address=client_of(request))


def client_of(request: web.Request) -> str:
    """Return the address that a request came from, by what trusted proxies say."""
    return address_of(request, request.app[RUNTIME].settings.trusted_proxies)


def count_failure(request: web.Request) -> None:
    """Count something that did not let in.

    Raises:
        Refusal: 429, this caller had too much of it.
    """
    runtime = request.app[RUNTIME]
    _refuse(runtime.failures.take(caller_of(client_of(request)), asyncio.get_running_loop().time()))


def count_guess(request: web.Request) -> None:
    """Count a password or recovery words that are about to be looked at.

    Raises:
        Refusal: 429, this caller tried too often, or all did.
    """
    count_failure(request)
    runtime, now = request.app[RUNTIME], asyncio.get_running_loop().time()
    network = network_of(client_of(request))
    is_new = runtime.first_tries.take(network, now) == 0 and runtime.new_guesses.take(_ALL, now) == 0
    if not is_new:
        _refuse(runtime.guesses.take(_ALL, now))


def count_claim(request: web.Request) -> None:
    """Count a claim's code that is about to be looked at.

    Raises:
        Refusal: 429, this network tried too often.
    """
    runtime = request.app[RUNTIME]
    _refuse(runtime.claim_tries.take(network_of(client_of(request)), asyncio.get_running_loop().time()))


def _refuse(wait_seconds: float) -> None:
    if wait_seconds > 0:
        raise Refusal(429, codes.TOO_MANY_TRIES, headers={"Retry-After": str(int(wait_seconds) + 1)})
