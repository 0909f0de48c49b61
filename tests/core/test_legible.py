"""Text of people: emoji and every script as they are written, and nothing that a reader does not see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.legible import MARKS, is_emoji, is_line, unseen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Velo Nord",
        "Zürich",
        "Zu\u0308rich",
        "1\u00a0000 €",
        "自転車",
        "שלום",
        "مرحبا بالعالم",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian: I want, with a non-joiner within
        "\u0915\u094d\u200d",  # Hindi: half a ka, at the end
        "\u0915\u094d\u200d\u0937",  # ka and ssa side by side
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala: sri
        "\u06dd123",  # the end of a verse
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f469\U0001f3fd\u200d\U0001f680",  # an astronaut with a skin
        "\u2764\ufe0f\u200d\U0001f525",  # a heart on fire
        "\U0001f3f3\ufe0f\u200d\U0001f308",  # the rainbow flag
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "\U0001f1e8\U0001f1ed",  # Switzerland
        "1\ufe0f\u20e3",  # a key
        "\U0001fae8",  # newer than Unicode 14
        "\u845b\U000e0100",  # a Japanese name, in the form its bearers write
        "\u1820\u180b",  # a Mongolian letter in another form
        "\u2713\ufe0e",  # a sign as text
        "e" + "\u0301" * MARKS,
    ],
)
def test_what_people_write_is_a_line(text: str) -> None:
    assert unseen(text) == []
    assert is_line(text)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a\u202eb", [1]),
        ("\u2066a\u2069", [0, 2]),
        ("a\u200fb", [1]),
        ("a\u200bb", [1]),
        ("a\u00adb", [1]),
        ("\ufeffa", [0]),
        ("a\u2028b", [1]),
        ("a\x00b\x1b", [1, 3]),
        ("a\ud800", [1]),
        ("a\ue000", [1]),
        ("a\uffff", [1]),
        ("a\u3164", [1]),
        ("a\u200db", [1]),
        ("\u200d", [0]),
        ("\u200d\U0001f680", [0]),
        ("\U0001f680\u200d", [1]),
        ("\U0001f680\u200c\U0001f680", [1]),
        ("\u0645\u200c", [1]),
        ("\u200c\u0645", [0]),
        ("\u0645\u200cx", [1]),
        ("a\U000e0067", [1]),
        ("a\ufe0f", [1]),
        ("\ufe0f", [0]),
        ("a\ufe05", [1]),
        ("q\U000e0101", [1]),
        ("\u845b\U000e0100\U000e0101", [2]),
        ("a\u180b", [1]),
        ("a\u034f", [1]),
        ("\U0001f3f4\U000e0067", [1]),
        ("z" + "\u0301" * (MARKS + 2), [MARKS + 1, MARKS + 2]),
    ],
)
def test_what_no_reader_sees_is_found(text: str, places: list[int]) -> None:
    assert unseen(text) == places
    assert not is_line(text)


@given(st.text())
def test_without_what_is_not_seen_the_rest_is_a_text_of_which_all_is(text: str) -> None:
    places = unseen(text)
    assert places == sorted(set(places))
    assert is_line(text) == (not places)


def test_what_an_emoji_is() -> None:
    assert [is_emoji(sign) for sign in ("\U0001f680", "\U0001f3fd", "\u2764", "\U0001fae8", "a", "")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip
