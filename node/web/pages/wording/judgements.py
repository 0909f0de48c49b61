"""Judgements: whether an offer fits, in a line of words, a tag, and what else should give pause.

Rules here: what is judged was judged before (`node.core.standings`); nothing is praised for being cheap, only
for fitting.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from node.core.standings import Judgement
from node.web.pages.wording import labels, rows
from node.web.pages.wording.formats import plain_money
from node.web.pages.wording.languages import gettext as _
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME


@dataclass(frozen=True, slots=True)
class FitWords:
    """A few words with the kind of mark or tag they stand in, and the icon of a tag that has one."""

    kind: str
    text: str
    icon: str = ""


def fit(offer: Mapping[str, Any]) -> FitWords:
    """Say in one line whether an offer fits."""
    points = offer["difference"]
    musts = [point for point in points if point["necessity"] == "must"]
    match Judgement(offer["judgement"]):
        case Judgement.SHUT_OUT:
            blocked = offer["peer"]["blocked"]
            return FitWords(
                "no", _("You have blocked them") if blocked else _("Their key changed: confirm it first")
            )
        case Judgement.MISSES:
            return FitWords("no", labels.capital(_missed(musts)))
        case Judgement.UNSAID:
            return FitWords("ask", _("Does not say: %(what)s") % {"what": _unsaid(musts)})
    if not points:
        return FitWords("yes", _("You asked for nothing in particular"))
    lacking = _missed(points)
    if lacking:
        return FitWords("yes", _("Fits, but: %(what)s") % {"what": lacking})
    unsaid = _unsaid(points)
    if unsaid:
        return FitWords("ask", _("Fits; not said: %(what)s") % {"what": unsaid})
    return FitWords("yes", _("Fits in every point"))


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


def tag(offer: Mapping[str, Any]) -> FitWords:
    """Return the one tag of an offer."""
    blocked = offer["peer"]["blocked"]
    return {
        Judgement.SHUT_OUT: FitWords("bad", _("blocked") if blocked else _("key changed")),
        Judgement.MISSES: FitWords("bad", _("does not fit")),
        Judgement.UNSAID: FitWords("warn", _("leaves something open")),
        Judgement.OVER_LIMIT: FitWords("bad", _("over your limit")),
        Judgement.FITS: FitWords("", _("fits")),
        Judgement.FITS_ALL: FitWords("home", _("fits in every point")),
    }[Judgement(offer["judgement"])]


def pauses(offer: Mapping[str, Any]) -> list[FitWords]:
    """Return the tags of what should give pause: above the limit, and for how long it binds."""
    found = []
    above, currency = offer["above_limit"], offer["currency"]
    if above is not None and Decimal(above) > 0:
        found.append(
            FitWords("bad", _("%(amount)s over your limit") % {"amount": plain_money(above, currency)})
        )
    if offer["months"] is not None:
        found.append(FitWords("", rows.runs_for(offer), "clock"))
    elif offer["monthly"] is not None:
        found.append(FitWords("warn", _("runs until it is ended"), "warn"))
    return found


def gap(offer: Mapping[str, Any]) -> str:
    """Return what an offer costs more, or less, than the lowest that fits."""
    above = offer["above_lowest"]
    if above is None:
        return ""
    if not Decimal(above):
        return _("lowest that fits")
    return ("+" if Decimal(above) > 0 else "") + plain_money(above, offer["currency"])


def check(point: Mapping[str, Any]) -> FitWords:
    """Say of one point what is offered and what was asked for: "4.9 l, you asked for at most 7 l"."""
    kind = {"met": "yes", "missed": "no", "unknown": "ask"}[point["fit"]]
    what, said, wanted = labels.label(point["property"]), labels.stated(point), labels.bounds(point)
    if not said:
        said = _("not said")
    if point.get("value") is not None and (kind == "yes" or point["value"] == "true"):
        asked = _("you asked for it") if point["necessity"] == "must" else _("you hoped for it")
        return FitWords(kind, f"{what}: {said}" + ("" if kind == "yes" else f", {asked}"))
    holes = {"what": what, "said": said, "wanted": wanted}
    if point["necessity"] == "must":
        return FitWords(kind, _("%(what)s: %(said)s, you asked for %(wanted)s") % holes)
    return FitWords(kind, _("%(what)s: %(said)s, you hoped for %(wanted)s") % holes)


def limit(above: str | None, currency: str) -> FitWords | None:
    """Say how a total stands to the owner's limit; None without one."""
    if above is None:
        return None
    amount = plain_money(above.removeprefix("-"), currency)
    if Decimal(above) > 0:
        return FitWords("bad", _("%(amount)s over your limit, which stays home") % {"amount": amount})
    return FitWords("dim", _("%(amount)s under your limit, which stays home") % {"amount": amount})
