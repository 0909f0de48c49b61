"""Money, quantities and price lines as people type them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terminal import amounts
from node.terminal.failures import Failure

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2249.00 EUR", ("2249.00", "EUR")),
        ("EUR 2249", ("2249", "EUR")),
        ("2249", ("2249", "")),
        (" 21,500.00EUR ", ("21500.00", "EUR")),
        ("1,234,567.89 USD", ("1234567.89", "USD")),
        ("0.5", ("0.5", "")),
    ],
)
def test_money_is_read(text: str, read: tuple[str, str]) -> None:
    assert amounts.money(text) == read


# UN-05: what is one amount in one country and another in the next.
@pytest.mark.parametrize(
    "text",
    [
        "1,234",
        "1.234,56",
        "12,34.00",
        "2249 eur",
        "-5 EUR",
        "1e3 EUR",
        "٣ EUR",
        "2249 EURO",
        "",
        "EUR",
        "1 234 EUR",
    ],
)
def test_money_that_could_be_misread_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no amount"):
        amounts.money(text)


def test_quantities_are_read() -> None:
    assert amounts.quantity("3") == {"value": "3", "unit": "one"}
    assert amounts.quantity("30 kWh") == {"value": "30", "unit": "kWh"}
    assert amounts.quantity("2.5 l/100 km") == {"value": "2.5", "unit": "l/100 km"}


@pytest.mark.parametrize("text", ["", "some", "3kg", "-1", "1,5 kg"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no quantity"):
        amounts.quantity(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2249.00 EUR", {"kind": "oneOff", "amount": "2249.00", "currency": "EUR"}),
        ("Bike: 2249 EUR", {"kind": "oneOff", "amount": "2249", "currency": "EUR", "label": "Bike"}),
        (
            "Lease: 24.90 EUR/month x24",
            {
                "kind": "recurring",
                "amount": "24.90",
                "currency": "EUR",
                "label": "Lease",
                "per": "month",
                "count": 24,
            },
        ),
        (
            "24.90 EUR a month x 24",
            {"kind": "recurring", "amount": "24.90", "currency": "EUR", "per": "month", "count": 24},
        ),
        (
            "80 EUR per week until 2026-12-31",
            {
                "kind": "recurring",
                "amount": "80",
                "currency": "EUR",
                "per": "week",
                "until": "2026-12-31T23:59:59Z",
            },
        ),
        ("2249", {"kind": "oneOff", "amount": "2249", "currency": "CHF"}),
    ],
)
def test_price_lines_are_read(text: str, line: dict[str, Any]) -> None:
    assert amounts.price_line(text, currency="CHF", now=NOW) == line


@pytest.mark.parametrize(
    "text", ["", "free", "24.90 EUR/month", "24.90 EUR/decade x3", "1,234 EUR", "80 EUR/week until never"]
)
def test_what_is_no_price_line_is_refused(text: str) -> None:
    with pytest.raises(Failure):
        amounts.price_line(text, currency="CHF", now=NOW)


def test_a_price_line_needs_a_currency() -> None:
    with pytest.raises(Failure, match="names no currency"):
        amounts.price_line("2249", currency="", now=NOW)


@given(st.text())
def test_reading_money_gives_plain_digits_or_says_so(text: str) -> None:
    try:
        amount, currency = amounts.money(text)
    except Failure:
        return
    assert set(amount) <= set("0123456789.")
    assert currency == "" or (len(currency) == 3 and currency.isascii() and currency.isupper())


def test_a_price_for_each_month_says_for_how_many() -> None:
    with pytest.raises(Failure, match=r"does not say for how long.*Add x12"):
        amounts.price_line("1 EUR/month", currency="", now=NOW)
