"""One byte string, one spelling."""

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import multibase

ALPHABET = base58.BITCOIN_ALPHABET.decode()


@given(st.binary(max_size=80), st.integers(0, 3))
def test_bytes_come_back(raw: bytes, zeros: int) -> None:
    padded = bytes(zeros) + raw
    assert multibase.decode(multibase.encode(padded), limit_characters=200) == padded


@given(st.text(ALPHABET, max_size=80))
def test_every_text_is_the_one_spelling_of_its_bytes(digits: str) -> None:
    decoded = multibase.decode("z" + digits, limit_characters=81)
    assert decoded == base58.b58decode(digits)
    assert multibase.encode(decoded) == "z" + digits


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", "z"), (b"\0", "z1"), (b"\0\0\1", "z112"), (b"yes mani !", "z7paNL19xttacUY"), (b"\xff", "z5Q")],
)
def test_known_answers(raw: bytes, text: str) -> None:
    assert multibase.encode(raw) == text
    assert multibase.decode(text, limit_characters=20) == raw


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7paNL19xttacUY",
        "Z7paNL19xttacUY",
        "mAQ",
        "z0",
        "zO",
        "zI",
        "zl",
        "z1 ",
        "z1\n",
        " z1",
        "z1=",
        "z\u0131",
        "z\N{FULLWIDTH DIGIT ONE}",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not base58btc"):
        multibase.decode(text, limit_characters=20)


def test_the_limit_is_exact() -> None:
    assert multibase.decode("z112", limit_characters=4) == b"\0\0\1"
    with pytest.raises(ValueError, match="too long"):
        multibase.decode("z112", limit_characters=3)
