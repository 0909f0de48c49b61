"""A table that is too wide loses what can be spared, then folds, then becomes cards; no cell is ever cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terminal.printing import width
from node.terminal.tables import Column, fit, fold

COLUMNS = [
    Column("offer", lambda item: item["offer"]),
    Column("what", lambda item: item["what"], long=True),
    Column("total", lambda item: item["total"], right=True),
    Column("expires", lambda item: item["expires"], spare=2),
    Column("signed", lambda item: item["signed"], spare=1),
]
ROWS = [
    ["of_1rkaq6d4", "Touring bike Linden with a rack", "12,309.00 EUR", "2026-11-28 22:29", "signed ✓"],
    ["of_6y3j1vr6", "Bike", "9.00 EUR", "2026-11-28 22:29", "signed ✓"],
]


def test_what_fits_is_left_as_it_is() -> None:
    fitted = fit(ROWS, COLUMNS, cells=120)
    assert fitted.left_out == ()
    assert len(fitted.lines) == 3
    assert fitted.lines[0].split() == ["OFFER", "WHAT", "TOTAL", "EXPIRES", "SIGNED"]


def test_what_can_be_spared_goes_first() -> None:
    assert fit(ROWS, COLUMNS, cells=75).left_out == ("expires",)
    assert fit(ROWS, COLUMNS, cells=62).left_out == ("expires", "signed")


def test_then_long_texts_are_folded() -> None:
    fitted = fit(ROWS, COLUMNS, cells=48)
    assert fitted.lines[1:3] == (
        "of_1rkaq6d4  Touring bike Linden  12,309.00 EUR",
        "             with a rack",
    )


def test_then_each_item_is_a_card_with_everything_in_it() -> None:
    fitted = fit(ROWS, COLUMNS, cells=30)
    assert (fitted.heading, fitted.left_out) == (0, ())
    assert fitted.lines[:3] == (
        "  offer    of_1rkaq6d4",
        "  what     Touring bike Linden with a rack",
        "  total    12,309.00 EUR",
    )
    assert fitted.lines[5] == ""


@pytest.mark.parametrize("cells", range(10, 130, 7))
def test_ids_and_amounts_are_whole_at_any_width(cells: int) -> None:
    fitted = fit(ROWS, COLUMNS, cells=cells)
    text = "\n".join(fitted.lines)
    assert all(row[place] in text for row in ROWS for place in (0, 2))
    assert not fitted.heading or max(map(width, fitted.lines)) <= cells


@given(st.text("ab 自", max_size=60), st.integers(2, 20))
def test_folding_loses_nothing(text: str, room: int) -> None:
    pieces = list(fold(text, room))
    assert all(width(piece) <= room for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
