"""The driver of SQLite: the newest one that is installed, by the name everybody here uses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    # The one that sqlite-utils prefers: its exceptions are not those of the standard library's module.
    try:
        import pysqlite3 as sqlite3
    except ImportError:  # no wheel for this platform
        import sqlite3

__all__ = ["sqlite3"]


# What is no number and no text, the driver asks three times in vain to adapt itself before it takes it as it
# is, unless there is somebody to ask: for NULL and bytes, of which every entry has some, that took longest.
sqlite3.register_adapter(bytes, bytes.__bytes__)
sqlite3.register_adapter(type(None), dict[None, None]().get)
