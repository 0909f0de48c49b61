"""Intentions: what someone wants, announced so that offers can answer it.

Rules that hold here:

- The type holds what may be told to others and nothing else. A limit price, ranking weights and notes have no
  field here, so they cannot be rendered by mistake.
- Our own intentions leave the price open: a number on what is wanted, none on what is given, `unitBased`
  false (always written, because FEP-0837 contradicts itself on its absence).
- A foreign intention may state its price or be multiplied; that is read, because the FEP's rules for answers
  depend on it, and never written.
- A standing offer is the same document with the roles turned: what is published is offered, at a price.

Sources: FEP-0837 (Proposals), ActivityStreams 2.0 (endTime, location), schema.org (availabilityStarts,
-Ends).
"""

import re
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

import orjson

from protocol import codes
from protocol.errors import Unprocessable
from protocol.jsonld import one, ref
from protocol.members import (
    literal,
    missing,
    read_content,
    read_iri,
    read_list,
    read_moment,
    read_object,
    read_required_iri,
    read_text,
    render_content,
)
from protocol.pauses import Pause, read_pause, render_pause
from protocol.quantities import Quantity, read_resource_quantity, render_quantity
from protocol.specifications import Specification, read_specifications, render_specifications
from protocol.strictjson import Document, Json
from protocol.times import render_time
from protocol.values import dataclass
from protocol.vocabulary import (
    PUBLIC,
    PUBLIC_ALIASES,
    UNIT_ONE,
    VALUEFLOWS,
    currency_code,
    currency_iri,
)
from protocol.withholding import Withholding, read_withholding, render_withholding

PRIMARY: Final = "#primary"  # FEP-0837's recommended fragments for the two intents of a proposal
RECIPROCAL: Final = "#reciprocal"
RECIPIENTS_LIMIT: Final = 1_000  # every garage of a region, one by one, still is one intention

# What is remembered of intentions that were read: 512 of 4 KB are some 6 MB, and most have 1 KB.
_REMEMBERED: Final = 512
_REMEMBERED_BYTES: Final = 4_096

_TRANSFER: Final = "transfer"
# "The value of this property SHOULD be either `deliverService` or `transfer`", in any spelling of ValueFlows.
ACTIONS: Final = frozenset(
    prefix + action for prefix in ("", "vf:", VALUEFLOWS) for action in (_TRANSFER, "deliverService")
)
_NOTHING: Final = Quantity(None)
# A category is compared and shown, never fetched, so any absolute URI will do (FEP-0837: "Could be any URI").
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x1f\x7f]{1,2000}", re.ASCII)


class Purpose(StrEnum):
    """Which way round a proposal is: something wanted for money, or something offered for it."""

    REQUEST = "request"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Intention:
    """A published proposal: one thing, and money of one currency given for it. Absent texts are "".

    A foreign one may give nothing in return; it has no currency then.
    """

    iri: str
    proposer: str
    name: str
    content: str
    quantity: Quantity
    specifications: tuple[Specification, ...]
    category: str | None
    place: str | None
    window_start: datetime | None
    window_end: datetime | None
    deadline: datetime | None
    currency: str
    published: datetime | None
    to: tuple[str, ...]
    pause: Pause | None = None
    withholding: Withholding | None = None  # what it says of its parts, if not all are told
    # Foreign intentions only: how their numbers bind (None: not at all), their addresses, and the price they
    # state.
    unit_based: bool | None = False
    primary: str = ""
    reciprocal: str = ""
    stated_price: Decimal | None = None
    purpose: Purpose = Purpose.REQUEST

    @property
    def primary_iri(self) -> str:
        """The address of what is wanted, which the first commitment of an agreement satisfies."""
        return self.primary or self.iri + PRIMARY

    @property
    def reciprocal_iri(self) -> str:
        """The address of what is given in return, which the second commitment satisfies."""
        return self.reciprocal or self.iri + RECIPROCAL


def render_intention(intention: Intention) -> Document:
    """Write an intention of ours as a Proposal, without `@context`: its activity has one."""
    document: Document = {
        "id": intention.iri,
        "type": "Proposal",
        "purpose": intention.purpose.value,
        "attributedTo": intention.proposer,
        "name": intention.name,
        "publishes": _render_primary(intention),
        **({"reciprocal": _render_reciprocal(intention)} if intention.currency else {}),
        "unitBased": _is_offer(intention) and intention.unit_based is True,
        "to": list(intention.to),
    }
    document |= render_content(intention.content) | render_pause(intention.pause)
    document |= render_withholding(intention.withholding)
    if intention.place is not None:
        document["location"] = {"type": "Place", "name": intention.place}
    return document | _render_moments(intention)


def render_as_read(intention: Intention) -> Document:
    """Write an intention of another as it was understood, in our one spelling: reading it gives the same.

    For keeping, not for sending: it has the price, the addresses and the binding that only foreign ones have.
    """
    document = render_intention(intention)
    del document["unitBased"]
    if intention.unit_based is not None:
        document["unitBased"] = intention.unit_based
    document["publishes"] |= {"id": intention.primary_iri}
    if intention.currency:
        price = render_quantity(Quantity(intention.stated_price, UNIT_ONE))
        document["reciprocal"] |= {"id": intention.reciprocal_iri, "resourceQuantity": price}
    return document


def read_intention(json: Json) -> Intention:
    """Read a Proposal that requests something for money, in our plain keys.

    Each offer has the intention read that it answers, so a short one is remembered by its text.

    Raises:
        Unprocessable: `unsupported-purpose` for anything but a request, or as `read_proposal`.
    """
    try:
        text = orjson.dumps(json)
    except (
        orjson.JSONEncodeError
    ):  # an integer beyond 64 bits; whether there may be one is the reader's affair
        return _read_request(json)
    return _recall_request(text) if len(text) <= _REMEMBERED_BYTES else _read_request(json)


@lru_cache(maxsize=_REMEMBERED)
def _recall_request(text: bytes) -> Intention:
    return _read_request(orjson.loads(text))


def _read_request(json: Json) -> Intention:
    document = read_object(json, type="Proposal")
    if _read_purpose(document) is not Purpose.REQUEST:
        raise _unsupported()
    return read_proposal(document)


def read_proposal(json: Json) -> Intention:
    """Read a Proposal of either purpose, in our plain keys.

    Members we do not know are ignored: a proposal is an invitation, nothing in it binds before it is
    answered.

    Raises:
        Unprocessable: `unsupported-purpose`, `missing-member` (among others for an offer whose price has no
            number), `zero-quantity`, `window-reversed`, `unknown-currency`,
            `malformed-category`, or as the readers of its members.
    """
    document = read_object(json, type="Proposal")
    purpose = _read_purpose(document)
    iri = read_required_iri(document, "id")
    wanted = _read_intent(document, "publishes")
    given = None if document.get("reciprocal") is None else _read_intent(document, "reciprocal")
    price = _NOTHING if given is None else read_resource_quantity(given, of="reciprocal")
    if purpose is Purpose.OFFER and given is not None and price.value is None:
        raise missing("hasNumericalValue")
    starts, ends = read_moment(document, "availabilityStarts"), read_moment(document, "availabilityEnds")
    if starts is not None and ends is not None and ends < starts:
        raise Unprocessable(codes.WINDOW_REVERSED, "The window in which it is wanted ends before it starts.")
    return Intention(
        iri=iri,
        proposer=read_required_iri(document, "attributedTo"),
        name=read_text(document, "name"),
        content=read_content(document),
        quantity=_read_wanted_quantity(wanted),
        specifications=read_specifications(wanted),
        category=read_category(wanted),
        place=_read_place(document),
        window_start=starts,
        window_end=ends,
        deadline=read_moment(document, "endTime"),
        currency="" if given is None else read_currency(given),
        published=read_moment(document, "published"),
        to=tuple(
            _read_recipient(recipient) for recipient in read_list(document, "to", limit=RECIPIENTS_LIMIT)
        ),
        pause=read_pause(document),
        withholding=read_withholding(document),
        unit_based=_read_unit_based(document),
        primary=_read_fragment(wanted, usual=iri + PRIMARY),
        reciprocal="" if given is None else _read_fragment(given, usual=iri + RECIPROCAL),
        stated_price=price.value,
        purpose=purpose,
    )


def _read_purpose(document: Document) -> Purpose:
    try:
        return Purpose(read_text(document, "purpose"))
    except ValueError:
        raise _unsupported() from None


def _unsupported() -> Unprocessable:
    return Unprocessable(codes.UNSUPPORTED_PURPOSE)


def read_currency(document: Document) -> str:
    """Read which currency an intent or a commitment moves, as its ISO 4217 code.

    Raises:
        Unprocessable: `missing-member` or `unknown-currency`.
    """
    item = ref(document.get("resourceConformsTo"))
    if item is None:
        raise missing("resourceConformsTo")
    return currency_code(item)


def _render_primary(intention: Intention) -> Document:
    intent = _render_intent(intention.iri + PRIMARY, intention.quantity)
    if intention.category is not None:
        intent["resourceConformsTo"] = intention.category
    if intention.specifications:
        intent["additionalProperty"] = render_specifications(intention.specifications)
    return intent


def _render_reciprocal(intention: Intention) -> Document:
    # FEP-0837: "If not specified, arbitrary amounts can be used when responding": a request's price is open.
    price = intention.stated_price if _is_offer(intention) else None
    intent = _render_intent(intention.iri + RECIPROCAL, Quantity(price, UNIT_ONE))
    return intent | {"resourceConformsTo": currency_iri(intention.currency)}


def _is_offer(intention: Intention) -> bool:
    return intention.purpose is Purpose.OFFER


def _render_intent(iri: str, quantity: Quantity) -> Document:
    return {"id": iri, "type": "Intent", "action": _TRANSFER, "resourceQuantity": render_quantity(quantity)}


def _render_moments(intention: Intention) -> Document:
    moments = {
        "published": intention.published,
        "endTime": intention.deadline,
        "availabilityStarts": intention.window_start,
        "availabilityEnds": intention.window_end,
    }
    return {member: render_time(moment) for member, moment in moments.items() if moment is not None}


def _read_intent(document: Document, member: str) -> Document:
    if document.get(member) is None:
        raise missing(member)
    return read_object(document[member], type="Intent")


def _read_wanted_quantity(intent: Document) -> Quantity:
    quantity = read_resource_quantity(intent, of="publishes")
    if quantity.value == 0:
        raise Unprocessable(codes.ZERO_QUANTITY, "Nothing is wanted: the quantity is zero.")
    return quantity


def is_category(text: str) -> bool:
    """Tell whether a text can be the address of a category: any absolute URI."""
    return _URI.fullmatch(text) is not None


def read_category(intent: Document) -> str | None:
    """Read of what kind a thing is, as an intent or a commitment says; None if it does not.

    Raises:
        Unprocessable: `malformed-category`, or as `jsonld.ref`.
    """
    category = intent.get("resourceConformsTo")
    if category is None:
        return None
    category = ref(category)
    if category is not None and not is_category(category):
        raise Unprocessable(codes.MALFORMED_CATEGORY)
    return category


def _read_place(document: Document) -> str | None:
    place = one(document.get("location"))
    return read_text(place, "name") or None if isinstance(place, dict) else None


def _read_recipient(json: Json) -> str:
    recipient = ref(json)
    return PUBLIC if recipient in PUBLIC_ALIASES else read_required_iri({"to": recipient}, "to")


def _read_unit_based(document: Document) -> bool | None:
    unit_based = literal(document.get("unitBased"))
    if unit_based is None or isinstance(unit_based, bool):
        return unit_based
    raise Unprocessable(codes.WRONG_SHAPE, "The member unitBased is neither true nor false.")


def _read_fragment(intent: Document, *, usual: str) -> str:
    """Read an intent's own address; "" if it is the recommended one, so that ours compare equal."""
    iri = read_iri(intent, "id")
    return "" if iri in (None, usual) else str(iri)
