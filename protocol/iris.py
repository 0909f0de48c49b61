"""Addresses of actors, documents and keys: what is taken for one, and which of them share an origin.

Rules that hold here:

- An IRI is an identifier first: it is compared byte for byte and never normalised, so whatever a client on
  the way could read in two ways is refused instead (other spellings of a host, dot segments, user
  information, white space).
- A host is a DNS name of ASCII labels, with internationalised ones as A-labels (IDNA 2008), or an IP address
  in its one canonical spelling. Which addresses may be connected to is decided where the connection is made,
  not here.
- The origin is (scheme, host in lower case, port), with the default port made explicit.

Sources: FEP-fe34, RFC 3986, RFC 5890, RFC 6454.
"""

import re
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from protocol import codes
from protocol.errors import Unprocessable
from protocol.values import dataclass

# Longest IRI taken, in characters: what common servers and proxies accept on a request line with room to
# spare.
LIMIT_CHARACTERS: Final = 2_048

# RFC 3986 characters only, the percent sign always with its two digits; ASCII throughout, so that no
# homograph, direction mark or normalisation form can make two addresses look alike (RD-07, UN-01).
_REST = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_IRI: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?P<path>/{_REST}*)?"
    rf"(?P<query>\?(?:{_REST}|\?)*)?"
    rf"(?P<fragment>#(?:{_REST}|\?)*)?"
)
# What most addresses are made of. Without dots and percent signs, no segment of a path is a dot segment; what
# comes before the path is looked at as any address.
_USUAL: Final = re.compile(
    r"(?P<place>https?://[A-Za-z0-9.-]+(?::[0-9]+)?)(?:/[A-Za-z0-9_~/-]*)?(?P<fragment>#[A-Za-z0-9_-]*)?"
)
_DOT_SEGMENT: Final = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123 §2.1; 63 octets at most
# What a resolver may take for a number, however shortened: 127.1, 0x7f.1, 2130706433, 0177.0.0.1 (WHATWG URL
# §3.5).
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Ports of services that can be made to act by bytes in an HTTP request: the unprivileged ones of the Fetch
# standard's list (§2.9 port blocking), and common databases and caches. Privileged ports other than HTTP's
# are refused as a whole.
_REFUSED_PORTS: Final = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10_080}
    | set(range(6665, 6670))
    | {3306, 5432, 6379, 11_211, 27_017}
)
_FIRST_UNPRIVILEGED_PORT: Final = 1_024


@dataclass(frozen=True, slots=True)
class Origin:
    """Who answers for an address (RFC 6454 §4): everything under one origin is one peer's word."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Write it as RFC 6454 §6.2 does, without a default port."""
        port = "" if _DEFAULT_PORTS[self.scheme] == self.port else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def check_iri(iri: object, *, allow_http: bool, allow_fragment: bool = False) -> str:
    """Return `iri` unchanged if it is an absolute web address that can be read in one way only.

    `allow_http` admits plain HTTP to loopback hosts, for development; any other plain HTTP stays refused.
    `allow_fragment` is for the ids of keys, intents and commitments.

    Raises:
        Unprocessable: `iri-invalid`, if it is anything else, or longer than 2,048 characters.
    """
    text = _text(iri)
    address, has_fragment = _read(text)
    if address.scheme == "http" and not (allow_http and _is_loopback(address.host)):
        raise _invalid("An address does not use https.")
    if has_fragment and not allow_fragment:
        raise _invalid("An address has a fragment where a whole document is named.")
    return text


def origin(iri: object) -> Origin:
    """Return the origin that answers for `iri` (FEP-fe34).

    Raises:
        Unprocessable: `iri-invalid`, as for `check_iri`, except that plain HTTP and fragments are read.
    """
    return _read(_text(iri))[0]


def server(iri: object) -> str:
    """Return whose server `iri` is at, to count what comes from there: its origin, whatever the port.

    A host has sixty thousand ports for nothing. On loopback, where nodes stand side by side, each is one.

    Raises:
        Unprocessable: `iri-invalid`, as for `origin`.
    """
    place = origin(iri)
    return str(place) if _is_loopback(place.host) else f"{place.scheme}://{place.host}"


def same_origin(one: object, other: object) -> bool:
    """Tell whether two IRIs share an origin; what is not an IRI shares one with nothing."""
    try:
        first, second = origin(one), origin(other)
        return first is second or first == second
    except Unprocessable:
        return False


def check_host(host: str) -> str:
    """Return `host` in lower case if it is a strict DNS name, a dotted IPv4 or a bracketed IPv6 address.

    Raises:
        Unprocessable: `iri-invalid`, if it could be taken for another host: numeric shorthand, Unicode, a
            trailing dot, a label that is no A-label.
    """
    return _checked_host(host)


def without_fragment(iri: str) -> str:
    """Return the address of the document that an IRI with a fragment is part of."""
    return iri.partition("#")[0]


def _text(iri: object) -> str:
    if not isinstance(iri, str) or len(iri) > LIMIT_CHARACTERS:
        raise _invalid("An address is missing, not a string or too long.")
    return iri


# One activity names the same dozen addresses many times, and so do the next ones of its sender.
@lru_cache(maxsize=8_192)
def _read(iri: str) -> tuple[Origin, bool]:
    """Return an address's origin, and whether it has a fragment."""
    usual = _USUAL.fullmatch(iri)
    return _parse(iri) if usual is None else (_origin_of(usual["place"]), usual["fragment"] is not None)


@lru_cache(maxsize=4_096)  # the peers of a busy node: a new address of one of them is at a known place
def _origin_of(place: str) -> Origin:
    return _parse(place)[0]


def _parse(iri: str) -> tuple[Origin, bool]:
    found = _IRI.fullmatch(iri)
    if found is None or _DOT_SEGMENT.search(found["path"] or ""):
        raise _invalid(
            "An address is not a web address in ASCII, all else percent-encoded, without dot segments."
        )
    return _origin(found), found["fragment"] is not None


def _origin(found: re.Match[str]) -> Origin:
    scheme: str = found["scheme"]
    port = int(found["port"] or _DEFAULT_PORTS[scheme])
    if (
        port in _REFUSED_PORTS
        or port > 65_535
        or (port < _FIRST_UNPRIVILEGED_PORT and port not in _DEFAULT_PORTS.values())
    ):
        raise _invalid("An address names a port that is not for the web.")
    return Origin(scheme, _checked_host(found["host"]), port)


@lru_cache(maxsize=4_096)  # the peers of a busy node; the checks cost more than the rest of the parse
def _checked_host(host: str) -> str:
    lowered = host.lower()
    labels = lowered.split(".")
    if lowered.startswith("["):
        return _checked_ipv6(lowered)
    if _NUMERIC.fullmatch(labels[-1]):
        return _checked_ipv4(lowered)
    if len(lowered) > 253 or not all(_is_label(label) for label in labels):  # RFC 1035 §3.1 in text form
        raise _invalid("An address names a host that is no DNS name in ASCII labels.")
    return lowered


def _checked_ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))  # four decimal numbers, no leading zeros: nothing else is taken
    except ValueError:
        raise _invalid("An address names a host by a shortened number.") from None


def _checked_ipv6(host: str) -> str:
    try:
        # A zone ("%eth0") means something on one machine only (RFC 4007 §6).
        address = IPv6Address(host[1:-1] if host.endswith("]") and "%" not in host else "")
    except ValueError:
        raise _invalid("An address names a host that is no IPv6 address.") from None
    return f"[{address.compressed}]"


def _is_label(label: str) -> bool:
    if not _LABEL.fullmatch(label):
        return False
    # RFC 5891 §4.2.3.1: hyphens in the third and fourth place are for A-labels only.
    return _is_a_label(label) if label[2:4] == "--" else True


def _is_a_label(label: str) -> bool:
    """Tell whether an "xn--" label is the one spelling of a name that IDNA 2008 permits.

    An approximation of RFC 5892 that errs towards refusal: letters, marks and digits that are stable under
    lower case and NFKC, so that no mapped form (a circled or full-width letter, a soft hyphen) comes back in
    disguise.
    """
    if not label.startswith("xn--"):
        return False
    try:
        name = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return (
        not name.isascii()
        and name.encode("punycode").decode("ascii") == label[4:]
        and unicodedata.normalize("NFKC", name) == name == name.lower()
        and all(letter == "-" or unicodedata.category(letter) in _NAME_CATEGORIES for letter in name)
    )


_NAME_CATEGORIES: Final = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})  # RFC 5892 §2.1, upper case aside


@lru_cache(maxsize=4_096)
def _is_loopback(host: str) -> bool:
    if host.startswith("["):
        return IPv6Address(host[1:-1]).is_loopback
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    return _NUMERIC.fullmatch(host.rpartition(".")[2]) is not None and IPv4Address(host).is_loopback


def _invalid(detail: str) -> Unprocessable:
    return Unprocessable(codes.IRI_INVALID, detail)
