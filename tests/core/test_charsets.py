"""Charsets: what a file's first bytes say, what a name says, and that a guess is told."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.charsets import as_utf8, decode, find_mark, known, tell

TEXT = "BEGIN:Äda €"


@pytest.mark.parametrize(
    ("mark", "charset"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_the_first_bytes_decide(mark: bytes, charset: str) -> None:
    content = mark + TEXT.encode(charset)
    assert find_mark(content) == (mark, charset if mark else "")
    assert (tell(content), as_utf8(content)) == (charset, TEXT.encode())


@given(st.binary(max_size=40))
def test_without_a_mark_a_file_stays_as_it_is(content: bytes) -> None:
    assert tell(content) or as_utf8(content) == content
    as_utf8(content).decode("utf-8", "ignore" if tell(content) in {"", "utf-8"} else "strict")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("UTF-8", "utf-8"),
        ("ISO-8859-1", "cp1252"),
        ("us-ascii", "utf-8"),
        ("Windows-1251", "cp1251"),
        ("ISO-8859-15", "iso8859-15"),
        ("Shift_JIS", "cp932"),
        ("UTF-16", "utf-16"),
        ("UTF-7", ""),
        ("hex", ""),
        ("zip", ""),
        ("idna", ""),
        ("unicode_escape", ""),
        ("no-such-charset", ""),
        ("../../encodings", ""),
        ("a\0b", ""),
        ("", ""),
    ],
)
def test_names_of_charsets(name: str, found: str) -> None:
    assert known(name) == found


def test_a_text_is_of_the_charset_it_names_or_of_utf_8() -> None:
    assert decode("Ärger".encode("iso-8859-1"), "ISO-8859-1") == ("Ärger", False)
    assert decode("„€“".encode("cp1252"), "iso-8859-1") == ("„€“", False)
    assert decode("Ида".encode("cp1251"), "windows-1251") == ("Ида", False)
    assert decode("表".encode("shift_jis"), "Shift_JIS") == ("表", False)
    assert decode("Ärger".encode()) == ("Ärger", False)
    assert decode("Ärger".encode(), "x-nobody-knows") == ("Ärger", False)
    assert decode(b"Ida?", "UTF-16") == ("Ida?", False)  # within a file of octets nothing is


def test_a_guess_is_told_and_what_cannot_be_guessed_is_refused() -> None:
    assert decode("Ärger".encode("latin-1")) == ("Ärger", True)
    assert decode("Ärger".encode("latin-1"), "utf-8") == ("Ärger", True)
    with pytest.raises(UnicodeDecodeError):
        decode(b"\x81\xff")
