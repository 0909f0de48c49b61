"""A page as an entry of a table: where it is, what makes it, whom it lets in.

Rules here: a handler is thin (read the form, one service call, show), and shows the very answer that the
owner's API gives; the same address answers a program that has the session with that answer as JSON. Without a
session nothing of the owner is shown. A form carries the token of its session, and a key made with the form:
a write with the same key is done once, and its repetition gets the answer of the first time; of what proved
who it was, nothing is kept for that.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlencode

import orjson
from aiohttp import web

from node.core import codes
from node.services import today
from node.services.acting import Acting
from node.services.ledger.idempotency import Given, Keyed, Shown, answered_at, once
from node.services.ledger.positions import current_position
from node.services.negotiations import cosign_showing
from node.services.negotiations.asking import or_ask
from node.services.store import Session
from node.services.trade import pipeline
from node.services.trying import tried
from node.services.zones import find_zone
from node.web.edge import masks, pages
from node.web.edge.asking_first import asking_first
from node.web.edge.forms import SECRETS, SentForm
from node.web.edge.problems import Refusal
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.edge.visitors import Visitor, check_signed_in
from node.web.pages.frame.rendering import render
from node.web.pages.wording import languages
from node.web.pages.wording.languages import Reader
from protocol import codes as wire
from protocol.codes import Code
from protocol.discovery import findable
from protocol.values import dataclass

T = TypeVar("T")

CLAIM: Final = "/claim"
DESK: Final = "/desk"
KEY: Final = "form_key"
"""The field with the key under which a form is done once."""
LANGUAGE_COOKIE: Final = "language"
LOOK_COOKIE: Final = "look"
ZONE_COOKIE: Final = "zone"
KEYS_COOKIE: Final = "keys"
"""Whether single keys do something; they do not unless somebody says so (WCAG 2.2, 2.1.4)."""
KEYS_ON: Final = "on"
_LONGEST_KEY: Final = 60  # characters; ours have under 40


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the five places always in reach; `name` is what a template of its pages sets as `here`."""

    name: str
    path: str


TODAY: Final = Tab("today", "/")
TABS: Final = (
    TODAY,
    Tab("wishes", "/wishes"),
    Tab("agreements", "/agreements"),
    Tab("more", "/more"),
)
"""In order; what is not built yet is not listed, so it is not linked."""
MORE: Final = (
    Tab("profile", "/profile"),
    Tab("businesses", "/businesses"),
    Tab("terms", "/terms"),
    Tab("held-back", "/held-back"),
    Tab("journal", "/journal"),
    Tab("notifications", "/notifications"),
    Tab("security", "/security"),
    Tab("backup", "/backup"),
    Tab("look", "/look"),
)
"""What stands on More, and below the tabs where there is room; their words stand in `tabs.html`."""
DESK_TABS: Final = (
    Tab("pipeline", DESK),
    Tab("customers", f"{DESK}/customers"),
    Tab("prices", f"{DESK}/prices"),
    Tab("desk-more", f"{DESK}/more"),
)
DESK_BEYOND: Final = (
    Tab("agreements", "/agreements"),
    Tab("setup", f"{DESK}/setup"),
    Tab("delivery", f"{DESK}/delivery"),
    Tab("integration", f"{DESK}/integration"),
    Tab("keys", f"{DESK}/keys"),
    Tab("team", f"{DESK}/team"),
    Tab("cosign", f"{DESK}/cosign"),
)
_OF_WHO_WISHES: Final = ("/wishes", "/more")
"""What a business that wishes for things itself reads with the tabs of a customer."""


class Needs(StrEnum):
    """What a page asks of who opens it."""

    NOTHING = "nothing"
    SESSION = "session"
    CLAIM = "claim"
    """That the node is nobody's yet; every other page needs that it is somebody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page shows: the API's answer, and `beside` it what only the page needs, as what was typed.

    What is `secret`, since it lets somebody in, is not compressed.
    """

    template: str
    answer: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    secret: bool = False


class PageCall:
    """One request for a page, let in and read: what its handler works with."""

    __slots__ = ("_visitor", "form", "reader", "request", "runtime")

    def __init__(
        self, runtime: Runtime, request: web.Request, visitor: Visitor | None, form: SentForm
    ) -> None:
        self.runtime, self.request, self._visitor, self.form = runtime, request, visitor, form
        self.reader = reader_of(request, visitor)

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
        return self.runtime.residents.at(self.visitor.handle, person=self.visitor.person)

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

    def masked_token(self) -> str:
        """Return the visitor's token for one form, under a mask of its own."""
        return masks.mask(self.visitor.form_token, self.runtime.residents.salt())

    async def read(self, look: Callable[[Session], T]) -> T:
        """Run a function that looks something up."""
        return await self.runtime.store.read(look)

    async def try_(self, change: Callable[[Session], T]) -> T:
        """Run a function that changes something, undo it, and return what it would have answered."""
        return await asking_first(self.runtime, lambda: tried(self.runtime.store, change))

    def check_held(self, session: Session) -> None:
        """Check in a write that the visitor is still signed in. Raises: Refusal: 401."""
        check_signed_in(session, self.visitor, now=self.runtime.clock())

    async def change(self, change: Callable[[Session], T]) -> T:
        """Run a function that changes something, as long as the visitor is signed in when it is done.

        Raises:
            Refusal: 401, the sign-in has ended since the request came.
        """

        def changed(session: Session) -> T:
            self.check_held(session)
            return change(session)

        return await asking_first(self.runtime, lambda: self.runtime.store.write(changed))

    async def write(self, change: Callable[[Session], Shown]) -> Shown:
        """Run a function that changes something, once for each key that was made with a form.

        What needs a second signature is asked for, and that is the answer (`asking.or_ask`).

        Raises: as `change`.
        """
        request = self._keyed()
        at, acting = self.runtime.clock(), self.acting

        def done(session: Session) -> Shown:
            given = once(
                session,
                request,
                lambda session: or_ask(session, acting, change),
                status=lambda _shown: 200,
                at=at,
            )
            return orjson.loads(given.body) if isinstance(given, Given) else given

        return await self.change(done)

    def _keyed(self) -> Keyed:
        key = self.form.one(KEY)
        if not 0 < len(key) <= _LONGEST_KEY:
            raise Refusal(422, codes.INVALID_SHAPE)
        said = [(name, values) for name, values in sorted(self.form.fields.items()) if name not in SECRETS]
        digest = sha256(f"{self.request.method} {self.request.path}\n".encode() + orjson.dumps(said)).digest()
        return Keyed(key, f"page {self.visitor.handle} {self.visitor.person}", digest)

    async def done_at(self) -> datetime | None:
        """Return when this very form was done before; None if it was not."""
        if not self.form.has(KEY):
            return None
        request = self._keyed()
        return await self.read(lambda session: answered_at(session, request))


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
    too_large: Code = wire.BODY_TOO_LARGE
    """What is said of a form that is larger."""
    always: bool = False
    """Whether it is there before the node is anybody's, too; without a secret it shows nothing of anybody."""
    develops: bool = False
    """Whether it is there only on a node in development."""


def reader_of(request: web.Request, visitor: Visitor | None = None) -> Reader:
    """Return for whom is written: what was chosen in this browser, else what it says of itself.

    Whoever acts for a business, or stands at a desk, is spoken to as a business is; so is whoever stands at
    the door of a node on which there are only businesses.
    """
    runtime, cookies = request.app[RUNTIME], request.cookies
    look = cookies.get(LOOK_COOKIE, "")
    return Reader(
        language=languages.chosen(
            request.headers.get("Accept-Language", ""),
            wanted=cookies.get(LANGUAGE_COOKIE, ""),
            develops=runtime.settings.dev,
        ),
        zone=find_zone(cookies.get(ZONE_COOKIE, "")),
        now=runtime.clock(),
        theme=look if look in languages.THEMES else "",
        keys=cookies.get(KEYS_COOKIE) == KEYS_ON,
        formal=_is_at_desk(request) or _is_of_business(runtime, visitor),
    )


def _is_at_desk(request: web.Request) -> bool:
    return request.path == DESK or request.path.startswith(f"{DESK}/")


def _is_of_business(runtime: Runtime, visitor: Visitor | None) -> bool:
    if visitor is not None:
        return is_business(runtime, visitor)
    return bool(runtime.owners) and all(owner.is_business for owner in runtime.owners.values())


def is_business(runtime: Runtime, visitor: Visitor) -> bool:
    """Tell whether a visitor acts for a business."""
    return runtime.owners[visitor.handle].is_business


async def show(call: PageCall, view: View) -> web.Response:
    """Return a view as a page."""
    known = call.visitor if call.is_known else None
    at_desk = _has_desk_tabs(call)
    frame = {
        "at_desk": at_desk,
        "tabs": DESK_TABS if at_desk else TABS,
        "further": DESK_BEYOND if at_desk else MORE,
        "needed": await _needed(call, at_desk=at_desk),
        "path": call.request.path,
        "is_led": pages.is_led(call.request),
        "visitor": known,
        "account": "" if known is None else account_of(call.runtime, known.handle),
        "own_name": "" if known is None else _own_name(call),
        "form_token": "" if known is None else call.masked_token(),
        "form_key": call.runtime.residents.new_id("form"),
        "faces": call.runtime.gallery.shown,
        "answer": view.answer,
    }
    shown = {**view.answer, **view.beside}
    if frame.keys() & shown.keys():
        raise ValueError(f"{view.template} is given what stands for something else in every template")
    values = {**shown, **frame}
    text = render(view.template, call.reader, values)
    return web.Response(status=view.status, text=text, content_type=pages.HTML, charset="utf-8")


def _has_desk_tabs(call: PageCall) -> bool:
    """Tell whether a page has the tabs of a desk: its own pages, and what a business reads beside them."""
    if not call.is_known or _is_at_desk(call.request):
        return call.is_known
    return is_business(call.runtime, call.visitor) and not call.request.path.startswith(_OF_WHO_WISHES)


async def _needed(call: PageCall, *, at_desk: bool) -> int:
    """Return the count on the first tab: how many things need whoever looks, or wait for them at the desk."""
    if not call.is_known:
        return 0
    if at_desk:
        return await call.read(
            lambda session: (
                pipeline.count_waiting(session, call.acting)
                + cosign_showing.count_waiting(session, call.acting)
            )
        )
    return await call.read(lambda session: today.count(session, call.acting, call.runtime.counts))


def _own_name(call: PageCall) -> str:
    actor = call.runtime.owners[call.visitor.handle].actor
    return actor.name or actor.handle


def account_of(runtime: Runtime, handle: str) -> str:
    """Return what others type to find an actor that lives here: its account, or its address."""
    actor = runtime.owners[handle].actor
    return findable(actor.iri, actor.handle, allow_http=runtime.settings.dev)


def see_other(path: str) -> web.Response:
    """Return the answer to a form that was taken: look there now (RFC 9110 §15.4.4)."""
    return web.Response(status=303, headers={"Location": path})
