"""Where a wish is, in words: whom it has reached, and whom it has not and why, each a line that may change.

Rules here: a line is one text, on the page and when it changes while somebody looks; a name of others is made
harmless in it and stands in its own direction. What changes keeps its place, and what is new waits for the
page to be opened again.
"""

from collections.abc import Mapping
from typing import Final

from node.services.intentions.reaching import DeliveryState, ReachShown, Unreached
from node.web.pages.wording import words
from node.web.pages.wording.formats import plain_moment
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.languages import ngettext
from protocol.values import dataclass

HAS_IT: Final = "yes"
"""The mark of whoever has the wish."""


@dataclass(frozen=True, slots=True)
class ReachLine:
    """One business: by which name the line is found again, its mark (an icon), what is so and what comes.

    `reached` is what is so once it has the wish.
    """

    key: str
    mark: str
    title: str
    detail: str
    reached: str


def lines(reach: ReachShown) -> list[ReachLine]:
    """Return a line for each that has not got the wish."""
    return [_line(one) for one in reach["unreached"]]


def reached(reach: ReachShown) -> str:
    """Say how many have it."""
    count = reach["reached"]
    if count:
        return ngettext("%(num)s business has it", "%(num)s businesses have it", count) % {"num": count}
    return _("On its way") if reach["unreached"] else _("Nobody has been told directly")


def values(reach: ReachShown) -> Mapping[str, str]:
    """Return what lines say now, by what they are found by; whoever is not among them has the wish."""
    said = {"reached": reached(reach), "reached mark": HAS_IT if reach["reached"] else "clock"}
    for line in lines(reach):
        said |= {line.key: line.title, f"{line.key} detail": line.detail, f"{line.key} mark": line.mark}
    return said


def _line(one: Unreached) -> ReachLine:
    name = _isolated(one["name"] or words.host(one["address"]).text)
    waits = one["state"] is DeliveryState.QUEUED
    title = _("%(name)s has not got it yet") if waits else _("%(name)s did not take it")
    return ReachLine(
        key=one["address"],
        mark="clock" if waits and not one["last_error"] else "warn",
        title=title % {"name": name},
        detail=_detail(one),
        reached=_("%(name)s has it") % {"name": name},
    )


def _detail(one: Unreached) -> str:
    if one["due_at"] and one["last_error"]:
        said = _("It could not be reached. Next try %(moment)s.")
        return said % {"moment": plain_moment(one["due_at"])}
    says: Mapping[DeliveryState, str] = {
        DeliveryState.QUEUED: _("It is sent now."),
        DeliveryState.CANCELLED: _("It was not sent."),
        DeliveryState.GONE: _("It is no longer there."),
    }
    return says.get(one["state"], _("Its server refused it."))


def _isolated(name: str) -> str:
    """Return a name of others as it stands in a text without markup, and whether something was taken out."""
    said = words.name(name)
    shown = f"\N{FIRST STRONG ISOLATE}{said.text}\N{POP DIRECTIONAL ISOLATE}"
    return f"{shown} ({_('hidden characters removed')})" if said.hidden else shown
