"""Remembering: what follows from texts that never change, found by their hashes, as far as there is room.

Rules that hold here: what is kept is a value that nobody changes, and its key says all that it follows from,
so it is never out of date. What was not used longest goes first.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Values by their keys, up to so many bytes of them; used by several threads."""

    def __init__(self, room_bytes: int) -> None:
        self._room = room_bytes
        self._taken = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """Return those that are remembered."""
        found = {}
        with self._lock:
            for key in keys:
                kept = self._kept.get(key)
                if kept is not None:
                    self._kept.move_to_end(key)
                    found[key] = kept[0]
        return found

    def keep(self, key: Key, value: Value, *, size: int) -> None:
        """Remember a value of so many bytes, and forget others if there is no room."""
        if size > self._room:
            return
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._kept[key] = value, size
            self._taken += size - before
            while self._taken > self._room:
                self._taken -= self._kept.popitem(last=False)[1][1]
