"""The notifier: what stands in the way of one address keeps no other waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from node.core.notices import NoticeKind
from node.core.tidings import TAKEN, Gathered, Notification, Sending
from node.delivery.notices.notifier import Notifier, Wording
from node.services.notices import channels
from node.services.notices.noting import Occasion, note
from node.storage.notices import NEWS, ChannelRow
from node.storage.sqlite.database import SqliteStore
from node.web.pages.wording import notice_words
from tests.services.parties import Clock, Party
from tests.web.house import until


class Shelf:
    """A medium that keeps what it is sent, by the channel's id."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def open(self, row: ChannelRow) -> "Place":
        return Place(self, row.id)


class Place:
    """One address of a shelf."""

    def __init__(self, shelf: Shelf, id: str) -> None:
        self._shelf, self._id = shelf, id

    async def send(self, _message: Notification) -> Sending:
        self._shelf.kept.append(self._id)
        return TAKEN


@pytest.fixture
def ada(tmp_path: Path) -> Party:
    return Party("ada", tmp_path, Clock())


@pytest.fixture
async def store(ada: Party) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(ada.folder / "ada.db")
    yield opened
    await opened.close()


async def test_what_nobody_can_put_into_words_holds_up_its_own_address_alone_and_once(
    ada: Party, store: SqliteStore
) -> None:
    ids = {
        ada.do(channels.add, medium="shelf", address=address, config={})["id"] for address in ("one", "two")
    }
    ada.write(lambda db: note(db, ada.iri, Occasion(kind=NoticeKind.SECURITY, event="it", at=ada.clock.now)))
    asked = 0

    def compose(gathered: Gathered) -> Notification:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ValueError("no words")
        return notice_words.compose(gathered, ada.origin)

    shelf = Shelf()
    notifier = Notifier(store, ada.residents, {"shelf": shelf.open}, Wording(compose, compose))
    running = asyncio.create_task(notifier.run())
    await until(lambda: asked == 2 and len(set(shelf.kept)) == 1)
    await store.write(lambda session: session.tell(NEWS))
    await until(lambda: set(shelf.kept) == ids)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
