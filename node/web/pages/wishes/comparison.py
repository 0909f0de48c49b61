"""Compare: the offers to a wish side by side, on a narrow page two of them face to face.

Rules here: numbers are places in the order that is shown, and the same everywhere on the page. What the owner
weighs, and whether names are hidden, stands in the address of the page alone. Fewer than two offers are not
compared: the wish shows them.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from node.core.standings import Judgement
from node.core.weighing import HEAVIEST, Weights
from node.services.intentions import showing
from node.services.negotiations import chosen as choosing
from node.services.negotiations import comparing
from node.services.store import Session
from node.web.edge import pages
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.paging import A_PAGE, behind_of, parts
from node.web.pages.wording import charts, choices, judgements, labels, rows, sentences, words
from node.web.pages.wording.formats import spelled
from node.web.pages.wording.languages import gettext as _

COLUMNS: Final = 6
"""So many offers stand side by side; of more, the owner chooses."""
_FEWEST: Final = 2
_WEIGHED: Final = "weights"  # what `sort` says where the owner weighs
_AT_FIRST: Final = {"cost": 3, "fit": 3, "soon": 2}


async def show(call: PageCall) -> View | web.StreamResponse:
    """Show the offers to a wish side by side."""
    weights = _weights(call) if call.asked("sort") == _WEIGHED else None
    blind = call.asked("blind") == "on"

    chosen, behind = call.request.query.getall("show", []), behind_of(call)

    def look(session: Session) -> tuple[comparing.Comparison, list[choosing.Chosen], str]:
        row = showing.load_own(session, call.acting, call.id)
        answer = comparing.compare(
            session, call.acting, row.id, weights=weights, skip=behind, limit=A_PAGE, also={*chosen[:COLUMNS]}
        )
        return answer, choosing.of(session, call.acting, row.iri), call.position(session)

    answer, taken, position = await call.read(look)
    elsewhere = _elsewhere(answer, behind)
    if elsewhere and pages.is_asked_for(call.request.headers.get("Accept", "")):
        return see_other(elsewhere)
    shown = [_hidden(offer) if blind else offer for offer in answer["offers"]]
    offers = [offer for offer in shown if behind < offer["rank"] <= behind + A_PAGE]
    columns = [offer for offer in shown if offer["id"] in chosen][:COLUMNS]
    columns = columns if len(columns) >= _FEWEST else offers[:COLUMNS]
    pair = _pair(call, columns)
    return View(
        template="compare.html",
        answer=answer,
        beside={
            "chosen": taken,
            "position": position,
            "address": call.request.path_qs,  # what is chosen and hidden stays so when news is shown
            "offers": offers,
            "columns": columns,
            "pair": pair,
            "choices": choices.among(shown),
            "table": rows.table(answer, columns, pair, blind=blind) if columns else None,
            "chart": _chart(offers, answer),
            "priced": [{**offer, "total": offer["cost"]} for offer in offers],
            **_judged(offers, columns),
            "all_of_them": labels.capital(spelled(answer["count"])),
            "other_parts": parts(answer["count"], behind),
            "blind": blind,
            **_basis(offers, answer),
            "of_one_name": frozenset() if blind else words.namesakes(offer["peer"] for offer in shown),
            "sorted": weights is not None,
            "weights": weights or Weights(**_AT_FIRST),
            "shown": [offer["id"] for offer in columns] if chosen else [],
        },
    )


def _basis(offers: Sequence[Mapping[str, Any]], answer: comparing.Comparison) -> dict[str, Any]:
    """Return what they are put in order by: their totals, or what they cost over a span, in words."""
    span = "" if answer["over"] is None else sentences.length("month", answer["over"])
    return {"by_total": rows.is_by_total(offers), "span": span}


def _judged(offers: Sequence[Mapping[str, Any]], columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is said of each offer that is listed, and of each that is side by side, by their ids."""
    return {
        "fits": {offer["id"]: judgements.fit(offer) for offer in offers},
        "tags": {offer["id"]: judgements.pauses(offer) for offer in offers},
        "judgements": {offer["id"]: judgements.tag(offer) for offer in columns},
        "gaps": {offer["id"]: judgements.gap(offer) for offer in columns},
    }


def _elsewhere(answer: comparing.Comparison, behind: int) -> str:
    """Return where to look instead: at the wish if there is nothing to compare, at the best if no more."""
    wish = f"/wishes/{answer['intention']['id']}"
    if answer["count"] < _FEWEST:
        return wish
    return f"{wish}/compare" if answer["count"] <= behind else ""


def _weights(call: PageCall) -> Weights:
    """Return what the owner weighs; what is no weight weighs nothing."""
    read = {name: call.asked(name) for name in _AT_FIRST}
    allowed = {str(weight) for weight in range(HEAVIEST + 1)}
    return Weights(**{name: int(text) for name, text in read.items() if text in allowed})


def _hidden(offer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an offer without whose it is and what it is called."""
    called = _("Offer %(number)s") % {"number": offer["rank"]}
    return {**offer, "name": "", "peer": {**offer["peer"], "name": called}}


def _pair(call: PageCall, columns: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return the places of the two that stand face to face: as asked for, else the first two."""
    ids = [offer["id"] for offer in columns]
    left, right = call.asked("left"), call.asked("right")
    first = ids.index(left) if left in ids else 0
    second = ids.index(right) if right in ids and right != ids[first] else int(first == 0)
    return first, second


def _chart(offers: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]) -> charts.Drawing | None:
    """Lay out what the order goes by; the limit is one for totals."""
    costs = [
        (offer["rank"], Decimal(offer["cost"]), offer["judgement"] in (Judgement.MISSES, Judgement.UNSAID))
        for offer in offers
        if offer["cost"] is not None
    ]
    limit = answer["intention"]["private"]["limit_price"]
    on_axis = limit is not None and rows.is_by_total(offers)
    return charts.spread(costs, Decimal(limit) if on_axis else None)


PAGES: Final = (WebPage(path="/wishes/{id}/compare", handler=show),)
