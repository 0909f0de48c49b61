"""Activities: posted to an inbox with an HTTP signature, as ActivityPub has it.

Rules here:

- The bytes of an activity come from the journal and never change; each attempt signs them anew.
- A retry goes to the inbox that the recipient's actor names now, not to the one it named when we queued. If
  an inbox is gone, its actor is asked where it is now before that is believed; while it cannot be asked, the
  activity waits.
- An activity goes to a shared inbox (ActivityPub §7.1.3) if it is addressed to the sender's followers,
  perhaps to the public too, and to nobody by name: then the peer knows by itself who of its actors is meant.
  One that names its readers goes to each one's inbox: their server might take a name for the whole audience,
  and one reader's copy is none of another's business.
- Nothing goes to a shared inbox where the sender has blocked anybody: who is blocked is not told, so their
  server takes them for a follower still.
- Nothing goes where an unconfirmed document says (`node.services.ledger.keys`): it waits, and the owner is
  told which keys are new, whether or not anything was ever signed with them.
- If a shared inbox refuses what it was for, each recipient's own inbox is asked, from then on.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from node.core import codes
from node.core.retries import GONE_STATUSES, Fate, Outcome, RetryDecision, decide, fate_of
from node.delivery.bounded_memory import Recent
from node.delivery.client import Client, Response
from node.delivery.directory import RETRY_AFTER, Directory
from node.delivery.envelopes.kinds import outcome_of
from node.delivery.envelopes.letters import Letter, load_letter
from node.delivery.envelopes.responses import read_response
from node.delivery.parcels import Parcel, bundle, with_company
from node.services.acting import LocalActor, Record
from node.services.ledger.keys import fragments_of, hold_listed, is_unconfirmed
from node.services.outbox.endings import settle
from node.storage.cache import InboxAddress, load_addresses
from node.storage.deliveries import DeliveryRow
from node.storage.peer_keys import KeyState, keys_among
from node.storage.peers import is_blocked_at, load_peer
from node.storage.session import Session
from protocol.actors import Actor
from protocol.errors import Gone, Local, NotFound, ProtocolError
from protocol.values import dataclass

LIMIT_UNSHARED = 20_000  # servers; one that is forgotten refuses once more

KnownRecipient: TypeAlias = Actor | InboxAddress | None

_UNCONFIRMED = Outcome(
    None,
    "Its document lists keys that you have not confirmed: nothing is sent there before (freehold peer show).",
    answered=True,
    unconfirmed=True,
)


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
        closed = {
            place for place in {(row.actor, row.origin) for row in company} if is_blocked_at(session, *place)
        }
        company = [row for row in company if (row.actor, row.origin) not in closed]
        known, had = load_addresses(session, (row.address for row in company)), _keys(session, company)
        shared = {
            row.id: inbox
            for row in company
            if (address := known.get(row.address)) and (inbox := address.shared_inbox)
            if inbox not in self._unshared and not is_unconfirmed(had[row.recipient], address.keys)
        }
        return bundle(rows, shared)

    def seal(self, session: Session, parcels: Sequence[Parcel]) -> "list[ActivityEnvelope]":
        """Read the activities, each once, and where their recipients were last known to be."""
        first = [parcel.rows[0] for parcel in parcels]
        letters = {number: _letter(session, number) for number in {row.entry for row in first}}
        known, had = load_addresses(session, (row.address for row in first)), _keys(session, first)
        return [
            ActivityEnvelope(self, parcel, letters[row.entry], known.get(row.address), had[row.recipient])
            for parcel, row in zip(parcels, first, strict=True)
        ]

    def decide(self, outcome: Outcome, row: DeliveryRow, *, now: datetime, jitter: float) -> RetryDecision:
        """Decide as `node.core.retries` does for what goes to peers."""
        return decide(outcome, attempts=row.attempts, created_at=row.created_at, now=now, jitter=jitter)

    def settle(
        self, session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime
    ) -> None:
        """Write down what became of activities; a move that was refused is taken back."""
        if decision.unconfirmed:
            self._hold(session, rows, now=now)
        settle(session, rows, decision, now=now, record=self._record)

    def _hold(self, session: Session, rows: Sequence[DeliveryRow], *, now: datetime) -> None:
        """Tell the owner of the keys because of which these deliveries wait."""
        known = load_addresses(session, (row.address for row in rows))
        for row in rows:
            peer, address = load_peer(session, row.actor, row.recipient), known.get(row.address)
            if peer is not None and address is not None:
                hold_listed(session, peer, sorted(address.keys), at=now, record=self._record)

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
    """An activity on its way to one inbox; `address` is what the file knows of its first recipient.

    `had` are the keys that this one is known by.
    """

    kind: Activities
    parcel: Parcel
    letter: Letter
    address: InboxAddress | None
    had: Mapping[str, KeyState]

    @property
    def origin(self) -> str:
        """The origin whose lane it waited in."""
        return self.parcel.origin

    async def send(self, client: Client) -> Outcome:
        """Post it; if it is to go elsewhere from now on, the outcome names the address."""
        if self.parcel.shared_inbox is not None:
            return await self._send_shared(client, self.parcel.shared_inbox)
        row, began = self.parcel.rows[0], self.kind.directory.now()
        inbox = row.inbox
        try:
            actor = await self._recipient(row)
            if self._is_unconfirmed(actor):
                return _UNCONFIRMED
            inbox = inbox if actor is None else actor.inbox
            answer = await self._post(client, inbox, actor)
            if answer.status not in GONE_STATUSES:
                return self._read(answer, inbox)
            return await self._send_to_where_it_is_now(client, inbox, answer, since=began)
        except ProtocolError as error:
            return outcome_of(error, address=inbox)

    async def _send_to_where_it_is_now(
        self, client: Client, inbox: str, answer: Response, *, since: datetime
    ) -> Outcome:
        """Ask where the recipient is now that its known inbox is gone, and post there if it is elsewhere."""
        row = self.parcel.rows[0]
        gone = read_response(answer, created_at=row.created_at, address=inbox)
        try:
            actor = await self.kind.directory.actor_since(row.address, since)
        except (Gone, NotFound):
            return gone
        except ProtocolError:  # it may well be elsewhere
            return replace(gone, status=None, wait=RETRY_AFTER, answered=True)
        if actor.inbox == inbox:
            return gone
        if self._is_unconfirmed(actor):
            return _UNCONFIRMED
        again = await self._post(client, actor.inbox, actor)
        return self._read(again, actor.inbox)

    def _read(self, answer: Response, inbox: str | None = None) -> Outcome:
        """Read an answer; only an offer is kept because of a pause, whatever a peer says of anything else."""
        outcome = read_response(answer, created_at=self.parcel.rows[0].created_at, address=inbox)
        return replace(outcome, paused=False) if outcome.paused and not self.letter.is_offer else outcome

    async def _send_shared(self, client: Client, inbox: str) -> Outcome:
        row = self.parcel.rows[0]
        actor: KnownRecipient = None
        with suppress(Gone):  # one of several; the inbox is the others' too
            actor = await self._recipient(row)
        if self._is_unconfirmed(actor):
            return replace(_UNCONFIRMED, apart=True)
        answer = await self._post(client, inbox, actor)
        outcome = self._read(answer)
        if fate_of(outcome) not in (Fate.REFUSED, Fate.GONE):
            return outcome
        self.kind.stop_sharing(inbox)
        return replace(outcome, apart=True)

    async def _recipient(self, row: DeliveryRow) -> KnownRecipient:
        """Return the recipient: as known for a first attempt, as its server has it now for a retry.

        None if it cannot be had, but an inbox is known that can be tried.
        """
        hint = self.kind.directory.hint(row.address) or self.address
        # Of somebody who is known by keys it matters whose document an inbox is from.
        has_inbox = bool(row.inbox) and not self.had
        if row.attempts == 0 and (hint is not None or has_inbox):
            return hint
        try:
            return await self.kind.directory.actor(row.address, refresh=row.attempts > 0)
        except Gone:
            raise
        except ProtocolError:
            if hint is None and not has_inbox:
                raise
            return hint

    def _is_unconfirmed(self, actor: KnownRecipient) -> bool:
        if actor is None:
            return False
        listed = actor.keys if isinstance(actor, InboxAddress) else fragments_of(actor)
        return is_unconfirmed(self.had, listed)

    async def _post(self, client: Client, inbox: str, actor: KnownRecipient) -> Response:
        sender = self.kind.sender_of(self.parcel.rows[0].actor)
        if sender is None:
            raise Local(codes.SENDER_UNKNOWN)
        ed25519 = actor is not None and actor.speaks_ed25519
        return await client.post(inbox, body=self.letter.body, signer=sender, ed25519=ed25519)


def _keys(session: Session, rows: Sequence[DeliveryRow]) -> dict[str, dict[str, KeyState]]:
    """Return by recipient the keys that the senders of these deliveries know it by."""
    found: dict[str, dict[str, KeyState]] = {row.recipient: {} for row in rows}
    for actor in {row.actor for row in rows}:
        for key in keys_among(session, actor, {row.recipient for row in rows if row.actor == actor}):
            found[key.peer][key.fragment] = key.state
    return found


def _letter(session: Session, sequence: int) -> Letter:
    letter = load_letter(session, sequence)
    if letter is None:
        raise Local(codes.ACTIVITY_MISSING)
    return letter
