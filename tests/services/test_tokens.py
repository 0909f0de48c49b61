"""Tokens: which one a secret is, from memory and from the file."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from node import randomness
from node.services.acting import Acting
from node.services.people import tokens
from node.services.people.tokens import Recognition
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.tokens import list_tokens, revoke_token
from tests.services.parties import Party

T = TypeVar("T")


class Watched(SqliteStore):
    """A store that counts what is read from it; `meanwhile` happens between a reading and its answer."""

    reads = 0
    meanwhile: Callable[[], object] | None = None

    async def read(self, work: Callable[[Session], T]) -> T:
        self.reads += 1
        answer = await super().read(work)
        if self.meanwhile is not None:
            self.meanwhile()
        return answer


def salted(party: Party) -> Acting:
    """Return who acts for a party, with secrets that differ."""
    return replace(party.acting, salt=randomness.new_salt)


class Seconds:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Watched]:
    opened = Watched.open(tmp_path / "tokens.db")
    yield opened
    await opened.close()


async def test_a_token_is_recognised_from_memory_for_a_second(store: Watched, ada: Party) -> None:
    acting, seconds = salted(ada), Seconds()
    known = Recognition(store, seconds=seconds)
    made = await store.write(lambda session: tokens.create(session, acting, name="x", scopes=["read"]))
    for _ in range(2):  # the first use is noted, and what is then in the file is read once more
        token = await known.recognise(made["secret"], now=acting.now)
        assert token is not None
    assert store.reads == 2
    for _ in range(5):
        token = await known.recognise(made["secret"], now=acting.now)
        assert (token and token.id, token and token.scopes) == (made["id"], ("read",))
    assert store.reads == 2
    seconds.now += tokens.REMEMBERED_SECONDS
    assert await known.recognise(made["secret"], now=acting.now)
    assert store.reads == 3
    (row,) = await store.read(list_tokens)
    assert row.last_used_at == acting.now


async def test_au_13_a_revocation_is_known_at_once_and_one_elsewhere_within_a_second(
    store: Watched, ada: Party
) -> None:
    acting, seconds = salted(ada), Seconds()
    known = Recognition(store, seconds=seconds)
    here, there = [
        await store.write(partial(tokens.create, acting=acting, name=n, scopes=["read"]))
        for n in ("here", "there")
    ]
    for made in (here, there, here, there):
        assert await known.recognise(made["secret"], now=acting.now)
    await store.write(lambda session: tokens.revoke(session, acting, here["id"]))
    known.forget()
    assert await known.recognise(here["secret"], now=acting.now) is None
    assert not await known.is_valid(here["id"])
    assert await known.recognise(there["secret"], now=acting.now)
    await store.write(lambda session: revoke_token(session, there["id"], at=acting.now))
    assert await known.recognise(there["secret"], now=acting.now)
    seconds.now += tokens.REMEMBERED_SECONDS
    assert await known.recognise(there["secret"], now=acting.now) is None


async def test_what_was_read_before_a_revocation_is_read_again(store: Watched, ada: Party) -> None:
    acting = salted(ada)
    known = Recognition(store, seconds=Seconds())
    made = await store.write(lambda session: tokens.create(session, acting, name="x", scopes=["read"]))
    assert await known.recognise(made["secret"], now=acting.now)
    await store.write(lambda session: tokens.revoke(session, acting, made["id"]))

    def announce() -> None:
        store.meanwhile = lambda: None
        known.forget()

    before, store.meanwhile = store.reads, announce
    assert await known.recognise(made["secret"], now=acting.now) is None
    assert store.reads == before + 2


async def test_what_is_no_token_is_not_remembered_and_memory_is_bounded(
    store: Watched, ada: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_TOKENS", 2)
    acting, known = salted(ada), Recognition(store, seconds=Seconds())
    for number in range(5):
        assert await known.recognise(f"fh_{number}", now=acting.now) is None
    assert known._known == {}
    for number in range(5):
        made = await store.write(partial(tokens.create, acting=acting, name=str(number), scopes=["read"]))
        for _ in range(2):
            assert await known.recognise(made["secret"], now=acting.now)
        assert len(known._known) <= 2
