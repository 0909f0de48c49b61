"""Whether a thing on a price list is what somebody wants, by the words that both are called by.

Rules that hold here:

- What is wanted is called by the first phrase of its name: `A light touring bike for long tours, used` is a
  light touring bike. Its last word says what it is, the others which. In a language that puts it the other
  way round less is found, and nothing else.
- A thing is called by the words that its list gives it (`words`), phrase by phrase. Without any its name
  serves, in which small words may stand before what it is, but none behind it: a `Bike light` is no bike, and
  a `Touring bike Linden` is one.
- It is alike if it is that, and either has all the other words, or is called by nothing else.
- Where nothing is alike a person is waited for; nothing is offered.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import category

from node.core.items import Item
from protocol.caseless import caseless
from protocol.values import dataclass

# Where a phrase ends; what stands behind it describes.
_ENDS: Final = re.compile(r"[,;:()\[\]/|\u2013\u2014]| - |\. ")
# Words that name nothing, such as articles, and those behind which stands what something is for, of or with.
_EMPTY: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "some",
        "any",
        "one",
        "my",
        "our",
        "new",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "eines",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "des",
        "un",
        "une",
        "le",
        "la",
        "les",
        "l",
        "du",
        "el",
        "los",
        "las",
        "una",
        "uno",
        "unos",
        "unas",
        "il",
        "lo",
        "gli",
        "een",
        "het",
    ]
)
_TURNS: Final = frozenset(
    [
        "for",
        "with",
        "without",
        "in",
        "on",
        "of",
        "at",
        "from",
        "to",
        "by",
        "under",
        "over",
        "per",
        "about",
        "für",
        "mit",
        "ohne",
        "im",
        "am",
        "auf",
        "aus",
        "von",
        "zu",
        "zum",
        "zur",
        "bis",
        "unter",
        "über",
        "pour",
        "avec",
        "sans",
        "dans",
        "sur",
        "en",
        "de",
        "d",
        "à",
        "para",
        "con",
        "sin",
        "del",
        "al",
        "senza",
        "di",
        "da",
        "voor",
        "met",
        "zonder",
        "van",
        "op",
    ]
)
_IN_BRACKETS: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
# Signs of a plural, and what stands there in the singular; the first that fits counts.
_PLURALS: Final = (
    *(("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ies", "y"), ("ss", "ss"), ("us", "us")),
    ("s", ""),
)
_SHORTEST: Final = 3  # letters of a word that has no sign of its plural


@dataclass(frozen=True, slots=True)
class Called:
    """What something is called: `kind` is what it is, `words` are all that say which, that one included."""

    kind: str
    words: frozenset[str]


def wanted_by(name: str) -> Called | None:
    """Return what is wanted under this name; None if it says nothing."""
    words = _words(_phrase(name))
    named = [word for word in words if not word[0].isdigit()]  # a number says which, as in `iPhone 15`
    return Called((named or words)[-1], frozenset(words)) if words else None


def called(name: str, given: Sequence[str]) -> list[Called]:
    """Return all that a thing on a price list can be called, by its name and the words that it was given."""
    if given:
        return [found for found in map(wanted_by, given) if found is not None]
    spelled = _spelled(_phrase(name))
    words = frozenset(_stem(word) for word in spelled)
    return [Called(_stem(word), words) for word in _kinds(spelled)]


def is_like(wanted: Called, item: Item) -> bool:
    """Tell whether a thing on a price list is what is wanted."""
    described = _described(item)
    return any(
        found.kind == wanted.kind and (wanted.words <= found.words | described or found.words <= wanted.words)
        for found in called(item.name, item.words)
    )


def _phrase(name: str) -> str:
    """Return the first phrase of a name that has a word in it; what stands in brackets only describes."""
    phrases = (phrase for phrase in _ENDS.split(_IN_BRACKETS.sub(" ", name)) if _spelled(phrase))
    return next(phrases, "")


def _spelled(text: str) -> list[str]:
    """Return the words of a phrase up to one behind which stands what it is for, as they are spelled."""
    found: list[str] = []
    for word in _split(text):
        plain = caseless(word)
        if plain in _TURNS and found:
            break
        if plain not in _EMPTY and plain not in _TURNS:
            found.append(word)
    return found


def _split(text: str) -> Iterator[str]:
    """Yield the words of a text: letters with their marks, and digits; anything else stands between words."""
    word = ""
    for sign in text:
        if category(sign)[0] in "LMN":
            word += sign
        elif word:
            yield word
            word = ""
    if word:
        yield word


def _words(phrase: str) -> list[str]:
    return [_stem(word) for word in _spelled(phrase)]


def _kinds(spelled: Sequence[str]) -> Iterator[str]:
    """Yield the words of a name that can say what it is: behind them stands nothing, or a name of its own."""
    for word, behind in zip(spelled, [*spelled[1:], ""], strict=False):
        if not behind[:1].islower():
            yield word


def _stem(word: str) -> str:
    """Return a word without regard to case, and as one thing is called."""
    stem = caseless(word)
    for ending, one in _PLURALS:
        if len(stem) > _SHORTEST and stem.endswith(ending):
            return stem.removesuffix(ending) + one
    return stem


def _described(item: Item) -> frozenset[str]:
    """Return the words that describe a thing: the other phrases of its name, and its properties."""
    phrases = _ENDS.split(_IN_BRACKETS.sub(r", \1 ,", item.name))
    values = [stated.value for stated in item.properties]
    return frozenset(word for phrase in (*phrases, *values) for word in _words(phrase))
