"""A code and what it means."""

import pytest

from protocol import codes
from protocol.codes import MEANINGS, state
from protocol.errors import Conflict, Malformed


def test_a_code_is_stated_once() -> None:
    known = dict(MEANINGS)
    with pytest.raises(ValueError, match="duplicate-key"):
        state("duplicate-key", "Something else.")
    assert known == MEANINGS


def test_an_error_says_what_its_code_means() -> None:
    error = Malformed(codes.DUPLICATE_KEY)
    assert (error.code, error.detail) == (
        "duplicate-key",
        "An object in the body has the same member name twice.",
    )
    assert str(error) == "duplicate-key: An object in the body has the same member name twice."


def test_an_error_may_say_it_closer() -> None:
    error = Conflict(codes.DIGEST_MISMATCH, "What is answered differs from what was sent.")
    assert (error.code, error.detail) == ("digest-mismatch", "What is answered differs from what was sent.")
