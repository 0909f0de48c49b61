"""The picture that an actor shows of itself: which address of those its document names.

Rules that hold here:

- A picture is an address, an image or a link with one, or several of them, of several sizes, however
  wrapped. What is said of its kind and size only helps to choose; the bytes say what they are.
- It is nobody's proof of anything: whoever likes shows the picture of another. So an address at another
  origin is as good as one at the actor's own, and a document is none the worse for a picture that cannot be
  read.

Sources: Activity Vocabulary §4 (`icon`), §3.3 (Image), §5 (Link).
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from protocol import jsonld
from protocol.errors import Unprocessable
from protocol.members import literal

SIDE: Final = 96
"""Pixels of a side as pages show it, twice as many as they take on paper."""
TYPES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
"""The kinds of pictures that are asked for; a drawing that is a document with scripts is none of them."""
_LIMIT_PICTURES: Final = 16  # of one actor; most have one
_LIMIT_CHARACTERS: Final = 2_048  # of an address, as of any other that is fetched
_LARGEST: Final = 100_000  # pixels; what is said to be larger is not known


class _Icon(NamedTuple):
    """One picture, and the pixels of its side where they are said."""

    address: str
    side: int | None


def read_icon(value: Any) -> str:
    """Return the address of the picture that is best for `SIDE` pixels; empty if there is none.

    The smallest that is large enough comes first, then one of which nothing is said, then the largest.
    """
    best, rank = "", (3, 0)
    for place, icon in enumerate(_icons(value)):
        if place == _LIMIT_PICTURES:
            break
        if (found := _rank(icon.side)) < rank:
            best, rank = icon.address, found
    return best


def _rank(side: int | None) -> tuple[int, int]:
    if side is None:
        return (1, 0)
    return (0, side) if side >= SIDE else (2, -side)


def _icons(value: Any) -> Iterator[_Icon]:
    """Go through the pictures that can be asked for, in the order of the document."""
    for picture in jsonld.many(value):
        if not isinstance(picture, dict):
            yield from _icon(picture, {})
            continue
        for link in [*jsonld.many(picture.get("url")), *jsonld.many(picture.get("href"))]:
            if isinstance(link, dict) and "@value" not in link:
                yield from _icon(link.get("href"), {**picture, **link})
            else:
                yield from _icon(link, picture)


def _icon(address: Any, said: dict[str, Any]) -> Iterator[_Icon]:
    text, kind = _plain(address), _plain(said.get("mediaType"))
    if not isinstance(text, str) or len(text) > _LIMIT_CHARACTERS:
        return
    is_shown = not isinstance(kind, str) or kind.partition(";")[0].strip().lower() in TYPES
    if is_shown and text.lower().startswith(("https://", "http://")):
        yield _Icon(text, _side(said.get("width")) or _side(said.get("height")))


def _side(value: Any) -> int | None:
    """Return a number of pixels, whether it was sent as a number or as text."""
    plain = _plain(value)
    if isinstance(plain, str) and plain.isascii() and plain.isdigit() and len(plain) <= len(str(_LARGEST)):
        plain = int(plain)
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not 0 < plain <= _LARGEST:
        return None
    return int(plain)


def _plain(value: Any) -> Any:
    """Return a value however it is wrapped; nothing if there are several."""
    try:
        return literal(value)
    except Unprocessable:
        return None
