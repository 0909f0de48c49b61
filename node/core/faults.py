"""What is wrong with a list: every mistake with its place and what to write, told together.

Rules that hold here:

- Mistakes of one kind in one column are told once, with the first lines that have it and how many more do.
- What is kept is bounded, however long and however wrong a list is.
- A mistake is a value; the sentence here is the English one, and pages have their own.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, NoReturn

from node.core import codes
from node.core.advice import SENTENCES, Advice, Filling
from protocol.errors import Unprocessable
from protocol.values import dataclass

LIMIT_TOLD: Final = 20  # kinds of mistakes; whoever has corrected so many loads the list again anyway
LIMIT_LINES: Final = 5  # lines named for one kind of mistake
_Key = tuple["PlaceNoun", "FaultSpot", Advice, tuple[tuple[str, Filling], ...]]


class PlaceNoun(StrEnum):
    """What a mistake is in; the last two are one each and have no number."""

    LINE = "Line"
    ITEM = "Item"
    LIST = "The list"
    ONE_ITEM = "The item"


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """A row of a list: its noun and its number, 0 for what has none."""

    noun: PlaceNoun
    number: int = 0


class SpotNoun(StrEnum):
    """What of a row is wrong."""

    ROW = ""
    COLUMN = "column"
    MEMBER = "member"
    PROPERTY = "property"
    CHARACTER = "character"
    OBJECT = "an object"


@dataclass(frozen=True, slots=True)
class FaultSpot:
    """Where in a row something is wrong: a column by its name or its number, a member, the whole row."""

    noun: SpotNoun
    name: str = ""


ROW: Final = FaultSpot(SpotNoun.ROW)


@dataclass(slots=True)
class Fault:
    """Mistakes of one kind at one spot: how often, and the first of their places."""

    place: PlaceNoun
    spot: FaultSpot
    advice: Advice
    given: Mapping[str, Filling]
    count: int = 0
    numbers: list[int] = field(default_factory=list)


class PriceListInvalid(Unprocessable):
    """A price list that cannot be taken: each kind of mistake, and how many more there are than are told."""

    def __init__(self, faults: tuple[Fault, ...], untold: int) -> None:
        self.faults, self.untold = faults, untold
        more = f" ({len(self.sentences) - 1} more)" if len(self.sentences) > 1 else ""
        super().__init__(codes.PRICE_LIST_INVALID, self.sentences[0] + more)

    @property
    def sentences(self) -> list[str]:
        """All that is wrong, in English."""
        told = [sentence(fault) for fault in self.faults]
        if self.untold:
            told.append(
                f"And {self.untold:,} more mistakes: correct these, and load the list again to see them."
            )
        return told


@dataclass(slots=True)
class Faults:
    """Mistakes as they are found."""

    _kinds: dict[_Key, Fault] = field(default_factory=dict)
    _untold: int = 0

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def add(self, place: FaultPlace, spot: FaultSpot, advice: Advice, **given: Filling) -> None:
        """Note a mistake, with what its advice has in its holes."""
        key = (place.noun, spot, advice, tuple(given.items()))
        if key not in self._kinds and len(self._kinds) == LIMIT_TOLD:
            self._untold += 1
            return
        fault = self._kinds.setdefault(key, Fault(place.noun, spot, advice, given))
        fault.count += 1
        if len(fault.numbers) < LIMIT_LINES:
            fault.numbers.append(place.number)

    def refuse(self) -> None:
        """Refuse the list if anything is wrong with it.

        Raises:
            PriceListInvalid: `price-list-invalid`.
        """
        if self._kinds:
            raise self._refusal()

    def refuse_at(self, place: FaultPlace, spot: FaultSpot, advice: Advice, **given: Filling) -> NoReturn:
        """Note a mistake behind which nothing can be read, and refuse the list.

        Raises:
            PriceListInvalid: `price-list-invalid`.
        """
        self.add(place, spot, advice, **given)
        raise self._refusal()

    def _refusal(self) -> PriceListInvalid:
        return PriceListInvalid(tuple(self._kinds.values()), self._untold)


def sentence(fault: Fault) -> str:
    """Say what is wrong, where, and what to write there: `Line 2, column price: write …`."""
    spot = " ".join(filter(None, (fault.spot.noun.value, fault.spot.name)))
    where = ", ".join(filter(None, (_where(fault), spot)))
    return f"{where}: {SENTENCES[fault.advice] % fault.given}"


def _where(fault: Fault) -> str:
    """Return the places of a kind of mistake: `Line 2`, `Lines 2 and 4`, `Lines 2, 3, 4, 5, 6 and 9 more`."""
    numbers = [str(number) for number in fault.numbers if number]
    if not numbers:
        return fault.place.value
    if fault.count == 1:
        return f"{fault.place.value} {numbers[0]}"
    last = f"{fault.count - len(numbers):,} more" if fault.count > len(numbers) else numbers.pop()
    return f"{fault.place.value}s {', '.join(numbers)} and {last}"
