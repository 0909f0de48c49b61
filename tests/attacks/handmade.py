"""Signatures made by hand: every part can be wrong on its own, and all others are right.

Written from RFC 9421 and draft-cavage-http-signatures-12 alone, without the product's code.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from protocol.signatures import Request

Sign = Callable[[bytes], bytes]

COVERED = ('"@method"', '"@target-uri"', '"content-digest"')
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def content_digest(body: bytes) -> str:
    """Write a Content-Digest (RFC 9530 §2)."""
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def legacy_digest(body: bytes) -> str:
    """Write a Digest (RFC 3230)."""
    return f"SHA-256={b64encode(sha256(body).digest()).decode()}"


def http_date(now: datetime) -> str:
    """Write a Date (RFC 9110 §5.6.7)."""
    return f"{DAYS[now.weekday()]}, {now:%d} {MONTHS[now.month - 1]} {now:%Y %H:%M:%S} GMT"


def values(request: Request) -> dict[str, str]:
    """Return the value of every component that a request has, as a naive reader computes them."""
    parts = urlsplit(request.target_uri)
    query = f"?{parts.query}"
    derived = {
        "@method": request.method,
        "@target-uri": request.target_uri,
        "@authority": parts.netloc.lower(),
        "@scheme": parts.scheme,
        "@request-target": parts.path + (query if parts.query else ""),
        "@path": parts.path,
        "@query": query,
        "content-digest": content_digest(request.body),
    }
    return derived | {name: value.strip() for name, value in request.headers}


@dataclass(frozen=True, slots=True)
class Handmade:
    """An RFC 9421 signature: `covered` and `parameters` are serialised already, in the order given."""

    sign: Sign
    key_id: str
    created: int | str
    covered: Sequence[str] = COVERED
    algorithm: str | None = "rsa-v1_5-sha256"
    label: str = "sig1"
    parameters: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Values of components, by their serialised identifier, that differ from the naive ones."""

    def inputs(self) -> str:
        """Write what is covered, with the parameters."""
        algorithm = "" if self.algorithm is None else f';alg="{self.algorithm}"'
        times = f';created={self.created};keyid="{self.key_id}"'
        return f"({' '.join(self.covered)}){times}{algorithm}{self.parameters}"

    def base(self, request: Request) -> bytes:
        """Write the bytes that are signed (§2.5)."""
        found = values(request)
        lines = [f"{each}: {self.overrides.get(each, found.get(_name(each), ''))}" for each in self.covered]
        return "\n".join([*lines, f'"@signature-params": {self.inputs()}']).encode("utf-8")

    def headers(self, request: Request) -> dict[str, str]:
        """Sign a request."""
        signature = b64encode(self.sign(self.base(request))).decode()
        return {
            "Content-Digest": content_digest(request.body),
            "Signature-Input": f"{self.label}={self.inputs()}",
            "Signature": f"{self.label}=:{signature}:",
        }


def _name(identifier: str) -> str:
    """Return what a component identifier names, without its parameters."""
    return identifier.partition(";")[0].strip('"').lower()


def cavage(
    request: Request,
    *,
    sign: Sign,
    key_id: str,
    now: datetime,
    names: Sequence[str] = ("(request-target)", "host", "date", "digest"),
    algorithm: str = "rsa-sha256",
    parameters: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Sign a request as draft-cavage-12 has it, over the headers named."""
    parts = urlsplit(request.target_uri)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    fields = {"Host": parts.netloc, "Date": http_date(now), "Digest": legacy_digest(request.body)}
    found = {
        "(request-target)": f"{request.method.lower()} {target}",
        "(created)": str(int(now.timestamp())),
        **{name.lower(): value for name, value in fields.items()},
        **dict(request.headers),
    }
    base = "\n".join(f"{name}: {found[name]}" for name in names)
    stated = {
        "keyId": key_id,
        "algorithm": algorithm,
        "headers": " ".join(names),
        "signature": b64encode(sign(base.encode())).decode(),
        **(parameters or {}),
    }
    return {**fields, "Signature": ",".join(f'{name}="{value}"' for name, value in stated.items())}
