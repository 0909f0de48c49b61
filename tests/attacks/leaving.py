"""AG: who is left, and will not hear of it."""

from datetime import timedelta
from typing import Any, Final

import orjson

from protocol.negotiation import Event
from protocol.strictjson import Document
from protocol.times import add_duration, read_duration, read_time, render_time
from protocol.vocabulary import PROBLEM_JSON
from tests.attacks import data_terms
from tests.attacks.agreement import accepted_by
from tests.attacks.agreements import concluded
from tests.attacks.binding import answering, heard, soon
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.changes import agreed
from tests.attacks.parties import at, number
from tests.attacks.sites import reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect


def notice_refused(status: int, code: str = "") -> Attack:
    """Answer a notice like that for ever, with the code of a problem that it does not have."""
    problem = orjson.dumps({"status": status, "code": code}) if code else b""
    refusal = reply(problem, status=status, media=PROBLEM_JSON if code else None)

    def attack(world: World) -> Answer:
        _, _, id = agreed(world, notice="P1M")
        world.advance(minutes=6)  # whoever seems gone is looked for anew, and not more often
        with answering(world.shop, lambda _: refusal):
            day = world.asked("POST", f"/agreements/{id}/end", {})["leaves_at"]
            soon(lambda: last_notice(world, id)["refused_at"] is not None, "it is refused")
            send_again(world, last_notice(world, id)["activity"])
        world.settle()
        left = world.asked("GET", f"/agreements/{id}")
        expect(left["state"] == "ending", f"notice needs nobody's consent, but it is {left['state']}")
        expect(left["leaves_at"] == day, "it ends on the day that was named")
        notice = last_notice(world, id)
        expect((notice["counts"], notice["status"]) == (True, status), "its owner is told how it was refused")
        wait(world, days=1, minutes=1)
        soon(lambda: last_notice(world, id)["delivery"] == "delivered", "it is sent again, and taken")
        return world.must(world.baseline(world.shop))

    return attack


def wait(world: World, **lengths: float) -> None:
    """Let time pass, and something happen then by which the node notices."""
    world.advance(**lengths)
    world.must(world.baseline(world.shop))


def silent_until_too_late(world: World) -> Answer:
    """Answer a notice with nothing but 503 until it could not be taken any more, and refuse it then."""
    _, _, id = agreed(world, notice="P1M")
    world.advance(minutes=6)
    with answering(world.shop, lambda _: reply(status=503, media=None)):
        world.asked("POST", f"/agreements/{id}/end", {})
        activity = last_notice(world, id)["activity"]
        soon(lambda: sent(world, activity)[0]["attempts"] == 1, "it is tried")
        wait(world, days=7, hours=12)
        soon(lambda: last_notice(world, id)["unanswered_at"] is not None, "it is decided that it counts")
    return refused_at_last(world, id, "ending")


def refused_at_last(world: World, agreement: str, state: str) -> Answer:
    """Refuse a notice that counts by now; the agreement is in this state all the same."""
    refusal = orjson.dumps({"status": 422, "code": "notice-too-short"})
    with answering(world.shop, lambda _: reply(refusal, status=422, media=PROBLEM_JSON)):
        wait(world, days=2)
        soon(lambda: last_notice(world, agreement)["refused_at"] is not None, "it is refused")
    world.settle()
    left = world.asked("GET", f"/agreements/{agreement}")
    expect(left["state"] == state, f"who keeps silent keeps nobody, but it is {left['state']}")
    return world.must(world.baseline(world.shop))


def silent_to_what_comes_before(world: World) -> Answer:
    """Answer 503 to what stands before a notice in its line, and refuse that when its day is over."""
    _, _, id = agreed(world, notice="P3D")
    world.advance(minutes=6)
    with answering(world.shop, lambda _: reply(status=503, media=None)):
        world.asked("POST", f"/agreements/{id}/confirm")
        world.asked("POST", f"/agreements/{id}/end", {})
        wait(world, days=2, hours=12)
        soon(lambda: last_notice(world, id)["unanswered_at"] is not None, "it is decided that it counts")
    return refused_at_last(world, id, "ended")


def signed_before(*, days: int, agreed_before: int = 30) -> Attack:
    """Give notice that says it was signed so many days ago, for as soon as that allows.

    The agreement was made `agreed_before` days ago.
    """

    def attack(world: World) -> Answer:
        opened, agreement = concluded(world, notice="P1M")
        world.settle()
        world.advance(days=agreed_before)
        signed_at = (world.now() - timedelta(days=days)).replace(microsecond=0)
        day = add_duration(signed_at, read_duration("P1M"))
        leave = world.shop.answer(
            Event.LEAVE, agreement, now=signed_at, negotiation=opened["context"], ends_at=day
        )
        world.settle()
        world.hold()
        return world.say(world.shop, leave)

    return attack


def for_a_day_that_is_over(world: World) -> Answer:
    """Give notice of a day, and have it arrive when that is over."""
    opened, agreement = concluded(world, notice="P1D")
    world.settle()
    world.advance(days=30)
    signed_at = (world.now() - timedelta(days=3)).replace(microsecond=0)
    day = signed_at + timedelta(days=2)
    leave = world.shop.answer(
        Event.LEAVE, agreement, now=signed_at, negotiation=opened["context"], ends_at=day
    )
    world.settle()
    world.hold()
    return world.say(world.shop, leave)


# --- AG-50: to withdraw, which is the customer's, and in time -----------------------------------------------


def withdrawn_by_the_business(world: World) -> Answer:
    """End at once what the customer may still withdraw from, as if the business might."""
    offer, agreement = data_terms.agreed(world)
    now = world.now().replace(microsecond=0)
    leave = world.shop.answer(Event.LEAVE, agreement, now=now, negotiation=offer["context"], ends_at=now)
    world.hold()
    return world.say(world.shop, leave)


def withdrawn_in_the_name_of(world: World) -> Answer:
    """Withdraw in the customer's name, towards the customer, with the key of the business."""
    offer, agreement = data_terms.agreed(world)
    now = world.now().replace(microsecond=0)
    leave = world.shop.answer(Event.LEAVE, agreement, now=now, negotiation=offer["context"], ends_at=now)
    world.hold()
    return world.say(world.shop, at(leave, "actor", put=world.ada))


def withdrawn_by_the_customer(*, late: timedelta, after: timedelta = timedelta()) -> Attack:
    """Withdraw so late after the last second, for so long after the signature."""

    def attack(world: World) -> Answer:
        offer, agreement = sold(world)
        until = read_time(agreement["published"]) + timedelta(days=14)
        world.settle()
        world.advance(days=14, hours=1)
        signed_at = until + late
        leave = world.rival.answer(
            Event.LEAVE,
            agreement,
            now=signed_at,
            to=(world.ada,),
            negotiation=offer["context"],
            ends_at=signed_at + after,
        )
        world.hold()
        return world.say(world.rival, leave)

    return attack


def sold(world: World) -> tuple[Document, Document]:
    """Sell to the rival what cannot be left before it ends; return the Offer, and what both have signed."""
    proposal = world.rival.intention(to=world.ada, now=world.now(), name=f"bike {number()}")
    world.must(world.deliver(world.rival, world.rival.activity("Create", proposal, world.ada)))
    listed = world.asked("GET", "/intentions?own=false&limit=3")["items"]
    [known] = [item["id"] for item in listed if item["iri"] == proposal["id"]]
    terms = {
        "price": [{"kind": "oneOff", "amount": "90.00", "currency": "EUR", "label": "bike"}],
        "ends_at": render_time(world.now().replace(microsecond=0) + timedelta(days=700)),
        "terms": {"policy": data_terms.asking("http://schema.org/email"), "roster": "SD-BASE"},
    }
    world.asked("POST", "/offers", {"intention": known, "terms": terms})
    offer = heard(world, world.rival, "Offer", proposal["id"], "the node offers it")
    accept = accepted_by(world, world.rival, offer)
    world.must(world.say(world.rival, accept))
    heard(world, world.rival, "Accept", accept["result"]["id"], "the node signs, too")
    return offer, accept["result"]


def last_notice(world: World, id: str) -> Any:
    """Return the last notice that was given of an agreement, as the owner sees it."""
    return world.asked("GET", f"/agreements/{id}/leavings")["items"][-1]


def send_again(world: World, activity: str) -> None:
    """Send again what was refused, and wait until that is refused, too."""
    [before] = sent(world, activity)
    world.advance(minutes=6)
    world.asked("POST", f"/deliveries/{before['id']}/retry")

    def is_refused() -> bool:
        [now] = sent(world, activity)
        return bool(now["attempts"] > before["attempts"])

    soon(is_refused, "what is sent again is refused again")


def sent(world: World, activity: str) -> list[Document]:
    """Return the delivery of an activity of the node's."""
    newest = world.asked("GET", "/deliveries?limit=20")["items"]
    return [one for one in newest if one["activity"] == activity]


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "AG-46",
        {
            "by a server that knows nobody": notice_refused(404),
            "by a shop that is gone": notice_refused(410),
        },
        202,
        fetches=3,  # each time it is asked where the shop is now
    ),
    *vectors(
        "AG-46",
        {
            "by a shop that forbids it": notice_refused(403),
            "as too short, which it is not": notice_refused(422, "notice-too-short"),
            "as too late, which it is not": notice_refused(409, "illegal-transition"),
        },
        202,
    ),
    case("AG-47", "503 for more than a week, and then 422", silent_until_too_late, 202, fetches=None),
    case(
        "AG-47",
        "503 to what comes before a notice, until its day is over",
        silent_to_what_comes_before,
        202,
        fetches=None,
    ),
    case("AG-48", "signed nine days ago", signed_before(days=9), 422, "notice-too-short"),
    case(
        "AG-48",
        "signed before there was an agreement",
        signed_before(days=7, agreed_before=1),
        422,
        "notice-too-short",
    ),
    case("AG-48", "for a day that is over", for_a_day_that_is_over, 422, "notice-too-short"),
    case("AG-48", "seven days on its way", signed_before(days=7), 202),
    case("AG-50", "by the business", withdrawn_by_the_business, 409, "no-leaving"),
    case("AG-50", "in the customer's name", withdrawn_in_the_name_of, 422, "foreign-id"),
    *vectors(
        "AG-50",
        {
            "a second late": withdrawn_by_the_customer(late=timedelta(seconds=1)),
            "for a second before it was signed": withdrawn_by_the_customer(
                late=timedelta(), after=timedelta(seconds=-1)
            ),
        },
        422,
        "notice-too-short",
    ),
    case("AG-50", "in the last second", withdrawn_by_the_customer(late=timedelta()), 202, fetches=1),
)
