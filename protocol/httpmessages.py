"""HTTP requests as far as they can be signed, and what is read from a signature before its key is known.

Rules here: where a request was sent is what its `target_uri` says, which the caller builds from the
configured public origin, never from a header of the request; so a request signed for another server does not
verify here.

RFC 9421 §2.1 (fields), §2.2 (derived components); RFC 9110 §5.1, §5.3.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from protocol import codes
from protocol.errors import Unauthenticated
from protocol.keys import Algorithm
from protocol.values import dataclass

_FIELD_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_PLAIN_TEXT = re.compile(r"[\t\x20-\x7e]*")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Scheme(StrEnum):
    """The signature standards in use; the value is what is remembered about a peer."""

    RFC9421 = "rfc9421"
    CAVAGE = "draft-cavage-12"


@dataclass(frozen=True, slots=True)
class Request:
    """What of an HTTP request can be signed.

    `target_uri` is absolute; the names of `headers` are in lower case, repeated fields are repeated in order.
    `body_sha256` is the SHA-256 of the body, where that has been computed for something else already.
    """

    method: str
    target_uri: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    body_sha256: bytes | None = None

    @property
    def authority(self) -> str:
        """The host and port, in lower case and without the scheme's default port (RFC 9421 §2.2.3)."""
        parts = urlsplit(self.target_uri)
        return parts.netloc.lower().removesuffix(_DEFAULT_PORTS[parts.scheme])

    @property
    def path(self) -> str:
        """The path as sent, "/" if it is empty (RFC 9421 §2.2.6)."""
        return urlsplit(self.target_uri).path or "/"

    @property
    def query(self) -> str:
        """The query with its question mark, "?" alone if there is none (RFC 9421 §2.2.7)."""
        return f"?{urlsplit(self.target_uri).query}"

    def fields(self) -> dict[str, str]:
        """Combine the header fields by name, as both standards sign them (RFC 9421 §2.1)."""
        fields: dict[str, str] = {}
        for name, value in self.headers:
            stripped = value.strip(" \t")
            fields[name] = f"{fields[name]}, {stripped}" if name in fields else stripped
        return fields


@dataclass(frozen=True, slots=True)
class HttpSignature:
    """A well-formed and fresh signature over everything required, as yet unchecked.

    `algorithm` is what it claims to be made with, None if it leaves that to the key; `received` is when it
    arrived. `base` is what was signed; `base_without_query` a second reading of it, for draft-cavage over a
    target with a query.
    """

    scheme: Scheme
    key_id: str
    algorithm: Algorithm | None
    created: datetime
    received: datetime
    base: bytes
    signature: bytes
    base_without_query: bytes | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The time around `now` in which a signature counts as fresh."""

    now: datetime
    max_age: timedelta
    max_skew: timedelta

    def check(self, created_seconds: int, expires_seconds: int | None) -> datetime:
        """Check the times a signature states, in seconds since 1970, and return when it was made.

        Raises:
            Unauthenticated: `stale`.
        """
        now, skew = self.now.timestamp(), self.max_skew.total_seconds()
        # Compared as numbers first: far beyond the window there are times that no datetime can hold.
        if not now - self.max_age.total_seconds() <= created_seconds <= now + skew:
            raise Unauthenticated(codes.STALE)
        if expires_seconds is not None and expires_seconds < created_seconds:
            raise Unauthenticated(codes.STALE, "The signature had expired before it was made.")
        if expires_seconds is not None and expires_seconds + skew < now:
            raise Unauthenticated(codes.STALE, "The signature has expired.")
        return datetime.fromtimestamp(created_seconds, UTC)


def is_field_name(name: str) -> bool:
    """Tell whether this names a header field (RFC 9110 §5.1), in the lower case both standards ask for."""
    return _FIELD_NAME.fullmatch(name) is not None


def covered_field(fields: dict[str, str], name: str) -> str:
    """Look up a header field that a signature covers.

    Raises:
        Unauthenticated: `component-missing` if the request has no such field, or as `covered_text`.
    """
    if name not in fields:
        raise Unauthenticated(codes.COMPONENT_MISSING, "The signature covers a field that the request lacks.")
    return covered_text(fields[name])


def covered_text(value: str) -> str:
    """Return a value for a line of a signature base.

    Raises:
        Unauthenticated: `signature-malformed` for a line break, which would start a line that nobody signed,
            and for anything else but plain ASCII.
    """
    if not _PLAIN_TEXT.fullmatch(value):
        raise Unauthenticated(
            codes.SIGNATURE_MALFORMED, "The signature covers something that is not plain text."
        )
    return value
