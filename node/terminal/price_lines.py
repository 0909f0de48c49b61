"""Price lines as people type them, in the shape the API takes.

Rules here: pure; what `phrases` prints is read back to the same line; a percentage becomes amounts when it is
typed, so that nobody rounds after the signature.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from node.core.money import decimals_of, read_money
from node.core.numerals import read_numeral
from node.terminal import amounts, moments, phrases
from node.terminal.failures import Failure, usage
from protocol.decimals import decimal_string
from protocol.documents import Document
from protocol.units import unit_of

_PERIODS: Final = {
    "day": "day", "daily": "day", "week": "week", "wk": "week", "weekly": "week",
    "month": "month", "mo": "month", "monthly": "month",
    "year": "year", "yr": "year", "yearly": "year", "annually": "year", "annum": "year",
}  # fmt: skip
# Room between words is bounded, so that a text of nothing else is read in one pass.
_PER: Final = r"\s{0,9}(?:/\s{0,9}|\bfor\s{1,9}(?:each|every)\s{1,9}|\b(?:an?|per|each|every)\s{1,9})"
_AGAIN: Final = (
    rf"(?:{_PER}(?P<per>day|week|wk|month|mo|year|yr|annum)\b"
    r"|\s{1,9}(?P<often>daily|weekly|monthly|yearly|annually)\b)"
)
_OFF: Final = r"(?:\s{1,9}(?:off|discount))?"
_PRICE: Final = re.compile(
    rf"(?P<less>(?:less|minus)\s{{1,9}}|[-\u2212]\s{{0,9}})?(?P<money>.+?)(?P<off>{_OFF})"
    rf"(?:{_AGAIN}(?P<taken>{_OFF})[\s,]*(?P<term>.*))?",
    re.IGNORECASE,
)
_ABOUT: Final = r"(?:about|around|approx(?:imately|\.)?|circa|ca\.?|some|est(?:imated?|\.)?|[~\u2248])"
_RATE: Final = re.compile(
    rf"(?P<money>.+?){_PER}(?P<unit>[^\d\s,/].{{0,63}}?)[\s,(]*{_ABOUT}\s*"
    rf"(?P<number>\d(?:[\d.,'\u2019 \u00a0\u202f]*\d)?)(?:\s+(?P<named>[^\d,].{{0,63}}?))??\)?"
    rf"(?:{_AGAIN}[\s,]*(?P<term>.*))?",
    re.IGNORECASE,
)
_UNESTIMATED: Final = re.compile(rf"(?P<money>.+?){_PER}(?P<unit>[^\W\d].{{0,63}})", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\s{0,9}(?:,|[x\u00d7]?\s{0,9}\d)")
_PERCENT: Final = re.compile(
    r"(?:(?:less|minus)\s+|[-\u2212]\s*)?(?P<number>\d[\d.,]{0,9})\s*%(?:\s*(?:off|discount))?", re.IGNORECASE
)
_TERM: Final = re.compile(
    r"(?P<open>until\s+(?:(?:it\s+is\s+)?(?:ended|cancell?ed|terminated)|further\s+notice)|open[- ]ended)"
    r"|[x\u00d7]\s*(?P<count>\d{1,4})|(?P<times>\d{1,4})\s+times|until\s+(?P<until>\S.*)"
    r"|for\s+(?P<length>\d{1,4})\s+(?P<unit>day|week|month|year)s?",
    re.IGNORECASE,
)
# A label that promises what its line does not do.
_LESS: Final = re.compile(r"\b(?:discount|rebate|reduction)\b", re.IGNORECASE)
# How many of the shorter of two periods the longer one always has.
_LONGER: Final = {("week", "day"): 7, ("year", "month"): 12}
_HUNDRED: Final = 100


def price(typed: Sequence[str], *, currency: str, now: datetime) -> list[Document]:
    """Return the lines of a price; a percentage is taken off the lines before it.

    `currency` stands in where a line names none.

    Raises:
        Failure: one is no price line, or its currency is unknown.
    """
    lines: list[Document] = []
    for text in typed:
        label, rest = _labelled(text)
        percent = _PERCENT.fullmatch(rest)
        lines += (
            _percent_off(text, label, percent["number"], lines)
            if percent
            else [price_line(text, currency=currency, now=now)]
        )
    return lines


def price_line(text: str, *, currency: str, now: datetime) -> dict[str, Any]:
    """Return one price line.

    It is `LABEL: AMOUNT CURRENCY`, `AMOUNT/PERIOD xCOUNT`, `AMOUNT/PERIOD until DATE`, `AMOUNT/PERIOD until
    ended`, `less` any of these, or `AMOUNT/UNIT, about NUMBER`, which may be for each period, too.

    Raises:
        Failure: `text` is no price line, or its currency is unknown.
    """
    label, rest = _labelled(text)
    rate, found = _RATE.fullmatch(rest), _PRICE.fullmatch(rest)
    if rate:
        return _rate(text, label, rate, currency, now)
    if not found:
        raise _no_price_line(text)
    off = bool(found["less"] or found["off"] or found["taken"])
    if not off and _LESS.search(label):
        raise usage(
            f"{text!r} is charged, not taken off.", f"Write '{label}: less {rest}', or another label."
        )
    per = _period(found)
    return {
        "kind": "discount" if off else "recurring" if per else "oneOff",
        **_money(text, found["money"], currency),
        **({"label": label} if label else {}),
        **({"per": per, **_term(text, per, found["term"], now)} if per else {}),
    }


def keep_label(terms: Document, before: Mapping[str, Any]) -> Document:
    """Return terms whose one price has the label of the one price `before`, where it was given none.

    A label is as much a part of the terms as the amount: with another one, or none, an answer that has the
    amount to the letter would not meet them.
    """
    price, known = terms.get("price"), before.get("price") or []
    match price, known:  # of a file the price may be anything; the node says so
        case [{**line}], [{"label": str(label)}] if not line.get("label"):
            return {**terms, "price": [{"label": label, **line}]}
    return terms


def refuse_endless(terms: Document, before: Document) -> None:
    """Refuse terms of which a price runs until it is ended, and that do not say how that is done.

    What they leave unsaid stays as in the terms `before`, if there were any.

    Raises:
        Failure: they do not.
    """
    price = terms.get("price")  # of a file it may be anything; the node says so
    lines = [line for line in price if isinstance(line, dict)] if isinstance(price, list) else []
    runs_on = any("per" in line and not {"count", "until"} & line.keys() for line in lines)
    if runs_on and not any(({**before, **terms}).get(name) for name in ("notice", "ends_at")):
        raise usage(
            "A price that runs until it is ended needs a way to end it.",
            "Add --notice '1 month', or --ends with a date.",
        )


def _labelled(text: str) -> tuple[str, str]:
    label, _, rest = text.strip().rpartition(": ")
    return label.strip(), rest.strip()


def _period(found: re.Match[str]) -> str:
    return _PERIODS[(found["per"] or found["often"]).lower()] if found["per"] or found["often"] else ""


def _money(text: str, said: str, currency: str, *, fine: bool = False) -> Document:
    try:
        amount, named = amounts.money(said, currency=currency, fine=fine)
    except Failure as failure:
        if read_money(said) is not None:
            raise
        raise _no_price_line(text) from failure
    if not (named or currency):
        raise usage(f"{text!r} names no currency.", f"Write '{said} EUR', or add --currency EUR.")
    return {"amount": amount, "currency": named or currency}


def _no_price_line(text: str) -> Failure:
    """Return what is wrong with a text: it lacks its estimate, or is nothing of the kind."""
    rate = _UNESTIMATED.fullmatch(_labelled(text)[1])
    if rate and read_money(rate["money"]) is not None:
        unit = _NUMBER.split(rate["unit"])[0]
        return usage(
            f"{text!r} does not say about how many it will be.",
            f"Write '{rate['money'].strip()}/{unit}, about 10', or '/month' for a price of every month.",
        )
    return usage(
        f"{text!r} is no price line.",
        "Write '2249.00 EUR', 'Lease: 24.90 EUR/month x24', '9.90 EUR/month until ended', 'less 50 EUR' or"
        " '80 EUR/hour, about 10'.",
    )


def _rate(text: str, label: str, found: re.Match[str], currency: str, now: datetime) -> Document:
    unit, per = found["unit"].strip(), _period(found)
    estimate = read_numeral(found["number"])
    if estimate is None:
        raise usage(f"{text!r} estimates no number.", f"Write '{found['money']}/{unit}, about 10'.")
    if estimate.grouped:
        fraction = phrases.figure(decimal_string(Decimal(estimate.text)))
        raise usage(
            f"{text!r} could be about {estimate.grouped} or about {fraction}.",
            f"Write {estimate.grouped} or {fraction}.",
        )
    if found["named"] and not _alike(unit, found["named"]):
        raise usage(f"{text!r} is paid by the {unit}, and estimated in {found['named']}.", "Use one unit.")
    return {
        "kind": "unitRate",
        **_money(text, found["money"], currency, fine=True),
        **({"label": label} if label else {}),
        "unit": unit,
        "estimate": estimate.text,
        **({"per": per, **_term(text, per, found["term"], now)} if per else {}),
    }


def _alike(one: str, other: str) -> bool:
    """Tell whether two words are one unit, in the singular and in the plural."""
    return unit_of(one) == unit_of(other) or one.lower() == other.strip().lower().removesuffix("s")


def _term(text: str, per: str, said: str, now: datetime) -> Mapping[str, Any]:
    """Return for how long a line recurs: a number of times, until a moment, or until it is ended."""
    found = _TERM.fullmatch(said.strip())
    if not found:
        raise usage(f"{text!r} does not say for how long.", "Add x12, 'until 2026-12-31' or 'until ended'.")
    if found["open"]:
        return {}
    if found["until"]:
        return {"until": moments.stamp(moments.read(found["until"], now=now, end_of_day=True))}
    if not found["length"]:
        return {"count": int(found["count"] or found["times"])}
    unit = found["unit"].lower()
    many = 1 if unit == per else _LONGER.get((unit, per), 0)
    if not many:
        raise usage(
            f"{text!r}: so many {unit}s are no number of {per}s.", "Say how often it is paid, as in x12."
        )
    return {"count": int(found["length"]) * many}


def _percent_off(text: str, label: str, number: str, lines: Sequence[Document]) -> Iterator[Document]:
    """Yield the discounts that a percentage of some lines is, to the coin.

    There is one for all that is paid once, and one for each line that recurs.
    """
    numeral = read_numeral(number)
    percent = Decimal(numeral.text) if numeral and not numeral.grouped else Decimal(0)
    if not 0 < percent < _HUNDRED:
        raise usage(f"{text!r} is no discount.", "Write '10% off', with more than 0 and less than 100.")
    if not lines:
        raise usage(f"{text!r}: off what?", "Name the prices first: --price '2249 EUR' --price '10% off'.")
    if any(line["kind"] == "unitRate" for line in lines):
        raise usage(
            f"{text!r} would be off what is paid for each unit, too, and nobody knows how many there are.",
            "Put it before that price, or lower what is paid for each unit.",
        )
    charged = [line for line in lines if line["kind"] != "discount"]
    once = sum([Decimal(line["amount"]) for line in charged if "per" not in line], Decimal(0))
    label = label or f"{percent.normalize():f}% off"
    recurring = [line for line in charged if "per" in line]
    for line in ([{**charged[0], "amount": str(once)}] if once else []) + recurring:
        off = Decimal(line["amount"]) * percent / _HUNDRED
        coin = Decimal(1).scaleb(-(decimals_of(line["currency"]) or 0))
        yield {**line, "kind": "discount", "amount": f"{off.quantize(coin, ROUND_HALF_UP):f}", "label": label}
