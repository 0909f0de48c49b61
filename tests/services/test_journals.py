"""The journal as the owner handles it: what a damaged one is not used for."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from node.services.ledger import journals
from node.storage import journal
from node.storage.projections import snapshot
from node.storage.sqlite.database import open_database
from node.storage.sqlite.session import SqliteSession
from protocol.errors import Conflict
from tests.storage.rows import entry
from tests.transactions import transact
from tests.whole import LEDGER, PROJECTIONS


def alter(db: SqliteSession, statement: str) -> None:
    """Change the journal as damage does: past the triggers that guard it."""
    for trigger in db.database.triggers:
        db.conn.execute(f"DROP TRIGGER {trigger.name}")
    db.conn.execute(statement)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqliteSession]:
    with open_database(tmp_path / "data" / "node.db") as opened:
        for number in (1, 2, 3):
            transact(opened, partial(journal.append, entry=entry(number)))
        yield opened


def test_a_broken_journal_is_not_rebuilt_from(db: SqliteSession) -> None:
    alter(db, "UPDATE journal SET body = hash WHERE entry = 2")
    before = snapshot(db, PROJECTIONS)
    with pytest.raises(Conflict, match="broken at entry 2: the entry was changed") as refused:
        transact(db, lambda db: journals.rebuild(db, LEDGER))
    assert refused.value.code == "journal-broken"
    assert snapshot(db, PROJECTIONS) == before


def test_a_broken_journal_is_reported_with_its_place(db: SqliteSession) -> None:
    assert journals.verify(db)["ok"]
    alter(db, "DELETE FROM journal WHERE entry = 2")
    report = journals.verify(db)
    assert (report["ok"], report["entries"], report["broken_at"]) == (False, 1, 2)
    assert report["reason"] == "entries are missing"
