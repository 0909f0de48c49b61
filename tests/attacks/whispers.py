"""AC: what an answer, a silence or something left behind tells that is nobody's business."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import orjson

from node.services.trade.haggling import COUNTERS
from protocol.moves import read_move
from protocol.strictjson import Document
from tests.attacks.binding import heard, soon
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.disclosure import LIMIT, NOTE, read
from tests.attacks.parties import FOREVER, Event, Party, Wanted, number
from tests.attacks.sending import taker
from tests.attacks.sites import accepted
from tests.attacks.stock import opens_shop
from tests.attacks.wire import Answer, Shot
from tests.attacks.world import World, expect

Act = Callable[[World, Party, Document], Answer]
"""Does something behind an offer of a party."""

_MANY: Final = 100
_A_DAY: Final = 86_400
_UNREAD: Final = (
    "SELECT 1 FROM journal WHERE kind = 'counter' AND place > "
    "(SELECT place FROM cursors WHERE cursors.actor = journal.actor AND cursors.name = 'shop')"
)
_ANSWERS: Final = "event = 'reoffer' AND offer IN (SELECT id FROM offers WHERE negotiation = ?)"
_WORDS: Final = "I live at Rosenweg 5"


# --- AC-14: who else was asked ------------------------------------------------------------------------------


def unpriced(world: World, sender: Party, iri: str) -> Answer:
    """Offer something about a wish without saying in which currency."""
    offer = sender.offer(Wanted(iri, world.ada), now=world.now())
    del offer["object"]["price"]
    del offer["object"]["stipulatesReciprocal"]["resourceConformsTo"]
    return world.say(sender, offer)


def about_a_customers(world: World) -> Answer:
    """Find out whether a business was told of a customer's wish that one was told of, too."""
    customer = world.stranger()
    wish = customer.intention(to=world.ada, now=world.now())
    world.must(world.deliver(customer, customer.activity("Create", wish, world.ada)))
    world.must(world.baseline(world.rival))
    world.settle()
    world.hold()
    known, unknown = unpriced(world, world.rival, wish["id"]), unpriced(world, world.rival, f"{wish['id']}0")
    expect(known.body == unknown.body, "a wish of somebody else is as unknown as one that is not here")
    return known


def about_an_owners(world: World) -> Answer:
    """Find out whether the owner has a wish that one was not told of."""
    iri = world.cast(world.shop.iri).iri
    world.must(world.baseline(world.rival))
    world.settle()
    world.hold()
    known, unknown = unpriced(world, world.rival, iri), unpriced(world, world.rival, f"{iri}0")
    expect(known.body == unknown.body, "a wish that was not told to them is as unknown as none")
    return known


# --- AC-15: changes that stay home --------------------------------------------------------------------------


def changed(members: Mapping[str, str]) -> Attack:
    """Change what stays home of a wish; nobody hears that anything did, nor reads it."""

    def attack(world: World) -> Answer:
        wanted = world.cast(world.shop.iri, limit_price="1000", notes="-")
        world.received(world.shop, "Create", wanted.iri)
        world.settle()
        before = read(world, world.shop, wanted.iri)
        world.hold()
        answer = world.owner("PATCH", f"/intentions/{wanted.id}", dict(members))
        world.settle()
        expect(not world.since("posts"), "nobody is told")
        expect(read(world, world.shop, wanted.iri).body == before.body, "and it reads as before")
        kept = world.asked("GET", f"/intentions/{wanted.id}")["private"]
        expect({name: kept[name] for name in members} == members, "it is kept all the same")
        return answer

    return attack


# --- AC-16: what was taken back -----------------------------------------------------------------------------


def public_words(world: World) -> tuple[Wanted, Document]:
    """Tell everybody something; return the wish, and the activity as anybody reads it."""
    wanted = world.cast(content=_WORDS)
    world.settle()
    listed = world.get(f"/actors/{world.node.handle}/outbox").json["orderedItems"]
    return wanted, listed[0]


def nowhere(world: World, told: Document) -> Answer:
    """Look for the words at the outbox, and at the address of the activity."""
    world.settle()
    world.hold()
    outbox = world.get(f"/actors/{world.node.handle}/outbox")
    expect(_WORDS.encode() not in outbox.raw, "the outbox does not have the words any more")
    return world.get(told["id"].removeprefix(world.node.origin))


def withdrawn_words(world: World) -> Answer:
    """Take a public wish back."""
    wanted, told = public_words(world)
    world.asked("POST", f"/intentions/{wanted.id}/withdraw")
    return nowhere(world, told)


def changed_words(world: World) -> Answer:
    """Leave words out of a public wish."""
    wanted, told = public_words(world)
    world.asked("PATCH", f"/intentions/{wanted.id}", {"content": "-"})
    return nowhere(world, told)


def private_again(world: World) -> Answer:
    """Take back what of a profile was public."""
    world.asked("PUT", "/profile", {"name": "Ada", "email": "ada@rosenweg.example"})
    world.asked("PUT", "/profile/public", {"members": ["email"]})
    world.asked("PUT", "/profile/public", {"members": []})
    [first, _] = world.rows("SELECT subject FROM journal WHERE kind = 'profile.published' ORDER BY entry")
    world.settle()
    world.hold()
    return world.get(first[0].removeprefix(world.node.origin))


def refused_before(world: World) -> Answer:
    """Delete a message that was refused before it was taken."""
    shop = world.shop
    offer = world.offer(shop, world.cast())
    note = {"id": f"{shop.origin}/notes/{number()}", "type": "Note", "content": _WORDS}
    said = shop.activity("Create", {**note, "context": offer["context"]}, world.ada)
    world.must(world.deliver(shop, said), 409)
    world.must(world.deliver(shop, offer))
    world.advance(seconds=1)  # for a signature of its own
    world.must(world.deliver(shop, said))
    answer = world.deliver(shop, shop.activity("Delete", {"id": note["id"], "type": "Tombstone"}, world.ada))
    kept = world.count("refusals", "instr(body, ?) > 0", _WORDS.encode())
    expect(not kept, "of what was refused the words are gone, too")
    return answer


# --- AC-17: what stands behind an offer in quarantine -------------------------------------------------------


def crowd(world: World) -> list[tuple[Party, Document]]:
    """Have as many actors of one server make an offer as a wish takes, and one more, which is held apart."""
    wanted = world.cast()
    most = int(world.limit["offers_per_intention_per_origin"])
    senders = [world.neighbour(world.shop) for _ in range(most + 1)]
    return [(sender, world.opened(sender, wanted)) for sender in senders]


def writes(world: World, sender: Party, offer: Document) -> Answer:
    """Say something about an offer."""
    note = {"id": f"{sender.origin}/notes/{number()}", "type": "Note", "content": "x"}
    return world.deliver(sender, sender.activity("Create", {**note, "context": offer["context"]}, world.ada))


def offers_anew(world: World, sender: Party, offer: Document) -> Answer:
    """Replace an offer."""
    wanted = Wanted(offer["object"]["stipulates"]["satisfies"].partition("#")[0], world.ada)
    changes = {"negotiation": offer["context"], "answers": offer["id"], "amount": "1999.00"}
    return world.say(sender, sender.offer(wanted, now=world.now(), **changes))


def begins_again(world: World, sender: Party, offer: Document) -> Answer:
    """Make another first offer in the same negotiation."""
    wanted = Wanted(offer["object"]["stipulates"]["satisfies"].partition("#")[0], world.ada)
    return world.say(sender, sender.offer(wanted, now=world.now(), negotiation=offer["context"]))


def behind(act: Act) -> Attack:
    """Compare what one hears whose offer was let in with what one hears whose offer is held apart."""

    def attack(world: World) -> Answer:
        made = crowd(world)
        let_in, apart = (act(world, *one) for one in (made[0], made[-1]))
        expect(let_in.status == apart.status, f"{let_in.status} for one and {apart.status} for the other")
        expect(let_in.code == apart.code, f"{let_in.code} for one and {apart.code} for the other")
        return apart

    return attack


# --- AC-18: who may only read -------------------------------------------------------------------------------


def by_a_program(method: str, path: str, body: object = None) -> Attack:
    """Ask with a token that may only read for what lets in, or has others asked."""

    def attack(world: World) -> Answer:
        secret = world.asked("POST", "/tokens", {"name": f"p{number()}", "scopes": ["read"]})["secret"]
        content = b"" if body is None else orjson.dumps(body)
        given = (
            ("Host", world.host),
            ("Authorization", f"Bearer {secret}"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
        )
        world.hold()
        return world.throw(Shot(f"/api/v1{path}", given, content, method))

    return attack


_ASKS: Final = {
    "name": "A bike",
    "quantity": {"value": "1", "unit": "one"},
    "currency": "EUR",
    "audience": ["shop@shop.example"],
}


# --- AC-19: a floor that is felt for ------------------------------------------------------------------------


def feeling(answers: str) -> Attack:
    """Ask a shop's rule for less and less, and see which is the first that it does not meet."""

    def attack(world: World) -> Answer:
        named = f"Lamp{number()}"  # so that nothing else which is on sale here is offered for it
        opens_shop(world, named)
        rule = {"currency": "EUR", "answers_counters": answers, "max_discount_percent": "7"}
        world.asked("PUT", "/rule", rule)
        buyer = world.stranger()
        wish = buyer.intention(to=world.ada, now=world.now(), name=named)
        world.must(world.deliver(buyer, buyer.activity("Create", wish, world.ada)))
        offer = heard(world, buyer, "Offer", wish["id"], "the rule answers a wish")
        asked = lower(world, buyer, offer, 990)
        world.must(world.say(buyer, asked))
        offer = heard(world, buyer, "Offer", asked["id"], "the rule answers the first counter")
        answer = world.must(world.say(buyer, lower(world, buyer, offer, 980)))
        soon(lambda: not world.rows(_UNREAD), "the rule looks at every counter")
        world.settle()
        met = world.count("moves", _ANSWERS, offer["context"])
        expect(met == 1, f"the rule has answered {met} counters")
        return answer

    return attack


def across_the_list(world: World) -> Answer:
    """Ask for less of one item after the other: one discount makes the floors of all of them."""
    named = [f"{word}{number()}" for word in ("Lamp", "Chair", "Shelf", "Table")]
    item = {"price": "10.00", "currency": "EUR", "stock": 9, "lead_days": 3}
    world.asked("PUT", "/pricelist", [{**item, "sku": f"l{number()}", "name": name} for name in named])
    rule = {"currency": "EUR", "answers_counters": "within-floor", "max_discount_percent": "7"}
    world.asked("PUT", "/rule", rule)
    buyer, met = world.neighbour(world.shop), 0  # of a server that has asked for nothing yet
    for name in named:
        wish = buyer.intention(to=world.ada, now=world.now(), name=name)
        world.must(world.deliver(buyer, buyer.activity("Create", wish, world.ada)))
        offer = heard(world, buyer, "Offer", wish["id"], "the rule answers a wish")
        answer = world.must(world.say(buyer, lower(world, buyer, offer, 990)))
        soon(lambda: not world.rows(_UNREAD), "the rule looks at every counter")
        world.settle()
        met += world.count("moves", _ANSWERS, offer["context"])
    expect(met == COUNTERS, f"the rule has answered {met} counters of one server")
    return answer


def lower(world: World, buyer: Party, offer: Document, cents: int) -> Document:
    """Ask for the same at a price of so many cents."""
    draft = read_move(offer, currency="EUR").draft
    assert draft is not None
    price = (replace(draft.price[0], amount=Decimal(cents) / 100),)
    terms = replace(draft, price=price)
    return buyer.answer(Event.COUNTER, offer, now=world.now(), draft=terms, ends_at=FOREVER)


# --- AC-20: an acceptance that has not left -----------------------------------------------------------------


def accepted_in_private(say: Act) -> Attack:
    """Do something to an offer whose acceptance waits to be undone: it is answered as if there were none."""

    def attack(world: World) -> Answer:
        offer = world.opened(world.shop)
        id = world.seen(offer)["id"]
        world.asked("POST", f"/offers/{id}/accept", {"undo_seconds": _A_DAY})
        answer = say(world, world.shop, offer)
        posts = [hit.body for site in world.sites for hit in site.posts()]
        sent = [body for body in posts if b'"Accept"' in body and str(offer["id"]).encode() in body]
        expect(not sent, "nothing of the acceptance is sent")
        state = world.asked("GET", f"/offers/{id}")["state"]
        expect(state in {"offered", "withdrawn"}, f"what comes first holds, and not {state}")
        return answer

    return attack


def withdraws(world: World, sender: Party, offer: Document) -> Answer:
    """Take an offer back."""
    return world.say(sender, sender.answer(Event.WITHDRAW, offer, now=world.now(), to=(world.ada,)))


# --- AC-21: a move that never left --------------------------------------------------------------------------


def before_it_left(*, taken_back: bool) -> Attack:
    """Look for a lower price that was queued for one's own server, which is down, and may be taken back."""

    def attack(world: World) -> Answer:
        with taker(world) as recipient:
            reader = recipient.party
            offer = world.offered(reader)
            id = world.seen(offer)["id"]
            recipient.answers(503).tell().tried()  # what comes after it waits
            price = [{"kind": "oneOff", "amount": "80.00", "currency": "EUR", "label": "bike"}]
            world.asked("POST", f"/offers/{id}/reoffer", {"terms": {"price": price}})
            lower = world.asked("GET", f"/offers/{id}/history")["moves"][-1]["activity"]
            if taken_back:
                queued = world.asked("GET", "/deliveries?state=queued&limit=100")["items"]
                [waits] = [item["id"] for item in queued if item["activity"] == lower]
                world.asked("POST", f"/deliveries/{waits}/cancel")
            world.hold()
            listed = read(world, reader, offer["context"])
            expect(listed.json["orderedItems"] == [offer["id"]], "what was offered is listed, and no more")
            return read(world, reader, lower)

    return attack


# --- AC-22: by an inbox that others share -------------------------------------------------------------------


def behind_a_shared_inbox(world: World) -> Answer:
    """Be blocked beside two followers of one server, which takes one for a follower still."""
    crowd = [world.neighbour(world.rival) for _ in range(3)]
    assert world.rival.site is not None
    world.rival.site.pages["/inbox"] = accepted
    for party in crowd:
        party.publish({**party.document, "endpoints": {"sharedInbox": f"{party.origin}/inbox"}})
        world.must(world.deliver(party, party.activity("Follow", world.ada, world.ada)))
        world.asked("POST", "/peers/approve", {"peer": party.iri})
    world.settle()
    world.asked("POST", "/peers/block", {"peer": crowd[0].iri})
    iri = world.cast("followers", content=_WORDS).iri
    soon(lambda: any(iri.encode() in hit.body for site in world.sites for hit in site.posts()), "it is sent")
    world.settle()
    answer = world.get(f"/actors/{world.node.handle}")
    posts = [hit.path for site in world.sites for hit in site.posts() if iri.encode() in hit.body]
    expect(sorted(posts) == sorted(f"{party.path}/inbox" for party in crowd[1:]), f"it goes to {posts}")
    world.asked("POST", "/peers/unblock", {"peer": crowd[0].iri})
    for party in crowd[1:]:
        world.asked("POST", "/peers/dismiss", {"peer": party.iri})
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("AC-14", "of a customer's wish", about_a_customers, 422, "missing-member", still=None),
    case("AC-14", "of a wish of the owner's", about_an_owners, 422, "missing-member"),
    case("AC-15", "a limit price", changed({"limit_price": LIMIT.rstrip("0")}), 200, still=False),
    case("AC-15", "notes", changed({"notes": NOTE}), 200, still=False),
    case("AC-16", "a wish that was taken back", withdrawn_words, 404, "not-found"),
    case("AC-16", "words that were left out", changed_words, 404, "not-found"),
    case("AC-16", "what of a profile was public", private_again, 404, "not-found"),
    case("AC-16", "a message that was refused once", refused_before, 202),
    case("AC-17", "a message", behind(writes), 202, node="popular", fetches=_MANY),
    case("AC-17", "another offer", behind(offers_anew), 202, node="popular", fetches=_MANY),
    case(
        "AC-17",
        "a first offer once more",
        behind(begins_again),
        409,
        "negotiation-exists",
        node="popular",
        fetches=_MANY,
        still=False,
    ),
    case(
        "AC-18",
        "the topics of a channel",
        by_a_program("GET", "/notices/channels"),
        403,
        "scope",
        still=False,
    ),
    case("AC-18", "the addresses of webhooks", by_a_program("GET", "/webhooks"), 403, "scope", still=False),
    case(
        "AC-18",
        "a look at somebody else",
        by_a_program("POST", "/intentions/preview", _ASKS),
        403,
        "scope",
        still=False,
    ),
    *vectors(
        "AC-19",
        {
            **{
                f"of a rule that answers {answers}": feeling(answers)
                for answers in ("within-floor", "always")
            },
            "by one item after the other": across_the_list,
        },
        202,
        node="selling",
        fetches=20,
    ),
    case("AC-20", "by a withdrawal", accepted_in_private(withdraws), 202),
    case("AC-20", "by another offer", accepted_in_private(offers_anew), 202),
    case("AC-22", "by who is blocked", behind_a_shared_inbox, 200, fetches=3, still=False),
    *vectors(
        "AC-21",
        {
            "while it waits": before_it_left(taken_back=False),
            "once it was taken back": before_it_left(taken_back=True),
        },
        404,
        "not-found",
    ),
)
