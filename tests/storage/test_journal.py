from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.entries import GENESIS, Direction, Entry, hash_entry
from node.storage import journal
from node.storage.errors import StorageError
from node.storage.journal import Head, Report
from node.storage.sqlite.connections import in_memory
from node.storage.sqlite.database import transact
from node.storage.sqlite.migrations import migrations
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import ADA, NOW, entry

MEMBERS = "at, direction, kind, actor, peer, subject, decision, body"
TRIGGERS = ("journal_is_never_edited", "journal_is_never_cut")


def fill(db: SqliteSession, count: int) -> list[Entry]:
    written = [
        entry(number, decision={"offer": f"of_{number}", "né": [1, None]}) for number in range(1, count + 1)
    ]
    transact(db, lambda db: [journal.append(db, one) for one in written])
    return written


def tamper(db: SqliteSession, *statements: str) -> None:
    """Change rows as somebody with the file in hand would."""
    for trigger in TRIGGERS:
        db.conn.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        db.conn.execute(statement)


def test_an_empty_journal(db: SqliteSession) -> None:
    assert journal.head(db) == Head(0, GENESIS)
    assert journal.verify(db) == Report(0, GENESIS)
    assert list(journal.entries(db)) == []
    assert journal.load_entry(db, 1) is None


def test_entries_come_back_as_they_were_written(db: SqliteSession) -> None:
    written = fill(db, 3)
    recorded = list(journal.entries(db))
    assert [one.sequence for one in recorded] == [1, 2, 3]
    assert [one.entry for one in recorded] == written
    assert recorded[0].hash == hash_entry(GENESIS, 1, written[0])
    assert recorded[1].hash == hash_entry(recorded[0].hash, 2, written[1])
    assert journal.load_entry(db, 2) == recorded[1]


def test_an_intact_chain_verifies_to_its_head(db: SqliteSession) -> None:
    fill(db, 3)
    report = journal.verify(db)
    assert report.ok
    assert (report.count, report.head) == (3, journal.head(db).hash)


def test_an_entry_rolled_back_leaves_no_gap(db: SqliteSession) -> None:
    fill(db, 1)

    def fail(db: SqliteSession) -> None:
        assert journal.append(db, entry(2)) == 2
        raise LookupError

    with pytest.raises(LookupError):
        transact(db, fail)
    assert transact(db, lambda db: journal.append(db, entry(3))) == 2
    assert journal.verify(db).ok


def test_entries_are_read_in_part(db: SqliteSession) -> None:
    fill(db, 4)
    transact(db, lambda db: journal.append(db, entry(5, kind="accept")))

    def sequences(**arguments: object) -> list[int]:
        return [one.sequence for one in journal.entries(db, **arguments)]

    assert sequences(after=2) == [3, 4, 5]
    assert sequences(after=1, limit=2) == [2, 3]
    assert sequences(limit=0) == []
    assert sequences(kinds=["accept"]) == [5]
    assert sequences(kinds=["accept", "offer"], after=3) == [4, 5]
    assert sequences(kinds=[]) == []


def test_an_activity_is_found_by_its_iri_and_direction(db: SqliteSession) -> None:
    transact(
        db, lambda db: [journal.append(db, entry(1, direction=way)) for way in (Direction.IN, Direction.OUT)]
    )
    iri = entry(1).subject or ""
    found = [journal.load_entry_about(db, iri, direction=way) for way in (Direction.IN, Direction.OUT)]
    assert [one.sequence for one in found if one] == [1, 2]
    assert journal.load_entry_about(db, iri, direction=Direction.LOCAL) is None


@pytest.mark.parametrize(
    ("statement", "trigger"),
    [
        ("UPDATE journal SET kind = 'accept'", "never edited"),
        ("UPDATE journal SET sequence = 9 WHERE sequence = 3", "never edited"),
        ("DELETE FROM journal WHERE sequence = 3", "never cut"),
        ("REPLACE INTO journal SELECT * FROM journal WHERE sequence = 2", "never cut"),
    ],
)
def test_a_slip_of_ours_is_an_error(db: SqliteSession, statement: str, trigger: str) -> None:
    fill(db, 3)
    with pytest.raises(StorageError, match=trigger):
        db.run(statement)
    assert journal.verify(db).count == 3


CHANGES = {
    "at": "'2026-03-01T12:02:00.000001Z'",
    "direction": "'out'",
    "kind": "'accept'",
    "actor": "actor || 'x'",
    "peer": "NULL",
    "subject": "peer",
    "decision": "'{}'",
    "body": "x'7b7d'",
    "hash": "zeroblob(32)",
}


@pytest.mark.parametrize("column", CHANGES)
def test_every_edited_column_shows(db: SqliteSession, column: str) -> None:
    fill(db, 3)
    tamper(db, f"UPDATE journal SET {column} = {CHANGES[column]} WHERE sequence = 2")
    report = journal.verify(db)
    assert (report.ok, report.count, report.broken_at) == (False, 1, 2)
    assert report.reason == "the entry was changed"


@pytest.mark.parametrize(
    "spelling",
    [
        "at = '2026-03-01T13:02:00.000000+01:00'",
        "decision = replace(decision, ',', ', ')",
        'decision = replace(decision, \'"offer"\', \'"offer":"of_9","offer"\')',
    ],
)
def test_another_spelling_of_the_same_values_shows(db: SqliteSession, spelling: str) -> None:
    fill(db, 3)
    tamper(db, f"UPDATE journal SET {spelling} WHERE sequence = 2")
    assert (journal.verify(db).broken_at, journal.verify(db).reason) == (2, "the entry was changed")


@pytest.mark.parametrize(
    "nonsense",
    [
        "at = 'yesterday'",
        "at = '2026-03-01'",
        "decision = 'no JSON'",
        "decision = '[1]'",
        "decision = '{\"a\": 9007199254740993}'",
        "kind = CAST(x'ff' AS TEXT)",
    ],
)
def test_an_entry_that_cannot_be_read_shows(db: SqliteSession, nonsense: str) -> None:
    fill(db, 3)
    tamper(db, f"UPDATE journal SET {nonsense} WHERE sequence = 2")
    assert (journal.verify(db).broken_at, journal.verify(db).reason) == (2, "the entry cannot be read")


def test_a_direction_that_does_not_exist_shows(db: SqliteSession) -> None:
    fill(db, 2)
    db.conn.execute("PRAGMA ignore_check_constraints = ON")
    tamper(db, "UPDATE journal SET direction = 'sideways' WHERE sequence = 2")
    assert journal.verify(db).reason == "the entry cannot be read"


@pytest.mark.parametrize(
    ("statements", "broken_at", "reason"),
    [
        (["DELETE FROM journal WHERE sequence = 1"], 1, "entries are missing"),
        (["DELETE FROM journal WHERE sequence = 2"], 2, "entries are missing"),
        (
            ["DELETE FROM journal WHERE sequence = 2", "UPDATE journal SET sequence = 2 WHERE sequence = 3"],
            2,
            "the entry does not follow the one before it",
        ),
        (
            [
                "UPDATE journal SET sequence = 9 WHERE sequence = 2",
                "UPDATE journal SET sequence = 2 WHERE sequence = 3",
                "UPDATE journal SET sequence = 3 WHERE sequence = 9",
            ],
            2,
            "the entry does not follow the one before it",
        ),
        (
            ["UPDATE journal SET previous = zeroblob(32) WHERE sequence = 3"],
            3,
            "the entry does not follow the one before it",
        ),
        (
            [
                "PRAGMA ignore_check_constraints = ON",
                f"INSERT INTO journal SELECT 0, {MEMBERS}, previous, hash FROM journal WHERE sequence = 1",
            ],
            1,
            "entries are missing",
        ),
    ],
    ids=["first cut", "middle cut", "gap closed", "order swapped", "link cut", "one before the first"],
)
def test_a_cut_or_a_new_order_shows(
    db: SqliteSession, statements: list[str], broken_at: int, reason: str
) -> None:
    fill(db, 3)
    tamper(db, *statements)
    report = journal.verify(db)
    assert (report.broken_at, report.reason) == (broken_at, reason)


def test_an_entry_slipped_in_shows(db: SqliteSession) -> None:
    fill(db, 2)
    tamper(db, f"INSERT INTO journal SELECT 3, {MEMBERS}, hash, zeroblob(32) FROM journal WHERE sequence = 2")
    assert journal.verify(db).broken_at == 3


def test_a_cut_at_the_end_shows_only_to_whoever_remembers_the_head(db: SqliteSession) -> None:
    fill(db, 3)
    remembered = journal.head(db)
    tamper(db, "DELETE FROM journal WHERE sequence = 3")
    assert journal.verify(db).ok
    assert journal.head(db) != remembered


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
entries = st.builds(
    Entry,
    at=st.just(NOW),
    direction=st.sampled_from(Direction),
    kind=texts,
    actor=st.just(ADA),
    peer=st.none() | texts,
    subject=st.none() | texts,
    decision=st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts),
    body=st.binary(max_size=40),
)


@given(st.lists(entries, max_size=6))
def test_whatever_is_appended_verifies_and_comes_back(written: list[Entry]) -> None:
    with in_memory() as db:
        migrations.apply(db.database)
        for one in written:
            journal.append(db, one)
        assert journal.verify(db).count == len(written)
        assert [recorded.entry for recorded in journal.entries(db)] == written


@given(st.lists(entries, min_size=1, max_size=4), st.data())
def test_any_flipped_bit_of_a_body_or_a_hash_shows(written: list[Entry], data: st.DataObject) -> None:
    with in_memory() as db:
        migrations.apply(db.database)
        for one in written:
            journal.append(db, one)
        sequence = data.draw(st.integers(1, len(written)))
        column = data.draw(st.sampled_from(["body", "hash", "previous"]))
        (value,) = db.conn.execute(f"SELECT {column} FROM journal WHERE sequence = ?", (sequence,)).fetchone()
        bit = data.draw(st.integers(0, max(8 * len(value), 1) - 1))
        tamper(db)
        changed = _flip(value, bit) if value else b"\0"
        db.conn.execute(f"UPDATE journal SET {column} = ? WHERE sequence = ?", (changed, sequence))
        assert journal.verify(db).broken_at == sequence


def _flip(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_entries_are_read_while_they_are_consumed(db: SqliteSession) -> None:
    fill(db, 50)
    reading: Callable[[], object] = iter(journal.entries(db)).__next__
    assert reading() == journal.load_entry(db, 1)
