"""Faces: the pictures that peers' actors name, fetched once by the node and never by a browser.

A loop that reconciles, as the worker is: it looks at what is due (`node.storage.faces`), fetches some of it,
and writes down what became of it. Rules here: nobody learns when a page is looked at, since a look never
fetches; whom nobody here deals with is not asked for a picture; a few are fetched at once, and one is decoded
at a time; whatever goes wrong is remembered, and the initials stay.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

import structlog

from node.core.faces import Course, failed, fetched, passed_over
from node.core.pictures import PictureRefused
from node.delivery.client import Client
from node.delivery.pictures import redraw
from node.storage import faces
from node.storage.faces import FaceRow
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import ProtocolError
from protocol.iris import same_origin

BATCH: Final = 8
LOOKS_EVERY_SECONDS: Final = 30.0
_SETTLES_SECONDS: Final = 1.0  # who is met is a stranger until what it sent has been taken

log = structlog.get_logger(__name__)


class Faces:
    """Fetches pictures; `home` is this node's own origin, which is never asked."""

    def __init__(self, client: Client, store: Store, *, clock: Callable[[], datetime], home: str) -> None:
        self._client, self._store, self._clock, self._home = client, store, clock, home
        self._decoding = asyncio.Lock()

    async def run(self) -> None:
        """Look at what is due, soon after something was named and now and then, until cancelled."""
        named = asyncio.Event()
        unsubscribe = self._store.subscribe(lambda news: named.set() if faces.NAMED in news else None)
        try:
            while True:
                named.clear()
                if not await self.turn():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(named.wait(), LOOKS_EVERY_SECONDS)
                await asyncio.sleep(_SETTLES_SECONDS)
        finally:
            unsubscribe()

    async def turn(self) -> bool:
        """Look at some of what is due; tell whether there may be more."""
        now = self._clock()

        def due(session: Session) -> list[tuple[FaceRow, bool]]:
            rows = faces.due_faces(session, now, limit=BATCH)
            return [(row, faces.is_dealt_with(session, row.address)) for row in rows]

        found = await self._store.read(due)
        await asyncio.gather(*(self._look(row, dealt_with=known) for row, known in found))
        return len(found) == BATCH

    async def _look(self, row: FaceRow, *, dealt_with: bool) -> None:
        if not dealt_with:
            await self._keep(row, partial(passed_over, row.course))
            return
        try:
            picture = await self._picture(row.source)
        except (ProtocolError, PictureRefused) as error:
            log.info("picture not taken", actor=row.address, why=getattr(error, "code", "not a picture"))
            await self._keep(row, partial(failed, row.course))
            return
        except Exception as error:  # if it stayed due, it would hold up all others for ever
            log.error("picture not taken", actor=row.address, exc_info=error)
            await self._keep(row, partial(failed, row.course))
            return
        digest, now = sha256(picture).hexdigest(), self._clock()

        def keep(session: Session) -> None:
            if _is_same(session, row):
                course = fetched(row.course, now=now)
                faces.save_face(session, row.address, course, digest=digest, picture=picture)

        await self._store.write(keep)

    async def _keep(self, row: FaceRow, step: Callable[..., Course]) -> None:
        now = self._clock()

        def keep(session: Session) -> None:
            if _is_same(session, row):
                faces.save_course(session, row.address, step(now=now))

        await self._store.write(keep)

    async def _picture(self, source: str) -> bytes:
        if same_origin(source, self._home):
            raise PictureRefused
        body = await self._client.picture(source)
        async with self._decoding:
            return await asyncio.to_thread(redraw, body)


def _is_same(session: Session, row: FaceRow) -> bool:
    """Tell whether the actor still names the picture that was asked for: meanwhile anything may be."""
    known = faces.load_face(session, row.address)
    return known is not None and known.source == row.source
