"""Own copies: somebody else's intention, asked for at its address, signed by who asks.

A loop that reconciles, as that for pictures: it looks at what is due (`node.storage.own_copies`), asks for
some of it, and writes down what came of that. Rules here: what a stranger makes us ask has the connections of
what strangers name; an answer is believed at the address that was asked, of its author, and by the checks of
the inbox; whatever goes wrong is noted, and asked again a few times at most.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from node.delivery.client import Client, Unreachable
from node.delivery.directory import Directory
from node.services.acting import Acting, Residents
from node.services.intentions import own_copies
from node.services.intentions.own_copies import Came, Question
from node.storage.own_copies import WANTED, OwnCopyRow, due_own_copies
from node.storage.session import Session
from node.storage.store import Store
from protocol import incoming
from protocol.canonical import canonicalise
from protocol.errors import Gone, NotFound, ProtocolError

BATCH: Final = 8
LOOKS_EVERY_SECONDS: Final = 30.0

log = structlog.get_logger(__name__)


class OwnCopies:
    """Asks for intentions, by hand and by itself."""

    def __init__(self, client: Client, store: Store, residents: Residents, directory: Directory) -> None:
        self._client, self._store, self._residents, self._directory = client, store, residents, directory

    async def ask(self, acting: Acting, id: str) -> None:
        """Ask for our own copy of an intention (its id) if there may be one, and take what comes.

        Raises:
            NotFound, Conflict: there is no such intention here. NotFound, Gone: its server says so of it.
            Unreachable: it cannot be asked, or what it answers is not to be believed.
        """
        question = await self._store.read(lambda session: own_copies.question_by_hand(session, acting, id))
        if question is None:
            return
        try:
            await self._ask(acting, question)
        except ProtocolError as error:
            if question.is_dispensable:
                log.info("own copy not had", intention=question.intention, code=error.code)
                return
            if isinstance(error, Gone | NotFound | Unreachable):
                raise
            # It is not the one who asks that cannot be believed.
            raise Unreachable(error.code, error.detail) from error

    async def run(self) -> None:
        """Look at what is due, soon after something is wanted and now and then, until cancelled."""
        wanted = asyncio.Event()
        unsubscribe = self._store.subscribe(lambda news: wanted.set() if WANTED in news else None)
        try:
            while True:
                wanted.clear()
                if not await self.turn():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(wanted.wait(), LOOKS_EVERY_SECONDS)
        finally:
            unsubscribe()

    async def turn(self) -> bool:
        """Ask for some of what is due; tell whether there may be more."""
        now = self._residents.clock()

        def due(session: Session) -> list[tuple[OwnCopyRow, Question | None]]:
            rows = due_own_copies(session, now, limit=BATCH)
            return [(row, own_copies.question(session, row)) for row in rows]

        found = await self._store.read(due)
        await asyncio.gather(*(self._look(row, question) for row, question in found))
        return len(found) == BATCH

    async def _look(self, row: OwnCopyRow, question: Question | None) -> None:
        acting = self._residents.of(row.actor)
        came = None if question is None or acting is None else await self._came(acting, question)
        acting = self._residents.of(row.actor)  # by now
        if acting is None:
            await self._store.write(partial(own_copies.forget, row=row))
        else:
            await self._store.write(partial(own_copies.conclude, acting=acting, row=row, came=came))

    async def _came(self, acting: Acting, question: Question) -> Came:
        try:
            await self._ask(acting, question)
        except Unreachable as error:
            log.info("own copy not had", intention=question.intention, code=error.code)
            return Came.SILENCE
        except ProtocolError as error:
            log.info("own copy not taken", intention=question.intention, code=error.code)
            return Came.NOTHING
        except Exception as error:  # if it stayed due, it would hold up all others for ever
            log.error("own copy not taken", intention=question.intention, exc_info=error)
            return Came.SILENCE
        return Came.ANSWER

    async def _ask(self, acting: Acting, question: Question) -> None:
        author = await self._directory.actor(question.author)
        fetched = await self._client.fetch(question.intention, signer=acting.owner)
        answer = incoming.read(canonicalise(fetched.document))
        now = self._residents.of(acting.iri) or acting
        take = partial(own_copies.take_copy, acting=now, iri=question.intention, answer=answer, author=author)
        await self._store.write(take)
