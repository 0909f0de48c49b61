"""One market in which everything that can be said is said once, written down as the examples of the protocol.

The nodes' own services act, with counted ids, derived keys and a clock that is set: every run is the same.
`python -m tests.schemas.write` writes `schemas/examples` anew, after a change of the protocol.
"""

import itertools
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from node.services.intentions import casting, ending, showing
from node.services.negotiations import agreements, messages, offers
from node.services.people import peers
from node.storage import journal
from protocol import proofs
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose, render_actor
from protocol.keys import PrivateKey, PublicKey, read_public_pem
from protocol.negotiation import Event
from protocol.strictjson import Document
from tests.services import parties
from tests.services.parties import Clock, Party, settle

# Its private half was thrown away: the examples show where such a key stands, nothing is signed with it.
RSA_PEM = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxSNTaIVbx59+TTkXILu0
Vqr0zW5rTcDJcSHzNAYCcTwV2qVPOUKEOXsCyapO2zQ40x15AnVvZPQGRwCnaSeW
nxSXSajxQHxCDz6fFrCJu4PB/v/EbwrEvbvbYcvPWM+l9gG04D4ia57xZg2TCVUf
dU+Oak58Bn8hPaegsbe614HC557AX/XzWNx9Yuv66cq+H9SPfLKuPNTChXScdzIE
MjVzT4jTE+LRDCQCTf5I2YG9FwNWVZ8XjsZFkD7cTNZZkMkkfBafwGWHP5yeF2bQ
+J2KTmSGbWV40/+Gw82pDFJAObZiepecaQEI+RDKKmQz87u7oqv2RLqV8Gx/uO+Q
aQIDAQAB
-----END PUBLIC KEY-----
"""

WISH = {
    "name": "A trekking bike",
    "content": "For the way to work, in all weathers.",
    "specifications": [
        {"property": "weight", "at_most": "16", "unit": "kg", "necessity": "must"},
        {"property": "colour", "value": "blue", "necessity": "should"},
    ],
    "place": "Bern",
    "window": {"start": "2026-06-01T00:00:00Z", "end": "2026-06-30T00:00:00Z"},
    "deadline": "2026-05-18T00:00:00Z",
    "currency": "EUR",
    "limit_price": "2300.00",
}
PRICE: list[Document] = [
    {"kind": "oneOff", "amount": "2190.00", "currency": "EUR", "label": "Trekking bike"},
    {
        "kind": "recurring",
        "amount": "9.90",
        "currency": "EUR",
        "per": "month",
        "count": 24,
        "label": "Service",
    },
]
LOWER = [
    {"kind": "oneOff", "amount": "1990.00", "currency": "EUR", "label": "Trekking bike"},
    {
        "kind": "recurring",
        "amount": "9.90",
        "currency": "EUR",
        "per": "month",
        "until": "2028-06-01T00:00:00Z",
        "label": "Service",
    },
]
TERMS = {
    "price": PRICE,
    "properties": [
        {"property": "weight", "value": "15.2", "unit": "kg"},
        {"property": "colour", "value": "blue"},
    ],
    "starts_at": "2026-06-01T00:00:00Z",
    "ends_at": "2028-06-01T00:00:00Z",
    "notice": "P1M",
    "content": "First inspection after 300 km included.",
}


@cache
def run() -> tuple[dict[str, Document], dict[str, PrivateKey]]:
    """Play the scenario; return the documents by the names of their examples, and the keys they use."""
    with counted_ids(), tempfile.TemporaryDirectory() as folder:
        market = Market(Path(folder))
        market.play()
        keys = {party.owner.ed25519.id: party.owner.ed25519.key for party in market.everyone}
        return market.said | actors(market.everyone), keys


@contextmanager
def counted_ids() -> Iterator[None]:
    """Let ids and keys count from one, whatever was counted before in this process."""
    before, parties._ids = parties._ids, itertools.count(1)
    try:
        yield
    finally:
        parties._ids = before


class Market:
    """A customer, two shops, and what they say to each other."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.ada = Party("ada", folder, self.clock)
        self.bikes, self.wheels = (
            Party(handle, folder, self.clock, kind=ActorKind.ORGANIZATION, countersigns=False)
            for handle in ("bikes", "wheels")
        )
        self.everyone = [self.ada, self.bikes, self.wheels]
        self.said: dict[str, Document] = {}

    def play(self) -> None:
        """Say everything once."""
        self._meet()
        self._wish()
        self._negotiate()
        self._conclude()
        self._live_with_it()
        self._fail()

    def _meet(self) -> None:
        self.hear("follow", self.bikes, peers.follow, self.ada.owner.actor)
        self.hear("follow-accepted", self.ada, peers.approve, self.bikes.iri)
        self.hear("unfollow", self.bikes, peers.unfollow, self.ada.iri)

    def _wish(self) -> None:
        wish = WISH | {"audience": [self.bikes.iri]}
        self.hear("intention", self.ada, casting.cast, wish)
        id = self._item(self.ada, showing.list)["id"]
        self.hear("intention-amended", self.ada, casting.amend, id, {"deadline": "2026-05-20T00:00:00Z"})
        pause = {"pause": {"until": "2026-05-06T00:00:00Z"}}
        self.hear("intention-paused", self.ada, casting.amend, id, pause)
        self.hear("intention-resumed", self.ada, casting.amend, id, {"pause": None})

    def _negotiate(self) -> None:
        known = self._item(self.bikes, showing.list)["id"]
        self.hear("offer", self.bikes, offers.make, known, TERMS)
        self.hear("message", self.ada, messages.write, self._offer(self.ada), "Is there a rack for two bags?")
        self.hear("offer-replaced", self.bikes, offers.reoffer, self._offer(self.bikes), {"price": PRICE[:1]})
        counter = {"price": LOWER, "content": "With the second service free."}
        self.hear("counter-offer", self.ada, offers.counter, self._offer(self.ada), counter)
        self.hear("offer-after-counter", self.bikes, offers.reoffer, self._offer(self.bikes), {"meet": True})

    def _conclude(self) -> None:
        self.hear("acceptance", self.ada, offers.accept, self._offer(self.ada))
        agreement = self._item(self.bikes, agreements.list)["id"]
        self.hear("countersignature", self.bikes, agreements.countersign, agreement)
        self.overhear("receipt", self.ada, Event.ACKNOWLEDGE)
        bundle = json.loads(self.bikes.do(agreements.evidence, agreement))
        self.said["evidence"] = bundle

    def _live_with_it(self) -> None:
        agreement = self._item(self.ada, agreements.list)["id"]
        amended = {"price": [*PRICE[:1], PRICE[1] | {"amount": "8.90"}]}
        at_the_shop = self._item(self.bikes, agreements.list)["id"]
        self.hear("amendment", self.bikes, agreements.amend, at_the_shop, amended)
        amendment = next(item["id"] for item in self.bikes.do(offers.list)["items"] if item["amends"])
        self.hear("withdrawal", self.bikes, offers.withdraw, amendment)
        self.hear("confirmation", self.ada, agreements.confirm, agreement)
        self.hear("leave", self.ada, agreements.end, agreement)

    def _fail(self) -> None:
        wish = WISH | {"name": "A child's bike", "audience": [self.wheels.iri]}
        self.ada.do(casting.cast, wish)
        settle(*self.everyone)
        known = self._item(self.wheels, showing.list)["id"]
        made = self.wheels.do(offers.make, known, TERMS)["id"]
        settle(*self.everyone)
        there = next(
            item["id"] for item in self.ada.do(offers.list)["items"] if item["peer"]["iri"] == self.wheels.iri
        )
        self.hear("rejection", self.ada, offers.reject, there, reason="Too heavy for a child.")
        self.wheels.do(offers.reoffer, made, {"price": LOWER[:1]})
        settle(*self.everyone)
        self.ada.do(offers.accept, there)
        settle(*self.everyone)
        agreement = self._item(self.wheels, agreements.list)["id"]
        self.hear("renege", self.wheels, agreements.renege, agreement, reason="Sold out since this morning.")
        self._let_lapse(known)
        self.ada.do(casting.cast, WISH | {"name": "A helmet", "audience": [self.bikes.iri]})
        settle(*self.everyone)
        helmet = next(item["id"] for item in self.ada.do(showing.list)["items"] if item["name"] == "A helmet")
        self.hear("intention-withdrawn", self.ada, ending.withdraw, helmet)

    def _let_lapse(self, intention: str) -> None:
        """Let an acceptance wait for a countersignature until it has lapsed."""
        again = self.wheels.do(offers.make, intention, TERMS)["negotiation"]
        settle(*self.everyone)
        found = self.ada.do(offers.list)["items"]
        self.ada.do(offers.accept, next(item["id"] for item in found if item["negotiation"] == again))
        settle(*self.everyone)
        self.clock.pass_time(days=3, minutes=2)
        for party in self.everyone:
            party.tick()
        settle(*self.everyone)
        self.overhear("revocation", self.ada, Event.REVOKE)

    def overhear(self, name: str, speaker: Party, event: Event) -> None:
        """Write down the newest thing of a kind that a party has said by itself."""
        said = journal.entries_of(speaker.db, speaker.iri, kinds=[event.value])
        self.said[name] = json.loads(said[-1].entry.body)

    def hear(self, name: str, speaker: Party, service: Any, *arguments: Any, **options: Any) -> None:
        """Let someone act, write down the one thing this makes them say, and carry it over."""
        self.clock.pass_time(minutes=1)
        speaker.do(service, *arguments, **options)
        speaker.follow()
        (said,) = {delivery.entry for delivery in speaker.queued()}
        self.said[name] = json.loads(self._body(speaker, said))
        settle(*self.everyone)

    def _body(self, speaker: Party, number: int) -> bytes:
        entry = journal.load_entry(speaker.db, number)
        assert entry is not None
        return bytes(entry.entry.body)

    def _offer(self, party: Party) -> str:
        return str(self._item(party, offers.list)["id"])

    def _item(self, party: Party, service: Any) -> dict[str, Any]:
        return dict(party.do(service)["items"][0])


def actors(people: list[Party]) -> dict[str, Document]:
    """Describe the actors as their nodes do: a person, an organization, and the server's own."""
    ada, bikes, _ = people
    public = read_public_pem(RSA_PEM)
    key = ActorKey(f"{ada.origin}/actor#{public.fragment}", f"{ada.origin}/actor", public, _HTTP)
    server = Actor(
        iri=f"{ada.origin}/actor",
        kind=ActorKind.APPLICATION,
        name="",
        handle="ada.example",
        inbox=f"{ada.origin}/inbox",
        shared_inbox=None,
        outbox=None,
        followers=None,
        summary="",
        keys=(key,),
        speaks_ed25519=True,
    )
    return {
        "actor-person": render_actor(_described(ada), manually_approves_followers=True),
        "actor-organization": render_actor(_described(bikes)),
        "actor-server": render_actor(server),
    }


_HTTP = frozenset({KeyPurpose.HTTP})


def _described(party: Party) -> Actor:
    """Describe an actor with the one RSA key of the examples; the real one is drawn at random."""
    actor = party.owner.actor
    return replace(actor, keys=tuple(_key(key) for key in actor.keys))


def _key(key: ActorKey) -> ActorKey:
    if KeyPurpose.ASSERTION in key.purposes:
        return key
    public = read_public_pem(RSA_PEM)
    return ActorKey(f"{key.owner}#{public.fragment}", key.owner, public, _HTTP)


def public_keys() -> dict[str, PublicKey]:
    """The public half of every key that signed an example."""
    return {method: key.public for method, key in run()[1].items()}


def resign(document: Document, *, like: Document) -> Document:
    """Sign a changed document with the key, and at the moment, that its original was signed with."""
    proof = proofs.read(like)
    unsigned = {member: value for member, value in document.items() if member != "proof"}
    key = run()[1][proof.verification_method]
    return proofs.attach(
        unsigned, key=key, verification_method=proof.verification_method, created=proof.created
    )
