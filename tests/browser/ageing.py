"""Time that goes by: what somebody showed when they came in, they showed long ago."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from node.core.entries import render_instant
from node.sandbox.nodes import Node

_LONG_AGO: Final = datetime(2001, 1, 1, tzinfo=UTC)
_LAST: Final = "SELECT id FROM web_sessions ORDER BY opened_at DESC LIMIT 1"
_AGE: Final = f"UPDATE web_sessions SET stepped_up_at = ? WHERE id = ({_LAST})"


def grow_old(node: Node) -> None:
    """Let whoever came in last at a node be asked once more to show that it is them.

    Otherwise that takes five minutes, longer than a test may: a node that runs follows the machine's clock.
    """
    with closing(sqlite3.connect(node.folder / "freehold.db", timeout=10)) as file, file:
        assert file.execute(_AGE, (render_instant(_LONG_AGO),)).rowcount == 1
