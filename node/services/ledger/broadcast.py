"""The broadcast: the journal as it grows, read once for all who listen.

Rules here: one reader per node, however many listen; who joins hears what was written from then on, and reads
for themselves what was before; a listener who takes nothing is held a bounded number of entries for, and
then is out.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Final

from node.storage import journal
from node.storage.editions import current_edition
from node.storage.journal import Recorded
from node.storage.session import Session
from node.storage.store import News, Store
from protocol.values import dataclass

__all__ = ["Broadcast", "Feed", "Recorded", "Told", "news_of", "start"]

Render = Callable[[Session, Sequence[Recorded]], Sequence[bytes]]
"""Writes entries as listeners are told of them, a line each; runs where the journal is read."""

PAGE: Final = 100  # entries read at once: some milliseconds


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as listeners are told of it: whose it is, its place in that journal, and the line itself."""

    actor: str
    place: int
    line: bytes


class Feed:
    """What one listener has not taken yet; `news` is called when there is more, or when it is out."""

    def __init__(self, limit: int, news: Callable[[], object]) -> None:
        self.overrun = False
        self._limit, self._news = limit, news
        self._held: deque[Told] = deque()

    def put(self, told: Sequence[Told]) -> None:
        """Hold more for the listener, unless that is more than it may be behind."""
        if len(self._held) + len(told) > self._limit:
            self.overrun = True
            self._held.clear()
        if not self.overrun:
            self._held.extend(told)
        self._news()

    def take(self) -> list[Told]:
        """Give everything that is held."""
        taken = [*self._held]
        self._held.clear()
        return taken


class Broadcast:
    """The one reader of a node's journal for all its listeners, from behind the entry numbered `after`."""

    def __init__(self, store: Store, render: Render, *, after: int) -> None:
        self._store, self._render, self._last = store, render, after
        self._feeds: set[Feed] = set()
        self._news = asyncio.Event()

    @contextmanager
    def join(self, *, limit: int, news: Callable[[], object]) -> Iterator[Feed]:
        """Listen until the end of the block, never more than `limit` entries behind.

        What was committed before may be told as well; nothing that is committed from now on is missed.
        """
        feed = Feed(limit, news)
        self._feeds.add(feed)
        try:
            yield feed
        finally:
            self._feeds.discard(feed)

    async def run(self) -> None:
        """Read what is new and hand it on; without listeners nothing is read."""
        unsubscribe = self._store.subscribe(self._notice)
        if self._feeds:
            self._news.set()  # what came while nobody read, before a fault ended an earlier run
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self._hand_on()
        finally:
            unsubscribe()

    def _notice(self, news: News) -> None:
        if max(news.values()) <= self._last:  # of something else than the journal
            return
        if self._feeds:
            self._news.set()
        else:
            self._last = max(news.values())

    async def _hand_on(self) -> None:
        while page := await self._store.read(partial(_page, render=self._render, after=self._last)):
            self._last, told = page
            for feed in self._feeds:
                feed.put(told)


def start(session: Session) -> tuple[int, str]:
    """Return the number of the journal's last entry, and the edition of the file."""
    return journal.last_number(session), current_edition(session)


def news_of(session: Session, actor: str, *, render: Render, after: int, limit: int) -> list[Told]:
    """Return what is told of the next entries of an actor's journal behind a place."""
    return _told(session, journal.entries_of(session, actor, after=after, limit=limit), render)


def _page(session: Session, *, render: Render, after: int) -> tuple[int, list[Told]] | None:
    """Return the number of the last of the next entries, and what is told of them; None if there are none."""
    items = [*islice(journal.entries(session, after=after), PAGE)]
    return (items[-1].number, _told(session, items, render)) if items else None


def _told(session: Session, items: Sequence[Recorded], render: Render) -> list[Told]:
    lines = render(session, items)
    return [Told(item.entry.actor, item.place, line) for item, line in zip(items, lines, strict=True)]
