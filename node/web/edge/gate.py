"""The gate every request passes: where it is addressed, how often its sender comes, what became of it.

One middleware, because each costs time on the inbox. Rules here: whatever goes wrong behind the gate leaves
it as a problem document, or as a page where people come; a defect is logged with its traceback and answered
without it; while the node starts or drains only the operational addresses answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from aiohttp import web

from node.core import codes
from node.services.store import StorageDamaged, StorageUnavailable
from node.web.edge import pages, problems, visitors
from node.web.edge.callers import address_of, caller_of, network_of, over_socket
from node.web.edge.hosts import check_target
from node.web.edge.problems import Refusal
from node.web.edge.rooms import HEADERS, Room, room_of
from node.web.edge.runtime import RUNTIME, Phase, Runtime, not_ready
from protocol.errors import ProtocolError

PROBES: Final = frozenset({"/livez", "/readyz"})
OPERATIONAL: Final = PROBES | {"/metrics"}

log = structlog.get_logger(__name__)


@web.middleware
async def gate(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Let a request in, run its handler, and see that what leaves is a proper answer."""
    runtime, room = request.app[RUNTIME], room_of(request.path, request.headers.get("Accept", ""))
    runtime.enter()
    try:
        _admit(runtime, request)
        response = await handler(request)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        refusal = _refusal(error, request)
        if refusal.status == 429:
            runtime.floods.note(
                network_of(address_of(request, runtime.settings.trusted_proxies)), refusal.code
            )
        response = _answer(refusal, request, room)
    finally:
        runtime.leave()
    if not response.prepared:
        visitors.finish(request, response)
        for name, value in HEADERS[room].items():
            response.headers.setdefault(name, value)
    runtime.metrics.responses[str(response.status)] += 1
    return response


def _answer(refusal: Refusal, request: web.Request, room: Room) -> web.Response:
    """Say no: as a page to who asks for one where people come, as a problem document to everyone else."""
    if room is Room.PAGES and pages.is_asked_for(request.headers.get("Accept", "")):
        return request.app[pages.REFUSALS](request, refusal)
    return problems.answer(refusal)


def _admit(runtime: Runtime, request: web.Request) -> None:
    private = over_socket(request)
    if not private:
        _check_rate(runtime, request)
    if request.raw_path in PROBES:  # asked by whatever address this has inside a cluster; nothing is in it
        return
    check_target(request, origin=runtime.settings.origin, hosts=runtime.hosts, private=private)
    if runtime.phase is not Phase.READY and request.path not in OPERATIONAL:
        raise not_ready(runtime.phase)


def _check_rate(runtime: Runtime, request: web.Request) -> None:
    address = address_of(request, runtime.settings.trusted_proxies)
    wait = runtime.callers.take(caller_of(address), asyncio.get_running_loop().time())
    if wait > 0:
        raise Refusal(
            429,
            codes.TOO_MANY_REQUESTS,
            headers={"Retry-After": str(int(wait) + 1)},
        )


def _pattern(request: web.Request) -> str:
    """Name an address as the table does: what stands in it may be a secret, and a log is read by others."""
    resource = request.match_info.route.resource
    return request.path if resource is None else resource.canonical


def _refusal(error: Exception, request: web.Request) -> Refusal:
    """Turn anything raised into a refusal; what nobody foresaw is logged as a defect."""
    match error:
        case Refusal():
            return error
        case ProtocolError():
            refusal = problems.from_protocol(error)
        case web.HTTPException():
            return problems.from_http(error)
        case StorageDamaged():
            log.error("database damaged", reason=str(error), cause=str(error.__cause__))
            return problems.unavailable(codes.DATABASE_DAMAGED)
        case StorageUnavailable():
            log.error("storage unavailable", reason=str(error), cause=str(error.__cause__))
            return problems.unavailable(codes.STORAGE_UNAVAILABLE)
        case _:
            refusal = problems.internal()
    if refusal.status == 500:
        number = request.app[RUNTIME].residents.new_id("req")
        log.error("request failed", id=number, method=request.method, path=_pattern(request), exc_info=error)
        return problems.numbered(refusal, number)
    return refusal
