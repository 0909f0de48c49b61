"""Every regular expression of the product, and text that would slow a careless one down.

A pattern that backtracks takes time beyond all proportion to the text it fails on. Which text that is depends
on the pattern, so the text is made from it: from one letter for everything it can match, repeated singly,
in pairs and all in turn, with an end that fits nothing.
"""

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any, Final

codes: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

PACKAGES: Final = ("node", "protocol", "schemas")
# It runs over what `_PARAMETERS` has matched as a whole, and there it finds one parameter after the other.
GUARDED: Final = frozenset({"protocol.cavage._PARAMETER"})
LIMIT_SECONDS: Final = 0.5  # of CPU, on a machine shared with others; what backtracks takes minutes
SINGLY: Final = 20_000  # characters: more than any text that a peer can have us match
IN_PAIRS: Final = 2_000
_SOUGHT: Final = re.compile(r"\b(\w+)\.(?:search|sub|finditer|split|findall)\(")
_BEFORE: Final = 6
_FEW: Final = 28
_PAIRED: Final = 10  # letters that are also tried in pairs, those of the pattern's own first
_NO_LETTER: Final = "\x07"  # what no pattern of ours takes

# One letter for every class that patterns commonly have.
_OF_CATEGORY: Final = {
    "CATEGORY_DIGIT": "7",
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": "w",
    "CATEGORY_NOT_SPACE": "x",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A pattern of the product; `is_sought` if it is looked for anywhere in a text, not only as the whole."""

    pattern: re.Pattern[Any]
    is_sought: bool


@cache
def known_patterns() -> dict[str, Known]:
    """Return every pattern that a module of the product keeps, by where it is."""
    found: dict[str, Known] = {}
    for package in PACKAGES:
        home = importlib.import_module(package)
        for listed in pkgutil.walk_packages(home.__path__, f"{package}."):
            module = importlib.import_module(listed.name)
            sought = set(_SOUGHT.findall(inspect.getsource(module)))
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    place = f"{listed.name}.{name}"
                    found[place] = Known(value, name in sought and place not in GUARDED)
    return found


def letters(pattern: re.Pattern[Any]) -> list[str]:
    """Return one letter for everything that a pattern can match, in its order."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    return list(dict.fromkeys(_letters(parser.parse(source, pattern.flags & ~re.DEBUG))))


def _letters(node: Any) -> Iterator[str]:
    if isinstance(node, parser.SubPattern | list):
        for inner in node:
            yield from _letters(inner)
    elif isinstance(node, tuple):
        yield from _letter(node)


def _letter(node: tuple[Any, ...]) -> Iterator[str]:
    kind = node[0]
    if kind is codes.LITERAL:
        yield chr(node[1])
    elif kind is codes.RANGE:
        yield chr(node[1][0])
    elif kind is codes.CATEGORY:
        yield _OF_CATEGORY.get(str(node[1]), "x")
    elif kind in (codes.ANY, codes.NOT_LITERAL):
        yield "x"
    else:
        for inner in node[1:]:
            yield from _letters(inner)


def texts(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Make text on which this pattern would be slow, were it one that backtracks."""
    known = letters(pattern)
    # What stands before a class is often a literal; what is slow beyond bounds is so on a few letters.
    for end, letter in product(range(_BEFORE), known):
        yield "".join(known[:end]) + letter * _FEW + _NO_LETTER
    for end, letter in product(range(1, _BEFORE), known):
        yield "".join(known[:end]) + letter * IN_PAIRS + _NO_LETTER
    for beginning, letter in product(("", "".join(known)), known):
        yield beginning + letter * SINGLY + _NO_LETTER
    yield "".join(known) * (SINGLY // max(len(known), 1)) + _NO_LETTER
    for one, other in product(known[:_PAIRED], repeat=2):
        yield (one + other) * IN_PAIRS + _NO_LETTER


def slow(known: Known) -> str:
    """Say on which text a pattern is slow, "" if on none."""
    pattern = known.pattern
    use = pattern.search if known.is_sought else pattern.fullmatch
    for text in texts(pattern):
        given = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "ignore")
        began = time.thread_time()
        use(given)
        if time.thread_time() - began > LIMIT_SECONDS:
            return f"{text[:20]!r}..., {len(text)} characters"
    return ""
