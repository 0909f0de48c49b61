"""Names and texts of others: what of them can be seen, and that the rest is taken out and said."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.pages.words import NAME_GRAPHEMES, SHOWN_CHARACTERS, Words, called, host, line, name, prose

PERSIAN = "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc"  # a joiner belongs in it


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Bike Haus", Words("Bike Haus")),
        ("  Bike \n\t Haus ", Words("Bike Haus")),
        ("Best\u2370Deal", Words("Best\u2370Deal")),
        ("pay\u202epal\u202c", Words("paypal", hidden=True)),
        ("\u2066a\u2069\u200e\u200f\u061c", Words("a", hidden=True)),
        ("A\u200bB\ufeffC\u00adD\u2060E", Words("ABCDE", hidden=True)),
        ("\u3164\u115f\u2800\uffa0", Words("", hidden=True)),
        ("a\u0000b\u0007", Words("ab", hidden=True)),
        ("tag\U000e0041\U000e007f", Words("tag", hidden=True)),
        ("\ue000\ufdd0", Words("", hidden=True)),
        ("q\U000e0101", Words("q", hidden=True)),
        ("\u2028line", Words("line")),
        ("❤️ Rad", Words("❤️ Rad")),
        ("👩‍🔧 Werkstatt", Words("👩‍🔧 Werkstatt")),
        (PERSIAN, Words(PERSIAN)),
        ("क्\u200dष", Words("क्\u200dष")),
        ("Pay\u200dPal", Words("PayPal", hidden=True)),
        ("\u200dx\u200d", Words("x", hidden=True)),
        ("\ufe0fx", Words("x", hidden=True)),
        ("z" + "\u0300" * 9, Words("z" + "\u0300" * 4, hidden=True)),
        (None, Words("")),
        ("", Words("")),
    ],
)
def test_a_name(given: object, shown: Words) -> None:
    assert name(given) == shown


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("fuelConsumption", "fuel consumption"),
        ("https://schema.org/fuelConsumption", "fuel consumption"),
        ("https://w3id.org/x#towBar/", "tow bar"),
        ("Farbe", "Farbe"),
        ("CO2Emission\u202e", "co2 emission"),
        (None, ""),
    ],
)
def test_a_property_is_called_by_words(given: object, shown: str) -> None:
    assert called(given).text == shown


def test_an_address_is_known_by_its_host_and_shown_whole() -> None:
    address = "https://shop.example:8443/actors/" + "x" * 100
    assert host(address).text == "shop.example:8443"
    assert host("nonsense").text == ""
    assert line(address + "\u202e") == Words(address, hidden=True)


@pytest.mark.parametrize("grapheme", ["x", "é", "👩‍🔧", "🇩🇪", "👍🏽", "한", "\u1112\u1161\u11ab"])
def test_a_name_ends_between_graphemes(grapheme: str) -> None:
    assert name(grapheme * NAME_GRAPHEMES) == Words(grapheme * NAME_GRAPHEMES)
    assert name(grapheme * (NAME_GRAPHEMES + 1)) == Words(grapheme * NAME_GRAPHEMES + "…", cut=True)


@given(st.text())
def test_nothing_unseen_is_left(text: str) -> None:
    shown = name(text).text
    kept = {"\u200c", "\u200d", "\ufe0f"}
    unseen = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not [sign for sign in shown if sign not in kept and unicodedata.category(sign) in unseen]
    assert "\n" not in shown


def test_a_text_keeps_its_lines_and_loses_what_hides() -> None:
    assert prose("a\r\nb\n\n\n\n\nc  \n") == Words("a\nb\n\n\nc")
    assert prose("a\u202eb\nc") == Words("ab\nc", hidden=True)
    assert prose(None) == Words("")


def test_a_long_text_has_a_beginning_and_a_rest() -> None:
    text = prose("x" * (SHOWN_CHARACTERS + 5))
    assert (len(text.beginning), text.rest) == (SHOWN_CHARACTERS, "xxxxx")


@pytest.mark.parametrize(
    ("text", "initials"), [("Bike Haus Aue", "BH"), ("lindner", "L"), ("& Co", "C"), ("", "?"), ("!!", "?")]
)
def test_initials(text: str, initials: str) -> None:
    assert name(text).initials == initials
