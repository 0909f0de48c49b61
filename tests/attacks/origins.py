"""OR: who may say what about whom. Everyone here signs with a valid key of their own."""

from collections.abc import Callable
from typing import Any, Final

from protocol.canonical import digest_of
from protocol.offers import read_draft
from protocol.strictjson import Document
from protocol.vocabulary import PUBLIC
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.parties import Event, Party, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

Choose = Callable[[World], Party]


def put(*path: str | int, value: Callable[[World], Any], **how: Any) -> Attack:
    """Put a value that depends on who is there into the Offer, before it is proved."""
    return Bend(activity=lambda document, world: at(document, *path, put=value(world)), **how)


def thief(world: World) -> Party:
    """Return somebody with a domain and a key of its own."""
    return world.thief


def neighbour(world: World) -> Party:
    """Return somebody else on the shop's server."""
    return world.neighbour(world.shop)


# --- OR-01 --------------------------------------------------------------------------------------------------

FOREIGN: Final[dict[str, Callable[[World], str]]] = {
    "another host": lambda _: "http://evil.example/activities/1",
    "the customer's own": lambda world: f"{world.node.origin}/activities/act_1",
    "another port": lambda world: f"http://127.0.0.1:{world.dark.port}/activities/1",
    "the other scheme": lambda world: world.shop.origin.replace("http:", "https:") + "/activities/1",
    "a host that begins alike": lambda world: f"{world.shop.origin}.evil.example/activities/1",
    "user information": lambda world: world.shop.origin.replace("//", "//evil@") + "/activities/1",
    "no address": lambda _: "urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "nothing": lambda _: "",
    "a fragment of ours": lambda world: f"{world.ada}#evil",
    "dots": lambda world: f"{world.shop.origin}/a/../activities/1",
}


# --- OR-04, OR-07: somebody else about an offer that stands -------------------------------------------------


def about_the_shops_offer(
    who: Choose, say: Callable[[World, Party, Document], Document], *, prove: bool = True
) -> Attack:
    """Let the shop have an offer standing, and somebody else say something about it."""

    def attack(world: World) -> Answer:
        speaker, opened = who(world), world.opened(world.shop)
        world.must(world.baseline(speaker))
        world.hold()
        said = say(world, speaker, opened)
        return world.say(speaker, said) if prove else world.deliver(speaker, said)

    return attack


def undo(world: World, speaker: Party, opened: Document) -> Document:
    """Take the offer back."""
    return speaker.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,))


def replace_it(world: World, speaker: Party, opened: Document) -> Document:
    """Offer something in its place."""
    return speaker.answer(
        Event.REOFFER, opened, now=world.now(), to=(world.ada,), draft=read_draft(opened["object"])
    )


def accept_it(world: World, speaker: Party, opened: Document) -> Document:
    """Accept it, as if it were made to the speaker."""
    return accepted_by(world, speaker, opened, to=(world.ada,), key=world.shop.ed25519.public.multibase)


def reject_it(world: World, speaker: Party, opened: Document) -> Document:
    """Reject it, as if it were made to the speaker."""
    return speaker.answer(Event.REJECT, opened, now=world.now(), to=(world.ada,))


def delete_it(world: World, speaker: Party, opened: Document) -> Document:
    """Delete it."""
    return speaker.activity("Delete", opened["id"], world.ada)


def bury_it(world: World, speaker: Party, opened: Document) -> Document:
    """Delete it, with a tombstone."""
    tomb = {"id": opened["id"], "type": "Tombstone", "formerType": "Offer"}
    return speaker.activity("Delete", tomb, world.ada)


def update_it(world: World, speaker: Party, opened: Document) -> Document:
    """Update it."""
    return speaker.activity("Update", {**opened, "actor": speaker.iri}, world.ada)


def talk_in_it(world: World, speaker: Party, opened: Document) -> Document:
    """Say something in its negotiation."""
    note = {
        "id": f"{speaker.origin}/notes/{number()}",
        "type": "Note",
        "content": "evil",
        "context": opened["context"],
    }
    return speaker.activity("Create", note, world.ada)


def about_the_nodes_offer(who: Choose, say: Callable[[World, Party, Document], Document]) -> Attack:
    """Let the node have an offer standing with the shop, and somebody else answer it."""

    def attack(world: World) -> Answer:
        speaker, offer = who(world), world.offered(world.shop)
        world.must(world.baseline(speaker))
        world.settle()
        world.hold()
        return world.say(speaker, say(world, speaker, offer))

    return attack


def accept_for_the_shop(world: World, speaker: Party, offer: Document) -> Document:
    """Accept what was offered to the shop."""
    return accepted_by(world, speaker, offer)


def reject_for_the_shop(world: World, speaker: Party, offer: Document) -> Document:
    """Reject what was offered to the shop."""
    return speaker.answer(Event.REJECT, offer, now=world.now())


def about_the_shops_agreement(who: Choose, event: Event, **members: Any) -> Attack:
    """Let the shop have an agreement with the node, and somebody else act on it."""

    def attack(world: World) -> Answer:
        speaker, opened = who(world), world.opened(world.shop)
        accept = agreement_for(world, world.shop, opened)
        world.must(world.baseline(speaker))
        world.settle()
        world.hold()
        document = speaker.answer(
            event, accept["result"], now=world.now(), negotiation=opened["context"], **members
        )
        return world.say(speaker, document)

    return attack


def about_the_shops_intention(who: Choose, type: str, *, own_name: bool) -> Attack:
    """Let the shop want something of the node's, and somebody else change that."""

    def attack(world: World) -> Answer:
        speaker = who(world)
        proposal = world.shop.intention(to=world.ada, now=world.now())
        world.must(world.deliver(world.shop, world.shop.activity("Create", proposal, world.ada)))
        world.must(world.baseline(speaker))
        world.hold()
        bent = {**proposal, "name": "evil", "updated": "2097-01-01T00:00:00Z"}
        bent |= {"attributedTo": speaker.iri} if own_name else {}
        object = bent if type == "Update" else proposal["id"]
        return world.deliver(speaker, speaker.activity(type, object, world.ada))

    return attack


OTHERS: Final[dict[str, Choose]] = {"the thief": thief, "a neighbour": neighbour}


# --- OR-05 --------------------------------------------------------------------------------------------------


def updating(change: Callable[[World, Document], Document]) -> Attack:
    """Update one's own standing offer, in something that cannot change."""

    def attack(world: World) -> Answer:
        opened = world.opened(world.shop)
        bare = {name: member for name, member in opened.items() if name != "proof"}
        world.hold()
        return world.say(world.shop, world.shop.activity("Update", change(world, bare), world.ada))

    return attack


def reoffering(change: Callable[[World, Document], Document]) -> Attack:
    """Make a new offer in place of one's own, and change in it what has to stay."""

    def attack(world: World) -> Answer:
        opened = world.opened(world.shop)
        document = change(world, replace_it(world, world.shop, opened))
        world.hold()
        return world.say(world.shop, document)

    return attack


# --- OR-08, OR-10, OR-11 ------------------------------------------------------------------------------------


def move_away(world: World) -> Answer:
    """Say that the shop is now the thief."""
    world.opened(world.shop)
    world.must(world.baseline(world.thief))
    world.hold()
    moved = world.thief.activity("Move", world.shop.iri, world.ada, target=world.thief.iri)
    return world.say(world.thief, moved)


def addressed(*, path: str | None = None, **members: Callable[[World], Any]) -> Attack:
    """Address the Offer to others."""

    def bend(document: Document, world: World) -> Document:
        return {**document, "to": []} | {name: value(world) for name, value in members.items()}

    return Bend(activity=bend, path=path)


def in_the_customers_name(sign: Callable[[World], tuple[Any, str]]) -> Attack:
    """Say in the customer's own name that an offer of the shop's is accepted."""

    def attack(world: World) -> Answer:
        opened = world.opened(world.shop)
        key, key_id = sign(world)
        document = {
            "@context": opened["@context"],
            "id": f"{world.node.origin}/activities/act_{number()}",
            "type": "Accept",
            "actor": world.ada,
            "to": [world.ada],
            "object": opened["id"],
            "digestMultibase": digest_of(opened),
            "context": opened["context"],
        }
        world.hold()
        proved = world.shop.prove(document, now=world.now(), method=f"{world.ada}#ed25519-1")
        return world.deliver(world.shop, proved, key=key, key_id=key_id)

    return attack


def nothing_agreed(world: World, _: Answer) -> None:
    """No agreement came of it."""
    expect(world.asked("GET", "/offers?limit=1")["items"][0]["agreement"] is None, "nothing is agreed")


CASES: Final[tuple[Case, ...]] = (
    *vectors("OR-01", {name: put("id", value=value) for name, value in FOREIGN.items()}, 422, fetches=0),
    *vectors(
        "OR-02",
        {
            "on the activity": put("attributedTo", value=lambda world: world.thief.iri),
            "on the terms": put("object", "attributedTo", value=lambda world: world.thief.iri),
            "to the customer": put("attributedTo", value=lambda world: world.ada),
            "to two": put("attributedTo", value=lambda world: [world.shop.iri, world.thief.iri]),
        },
        422,
    ),
    case("OR-02", "to its actor", put("attributedTo", value=lambda world: world.shop.iri), 202),
    *[
        each
        for who, choose in OTHERS.items()
        for id in ("OR-04" if who == "the thief" else "OR-07",)
        for each in (
            *vectors(
                id,
                {
                    f"{who} takes the shop's offer back": about_the_shops_offer(choose, undo),
                    f"{who} replaces the shop's offer": about_the_shops_offer(choose, replace_it),
                    f"{who} accepts the shop's offer": about_the_shops_offer(choose, accept_it),
                    f"{who} rejects the shop's offer": about_the_shops_offer(choose, reject_it),
                    f"{who} deletes the shop's offer": about_the_shops_offer(choose, delete_it, prove=False),
                    f"{who} buries the shop's offer": about_the_shops_offer(choose, bury_it),
                    f"{who} talks in the shop's negotiation": about_the_shops_offer(
                        choose, talk_in_it, prove=False
                    ),
                    f"{who} accepts for the shop": about_the_nodes_offer(choose, accept_for_the_shop),
                    f"{who} rejects for the shop": about_the_nodes_offer(choose, reject_for_the_shop),
                    f"{who} countersigns for the shop": about_the_shops_agreement(choose, Event.COUNTERSIGN),
                    f"{who} takes the shop's word back": about_the_shops_agreement(choose, Event.RENEGE),
                    f"{who} deletes the shop's intention": about_the_shops_intention(
                        choose, "Delete", own_name=False
                    ),
                },
                403,
            ),
            *vectors(
                id,
                {
                    f"{who} updates the shop's offer": about_the_shops_offer(choose, update_it),
                    f"{who} updates the shop's intention": about_the_shops_intention(
                        choose, "Update", own_name=False
                    ),
                    f"{who} takes the shop's intention over": about_the_shops_intention(
                        choose, "Update", own_name=True
                    ),
                },
                (403, 422),
                note="there is no Update of an offer: who makes it does not matter then.",
            ),
        )
    ],
    *vectors(
        "OR-05",
        {
            "the price": updating(lambda _, d: at(d, "object", "price", 0, "amount", put="1.00")),
            "the seller": updating(lambda world, d: {**d, "actor": world.thief.iri}),
            "the customer": updating(lambda world, d: {**d, "to": [world.thief.iri]}),
            "the id": updating(lambda world, d: {**d, "id": f"{world.shop.origin}/activities/{number()}"}),
        },
        422,
        "unknown-activity",
        note="an offer is replaced by a new one, never updated; all of these are one unknown activity.",
    ),
    *vectors(
        "OR-05",
        {
            "the negotiation of a new offer": reoffering(
                lambda world, d: {**d, "context": f"{world.shop.origin}/negotiations/{number()}"}
            ),
            "what a new offer answers": reoffering(
                lambda world, d: at(d, "object", "stipulates", "satisfies", put=f"{world.cast().iri}#primary")
            ),
            "the customer of a new offer": reoffering(lambda world, d: {**d, "to": [world.rival.iri]}),
        },
        422,
        still=None,
    ),
    case(
        "OR-08",
        "the thief says that the shop is now the thief",
        move_away,
        (403, 422),
        note="Move is not taken at all yet, from nobody.",
    ),
    *vectors(
        "OR-10",
        {
            "to another customer": addressed(to=lambda world: [world.rival.iri]),
            "to nobody": addressed(),
            "to everybody": addressed(to=lambda _: [PUBLIC]),
            "to everybody, by another name": addressed(to=lambda _: ["as:Public"]),
            "to our followers": addressed(to=lambda world: [f"{world.ada}/followers"]),
            "to us in secret": addressed(
                to=lambda world: [world.rival.iri],
                bto=lambda world: [world.ada],
                bcc=lambda world: [world.ada],
            ),
            "to an address that begins like ours": addressed(to=lambda world: [f"{world.ada}2"]),
            "to our inbox": addressed(to=lambda world: [f"{world.ada}/inbox"]),
            "to another customer, at the shared inbox": addressed(
                to=lambda world: [world.rival.iri], path="/inbox"
            ),
            "to everybody, at the shared inbox": addressed(to=lambda _: [PUBLIC], path="/inbox"),
        },
        422,
        "not-addressed",
    ),
    case("OR-10", "to us among others", addressed(to=lambda w: [w.rival.iri, w.ada], path="/inbox"), 202),
    *vectors(
        "OR-11",
        {
            "with the shop's key": in_the_customers_name(lambda world: (world.shop.rsa, world.shop.rsa_id)),
            "with the shop's key under the customer's id": in_the_customers_name(
                lambda world: (world.shop.rsa, f"{world.ada}#rsa-1")
            ),
            "with a key the customer has not": in_the_customers_name(
                lambda world: (world.shop.rsa, f"{world.ada}#rsa-2")
            ),
        },
        401,
        fetches=0,
        check=nothing_agreed,
    ),
)
