"""Giveaways: where a limit price that nobody is to know would be told all the same, in the owner's own words.

Rules here: it is said before anything is sent, and forbids nothing: a number may be there for another reason.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from protocol.intentions import Intention
from protocol.withholding import BudgetBand

IN_WORDS: Final = "Your limit price stands in the words that are told."
IN_BUDGET: Final = "Your limit price is an end of the budget that is told."

_NUMBER: Final = re.compile(r"\d+(?:[.,'\u2019 \u00a0\u202f]\d+)*")


def giveaways(intention: Intention, band: BudgetBand | None, limit: Decimal | None) -> list[str]:
    """Say where a limit price would be told by the words or the band of the budget; nothing if nowhere."""
    if limit is None:
        return []
    texts = [intention.name, intention.content, intention.place or ""]
    texts += [wanted.value for wanted in intention.specifications if wanted.value is not None]
    bounds = {bound for wanted in intention.specifications for bound in (wanted.at_least, wanted.at_most)}
    said = []
    if limit in bounds or any(limit in {*_numbers(text)} for text in texts):
        said.append(IN_WORDS)
    if band is not None and limit in (band.least, band.most):
        said.append(IN_BUDGET)
    return said


def _numbers(text: str) -> Iterator[Decimal]:
    """Yield what the numbers in a text may mean, whatever its signs for thousands and decimals are."""
    for found in _NUMBER.finditer(text):
        digits = re.split(r"\D", found[0])
        yield Decimal("".join(digits))
        if len(digits) > 1:
            yield Decimal("".join(digits[:-1]) + "." + digits[-1])
