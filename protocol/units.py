"""Units of measure: which spellings are one unit, and how many of one make another, exactly.

Rules that hold here:

- The table is data (`schemas/units.json`). A unit may be spelled by its UN/CEFACT code, its name in the
  ontology of units of measure, its symbol, or a name; what is on the wire keeps its own spelling.
- Units convert within one kind and by an exact ratio, or not at all. One that the table does not have equals
  only itself, with or without blanks: `mA` and `MA` are not the same.
- Things that are counted come whole: half a piece is not delivered.

Sources: UN/CEFACT Recommendation 20 (codes, factors), Ontology of units of Measure 2, SI Brochure 9,
international yard and pound of 1959.
"""

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final
from unicodedata import normalize

import schemas
from protocol.caseless import caseless
from protocol.decimals import EXACT, PARTS
from protocol.values import dataclass

_COUNT: Final = "count"
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit measures, and how many of the kind's own unit it is; `whole` where there are no halves."""

    kind: str
    factor: Fraction = Fraction(1)
    whole: bool = True


def unit_of(text: str) -> Unit:
    """Return the unit that a text spells; for an unknown spelling one of a kind of its own."""
    return _spelled(_squeezed(text))


def is_known(text: str) -> bool:
    """Tell whether the table has a unit that is spelled so, or two with a stroke between them."""
    return all(_find(_squeezed(part)) is not None for part in text.split("/"))


def ratio(one: Unit, other: Unit) -> Fraction | None:
    """Return how many of the other one is; None for units of different kinds."""
    return one.factor / other.factor if one.kind == other.kind else None


def convert(number: Decimal, one: Unit, other: Unit) -> Decimal | None:
    """Return how many of the other so many of one are.

    None if that is no exact decimal of at most six places, or no whole number of what comes whole.
    """
    scale = ratio(one, other)
    millionths = None if scale is None else Fraction(number) * scale * PARTS
    if millionths is None or millionths.denominator != 1 or (other.whole and millionths % PARTS):
        return None
    return EXACT.divide(Decimal(millionths.numerator), Decimal(PARTS))


def units_like(unit: Unit) -> list[Unit]:
    """Return the units of the table that measure the same, each once, or the unit itself if it has none."""
    known = {found for table in _table() for found in table.values() if found.kind == unit.kind}
    return sorted(known, key=lambda found: found.factor) or [unit]


def _squeezed(text: str) -> str:
    return _BLANKS.sub("", normalize("NFKC", text))


@lru_cache(maxsize=1_024)
def _spelled(text: str) -> Unit:
    # What is no unit of the table has a kind that none of the table's has: it begins with a sign.
    return _find(text) or Unit(f"={text}" if text else "")


def _find(text: str) -> Unit | None:
    exact, by_name = _table()
    return exact.get(text) or by_name.get(caseless(text))


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, Unit], dict[str, Unit]]:
    """Return the units by what has to be spelled to the letter, and by names in any case."""
    exact: dict[str, Unit] = {}
    by_name: dict[str, Unit] = {}
    for code, entry in schemas.units().items():
        unit = Unit(entry["kind"], Fraction(entry["factor"]), entry["kind"] == _COUNT)
        for spelling in (code, entry["om"], *entry["symbols"]):
            exact[_squeezed(spelling)] = unit
        for name in entry["names"]:
            by_name[caseless(_squeezed(name))] = unit
    del exact[""]  # not every unit has a name in the ontology
    return exact, by_name
