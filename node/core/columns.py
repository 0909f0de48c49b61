"""The columns of a price list: which the six are that every list has, and what the others say.

Rules that hold here:

- Our names are known in English and in German, in any case, with blanks, hyphens or nothing for the
  underscore: six that every list has, and three that it may have. What other programs call the six is never
  taken for them, because only a person can tell whether their price has the tax in it, and what their stock
  counts: it is named, with the name to give it here.
- One meaning has one column: two names for one are refused, both named, and so are two spellings of one.
- Any other name is a property, of any script; its unit stands behind it in brackets. What stands there in
  round brackets is a unit only if it is one that is known. A German word that pages send under another name
  has that name here, too: else no wish that was typed with it would be met.

Sources: the exports of Shopify, WooCommerce and PrestaShop, the product data of Google Merchant Center.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from unicodedata import normalize

from node.core.advice import Advice
from node.core.faults import ROW, FaultPlace, Faults, FaultSpot, SpotNoun
from node.core.legible import is_line
from node.core.money import currencies_of
from protocol import units
from protocol.caseless import caseless
from protocol.propertynames import property_form
from protocol.values import dataclass

REQUIRED: Final = ("sku", "name", "price", "currency", "stock", "lead_days")
OPTIONAL: Final = ("unit", "category", "words")
# Of one item. An offer repeats them, and may have 64: two are kept for the time of delivery and a category.
LIMIT_PROPERTIES: Final = 62
LIMIT_NAME: Final = 64
LIMIT_UNIT: Final = 32

_PRICED_IN: Final = re.compile(r"(?:price|preis) (?:in )?[\[(]?([^\[\]()]{1,8})[\])]?")
_NAMED: Final = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<unit>[^\[\]]+)\])?")
_ROUND: Final = re.compile(r"(?P<name>.+)\((?P<unit>[^()]+)\)")
# A wish is typed with these signs between a property and its value.
_SIGNS: Final = frozenset("<>=≤≥")

# What our columns are called in German; what a page calls them comes first. There is no `VK brutto`, since
# that is a price with the tax in it, and no `Lieferzeit`, which may be one in weeks.
_GERMAN: Final[Mapping[str, tuple[str, ...]]] = {
    "sku": ("Artikelnummer", "Artikelnr", "Artikelnr.", "Art.-Nr.", "Artnr", "Artnr."),
    "name": ("Bezeichnung", "Artikelbezeichnung", "Artikelname"),
    "price": ("Preis",),
    "currency": ("Währung", "Waehrung"),
    "stock": ("Bestand", "Lagerbestand"),
    "lead_days": ("Liefertage", "Lieferzeit in Tagen", "Lieferzeit (Tage)", "Lieferzeit [Tage]"),
    "unit": ("Einheit", "Mengeneinheit"),
    "category": ("Kategorie",),
    "words": ("Suchwörter", "Suchbegriffe", "Stichwörter"),
}

# Under which name a page sends what somebody wishes for in German: the same word may head a column of a list.
_PROPERTIES: Final[Mapping[str, str]] = {
    caseless(said): property
    for said, property in (
        ("Verbrauch", "fuelConsumption"),
        ("Kilometerstand", "mileage"),
        ("Leistung", "enginePower"),
        ("Modelljahr", "modelYear"),
        ("Kraftstoff", "fuelType"),
        ("Farbe", "color"),
        ("Gewicht", "weight"),
        ("Größe", "size"),
        ("Breite", "width"),
        ("Höhe", "height"),
        ("Tiefe", "depth"),
        ("Herkunft", "origin"),
        ("Garantie", "warranty"),
    )
}

# What others call our columns, in the spelling of `_known_as`; what says most comes first.
_OTHERS: Final[Mapping[str, str]] = {
    "sku": (
        "variantsku reference reference# productreference itemnumber itemno partnumber partno "
        "articlenumber bestellnummer référence "
        "codice codicearticolo referencia códigodeartículo artikelcode varenummer code productcode "
        "itemcode mpn id productid itemid"
    ),
    "name": (
        "title producttitle productname itemname itemtitle produktname artikel nom "
        "désignation nombre nome descrizione naam omschrijving navn"
    ),
    "price": (
        "variantprice regularprice price(taxincl.) pricetaxincluded price(taxexcl.) pricetaxexcluded "
        "unitprice listprice retailprice sellingprice verkaufspreis vk vkbrutto vknetto vkpreis "
        "bruttopreis nettopreis uvp prix prixttc prixht precio pvp prezzo prijs pris"
    ),
    "currency": "pricecurrency currencycode devise monnaie moneda divisa valuta",
    "stock": (
        "variantinventoryqty inventoryqty inventory quantity qty stockquantity stocklevel onhand "
        "available menge lager quantité existencias cantidad quantità giacenza "
        "voorraad aantal"
    ),
    "lead_days": (
        "leadtime leadtime(days) deliverytime deliverytime(days) deliverydays handlingtime "
        "maxhandlingtime daystoship lieferzeit delaidelivraison "
        "délaidelivraison plazodeentrega tempidiconsegna levertijd"
    ),
}
_KNOWN_TO_OTHERS: Final = frozenset(other for others in _OTHERS.values() for other in others.split())

# Programs by columns that only their exports have together.
_PROGRAMS: Final = (
    ("Shopify", frozenset({"handle", "variantsku"})),
    ("WooCommerce", frozenset({"type", "regularprice"})),
    ("PrestaShop", frozenset({"productid", "reference"})),
    ("PrestaShop", frozenset({"reference#", "pricetaxexcluded"})),
    ("Google Merchant Center", frozenset({"id", "title", "link"})),
)


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column by its number from 1: one of ours, a property with its unit, or nameless.

    `name` is our own where it is ours, whatever the `header` of the list calls it.
    """

    number: int
    name: str
    unit: str = ""
    ours: bool = False
    header: str = ""

    @property
    def spot(self) -> FaultSpot:
        """How to call it in an error: by its header where that is ours, and says no more than that."""
        return FaultSpot(SpotNoun.COLUMN, self.header) if self.ours else numbered_column(self.number)


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a list; `currency` is that of all prices where the header of the price names one."""

    columns: tuple[ListColumn, ...]
    currency: str = ""

    def spots(self) -> Mapping[str, FaultSpot]:
        """Return how each column of ours is called in an error, by our name, whether it is there or not."""
        absent = {name: FaultSpot(SpotNoun.COLUMN, name) for name in (*REQUIRED, *OPTIONAL)}
        return absent | {column.name: column.spot for column in self.columns if column.ours}


def numbered_column(number: int) -> FaultSpot:
    """Return how a column is called in an error that no name of ours stands for."""
    return FaultSpot(SpotNoun.COLUMN, str(number))


def called(name: str, language: str) -> str:
    """Return what a column of ours is called in a language, by its code; ours is known in every one."""
    return _GERMAN[name][0] if language == "de" else name


def score(cells: Sequence[str]) -> int:
    """Tell how much a row looks like a header: our names count more than those that others use for them."""
    named = {_known_as(cell) for cell in cells}
    ours = {_ours(cell)[0] for cell in cells} & set(REQUIRED)
    return len(ours) * 100 + len(named & _KNOWN_TO_OTHERS)


def price_place(cells: Sequence[str]) -> int | None:
    """Return which cell of a header, from 0, is that of the price; None if none is."""
    return next((place for place, cell in enumerate(cells) if _ours(cell)[0] == "price"), None)


def read_header(place: FaultPlace, cells: Sequence[str], faults: Faults, *, priced: bool) -> Header:
    """Read a header; `priced` tells that the prices below it name their currencies themselves.

    What is wrong with it is noted; without one of the six nothing else is.
    """
    read = [_ours(cell) for cell in cells]
    currency = next((code for _, code in read if code), "")
    missing = [name for name in REQUIRED if name not in {known for known, _ in read}]
    if currency or priced:
        missing = [name for name in missing if name != "currency"]
    if missing:
        _refuse_missing(place, cells, missing, faults)
        return Header((), currency)
    columns = [
        ListColumn(number, known, ours=True, header=_shown(cell, known))
        if known
        else _property_column(place, number, cell, faults)
        for number, (cell, (known, _)) in enumerate(zip(cells, read, strict=True), 1)
    ]
    _refuse_repeated(place, columns, faults)
    named = [column for column in columns if column.name and not column.ours]
    if len(named) > LIMIT_PROPERTIES:
        faults.add(place, named[LIMIT_PROPERTIES].spot, Advice.PROPERTY_COLUMNS, most=LIMIT_PROPERTIES)
    return Header(tuple(columns), currency)


def read_property_name(place: FaultPlace, spot: FaultSpot, cell: str, faults: Faults) -> tuple[str, str]:
    """Return name and unit of a property as a header says them; what is wrong with them is noted."""
    text = normalize("NFC", cell)
    found = _NAMED.fullmatch(text)
    inner = _ROUND.fullmatch(text)
    if inner is not None and units.is_known(inner["unit"]):
        found = inner
    name, unit = (found["name"].strip(), (found["unit"] or "").strip()) if found else ("", "")
    if not name or not name[0].isalnum() or set(name) & _SIGNS or not is_line(name):
        faults.add(place, spot, Advice.PROPERTY_NAME)
    elif len(name) > LIMIT_NAME:
        faults.add(place, spot, Advice.PROPERTY_LENGTH, most=LIMIT_NAME)
    elif len(unit) > LIMIT_UNIT or not is_line(unit) or unit.startswith(("=", "+", "-", "@")):
        faults.add(place, spot, Advice.PROPERTY_UNIT, most=LIMIT_UNIT)
    return name, unit


def _known_as(cell: str) -> str:
    """Return a name without regard to case, blanks, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", caseless(cell))


def _ours(cell: str) -> tuple[str, str]:
    """Return which of our names a header is ("" if none), and the currency that it says of the prices."""
    name = _OURS.get(_known_as(cell), "")
    if name:
        return name, ""
    priced = _PRICED_IN.fullmatch(caseless(cell))
    codes = currencies_of(priced[1].strip()) if priced else ()
    return ("price", codes[0]) if len(codes) == 1 else ("", "")


# Our names in the spelling of `_known_as`.
_OURS: Final[Mapping[str, str]] = {
    _known_as(spelled): name for name in (*REQUIRED, *OPTIONAL) for spelled in (name, *_GERMAN[name])
}


def _shown(cell: str, name: str) -> str:
    """Return a header that is ours (`name`) as the list has it, or as ours if it has more than that."""
    text = normalize("NFC", cell)
    return text if is_line(text) and len(text) <= LIMIT_NAME and text[0].isalnum() else name


def _property_column(place: FaultPlace, number: int, cell: str, faults: Faults) -> ListColumn:
    if not cell:
        return ListColumn(number, "")
    name, unit = read_property_name(place, numbered_column(number), cell, faults)
    return ListColumn(number, _PROPERTIES.get(caseless(name), name), unit)


def _refuse_repeated(place: FaultPlace, columns: Sequence[ListColumn], faults: Faults) -> None:
    first: dict[str, ListColumn] = {}
    for column in columns:
        name = property_form(column.name)
        if name and name in first and column.ours and first[name].ours:
            one, other = first[name].header, column.header
            faults.add(place, numbered_column(column.number), Advice.SAME_MEANING, one=one, other=other)
        elif name and name in first:
            number = first[name].number
            faults.add(place, numbered_column(column.number), Advice.SAME_NAME, number=number)
        first.setdefault(name, column)


def _refuse_missing(place: FaultPlace, cells: Sequence[str], missing: Sequence[str], faults: Faults) -> None:
    """Say which of the six are missing, and of each which column looks like it."""
    named = {_known_as(cell): cell for cell in reversed(cells)}  # of two alike the first counts
    program = next((name for name, signs in _PROGRAMS if signs <= named.keys()), "")
    if program:
        faults.add(place, ROW, Advice.EXPORT, program=program)
    for name in missing:
        others = [named[other] for other in _OTHERS[name].split() if other in named]
        if others and is_line(others[0]):
            other = others[0][:LIMIT_NAME]
            faults.add(place, ROW, Advice.MISSING_RENAMED, column=name, other=other)
        elif name == "currency":
            faults.add(place, ROW, Advice.MISSING_CURRENCY, column=name, price="price")
        else:
            faults.add(place, ROW, Advice.MISSING, column=name)
