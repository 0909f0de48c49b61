"""Words for numbers and for months, as plain sentences have them and as people type them."""

from typing import Final

NUMBERS: Final = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
"""The word of each number at its place; larger ones are written in digits."""

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
