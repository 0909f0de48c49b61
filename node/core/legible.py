"""Text of people: which signs may stand in a name, a title or a message, so that all that is there is read.

Rules that hold here:

- No sign may reorder what is read, end a line, be drawn as nothing, or mean nothing.
- Joiners are part of writing: between emoji, in the scripts that need them, and in the flags that are spelled
  with tags. Anywhere else they only make two texts look alike.
- Emoji newer than this Python are emoji: whatever stands in their blocks is drawn as something.
- Selectors choose among pictures of emoji, ideographs and Mongolian letters. Elsewhere they hide data.
- A letter carries at most `MARKS` marks: no living script needs more, "zalgo" text piles up thousands.

Sources: UTS 51 §2 (emoji sequences), UAX 31 §2.3 (joiners), UAX 9 (what reorders), Unicode 15.1 §23.4
(selectors).
"""

import re
from typing import Final
from unicodedata import category, combining

MARKS: Final = 4  # Vietnamese stacks two, Hebrew with cantillation three, Tibetan four

_MARKS: Final = frozenset({"Mn", "Me"})
# Controls, formats (what reorders, zero-width, tags), surrogates, private and unassigned, line separators.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, symbols and marks that are drawn as nothing at all: the fillers of Hangul, the empty pattern of
# Braille, two vowels of Khmer that nobody writes, a mark that joins other marks.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\u17b4\u17b5\u034f")
# Formats that are drawn: signs that stand around a number or before a verse.
_DRAWN: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u0890\u0891\u08e2\U000110bd\U000110cd")
_JOINER: Final = "\u200d"
_JOINERS: Final = frozenset("\u200c\u200d")
_VIRAMA: Final = 9  # its canonical combining class: the letter before it loses its vowel
_PRESENTATION: Final = "\ufe0f"  # may follow an emoji and asks for its picture
# Each kind of selector with what it may follow.
_SELECTED: Final = (
    (re.compile("[\ufe0e\ufe0f]"), re.compile("[0-9#*\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")),
    (
        re.compile("[\ufe00-\ufe02\U000e0100-\U000e01ef]"),
        re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    ),
    (re.compile("[\u180b-\u180d\u180f]"), re.compile("[\u1820-\u18aa]")),
)
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f]")
SKINS: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
# A black flag with the letters of a region as tags, such as that of Scotland.
_FLAG: Final = re.compile("\U0001f3f4([\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)")
_EMOJI: Final = re.compile("[\U0001f000-\U0001faff]")
# Arabic and Syriac with their neighbours, the scripts of India and around it, Khmer and Mongolian.
_JOINING: Final = re.compile(
    "[\u0600-\u07ff\u0840-\u08ff\u0900-\u109f\u1780-\u18af\ua840-\ua87f\ufb50-\ufdff\ufe70-\ufefc]"
)


def is_line(text: str) -> bool:
    """Tell whether a text is one line of which a reader sees everything."""
    return not unseen(text)


def unseen(text: str) -> list[int]:
    """Return the places of the signs that may not stand in a line, in their order."""
    if text.isascii() and text.isprintable():
        return []
    tags = {place for flag in _FLAG.finditer(text) for place in range(*flag.span(1))}
    places: list[int] = []
    marks = 0
    for place, sign in enumerate(text):
        kind = category(sign)
        marks = marks + 1 if kind in _MARKS else 0
        if _SELECTORS.match(sign):
            hidden = not _selects(text[place - 1 : place], sign)
        else:
            hidden = kind in _UNSEEN and place not in tags and not _is_drawn(text, place)
        if hidden or marks > MARKS or sign in _BLANK:
            places.append(place)
    return places


def _is_drawn(text: str, place: int) -> bool:
    sign = text[place]
    if sign in _JOINERS:
        return _joins(text, place)
    return sign in _DRAWN or _EMOJI.match(sign) is not None


def _selects(before: str, sign: str) -> bool:
    """Tell whether a selector chooses among pictures of the sign before it."""
    for selector, selected in _SELECTED:
        if selector.match(sign):
            return selected.match(before) is not None
    return False


def _joins(text: str, place: int) -> bool:
    """Tell whether a joiner at a place is part of what is written there."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if text[place] == _JOINER and is_emoji(text[:place].rstrip(_PRESENTATION)[-1:]) and is_emoji(after):
        return True
    if not before or _JOINING.match(before) is None:
        return False
    return combining(before) == _VIRAMA or (_JOINING.match(after) is not None)


def is_emoji(sign: str) -> bool:
    """Tell whether a sign is a picture, or a skin of one."""
    return bool(sign) and (category(sign) == "So" or sign in SKINS or _EMOJI.match(sign) is not None)
