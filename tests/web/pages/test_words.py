"""Names and texts of others: what of them can be seen, and that the rest is taken out and said."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.legible import unseen
from node.web.pages.wording.words import (
    NAME_GRAPHEMES,
    SHOWN_CHARACTERS,
    Words,
    called,
    exact,
    host,
    line,
    name,
    namesakes,
    prose,
    whole,
)

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
        ("z" + "\u0300" * 4 + "\u200b" + "\u0300" * 9, Words("z" + "\u0300" * 4, hidden=True)),
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
        ("excluded: #warranty", "excluded: #warranty"),
        ("without/with care", "without/with care"),
        ("https://a.example/x #warranty", "https://a.example/x #warranty"),
        ("CO2Emission\u202e", "co2 emission"),
        (None, ""),
    ],
)
def test_a_property_is_called_by_words(given: object, shown: str) -> None:
    assert called(given).text == shown


def test_of_a_long_host_the_end_is_shown_which_says_whose_it_is() -> None:
    shown = host("https://www.bank.example." + "a." * 60 + "evil.example:8443/actors/x")
    assert shown.cut
    assert shown.text.startswith("…")
    assert shown.text.endswith(".evil.example:8443")
    assert "bank" not in shown.text


@pytest.mark.parametrize(
    "behind", ["", "/", "?@bank.example", "?" + "a" * 80 + ".bank.example", "#.bank.example"]
)
def test_nothing_behind_a_host_is_shown_as_one(behind: str) -> None:
    assert host(f"https://evil.example:8443{behind}") == Words("evil.example:8443")


def test_an_address_is_known_by_its_host_and_shown_whole() -> None:
    address = "https://shop.example:8443/actors/" + "x" * 100
    assert host(address).text == "shop.example:8443"
    assert host("nonsense").text == ""
    assert line(address + "\u202e") == Words(address, hidden=True)


@pytest.mark.parametrize(
    "posing",
    [
        *("Bank ✔", "✅ Bike Haus", "Verified 🔒", "🗹 Bank", "🥇", "x" * 100 + "✓"),
        *(
            "You",
            "you",
            "Sie",
            "FREEHOLD",
            "You.",
            "“Freehold”",
            "\u24ce\u24de\u24e4",
            "\uff59\uff4f\uff55",
            "\u028f\u1d0f\u1d1c",
            "Ihr Knoten",
            "Dein Knoten",
        ),
    ],
)
def test_a_name_that_says_what_the_page_says_is_marked(posing: str) -> None:
    assert name(posing).posing


@pytest.mark.parametrize("plain", ["Bike Haus", "Younes", "Du & ich", "Freehold Bikes", "★★★", ""])
def test_a_name_that_says_nothing_of_ours_is_not(plain: str) -> None:
    assert not name(plain).posing


@pytest.mark.parametrize(
    "alike", ["\U0001d5ad\U0001d5c8\U0001d5cb\U0001d5cd\U0001d5c1", "Nort\ua4e7", "N\u2c9frth"]
)
def test_letters_that_are_only_drawn_alike_are_marked(alike: str) -> None:
    assert name(alike).mixed


@pytest.mark.parametrize("grapheme", ["x", "é", "👩‍🔧", "🇩🇪", "👍🏽", "한", "\u1112\u1161\u11ab"])
def test_a_name_ends_between_graphemes(grapheme: str) -> None:
    assert name(grapheme * NAME_GRAPHEMES) == Words(grapheme * NAME_GRAPHEMES)
    assert name(grapheme * (NAME_GRAPHEMES + 1)) == Words(grapheme * NAME_GRAPHEMES + "…", cut=True)


def test_a_name_that_is_signed_is_whole() -> None:
    assert whole("x" * 199 + "✓\u202e") == Words("x" * 199 + "✓", hidden=True, posing=True)


def test_namesakes_are_told_apart_however_they_are_written() -> None:
    peers = [
        {"iri": iri, "name": called}
        for iri, called in [
            ("a", "Bike Haus"),
            ("b", "Bike-Haus!"),
            ("c", "Velo"),
            ("c", "Velo"),
            ("d", "Bike"),
        ]
    ]
    assert namesakes(peers) == {"a", "b"}


@given(st.text())
def test_nothing_unseen_is_left(text: str) -> None:
    shown = name(text).text
    assert unseen(shown) == []
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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('{"name":"Škoda"}', Words('{"name":"Škoda"}')),
        ('{"a":"x\u202ey"}', Words('{"a":"x\\u202ey"}', hidden=True)),
        ('{"a":"\U000e0041"}', Words('{"a":"\\udb40\\udc41"}', hidden=True)),
    ],
)
def test_what_is_not_seen_of_json_is_written_out(text: str, written: Words) -> None:
    assert exact(text) == written


@given(st.text(st.characters(codec="utf-8")))
def test_written_out_json_says_the_same(text: str) -> None:
    said = json.dumps({"a": text}, ensure_ascii=False)
    written = exact(said)
    assert json.loads(written.text) == {"a": text}
    assert not unseen(written.text)


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("\u0410\u0440\u0440le", True),
        ("Paypa\u03bb", True),
        ("Apple", False),
        ("\u042f\u0431\u043b\u043e\u043a\u043e Apple", False),  # two languages, each in words of its own
        ("Caf\u00e9 \u6771\u4eac 24", False),
        ("\u6771\u4eacMetro", False),  # nothing of one looks like the other
        ("A" * 70 + "\u0430", True),  # also where it is cut
        ("", False),
    ],
)
def test_a_word_of_two_alphabets_is_marked(text: str, mixed: bool) -> None:
    assert name(text).mixed is mixed
