"""Events for webhooks: posted as CloudEvents with the headers of Standard Webhooks, each by itself.

Rules here: the bytes and the id are the same at every attempt, the timestamp and the signatures are those of
the attempt. Only a host that the owner named is dialled wherever it leads, by a client of its own; redirects
are not followed. What a receiver answers is judged by its status; not a word of it is kept.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from node.core.hook_reach import HookReach
from node.core.retries import Outcome, RetryDecision
from node.core.webhooks import decide
from node.delivery.client import Client
from node.delivery.envelopes.kinds import outcome_of
from node.delivery.parcels import Parcel
from node.services.acting import Acting
from node.services.ledger.chapters import Ledger
from node.services.webhooks import endings, hooks
from node.services.webhooks.events import HookMessage, load_message, trial_message
from node.storage.deliveries import DeliveryRow
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import ProtocolError
from protocol.values import dataclass
from protocol.webhooks import sign

_CONTENT: Final = {"Content-Type": "application/cloudevents+json"}


class Webhooks:
    """The kind of envelope for events; `named` is the client for hosts that the owner named, as `reach` says.

    `origin` is that of this node, where events are read.
    """

    def __init__(
        self,
        named: Client,
        reach: HookReach,
        ledger: Ledger,
        *,
        origin: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.reach = reach
        self._named, self._ledger = named, ledger
        self._origin, self._clock = origin, clock

    def bundle(self, session: Session, rows: Sequence[DeliveryRow]) -> list[Parcel]:  # noqa: ARG002 -- the protocol's
        """Put each event in an envelope of its own."""
        return [Parcel((row,)) for row in rows]

    def seal(self, session: Session, parcels: Sequence[Parcel]) -> "list[HookEnvelope]":
        """Read what events say, and the keys that sign them now."""
        now = self._clock()
        rows = [parcel.rows[0] for parcel in parcels]
        return [
            HookEnvelope(
                self,
                row.origin,
                load_message(session, row, ledger=self._ledger, origin=self._origin, now=now),
            )
            for row in rows
        ]

    def decide(self, outcome: Outcome, row: DeliveryRow, *, now: datetime, jitter: float) -> RetryDecision:
        """Decide as Standard Webhooks proposes."""
        return decide(outcome, attempts=row.attempts, created_at=row.created_at, now=now, jitter=jitter)

    def settle(
        self, session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime
    ) -> None:
        """Write down what became of events; a webhook that is gone is disabled."""
        endings.settle(session, rows, decision, now=now)

    async def post(self, message: HookMessage, client: Client) -> Outcome:
        """Post an event and say how that went.

        Raises:
            ProtocolError: as `Client.post`.
        """
        headers = {**_CONTENT, **sign(message.id, message.body, message.signers, now=self._clock())}
        chosen = self._named if self.reach.names(message.url) else client
        answer = await chosen.post(message.url, body=message.body, headers=headers)
        # What one address answers says nothing of others at its origin, where anybody's may be.
        return Outcome(answer.status, f"The webhook answered {answer.status}.", answer.wait, answered=True)


@dataclass(frozen=True, slots=True)
class HookEnvelope:
    """An event on its way to one webhook; `origin` is that in whose lane it waited."""

    kind: Webhooks
    origin: str
    message: HookMessage

    async def send(self, client: Client) -> Outcome:
        """Post it."""
        return await self.kind.post(self.message, client)


class HookTrials:
    """Sends a test to a webhook at once, past what waits for it."""

    def __init__(self, store: Store, client: Client, kind: Webhooks) -> None:
        self._store, self._client, self._kind = store, client, kind

    @property
    def reach(self) -> HookReach:
        """Where webhooks may lead."""
        return self._kind.reach

    async def test(self, acting: Acting, id: str) -> dict[str, Any]:
        """Send a test and return what came of it, with the webhook as it is afterwards.

        Raises:
            NotFound: `unknown-id`. Conflict: `tried-just-now`.
        """
        message = await self._store.write(lambda session: self._begin(session, acting, id))
        try:
            outcome = await self._kind.post(message, self._client)
        except ProtocolError as error:
            outcome = outcome_of(error)
        taken = outcome.status is not None and 200 <= outcome.status < 300
        shown = await self._store.read(lambda session: hooks.show(session, acting, id))
        return {
            **shown,
            "taken": taken,
            "last_status": outcome.status,
            "last_error": None if taken else outcome.detail,
        }

    def _begin(self, session: Session, acting: Acting, id: str) -> HookMessage:
        row = hooks.begin_trial(session, acting, id)
        return trial_message(session, row, acting.new_id("evt"), now=acting.now)
