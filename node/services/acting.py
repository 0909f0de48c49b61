"""Who acts: one of the node's residents at one moment, with keys, ids and limits.

Clock, randomness and private keys enter the services here and nowhere else.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from node.core import codes
from node.core.entries import Entry
from node.core.quotas import Quotas
from node.storage.session import Session
from protocol import actors, proofs
from protocol.errors import Conflict, Forbidden
from protocol.keys import PrivateKey
from protocol.strictjson import Document
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key with the address under which its public half is published."""

    id: str
    key: PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalActor:
    """An actor whose keys this node holds.

    `rsa` signs HTTP requests for peers that know nothing newer; `ed25519` signs objects, and requests where
    the peer says it can verify them (FEP-844e). `older` are Ed25519 keys on their way out: still published,
    so that what they began can be concluded.
    """

    actor: actors.Actor
    rsa: SigningKey
    ed25519: SigningKey
    older: tuple[SigningKey, ...] = ()

    @property
    def iri(self) -> str:
        """The actor's address."""
        return self.actor.iri

    @property
    def handle(self) -> str:
        """The name before the @."""
        return self.actor.handle

    @property
    def is_business(self) -> bool:
        """Whether it stands for a business, which is spoken to as one is."""
        return self.actor.kind is actors.ActorKind.ORGANIZATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a peer may open or send, as the settings say: counts, seconds, bytes (`quotas`)."""

    rounds: int
    open_offers_per_peer: int
    offers_per_intention: int
    offers_per_origin: int
    open_per_intention: int
    messages_per_offer: int
    clock_skew_seconds: int
    quotas: Quotas


def unweighed(_bytes: int) -> None:
    """Count nothing: what its owner does is counted against nobody."""


Weigh = Callable[[int], None]
"""Counts bytes that are kept of what somebody sent, or because of it."""

Record = Callable[[Session, Entry, Any], int]
"""Adds an entry to the journal and applies it, with what was read of its body or None; returns its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Everything a use case may know besides the database.

    `iri` is the owner's address; `now` is aware UTC; `new_id(prefix)` mints an id of 128 random bits;
    `salt()` is 128 random bits as base64url; `origin` is the public origin of this node without a trailing
    slash; `weigh` counts what an activity leaves in the journal and beside it; `countersigns` says whether an
    acceptance of our offer is countersigned at once or waits for the owner, `acceptance_holds` how long one
    of ours waits for its countersignature. `written_at` is when the documents were written that are signed
    now, if somebody looked at them before (`node.services.negotiations.fair_copies`). `person` is the id of
    who acts for the owner, which the journal notes; empty where it is the node by itself. `cosigned` tells
    that another person has agreed to what is signed (`node.services.negotiations.cosigning`).
    """

    owner: LocalActor
    iri: str = field(init=False)  # asked for so often that it is looked up once
    now: datetime
    origin: str
    new_id: Callable[[str], str]
    salt: Callable[[], str]
    limits: Limits
    record: Record
    weigh: Weigh = unweighed
    countersigns: bool = True
    acceptance_holds: timedelta = timedelta(days=3)
    written_at: datetime | None = None
    person: str = ""
    cosigned: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "iri", self.owner.iri)

    def check_owner(self) -> None:
        """Check that it is the owner who acts, or the node.

        Raises:
            Forbidden: `owner-alone`.
        """
        if not self.is_owner:
            raise Forbidden(codes.OWNER_ALONE)

    @property
    def is_owner(self) -> bool:
        """Whether it is the owner who acts, or the node, and not somebody else of the team."""
        return self.person in {"", self.owner.handle}

    @property
    def writes_at(self) -> datetime:
        """The time that a document names as its own; what is decided is decided at `now`."""
        return self.written_at or self.now

    def mint(self, collection: str, prefix: str) -> str:
        """Return a fresh IRI under this node's origin, such as `https://node/offers/of_…`."""
        return f"{self.origin}/{collection}/{self.new_id(prefix)}"

    def signing_key(self, multibase: str | None = None) -> SigningKey:
        """Return the acting actor's key with this multibase, or its newest.

        Raises:
            Conflict: `key-retired`, it is no longer ours to sign with.
        """
        if multibase is None:
            return self.owner.ed25519
        for signing in (self.owner.ed25519, *self.owner.older):
            if signing.key.public.multibase == multibase:
                return signing
        raise Conflict(codes.KEY_RETIRED)

    def sign(self, document: Document, signing: SigningKey | None = None) -> Document:
        """Return `document` with an eddsa-jcs-2022 proof by the acting actor."""
        signing = signing or self.owner.ed25519
        return proofs.attach(document, key=signing.key, verification_method=signing.id, created=self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """The local actors of one node, sharing clock, randomness and limits."""

    owners: Mapping[str, LocalActor]
    clock: Callable[[], datetime]
    origin: str
    new_id: Callable[[str], str]
    salt: Callable[[], str]
    limits: Limits
    record: Record
    countersigns: bool = True
    acceptance_holds: timedelta = timedelta(days=3)

    def of(self, actor: str) -> Acting | None:
        """Let the local actor with this address act, now; None if it does not live here."""
        found = (handle for handle, owner in self.owners.items() if owner.iri == actor)
        return next((self.at(handle) for handle in found), None)

    def at(self, handle: str, *, person: str = "") -> Acting:
        """Let the local actor called `handle` act, now, by one of its people or by itself.

        Raises:
            KeyError: no actor of this node has that handle.
        """
        return Acting(
            owner=self.owners[handle],
            now=self.clock(),
            origin=self.origin,
            new_id=self.new_id,
            salt=self.salt,
            limits=self.limits,
            record=self.record,
            countersigns=self.countersigns,
            acceptance_holds=self.acceptance_holds,
            person=person,
        )
