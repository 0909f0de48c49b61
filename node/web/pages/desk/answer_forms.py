"""The form of an answer: from what was typed to the terms as the API takes them, and back.

Rules here: what was not touched is sent as it stood, to the second and to the digit, and is not sent at all
where the terms that stood have it already. What this form has no field for, as a price by the hour or a
notice of two months and a day, keeps what it is. A day means its end where an offer ends, and its beginning
where something begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from node.core.drafts import view_time
from node.web.edge.forms import SentForm
from node.web.pages.desk.answer_points import TypedPoint, points_of, properties_of
from node.web.pages.wishes.wish_forms import read_amount, read_price
from node.web.pages.wording.formats import bare_money, number
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from protocol.prices import COUNT_LIMIT
from protocol.times import Duration, read_duration
from protocol.values import dataclass

CHARGED: Final[Mapping[str, Mapping[str, str]]] = {
    "once": {"kind": "oneOff"},
    "month": {"kind": "recurring", "per": "month"},
    "year": {"kind": "recurring", "per": "year"},
    "off": {"kind": "discount"},
}
KEPT: Final = "kept"
"""How a line is charged, or a notice is counted, that has more to it than this form has fields for."""
MOST_LINES: Final = 32
PERIODS: Final[Mapping[str, str]] = {"days": "D", "weeks": "W", "months": "M", "years": "Y"}
"""In what notice is counted, and how ISO 8601 writes that."""
_END_OF_DAY: Final = time(23, 59, 59)
_LINE: Final = ("label", "amount", "charged", "times")
_PLAIN: Final = ("name", "quantity", "until", "starts", "ends", "notice", "content")


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line of a price as typed."""

    label: str = ""
    amount: str = ""
    charged: str = "once"
    times: str = ""


@dataclass(slots=True)
class AnswerForm:
    """An answer as typed, with what is wrong with it by field; days as `2027-02-18`."""

    name: str = ""
    quantity: str = ""
    lines: list[TypedLine] = field(default_factory=list)
    points: list[TypedPoint] = field(default_factory=list)
    until: str = ""
    starts: str = ""
    ends: str = ""
    notice: str = ""
    notice_in: str = "months"
    content: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    def terms(
        self, base: Mapping[str, Any], *, until: str | None, currency: str, whole: bool = False
    ) -> dict[str, Any]:
        """Return the terms as the API takes them, on top of those that stood; mistakes are in `errors`.

        `whole` leaves nothing out: what the form began with does not stand any more, or never did.
        """
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
        said = {
            "quantity": self._quantity(base["quantity"]),
            "properties": properties_of(self.points, base["properties"]),
            "notice": self._notice(base["notice"]),
            "content": self.content,
        }
        terms |= {name: at for name, at in days.items() if at is not None or base.get(name) is not None}
        return terms | {name: value for name, value in said.items() if whole or value != base[name]}

    def _line(self, place: int, line: TypedLine, before: Mapping[str, Any], currency: str) -> dict[str, Any]:
        amount = read_price(line.amount, currency)
        if amount is None or amount.startswith("-"):
            examples = {"one": number(120), "other": number("13670.00")}
            self.errors[f"amount-{place}"] = _("Write an amount such as %(one)s or %(other)s") % examples
        kind = dict(before) if line.charged == KEPT else CHARGED.get(line.charged, CHARGED["once"])
        said = {"label": line.label} if line.label else {}
        many = self._times(place, line, recurs=line.charged != KEPT and "per" in kind)
        return {
            **kind,
            **many,
            "currency": currency,
            **said,
            "amount": _as_before(amount, before.get("amount")),
        }

    def _times(self, place: int, line: TypedLine, *, recurs: bool) -> dict[str, int]:
        """Return how often a line is paid; without a number that is until the agreement ends."""
        if not line.times:
            return {}
        typed = read_amount(line.times) or ""
        if not recurs:
            self.errors[f"times-{place}"] = _("Only what is paid every month or year is paid so many times")
        elif not typed.isdigit() or not 0 < int(typed) <= COUNT_LIMIT:
            most = {"most": number(COUNT_LIMIT)}
            self.errors[f"times-{place}"] = _("Write a whole number from 1 to %(most)s") % most
        else:
            return {"count": int(typed)}
        return {}

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

    def _quantity(self, before: Mapping[str, Any]) -> Mapping[str, Any]:
        typed = read_amount(self.quantity)
        if self.quantity and (typed is None or Decimal(typed) <= 0):
            self.errors["quantity"] = _("Write a number such as %(one)s") % {"one": number(1)}
        return {**before, "value": _as_before(typed, before["value"]) if self.quantity else before["value"]}

    def _notice(self, before: str | None) -> str | None:
        if not self.notice or self.notice_in == KEPT:
            return before if self.notice_in == KEPT else None
        many, period = read_amount(self.notice) or "", PERIODS.get(self.notice_in)
        if not many.isdigit() or period is None:
            self.errors["notice"] = _("Write a whole number, and in what it is counted")
            return before
        return f"P{int(many)}{period}"

    def carried(self) -> list[tuple[str, str]]:
        """Return all that was typed, field by field, for a form that carries it on unseen."""
        plain = [(name, getattr(self, name)) for name in (*_PLAIN, "notice_in")]
        lines = [(name, getattr(line, name)) for line in self.lines for name in _LINE]
        points = [(name, value) for point in self.points for name, value in point.carried()]
        return [*plain, *lines, *points]


def _as_before(amount: str | None, old: str | None) -> str | None:
    """Return an amount with the digits that it had, if it is the same."""
    same = old is not None and amount is not None and Decimal(amount) == Decimal(old)
    return old if same else amount


def day_of(at: str | None) -> str:
    """Return a moment as a field for a day shows it, where the reader is."""
    if at is None:
        return ""
    return datetime.fromisoformat(at).astimezone(READER.get().zone or UTC).date().isoformat()


def of(terms: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]], *, until: str | None) -> AnswerForm:
    """Return the form of terms as the API shows them, with one more line, and each point wanted."""
    lines = [
        TypedLine(line.get("label", ""), bare_money(line["amount"], line["currency"]), *_charged(line))
        for line in terms["price"]
    ]
    notice, notice_in = _notice_of(terms["notice"])
    return AnswerForm(
        name=terms["name"],
        quantity="" if terms["quantity"]["value"] is None else number(terms["quantity"]["value"]),
        lines=[*(lines or [TypedLine()]), TypedLine()],
        points=points_of(terms["properties"], wanted),
        until=day_of(until),
        starts=day_of(terms["starts_at"]),
        ends=day_of(terms["ends_at"]),
        notice=notice,
        notice_in=notice_in,
        content=terms["content"],
    )


def _charged(line: Mapping[str, Any]) -> tuple[str, str]:
    """Return how a line is charged, and how often if it says that."""
    aside = ("amount", "currency", "label", "count")
    kind = {name: value for name, value in line.items() if name not in aside}
    charged = next((name for name, members in CHARGED.items() if dict(members) == kind), KEPT)
    if "count" not in line:
        return charged, ""
    return (charged, number(line["count"])) if "per" in CHARGED.get(charged, {}) else (KEPT, "")


def _notice_of(notice: str | None) -> tuple[str, str]:
    """Return a notice as typed, and in what it is counted."""
    if notice is None:
        return "", "months"
    read = read_duration(notice)
    for name in PERIODS:
        many: int = getattr(read, name)
        if read == Duration(**{"years": 0, "months": 0, "weeks": 0, "days": 0, name: many}):
            return number(many), name
    return notice, KEPT


def read(form: SentForm) -> AnswerForm:
    """Return what was typed, with room for one more line."""
    lines = [TypedLine(*row) for row in _rows(form, *_LINE)][:MOST_LINES]
    if not lines or lines[-1].amount or lines[-1].label:
        lines.append(TypedLine())
    points = [TypedPoint(*row) for row in _rows(form, "property", "value", "unit")]
    read = AnswerForm(notice_in=form.one("notice_in", "months"), lines=lines, points=points)
    for name in _PLAIN:
        setattr(read, name, form.one(name).strip())
    return read


def _rows(form: SentForm, *names: str) -> list[tuple[str, ...]]:
    """Return the rows of fields that stand there again and again."""
    columns = [form.all(name) for name in names]
    return [tuple(word.strip() for word in row) for row in zip(*columns, strict=False)]
