"""The form of a counter-offer: from what was typed to the terms as the API takes them.

Rules here: only what may change can be changed: what each part of the price costs, when it begins, how soon
it is there, and one thing more that is to be had with it. What is left as it was is not sent. What cannot be
read is said at its field, and nothing typed is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from node.web.edge.forms import SentForm
from node.web.pages import revisions, rows
from node.web.pages.formats import number
from node.web.pages.languages import READER
from node.web.pages.languages import gettext as _
from node.web.pages.wish_forms import read_amount
from protocol.prices import LINES_LIMIT
from protocol.vocabulary import LEAD_TIME

_LONGEST: Final = 200  # characters of what is to be had as well: a few words


@dataclass(slots=True)
class CounterForm:
    """A counter-offer as typed: an amount for each line of the price, and what is wrong, by field.

    `met` says what happens when it is met to the letter: ask, or accept.
    """

    amounts: list[str]
    begins: str = ""
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
            "properties": self._properties(offer["properties"]),
        }
        return {name: value for name, value in found.items() if value != offer[name]}

    def _amount(self, place: int, line: Mapping[str, Any]) -> str:
        typed = self.amounts[place] if place < len(self.amounts) else ""
        amount = read_amount(typed)
        if amount is None or amount.startswith("-"):
            example = {"example": number(line["amount"])}
            self.errors[f"amount-{place}"] = _("Write an amount such as %(example)s") % example
            return str(line["amount"])
        return str(line["amount"]) if Decimal(amount) == Decimal(line["amount"]) else amount

    def _begins(self, offered: str | None) -> str | None:
        if offered is None or not self.begins or self.begins == day_of(offered):
            return offered
        try:
            day = date.fromisoformat(self.begins)
        except ValueError:
            self.errors["begins"] = _("Choose a day that is still to come")
            return offered
        begin = datetime.combine(day, time.min, READER.get().zone or UTC).astimezone(UTC)
        if begin <= READER.get().now:
            self.errors["begins"] = _("Choose a day that is still to come")
        return begin.isoformat().replace("+00:00", "Z")

    def _properties(self, offered: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = [self._property(item) for item in offered]
        if len(self.also) > _LONGEST:
            self.errors["also"] = _("Say it in a few words")
        if not self.also or self.errors.get("also"):
            return known
        return [*known, {"property": self.also, "value": "true", "unit": ""}]

    def _property(self, item: dict[str, Any]) -> dict[str, Any]:
        if not _is_lead_time(item) or self.days in {"", item["value"]}:
            return item
        if not (self.days.isascii() and self.days.isdigit() and len(self.days) <= 5):
            self.errors["days"] = _("Write a whole number of days")
            return item
        return {**item, "value": str(int(self.days))}


def of(offer: Mapping[str, Any]) -> CounterForm:
    """Return the form as an offer fills it."""
    return CounterForm(
        amounts=[number(line["amount"]) for line in offer["price"]],
        begins="" if offer["starts_at"] is None else day_of(offer["starts_at"]),
        days=next((item["value"] for item in offer["properties"] if _is_lead_time(item)), ""),
    )


def read(form: SentForm) -> CounterForm:
    """Return what was typed."""
    return CounterForm(
        amounts=[form.one(f"amount-{place}").strip() for place in range(LINES_LIMIT)],
        begins=form.one("begins").strip(),
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
