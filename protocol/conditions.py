"""Conditions: what an agreement says of leaving, renewing, changing, returning and disputing, as one value.

Rules that hold here:

- What is not written is as the customer would have it: no silent renewal, no change without agreement, a fair
  time to think again, the courts. A default binds like what is written, and is not written.
- Each is one of a few words, a number of whole days, a length of the calendar, or an amount in the price's
  currency. Any other word is refused: nobody is bound by what their software passed over.
- Nothing is stated that has no effect beside the rest, since nothing would say it in words: how long to renew
  what does not renew, who pays for sending back what is not sent back.

Sources: Directive 2011/83/EU art. 9 (withdrawal within fourteen days), art. 14 (costs of returning);
`schemas/shapes/terms.ttl`.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from protocol import codes
from protocol.codes import Code
from protocol.errors import Unprocessable
from protocol.members import read_choice, read_iri, read_object, read_text, read_within
from protocol.policies import render_days
from protocol.policy_reading import read_days
from protocol.prices import amount_string, read_amount
from protocol.registries import places
from protocol.strictjson import Document, Json
from protocol.times import Duration, read_duration
from protocol.values import dataclass
from protocol.vocabulary import minor_units

_DAYS: Final = 14  # to think again, and to send back


class Renewal(StrEnum):
    """What happens at the end of the term."""

    NONE = "none"
    OFFERED = "offered"  # it ends, unless the customer says yes to another
    AUTOMATIC = "automatic"  # it goes on, unless one of them says no


class TermChanges(StrEnum):
    """How the terms may change."""

    AGREED = "agreed"
    NOTIFIED = "notified"  # by the business, after it has said so
    FREE = "free"


class PriceChanges(StrEnum):
    """How the price may change."""

    NONE = "none"
    AGREED = "agreed"
    NOTIFIED = "notified"
    FREE = "free"


class ReturnCosts(StrEnum):
    """Who pays for sending something back."""

    SELLER = "seller"
    CUSTOMER = "customer"


class DisputeVenue(StrEnum):
    """Where a dispute is decided."""

    COURTS = "courts"
    CHOICE = "choice"  # there or by arbitration, as the customer chooses
    ARBITRATION = "arbitration"


class PricePublication(StrEnum):
    """Whether the customer may tell what was paid."""

    FREE = "free"
    ANONYMOUS = "anonymous"  # without naming the business
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is agreed beside thing and price. Days are whole days, lengths are ISO 8601 durations."""

    withdrawal_days: int = _DAYS
    renewal: Renewal = Renewal.NONE
    renewal_period: str | None = None
    renewal_notice: str | None = None
    reminder_days: int | None = None  # before the notice is due; None: nobody is reminded
    term_changes: TermChanges = TermChanges.AGREED
    price_changes: PriceChanges = PriceChanges.NONE
    change_notice_days: int | None = None
    cancellation_fee: Decimal = Decimal(0)  # in the price's currency
    return_days: int = _DAYS
    return_costs: ReturnCosts = ReturnCosts.SELLER
    dispute_venue: DisputeVenue = DisputeVenue.COURTS
    dispute_body: str = ""  # who arbitrates, by its IRI
    jurisdiction: str = ""  # a country of `registries.places`; "": the customer's
    price_publication: PricePublication = PricePublication.FREE


_DEFAULT: Final = Conditions()


@dataclass(frozen=True, slots=True)
class _Condition:
    """One member: its field, what reads it where it is present, and what writes its value as text."""

    member: str
    field: str
    read: Callable[[Document, str], Any]
    write: Callable[[Any], Json]


def read_conditions(json: Json, *, currency: str) -> Conditions:
    """Read the conditions of an agreement whose price is in `currency`.

    Raises:
        Unprocessable: `renewal-incomplete`, `condition-idle`, `unknown-renewal`, `unknown-term-changes`,
            `unknown-price-changes`, `unknown-return-costs`, `unknown-dispute-venue`,
            `unknown-price-publication`, `unknown-place`, `malformed-days`, `malformed-duration`,
            `malformed-amount`, `iri-invalid`, or as `members.read_object`.
    """
    document = read_object(json, type="Conditions", known=_MEMBERS)
    values = {
        each.field: each.read(document, each.member)
        for each in _CONDITIONS
        if document.get(each.member) is not None
    }
    if document.get(_FEE) is not None:
        values["cancellation_fee"] = read_amount(document, minor_units(currency), member=_FEE)
    conditions = Conditions(**values)
    lengths = (conditions.renewal_period, conditions.renewal_notice)
    if conditions.renewal is Renewal.AUTOMATIC and None in lengths:
        raise Unprocessable(codes.RENEWAL_INCOMPLETE)
    _check_effect(conditions)
    return conditions


def _check_effect(conditions: Conditions) -> None:
    renews = conditions.renewal is Renewal.AUTOMATIC
    for member, field, has_effect in (
        ("renewalPeriod", "renewal_period", conditions.renewal is not Renewal.NONE),
        ("renewalNotice", "renewal_notice", renews),
        ("renewalReminder", "reminder_days", renews),
        ("returnCosts", "return_costs", conditions.return_days > 0),
    ):
        if not has_effect and getattr(conditions, field) != getattr(_DEFAULT, field):
            raise Unprocessable(codes.CONDITION_IDLE, at=member)


def write_conditions(conditions: Conditions, *, currency: str) -> Document:
    """Write conditions, without what is as it is by default."""
    document: Document = {"type": "Conditions"}
    for each in _CONDITIONS:
        value = getattr(conditions, each.field)
        if value != getattr(_DEFAULT, each.field):
            document[each.member] = each.write(value)
    if conditions.cancellation_fee:
        document[_FEE] = amount_string(conditions.cancellation_fee, currency=currency)
    return document


def _read_days(document: Document, member: str) -> int:
    return read_within(member, read_days, document[member])


def _read_length(document: Document, member: str) -> str:
    length = read_text(document, member)
    read_within(member, read_duration, length)
    return length


def _read_period(document: Document, member: str) -> str:
    period = _read_length(document, member)
    if read_duration(period) == Duration():
        raise Unprocessable(codes.MALFORMED_DURATION, "A renewal is for no time at all.", at=member)
    return period


def _read_country(document: Document, member: str) -> str:
    country = read_iri(document, member) or ""
    if places().words.get(country, 0).bit_count() != 1:  # a group of countries has no law
        raise Unprocessable(codes.UNKNOWN_PLACE, at=member)
    return country


def _days(member: str, field: str) -> _Condition:
    return _Condition(member, field, _read_days, render_days)


def _chosen(member: str, field: str, choices: type[StrEnum], unknown: Code) -> _Condition:
    def read(document: Document, member: str) -> StrEnum:
        choice = read_choice(document, member, choices, unknown)
        if choice is None:  # empty: there, and no word at all
            raise Unprocessable(unknown, at=member)
        return choice

    return _Condition(member, field, read, str)


_FEE: Final = "cancellationFee"
_CONDITIONS: Final = (
    _days("withdrawalPeriod", "withdrawal_days"),
    _chosen("renewal", "renewal", Renewal, codes.UNKNOWN_RENEWAL),
    _Condition("renewalPeriod", "renewal_period", _read_period, str),
    _Condition("renewalNotice", "renewal_notice", _read_length, str),
    _days("renewalReminder", "reminder_days"),
    _chosen("termChanges", "term_changes", TermChanges, codes.UNKNOWN_TERM_CHANGES),
    _chosen("priceChanges", "price_changes", PriceChanges, codes.UNKNOWN_PRICE_CHANGES),
    _days("changeNotice", "change_notice_days"),
    _days("returnPeriod", "return_days"),
    _chosen("returnCosts", "return_costs", ReturnCosts, codes.UNKNOWN_RETURN_COSTS),
    _chosen("disputeVenue", "dispute_venue", DisputeVenue, codes.UNKNOWN_DISPUTE_VENUE),
    _Condition("disputeBody", "dispute_body", read_iri, str),
    _Condition("jurisdiction", "jurisdiction", _read_country, str),
    _chosen("pricePublication", "price_publication", PricePublication, codes.UNKNOWN_PRICE_PUBLICATION),
)
_MEMBERS: Final = frozenset({"type", _FEE, *(each.member for each in _CONDITIONS)})
