"""Numbers as people write them: one reading, two, or none."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.numerals import read_numeral


@pytest.mark.parametrize(
    ("text", "number", "mark"),
    [
        ("0", "0", ""),
        ("1890", "1890", ""),
        ("1890.00", "1890.00", "."),
        ("1890,00", "1890.00", ","),
        ("1,890.00", "1890.00", "."),
        ("1.890,00", "1890.00", ","),
        ("1'890.00", "1890.00", "."),
        ("12\u2019000", "12000", ""),
        ("1 234,50", "1234.50", ","),
        ("1\u202f234,50", "1234.50", ","),
        ("1\u00a0234\u00a0567.5", "1234567.5", "."),
        ("1,234,567", "1234567", ""),
        ("1.234.567", "1234567", ""),
        ("1.234.567,8", "1234567.8", ","),
        ("12,34,567.00", "1234567.00", "."),
        ("1,23,456", "123456", ""),
        ("1890,-", "1890.00", ","),
        ("1890.--", "1890.00", "."),
        ("1.890,\u2013", "1890.00", ","),
        ("1234.567", "1234.567", "."),
        ("0,250", "0.250", ","),
        ("12.0000", "12.0000", "."),
        (".5", "0.5", "."),
        (",50", "0.50", ","),
        ("-5", "-5", ""),
        ("\u22125,5", "-5.5", ","),
        ("- 5", "-5", ""),
        ("5-", "-5", ""),
        ("(1.890,00)", "-1890.00", ","),
        ("+5", "5", ""),
        (" 5 ", "5", ""),
        ("1890.0000000000", "1890.000000", "."),
    ],
)
def test_a_number_with_one_reading(text: str, number: str, mark: str) -> None:
    read = read_numeral(text)
    assert read is not None
    assert (read.text, read.mark, read.grouped) == (number, mark, "")


@pytest.mark.parametrize(
    ("text", "fraction", "grouped"),
    [("1.250", "1.250", "1250"), ("1,250", "1.250", "1250"), ("-12.500", "-12.500", "-12500")],
)
def test_one_mark_with_three_digits_behind_it_has_two_readings(
    text: str, fraction: str, grouped: str
) -> None:
    read = read_numeral(text)
    assert read is not None
    assert (read.text, read.grouped) == (fraction, grouped)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", ".", "x", "5.", "1e3", "1E+3", "٣", "12,34.00", "1.23.456", "007", "00.5", "1.234'567",
        "1 23", "5%", "-5-", "(-5)", "NaN", "9" * 13, "0.1234567", "1" * 100, "1,2,3", "2-3", "1 234.567.890",
        "١٢٣",
    ],
)  # fmt: skip
def test_what_is_no_number(text: str) -> None:
    assert read_numeral(text) is None


@given(
    number=st.decimals(min_value=0, max_value=10**9, places=2),
    group=st.sampled_from(["", ",", ".", " ", "'", "\u202f", "\u2019"]),
    mark=st.sampled_from([".", ","]),
)
def test_a_number_with_cents_is_read_however_it_is_marked(number: Decimal, group: str, mark: str) -> None:
    if group == mark:
        return
    written = f"{number:,.2f}".replace(",", "G").replace(".", mark).replace("G", group)
    read = read_numeral(written)
    assert read is not None
    assert (Decimal(read.text), read.grouped) == (number, "")


@given(st.text("0123456789.,' -()+\u2212\u00a0eE", max_size=20))
def test_whatever_is_read_has_the_digits_it_was_written_with(text: str) -> None:
    read = read_numeral(text)
    if read is not None:
        for reading in filter(None, (read.text, read.grouped)):
            Decimal(reading)
            written = "".join(filter(str.isdigit, text))
            shown = "".join(filter(str.isdigit, reading))
            assert shown.strip("0") == written.strip("0")
