"""Recovery words: different ones, and read as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.recovery import (
    ASKED,
    COUNT,
    count_words,
    places_of,
    read_words,
    strange_words,
    words_of,
)
from protocol.errors import Unprocessable

EVERY = [words_of(number)[0] for number in range(256)]
NUMBERS = st.integers(min_value=0, max_value=2**128 - 1)


def test_the_list_has_256_words_and_none_is_taken_for_another() -> None:
    assert len(set(EVERY)) == 256
    assert len({word[:4] for word in EVERY}) == 256
    assert [word for word in EVERY if not (word.isascii() and word.isalpha() and word.islower())] == []
    assert min(map(len, EVERY)) >= 3


@given(NUMBERS)
def test_no_word_comes_twice(number: int) -> None:
    assert len(set(words_of(number))) == COUNT


def test_each_number_has_words_of_its_own() -> None:
    assert len({tuple(words_of(number)) for number in range(10_000)}) == 10_000
    assert words_of(0) == EVERY[:COUNT]


@given(NUMBERS, st.sampled_from([" ", "\n", ", ", "  1. ", "\t2) "]))
def test_words_are_read_however_they_were_typed(number: int, between: str) -> None:
    words = words_of(number)
    assert read_words(between.join(words)) == words
    assert read_words(between + between.join(words).upper() + between) == words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "These are 0 words, and there are 12."),
        ("oak " * 11, "These are 11 words, and there are 12."),
        ("oak " * 13, "These are 13 words, and there are 12."),
        ("oak " * 4 + "oka " + "oak " * 7, "Word 5 is not in the list: look at its spelling."),
        ("oak " * 1_000_000, "These are 125 words, and there are 12."),
    ],
)
def test_what_are_no_words_of_a_kit_is_said(text: str, said: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_words(text)
    assert (refused.value.code, refused.value.detail) == ("recovery-words", said)


@given(st.text())
def test_reading_never_fails_otherwise(text: str) -> None:
    with suppress(Unprocessable):
        assert len(read_words(text)) == COUNT


def test_every_word_that_is_in_no_list_is_named_with_its_place() -> None:
    assert strange_words("1. oak 2. Oka, shool") == [(2, "oka"), (3, "shool")]
    assert (count_words(" oak, oak "), strange_words("")) == (2, [])


def test_three_places_are_asked_for_whatever_the_number() -> None:
    asked = {tuple(places_of(number)) for number in range(12 * 11 * 10)}
    assert len(asked) == 220  # every three of twelve
    assert all(list(three) == sorted(set(three)) and len(three) == ASKED for three in asked)
    assert {place for three in asked for place in three} == set(range(1, COUNT + 1))
