"""An offer: what it comes to, how it meets the wish, what is agreed with it; and declining it.

Rules here: the sentence at the top is made from what is signed, never from what somebody wrote; that stands
framed below. Whoever declines says why or does not, as they like, and answers the offer that they have read.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.negotiations import agreements, alternatives, chosen, comparing
from node.services.negotiations import offers as negotiations
from node.services.negotiations.showing import OfferShown, show_offers
from node.services.store import Session
from node.web.edge import pages
from node.web.edge.problems import not_found
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.wording import choices, data_terms, judgements, labels, revisions, rows, sentences
from node.web.pages.wording.formats import brief
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Conflict
from protocol.negotiation import Party, State
from protocol.propertynames import property_form

UNDONE: Final = "undone"
"""Asked for behind the address of an offer whose acceptance was just undone."""


async def show(call: PageCall) -> View | web.StreamResponse:
    """Show an offer to the owner; what they proposed to change of an agreement stands on that one's page."""

    def look(session: Session) -> tuple[OfferShown, Mapping[str, Any] | None, dict[str, Any]] | str:
        own = negotiations.show(session, call.acting, call.id)
        if own["role"] is Party.OFFERER and (amended := agreements.amended_by(session, call.acting, own)):
            return amended
        offer = load(session, call)
        judged = comparing.judge(session, call.acting, offer["id"])
        beside = {
            "chosen": rivals_chosen(session, call.acting, offer),
            "choices": _choices(session, call.acting, offer),
            "position": call.position(session),
            "undone": bool(call.asked(UNDONE)),
        }
        return offer, judged, beside

    found = await call.read(look)
    if isinstance(found, str):
        return see_other(f"/agreements/{found}#changes")
    offer, judged, beside = found
    return View(template="offer.html", answer=offer, beside={**beside, **_beside(offer, judged)})


def rivals_chosen(session: Session, acting: Acting, offer: OfferShown) -> list[chosen.Chosen]:
    """Return which other offers to the wish that an offer is for were accepted and are not agreed yet."""
    if offer["amends"] is not None or offer["role"] is not Party.OFFEREE:
        return []
    wish = negotiations.load(session, acting, offer["id"]).intention
    return [one for one in chosen.of(session, acting, wish) if one.offer != offer["id"]]


def _choices(session: Session, acting: Acting, offer: OfferShown) -> list[choices.OfferChoice]:
    """Return what else they let the owner choose, where an offer can be chosen."""
    if offer["amends"] is not None or offer["state"] != State.OFFERED:
        return []
    row = negotiations.load(session, acting, offer["id"])
    others = show_offers(session, acting.iri, alternatives.standing_beside(session, acting.iri, row))
    return [choices.between(offer, other) for other in others]


def load(session: Session, call: PageCall) -> OfferShown:
    """Return a negotiation in which the owner is the one who is offered something.

    Raises:
        Refusal: 404, it is one of the owner's own offers, which has no page here. NotFound: there is none.
    """
    offer = negotiations.show(session, call.acting, call.id)
    is_page = pages.is_asked_for(call.request.headers.get("Accept", ""))
    if offer["role"] is not Party.OFFEREE and is_page:
        raise not_found()
    return offer


def _beside(offer: Mapping[str, Any], judged: Mapping[str, Any] | None) -> dict[str, Any]:
    points = [] if judged is None else judged["difference"]
    asked = {property_form(point["property"]) for point in points}
    further = [one for one in offer["properties"] if property_form(one["property"]) not in asked]
    countered = offer["countered"]
    return {
        "sentence": sentences.said_of(offer, offer["state"]),
        "asks": None if countered is None else sentences.would_pay(countered, paying=bool(offer["pays"])),
        "asked": [] if countered is None else revisions.between(offer, countered),
        "lines": lines_of(offer),
        "checks": [
            judgements.check(point) for point in sorted(points, key=lambda one: one["necessity"] != "must")
        ],
        "wish": None if judged is None else judged["intention"],
        "limit": None if judged is None else judgements.limit(judged["above_limit"], offer["currency"]),
        "terms": [*terms_of(offer), *labels.promised(further, ours=True)],
        "odd": data_terms.odd(offer),
        "theirs": labels.promised(further, ours=False),
        "changed": revisions.revisions(offer["changes"], offer["currency"]),
        "neither_holds": revisions.neither_holds(offer),
        "opened": offer["state"] == State.OFFERED,
    }


def lines_of(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what each line of a price is called, and what it says."""
    return [
        (revisions.line_name(line, place), rows.line_of(line)) for place, line in enumerate(terms["price"])
    ]


def terms_of(terms: Mapping[str, Any], *, folded: bool = False) -> list[tuple[str, str]]:
    """Return the terms that have a name of ours, in words; the long text about data perhaps `folded`."""
    said = (
        (_("How much"), rows.how_much(terms)),
        (_("Begins"), "" if terms["starts_at"] is None else brief(terms["starts_at"])),
        (_("Ends"), "" if terms["ends_at"] is None else brief(terms["ends_at"])),
        (_("Notice"), "" if terms["notice"] is None else sentences.duration(terms["notice"])),
        (_("Data and conditions"), data_terms.whole_text(terms, folded=folded)),
    )
    return [(label, value) for label, value in said if value]


def stated(terms: Mapping[str, Any]) -> dict[str, str]:
    """Return what terms say about each property (`property_form`), as the reader writes it."""
    said = reversed(terms["properties"])  # the first of two counts
    return {property_form(one["property"]): labels.measure(one["value"], one["unit"]) for one in said}


def promised(terms: Mapping[str, Any], *, folded: bool = False) -> list[tuple[str, str]]:
    """Return all that terms say beside their price, term by term; as `terms_of`."""
    said = ((labels.label(one["property"]), one) for one in terms["properties"])
    named = [(name, labels.measure(one["value"], one["unit"])) for name, one in said]
    return [*terms_of(terms, folded=folded), *named]


# --- declining ----------------------------------------------------------------------------------------------


def reasons() -> dict[str, str]:
    """Return why somebody may decline: what is chosen, and what the other side reads."""
    return {
        "none": "",
        "price": _("The price"),
        "time": _("It takes too long"),
        "terms": _("The terms"),
    }


async def reconsider(call: PageCall) -> View | web.StreamResponse:
    """Ask whether an offer, or what was asked for instead of it, is to be declined, and why."""
    return await _sheet(call)


async def decline(call: PageCall) -> View | web.StreamResponse:
    """Decline an offer; after a counter-offer that is taken back, which leaves the offer declined."""
    reason, digest = reasons().get(call.form.one("why"), ""), call.form.one("digest")
    try:
        await call.write(
            lambda session: negotiations.reject(session, call.acting, call.id, reason=reason, digest=digest)
        )
    except Conflict as conflict:
        if conflict.code != codes.OFFER_CHANGED:
            raise
        return await _sheet(call, changed=True)
    return see_other(f"/offers/{call.id}")


async def _sheet(call: PageCall, *, changed: bool = False) -> View | web.StreamResponse:
    offer = await call.read(lambda session: load(session, call))
    if offer["state"] not in (State.OFFERED, State.COUNTERED):
        return see_other(f"/offers/{offer['id']}")
    beside = {"reasons": reasons(), "has_changed": changed}
    return View(template="decline.html", answer=offer, beside=beside, status=409 if changed else 200)


PAGES: Final = (
    WebPage(path="/offers/{id}", handler=show),
    WebPage(path="/offers/{id}/decline", handler=reconsider),
    WebPage(path="/offers/{id}/decline", handler=decline, method="POST"),
)
