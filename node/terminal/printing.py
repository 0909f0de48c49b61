r"""What may be printed: no text from a peer reaches a terminal unescaped, and JSON keeps its exact value.

Rules here: pure; `\u` escapes spell what a terminal could obey, hide or reorder.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

# A letter carries at most this many marks: no living script needs more, "zalgo" text piles up thousands.
marks_limit: Final = 8

_MARKS: Final = frozenset({"Mn", "Me"})
# Controls, formats (bidi overrides, zero-width, tags), surrogates, private and unassigned, line separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and symbols that are drawn as nothing at all: the fillers of Hangul, the empty pattern of Braille.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_JOINER: Final = "\u200d"
_PRESENTATION: Final = "\ufe0f"  # may follow an emoji and asks for its picture
_SKINS: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_WIDE: Final = frozenset({"W", "F"})
# What `json.dumps(ensure_ascii=False)` leaves raw and a terminal may obey; it stands inside strings only.
_RAW_IN_JSON: Final = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """Return `text` on one line with everything a terminal could obey, hide or reorder spelled out.

    Controls (C0, DEL, C1), bidi and other format characters, line separators, surrogates and unassigned
    characters become Python escapes; any space becomes a plain one; marks beyond `marks_limit` on one
    letter become one `⍰`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_neutral(text))


def _neutral(text: str) -> Iterator[str]:
    marks = 0
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        if character == _JOINER and _joins_emoji(text, place):
            yield character
            continue
        marks = marks + 1 if category in _MARKS else 0
        if marks > marks_limit:
            yield "⍰" if marks == marks_limit + 1 else ""
        elif category in _HIDDEN or character in _BLANK:
            yield _escape(ord(character))
        else:
            yield " " if category == "Zs" else character


def _joins_emoji(text: str, place: int) -> bool:
    """Tell whether the joiner at a place stands between two emoji, as in a family (Unicode TS 51 §2.2)."""
    before = text[:place].rstrip(_PRESENTATION)[-1:]
    return _is_emoji(before) and _is_emoji(text[place + 1 : place + 2])


def _is_emoji(character: str) -> bool:
    return bool(character) and (unicodedata.category(character) == "So" or character in _SKINS)


def _escape(point: int) -> str:
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def paragraphs(text: str) -> list[str]:
    """Return the lines of a longer text, each of them printable."""
    return [printable(line) for line in text.splitlines()]


def width(text: str) -> int:
    """Return how many terminal cells a printable text takes (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    # What is joined is one picture.
    joined = re.sub(f"{_JOINER}.", "", text)
    return sum(_cells(character) for character in joined)


def _cells(character: str) -> int:
    if unicodedata.category(character) in _MARKS or character in _SKINS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def as_json(document: Any, *, indent: int | None = None) -> str:
    """Return `document` as JSON text that is exact and still safe to show on a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return _RAW_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


def fields(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield `name  value` lines with the values in one column; empty values are left out."""
    shown = [(name, printable(value)) for name, value in pairs if value]
    longest = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        yield f"  {name.ljust(longest)}  {value}"
