"""An activity as the journal has it, and whom it is for."""

import orjson
import pytest

from node.core.entries import Direction, Entry
from node.delivery.envelopes.letters import Letter, load_letter
from node.storage import journal
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from protocol.vocabulary import PUBLIC
from tests.delivery.conftest import START
from tests.delivery.rows import ALICE, see

FOLLOWERS = f"{ALICE}/followers"
BIG = "https://big.example"


def letter_to(*addressees: str) -> Letter:
    return Letter(orjson.dumps({"to": addressees}))


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
    assert letter_to(*addressees).is_for_followers(FOLLOWERS) is shared


def test_an_actor_without_followers_shares_nothing() -> None:
    assert not letter_to(PUBLIC).is_for_followers(None)


async def test_a_letter_is_the_journals_bytes(store: SqliteStore) -> None:
    body = b'{ "to":["as:Public", {"id":"https://a.example/x"}] , "cc":"https://b.example/y" }'

    def record(db: Session) -> int:
        entry = Entry(at=START, direction=Direction.OUT, kind="note", actor=ALICE, body=body)
        return journal.append(db, entry)

    sequence = await store.write(record)
    letter = see(store, lambda db: load_letter(db, sequence))
    assert letter == Letter(body)


def test_an_addressee_may_be_a_reference_or_a_value_and_stand_in_cc() -> None:
    body = b'{"to":[{"id":"%s"}],"cc":"as:Public"}' % FOLLOWERS.encode()
    assert Letter(body).is_for_followers(FOLLOWERS)
    assert not Letter(body.replace(b"as:Public", b"https://b.example/y")).is_for_followers(FOLLOWERS)


async def test_an_entry_without_a_body_is_no_letter(store: SqliteStore) -> None:
    entry = Entry(at=START, direction=Direction.LOCAL, kind="note", actor=ALICE, body=b"")
    sequence = await store.write(lambda db: journal.append(db, entry))
    assert see(store, lambda db: load_letter(db, sequence)) is None
    assert see(store, lambda db: load_letter(db, sequence + 1)) is None
