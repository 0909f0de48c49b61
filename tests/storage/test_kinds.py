"""Every table is of one of four kinds, declared once by the module that keeps it."""

import importlib
import pkgutil

import node.storage
from node.storage.kinds import Declared, TableKind
from node.storage.sqlite.session import SqliteSession
from tests.whole import PROJECTIONS

ENGINE = {"_sqlite_migrations", "sqlite_sequence"}  # which migrations were applied: of each engine its own
TALLY = "_tally"  # what triggers keep of another table, as an index is kept, has the kind of that table


def declared() -> list[Declared]:
    found: list[Declared] = []
    for module in pkgutil.iter_modules(node.storage.__path__, "node.storage."):
        found += getattr(importlib.import_module(module.name), "TABLES", ())
    return found


def test_there_are_four_kinds() -> None:
    assert {str(kind) for kind in TableKind} == {"projection", "kept", "payload", "forgettable"}


def test_every_table_is_declared_once_and_every_declared_one_exists(db: SqliteSession) -> None:
    names = [table.name for table in declared()]
    tables = {name.removesuffix(TALLY) for name in db.database.table_names()}
    assert sorted(names) == sorted(tables - ENGINE)


def test_what_is_rebuilt_is_what_follows_from_the_journal() -> None:
    assert {table.name for table in declared() if table.kind is TableKind.PROJECTION} == set(PROJECTIONS)


def test_what_can_be_erased_is_kept_nowhere_else() -> None:
    assert [table.name for table in declared() if table.kind is TableKind.PAYLOAD] == ["payloads"]
