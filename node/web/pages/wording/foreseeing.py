"""Foreseeing: what a wish sends and what stays home, in words, for the page and as values for its script.

Rules here: both come from the one preview. While somebody types nobody is asked about anybody: an account
name is looked up only when they press the button.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson
from markupsafe import Markup

from node.core.giveaways import IN_BUDGET, IN_WORDS
from node.web.pages.wording import labels
from node.web.pages.wording.formats import moment, money
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import ngettext
from node.web.pages.wording.ring_words import kinds, parts, wanted
from protocol.values import dataclass

Fact = tuple[str, str]

_TO: Final = Markup(" \N{EN DASH} ")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be sent, what stays home, the message itself, and what the button says that sends it."""

    id: str
    published: str
    looked_at: str
    heading: str
    sent: Sequence[Fact]
    home: Sequence[Fact]
    exact: str
    send: str

    def values(self) -> dict[str, Any]:
        """Return all of it as plain text."""
        plain = {"sent": _plain(self.sent), "home": _plain(self.home)}
        return {**asdict(self), **plain}


EMPTY: Final = Foreseen("", "", "", "", (), (), "", "")
"""What a script fills in."""


def foreseen(preview: Mapping[str, Any], looked_at: str, currency: str) -> Foreseen:
    """Return in words what a preview says."""
    reached = len(preview["reaches"])
    heading, send = _("Shown to everybody who looks"), _("Show the wish to everybody")
    if reached:
        holes = {"num": reached}
        heading = ngettext("Sent to %(num)s business", "Sent to %(num)s businesses", reached) % holes
        send = ngettext("Send the wish to %(num)s", "Send the wish to %(num)s", reached) % holes
    return Foreseen(
        id=preview["id"],
        published=preview["published"],
        looked_at=looked_at,
        heading=heading,
        sent=[*sent(preview["says"]), *_kept_back(preview["withheld"])],
        home=[*home(preview["stays_home"], currency), *_given_away(preview["warnings"])],
        exact=orjson.dumps(preview["sends"], option=orjson.OPT_INDENT_2).decode(),
        send=send,
    )


def sent(wish: Mapping[str, Any]) -> list[Fact]:
    """Return what everybody reads who gets a wish."""
    kept = _kept(wish)
    facts = [
        *_coarse(wish.get("rings")),
        *_parts(wish, lambda part: part not in kept),
        (_("Until"), moment(wish["deadline"]) if wish["deadline"] else ""),
        (_("Currency"), wish["currency"]),
    ]
    return [(term, value) for term, value in facts if value]


def signed(wish: Mapping[str, Any]) -> list[Fact]:
    """Return what of a wish is read by those alone who sign for it; nothing if everybody reads all."""
    kept = _kept(wish)
    return [(term, value) for term, value in _parts(wish, lambda part: part in kept) if value]


def _kept(wish: Mapping[str, Any]) -> Sequence[str]:
    """Return what a wish of ours keeps back; a preview says what is told, of which nothing is kept back."""
    return wish["withheld"] if wish.get("rings") else ()


def _coarse(rings: Mapping[str, Any] | None) -> list[Fact]:
    if not rings:
        return []
    kind = "" if "description" in rings["open"] else dict(kinds()).get(rings["category"], "")
    return [(_("Kind"), kind), (_("Where"), "" if "place" in rings["open"] else rings["region"])]


def _parts(wish: Mapping[str, Any], is_told: Callable[[str], bool]) -> list[Fact]:
    """Return what those parts of a wish say that are told, by what owners call them (`rings.FIELD_NAMES`)."""
    budget = (wish.get("rings") or {}).get("budget")
    facts: dict[str, list[Fact]] = {
        "description": [(_("Looking for"), wanted(wish)), (_("More about it"), wish["content"])],
        "place": [(_("Where"), wish["place"])],
        "window": [(_("When"), _TO.join(moment(at) for at in wish["window"].values() if at))],
        "specifications": [(labels.label(one["property"]), _asked(one)) for one in wish["specifications"]],
        "budget": [(_("Budget"), "" if budget is None else band(budget, wish["currency"]))],
    }
    return [fact for part, said in facts.items() if is_told(part) for fact in said]


def band(budget: Mapping[str, str], currency: str) -> Markup:
    """Return a budget from its least to its most."""
    return _TO.join(money(budget[end], currency) for end in ("least", "most"))


def _kept_back(withheld: Sequence[str]) -> list[Fact]:
    """Say what of a wish is for who signs for it alone."""
    return [(_("For who signs"), parts(withheld))] if withheld else []


def _asked(point: Mapping[str, Any]) -> str:
    asked = labels.bounds({"unit": "", **point})
    return asked if point["necessity"] == "must" else f"{asked}, {_('would be nice')}"


def home(private: Mapping[str, Any], currency: str) -> list[Fact]:
    """Return what nobody reads of a wish."""
    limit = private["limit_price"]
    facts = [
        (_("Your limit"), "" if limit is None else money(limit, currency)),
        (_("Notes"), private["notes"]),
        (_("And"), _("Your profile, and what others offer")),
    ]
    return [(term, value) for term, value in facts if value]


def _given_away(warnings: Sequence[str]) -> list[Fact]:
    """Say where what is to stay home is told all the same, in the owner's own words."""
    said = {
        IN_WORDS: _("Your limit price stands in the words that are told."),
        IN_BUDGET: _("Your limit price is an end of the budget that is told."),
    }
    return [(_("Careful"), said[warning]) for warning in warnings]


def _plain(facts: Sequence[Fact]) -> list[Fact]:
    return [(term, value.striptags() if isinstance(value, Markup) else value) for term, value in facts]
