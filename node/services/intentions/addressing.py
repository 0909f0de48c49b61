"""Addressing: from the names that a person writes to the addresses that a wish is told to.

Rules here: an account name, such as shop@example.org, is looked up; an address and a word for many stay as
they are. It may ask the network, so it comes before the write.
"""

from collections.abc import Awaitable, Callable, Sequence

from protocol.actors import Actor


async def addressed(audience: Sequence[str], *, lookup: Callable[[str], Awaitable[Actor]]) -> list[str]:
    """Return an audience with its account names replaced by the addresses they lead to.

    Raises:
        ProtocolError: as `lookup`, a name leads nowhere.
    """
    return [(await lookup(who)).iri if "@" in who and "://" not in who else who for who in audience]
