"""The form of a wish: from what was typed to the wish as the API takes it, and back.

Rules here: what cannot be read is said at its field, in the reader's language and with an example as the
reader writes it; nothing typed is lost. A day means its end, where the reader is. An amount is read as the
reader's country writes it, and every other unambiguous way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

import orjson

from node.core.intentions import EVERYBODY, FOLLOWERS
from node.core.money import read_money
from node.core.numerals import Numeral, read_numeral
from node.core.rings import FIELD_NAMES, is_region
from node.web.edge.forms import SentForm
from node.web.pages.wording import labels
from node.web.pages.wording.formats import bare_money, decimal_mark, number, plain_money, quantity
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from protocol.values import dataclass

CURRENCIES: Final = (
    "EUR",
    "CHF",
    "GBP",
    "USD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "CAD",
    "AUD",
    "JPY",
)
MOST_POINTS: Final = 64
LITTLE: Final = "little"
"""What the form says if everybody is told little of a wish."""
_BOUNDS: Final = {"most": "at_most", "least": "at_least"}
_END_OF_DAY: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class WishPoint:
    """One thing it must or should have, as typed; `how` is most, least or is, `need` must or should."""

    property: str = ""
    how: str = "most"
    value: str = ""
    unit: str = ""
    need: str = "must"


@dataclass(slots=True)
class WishForm:
    """A wish as typed, with what is wrong with it by field.

    If it is told `little`, everybody learns of which `kind` it is and in which `region`, and who signs for it
    the rest; the budget, from `least` to `most`, is for these alone. What is `open` of the parts
    (`rings.FIELD_NAMES`) everybody learns all the same.
    """

    name: str = ""
    content: str = ""
    by: str = ""
    near: str = ""
    currency: str = CURRENCIES[0]
    limit: str = ""
    notes: str = ""
    points: list[WishPoint] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    others: str = ""
    little: bool = False
    kind: str = ""
    region: str = ""
    least: str = ""
    most: str = ""
    open: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def wish(self, *, with_audience: bool = True) -> dict[str, Any]:
        """Return the wish as the API takes it; what is wrong is in `errors` then."""
        self.errors = {}
        wish: dict[str, Any] = {
            "name": self.name,
            "content": self.content or None,
            "place": self.near or None,
            "deadline": self._deadline(),
            "currency": self.currency,
            "specifications": [self._point(place, point) for place, point in enumerate(self.points)],
            "limit_price": self._limit(),
            "notes": self.notes or None,
        }
        if not self.name:
            self.errors["name"] = _("Say what you are looking for")
        if with_audience:
            wish["audience"] = self._audience()
        if with_audience and self.little:
            wish["rings"] = self._rings()
        return wish

    @property
    def addresses(self) -> list[str]:
        """Return whom it was typed for, one by one."""
        return [word for word in self.others.replace(",", " ").split() if word]

    def refuse(self, name: str, detail: str) -> None:
        """Note what the node says is wrong, at a field."""
        self.errors.setdefault(name, detail)

    def _deadline(self) -> str | None:
        if not self.by:
            return None
        try:
            day = date.fromisoformat(self.by)
        except ValueError:
            self.errors["by"] = _("Choose a day that is still to come")
            return None
        end = datetime.combine(day, _END_OF_DAY, READER.get().zone or UTC).astimezone(UTC)
        if end <= READER.get().now:
            self.errors["by"] = _("Choose a day that is still to come")
        return end.isoformat().replace("+00:00", "Z")

    def _rings(self) -> dict[str, Any]:
        rings: dict[str, Any] = {"category": self.kind, "region": self.region.upper(), "open": self.open}
        if not is_region(rings["region"]):
            self.errors["region"] = _("Write a country or a part of one, such as %(examples)s") % {
                "examples": "DE, CH-BE"
            }
        if self.least or self.most:
            least, most = self._band("least"), self._band("most")
            if least and most and Decimal(most) < Decimal(least):
                self.errors["most"] = _("Write no less than where it begins")
            rings["budget"] = {"least": least, "most": most}
        return rings

    def _band(self, name: str) -> str:
        typed = getattr(self, name)
        amount = read_price(typed, self.currency)
        if not typed:
            self.errors[name] = _("Say both ends of the budget, or neither")
        elif amount is None or amount.startswith("-"):
            self.errors[name] = _("Write an amount such as %(short)s or %(long)s") % self._examples()
        return amount or ""

    def _examples(self) -> dict[str, str]:
        return {"short": number(15000), "long": plain_money("15000", self.currency)}

    def _limit(self) -> str | None:
        if not self.limit:
            return None
        amount = read_price(self.limit, self.currency)
        if amount is None or amount.startswith("-"):
            self.errors["limit"] = _("Write an amount such as %(short)s or %(long)s") % self._examples()
        return amount

    def _point(self, place: int, point: WishPoint) -> dict[str, Any]:
        said: dict[str, Any] = {"property": labels.meant(point.property), "necessity": point.need}
        if point.unit:
            said["unit"] = point.unit
        if not point.property:
            self.errors[f"property-{place}"] = _("Say what this point is about")
        if point.how not in _BOUNDS:
            if not point.value:
                self.errors[f"value-{place}"] = _("Say what it should be")
            return {**said, "value": point.value}
        amount = read_amount(point.value)
        if amount is None:
            self.errors[f"value-{place}"] = _("Write a number such as %(one)s or %(other)s") % {
                "one": number(7),
                "other": number("7.5"),
            }
        return {**said, _BOUNDS[point.how]: amount}

    def _audience(self) -> list[str]:
        named = self.addresses
        audience = list(dict.fromkeys([*self.to, *named]))
        amiss = next((word for word in named if "@" not in word and "://" not in word), None)
        if amiss is not None:
            self.errors["others"] = f"{amiss}: {_('Write an address such as shop@shop.example.')}"
        if not audience:
            self.errors["to"] = _("Choose who gets it")
        return audience


def read(form: SentForm) -> WishForm:
    """Return what was typed."""
    columns = [form.all(name) for name in ("property", "how", "value", "unit", "need")]
    points = [WishPoint(*(word.strip() for word in row)) for row in zip(*columns, strict=False)][:MOST_POINTS]
    currency = form.one("currency")
    return WishForm(
        name=form.one("name").strip(),
        content=form.one("content").strip(),
        by=form.one("by").strip(),
        near=form.one("near").strip(),
        currency=currency if currency in CURRENCIES else CURRENCIES[0],
        limit=form.one("limit").strip(),
        notes=form.one("notes").strip(),
        points=points,
        to=[who for who in form.all("to") if who],
        others=form.one("others").strip(),
        little=form.one("told") == LITTLE,
        kind=form.one("kind"),
        region=form.one("region").strip(),
        least=form.one("least").strip(),
        most=form.one("most").strip(),
        open=[part for part in form.all("open") if part in FIELD_NAMES],
    )


def without_empty(points: Sequence[WishPoint]) -> list[WishPoint]:
    """Return the points in which something was typed."""
    return [point for point in points if point.property or point.value or point.unit]


def of(wish: Mapping[str, Any]) -> WishForm:
    """Return the form of a wish that there is, as the API shows it."""
    limit, deadline = wish["private"]["limit_price"], wish["deadline"]
    ends = None if deadline is None else datetime.fromisoformat(deadline).astimezone(READER.get().zone or UTC)
    return WishForm(
        name=wish["name"],
        content=wish["content"],
        by="" if ends is None else ends.date().isoformat(),
        near=wish["place"] or "",
        currency=wish["currency"],
        limit="" if limit is None else bare_money(limit, wish["currency"]),
        notes=wish["private"]["notes"] or "",
        points=[point for wanted in wish["specifications"] for point in _points_of(wanted)],
        to=[who for who in wish["audience"] if who in (FOLLOWERS, EVERYBODY)],
        **_of_rings(wish.get("rings"), wish["currency"]),
    )


def _of_rings(rings: Mapping[str, Any] | None, currency: str) -> dict[str, Any]:
    if rings is None:
        return {}
    band = rings["budget"] or {}
    amounts = {name: bare_money(amount, currency) for name, amount in band.items()}
    said = {"kind": rings["category"], "region": rings["region"], "open": [*rings["open"]]}
    return {"little": True, **said, **amounts}


def anew(wish: Mapping[str, Any], known: Collection[str]) -> WishForm:
    """Return the form of a new wish for the same, to the same; `known` are who can be chosen in the form.

    A day that has passed is left out.
    """
    form = of(wish)
    named = [who for who in wish["audience"] if who not in (FOLLOWERS, EVERYBODY)]
    over = wish["deadline"] is not None and datetime.fromisoformat(wish["deadline"]) <= READER.get().now
    return replace(
        form,
        by="" if over else form.by,
        to=[*form.to, *(who for who in named if who in known)],
        others=" ".join(who for who in named if who not in known),
    )


def _points_of(wanted: Mapping[str, Any]) -> list[WishPoint]:
    """Return the points that say what a wish has: of two bounds, one each."""
    said = [(how, quantity(wanted[bound])) for how, bound in _BOUNDS.items() if bound in wanted]
    return [
        WishPoint(labels.typed_as(wanted["property"]), how, value, wanted["unit"], wanted["necessity"])
        for how, value in said or [("is", wanted.get("value", ""))]
    ]


def digest(wish: Mapping[str, Any]) -> str:
    """Return what stands for a wish in the form that shows it: sending it must still be sending this one."""
    return sha256(orjson.dumps(wish, option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_amount(text: str) -> str | None:
    """Return a number as decimal text, of two readings the reader's own; None for what is none."""
    return _as_read(read_numeral(text))


def read_price(text: str, currency: str) -> str | None:
    """Return an amount as `read_amount`, with or without the sign of its currency; None for another's."""
    money = read_money(text)
    if money is None or (money.currencies and currency not in money.currencies):
        return None
    return _as_read(money.numeral)


def _as_read(numeral: Numeral | None) -> str | None:
    if numeral is None:
        return None
    return numeral.grouped if numeral.grouped and numeral.mark != decimal_mark() else numeral.text
