"""Nothing is invented: whatever was read of a document stands in it."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from protocol.errors import ProtocolError
from protocol.times import read_time
from protocol.vocabulary import currency_iri

_MARK = re.compile(r"<[^<>]*>")
_NOTHING = (None, "")
_NAMES = frozenset({"type", "kind", "unit", "hasUnit"})


def invented(read: Any, document: Any) -> list[Any]:
    """Return every value of what was read that the document does not say.

    `read` is a document or a value of the protocol. Absence and yes or no invent nothing. A number counts as
    said however it is spelled, a currency by its address, and the name of a kind or a unit also if the
    document shortens it or spells it out (`as:Note`, `om2:one`). HTML says its text.
    """
    said = [value for _, value in _leaves(document)]
    texts = {text for value in said if isinstance(value, str) for text in (value, _MARK.sub("", value))}
    numbers = {number for number in map(_number, said) if number is not None}
    return [value for member, value in _leaves(read) if not _is_said(member, value, texts, numbers)]


def _is_said(member: str, value: Any, texts: set[str], numbers: set[Decimal]) -> bool:
    if value in _NOTHING or isinstance(value, bool):
        return True
    if isinstance(value, datetime):
        return value in {moment for moment in map(_moment, texts) if moment is not None}
    if isinstance(value, Decimal | int | float):
        return _number(value) in numbers
    if member == "currency":
        return currency_iri(value) in texts
    return value in texts or (member in _NAMES and _is_respelled(value, texts))


def _is_respelled(name: str, texts: set[str]) -> bool:
    tails = {text.partition(":")[2] for text in texts if ":" in text}
    return any(text.endswith((f":{name}", f"#{name}", f"/{name}")) for text in texts) or any(
        tail and not tail.startswith("//") and name.endswith(tail) for tail in tails
    )


def _leaves(value: Any, member: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each plain value with the name it stands under."""
    if is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from _leaves(getattr(value, part.name), part.name)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name != "@context":
                yield from _leaves(inner, name)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _leaves(inner, member)
    else:
        yield member, value


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _moment(text: str) -> datetime | None:
    try:
        return read_time(text)
    except ProtocolError:
        return None
