"""Decide, by a business's rule, what to offer for an intention and how to answer what comes back.

Rules that hold here:

- An item is a candidate only if it is what is wanted, by its category or its words (`node.core.likeness`),
  and certainly meets every specification that is a must: what the list does not say is not taken for met.
- What is wanted is counted in the item's unit, and priced by it. What cannot be converted exactly, to a whole
  number of what comes whole, or to an amount that can be paid, is for a person.
- Nothing is sold below the floor: the list price less the largest discount, rounded up to the smallest
  coin. The floor itself is never part of anything that is sent. It is an amount of one currency: an offer
  in another, made before the list was, is for a person.
- A counter is met by rule only if it changes amounts alone. Quantity, properties, dates, notice, and how
  and when the money is due (the same sum over a hundred years is another deal) are for a person.
- What may be done with the customer's data is asked of a person, whatever a rule answers.
- A rule answers for what it offers itself, by the list as it is now: one price, paid once, between the floor
  and the list price. What a person has priced, or a list that has changed since, is for a person: the floor
  knows nothing of work that was added, nor of which line the money moves to.

Sources: protocol.specifications (what "meets" means), protocol.prices (what a total is).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from node.core.items import Item
from node.core.likeness import is_like, wanted_by
from node.core.money import fits
from protocol import vocabulary
from protocol.decimals import EXACT, INTEGER_DIGITS, decimal_string
from protocol.errors import ProtocolError, Unprocessable
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import PriceLineKind
from protocol.quantities import Quantity, read_decimal
from protocol.specifications import Fit, Necessity, meets
from protocol.units import convert, unit_of
from protocol.values import dataclass

_TOO_LARGE: Final = Decimal(10) ** INTEGER_DIGITS

LIMIT_OFFERS: Final = 10  # as many as a person compares side by side
LIMIT_VALID_HOURS: Final = 24 * 365  # a price that binds for longer is not one a rule should give
LIMIT_UNDERCUT_SECONDS: Final = 30 * 24 * 3600  # few intentions stay open for longer than a month


class AnswersCounters(StrEnum):
    """When a shop answers a counter-offer by itself."""

    NEVER = "never"
    WITHIN_FLOOR = "within-floor"  # meets what it can; the rest waits for a person
    ALWAYS = "always"  # meets what it can; the rest gets the standing offer again


class Countersign(StrEnum):
    """Whether an acceptance of the shop's own offer is countersigned at once."""

    AUTO = "auto"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a shop answers intentions by itself."""

    currency: str
    category: str = ""  # of intentions to answer (an IRI); empty: of every intention
    offer_valid_for: timedelta = timedelta(hours=72)
    max_offers_per_intention: int = 1
    max_discount_percent: Decimal = Decimal(0)
    answers_counters: AnswersCounters = AnswersCounters.NEVER
    countersign: Countersign = Countersign.AUTO
    undercut_after: timedelta | None = None  # since the offer, if nobody has answered it; None: never
    undercut_percent: Decimal = Decimal(0)
    unknown_share_percent: int = 50  # of an item's stock that all of one server hold, without an agreement
    unknown_valid_for: timedelta = timedelta(hours=24)  # since the first offer to somebody like that


@dataclass(frozen=True, slots=True)
class Match:
    """An item to offer: its price for all that is wanted, and how many of the wishes it meets."""

    item: Item
    total: Decimal
    wishes_met: int


@dataclass(frozen=True, slots=True)
class AcceptTerms:
    """Meet the counter to the letter: offer these terms."""

    terms: Draft


@dataclass(frozen=True, slots=True)
class Hold:
    """Send nothing; the counter waits for a person."""


@dataclass(frozen=True, slots=True)
class Decline:
    """Stand by the terms offered: offer these again."""

    terms: Draft


Answer = AcceptTerms | Hold | Decline


def candidates(intention: Intention, items: Sequence[Item], rule: Rule, *, now: datetime) -> list[Match]:
    """Return what to offer for an intention, best first, at most `rule.max_offers_per_intention`.

    Best is what meets most wishes, then what costs least, then the first by sku, so that the order is the
    same on every run.
    """
    if not is_answered(intention, rule):
        return []
    fitting = [
        Match(item, total, _wishes_met(intention, item))
        for item in items
        if is_meant(intention, item, rule)
        and _deliverable(intention, item, rule, now=now)
        and _meets_every_must(intention, item)
        and (total := price_of(item, intention.quantity)) is not None
    ]
    fitting.sort(key=lambda match: (-match.wishes_met, match.total, match.item.sku))
    return fitting[: rule.max_offers_per_intention]


def is_answered(intention: Intention, rule: Rule) -> bool:
    """Tell whether a rule answers such intentions at all: in its currency, of its category if it has one."""
    return rule.currency == intention.currency and rule.category in ("", intention.category)


def is_meant(intention: Intention, item: Item, rule: Rule) -> bool:
    """Tell whether an item is what is wanted: of one category, or called alike where either has none.

    All items that say nothing else are of the rule's category.
    """
    if rule.category:
        return item.category in ("", rule.category)
    if intention.category and item.category:
        return intention.category == item.category
    wanted = wanted_by(intention.name)
    return wanted is not None and is_like(wanted, item)


def amount_of(item: Item, wanted: Quantity) -> Decimal | None:
    """Return how many of an item's unit are wanted, one if that is open; None if that is not exact."""
    value = Decimal(1) if wanted.value is None else wanted.value
    return convert(value, unit_of(wanted.unit), unit_of(item.unit))


def price_of(item: Item, wanted: Quantity) -> Decimal | None:
    """Return what all that is wanted of an item costs; None if that is no amount that can be paid."""
    amount = amount_of(item, wanted)
    total = None if amount is None else EXACT.multiply(item.price, amount)
    if total is None or total >= _TOO_LARGE or not fits(total, vocabulary.minor_units(item.currency)):
        return None
    return total


def answer_counter(item: Item, rule: Rule, *, offered: Draft, wanted: Draft) -> Answer:
    """Decide what to answer when the customer wants `wanted` in place of what was `offered` for an item."""
    total, lowest = wanted.total, lowest_total(item, rule, offered)
    if rule.answers_counters is AnswersCounters.NEVER or lowest is None:
        return Hold()
    if wanted.terms != offered.terms:
        return Hold()
    if not _is_by_list(item, offered, lowest=lowest):
        return Hold()
    if total is not None and _changes_amounts_alone(offered, wanted) and total >= lowest:
        return AcceptTerms(wanted)
    return Hold() if rule.answers_counters is AnswersCounters.WITHIN_FLOOR else Decline(offered)


def undercut(item: Item, rule: Rule, offered: Draft) -> Decimal | None:
    """Return the lower total of a late re-offer.

    None if the rule has none, the floor leaves no room, or the offer has no total to lower.
    """
    total, lowest = offered.total, lowest_total(item, rule, offered)
    if rule.undercut_after is None or total is None or lowest is None:
        return None
    lowered = max(_less(total, rule.undercut_percent, item.currency), lowest)
    return lowered if lowered < total else None


def floor(item: Item, rule: Rule) -> Decimal:
    """Return the lowest price at which the rule sells one of an item."""
    return _less(item.price, rule.max_discount_percent, item.currency)


def lowest_total(item: Item, rule: Rule, offered: Draft) -> Decimal | None:
    """Return the floor of all that is offered together, in the currency of the item.

    None if the list counts the item otherwise by now, or prices it in another currency.
    """
    amount = amount_of(item, offered.quantity) if item.currency == offered.currency else None
    return None if amount is None else _to_coins(floor(item, rule) * amount, item.currency)


def _is_by_list(item: Item, offered: Draft, *, lowest: Decimal) -> bool:
    """Tell whether a rule could have made this offer by the list as it is now."""
    most = price_of(item, offered.quantity)
    is_once = [line.kind for line in offered.price] == [PriceLineKind.ONE_OFF]
    return is_once and most is not None and lowest <= offered.price[0].amount <= most


def _changes_amounts_alone(offered: Draft, wanted: Draft) -> bool:
    """Compare all but the amounts; a line that the customer left without a label keeps its own."""
    if len(wanted.price) != len(offered.price):
        return False
    lines = tuple(
        replace(line, amount=before.amount, label=line.label or before.label)
        for line, before in zip(wanted.price, offered.price, strict=True)
    )
    return replace(wanted, price=lines) == offered


def _less(price: Decimal, percent: Decimal, currency: str) -> Decimal:
    return _to_coins(price * (100 - percent) / 100, currency)


def _to_coins(amount: Decimal, currency: str) -> Decimal:
    """Round an amount up to the smallest coin."""
    return amount.quantize(Decimal(1).scaleb(-vocabulary.minor_units(currency)), ROUND_CEILING)


def _deliverable(intention: Intention, item: Item, rule: Rule, *, now: datetime) -> bool:
    in_time = intention.window_end is None or now + timedelta(days=item.lead_days) <= intention.window_end
    amount = amount_of(item, intention.quantity)
    return in_time and item.currency == rule.currency and amount is not None and item.stock >= amount


def _meets_every_must(intention: Intention, item: Item) -> bool:
    return all(fit is Fit.MET for fit in _fits(intention, item, Necessity.MUST))


def _wishes_met(intention: Intention, item: Item) -> int:
    return sum(fit is Fit.MET for fit in _fits(intention, item, Necessity.SHOULD))


def _fits(intention: Intention, item: Item, necessity: Necessity) -> list[Fit]:
    return [
        meets(specification, item.offered)
        for specification in intention.specifications
        if specification.necessity is necessity
    ]


# --- as JSON --------------------------------------------------------------------------------------


def render_rule(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON: what the API shows, what is stored, and what `read_rule` reads back."""
    return {
        "currency": rule.currency,
        "category": rule.category,
        "offer_valid_hours": rule.offer_valid_for // timedelta(hours=1),
        "max_offers_per_intention": rule.max_offers_per_intention,
        "max_discount_percent": decimal_string(rule.max_discount_percent),
        "answers_counters": rule.answers_counters.value,
        "countersign": rule.countersign.value,
        "undercut_after_seconds": None
        if rule.undercut_after is None
        else rule.undercut_after // timedelta(seconds=1),
        "undercut_percent": decimal_string(rule.undercut_percent),
        "unknown_share_percent": rule.unknown_share_percent,
        "unknown_valid_hours": rule.unknown_valid_for // timedelta(hours=1),
    }


def read_rule(document: Mapping[str, Any]) -> Rule:
    """Read a rule; a member that is left out has its default, `currency` has none.

    Raises:
        Unprocessable: `rule-invalid`, naming the member that is wrong and what to write.
    """
    if unknown := sorted(document.keys() - _READERS.keys()):
        raise Unprocessable(
            codes.RULE_INVALID, f"{unknown[0]}: a rule has only the members {', '.join(_READERS)}."
        )
    if "currency" not in document:
        raise Unprocessable(
            codes.RULE_INVALID, "currency: it is missing; write its three letters, such as EUR."
        )
    read: dict[str, Any] = {}
    for member, json in document.items():
        field, reader, advice = _READERS[member]
        try:
            read[field] = reader(json)
        except (ValueError, ProtocolError):
            raise Unprocessable(codes.RULE_INVALID, f"{member}: {advice}") from None
    return Rule(**read)


def _currency(json: Any) -> str:
    vocabulary.minor_units(str(json))
    return str(json)


def _category(json: Any) -> str:
    if not isinstance(json, str) or len(json) > 2048:
        raise ValueError
    return json


def _percent(json: Any) -> Decimal:
    percent = read_decimal(json)
    if not 0 <= percent <= 99:  # a hundred would give it away
        raise ValueError
    return percent


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(json: Any) -> int:
        if isinstance(json, bool) or not isinstance(json, int) or not least <= json <= most:
            raise ValueError
        return json

    return read


def _span(unit: timedelta, most: int) -> Callable[[Any], timedelta]:
    return lambda json: _whole(1, most)(json) * unit


def _optional(read: Callable[[Any], timedelta]) -> Callable[[Any], timedelta | None]:
    return lambda json: None if json is None else read(json)


# Member of the JSON -> (field of the rule, reader, what to write).
_READERS: Final[Mapping[str, tuple[str, Callable[[Any], Any], str]]] = {
    "currency": ("currency", _currency, "write its three letters, such as EUR."),
    "category": ("category", _category, "write the address of a category, or nothing."),
    "offer_valid_hours": (
        "offer_valid_for",
        _span(timedelta(hours=1), LIMIT_VALID_HOURS),
        f"write a whole number from 1 to {LIMIT_VALID_HOURS}.",
    ),
    "max_offers_per_intention": (
        "max_offers_per_intention",
        _whole(1, LIMIT_OFFERS),
        f"write a whole number from 1 to {LIMIT_OFFERS}.",
    ),
    "max_discount_percent": ("max_discount_percent", _percent, "write a number from 0 to 99, as text."),
    "answers_counters": (
        "answers_counters",
        AnswersCounters,
        f"write one of {', '.join(AnswersCounters)}.",
    ),
    "countersign": ("countersign", Countersign, f"write one of {', '.join(Countersign)}."),
    "undercut_after_seconds": (
        "undercut_after",
        _optional(_span(timedelta(seconds=1), LIMIT_UNDERCUT_SECONDS)),
        f"write a whole number from 1 to {LIMIT_UNDERCUT_SECONDS}, or null for never.",
    ),
    "undercut_percent": ("undercut_percent", _percent, "write a number from 0 to 99, as text."),
    "unknown_share_percent": (
        "unknown_share_percent",
        _whole(1, 100),
        "write a whole number from 1 to 100.",
    ),
    "unknown_valid_hours": (
        "unknown_valid_for",
        _span(timedelta(hours=1), LIMIT_VALID_HOURS),
        f"write a whole number from 1 to {LIMIT_VALID_HOURS}.",
    ),
}
