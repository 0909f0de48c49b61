"""The code that claims a node: how it is spelt, how long it holds, how often it may be tried."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.claims import BITS, CODE_HOLDS, TRIES, Claimed, judge, new_code, read_code

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
GIVEN = new_code(0x9_9E92_3A58D, now=NOW)


def test_a_code_is_eight_letters_that_nobody_mistakes() -> None:
    assert new_code(0, now=NOW).code == "0000-0000"
    assert new_code(2**BITS - 1, now=NOW).code == "ZZZZ-ZZZZ"
    assert len({new_code(number, now=NOW).code for number in range(1_000)}) == 1_000


@given(st.integers(min_value=0, max_value=2**BITS - 1))
def test_a_code_is_read_however_it_is_typed(number: int) -> None:
    code = new_code(number, now=NOW).code
    for typed in (
        code,
        code.lower(),
        f" {code} ",
        code.replace("-", ""),
        " ".join(code),
        code.replace("0", "o"),
    ):
        assert read_code(typed) == code
    assert read_code(code.replace("1", "l")) == read_code(code.replace("1", "I")) == code


@given(st.text())
def test_anything_can_be_typed(text: str) -> None:
    assert judge(GIVEN, text, now=NOW)[0] in {Claimed.WRONG, Claimed.EMPTY}


@pytest.mark.parametrize("text", ["", "  ", " - ", "\t\n"])
def test_nothing_typed_is_no_try(text: str) -> None:
    assert judge(GIVEN, text, now=NOW) == (Claimed.EMPTY, GIVEN)
    assert judge(None, text, now=NOW) == (Claimed.OVER, None)


def test_a_right_code_is_used_up() -> None:
    assert judge(GIVEN, GIVEN.code, now=NOW) == (Claimed.RIGHT, None)
    assert judge(None, GIVEN.code, now=NOW) == (Claimed.OVER, None)


def test_as_many_are_looked_at_as_its_length_bears() -> None:
    assert 2**BITS // TRIES >= 1_000_000  # one chance in so many, for all guesses together
    wrong, left = judge(GIVEN, "0000-0000", now=NOW)
    assert (wrong, left) == (Claimed.WRONG, replace(GIVEN, tries=TRIES - 1))
    over, none_left = judge(replace(GIVEN, tries=1), "0000-0000", now=NOW)
    assert over is Claimed.OVER
    assert judge(none_left, GIVEN.code, now=NOW)[0] is Claimed.OVER


@pytest.mark.parametrize(
    ("later", "outcome"),
    [(CODE_HOLDS - timedelta(seconds=1), Claimed.RIGHT), (CODE_HOLDS, Claimed.OVER)],
)
def test_it_holds_for_a_while(later: timedelta, outcome: Claimed) -> None:
    assert judge(GIVEN, GIVEN.code, now=NOW + later)[0] is outcome
