"""The cells of a price list: texts, prices, counts and properties, each read or its mistake noted.

Rules that hold here:

- A number with two readings (`1.250`) is read only where the list's other numbers tell which mark stands
  before decimals, and it is that mark; otherwise it is refused with both readings.
- Texts are kept in one Unicode form (NFC), so that `ü` is one letter whichever program wrote it.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Final
from unicodedata import normalize

from node.core.advice import Advice
from node.core.columns import LIMIT_UNIT
from node.core.faults import FaultPlace, Faults, FaultSpot
from node.core.legible import is_line
from node.core.money import Money, currencies_of, decimals_of, fits, read_money
from node.core.numerals import Numeral, read_numeral
from protocol.decimals import decimal_string
from protocol.specifications import Property
from protocol.units import unit_of
from protocol.values import dataclass
from protocol.vocabulary import UNIT_ONE

LIMIT_TEXT: Final = 200  # characters of one cell; a name longer than that is not read by anybody
LIMIT_SKU: Final = 64
LIMIT_STOCK: Final = 1_000_000_000
LIMIT_LEAD_DAYS: Final = 3650
LIMIT_PHRASES: Final = 16  # of one item; whoever needs more has another thing

_BETWEEN_PHRASES: Final = re.compile(r"[,;|\n]")
_SKU: Final = re.compile(rf"[^\s]{{1,{LIMIT_SKU}}}")
# What a spreadsheet makes of a long number: most of its digits are gone.
_SHORTENED: Final = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE | re.ASCII)
# How a spreadsheet is told that a number is text: ="00123".
_TEXT_FORMULA: Final = re.compile(r'="([^"]*)"')
_FORMULA_STARTS: Final = ("=", "+", "-", "@")
# In a property without a unit only these are numbers; `1 234` may as well be a code.
_BARE_NUMBER: Final = re.compile(r"-?[\d.,]+", re.ASCII)
_A_PRICE: Final = Decimal("1299.00")
_THREE: Final = 3  # digits between thousands, and decimals of some currencies
_REMEMBERED: Final = 10_000  # properties: lists repeat their values, and each is read and kept once


@dataclass(frozen=True, slots=True)
class Basics:
    """What an item has beside its properties."""

    sku: str
    name: str
    price: Decimal
    currency: str
    stock: Decimal
    lead_days: int
    unit: str
    category: str
    words: tuple[str, ...]


@dataclass(slots=True)
class Cells:
    """The reader of one list's cells.

    Args:
        faults: where mistakes are noted.
        decimal_mark: what stands before decimals in this list, `.` or `,`; "" if nobody can know.
        currency: what all prices are in, where the header says so.
    """

    faults: Faults
    decimal_mark: str
    currency: str = ""
    _known: dict[tuple[str, str, str], Property] = field(default_factory=dict)

    def read_basics(
        self, place: FaultPlace, spots: Mapping[str, FaultSpot], cells: Mapping[str, str]
    ) -> Basics | None:
        """Return what an item has beside its properties; None, and what is wrong noted, if it cannot be read.

        Cells and spots by our names for them; of those that may be missing none is an empty one.
        """
        sku = self._read_sku(place, spots["sku"], cells["sku"])
        name = self._read_text(place, spots["name"], cells["name"])
        money = read_money(cells["price"])
        currency = self._read_currency(place, spots, cells.get("currency", ""), money)
        price = self._read_price(place, spots["price"], money, currency)
        unit = self._read_unit(place, spots["unit"], cells.get("unit", ""))
        stock = self._read_stock(place, spots["stock"], cells["stock"], unit)
        lead_days = self._read_whole(place, spots["lead_days"], cells["lead_days"], LIMIT_LEAD_DAYS)
        words = self._read_words(place, spots["words"], cells.get("words", ""))
        if sku is None or name is None or currency is None or price is None or unit is None:
            return None
        if stock is None or lead_days is None or words is None:
            return None
        return Basics(
            sku, name, price, currency, stock, int(lead_days), unit, cells.get("category", ""), words
        )

    def read_property(
        self, place: FaultPlace, spot: FaultSpot, named: tuple[str, str], cell: str
    ) -> Property | None:
        """Return a property by its name and unit; None, and what is wrong noted, if it cannot be read."""
        name, unit = named
        known = self._known.get((name, unit, cell))
        if known is not None:
            return known
        value = self._read_value(place, spot, cell, measured=bool(unit))
        if value is None:
            return None
        if len(self._known) < _REMEMBERED:
            self._known[name, unit, cell] = Property(name, value, unit)
        return Property(name, value, unit)

    def _read_value(self, place: FaultPlace, spot: FaultSpot, cell: str, *, measured: bool) -> str | None:
        numeral = read_numeral(cell) if measured or _BARE_NUMBER.fullmatch(cell) else None
        if numeral is not None:
            return self._settled(place, spot, numeral)
        if measured:
            self.faults.add(place, spot, Advice.MEASURE)
            return None
        return self._read_text(place, spot, cell)

    def _settled(self, place: FaultPlace, spot: FaultSpot, numeral: Numeral) -> str | None:
        """Return the one reading of a number; None if there are two, and nothing tells which is meant."""
        if not numeral.grouped or numeral.mark == self.decimal_mark:
            return numeral.text
        self._refuse_readings(place, spot, numeral)
        return None

    def _refuse_readings(
        self, place: FaultPlace, spot: FaultSpot, numeral: Numeral, decimals: int | None = None
    ) -> None:
        """Say which two numbers something could be, and how to write each that may be written.

        A currency of so many `decimals` may not have the one with a fraction.
        """
        fraction = decimal_string(Decimal(numeral.text))
        whole, part = Decimal(numeral.grouped), Decimal(fraction)
        if decimals is None or fits(part, decimals):
            plain = Decimal(_plain(fraction))
            self.faults.add(place, spot, Advice.READINGS, whole=whole, fraction=part, plain=plain)
        else:
            self.faults.add(place, spot, Advice.READINGS_DECIMALS, whole=whole, fraction=part, count=decimals)

    def _read_sku(self, place: FaultPlace, spot: FaultSpot, cell: str) -> str | None:
        sku = self._read_text(place, spot, cell)
        if sku is not None and _SHORTENED.fullmatch(sku):
            self.faults.add(place, spot, Advice.SHORTENED)
        elif sku is not None and not _SKU.fullmatch(sku):
            self.faults.add(place, spot, Advice.SKU, most=LIMIT_SKU)
        else:
            return sku
        return None

    def _read_currency(
        self, place: FaultPlace, spots: Mapping[str, FaultSpot], cell: str, price: Money | None
    ) -> str | None:
        """Return the currency of a price, which its cell, its header and a column of its own may say."""
        said = [currencies_of(self.currency)] if self.currency else []
        if cell:
            said.append(currencies_of(cell))
        if price is not None and price.currencies:
            said.append(price.currencies)
        if not all(said) or not said:
            self.faults.add(place, spots["currency"], Advice.CURRENCY)
            return None
        common = [code for code in said[0] if all(code in codes for codes in said)]
        if len(common) == 1:
            return common[0]
        advice = Advice.CURRENCY_SHARED if common else Advice.CURRENCIES
        self.faults.add(place, spots["currency" if cell else "price"], advice)
        return None

    def _read_price(
        self, place: FaultPlace, spot: FaultSpot, money: Money | None, currency: str | None
    ) -> Decimal | None:
        decimals = None if currency is None else decimals_of(currency)
        if money is None or Decimal(money.numeral.text) <= 0:
            self.faults.add(place, spot, Advice.ABOVE_ZERO, example=_A_PRICE)
            return None
        if decimals is None:
            return None
        if money.numeral.grouped and decimals < _THREE:  # nobody writes 1.890 for 1.89
            self._refuse_readings(place, spot, money.numeral, decimals)
            return None
        text = self._settled(place, spot, money.numeral)
        if text is None or fits(Decimal(text), decimals):
            return None if text is None else Decimal(text)
        self.faults.add(place, spot, Advice.DECIMALS, count=decimals)
        return None

    def _read_stock(self, place: FaultPlace, spot: FaultSpot, cell: str, unit: str | None) -> Decimal | None:
        """Return how much there is; of what does not come whole there may be a part."""
        numeral = read_numeral(cell)
        if unit is None or unit_of(unit).whole or numeral is None:
            return self._read_whole(place, spot, cell, LIMIT_STOCK)
        text = self._settled(place, spot, numeral)
        if text is None or 0 <= Decimal(text) <= LIMIT_STOCK:
            return None if text is None else Decimal(text)
        self.faults.add(place, spot, Advice.STOCK, most=LIMIT_STOCK)
        return None

    def _read_unit(self, place: FaultPlace, spot: FaultSpot, cell: str) -> str | None:
        """Return the unit in which something is sold and counted: single things if none is named."""
        unit = self._read_text(place, spot, cell) if cell else UNIT_ONE
        if unit is None or len(unit) <= LIMIT_UNIT:
            return unit
        self.faults.add(place, spot, Advice.UNIT, most=LIMIT_UNIT)
        return None

    def _read_words(self, place: FaultPlace, spot: FaultSpot, cell: str) -> tuple[str, ...] | None:
        """Return what something is called, phrase by phrase; none if that is not said."""
        phrases = [phrase.strip() for phrase in _BETWEEN_PHRASES.split(cell) if phrase.strip()]
        if len(phrases) > LIMIT_PHRASES:
            self.faults.add(place, spot, Advice.PHRASES, most=LIMIT_PHRASES)
            return None
        read = [self._read_text(place, spot, phrase) for phrase in phrases]
        whole = tuple(phrase for phrase in read if phrase is not None)
        return whole if len(whole) == len(read) else None

    def _read_whole(self, place: FaultPlace, spot: FaultSpot, cell: str, limit: int) -> Decimal | None:
        numeral = read_numeral(cell)
        if numeral is not None and numeral.grouped:
            self._refuse_readings(place, spot, numeral)
            return None
        number = None if numeral is None else Decimal(numeral.text)
        if number is None or number % 1 or not 0 <= number <= limit:
            self.faults.add(place, spot, Advice.WHOLE, most=limit)
            return None
        return number

    def _read_text(self, place: FaultPlace, spot: FaultSpot, cell: str) -> str | None:
        quoted = _TEXT_FORMULA.fullmatch(cell)
        text = normalize("NFC", quoted[1].strip() if quoted else cell)
        if not 0 < len(text) <= LIMIT_TEXT:
            self.faults.add(place, spot, Advice.TEXT, most=LIMIT_TEXT)
        elif text.startswith(_FORMULA_STARTS):
            self.faults.add(place, spot, Advice.FORMULA)
        elif not is_line(text):
            self.faults.add(place, spot, Advice.LINE)
        else:
            return text
        return None


def _plain(fraction: str) -> str:
    """Write a fraction so that it has one reading: with four decimals where three would leave two."""
    _, _, decimals = fraction.partition(".")
    return f"{fraction}0" if len(decimals) == _THREE else fraction
