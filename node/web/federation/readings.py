"""Readings: what is granted is read at its address by a business, which shows by its signature who it is.

Rules here: who does not sign, or whose signature does not hold, is turned away like everywhere. Who reads too
often, or has used up what is kept because of them, waits. All else that is not answered gets the one 404 of
this node. An answer is for one reader at one moment: nothing keeps it, and nothing asks for it conditionally
or in part.

Sources: RFC 9421, draft-cavage-http-signatures-12 (who signs), RFC 9111 §5.2.2 (no-store).
"""

import asyncio
from functools import partial
from typing import Final

import structlog
from aiohttp import web

from node.core import codes
from node.core.quotas import QuotaSpent
from node.services import disclosure
from node.services.grants import reading
from node.services.grants.reading import ReadAsked
from node.web.edge.problems import Refusal, not_found
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.federation.documents import show
from node.web.federation.senders import read_sender, read_signature, turned_away
from protocol.actors import KeyPurpose
from protocol.errors import Unauthenticated
from protocol.vocabulary import ACTIVITY_JSON

log = structlog.get_logger(__name__)

_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Vary": "Signature, Signature-Input, Authorization",
    "Content-Type": ACTIVITY_JSON,
}


async def read(request: web.Request) -> web.Response:
    """Answer a reading of all that a grant lets be read, or of one field of it."""
    runtime = request.app[RUNTIME]
    try:
        asked = await _asked(runtime, request)
        answer = await runtime.store.write(lambda session: reading.answer(session, runtime.residents, asked))
    except Unauthenticated as error:
        log.info("reading refused", status=401, code=error.code)
        return await turned_away()
    except QuotaSpent as error:
        put_off = partial(reading.put_off, residents=runtime.residents, asked=asked, error=error)
        await runtime.store.write(put_off)
        raise
    if answer is None:
        raise not_found()
    return web.Response(body=answer, headers=_HEADERS)


async def _asked(runtime: Runtime, request: web.Request) -> ReadAsked:
    """Return who reads what.

    Raises:
        Unauthenticated: nobody signed, or the signature does not hold. Refusal: 429, too often.
    """
    if "Signature" not in request.headers:
        raise Unauthenticated(codes.UNAUTHENTICATED)
    signature = read_signature(runtime, request, b"", runtime.clock())
    sender = await read_sender(runtime, request, signature, None)
    wait = runtime.readers.take(sender.iri, asyncio.get_running_loop().time())
    if wait > 0:
        headers = {"Retry-After": str(int(wait) + 1)}
        raise Refusal(429, codes.TOO_MANY_REQUESTS, headers=headers)
    key = sender.key(signature.key_id, KeyPurpose.HTTP)
    return ReadAsked(
        grant=f"{runtime.settings.origin}/grants/{request.match_info['id']}",
        name=request.match_info.get("name"),
        has_query="?" in request.raw_path,
        reader=sender.iri,
        key=signature.key_id,
        fragment="" if key is None else key.key.fragment,
        signature=signature,
    )


ROUTES: Final = (
    web.get("/grants/{id}", show(disclosure.find_grant)),
    web.get("/grants/{id}/data", read),
    web.get("/grants/{id}/data/{name}", read),
)
