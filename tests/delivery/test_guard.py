"""The guard by itself: what the dialler and the resolver let through."""

import socket
from ipaddress import ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from node.core.addresses import Reach
from node.delivery.guard import GuardedResolver, OutOfReachError, dialler


class FakeResolver(AbstractResolver):
    """A fake of the one boundary that cannot be run here: name servers of strangers."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.is_closed = False

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, ("127.0.0.1", 443)),
        (socket.AF_INET, ("10.0.0.1", 443)),
        (socket.AF_INET6, ("::1", 443, 0, 0)),
        (socket.AF_INET6, ("fe80::1", 443, 0, 2)),
        (socket.AF_INET, ("peer.example", 443)),
    ],
)
def test_ss_07_the_dialler_judges_the_address_that_is_dialled(
    family: int, address: tuple[object, ...]
) -> None:
    with pytest.raises(OutOfReachError):
        dialler(Reach())((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address))


@pytest.mark.parametrize(
    ("family", "address"),
    [(socket.AF_INET, ("1.1.1.1", 443)), (socket.AF_INET6, ("2606:4700::1111", 443, 0, 0))],
)
def test_the_dialler_opens_sockets_to_public_addresses(family: int, address: tuple[object, ...]) -> None:
    with dialler(Reach())((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)) as opened:
        assert (opened.family, opened.type) == (family, socket.SOCK_STREAM)


async def test_the_resolver_leaves_out_what_is_out_of_reach() -> None:
    guarded = GuardedResolver(FakeResolver("10.0.0.1", "1.1.1.1", "::1"), Reach())
    assert [one["host"] for one in await guarded.resolve("peer.example", 443)] == ["1.1.1.1"]


async def test_a_name_with_nothing_within_reach_does_not_resolve() -> None:
    with pytest.raises(OutOfReachError):
        await GuardedResolver(FakeResolver("10.0.0.1", "::1"), Reach()).resolve("peer.example", 443)


async def test_closing_the_guard_closes_the_resolver_inside() -> None:
    inside = FakeResolver()
    await GuardedResolver(inside, Reach()).close()
    assert inside.is_closed


HOME = Reach(allowed=(ip_network("10.1.0.0/16"), ip_network("fd12::/16")))


async def test_a_named_network_is_resolved_and_dialled_and_its_neighbours_are_not() -> None:
    inside = FakeResolver(
        "10.1.0.7", "10.2.0.7", "fd12::7", "fd13::7", "127.0.0.1", "169.254.169.254", "1.1.1.1"
    )
    found = await GuardedResolver(inside, HOME).resolve("shop.home.arpa", 443)
    assert [one["host"] for one in found] == ["10.1.0.7", "fd12::7", "1.1.1.1"]
    dial = dialler(HOME)
    with dial((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("10.1.0.7", 443))):
        pass
    for address in ("10.2.0.7", "127.0.0.1", "169.254.169.254"):
        with pytest.raises(OutOfReachError):
            dial((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443)))
