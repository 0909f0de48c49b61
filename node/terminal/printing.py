r"""What may be printed: no text from a peer reaches a terminal unescaped, and JSON keeps its exact value.

Rules here: pure; `\u` escapes spell what a terminal could obey, hide or reorder.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

from node.core.legible import SKINS, unseen

_MARKS: Final = frozenset({"Mn", "Me"})
# Marks and joiners are drawn with what stands before them.
_DRAWN_WITHIN: Final = _MARKS | {"Cf"}
# Emoji that are one picture with the one before.
_JOINED: Final = re.compile("\u200d[\u203c-\u3299\U0001f000-\U0001faff]")
_WIDE: Final = frozenset({"W", "F"})
# What `json.dumps(ensure_ascii=False)` leaves raw and a terminal may obey; it stands inside strings only.
_RAW_IN_JSON: Final = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """Return `text` on one line with everything a terminal could obey, hide or reorder spelled out.

    What a reader would not see (`node.core.legible`) becomes Python escapes; any space becomes a plain one;
    marks beyond the most that one letter carries become one `⍰`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_neutral(text))


def _neutral(text: str) -> Iterator[str]:
    hidden = frozenset(unseen(text))
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        if place in hidden and category in _MARKS:
            yield "" if place - 1 in hidden else "⍰"
        elif place in hidden:
            yield _escape(ord(character))
        else:
            yield " " if category == "Zs" else character


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
    joined = _JOINED.sub("", text)
    return sum(_cells(character) for character in joined)


def _cells(character: str) -> int:
    if unicodedata.category(character) in _DRAWN_WITHIN or character in SKINS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def as_json(document: Any, *, indent: int | None = None) -> str:
    """Return `document` as JSON text that is exact and still safe to show on a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    if _RAW_IN_JSON.search(text) is None:
        return text
    hidden = frozenset(unseen(text))
    return _RAW_IN_JSON.sub(
        lambda found: json.dumps(found[0])[1:-1] if found.start() in hidden else found[0], text
    )


def fields(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield `name  value` lines with the values in one column; empty values are left out."""
    shown = [(name, printable(value)) for name, value in pairs if value]
    longest = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        yield f"  {name.ljust(longest)}  {value}"
