"""The driver of SQLite: the newest one that is installed, by the name everybody here uses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    # sqlite-utils prefers pysqlite3, whose exceptions are not those of the standard library's module.
    from sqlite_utils.utils import sqlite3

__all__ = ["sqlite3"]
