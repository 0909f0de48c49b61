"""What may stand in an operation's query: each parameter by name, how its text is read, and its schema."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from node.core.legible import is_line
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One query parameter: `read` turns its text into a value or raises ValueError; `schema` describes it."""

    name: str
    description: str
    read: Callable[[str], object]
    schema: Mapping[str, Any]


def _text(limit: int) -> Callable[[str], object]:
    def read(text: str) -> str:
        if not 0 < len(text) <= limit or not is_line(text):
            raise ValueError(f"must be 1 to {limit} printable characters")
        return text

    return read


def text(name: str, description: str, *, limit: int = 200) -> Parameter:
    """Return a parameter of printable text."""
    schema = {"type": "string", "minLength": 1, "maxLength": limit}
    return Parameter(name=name, description=description, read=_text(limit), schema=schema)


def choice(name: str, description: str, *words: str) -> Parameter:
    """Return a parameter that is one of a few words; its value is that word as given here."""
    by_text = {str(word): word for word in words}

    def read(text: str) -> str:
        if text not in by_text:
            raise ValueError(f"must be one of: {', '.join(by_text)}")
        return by_text[text]

    schema = {"type": "string", "enum": list(by_text)}
    return Parameter(name=name, description=description, read=read, schema=schema)


def flag(name: str, description: str) -> Parameter:
    """Return a parameter that is true or false."""

    def read(text: str) -> bool:
        if text not in {"true", "false"}:
            raise ValueError("must be true or false")
        return text == "true"

    return Parameter(name=name, description=description, read=read, schema={"type": "boolean"})


def whole(name: str, description: str, *, least: int, most: int) -> Parameter:
    """Return a parameter that is a whole number."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 16 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name=name, description=description, read=read, schema=schema)


DRY_RUN: Final = flag("dry_run", "Whether to answer what would be, and do nothing.")
ACTOR: Final = text("actor", "Handle of the actor that acts; the first one if left out.", limit=32)
PAGE: Final = (
    text("cursor", "Where to go on: `next` of the page before."),
    whole("limit", "Most items on one page.", least=1, most=100),
)
