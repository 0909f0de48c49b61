import re

from hypothesis import given
from hypothesis import strategies as st

from node.core.identifiers import BITS, write_id

numbers = st.integers(min_value=0, max_value=2**BITS - 1)


@given(numbers)
def test_an_id_has_its_shape(number: int) -> None:
    assert re.fullmatch(r"of_[0-7][0-9a-hjkmnp-tv-z]{25}", write_id("of", number))


@given(numbers, numbers)
def test_other_bits_are_another_id(one: int, other: int) -> None:
    assert (write_id("x", one) == write_id("x", other)) is (one == other)


def test_the_first_and_the_last() -> None:
    assert write_id("x", 0) == "x_" + "0" * 26
    assert write_id("x", 2**BITS - 1) == "x_7" + "z" * 25
