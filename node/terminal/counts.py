"""How many of something there are, and how large it is, in words: one is not several. Pure."""

from typing import Final


def counted(number: int | str, noun: str) -> str:
    """Return a number with its noun: `1 item`, `3 items`, `0 entries`, `2 addresses`."""
    text = f"{number:,}" if isinstance(number, int) else number
    return f"{text} {noun}" if text == "1" else f"{text} {_several(noun)}"


def _several(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


# Below this a size is said to the byte, as that of a signed document.
_EXACT_BYTES: Final = 10_000
_UNITS: Final = ("KB", "MB", "GB", "TB")
_STEP: Final = 1024


def size(number: int) -> str:
    """Return a size in bytes as people say it: `1 byte`, `1,912 bytes`, `15.6 KB`, `16 MB`."""
    if number < _EXACT_BYTES:
        return counted(number, "byte")
    amount, unit = number / _STEP, 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:,.1f}".removesuffix(".0") + f" {_UNITS[unit]}"
