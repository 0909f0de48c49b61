import pytest

from node.storage.deliveries import queue_delivery
from node.storage.ids import resolve_access, resolve_id
from node.storage.intentions import save_intention
from node.storage.offers import save_offer
from node.storage.sqlite.session import SqliteSession
from node.storage.tokens import add_token
from protocol.errors import Conflict, NotFound
from tests.storage import rows
from tests.storage.rows import ADA, BOB


@pytest.fixture
def offers(db: SqliteSession) -> SqliteSession:
    for number, id in enumerate(["of_7d1", "of_7d2", "of_9x"]):
        save_offer(db, rows.offer(number, id=id))
    save_offer(db, rows.offer(7, id="of_8z", actor=BOB))
    return db


@pytest.mark.parametrize(("prefix", "id"), [("of_9", "of_9x"), ("of_9x", "of_9x"), ("of_7d2", "of_7d2")])
def test_a_unique_beginning_is_enough(offers: SqliteSession, prefix: str, id: str) -> None:
    assert resolve_id(offers, "offers", ADA, prefix) == id


@pytest.mark.parametrize("prefix", ["of_7", "of_7d", "of_", "o"])
def test_an_ambiguous_beginning_is_a_conflict(offers: SqliteSession, prefix: str) -> None:
    with pytest.raises(Conflict) as caught:
        resolve_id(offers, "offers", ADA, prefix)
    assert caught.value.code == "ambiguous-id"
    assert "of_7d1, of_7d2" in caught.value.detail


def test_of_many_that_start_alike_some_are_listed(db: SqliteSession) -> None:
    for number in range(8):
        save_offer(db, rows.offer(number, id=f"of_0123456789{number}abcdef"))
    with pytest.raises(Conflict) as caught:
        resolve_id(db, "offers", ADA, "of_0")
    listed = ", ".join(f"of_0123456789{number}" for number in range(5))
    assert caught.value.detail == f"Several ids start so: {listed}, and more."


@pytest.mark.parametrize(
    "prefix",
    ["of_9xy", "of_8z", "of_8", "", "%", "_", "of_9%", "of_*", "ÖF_", "\ud800", "of_9~", "a' OR 1=1"],
)
def test_what_begins_no_id_of_the_actor_is_not_found(offers: SqliteSession, prefix: str) -> None:
    with pytest.raises(NotFound) as caught:
        resolve_id(offers, "offers", ADA, prefix)
    assert caught.value.code == "unknown-id"


def test_an_id_of_another_kind_is_called_so(offers: SqliteSession) -> None:
    with pytest.raises(NotFound, match="This is the id of an offer; asked for is an intention") as caught:
        resolve_id(offers, "intentions", ADA, "of_7d1")
    assert caught.value.code == "unknown-id"


def test_each_kind_of_id(db: SqliteSession) -> None:
    save_intention(db, rows.intention(id="int_5"))
    queue_delivery(db, rows.delivery(id="dlv_5"))
    add_token(db, rows.token(id="tok_5"))
    assert resolve_id(db, "intentions", ADA, "int_5") == "int_5"
    assert resolve_id(db, "deliveries", ADA, "dlv_5") == "dlv_5"
    assert resolve_access(db, "tokens", "tok_5") == "tok_5"


@pytest.mark.parametrize("prefix", ["o", "of", "of_"])
def test_a_kind_alone_names_nothing_though_there_is_only_one(db: SqliteSession, prefix: str) -> None:
    save_offer(db, rows.offer(1, id="of_9x"))
    with pytest.raises(Conflict, match="Every id of its kind starts so; there is of_9x") as caught:
        resolve_id(db, "offers", ADA, prefix)
    assert caught.value.code == "ambiguous-id"


def test_a_table_without_ids_is_a_mistake(db: SqliteSession) -> None:
    with pytest.raises(KeyError):
        resolve_id(db, "journal", ADA, "of_")
