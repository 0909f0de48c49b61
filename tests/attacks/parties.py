"""Businesses and thieves: actors with keys and a site, who write activities, prove and sign them.

What is honest here is made with `protocol`; what bends a rule is made by hand (`handmade`), so that a mistake
in the product cannot hide in the attack on it.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import orjson

from protocol import proofs, signatures
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose, render_actor
from protocol.canonical import digest_of
from protocol.intentions import PRIMARY, RECIPROCAL, Intention, render_intention
from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.moves import Event, Move, render_move
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.signatures import Request, Scheme
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT, ACTIVITY_JSON
from tests.attacks.sites import Site, accepted, page
from tests.attacks.wire import Header, Shot
from tests.keys import rsa_key

# Goes into every offer and every request; no refusal may say it back.
MARK = "evil-zq7k-echo"

_numbers = itertools.count(1)
_seeds = itertools.count(1)

# Far away, so that no clock a case turns makes an offer expire by itself.
FOREVER = datetime(2098, 1, 1, tzinfo=UTC)


def fresh_ed25519() -> PrivateKey:
    """Return a key nobody else has."""
    return ed25519_from_seed((2**200 + next(_seeds)).to_bytes(32, "big"))


def number() -> int:
    """Return a number that was not returned before."""
    return next(_numbers)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An intention that offers can answer."""

    iri: str
    proposer: str
    id: str = ""
    currency: str = "EUR"


@dataclass
class Party:
    """An actor of a peer. One with an `https` origin and no site is known to the node from before."""

    origin: str
    name: str
    site: Site | None = None
    owner_of_rsa: str = ""
    kind: ActorKind = ActorKind.ORGANIZATION
    ed25519: PrivateKey = field(default_factory=fresh_ed25519)

    @property
    def iri(self) -> str:
        """The actor's address."""
        return f"{self.origin}/actors/{self.name}"

    @property
    def rsa(self) -> PrivateKey:
        """The key that signs requests."""
        return rsa_key(self.owner_of_rsa or self.name)

    @property
    def rsa_id(self) -> str:
        """Where it is published."""
        return f"{self.iri}#rsa-1"

    @property
    def ed25519_id(self) -> str:
        """Where the key that proves documents is published."""
        return f"{self.iri}#ed25519-1"

    @property
    def actor(self) -> Actor:
        """The actor as its document says."""
        both = frozenset({KeyPurpose.HTTP.value, KeyPurpose.ASSERTION.value})
        return Actor(
            iri=self.iri,
            kind=self.kind,
            name=self.name.title(),
            handle=self.name,
            inbox=f"{self.iri}/inbox",
            shared_inbox=None,
            outbox=f"{self.iri}/outbox",
            followers=f"{self.iri}/followers",
            summary="",
            keys=(
                ActorKey(self.rsa_id, self.iri, self.rsa.public, frozenset({KeyPurpose.HTTP.value})),
                ActorKey(self.ed25519_id, self.iri, self.ed25519.public, both),
            ),
            speaks_ed25519=True,
        )

    @property
    def document(self) -> Document:
        """The actor's document."""
        return render_actor(self.actor)

    @property
    def path(self) -> str:
        """Where the document is on its site."""
        return urlsplit(self.iri).path

    def publish(self, document: Document | None = None) -> "Party":
        """Serve the actor's document, and take what is posted to it."""
        assert self.site is not None
        self.site.pages[self.path] = page(self.document if document is None else document)
        self.site.pages[f"{self.path}/inbox"] = accepted
        return self

    # --- what it says -------------------------------------------------------------------------------------

    def activity(self, type: str, object: Any, *to: str, **members: Any) -> Document:
        """Write an activity of no particular kind."""
        return {
            "@context": ACTIVITY_CONTEXT,
            "id": f"{self.origin}/activities/{number()}",
            "type": type,
            "actor": self.iri,
            "to": list(to),
            "object": object,
            **members,
        }

    def offer(self, wanted: Wanted, *, now: datetime, amount: str = "2249.00", **changes: Any) -> Document:
        """Write an Offer that answers an intention, not proved yet."""
        turn = number()
        move = Move(
            event=Event.OFFER,
            iri=f"{self.origin}/activities/{turn}",
            actor=self.iri,
            to=(wanted.proposer,),
            negotiation=f"{self.origin}/negotiations/{turn}",
            draft=self.draft(wanted, amount=amount),
            published=now,
            ends_at=FOREVER,
        )
        return render_move(replace(move, **changes))

    def draft(self, wanted: Wanted, *, amount: str = "2249.00") -> Draft:
        """Return terms that answer an intention."""
        return Draft(
            name="A trekking bike",
            quantity=Quantity(Decimal(1)),
            satisfies_primary=wanted.iri + PRIMARY,
            satisfies_reciprocal=wanted.iri + RECIPROCAL,
            price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(amount), wanted.currency, MARK),),
        )

    def answer(self, event: Event, answered: Document, *, now: datetime, **changes: Any) -> Document:
        """Write a move that answers an activity (or an agreement), not proved yet."""
        move = Move(
            event=event,
            iri=f"{self.origin}/activities/{number()}",
            actor=self.iri,
            to=(str(answered.get("actor") or answered.get("attributedTo")),),
            negotiation=str(answered.get("context", "")),
            answers=str(answered["id"]),
            answers_digest=digest_of(answered),
            published=now,
        )
        return render_move(replace(move, **changes))

    def intention(
        self, *, to: str, now: datetime, name: str = "A trekking bike", currency: str = "EUR"
    ) -> Document:
        """Write a Proposal of one's own, for somebody else to answer."""
        return render_intention(
            Intention(
                iri=f"{self.origin}/intentions/{number()}",
                proposer=self.iri,
                name=name,
                content="",
                quantity=Quantity(Decimal(1)),
                specifications=(),
                category=None,
                place=None,
                window_start=None,
                window_end=None,
                deadline=FOREVER,
                currency=currency,
                published=now - timedelta(minutes=1),
                to=(to,),
            )
        )

    def prove(
        self,
        document: Document,
        *,
        now: datetime,
        key: PrivateKey | None = None,
        method: str | None = None,
    ) -> Document:
        """Attach a proof."""
        return proofs.attach(
            document, key=key or self.ed25519, verification_method=method or self.ed25519_id, created=now
        )

    # --- how it says it -----------------------------------------------------------------------------------

    def request(self, url: str, body: bytes, *, method: str = "POST") -> Request:
        """Return what there is to sign."""
        types = [("content-type", ACTIVITY_JSON)] if body else []
        return Request(method, url, [*types, ("x-mark", MARK)], body)

    def headers(
        self,
        request: Request,
        *,
        now: datetime,
        scheme: Scheme = Scheme.RFC9421,
        key: PrivateKey | None = None,
        key_id: str | None = None,
    ) -> dict[str, str]:
        """Return the headers that sign a request as the rules have it."""
        return signatures.sign(
            request, scheme=scheme, key=key or self.rsa, key_id=key_id or self.rsa_id, now=now
        )


def shot(request: Request, signed: Mapping[str, str] | Sequence[Header], *, host: str) -> Shot:
    """Put a request and the headers that sign it on one sheet."""
    pairs = list(signed.items()) if isinstance(signed, Mapping) else list(signed)
    named = {name.lower() for name, _ in pairs}
    parts = urlsplit(request.target_uri)
    length = [("Content-Length", str(len(request.body)))] if request.body or request.method == "POST" else []
    own = [("Host", host), *((name.title(), value) for name, value in request.headers), *length]
    kept = [(name, value) for name, value in own if name.lower() not in named]
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return Shot(target, (*kept, *pairs), request.body, request.method)


def serialise(document: Document) -> bytes:
    """Write a document as it is sent."""
    return orjson.dumps(document)


def at(document: Document, *path: str | int, put: Any) -> Document:
    """Return a copy with one value replaced; `...` takes the member out."""
    copied: Document = orjson.loads(orjson.dumps(document))
    inner: Any = copied
    for step in path[:-1]:
        inner = inner[step]
    if put is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = put
    return copied


__all__ = ["FOREVER", "MARK", "Event", "Party", "Wanted", "at", "number", "serialise", "shot"]
