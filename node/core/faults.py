"""What is wrong with a list: every mistake with its place and what to write, told together.

Rules that hold here:

- Mistakes of one kind in one column are told once, with the first lines that have it and how many more do.
- What is kept is bounded, however long and however wrong a list is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn

from node.core import codes
from protocol.errors import Unprocessable

LIMIT_TOLD: Final = 20  # kinds of mistakes; whoever has corrected so many loads the list again anyway
LIMIT_LINES: Final = 5  # lines named for one kind of mistake


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """A row of a list: its noun (`Line`, `Item`) and its number; without a number the noun says it all."""

    noun: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.noun} {self.number}" if self.number else self.noun


class PriceListInvalid(Unprocessable):
    """A price list that cannot be taken; `faults` has a sentence for each kind of mistake."""

    def __init__(self, detail: str, *, faults: tuple[str, ...]) -> None:
        super().__init__(codes.PRICE_LIST_INVALID, detail)
        self.faults = faults


@dataclass(slots=True)
class _Kind:
    """Mistakes of one kind in one column: how often, and the first of their places."""

    count: int = 0
    places: list[FaultPlace] = field(default_factory=list)


@dataclass(slots=True)
class Faults:
    """Mistakes as they are found."""

    _kinds: dict[tuple[str, str, str], _Kind] = field(default_factory=dict)
    _untold: int = 0

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def add(self, place: FaultPlace, column: str, advice: str) -> None:
        """Note a mistake: `advice` is a sentence that says what to write there instead."""
        key = (place.noun, column, advice)
        if key not in self._kinds and len(self._kinds) == LIMIT_TOLD:
            self._untold += 1
            return
        kind = self._kinds.setdefault(key, _Kind())
        kind.count += 1
        if len(kind.places) < LIMIT_LINES:
            kind.places.append(place)

    def refuse(self) -> None:
        """Refuse the list if anything is wrong with it.

        Raises:
            PriceListInvalid: `price-list-invalid`.
        """
        if self._kinds:
            raise self._refusal()

    def refuse_at(self, place: FaultPlace, column: str, advice: str) -> NoReturn:
        """Note a mistake behind which nothing can be read, and refuse the list.

        Raises:
            PriceListInvalid: `price-list-invalid`.
        """
        self.add(place, column, advice)
        raise self._refusal()

    def _refusal(self) -> PriceListInvalid:
        told = tuple(self._told())
        more = f" ({len(told) - 1} more)" if len(told) > 1 else ""
        return PriceListInvalid(told[0] + more, faults=told)

    def _told(self) -> Iterator[str]:
        for (noun, column, advice), kind in self._kinds.items():
            where = _where(noun, kind)
            yield f"{where}, {column}: {advice}" if column else f"{where}: {advice}"
        if self._untold:
            yield f"And {self._untold:,} more mistakes: correct these, and load the list again to see them."


def _where(noun: str, kind: _Kind) -> str:
    """Return the places of a kind of mistake: `Line 2`, `Lines 2 and 4`, `Lines 2, 3, 4, 5, 6 and 9 more`."""
    if kind.count == 1:
        return str(kind.places[0])
    numbers = [str(place.number) for place in kind.places]
    last = f"{kind.count - len(numbers):,} more" if kind.count > len(numbers) else numbers.pop()
    return f"{noun}s {', '.join(numbers)} and {last}"
