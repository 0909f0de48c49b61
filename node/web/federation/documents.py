"""The node's documents at their addresses: its actors, and what they have said, for those it was said to.

Rules here: actors are public; everything else is shown to those it is addressed to, who show who they are by
signing the request, and for everyone else it does not exist: one 404 for all, nothing to be asked
conditionally or in part. Whom all here have blocked is answered like whose signature does not hold. Answers
are ActivityStreams, whatever was asked for.

Sources: ActivityPub §3.2, §5, §6; FEP-d556 (server actor).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web

from node.core import codes
from node.services import disclosure
from node.services.acting import LocalActor
from node.services.describing import document
from node.services.disclosure import Asked, Asker, Find
from node.web.edge.problems import not_found
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.federation.senders import read_reader, turned_away
from protocol.audience import without_hidden
from protocol.errors import Unauthenticated
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_JSON

_PUBLIC: Final = {"Cache-Control": "public, max-age=300"}
_PRIVATE: Final = {"Cache-Control": "private, no-store", "Vary": "Signature, Signature-Input, Authorization"}


# --- actors ------------------------------------------------------------------------------------------


async def actor(request: web.Request) -> web.Response:
    """Show an actor; the one that speaks for the node has to be readable unsigned (FEP-d556)."""
    return _shown(document(_owner(request)), _PUBLIC)


async def followers(request: web.Request) -> web.Response:
    """Show that the collection exists, which is all it takes to be addressed. Who is in it is private."""
    owner = _owner(request)
    return _shown(disclosure.collection(f"{owner.iri}/followers", owner.iri), _PUBLIC)


async def outbox(request: web.Request) -> web.Response:
    """Show what the actor said lately that this reader may read, newest first."""
    runtime, owner = request.app[RUNTIME], _owner(request)
    try:
        reader = await _reader(runtime, request, [owner.iri])
    except Unauthenticated:
        return await turned_away()
    said = await runtime.store.read(lambda session: disclosure.said(session, owner.iri, reader))
    return _shown({**disclosure.collection(f"{owner.iri}/outbox", owner.iri), "orderedItems": said}, _PRIVATE)


async def _reader(runtime: Runtime, request: web.Request, actors: Sequence[str]) -> Asker | None:
    """Return who signed a request for what these actors of ours have said, None if nobody did.

    Raises:
        Unauthenticated: the signature does not hold, or is by somebody whom they have blocked.
    """
    reader = await read_reader(runtime, request)
    if reader is not None and await runtime.store.read(
        partial(disclosure.is_shut_out, actors=actors, reader=reader)
    ):
        raise Unauthenticated(codes.BLOCKED)
    return reader


def _owner(request: web.Request) -> LocalActor:
    """Return the actor in the path; the server's own address has no handle in it."""
    runtime, handle = request.app[RUNTIME], request.match_info.get("handle")
    if handle is None:
        return runtime.server
    if handle not in runtime.residents.owners:
        raise not_found()
    return runtime.residents.owners[handle]


# --- what they said ----------------------------------------------------------------------------------


def show(find: Find) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler that shows the documents `find` finds."""

    async def handle(request: web.Request) -> web.Response:
        runtime: Runtime = request.app[RUNTIME]
        actors = [owner.iri for owner in runtime.residents.owners.values()]
        try:
            reader = await _reader(runtime, request, actors)
        except Unauthenticated:
            return await turned_away()
        asked = Asked(runtime.settings.origin + request.path, reader, actors)
        found = await runtime.store.read(lambda session: find(session, asked))
        if found is None:
            raise not_found()
        # ActivityPub §6.4: a Tombstone stands where something was, and its status says so.
        status = HTTPStatus.GONE if found.get("type") == "Tombstone" else HTTPStatus.OK
        return _shown(without_hidden(found), _PRIVATE, status=status)

    return handle


def _shown(document: Document, headers: dict[str, str], *, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(document), headers={**headers, "Content-Type": ACTIVITY_JSON}
    )


ROUTES: Final = (
    web.get("/actor", actor),
    web.get("/actor/followers", followers),
    web.get("/actor/outbox", outbox),
    web.get("/actors/{handle}", actor),
    web.get("/actors/{handle}/followers", followers),
    web.get("/actors/{handle}/outbox", outbox),
    web.get("/activities/{id}", show(disclosure.find_activity)),
    web.get("/intentions/{id}", show(disclosure.find_intention)),
    web.get("/undertakings/{id}", show(disclosure.find_undertaking)),
    web.get("/negotiations/{id}", show(disclosure.find_negotiation)),
)
