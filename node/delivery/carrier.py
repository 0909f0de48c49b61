"""One parcel, one attempt: which inbox, which keys, which bytes, and in one sentence how it went.

Rules here:

- The bytes of an activity come from the journal and never change; each attempt signs them anew.
- Whatever goes wrong is an outcome, a mistake of our own included.
- A retry goes to the inbox that the recipient's actor names now, not to the one it named when we queued. If
  an inbox is gone, its actor is asked where it is now before that is believed.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import structlog

from node.core.retries import GONE_STATUSES, LONGEST_WISH, TRANSIENT_CLIENT_ERRORS, Outcome
from node.delivery.client import Answer, Client, Signer
from node.delivery.directory import Directory
from node.delivery.freshness import Recent
from node.delivery.parcels import Letter, Parcel, load_letter
from node.storage.deliveries import DeliveryRow, load_delivery
from node.storage.session import Session
from node.storage.store import Store
from protocol.actors import Actor
from protocol.errors import Gone, Local, ProtocolError
from protocol.vocabulary import PROBLEM_JSON

log = structlog.get_logger(__name__)

LIMIT_LETTERS = 64  # activities in memory; a fan-out is one of them, whatever its number of recipients
LIMIT_UNSHARED = 20_000  # servers; one that is forgotten refuses once more

# Refusals that could come from reading when an activity was made: all that are final but the missing inbox.
_FINAL = frozenset(range(400, 500)) - TRANSIENT_CLIENT_ERRORS - GONE_STATUSES

_PROBLEM_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a post went, and to which inbox."""

    outcome: Outcome
    inbox: str


class Carrier:
    """Carries parcels to their inboxes. `signer_of(actor)` returns the keys of a local actor."""

    def __init__(
        self, store: Store, client: Client, directory: Directory, signer_of: Callable[[str], Signer | None]
    ) -> None:
        self._store = store
        self._client = client
        self._directory = directory
        self._signer_of = signer_of
        self._letters: Recent[int, Letter] = Recent(LIMIT_LETTERS)
        self._unshared: Recent[str, str] = Recent(LIMIT_UNSHARED)

    def shared_inbox(self, row: DeliveryRow) -> str | None:
        """Return the shared inbox a delivery may go to; None if it has to go to its recipient's own."""
        try:
            sender, recipient = self._directory.hint(row.actor), self._directory.hint(row.recipient)
            letter = self._letter(row.entry)
        except ProtocolError:  # sending it will fail for the same reason, and say so
            return None
        if sender is None or recipient is None or recipient.shared_inbox is None:
            return None
        if recipient.shared_inbox in self._unshared or not letter.is_for_followers(sender.followers):
            return None
        return recipient.shared_inbox

    def stop_sharing(self, shared_inbox: str) -> None:
        """Send to everyone's own inbox from now on: this shared one refused what it was for."""
        self._unshared.put(shared_inbox, shared_inbox)

    async def carry(self, parcel: Parcel) -> Attempt | None:
        """Send a parcel; whatever happens is an outcome. None if there is nothing to send any more."""
        row = parcel.rows[0]
        inbox = parcel.shared_inbox or row.inbox
        try:
            if not self._is_wanted(parcel):
                return None
            actor = await self._recipient(row)
            if parcel.shared_inbox is None and actor is not None:
                inbox = actor.inbox
            answer = await self._post(row, inbox, actor)
            if answer.status in GONE_STATUSES and parcel.shared_inbox is None:
                inbox, answer = await self._follow(row, inbox, answer)
            return Attempt(_outcome(answer, row), inbox)
        except Gone as error:  # the recipient itself, as its server says
            return Attempt(Outcome(410, error.detail), inbox)
        except ProtocolError as error:
            hopeless = isinstance(error, Local) or error.code == "iri-invalid"
            return Attempt(Outcome(None, error.detail, hopeless=hopeless), inbox)
        except Exception:
            log.exception("a delivery failed here", delivery=row.id)
            return Attempt(Outcome(None, "This node could not send it; its log says why."), inbox)

    def _is_wanted(self, parcel: Parcel) -> bool:
        """Say whether a delivery of the parcel is still as it was read, and so to be sent.

        While it waited its recipient may have been blocked; or it was read in the moment in which its last
        attempt was written down.
        """
        return self._store.read_now(lambda session: any(_is_current(session, row) for row in parcel.rows))

    async def _recipient(self, row: DeliveryRow) -> Actor | None:
        """Return the recipient: as known for a first attempt, as its server has it now for a retry.

        None if it cannot be had, but an inbox is known that can be tried.
        """
        hint = self._directory.hint(row.recipient)
        if row.attempts == 0 and (hint is not None or row.inbox):
            return hint
        try:
            return await self._directory.actor(row.recipient, refresh=row.attempts > 0)
        except Gone:
            raise
        except ProtocolError:
            if hint is None and not row.inbox:
                raise
            return hint

    async def _follow(self, row: DeliveryRow, inbox: str, answer: Answer) -> tuple[str, Answer]:
        """Ask where the recipient's inbox is now that the known one is gone, and post there if it moved."""
        with suppress(ProtocolError):
            actor = await self._directory.actor(row.recipient, refresh=True)
            if actor.inbox != inbox:
                return actor.inbox, await self._post(row, actor.inbox, actor)
        return inbox, answer

    async def _post(self, row: DeliveryRow, inbox: str, actor: Actor | None) -> Answer:
        signer = self._signer_of(row.actor)
        if signer is None:
            raise Local("sender-unknown", "The sending actor has no keys on this node.")
        ed25519 = actor is not None and actor.speaks_ed25519
        body = self._letter(row.entry).body
        return await self._client.post(inbox, body=body, signer=signer, ed25519=ed25519)

    def _letter(self, entry: int) -> Letter:
        letter = self._letters.get(entry)
        if letter is None:
            letter = self._store.read_now(lambda session: load_letter(session, entry))
            if letter is None:
                raise Local("activity-missing", "The journal has no activity to send at this place.")
            self._letters.put(entry, letter)
        return letter


def _is_current(session: Session, row: DeliveryRow) -> bool:
    now = load_delivery(session, row.id)
    return now is not None and (now.state, now.attempts) == (row.state, row.attempts)


def _outcome(answer: Answer, row: DeliveryRow) -> Outcome:
    """Read an answer; a refusal of what was made in the peer's future is not for good."""
    clock, sentence = answer.clock, _sentence(answer)
    if clock is None or answer.status < HTTPStatus.BAD_REQUEST:
        return Outcome(answer.status, sentence, answer.wait)
    said = f"{sentence} {clock.sentence}".strip()
    ahead = row.created_at - clock.theirs
    if answer.status not in _FINAL or not clock.is_before(row.created_at) or ahead > LONGEST_WISH:
        return Outcome(answer.status, said, answer.wait)
    said = f"{said} {clock.say_early(row.created_at)}"
    return Outcome(answer.status, said, max(ahead, answer.wait or ahead), early=True)


def _sentence(answer: Answer) -> str:
    """Say what the inbox answered, with the code of its problem document if it is a plain word (RFC 9457)."""
    try:
        phrase = f" {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = ""
    code = _problem_code(answer)
    return f"The inbox answered {answer.status}{phrase}{f' ({code})' if code else ''}."


def _problem_code(answer: Answer) -> str | None:
    if not answer.headers.get("Content-Type", "").startswith(PROBLEM_JSON):
        return None
    try:
        problem: Any = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None
    code = problem.get("code") if isinstance(problem, dict) else None
    return code if isinstance(code, str) and _PROBLEM_CODE.fullmatch(code) else None
