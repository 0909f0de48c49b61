from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.entries import GENESIS, Direction, Entry, chain, write_entry
from node.storage import chains, journal, payloads
from node.storage.chains import Break
from node.storage.errors import StorageError
from node.storage.journal import Head
from node.storage.session import Session
from node.storage.sqlite.connections import in_memory
from node.storage.sqlite.migrations import build
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import ADA, BOB, NOW, entry
from tests.transactions import transact

MEMBERS = "at, direction, kind, peer, subject, decision, document, body, hash"
TRIGGERS = ("journal_is_never_edited", "journal_is_never_cut", "payloads_are_never_edited")


APART = frozenset({"words"})


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


def broken(db: SqliteSession) -> Break:
    found = chains.verify(db).broken
    assert found is not None
    return found


def test_an_empty_journal(db: SqliteSession) -> None:
    assert journal.head(db, ADA) == Head(0, GENESIS)
    assert (journal.last_number(db), journal.last_at(db)) == (0, None)
    report = chains.verify(db)
    assert (report.ok, report.complete, report.count, report.heads) == (True, True, 0, {})
    assert list(journal.entries(db)) == []
    assert journal.load_entry(db, 1) is None


def test_entries_come_back_as_they_were_written(db: SqliteSession) -> None:
    written = fill(db, 3)
    recorded = list(journal.entries(db))
    assert [(one.number, one.place) for one in recorded] == [(1, 1), (2, 2), (3, 3)]
    assert [one.entry for one in recorded] == written
    assert recorded[0].hash == chain(GENESIS, 1, write_entry(written[0]).hash)
    assert recorded[1].hash == chain(recorded[0].hash, 2, write_entry(written[1]).hash)
    assert journal.load_entry(db, 2) == recorded[1]


def test_each_actor_has_a_chain_of_its_own(db: SqliteSession) -> None:
    for number, actor in enumerate((ADA, BOB, ADA, BOB, BOB), start=1):
        journal.append(db, entry(number, actor=actor))
    assert journal.chained_actors(db) == [ADA, BOB]
    assert [(one.number, one.place) for one in journal.entries_of(db, BOB)] == [(2, 1), (4, 2), (5, 3)]
    assert journal.entries_of(db, ADA)[0].hash == chain(GENESIS, 1, write_entry(entry(1)).hash)
    assert chains.verify(db).heads == {actor: journal.head(db, actor) for actor in (ADA, BOB)}
    assert [found.place for found in journal.load_entries(db, [4]).values()] == [2]


def test_an_intact_chain_verifies_to_its_head(db: SqliteSession) -> None:
    fill(db, 3)
    report = chains.verify(db)
    assert report.ok
    assert (report.count, report.heads) == (3, {ADA: journal.head(db, ADA)})


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_verification_goes_on_where_another_stopped(db: SqliteSession, limit: int) -> None:
    fill(db, 4)
    first = chains.verify(db, limit=limit)
    assert (first.ok, first.complete, first.count) == (True, False, limit)
    assert first.heads[ADA].place == limit
    rest = chains.verify(db, after=first.heads)
    assert (rest.ok, rest.complete, rest.count) == (True, True, 4 - limit)
    assert rest.heads == {ADA: journal.head(db, ADA)}


def test_a_verification_in_parts_finds_what_one_in_full_finds(db: SqliteSession) -> None:
    fill(db, 4)
    held = chains.verify(db, limit=2).heads
    tamper(db, "UPDATE journal SET kind = 'accept' WHERE entry = 4")
    assert chains.verify(db, after=held).broken == broken(db) == Break(ADA, 4, "the entry was changed")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (Head(2, bytes(32)), "the chain is not the one verified"),
        (Head(9, bytes(32)), "the chain ends before the place it was verified to"),
        (Head(0, bytes([1] * 32)), "the chain does not begin so"),
    ],
)
def test_one_cannot_go_on_from_a_link_of_another_chain(db: SqliteSession, head: Head, reason: str) -> None:
    fill(db, 3)
    report = chains.verify(db, after={ADA: head})
    assert (report.ok, report.count) == (False, 0)
    assert report.broken == Break(ADA, head.place + 1, reason)


def test_more_than_a_batch_is_verified_and_read(db: SqliteSession) -> None:
    fill(db, journal.BATCH * 2 + 1)
    assert chains.verify(db).count == journal.BATCH * 2 + 1
    assert len(list(journal.entries(db))) == journal.BATCH * 2 + 1
    tamper(db, f"DELETE FROM journal WHERE entry = {journal.BATCH + 7}")
    assert broken(db) == Break(ADA, journal.BATCH + 7, "entries are missing")


def test_an_entry_rolled_back_leaves_no_gap(db: SqliteSession) -> None:
    fill(db, 1)

    def fail(db: Session) -> None:
        assert journal.append(db, entry(2)) == 2
        raise LookupError

    with pytest.raises(LookupError):
        transact(db, fail)
    assert transact(db, lambda db: journal.append(db, entry(3))) == 2
    assert journal.head(db, ADA).place == 2
    assert chains.verify(db).ok


def test_entries_are_read_in_part(db: SqliteSession) -> None:
    fill(db, 4)
    transact(db, lambda db: journal.append(db, entry(5, kind="accept")))

    def places(**arguments: Any) -> list[int]:
        return [one.place for one in journal.entries_of(db, ADA, **arguments)]

    assert places(after=2) == [3, 4, 5]
    assert places(after=1, limit=2) == [2, 3]
    assert places(limit=0) == []
    assert places(kinds=["accept"]) == [5]
    assert places(kinds=["accept", "offer"], after=3) == [4, 5]
    assert places(kinds=[]) == []

    def numbers(kinds: list[str], **arguments: int) -> list[int]:
        return journal.next_numbers(db, ADA, kinds=kinds, **{"after": 0, "limit": 9, **arguments})

    assert numbers(["accept"]) == [5]
    assert numbers(["accept", "offer"]) == [1, 2, 3, 4, 5]
    assert numbers(["accept", "offer"], after=2, limit=2) == [3, 4]
    assert numbers(["offer"], limit=0) == numbers(["message"]) == []
    assert journal.entries_of(db, BOB) == []
    assert [one.number for one in journal.entries(db, after=3)] == [4, 5]


def test_an_activity_is_found_by_its_iri_and_direction(db: SqliteSession) -> None:
    transact(
        db, lambda db: [journal.append(db, entry(1, direction=way)) for way in (Direction.IN, Direction.OUT)]
    )
    iri = entry(1).subject or ""
    found = [journal.load_entry_about(db, iri, direction=way) for way in (Direction.IN, Direction.OUT)]
    assert [one.number for one in found if one] == [1, 2]
    assert journal.load_entry_about(db, iri, direction=Direction.LOCAL) is None


@pytest.mark.parametrize(
    ("statement", "trigger"),
    [
        ("UPDATE journal SET kind = 'accept'", "never edited"),
        ("UPDATE journal SET entry = 9 WHERE entry = 3", "never edited"),
        ("DELETE FROM journal WHERE entry = 3", "never cut"),
        ("REPLACE INTO journal SELECT * FROM journal WHERE entry = 2", "never cut"),
        ("UPDATE payloads SET bytes = x'00'", "never edited"),
    ],
)
def test_a_slip_of_ours_is_an_error(db: SqliteSession, statement: str, trigger: str) -> None:
    fill(db, 3)
    with pytest.raises(StorageError, match=trigger):
        db.run(statement)
    assert chains.verify(db).count == 3


CHANGES = {
    "at": "'2026-03-01T12:02:00.000001Z'",
    "direction": "'out'",
    "kind": "'accept'",
    "peer": "NULL",
    "subject": "peer",
    "decision": "'{}'",
    "body": "NULL",
    "document": "NULL",
    "hash": "zeroblob(32)",
}


def written_apart(db: SqliteSession) -> None:
    """Write three entries that keep something apart from their decisions."""
    for number in (1, 2, 3):
        decision = {"offer": "of_1", "words": f"in confidence {number}"}
        journal.append(db, entry(number, decision=decision, apart=APART, body=b"body %d" % number))


@pytest.mark.parametrize("column", CHANGES)
def test_every_edited_column_shows(db: SqliteSession, column: str) -> None:
    written_apart(db)
    assert chains.verify(db).ok
    tamper(db, f"UPDATE journal SET {column} = {CHANGES[column]} WHERE entry = 2")
    assert chains.verify(db).count == 1
    assert (broken(db).actor, broken(db).place) == (ADA, 2)
    assert broken(db).reason in {"the entry was changed", "the entry cannot be read"}


def test_an_entry_given_to_another_actor_is_missing_here(db: SqliteSession) -> None:
    fill(db, 3)
    tamper(db, f"UPDATE journal SET actor = '{BOB}', place = 1 WHERE entry = 2")
    assert broken(db) == Break(ADA, 2, "entries are missing")
    assert chains.verify(db, after={BOB: Head(0, GENESIS)}).broken == Break(BOB, 1, "the entry was changed")


def test_a_document_in_the_place_of_another_shows(db: SqliteSession) -> None:
    written_apart(db)
    other = "(SELECT document FROM journal WHERE entry = 3)"
    tamper(db, f"UPDATE journal SET document = {other} WHERE entry = 2")
    assert broken(db) == Break(ADA, 2, "the entry was changed")


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
    tamper(db, f"UPDATE journal SET {spelling} WHERE entry = 2")
    assert broken(db) == Break(ADA, 2, "the entry was changed")


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
    tamper(db, f"UPDATE journal SET {nonsense} WHERE entry = 2")
    assert broken(db) == Break(ADA, 2, "the entry cannot be read")


def test_a_direction_that_does_not_exist_shows(db: SqliteSession) -> None:
    fill(db, 2)
    db.conn.execute("PRAGMA ignore_check_constraints = ON")
    tamper(db, "UPDATE journal SET direction = 'sideways' WHERE entry = 2")
    assert broken(db).reason == "the entry cannot be read"


@pytest.mark.parametrize(
    ("statements", "broken_at", "reason"),
    [
        (["DELETE FROM journal WHERE entry = 1"], 1, "entries are missing"),
        (["DELETE FROM journal WHERE entry = 2"], 2, "entries are missing"),
        (
            ["DELETE FROM journal WHERE entry = 2", "UPDATE journal SET place = 2 WHERE entry = 3"],
            2,
            "the entry does not follow the one before it",
        ),
        (
            [
                "UPDATE journal SET place = 9 WHERE entry = 2",
                "UPDATE journal SET place = 2 WHERE entry = 3",
                "UPDATE journal SET place = 3 WHERE entry = 2",
            ],
            2,
            "the entry does not follow the one before it",
        ),
        (
            [
                "UPDATE journal SET entry = 9 WHERE entry = 2",
                "UPDATE journal SET entry = 2 WHERE entry = 3",
                "UPDATE journal SET entry = 3 WHERE entry = 9",
            ],
            3,
            "the entry does not follow the one before it",
        ),
        (
            ["UPDATE journal SET chain = zeroblob(32) WHERE entry = 3"],
            3,
            "the entry does not follow the one before it",
        ),
        (
            [
                "PRAGMA ignore_check_constraints = ON",
                f"INSERT INTO journal SELECT 9, actor, 0, {MEMBERS}, chain FROM journal WHERE entry = 1",
            ],
            1,
            "entries are missing",
        ),
    ],
    ids=[
        "first cut",
        "middle cut",
        "gap closed",
        "places swapped",
        "order swapped",
        "link cut",
        "before all",
    ],
)
def test_a_cut_or_a_new_order_shows(
    db: SqliteSession, statements: list[str], broken_at: int, reason: str
) -> None:
    fill(db, 3)
    tamper(db, *statements)
    assert broken(db) == Break(ADA, broken_at, reason)


def test_an_entry_slipped_in_shows(db: SqliteSession) -> None:
    fill(db, 2)
    slipped = f"SELECT 3, actor, 3, {MEMBERS}, zeroblob(32) FROM journal WHERE entry = 2"
    tamper(db, f"INSERT INTO journal {slipped}")
    assert broken(db).place == 3


def test_a_cut_at_the_end_shows_only_to_whoever_remembers_the_head(db: SqliteSession) -> None:
    fill(db, 3)
    remembered = journal.head(db, ADA)
    tamper(db, "DELETE FROM journal WHERE entry = 3")
    assert chains.verify(db).ok
    assert journal.head(db, ADA) != remembered
    assert not chains.verify(db, after={ADA: remembered}).ok


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
entries = st.builds(
    Entry,
    at=st.just(NOW),
    direction=st.sampled_from(Direction),
    kind=texts,
    actor=st.sampled_from([ADA, BOB]),
    peer=st.none() | texts,
    subject=st.none() | texts,
    decision=st.dictionaries(
        texts.filter(lambda name: name not in ("apart", "words")),
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    )
    | st.fixed_dictionaries({"words": texts, "offer": texts}),
    body=st.binary(max_size=40),
)


def parted(entry: Entry) -> Entry:
    """Keep apart what can be: `apart` of what comes back names what was there."""
    return replace(entry, apart=APART & entry.decision.keys())


@given(st.lists(entries.map(parted), max_size=6))
def test_whatever_is_appended_verifies_and_comes_back(written: list[Entry]) -> None:
    with in_memory() as db:
        build(db)
        for one in written:
            journal.append(db, one)
        assert chains.verify(db).count == len(written)
        assert [recorded.entry for recorded in journal.entries(db)] == written


@given(st.lists(entries.map(parted), min_size=1, max_size=4), st.data())
def test_any_flipped_bit_of_a_digest_or_a_hash_shows(written: list[Entry], data: st.DataObject) -> None:
    with in_memory() as db:
        build(db)
        for one in written:
            journal.append(db, one)
        number = data.draw(st.integers(1, len(written)))
        column = data.draw(st.sampled_from(["body", "document", "hash", "chain"]))
        (value,) = db.conn.execute(f"SELECT {column} FROM journal WHERE entry = ?", (number,)).fetchone()
        bit = data.draw(st.integers(0, 255))
        tamper(db)
        changed = _flip(value, bit) if value else bytes(32)
        db.conn.execute(f"UPDATE journal SET {column} = ? WHERE entry = ?", (changed, number))
        found = broken(db)
        (place,) = db.conn.execute("SELECT place FROM journal WHERE entry = ?", (number,)).fetchone()
        assert (found.actor, found.place) == (written[number - 1].actor, place)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_flipped_bit_of_a_payload_shows(body: bytes, data: st.DataObject) -> None:
    with in_memory() as db:
        build(db)
        journal.append(db, entry(body=body))
        tamper(db)
        flipped = _flip(body, data.draw(st.integers(0, 8 * len(body) - 1)))
        db.conn.execute("UPDATE payloads SET bytes = ?", (flipped,))
        assert broken(db) == Break(ADA, 1, "a payload was changed")


def _flip(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_entries_are_read_while_others_are_written(db: SqliteSession) -> None:
    fill(db, journal.BATCH + 1)
    reading = iter(journal.entries(db))
    assert next(reading) == journal.load_entry(db, 1)
    journal.append(db, entry(900))
    assert len(list(reading)) == journal.BATCH + 1


# --- payloads ---------------------------------------------------------------------------------------


def digest_of_body(db: SqliteSession, number: int) -> bytes:
    (digest,) = journal.digests_of(db, number)
    return digest


def test_a_purged_payload_is_borne_and_counted(db: SqliteSession) -> None:
    written_apart(db)
    head = journal.head(db, ADA)
    document, body = journal.digests_of(db, 2)
    assert payloads.purge_payload(db, document, why="asked to", at=NOW)
    recorded = journal.load_entry(db, 2)
    assert recorded is not None
    assert (recorded.purged, recorded.entry.decision, recorded.entry.body) == (
        True,
        {"offer": "of_1"},
        b"body 2",
    )
    assert payloads.purge_payload(db, body, why="asked to", at=NOW)
    report = chains.verify(db)
    assert (report.ok, report.count, report.purged, report.heads) == (True, 3, 1, {ADA: head})
    assert payloads.load_purge(db, body) == payloads.PurgeRow(body, NOW, "asked to")
    assert payloads.load_purge(db, document) == payloads.PurgeRow(document, NOW, "asked to")
    assert db.all("SELECT digest FROM payloads WHERE digest IN (?, ?)", document, body) == []


def test_a_payload_that_is_missing_without_a_mark_is_damage(db: SqliteSession) -> None:
    written_apart(db)
    db.run("DELETE FROM payloads WHERE entry = 2")
    assert broken(db) == Break(ADA, 2, "a payload is missing")


def test_what_is_not_there_is_not_purged_and_leaves_no_mark(db: SqliteSession) -> None:
    assert not payloads.purge_payload(db, bytes(32), why="", at=NOW)
    assert not payloads.has_purges(db)


def test_the_same_bytes_are_one_row_and_go_for_all(db: SqliteSession) -> None:
    for actor in (ADA, BOB):
        journal.append(db, entry(1, actor=actor))
    journal.append(db, entry(2, body=b"others"))
    assert [one.number for one in journal.entries_with(db, digest_of_body(db, 1))] == [1, 2]
    assert payloads.purge_payload(db, digest_of_body(db, 1), why="asked to", at=NOW)
    assert [one.purged for one in journal.entries(db)] == [True, True, False]
    assert chains.verify(db).purged == 2
    assert journal.entries_with(db, digest_of_body(db, 1)) == []


def test_purged_bytes_that_come_again_are_kept_again(db: SqliteSession) -> None:
    journal.append(db, entry(1))
    payloads.purge_payload(db, digest_of_body(db, 1), why="asked to", at=NOW)
    journal.append(db, entry(2))
    assert [one.purged for one in journal.entries(db)] == [False, False]
    assert payloads.load_purge(db, digest_of_body(db, 1)) is not None
    assert chains.verify(db).purged == 0
