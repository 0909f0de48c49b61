"""The columns of a price list: which the six are that every list has, and what the others say.

Rules that hold here:

- Our names are known in any case, with blanks, hyphens or nothing for the underscore: six that every list
  has, and three that it may have. What other programs call the six is never taken for them, because only a
  person can tell whether their price has the tax in it, and what their stock counts: it is named, with the
  name to give it here.
- Any other name is a property, of any script; its unit stands behind it in brackets. What stands there in
  round brackets is a unit only if it is one that is known.

Sources: the exports of Shopify, WooCommerce and PrestaShop, the product data of Google Merchant Center.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from node.core.faults import FaultPlace, Faults
from node.core.legible import is_line
from node.core.money import currencies_of
from protocol import units
from protocol.caseless import caseless

REQUIRED: Final = ("sku", "name", "price", "currency", "stock", "lead_days")
OPTIONAL: Final = ("unit", "category", "words")
# Of one item. An offer repeats them, and may have 64: two are kept for the time of delivery and a category.
LIMIT_PROPERTIES: Final = 62
LIMIT_NAME: Final = 64
LIMIT_UNIT: Final = 32

_PRICED_IN: Final = re.compile(r"price (?:in )?[\[(]?([^\[\]()]{1,8})[\])]?")
_NAMED: Final = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<unit>[^\[\]]+)\])?")
_ROUND: Final = re.compile(r"(?P<name>.+)\((?P<unit>[^()]+)\)")
# A wish is typed with these signs between a property and its value.
_SIGNS: Final = frozenset("<>=≤≥")

# What others call our columns, in the spelling of `_known_as`; what says most comes first.
_OTHERS: Final[Mapping[str, str]] = {
    "sku": (
        "variantsku reference reference# productreference itemnumber itemno partnumber partno "
        "articlenumber artikelnummer artikelnr artikelnr. artnr art.nr. artnr. bestellnummer référence "
        "codice codicearticolo referencia códigodeartículo artikelcode varenummer code productcode "
        "itemcode mpn id productid itemid"
    ),
    "name": (
        "title producttitle productname itemname itemtitle bezeichnung artikelbezeichnung artikelname "
        "produktname artikel nom désignation nombre nome descrizione naam omschrijving navn"
    ),
    "price": (
        "variantprice regularprice price(taxincl.) pricetaxincluded price(taxexcl.) pricetaxexcluded "
        "unitprice listprice retailprice sellingprice preis verkaufspreis vk vkbrutto vknetto vkpreis "
        "bruttopreis nettopreis uvp prix prixttc prixht precio pvp prezzo prijs pris"
    ),
    "currency": ("pricecurrency currencycode währung waehrung devise monnaie moneda divisa valuta"),
    "stock": (
        "variantinventoryqty inventoryqty inventory quantity qty stockquantity stocklevel onhand "
        "available lagerbestand bestand menge lager quantité existencias cantidad quantità giacenza "
        "voorraad aantal"
    ),
    "lead_days": (
        "leadtime leadtime(days) deliverytime deliverytime(days) deliverydays handlingtime "
        "maxhandlingtime daystoship lieferzeit lieferzeit(tage) lieferzeitintagen delaidelivraison "
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
    """A column by its number from 1: one of ours, a property with its unit, or nameless."""

    number: int
    name: str
    unit: str = ""
    ours: bool = False

    @property
    def place(self) -> str:
        """How to call it in an error."""
        return f"column {self.name if self.ours else self.number}"


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a list; `currency` is that of all prices where the header of the price names one."""

    columns: tuple[ListColumn, ...]
    currency: str = ""


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
        faults.add(place, "", _missing(cells, missing))
        return Header((), currency)
    columns = [
        ListColumn(number, known, ours=True) if known else _property_column(place, number, cell, faults)
        for number, (cell, (known, _)) in enumerate(zip(cells, read, strict=True), 1)
    ]
    _refuse_repeated(place, columns, faults)
    named = [column for column in columns if column.name and not column.ours]
    if len(named) > LIMIT_PROPERTIES:
        advice = f"keep at most {LIMIT_PROPERTIES} columns of properties."
        faults.add(place, named[LIMIT_PROPERTIES].place, advice)
    return Header(tuple(columns), currency)


def read_property_name(place: FaultPlace, column: str, cell: str, faults: Faults) -> tuple[str, str]:
    """Return name and unit of a property as a header says them; what is wrong with them is noted."""
    text = normalize("NFC", cell)
    found = _NAMED.fullmatch(text)
    inner = _ROUND.fullmatch(text)
    if inner is not None and units.is_known(inner["unit"]):
        found = inner
    name, unit = (found["name"].strip(), (found["unit"] or "").strip()) if found else ("", "")
    advice = _wrong_name(name, unit)
    if advice:
        faults.add(place, column, advice)
    return name, unit


def _wrong_name(name: str, unit: str) -> str:
    """Return what to write instead of the name of a property; "" if it is one."""
    if not name or not name[0].isalnum() or set(name) & _SIGNS or not is_line(name):
        return "name a property, and its unit in brackets, like weight [kg]."
    if len(name) > LIMIT_NAME:
        return f"shorten the name of the property to {LIMIT_NAME} characters."
    if len(unit) > LIMIT_UNIT or not is_line(unit) or unit.startswith(("=", "+", "-", "@")):
        return f"write a unit of at most {LIMIT_UNIT} characters in the brackets, like weight [kg]."
    return ""


def _known_as(cell: str) -> str:
    """Return a name without regard to case, blanks, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", caseless(cell))


def _ours(cell: str) -> tuple[str, str]:
    """Return which of our names a header is ("" if none), and the currency that it says of the prices."""
    known = _known_as(cell)
    for name in (*REQUIRED, *OPTIONAL):
        if known == name.replace("_", ""):
            return name, ""
    priced = _PRICED_IN.fullmatch(caseless(cell))
    codes = currencies_of(priced[1].strip()) if priced else ()
    return ("price", codes[0]) if len(codes) == 1 else ("", "")


def _property_column(place: FaultPlace, number: int, cell: str, faults: Faults) -> ListColumn:
    if not cell:
        return ListColumn(number, "")
    name, unit = read_property_name(place, f"column {number}", cell, faults)
    return ListColumn(number, name, unit)


def _refuse_repeated(place: FaultPlace, columns: Sequence[ListColumn], faults: Faults) -> None:
    first: dict[str, ListColumn] = {}
    for column in columns:
        name = caseless(column.name)
        if name and name in first:
            advice = f"column {first[name].number} has the same name; keep one of them, or name it otherwise."
            faults.add(place, f"column {column.number}", advice)
        first.setdefault(name, column)


def _missing(cells: Sequence[str], missing: Sequence[str]) -> str:
    """Say which of the six are missing, which columns look like them, and what to add."""
    named = {_known_as(cell): cell for cell in reversed(cells)}  # of two alike the first counts
    program = next((name for name, signs in _PROGRAMS if signs <= named.keys()), "")
    found = {name: [named[other] for other in _OTHERS[name].split() if other in named] for name in missing}
    likely = {name: others[0] for name, others in found.items() if others}
    subject = f"the columns {_listed(missing)} are" if len(missing) > 1 else f"the column {missing[0]} is"
    return " ".join(_advice(f"{subject} missing", program, missing, likely))


def _advice(lack: str, program: str, missing: Sequence[str], likely: Mapping[str, str]) -> Iterator[str]:
    yield f"{lack} (this looks like an export of {program})." if program else f"{lack}."
    found = {name: likely[name] for name in missing if name in likely and is_line(likely[name])}
    if found:
        renamed = [f"{cell[:LIMIT_NAME]} to {name}" for name, cell in found.items()]
        yield f"Rename {_listed(renamed)}, if that is what they are."
    added = [name for name in missing if name not in found]
    if added:
        yield f"Add {_listed(added)}: the header needs {', '.join(REQUIRED)}."
    if "currency" in added:
        yield "Instead of currency the price may say it: price [EUR]."


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
