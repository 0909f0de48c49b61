"""Copies of what a trade left in a node's file: many, each with ids of its own, behind true hashes.

What a node writes in years is written here in minutes, so it is written otherwise. There is no log and no
savepoint: SQLite would copy each page before it changes, and look through the copies behind each statement.
Indexes are made when all is there: a thousand copies change as many pages of each. What is asked of the file
afterwards finds what a node would have left.
"""

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from node.core.entries import Direction, Entry
from node.services.acting import Acting
from node.services.trade.pricelists import PART
from node.storage import journal
from node.storage.session import Values
from node.storage.sqlite.session import SqliteSession

TABLES: Final = ("peers", "follows", "intentions", "offers", "moves", "agreements", "deliveries", "messages")
_INDEXED: Final = (*TABLES, "journal", "items", "item_properties")
_OF_PEERS: Final = ("peers", "follows")
_HOST: Final = "ada.example"
_NAMES: Final = re.compile(rf"(\b(?:int|of|agr|act|neg|dlv|peer)_[0-9a-z]{{26}}\b|{re.escape(_HOST)})")
_MEMORY_KIB: Final = 2_000_000  # of the page cache while copies are written
_ALIKE: Final = "price_millionths, currency, stock, held, lead_days, edition"
_ADD_ITEM: Final = (
    f"INSERT INTO items (actor, sku, name, document, {_ALIKE}) VALUES ({', '.join('?' * 10)}) RETURNING id"
)
_ADD_PROPERTIES: Final = (
    "INSERT INTO item_properties SELECT ?, property, word, millionths FROM item_properties WHERE item = ?"
)

Pieces = list[str]
"""A text taken apart: every second piece is a name that each copy has one of its own for."""


@dataclass(frozen=True, slots=True)
class Left:
    """What the trade left in a file: rows by table, with their columns, and entries of the journal."""

    rows: dict[str, list[Values]]
    columns: dict[str, list[str]]
    entries: list[tuple[int, Entry]]


class _Names(dict[str, str]):
    """What things are called in one copy, by what they were called; who is not in it yet gets a name."""

    def __missing__(self, known: str) -> str:
        kind, _, _ = known.partition("_")
        self[known] = name = f"{kind}_{_random.getrandbits(104):026x}"
        return name


_random = random.Random(1)


def read_left(session: SqliteSession) -> Left:
    """Read what is to be multiplied."""
    columns = {
        table: [name for (name,) in session.all("SELECT name FROM pragma_table_info(?)", table)]
        for table in TABLES
    }
    rows = {table: session.all(f"SELECT {', '.join(columns[table])} FROM {table}") for table in TABLES}
    entries = [(recorded.number, recorded.entry) for recorded in journal.entries(session)]
    return Left(rows, columns, entries)


@contextmanager
def in_bulk(session: SqliteSession) -> Iterator[None]:
    """Write much in one transaction that cannot be undone, and make the indexes again when it is written."""
    (kept,) = session.one("PRAGMA cache_size") or (0,)
    for pragma in ("journal_mode = DELETE", "journal_mode = OFF", f"cache_size = -{_MEMORY_KIB}"):
        session.one(f"PRAGMA {pragma}")
    wanted = f"type = 'index' AND sql IS NOT NULL AND tbl_name IN ({', '.join('?' * len(_INDEXED))})"
    indexes = session.all(f"SELECT name, sql FROM sqlite_schema WHERE {wanted}", *_INDEXED)
    session.run("BEGIN")
    for name, _ in indexes:
        session.run(f"DROP INDEX {name}")
    yield
    for _, statement in indexes:
        session.run(statement)
    session.run("COMMIT")
    session.news.clear()
    for pragma in (f"cache_size = {kept}", "journal_mode = WAL"):
        session.one(f"PRAGMA {pragma}")


def multiply(session: SqliteSession, left: Left, *, copies: Sequence[int]) -> None:
    """Add copies of everything, each with ids of its own, and a true hash in the journal.

    Every other copy is of a peer of its own; the rest are of the one who comes again and again.
    """
    regulars = {str(row[left.columns["peers"].index("id")]) for row in left.rows["peers"]}
    entries = [(place, _of_entry(entry)) for place, entry in left.entries]
    rows = {table: [_of_row(row, left.columns[table]) for row in found] for table, found in left.rows.items()}
    for number in copies:
        comes_again = number % 2 == 0
        names = _Names({_HOST: _HOST if comes_again else f"ada{number}.example"})
        names.update({peer: peer for peer in regulars if comes_again})
        places = {place: journal.append(session, entry.copy(names)) for place, entry in entries}
        for table, columns in left.columns.items():
            if not (comes_again and table in _OF_PEERS):
                statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})"
                for row in rows[table]:
                    session.run(statement, *row.copy(names, places))


def list_items(session: SqliteSession, acting: Acting, numbers: Sequence[int], *, like: int) -> None:
    """Add items b7, b8, … to a shop's list, each like the one `like` numbers before it, which is there.

    They differ in number alone, so what else is found of one is found of the other.
    """
    for first in range(0, len(numbers), PART):
        part = numbers[first : first + PART]
        rows = [_of_item(session, acting.iri, number, number - like) for number in part]
        entry = Entry(
            at=acting.now,
            direction=Direction.LOCAL,
            kind="pricelist",
            actor=acting.iri,
            decision={"items": [document for _, document, _ in rows], "adds": 0},
        )
        journal.append(session, entry)
        for model, document, values in rows:
            (id,) = session.all(_ADD_ITEM, acting.iri, document["sku"], document["name"], *values)[0]
            session.run(_ADD_PROPERTIES, id, model)


def _of_item(
    session: SqliteSession, actor: str, number: int, model: int
) -> tuple[int, dict[str, Any], Values]:
    """Return the id of the item that another is like, and the other's document and further columns."""
    statement = f"SELECT id, document, {_ALIKE} FROM items WHERE actor = ? AND sku = ?"
    id, text, *values = session.one(statement, actor, f"b{model}") or ()
    document = orjson.loads(text) | {"sku": f"b{number}"}
    return id, document, (orjson.dumps(document).decode(), *values)


@dataclass(frozen=True, slots=True)
class _RowCopied:
    """A row of which copies are made: its texts taken apart, by their place, and where it names an entry."""

    values: Values
    texts: dict[int, Pieces]
    entry: int | None

    def copy(self, names: _Names, places: dict[int, int]) -> list[Any]:
        values = [*self.values]
        for place, pieces in self.texts.items():
            values[place] = _put_together(pieces, names)
        if self.entry is not None:
            values[self.entry] = places[values[self.entry]]
        return values


@dataclass(frozen=True, slots=True)
class _EntryCopied:
    """An entry of which copies are made: a text that it has not is one without names."""

    entry: Entry
    peer: Pieces
    subject: Pieces
    decision: Pieces
    body: Pieces

    def copy(self, names: _Names) -> Entry:
        return replace(
            self.entry,
            peer=_put_together(self.peer, names) or None,
            subject=_put_together(self.subject, names) or None,
            decision=orjson.loads(_put_together(self.decision, names)),
            body=_put_together(self.body, names).encode(),
        )


def _of_entry(entry: Entry) -> _EntryCopied:
    texts = (
        entry.peer or "",
        entry.subject or "",
        orjson.dumps(entry.decision).decode(),
        entry.body.decode(),
    )
    return _EntryCopied(entry, *map(_NAMES.split, texts))


def _of_row(row: Values, columns: Sequence[str]) -> _RowCopied:
    texts = {
        place: pieces
        for place, value in enumerate(row)
        if isinstance(value, str) and len(pieces := _NAMES.split(value)) > 1
    }
    return _RowCopied(row, texts, columns.index("entry") if "entry" in columns else None)


def _put_together(pieces: Pieces, names: _Names) -> str:
    whole = [*pieces]
    whole[1::2] = [names[name] for name in pieces[1::2]]
    return "".join(whole)
