"""Money, quantities and price lines as people type them, and as they are printed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from node.terminal import amounts, phrases
from node.terminal.failures import ExitCode, Failure
from node.terminal.wishes import specification

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
        ("12.000,00 EUR", ("12000.00", "EUR")),
        ("€ 12.000", ("12000", "EUR")),
        ("12'000 CHF", ("12000", "CHF")),
        ("1 234,50 €", ("1234.50", "EUR")),
        ("2249 eur", ("2249", "EUR")),
        ("2249 EURO", ("2249", "EUR")),
        ("1 234 EUR", ("1234", "EUR")),
        ("1.234,56", ("1234.56", "")),
        ("1890,- EUR", ("1890.00", "EUR")),
        ("1,250 JPY", ("1250", "JPY")),
        ("12.50000 EUR", ("12.50", "EUR")),
        ("500.00 JPY", ("500", "JPY")),
    ],
)
def test_money_is_read(text: str, read: tuple[str, str]) -> None:
    assert amounts.money(text) == read


@pytest.mark.parametrize(
    ("text", "said", "written"),
    [
        ("1.250 EUR", "could be 1,250.00 EUR or 1.25 EUR.", "Write 1250 EUR or 1.25 EUR."),
        ("1,250 €", "could be 1,250.00 EUR or 1.25 EUR.", "Write 1250 EUR or 1.25 EUR."),
        ("1.255 EUR", "could be 1,255.00 EUR or 1.2550 EUR.", "Write 1255 EUR."),
        ("1.250 KWD", "could be 1,250.000 KWD or 1.25 KWD.", "Write 1250 KWD or 1.25 KWD."),
        ("12.000 KWD", "could be 12,000.000 KWD or 12 KWD.", "Write 12000 KWD or 12 KWD."),
        ("1,234", "could be 1234 or 1.2340.", "Write 1234 or 1.2340."),
        ("$ 5", "this sign is that of USD, CAD", "Write 5 USD."),
        ("$1,250", "this sign is that of USD, CAD", "Write 1250 USD or 1.25 USD."),
        ("$12,000", "this sign is that of USD, CAD", "Write 12000 USD."),
        ("1,255 kr", "this sign is that of SEK, NOK", "Write 1255 SEK."),
        ("2249.001 EUR", "EUR has 2 decimals", "no more than that"),
        ("100 XYZ", "'100 XYZ' is no amount: XYZ is no currency", "Write its three letters, such as EUR."),
    ],
)
def test_money_with_two_readings_is_refused_with_both(text: str, said: str, written: str) -> None:
    with pytest.raises(Failure) as refused:
        amounts.money(text)
    assert said in refused.value.detail
    assert written in refused.value.hint
    assert refused.value.exit_code == ExitCode.USAGE


def test_a_currency_that_was_named_elsewhere_says_which_is_meant() -> None:
    assert amounts.money("$ 5", currency="CAD") == ("5", "CAD")
    assert amounts.money("12.000", currency="EUR") == ("12000", "")
    with pytest.raises(Failure, match="this sign is that of"):
        amounts.money("$ 5", currency="EUR")


def test_a_currency_is_named_by_its_letters_its_name_or_its_sign() -> None:
    assert [amounts.currency_code(text) for text in ("EUR", " eur ", "€", "Euro", "")] == ["EUR"] * 4 + [""]
    for text in ("$", "euros cents", "XXX"):
        with pytest.raises(Failure, match="names no one currency"):
            amounts.currency_code(text)


# UN-05: what is no amount at all, or one in one country alone.
@pytest.mark.parametrize(
    "text", ["12,34.00", "-5 EUR", "1e3 EUR", "٣ EUR", "", "EUR", "5 XXX", "5-6 EUR", "free"]
)
def test_what_is_no_money_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no amount"):
        amounts.money(text)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3", "3", "one"),
        ("30 kWh", "30", "kWh"),
        ("2.5 l/100 km", "2.5", "l/100 km"),
        ("3kg", "3", "kg"),
        ("1,5 kg", "1.5", "kg"),
        ("1 gross", "1", "gross"),
        ("a dozen", "1", "dozen"),
        ("One tonne", "1", "tonne"),
        ("1 234,5 kg", "1234.5", "kg"),
        ("1 234 pieces", "1234", "pieces"),
        ("12'000 pcs", "12000", "pcs"),
    ],
)
def test_quantities_are_read(text: str, value: str, unit: str) -> None:
    assert amounts.quantity(text) == {"value": value, "unit": unit}


@pytest.mark.parametrize("text", ["", "some", "-1", "1e3 kg", "a 5", "5. kg"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no quantity"):
        amounts.quantity(text)


def test_a_quantity_with_two_readings_is_refused_with_both() -> None:
    with pytest.raises(Failure, match=r"could be 1250 kg or 1.25 kg. Write 1250 kg or 1.25 kg."):
        amounts.quantity("1.250 kg")
    with pytest.raises(Failure, match=r"Write 1255 or 1.2550."):
        amounts.quantity("1,255")


@given(st.text())
def test_reading_money_gives_plain_digits_or_says_so(text: str) -> None:
    try:
        amount, currency = amounts.money(text)
    except Failure:
        return
    assert set(amount) <= set("0123456789.")
    assert currency == "" or (len(currency) == 3 and currency.isascii() and currency.isupper())


# --- what is printed is read back --------------------------------------------------------------------

DECIMALS = {code: entry["minor_units"] for code, entry in schemas.currencies().items()}
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kathmandu"]


@st.composite
def sums(draw: st.DrawFn) -> tuple[str, str]:
    code = draw(st.sampled_from(sorted(DECIMALS)))
    number = draw(
        st.decimals(0, 10**12 - 1, places=DECIMALS[code]) | st.decimals(0, 9_999, places=DECIMALS[code])
    )
    return format(number, "f"), code


@given(sums())
def test_money_as_it_is_printed_is_the_same_money(said: tuple[str, str]) -> None:
    amount, currency = amounts.money(phrases.amount(*said))
    assert (Decimal(amount), currency) == (Decimal(said[0]), said[1])


@given(
    st.decimals(0, 10**12 - 1, places=6) | st.decimals(0, 9_999, places=3),
    st.sampled_from(["one", "kg", "l/100 km"]),
)
def test_a_quantity_as_it_is_printed_is_the_same_quantity(number: Decimal, unit: str) -> None:
    read = amounts.quantity(phrases.quantity({"value": format(number, "f"), "unit": unit}))
    assert (Decimal(read["value"]), read["unit"]) == (number, unit)


@given(
    st.fixed_dictionaries(
        {
            "property": st.sampled_from(["weight", "größe", "रंग"]),
            "unit": st.sampled_from(["", "kg", "l/100 km"]),
        }
    ),
    st.sampled_from(["value", "at_least", "at_most", "both"]),
    st.lists(st.decimals(-9_999, 9_999, places=3), min_size=2, max_size=2).map(sorted),
)
def test_a_wanted_property_as_it_is_printed_is_the_same(
    named: dict[str, str], kind: str, numbers: list[Decimal]
) -> None:
    texts = [format(number, "f") for number in numbers]
    bounds = {"at_least": texts[0], "at_most": texts[1]} if kind == "both" else {kind: texts[0]}
    read = specification(phrases.specification({**named, **bounds}), necessity="must")
    assert (read["property"], read.get("unit", "")) == (named["property"], named["unit"])
    assert {member: Decimal(read[member]) for member in bounds} == {
        member: Decimal(value) for member, value in bounds.items()
    }
