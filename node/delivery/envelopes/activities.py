"""Activities: posted to an inbox with an HTTP signature, as ActivityPub has it.

Rules here:

- The bytes of an activity come from the journal and never change; each attempt signs them anew.
- A retry goes to the inbox that the recipient's actor names now, not to the one it named when we queued. If
  an inbox is gone, its actor is asked where it is now before that is believed.
- An activity goes to a shared inbox (ActivityPub §7.1.3) if it is addressed to the sender's followers,
  perhaps to the public too, and to nobody by name: then the peer knows by itself who of its actors is meant.
  One that names its readers goes to each one's inbox: their server might take a name for the whole audience,
  and one reader's copy is none of another's business.
- If a shared inbox refuses what it was for, each recipient's own inbox is asked, from then on.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from node.core import codes
from node.core.retries import GONE_STATUSES, Fate, Outcome, RetryDecision, fate_of
from node.delivery.bounded_memory import Recent
from node.delivery.client import Client, Response
from node.delivery.directory import Directory
from node.delivery.envelopes.kinds import outcome_of
from node.delivery.envelopes.letters import Letter, load_letter
from node.delivery.envelopes.responses import read_response
from node.delivery.parcels import Parcel, bundle, with_company
from node.services.acting import LocalActor, Record
from node.services.outbox.endings import settle
from node.storage.cache import InboxAddress, load_addresses
from node.storage.deliveries import DeliveryRow
from node.storage.session import Session
from protocol.actors import Actor
from protocol.errors import Gone, Local, ProtocolError

LIMIT_UNSHARED = 20_000  # servers; one that is forgotten refuses once more

KnownRecipient: TypeAlias = Actor | InboxAddress | None


class Activities:
    """The kind of envelope for activities.

    `sender_of(actor)` returns a local actor, with its keys; `record` adds to the journal what refusals mean.
    """

    def __init__(
        self, directory: Directory, sender_of: Callable[[str], LocalActor | None], record: Record
    ) -> None:
        self.directory = directory
        self.sender_of = sender_of
        self._record = record
        self._unshared: Recent[str, str] = Recent(LIMIT_UNSHARED)

    def bundle(self, session: Session, rows: Sequence[DeliveryRow]) -> list[Parcel]:
        """Put together what may go to a shared inbox."""
        company = with_company(rows)
        letters = {row.entry: row.actor for row in company}
        shareable = {number for number, actor in letters.items() if self._may_share(session, actor, number)}
        company = [row for row in company if row.entry in shareable]
        known = load_addresses(session, (row.address for row in company))
        shared = {
            row.id: inbox
            for row in company
            if (address := known.get(row.address)) and (inbox := address.shared_inbox)
            if inbox not in self._unshared
        }
        return bundle(rows, shared)

    def seal(self, session: Session, parcels: Sequence[Parcel]) -> "list[ActivityEnvelope]":
        """Read the activities, each once, and where their recipients were last known to be."""
        first = [parcel.rows[0] for parcel in parcels]
        letters = {number: _letter(session, number) for number in {row.entry for row in first}}
        known = load_addresses(session, (row.address for row in first))
        return [
            ActivityEnvelope(self, parcel, letters[row.entry], known.get(row.address))
            for parcel, row in zip(parcels, first, strict=True)
        ]

    def settle(
        self, session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime
    ) -> None:
        """Write down what became of activities; a move that was refused is taken back."""
        settle(session, rows, decision, now=now, record=self._record)

    def stop_sharing(self, shared_inbox: str) -> None:
        """Send to everyone's own inbox from now on: this shared one refused what it was for."""
        self._unshared.put(shared_inbox, shared_inbox)

    def _may_share(self, session: Session, actor: str, sequence: int) -> bool:
        sender = self.sender_of(actor)
        try:
            letter = _letter(session, sequence)
        except ProtocolError:  # sending it will fail for the same reason, and say so
            return False
        return sender is not None and letter.is_for_followers(sender.actor.followers)


@dataclass(frozen=True, slots=True)
class ActivityEnvelope:
    """An activity on its way to one inbox; `address` is what the file knows of its first recipient."""

    kind: Activities
    parcel: Parcel
    letter: Letter
    address: InboxAddress | None

    @property
    def origin(self) -> str:
        """The origin whose lane it waited in."""
        return self.parcel.origin

    async def send(self, client: Client) -> Outcome:
        """Post it; if it is to go elsewhere from now on, the outcome names the address."""
        if self.parcel.shared_inbox is not None:
            return await self._send_shared(client, self.parcel.shared_inbox)
        row = self.parcel.rows[0]
        inbox = row.inbox
        try:
            actor = await self._recipient(row)
            inbox = inbox if actor is None else actor.inbox
            answer = await self._post(client, inbox, actor)
            if answer.status in GONE_STATUSES:
                inbox, answer = await self._follow(client, inbox, answer)
            return read_response(answer, created_at=row.created_at, address=inbox)
        except ProtocolError as error:
            return outcome_of(error, address=inbox)

    async def _send_shared(self, client: Client, inbox: str) -> Outcome:
        row = self.parcel.rows[0]
        actor: KnownRecipient = None
        with suppress(Gone):  # one of several; the inbox is the others' too
            actor = await self._recipient(row)
        answer = await self._post(client, inbox, actor)
        outcome = read_response(answer, created_at=row.created_at)
        if fate_of(outcome) not in (Fate.REFUSED, Fate.GONE):
            return outcome
        self.kind.stop_sharing(inbox)
        return replace(outcome, apart=True)

    async def _recipient(self, row: DeliveryRow) -> KnownRecipient:
        """Return the recipient: as known for a first attempt, as its server has it now for a retry.

        None if it cannot be had, but an inbox is known that can be tried.
        """
        hint = self.kind.directory.hint(row.address) or self.address
        if row.attempts == 0 and (hint is not None or row.inbox):
            return hint
        try:
            return await self.kind.directory.actor(row.address, refresh=row.attempts > 0)
        except Gone:
            raise
        except ProtocolError:
            if hint is None and not row.inbox:
                raise
            return hint

    async def _follow(self, client: Client, inbox: str, answer: Response) -> tuple[str, Response]:
        """Ask where the recipient's inbox is now that the known one is gone, and post there if it moved."""
        with suppress(ProtocolError):
            actor = await self.kind.directory.actor(self.parcel.rows[0].address, refresh=True)
            if actor.inbox != inbox:
                return actor.inbox, await self._post(client, actor.inbox, actor)
        return inbox, answer

    async def _post(self, client: Client, inbox: str, actor: KnownRecipient) -> Response:
        sender = self.kind.sender_of(self.parcel.rows[0].actor)
        if sender is None:
            raise Local(codes.SENDER_UNKNOWN)
        ed25519 = actor is not None and actor.speaks_ed25519
        return await client.post(inbox, body=self.letter.body, signer=sender, ed25519=ed25519)


def _letter(session: Session, sequence: int) -> Letter:
    letter = load_letter(session, sequence)
    if letter is None:
        raise Local(codes.ACTIVITY_MISSING)
    return letter
