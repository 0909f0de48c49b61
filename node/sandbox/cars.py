"""The demonstration's goods: used cars in SI units, with made-up prices, split over the shops.

`catalogue/cars.csv` is committed, so nothing is generated when the market runs. It was made by

    python -m node.sandbox.cars path/to/cars.json

from `cars.json` of the package named in `catalogue/README.md`, which also says what was corrected and
that **every price, stock and delivery time is invented** by `price` below, for the demonstration.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

SHOPS = 3
CATEGORY = "https://www.wikidata.org/wiki/Q1420"  # motor car: all that these shops sell
CALLED = "car, automobile, Auto, Wagen, Gebrauchtwagen"

COLUMNS = (
    "sku",
    "name",
    "price",
    "currency",
    "stock",
    "lead_days",
    "fuelConsumption [l/100 km]",
    "enginePower [kW]",
    "weight [kg]",
    "modelYear",
    "origin",
)

# 1 US gallon = 3.785411784 l and 1 mile = 1.609344 km, both exactly: l/100 km = 235.2146 / mpg.
LITRES_PER_100_KM = Decimal("235.2146")
KILOWATTS_PER_HORSEPOWER = Decimal("0.745699872")
KILOGRAMS_PER_POUND = Decimal("0.45359237")

# Slips of the source. "Acceleration" stands where a search and replace of "acc" went through "accord".
SPELLING = {
    "Accelerationord": "accord",
    "chevroelt": "chevrolet",
    "chevy": "chevrolet",
    "hi": "ih",
    "maxda": "mazda",
    "toyouta": "toyota",
    "vokswagen": "volkswagen",
    "vw": "volkswagen",
    "@": "&",
}
# Written in capitals, as every other short word with a digit in it is.
ABBREVIATIONS = re.compile(
    r"\(?(amc|bmw|cvcc|d/l|dl|gl|glc|gt|gtl|gx|ih|ii|iii|le|lj|ls|ltd|lx|m/m|se|sj|sl|sst|sw|sx|tc|xe)\)?"
)


def price_list(shop: int) -> str:
    """Return the CSV price list of one shop, 0 to SHOPS - 1: every third car, none in two shops.

    Each car also says what it is called, in English and German, so that a wish in a few words is answered.
    """
    text = files("node.sandbox").joinpath("catalogue/cars.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    named = ([*row, CATEGORY, f"{CALLED}, {row[1].rpartition(',')[0]}"] for row in rows[shop::SHOPS])
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([[*header, "category", "words"], *named])
    return written.getvalue()


def catalogue(cars: Iterable[Mapping[str, Any]]) -> str:
    """Return the CSV of all cars whose consumption is known, in the source's order."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row(number, car) for number, car in enumerate(cars, 1) if car["Miles_per_Gallon"])
    return text.getvalue()


def row(number: int, car: Mapping[str, Any]) -> tuple[str, ...]:
    """Return one car in SI units; an unknown power stays an empty cell.

    The delivery time is invented too: 1 to 14 days, from the car's number.
    """
    consumption = LITRES_PER_100_KM / Decimal(str(car["Miles_per_Gallon"]))
    power = None if car["Horsepower"] is None else whole(car["Horsepower"] * KILOWATTS_PER_HORSEPOWER)
    mass = whole(car["Weight_in_lbs"] * KILOGRAMS_PER_POUND)
    year = int(car["Year"][:4])
    return (
        f"car-{number:03}",
        f"{name(car['Name'])}, {year}",
        f"{price(year=year, power_kw=power, mass_kg=mass)}.00",
        "EUR",
        "1",
        str(1 + number % 14),
        str(consumption.quantize(Decimal("0.1"), ROUND_HALF_EVEN)),
        "" if power is None else str(power),
        str(mass),
        str(year),
        car["Origin"],
    )


def price(*, year: int, power_kw: int | None, mass_kg: int) -> int:
    """Return an invented price in whole euros: dearer when younger, stronger and heavier, in tens.

    400 + 150 for every year after 1970 + 12 for every kW (50 kW where unknown) + 0.90 for every kg.
    """
    euros = 400 + 150 * (year - 1970) + 12 * (50 if power_kw is None else power_kw) + mass_kg * 9 // 10
    return euros // 10 * 10


def name(spelled: str) -> str:
    """Return a car's name with the source's slips corrected and makes written as makes are."""
    words = (SPELLING.get(word, word) for word in spelled.split())
    return " ".join("-".join(map(_written, word.split("-"))) for word in words)


def _written(part: str) -> str:
    short = ABBREVIATIONS.fullmatch(part) or any(letter.isdigit() for letter in part)
    return part.upper() if short else part.capitalize()


def whole(quantity: Decimal) -> int:
    """Round to a whole number, halves to even."""
    return int(quantity.quantize(Decimal(1), ROUND_HALF_EVEN))


def main(arguments: Sequence[str]) -> None:
    """Write the catalogue beside this file from the source named on the command line."""
    cars = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    Path(__file__).with_name("catalogue").joinpath("cars.csv").write_text(catalogue(cars), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
