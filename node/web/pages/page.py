"""A page as an entry of a table: where it is, what makes it, whom it lets in.

Rules here: a handler is thin (read the form, one service call, show), and shows the very answer that the
owner's API gives; the same address answers a program that has the session with that answer as JSON. Without a
session nothing of the owner is shown. A form carries the token of its session, and a key made with the form:
a write with the same key is done once, and its repetition gets the answer of the first time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlencode

import orjson
from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.ledger.idempotency import Given, Keyed, Shown, once
from node.services.ledger.positions import current_position
from node.services.store import Session
from node.services.trying import tried
from node.web.edge import pages
from node.web.edge.forms import TOKEN, SentForm, read_form
from node.web.edge.problems import Refusal, not_found
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.edge.visitors import Visitor, ask_to_sign_in, visitor_of
from node.web.pages import languages
from node.web.pages.formats import zone_of
from node.web.pages.languages import Reader, reading
from node.web.pages.rendering import ready, render
from protocol.discovery import acct_of

T = TypeVar("T")
S = TypeVar("S", bound=Shown)

CLAIM: Final = "/claim"
KEY: Final = "form_key"
"""The field with the key under which a form is done once."""
LANGUAGE_COOKIE: Final = "language"
LOOK_COOKIE: Final = "look"
ZONE_COOKIE: Final = "zone"
_LONGEST_KEY: Final = 60  # characters; ours have under 40


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the five places always in reach; `name` is what a template of its pages sets as `here`."""

    name: str
    path: str


TABS: Final = (
    Tab("today", "/"),
    Tab("wishes", "/wishes"),
    Tab("agreements", "/agreements"),
    Tab("more", "/more"),
)
"""In order; what is not built yet is not listed, so it is not linked."""
MORE: Final = (
    Tab("profile", "/profile"),
    Tab("businesses", "/businesses"),
    Tab("held-back", "/held-back"),
    Tab("journal", "/journal"),
    Tab("security", "/security"),
    Tab("look", "/look"),
)
"""What stands on More, and below the tabs where there is room; their words stand in `tabs.html`."""


class Needs(StrEnum):
    """What a page asks of who opens it."""

    NOTHING = "nothing"
    SESSION = "session"
    CLAIM = "claim"
    """That the node is nobody's yet; every other page needs that it is somebody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page shows: the API's answer, and `beside` it what only the page needs, as what was typed.

    `tabs` and `beyond` are the places in reach; a business has its own at its desk.
    """

    template: str
    answer: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    tabs: Sequence[Tab] = TABS
    beyond: Sequence[Tab] = MORE


class PageCall:
    """One request for a page, let in and read: what its handler works with."""

    __slots__ = ("_visitor", "form", "reader", "request", "runtime")

    def __init__(
        self, runtime: Runtime, request: web.Request, visitor: Visitor | None, form: SentForm
    ) -> None:
        self.runtime, self.request, self._visitor, self.form = runtime, request, visitor, form
        self.reader = reader_of(request)

    @property
    def is_known(self) -> bool:
        """Whether this is somebody with a session."""
        return self._visitor is not None

    @property
    def visitor(self) -> Visitor:
        """Who looks; only where the page needs a session, or `is_known`."""
        if self._visitor is None:
            raise Refusal(401, codes.SIGN_IN)
        return self._visitor

    @property
    def acting(self) -> Acting:
        """The actor for whom the visitor acts, now."""
        return self.runtime.residents.at(self.visitor.handle)

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.request.match_info["id"]

    def asked(self, name: str) -> str:
        """Return what stands behind the path under this name, empty if nothing does."""
        return self.request.query.get(name, "")

    def link(self, path: str, **asked: str) -> str:
        """Return the address of a page with what is asked behind its path."""
        return f"{path}?{urlencode(asked)}"

    def position(self, session: Session) -> str:
        """Return where the visitor's journal stands, for a page that goes on listening from there."""
        return str(current_position(session, self.acting.iri))

    async def read(self, look: Callable[[Session], T]) -> T:
        """Run a function that looks something up."""
        return await self.runtime.store.read(look)

    async def try_(self, change: Callable[[Session], S]) -> S:
        """Run a function that changes something, undo it, and return what it would have answered."""
        return await tried(self.runtime.store, change)

    async def write(self, change: Callable[[Session], Shown]) -> Shown:
        """Run a function that changes something, once for each key that was made with a form."""
        key = self.form.one(KEY)
        if not 0 < len(key) <= _LONGEST_KEY:
            raise Refusal(422, codes.INVALID_SHAPE)
        said = [(name, values) for name, values in sorted(self.form.fields.items()) if name != TOKEN]
        digest = sha256(f"{self.request.method} {self.request.path}\n".encode() + orjson.dumps(said)).digest()
        request = Keyed(key, f"page {self.visitor.handle}", digest)
        at = self.runtime.clock()

        def done(session: Session) -> Shown:
            given = once(session, request, change, status=200, at=at)
            return orjson.loads(given.body) if isinstance(given, Given) else given

        return await self.runtime.store.write(done)


PageHandler: TypeAlias = Callable[[PageCall], Awaitable[View | web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """One address that people open or send a form to.

    `otherwise` answers where somebody else lives at the same address: who asks for no page and has no session
    gets what they get today, as a peer that fetches an agreement does.
    """

    path: str
    handler: PageHandler
    method: str = "GET"
    needs: Needs = Needs.SESSION
    otherwise: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    limit_bytes: int | None = None
    """How large its form may be, if that may have files."""
    always: bool = False
    """Whether it is there before the node is anybody's, too; it shows nothing of anybody."""
    develops: bool = False
    """Whether it is there only on a node in development."""


def reader_of(request: web.Request) -> Reader:
    """Return for whom is written: what was chosen in this browser, else what it says of itself."""
    runtime, cookies = request.app[RUNTIME], request.cookies
    look = cookies.get(LOOK_COOKIE, "")
    return Reader(
        language=languages.chosen(
            request.headers.get("Accept-Language", ""),
            wanted=cookies.get(LANGUAGE_COOKIE, ""),
            develops=runtime.settings.dev,
        ),
        zone=zone_of(cookies.get(ZONE_COOKIE, "")),
        now=runtime.clock(),
        theme=look if look in languages.THEMES else "",
    )


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
            return ask_to_sign_in(request)
        form = SentForm({})
        if page.method == "POST":
            form = await read_form(request, visitor, limit_bytes=page.limit_bytes)
        call = PageCall(runtime, request, visitor, form)
        with reading(call.reader):
            given = await page.handler(call)
            return given if isinstance(given, web.StreamResponse) else _answer(call, given, is_page=is_page)

    handle.__doc__ = page.handler.__doc__  # the reference lists what each address is for
    return handle


def _lead(request: web.Request, page: WebPage, *, is_page: bool) -> web.Response:
    """Lead to the claim of a node that is nobody's yet, and away from there once it is somebody's.

    Raises:
        Refusal: 403 `unclaimed`, or 404: no page is asked for, or something is to be done.
    """
    if request.method in {"GET", "HEAD"} and is_page:
        return see_other("/" if page.needs is Needs.CLAIM else CLAIM)
    raise not_found() if page.needs is Needs.CLAIM else Refusal(403, codes.UNCLAIMED)


def _answer(call: PageCall, view: View, *, is_page: bool) -> web.Response:
    if not is_page and _asks_for_json(call.request):
        return web.Response(
            status=view.status,
            body=orjson.dumps(view.answer),
            headers={"Cache-Control": "no-store", "Content-Type": "application/json"},
        )
    return show(call, view)


def show(call: PageCall, view: View) -> web.Response:
    """Return a view as a page."""
    known = call.visitor if call.is_known else None
    frame = {
        "tabs": view.tabs,
        "beyond": view.beyond,
        "path": call.request.path,
        "visitor": known,
        "account": "" if known is None else account_of(call.runtime, known.handle),
        "form_token": "" if known is None else known.form_token,
        "form_key": call.runtime.residents.new_id("form"),
        "answer": view.answer,
    }
    shown = {**view.answer, **view.beside}
    if frame.keys() & shown.keys():
        raise ValueError(f"{view.template} is given what stands for something else in every template")
    values = {**shown, **frame}
    text = render(view.template, call.reader, values)
    return web.Response(status=view.status, text=text, content_type=pages.HTML, charset="utf-8")


def account_of(runtime: Runtime, handle: str) -> str:
    """Return the account name of an actor that lives here."""
    actor = runtime.owners[handle].actor
    return str(acct_of(actor.iri, actor.handle))


def see_other(path: str) -> web.Response:
    """Return the answer to a form that was taken: look there now (RFC 9110 §15.4.4)."""
    return web.Response(status=303, headers={"Location": path})


def _asks_for_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "").lower()
