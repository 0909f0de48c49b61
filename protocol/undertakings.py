"""Undertakings: what a business signs to be told more of an intention.

Rules that hold here:

- It is signed on one copy of one intention, by its digest: nobody can show it as signed for another, and the
  customer signs nothing, so that a wish stays deniable.
- It names the key that signed it. What the activity's proof was made with is compared with that by whoever
  has verified it.
- What it means is told by what it is the result of: an `Accept` with an Undertaking is no move of a
  negotiation.

Sources: IEEE 7012-2025 as DPV 2.3's extension has it, FEP-8b32 (proofs), CID 1.0 (digestMultibase).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from protocol import codes
from protocol.errors import Unprocessable
from protocol.jsonld import kind, many, one
from protocol.members import (
    missing,
    read_moment,
    read_object,
    read_required_iri,
    read_required_text,
    read_text,
    read_within,
)
from protocol.rosters import RosterEntry, read_claim, write_claim
from protocol.strictjson import Document, Json
from protocol.times import render_time
from protocol.values import dataclass
from protocol.vocabulary import TERMS_ACTIVITY_CONTEXT, TERMS_CONTEXT
from protocol.withholding import IntentionField, read_fields

_TYPE: Final = "Undertaking"
_DIGEST_LIMIT: Final = 64  # characters; ours have 47 or 48
_SALT_LIMIT: Final = 64
_PRESENTATION_LIMIT: Final = 16_384
_MEMBERS: Final = frozenset(
    {
        "id",
        "type",
        "attributedTo",
        "intention",
        "firstParty",
        "secondParty",
        "roster",
        "fields",
        "verificationMethod",
        "publicKeyMultibase",
        "salt",
        "published",
        "presentation",
    }
)


class UndertakingState(StrEnum):
    """How far an undertaking has come. Whoever was refused, or not answered, may sign anew."""

    SIGNED = "signed"  # nothing was told for it yet
    UNANSWERED = "unanswered"  # and was not, however often it was asked for
    DISCLOSED = "disclosed"
    REFUSED = "refused"  # nothing will be: by the customer, or because the intention was over before
    ENDED = "ended"  # the intention is over: what was told is to be deleted


class UndertakingEvent(StrEnum):
    """What happens to an undertaking."""

    DISCLOSE = "disclose"  # by the customer: an Update with what was signed for
    REFUSE = "refuse"  # by the customer, or by the customer's node
    LAPSE = "lapse"  # by the business's clock: it has asked in vain
    END = "end"  # by the customer or the clock: the intention takes no more offers
    REOPEN = "reopen"  # by the customer: it takes some again


STEPS: Final[Mapping[tuple[UndertakingState, UndertakingEvent], UndertakingState]] = MappingProxyType(
    {
        (UndertakingState.SIGNED, UndertakingEvent.DISCLOSE): UndertakingState.DISCLOSED,
        (UndertakingState.SIGNED, UndertakingEvent.REFUSE): UndertakingState.REFUSED,
        (UndertakingState.SIGNED, UndertakingEvent.END): UndertakingState.REFUSED,
        (UndertakingState.SIGNED, UndertakingEvent.LAPSE): UndertakingState.UNANSWERED,
        (UndertakingState.UNANSWERED, UndertakingEvent.DISCLOSE): UndertakingState.DISCLOSED,
        (UndertakingState.UNANSWERED, UndertakingEvent.REFUSE): UndertakingState.REFUSED,
        (UndertakingState.UNANSWERED, UndertakingEvent.END): UndertakingState.REFUSED,
        (UndertakingState.DISCLOSED, UndertakingEvent.DISCLOSE): UndertakingState.DISCLOSED,
        (UndertakingState.DISCLOSED, UndertakingEvent.END): UndertakingState.ENDED,
        (UndertakingState.ENDED, UndertakingEvent.REOPEN): UndertakingState.DISCLOSED,
    }
)
"""All that can happen; what is not here changes nothing."""

WAITING: Final = frozenset({UndertakingState.SIGNED, UndertakingState.UNANSWERED})
"""States in which who has signed was told nothing for it, and may be told yet."""


@dataclass(frozen=True, slots=True)
class Undertaking:
    """What `business` signs towards `customer` for more of `intention` (all three IRIs).

    `roster` is the agreement that it signs, `fields` what it may be told for that; `key` is the address of
    the key that signs and `multibase` that key itself.
    """

    iri: str
    intention: str
    customer: str
    business: str
    roster: RosterEntry
    fields: tuple[IntentionField, ...]
    key: str
    multibase: str
    salt: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class SignedUndertaking:
    """An undertaking as an activity brings it: `copy` is the digest of what was read of the intention."""

    undertaking: Undertaking
    copy: str


def is_undertaking(activity: Document) -> bool:
    """Tell whether an activity brings an undertaking, whatever else is wrong with it."""
    result = activity.get("result")
    result = one(result) if isinstance(result, list) and len(result) == 1 else result
    return isinstance(result, dict) and kind(result.get("type")) == _TYPE


def read_undertaking(activity: Document) -> SignedUndertaking:
    """Read the undertaking that an Accept brings, in our plain keys.

    Raises:
        Unprocessable: `unknown-member` without the context of these words, `parties-mismatch`,
            `wrong-object`, `roster-mismatch`, `fields-missing`, or as `rosters.read_claim` and
            `withholding.read_fields`.
    """
    if TERMS_CONTEXT not in many(activity.get("@context")):
        raise Unprocessable(
            codes.UNKNOWN_MEMBER, f"The document brings an {_TYPE} and is without {TERMS_CONTEXT}."
        )
    document = read_object(activity.get("result"), type=_TYPE, known=_MEMBERS)
    read_text(document, "presentation", limit=_PRESENTATION_LIMIT)
    if document.get("roster") is None:
        raise missing("roster")
    undertaking = Undertaking(
        iri=read_required_iri(document, "id"),
        intention=read_required_iri(document, "intention"),
        customer=read_required_iri(document, "firstParty"),
        business=read_required_iri(document, "secondParty"),
        roster=_read_roster(document["roster"]),
        fields=read_fields(document, "fields"),
        key=read_required_iri(document, "verificationMethod"),
        multibase=read_required_text(document, "publicKeyMultibase"),
        salt=read_required_text(document, "salt", limit=_SALT_LIMIT),
        published=read_moment(document, "published"),
    )
    if not undertaking.fields:
        raise Unprocessable(codes.FIELDS_MISSING)
    parties = {read_required_iri(document, "attributedTo"), read_required_iri(activity, "actor")}
    if parties != {undertaking.business} or undertaking.customer == undertaking.business:
        raise Unprocessable(codes.PARTIES_MISMATCH, "The undertaking is not by whom it binds.")
    if read_required_iri(activity, "object") != undertaking.intention:
        raise Unprocessable(codes.WRONG_OBJECT, "The undertaking is for another intention than is accepted.")
    copy = read_required_text(activity, "digestMultibase", limit=_DIGEST_LIMIT)
    return SignedUndertaking(undertaking, copy)


def _read_roster(json: Json) -> RosterEntry:
    try:
        return read_within("roster", read_claim, json)
    except Unprocessable as error:
        if error.code == codes.ROSTER_DIGEST:
            raise Unprocessable(
                codes.ROSTER_MISMATCH, "Another edition was signed than is asked for."
            ) from error
        raise


def render_undertaking(signed: SignedUndertaking, *, iri: str, published: datetime) -> Document:
    """Write the Accept (its address is `iri`) that brings an undertaking, ready to be signed."""
    undertaking = signed.undertaking
    return {
        "@context": TERMS_ACTIVITY_CONTEXT,
        "id": iri,
        "type": "Accept",
        "actor": undertaking.business,
        "to": [undertaking.customer],
        "published": render_time(published),
        "object": undertaking.intention,
        "digestMultibase": signed.copy,
        "result": {
            "id": undertaking.iri,
            "type": _TYPE,
            "attributedTo": undertaking.business,
            "intention": undertaking.intention,
            "firstParty": undertaking.customer,
            "secondParty": undertaking.business,
            "roster": write_claim(undertaking.roster),
            "fields": [field.value for field in undertaking.fields],
            "verificationMethod": undertaking.key,
            "publicKeyMultibase": undertaking.multibase,
            "salt": undertaking.salt,
            "published": render_time(undertaking.published or published),
        },
    }
