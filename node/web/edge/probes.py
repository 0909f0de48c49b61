"""What the one who runs the node asks it: does it live, is it ready, how is it doing.

Rules here: nothing names an actor; the numbers are for this machine, or for an admin's token; a probe never
costs more than one write in five seconds.
"""

import asyncio
from typing import Final

from aiohttp import web

from node.core import codes
from node.metrics import CONTENT_TYPE
from node.services.ledger import health
from node.services.store import StorageUnavailable
from node.web.edge import problems
from node.web.edge.authentication import Scope, authenticate
from node.web.edge.callers import is_from_here
from node.web.edge.runtime import RUNTIME, Phase, Runtime, not_ready

_PROBE_SECONDS: Final = 5.0  # how long a probe's verdict holds
# A probe's write is small, and goes into room that the file has already where those of requests do not.
_ROOM_BYTES: Final = 1024**2


class Operations:
    """The three operational addresses of one node."""

    def __init__(self) -> None:
        self._probed_at = float("-inf")
        self._healthy = False
        self._probing = asyncio.Lock()

    async def livez(self, _request: web.Request) -> web.Response:
        """Answer as long as the process does."""
        return web.json_response({"status": "alive"})

    async def readyz(self, request: web.Request) -> web.Response:
        """Say whether requests are taken now.

        Raises:
            Refusal: 503 while starting, draining, unable to write or with less than a mebibyte of room for
                it, or while a loop goes on failing.
        """
        runtime = request.app[RUNTIME]
        if runtime.phase is not Phase.READY:
            raise not_ready(runtime.phase)
        async with self._probing:  # whoever asks meanwhile gets the verdict that is being found
            can_write = await self._can_write(runtime)
        if not can_write:
            raise problems.unavailable(codes.STORAGE_UNAVAILABLE)
        if runtime.supervisor.failing():
            raise problems.unavailable(codes.LOOP_FAILING)
        return web.json_response({"status": "ready"})

    async def metrics(self, request: web.Request) -> web.Response:
        """Give the numbers in the Prometheus text format."""
        runtime = request.app[RUNTIME]
        if not is_from_here(request):
            (await authenticate(runtime, request)).require(Scope.ADMIN)
        await _measure(runtime)
        return web.Response(body=runtime.metrics.render(), headers={"Content-Type": CONTENT_TYPE})

    async def _can_write(self, runtime: Runtime) -> bool:
        """Say whether a write goes through, and leaves room: a small one may go through on a full disk."""
        now = asyncio.get_running_loop().time()
        if now - self._probed_at >= _PROBE_SECONDS:
            try:
                await runtime.store.write(health.touch)
                free = await runtime.store.free_bytes()
                self._healthy = free is None or free >= _ROOM_BYTES
            except StorageUnavailable:
                self._healthy = False
            self._probed_at = now
        return self._healthy


async def _measure(runtime: Runtime) -> None:
    """Read the gauges that are not counted as they change."""
    totals = await runtime.store.read(health.count)
    metrics = runtime.metrics
    metrics.journal_head = totals.entries
    metrics.loop_failures = runtime.supervisor.failures
    metrics.deliveries = health.in_every_state(totals.deliveries)
    metrics.quarantined = totals.quarantined
    metrics.event_streams = sum(runtime.streams.values())
    metrics.connections = runtime.limiter.open
    metrics.inflight_bytes = runtime.budget.held_bytes
