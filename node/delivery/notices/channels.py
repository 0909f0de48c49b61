"""What a channel of notices is: a value that sends one message and says what came of it.

To add a medium: a module with a `Channel`, a function that opens one from its row, and a line in
`node/app.py`; order, retries, quiet hours and the page come with it.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from node.core import codes
from node.core.tidings import Notification, Reception, Sending, Trouble
from node.delivery.client import Unreachable
from node.storage.notices import ChannelRow


class Channel(Protocol):
    """One address at which an owner is told."""

    async def send(self, message: Notification) -> Sending:
        """Send a message; whatever goes wrong on the way is an outcome. It ends within a minute."""
        ...


Open: TypeAlias = Callable[[ChannelRow], Channel]
"""Opens the channel of a row: reads its `config`, which the medium wrote, and connects nowhere yet."""

Openers: TypeAlias = Mapping[str, Open]
"""The media of a node, by the name that a row's `medium` has."""

_LATER: Final = frozenset({408, 425, 429})
_TROUBLE: Final[Mapping[str, Trouble]] = {
    codes.ADDRESS_REFUSED: Trouble.OUT_OF_REACH,
    codes.TLS_REFUSED: Trouble.NOT_SECURE,
    codes.TIMEOUT: Trouble.TOO_SLOW,
}


def unreached(error: Unreachable) -> Sending:
    """Return what it means that no answer came, by the client's reason."""
    return Sending(Reception.LATER, _TROUBLE.get(error.code, Trouble.UNREACHABLE))


def is_for_later(status: int) -> bool:
    """Tell whether a status says that the same may be taken another time (RFC 9110 §15.5, §15.6)."""
    return status in _LATER or status >= 500
