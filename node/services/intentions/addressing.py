"""Addressing: from the names that a person writes to the addresses that a wish is told to.

Rules here: an account name, such as shop@example.org, is looked up; an address and a word for many stay as
they are. It may ask the network, so it comes before the write.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from protocol.actors import Actor
from protocol.errors import ProtocolError

_AT_ONCE: Final = 16  # servers that are asked at a time


async def addressed(audience: Sequence[str], *, lookup: Callable[[str], Awaitable[Actor]]) -> list[str]:
    """Return an audience with its account names replaced by the addresses they lead to.

    Raises:
        ProtocolError: as `lookup`, a name leads nowhere.
    """
    return [(await lookup(who)).iri if "@" in who and "://" not in who else who for who in audience]


async def meet(audience: Sequence[str], *, look: Callable[[str], Awaitable[Actor]]) -> None:
    """Have looked at those of an audience that are addresses; who cannot be had now stays unknown."""

    async def try_one(address: str) -> None:
        with suppress(ProtocolError):
            await look(address)

    addresses = [who for who in audience if "://" in who]
    for first in range(0, len(addresses), _AT_ONCE):
        await asyncio.gather(*map(try_one, addresses[first : first + _AT_ONCE]))
