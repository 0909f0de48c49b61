"""Text changes: what the plain text of terms about data says that the one before did not, and the reverse.

Rules here: pure; a sentence is a line of the text, as it is signed. What a permission changes stands behind
the data that it is about, because its lines say nothing alone; one with other data is told whole.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from protocol.plain_texts import plain_text
from protocol.terms import DataTerms, TermsLanguage

_PERMISSION: Final = re.compile(r"4\.\d+")


class TextChanges(NamedTuple):
    """The sentences that are gone, and those that are new, each in the order of their text."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


def text_changes(before: DataTerms, after: DataTerms, language: TermsLanguage) -> TextChanges:
    """Return in which sentences the plain texts of two terms differ."""
    former, latter = _blocks(before, language), _blocks(after, language)
    both = Counter(_lead(block) for block in former if _lead(block))
    kept = {lead for lead, number in both.items() if number == 1} & {
        lead for lead, number in Counter(map(_lead, latter)).items() if number == 1
    }
    was, becomes = (list(_sentences(blocks, kept)) for blocks in (former, latter))
    return TextChanges(_without(was, becomes), _without(becomes, was))


def _blocks(terms: DataTerms, language: TermsLanguage) -> list[list[str]]:
    return [block.splitlines() for block in plain_text(terms, language).rstrip("\n").split("\n\n")]


def _lead(block: list[str]) -> str:
    """Return the data that a permission is about, and what is done with them; "" for what is none."""
    return " ".join(block[1:3]) if _PERMISSION.fullmatch(block[0]) else ""


def _sentences(blocks: Iterable[list[str]], kept: set[str]) -> Iterator[str]:
    for block in blocks:
        lead = _lead(block)
        if lead in kept:
            yield from (f"{lead} {line}" for line in block[3:])
        elif lead:
            yield " ".join(block[1:])
        else:
            yield from block[1:]


def _without(some: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    left, found = Counter(others), []
    for sentence in some:
        if left[sentence]:
            left[sentence] -= 1
        else:
            found.append(sentence)
    return tuple(found)
