"""Check a document of the owner's API against its JSON Schema, the same one the OpenAPI document shows.

The schemas in `components` use a small part of JSON Schema 2020-12, and this file reads exactly that part;
a test compares the verdicts with those of a complete implementation. Rules here: the first thing that is
wrong is named by its place, a path of member names that stand in the schema and of positions, so nothing of
what was sent comes back; unknown members are refused, because a misspelt `limit_price` must not be lost.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from node.core import codes
from protocol.errors import Unprocessable

Schema: TypeAlias = Mapping[str, Any]

_TYPES: Final[Mapping[str, Callable[[object], bool]]] = MappingProxyType(
    {
        "object": lambda value: isinstance(value, dict),
        "array": lambda value: isinstance(value, list),
        "string": lambda value: isinstance(value, str),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "boolean": lambda value: isinstance(value, bool),
        "null": lambda value: value is None,
    }
)
_NAMES: Final = {  # in the order in which they are said
    "integer": "a whole number",
    "boolean": "a boolean",
    "string": "a string",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def check(document: object, schema: Schema, *, components: Mapping[str, Schema], at: str = "") -> None:
    """Check `document`; `components` holds the schemas that `$ref` names.

    Raises:
        Unprocessable: `invalid-shape`, with the place and what was expected there.
    """
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        _check_any(document, schema, components, at)
        return
    _check_type(document, schema, at)
    if "enum" in schema and document not in schema["enum"]:
        words = ", ".join(str(word) for word in schema["enum"] if word is not None)
        raise _wrong(at, f"must be one of: {words}")
    if isinstance(document, str):
        _check_text(document, schema, at)
    elif isinstance(document, int) and not isinstance(document, bool):
        _check_number(document, schema, at)
    elif isinstance(document, list):
        _check_list(document, schema, components, at)
    elif isinstance(document, dict):
        _check_object(document, schema, components, at)


def _wrong(at: str, expectation: str) -> Unprocessable:
    return Unprocessable(codes.INVALID_SHAPE, f"{at or 'The body'} {expectation}.")


def _check_any(document: object, schema: Schema, components: Mapping[str, Schema], at: str) -> None:
    """Accept what one of the alternatives accepts.

    What fails all is reported against the last of its own kind; what is of no kind of theirs, with them all.
    """
    refused: Unprocessable | None = None
    kinds: list[str] = []
    for alternative in _alternatives(schema, components):
        expected = _types(alternative)
        kinds += expected
        if expected and not any(_TYPES[name](document) for name in expected):
            continue
        try:
            check(document, alternative, components=components, at=at)
        except Unprocessable as error:
            refused = error
        else:
            return
    raise refused or _wrong_type(at, kinds)


def _alternatives(schema: Schema, components: Mapping[str, Schema]) -> Iterator[Schema]:
    """Yield what a schema lets one choose from, each by itself."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    for alternative in schema.get("anyOf", ()):
        yield from _alternatives(alternative, components)
    if "anyOf" not in schema:
        yield schema


def _types(schema: Schema) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _check_type(document: object, schema: Schema, at: str) -> None:
    types = _types(schema)
    if types and not any(_TYPES[name](document) for name in types):
        raise _wrong_type(at, types)


def _wrong_type(at: str, types: Sequence[str]) -> Unprocessable:
    expected = " or ".join(words for name, words in _NAMES.items() if name in types)
    return _wrong(at, f"must be {expected}")


def _check_text(text: str, schema: Schema, at: str) -> None:
    if len(text) < schema.get("minLength", 0):
        raise _wrong(at, "must not be empty")
    if len(text) > schema.get("maxLength", len(text)):
        raise _wrong(at, f"must have at most {schema['maxLength']} characters")
    if "pattern" in schema and not _compiled(schema["pattern"]).search(text):
        raise _wrong(at, f"must be {schema['description']}")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    # ECMA's `$` ends the text, Python's lets a line feed follow.
    return re.compile(pattern.replace("$", r"\Z"))


def _check_number(number: int, schema: Schema, at: str) -> None:
    if not schema.get("minimum", number) <= number <= schema.get("maximum", number):
        raise _wrong(at, f"must be from {schema.get('minimum')} to {schema.get('maximum')}")


def _check_list(items: list[Any], schema: Schema, components: Mapping[str, Schema], at: str) -> None:
    if len(items) < schema.get("minItems", 0):
        raise _wrong(at, f"must have at least {schema['minItems']} items")
    if len(items) > schema.get("maxItems", len(items)):
        raise _wrong(at, f"must have at most {schema['maxItems']} items")
    for position, item in enumerate(items):
        check(item, schema["items"], components=components, at=f"{at}[{position}]")


def _check_object(
    document: dict[str, Any], schema: Schema, components: Mapping[str, Schema], at: str
) -> None:
    members: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in document:
            raise _wrong(_join(at, name), "is missing")
    if schema.get("additionalProperties", True) is False and not document.keys() <= members.keys():
        raise _wrong(at, f"has a member that is not one of: {', '.join(members)}")
    for name, member in members.items():
        if name in document:
            check(document[name], member, components=components, at=_join(at, name))


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
