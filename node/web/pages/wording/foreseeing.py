"""Foreseeing: what a wish sends and what stays home, in words, for the page and as values for its script.

Rules here: both come from the one preview. While somebody types nobody is asked about anybody: an account
name is looked up only when they press the button.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from markupsafe import Markup

import schemas
from node.core.giveaways import IN_BUDGET, IN_WORDS
from node.core.rings import FIELD_NAMES, OTHER
from node.web.pages.wording import labels, rosters, term_words
from node.web.pages.wording.formats import moment, money
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import ngettext
from node.web.pages.wording.ring_words import kinds, parts, wanted
from node.web.pages.wording.words import host
from protocol.rosters import find_entry
from protocol.values import dataclass

Fact = tuple[str, str]

_TO: Final = Markup(" \N{EN DASH} ")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be sent, what stays home, the message itself, and what the button says that sends it.

    `signed` is what is told to who signs for it, empty if everybody is told all; `door` what may come of the
    wish, and `most` the page on which the most can be set that is allowed about wishes of this kind.
    """

    id: str
    published: str
    looked_at: str
    heading: str
    sent: Sequence[Fact]
    signed: Sequence[Fact]
    home: Sequence[Fact]
    door: Sequence[Fact]
    most: str
    exact: str
    send: str

    def values(self) -> dict[str, Any]:
        """Return all of it as plain text."""
        told = {"sent": self.sent, "signed": self.signed, "home": self.home, "door": self.door}
        return {**asdict(self), **{name: _plain(facts) for name, facts in told.items()}}


EMPTY: Final = Foreseen("", "", "", "", (), (), (), (), "", "", "")
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
        sent=[*sent(_as_told(preview)), *_proffered(preview)],
        signed=_for_signing(preview),
        home=[
            *home(preview["stays_home"], currency, *_for_nobody(preview)),
            *_given_away(preview["warnings"]),
        ],
        door=_door(preview["door"]),
        most=_most(preview["says"]["category"]),
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
    budget = wish.get("budget") or (wish.get("rings") or {}).get("budget")
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


def _as_told(preview: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what everybody is told as the wish that it is of: what is kept back is said as its kind."""
    says: Mapping[str, Any] = preview["says"]
    withheld = preview["withheld"]
    if not withheld:
        return says
    told = [part for part in FIELD_NAMES if part not in withheld]
    rings = {"category": says["category"], "region": says["place"] or "", "open": told}
    return {**says, "withheld": withheld, "rings": rings}


def _most(category: str | None) -> str:
    if category is None or category not in schemas.categories() or category == OTHER:
        return "/terms/maximum"
    return f"/terms/maximum?{urlencode({'of': 'category', 'whom': category})}"


def _proffered(preview: Mapping[str, Any]) -> list[Fact]:
    """Say which agreements about data are held out with a wish, each in a sentence, and to whom none is."""
    if not (preview["withheld"] or preview["proffers"]):
        return [(_("Your terms"), _("None: they go with a wish of which little is told at first"))]
    held_out = [
        (_("Your terms"), _summed_up(each["roster"], each["copies"] if len(preview["proffers"]) > 1 else 0))
        for each in preview["proffers"]
    ]
    if sum(each["copies"] for each in preview["proffers"]) == preview["copies"]:
        return held_out
    others = _("Followers, everybody who looks, and software that does not know them: all may answer this")
    return [*held_out, (_("Without terms"), others)]


def _summed_up(name: str, copies: int = 0) -> str:
    """Return an agreement by its name, and how many get it if that is counted, and below it what it says."""
    entry = find_entry(name)
    counted = ngettext("for %(num)s business", "for %(num)s businesses", copies) % {"num": copies}
    called = f"{name} ({counted})" if copies else name
    return called if entry is None else f"{called}\n{rosters.summary(entry)}"


def _for_signing(preview: Mapping[str, Any]) -> list[Fact]:
    """Return what is told to who signs for the rest of a wish, and what they sign."""
    signing = preview["signing"]
    if signing is None:
        return []
    told = [fact for fact in _parts(signing["says"], lambda part: part in preview["withheld"]) if fact[1]]
    return [*told, (_("They sign"), _summed_up(signing["asks"]))]


def _for_nobody(preview: Mapping[str, Any]) -> list[Fact]:
    """Return the most that is allowed, and the parts of a wish that nobody who gets it can sign for."""
    most = (_("The most you allow"), preview["door"]["maximum"])
    if preview["signing"] is None and preview["withheld"]:
        return [most, (_("Nobody here can sign for"), parts(preview["withheld"]))]
    return [most]


def _door(door: Mapping[str, Any]) -> list[Fact]:
    """Say what an owner lets in of what may come of a wish."""
    at_most = _("At most, for this kind") if door["category"] else _("At most")
    own = [
        (_("At most, for %(whom)s") % {"whom": host(address).text}, name)
        for address, name in door["businesses"].items()
    ]
    return [
        (at_most, _summed_up(door["maximum"])),
        *own,
        *([(_("And"), _("nothing beyond the policy that a program has set"))] if door["capped"] else ()),
        (_("What asks for more"), term_words.beyond()[door["beyond"]]),
        (_("What says nothing about data"), term_words.required()[door["require"]]),
        (_("Refused at the door"), "\n".join(term_words.sentences(door["refuses"])) or _("Nothing.")),
    ]


def _asked(point: Mapping[str, Any]) -> str:
    asked = labels.bounds({"unit": "", **point})
    return asked if point["necessity"] == "must" else f"{asked}, {_('would be nice')}"


def home(private: Mapping[str, Any], currency: str, *also: Fact) -> list[Fact]:
    """Return what nobody reads of a wish, and what `also` stays."""
    limit = private["limit_price"]
    facts = [
        (_("Your limit"), "" if limit is None else money(limit, currency)),
        (_("Notes"), private["notes"]),
        *also,
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
