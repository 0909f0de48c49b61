"""The only HTTP client of the node: it reads documents from strangers and posts activities to them.

Whoever names an address we fetch may be hostile, and so may whoever answers. Rules here:

- Only addresses within reach are dialled (`guard`), at every hop; https only, except loopback while
  developing. No proxy, netrc or cookie of the environment takes part.
- A redirect is followed for fetches only, two hops at most, each checked like the first address. A signature
  names the address it was made for: it is made anew for a hop on the same origin, and a signed request is not
  carried to another one. Posts are never redirected.
- An answer is bounded in time and size, taken without content coding (a bomb cannot go off if nothing is
  inflated), of the media type asked for, and strict JSON.
- An error says in our words what happened, never in the peer's.

Sources: RFC 9110 (HTTP), RFC 7033 §4.2 (WebFinger redirects), ActivityPub §3.2 (media types), FEP-fe34.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from ssl import SSLContext
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from node.core import codes
from node.core.addresses import Reach
from node.core.clocks import ClockComparison, read_clock
from node.core.retries import read_retry_after
from node.delivery.double_knock import Destination, Knock, Knocks
from node.delivery.guard import GuardedResolver, OutOfReachError, dialler
from node.delivery.interim_responses import Connector
from node.delivery.media import ACTIVITY, PICTURE, Media, said_always
from node.delivery.names import Names
from node.delivery.trust import Trust, fault_of
from node.services.acting import SigningKey
from protocol import strictjson
from protocol.codes import Code
from protocol.errors import Gone, NotFound, Remote, TooLarge, Unprocessable
from protocol.iris import check_iri, origin, same_origin
from protocol.signatures import Request, sign
from protocol.strictjson import Document
from protocol.values import dataclass
from protocol.vocabulary import ACTIVITY_JSON

T = TypeVar("T")

TIMEOUT_SECONDS = 10.0  # for everything between the name and the last byte, redirects included
LINGER_SECONDS = 2.0  # for the rest of an answer whose status we already have
LIMIT_ANSWER_BYTES = 65_536  # of an answer to a post we read at most this, to keep the connection
LIMIT_HOPS = 2  # a canonical host and a canonical path; longer chains lead nowhere good
LIMIT_CONNECTIONS = 320  # the worker's 64, and so many fetches that a hundred slow servers leave room (DO-05)
LIMIT_CONNECTIONS_PER_ORIGIN = 16  # the worker's 8, and as many fetches
POSTS_ACTIVITY: Mapping[str, str] = {"Content-Type": ACTIVITY_JSON}
KEEP_ALIVE_SECONDS = 30.0  # less than the 60 and more after which servers usually hang up

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Unreachable(Remote):
    """A peer's server could not be reached, or does not answer as the protocol says."""

    status_hint = 502


class Signer(Protocol):
    """Whoever signs requests, with two keys."""

    @property
    def rsa(self) -> SigningKey:
        """The key every peer can verify."""
        ...

    @property
    def ed25519(self) -> SigningKey:
        """The key for peers that say they can (FEP-844e)."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document, and the address that finally answered with it."""

    iri: str
    content_type: str
    document: Document


@dataclass(frozen=True, slots=True)
class Response:
    """How an inbox answered a post; `wait` is its Retry-After, `clock` its Date beside our time.

    What it took needs no comparing of clocks: `clock` is None then.
    """

    status: int
    headers: Mapping[str, str]
    wait: timedelta | None
    clock: ClockComparison | None
    body: bytes


class Client:
    """Fetches and posts within reach; create it inside a running event loop, close it before the loop ends.

    `clock` gives aware UTC times. `resolver` and `tls` replace the system's names and certificates;
    `authorities` is a file of certificates trusted beside those; `for_person`: see `media.said_always`. One
    that does not keep connections makes a new one for each request, so it sees the certificate shown now.
    """

    def __init__(
        self,
        reach: Reach,
        *,
        clock: Callable[[], datetime],
        user_agent: str,
        resolver: AbstractResolver | None = None,
        tls: SSLContext | None = None,
        authorities: str = "",
        timeout_seconds: float = TIMEOUT_SECONDS,
        for_person: bool = False,
        keeps_connections: bool = True,
    ) -> None:
        self.knocks, self.reach = Knocks(), reach
        self._clock, self._timeout_seconds = clock, timeout_seconds
        self._trust = Trust(tls, also=authorities, speaks=("http/1.1",))
        self._session = aiohttp.ClientSession(
            connector=_connector(reach, resolver or Names(), keeps=keeps_connections),
            headers=said_always(user_agent, for_person=for_person),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # each exchange has its own, over all of its requests
            auto_decompress=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def fetch(self, iri: str, *, media: Media = ACTIVITY, signer: Signer | None = None) -> Fetched:
        """Fetch the JSON document at `iri`, signed if a signer is given.

        Raises:
            Unprocessable: `iri-invalid`, the address is not one this node asks.
            NotFound: the server says there is no such document.
            Gone: the server says there no longer is.
            TooLarge: the document is over 256 KB.
            Malformed: it is not strict JSON.
            Unreachable: anything else, with a code of its own.
        """
        address, content_type, body = await self._in_time(self._follow(iri, media, signer))
        return Fetched(address, content_type, strictjson.parse(body, limit_bytes=media.limit_bytes))

    async def picture(self, iri: str) -> bytes:
        """Fetch the bytes at `iri` that are said to be a picture; nothing says who asks for whom.

        Raises: as `fetch`, but for `Malformed`: what the bytes are is for their reader to find out.
        """
        return (await self._in_time(self._follow(iri, PICTURE, None)))[-1]

    async def post(
        self,
        address: str,
        *,
        body: bytes,
        headers: Mapping[str, str] = POSTS_ACTIVITY,
        signer: Signer | None = None,
        ed25519: bool = False,
    ) -> Response:
        """Post something and return the answer, whatever its status; with an HTTP signature given a signer.

        `ed25519` says that the actor there verifies Ed25519 (FEP-844e).

        Raises:
            Unprocessable: `iri-invalid`, the address is not one this node posts to.
            Unreachable: no answer came.
        """
        return await self._in_time(self._post(address, body, headers, signer, ed25519=ed25519))

    async def ask(
        self, method: str, address: URL, *, body: bytes, headers: Mapping[str, str], limit_bytes: int
    ) -> Response:
        """Ask a system of the owner's, once, where the reach allows; return its answer, whatever its status.

        Raises:
            TooLarge: the answer goes on beyond the limit.
            Unreachable: no answer came.
        """
        return await self._in_time(self._ask(method, str(address), body, headers, limit_bytes))

    async def _ask(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], limit_bytes: int
    ) -> Response:
        async with await self._send(method, target, headers, body, repeats=False) as response:
            wait = read_retry_after(response.headers.get("Retry-After"), now=self._clock())
            body = await _bounded(response, limit_bytes)
            return Response(response.status, response.headers, wait, None, body)

    async def _post(
        self, address: str, body: bytes, headers: Mapping[str, str], signer: Signer | None, *, ed25519: bool
    ) -> Response:
        target = self._checked(address)
        if signer is None:
            response = await self._send("POST", target, headers, body)
        else:
            response = await self._knock("POST", target, headers, body, signer, ed25519=ed25519)
        now = self._clock()
        return Response(
            response.status,
            response.headers,
            read_retry_after(response.headers.get("Retry-After"), now=now),
            None if response.ok else read_clock(response.headers.get("Date"), now=now),
            await _drain(response),
        )

    def _checked(self, iri: str) -> str:
        return check_iri(iri, allow_http=self.reach.allow_loopback_http)

    async def _in_time(self, exchange: Coroutine[Any, Any, T]) -> T:
        """Bound an exchange in time and put its failures in our words."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await exchange
        except (aiohttp.ClientError, OSError) as error:
            raise _translated(error) from error

    async def _follow(self, iri: str, media: Media, signer: Signer | None) -> tuple[str, str, bytes]:
        """Return which address answered in the end, with which media type, and what."""
        target = self._checked(iri)
        for _ in range(1 + LIMIT_HOPS):
            async with await self._get(target, media, signer) as response:
                if response.status not in _REDIRECTS:
                    return target, *await _read(response, media)
                target = self._next_hop(target, response, signed=signer is not None)
        raise Unreachable(codes.REDIRECT_REFUSED, "The other server redirects more than twice.")

    def _next_hop(self, target: str, response: aiohttp.ClientResponse, *, signed: bool) -> str:
        try:
            following = self._checked(urljoin(target, response.headers.get("Location", "")))
        except (Unprocessable, ValueError):
            raise Unreachable(codes.REDIRECT_REFUSED, "The other server redirects out of reach.") from None
        if signed and not same_origin(target, following):
            raise Unreachable(
                codes.REDIRECT_REFUSED, "The other server redirects a signed request elsewhere."
            )
        return following

    async def _get(self, target: str, media: Media, signer: Signer | None) -> aiohttp.ClientResponse:
        headers = {"Accept": media.accept}
        if signer is None:
            return await self._send("GET", target, headers, b"")
        return await self._knock("GET", target, headers, b"", signer, ed25519=False)

    async def _knock(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        signer: Signer,
        *,
        ed25519: bool,
    ) -> aiohttp.ClientResponse:
        """Send a signed request, and once more signed differently if that may help."""
        destination = Destination(str(origin(target)), ed25519)
        knock = self.knocks.first(destination)
        response = await self._send_signed(method, target, headers, body, signer, knock)
        accepts = response.headers.get("Accept-Signature")
        other = self.knocks.another(destination, knock, status=response.status, accept_signature=accepts)
        if other is not None:
            await _drain(response)
            knock = other
            response = await self._send_signed(method, target, headers, body, signer, knock)
        if response.ok:
            self.knocks.learn(destination, knock)
        return response

    async def _send_signed(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, signer: Signer, knock: Knock
    ) -> aiohttp.ClientResponse:
        lowered = [(name.lower(), value) for name, value in headers.items()]
        signing = signer.ed25519 if knock is Knock.ED25519 else signer.rsa
        signed = sign(
            Request(method, target, lowered, body),
            scheme=knock.scheme,
            key=signing.key,
            key_id=signing.id,
            now=self._clock(),
        )
        return await self._send(method, target, {**headers, **signed}, body)

    async def _send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, repeats: bool = True
    ) -> aiohttp.ClientResponse:
        # The address has been checked to the letter; `encoded` keeps the library from respelling it.
        url = URL(target, encoded=True)
        tls = await self._trust.context() if url.scheme == "https" else True
        send = partial(self._session.request, method, url, headers=headers, data=body or None, ssl=tls)
        try:
            return await send(allow_redirects=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionResetError):
            if not repeats:
                raise
            # The peer closed a kept connection. Once more is safe: posts, too, count once (RFC 9110 §9.2.2).
            return await send(allow_redirects=False)


def _connector(reach: Reach, resolver: AbstractResolver, *, keeps: bool) -> Connector:
    return Connector(
        resolver=GuardedResolver(resolver, reach),
        socket_factory=dialler(reach),
        limit=LIMIT_CONNECTIONS,
        limit_per_host=LIMIT_CONNECTIONS_PER_ORIGIN,
        keepalive_timeout=KEEP_ALIVE_SECONDS if keeps else None,
        force_close=not keeps,
    )


async def _read(response: aiohttp.ClientResponse, media: Media) -> tuple[str, bytes]:
    """Read the media type and the body of a final answer."""
    if response.status == 410:
        raise Gone(codes.GONE)
    if response.status == 404:
        raise NotFound(codes.NOT_FOUND, "The other server knows no such document.")
    if response.status != 200:
        raise Unreachable(codes.STATUS_UNEXPECTED, f"The other server answers with HTTP {response.status}.")
    types = response.headers.getall("Content-Type", [])
    if len(types) != 1 or not media.admits(types[0]):
        raise Unreachable(codes.MEDIA_TYPE_REFUSED, f"The other server answers with none of: {media.accept}.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unreachable(codes.ENCODING_REFUSED)
    return types[0], await _bounded(response, media.limit_bytes)


async def _bounded(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    """Read a whole body, whatever length it claims.

    Raises:
        TooLarge: it goes on beyond the limit.
    """
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            raise TooLarge(codes.DOCUMENT_TOO_LARGE)
    return bytes(body)


async def _drain(response: aiohttp.ClientResponse) -> bytes:
    """Read what little an answer says, so that its connection can be used again; drop the rest with it.

    The status has arrived, so whatever goes wrong from here on changes nothing.
    """
    if response.content.at_eof():
        response.release()
        return b""
    body = bytearray()
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) >= LIMIT_ANSWER_BYTES:
                    break
    except (aiohttp.ClientError, TimeoutError):
        response.close()
    response.release()
    return bytes(body[:LIMIT_ANSWER_BYTES])


def _translated(error: aiohttp.ClientError | OSError) -> Unreachable:
    """Name what kept us from an answer; the library's own words may repeat the peer's."""
    if isinstance(error, aiohttp.InvalidURL) or isinstance(getattr(error, "os_error", None), OutOfReachError):
        return Unreachable(codes.ADDRESS_REFUSED)
    for kind, code in _FAILURES:
        if isinstance(error, kind):
            return Unreachable(code, fault_of(getattr(error, "certificate_error", error)))
    return Unreachable(codes.ANSWER_MALFORMED)


# The first that fits: some of these classes are kinds of later ones.
_FAILURES: tuple[tuple[type[Exception], Code], ...] = (
    (TimeoutError, codes.TIMEOUT),
    (aiohttp.ClientSSLError, codes.TLS_REFUSED),
    (aiohttp.ClientConnectorDNSError, codes.NAME_UNKNOWN),
    (aiohttp.ClientConnectorError, codes.CONNECTION_REFUSED),
    (aiohttp.ClientConnectionError, codes.DISCONNECTED),
    (aiohttp.ClientPayloadError, codes.DISCONNECTED),
)
