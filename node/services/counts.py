"""How many things need each owner, as last worked out.

Apart from what works it out (`node.services.today`), which only pages and programs of the owner load.
"""

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final

from node.services.acting import Acting

_COUNTS_FOR: Final = timedelta(minutes=1)


class Counts:
    """What was counted: anew when what it follows from is another (`state`), and now and then.

    What needs nobody any more because its time is over changes nothing in every case; hence now and then.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Hashable, datetime, int]] = {}

    def find(self, acting: Acting, state: Hashable) -> int | None:
        """Return the owner's count if it still holds."""
        known = self._known.get(acting.iri)
        if known is not None and known[0] == state and abs(acting.now - known[1]) < _COUNTS_FOR:
            return known[2]
        return None

    def note(self, acting: Acting, state: Hashable, count: int) -> int:
        """Remember a count, and return it."""
        self._known[acting.iri] = (state, acting.now, count)
        return count
