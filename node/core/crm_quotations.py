"""Quotations of a CRM as terms of an offer, and states of negotiations as those of records.

Rules here:

- A quotation becomes an offer only if all is there that an offer needs; what is missing is said, all at once.
- A line is what the customer pays, with taxes: its quantity times its price, to the currency's decimals and
  never rounded.
- It is valid until the end of its last day, in UTC.
- What a line of a price says and a quotation has no place for is not lost by way of one (`requote`).
- The state of a quotation follows from what was signed, and from nothing else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from node.core import crm_sayings as sayings
from node.core.crm_mapping import CrmMapping, write_value
from node.core.intentions import IntentionState
from node.core.legible import is_line
from node.core.money import decimals_of, fits
from node.core.records import CrmRecord, QuoteLine, RecordKind, RecordState
from protocol.canonical import canonicalise, digest
from protocol.decimals import EXACT, decimal_string
from protocol.negotiation import State
from protocol.offers import Draft
from protocol.prices import FORMS, LINES_LIMIT, PriceLine, PriceLineKind, rate_string
from protocol.quantities import Quantity
from protocol.times import Period, render_time
from protocol.values import dataclass
from protocol.vocabulary import UNIT_ONE

TERMS: Final = "#terms"
"""In the base of a quotation: which terms were looked at last (`terms_seen`). No field has this name."""

_LABEL_CHARACTERS: Final = 200
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,18})?", re.ASCII)  # two of them multiply without a rest
_NAMED: Final = ("name", "content", "notice", "starts_at", "ends_at")
"""What a quotation says beside its lines that is a term of an offer."""
_PERIODS: Final = {"P1D": Period.DAY, "P1W": Period.WEEK, "P1M": Period.MONTH, "P1Y": Period.YEAR}

QUOTATION_AIMS: Final[Mapping[State, RecordState]] = MappingProxyType(
    {
        State.OFFERED: RecordState.QUOTED,
        State.COUNTERED: RecordState.QUOTED,
        State.ACCEPTED: RecordState.QUOTED,  # until we have countersigned
        State.CONCLUDED: RecordState.CONFIRMED,
        State.ENDING: RecordState.CONFIRMED,
        State.ENDED: RecordState.CONFIRMED,
        State.SUPERSEDED: RecordState.CONFIRMED,
        State.REJECTED: RecordState.CANCELLED,
        State.WITHDRAWN: RecordState.CANCELLED,
        State.EXPIRED: RecordState.CANCELLED,
        State.REFUSED: RecordState.CANCELLED,
        State.LAPSED: RecordState.CANCELLED,
        State.RENEGED: RecordState.CANCELLED,
    }
)
"""Where a quotation is to stand, by where its negotiation does."""

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        State.REJECTED: "The customer rejected the offer.",
        State.WITHDRAWN: "The offer was withdrawn.",
        State.EXPIRED: "The offer expired.",
        State.REFUSED: "The offer never arrived.",
        State.LAPSED: "The acceptance lapsed before it was countersigned.",
        State.RENEGED: "We could not perform it.",
    }
)
LOSSES: Final[Mapping[IntentionState, str]] = MappingProxyType(
    {
        IntentionState.WITHDRAWN: "The customer took the wish back, or met it elsewhere.",
        IntentionState.EXPIRED: "The wish expired.",
        IntentionState.AWARDED: "The customer chose another offer.",
    }
)


class QuotationMove(StrEnum):
    """What follows from where somebody has put a quotation in the CRM."""

    NOTHING = "nothing"
    OFFER = "offer"
    REOFFER = "reoffer"
    WITHDRAW = "withdraw"
    COUNTERSIGN = "countersign"
    UNSIGNED = "unsigned"  # it says what nobody signed: it is put back
    OVER = "over"  # its negotiation has ended, or what it said before is signed: it takes a new quotation


_REOFFERED: Final = frozenset({State.OFFERED, State.COUNTERED})


def is_signed(negotiation: State) -> bool:
    """Tell whether the customer has signed what was offered."""
    return QUOTATION_AIMS[negotiation] is RecordState.CONFIRMED or negotiation is State.ACCEPTED


def decide_quotation(stands: RecordState, negotiation: State | None, *, differs: bool) -> QuotationMove:
    """Decide what a quotation means that somebody changed in the CRM.

    `negotiation` is where its negotiation stands, None if there is none yet; `differs` says that its terms
    are not those of the standing offer.
    """
    if stands is RecordState.CONFIRMED:
        if negotiation is State.ACCEPTED:  # who confirms a new price confirms nothing that was signed
            return QuotationMove.UNSIGNED if differs else QuotationMove.COUNTERSIGN
        agreed = negotiation is not None and QUOTATION_AIMS[negotiation] is RecordState.CONFIRMED
        return QuotationMove.NOTHING if agreed else QuotationMove.UNSIGNED
    if negotiation is None:
        return QuotationMove.OFFER if stands is RecordState.QUOTED else QuotationMove.NOTHING
    if is_signed(negotiation):
        if stands is RecordState.CANCELLED:
            return QuotationMove.UNSIGNED
        return QuotationMove.OVER if differs and stands is RecordState.QUOTED else QuotationMove.NOTHING
    if stands is RecordState.CANCELLED:
        return QuotationMove.WITHDRAW if negotiation is State.OFFERED else QuotationMove.NOTHING
    if stands is not RecordState.QUOTED:
        return QuotationMove.NOTHING
    if negotiation is State.REJECTED or (negotiation in _REOFFERED and differs):
        return QuotationMove.REOFFER
    return QuotationMove.NOTHING if negotiation in _REOFFERED else QuotationMove.OVER


def quote_lines(price: Sequence[PriceLine], *, name: str) -> tuple[QuoteLine, ...]:
    """Return the price of an offer that was made elsewhere as lines of a quotation."""
    words = {period: duration for duration, period in _PERIODS.items()}
    return tuple(
        QuoteLine(
            label=line.label or name,
            quantity="1",
            price=f"{'-' if FORMS[line.kind].takes_off else ''}{decimal_string(line.amount)}",
            unit=line.unit,
            per="" if line.per is None else words[line.per],
        )
        for line in price
    )


def say_price(price: Sequence[PriceLine]) -> str:
    """Say a price in a line for a note."""
    return "; ".join(map(_say_line, price))


def _say_line(line: PriceLine) -> str:
    label = f"{line.label}: " if line.label else ""
    off = "-" if FORMS[line.kind].takes_off else ""
    each = f" for each {line.unit}" if line.unit else ""
    again = "" if line.per is None else f" each {line.per}"
    times = "" if line.count is None else f", {line.count} times"
    until = "" if line.until is None else f", until {_day_of(line.until)}"
    about = "" if line.estimate is None else f", about {decimal_string(line.estimate)}"
    amount = f"{rate_string(line.amount, currency=line.currency)} {line.currency}"
    return f"{label}{off}{amount}{each}{again}{about}{times}{until}"


def say_lines(lines: Sequence[QuoteLine], currency: str) -> str:
    """Say what lines come to: those that offer the same are the same text, however they are spelled."""
    read = [_read_line(line, currency, None, []) for line in lines]
    return "; ".join(
        f"{' '.join(line['label'].split())}: {'-' if line['kind'] == PriceLineKind.DISCOUNT else ''}"
        f"{line['amount']} {currency}{' each ' + line['per'] if line.get('per') else ''}"
        for line in read
    )


def shows(record: CrmRecord, mapping: CrmMapping, draft: Draft) -> bool:
    """Tell whether a quotation says what an offer does, as far as it has a place for it.

    Who confirms it has seen that. An empty name says nothing else than the wish; neither does an empty notice
    than the mapping.
    """
    offered = quote_lines(draft.price, name=draft.name)
    if say_lines(record.lines, record.currency) != say_lines(offered, draft.currency):
        return False
    meant = {
        "name": draft.name,
        "content": draft.content,
        "notice": draft.notice or "",
        "starts_at": _day_of(draft.starts_at),
        "ends_at": _day_of(draft.ends_at),
    }
    return not any(not _says(record, mapping, name, value) for name, value in meant.items())


def _says(record: CrmRecord, mapping: CrmMapping, source: str, value: str) -> bool:
    unsaid = {"name": value, "notice": value if value == mapping.notice else ""}
    for field in mapping.of(RecordKind.QUOTATION):
        if field.sources == (source,):
            said = record.fields.get(field.target, "").split()
            return said == (write_value(field, {source: value}) or "").split() or (
                not said and value == unsaid.get(source, "")
            )
    return True


def _day_of(moment: datetime | None) -> str:
    return "" if moment is None else moment.date().isoformat()


@dataclass(frozen=True, slots=True)
class QuotedTerms:
    """Terms in the owner's spelling (`node.core.drafts`), or what keeps them from being some."""

    terms: Mapping[str, Any]
    faults: tuple[str, ...]


def read_quotation(record: CrmRecord, mapping: CrmMapping, *, now: datetime) -> QuotedTerms:
    """Read what a quotation offers."""
    faults = list(record.faults)
    if not all(map(is_line, (_written(record, mapping, "name"), *(line.label for line in record.lines)))):
        faults.append(sayings.ODD_SIGNS)
    if not record.lines:
        faults.append(sayings.NO_LINE)
    if len(record.lines) > LINES_LIMIT:
        faults.append(sayings.MANY_LINES % {"most": LINES_LIMIT})
    decimals = decimals_of(record.currency) if record.currency else None
    if decimals is None:
        faults.append(sayings.NO_CURRENCY)
    price = [_read_line(line, record.currency, decimals, faults) for line in record.lines[:LINES_LIMIT]]
    expires_at = f"{record.valid_until}T23:59:59Z"
    if not record.valid_until:
        faults.append(sayings.NO_DAY)
    elif not _is_day(record.valid_until):
        faults.append(sayings.ODD_DAY)
    elif datetime.fromisoformat(expires_at) <= now:
        faults.append(sayings.PAST_DAY)
    name = _written(record, mapping, "name")
    terms: dict[str, str | None] = {"name": name} if name else {}
    terms |= {"content": _written(record, mapping, "content")} if _has_place(mapping, "content") else {}
    ends = _read_ends(record, mapping, faults)
    return QuotedTerms({**terms, **ends, "price": price, "expires_at": expires_at}, tuple(faults))


def requote(quoted: QuotedTerms, record: CrmRecord, mapping: CrmMapping, standing: Draft) -> QuotedTerms:
    """Read what a quotation offers in place of an offer that stands.

    A line has no place for how often it is paid, until when, or for what it costs by the unit. Whoever leaves
    the lines as they are leaves the price that stands; whoever changes them cannot have meant to drop that.
    """
    shown = quote_lines(standing.price, name=standing.name)
    if say_lines(record.lines, record.currency) != say_lines(shown, standing.currency):
        is_whole = all(line.count is None and line.until is None and not line.unit for line in standing.price)
        return quoted if is_whole else replace(quoted, faults=(*quoted.faults, sayings.NO_PLACE))
    terms = {name: value for name, value in quoted.terms.items() if name != "price"}
    if not _written(record, mapping, "notice") and not any(line.runs_on for line in standing.price):
        taken_back = _has_place(mapping, "notice") and standing.notice not in (None, mapping.notice)
        terms["notice"] = None if taken_back else standing.notice
    return replace(quoted, terms=terms)


def _read_ends(record: CrmRecord, mapping: CrmMapping, faults: list[str]) -> dict[str, str | None]:
    """Return when the agreement ends, or how it is left: as the mapping says, where it would run on.

    Who empties a field takes back what it said: None stands for that.
    """
    names = ("notice", "starts_at", "ends_at")
    notice, starts_at, ends_at = (_written(record, mapping, name) for name in names)
    for day, odd in ((starts_at, sayings.ODD_START), (ends_at, sayings.ODD_END)):
        if day and not _is_day(day):
            faults.append(odd)
    recurs = any(line.per for line in record.lines)
    if recurs and ends_at and not starts_at and _has_place(mapping, "starts_at"):
        faults.append(sayings.NO_START)
    if not notice and not ends_at and recurs:
        notice = mapping.notice
    ends: dict[str, str | None] = {"notice": notice or None}
    if _has_place(mapping, "starts_at"):
        ends["starts_at"] = f"{starts_at}T00:00:00Z" if starts_at else None
    if _has_place(mapping, "ends_at"):
        ends["ends_at"] = f"{ends_at}T23:59:59Z" if ends_at else None
    return ends


def say_quantity(quantity: Quantity) -> str:
    """Say so many of a unit, as people write it: of pieces the number alone, "" for any number."""
    if quantity.value is None:
        return ""
    number = decimal_string(quantity.value)
    return number if quantity.unit == UNIT_ONE else f"{number} {quantity.unit}"


def says_quantity(record: CrmRecord, mapping: CrmMapping, quantity: Decimal, asked: str) -> bool:
    """Tell whether a quotation says how much it promises: as a line's quantity, or in its words.

    `asked` is what the customer says, in lines: what a CRM copies of it into a quotation promises nothing.
    """
    if any(_number(line.quantity) == quantity for line in record.lines):
        return True
    written = f"{_written(record, mapping, 'name')}\n{_written(record, mapping, 'content')}".splitlines()
    theirs = {line.strip() for line in asked.splitlines()}
    words = [line for line in written if line.strip() not in theirs]
    number = re.compile(rf"(?<![\d.,]){re.escape(decimal_string(quantity))}(?![.,]?\d)")
    return any(number.search(text) for text in (*words, *(line.label for line in record.lines)))


def own_lines(record: CrmRecord) -> list[list[str]]:
    """Return what its lines say themselves: what another record is called is none of it."""
    return [
        ["" if line.named_elsewhere else line.label, line.quantity, line.price, line.unit, line.per]
        for line in record.lines
    ]


def terms_digest(record: CrmRecord, mapping: CrmMapping) -> str:
    """Return the digest of the terms in a quotation: who changes another field of it offers nothing new."""
    lines = own_lines(record)
    named = [_written(record, mapping, name) for name in _NAMED]
    told = {"lines": lines, "named": named, "currency": record.currency, "valid_until": record.valid_until}
    return digest(canonicalise(told))


def terms_seen(record: CrmRecord, mapping: CrmMapping) -> str:
    """Return what is kept of the terms in a quotation that was looked at.

    Where another record names a line, that is the time of the quotation's last change besides: what is
    renamed there is no change of the quotation, and whoever quotes it anew quotes the name of now.
    """
    terms = terms_digest(record, mapping)
    if record.changed_at is None or not any(line.named_elsewhere for line in record.lines):
        return terms
    return f"{terms} {render_time(record.changed_at)}"


def is_another(record: CrmRecord, mapping: CrmMapping, seen: str | None) -> bool:
    """Tell whether a quotation says other terms than those that were seen, or was quoted anew since."""
    now = terms_seen(record, mapping)
    if record.state is RecordState.QUOTED or seen is None:
        return now != seen
    return now.partition(" ")[0] != seen.partition(" ")[0]


def _has_place(mapping: CrmMapping, source: str) -> bool:
    """Tell whether one of our values goes into a field by itself, so that its being empty says something."""
    return any(field.sources == (source,) for field in mapping.of(RecordKind.QUOTATION))


def _written(record: CrmRecord, mapping: CrmMapping, source: str) -> str:
    """Return what stands in the field that one of our values goes into."""
    found = (field.target for field in mapping.of(RecordKind.QUOTATION) if field.sources == (source,))
    return next((record.fields.get(target, "").strip() for target in found), "")


def _read_line(line: QuoteLine, currency: str, decimals: int | None, faults: list[str]) -> dict[str, Any]:
    """Return a line as one of a price; what is wrong with it is added to the faults."""
    quantity, price = _number(line.quantity), _number(line.price)
    named = {"line": f'"{line.label[:40]}"' if line.label else sayings.UNNAMED}
    if not line.label:
        faults.append(sayings.NAMELESS)
    if quantity is None or quantity <= 0:
        faults.append(sayings.NO_QUANTITY % named)
    if price is None:
        faults.append(sayings.NO_PRICE % named)
    amount = EXACT.multiply(quantity or Decimal(0), price or Decimal(0))
    if decimals is not None and not fits(amount, decimals):
        faults.append(sayings.DECIMALS % {**named, "currency": currency})
    if line.per and line.per not in _PERIODS:
        faults.append(sayings.ODD_PERIOD % named)
    count = "" if quantity == 1 or quantity is None else f"{decimal_string(quantity)} x "
    kind = PriceLineKind.RECURRING if line.per else PriceLineKind.ONE_OFF
    label = f"{count}{line.label}"
    if len(label) > _LABEL_CHARACTERS:  # what the customer signs is what stands there, or nothing
        faults.append(sayings.LONG_LABEL % {**named, "most": _LABEL_CHARACTERS})
    return {
        "kind": PriceLineKind.DISCOUNT.value if amount < 0 else kind.value,
        "amount": decimal_string(abs(amount)),
        "currency": currency,
        "label": label,
        **({"per": str(_PERIODS.get(line.per, ""))} if line.per else {}),
    }


def _is_day(text: str) -> bool:
    """Tell whether this is a day of the calendar, as ISO 8601 writes it."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:  # the 30th of February
        return False


def _number(text: str) -> Decimal | None:
    """Return a number of which no more is written than can be multiplied exactly; None for any other."""
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    return number if number is not None and abs(number) < Decimal(10) ** 12 else None
