import importlib
import pkgutil
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

from node import storage
from node.storage.sqlite.session import SqliteSession
from node.storage.tables import PAGE_LIMIT, Table
from protocol.errors import Malformed
from protocol.negotiation import Party, State
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW, at


def all_tables() -> dict[str, Table[Any]]:
    modules = [
        importlib.import_module(f"node.storage.{info.name}")
        for info in pkgutil.iter_modules(storage.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Table)]
    return {table.name: table for table in found}


TABLES = all_tables()


@pytest.mark.parametrize("name", TABLES)
def test_the_fields_of_a_row_are_the_columns_of_its_table(db: SqliteSession, name: str) -> None:
    table = TABLES[name]
    optional = {field for field, hint in get_type_hints(table.row).items() if NoneType in get_args(hint)}
    numbered = "pk = 1 AND type = 'INTEGER'" if name == "items" else "FALSE"  # for the index of what they are
    listed = f'SELECT name, "notnull", pk FROM pragma_table_info(?) WHERE NOT ({numbered})'
    columns = list(db.conn.execute(listed, (name,)))
    assert {column for column, _, _ in columns} == set(table.columns)
    looked_up = ["address"] if name == "deliveries" else []
    assert [field.name for field in fields(table.row)] == [*table.columns, *looked_up]
    assert {column for column, required, key in columns if not required and not key} == optional


@pytest.mark.parametrize("name", TABLES)
def test_the_key_of_a_row_is_unique_in_its_table(db: SqliteSession, name: str) -> None:
    indexes = [
        index for (index,) in db.conn.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (name,))
    ]
    unique = [
        {column for (column,) in db.conn.execute("SELECT name FROM pragma_index_info(?)", (index,))}
        for index in indexes
    ]
    unique.append(
        {row[0] for row in db.conn.execute("SELECT name FROM pragma_table_info(?) WHERE pk", (name,))}
    )
    assert set(TABLES[name].key) in unique


def test_every_table_that_holds_rows_is_covered() -> None:
    assert {"offers", "moves", "agreements", "deliveries", "origins", "items", "tokens", "replays"} - set(
        TABLES
    ) == {"replays"}


OFFERS = TABLES["offers"]


def test_a_row_comes_back_equal(db: SqliteSession) -> None:
    full = rows.offer(countered={"price": [{"amount": "1.00"}]}, amends="https://a.example/agreements/agr_1")
    bare = rows.offer(2, expires_at=None)
    for row in (full, bare):
        OFFERS.insert(db, row)
    assert OFFERS.all(db, "1 = 1 ORDER BY id") == [full, bare]


def test_enumerations_come_back_as_such(db: SqliteSession) -> None:
    OFFERS.insert(db, rows.offer())
    (found,) = OFFERS.all(db, "id = ?", "of_1")
    assert found.role is Party.OFFEREE


def test_values_are_kept_canonically(db: SqliteSession) -> None:
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    row = rows.offer(draft={"b": 1, "a": "ä"}, total=Decimal("1E+2"), opened_at=berlin)
    OFFERS.insert(db, row)
    kept = db.conn.execute("SELECT draft, total, opened_at FROM offers").fetchone()
    assert kept == ('{"a":"ä","b":1}', "100", "2026-03-01T12:00:00.000000Z")


def test_saving_again_replaces_the_row(db: SqliteSession) -> None:
    OFFERS.save(db, rows.offer())
    OFFERS.save(db, changed := rows.offer(rounds=2, expires_at=None))
    assert OFFERS.all(db, "1 = 1") == [changed]


def test_a_row_that_is_not_there(db: SqliteSession) -> None:
    assert OFFERS.load(db, ADA, "of_1") is None


class TestPages:
    @pytest.fixture
    def many(self, db: SqliteSession) -> SqliteSession:
        for number in range(1, 8):
            # Three at the same instant, so that the id has to decide.
            OFFERS.insert(db, rows.offer(number, opened_at=at(number // 3)))
        OFFERS.insert(db, rows.offer(9, actor=BOB))
        return db

    def walk(self, db: SqliteSession, limit: int, **wanted: object) -> list[list[str]]:
        pages, cursor = [], None
        while True:
            page = OFFERS.page(db, {"actor": ADA, **wanted}, newest="opened_at", cursor=cursor, limit=limit)
            pages.append([row.id for row in page.items])
            if page.next is None:
                return pages
            cursor = page.next

    def test_pages_hold_every_row_once_newest_first(self, many: SqliteSession) -> None:
        assert self.walk(many, 3) == [["of_7", "of_6", "of_5"], ["of_4", "of_3", "of_2"], ["of_1"]]

    def test_a_full_last_page_has_no_next(self, many: SqliteSession) -> None:
        assert self.walk(many, 7) == [["of_7", "of_6", "of_5", "of_4", "of_3", "of_2", "of_1"]]

    def test_filters_apply_to_every_page(self, many: SqliteSession) -> None:
        OFFERS.save(many, rows.offer(5, state="rejected", opened_at=at(1)))
        assert self.walk(many, 4, state=State.OFFERED) == [
            ["of_7", "of_6", "of_4", "of_3"],
            ["of_2", "of_1"],
        ]
        assert self.walk(many, 4, state="rejected", role=None) == [["of_5"]]

    def test_rows_that_come_meanwhile_do_not_shift_the_pages(self, many: SqliteSession) -> None:
        first = OFFERS.page(many, {"actor": ADA}, newest="opened_at", cursor=None, limit=3)
        OFFERS.insert(many, rows.offer(8, opened_at=at(99)))
        second = OFFERS.page(many, {"actor": ADA}, newest="opened_at", cursor=first.next, limit=3)
        assert [row.id for row in second.items] == ["of_4", "of_3", "of_2"]

    @pytest.mark.parametrize("cursor", ["of_0", "of_9", "", "' OR 1 = 1 --"])
    def test_a_forged_cursor_is_refused(self, many: SqliteSession, cursor: str) -> None:
        with pytest.raises(Malformed) as caught:
            OFFERS.page(many, {"actor": ADA}, newest="opened_at", cursor=cursor, limit=3)
        assert caught.value.code == "unknown-cursor"

    @pytest.mark.parametrize(("limit", "size"), [(10**9, PAGE_LIMIT), (0, 1), (-1, 1)])
    def test_a_page_is_never_larger_than_the_limit(self, db: SqliteSession, limit: int, size: int) -> None:
        for number in range(PAGE_LIMIT + 5):
            OFFERS.insert(db, rows.offer(number))
        page = OFFERS.page(db, {"actor": ADA}, newest="opened_at", cursor=None, limit=limit)
        assert len(page.items) == size


@dataclass(frozen=True, slots=True)
class Odd:
    """A row with every kind of value."""

    id: str
    whole: int
    yes: bool
    maybe: bool | None
    words: tuple[str, ...]
    document: dict[str, Any] | None
    at: datetime | None
    raw: bytes


@pytest.mark.parametrize(
    "row",
    [
        Odd("1", -(2**53), True, False, ("read", "write"), {"a": [1, {}]}, NOW, b"\0\xff"),
        Odd("2", 0, False, None, (), None, None, b""),
    ],
)
def test_every_kind_of_value_survives(db: SqliteSession, row: Odd) -> None:
    db.conn.execute("CREATE TABLE odd (id TEXT PRIMARY KEY, whole, yes, maybe, words, document, at, raw)")
    table = Table(Odd, "odd", key=("id",))
    table.save(db, row)
    table.save(db, row)
    assert table.all(db, "1 = 1") == [row]
    (found,) = table.all(db, "id = ?", row.id)
    assert type(found.yes) is bool
