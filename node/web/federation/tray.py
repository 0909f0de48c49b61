"""Webhooks that come in: posted by systems of the owner's, verified, and handed to the tray.

Rules here: cheap checks first, and none tells who may hand rows in: whoever is not verified gets the answer
of every other. The body is read as it was sent, since the signature covers that.
"""

from http import HTTPStatus
from typing import Final

import orjson
import structlog
from aiohttp import web

from node.core import codes
from node.core.tray import LIMIT_BYTES
from node.services.tray import rows
from node.web.edge import problems
from node.web.edge.bodies import check_size, read_body
from node.web.edge.callers import address_of
from node.web.edge.problems import Refusal
from node.web.edge.runtime import RUNTIME
from protocol.errors import Unauthenticated
from protocol.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

MEDIA_TYPES: Final = frozenset({"application/json", "application/cloudevents+json"})

log = structlog.get_logger(__name__)


async def receive(request: web.Request) -> web.Response:
    """Take a signed event with rows, and say what became of each."""
    runtime = request.app[RUNTIME]
    check_size(request, LIMIT_BYTES)
    if request.content_type.lower() not in MEDIA_TYPES:
        raise Refusal(415, codes.MEDIA_TYPE, hint=f"Send: {', '.join(sorted(MEDIA_TYPES))}.")
    settings = runtime.settings
    body = await read_body(
        request,
        limit_bytes=LIMIT_BYTES,
        seconds=settings.body_seconds,
        budget=runtime.budget,
        address=address_of(request, settings.trusted_proxies),
    )
    handle, sender = request.match_info["handle"], request.match_info["sender"]
    if handle not in runtime.residents.owners:
        return problems.unauthenticated()
    read, residents, headers = runtime.store.read, runtime.residents, _headers(request)
    try:
        # Looked at beside all writes first: whoever is nobody holds up none.
        await read(lambda session: rows.check(session, residents.at(handle), sender, headers, body))
        shown = await runtime.store.write(
            lambda session: rows.take(session, residents.at(handle), sender, headers, body)
        )
    except Unauthenticated as error:
        log.info("webhook refused", status=401, code=error.code)
        return problems.unauthenticated()
    if shown is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    return web.Response(status=HTTPStatus.OK, body=orjson.dumps(shown), content_type="application/json")


def _headers(request: web.Request) -> dict[str, str]:
    """Return the headers of a webhook; one that is there twice is as good as none."""
    names = (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
    given = {name: request.headers.getall(name, []) for name in names}
    return {name: values[0] for name, values in given.items() if len(values) == 1}


ROUTES: Final = (web.post("/tray/{handle}/{sender}", receive),)
