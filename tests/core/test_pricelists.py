"""Price lists: what is read, and that every error says where and what to do without repeating the cell."""

import csv
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.pricelists import (
    LIMIT_CHARACTERS,
    LIMIT_ITEMS,
    LIMIT_PROPERTIES,
    Item,
    read_item,
    read_price_list,
    render_item,
)
from protocol.errors import TooLarge, Unprocessable
from protocol.specifications import Property

HEADER = "sku,name,price,currency,stock,lead_days"
LIST = f"""{HEADER},fuelConsumption [l/100 km],colour
car-1,"Civic, 1980",3250.00,EUR,1,8,5.3,red
car-2,Fiesta,2920,EUR,0,0,,
"""
CIVIC = Item(
    "car-1",
    "Civic, 1980",
    Decimal("3250.00"),
    "EUR",
    stock=1,
    lead_days=8,
    properties=(Property("fuelConsumption", "5.3", "l/100 km"), Property("colour", "red")),
)
FIESTA = Item("car-2", "Fiesta", Decimal(2920), "EUR", stock=0, lead_days=0)


def refusal(text: str, media_type: str = "text/csv") -> str:
    with pytest.raises(Unprocessable) as caught:
        read_price_list(text, media_type)
    assert caught.value.code == "price-list-invalid"
    return caught.value.detail


def row(**cells: str) -> str:
    columns = {
        "sku": "a",
        "name": "A",
        "price": "1",
        "currency": "EUR",
        "stock": "1",
        "lead_days": "0",
    } | cells
    return ",".join(columns) + "\n" + ",".join(columns.values()) + "\n"


def item(**members: object) -> str:
    document = {
        "sku": "a",
        "name": "A",
        "price": "1",
        "currency": "EUR",
        "stock": 1,
        "lead_days": 0,
    } | members
    return json.dumps([document])


class TestCsv:
    def test_items_with_properties_and_units(self) -> None:
        assert read_price_list(LIST, "text/csv; charset=utf-8") == [CIVIC, FIESTA]

    def test_a_byte_order_mark_blank_lines_and_foreign_line_ends(self) -> None:
        lines = LIST.splitlines()
        text = "\ufeff" + "\r\n".join([lines[0], "", lines[1], ",,,,,,,", lines[2], ""])
        assert read_price_list(text, "text/csv") == [CIVIC, FIESTA]
        assert read_price_list("\r".join(lines), "text/csv") == [CIVIC, FIESTA]

    def test_the_semicolon_dialect_has_decimal_commas(self) -> None:
        text = f"{HEADER},width [m],colour\n".replace(",", ";") + "a;A;24,90;EUR;3;1;1,5;red, blue\n"
        (read,) = read_price_list(text, "text/csv")
        assert read.price == Decimal("24.90")
        assert read.properties == (Property("width", "1.5", "m"), Property("colour", "red, blue"))

    def test_a_decimal_comma_elsewhere_is_no_number(self) -> None:
        assert refusal(row(price='"24,90"')).startswith("Line 2, column price: write a number")

    def test_tabs_separate(self) -> None:
        assert (
            read_price_list(LIST.replace('"Civic, 1980"', "Civic").replace(",", "\t"), "text/csv")[1]
            == FIESTA
        )

    def test_columns_in_any_order_and_case(self) -> None:
        text = "Lead_Days,STOCK,Currency,PRICE,Name,SKU\n0,0,EUR,2920,Fiesta,car-2\n"
        assert read_price_list(text, "text/csv") == [FIESTA]

    def test_an_empty_list_sells_nothing(self) -> None:
        assert read_price_list(HEADER, "text/csv") == []

    @pytest.mark.parametrize(
        ("cells", "place"),
        [
            ({"sku": ""}, "column sku: write 1 to 200 characters"),
            ({"sku": "two words"}, "column sku: write 1 to 64 characters without spaces"),
            ({"sku": "s" * 65}, "column sku: write 1 to 64 characters"),
            ({"name": "n" * 201}, "column name: write 1 to 200 characters"),
            ({"name": "=HYPERLINK(1)"}, "column name: take the sign at its front away"),
            ({"name": "@SUM"}, "column name: take the sign at its front away"),
            ({"name": '"two\nlines"'}, "column name: take line breaks"),
            ({"name": "nul\0"}, "column name: take line breaks"),
            ({"name": "\u202egnal"}, "column name: take line breaks"),
            ({"price": "0"}, "column price: write a number above zero"),
            ({"price": "0.00"}, "column price: write a number above zero"),
            ({"price": "-1"}, "column price: write a number above zero"),
            ({"price": "1e3"}, "column price: write a number above zero"),
            ({"price": "NaN"}, "column price: write a number above zero"),
            ({"price": "1000000000000"}, "column price: write a number above zero"),
            ({"price": "1.234"}, "column price: this currency has 2 decimals"),
            ({"price": "1.5", "currency": "JPY"}, "column price: this currency has 0 decimals"),
            ({"currency": "eur"}, "column currency: write a currency's three letters"),
            ({"currency": ""}, "column currency: write a currency's three letters"),
            ({"stock": "-1"}, "column stock: write a whole number from 0 to 1000000000"),
            ({"stock": "1000000001"}, "column stock: write a whole number"),
            ({"stock": "1.5"}, "column stock: write a whole number"),
            ({"lead_days": ""}, "column lead_days: write a whole number from 0 to 3650"),
            ({"lead_days": "3651"}, "column lead_days: write a whole number"),
            ({"weight [kg]": "heavy"}, "column 7: it has a unit, so write a number alone"),
            ({"colour": "+red"}, "column 7: take the sign at its front away"),
        ],
    )
    def test_a_wrong_cell_is_named_with_what_to_write(self, cells: dict[str, str], place: str) -> None:
        detail = refusal(row(**cells))
        assert detail.startswith(f"Line 2, {place}")
        assert detail.endswith(".")

    def test_an_error_never_repeats_the_cell(self) -> None:
        assert "s3cret" not in refusal(row(price="s3cret")) + refusal(row(name="=s3cret"))

    def test_the_line_is_counted_as_an_editor_counts(self) -> None:
        text = f'{HEADER}\n\na,A,1,EUR,1,0\n\n"b","B",x,EUR,1,0\n'
        assert refusal(text).startswith("Line 5, column price")

    @pytest.mark.parametrize("name", ["[kg]", "9lives", "a[", "a [k[g]]", "", "n" * 65, "weight [=kg]"])
    def test_a_header_that_names_no_property(self, name: str) -> None:
        assert refusal(f"{HEADER},{name}\n").startswith("Line 1, column 7: ")

    def test_a_column_is_missing_or_stands_twice(self) -> None:
        assert refusal("").startswith("Line 1, column sku: it is missing; the header needs sku, name")
        assert refusal(HEADER.replace("price", "price [EUR]")).startswith(
            "Line 1, column price: it is missing"
        )
        assert refusal(f"{HEADER},name").startswith("Line 1, column 7: an earlier column has the same name")
        assert refusal(f"{HEADER},w [m],w [kg]").startswith("Line 1, column 8: an earlier column")

    def test_too_many_columns_are_refused_before_they_are_compared(self) -> None:
        names = ",".join(f"p{number}" for number in range(LIMIT_PROPERTIES))
        assert read_price_list(f"{HEADER},{names}", "text/csv") == []
        assert f"at most {LIMIT_PROPERTIES} columns" in refusal(f"{HEADER},{names},more")
        assert "at most" in refusal(HEADER + "," * 100_000)

    @pytest.mark.parametrize(("line", "column"), [("a,A,1,EUR,1", 6), ("a,A,1,EUR,1,0,more", 7)])
    def test_a_line_with_another_number_of_cells(self, line: str, column: int) -> None:
        assert refusal(f"{HEADER}\n{line}").startswith(f"Line 2, column {column}: the line has")

    def test_an_open_quote(self) -> None:
        assert refusal(f'{HEADER}\na,"A,1,EUR,1,0\nb,B,1,EUR,1,0\n').startswith(
            "Line 2, column 1: a double quote"
        )

    def test_a_sku_stands_twice(self) -> None:
        assert refusal(f"{HEADER}\na,A,1,EUR,1,0\na,B,2,EUR,1,0").startswith(
            "Line 3, column sku: an earlier item"
        )


class TestJson:
    def test_what_render_item_gives_is_read_back(self) -> None:
        rendered = [render_item(CIVIC), render_item(FIESTA)]
        assert rendered[0]["properties"][0] == {
            "property": "fuelConsumption",
            "value": "5.3",
            "unit": "l/100 km",
        }
        assert rendered[1]["price"] == "2920.00"
        for document in (rendered, {"items": rendered, "next": None}):
            assert read_price_list("\ufeff" + json.dumps(document), "application/json") == [CIVIC, FIESTA]
        assert read_item(rendered[0]) == CIVIC

    def test_numbers_keep_the_digits_they_are_written_with(self) -> None:
        text = item().replace('"price": "1"', '"price": 0.10').replace('"stock": 1', '"stock": "1"')
        assert read_price_list(text, "application/json")[0].price == Decimal("0.10")

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("{", "Line 1, character 2: this is not JSON"),
            ('[\n{"sku": }]', "Line 2, character 9: this is not JSON"),
            ("[" * 200_000, "The list, member items: it is nested too deeply"),
            ('{"a": 1, "a": 2}', "The list, an object: a member stands twice"),
            ("{}", "The list, member items: send an array"),
            ("1", "The list, member items: send an array"),
            ("[1]", "Item 1, member sku: an item is an object with the members sku, name"),
            (item(extra=1), "Item 1, member properties: put members of your own (1 here) into properties"),
            (item(name=None), "Item 1, member name: it is missing, or neither"),
            (item(stock=True), "Item 1, member stock: it is missing, or neither"),
            (item(stock=-1), "Item 1, member stock: write a whole number"),
            (item(price=[]), "Item 1, member price: it is missing, or neither"),
            (
                item().replace('"price": "1"', '"price": NaN'),
                "Item 1, member price: write a number above zero",
            ),
            (item(price="9" * 5000), "Item 1, member price: write a number above zero"),
            (item().replace('"stock": 1', '"stock": ' + "9" * 5000), "Item 1, member stock: write a whole"),
            (item(properties={}), "Item 1, member properties: write an array"),
            (item(properties=[{}] * 65), "Item 1, member properties: write an array of at most 64"),
            (item(properties=["red"]), "Item 1, property 1: write an object"),
            (item(properties=[{"property": "a"}]), "Item 1, property 1: write an object"),
            (item(properties=[{"property": "a", "value": 1, "x": 1}]), "Item 1, property 1: write an object"),
            (item(properties=[{"property": "a", "value": None}]), "Item 1, property 1: it is missing"),
            (
                item(properties=[{"property": "a", "value": "x", "unit": "m"}]),
                "Item 1, property 1: it has a unit",
            ),
            (
                item(properties=[{"property": "a", "value": 1, "unit": "]"}]),
                "Item 1, property 1: name a property",
            ),
            (
                item(properties=[{"property": "a", "value": 1}] * 2),
                "Item 1, member properties: a property stands",
            ),
        ],
    )
    def test_a_wrong_member_is_named_with_what_to_write(self, text: str, place: str) -> None:
        assert refusal(text, "application/json").startswith(place)


def test_another_format_is_refused() -> None:
    with pytest.raises(Unprocessable, match="price-list-format"):
        read_price_list(LIST, "application/vnd.ms-excel")


def test_sizes_are_bounded() -> None:
    with pytest.raises(TooLarge, match="over 8 MB"):
        read_price_list(" " * (LIMIT_CHARACTERS + 1), "text/csv")
    rows = "".join(f"s{number},A,1,EUR,1,0\n" for number in range(LIMIT_ITEMS + 1))
    with pytest.raises(TooLarge, match="at most 10,000 items"):
        read_price_list(f"{HEADER}\n{rows}", "text/csv")
    assert len(read_price_list(f"{HEADER}\n{rows[: rows.rindex('s')]}", "text/csv")) == LIMIT_ITEMS


names = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30).filter(
    lambda name: name[0] not in "=+-@" and name.strip() == name
)
amounts = st.decimals(min_value="0.01", max_value="999999999999.99", places=2)


@given(
    rows=st.lists(
        st.tuples(names, amounts, st.integers(0, 10**9), st.integers(0, 3650), st.none() | amounts),
        max_size=5,
    ),
    delimiter=st.sampled_from(",;\t"),
)
def test_whatever_a_spreadsheet_writes_is_read_back(
    rows: list[tuple[str, Decimal, int, int, Decimal | None]], delimiter: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([*HEADER.split(","), "weight [kg]"])
    for number, (name, price, stock, lead_days, weight) in enumerate(rows):
        writer.writerow(
            [f"sku-{number}", name, price, "EUR", stock, lead_days, "" if weight is None else weight]
        )
    assert read_price_list(text.getvalue(), "text/csv") == [
        Item(
            f"sku-{number}",
            name,
            price,
            "EUR",
            stock,
            lead_days,
            () if weight is None else (Property("weight", str(weight), "kg"),),
        )
        for number, (name, price, stock, lead_days, weight) in enumerate(rows)
    ]


@given(st.text())
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    for media_type in ("text/csv", "application/json"):
        try:
            read_price_list(text, media_type)
        except Unprocessable as error:
            assert error.code == "price-list-invalid"  # noqa: PT017 -- both outcomes are right here
