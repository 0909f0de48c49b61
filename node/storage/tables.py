"""A frozen row class and its table: save, load, list by page.

Rules: the fields of the row class are the columns, in order; their types say how a value is kept (an instant
as sortable text, a document as canonical JSON, a number as the shortest decimal text), so equal rows are
equal bytes however they came about. Conditions are SQL written by us; every value is a parameter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain, product
from operator import attrgetter
from types import NoneType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Generic,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

import orjson

from node.core import codes
from node.core.entries import render_instant
from node.storage.session import Session
from protocol.canonical import canonicalise, write_plain
from protocol.decimals import decimal_string
from protocol.documents import Document
from protocol.errors import Malformed
from protocol.values import dataclass

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Row = TypeVar("Row", bound="DataclassInstance")
Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]

Plain: TypeAlias = Annotated[dict[str, Any], "plain"]
"""A document that is made here of texts and small whole numbers: its canonical form is written at once."""

PAGE_LIMIT = 100
"""The most rows one page holds, whatever was asked for."""

_AMONG = 64  # values looked for in one statement; always as many, so that the statement is compiled once
MARKS = f"({', '.join('?' * _AMONG)})"
"""What stands behind IN for one of `chunks`."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursor that continues it, or None at its end."""

    items: list[Row]
    next: str | None


def chunks(values: Iterable[Any]) -> list[list[Any]]:
    """Split values, each taken once, into lists for `MARKS`; the last is filled up with its last value."""
    wanted = list(dict.fromkeys(values))
    parts = [wanted[start : start + _AMONG] for start in range(0, len(wanted), _AMONG)]
    return [part + part[-1:] * (_AMONG - len(part)) for part in parts]


class Table(Generic[Row]):
    """One table whose rows are instances of a frozen dataclass.

    `key` names the columns that identify a row; `Row` must be a dataclass whose fields are the table's
    columns. Behind them may stand one text more that is read with every row and never written: `looked_up` is
    its SQL, which names the table's columns in full.
    """

    def __init__(self, row: type[Row], name: str, *, key: tuple[str, ...], looked_up: str = "") -> None:
        self.row = row
        self.name = name
        self.key = key
        hints = get_type_hints(row, include_extras=True)
        names = tuple(field.name for field in fields(row))
        self.columns = names[:-1] if looked_up else names
        self._values = attrgetter(*self.columns)
        codecs = [(place, _codec(hints[column])) for place, column in enumerate(self.columns)]
        self._codecs = [(place, codec) for place, codec in codecs if codec is not None]
        columns = ", ".join(self.columns)
        changes = ", ".join(f"{column} = excluded.{column}" for column in self.columns if column not in key)
        marks = ", ".join("?" * len(self.columns))
        self._insert = f"INSERT INTO {name} ({columns}) VALUES ({marks})"
        self._upsert = f"{self._insert} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        self._select = f"SELECT {columns}{looked_up and f', {looked_up}'} FROM {name}"
        self._by_key = " AND ".join(f"{column} = ?" for column in key)
        self._firsts: dict[str, str] = {}  # statements by their condition: the same text, not an equal one

    def insert(self, session: Session, row: Row) -> None:
        """Add a row. Raises: Taken if its key is taken."""
        session.run(self._insert, *self._encode(row))

    def save(self, session: Session, row: Row) -> None:
        """Add a row, or replace the one with its key."""
        session.run(self._upsert, *self._encode(row))

    def load(self, session: Session, *key: Any) -> Row | None:
        """Return the row with this key, given in the order of `key`."""
        return self.first(session, self._by_key, *key)

    def first(self, session: Session, condition: str, *parameters: Any) -> Row | None:
        """Return the first row that meets a condition (SQL that may end in ORDER BY)."""
        statement = self._firsts.get(condition)
        if statement is None:
            statement = self._firsts[condition] = f"{self._select} WHERE {condition} LIMIT 1"
        found = session.one(statement, *parameters)
        return None if found is None else self.decode(found)

    def all(self, session: Session, condition: str, *parameters: Any) -> list[Row]:
        """Return every row that meets a condition (SQL that may end in ORDER BY and LIMIT)."""
        found = session.all(f"{self._select} WHERE {condition}", *parameters)
        return [self.decode(values) for values in found]

    def among(self, session: Session, column: str, wanted: Iterable[Any], **scope: Any) -> list[Row]:
        """Return the rows whose `column` is one of `wanted`, others as `scope` says; in no order."""
        condition = f"{column} IN {MARKS}" + "".join(f" AND {name} = ?" for name in scope)
        found = (self.all(session, condition, *some, *scope.values()) for some in chunks(wanted))
        return [row for rows in found for row in rows]

    def page(
        self, session: Session, wanted: Mapping[str, Any], *, newest: str, cursor: str | None, limit: int
    ) -> Page[Row]:
        """List rows newest first by the column `newest`, then `id`; a None in `wanted` filters nothing.

        A tuple in `wanted` stands for any of its values: each is read in order from an index that ends in
        `newest` and `id`, and all are merged, so that a page never costs more than its rows.
        The cursor is the id of the last row seen, so it stays valid while rows come and change.
        Raises: Malformed for a cursor that names none of these rows.
        """
        size = max(1, min(limit, PAGE_LIMIT))
        filters = {column: value for column, value in wanted.items() if value is not None}
        behind, position = "", tuple[str, ...]()
        if cursor is not None:
            behind = f" AND ({newest}, id) < (?, ?)"
            position = (self._position(session, wanted["actor"], newest, cursor), cursor)
        conditions = " AND ".join(f"{column} IN (?)" for column in filters) + behind
        order = f"ORDER BY {newest} DESC, id DESC LIMIT ? + 0"
        among = product(*map(_alternatives, filters.values()))
        choices = [(*values, *position, size + 1) for values in among]
        if len(choices) == 1:
            rows = self.all(session, f"{conditions} {order}", *choices[0])
        else:
            one = f"SELECT * FROM (SELECT id, {newest} FROM {self.name} WHERE {conditions} {order})"
            merged = " UNION ALL ".join([one] * len(choices))
            newest_first = f"SELECT id FROM ({merged}) {order}"
            found = [id for (id,) in session.all(newest_first, *chain.from_iterable(choices), size + 1)]
            rows = self._load_many(session, wanted["actor"], found)
        return Page(rows[:size], _identity(rows[size - 1]) if len(rows) > size else None)

    def _load_many(self, session: Session, actor: str, ids: Sequence[str]) -> list[Row]:
        """Return an actor's rows with these ids, in their order."""
        if not ids:
            return []
        marks = ", ".join("?" * len(ids))
        owned, among = ("", ()) if self.key == ("id",) else ("actor = ? AND ", (actor,))
        rows = {_identity(row): row for row in self.all(session, f"{owned}id IN ({marks})", *among, *ids)}
        return [rows[id] for id in ids]

    def decode(self, values: tuple[Any, ...]) -> Row:
        """Turn the values of the columns, in order, into a row."""
        decoded = list(values)
        for place, (_, read) in self._codecs:
            if decoded[place] is not None:
                decoded[place] = read(decoded[place])
        return self.row(*decoded)

    def _encode(self, row: Row) -> list[Any]:
        values = list(self._values(row))
        for place, (write, _) in self._codecs:
            if values[place] is not None:
                values[place] = write(values[place])
        return values

    def _position(self, session: Session, actor: str, newest: str, cursor: str) -> str:
        row = self.first(session, "actor = ? AND id = ?", actor, cursor)
        if row is None:
            raise Malformed(codes.UNKNOWN_CURSOR)
        return render_instant(getattr(row, newest))


_identity = attrgetter("id")


def _alternatives(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def write_document(document: Mapping[str, Any]) -> str:
    """Write a document as canonical JSON text (RFC 8785)."""
    return canonicalise(dict(document)).decode()


def _write_plain(document: Document) -> str:
    return write_plain(document).decode()


def _codec(hint: Any) -> Codec | None:
    """Choose how values of a field's type are written and read; None keeps them as they are."""
    plain = next((kind for kind in get_args(hint) if kind is not NoneType), hint) if _optional(hint) else hint
    if plain is Plain:
        return _write_plain, orjson.loads
    kind = get_origin(plain) or plain
    if kind is tuple:
        return " ".join, lambda text: tuple(text.split())
    if issubclass(kind, StrEnum):
        return str, kind
    return _CODECS.get(kind)


def _optional(hint: Any) -> bool:
    return NoneType in get_args(hint)


_CODECS: dict[type, Codec] = {
    datetime: (render_instant, datetime.fromisoformat),
    Decimal: (decimal_string, Decimal),
    dict: (write_document, orjson.loads),
    bool: (int, bool),
}
