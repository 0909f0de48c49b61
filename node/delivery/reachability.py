"""Reachability: the node asks for itself at its public address, as a peer would, and looks who answers.

Rules here: no third party is asked and told about this node. The question is a secret of the moment, and so
is its answer: whoever else answers at the address knows neither. It goes through a client like the one that
everything goes through, so what a peer could not follow is not followed; but over a new connection each time,
as a kept one goes on under a certificate that has run out. However many ask at once, it is asked once.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from node.core import codes
from node.core.reachability import PATH, Sighted, Sighting, all_as_one, answered, failed
from node.delivery.client import Client
from node.delivery.media import RESOURCE_DESCRIPTOR
from protocol.errors import ProtocolError

_OTHERS: Final = "The other server"  # so begins what the client says of whom it asks

log = structlog.get_logger(__name__)


class Reachability:
    """Asks for the node at `origin`; `draw` makes secrets. `last` is what was seen last, and when."""

    def __init__(
        self, client: Client, *, origin: str, clock: Callable[[], datetime], draw: Callable[[], str]
    ) -> None:
        self.last: Sighted | None = None
        self._client, self._origin, self._clock, self._draw = client, origin, clock, draw
        self._answers: dict[str, str] = {}
        self._looking: asyncio.Task[Sighted] | None = None

    def answer_to(self, question: str) -> str | None:
        """Return what this node answers to a question that it asks itself just now."""
        return self._answers.get(question)

    async def look(self) -> Sighted:
        """Ask, or wait with the others that have."""
        return await asyncio.shield(self._begun())  # whoever waits may go, and the others still wait

    async def look_within(self, patience_seconds: float) -> Sighted | None:
        """Ask, or wait with the others that have; None if that takes longer than the patience."""
        done, _ = await asyncio.wait({self._begun()}, timeout=patience_seconds)
        return next((task.result() for task in done), None)

    def begin(self) -> None:
        """Begin to look, unless that has begun."""
        self._begun()

    def _begun(self) -> asyncio.Task[Sighted]:
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._done)
        return self._looking

    async def close(self) -> None:
        """Give up on what is being asked."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    def _done(self, _task: asyncio.Task[Sighted]) -> None:
        self._looking = None

    async def _look(self) -> Sighted:
        question, answer = self._draw(), self._draw()
        asked = f"{self._origin}{PATH}{question}"
        self._answers[question], detail, learnt = answer, "", object()
        try:
            found = await self._client.fetch(asked, media=RESOURCE_DESCRIPTOR)
            detail, learnt = _status(200), found.document.get("callers")
            sighting = answered(asked=asked, by=found.iri, is_ours=found.document.get("answer") == answer)
        except ProtocolError as error:
            log.info("own address looked at", origin=self._origin, code=error.code, why=error.detail)
            sighting, detail = failed(error.code), _came_back(error)
        finally:
            del self._answers[question]
        is_ours = sighting in {Sighting.REACHED, Sighting.THIS_MACHINE}
        self.last = Sighted(sighting, self._clock(), all_as_one(learnt) if is_ours else detail)
        return self.last


def _came_back(error: ProtocolError) -> str:
    """Say what came back: the status that a document is not here, or why nothing could be read."""
    status = {codes.NOT_FOUND: 404, codes.GONE: 410}.get(error.code)
    if status is not None:
        return _status(status)
    said = error.detail.removeprefix(_OTHERS)  # whoever answers stands at the owner's own address
    return said if said == error.detail else f"It{said}".replace("It's ", "Its ", 1)


def _status(status: int) -> str:
    return f"It answers with HTTP status {status}."
