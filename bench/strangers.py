"""Strangers: actors of a server of their own, who sign what they send as any peer of a node does.

All of them share one RSA key, because making 1,000 takes minutes and no receiver looks at whether keys are
alike; each has an Ed25519 key of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from node.core.data_terms import address
from node.core.intentions import read_wish
from node.randomness import new_id, new_key
from protocol import proofs, signatures
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose, render_actor
from protocol.canonical import canonicalise
from protocol.intentions import render_intention
from protocol.keys import Algorithm, PrivateKey
from protocol.moves import Event, Move, render_move
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.signatures import Request, Scheme
from protocol.specifications import Property
from protocol.terms import DataTerms
from protocol.times import render_time
from protocol.vocabulary import ACTIVITY_CONTEXT, ACTIVITY_JSON, ACTIVITYSTREAMS_CONTEXT


@cache
def shared_rsa_key() -> PrivateKey:
    """Return the one RSA key of all strangers."""
    return new_key(Algorithm.RSA)


@dataclass(frozen=True)
class Stranger:
    """One actor: its address, its keys, and whether it says that it verifies Ed25519 (FEP-844e)."""

    iri: str
    ed25519: PrivateKey
    speaks_ed25519: bool = False

    @property
    def document(self) -> dict[str, Any]:
        """The document that answers at its address."""
        public = shared_rsa_key().public
        http = ActorKey(f"{self.iri}#rsa", self.iri, public, frozenset({KeyPurpose.HTTP.value}))
        proof = ActorKey(
            f"{self.iri}#ed25519", self.iri, self.ed25519.public, frozenset({KeyPurpose.ASSERTION.value})
        )
        actor = Actor(
            iri=self.iri,
            kind=ActorKind.ORGANIZATION,
            name="A stranger",
            handle=self.iri.rpartition("/")[2],
            inbox=f"{self.iri}/inbox",
            shared_inbox=None,
            outbox=f"{self.iri}/outbox",
            followers=f"{self.iri}/followers",
            summary="",
            keys=(http, proof),
            speaks_ed25519=self.speaks_ed25519,
        )
        return render_actor(actor)

    def follow(self, actor: str) -> bytes:
        """Return a Follow of an actor."""
        return canonicalise(
            {
                "@context": ACTIVITYSTREAMS_CONTEXT,
                "id": f"{self.iri}/activities/{new_id('act')}",
                "type": "Follow",
                "actor": self.iri,
                "to": [actor],
                "published": render_time(datetime.now(UTC)),
                "object": actor,
            }
        )

    def wish(self, business: str, *, number: int = 0) -> bytes:
        """Return an intention cast to a business; each `number` is wanted until another day."""
        now = datetime.now(UTC)
        asked = {
            "name": f"Trekking bike, {number}",
            "currency": "EUR",
            "audience": [business],
            "deadline": render_time(now + timedelta(days=30 + number % 300)),
            "specifications": [{"property": "weight", "at_most": "16", "unit": "kg", "necessity": "must"}],
        }
        read = read_wish(asked, iri=f"{self.iri}/intentions/{new_id('int')}", proposer=self.iri, now=now)
        return canonicalise(
            {
                "@context": ACTIVITY_CONTEXT,
                "id": f"{self.iri}/activities/{new_id('act')}",
                "type": "Create",
                "actor": self.iri,
                "to": [business],
                "object": render_intention(replace(read.intention, to=(business,))),
            }
        )

    def offer(
        self, customer: str, intention: str, *, number: int = 0, terms: DataTerms | None = None
    ) -> bytes:
        """Return a signed Offer to an intention, of about 3.7 KB as a shop's with a dozen properties is.

        Each `number` has another price, and other values of what was asked for. `terms` about data are
        between nobody yet.
        """
        now, price = datetime.now(UTC), Decimal("2390.00") + number * 7919 % 1000
        draft = Draft(
            name="Trekking bike with belt drive",
            quantity=Quantity(Decimal(1), "one"),
            satisfies_primary=f"{intention}#primary",
            satisfies_reciprocal=f"{intention}#reciprocal",
            price=(PriceLine(PriceLineKind.ONE_OFF, price, "EUR", "Trekking bike"),),
            properties=tuple(
                Property(f"property-{place}", str(place + number % (place + 1)), "kg") for place in range(8)
            ),
            terms=terms,
        )
        move = Move(
            event=Event.OFFER,
            iri=f"{self.iri}/activities/{new_id('act')}",
            actor=self.iri,
            to=(customer,),
            negotiation=f"{self.iri}/negotiations/{new_id('neg')}",
            draft=address(draft, (customer, self.iri)),
            ends_at=now.replace(year=now.year + 1, day=1),
            published=now,
        )
        document = proofs.attach(
            render_move(move), key=self.ed25519, verification_method=f"{self.iri}#ed25519", created=now
        )
        return canonicalise(document)

    def request(self, inbox: str, body: bytes) -> bytes:
        """Return a whole HTTP/1.1 request with an RSA signature (RFC 9421), ready for a socket."""
        address = urlsplit(inbox)
        headers = [
            ("host", address.netloc),
            ("content-type", ACTIVITY_JSON),
            ("content-length", str(len(body))),
        ]
        request = Request("POST", inbox, headers, body)
        signed = signatures.sign(
            request,
            scheme=Scheme.RFC9421,
            key=shared_rsa_key(),
            key_id=f"{self.iri}#rsa",
            now=datetime.now(UTC),
        )
        fields = {**dict(headers), **signed}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST {address.path} HTTP/1.1\r\n{head}\r\n".encode() + body


def make_strangers(origin: str, count: int, *, speak_ed25519: bool = False) -> list[Stranger]:
    """Make this many actors under one origin."""
    iris = (f"{origin}/actors/s{number}" for number in range(count))
    return [Stranger(iri, new_key(Algorithm.ED25519), speak_ed25519) for iri in iris]


def serve(strangers: Iterable[Stranger]) -> web.Application:
    """Return an application that answers with the documents of strangers."""
    documents = {urlsplit(stranger.iri).path: canonicalise(stranger.document) for stranger in strangers}

    async def show(request: web.Request) -> web.Response:
        if request.path not in documents:
            raise web.HTTPNotFound
        return web.Response(body=documents[request.path], content_type=ACTIVITY_JSON)

    app = web.Application()
    app.router.add_get("/{tail:.*}", show)
    return app
