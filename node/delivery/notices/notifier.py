"""The notifier: the loop that sends what the owner is to be told, beside everything else.

Rules that hold here:

- What is sent next is looked up, noted in one brief write (`node.services.notices.outbox`), then sent, then
  what came of it is written down: a crash in between sends it once more at most.
- Each channel is sent to by itself, one message at a time; one that hangs keeps no other waiting.
- Whatever goes wrong with a channel is its outcome; nothing here fails a node.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from node.core.tidings import Gathered, Notification, Reception, Sending, Trouble
from node.delivery.notices.channels import Openers
from node.services.acting import Acting, Residents
from node.services.ledger.naps import sleep_until
from node.services.notices import outbox
from node.storage import notices
from node.storage.notices import NEWS, ChannelRow
from node.storage.session import Session
from node.storage.store import Store
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Who writes messages in their readers' language, and loads what that takes.

    `compose` tells what was gathered, `trial` that an address works.
    """

    compose: Callable[[Gathered], Notification]
    trial: Callable[[Gathered], Notification]


LIMIT_SECONDS: Final = 60.0  # for one message, whatever its channel waits for
_UNKNOWN: Final = Sending(Reception.LATER, Trouble.UNREACHABLE)

_log = structlog.get_logger(__name__)


class Notifier:
    """Sends what waits; `run` until cancelled."""

    def __init__(self, store: Store, residents: Residents, media: Openers, words: Wording) -> None:
        """Send with these media for these residents."""
        self._store, self._residents, self._media, self._words = store, residents, media, words
        self._busy: set[str] = set()  # channels that are being sent to
        self._missed: set[str] = set()  # those of them at which there was news meanwhile

    async def run(self) -> None:
        """Send what is due, then sleep until something is, or there is news; for ever."""
        wake = asyncio.Event()
        unsubscribe = self._store.subscribe(lambda news: wake.set() if NEWS in news else None)
        try:
            async with asyncio.TaskGroup() as sending:
                while True:
                    wake.clear()
                    due, later = await self._store.read(self._look)
                    for row in due:
                        self._start(sending, row, wake)
                    await sleep_until(later, wake, now=self._residents.clock())
        finally:
            unsubscribe()

    def _look(self, session: Session) -> tuple[list[ChannelRow], datetime | None]:
        """Return the channels at which something is due now, and when something is at any other."""
        now, due, later = self._residents.clock(), list[ChannelRow](), list[datetime]()
        for owner in self._residents.owners.values():
            for row in notices.list_channels(session, owner.iri):
                moment = outbox.next_due(session, row, now=now)
                if moment is not None and moment <= now:
                    due.append(row)
                elif moment is not None:
                    later.append(moment)
        return due, min(later, default=None)

    def _start(self, sending: asyncio.TaskGroup, row: ChannelRow, wake: asyncio.Event) -> None:
        """Begin to send at a channel; if that is going on, have it looked at again afterwards."""
        if row.id in self._busy:
            self._missed.add(row.id)
            return

        def over(_task: object) -> None:
            if row.id in self._missed:
                self._missed.discard(row.id)
                wake.set()

        sending.create_task(self._empty(row)).add_done_callback(over)

    async def test(self, acting: Acting, id: str) -> Mapping[str, Any]:
        """Send a test to a channel (its id) at once, and show the channel as it is afterwards.

        Raises:
            NotFound: `unknown-id`. Conflict: `tried-just-now`.
        """
        row, gathered = await self._store.write(lambda session: outbox.trial(session, acting, id))
        message = await asyncio.to_thread(self._words.trial, gathered)
        sending, now = await self._send(row, message), self._residents.clock()
        return await self._store.write(lambda session: outbox.tried(session, acting, row, sending, now=now))

    async def _empty(self, row: ChannelRow) -> None:
        """Send all that is due at one channel, unless that is being done."""
        if row.id in self._busy:
            return
        self._busy.add(row.id)
        try:
            while await self._send_next(row):
                pass
        except Exception as error:  # whatever stands in the way of one address, the others are told
            _log.error("notice.not_sent", channel=row.id, medium=row.medium, exc_info=error)
        finally:
            self._busy.discard(row.id)

    async def _send_next(self, row: ChannelRow) -> bool:
        """Take the next step at a channel, and send its message; tell whether there was one."""
        acting = self._residents.of(row.actor)
        if acting is None:
            return False
        step = await self._store.read(partial(outbox.look, acting=acting, id=row.id))
        if step is None:
            return False
        batch = await self._store.write(partial(outbox.begin, acting=acting, step=step))
        if batch is None:
            return True  # something was put off or dropped; whatever is left comes next
        message = await asyncio.to_thread(self._words.compose, batch.gathered)
        sending = await self._send(batch.channel, message)
        now = self._residents.clock()
        await self._store.write(partial(outbox.settle, batch=batch, sending=sending, now=now))
        return True

    async def _send(self, row: ChannelRow, message: Notification) -> Sending:
        opener = self._media.get(row.medium)
        if opener is None:  # of a release that had it
            return Sending(Reception.REFUSED, Trouble.REFUSED)
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                return await opener(row).send(message)
        except TimeoutError:
            return Sending(Reception.LATER, Trouble.TOO_SLOW)
        except Exception as error:  # whatever a medium meets, the others go on; the row may hold a secret
            _log.error("notice.failed", channel=row.id, medium=row.medium, error=type(error).__name__)
            return _UNKNOWN
