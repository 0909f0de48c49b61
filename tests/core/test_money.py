"""Amounts of money as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.money import SIGNS, currencies_of, decimals_of, fits, read_money
from protocol.caseless import caseless


@pytest.mark.parametrize(
    ("text", "number", "currencies"),
    [
        ("1890.00", "1890.00", ()),
        ("1890.00 EUR", "1890.00", ("EUR",)),
        ("EUR 1890", "1890", ("EUR",)),
        ("1890eur", "1890", ("EUR",)),
        ("€1.890,00", "1890.00", ("EUR",)),
        ("1 234,50 €", "1234.50", ("EUR",)),
        ("12'000 CHF", "12000", ("CHF",)),
        ("Fr. 12.-", "12.00", ("CHF",)),
        ("2249 Euro", "2249", ("EUR",)),
        ("US$ 5", "5", ("USD",)),
        ("R$ 5,00", "5.00", ("BRL",)),
        ("500 kr.", "500", ("SEK", "NOK", "DKK", "ISK")),
        ("¥ 500", "500", ("JPY", "CNY")),
        ("$ 5 USD", "5", ("USD",)),
        ("€ 5 EUR", "5", ("EUR",)),
        ("-€5", "-5", ("EUR",)),
        ("- 5 EUR", "-5", ("EUR",)),
        ("EUR (5)", "-5", ("EUR",)),
        ("1.890,-€", "1890.00", ("EUR",)),
    ],
)
def test_money_is_read(text: str, number: str, currencies: tuple[str, ...]) -> None:
    read = read_money(text)
    assert read is not None
    assert (read.numeral.text, read.currencies) == (number, currencies)


def test_both_readings_of_an_amount_are_kept() -> None:
    read = read_money("€ 12.000")
    assert read is not None
    assert (read.numeral.text, read.numeral.grouped) == ("12.000", "12000")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "EUR",
        "from 5 EUR",
        "5 XXX",
        "5 EUR/month",
        "€ 5 USD",
        "5-6 EUR",
        "1e3 EUR",
        "5 " * 60,
        "1e3",
        "5x",
    ],
)
def test_what_is_no_money(text: str) -> None:
    assert read_money(text) is None


def test_every_sign_stands_for_currencies_that_are_known() -> None:
    for sign, codes in SIGNS.items():
        assert caseless(sign) == sign
        assert [code for code in codes if decimals_of(code) is None] == []
    assert currencies_of("doubloons") == ()
    assert decimals_of("XXX") is None


def test_zeros_behind_the_decimals_of_a_currency_are_none() -> None:
    assert fits(Decimal("1.9000"), 2)
    assert fits(Decimal("1890.00"), 0)
    assert not fits(Decimal("1.905"), 2)


@given(st.text(max_size=30))
def test_no_text_makes_it_fail(text: str) -> None:
    read = read_money(text)
    assert read is None or Decimal(read.numeral.text).is_finite()
