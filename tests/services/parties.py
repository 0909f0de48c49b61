"""Parties for the tests of the services: real databases, real keys, and a wire that carries what they queued.

The wire stands in for HTTP and nothing else: it takes the bytes from one journal, checks the proof as the web
layer does, and hands them to the other party's inbox.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from node.app import limits_of
from node.core.pauses import Paused
from node.core.retries import Fate, Outcome, RetryDecision, decide
from node.core.terms_door import TermsRefused
from node.services import inbox
from node.services.acting import Acting, Limits, LocalActor, Residents
from node.services.disclosure import Asker
from node.services.ledger import journals
from node.services.ledger.chapters import Follower
from node.services.ledger.clockwork import act_and_move_on, chosen, move_on, unread
from node.services.ledger.received import Authentic
from node.services.ledger.recording import recorder
from node.services.negotiations.revoking import REVOCATIONS
from node.services.negotiations.rivals import RIVALS
from node.services.outbox import deliveries, endings
from node.services.people import actors
from node.settings import Settings
from node.storage import deliveries as delivery_rows
from node.storage import journal
from node.storage.session import Session
from node.storage.sqlite.database import open_database
from protocol import incoming, proofs
from protocol.actors import ActorKind
from protocol.errors import Remote
from protocol.keys import Algorithm, PrivateKey, ed25519_from_seed
from tests.keys import rsa_key
from tests.storage.blank import blank
from tests.transactions import transact
from tests.whole import LEDGER

# As of a node that its owner has set nothing of.
LIMITS = limits_of(Settings())
START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
_ids = itertools.count(1)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """Count upwards in the shape of a real id, so that runs are alike."""
    number, digits = next(_ids), ""
    while number:
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return f"{prefix}_{digits.rjust(26, '0')}"


def generate(algorithm: Algorithm) -> PrivateKey:
    """Make a key; the RSA key is shared, because making one takes a while and nothing here looks at it."""
    return rsa_key() if algorithm is Algorithm.RSA else ed25519_from_seed(next(_ids).to_bytes(32, "big"))


@dataclass
class Clock:
    """The one clock of a test."""

    now: datetime = START

    def pass_time(self, **lengths: float) -> None:
        """Move it on."""
        self.now += timedelta(**lengths)


@dataclass
class Party:
    """One node's services with one owner."""

    handle: str
    folder: Path
    clock: Clock
    kind: ActorKind = ActorKind.PERSON
    limits: Limits = LIMITS
    countersigns: bool = True
    acceptance_holds: timedelta = timedelta(days=3)

    def __post_init__(self) -> None:
        self._owner: LocalActor | None = None
        self.origin = f"https://{self.handle}.example"
        self.db = open_database(blank(self.folder / f"{self.handle}.db"))
        self.db.conn.execute("PRAGMA synchronous = OFF")  # no test here is about a machine that loses power
        newcomer = actors.Newcomer(handle=self.handle, name=self.handle.title(), kind=self.kind)
        transact(
            self.db,
            lambda db: actors.ensure(db, newcomer, origin=self.origin, now=self.clock.now, generate=generate),
        )

    @property
    def owner(self) -> LocalActor:
        """The acting actor; kept, because reading an RSA key takes 30 ms. `forget_owner` after a rotation."""
        if self._owner is None:
            self._owner = actors.load_owners(self.db, now=self.clock.now)[self.handle]
        return self._owner

    def forget_owner(self) -> None:
        self._owner = None

    @property
    def iri(self) -> str:
        return f"{self.origin}/actors/{self.handle}"

    @property
    def reader(self) -> Asker:
        """Who this is for somebody whom it asks for a document."""
        return Asker(self.iri, self.owner.rsa.key.public.fragment)

    @property
    def acting(self) -> Acting:
        return self.residents.at(self.handle)

    @property
    def residents(self) -> Residents:
        return Residents(
            owners={self.handle: self.owner},
            clock=lambda: self.clock.now,
            origin=self.origin,
            new_id=new_id,
            salt=lambda: "AAAAAAAAAAAAAAAAAAAAAA",
            limits=self.limits,
            record=recorder(LEDGER),
            countersigns=self.countersigns,
            acceptance_holds=self.acceptance_holds,
        )

    def tick(self) -> None:
        """Let the time that has passed take effect."""
        for turn in [clock.turn for clock in LEDGER.clocks.values()]:
            self._turn(turn)

    def _turn(self, turn: Callable[[Session, Residents, datetime], object]) -> None:
        transact(self.db, lambda db: turn(db, self.residents, self.clock.now))

    def do(self, service: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a service in a transaction of its own."""
        return transact(self.db, lambda db: service(db, self.acting, *arguments, **options))

    def write(self, work: Callable[..., Any]) -> Any:
        """Run a function of the database in a transaction of its own."""
        return transact(self.db, work)

    def follow(self, *followers: Follower) -> bool:
        """Do what the clockwork does for negotiations; tell whether there was anything."""
        found = [self._follow(follower) for follower in followers or (RIVALS, REVOCATIONS)]
        return any(found)

    def _follow(self, follower: Follower) -> bool:
        entries = unread(self.db, follower=follower, actor=self.iri)
        for recorded in entries:
            left = follower.look(self.db, self.acting, recorded)
            while left is not None:
                left = chosen(follower, self.acting, left, self.db)
                left = self.write(partial(act_and_move_on, follower, self.acting, recorded, left))
            self.write(partial(move_on, follower=follower, recorded=recorded))
        return bool(entries)

    def queued(self) -> list[delivery_rows.DeliveryRow]:
        found = delivery_rows.due_deliveries(self.db, self.clock.now + timedelta(days=30), limit=1000)
        return [row for row in found if not row.aside or row.due_at <= self.clock.now]

    def receive(self, raw: bytes, sender: "Party") -> int:
        """Take bytes from a sender as the web layer does after its checks; return the status."""
        return int(self.do(inbox.receive, self.verified(raw, sender), LEDGER).status)

    def verified(self, raw: bytes, sender: "Party") -> Authentic:
        """Check the proof of bytes from a sender as the web layer does."""
        arrival = incoming.read(raw)
        document = arrival.document
        key = None
        if "proof" in document:
            key = sender.owner.actor.key(proofs.read(document).verification_method, "assertionMethod")
            assert key is not None
            proofs.check(document, key.key)
        return Authentic(
            activity=arrival.reading,
            raw=raw,
            sha256=arrival.sha256,
            digest=arrival.digest,
            sender=sender.owner.actor,
            proof_key=key,
            http_key=sender.owner.actor.key(sender.owner.rsa.id, "http"),
        )


def carry(sender: Party, *receivers: Party) -> list[tuple[str, int]]:
    """Deliver what one party has queued, in order; return each activity's kind and status."""
    done: list[tuple[str, int]] = []
    while rows := sender.queued():
        done += [deliver(sender, row, receivers) for row in rows]
    return done


def deliver(sender: Party, row: delivery_rows.DeliveryRow, receivers: tuple[Party, ...]) -> tuple[str, int]:
    """Deliver one activity and tell the sender what became of it."""
    recorded = journal.load_entry(sender.db, row.entry)
    assert recorded is not None
    receiver = next(party for party in receivers if party.iri == row.address)
    now = sender.clock.now
    try:
        status = receiver.receive(recorded.entry.body, sender)
    except Paused as error:
        status = error.status_hint
        put_aside(sender, row, error)
    except Remote as error:
        status, detail, record = error.status_hint, error.code, sender.residents.record
        reasons = (error.code, *(error.flags if isinstance(error, TermsRefused) else ()))
        sender.write(
            lambda db: deliveries.refused(
                db, row, now=now, record=record, status=status, detail=detail, reasons=reasons
            )
        )
    else:
        arrived(sender, row, status)
    return recorded.entry.kind, status


def put_aside(sender: Party, row: delivery_rows.DeliveryRow, error: Paused) -> None:
    """Tell a sender that an offer was turned away because the wish is paused."""
    wait, now, record = timedelta(seconds=error.retry_seconds), sender.clock.now, sender.residents.record
    outcome = Outcome(error.status_hint, error.detail, wait, paused=True)
    decision = decide(outcome, attempts=row.attempts, created_at=row.created_at, now=now, jitter=0)
    sender.write(lambda db: endings.settle(db, [row], decision, now=now, record=record))


def arrived(sender: Party, row: delivery_rows.DeliveryRow, status: int = 202) -> None:
    """Tell a sender that a delivery was acknowledged."""
    decision = RetryDecision(Fate.DELIVERED, attempts=row.attempts + 1, status=status, detail="")
    now, record = sender.clock.now, sender.residents.record
    sender.write(lambda db: endings.settle(db, [row], decision, now=now, record=record))


def settle(*parties: Party) -> None:
    """Carry everything both ways, and let each do what follows from that, until all is quiet."""
    while any(party.follow() or party.queued() for party in parties):
        for party in parties:
            carry(party, *parties)


def check_journal(party: Party) -> None:
    """Check that the journal holds and that what follows from it is what is there."""
    assert journals.verify(party.db)["ok"]
    assert party.write(lambda db: journals.rebuild(db, LEDGER))["unchanged"]
