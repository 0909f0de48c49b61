"""Passwords: length counts, and two keyboards type the same."""

import pytest

from node.core.passphrases import LEAST, MOST, check, spelling
from protocol.errors import Unprocessable


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "x7!y7!x7!y7?", "drei große Äpfel", "пароль для дома", "a1b2c" * 40],
)
def test_a_long_one_is_taken(password: str) -> None:
    check(password, names=("Ada", "ada", ""))


@pytest.mark.parametrize(
    ("password", "names"),
    [
        ("", ()),
        ("short one x", ()),
        ("x" * (LEAST - 1), ()),
        ("ab" * 10, ()),
        ("abcdef" * 40, ()),
        ("Ada Lovelace 1", ("Ada Lovelace", "ada")),
        ("adaadaadaada12345", ("ada",)),
        ("abcde" + "\u0300" * MOST, ()),
    ],
)
def test_what_is_easily_guessed_is_not(password: str, names: tuple[str, ...]) -> None:
    with pytest.raises(Unprocessable) as refused:
        check(password, names=names)
    assert refused.value.code == "password-weak"


def test_what_looks_the_same_is_the_same() -> None:
    assert spelling("gru\u0308n") == spelling("gr\u00fcn")
    assert spelling("\uff41bc") == "abc"
    assert spelling("Abc") != "abc"
