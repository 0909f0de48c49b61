"""Who calls: the address a request comes from, and what counts as one caller and as one network.

Rules here: a forwarded address is believed only from a trusted proxy, and only its right-most hop that is not
one; the owner's socket has no address.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import web

from node.settings.kinds import Network, is_loopback

_FORWARDED_HOPS: Final = 20  # more proxies than any real chain
# What one customer is commonly given at most: a block of 256 addresses, and what RIPE 690 §4.2 recommends.
_NETWORK_BITS: Final = {4: 24, 6: 48}
# A proxy on this machine connects from loopback too; these headers give away that it speaks for another.
_SPEAKS_FOR_ANOTHER: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def over_socket(request: web.BaseRequest) -> bool:
    """Say whether the request came over the UNIX socket, which lets in our own user only."""
    return isinstance(request.protocol.sockname, str | bytes)


def is_from_here(request: web.BaseRequest) -> bool:
    """Say whether a process of this machine asks, and not a proxy on it for somebody else."""
    if over_socket(request):
        return True
    peer = request.protocol.peername
    here = bool(peer) and is_loopback(str(peer[0] if peer else ""))
    host = request.headers.get("Host", "").rpartition(":")[0].strip("[]")
    return here and is_loopback(host) and not any(name in request.headers for name in _SPEAKS_FOR_ANOTHER)


def address_of(request: web.BaseRequest, trusted: Sequence[Network]) -> str:
    """Return the address of the client, which may sit behind trusted proxies; "" over the socket."""
    peer = request.protocol.peername
    forwarded = request.headers.getall("X-Forwarded-For", [])
    return client_address(str(peer[0]) if peer else "", forwarded, trusted)


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address a request came from.

    `peer` is the address of the connection, `forwarded` the X-Forwarded-For headers in order. They are read
    from the right, as far as trusted proxies wrote them; the first hop that is not trusted is the client.
    """
    if not trusted or not is_within(peer, trusted):
        return peer
    hops = [hop.strip() for header in forwarded for hop in header.split(",")][-_FORWARDED_HOPS:]
    for hop in reversed(hops):
        if not _is_address(hop):
            break
        peer = hop
        if not is_within(hop, trusted):
            break
    return peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Say whether `address` is one of these networks' addresses."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


@lru_cache(maxsize=4_096)
def caller_of(address: str) -> str:
    """Return what one caller is counted as: an IPv4 address, or the /64 that one IPv6 customer gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)))


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """Return the network that an address is counted with: its /24, or its /48."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ip_network(f"{parsed}/{_NETWORK_BITS[parsed.version]}", strict=False))
