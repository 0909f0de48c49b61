"""The form of a shop's rule: from what was typed to the rule as the API takes it, and back.

Rules here: what was not touched is sent as it stood; what cannot be used is said at its field, all of it at
once; nothing typed is lost.
"""

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Final

from node.core.matching import LIMIT_OFFERS, LIMIT_VALID_HOURS, Rule, read_rule, render_rule
from node.web.edge.forms import SentForm
from node.web.pages.wishes.wish_forms import CURRENCIES, read_amount
from node.web.pages.wording.formats import number
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Unprocessable
from protocol.values import dataclass

_WORDS: Final = ("currency", "category", "answers_counters", "countersign")
_PERCENT: Final = ("max_discount_percent", "undercut_percent")
_WHOLE: Final = (
    "offer_valid_hours",
    "max_offers_per_intention",
    "unknown_share_percent",
    "unknown_valid_hours",
)
_HOUR: Final = 3600
UNDERCUT: Final = "undercut_after_hours"
"""The field for `undercut_after_seconds`: a person counts such times in hours."""
FIELDS: Final = (*_WORDS, *_PERCENT, *_WHOLE, UNDERCUT)


@dataclass(slots=True)
class RuleForm:
    """A rule as typed, by field, with what is wrong with it by field."""

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def rule(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rule as the API takes it; what is wrong is in `errors` then."""
        late = self._late(before)
        read: dict[str, Any] = {
            **{name: self.typed[name] for name in _WORDS},
            **{name: read_amount(self.typed[name]) for name in _PERCENT},
            **{name: _whole(self.typed[name]) for name in _WHOLE},
            "undercut_after_seconds": late,
        }
        self.errors = {_field(name): _advice(name) for name, value in read.items() if _is_wrong(name, value)}
        if self.typed[UNDERCUT] and late is None:
            self.errors[UNDERCUT] = _advice("undercut_after_seconds")
        return read

    def _late(self, before: Mapping[str, Any]) -> int | None:
        typed = self.typed[UNDERCUT]
        if typed and typed == _hours(before["undercut_after_seconds"]):
            return int(before["undercut_after_seconds"])
        hours = read_amount(typed)
        seconds = None if hours is None else Decimal(hours) * _HOUR
        return None if seconds is None or seconds != int(seconds) else int(seconds)


def _is_wrong(name: str, value: object) -> bool:
    try:
        read_rule({"currency": CURRENCIES[0], name: value})
    except Unprocessable:
        return True
    return False


def _field(name: str) -> str:
    return UNDERCUT if name == "undercut_after_seconds" else name


def _advice(name: str) -> str:
    hours = _("Write a whole number of hours, from 1 to %(most)s") % {"most": number(LIMIT_VALID_HOURS)}
    percent = _("Write a number from 0 to 99")
    choice = _("Choose one of these")
    return {
        "currency": _("Write the three letters of a currency, such as EUR"),
        "category": _("Write the whole address of a category, or nothing"),
        "answers_counters": choice,
        "countersign": choice,
        "max_discount_percent": percent,
        "undercut_percent": percent,
        "offer_valid_hours": hours,
        "unknown_valid_hours": hours,
        "max_offers_per_intention": _("Write a whole number from 1 to %(most)s") % {"most": LIMIT_OFFERS},
        "unknown_share_percent": _("Write a whole number from 1 to 100"),
        "undercut_after_seconds": _("Write hours, 720 at most, or nothing"),
    }[name]


def _whole(text: str) -> int | None:
    amount = read_amount(text)
    return int(amount) if amount is not None and Decimal(amount) == int(Decimal(amount)) else None


def of(rule: Mapping[str, Any] | None, *, currency: str) -> RuleForm:
    """Return the form of a rule as the API shows it, or of one to begin with where there is none."""
    shown = rule or starting(currency)
    typed = {name: shown[name] for name in _WORDS}
    typed |= {name: number(shown[name]) for name in (*_PERCENT, *_WHOLE)}
    return RuleForm({**typed, UNDERCUT: _hours(shown["undercut_after_seconds"])})


def starting(currency: str) -> dict[str, Any]:
    """Return the rule to begin with: it offers at list prices, and leaves the rest to a person."""
    return render_rule(Rule(currency=currency)) | {"countersign": "ask"}


def _hours(seconds: int | None) -> str:
    return (
        "" if seconds is None else number((Decimal(seconds) / _HOUR).quantize(Decimal("0.001")).normalize())
    )


def read(form: SentForm) -> RuleForm:
    """Return what was typed."""
    return RuleForm({name: form.one(name).strip() for name in FIELDS})
