"""The form of other terms, a counter-offer or a change: from what was typed to what the API takes.

Rules here: only what may change can be changed: what each part of the price costs, when it begins and ends,
how soon it is there, and one thing more that is to be had with it. What is left as it was is not sent. What
cannot be read is said at its field, and nothing typed is lost.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from node.web.edge.forms import SentForm
from node.web.pages.wishes.wish_forms import read_price
from node.web.pages.wording import revisions, rows
from node.web.pages.wording.formats import bare_money, number
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import too_long
from protocol.prices import LINES_LIMIT
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME

_END_OF_DAY: Final = time(23, 59, 59)
_DAYS_FIGURES: Final = 5
_LONGEST: Final = 200  # characters of what is to be had as well: a few words


@dataclass(slots=True)
class CounterForm:
    """A counter-offer as typed: an amount for each line of the price, and what is wrong, by field.

    `met` says what happens when it is met to the letter: ask, or accept.
    """

    amounts: list[str]
    begins: str = ""
    ends: str = ""
    days: str = ""
    also: str = ""
    met: str = "ask"
    errors: dict[str, str] = field(default_factory=dict)

    def terms(self, offer: Mapping[str, Any]) -> dict[str, Any]:
        """Return the terms that differ from what is offered; what is wrong is in `errors` then."""
        self.errors = {}
        price = [{**line, "amount": self._amount(place, line)} for place, line in enumerate(offer["price"])]
        found = {
            "price": price,
            "starts_at": self._begins(offer["starts_at"]),
            "ends_at": self._ends(offer["ends_at"]),
            "properties": self._properties(offer["properties"]),
        }
        return {name: value for name, value in found.items() if value != offer[name]}

    def _amount(self, place: int, line: Mapping[str, Any]) -> str:
        typed = self.amounts[place] if place < len(self.amounts) else ""
        amount = read_price(typed, line["currency"])
        if amount is None or amount.startswith("-"):
            example = {"example": bare_money(line["amount"], line["currency"])}
            self.errors[f"amount-{place}"] = _("Write an amount such as %(example)s") % example
            return str(line["amount"])
        return str(line["amount"]) if Decimal(amount) == Decimal(line["amount"]) else amount

    def _begins(self, offered: str | None) -> str | None:
        if offered is None or not self.begins or self.begins == day_of(offered):
            return offered
        return self._moment("begins", self.begins, time.min) or offered

    def _ends(self, offered: str | None) -> str | None:
        if not self.ends or (offered is not None and self.ends == day_of(offered)):
            return offered
        return self._moment("ends", self.ends, _END_OF_DAY) or offered

    def _moment(self, name: str, typed: str, at: time) -> str | None:
        """Return a moment of the day that was typed into a field; None, and what is wrong, if it is none."""
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            self.errors[name] = _("Choose a day that is still to come")
            return None
        moment = datetime.combine(day, at, READER.get().zone or UTC).astimezone(UTC)
        if moment <= READER.get().now:
            self.errors[name] = _("Choose a day that is still to come")
        return moment.isoformat().replace("+00:00", "Z")

    def _properties(self, offered: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = [self._property(item) for item in offered]
        if len(self.also) > _LONGEST:
            self.errors["also"] = too_long(len(self.also), _LONGEST)
        if not self.also or self.errors.get("also"):
            return known
        return [*known, {"property": self.also, "value": "true", "unit": ""}]

    def _property(self, item: dict[str, Any]) -> dict[str, Any]:
        if not _is_lead_time(item) or self.days in {"", item["value"]}:
            return item
        if not (self.days.isascii() and self.days.isdigit() and len(self.days) <= _DAYS_FIGURES):
            self.errors["days"] = _("Write a whole number of days, from 0 to %(most)s") % {
                "most": number(10**_DAYS_FIGURES - 1)
            }
            return item
        return {**item, "value": str(int(self.days))}


def of(offer: Mapping[str, Any]) -> CounterForm:
    """Return the form as an offer fills it."""
    return CounterForm(
        amounts=[bare_money(line["amount"], line["currency"]) for line in offer["price"]],
        begins="" if offer["starts_at"] is None else day_of(offer["starts_at"]),
        ends="" if offer["ends_at"] is None else day_of(offer["ends_at"]),
        days=next((item["value"] for item in offer["properties"] if _is_lead_time(item)), ""),
    )


def read(form: SentForm) -> CounterForm:
    """Return what was typed."""
    return CounterForm(
        amounts=[form.one(f"amount-{place}").strip() for place in range(LINES_LIMIT)],
        begins=form.one("begins").strip(),
        ends=form.one("ends").strip(),
        days=form.one("days").strip(),
        also=" ".join(form.one("also").split()),
        met="accept" if form.one("met") == "accept" else "ask",
    )


def lines(offer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what each amount is for, and what is offered now; a single part is all there is."""
    price = offer["price"]
    alone = len(price) == 1 and "per" not in price[0]
    return [
        (_("In all") if alone else revisions.line_name(line, place), rows.line_of(line))
        for place, line in enumerate(price)
    ]


def day_of(at: str) -> str:
    """Return the day of a moment, where the reader is, as a field for days takes it."""
    return datetime.fromisoformat(at).astimezone(READER.get().zone or UTC).date().isoformat()


def _is_lead_time(item: Mapping[str, Any]) -> bool:
    return (item["property"], item["unit"]) == (LEAD_TIME, "d")
