"""What shares a post, and what does not."""

import pytest

from node.core.entries import Direction, Entry
from node.delivery.parcels import Letter, Parcel, bundle, load_letter, with_company
from node.storage import journal
from node.storage.sqlite.database import SqliteStore
from node.storage.sqlite.session import SqliteSession
from protocol.vocabulary import PUBLIC
from tests.delivery.conftest import START
from tests.delivery.rows import ALICE, make_row

FOLLOWERS = f"{ALICE}/followers"
BIG, OTHER = "https://big.example", "https://other.example"


@pytest.mark.parametrize(
    ("addressees", "shared"),
    [
        ({FOLLOWERS}, True),
        ({FOLLOWERS, PUBLIC}, True),
        ({PUBLIC}, False),
        ({f"{BIG}/actors/1"}, False),
        ({FOLLOWERS, f"{BIG}/actors/1"}, False),
        ({"https://elsewhere.example/followers"}, False),
        (set(), False),
    ],
)
def test_only_what_is_for_followers_and_names_nobody_is_shared(addressees: set[str], shared: bool) -> None:
    assert Letter(b"{}", frozenset(addressees)).is_for_followers(FOLLOWERS) is shared


def test_an_actor_without_followers_shares_nothing() -> None:
    assert not Letter(b"{}", frozenset({PUBLIC})).is_for_followers(None)


async def test_a_letter_is_the_journals_bytes(store: SqliteStore) -> None:
    body = b'{ "to":["as:Public", {"id":"https://a.example/x"}] , "cc":"https://b.example/y" }'

    def record(db: SqliteSession) -> int:
        entry = Entry(at=START, direction=Direction.OUT, kind="note", actor=ALICE, body=body)
        return journal.append(db, entry)

    entry = await store.write(record)
    letter = store.read_now(lambda db: load_letter(db, entry))
    assert letter == Letter(body, frozenset({PUBLIC, "https://a.example/x", "https://b.example/y"}))


async def test_an_entry_without_a_body_is_no_letter(store: SqliteStore) -> None:
    entry = Entry(at=START, direction=Direction.LOCAL, kind="note", actor=ALICE, body=b"")
    entry = await store.write(lambda db: journal.append(db, entry))
    assert store.read_now(lambda db: load_letter(db, entry)) is None
    assert store.read_now(lambda db: load_letter(db, entry + 1)) is None


def test_company_is_the_same_activity_on_the_same_origin() -> None:
    rows = [
        make_row("1", f"{BIG}/actors/1", entry=7),
        make_row("2", f"{OTHER}/actors/2", entry=7),
        make_row("3", f"{BIG}/actors/3", entry=8),
        make_row("4", f"{BIG}/actors/4", entry=7),
    ]
    assert [row.id for row in with_company(rows)] == ["1", "4"]


def test_what_shares_an_inbox_is_one_parcel_in_the_order_of_the_first() -> None:
    rows = [make_row(id, f"{BIG}/actors/{id}", entry=entry) for id, entry in
            (("1", 7), ("2", 7), ("3", 8), ("4", 7), ("5", 7))]  # fmt: skip
    shared = {"1": f"{BIG}/inbox", "4": f"{BIG}/inbox", "3": f"{BIG}/inbox", "5": f"{BIG}/second"}
    assert bundle(rows, shared) == [
        Parcel((rows[0], rows[3]), f"{BIG}/inbox"),
        Parcel((rows[1],)),
        Parcel((rows[2],)),  # alone with its activity: its own inbox does
        Parcel((rows[4],)),
    ]
    assert bundle(rows, {}) == [Parcel((row,)) for row in rows]
    assert Parcel((rows[0],)).origin == BIG
