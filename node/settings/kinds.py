"""Kinds of settings: each turns what a flag, a variable or a file says into a value, or says what it expects.

Rules here: a reader is pure, raises ValueError with a sentence that does not repeat what it was given, and
takes text as well as the file's own types.
"""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from node.core.legible import is_line

Network: TypeAlias = IPv4Network | IPv6Network
SettingReader: TypeAlias = Callable[[object], object]

_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291 §2.5.5.2
_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})
# What a WebFinger account name and a path segment can both carry without escaping.
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?")
# LDH labels (RFC 1123 §2.1, RFC 5890 §2.3.1): the form a host has on the wire.
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


def text(raw: object) -> str:
    """Read printable text."""
    if not isinstance(raw, str) or len(raw) > 500 or not is_line(raw):
        raise ValueError("must be printable text of at most 500 characters.")
    return raw


def handle(raw: object) -> str:
    """Read the name of an actor."""
    if not isinstance(raw, str) or not _HANDLE.fullmatch(raw):
        raise ValueError("must be 1 to 32 of a-z, 0-9, _ and -, beginning and ending with a letter or digit.")
    return raw


def folder(raw: object) -> Path:
    """Read the path of a folder."""
    if isinstance(raw, Path):
        return raw
    if not isinstance(raw, str) or not raw.strip() or "\0" in raw:
        raise ValueError("must be the path of a folder.")
    return Path(raw)


def file(raw: object) -> str:
    """Read the path of a file, empty for none."""
    if not isinstance(raw, str) or "\0" in raw:
        raise ValueError("must be the path of a file.")
    return raw.strip()


def switch(raw: object) -> bool:
    """Read yes or no."""
    if isinstance(raw, bool):
        return raw
    word = raw.lower() if isinstance(raw, str) else ""
    if word not in _YES | _NO:
        raise ValueError("must be true or false.")
    return word in _YES


def choice(*words: str) -> SettingReader:
    """Return the reader of one of these words."""

    def read(raw: object) -> str:
        if not isinstance(raw, str) or raw not in words:
            raise ValueError(f"must be one of: {', '.join(words)}.")
        return raw

    return read


def whole(minimum: int, maximum: int) -> SettingReader:
    """Return the reader of a whole number between two bounds, both included."""

    def read(raw: object) -> int:
        # The length bound keeps int() away from the quadratic conversion of a huge numeral.
        numeral = isinstance(raw, str) and re.fullmatch(r"[0-9]{1,15}", raw)
        if isinstance(raw, bool) or not (numeral or isinstance(raw, int)):
            raise ValueError(f"must be a whole number from {minimum} to {maximum}.")
        number = int(str(raw))
        if not minimum <= number <= maximum:
            raise ValueError(f"must be a whole number from {minimum} to {maximum}.")
        return number

    return read


def networks(raw: object) -> tuple[Network, ...]:
    """Read addresses and networks, as a list or separated by commas."""
    items = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple):
        raise ValueError("must be a list of addresses or networks such as 10.0.0.0/8.")
    try:
        return tuple(_network(str(item).strip()) for item in items if str(item).strip())
    except ValueError as error:
        raise ValueError("must be a list of addresses or networks such as 10.0.0.0/8.") from error


def hosts(raw: object) -> tuple[str, ...]:
    """Read hosts, names or addresses without a port, as a list or separated by commas."""
    items = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple):
        raise ValueError("must be a list of hosts such as crm.example or 10.0.0.7.")
    named = {str(item).strip().strip("[]").lower() for item in items} - {""}
    try:
        if all(_is_host(host) for host in named):
            return tuple(sorted(named))
    except ValueError:
        pass
    raise ValueError("must be a list of hosts such as crm.example or 10.0.0.7.")


def _network(text: str) -> Network:
    """Read one; a network of IPv4 addresses inside IPv6 (`::ffff:10.0.0.0/104`) is that of IPv4."""
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((network.network_address.packed[-4:], network.prefixlen - _MAPPED.prefixlen))
    return network


def origin(raw: object) -> str:
    """Read a web origin and write it in its one spelling: lower case, no default port."""
    if not isinstance(raw, str):
        raise ValueError("must be an address such as https://node.example.")
    try:
        parts = urlsplit(raw.removesuffix("/").lower())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError("must be an address such as https://node.example.") from error
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not bare or port == 0 or not _is_host(host):
        raise ValueError("must be an address such as https://node.example, without path, user or query.")
    shown = f"[{host}]" if ":" in host else host
    default_port = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in {None, default_port} else "")


def _is_host(host: str) -> bool:
    if ":" in host:
        return bool(ip_address(host))
    return len(host) <= 253 and bool(_HOST.fullmatch(host))


def is_loopback(host: str) -> bool:
    """Say whether `host` (a name or an address without brackets) can only mean this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
