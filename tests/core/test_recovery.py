"""Recovery words: one for each byte, and read as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.recovery import COUNT, read_words, words_of
from protocol.errors import Unprocessable

EVERY = words_of(bytes(range(256)))


def test_the_list_has_a_word_for_each_byte_and_none_is_taken_for_another() -> None:
    assert len(set(EVERY)) == 256
    assert len({word[:4] for word in EVERY}) == 256
    assert [word for word in EVERY if not (word.isascii() and word.isalpha() and word.islower())] == []
    assert min(map(len, EVERY)) >= 3


@given(st.binary(min_size=COUNT, max_size=COUNT), st.sampled_from([" ", "\n", ", ", "  1. ", "\t2) "]))
def test_words_are_read_however_they_were_typed(secret: bytes, between: str) -> None:
    words = words_of(secret)
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
