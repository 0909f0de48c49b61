"""JSON spoken with the one host that the owner configured: the only way an adapter reaches a CRM.

Rules here:

- A path is added to the base address and never leaves it; no redirect is followed.
- The host may be on this machine or in a private network, since the owner named it. Metadata services of
  clouds are out of reach all the same. A key is sent over plain http within those networks only.
- An answer is bounded in size and time. What is no JSON is said to be none: a page of a proxy or a sign-in is
  not an answer of a CRM, whatever its status.
- Nothing is sent twice by itself: a record might be made twice.
- What a CRM says of its refusals is kept for the owner, shortened, in one line, and without our key.

Sources: RFC 9110 §15 (status codes), §10.2.3 (Retry-After).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from ipaddress import ip_network
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

import orjson
from yarl import URL

from node.core import crm_sayings as sayings
from node.core.addresses import Reach
from node.core.legible import is_line
from node.crm.adapter import CrmAccount
from node.crm.port import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmStale, CrmUnavailable
from node.delivery.client import Client, Response, Unreachable
from protocol.errors import TooLarge, Unprocessable
from protocol.iris import check_host
from protocol.values import dataclass

TIMEOUT_SECONDS: Final = 30.0  # a CRM computes taxes and numbers while we wait; a peer's inbox only writes
LIMIT_ANSWER_BYTES: Final = 4_194_304  # a page of 200 records with their lines is some 400 KB
_SAID_CHARACTERS: Final = 300

_OWN_NETWORKS: Final = tuple(
    map(ip_network, ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
)
_BUSY: Final = frozenset({408, 425, 429})
_DENIED: Final = frozenset({401, 403})
_MISSING: Final = frozenset({404, 410})
_STALE: Final = frozenset({409, 412})
_WORDED: Final = ("message", "detail", "error", "title")
"""Under which name a refusal in JSON has its words, in this order."""
_PATH: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class CrmAnswer:
    """What a CRM answered with success: `document` is its JSON, None where it said nothing."""

    status: int
    document: Any
    headers: Mapping[str, str]


class CrmClient:
    """Speaks JSON with one CRM; open it inside a running event loop with `async with`.

    `address` is the base URL. `headers` go with every request and hold the key; `secrets` are texts that are
    never repeated in an error.

    Raises:
        ValueError: the address is none that a CRM can have.
    """

    def __init__(
        self,
        address: str,
        *,
        headers: Mapping[str, str],
        secrets: Sequence[str],
        clock: Callable[[], datetime],
        user_agent: str,
        authorities: str = "",
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._base = _read_base(address)
        self._headers = {"Accept": "application/json", **headers}
        self._secrets = tuple(form for secret in secrets if secret for form in _forms(secret))
        self._client = Client(
            Reach(allowed=_OWN_NETWORKS, only_allowed=self._base.scheme == "http"),
            clock=clock,
            user_agent=user_agent,
            authorities=authorities,
            timeout_seconds=timeout_seconds,
        )

    @classmethod
    def of(cls, account: CrmAccount, *, headers: Mapping[str, str]) -> Self:
        """Return a client for the CRM of an account, whose key never stands in an error.

        Raises: ValueError.
        """
        return cls(
            account.address,
            headers=headers,
            secrets=[account.secret.strip()],
            clock=account.clock,
            user_agent=account.user_agent,
            authorities=account.authorities,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        form: tuple[bytes, str] | None = None,
    ) -> CrmAnswer:
        """Make one request and return its answer; `path` is below the base and percent-encoded already.

        `body` is what goes as JSON, `form` bytes of another media type.

        Raises:
            CrmUnavailable: no answer, 408, 425, 429, 5xx, a redirect, no JSON, or more than 4 MB of it.
            CrmDenied: 401, 403.
            CrmMissing: 404, 410.
            CrmStale: 409, 412.
            CrmRefused: any other 4xx.
        """
        address = self._address(path, query)
        written = b"" if body is None else orjson.dumps(body)
        sent, media_type = form or (written, "" if body is None else "application/json")
        typed = {"Content-Type": media_type} if media_type else {}
        try:
            response = await self._client.ask(
                method,
                address,
                body=sent,
                headers={**self._headers, **typed, **(headers or {})},
                limit_bytes=LIMIT_ANSWER_BYTES,
            )
        except Unreachable as error:
            raise CrmUnavailable(sayings.UNREACHED % {"why": error.code}) from None
        except TooLarge:
            raise CrmUnavailable(sayings.TOO_MUCH) from None
        return self._read(response)

    def _address(self, path: str, query: Sequence[tuple[str, str]]) -> URL:
        """Return an address below the base.

        Raises:
            ValueError: the path leaves it, or is not encoded.
        """
        if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
            raise ValueError("a path is encoded and stays below the base")
        base = str(self._base).rstrip("/")
        return URL(f"{base}/{path.lstrip('/')}", encoded=True).with_query(list(query) or None)

    def _read(self, response: Response) -> CrmAnswer:
        if 300 <= response.status < 400:
            raise CrmUnavailable(sayings.ELSEWHERE)
        if response.status >= 400:
            raise self._error(response)
        if not response.body.strip():
            return CrmAnswer(response.status, None, response.headers)
        try:
            return CrmAnswer(response.status, orjson.loads(response.body), response.headers)
        except orjson.JSONDecodeError:
            raise CrmUnavailable(_no_json(response)) from None

    def _error(self, response: Response) -> CrmError:
        error = self._refusal(response)
        error.document = _object(response.body)
        return error

    def _refusal(self, response: Response) -> CrmError:
        said, status = self.said(response.body), response.status
        given = {"status": status}
        if status in _DENIED:
            return CrmDenied(sayings.DENIED % given, said=said)
        if status in _MISSING:
            return CrmMissing(sayings.MISSING % given, said=said)
        if status in _STALE:
            return CrmStale(sayings.CHANGED % given, said=said)
        if status in _BUSY or status >= 500:
            kind = CrmBroken if status == HTTPStatus.INTERNAL_SERVER_ERROR else CrmUnavailable
            return kind(sayings.BUSY % given, said=said, retry_after=response.wait)
        return CrmRefused(sayings.REFUSED % given, said=said)

    def said(self, body: bytes) -> str:
        """Return what a refusal says, in one line, shortened and without our key; nothing of a page.

        Of a JSON object that is its words alone, where it has some.
        """
        body = _words(body) or body
        for secret in self._secrets:  # before anything is cut: the half of a key is none to be found
            body = body.replace(secret.encode(), "…".encode())
        text = " ".join(body[: 8 * _SAID_CHARACTERS].decode("utf-8", "replace").split())
        if text.startswith("<"):
            return ""
        return "".join(sign if is_line(sign) else "�" for sign in text[:_SAID_CHARACTERS])


def _words(body: bytes) -> bytes:
    """Return the words of a refusal that is a JSON object; nothing if it has none."""
    document = _object(body)
    found = (document.get(name) for name in _WORDED)
    return next((text.encode() for text in found if isinstance(text, str) and text.strip()), b"")


def _object(body: bytes) -> Mapping[str, Any]:
    """Return a JSON object; an empty one if it is none."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _forms(secret: str) -> set[str]:
    """Return a secret as JSON, some of which escapes a slash, and an address spell it, too."""
    return {secret, secret.replace("/", "\\/"), quote(secret, safe="")}


def _read_base(address: str) -> URL:
    """Return the address under which everything of a CRM is.

    Raises:
        ValueError: it is none, or names more than host and path.
    """
    url = URL(address)
    if url.scheme not in {"http", "https"} or not url.raw_host:
        raise ValueError(sayings.NO_ADDRESS)
    if url.raw_user or url.raw_password or url.query_string or url.raw_fragment:
        raise ValueError("The address of a CRM is its host and a path, without a name, a key or a question.")
    try:
        check_host(f"[{url.raw_host}]" if ":" in url.raw_host else url.raw_host)
    except Unprocessable:
        raise ValueError("The address of a CRM has a host that cannot be read in one way only.") from None
    return url


def _no_json(response: Response) -> str:
    if response.body.lstrip()[:1] == b"<":
        return sayings.PAGE
    return sayings.NO_JSON
