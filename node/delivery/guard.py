"""Where a connection may go, decided when it is dialled and on the address itself.

Two places, because neither sees everything: the resolver answers for names, so that a name with one bad
address among good ones still works; the dialler makes every socket, literal addresses included, which never
pass through a resolver. Nothing is looked up between the check and the connection, so a name that changes its
address in between (DNS rebinding) changes nothing.
"""

import socket

from aiohappyeyeballs import AddrInfoType, SocketFactoryType
from aiohttp.abc import AbstractResolver, ResolveResult

from node.core.addresses import Reach


class OutOfReachError(OSError):
    """The address is not one that this node connects to."""


class GuardedResolver(AbstractResolver):
    """Resolves names to the addresses within reach."""

    def __init__(self, resolver: AbstractResolver, reach: Reach) -> None:
        self._resolver = resolver
        self._reach = reach

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Resolve `host`, leaving out what is out of reach.

        Raises:
            OutOfReachError: nothing is left.
            OSError: the name does not resolve.
        """
        found = await self._resolver.resolve(host, port, family)
        admitted = [one for one in found if self._reach.why_not_address(one["host"]) is None]
        if not admitted:
            raise OutOfReachError("the name leads to no address within reach")
        return admitted

    async def close(self) -> None:
        """Close the resolver inside."""
        await self._resolver.close()


def dialler(reach: Reach) -> SocketFactoryType:
    """Make the function that opens every socket of the client, and refuses those that lead out of reach."""

    def dial(address_information: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_information
        reason = reach.why_not_address(str(address[0]))
        if reason is not None:
            raise OutOfReachError(f"the address is out of reach: {reason}")
        return socket.socket(family, kind, protocol)

    return dial
