"""AG, AU: a change of an agreement that takes away what was agreed, a notice, or the second signature."""

from collections.abc import Callable
from typing import Any, Final

from protocol.strictjson import Document
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.agreements import amending, concluded, meeting
from tests.attacks.binding import answering, countersigned, in_state, soon
from tests.attacks.cases import Attack, Case, case
from tests.attacks.parties import MARK, Event, at
from tests.attacks.seconds import two_sign
from tests.attacks.sites import Hit, accepted, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect


def priced(amount: str) -> dict[str, Any]:
    """Return terms of one price."""
    return {"price": [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": MARK}]}


def agreed(world: World, **terms: Any) -> tuple[Document, Document, str]:
    """Conclude an agreement; return its Offer, itself, and the node's id of it."""
    opened, agreement = concluded(world, **terms)
    return opened, agreement, str(world.seen(opened)["agreement"])


# --- AG-41: a countersignature that is refused --------------------------------------------------------------


def signature_refused(world: World) -> Answer:
    """Accept a change that the node has offered, and refuse its signature under that."""
    _, agreement, id = agreed(world)
    world.asked("POST", f"/agreements/{id}/amend", {"terms": priced("2000.00")})
    offer = world.received(world.shop, "Offer", agreement["id"])
    world.settle()
    accept = at(accepted_by(world, world.shop, offer), "result", "supersedes", put=agreement["id"])
    with answering(world.shop, lambda _: reply(status=403, media=None)):
        answer = world.must(world.say(world.shop, accept))
        in_state(world, offer, "accepted")
        world.settle()
    state = world.asked("GET", f"/agreements/{id}")["state"]
    expect(state == "concluded", f"what both have signed holds, and not: {state}")
    return answer


# --- AG-42: what notice was given of ------------------------------------------------------------------------


def met_after_the_notice(world: World) -> Answer:
    """Meet a counter to a change to the letter, which was to be accepted then, once notice was given."""
    opened, agreement, id = agreed(world, notice="P1M")
    amendment = world.shop.prove(amending(world, opened, agreement), now=world.now())
    world.must(world.deliver(world.shop, amendment))
    lower = {"terms": priced("2000.00"), "on_met": "accept"}
    world.asked("POST", f"/offers/{world.seen(amendment)['id']}/counter", lower)
    counter = world.received(world.shop, "Reject", amendment["id"])
    world.asked("POST", f"/agreements/{id}/end", {})
    world.settle()
    answer = world.must(world.say(world.shop, meeting(world, amendment, counter)))
    world.settle()
    state = world.seen(amendment)["state"]
    expect(state == "offered", f"a change waits for a person who has given notice, and is not {state}")
    return answer


def accepted_after_the_notice(world: World) -> Answer:
    """Accept a change that the node has offered before it gave notice."""
    _, agreement, id = agreed(world, notice="P1M")
    world.asked("POST", f"/agreements/{id}/amend", {"terms": priced("2000.00")})
    offer = world.received(world.shop, "Offer", agreement["id"])
    world.asked("POST", f"/agreements/{id}/end", {})
    world.settle()
    accept = at(accepted_by(world, world.shop, offer), "result", "supersedes", put=agreement["id"])
    answer = world.must(world.say(world.shop, accept))
    world.settle()
    state = world.asked("GET", f"/agreements/{id}")["state"]
    expect(state == "ending", f"notice was given, and holds, but it is {state}")
    return answer


# --- AG-45: what was changed, and is refused after all ------------------------------------------------------


def refusing(activity: str) -> Callable[[Hit], bytes]:
    """Return an inbox that refuses one activity, and takes all others."""
    return lambda hit: reply(status=403, media=None) if hit.document["id"] == activity else accepted(hit)


def changed_twice(then: Callable[[World, Document, str], Answer]) -> Attack:
    """Leave the node's signature under a change unanswered, have that changed, and go back on it."""

    def attack(world: World) -> Answer:
        _, agreement, first = agreed(world)
        world.asked("POST", f"/agreements/{first}/amend", {"terms": priced("2000.00")})
        offer = world.received(world.shop, "Offer", agreement["id"])
        world.settle()
        accept = at(accepted_by(world, world.shop, offer), "result", "supersedes", put=agreement["id"])
        accept = world.shop.prove(accept, now=world.now())
        with answering(world.shop, lambda _: reply(status=503, media=None)):
            world.must(world.deliver(world.shop, accept))
            in_state(world, offer, "concluded")
            change = world.shop.prove(amending(world, offer, accept["result"]), now=world.now())
            world.must(world.deliver(world.shop, change))
            [signature] = world.asked("GET", "/deliveries?state=queued")["items"]
            soon(lambda: delivery(world, signature["id"])["attempts"] > 0, "the signature is sent")
            answer = then(world, accept, signature["id"])
        with answering(world.shop, refusing(signature["activity"])):
            last = agreement_for(world, world.shop, change)
            world.must(world.say(world.shop, countersigned(world, change, last)))
            world.settle()
        second = str(world.seen(offer)["agreement"])
        third = str(world.seen(change)["agreement"])
        states = [world.asked("GET", f"/agreements/{id}")["state"] for id in (first, second, third)]
        expect(states == ["superseded", "superseded", "concluded"], f"one of three holds, and not: {states}")
        return answer

    return attack


def delivery(world: World, id: str) -> Any:
    """Return a delivery of the node's."""
    [found] = [each for each in world.asked("GET", "/deliveries")["items"] if each["id"] == id]
    return found


def refused_once_changed(world: World, _: Document, signature: str) -> Answer:
    """Refuse the signature under what one has offered to change."""
    with answering(world.shop, lambda _: reply(status=403, media=None)):
        answer = world.owner("POST", f"/deliveries/{signature}/retry")
        soon(lambda: delivery(world, signature)["state"] == "refused", "the signature is refused")
    return answer


def revoked_once_changed(world: World, accept: Document, _: str) -> Answer:
    """Revoke the acceptance of what one has offered to change, as if the signature had not come."""
    undo = world.shop.answer(Event.REVOKE, accept, now=world.now(), to=(world.ada,))
    return world.say(world.shop, undo)


# --- AU-08: a change that gives up what two have signed -----------------------------------------------------


def lowered_alone(world: World) -> Answer:
    """Change an agreement above the limit for two signatures to less than that, as one person."""
    _, _, id = agreed(world)
    with two_sign(world):
        answer = world.owner("POST", f"/agreements/{id}/amend", {"terms": priced("1.00")})
    soon(lambda: world.asked("GET", f"/agreements/{id}/amendments")["items"] == [], "nothing was sent")
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("AG-41", "a signature under a change", signature_refused, 202),
    case("AG-42", "a counter that is met", met_after_the_notice, 202),
    case("AG-42", "an offer that is accepted", accepted_after_the_notice, 202),
    case("AG-45", "refused once it was changed", changed_twice(refused_once_changed), 200),
    case(
        "AG-45",
        "revoked once it was changed",
        changed_twice(revoked_once_changed),
        409,
        "stale-answer",
        still=False,
    ),
    case("AU-08", "less than two have signed, by one person", lowered_alone, 202),
)
