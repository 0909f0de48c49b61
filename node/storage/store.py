"""Where a node keeps what it knows: an engine behind six verbs."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, TypeAlias, TypeVar

from node.storage.session import Session

T = TypeVar("T")

News: TypeAlias = Mapping[str, int]
"""What is new: the kinds of entries that the journal has grown by, each with the number of the last of them;
and what else is waited for (`deliveries.NEWS`), with 0."""


class Store(Protocol):
    """One node's storage, whichever engine keeps it."""

    async def write(self, work: Callable[[Session], T], *, brief: bool = False, alone: bool = False) -> T:
        """Run a function in the next group and return its answer once that is durable.

        `brief` promises that it takes a millisecond at most, however much is kept. What is done `alone` has a
        transaction of its own, because it changes much or is undone.
        Raises: what the function raises, after undoing it alone; StorageUnavailable if it was not kept.
        """
        ...

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a function that sees one state of the tables and cannot write."""
        ...

    def subscribe(self, callback: Callable[[News], object]) -> Callable[[], None]:
        """Call `callback` with what is new on the event loop, soon after it has become durable.

        Returns the function that ends the subscription.
        """
        ...

    async def checkpoint(self) -> None:
        """Bring all that was committed to where a plain copy of the database finds it."""
        ...

    async def free_bytes(self) -> int | None:
        """Say how much room there is for more; None where nothing tells."""
        ...

    def close(self) -> Awaitable[None]:
        """Finish the writes that wait, refuse new ones, and close. A second call does nothing."""
        ...
