"""Who signed an HTTP request: the one place where a request of a peer becomes an actor.

Rules here: what is verified is the request as it came, at the address it has in the settings; why a signature
does not hold is for the log, the one who made it learns only that it does not.
"""

import asyncio
from datetime import datetime
from typing import Final

from aiohttp import web

from node import randomness
from node.services.disclosure import Asker
from node.web.edge.callers import address_of, network_of
from node.web.edge.hosts import target_of
from node.web.edge.problems import unauthenticated
from node.web.edge.runtime import Runtime
from protocol import signatures, verification
from protocol.actors import Actor, KeyPurpose
from protocol.signatures import HttpSignature


def read_signature(
    runtime: Runtime, request: web.Request, body: bytes, now: datetime, body_sha256: bytes | None = None
) -> HttpSignature:
    """Read the signature of a request and check all that needs no key.

    Raises:
        Unauthenticated: there is none, or it is malformed, stale, or does not cover what it must.
    """
    origin = runtime.settings.origin
    headers = [(name.lower(), value) for name, value in request.headers.items()]
    target = origin + target_of(request, origin)
    return signatures.read(signatures.Request(request.method, target, headers, body, body_sha256), now=now)


async def read_sender(
    runtime: Runtime, request: web.Request, signature: HttpSignature, actor: str | None
) -> Actor:
    """Return who made the signature of a request: `actor` if given, and nobody else.

    Raises:
        Unauthenticated: the key is unknown or not that actor's, or the signature does not fit.
    """
    flow = verification.sender(signature, actor=actor)
    return await runtime.directory.run(flow, by=network_behind(runtime, request))


def network_behind(runtime: Runtime, request: web.Request) -> str:
    """Return the network that a request comes from: it pays for what that makes us ask of others."""
    return network_of(address_of(request, runtime.settings.trusted_proxies))


async def read_reader(runtime: Runtime, request: web.Request) -> Asker | None:
    """Return who signed a GET, None if nobody did.

    Raises:
        Unauthenticated: it is signed, and the signature does not hold.
    """
    if "Signature" not in request.headers:
        return None
    signature = read_signature(runtime, request, b"", runtime.clock())
    sender = await read_sender(runtime, request, signature, None)
    key = sender.key(signature.key_id, KeyPurpose.HTTP)
    return Asker(sender.iri, "" if key is None else key.key.fragment)


# Whoever is blocked is answered like whoever cannot be verified, and must not find out by the clock either: a
# random wait that is ten times longer than what the steps behind the answers differ by.
BLUR_SECONDS: Final = 0.03


async def turned_away() -> web.Response:
    """Answer whose signature does not hold, or is not to be heard, after a moment that says nothing."""
    await asyncio.sleep(randomness.jitter() * BLUR_SECONDS)
    return unauthenticated()
