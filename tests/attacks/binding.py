"""AG: whoever holds the other's signature and will not sign, will not hear, or signs only when it pays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from protocol.canonical import digest_of
from protocol.offers import read_draft
from protocol.strictjson import Document
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.cases import Attack, Case, case
from tests.attacks.nodes import until
from tests.attacks.parties import Event, Party, at, number
from tests.attacks.sites import Hit, Page, accepted, reply
from tests.attacks.wire import Answer
from tests.attacks.world import Missed, World, expect

_HOLDS: Final = timedelta(days=3)
_OUT: Final = "SELECT kind FROM journal WHERE direction = 'out' AND kind = ? AND entry > ?"
_LAST: Final = "SELECT max(entry) FROM journal"


def soon(condition: Callable[[], bool], sentence: str) -> None:
    """Demand something that the node does by itself."""
    try:
        until(condition)
    except TimeoutError:
        raise Missed(sentence) from None


def heard(world: World, by: Party, type: str, about: str, sentence: str) -> Document:
    """Demand that the node says something to a party, and return it."""
    try:
        return world.received(by, type, about)
    except TimeoutError:
        raise Missed(sentence) from None


def in_state(world: World, opened: Document, state: str) -> None:
    """Demand that a negotiation comes to a state."""
    id = world.seen(opened)["id"]
    soon(lambda: world.asked("GET", f"/offers/{id}")["state"] == state, f"the negotiation is {state}")


@contextmanager
def answering(party: Party, page: Page) -> Iterator[None]:
    """Let a party's inbox answer in another way for a while."""
    assert party.site is not None
    party.site.pages[f"{party.path}/inbox"] = page
    try:
        yield
    finally:
        party.site.pages[f"{party.path}/inbox"] = accepted


def countersigned(world: World, opened: Document, accept: Document) -> Document:
    """Write the shop's countersignature of the node's acceptance, not proved yet."""
    negotiation = opened["context"]
    return world.shop.answer(Event.COUNTERSIGN, accept["result"], now=world.now(), negotiation=negotiation)


# --- AG-44: what was answered, and is refused after all -----------------------------------------------------


def refused_after_all(world: World) -> Answer:
    """Sign under an acceptance, and refuse that when it is sent again: who holds both signatures is bound."""
    opened = world.opened(world.shop)
    with answering(world.shop, lambda _: reply(status=503, media=None)):
        accept = agreement_for(world, world.shop, opened)
        answer = world.must(world.say(world.shop, countersigned(world, opened, accept)))
        in_state(world, opened, "concluded")
    with answering(world.shop, lambda _: reply(status=403, media=None)):
        waiting = world.asked("GET", "/deliveries?state=queued")["items"]
        [again] = [each["id"] for each in waiting if each["activity"] == accept["id"]]
        world.asked("POST", f"/deliveries/{again}/retry")
        refused = "/deliveries?state=refused"
        soon(
            lambda: again in [each["id"] for each in world.asked("GET", refused)["items"]],
            "the acceptance is refused",
        )
    world.settle()
    state = world.seen(opened)["state"]
    expect(state == "concluded", f"what both have signed holds, and not: {state}")
    return answer


# --- AG-18: a signature without end -------------------------------------------------------------------------


def countersigned_too_late(world: World) -> Answer:
    """Keep the customer waiting, and sign when the acceptance has lapsed, before its clock has looked."""
    wanted = world.cast()
    opened, other = world.opened(world.shop, wanted), world.opened(world.rival, wanted)
    accept = agreement_for(world, world.shop, opened)
    world.settle()
    world.hold()
    world.advance(days=3, minutes=3)
    answer = world.say(world.shop, countersigned(world, opened, accept))
    world.cast()  # the journal grows, so the clock is looked at
    in_state(world, opened, "lapsed")
    heard(world, world.shop, "Undo", accept["id"], "what has lapsed is revoked")
    world.asked("POST", f"/offers/{world.seen(other)['id']}/accept", {})
    world.settle()
    return answer


def countersigned_in_time(world: World) -> Answer:
    """Sign within the time, and get the receipt."""
    opened = world.opened(world.shop)
    accept = agreement_for(world, world.shop, opened)
    signed = world.shop.prove(countersigned(world, opened, accept), now=world.now())
    answer = world.deliver(world.shop, signed)
    receipt = heard(world, world.shop, "Read", signed["id"], "a countersignature gets its receipt")
    expect(receipt["digestMultibase"] == digest_of(signed), "the receipt names what was received")
    world.settle()
    return answer


def accepted_for_longer(world: World) -> Answer:
    """Accept an offer of the node's for longer than it stands."""
    offer = world.offered(world.shop)
    document = accepted_by(world, world.shop, offer)
    world.hold()
    return world.say(world.shop, at(document, "endTime", put="2098-01-01T00:00:00Z"))


def received(change: Callable[[Document, Document], Document], *, early: timedelta = timedelta()) -> Attack:
    """Acknowledge the node's countersignature in a way that is bent by what was countersigned."""

    def attack(world: World) -> Answer:
        offer = world.offered(world.shop)
        accept = world.shop.prove(accepted_by(world, world.shop, offer), now=world.now())
        world.must(world.deliver(world.shop, accept))
        countersignature = world.received(world.shop, "Accept", accept["result"]["id"])
        world.settle()
        signed_at = world.now() - early
        receipt = world.shop.answer(Event.ACKNOWLEDGE, countersignature, now=signed_at)
        world.hold()
        bent = change(receipt, accept)
        return world.deliver(world.shop, world.shop.prove(bent, now=signed_at))

    return attack


def named(receipt: Document, answered: Document) -> Document:
    """Name something else in a receipt, with its digest."""
    return {**receipt, "object": answered["id"], "digestMultibase": digest_of(answered)}


# --- AG-19: an acceptance that is refused and kept ----------------------------------------------------------


def refused_and_kept(world: World) -> Answer:
    """Answer 409 to the node's acceptance, keep it, and countersign it when it pays."""

    def refuse(hit: Hit) -> bytes:
        is_acceptance = hit.document["type"] == "Accept"
        return reply(status=409 if is_acceptance else 202, media=None)

    opened = world.opened(world.shop)
    with answering(world.shop, refuse):
        accept = agreement_for(world, world.shop, opened)
        in_state(world, opened, "offered")
        undo = heard(world, world.shop, "Undo", accept["id"], "what was refused is revoked")
    expect(undo["digestMultibase"] == digest_of(accept) and "proof" in undo, "in words that prove it")
    ends = timedelta(seconds=1) + world.now() + _HOLDS
    expect(accept.get("endTime", "never") <= ends.strftime("%Y-%m-%dT%H:%M:%SZ"), "and it ends by itself")
    world.settle()
    document = countersigned(world, opened, accept)
    world.hold()
    return world.say(world.shop, document)


def cancelled_under_way(world: World) -> Answer:
    """Take the node's acceptance in the moment in which its owner cancels it, and countersign it."""

    def take(hit: Hit) -> bytes:
        if hit.document["type"] == "Accept":
            [waiting] = world.asked("GET", "/deliveries?state=queued")["items"]
            cancelled = world.asked("POST", f"/deliveries/{waiting['id']}/cancel")
            expect(cancelled["tried"], "what is under way may have arrived")
        return reply(status=202, media=None)

    opened = world.opened(world.shop)
    with answering(world.shop, take):
        accept = agreement_for(world, world.shop, opened)
        in_state(world, opened, "accepted")
    world.settle()
    return world.say(world.shop, countersigned(world, opened, accept))


# --- AG-20: a withdrawal that is not heard ------------------------------------------------------------------


def unheard(then: Callable[[World, Document, Document], Answer] | None = None) -> Attack:
    """Answer 503 to the node's withdrawal, and accept the offer two days later."""

    def attack(world: World) -> Answer:
        offer = world.offered(world.shop)
        id = world.seen(offer)["id"]
        with answering(world.shop, lambda _: reply(status=503, media=None)):
            world.asked("POST", f"/offers/{id}/withdraw")
            world.settle()
            world.advance(days=2)
            [[last]] = world.rows(_LAST)
            accept = world.shop.prove(accepted_by(world, world.shop, offer), now=world.now())
            answer = world.must(world.deliver(world.shop, accept))
        expect(world.asked("GET", f"/offers/{id}")["state"] == "accepted", "it is for the owner to decide")
        expect(world.rows(_OUT, "countersign", last) == [], "nothing is signed by itself")
        world.settle()
        return answer if then is None else then(world, offer, accept)

    return attack


def revoked_at_once(world: World, offer: Document, accept: Document) -> Answer:
    """Take the acceptance back while it binds."""
    negotiation = offer["context"]
    undo = world.shop.answer(Event.REVOKE, accept, now=world.now(), to=(world.ada,), negotiation=negotiation)
    world.hold()
    return world.say(world.shop, undo)


# --- AG-21: a peer that never countersigns ------------------------------------------------------------------


def plain(then: Callable[[World, Document, Document], Document]) -> Attack:
    """Offer as FEP-0837 alone has it, be accepted, and say nothing more; then something too late."""

    def attack(world: World) -> Answer:
        wanted = world.cast()
        other = world.opened(world.rival, wanted)
        offer = at(world.shop.offer(wanted, now=world.now()), "object", "price", put=...)
        opened = world.shop.prove(offer, now=world.now())
        world.must(world.deliver(world.shop, opened))
        accept = agreement_for(world, world.shop, opened)
        in_state(world, opened, "concluded")
        expect(world.asked("GET", f"/intentions/{wanted.id}")["state"] == "awarded", "the intention is met")
        heard(world, world.rival, "Reject", other["id"], "the others are turned away")
        world.settle()
        document = then(world, opened, accept)
        world.hold()
        return world.say(world.shop, document)

    return attack


def withdrawn(world: World, opened: Document, _: Document) -> Document:
    """Take back what was accepted."""
    return world.shop.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,))


def confirmed(world: World, _: Document, accept: Document) -> Document:
    """Confirm that what was agreed has been done."""
    document = {
        "id": f"{world.shop.origin}/confirmations/{number()}",
        "type": "Document",
        "context": accept["result"]["id"],
    }
    return world.shop.activity("Create", document, world.ada)


# --- AG-25: a counter that is taken back --------------------------------------------------------------------


def countered(world: World) -> tuple[Document, Document]:
    """Have the node offer, and the shop ask for less; return the Offer and the counter."""
    offer = world.offered(world.shop)
    asked = read_draft(at(offer["object"], "content", put="with lights"))
    document = world.shop.answer(Event.COUNTER, offer, now=world.now(), draft=asked)
    counter = world.shop.prove(document, now=world.now())
    world.must(world.deliver(world.shop, counter))
    return offer, counter


def taken_back(then: Callable[[World, Document, Document], Answer] | None = None, *, plain: bool) -> Attack:
    """Take a counter back, as the protocol has it or as who knows only a Reject, and go on."""

    def attack(world: World) -> Answer:
        offer, counter = countered(world)
        event, answered = (Event.REJECT, offer) if plain else (Event.RECANT, counter)
        document = world.shop.answer(event, answered, now=world.now(), to=(world.ada,))
        answer = world.must(world.say(world.shop, document))
        in_state(world, offer, "rejected")
        world.hold()
        return answer if then is None else then(world, offer, counter)

    return attack


def accepted_after_all(world: World, offer: Document, _: Document) -> Answer:
    """Accept the offer that the counter rejected."""
    return world.say(world.shop, accepted_by(world, world.shop, offer))


def taken_back_again(world: World, _: Document, counter: Document) -> Answer:
    """Take it back once more, in other words."""
    return world.say(world.shop, world.shop.answer(Event.RECANT, counter, now=world.now(), to=(world.ada,)))


def taken_back_by_others(world: World) -> Answer:
    """Take somebody else's counter back."""
    _, counter = countered(world)
    world.must(world.baseline(world.rival))
    world.hold()
    document = world.rival.answer(Event.RECANT, counter, now=world.now(), to=(world.ada,))
    return world.say(world.rival, document)


def taken_back_in_other_bytes(world: World) -> Answer:
    """Take back a counter of other bytes than were sent."""
    _, counter = countered(world)
    world.hold()
    document = world.shop.answer(Event.RECANT, counter, now=world.now(), to=(world.ada,))
    return world.say(world.shop, {**document, "digestMultibase": digest_of({})})


CASES: Final[tuple[Case, ...]] = (
    case("AG-44", "an acceptance that was countersigned", refused_after_all, 202),
    case(
        "AG-18",
        "countersigned when it has lapsed",
        countersigned_too_late,
        409,
        ("acceptance-lapsed", "illegal-transition"),
        still=False,
    ),
    case("AG-18", "countersigned in time", countersigned_in_time, 202),
    case("AG-18", "accepted for longer than it was offered", accepted_for_longer, 422, "holds-too-long"),
    case(
        "AG-18",
        "a receipt of other bytes",
        received(lambda receipt, _: {**receipt, "digestMultibase": digest_of({})}),
        409,
        "digest-mismatch",
    ),
    case("AG-18", "a receipt of one's own acceptance", received(named), 422, "wrong-object"),
    case(
        "AG-18",
        "a receipt from before there was anything to receive",
        received(lambda receipt, _: receipt, early=timedelta(hours=1)),
        422,
        "times-reversed",
    ),
    case("AG-18", "a receipt", received(lambda receipt, _: receipt), 202),
    case("AG-19", "refused, kept, and countersigned after all", refused_and_kept, 409, "stale-answer"),
    case("AG-19", "cancelled under way, and countersigned", cancelled_under_way, 202),
    case("AG-20", "answered two days later", unheard(), 202, fetches=1),
    case(
        "AG-20",
        "answered two days later, and revoked at once",
        unheard(revoked_at_once),
        409,
        "acceptance-binds",
    ),
    case("AG-21", "withdrawn after it was accepted", plain(withdrawn), 409, "illegal-transition"),
    case("AG-21", "confirmed", plain(confirmed), 202),
    case("AG-25", "taken back", taken_back(plain=False), 202),
    case("AG-25", "rejected after it", taken_back(plain=True), 202),
    case(
        "AG-25",
        "taken back, and the offer accepted",
        taken_back(accepted_after_all, plain=False),
        409,
        "illegal-transition",
    ),
    case(
        "AG-25",
        "rejected after it, and the offer accepted",
        taken_back(accepted_after_all, plain=True),
        409,
        "illegal-transition",
    ),
    case("AG-25", "taken back twice", taken_back(taken_back_again, plain=False), 409, "stale-answer"),
    case("AG-25", "taken back by somebody else", taken_back_by_others, 403, "not-your-negotiation"),
    case("AG-25", "taken back in other bytes", taken_back_in_other_bytes, 409, "digest-mismatch"),
)
