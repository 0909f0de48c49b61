"""The demonstration's goods: units, prices and the split over the shops."""

import csv
import io
from pathlib import Path

import pytest

from node.core.items import Item
from node.core.likeness import is_like, wanted_by
from node.core.pricelists import read_price_list
from node.sandbox import cars

# Shaped like the rows of the source; the numbers are round on purpose.
SOURCE = {
    "Name": "honda Accelerationord 200-sx (diesel)",
    "Miles_per_Gallon": 40,
    "Horsepower": 100,
    "Weight_in_lbs": 2000,
    "Year": "1980-01-01",
    "Origin": "Japan",
}


def test_a_car_in_si_units() -> None:
    assert cars.row(7, SOURCE) == (
        "car-007",
        "Honda Accord 200-SX (diesel), 1980",
        "3610.00",  # 400 + 150 * 10 + 12 * 75 + 0.9 * 907 = 3616.3, in tens
        "EUR",
        "1",
        "8",
        "5.9",  # 235.2146 / 40 = 5.88
        "75",  # 100 hp = 74.57 kW
        "907",  # 2,000 lb = 907.18 kg
        "1980",
        "Japan",
    )


def test_an_unknown_power_stays_unknown() -> None:
    unknown = cars.row(7, SOURCE | {"Horsepower": None})
    assert unknown[7] == ""
    assert unknown[2] == "3310.00"  # as if it had 50 kW


def test_a_car_without_consumption_is_left_out() -> None:
    text = cars.catalogue([SOURCE | {"Miles_per_Gallon": None}, SOURCE])
    assert [row["sku"] for row in csv.DictReader(io.StringIO(text))] == ["car-002"]


@pytest.mark.parametrize(
    ("spelled", "written"),
    [
        ("bmw 2002", "BMW 2002"),
        ("vw rabbit c (diesel)", "Volkswagen Rabbit C (diesel)"),
        ("mercedes-benz 240d", "Mercedes-Benz 240D"),
        ("ford country squire (sw)", "Ford Country Squire (SW)"),
        ("maxda glc 4", "Mazda GLC 4"),
    ],
)
def test_names_are_written_as_makes_are(spelled: str, written: str) -> None:
    assert cars.name(spelled) == written


def test_the_shops_share_all_cars_and_none_twice() -> None:
    lists = [read_price_list(cars.price_list(shop).encode(), "text/csv") for shop in range(cars.SHOPS)]
    assert [len(items) for items in lists] == [133, 133, 132]
    assert len({item.sku for items in lists for item in items}) == 398


@pytest.mark.parametrize(
    "wanted", ["A used car", "car", "A family car for long tours", "Ein Auto", "Gebrauchtwagen, sparsam"]
)
def test_a_wish_in_a_few_words_is_answered_by_every_shop(wanted: str) -> None:
    assert all(meant(wanted, shop) for shop in range(cars.SHOPS))


def test_a_wish_for_one_make_or_for_something_else_is_not_answered_with_any_car() -> None:
    found = [item.name for shop in range(cars.SHOPS) for item in meant("A Volkswagen Rabbit", shop)]
    assert len(found) > 1
    assert all(name.startswith("Volkswagen Rabbit") for name in found)
    assert [item for shop in range(cars.SHOPS) for item in meant("A car radio", shop)] == []


def meant(wanted: str, shop: int) -> list[Item]:
    """Return what of a shop's list is called alike."""
    called = wanted_by(wanted)
    assert called is not None
    items = read_price_list(cars.price_list(shop).encode(), "text/csv")
    return [item for item in items if is_like(called, item)]


def test_the_catalogue_is_what_its_formulas_give() -> None:
    """The year, power and weight of every line lead to its price again."""
    for shop in range(cars.SHOPS):
        for line in csv.DictReader(io.StringIO(cars.price_list(shop))):
            power = line["enginePower [kW]"]
            price = cars.price(
                year=int(line["modelYear"]),
                power_kw=int(power) if power else None,
                mass_kg=int(line["weight [kg]"]),
            )
            assert line["price"] == f"{price}.00"


def test_main_writes_the_file_beside_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "cars.json"
    source.write_text('[{"Name": "saab 99e", "Miles_per_Gallon": 25, "Horsepower": 87, "Weight_in_lbs": 2672,'
                      ' "Year": "1970-01-01", "Origin": "Europe"}]')  # fmt: skip
    (tmp_path / "catalogue").mkdir()
    monkeypatch.setattr(cars, "__file__", str(tmp_path / "cars.py"))
    cars.main([str(source)])
    assert (
        (tmp_path / "catalogue" / "cars.csv")
        .read_text()
        .splitlines()[1]
        .startswith('car-001,"Saab 99E, 1970"')
    )
