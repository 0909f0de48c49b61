"""A customer, a business and what they negotiate: valid documents, of which a test varies one thing."""

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from protocol import proofs
from protocol.agreements import Signatory, conclude
from protocol.canonical import digest_of
from protocol.intentions import Intention
from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.moves import Event, Move, render_move
from protocol.negotiation import Party
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.specifications import Property, Specification
from protocol.strictjson import Document
from protocol.times import Period
from protocol.vocabulary import PUBLIC

NOW = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
CUSTOMER = "https://customer.example/actors/ada"
BUSINESS = "https://business.example/actors/garage"
NEGOTIATION = "https://business.example/negotiations/neg_1"
AGREEMENT = "https://customer.example/agreements/agr_1"
SALT = "c2FsdHNhbHRzYWx0c2FsdA"

KEYS: dict[str, PrivateKey] = {
    CUSTOMER: ed25519_from_seed(b"customer".ljust(32, b"-")),
    BUSINESS: ed25519_from_seed(b"business".ljust(32, b"-")),
}
METHODS = {actor: f"{actor}#ed25519-1" for actor in KEYS}
MULTIBASES = {METHODS[actor]: key.public.multibase for actor, key in KEYS.items()}

INTENTION = Intention(
    iri="https://customer.example/intentions/int_1",
    proposer=CUSTOMER,
    name="A car for the family",
    content="Seven seats would be good.",
    quantity=Quantity(Decimal(1)),
    specifications=(Specification("fuelConsumption", at_most=Decimal(7), unit="l/100 km"),),
    category="https://www.wikidata.org/wiki/Q1420",
    place="Bern",
    window_start=NOW + timedelta(days=30),
    window_end=NOW + timedelta(days=60),
    deadline=NOW + timedelta(days=14),
    currency="EUR",
    published=NOW,
    to=(PUBLIC,),
)

DRAFT = Draft(
    name="Estate car on lease",
    quantity=Quantity(Decimal(1)),
    satisfies_primary=INTENTION.primary_iri,
    satisfies_reciprocal=INTENTION.reciprocal_iri,
    price=(
        PriceLine(PriceLineKind.ONE_OFF, Decimal("150.00"), "EUR", "Registration"),
        PriceLine(PriceLineKind.RECURRING, Decimal("249.90"), "EUR", "Lease", Period.MONTH, count=24),
    ),
    properties=(Property("fuelConsumption", "6.4", "l/100 km"),),
    starts_at=NOW + timedelta(days=40),
    ends_at=NOW + timedelta(days=40 + 731),
    notice="P1M",
    content="Winter tyres included.",
)
TOTAL = Decimal("6147.60")


def site(actor: str) -> str:
    """The address under which everything of an actor's is."""
    return actor.partition("/actors/")[0]


def line(**changes: Any) -> Document:
    """A recurring price line as it stands on the wire; None removes a member."""
    document = {
        "type": "PriceLine",
        "kind": "recurring",
        "amount": "24.90",
        "currency": "EUR",
        "label": "Fee",
        "per": "month",
        "count": 24,
    } | changes
    return {member: value for member, value in document.items() if value is not None}


def signatories(offerer: str = BUSINESS, offeree: str = CUSTOMER) -> tuple[Signatory, Signatory]:
    """Both parties with their keys."""
    roles = ((offerer, Party.OFFERER), (offeree, Party.OFFEREE))
    one, other = (Signatory(actor, role, METHODS[actor], MULTIBASES[METHODS[actor]]) for actor, role in roles)
    return one, other


def sign(document: Document, *, at: datetime = NOW) -> Document:
    """Attach the proof of the document's actor."""
    actor = document["actor"]
    return proofs.attach(document, key=KEYS[actor], verification_method=METHODS[actor], created=at)


@dataclass
class Thread:
    """A negotiation as it grows: each move answers the one before it."""

    offerer: str = BUSINESS
    offeree: str = CUSTOMER
    documents: list[Document] = field(default_factory=list)
    final: Document = field(default_factory=dict)
    standing: Draft = DRAFT
    clock: datetime = NOW

    def move(self, event: Event, *, actor: str, **changes: Any) -> Document:
        """Append one move, signed; `changes` replace fields of the Move or, by wire name, members."""
        self.clock += timedelta(minutes=1)
        answers, digest = self._answerable()
        place = len(self.documents) + 1
        move = Move(
            event=event,
            iri=f"{site(actor)}/activities/act_{place}",
            actor=actor,
            to=(self.offeree if actor == self.offerer else self.offerer,),
            negotiation=NEGOTIATION,
            answers=answers,
            answers_digest=digest,
            published=self.clock,
        )
        members = {each.name: changes.pop(each.name) for each in fields(Move) if each.name in changes}
        document = sign(render_move(replace(move, **members)) | changes, at=self.clock)
        self.documents.append(document)
        return document

    def offer(self, event: Event = Event.OFFER, *, draft: Draft = DRAFT, **changes: Any) -> Document:
        """Append an offer that expires after two days."""
        self.standing = draft
        expiry = {"ends_at": self.clock + timedelta(days=2)}
        return self.move(event, actor=self.offerer, **{"draft": draft, **expiry, **changes})

    def accept(self, *, final: Document | None = None, **changes: Any) -> Document:
        """Append the acceptance of the last offer."""
        self.final = final if final is not None else self.agreement()
        return self.move(Event.ACCEPT, actor=self.offeree, **{"agreement": self.final, **changes})

    def countersign(self, **changes: Any) -> Document:
        """Append the countersignature."""
        return self.move(Event.COUNTERSIGN, actor=self.offerer, **changes)

    def acknowledge(self, **changes: Any) -> Document:
        """Append the receipt of the countersignature."""
        return self.move(Event.ACKNOWLEDGE, actor=self.offeree, **changes)

    def agreement(self, **changes: Any) -> Document:
        """The final agreement about the last offer; None removes a member."""
        offer = self.documents[-1]
        document = conclude(
            self.standing,
            iri=f"{site(self.offeree)}/agreements/agr_1",
            offer=offer["id"],
            offer_digest=digest_of(offer),
            parties=signatories(self.offerer, self.offeree),
            salt=SALT,
            attributed_to=self.offeree,
            published=self.clock,
        )
        return {member: value for member, value in (document | changes).items() if value is not None}

    def _answerable(self) -> tuple[str | None, str | None]:
        if not self.documents:
            return None, None
        last = self.documents[-1]
        if last["type"] == "Accept" and "result" in last:
            return last["result"]["id"], digest_of(last["result"])
        return last["id"], digest_of(last)


def concluded() -> Thread:
    """Offer, acceptance, countersignature."""
    thread = Thread()
    thread.offer()
    thread.accept()
    thread.countersign()
    return thread


def acknowledged() -> Thread:
    """Offer, acceptance, countersignature, and its receipt."""
    thread = concluded()
    thread.acknowledge()
    return thread
