"""From what was typed to a wish, and back."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from node.core.pricelists import read_price_list
from node.web.edge.forms import SentForm
from node.web.pages.wishes import wish_forms
from node.web.pages.wording import labels
from node.web.pages.wording.languages import ENGLISH, GERMAN, Reader, reading
from protocol.propertynames import property_form

NOW = datetime(2027, 2, 2, 17, tzinfo=UTC)
EN = Reader(language=ENGLISH, zone=ZoneInfo("Europe/Berlin"), now=NOW)
DE = Reader(language=GERMAN, zone=ZoneInfo("Europe/Berlin"), now=NOW)

TYPED = {
    "name": [" Used estate car "],
    "content": ["five doors\nand a tow bar"],
    "by": ["2027-03-15"],
    "near": ["Freiburg"],
    "currency": ["EUR"],
    "limit": ["15,000"],
    "notes": ["rather pay a bit more"],
    "property": ["fuelConsumption", "towBar", ""],
    "how": ["most", "is", "most"],
    "value": ["7.5", "yes", ""],
    "unit": ["l/100 km", "", ""],
    "need": ["must", "should", "must"],
    "to": ["followers"],
    "others": ["shop@shop.example, https://a.example/b"],
}


def typed(**fields: str | list[str]) -> wish_forms.WishForm:
    said = {name: [value] if isinstance(value, str) else value for name, value in fields.items()}
    form = wish_forms.read(SentForm(TYPED | said))
    form.points = wish_forms.without_empty(form.points)
    return form


def test_a_wish_is_what_was_typed() -> None:
    with reading(EN):
        form = typed()
        assert form.wish() == {
            "name": "Used estate car",
            "content": "five doors\nand a tow bar",
            "place": "Freiburg",
            "deadline": "2027-03-15T22:59:59Z",
            "currency": "EUR",
            "specifications": [
                {"property": "fuelConsumption", "necessity": "must", "unit": "l/100 km", "at_most": "7.5"},
                {"property": "towBar", "necessity": "should", "value": "yes"},
            ],
            "limit_price": "15000",
            "notes": "rather pay a bit more",
            "audience": ["followers", "shop@shop.example", "https://a.example/b"],
        }
        assert form.errors == {}
        assert "audience" not in form.wish(with_audience=False)


@pytest.mark.parametrize(
    ("reader", "text", "amount"),
    [
        (EN, "15,000", "15000"),
        (DE, "15.000", "15000"),
        (EN, "15.000", "15.000"),
        (DE, "15,000", "15.000"),
        (EN, "15.000,50", "15000.50"),
        (DE, "15,000.50", "15000.50"),
        (EN, "fifteen", None),
        (EN, "1e3", None),
    ],
)
def test_an_amount_is_read_as_the_reader_writes_it(reader: Reader, text: str, amount: str | None) -> None:
    with reading(reader):
        assert wish_forms.read_amount(text) == amount


@pytest.mark.parametrize(
    ("field", "value", "where", "said"),
    [
        ("name", "", "name", "Say what you are looking for"),
        ("by", "2027-02-01", "by", "Choose a day that is still to come"),
        ("by", "soon", "by", "Choose a day that is still to come"),
        ("limit", "much", "limit", "Write an amount such as 15,000 or €15,000.00"),
        ("limit", "$15,000", "limit", "Write an amount such as 15,000 or €15,000.00"),
        ("limit", "-5", "limit", "Write an amount such as 15,000 or €15,000.00"),
        ("value", ["few", "yes", ""], "value-0", "Write a number such as 7 or 7.5"),
        ("value", ["7", "", ""], "value-1", "Say what it should be"),
        ("property", ["", "towBar", ""], "property-0", "Say what this point is about"),
    ],
)
def test_a_mistake_is_said_at_its_field(field: str, value: Any, where: str, said: str) -> None:
    with reading(EN):
        form = typed(**{field: value})
        form.wish()
        assert form.errors == {where: said}


def test_somebody_has_to_get_it() -> None:
    with reading(DE):
        form = typed(to=[], others="")
        form.wish()
        assert form.errors == {"to": "Wähl aus, wer ihn bekommt"}


def test_what_is_no_address_is_said_at_the_addresses() -> None:
    with reading(DE):
        form = typed(others="laden@laden.example\nhallo")
        form.wish()
        assert form.errors == {"others": "hallo: Schreib eine Adresse wie laden@laden.example."}


@pytest.mark.parametrize("reader", [EN, DE], ids=["en", "de"])
def test_what_a_wish_is_about_is_what_a_list_in_its_language_says(reader: Reader) -> None:
    with reading(reader):
        said = [name for name, _unit in labels.suggestions()]
        meant = [labels.meant(each) for each in said]
    header = ";".join(["sku;name;price;currency;stock;lead_days", *said])
    (item,) = read_price_list(f"{header}\na;A;1,00;EUR;1;0{';1' * len(said)}\n".encode(), "text/csv")
    assert [property_form(one.name) for one in item.properties] == [property_form(each) for each in meant]


SHOWN: dict[str, Any] = {
    "name": "Used estate car", "content": "", "deadline": "2027-03-15T22:59:59Z", "place": None,
    "currency": "EUR", "audience": ["followers", "https://a.example/b"],
    "private": {"limit_price": "15000", "notes": None},
    "specifications": [
        {"property": "fuelConsumption", "necessity": "must", "unit": "l", "at_most": "7.5"},
        {"property": "doors", "necessity": "should", "unit": "", "at_least": "4", "at_most": "5"},
        {"property": "towBar", "necessity": "should", "unit": "", "value": "yes"},
    ],
}  # fmt: skip


def test_a_form_of_a_wish_says_the_same_again() -> None:
    with reading(DE):
        form = wish_forms.of(SHOWN)
        assert (form.by, form.limit, form.to) == ("2027-03-15", "15.000", ["followers"])
        assert form.wish(with_audience=False) == {
            "name": "Used estate car", "content": None, "place": None, "deadline": "2027-03-15T22:59:59Z",
            "currency": "EUR", "limit_price": "15000", "notes": None,
            "specifications": [
                {"property": "fuelConsumption", "necessity": "must", "unit": "l", "at_most": "7.5"},
                {"property": "doors", "necessity": "should", "at_most": "5"},
                {"property": "doors", "necessity": "should", "at_least": "4"},
                {"property": "towBar", "necessity": "should", "value": "yes"},
            ],
        }  # fmt: skip
        assert wish_forms.of(SHOWN | {"deadline": None}).by == ""


def test_a_wish_for_the_same_goes_to_the_same_and_leaves_out_a_day_that_has_passed() -> None:
    with reading(DE):
        form = wish_forms.anew(SHOWN, {"https://a.example/b"})
        assert (form.name, form.limit, form.by) == ("Used estate car", "15.000", "2027-03-15")
        assert (form.to, form.others) == (["followers", "https://a.example/b"], "")
        over = wish_forms.anew(SHOWN | {"deadline": "2020-03-15T22:59:59Z"}, set())
        assert (over.by, over.to, over.others) == ("", ["followers"], "https://a.example/b")


@pytest.mark.parametrize("written", ["15.000 €", "15.000,00 EUR", "€ 15.000", "15000 Euro"])
def test_an_amount_may_have_the_sign_of_its_currency(written: str) -> None:
    with reading(DE):
        form = typed(limit=written)
        assert Decimal(form.wish()["limit_price"]) == 15000
        assert form.errors == {}


def test_what_stands_for_a_wish_changes_with_it() -> None:
    with reading(EN):
        assert wish_forms.digest(typed().wish()) == wish_forms.digest(typed().wish())
        assert wish_forms.digest(typed(limit="1").wish()) != wish_forms.digest(typed().wish())


def test_an_unknown_currency_is_the_first_that_is_known() -> None:
    assert typed(currency="XXX").currency == "EUR"
