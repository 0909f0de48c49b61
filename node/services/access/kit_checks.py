"""Recovery words that were shown and are not checked yet: three of them, so that they can be asked for.

Rules here: in memory alone, and never all of them. Whoever starts the node anew, or types wrong words too
often, is asked for all twelve, which the slow hash knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from node.core.recovery import places_of
from node.storage.credentials import KitRow
from protocol.values import dataclass

LIMIT_TRIES: Final = 10


@dataclass(slots=True)
class _Asked:
    hash: str
    words: Mapping[int, str]
    left: int = LIMIT_TRIES


@dataclass(frozen=True, slots=True)
class KitChecks:
    """What is asked of each resident."""

    _asked: dict[str, _Asked] = field(default_factory=dict, repr=False)

    def begin(self, kit: KitRow, words: Sequence[str], number: int) -> None:
        """Keep those of the words that are shown now that a random number chooses."""
        chosen = {place: words[place - 1] for place in places_of(number)}
        self._asked[kit.handle] = _Asked(kit.hash, chosen)

    def places(self, kit: KitRow) -> Sequence[int]:
        """Return which words to ask for, by their places from 1; none if it is all of them."""
        asked = self._of(kit)
        return [] if asked is None else list(asked.words)

    def wrong(self, kit: KitRow, typed: Mapping[int, str]) -> Sequence[int]:
        """Return at which places something else was typed than was shown. That is one try."""
        asked = self._of(kit)
        if asked is None:
            return list(typed)
        asked.left -= 1
        wrong = [place for place, word in asked.words.items() if typed.get(place, "").strip().lower() != word]
        if not wrong or not asked.left:
            del self._asked[kit.handle]
        return wrong

    def _of(self, kit: KitRow) -> _Asked | None:
        asked = self._asked.get(kit.handle)
        return asked if asked is not None and asked.hash == kit.hash else None
