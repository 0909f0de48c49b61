"""Verdicts: whether an offer fits, in a line of words, a tag, and what else should give pause.

Rules here: what is judged was judged before (`node.core.standings`); nothing is praised for being cheap, only
for fitting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from node.core.standings import Verdict
from node.web.pages import labels, rows
from node.web.pages.formats import plain_money
from node.web.pages.languages import gettext as _
from protocol.vocabulary import LEAD_TIME


@dataclass(frozen=True, slots=True)
class Said:
    """A few words with the kind of mark or tag they stand in, and the icon of a tag that has one."""

    kind: str
    text: str
    icon: str = ""


def fit(offer: Mapping[str, Any]) -> Said:
    """Say in one line whether an offer fits."""
    points = offer["difference"]
    musts = [point for point in points if point["necessity"] == "must"]
    match Verdict(offer["verdict"]):
        case Verdict.SHUT_OUT:
            blocked = offer["peer"]["blocked"]
            return Said(
                "no", _("You have blocked them") if blocked else _("Their key changed: confirm it first")
            )
        case Verdict.MISSES:
            return Said("no", labels.capital(_missed(musts)))
        case Verdict.UNSAID:
            return Said("ask", _("Does not say: %(what)s") % {"what": _unsaid(musts)})
    if not points:
        return Said("yes", _("You asked for nothing in particular"))
    lacking = _missed(points)
    if lacking:
        return Said("yes", _("Fits, but: %(what)s") % {"what": lacking})
    unsaid = _unsaid(points)
    if unsaid:
        return Said("ask", _("Fits; not said: %(what)s") % {"what": unsaid})
    return Said("yes", _("Fits in every point"))


def _missed(points: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(missed(point) for point in points if point["fit"] == "missed")


def missed(point: Mapping[str, Any]) -> str:
    """Say what is not as it was wanted: "no tow bar", "weight 17 kg, 1 kg too much"."""
    what, beyond = labels.called(point["property"]), labels.beyond(point)
    if point["property"] == LEAD_TIME and beyond:
        return _("comes %(beyond)s") % {"beyond": beyond}
    if (point.get("value"), point["stated"]["value"]) == ("true", "false"):
        return _("no %(what)s") % {"what": what}
    return ", ".join(filter(None, [f"{what} {labels.stated(point)}", beyond]))


def _unsaid(points: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(labels.called(point["property"]) for point in points if point["fit"] == "unknown")


def tag(offer: Mapping[str, Any]) -> Said:
    """Return the one tag of an offer."""
    blocked = offer["peer"]["blocked"]
    return {
        Verdict.SHUT_OUT: Said("bad", _("blocked") if blocked else _("key changed")),
        Verdict.MISSES: Said("bad", _("does not fit")),
        Verdict.UNSAID: Said("warn", _("leaves something open")),
        Verdict.OVER_LIMIT: Said("bad", _("over your limit")),
        Verdict.FITS: Said("", _("fits")),
        Verdict.FITS_ALL: Said("home", _("fits in every point")),
    }[Verdict(offer["verdict"])]


def pauses(offer: Mapping[str, Any]) -> list[Said]:
    """Return the tags of what should give pause: above the limit, and for how long it binds."""
    found = []
    above, currency = offer["above_limit"], offer["currency"]
    if above is not None and Decimal(above) > 0:
        found.append(Said("bad", _("%(amount)s over your limit") % {"amount": plain_money(above, currency)}))
    if offer["months"] is not None:
        found.append(Said("", rows.runs_for(offer), "clock"))
    elif offer["monthly"] is not None:
        found.append(Said("warn", _("runs until it is ended"), "warn"))
    return found


def gap(offer: Mapping[str, Any]) -> str:
    """Return what an offer costs more, or less, than the lowest that fits."""
    above = offer["above_lowest"]
    if above is None:
        return ""
    if not Decimal(above):
        return _("lowest that fits")
    return ("+" if Decimal(above) > 0 else "") + plain_money(above, offer["currency"])
