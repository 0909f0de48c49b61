"""The mapping of a CRM: which field of ours goes into which of its own, whose value it is, and why.

Rules here:

- Only what the negotiation itself shows can be mapped: `SOURCES` is the whole list. What never leaves the
  node (`limit_price`, `notes`) is refused by name.
- Every field names its purpose. A retention is refused: nothing here would carry it out.
- A mapping is read whole or not at all; unknown words are refused, so a slip is not taken for a choice.

Source: TOML 1.0.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from node.core import codes
from node.core.records import CrmDescription, RecordKind
from protocol.errors import Unprocessable
from protocol.times import read_duration
from protocol.values import dataclass

VERSION: Final = 1
STRANGERS: Final = 50
"""Wishes of people whom nobody has answered that go into a CRM in a day: what a person looks through."""

MOST_STRANGERS: Final = 1_000_000
_ALL: Final = "all"
LIMIT_BYTES: Final = 65_536
LIMIT_FIELDS: Final = 64  # of one kind of record
_NAMED: Final = 20  # fields of a CRM that a sentence names
PRIVATE: Final = frozenset({"limit_price", "notes"})

SOURCES: Final[Mapping[RecordKind, frozenset[str]]] = MappingProxyType(
    {
        RecordKind.CUSTOMER: frozenset({"name", "address", "handle"}),
        RecordKind.OPPORTUNITY: frozenset(
            {"name", "content", "wishes", "category", "quantity", "place", "window", "deadline", "currency"}
            | {"source", "address", "reason"}
        ),
        RecordKind.QUOTATION: frozenset(
            {"name", "content", "reason", "address", "total", "round", "starts_at", "ends_at", "notice"}
            | {"agreed", "over_on"}
        ),
        RecordKind.NOTE: frozenset({"text", "author", "at"}),
        RecordKind.FILE: frozenset({"name", "media_type"}),
    }
)
"""What there is to be written into each kind of record."""

_MEMBERS: Final = frozenset({"from", "to", "owner", "transform", "purpose"})
_NEEDED: Final = ("from", "to", "purpose")
_PHONE: Final = re.compile(r"\+[1-9]\d{5,14}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?", re.ASCII)
_BETWEEN_DIGITS: Final = re.compile(r"[\s()./-]+")


_NO_RETENTION: Final = (
    "A field has no retention: nothing empties it by the clock yet, and one that only says so is believed."
)


class FieldOwner(StrEnum):
    """Whose value holds where both sides have one."""

    CUSTOMER = "customer"  # Freehold's, always
    BUSINESS = "business"  # the CRM's, once it is there
    NEWEST = "newest"  # whoever changed it last, if that can be told
    MANUAL = "manual"  # a person decides


class Transform(StrEnum):
    """How a value is spelled in the CRM."""

    TEXT = "text"
    UPPER = "upper"
    DATE = "date"
    DECIMAL = "decimal"
    COUNTRY = "country"
    PHONE = "phone"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    JOIN = "join"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedField:
    """One field of the CRM (`target`) and what is written into it; several `sources` are joined."""

    sources: tuple[str, ...]
    target: str
    owner: FieldOwner
    transform: Transform
    purpose: str


@dataclass(frozen=True, slots=True)
class CrmMapping:
    """A whole mapping: fields by kind, and what it says of quotations and notes in general.

    `to_customer` is the word that makes a note one for the customer. `notice` is how what is paid again and
    again is left where a quotation names neither notice nor end (ISO 8601), "" for not at all. `strangers` is
    how many wishes a day go there of people whom nobody has answered, None for all of them.
    """

    fields: Mapping[RecordKind, tuple[MappedField, ...]]
    to_customer: str = "@customer"
    notice: str = ""
    strangers: int | None = STRANGERS

    def of(self, kind: RecordKind) -> tuple[MappedField, ...]:
        """Return the fields of a kind of record."""
        return self.fields.get(kind, ())


def read_mapping(text: str) -> CrmMapping:
    """Read a mapping from TOML.

    Raises:
        Unprocessable: `crm-mapping`, with a sentence on what is wrong and where.
    """
    if len(text.encode()) > LIMIT_BYTES:
        raise _wrong("It is longer than 64 KB.")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"It is no TOML: {error}.") from None
    except RecursionError:
        raise _wrong("It is nested too deeply.") from None
    if document.pop("version", None) != VERSION:
        raise _wrong("It begins with: version = 1.")
    word = document.pop("to_customer", "@customer")
    if not isinstance(word, str) or not word.strip() or len(word.split()) != 1:
        raise _wrong("to_customer is one word, such as @customer.")
    notice = _read_duration(document.pop("notice", ""), "notice")
    strangers = _read_strangers(document.pop("strangers", STRANGERS))
    fields = {_read_kind(name): _read_fields(_read_kind(name), items) for name, items in document.items()}
    return CrmMapping(MappingProxyType(fields), word, notice, strangers)


def check_against(mapping: CrmMapping, described: CrmDescription) -> None:
    """Check that a CRM has the fields that a mapping names.

    Raises:
        Unprocessable: `crm-mapping`, for a kind or field that it has not, or that cannot be written.
    """
    for kind, fields in mapping.fields.items():
        held = described.kinds.get(kind)
        if held is None:
            raise _wrong(f"The CRM holds no {kind}.")
        writable = {field.name for field in held.fields if field.writable}
        for field in fields:
            if field.target not in writable:
                there = ", ".join(name[:40] for name in sorted(writable)[:_NAMED])
                no_field = f"Of the kind {kind} the CRM has no field {field.target[:40]!r} to write"
                raise _wrong(f"{no_field}: there is {there}.")


def write_value(field: MappedField, values: Mapping[str, str]) -> str | None:
    """Return the text for a field of the CRM; None where the value cannot be spelled so."""
    found = [values[name] for name in field.sources if values.get(name)]
    text = "\n".join(found) if field.transform is Transform.JOIN else next(iter(found), "")
    return _SPELLINGS[field.transform](text) if text else ""


def _same(text: str) -> str | None:
    return text


def _upper(text: str) -> str | None:
    return text.upper()


def _date(text: str) -> str | None:
    found = _DAY.fullmatch(text)
    return None if found is None else found[1]


def _decimal(text: str) -> str | None:
    return text if _DECIMAL.fullmatch(text) else None


def _country(text: str) -> str | None:
    return text.upper() if _COUNTRY.fullmatch(text) else None


def _phone(text: str) -> str | None:
    number = _BETWEEN_DIGITS.sub("", text)
    return number if _PHONE.fullmatch(number) else None


def _first_name(text: str) -> str | None:
    return text.split(maxsplit=1)[0] if text.split() else ""


def _last_name(text: str) -> str | None:
    return " ".join(text.split()[1:])


_SPELLINGS: Final = {
    Transform.TEXT: _same,
    Transform.UPPER: _upper,
    Transform.DATE: _date,
    Transform.DECIMAL: _decimal,
    Transform.COUNTRY: _country,
    Transform.PHONE: _phone,
    Transform.FIRST_NAME: _first_name,
    Transform.LAST_NAME: _last_name,
    Transform.JOIN: _same,
}


def _read_kind(name: str) -> RecordKind:
    for kind in SOURCES:
        if kind.value == name:
            return kind
    there = f"there are {', '.join(SOURCES)}; beside them stand version, to_customer, notice and strangers"
    raise _wrong(f"There is no kind of record {name[:40]!r}: {there}.")


def _read_fields(kind: RecordKind, items: Any) -> tuple[MappedField, ...]:
    if not isinstance(items, list) or not 0 < len(items) <= LIMIT_FIELDS:
        raise _wrong(f"{kind} is a list of 1 to {LIMIT_FIELDS} fields, each under [[{kind}]].")
    fields = tuple(_read_field(kind, item) for item in items)
    targets = [field.target for field in fields]
    if len(set(targets)) != len(targets):
        raise _wrong(f"Two fields of the kind {kind} go into the same one of the CRM.")
    return fields


def _read_field(kind: RecordKind, item: Any) -> MappedField:
    if not isinstance(item, dict) or not all(isinstance(value, str | list) for value in item.values()):
        raise _wrong(f"A field of the kind {kind} is a table of texts.")
    if "retention" in item:
        raise _wrong(_NO_RETENTION)
    unknown = sorted(item.keys() - _MEMBERS)
    if unknown:
        members = ", ".join(sorted(_MEMBERS))
        raise _wrong(f"A field of the kind {kind} has no member {unknown[0][:40]!r}: it has {members}.")
    for name in _NEEDED:
        if not item.get(name):
            raise _wrong(f"A field of the kind {kind} names its {name}.")
    sources = _read_sources(kind, item["from"])
    transform = Transform(_read_word(item, "transform", [*Transform], "text"))
    if len(sources) > 1 and transform is not Transform.JOIN:
        raise _wrong(f"Several values of the kind {kind} are put into one field by transform = 'join'.")
    return MappedField(
        sources=sources,
        target=_text(item, "to"),
        owner=FieldOwner(_read_word(item, "owner", [*FieldOwner], "customer")),
        transform=transform,
        purpose=_text(item, "purpose"),
    )


def _read_sources(kind: RecordKind, value: Any) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, list) else (value,)
    for name in map(str, names):
        if name in PRIVATE:
            raise _wrong(f"{name} never leaves the node, and goes into no CRM.")
        if name not in SOURCES[kind]:
            there = ", ".join(sorted(SOURCES[kind]))
            raise _wrong(f"Of the kind {kind} there is no {name[:40]!r}: there is {there}.")
    return names


def _read_word(item: Mapping[str, Any], name: str, words: Sequence[str], usual: str) -> str:
    word = item.get(name, usual)
    if word not in list(map(str, words)):
        raise _wrong(f"{name} is one of: {', '.join(words)}.")
    return str(word)


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str) or len(value) > 200:
        raise _wrong(f"{name} is a text of at most 200 characters.")
    return value


def _read_strangers(value: Any) -> int | None:
    if value == _ALL:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_STRANGERS:
        raise _wrong('strangers is how many of their wishes go there in a day: a number, or "all".')
    return value


def _read_duration(value: Any, name: str) -> str:
    if value == "":
        return ""
    try:
        read_duration(value)
    except Unprocessable:
        raise _wrong(f"{name} is a duration, such as P1M.") from None
    return str(value)


def _wrong(sentence: str) -> Unprocessable:
    return Unprocessable(codes.CRM_MAPPING, f"The mapping cannot be used. {sentence}")
