"""A small inbox on loopback that takes whatever is posted and prints it with a verdict on its signatures.

Rules here: loopback only, bodies bounded; whose key it is the owner's running node finds out, which has the
guard for that; without a node the verdict is that the key is unknown.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from node.terminal import captured, keyring
from node.terminal.call import CommandCall
from node.terminal.counts import size
from node.terminal.failures import Failure
from node.terminal.printing import as_json
from protocol import codes as wire
from protocol.actors import Actor
from protocol.documents import Document
from protocol.errors import Unauthenticated
from protocol.flow import FetchActor
from protocol.httpmessages import Request
from protocol.vocabulary import ACTIVITY_JSON, ACTIVITYSTREAMS_CONTEXT

HOST: Final = "127.0.0.1"
# As much as a node's own inbox takes at most.
BODY_LIMIT_BYTES: Final = 16_777_216


class Sink:
    """What a sink knows: its origin, how it answers, and when it has seen enough."""

    def __init__(self, call: CommandCall, *, status: int, count: int | None) -> None:
        self._call = call
        self._status = status
        self._left = count
        self.origin = ""
        self.full = asyncio.Event()

    async def receive(self, request: web.Request) -> web.Response:
        """Print a post and answer it."""
        body = await request.read()
        headers = [(name.lower(), value) for name, value in request.headers.items()]
        received = Request(request.method, f"{self.origin}{request.raw_path}", headers, body)
        # The node is asked for keys over a blocking connection, and may be the one that posts.
        verdict = await asyncio.to_thread(
            captured.judge_request, received, now=datetime.now(UTC), fetch=self._fetch
        )
        self._print(verdict, body)
        return web.Response(status=self._status)

    async def actor(self, _request: web.Request) -> web.Response:
        """Describe the sink as an actor, so that a node can look it up and deliver to it."""
        document = {
            "@context": ACTIVITYSTREAMS_CONTEXT,
            "id": f"{self.origin}/actor",
            "type": "Application",
            "preferredUsername": "sink",
            "name": "Sink",
            "inbox": f"{self.origin}/inbox",
            "outbox": f"{self.origin}/outbox",
        }
        return web.json_response(document, content_type=ACTIVITY_JSON)

    def _fetch(self, wish: FetchActor) -> Actor:
        try:
            return keyring.fetcher(self._call)(wish)
        except Failure as failure:
            raise Unauthenticated(
                wire.KEY_UNKNOWN, f"Its key could not be looked up: {failure.detail}"
            ) from failure

    def _print(self, verdict: Document, body: bytes) -> None:
        activity = verdict["activity"]
        kind = activity.get("type") if activity else f"{size(len(body))} that are no JSON object"
        lines = [
            f"{verdict['method']} {verdict['target']}  {kind}",
            *captured.verdict_lines(verdict),
        ]
        text = as_json(activity, indent=2).splitlines() if activity else []
        self._call.out.show(verdict, [*lines, *(f"    {line}" for line in text), ""])
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.full.set()


def serve(call: CommandCall, *, port: int, status: int, count: int | None) -> None:
    """Listen until `count` posts came, or for ever."""
    asyncio.run(_serve(call, port=port, status=status, count=count))


def _warn_without_node(call: CommandCall) -> None:
    """Say that no signature can be verified where no node can be asked for keys."""
    try:
        call.node.get("/node")
    except Failure as failure:
        call.out.say(f"No node looks up keys here, so no signature can be verified: {failure.detail}")
        call.out.say("Name the folder of a node that runs, with --data.")


async def _serve(call: CommandCall, *, port: int, status: int, count: int | None) -> None:
    sink = Sink(call, status=status, count=count)
    app = web.Application(client_max_size=BODY_LIMIT_BYTES)
    app.router.add_get("/actor", sink.actor)
    app.router.add_post("/{path:.*}", sink.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        address: Any = runner.addresses[0]
        sink.origin = f"http://{HOST}:{address[1]}"
        call.out.say(f"Listening as {sink.origin}/actor, inbox {sink.origin}/inbox. Ctrl-C ends it.")
        await asyncio.to_thread(_warn_without_node, call)
        await sink.full.wait()
    finally:
        await runner.cleanup()
