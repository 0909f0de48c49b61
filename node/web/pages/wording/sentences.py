"""Sentences about terms, in the reader's language: what somebody pays, from when, and how it is left.

Rules here: a sentence is made of machine terms alone, those that are signed, so that it cannot say anything
the signature does not cover, and no text that somebody else wrote gets into it: as `protocol.plain_language`,
which says the same in English to programs.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup, escape

from node.web.pages.wording.formats import day, money, number
from node.web.pages.wording.labels import measure
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import ngettext
from protocol.conditions import Conditions, read_conditions
from protocol.negotiation import State
from protocol.prices import FORMS
from protocol.times import read_duration
from protocol.units import is_known
from protocol.vocabulary import LEAD_TIME

_OPEN: Final = frozenset({State.OFFERED, State.COUNTERED, State.ACCEPTED})
_COME_TO_NOTHING: Final = frozenset(
    {State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REFUSED, State.LAPSED, State.RENEGED, "void"}
)
_NOT_TO_BE_LEFT: Final = frozenset({State.ENDING, State.ENDED, State.SUPERSEDED})
_EMPTY: Final = Markup("")


def would_pay(terms: Mapping[str, Any], *, paying: bool = True) -> Markup:
    """Say what an offer comes to for who would pay, or be paid: what, from when, and how it is left."""
    what = _("You would pay %(what)s.") if paying else _("You would be paid %(what)s.")
    first = escape(what) % {"what": paid(terms)}
    more = [delivered(terms), starting(terms), ending(terms), leaving(terms, paying=paying)]
    return Markup(" ").join(filter(None, [first, *more]))


def pays(terms: Mapping[str, Any], *, paying: bool, left: bool = False) -> Markup:
    """Say what an agreement comes to for who pays, or is paid: what, from when, and how it is left.

    Of one that was `left`, or is no more, nobody needs to know how it is.
    """
    what = _("You pay %(what)s.") if paying else _("You are paid %(what)s.")
    first = escape(what) % {"what": paid(terms)}
    more = [
        delivered(terms),
        starting(terms),
        ending(terms),
        _EMPTY if left else leaving(terms, paying=paying),
    ]
    return Markup(" ").join(filter(None, [first, *more]))


def said_of(terms: Mapping[str, Any], state: str) -> Markup:
    """Say what terms come to for who asks, as it stands with them: agreed, on offer, or come to nothing."""
    paying = bool(terms["pays"])
    if state in _COME_TO_NOTHING:
        return would_have_paid(terms, paying=paying)
    if state in _OPEN:
        return would_pay(terms, paying=paying)
    return pays(terms, paying=paying, left=state in _NOT_TO_BE_LEFT)


def would_have_paid(terms: Mapping[str, Any], *, paying: bool = True) -> Markup:
    """Say what came to nothing would have come to; when it would have begun, nobody needs to know."""
    what = _("You would have paid %(what)s.") if paying else _("You would have been paid %(what)s.")
    return escape(what) % {"what": paid(terms)}


def paid(terms: Mapping[str, Any]) -> Markup:
    """Return what is paid: "€24.90 a month until 14 March 2028 and €49.00 once, €646.60 in all"."""
    lines = [line for line in terms["price"] if Decimal(line["amount"])]
    if not any("per" in line or "unit" in line for line in lines):
        return escape(_("%(amount)s once")) % {"amount": money(terms["total"], terms["currency"])}
    plus = [said(line) for line in lines if not FORMS[line["kind"]].takes_off]
    less = [said(line) for line in lines if FORMS[line["kind"]].takes_off]
    text = joined(plus)
    if less:
        text = escape(_("%(what)s, less %(off)s")) % {"what": text, "off": joined(less)}
    if terms["total"] is None:
        least = money(terms["least"], terms["currency"])
        return escape(_("%(what)s, %(least)s at least")) % {"what": text, "least": least}
    if len(lines) > 1 or any("per" in line for line in lines):
        total = money(terms["total"], terms["currency"])
        return escape(_("%(what)s, %(total)s in all")) % {"what": text, "total": total}
    return text


def said(line: Mapping[str, Any]) -> Markup:
    """Say one line of a price: "€24.90 a month, 24 times"."""
    amount = money(line["amount"], line["currency"], exact="unit" in line)
    if "unit" in line:
        unit = line["unit"] if is_known(line["unit"]) else _("unit")
        amount = escape(_("%(amount)s for each %(unit)s, about %(number)s")) % {
            "amount": amount,
            "unit": unit,
            "number": number(line["estimate"]),
        }
        if "per" not in line:
            return amount
    return periodic(amount, line)


def periodic(amount: Markup | str, line: Mapping[str, Any]) -> Markup:
    """Say of an amount how often it falls due: once, or every so often, and for how long."""
    if "per" not in line:
        return escape(_("%(amount)s once")) % {"amount": amount}
    text = every(amount, line["per"])
    if "count" in line:
        return escape(_("%(what)s for %(length)s")) % {
            "what": text,
            "length": length(line["per"], line["count"]),
        }
    if "until" in line:
        return escape(_("%(what)s until %(day)s")) % {"what": text, "day": day(line["until"])}
    return escape(_("%(what)s until it is ended")) % {"what": text}


def every(amount: Markup | str, per: str) -> Markup:
    """Say of an amount that it falls due every so often."""
    again = {
        "day": _("%(amount)s a day"),
        "week": _("%(amount)s a week"),
        "month": _("%(amount)s a month"),
        "year": _("%(amount)s a year"),
    }[per]
    return escape(again) % {"amount": amount}


def delivered(terms: Mapping[str, Any]) -> Markup:
    """Say how soon it is had, if the terms do."""
    for item in terms["properties"]:
        if (
            item["property"] == LEAD_TIME
            and item["unit"] == "d"
            and item["value"].isascii()
            and item["value"].isdigit()
        ):
            return escape(_("It is there within %(days)s.")) % {"days": measure(item["value"], "d")}
    return _EMPTY


def starting(terms: Mapping[str, Any]) -> Markup:
    """Say when it begins, if the terms do."""
    if terms["starts_at"] is None:
        return _EMPTY
    return escape(_("It begins on %(day)s.")) % {"day": day(terms["starts_at"])}


def ending(terms: Mapping[str, Any]) -> Markup:
    """Say when it ends, if the price has not said so."""
    ends_at = terms["ends_at"]
    if ends_at is None or any(line.get("until") == ends_at for line in terms["price"]):
        return _EMPTY
    return escape(_("It ends on %(day)s.")) % {"day": day(ends_at)}


def leaving(terms: Mapping[str, Any], *, paying: bool = True) -> Markup:
    """Say how it can be left, and of what cannot, within what time the customer may still withdraw."""
    if terms["notice"] is not None:
        return escape(_("You can leave it at any time; notice: %(notice)s.")) % {
            "notice": duration(terms["notice"])
        }
    if terms["ends_at"] is None:
        return _EMPTY
    days = withdrawal_days(terms)
    if not days:
        return escape(_("It cannot be left before it ends."))
    unless = (
        _("It cannot be left before it ends, but you may change your mind within %(days)s.")
        if paying
        else _("It cannot be left before it ends, but the customer may change their mind within %(days)s.")
    )
    return escape(unless) % {"days": length("day", days)}


def withdrawal_days(terms: Mapping[str, Any]) -> int:
    """Return for how many days the customer may withdraw without a reason; 0 where nothing says so."""
    agreed = terms.get("terms")
    if agreed is None:
        return 0
    stated = agreed.get("conditions")
    conditions = Conditions() if stated is None else read_conditions(stated, currency=terms["currency"])
    return conditions.withdrawal_days


def duration(text: str) -> Markup:
    """Write a duration (ISO 8601) as people do: "3 months"."""
    read = read_duration(text)
    parts = (("year", read.years), ("month", read.months), ("week", read.weeks), ("day", read.days))
    return joined([length(period, count) for period, count in parts if count])


def length(period: str, many: int | Decimal) -> str:
    """Write so many periods: "24 months"."""
    count = 1 if many == 1 else 2
    said = {
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "week": ngettext("%(count)s week", "%(count)s weeks", count),
        "month": ngettext("%(count)s month", "%(count)s months", count),
        "year": ngettext("%(count)s year", "%(count)s years", count),
    }[period]
    return said % {"count": number(many)}


def joined(parts: Sequence[str]) -> Markup:
    """Join parts of a sentence: "a, b and c"."""
    if len(parts) < 2:
        return Markup("").join(parts)
    hole = {"some": Markup(", ").join(parts[:-1]), "last": parts[-1]}
    return escape(_("%(some)s and %(last)s")) % hole
