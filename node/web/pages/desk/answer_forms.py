"""The form of an answer: from what was typed to the terms as the API takes them, and back.

Rules here: what was not touched is sent as it stood, to the second and to the digit. A line that this form
has no field for, as a price by the hour, keeps what it is, and only its amount can be changed. A day means
its end where an offer ends, and its beginning where something begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

from node.core.drafts import view_time
from node.web.edge.forms import SentForm
from node.web.pages.formats import number
from node.web.pages.languages import READER
from node.web.pages.languages import gettext as _
from node.web.pages.wish_forms import read_amount

CHARGED: Final[Mapping[str, Mapping[str, str]]] = {
    "once": {"kind": "oneOff"},
    "month": {"kind": "recurring", "per": "month"},
    "year": {"kind": "recurring", "per": "year"},
    "off": {"kind": "discount"},
}
KEPT: Final = "kept"
"""How a line is charged that has more to it than this form has fields for."""
MOST_LINES: Final = 32
_END_OF_DAY: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line of a price as typed."""

    label: str = ""
    amount: str = ""
    charged: str = "once"


@dataclass(slots=True)
class AnswerForm:
    """An answer as typed, with what is wrong with it by field; days as `2027-02-18`."""

    name: str = ""
    lines: list[TypedLine] = field(default_factory=list)
    until: str = ""
    starts: str = ""
    ends: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def terms(self, base: Mapping[str, Any], *, until: str | None, currency: str) -> dict[str, Any]:
        """Return the terms as the API takes them, on top of those that stood; mistakes are in `errors`."""
        self.errors = {}
        before: Sequence[Mapping[str, Any]] = base["price"]
        price = [
            self._line(place, line, before[place] if place < len(before) else {}, currency)
            for place, line in enumerate(self.lines)
            if line.amount or line.label
        ]
        if not price:
            self.errors["amount-0"] = _("Say what it costs")
        terms = {"name": self.name or base["name"], "price": price}
        days = {
            "expires_at": self._moment("until", until, _END_OF_DAY),
            "starts_at": self._moment("starts", base["starts_at"], time()),
            "ends_at": self._moment("ends", base["ends_at"], _END_OF_DAY),
        }
        return terms | {name: at for name, at in days.items() if at is not None or base.get(name) is not None}

    def _line(self, place: int, line: TypedLine, before: Mapping[str, Any], currency: str) -> dict[str, Any]:
        amount = read_amount(line.amount)
        if amount is None or amount.startswith("-"):
            examples = {"one": number(120), "other": number("13670.00")}
            self.errors[f"amount-{place}"] = _("Write an amount such as %(one)s or %(other)s") % examples
        kind = dict(before) if line.charged == KEPT else CHARGED.get(line.charged, CHARGED["once"])
        said = {"label": line.label} if line.label else {}
        return {**kind, "currency": currency, **said, "amount": _as_before(amount, before)}

    def _moment(self, name: str, before: str | None, clock: time) -> str | None:
        typed = getattr(self, name)
        if not typed or typed == day_of(before):
            return before if typed else None
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            self.errors[name] = _("Choose a day from the calendar")
            return None
        return view_time(datetime.combine(day, clock, READER.get().zone or UTC).astimezone(UTC))


def _as_before(amount: str | None, before: Mapping[str, Any]) -> str | None:
    """Return an amount with the digits that it had, if it is the same."""
    old = before.get("amount")
    return old if old is not None and read_amount(number(old)) == amount else amount


def day_of(at: str | None) -> str:
    """Return a moment as a field for a day shows it, where the reader is."""
    if at is None:
        return ""
    return datetime.fromisoformat(at).astimezone(READER.get().zone or UTC).date().isoformat()


def of(terms: Mapping[str, Any], *, until: str | None) -> AnswerForm:
    """Return the form of terms as the API shows them, with room for one more line."""
    lines = [
        TypedLine(line.get("label", ""), number(line["amount"]), _charged(line)) for line in terms["price"]
    ]
    return AnswerForm(
        name=terms["name"],
        lines=[*lines, TypedLine()],
        until=day_of(until),
        starts=day_of(terms["starts_at"]),
        ends=day_of(terms["ends_at"]),
    )


def _charged(line: Mapping[str, Any]) -> str:
    kind: Mapping[str, Any] = {
        name: value for name, value in line.items() if name not in ("amount", "currency", "label")
    }
    return next((name for name, members in CHARGED.items() if dict(members) == kind), KEPT)


def read(form: SentForm) -> AnswerForm:
    """Return what was typed, with room for one more line."""
    columns = [form.all(name) for name in ("label", "amount", "charged")]
    lines = [TypedLine(*(word.strip() for word in row)) for row in zip(*columns, strict=False)][:MOST_LINES]
    if not lines or lines[-1].amount or lines[-1].label:
        lines.append(TypedLine())
    return AnswerForm(
        name=form.one("name").strip(),
        lines=lines,
        until=form.one("until").strip(),
        starts=form.one("starts").strip(),
        ends=form.one("ends").strip(),
    )
