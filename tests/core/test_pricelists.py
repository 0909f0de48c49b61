"""Price lists: what is read, and that every error says where and what to do without repeating the cell."""

import csv
import io
import json
from decimal import Decimal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.columns import called
from node.core.faults import PriceListInvalid
from node.core.items import Item, render_item
from node.core.pricelists import (
    LIMIT_CHARACTERS,
    LIMIT_ITEMS,
    LIMIT_PROPERTIES,
    read_item,
)
from node.core.pricelists import read_price_list as read_bytes
from protocol.errors import Malformed, TooLarge, Unprocessable
from protocol.specifications import Property

HEADER = "sku,name,price,currency,stock,lead_days"
SEMICOLONS = HEADER.replace(",", ";")
LIST = f"""{HEADER},fuelConsumption [l/100 km],colour
car-1,"Civic, 1980",3250.00,EUR,1,8,5.3,red
car-2,Fiesta,2920,EUR,0,0,,
"""
CIVIC = Item(
    "car-1",
    "Civic, 1980",
    Decimal("3250.00"),
    "EUR",
    stock=Decimal(1),
    lead_days=8,
    properties=(Property("fuelConsumption", "5.3", "l/100 km"), Property("colour", "red")),
)
FIESTA = Item("car-2", "Fiesta", Decimal(2920), "EUR", stock=Decimal(0), lead_days=0)


def read_price_list(text: str, media_type: str) -> list[Item]:
    return read_bytes(text.encode("utf-8", "surrogatepass"), media_type)


def refusals(text: str, media_type: str = "text/csv") -> tuple[str, ...]:
    with pytest.raises(PriceListInvalid) as caught:
        read_price_list(text, media_type)
    assert caught.value.code == "price-list-invalid"
    return tuple(caught.value.sentences)


def refusal(text: str, media_type: str = "text/csv") -> str:
    (only,) = refusals(text, media_type)
    return only


def row(**cells: str) -> str:
    columns = {
        "sku": "a",
        "name": "A",
        "price": "1",
        "currency": "EUR",
        "stock": "1",
        "lead_days": "0",
    } | cells
    text = io.StringIO()
    csv.writer(text).writerows([columns.keys(), columns.values()])
    return text.getvalue()


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

    @pytest.mark.parametrize(
        ("cell", "price"),
        [
            ("24,90", "24.90"),
            ("1.890,00", "1890.00"),
            ("1,890.00", "1890.00"),
            ("1'890.00", "1890.00"),
            ("1 890,00", "1890.00"),
            ("1.234.567", "1234567"),
            ("1890,-", "1890.00"),
            ("1890.0000", "1890.0000"),
            ("€ 1.890,00", "1890.00"),
            ("1890.00 EUR", "1890.00"),
        ],
    )
    def test_prices_as_programs_write_them(self, cell: str, price: str) -> None:
        assert read_price_list(row(price=cell), "text/csv")[0].price == Decimal(price)

    @pytest.mark.parametrize(
        ("cells", "currency"),
        [
            ({"price": "1890.00 CHF", "currency": ""}, "CHF"),
            ({"price": "$1,890.00", "currency": "CAD"}, "CAD"),
            ({"price": "1890.00", "currency": "eur"}, "EUR"),
            ({"price": "1890.00", "currency": "€"}, "EUR"),
        ],
    )
    def test_the_price_may_name_its_currency(self, cells: dict[str, str], currency: str) -> None:
        assert read_price_list(row(**cells), "text/csv")[0].currency == currency

    @pytest.mark.parametrize(
        "header", ["price [EUR]", "Price (EUR)", "price EUR", "Price in EUR", "PRICE [€]", "price [Euro]"]
    )
    def test_the_header_of_the_price_may_name_the_currency(self, header: str) -> None:
        text = f"sku,name,{header},stock,lead_days\na,A,1.00,1,0\n"
        assert read_price_list(text, "text/csv")[0].currency == "EUR"

    def test_prices_with_their_currency_need_no_column_for_it(self) -> None:
        text = "sku,name,price,stock,lead_days\na,A,1.00 EUR,1,0\nb,B,CHF 2.00,1,0\n"
        assert [item.currency for item in read_price_list(text, "text/csv")] == ["EUR", "CHF"]
        assert refusals(f"{text}c,C,3.00,1,0\nd,D,$4,1,0\n") == (
            "Line 4, column currency: write a currency's three letters, such as EUR.",
            "Line 5, column price: write one currency's three letters, such as EUR; this sign is of several.",
        )

    def test_where_the_mark_of_decimals_is_known_it_is_read(self) -> None:
        text = f"{HEADER},weight [kg]\na,A,1.00,EUR,1,0,1.250\n"
        assert read_price_list(text, "text/csv")[0].properties[0].value == "1.250"
        german = text.replace(",", ";").replace("1.00", "1,00").replace("1.250", "1,250")
        assert read_price_list(german, "text/csv")[0].properties[0].value == "1.250"
        dinars = f"{HEADER}\na,A,1.250,KWD,1,0\n"
        assert read_price_list(dinars, "text/csv")[0].price == Decimal("1.25")

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            # The point stands between thousands elsewhere in the list, or nobody can know.
            (
                f"{SEMICOLONS};weight [kg]\na;A;1890,00;EUR;1;0;1.250\n",
                "column 7: this could be 1250 or 1.25;",
            ),
            (f"{SEMICOLONS};weight [kg]\na;A;1890;EUR;1;0;1.250\n", "column 7: this could be 1250 or 1.25;"),
            (f"{SEMICOLONS};weight [kg]\na;A;1890;EUR;1;0;1,255\n", "column 7: this could be 1255 or 1.255;"),
            (f"{SEMICOLONS};size\na;A;1890,00;EUR;1;0;1.250\n", "column 7: this could be 1250 or 1.25;"),
            (f"{SEMICOLONS}\na;A;1.250;KWD;1;0\n", "column price: this could be 1250 or 1.25;"),
            # Nobody writes 1.890 euros for 1.89.
            (row(price="1.890"), "column price: this could be 1890 or 1.89;"),
            (row(price="1,890"), "column price: this could be 1890 or 1.89;"),
            (row(price="1.890"), "column price: this could be 1890 or 1.89; write 1890 or 1.89."),
            # What the currency would not take is not said to be written.
            (
                row(price="1.234"),
                "column price: this could be 1234 or 1.234, and this currency has 2 decimals; write 1234, or",
            ),
            (
                row(price="1.890", currency="JPY"),
                "column price: this could be 1890 or 1.89, and this currency has 0 decimals; write 1890, or",
            ),
            (row(stock="1.000"), "column stock: this could be 1000 or 1;"),
        ],
    )
    def test_a_number_with_two_readings_is_refused_with_both(self, text: str, place: str) -> None:
        assert refusal(text).startswith(f"Line 2, {place}")

    def test_a_list_with_both_marks_before_decimals_settles_nothing(self) -> None:
        text = row(**{"a [m]": "1.5", "b [m]": "1,5", "c [m]": "1,250"})
        assert refusal(text).startswith("Line 2, column 9: this could be 1250 or 1.25")

    def test_what_has_no_unit_and_blanks_is_a_text(self) -> None:
        (item,) = read_price_list(row(code="12 500", range="2-3", colour="-1.5"), "text/csv")
        assert [stated.value for stated in item.properties] == ["12 500", "2-3", "-1.5"]

    def test_numbers_that_a_spreadsheet_was_told_are_texts(self) -> None:
        text = f'{HEADER}\n="00123",="007 spare",1.00,EUR,2.0,0\n'
        (item,) = read_price_list(text, "text/csv")
        assert (item.sku, item.name, item.stock) == ("00123", "007 spare", Decimal(2))

    def test_every_mistake_is_told(self) -> None:
        text = f"{HEADER},w [kg]\na,A,x,EUR,y,0,heavy\nb,B,-1,eu,1,0,\na,,x,EUR,1,0,1\n"
        assert refusals(text) == (
            "Lines 2, 3 and 4, column price: write a number above zero, such as 1299.00, and nothing else.",
            "Line 2, column stock: write a whole number from 0 to 1000000000.",
            "Line 2, column 7: it has a unit, so write a number alone, or leave it empty.",
            "Line 3, column currency: write a currency's three letters, such as EUR.",
            "Line 4, column name: write 1 to 200 characters.",
        )

    def test_tabs_separate(self) -> None:
        assert (
            read_price_list(LIST.replace('"Civic, 1980"', "Civic").replace(",", "\t"), "text/csv")[1]
            == FIESTA
        )

    def test_columns_in_any_order_and_case(self) -> None:
        text = "Lead_Days,STOCK,Currency,PRICE,Name,SKU\n0,0,EUR,2920,Fiesta,car-2\n"
        assert read_price_list(text, "text/csv") == [FIESTA]

    @pytest.mark.parametrize("text", [HEADER, "", "\n \n", "\ufeff", f"sep=;\n{SEMICOLONS}"])
    def test_an_empty_list_sells_nothing(self, text: str) -> None:
        assert read_price_list(text, "text/csv") == []

    def test_names_of_columns_are_known_in_any_spelling(self) -> None:
        text = "Lead Days,stock ,CURRENCY,Price,NAME,Sku\n0,0,EUR,2920,Fiesta,car-2\n"
        assert read_price_list(text, "text/csv") == [FIESTA]
        assert read_price_list(text.replace("Lead Days", "lead-days"), "text/csv") == [FIESTA]

    def test_properties_of_any_script(self) -> None:
        names = ("रंग", "สี", "لون", "顏色", "straße", "2nd colour", "Size (EU)", "é\u0301tat")
        (item,) = read_price_list(row(**dict.fromkeys(names, "x")), "text/csv")
        assert [stated.name for stated in item.properties] == [normalize("NFC", name) for name in names]

    def test_texts_are_kept_in_one_form(self) -> None:
        (item,) = read_price_list(row(name="Gru\u0308n", grün="gru\u0308n"), "text/csv")
        assert (item.name, item.properties) == ("Grün", (Property("grün", "grün"),))

    def test_a_unit_may_stand_in_round_brackets_if_it_is_one(self) -> None:
        (item,) = read_price_list(row(**{"Weight (kg)": "13,2", "Body (HTML)": "<p>"}), "text/csv")
        assert item.properties == (Property("Weight", "13.2", "kg"), Property("Body (HTML)", "<p>"))

    def test_columns_and_cells_without_a_name_are_left_out_if_they_are_empty(self) -> None:
        text = f"{HEADER},,colour,,\na,A,1,EUR,1,0,,red,,\nb,B,1,EUR,1,0\nc,C,1,EUR,1,0,,red,,,,\n"
        assert [len(item.properties) for item in read_price_list(text, "text/csv")] == [1, 0, 1]
        assert refusal(f"{text}d,D,1,EUR,1,0,x,red\n").startswith(
            "Line 5, column 7: the header has no name for this column"
        )

    def test_what_a_thing_is_and_how_it_is_counted(self) -> None:
        text = (
            f"{HEADER},unit,category,words,colour\n"
            'a,Screw,1.00,EUR,500,1,Stück,https://example.org/screws,"screw, wood screw;Schraube",grey\n'
            "b,Cheese,19.90,EUR,12.5,1,kg,Food > Cheese,,\n"
        )
        screw, cheese = read_price_list(text, "text/csv")
        assert (screw.unit, screw.category) == ("Stück", "https://example.org/screws")
        assert screw.words == ("screw", "wood screw", "Schraube")
        assert screw.properties == (Property("colour", "grey"),)
        assert (cheese.unit, cheese.stock, cheese.category) == ("kg", Decimal("12.5"), "")
        assert cheese.properties == (Property("category", "Food > Cheese"),)
        for item in (screw, cheese):
            assert read_item(render_item(item)) == item
        assert render_item(cheese)["stock"] == "12.5"
        assert "unit" not in render_item(FIESTA)

    def test_a_title_above_the_header_is_passed_over(self) -> None:
        text = f"Bike Haus;;\nPrices of May;;\n\n{SEMICOLONS}\na;A;x;EUR;1;0\n"
        assert refusal(text).startswith("Line 5, column price: write a number")

    @pytest.mark.parametrize(
        ("cells", "place"),
        [
            ({"sku": ""}, "column sku: write 1 to 200 characters"),
            ({"sku": "two words"}, "column sku: write 1 to 64 characters without spaces"),
            ({"sku": "s" * 65}, "column sku: write 1 to 64 characters"),
            ({"name": "n" * 201}, "column name: write 1 to 200 characters"),
            ({"name": "=HYPERLINK(1)"}, "column name: take the sign at its front away"),
            ({"name": "@SUM"}, "column name: take the sign at its front away"),
            ({"name": "two\nlines"}, "column name: take line breaks"),
            ({"name": "nul\0"}, "column name: take line breaks"),
            ({"name": "\u202egnal"}, "column name: take line breaks"),
            ({"price": "0"}, "column price: write a number above zero"),
            ({"price": "0.00"}, "column price: write a number above zero"),
            ({"price": "-1"}, "column price: write a number above zero"),
            ({"price": "1e3"}, "column price: write a number above zero"),
            ({"price": "NaN"}, "column price: write a number above zero"),
            ({"price": "1000000000000"}, "column price: write a number above zero"),
            ({"price": "1.2345"}, "column price: this currency has 2 decimals"),
            ({"price": "1.5", "currency": "JPY"}, "column price: this currency has 0 decimals"),
            ({"currency": "euro cents"}, "column currency: write a currency's three letters"),
            ({"currency": "$"}, "column currency: write one currency's three letters"),
            ({"stock": "-1.5", "unit": "kg"}, "column stock: write a number from 0 to 1000000000"),
            ({"stock": "many", "unit": "kg"}, "column stock: write a whole number"),
            ({"stock": "1.5", "unit": "box"}, "column stock: write a whole number"),
            ({"unit": "u" * 33}, "column unit: write a unit of at most 32 characters"),
            ({"unit": "=kg"}, "column unit: take the sign"),
            ({"words": "a," * 17}, "column words: write at most 16 phrases"),
            ({"words": "a,=b"}, "column words: take the sign"),
            ({"price": "1 CHF"}, "column currency: the price names another currency"),
            ({"sku": "4.01235E+12"}, "column sku: a spreadsheet has shortened this number"),
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

    @pytest.mark.parametrize(
        "name",
        [
            "[kg]",
            "-x",
            "a[",
            "a [k[g]]",
            "n" * 65,
            "weight [=kg]",
            "a<b",
            "w [" + "k" * 33 + "]",
            "w [\u202e]",
        ],
    )
    def test_a_header_that_names_no_property(self, name: str) -> None:
        assert refusal(f"{HEADER},{name}\n").startswith("Line 1, column 7: ")

    def test_a_column_that_stands_twice(self) -> None:
        assert refusal(f"{HEADER},Name").startswith("Line 1, column 7: name and Name are two names for one")
        assert refusal(f"{HEADER},w [m],W [kg]").startswith("Line 1, column 8: column 7 has the same name")
        assert refusal(f"{HEADER},color,Colour").startswith("Line 1, column 8: column 7 has the same name")
        assert refusal(f"{HEADER},price [EUR]").startswith("Line 1, column 7: price and price [EUR] are two")

    @pytest.mark.parametrize(
        ("header", "sentences"),
        [
            (HEADER.removesuffix(",lead_days"), ["the column lead_days is missing; add it."]),
            (
                "Bestellnummer;Produktname;VK brutto;Devise;Menge;Lieferzeit",
                [
                    "the column sku is missing; rename Bestellnummer to sku, if that is what it is.",
                    "the column name is missing; rename Produktname to name, if that is what it is.",
                    "the column price is missing; rename VK brutto to price, if that is what it is.",
                    "the column currency is missing; rename Devise to currency, if that is what it is.",
                    "the column stock is missing; rename Menge to stock, if that is what it is.",
                    "the column lead_days is missing; rename Lieferzeit to lead_days, if that is what it is.",
                ],
            ),
            (
                "Handle,Title,Variant SKU,Variant Price,stock,lead_days",
                [
                    "this looks like an export of Shopify, which names its columns otherwise.",
                    "the column sku is missing; rename Variant SKU to sku, if that is what it is.",
                    "the column name is missing; rename Title to name, if that is what it is.",
                    "the column price is missing; rename Variant Price to price, if that is what it is.",
                    "the column currency is missing; add it, or have the price say it: price [EUR].",
                ],
            ),
            ("a,b", [f"the column {name} is missing; add it" for name in HEADER.split(",")]),
        ],
    )
    def test_what_is_missing_is_said_first_and_alone(self, header: str, sentences: list[str]) -> None:
        separator = ";" if ";" in header else ","
        said = refusals(f"{header}{separator}<odd>\nx,y,z\n")
        assert len(said) == len(sentences)
        for found, sentence in zip(said, sentences, strict=True):
            assert found.startswith(f"Line 1: {sentence}")

    @pytest.mark.parametrize(
        ("header", "program"),
        [
            ("ID,Type,SKU,Name,Stock,Regular price", "WooCommerce"),
            ("Product ID;Name;Reference;Price (tax excl.);Quantity", "PrestaShop"),
            ("id\ttitle\tlink\tprice\tavailability", "Google Merchant Center"),
        ],
    )
    def test_the_exports_of_shops_are_recognised(self, header: str, program: str) -> None:
        assert refusals(header)[0].startswith(f"Line 1: this looks like an export of {program}, ")

    def test_a_list_may_be_german(self) -> None:
        text = (
            "Artikelnummer;Bezeichnung;Preis;Währung;Lagerbestand;Lieferzeit (Tage);Einheit;Kategorie;"
            "Suchwörter;Gewicht [kg]\n"
            "gouda-1;Gouda, jung;19,90;EUR;12,5;2;kg;Lebensmittel > Käse;Käse, Schnittkäse;12,5\n"
        )
        (gouda,) = read_price_list(text, "text/csv")
        assert (gouda.sku, gouda.name, gouda.price, gouda.currency) == (
            "gouda-1", "Gouda, jung", Decimal("19.90"), "EUR",
        )  # fmt: skip
        assert (gouda.stock, gouda.lead_days, gouda.unit) == (Decimal("12.5"), 2, "kg")
        assert gouda.words == ("Käse", "Schnittkäse")
        assert gouda.properties == (
            Property("Kategorie", "Lebensmittel > Käse"),
            Property("weight", "12.5", "kg"),
        )

    @pytest.mark.parametrize("header", ["Preis [EUR]", "PREIS (€)", "Preis in Euro"])
    def test_a_german_price_may_name_the_currency(self, header: str) -> None:
        text = f"Art.-Nr.;Artikelname;{header};Bestand;Liefertage\na;A;1,00;1;0\n"
        assert read_price_list(text, "text/csv")[0].currency == "EUR"

    def test_what_a_column_is_called_in_a_language_is_known(self) -> None:
        for language in ("de", "en", "tlh"):
            names = [called(name, language) for name in HEADER.split(",")]
            assert read_price_list(f"{','.join(names)}\na,A,1,EUR,1,0\n", "text/csv")[0].sku == "a"
        assert called("stock", "en") == "stock" != called("stock", "de")

    def test_two_columns_of_one_meaning_are_refused_with_both(self) -> None:
        both = "Artikelnummer and sku are two names for one column; keep one of them."
        assert refusal(f"Artikelnummer,{HEADER}\n") == f"Line 1, column 2: {both}"
        assert refusal(f"{HEADER},Kategorie,category") == (
            "Line 1, column 8: Kategorie and category are two names for one column; keep one of them."
        )

    def test_a_mistake_calls_a_column_what_the_list_does(self) -> None:
        text = "Artikelnummer;Bezeichnung;Preis [EUR];Bestand;Lieferzeit in Tagen\na b;;x;viel;bald\n"
        assert [said.partition(":")[0] for said in refusals(text)] == [
            f"Line 2, column {name}" for name in text.splitlines()[0].split(";")
        ]

    @pytest.mark.parametrize("cell", ['"lead\ndays"', f"{'_' * 99}lead days", "_lead_days", "lead\u0085days"])
    def test_a_header_that_says_more_than_a_name_is_called_by_ours(self, cell: str) -> None:
        text = f"{HEADER.replace('lead_days', cell)}\na,A,1,EUR,1,x\n"
        assert ", column lead_days: " in refusal(text)

    def test_too_many_columns_are_refused_before_they_are_compared(self) -> None:
        names = ",".join(f"p{number}" for number in range(LIMIT_PROPERTIES))
        assert read_price_list(f"{HEADER},{names}", "text/csv") == []
        assert f"at most {LIMIT_PROPERTIES} columns" in refusal(f"{HEADER},{names},more")
        assert read_price_list(HEADER + "," * 100_000, "text/csv") == []

    def test_a_line_with_another_number_of_cells(self) -> None:
        assert refusal(f"{HEADER}\na,A,1,EUR,1").startswith("Line 2, column lead_days: write a whole number")
        assert refusal(f"{HEADER}\na,A,1,EUR,1,0,more").startswith(
            "Line 2, column 7: the line has more cells"
        )

    def test_an_open_quote(self) -> None:
        wrong = f'{HEADER}\na,A,x,EUR,1,0\nb,"B,1,EUR,1,0\nc,C,1,EUR,1,0\n'
        assert [each[:16] for each in refusals(wrong)] == ["Line 2, column p", "Line 3, column 1"]
        assert refusal(f'{HEADER}\n"a,A,1,EUR,1,0\n').startswith("Line 2, column 1: a double quote")

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
        shown = [{**one, "held": 1, "available": 0} for one in rendered]  # as `freehold shop show --json`
        for document in (rendered, {"items": shown, "next": None}):
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
            (item(category="Bikes"), "Item 1, member category: write the address of a category"),
            (item(words=["a", None]), "Item 1, member words: it is missing, or neither"),
            (item(unit=None), "Item 1, member unit: it is missing, or neither"),
            (item(sku="4,01235E+12"), "Item 1, member sku: a spreadsheet has shortened this number"),
            (item(price="1.890"), "Item 1, member price: this could be 1890 or 1.89"),
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
            (item(properties=[{}] * 65), "Item 1, member properties: write an array of at most 62"),
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


@pytest.mark.slow
def test_sizes_are_bounded() -> None:
    with pytest.raises(TooLarge, match="over 16 MB"):
        read_price_list(" " * (LIMIT_CHARACTERS + 1), "text/csv")
    rows = "x\n" * LIMIT_ITEMS
    assert refusals(f"{HEADER}\n{rows}")[0].startswith("Lines 2, 3, 4, 5, 6 and 99,995 more, column name")
    with pytest.raises(TooLarge, match="at most 100,000 items"):
        read_price_list(f"{HEADER}\n{rows}x", "text/csv")


def test_many_values_of_a_property_are_all_kept() -> None:
    rows = "".join(f"s{number},A,1,EUR,1,0,v{number % 11_000}\n" for number in range(12_000))
    items = read_price_list(f"{HEADER},code\n{rows}", "text/csv")
    assert [item.properties[0].value for item in items] == [f"v{number % 11_000}" for number in range(12_000)]


names = st.text(st.characters(categories=["L", "M", "N", "P", "S"]), min_size=1, max_size=30).filter(
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
            normalize("NFC", name),
            price,
            "EUR",
            Decimal(stock),
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
        except (Unprocessable, Malformed) as error:
            codes = {"price-list-invalid", "price-list-format"}
            assert error.code in codes  # noqa: PT017 -- both outcomes are right here


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_in_another_way(content: bytes) -> None:
    try:
        read_bytes(content, "text/csv")
    except (Unprocessable, Malformed) as error:
        assert error.detail.endswith((".", ")"))  # noqa: PT017 -- both outcomes are right here
