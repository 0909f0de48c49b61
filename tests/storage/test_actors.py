import pytest

from node.storage import actors
from node.storage.errors import StorageError
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA, BOB, at


def test_an_actor_has_one_handle_to_the_letter(db: SqliteSession) -> None:
    actors.save_actor(db, ada := rows.actor())
    actors.save_actor(db, other := rows.actor(iri=BOB, handle="Ada", created_at=at(1)))
    assert actors.list_actors(db) == [ada, other]


def test_an_actor_can_change_but_not_take_anothers_handle(db: SqliteSession) -> None:
    actors.save_actor(db, rows.actor())
    actors.save_actor(db, renamed := rows.actor(name="Ada L."))
    assert actors.list_actors(db) == [renamed]
    with pytest.raises(StorageError):
        actors.save_actor(db, rows.actor(iri=BOB))


def test_actors_are_listed_as_they_came(db: SqliteSession) -> None:
    actors.save_actor(db, second := rows.actor(iri=BOB, handle="bob", created_at=at(1)))
    actors.save_actor(db, first := rows.actor())
    assert actors.list_actors(db) == [first, second]


class TestKeys:
    @pytest.fixture
    def db(self, db: SqliteSession) -> SqliteSession:
        actors.save_actor(db, rows.actor())
        return db

    def test_a_retired_key_stays_on_record_with_its_first_date(self, db: SqliteSession) -> None:
        actors.add_key(db, rows.key(1))
        actors.add_key(db, rows.key(2))
        actors.retire_key(db, rows.key(1).id, at=at(9))
        actors.retire_key(db, rows.key(1).id, at=at(10))
        retired = rows.key(1, retired_at=at(9))
        assert actors.list_keys(db, ADA) == [rows.key(2)]
        assert actors.list_keys(db, ADA, retired=True) == [retired, rows.key(2)]

    def test_a_key_belongs_to_an_actor_and_is_never_replaced(self, db: SqliteSession) -> None:
        actors.add_key(db, rows.key(1))
        with pytest.raises(StorageError):
            actors.add_key(db, rows.key(1, private_pem="another"))
        with pytest.raises(StorageError):
            actors.add_key(db, rows.key(2, actor=BOB))

    def test_the_private_key_does_not_show(self) -> None:
        assert "PRIVATE" not in repr(rows.key())
