"""Texts compared as a reader compares them."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.caseless import caseless


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Colour", "colour"),
        ("STRASSE", "straße"),
        ("gru\u0308n", "grün"),
        ("GRU\u0308N", "Grün"),
        ("Å", "\u212b"),  # the letter, and the sign of a unit
        (" Touring  bike ", "touring bike"),
        ("Touring\u00a0bike", "touring bike"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ᾳ\u0345", "ᾳι"),  # folding may undo a composed form
    ],
)
def test_texts_that_a_reader_takes_for_one_are_one(one: str, other: str) -> None:
    assert caseless(one) == caseless(other)


@pytest.mark.parametrize(("one", "other"), [("grun", "grün"), ("m2", "m²"), ("1", "①"), ("a b", "ab")])
def test_other_texts_stay_apart(one: str, other: str) -> None:
    assert caseless(one) != caseless(other)


@given(st.text())
def test_every_form_and_case_of_a_text_is_the_same(text: str) -> None:
    forms = {caseless(normalize(form, text)) for form in ("NFC", "NFD")}
    assert forms == {caseless(text)}
    assert caseless(normalize("NFC", text.casefold())) == caseless(text)
