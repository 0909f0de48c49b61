from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from node.storage.sqlite.database import SqliteStore, open_database
from node.storage.sqlite.session import SqliteSession
from tests.storage.blank import blank


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "node.db"


@pytest.fixture
def db(path: Path) -> Iterator[SqliteSession]:
    with open_database(blank(path)) as opened:
        yield opened


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(blank(path))
    yield opened
    await opened.close()
