"""Rings in words: which parts of a wish are for who signs for them, and how that stands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

import schemas
from node.core.rings import OTHER
from node.web.pages.wording import rosters
from node.web.pages.wording.formats import day
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.sentences import joined
from protocol.undertakings import UndertakingState
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class WishReader:
    """Who signed to be told more of a wish: their address and name, for what, and how that stands."""

    peer: Mapping[str, Any]
    parts: Markup
    standing: Markup


def kinds() -> list[tuple[str, str]]:
    """Return the kinds of things a wish may be of, each with what readers call it; first what is none."""
    called = [(iri, said[rosters.language()]) for iri, said in schemas.categories().items()]
    return sorted(called, key=lambda kind: (kind[0] != OTHER, kind[1].casefold()))


def wanted(wish: Mapping[str, Any]) -> str:
    """Return what a wish is for: its words, or its kind as readers call it where no more of it is told."""
    kind = schemas.categories().get(wish["category"] or "")
    return kind[rosters.language()] if kind and wish["name"] == kind["en"] else str(wish["name"])


def parts(fields: Iterable[str]) -> Markup:
    """Return these parts of a wish: "the exact words, the place and the budget"."""
    called = {
        "description": _("the exact words"),
        "specifications": _("what it must have"),
        "place": _("the place"),
        "window": _("the days"),
        "budget": _("the budget"),
    }
    return joined([called[field] for field in fields])


def openable() -> list[tuple[str, str]]:
    """Return the parts of a new wish that everybody can be told all the same, with what they are called."""
    return [
        ("description", _("Your exact words")),
        ("specifications", _("What it must have")),
        ("place", _("The place as you write it")),
        ("budget", _("The budget")),
    ]


def readers(signed: Sequence[Mapping[str, Any]]) -> list[WishReader]:
    """Return who signed for more of a wish, the first first."""
    return [WishReader(one["peer"], parts(one["fields"]), standing(one)) for one in signed]


def standing(one: Mapping[str, Any]) -> Markup:
    """Say how an undertaking stands, and until when what was told for it is to be deleted."""
    if one["state"] == UndertakingState.ENDED and one["delete_by"] is not None:
        return escape(_("To be deleted by %(day)s")) % {"day": day(one["delete_by"])}
    said = {
        UndertakingState.SIGNED: _("Signed; nothing was told for it yet"),
        UndertakingState.UNANSWERED: _("Signed; they were asked several times, and have told nothing"),
        UndertakingState.DISCLOSED: _("Signed, and told"),
        UndertakingState.REFUSED: _("Signed; nothing is told for it"),
        UndertakingState.ENDED: _("The wish is over"),
    }
    return escape(said[UndertakingState(one["state"])])
