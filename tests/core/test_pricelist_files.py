"""A price list as a file: a spreadsheet opens it, and it is read as the list that it was."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.faults import PriceListInvalid
from node.core.items import Item, render_item
from node.core.pricelist_files import ListFile, write_price_list
from node.core.pricelists import read_item, read_price_list
from protocol.specifications import Property

BIKE = Item(
    "tour-1",
    'Touring bike "Linden"; blue, light',
    Decimal("1890.00"),
    "EUR",
    Decimal(2),
    6,
    (Property("weight", "13.2", "kg"), Property("colour", "blue"), Property("modelYear", "2026")),
)
CHEESE = Item(
    "0012345678905",
    "Käse",
    Decimal("19.90"),
    "EUR",
    Decimal("12.5"),
    1,
    (Property("origin", "Allgäu"), Property("weight", "0.5", "kg")),
    unit="kg",
    category="https://example.org/cheese",
    words=("Bergkäse", "hard cheese"),
)
HOUR = Item("hour", "Work", Decimal(80), "EUR", Decimal(40), 2, (Property("Kategorie", "Werkstatt"),))


def written(*items: Item, language: str = "en", mark: str = ".") -> ListFile:
    return write_price_list([render_item(item) for item in items], language=language, decimal_mark=mark)


def read(file: ListFile) -> list[dict[str, Any]]:
    return [alike(item) for item in read_price_list(file.content, file.media_type)]


def alike(item: Item) -> dict[str, Any]:
    shown = render_item(item)
    return {**shown, "properties": sorted(shown["properties"], key=str)}


@pytest.mark.parametrize(("language", "mark"), [("en", "."), ("de", ",")])
def test_a_file_is_read_as_the_list_that_it_was(language: str, mark: str) -> None:
    for items in ([BIKE, CHEESE], [BIKE], [HOUR, BIKE], [CHEESE]):
        file = written(*items, language=language, mark=mark)
        assert (file.ending, file.content[:3]) == ("csv", b"\xef\xbb\xbf")
        assert read(file) == [alike(item) for item in items]


def test_a_german_spreadsheet_finds_its_own_numbers_and_names() -> None:
    lines = written(BIKE, CHEESE, language="de", mark=",").content.decode("utf-8-sig").splitlines()
    assert lines[0] == (
        "Artikelnummer;Bezeichnung;Preis;Währung;Bestand;Liefertage;Einheit;Kategorie;Suchwörter;"
        "weight [kg];colour;modelYear;origin"
    )
    assert lines[1].endswith(";1890,00;EUR;2;6;;;;13,2;blue;2026;")
    assert lines[2].startswith('"=""0012345678905""";Käse;19,90;EUR;12,5;1;kg;')  # else it loses its zeros


@pytest.mark.parametrize(
    "items",
    [
        # One thing in two units, and both kinds of category.
        [BIKE, Item("b", "B", Decimal(1), "EUR", Decimal(1), 1, (Property("weight", "29", "lb"),))],
        [CHEESE, Item("b", "B", Decimal(1), "EUR", Decimal(1), 1, (Property("category", "Bikes"),))],
    ],
)
def test_what_no_csv_says_is_written_as_json(items: Sequence[Item]) -> None:
    file = written(*items)
    assert (file.ending, read(file)) == ("json", [alike(item) for item in items])


@given(
    price=st.decimals("0.001", "99999", places=3),
    currency=st.sampled_from(["KWD", "EUR", "JPY"]),
    text=st.text(max_size=12),
    stated=st.lists(
        st.tuples(st.sampled_from(["size", "Gewicht", "stock", "unit"]), st.text(max_size=8)), max_size=3
    ),
    unit=st.sampled_from(["", "kg", "1"]),
    mark=st.sampled_from([".", ","]),
)
def test_whatever_can_be_loaded_is_read_again(
    price: Decimal, currency: str, text: str, stated: list[tuple[str, str]], unit: str, mark: str
) -> None:
    amount = price.quantize(Decimal(1).scaleb(-{"KWD": 3, "EUR": 2, "JPY": 0}[currency]))
    document = {
        "sku": "a",
        "name": text,
        "price": str(amount),
        "currency": currency,
        "stock": 1,
        "lead_days": 1,
        "properties": [{"property": name, "value": value, "unit": unit} for name, value in stated],
    }
    try:
        item = read_item(document)
    except PriceListInvalid:
        return
    assert read(written(item, BIKE, mark=mark)) == [alike(item), alike(BIKE)]
