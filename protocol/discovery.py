"""Discovery: from `alice@example.org` to an actor and back, and what a server says about itself.

Rules that hold here:

- An account name is a name and a host, nothing else: no port, path, user information or second `@`, and no
  address in numbers (loopback with a port is taken in development).
- A host answers for its own accounts only: the answer is about the account that was asked for, and the actor
  it names lives on the same host. Otherwise whoever runs one host could put its actors under another's names.
- The way back is checked too: the actor's own handle has to give the account it was found by (`acct_of`).

Sources: RFC 7033 (WebFinger), RFC 7565 (acct), FEP-d556 and FEP-2677 (server actor), NodeInfo 2.1.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

from protocol import codes, vocabulary
from protocol.errors import Unprocessable
from protocol.iris import check_host, check_iri, origin
from protocol.jsonld import many
from protocol.rosters import RosterEntry
from protocol.strictjson import Document
from protocol.values import dataclass

# Letters, digits and the marks that account names of the Fediverse have; the rest of RFC 7565's repertoire
# (`!`, `%`, `'`, ...) only ever served to smuggle a second address into the first (UN-07).
_USER: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_.~-]{0,62}[A-Za-z0-9_])?"
_ACCT: Final = re.compile(rf"(?:acct:)?@?(?P<user>{_USER})@(?P<host>[A-Za-z0-9.:\[\]-]+)")
_HANDLE: Final = re.compile(_USER)
_NUMERIC_HOST: Final = re.compile(r"[0-9.]+")

_SELF: Final = "self"
_SERVER_ACTOR: Final = vocabulary.ACTIVITYSTREAMS + "Service"  # FEP-d556
_APPLICATION_ACTOR: Final = vocabulary.ACTIVITYSTREAMS + "Application"  # FEP-2677


@dataclass(frozen=True, slots=True)
class Acct:
    """An account name: `user` at `host`, which has a port in development only, where `scheme` is http."""

    user: str
    host: str
    scheme: str = "https"

    def __str__(self) -> str:
        """Write it as people do: `alice@example.org`."""
        return f"{self.user}@{self.host}"

    @property
    def uri(self) -> str:
        """The account as a URI (RFC 7565)."""
        return f"acct:{self}"

    def is_same_as(self, other: "Acct") -> bool:
        """Tell whether both name one account; the case of names is folded, as servers of the Fediverse do."""
        return (self.user.lower(), self.host) == (other.user.lower(), other.host)


def parse_acct(text: str, *, allow_http: bool = False) -> Acct:
    """Read `acct:alice@example.org`, `@alice@example.org` or `alice@example.org`.

    `allow_http` admits loopback hosts with a port, which are asked over plain HTTP, for development.

    Raises:
        Unprocessable: `acct-invalid`, it is anything else.
    """
    found = _ACCT.fullmatch(text)
    if found is None:
        raise Unprocessable(codes.ACCT_INVALID)
    if allow_http and (host := _loopback(found["host"])):
        return Acct(found["user"], host, "http")
    return Acct(found["user"], _public_host(found["host"]))


def read_handle(json: object) -> str:
    """Return an actor's handle; "" if it could not be the name in an account.

    What has a second host, a space or a comment in it would be read as somebody else's account (UN-07).
    """
    return json if isinstance(json, str) and _HANDLE.fullmatch(json) else ""


def webfinger_iri(acct: Acct) -> str:
    """Return the address at which the account's host is asked about it (RFC 7033 §4.1)."""
    return f"{acct.scheme}://{acct.host}/.well-known/webfinger?resource={quote(acct.uri, safe='')}"


def read_webfinger(document: Document, *, acct: Acct) -> str:
    """Return the IRI of the actor that a host names for the account it was asked about.

    Raises:
        Unprocessable: `webfinger-mismatch`, the answer is about another account; `webfinger-no-actor`, it
            names no actor; `webfinger-foreign-actor`, it names one on another host; `iri-invalid`, by an
            address that is none.
    """
    if not _is_about(document.get("subject"), acct):
        raise Unprocessable(codes.WEBFINGER_MISMATCH)
    addresses = [link.get("href") for link in many(document.get("links")) if _leads_to_actor(link)]
    if not addresses:
        raise Unprocessable(codes.WEBFINGER_NO_ACTOR)
    iri = check_iri(addresses[0], allow_http=acct.scheme == "http")
    if acct_of(iri, acct.user).host != acct.host:
        raise Unprocessable(codes.WEBFINGER_FOREIGN_ACTOR)
    return iri


def acct_of(iri: str, handle: str) -> Acct:
    """Return the account name of an actor: its handle at the host it lives on.

    Raises:
        Unprocessable: `iri-invalid`, if `iri` is not a web address.
    """
    home = origin(iri)
    return Acct(handle, str(home).removeprefix(f"{home.scheme}://"), home.scheme)


def findable(iri: str, handle: str, *, allow_http: bool = False) -> str:
    """Return what others type to find an actor.

    That is its account, or its address where nobody could look the account up: at a host without a dot, or at
    a port, unless it is one of a node in development.

    Raises:
        Unprocessable: `iri-invalid`, if `iri` is not a web address.
    """
    account = str(acct_of(iri, handle))
    try:
        parse_acct(account, allow_http=allow_http)
    except Unprocessable:
        return iri
    return account


def render_webfinger(acct: Acct, *, actor: str) -> Document:
    """Answer about an account of ours (RFC 7033 §4.4): its actor, in both media types that peers ask for."""
    return {
        "subject": acct.uri,
        "aliases": [actor],
        "links": [
            {"rel": _SELF, "type": media_type, "href": actor}
            for media_type in (vocabulary.ACTIVITY_JSON, vocabulary.LD_JSON_ACTIVITYSTREAMS)
        ],
    }


def render_server_webfinger(site: str, *, actor: str) -> Document:
    """Answer about the server as a whole (FEP-d556): the actor that signs its requests for keys."""
    return {
        "subject": f"{site}/",
        "links": [{"rel": _SERVER_ACTOR, "type": vocabulary.ACTIVITY_JSON, "href": actor}],
    }


def render_nodeinfo_links(site: str, *, actor: str) -> Document:
    """Point to the NodeInfo document, and to the server's actor (FEP-2677)."""
    return {
        "links": [
            {"rel": vocabulary.NODEINFO_SCHEMA, "href": f"{site}/nodeinfo/2.1"},
            {"rel": _APPLICATION_ACTOR, "href": actor},
        ]
    }


def render_nodeinfo(*, version: str) -> Document:
    """Say what software runs here. How many people use it stays with them: `usage.users` is empty."""
    return {
        "version": "2.1",
        "software": {"name": "freehold", "version": version},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {}},
        "metadata": {},
    }


def render_myterms(accepted: Iterable[RosterEntry], *, actors: Iterable[str], since: datetime) -> Document:
    """Say which agreements about data the business of an origin accepts, and since when.

    Members as others in the field have them, and with each agreement the digest of its published document.
    """
    return {
        "effective_date": format_datetime(since),
        "agreements": [{"id": entry.name, "url": entry.iri, "digest": entry.digest} for entry in accepted],
        "actors": [*actors],
    }


def render_gpc(*, since: datetime) -> Document:
    """Say that an origin honours Global Privacy Control, and since which day (W3C draft, GPC support)."""
    return {"gpc": True, "lastUpdate": since.date().isoformat()}


def _loopback(host: str) -> str | None:
    try:
        check_iri(f"http://{host}/", allow_http=True)
    except Unprocessable:
        return None
    return str(origin(f"http://{host}/")).removeprefix("http://")


def _public_host(host: str) -> str:
    """Return the host in lower case if it is a DNS name: RFC 7565 has neither ports nor numeric addresses."""
    if ":" in host:
        raise Unprocessable(codes.ACCT_INVALID, "An account name has no port, and no numeric address.")
    if "." in host and not _NUMERIC_HOST.fullmatch(host):
        with suppress(Unprocessable):
            return check_host(host)
    raise Unprocessable(codes.ACCT_INVALID, "An account name has a host that is no name in the DNS.")


def _is_about(subject: object, acct: Acct) -> bool:
    if not isinstance(subject, str) or not subject.startswith("acct:"):
        return False
    try:
        return parse_acct(subject, allow_http=acct.scheme == "http").is_same_as(acct)
    except Unprocessable:
        return False


def _leads_to_actor(link: Any) -> bool:
    if not isinstance(link, dict) or link.get("rel") != _SELF or not isinstance(link.get("type"), str):
        return False
    essence, _, parameters = link["type"].partition(";")
    if essence.strip() == vocabulary.ACTIVITY_JSON:
        return True
    return essence.strip() == vocabulary.LD_JSON and vocabulary.ACTIVITYSTREAMS_CONTEXT in parameters
