"""The owner's API as a table: one `Operation` per method and path, which serves it and describes it.

Rules here: an operation names the service that does it (`Reads`, `Writes`); it has a handler of its own only
where the service is told more than was sent, or something follows. What an operation takes and gives is said
once, in its entry, and enforced from there; the OpenAPI document is made from the same entries. Unknown
parameters and members are refused. A write with an `Idempotency-Key` and its answer are one transaction. A
write that is only tried (`dry_run`) runs as any other and is undone before its answer is given.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from hashlib import sha256
from typing import Any, Final, TypeAlias, TypeVar, cast

import orjson
from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.ledger.idempotency import Given, Keyed, Shown, once, was_answered
from node.services.negotiations.asking import is_asked, or_ask
from node.services.store import Session
from node.services.trying import tried
from node.web.api import schemas
from node.web.api.components import COMPONENTS
from node.web.api.parameters import ACTOR, DRY_RUN, Parameter
from node.web.edge.asking_first import asking_first
from node.web.edge.authentication import Caller, Scope, authenticate, check_held
from node.web.edge.bodies import read_body
from node.web.edge.callers import address_of
from node.web.edge.problems import SECURITY_HEADERS, Refusal
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.edge.tries import log_done
from protocol import strictjson
from protocol.strictjson import Document
from protocol.values import dataclass

T = TypeVar("T")

JSON_TYPES: Final = ("application/json", "application/ld+json")
_ASKED: Final = 202
_LONGEST_KEY: Final = 200  # characters of an Idempotency-Key; a UUID has 36


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer as bytes, for what is not JSON or was given before."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"


S = TypeVar("S", bound=Shown)


class ApiCall:
    """One authenticated request to one operation, parsed: what its handler works with."""

    __slots__ = ("acting", "body", "caller", "is_tried", "operation", "query", "request", "runtime", "text")

    def __init__(
        self, runtime: Runtime, request: web.Request, operation: "Operation", caller: Caller
    ) -> None:
        self.runtime, self.request, self.operation, self.caller = runtime, request, operation, caller
        self.query = _read_query(request, operation)
        self.acting = _desk(runtime, caller, str(self.query.pop("actor", "")))
        self.is_tried = bool(self.query.pop(DRY_RUN.name, False))
        self.body: Document = {}
        self.text = b""

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.request.match_info["id"]

    def check_held(self, session: Session) -> None:
        """Check in a write that comes late that whoever calls may still call. Raises: Refusal: 401."""
        check_held(session, self.caller)

    def hands_to(self, service: Callable[..., Shown]) -> Callable[[Session], Shown]:
        """Return what calls a service with what was sent: the path's id, the query and the body by name."""
        ids = self.request.match_info.values()
        return lambda session: service(session, self.acting, *ids, **self.query, **self.body)

    async def read(self, look: Callable[[Session], T]) -> T:
        """Run a function that looks something up."""
        return await self.runtime.store.read(look)

    async def is_repeated(self) -> bool:
        """Tell whether the request's `Idempotency-Key` was answered before; then `write` changes nothing."""
        key = self._key()
        if key is None:
            return False
        return await self.read(lambda session: was_answered(session, key, self.caller.id))

    async def write(self, change: Callable[[Session], S], *, withheld: Sequence[str] = ()) -> S | RawResponse:
        """Run a function that changes something, once per `Idempotency-Key`; undo it if it is only tried.

        `withheld` names members that are answered this once, and not kept for a repetition, nor for a try.
        What needs a second signature is asked for, which is answered with 202; what hangs on the other side's
        document is done once that was asked for.
        """
        return await asking_first(self.runtime, lambda: self._write(change, withheld))

    async def _write(self, change: Callable[[Session], S], withheld: Sequence[str]) -> S | RawResponse:
        def change_or_ask(session: Session) -> Shown:
            return or_ask(session, self.acting, change)

        if self.is_tried:
            return await self._try(change_or_ask, withheld)
        key = self._key()
        if key is not None:
            return await self.runtime.store.write(
                lambda session: self._once(session, key, change_or_ask, withheld)
            )
        shown = await self.runtime.store.write(change_or_ask)
        return RawResponse(orjson.dumps(shown), self._status(shown)) if is_asked(shown) else cast("S", shown)

    async def write_alone(self, change: Callable[[Session], S]) -> S | RawResponse:
        """Run a function that changes much, and may be done twice; undo it if it is only tried."""
        if self.is_tried:
            return await self._try(change, ())
        return await self.runtime.store.write(change, alone=True)

    def _status(self, shown: Shown) -> int:
        return _ASKED if is_asked(shown) else self.operation.status

    async def _try(self, change: Callable[[Session], Shown], withheld: Sequence[str]) -> RawResponse:
        shown = await tried(self.runtime.store, change)
        kept = {name: value for name, value in shown.items() if name not in withheld}
        return RawResponse(orjson.dumps(kept))

    def _key(self) -> str | None:
        key = self.request.headers.get("Idempotency-Key")
        if key is None or (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
            return key
        raise Refusal(400, codes.IDEMPOTENCY_KEY)

    def _once(
        self, session: Session, key: str, change: Callable[[Session], Shown], withheld: Sequence[str]
    ) -> Any:
        digest = sha256(f"{self.request.method} {self.request.path_qs}\n".encode() + self.text).digest()
        request = Keyed(key, self.caller.id, digest)
        given = once(
            session,
            request,
            change,
            status=self._status,
            at=self.runtime.clock(),
            withheld=withheld,
        )
        if isinstance(given, Given):
            return RawResponse(given.body, given.status)
        return RawResponse(orjson.dumps(given), _ASKED) if is_asked(given) else given


Handler: TypeAlias = Callable[[ApiCall], Awaitable[Shown | RawResponse | web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Reads:
    """A handler that has a service look something up, with what was sent (`ApiCall.hands_to`)."""

    service: Callable[..., Shown]

    async def __call__(self, call: ApiCall) -> Shown:
        """Look it up."""
        return await call.read(call.hands_to(self.service))


@dataclass(frozen=True, slots=True)
class Writes:
    """A handler that has a service change something, with what was sent; `withheld` as in `ApiCall.write`."""

    service: Callable[..., Shown]
    withheld: tuple[str, ...] = ()

    async def __call__(self, call: ApiCall) -> Shown | RawResponse:
        """Change it, once and in one transaction."""
        return await call.write(call.hands_to(self.service), withheld=self.withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing the owner's API can do.

    `name` is its operationId, for programs that are generated; `path` is behind the prefix; `body` names the
    component of a JSON body, empty for none; `takes` lists the media types of another kind of body,
    `limit_bytes` its length where the setting's is not meant; `answer` names the component of the answer, or
    is a media type, `tried` that of a try that answers another; `is_final` says that it cannot be tried,
    since it does more than its transaction; `binds` that it may wait for a second signature, which is
    answered with 202.
    """

    name: str
    method: str
    path: str
    handler: Handler
    summary: str
    answer: str
    tried: str = ""
    scope: Scope = Scope.READ
    query: tuple[Parameter, ...] = ()
    body: str = ""
    body_required: bool = True
    takes: tuple[str, ...] = ()
    limit_bytes: int = 0
    status: int = 200
    errors: tuple[int, ...] = field(default=())
    is_final: bool = False
    binds: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What may stand behind its path."""
        can_be_tried = self.scope is not Scope.READ and not self.is_final and self.method != "GET"
        return (*self.query, *([DRY_RUN] if can_be_tried else []), ACTOR)


def _read_query(request: web.Request, operation: Operation) -> dict[str, Any]:
    parameters = {parameter.name: parameter for parameter in operation.parameters}
    values: dict[str, Any] = {}
    for name, value in request.query.items():
        parameter = parameters.get(name)
        if parameter is None or name in values:
            known = ", ".join(parameters)
            raise Refusal(
                400,
                codes.UNKNOWN_PARAMETER,
                hint=f"Known are: {known}.",
            )
        try:
            values[name] = parameter.read(value)
        except ValueError as error:
            raise Refusal(400, codes.INVALID_PARAMETER, f"The parameter {name} {error}.") from None
    return values


def _desk(runtime: Runtime, caller: Caller, asked: str) -> Acting:
    """Let an actor act, by its owner or by who of its team calls; a person acts for no other."""
    person = caller.person
    handle = asked or (runtime.first_handle if person is None else person.handle)
    if handle not in runtime.owners or (person is not None and person.handle != handle):
        raise Refusal(404, codes.UNKNOWN_ACTOR)
    return runtime.residents.at(handle, person=handle if person is None else person.id)


def paged(found: Sequence[Document], *, cursor: str = "", limit: int = 100) -> Document:
    """Return one page of a list that is short enough to be at hand whole; the cursor is the last id seen.

    Raises:
        Refusal: 400, the cursor is not of this list.
    """
    ids = [item["id"] for item in found]
    if cursor and cursor not in ids:
        raise Refusal(400, codes.UNKNOWN_CURSOR)
    start = ids.index(cursor) + 1 if cursor else 0
    items = list(found[start : start + limit])
    return {"items": items, "next": items[-1]["id"] if len(found) > start + limit else None}


# --- serving ---------------------------------------------------------------------------------------


def serve(
    operation: Operation, components: Mapping[str, schemas.Schema] = COMPONENTS
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler of an operation; `components` are the schemas it may name."""

    async def handle(request: web.Request) -> web.StreamResponse:
        runtime = request.app[RUNTIME]
        caller = await authenticate(runtime, request)
        caller.require(operation.scope)
        call = ApiCall(runtime, request, operation, caller)
        if operation.method != "GET":
            await _read(call, components)
        given = await operation.handler(call)
        _log(call, given)
        if isinstance(given, web.StreamResponse):
            return given
        if not isinstance(given, RawResponse):
            given = RawResponse(orjson.dumps(given), operation.status)
        return web.Response(
            status=given.status,
            body=given.body,
            headers={**SECURITY_HEADERS, "Cache-Control": "no-store", "Content-Type": given.media_type},
        )

    return handle


def _log(call: ApiCall, given: object) -> None:
    """Log what only an administrator may do: keys, tokens and where things are sent are of this kind."""
    operation = call.operation
    if operation.scope is not Scope.ADMIN or operation.method == "GET" or call.is_tried:
        return
    made = str(given.get("id", "")) if isinstance(given, Mapping) else ""
    log_done(call.request, f"{operation.method} {operation.path}", by=call.caller.id, made=made)


async def _read(call: ApiCall, components: Mapping[str, schemas.Schema]) -> None:
    """Read and check the body as the operation says it is."""
    settings, operation, request = call.runtime.settings, call.operation, call.request
    limit_bytes = operation.limit_bytes or settings.body_limit_bytes
    call.text = await read_body(
        request,
        limit_bytes=limit_bytes,
        seconds=settings.body_seconds,
        budget=call.runtime.budget,
        address=address_of(request, settings.trusted_proxies),
    )
    if not call.text and not (operation.takes or (operation.body and operation.body_required)):
        return
    media_type = request.content_type.lower()
    if media_type in operation.takes:
        return
    if media_type not in JSON_TYPES or not operation.body:
        accepted = ", ".join((*operation.takes, *(JSON_TYPES[:1] if operation.body else ())))
        raise Refusal(
            415,
            codes.MEDIA_TYPE,
            hint=f"Send: {accepted}." if accepted else "Send no body.",
        )
    call.body = strictjson.parse(call.text, limit_bytes=limit_bytes)
    schemas.check(call.body, components[operation.body], components=components)
