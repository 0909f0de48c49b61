"""AG: what is signed and was shown to nobody, and terms that reach further back, or on, than a life."""

from collections.abc import Callable
from typing import Any, Final

from protocol.offers import read_draft
from protocol.strictjson import Document
from tests.attacks.agreement import accepted_by
from tests.attacks.agreements import amending, concluded, concluding, meeting, put, terms
from tests.attacks.binding import in_state
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.parties import MARK, Event, at, number
from tests.attacks.pricing import priced
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_FEE: Final = "The seller pays 10,000 EUR on demand."
_MONTHLY: Final = {
    "type": "PriceLine",
    "kind": "recurring",
    "amount": "99.00",
    "currency": "EUR",
    "per": "month",
}
_EXPANDED: Final = {"as:summary": "a key that only expansion reads"}
_TERMS_IN_WORDS: Final = "With the second service free."


# --- AG-26: beside what is read -----------------------------------------------------------------------------


def expanded(change: Callable[[Document], Document], *, offer: bool = False) -> Attack:
    """Bend the terms of an activity that goes through JSON-LD expansion: an Offer, or else an Accept."""
    if offer:
        return Bend(
            activity=lambda document, _: {
                **at(document, "object", put=change(document["object"])),
                **_EXPANDED,
            }
        )

    def attack(world: World) -> Answer:
        offered = world.offered(world.shop)
        document = accepted_by(world, world.shop, offered)
        world.hold()
        return world.say(world.shop, {**at(document, "result", put=change(document["result"])), **_EXPANDED})

    return attack


def worded(marks: str) -> Attack:
    """Accept an offer of the node's, whose terms in words are text, with marks behind them."""

    def attack(world: World) -> Answer:
        id = world.seen(world.offered(world.shop))["id"]
        world.asked("POST", f"/offers/{id}/reoffer", {"terms": {"content": _TERMS_IN_WORDS}})
        offered = world.received(world.shop, "Offer", _TERMS_IN_WORDS)
        document = accepted_by(world, world.shop, offered)
        result = {**document["result"], "content": _TERMS_IN_WORDS + marks, "mediaType": "text/html"}
        world.settle()
        world.hold()
        return world.say(world.shop, {**document, "result": result})

    return attack


def twice(shown: Document) -> Document:
    """State one property in two spellings."""
    stated = [
        {"type": "PropertyValue", "propertyID": name, "value": value, "unitText": "kg"}
        for name, value in (("frame weight", "2"), ("Frame_Weight", "20"))
    ]
    return at(shown, "stipulates", "additionalProperty", put=stated)


# --- AG-27, AG-28: further back, further on -----------------------------------------------------------------


def accepted_years_later(world: World) -> Answer:
    """Offer what begins now and stands for ever; it is accepted when years of it would be due."""
    wanted = world.cast()
    document = world.shop.offer(wanted, now=world.now())
    shown = document["object"]
    quantity = {**shown["stipulatesReciprocal"]["resourceQuantity"], "hasNumericalValue": "99"}
    shown = {
        **at(shown, "stipulatesReciprocal", "resourceQuantity", put=quantity),
        "price": [_MONTHLY],
        "noticePeriod": "P1M",
        "startTime": document["published"],
    }
    opened = world.shop.prove({**document, "object": shown}, now=world.now())
    world.must(world.deliver(world.shop, opened))
    id = world.seen(opened)["id"]
    world.settle()
    world.advance(days=800)
    world.hold()
    return world.owner("POST", f"/offers/{id}/accept", {})


def lasting(**members: Any) -> Attack:
    """Offer terms with these dates."""
    return terms(lambda shown: {**shown, **members})


# --- AG-29: a floor of another currency ---------------------------------------------------------------------


def opens(world: World, sku: str, price: str, currency: str) -> None:
    """Have the node list one thing, and sell it by a rule that meets counters."""
    item = {"sku": sku, "name": "Bulb", "price": price, "currency": currency, "stock": 9, "lead_days": 3}
    world.asked("PUT", "/pricelist", [item])
    world.asked("PUT", "/rule", {"currency": currency, "answers_counters": "within-floor"})


def offered_by_rule(world: World, currency: str) -> Document:
    """Want that thing, and return the Offer that the rule makes."""
    proposal = world.rival.intention(to=world.ada, now=world.now(), name="Bulb", currency=currency)
    world.must(world.deliver(world.rival, world.rival.activity("Create", proposal, world.ada)))
    return world.received(world.rival, "Offer", proposal["id"])


def countered_in_yen(*, relisted: bool) -> Attack:
    """Counter an offer of ten thousand yen by as many as there are euros in the list by now."""

    def attack(world: World) -> Answer:
        sku = f"l{number()}"
        opens(world, sku, "10000", "JPY")
        offered = offered_by_rule(world, "JPY")
        if relisted:
            opens(world, sku, "60.00", "EUR")
        amount = "60" if relisted else "10000"
        shown = at(offered["object"], "price", 0, "amount", put=amount)
        shown = at(shown, "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue", put=amount)
        counter = world.rival.answer(
            Event.COUNTER, offered, now=world.now(), draft=read_draft(shown), content="less, please"
        )
        answer = world.must(world.say(world.rival, counter))
        if relisted:
            offered_by_rule(world, "EUR")  # answered after the counter was
        in_state(world, offered, "countered" if relisted else "offered")
        world.settle()
        return answer

    return attack


# --- AG-30: around the limit --------------------------------------------------------------------------------


def around_the_limit(world: World) -> Answer:
    """Ask for more than the customer's limit, beside something that nobody can know the price of."""
    wanted = world.cast(limit_price="2300.00")
    document = world.shop.offer(wanted, now=world.now(), amount="9000.00")
    used = {
        **_MONTHLY,
        "kind": "unitRate",
        "amount": "0.000001",
        "unit": "kWh",
        "estimate": "1",
    }
    del used["per"]
    shown = at(document["object"], "price", put=[*document["object"]["price"], used])
    answer = world.must(world.say(world.shop, {**document, "object": shown}))
    [compared] = world.asked("GET", f"/intentions/{wanted.id}/compare")["offers"]
    expect(compared["within_limit"] is False, "what is owed at least is over the limit, and that is told")
    return answer


# --- AG-07: a counter to an amendment -----------------------------------------------------------------------


def amendment_met(world: World) -> Answer:
    """Meet a counter to an amendment to the letter, which was to be accepted then."""
    opened, agreement = concluded(world)
    amendment = world.shop.prove(amending(world, opened, agreement), now=world.now())
    world.must(world.deliver(world.shop, amendment))
    id = world.seen(amendment)["id"]
    lower = [{"kind": "oneOff", "amount": "2000.00", "currency": "EUR", "label": MARK}]
    world.asked("POST", f"/offers/{id}/counter", {"terms": {"price": lower}, "on_met": "accept"})
    counter = world.received(world.shop, "Reject", amendment["id"])
    world.settle()
    answer = world.must(world.say(world.shop, meeting(world, amendment, counter)))
    in_state(world, amendment, "accepted")
    world.settle()
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("AG-07", "a counter to an amendment, met to the letter", amendment_met, 202),
    *vectors(
        "AG-26",
        {
            "a link": concluding(lambda shown, _: {**shown, "url": "https://evil.example/terms"}),
            "a link with words of its own": concluding(
                lambda shown, _: {
                    **shown,
                    "url": [{"type": "Link", "href": "https://evil.example/terms", "name": _FEE}],
                }
            ),
            "an inner signature": expanded(lambda shown: {**shown, "signature": {"creator": _FEE}}),
            "an inner proof": expanded(lambda shown: {**shown, "proof": {"creator": _FEE}}),
            "an inner proof by its whole name": expanded(
                lambda shown: {**shown, "https://w3id.org/security#proof": {"name": _FEE}}
            ),
            "a proof of a price line": expanded(lambda shown: at(shown, "price", 0, "proof", put=_FEE)),
            "an inner signature in an offer": expanded(
                lambda shown: {**shown, "signature": {"creator": _FEE}}, offer=True
            ),
            "a type beside": concluding(
                lambda shown, _: {**shown, "type": ["Agreement", "https://evil.example/SellerPays"]}
            ),
        },
        422,
        "unknown-member",
    ),
    *vectors(
        "AG-26",
        {
            "a picture": worded("<img src='https://evil.example/terms.png'>"),
            "a form": worded(f"<input value='{_FEE}'>"),
            "a title": worded(f"<b title='{_FEE}'></b>"),
        },
        422,
        "hidden-text",
    ),
    case("AG-26", "words in hypertext", worded("<br>"), 202),
    case("AG-26", "what is expanded, and says nothing else", expanded(lambda shown: shown), 202),
    *vectors(
        "AG-26",
        {
            "a raised number": put("object", "content", value="A deposit of 10<sup>6</sup> EUR."),
            "a struck word": put("object", "content", value="It is <del>not</del> free."),
            "a table": put("object", "content", value="<table><tr><td>10</td><td>00</td></tr></table>"),
        },
        422,
        "hidden-text",
    ),
    case(
        "AG-26",
        "a member whose name has blanks",
        expanded(lambda shown: {**shown, _FEE: "yes"}),
        422,
        "json-ld-refused",
    ),
    case("AG-26", "a property in two spellings", terms(twice), 422, "repeated-property"),
    case(
        "AG-26",
        "a commitment of somebody else",
        concluding(lambda shown, _: at(shown, "stipulates", "id", put="https://evil.example/1#primary")),
        422,
        "foreign-origin",
    ),
    case(
        "AG-27",
        "every month since 2006",
        priced(_MONTHLY, owed="99", noticePeriod="P1M", startTime="2006-01-01T00:00:00Z"),
        409,
        "term-began",
    ),
    case("AG-27", "accepted years later", accepted_years_later, 409, "term-began"),
    case("AG-28", "to the year 9999", lasting(endTime="9999-12-31T00:00:00Z"), 409, "term-endless"),
    case(
        "AG-28",
        "to the year 9999, with a notice",
        lasting(endTime="9999-12-31T00:00:00Z", noticePeriod="P1M"),
        202,
    ),
    case(
        "AG-28",
        "for twelve hundred years",
        priced({**_MONTHLY, "per": "year", "count": 1_200}, owed="118800"),
        422,
        "malformed-recurrence",
    ),
    *vectors(
        "AG-29",
        {
            "after the list is in another": countered_in_yen(relisted=True),
            "in the currency of the list": countered_in_yen(relisted=False),
        },
        202,
        node="selling",
        fetches=20,
    ),
    case("AG-30", "with something that is paid for each unit", around_the_limit, 202),
)
