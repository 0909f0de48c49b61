"""Words of others: names and texts of peers, made harmless before a page shows them.

Rules here: what is invisible or turns the direction of a text is taken out, and the page says that it was; a
name is one line of at most 60 graphemes; a text keeps its line breaks and is never hypertext. Joiners stay
where a script or a picture needs them. A mark is stacked on a letter at most four times.

Sources: Unicode 15.1 chapter 23 (special areas and format characters), UAX #9 (directional formatting), UAX
#29 (graphemes; here the part of it that names need), UTR #36 §3 (what cannot be seen).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

NAME_GRAPHEMES: Final = 60
SHOWN_CHARACTERS: Final = 600
"""Of a longer text this much is shown, the rest on demand."""
_MOST_MARKS: Final = 4  # Vietnamese stacks two, Hebrew with cantillation three, Tibetan four
_BLANK_LINES: Final = 2

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINERS: Final = "\u200c\u200d"
_PICTURED: Final = "\ufe0f"  # asks for the coloured picture of a sign
# Seen by nobody, though Unicode calls them letters, marks or symbols.
_UNSEEN: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f\u180b\u180c\u180d\u180f")
_OTHER: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SIGNS: Final = frozenset({"So", "Sk", "Sm"})
_FIRST_JOINED_SCRIPT: Final = "\u0600"  # Arabic; scripts before it need no joiner


@dataclass(frozen=True, slots=True)
class Words:
    """A text made harmless: `hidden` says that characters were taken out, `cut` that it went on."""

    text: str
    hidden: bool = False
    cut: bool = False

    @property
    def beginning(self) -> str:
        """What is shown at once."""
        return self.text[:SHOWN_CHARACTERS]

    @property
    def rest(self) -> str:
        """What is shown on demand."""
        return self.text[SHOWN_CHARACTERS:]

    @property
    def initials(self) -> str:
        """What stands for it where a picture would."""
        words = [word for word in self.text.split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"


def name(text: object) -> Words:
    """Return a name in one line of at most 60 graphemes."""
    seen, hidden = _visible(" ".join(str(text or "").split()))
    whole = " ".join(seen.split())
    parts = _graphemes(whole, NAME_GRAPHEMES + 1)
    if len(parts) <= NAME_GRAPHEMES:
        return Words(whole, hidden)
    return Words("".join(parts[:NAME_GRAPHEMES]).rstrip() + "…", hidden, cut=True)


def line(text: object) -> Words:
    """Return an address, or what else is read letter by letter, in one line and whole."""
    return Words(*_visible(" ".join(str(text or "").split())))


def called(property: object) -> Words:
    """Return the name of a property as words: `fuelConsumption` is fuel consumption, an address its end."""
    end = str(property or "").rstrip("/#").rpartition("/")[2].rpartition("#")[2]
    return name(_CAMEL.sub(" ", end).lower() if _CAMEL.search(end) else end)


def host(address: object) -> Words:
    """Return whose server an address is at: its host, which nobody can dress up as another."""
    return name(str(address or "").partition("://")[2].partition("/")[0])


def prose(text: object) -> Words:
    """Return a text with its line breaks, of empty lines at most two together."""
    lines = [_visible(line.rstrip()) for line in str(text or "").splitlines()]
    kept: list[str] = []
    for line, _ in lines:
        if line or any(kept[-_BLANK_LINES:]):
            kept.append(line)
    return Words("\n".join(kept).strip("\n"), any(hidden for _, hidden in lines))


def _visible(text: str) -> tuple[str, bool]:
    """Return what of a text can be seen, and whether there was more."""
    kept: list[str] = []
    marks = 0
    for place, character in enumerate(text):
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS and _is_shown(text, place, character):
            kept.append(character)
    return "".join(kept), len(kept) < len(text)


def _is_shown(text: str, place: int, character: str) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if character in _JOINERS:
        return _is_joined(before, after)
    if character == _PICTURED:
        return before != "" and unicodedata.category(before) in {*_SIGNS, "Nd", "Po"}
    if character == "\t":
        return True
    is_selector = "\ufe00" <= character <= "\ufe0e" or "\U000e0100" <= character <= "\U000e01ef"
    return not (character in _UNSEEN or is_selector or unicodedata.category(character) in _OTHER)


def _is_joined(before: str, after: str) -> bool:
    """Tell whether a joiner stands where it changes what is seen: in a picture, or in a script that joins."""
    if not before or not after:
        return False
    kinds = unicodedata.category(before), unicodedata.category(after)
    if before == _PICTURED or kinds[0] in _SIGNS:
        return kinds[1] in _SIGNS
    letters = all(kind[0] in "LM" for kind in kinds)
    return letters and min(before, after) >= _FIRST_JOINED_SCRIPT


def _graphemes(text: str, most: int) -> list[str]:
    """Return the first graphemes of a text."""
    found: list[str] = []
    for character in text:
        if found and _continues(found[-1], character):
            found[-1] += character
        elif len(found) == most:
            break
        else:
            found.append(character)
    return found


def _continues(before: str, character: str) -> bool:
    """Tell whether a character belongs to the grapheme before it (UAX #29 GB6 to GB13, in part)."""
    if unicodedata.category(character) in {"Mn", "Me", "Mc"} or character in _JOINERS:
        return True
    is_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    is_vowel = "\u1160" <= character <= "\u11ff"
    halves = _is_half_flag(character) and len(before) == 1 and _is_half_flag(before)
    return is_tone or is_vowel or halves or before[-1] == "\u200d"


def _is_half_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
