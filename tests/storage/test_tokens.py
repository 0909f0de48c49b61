from hashlib import sha256
from pathlib import Path

import pytest

from node.storage import tokens
from node.storage.errors import StorageError
from node.storage.sqlite.session import SqliteSession
from node.storage.tokens import AnswerRow
from tests.storage import rows
from tests.storage.rows import NOW, at


def test_a_token_is_found_by_its_secret(db: SqliteSession) -> None:
    for number in (2, 1):
        tokens.add_token(db, rows.token(number))
    assert tokens.load_token(db, "secret-1") == rows.token(1)
    assert tokens.load_token(db, "secret-3") is None
    assert tokens.list_tokens(db) == [rows.token(1), rows.token(2)]


def test_the_file_holds_no_secret(db: SqliteSession, path: Path) -> None:
    tokens.add_token(db, rows.token())
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"secret-1" not in path.read_bytes()
    assert sha256(b"secret-1").digest() in path.read_bytes()


def test_a_revoked_token_is_useless_but_on_record(db: SqliteSession) -> None:
    tokens.add_token(db, rows.token())
    assert tokens.revoke_token(db, "tok_1", at=at(5))
    assert not tokens.revoke_token(db, "tok_1", at=at(6))
    assert not tokens.revoke_token(db, "tok_2", at=at(6))
    assert tokens.load_token(db, "secret-1") is None
    assert tokens.list_tokens(db) == [rows.token(revoked_at=at(5))]


def test_the_last_use_is_noted(db: SqliteSession) -> None:
    tokens.add_token(db, rows.token())
    tokens.touch_token(db, "tok_1", at=at(5))
    assert tokens.load_token(db, "secret-1") == rows.token(last_used_at=at(5))


def test_an_answer_is_kept_once_per_key_and_caller(db: SqliteSession) -> None:
    answer = AnswerRow("k", "tok_1", "ed_1", bytes(32), 201, b"{}", NOW)
    tokens.add_answer(db, answer)
    assert tokens.load_answer(db, "k", "tok_1") == answer
    assert tokens.load_answer(db, "k", "tok_2") is None
    with pytest.raises(StorageError):
        tokens.add_answer(db, answer)


def test_a_voided_answer_keeps_its_key_and_nothing_it_said(db: SqliteSession) -> None:
    tokens.add_answer(db, AnswerRow("k", "tok_1", "ed_1", b"digest", 201, b"words", NOW))
    tokens.void_answers(db)
    assert tokens.load_answer(db, "k", "tok_1") == AnswerRow("k", "tok_1", "void", b"digest", 201, b"", NOW)


def test_answers_are_forgotten(db: SqliteSession) -> None:
    for number in range(3):
        tokens.add_answer(db, AnswerRow(str(number), "tok_1", "ed_1", b"", 200, b"", at(number)))
    assert [tokens.forget_answers(db, before=at(2), most=1) for _ in range(3)] == [1, 1, 0]
    assert tokens.load_answer(db, "2", "tok_1")
