"""Markdown as the pages are written in it: lines of at most 120 characters, one way to spell each thing.

Rules here: a line is broken between words only, never inside one; a long text stands in a list, not in a
table, because a row of a table cannot be broken.
"""

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Final

WIDTH: Final = 120
MADE: Final = "<!-- Made from the code by `make docs`: change the code, not this page. -->"


def page(title: str, *parts: str) -> str:
    """Return a generated page: what it is, its title, and its parts with an empty line between them."""
    return "\n\n".join([MADE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def prose(text: str) -> str:
    """Return a paragraph, broken into lines."""
    return _fill(text, first="", rest="")


def item(text: str, *, depth: int = 0) -> str:
    """Return an item of a list, or at a depth of a list within one, broken into lines."""
    pad = "  " * depth
    return _fill(text, first=f"{pad}- ", rest=f"{pad}  ")


def items(texts: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(item(text) for text in texts)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell is escaped."""
    lines = [list(header), ["---"] * len(header), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: object) -> str:
    """Return a word of the code."""
    return f"`{text}`"


def codes(words: Iterable[object]) -> str:
    """Return several words of the code, with commas between them."""
    return ", ".join(code(word) for word in words)


def anchor(title: str) -> str:
    """Return the address, within its page, of the heading `title`, as GitHub and GitLab make it."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in "-_ ")
    return "#" + kept.replace(" ", "-")


def json_block(value: Any) -> str:
    """Return a JSON document as a fenced block; what fits on a line stands on one."""
    return f"```json\n{pretty(value)}\n```"


def pretty(value: Any, *, indent: int = 0, taken: int = 0) -> str:
    """Write JSON over as few lines of at most 110 characters as its structure allows.

    `taken` is what already stands on the first line.
    """
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + taken + len(line) <= WIDTH - 10:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        members = [pad + pretty(member, indent=indent + 2) for member in value]
        return "[\n" + ",\n".join(members) + "\n" + " " * indent + "]"
    members = [
        f"{pad}{json.dumps(name)}: {pretty(member, indent=indent + 2, taken=len(name) + 4)}"
        for name, member in value.items()
    ]
    return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"


def _fill(text: str, *, first: str, rest: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
