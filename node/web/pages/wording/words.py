"""Words of others: names and texts of peers, made harmless before a page shows them.

Rules here: what is invisible or turns the direction of a text (`node.core.legible`) is taken out, and the
page says that it was; a name is one line of at most 60 graphemes, and is marked where it could pass for
another; what is signed is never cut; a text keeps its line breaks and is never hypertext.

Sources: UAX #29 (graphemes; here the part of it that names need), UTS #39 (names that look alike).
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from node.core.legible import unseen
from protocol.values import dataclass

NAME_GRAPHEMES: Final = 60
SHOWN_CHARACTERS: Final = 600
"""Of a longer text this much is shown, the rest on demand."""
_BLANK_LINES: Final = 2
_ALIKE: Final = frozenset({"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LATIN", "LISU"})
_DRAWN_AS: Final = "<font>"  # how a letter is drawn and which it is, as of formulas: no name is written so
# What a page says itself, by a picture or as a word: a name that says so is not ours.
_SEALS: Final = re.compile(
    "[\u237b\u2611\u26e8\u2705\u2713\u2714\U00010102\U0001f396\U0001f3c5\U0001f50f-\U0001f513"
    "\U0001f5dd\U0001f5f8\U0001f5f9\U0001f6e1\U0001f947-\U0001f949\U0001fbb1]"
)
_OURS: Final = frozenset(
    {"dein knoten", "du", "freehold", "ihr", "ihr knoten", "sie", "they", "you", "your node"}
)
_SMALL: Final = "LATIN LETTER SMALL CAPITAL "

_FROM_THE_RIGHT: Final = frozenset({"R", "AL", "AN"})
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ADDRESS: Final = re.compile(r"https?://\S+")
_AFTER_HOST: Final = re.compile(r"[/?#\\]")  # what a browser ends a host with, too
_JOINERS: Final = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Words:
    """A text made harmless: `hidden` says that characters were taken out, `cut` that it went on.

    `mixed` says that a word of it has letters of two alphabets that look alike, `posing` that it has a
    picture or is a word by which pages say what the node found.
    """

    text: str
    hidden: bool = False
    cut: bool = False
    mixed: bool = False
    posing: bool = False

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


def exact(text: str) -> Words:
    """Return JSON as it stands, in which signs that are not seen are written out, as JSON lets them be."""
    signs = list(text)
    for place in unseen(text):
        signs[place] = json.dumps(text[place])[1:-1]
    return Words("".join(signs), hidden=len(signs) != sum(map(len, signs)))


def name(text: object) -> Words:
    """Return a name in one line of at most 60 graphemes."""
    said = whole(text)
    parts = [] if len(said.text) <= NAME_GRAPHEMES else _graphemes(said.text, NAME_GRAPHEMES + 1)
    if len(parts) <= NAME_GRAPHEMES:  # no text has more graphemes than characters
        return said
    return replace(said, text="".join(parts[:NAME_GRAPHEMES]).rstrip() + "…", cut=True)


def whole(text: object) -> Words:
    """Return a name in one line, all of it: what is compared or signed may say its worst at its end."""
    seen, hidden = _visible(" ".join(str(text or "").split()))
    said = " ".join(seen.split())
    return Words(said, hidden, mixed=_is_mixed(said), posing=_is_posing(said))


def namesakes(peers: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return which of some peers, by their addresses, are called as another of them is: anybody may be."""
    named: dict[str, set[str]] = {}
    for peer in peers:
        named.setdefault(_read_as(str(peer["name"])), set()).add(str(peer["iri"]))
    return frozenset(iri for those in named.values() if len(those) > 1 for iri in those)


def isolated(text: str) -> str:
    """Return a line of others in its own direction, where no markup keeps it from turning its neighbours."""
    turned = any(unicodedata.bidirectional(character) in _FROM_THE_RIGHT for character in text)
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if turned else text


def line(text: object) -> Words:
    """Return an address, or what else is read letter by letter, in one line and whole."""
    return Words(*_visible(" ".join(str(text or "").split())))


def called(property: object) -> Words:
    """Return the name of a property as words: `fuelConsumption` is fuel consumption, an address its end."""
    said = str(property or "")
    if _ADDRESS.fullmatch(said):
        said = said.rstrip("/#").rpartition("/")[2].rpartition("#")[2]
    return whole(_CAMEL.sub(" ", said).lower() if _CAMEL.search(said) else said)


def host(address: object) -> Words:
    """Return whose server an address is at: its host, which nobody can dress up as another.

    Whose a host is stands at its end, so a long one loses its beginning: its first labels are free to choose.
    What comes behind it, a path or a query, is free to choose as well, and is not shown.
    """
    place = _AFTER_HOST.split(str(address or "").partition("://")[2], maxsplit=1)[0]
    seen, hidden = _visible("".join(place.split()))
    cut = len(seen) > NAME_GRAPHEMES
    return Words("…" + seen[-NAME_GRAPHEMES:] if cut else seen, hidden, cut=cut, mixed=_is_mixed(seen))


def prose(text: object) -> Words:
    """Return a text with its line breaks, of empty lines at most two together."""
    lines = [_visible(line.rstrip()) for line in str(text or "").splitlines()]
    kept: list[str] = []
    for line, _ in lines:
        if line or any(kept[-_BLANK_LINES:]):
            kept.append(line)
    return Words("\n".join(kept).strip("\n"), any(hidden for _, hidden in lines))


def _is_mixed(text: str) -> bool:
    """Tell whether a word has letters of two alphabets that look alike (UTS #39 §5.1, in part)."""
    if text.isascii():  # nothing but Latin letters: nearly every name
        return False
    if any(unicodedata.decomposition(letter).startswith(_DRAWN_AS) for letter in text):
        return True
    return any(len(_ALIKE & {_alphabet(letter) for letter in word}) > 1 for word in text.split())


def _is_posing(text: str) -> bool:
    """Tell whether a name says what only the page can: letters in circles and marks around make no other."""
    return _SEALS.search(text) is not None or _read_as(text) in _OURS


def _read_as(text: str) -> str:
    """Return a name as it is read: its letters and figures, however they are drawn and what is between."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(_letter(sign) if sign.isalnum() else " " for sign in plain).split())


def _letter(sign: str) -> str:
    """Return a letter as it is read: a small one for a capital that is drawn small."""
    called = unicodedata.name(sign, "")
    return called[-1].lower() if called[:-1] == _SMALL else sign


def _alphabet(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _visible(text: str) -> tuple[str, bool]:
    """Return what of a line can be seen, and whether there was more; tabs are room."""
    kept = text
    while places := frozenset(
        unseen(kept.replace("\t", " "))
    ):  # what is taken out may have parted what is left
        kept = "".join(character for place, character in enumerate(kept) if place not in places)
    return kept, kept != text


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
