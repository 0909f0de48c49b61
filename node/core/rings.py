"""Rings: how much of an intention whom is told.

Rules that hold here:

- Ring 0 is for everybody addressed: of which kind, roughly where and when, how much, in which currency and
  until when. Ring 1 is for who has signed for it: the words, the points, the place, the window, the band of
  the budget. Ring 2 is for nobody: it is not in the type that is told here, so no mistake tells it.
- What is told is made by `told` alone, whether it goes out as news or is asked for: so both are the same.
- Who does not know these words, and whoever is told among many, gets ring 0 without them: a Proposal like any
  other, which can be answered.
- An owner may have parts of ring 1 told to everybody, part by part. Without rings all is told to all.
- A budget is a band that the owner chose. It is never made of the limit price.

Sources: IEEE 7012-2025 (PDC-INTENT) as DPV 2.3's extension has it; FEP-0837 (Proposals), ISO 3166-2.
"""

import re
from collections.abc import Iterable
from dataclasses import field, replace
from datetime import MAXYEAR, UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import schemas
from node.core import codes
from protocol import codes as wire
from protocol.errors import Unprocessable
from protocol.intentions import Intention, render_intention
from protocol.members import read_list, read_text
from protocol.prices import read_amount
from protocol.registries import LOC
from protocol.strictjson import Document
from protocol.terms import Proffer
from protocol.times import Period, render_time, step
from protocol.values import dataclass
from protocol.vocabulary import minor_units
from protocol.withholding import BudgetBand, IntentionField, Withholding, in_field_order, render_budget
from protocol.withholding import read_budget as read_band

CATEGORIES: Final = "https://w3id.org/freehold/categories#"
OTHER: Final = f"{CATEGORIES}other"
FIELD_NAMES: Final = MappingProxyType(
    {
        "description": IntentionField.DESCRIPTION,
        "specifications": IntentionField.SPECIFICATIONS,
        "place": IntentionField.PLACE,
        "window": IntentionField.WINDOW,
        "budget": IntentionField.BUDGET,
    }
)
"""How owners call the parts of an intention that can be kept back."""

_REGION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_MEMBERS: Final = frozenset({"category", "region", "open", "budget"})


@dataclass(frozen=True, slots=True)
class Rings:
    """How an intention is told in rings.

    `category` (an IRI of the scheme) and `region` (ISO 3166, may be "") are what everybody is told instead of
    its words and its place. `open` are the parts that everybody is told all the same. `salt` goes with
    ring 1.
    """

    category: str = OTHER
    region: str = ""
    open: frozenset[IntentionField] = frozenset()
    budget: BudgetBand | None = None
    salt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class IntentionReader:
    """Who is told: addressed as `to`, and with what is proffered to them if they know such words.

    `signed` are the parts that they have signed for by `undertaking` (an IRI).
    """

    to: tuple[str, ...]
    proffer: Proffer | None = None
    signed: frozenset[IntentionField] = frozenset()
    undertaking: str | None = None


def read_rings(json: Any, *, category: str | None, currency: str) -> Rings | None:
    """Read `{"category"?, "region"?, "open"?, "budget"?}` of a wish as rings without a salt; None for null.

    `category` is that of the wish: it is everybody's too if it is one of the scheme.

    Raises:
        Unprocessable: `malformed-rings`, `malformed-amount`, or as `members.read_list`.
    """
    if json is None:
        return None
    if not isinstance(json, dict) or not json.keys() <= _MEMBERS:
        raise Unprocessable(codes.MALFORMED_RINGS)
    named = {str(name) for name in read_list(json, "open")}
    if not named <= FIELD_NAMES.keys():
        raise Unprocessable(codes.MALFORMED_RINGS, f"The parts are: {', '.join(FIELD_NAMES)}.")
    return Rings(
        category=_read_category(read_text(json, "category"), category),
        region=_read_region(read_text(json, "region")),
        open=frozenset(FIELD_NAMES[name] for name in named),
        budget=_read_budget(json.get("budget"), currency),
    )


def _read_category(named: str, category: str | None) -> str:
    if not named:
        return category if category in schemas.categories() else OTHER
    found = next((iri for iri in (named, CATEGORIES + named) if iri in schemas.categories()), None)
    if found is None:
        known = ", ".join(iri.removeprefix(CATEGORIES) for iri in schemas.categories())
        raise Unprocessable(codes.MALFORMED_RINGS, f"The categories are: {known}.")
    return found


def is_region(text: str) -> bool:
    """Tell whether a text is a country or a part of one (ISO 3166), or nothing."""
    return not text or bool(_REGION.fullmatch(text) and LOC + text[:2] in schemas.closure()["places"])


def _read_region(region: str) -> str:
    if not is_region(region):
        raise Unprocessable(codes.MALFORMED_RINGS, "A region is a country or a part of one: CH or CH-BE.")
    return region


def _read_budget(json: Any, currency: str) -> BudgetBand | None:
    if json is None:
        return None
    if not isinstance(json, dict) or json.keys() != {"least", "most"}:
        raise Unprocessable(codes.MALFORMED_RINGS, 'Write the budget as {"least": …, "most": …}.')
    least, most = (read_amount(json, minor_units(currency), member=member) for member in ("least", "most"))
    if most < least:
        raise Unprocessable(wire.MALFORMED_AMOUNT, "The band of the budget ends below where it begins.")
    return BudgetBand(least, most, currency)


def store_rings(rings: Rings) -> Document:
    """Return rings as they are kept, and never sent."""
    return {
        "category": rings.category,
        "region": rings.region,
        "open": [part.value for part in in_field_order(rings.open)],
        "budget": None if rings.budget is None else render_budget(rings.budget),
        "salt": rings.salt,
    }


def load_rings(stored: Document | None) -> Rings | None:
    """Return rings as they were kept."""
    if stored is None:
        return None
    return Rings(
        category=stored["category"],
        region=stored["region"],
        open=frozenset(IntentionField(iri) for iri in stored["open"]),
        budget=None if stored["budget"] is None else read_band(stored["budget"]),
        salt=stored["salt"],
    )


def view_rings(rings: Rings | None) -> Document | None:
    """Show rings as their owner sets them."""
    if rings is None:
        return None
    return {
        "category": rings.category,
        "region": rings.region,
        "open": view_fields(rings.open),
        "budget": view_budget(rings.budget),
    }


def view_budget(budget: BudgetBand | None) -> dict[str, str] | None:
    """Show a band, in the currency of its intention."""
    if budget is None:
        return None
    document = render_budget(budget)
    return {"least": document["minValue"], "most": document["maxValue"]}


def view_fields(fields: Iterable[IntentionField]) -> list[str]:
    """Return how owners call these parts of an intention."""
    wanted = {*fields}
    return [name for name, part in FIELD_NAMES.items() if part in wanted]


def categories_of(intention: Intention, rings: Rings | None) -> tuple[str, ...]:
    """Return the categories of a wish of ours: the exact one, then that which everybody is told."""
    named = (intention.category, None if rings is None else rings.category)
    return tuple(name for name in named if name is not None)


# --- what is told -------------------------------------------------------------------------------------------


def told(
    intention: Intention, rings: Rings | None, reader: IntentionReader, *, updated: datetime | None = None
) -> Document:
    """Return the Proposal that a reader is told of an intention of ours; all of it if there are no rings."""
    addressed = replace(intention, to=reader.to)
    shown = addressed if rings is None else _in_rings(addressed, rings, reader)
    document = render_intention(shown)
    return document if updated is None else document | {"updated": render_time(updated)}


def _in_rings(intention: Intention, rings: Rings, reader: IntentionReader) -> Intention:
    signed = frozenset() if reader.proffer is None else reader.signed
    shown = rings.open | signed
    coarse = _coarsened(intention, rings)
    parts: dict[IntentionField, tuple[str, ...]] = {
        IntentionField.SPECIFICATIONS: ("specifications",),
        IntentionField.PLACE: ("place",),
        IntentionField.WINDOW: ("window_start", "window_end"),
    }
    exact = {
        member: getattr(intention, member)
        for part, members in parts.items()
        if part in shown
        for member in members
    }
    if IntentionField.DESCRIPTION in shown:
        exact |= {"name": intention.name, "content": intention.content}
        exact |= {"category": intention.category or rings.category}
    return replace(coarse, **exact, withholding=_withholding(intention, rings, reader, signed))


def _coarsened(intention: Intention, rings: Rings) -> Intention:
    start, end = intention.window_start, intention.window_end
    return replace(
        intention,
        name=schemas.categories()[rings.category]["en"],
        content="",
        category=rings.category,
        specifications=(),
        place=rings.region or None,
        window_start=None if start is None else _month_of(start),
        window_end=None if end is None else _month_after(end, since=start),
    )


def _withholding(
    intention: Intention, rings: Rings, reader: IntentionReader, signed: frozenset[IntentionField]
) -> Withholding | None:
    if reader.proffer is None:
        return None
    shown = rings.open | signed
    return Withholding(
        proffer=reader.proffer,
        withheld=in_field_order(withheld(intention, rings) - shown),
        budget=rings.budget if IntentionField.BUDGET in shown else None,
        salt=rings.salt if signed else "",
        undertaking=reader.undertaking if signed else None,
    )


def withheld(intention: Intention, rings: Rings) -> frozenset[IntentionField]:
    """Return the parts that there are of an intention and that not everybody is told."""
    there = {
        IntentionField.DESCRIPTION: True,
        IntentionField.SPECIFICATIONS: bool(intention.specifications),
        IntentionField.PLACE: intention.place is not None,
        IntentionField.WINDOW: not (intention.window_start is None and intention.window_end is None),
        IntentionField.BUDGET: rings.budget is not None,
    }
    return frozenset(part for part, exists in there.items() if exists) - rings.open


def without_ring_1(intention: Intention) -> Intention:
    """Return an intention of another's as it is kept once it is over: without what was signed for.

    What it was called before that is not known any more, so it is called as its kind is, if that is coarse.
    """
    labels = schemas.categories().get(intention.category or "")
    rings = Rings(category=(intention.category or OTHER) if labels else OTHER)
    kept = _coarsened(intention, rings)
    held = intention.withholding
    bare = None if held is None else replace(held, budget=None, salt="", withheld=())
    return replace(kept, withholding=bare)


def _month_of(moment: datetime) -> datetime:
    utc = moment.astimezone(UTC)
    return utc.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month_after(end: datetime, *, since: datetime | None) -> datetime | None:
    """Return when the month ends that a window ends in; None if time ends before that.

    A window that is no longer than a moment is a whole month, too.
    """
    first = _month_of(end)
    if first == end and (since is None or since < first):
        return first
    is_last = (first.year, first.month) == (MAXYEAR, 12)
    return None if is_last else step(first, Period.MONTH, 1)
