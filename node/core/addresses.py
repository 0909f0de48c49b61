"""Which network addresses this node may connect to, as a table.

A peer chooses the hosts we look up (key ids, inboxes, WebFinger), so it could point us at our own machine, at
the router beside it or at a cloud's metadata service (server-side request forgery). The answer is given on
the address that is about to be dialled, after name resolution, never on a name. (Schemes, ports and spellings
of hosts are refused before that, where an IRI is read: `protocol.iris`.)

Rules here:

- IPv6 is an allow list: only global unicast, 2000::/3, less what is set aside inside it. All else (loopback,
  link local, unique local, IPv4-compatible, multicast, unallocated) is refused without being named.
- IPv4 is a deny list of the special-purpose blocks, since nearly all the rest is the public internet.
- An IPv6 address that stands for an IPv4 one (mapped, NAT64) is judged by that IPv4 address. The transition
  schemes whose relay could lead anywhere (6to4, Teredo) are refused whole.
- The owner may name networks of their own to be reached besides, as at home or in a company. That means what
  lies in them, but for this machine, its link and the metadata services of clouds: those are meant only by a
  network that lies inside their block.

`ipaddress.is_global` is not used: it takes NAT64, 6to4 and Teredo addresses with a private one inside for
global.

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890); RFC 6052 (NAT64), RFC 7526 (6to4 is
deprecated), RFC 4380 (Teredo), RFC 9637 (documentation).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from protocol.values import dataclass

Address: TypeAlias = IPv4Address | IPv6Address
Block: TypeAlias = IPv4Network | IPv6Network

REFUSED_IPV4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(block), reason)
    for block, reason in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's customers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's platform service, public by its number only"),
        ("169.254.0.0/16", "link local, where clouds keep their metadata service"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, with the broadcast address"),
    )
)

GLOBAL_UNICAST = IPv6Network("2000::/3")

REFUSED_IPV6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(block), reason)
    for block, reason in (
        ("2001::/23", "protocol assignments, Teredo among them"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)

NAT64 = IPv6Network("64:ff9b::/96")
"""The well-known prefix (RFC 6052 §2.1): a node without IPv4 reaches public IPv4 hosts through it."""


BY_NAME_ONLY: tuple[Block, ...] = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local, with the metadata service of most clouds
        "100.100.100.200/32",  # the same of Alibaba Cloud, in a carrier's shared block
        "168.63.129.16/32",  # the same of Azure
        "192.0.0.192/32",  # the same of Oracle Cloud
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved
        "::/8",  # unspecified, loopback, IPv4 inside
        "64:ff9b:1::/48",  # NAT64 of a site: IPv4 inside
        "2001::/32",  # Teredo: IPv4 inside
        "2002::/16",  # 6to4: IPv4 inside
        "fd00:ec2::/32",  # the services of AWS beside an instance, with its metadata and credentials
        "fd20:ce::254/128",  # the metadata service of Google Cloud
        "fe80::/10",  # link local
        "ff00::/8",  # multicast
    )
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far this node may connect: the public internet, what its owner named, loopback while developing.

    `allow_loopback_http` opens loopback addresses and plain http, and nothing else. The settings grant it
    only with the development flag on and the node itself bound to loopback. `allowed` are the owner's
    networks; over them too only https is spoken. `only_allowed` leaves out the public internet.
    """

    allow_loopback_http: bool = False
    allowed: tuple[Block, ...] = ()
    only_allowed: bool = False

    def why_not_address(self, address: str) -> str | None:
        """Say why the numeric `address` must not be dialled; None if it may be.

        What does not parse as an address is refused: the caller was about to dial something we cannot judge.
        """
        try:
            judged = _unmapped(ip_address(address))
        except ValueError:
            return "not an IP address"
        if self.allow_loopback_http and judged.is_loopback:
            return None
        judged = _translated(judged)
        if any(judged in network and _means(network, judged) for network in self.allowed):
            return None
        if self.only_allowed:
            return "outside the networks that may be reached"
        return _why_not_ipv4(judged) if isinstance(judged, IPv4Address) else _why_not_ipv6(judged)


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address that the system dials when it is given `::ffff:a.b.c.d`."""
    return address if isinstance(address, IPv4Address) else address.ipv4_mapped or address


def _translated(address: Address) -> Address:
    """Return the IPv4 address that is reached through NAT64; any other as it is."""
    return IPv4Address(address.packed[-4:]) if address in NAT64 else address


def _means(network: Block, address: Address) -> bool:
    """Say whether who names a network means an address in it."""
    ends = (network.network_address, network.broadcast_address)
    return all(end in block for block in BY_NAME_ONLY if address in block for end in ends)


def _why_not_ipv4(address: IPv4Address) -> str | None:
    return next((reason for block, reason in REFUSED_IPV4 if address in block), None)


def _why_not_ipv6(address: IPv6Address) -> str | None:
    if address not in GLOBAL_UNICAST:
        return "loopback" if address.is_loopback else "not global unicast"
    return next((reason for block, reason in REFUSED_IPV6 if address in block), None)
