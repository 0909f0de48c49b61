"""Serving a page: who is let in, what is done in which order, and as what it is answered.

Rules here: without a session nothing of the owner is shown. Forms of one browser are done one after the
other, so that a second press of a button finds what became of the first, and says that.
"""

import asyncio
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from node.core import codes
from node.core.drafts import view_time
from node.services.notices.seeing import see
from node.web.edge import packing, pages
from node.web.edge.forms import SentForm, read_form
from node.web.edge.problems import Refusal, not_found
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.edge.visitors import Visitor, ask_to_sign_in, past_visitor_of, visitor_of
from node.web.pages.frame.page import CLAIM, Needs, PageCall, View, WebPage, reader_of, see_other, show
from node.web.pages.frame.rendering import ready
from node.web.pages.wording.languages import reading
from protocol import codes as wire


def serve(page: WebPage) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler of a page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        await ready(reader_of(request).language)
        runtime = request.app[RUNTIME]
        is_page = pages.is_asked_for(request.headers.get("Accept", ""))
        visitor = await visitor_of(request)
        if page.otherwise is not None and not is_page and not (visitor and _asks_for_json(request)):
            return await page.otherwise(request)
        if not page.always and runtime.claims.claimed is (page.needs is Needs.CLAIM):
            return _lead(request, page, is_page=is_page)
        if page.needs is Needs.SESSION and visitor is None:
            return await _pressed_twice(request, page) or ask_to_sign_in(request)
        form = SentForm({})
        if page.method == "POST":
            form = await _form(request, visitor, page)
        call = PageCall(runtime, request, visitor, form)
        with reading(call.reader):
            given = await _handle(call, page)
            if isinstance(given, web.StreamResponse):
                return given
            if is_page and visitor is not None and "id" in request.match_info:
                await see(runtime.store, call.acting, call.id)
            answer = await _answer(call, given, is_page=is_page)
        if not given.secret:
            await packing.pack(request, answer, runtime.residents.salt())
        return answer

    handle.__doc__ = page.handler.__doc__  # the reference lists what each address is for
    return handle


async def _form(request: web.Request, visitor: Visitor | None, page: WebPage) -> SentForm:
    try:
        return await read_form(request, visitor, limit_bytes=page.limit_bytes)
    except Refusal as refusal:
        if refusal.code != wire.BODY_TOO_LARGE:
            raise
        raise Refusal(refusal.status, page.too_large, close=refusal.close) from None


async def _handle(call: PageCall, page: WebPage) -> View | web.StreamResponse:
    """Let a page be made; forms of one browser one after the other."""
    if page.method != "POST" or not call.is_known:
        return await page.handler(call)
    async with _turn_of(call.runtime, call.visitor):
        return await page.handler(call)


def _turn_of(runtime: Runtime, visitor: Visitor) -> asyncio.Lock:
    return runtime.pressing.setdefault(visitor.session, asyncio.Lock())


async def _pressed_twice(request: web.Request, page: WebPage) -> web.Response | None:
    """Say that a form was done already, to who sends it once more with the secret that this has used up."""
    past = await past_visitor_of(request) if page.method == "POST" else None
    if past is None:
        return None
    form = await _form(request, past, page)
    runtime = request.app[RUNTIME]
    call = PageCall(runtime, request, past, form)
    async with _turn_of(runtime, past):
        at = await call.done_at()
    if at is None:
        return None
    with reading(call.reader):
        beside = {"at": view_time(at), "onward": request.path}
        told = View(template="done_already.html", answer={}, beside=beside, status=409)
        return await show(PageCall(runtime, request, None, form), told)


def _lead(request: web.Request, page: WebPage, *, is_page: bool) -> web.Response:
    """Lead to the claim of a node that is nobody's yet, and away from there once it is somebody's.

    Raises:
        Refusal: 403 `unclaimed`, or 404: no page is asked for, or something is to be done.
    """
    if request.method in {"GET", "HEAD"} and is_page:
        return see_other("/" if page.needs is Needs.CLAIM else CLAIM)
    raise not_found() if page.needs is Needs.CLAIM else Refusal(403, codes.UNCLAIMED)


async def _answer(call: PageCall, view: View, *, is_page: bool) -> web.Response:
    if not is_page and _asks_for_json(call.request):
        return web.Response(
            status=view.status,
            body=orjson.dumps(view.answer),
            headers={"Cache-Control": "no-store", "Content-Type": "application/json"},
        )
    return await show(call, view)


def _asks_for_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "").lower()
