"""Structured fields: the shortcuts give what http-sf gives, and nothing stands twice."""

from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import http_sf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Unauthenticated
from protocol.structuredfields import parse_dictionary, serialise_item, serialise_parameters

KEYS = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,6}", fullmatch=True)
STRINGS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
BARE = (
    st.booleans()
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | STRINGS
    | st.binary(max_size=12)
    | st.sampled_from([http_sf.Token("rsa"), Decimal("1.5"), datetime(2026, 3, 14, tzinfo=UTC)])
)
PARAMETERS = st.dictionaries(KEYS, BARE, max_size=4)


@given(BARE, PARAMETERS)
def test_items_are_written_as_by_the_library(value: Any, parameters: dict[str, Any]) -> None:
    assert serialise_item(value, parameters) == http_sf.ser((value, parameters))
    assert serialise_parameters(parameters) == http_sf.ser([([], parameters)]).removeprefix("()")


@given(KEYS, st.binary(max_size=70))
def test_a_byte_sequence_is_read_as_by_the_library(key: str, value: bytes) -> None:
    text = f"{key}=:{b64encode(value).decode()}:"
    assert parse_dictionary(text) == http_sf.parse(text.encode(), tltype="dictionary") == {key: (value, {})}


@given(
    KEYS,
    st.lists(STRINGS, max_size=4),
    st.dictionaries(KEYS, st.integers(-(10**15) + 1, 10**15 - 1) | STRINGS, max_size=4),
)
def test_a_list_of_strings_is_read_as_by_the_library(
    key: str, strings: list[str], parameters: dict[str, Any]
) -> None:
    inner: tuple[list[Any], dict[str, Any]] = ([(string, {}) for string in strings], parameters)
    text = http_sf.ser({key: inner})
    assert parse_dictionary(text) == {key: inner}
    assert list(parse_dictionary(text)[key][1]) == list(parameters)


@given(st.text(st.sampled_from('ab=():;" ,-01*\\?'), max_size=24).map('s=("a" "b");n=1;k="x"'.__add__))
def test_whatever_follows_a_list_is_read_as_by_the_library_or_refused(text: str) -> None:
    try:
        read = parse_dictionary(text)
    except Unauthenticated:
        return
    assert read == http_sf.parse(text.encode("ascii"), tltype="dictionary")


@given(st.from_regex(r'a=\((" ?"| |"a"){0,5}\)(;a=("| |-|0|00|1){1,3}){0,2}', fullmatch=True))
def test_a_list_of_sorts_is_read_as_by_the_library_or_refused(text: str) -> None:
    try:
        read = parse_dictionary(text)
    except Unauthenticated:
        return
    assert read == http_sf.parse(text.encode("ascii"), tltype="dictionary")


@given(st.text(st.sampled_from('ab=:/+ AQ;,"1?()\u00e9\n'), max_size=14) | st.text(max_size=8))
def test_any_text_is_read_as_by_the_library_or_refused(text: str) -> None:
    try:
        read = parse_dictionary(text)
    except Unauthenticated:
        return
    assert read == http_sf.parse(text.encode("ascii"), tltype="dictionary")


@pytest.mark.parametrize(
    "text",
    [
        "a=1, a=2",
        "a=1,a=1",
        "a=:AAAA:, a=:AAAA:",
        "a=1;b;b",
        'a=("x";k;k)',
        "a=();created=1;created=2",
    ],
)
def test_nothing_stands_twice(text: str) -> None:
    http_sf.parse(text.encode(), tltype="dictionary")  # to the library, the last one wins
    with pytest.raises(Unauthenticated) as caught:
        parse_dictionary(text)  # SG-07
    assert caught.value.code == "signature-malformed"


def test_the_order_is_kept() -> None:
    parsed = parse_dictionary('b=("z" "a");y;x=1, a=?0')
    assert list(parsed) == ["b", "a"]
    assert parsed["b"] == ([("z", {}), ("a", {})], {"y": True, "x": 1})
    assert list(parsed["b"][1]) == ["y", "x"]


def test_nothing_is_an_empty_dictionary() -> None:
    assert parse_dictionary("") == {}
