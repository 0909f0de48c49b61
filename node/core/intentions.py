"""Wishes: what the owner wants, split into what is told and what stays home.

Rules that hold here:

- A wish is translated to the wire's spelling and read by the protocol's own reader, so what is shown before
  casting is what is sent, byte for byte.
- Limit price and notes are taken out first; the rest of this module never sees them again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from node.core import codes
from node.core.drafts import read_owner_quantity, view_quantity, view_time, wire_amount, wire_properties
from node.core.rings import Rings, read_rings
from protocol import codes as wire
from protocol.decimals import decimal_string
from protocol.errors import Unprocessable
from protocol.intentions import Intention
from protocol.members import (
    CONTENT_LIMIT,
    NAME_LIMIT,
    read_iri,
    read_list,
    read_moment,
    read_required_iri,
    read_required_text,
    read_text,
    refuse_unknown,
)
from protocol.pauses import Pause
from protocol.prices import PriceLine, read_price
from protocol.quantities import Quantity
from protocol.specifications import Specification, read_specifications
from protocol.strictjson import Document
from protocol.values import dataclass
from protocol.vocabulary import PUBLIC, currency_iri

FOLLOWERS = "followers"
EVERYBODY = "public"

MEMBERS = frozenset(
    {
        "name",
        "content",
        "quantity",
        "specifications",
        "category",
        "place",
        "window",
        "deadline",
        "currency",
        "pause",
        "rings",
        "audience",
        "limit_price",
        "notes",
    }
)


class IntentionState(StrEnum):
    """What became of an intention; all but `OPEN` are final, save that a peer's change may open `EXPIRED`."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    AWARDED = "awarded"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Private:
    """What never leaves the node: the most the owner would pay, and notes."""

    limit_price: Decimal | None
    notes: str

    def store(self) -> dict[str, Any]:
        """Return the members to keep, the limit as decimal text."""
        limit = None if self.limit_price is None else decimal_string(self.limit_price)
        return {"limit_price": limit, "notes": self.notes}


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish as read: the intention (addressed to nobody yet), whom to tell, and what stays home.

    `rings` say how much of the intention whom is told; None: everybody all of it.
    """

    intention: Intention
    audience: tuple[str, ...]
    private: Private
    rings: Rings | None = None


def read_wish(wish: Document, *, iri: str, proposer: str, now: datetime) -> Wish:
    """Read a wish into the intention it becomes under this IRI.

    Raises:
        Unprocessable: `unknown-member`, `missing-member`, `deadline-passed`, `malformed-pause`,
            `pause-over`, `malformed-rings`, or what the protocol's readers say.
    """
    refuse_unknown(wish, known=MEMBERS, what="The intention")
    deadline = read_moment(wish, "deadline")
    if deadline is not None and deadline <= now:
        raise Unprocessable(codes.DEADLINE_PASSED)
    currency = read_required_text(wish, "currency")
    currency_iri(currency)
    start, end = _read_window(wish)
    intention = Intention(
        iri=iri,
        proposer=proposer,
        name=read_required_text(wish, "name"),
        content=read_text(wish, "content", limit=CONTENT_LIMIT),
        quantity=_read_quantity(wish),
        specifications=_read_specifications(wish),
        category=read_iri(wish, "category"),
        place=read_text(wish, "place") or None,
        window_start=start,
        window_end=end,
        deadline=deadline,
        currency=currency,
        published=now,
        to=(),
        pause=_read_pause(wish, now=now),
    )
    rings = read_rings(wish.get("rings"), category=intention.category, currency=currency)
    return Wish(intention, _read_audience(wish), _read_private(wish, currency), rings)


def _read_specifications(wish: Document) -> tuple[Specification, ...]:
    return read_specifications({"additionalProperty": wire_properties(wish.get("specifications", []))})


def _read_quantity(wish: Document) -> Quantity:
    """Read how much is wanted; what whoever gets the wish would refuse is refused before it is shown."""
    quantity = read_owner_quantity(wish.get("quantity", "1"))
    if quantity.value == 0:
        raise Unprocessable(wire.ZERO_QUANTITY, "Nothing is wanted: the quantity is zero.")
    return quantity


def _read_window(wish: Document) -> tuple[datetime | None, datetime | None]:
    window = wish.get("window") or {}
    if not isinstance(window, dict) or not window.keys() <= {"start", "end"}:
        raise Unprocessable(codes.MALFORMED_WINDOW, 'Write the window as {"start": …, "end": …}.')
    start, end = read_moment(window, "start"), read_moment(window, "end")
    if start is not None and end is not None and end < start:
        raise Unprocessable(wire.WINDOW_REVERSED)
    return start, end


def _read_pause(wish: Document, *, now: datetime) -> Pause | None:
    pause = wish.get("pause")
    if pause is None:
        return None
    if not isinstance(pause, dict) or not pause.keys() <= {"until"}:
        raise Unprocessable(codes.MALFORMED_PAUSE)
    until = read_moment(pause, "until")
    if until is not None and until <= now:
        raise Unprocessable(codes.PAUSE_OVER)
    return Pause(until)


def as_it_stands(wish: Document, pause: Pause | None, *, now: datetime) -> Document:
    """Return a wish as it was said last, without a pause that is over: so it can be said again, changed."""
    if pause is not None and pause.holds(now):
        return wish
    return {member: said for member, said in wish.items() if member != "pause"}


def _read_audience(wish: Document) -> tuple[str, ...]:
    audience = read_list(wish, "audience")
    if not audience:
        raise Unprocessable(codes.MISSING_AUDIENCE)
    if not all(isinstance(who, str) and len(who) <= NAME_LIMIT * 10 for who in audience):
        raise Unprocessable(codes.MALFORMED_AUDIENCE)
    for who in audience:
        if who not in (FOLLOWERS, EVERYBODY):
            read_required_iri({"to": who}, "to")
    return tuple(dict.fromkeys(audience))


def _read_private(wish: Document, currency: str) -> Private:
    limit = wish.get("limit_price")
    lines: tuple[PriceLine, ...] = ()
    if limit is not None:
        line = {"type": "PriceLine", "kind": "oneOff", "amount": limit, "currency": currency}
        try:
            lines = read_price([wire_amount(line)])
        except Unprocessable as error:
            raise Unprocessable(error.code, error.said, at="limit_price") from error
    return Private(lines[0].amount if lines else None, read_text(wish, "notes", limit=CONTENT_LIMIT))


def address_all(audience: Sequence[object], *, followers: str) -> tuple[str, ...]:
    """Return the `to` of the one copy for followers and the public; nothing if neither is told."""
    collections = {FOLLOWERS: followers, EVERYBODY: PUBLIC}
    return tuple(collections[who] for who in (EVERYBODY, FOLLOWERS) if who in audience)


def view_intention(intention: Intention) -> dict[str, Any]:
    """Show the public part of an intention as the owner's programs read it."""
    return {
        "iri": intention.iri,
        "name": intention.name,
        "content": intention.content,
        "quantity": view_quantity(intention.quantity),
        "specifications": [view_specification(wanted) for wanted in intention.specifications],
        "category": intention.category,
        "place": intention.place,
        "window": {"start": view_time(intention.window_start), "end": view_time(intention.window_end)},
        "deadline": view_time(intention.deadline),
        "pause": view_pause(intention.pause),
        "currency": intention.currency or None,
        "published": view_time(intention.published),
    }


def view_pause(pause: Pause | None) -> dict[str, Any] | None:
    """Show that an intention takes no offers, until when if that is known; None if it takes them."""
    return None if pause is None else {"until": view_time(pause.until)}


def view_specification(wanted: Specification) -> Mapping[str, Any]:
    """Show a specification; only the members that say something."""
    bounds = {"at_least": wanted.at_least, "at_most": wanted.at_most}
    view: dict[str, Any] = {"property": wanted.property}
    if wanted.value is not None:
        view["value"] = wanted.value
    view |= {name: decimal_string(bound) for name, bound in bounds.items() if bound is not None}
    return view | {"unit": wanted.unit, "necessity": wanted.necessity.value}
