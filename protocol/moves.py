"""Moves: the activities a negotiation consists of, between their wire form and one value for all of them.

Rules that hold here:

- Every move but the first names and hashes what it answers, so the signed activities form a chain that is the
  history on both sides. A plain FEP-0837 peer sends no hash; `answers_digest` is None then, and the node
  decides what that is worth.
- A plain peer sends no `context` either. The negotiation's address then is that of the offer that opened it,
  as far as the move shows it: the offer's own id, or what the move answers. Look a move up by `answers`
  first.
- What an activity is depends on its shape first (`read_move`), and for some on what it answers (`resolve`): a
  Reject of an offer and one of an agreement look alike.
- A later offer in the negotiation of an amendment answers the round before, and says itself which agreement
  it would replace (`supersedes`): the rounds before may have been signed with keys that were changed since.
- A first offer may say to which other offer it is an alternative, under the context of data terms alone. That
  binds nobody; whether there is such an offer is not looked at here.
- An acceptance holds until a date (`holds_until`): its own, or three days where it names none, and never
  longer than the offer that it accepts.

| activity | with | event |
| --- | --- | --- |
| Offer | | offer |
| Offer | inReplyTo | reoffer; offer, if it names an agreement (an amendment) |
| Accept | result | accept |
| Accept | no result | countersign |
| Reject | result | counter |
| Reject | no result | reject; renege, if it names the agreement |
| Undo | | withdraw; revoke, if it names an acceptance; recant, if it names a counter |
| Read | | acknowledge, if it names a countersignature |
| Leave | endTime | leave |

Sources: FEP-0837 (Responding, Accepting, Rejecting), ActivityStreams 2.0 vocabulary, CID 1.0
(digestMultibase).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from protocol import codes
from protocol.agreements import all_lacking
from protocol.errors import TooLarge, Unprocessable
from protocol.jsonld import kind, many
from protocol.members import (
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
from protocol.negotiation import Event
from protocol.offers import Draft, read_draft, render_draft
from protocol.strictjson import Document
from protocol.times import Period, render_time, step
from protocol.values import dataclass
from protocol.vocabulary import TERMS_CONTEXT, activity_context

__all__ = [
    "LIMIT_BYTES",
    "Event",
    "Move",
    "check_holds",
    "check_size",
    "holds_until",
    "read_move",
    "render_move",
    "resolve",
]

# What an acceptance without a date of its own is taken to say: long enough for an owner who is away over a
# weekend, short enough for whoever waits.
_HOLDS: Final = timedelta(days=3)

LIMIT_BYTES: Final = 131_072
"""The largest move: each is kept whole as evidence, members that nobody reads too. Long terms have 30 KB."""

_RECIPIENTS_LIMIT: Final = 16  # a move has one addressee; a plain peer may copy itself and a few others
_DIGEST_LIMIT: Final = 64  # "z" and 34 bytes in base58 are 47 or 48 characters

_TYPES: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.OFFER: "Offer",
        Event.REOFFER: "Offer",
        Event.COUNTER: "Reject",
        Event.RECANT: "Undo",
        Event.REJECT: "Reject",
        Event.RENEGE: "Reject",
        Event.ACCEPT: "Accept",
        Event.COUNTERSIGN: "Accept",
        Event.WITHDRAW: "Undo",
        Event.REVOKE: "Undo",
        Event.ACKNOWLEDGE: "Read",
        Event.LEAVE: "Leave",
    }
)
_OFFERS: Final = frozenset({Event.OFFER, Event.REOFFER})

# What an activity is that answers the agreement, by what its shape says; all others cannot.
_OF_AGREEMENT: Final[Mapping[Event, Event]] = MappingProxyType(
    {
        Event.OFFER: Event.OFFER,
        Event.REOFFER: Event.OFFER,
        Event.REJECT: Event.RENEGE,
        Event.RENEGE: Event.RENEGE,
        Event.COUNTERSIGN: Event.COUNTERSIGN,
        Event.LEAVE: Event.LEAVE,
    }
)
# What an activity is that answers a move other than an offer, by what its shape says.
_OF_MOVE: Final[Mapping[Event, Mapping[Event, Event]]] = MappingProxyType(
    {
        Event.ACCEPT: MappingProxyType({Event.WITHDRAW: Event.REVOKE}),
        Event.COUNTER: MappingProxyType({Event.WITHDRAW: Event.RECANT}),
        Event.COUNTERSIGN: MappingProxyType({Event.ACKNOWLEDGE: Event.ACKNOWLEDGE}),
    }
)
# What an activity can be that answers anything else, or nothing.
_OF_OFFER: Final = frozenset(
    {Event.OFFER, Event.REOFFER, Event.COUNTER, Event.REJECT, Event.ACCEPT, Event.WITHDRAW}
)
# What an activity has to name that names something else.
_NAMES: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.ACCEPT: "An Accept of an offer names it, and carries the final agreement as its result.",
        Event.COUNTERSIGN: "An Accept without a result, a countersignature, names the agreement by its id.",
        Event.COUNTER: "A Reject with terms as its result names the offer that stands.",
        Event.ACKNOWLEDGE: "A Read names the countersignature that it acknowledges.",
        Event.LEAVE: "A Leave names the agreement by its id.",
        Event.WITHDRAW: "An Undo names a move; an agreement ends by a Leave.",
    }
)


@dataclass(frozen=True, slots=True)
class Move:
    """One move of one party. Only offers and counters have a draft, only acceptances an agreement.

    `supersedes` is the agreement (IRI) that an offer which answers something says it would replace,
    `alternative_to` the other offer (IRI) that a first one says it may be chosen instead of.
    """

    event: Event
    iri: str
    actor: str
    to: tuple[str, ...]
    negotiation: str
    answers: str | None = None
    answers_digest: str | None = None
    draft: Draft | None = None
    agreement: Document | None = None
    content: str = ""
    ends_at: datetime | None = None
    published: datetime | None = None
    supersedes: str | None = None
    alternative_to: str | None = None

    @property
    def has_data_terms(self) -> bool:
        """Whether its draft or its agreement says something about data."""
        if self.agreement is not None:
            return self.agreement.get("terms") is not None
        return self.draft is not None and self.draft.terms is not None


def check_size(body: bytes) -> None:
    """Check that the bytes of a move are no more than what is kept of one.

    Raises:
        TooLarge: `move-too-large`.
    """
    if len(body) > LIMIT_BYTES:
        raise TooLarge(codes.MOVE_TOO_LARGE)


def render_move(move: Move) -> Document:
    """Write a move as an activity, ready to be signed.

    Raises:
        Unprocessable: as `charges.add_up`, if the price of its draft cannot be added up.
    """
    document: Document = {
        "@context": activity_context(with_terms=move.has_data_terms or move.alternative_to is not None),
        "id": move.iri,
        "type": _TYPES[move.event],
        "actor": move.actor,
        "to": list(move.to),
        "context": move.negotiation,
    }
    document |= _render_substance(move)
    moments = {"published": move.published, "endTime": move.ends_at}
    document |= {"digestMultibase": move.answers_digest} if move.answers_digest else {}
    document |= render_content(move.content)
    return document | {
        member: render_time(moment) for member, moment in moments.items() if moment is not None
    }


def read_move(activity: Document, *, currency: str | None = None) -> Move:
    """Read a move from an activity in our plain keys; members of the activity we do not know are ignored.

    `currency` is the intention's, for plain offers that do not name one (see `offers.read_draft`).

    Raises:
        Unprocessable: `unknown-activity` for a type that is no move, `missing-member`, `unknown-member` for
            data terms without their context, `wrong-object` for an alternative to itself, or as the readers
            of its members.
    """
    event = _read_event(activity)
    iri, actor, answers = (
        read_required_iri(activity, "id"),
        _read_actor(activity),
        _read_answers(activity, event),
    )
    ends_at = read_moment(activity, "endTime")
    if event is Event.LEAVE and ends_at is None:
        raise missing("endTime")
    move = Move(
        event=event,
        iri=iri,
        actor=actor,
        to=_read_recipients(activity),
        negotiation=read_iri(activity, "context") or answers or iri,
        answers=answers,
        answers_digest=read_text(activity, "digestMultibase", limit=_DIGEST_LIMIT) or None,
        draft=_read_draft(activity, event, actor, currency=currency),
        agreement=_read_agreement(activity) if event is Event.ACCEPT else None,
        content=read_content(activity),
        ends_at=ends_at,
        published=read_moment(activity, "published"),
        supersedes=read_iri(activity, "supersedes") if event is Event.REOFFER else None,
        alternative_to=_read_alternative(activity) if event is Event.OFFER else None,
    )
    # Only their context says what they mean, and it has one address.
    if move.has_data_terms and not _has_terms_context(activity):
        said = f"The Agreement has terms, and the document's context is without {TERMS_CONTEXT}."
        raise Unprocessable(codes.UNKNOWN_MEMBER, said)
    return move


def resolve(move: Move, agreement_iri: str | None, *, answered: Event | None = None) -> Move:
    """Return the move with the event it is once it is known what it answers.

    Args:
        move: as read.
        agreement_iri: the agreement the move could answer, or None if there is none yet.
        answered: the event of the move that it answers, if it answers one.

    Raises:
        Unprocessable: `wrong-object`, if an activity that only an agreement can have answers something else,
            or the reverse: an Accept without a result that names an offer, an Undo that names an agreement, a
            Read of anything but a countersignature.
    """
    if agreement_iri is not None and move.answers == agreement_iri:
        event = _OF_AGREEMENT.get(move.event)
    else:
        of_move = {} if answered is None else _OF_MOVE.get(answered, {})
        event = of_move.get(move.event, move.event if move.event in _OF_OFFER else None)
    if event is None:
        accepts = move.event is Event.COUNTERSIGN and answered in _OFFERS
        said = _NAMES.get(Event.ACCEPT if accepts else move.event, "")
        raise Unprocessable(codes.WRONG_OBJECT, said)
    return replace(move, event=event)


def holds_until(acceptance: Move, *, made_at: datetime, offer_ends_at: datetime | None) -> datetime:
    """Return until when an acceptance can be countersigned; both ends find the same.

    Args:
        acceptance: the move.
        made_at: when it was signed, or came at the latest; no acceptance is younger than that.
        offer_ends_at: the end of the offer that it accepts, if that has one.

    Raises:
        Unprocessable: `time-out-of-range`, if it says that it was made at the end of time.
    """
    published = min(acceptance.published or made_at, made_at)
    ends_at = acceptance.ends_at or step(published, Period.DAY, _HOLDS.days)
    return ends_at if offer_ends_at is None else min(ends_at, offer_ends_at)


def check_holds(acceptance: Move, *, offer_ends_at: datetime | None) -> None:
    """Check that an acceptance does not claim to hold longer than the offer that it accepts.

    Raises:
        Unprocessable: `holds-too-long`.
    """
    ends_at = acceptance.ends_at
    if ends_at is not None and offer_ends_at is not None and ends_at > offer_ends_at:
        raise Unprocessable(codes.HOLDS_TOO_LONG)


def _render_substance(move: Move) -> Document:
    if move.event in _OFFERS and move.draft is not None:
        named = {
            "inReplyTo": move.answers,
            "supersedes": move.supersedes,
            "alternativeTo": move.alternative_to,
        }
        said = {member: iri for member, iri in named.items() if iri is not None}
        return {"object": render_draft(move.draft), **said}
    substance: Document = {"object": move.answers}
    if move.draft is not None:
        substance["result"] = render_draft(move.draft)
    if move.agreement is not None:
        substance["result"] = move.agreement
    return substance


def _read_event(activity: Document) -> Event:
    match (
        kind(activity.get("type")),
        activity.get("inReplyTo") is not None,
        activity.get("result") is not None,
    ):
        case "Offer", replies, _:
            return Event.REOFFER if replies else Event.OFFER
        case "Accept", _, concludes:
            return Event.ACCEPT if concludes else Event.COUNTERSIGN
        case "Reject", _, proposes:
            return Event.COUNTER if proposes else Event.REJECT
        case "Undo", _, _:
            return Event.WITHDRAW
        case "Read", _, _:
            return Event.ACKNOWLEDGE
        case "Leave", _, _:
            return Event.LEAVE
    raise Unprocessable(codes.UNKNOWN_ACTIVITY, "The activity is not a move of a negotiation.")


def _read_answers(activity: Document, event: Event) -> str | None:
    if event in _OFFERS:
        return read_iri(activity, "inReplyTo")
    return read_required_iri(activity, "object")


def _read_recipients(activity: Document) -> tuple[str, ...]:
    recipients = read_list(activity, "to", limit=_RECIPIENTS_LIMIT)
    return tuple(read_required_iri({"to": recipient}, "to") for recipient in recipients)


def _read_draft(activity: Document, event: Event, actor: str, *, currency: str | None) -> Draft | None:
    if event in _OFFERS:
        return read_draft(activity.get("object"), currency=currency, author=actor)
    return read_draft(activity["result"], currency=currency, author=actor) if event is Event.COUNTER else None


def _read_alternative(activity: Document) -> str | None:
    """Read to which other offer a first one is an alternative; without the context that says so, to none."""
    named = read_iri(activity, "alternativeTo") if _has_terms_context(activity) else None
    if named is not None and named == read_iri(activity, "id"):
        raise Unprocessable(codes.WRONG_OBJECT, "An offer is no alternative to itself.", at="alternativeTo")
    return named


def _has_terms_context(activity: Document) -> bool:
    return TERMS_CONTEXT in many(activity.get("@context"))


def _read_agreement(activity: Document) -> Document:
    agreement = read_object(activity["result"], type="Agreement")
    # "The finalized agreement and corresponding commitments MUST have an id property."
    # It is a string: it is hashed, compared and kept as it stands.
    if not (agreement.get("id") and isinstance(agreement["id"], str)):
        own = [member for member in ("context", "digestMultibase") if activity.get(member) is None]
        raise Unprocessable(codes.AGREEMENT_INCOMPLETE, all_lacking(own, {**agreement, "id": None}))
    read_required_iri(agreement, "id")
    return agreement


def _read_actor(activity: Document) -> str:
    actor = read_required_iri(activity, "actor")
    if read_iri(activity, "attributedTo") not in (None, actor):
        raise Unprocessable(
            codes.ATTRIBUTION_MISMATCH, "The activity is attributed to another than its actor."
        )
    return actor
