"""KY: an address that is served by somebody else from one day to the next, with keys of their own."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from protocol.strictjson import Document
from tests.attacks.cases import Attack, Case, case
from tests.attacks.nodes import until
from tests.attacks.parties import Party, fresh_ed25519
from tests.attacks.sites import Hit, accepted, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_MANY: Final = 10  # documents of an actor that is looked for


def met(world: World) -> Party:
    """Return a business that the node has dealt with."""
    sender = world.stranger()
    world.must(world.baseline(sender))
    return sender


def taken_over(world: World, sender: Party) -> None:
    """Publish other keys at a party's address, and sign with them from now on."""
    world.advance(minutes=6)  # so that its document is asked for again
    sender.owner_of_rsa, sender.ed25519 = "victim", fresh_ed25519()
    sender.publish()


def held(world: World, sender: Party) -> list[str]:
    """Return the keys of a party that wait for the owner."""
    shown = world.asked("GET", f"/peer?iri={sender.iri}")
    return [key["key"] for key in shown["keys"] if key["state"] == "held"]


def changed(then: Callable[[World, Party], Any] | None = None) -> Attack:
    """Change all keys without a word, make an offer, and another one after something that the owner did."""

    def attack(world: World) -> Answer:
        sender = met(world)
        taken_over(world, sender)
        document = world.offer(sender)
        world.hold()
        answer = world.deliver(sender, document)
        expect(sender.ed25519.public.fragment in held(world, sender), "the owner is asked about the key")
        if then is None:
            return answer
        expect(answer.code == "key-held", "the offer waits")
        then(world, sender)
        world.advance(seconds=1)  # the same second gives the same signature, which was used
        world.hold()
        return world.deliver(sender, document)

    return attack


def judged(word: str) -> Callable[[World, Party], Any]:
    """Let the owner decide on what waits."""

    def decide(world: World, sender: Party) -> None:
        body = {"peer": sender.iri, "keys": held(world, sender)}
        world.asked("POST", f"/peers/{word}-keys", body)

    return decide


def announced(by_old_key: bool) -> Attack:
    """Say that one's keys have changed, proved by the key that was known, or by the new one itself."""

    def attack(world: World) -> Answer:
        sender = met(world)
        before = Party(sender.origin, sender.name, sender.site, "thief", ed25519=sender.ed25519)
        taken_over(world, sender)
        update = sender.activity("Update", without_context(sender.document), world.ada)
        if not by_old_key:
            world.hold()
            return world.say(sender, update)
        # Whoever rotates leaves the old key in the document for a while.
        old = {**before.document["assertionMethod"][0], "id": f"{sender.iri}#ed25519-0"}
        sender.publish({**sender.document, "assertionMethod": [*sender.document["assertionMethod"], old]})
        proved = sender.prove(update, now=world.now(), key=before.ed25519, method=old["id"])
        world.must(world.deliver(sender, proved))
        return world.baseline(sender)

    return attack


def slipped(world: World) -> Answer:
    """Announce new keys with one of them, out of a document that by then has the old ones again."""
    sender = met(world)
    before = sender.document
    taken_over(world, sender)
    expect(world.deliver(sender, world.offer(sender)).code == "key-held", "the offer waits")
    update = sender.activity("Update", without_context(sender.document), world.ada)
    world.advance(minutes=6)
    sender.publish(before)
    world.hold()
    return world.deliver(sender, update)


def without_context(document: Document) -> Document:
    """Return an actor's document as the object of an activity."""
    return {name: value for name, value in document.items() if name != "@context"}


def asking(world: World) -> Answer:
    """Ask for what was told to the business whose address one has taken over."""
    sender = met(world)
    told = world.cast(sender.iri)
    world.settle()
    expect(world.fetch(sender, told.iri).status == 200, "the business reads what it was told")
    taken_over(world, sender)
    world.hold()
    return world.fetch(sender, told.iri)


def led_away(world: World) -> Answer:
    """Have the old inbox be gone and name another one beside keys of one's own."""
    sender = met(world)
    assert sender.site is not None
    inbox = f"{sender.path}/inbox"
    taken_over(world, sender)
    sender.publish({**sender.document, "inbox": f"{sender.iri}/elsewhere"})
    hits: list[Hit] = []

    def listen(hit: Hit) -> bytes:
        hits.append(hit)
        return accepted(hit)

    sender.site.pages[inbox] = lambda _: reply(status=410, media=None)
    sender.site.pages[f"{sender.path}/elsewhere"] = listen
    told = world.cast(sender.iri)
    world.settle()
    expect(not hits, "nothing private goes where an unconfirmed document says")
    expect(sender.ed25519.public.fragment in held(world, sender), "the owner is asked about the keys")
    judged("confirm")(world, sender)
    world.baseline()  # something happens, so that what is due is looked at
    until(lambda: any(hit.document.get("object", {}).get("id") == told.iri for hit in hits))
    return world.owner("GET", f"/peer?iri={sender.iri}")


def beside(world: World, *, old_request: bool) -> Answer:
    """Prove with a new key beside the old one in the document, in a request of the old key or not."""
    sender = met(world)
    before = sender.document
    world.advance(minutes=6)
    sender.ed25519 = fresh_ed25519()
    if not old_request:
        sender.owner_of_rsa = "victim"
    old = {**before["assertionMethod"][0], "id": f"{sender.iri}#ed25519-0"}
    sender.publish({**sender.document, "assertionMethod": [*sender.document["assertionMethod"], old]})
    document = world.offer(sender)
    world.hold()
    return world.deliver(sender, document)


def shared(world: World) -> Answer:
    """Come with the key of somebody else, who is known: the owner is told that both have it."""
    sender = met(world)
    other = Party(sender.origin, f"{sender.name}twin", sender.site, "thief", ed25519=sender.ed25519).publish()
    answer = world.baseline(other)
    shown = world.asked("GET", f"/peer?iri={other.iri}")
    expect(sender.iri in shown["same_key_as"], "the owner is told who else has the key")
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("KY-14", "new keys that nobody announced", changed(), 503, "key-held", still=False, fetches=1),
    case("KY-14", "new keys that the owner confirmed", changed(judged("confirm")), 202, fetches=1),
    case(
        "KY-14",
        "new keys that the owner refused",
        changed(judged("refuse")),
        403,
        "key-refused",
        fetches=1,
    ),
    case("KY-10", "new keys, gone from the document", slipped, 503, "key-held", still=False, fetches=1),
    case("KY-14", "new keys, announced by the old one", announced(by_old_key=True), 202, fetches=2),
    case(
        "KY-10",
        "new keys, announced by one of them",
        announced(by_old_key=False),
        503,
        "key-held",
        still=False,
        fetches=2,
    ),
    case("KY-14", "an inbox of whoever came by other keys", led_away, 200, fetches=_MANY, still=False),
    case("KY-14", "a key beside the old one, vouched for", partial(beside, old_request=True), 202, fetches=1),
    case(
        "KY-14",
        "a key beside the old one, copied",
        partial(beside, old_request=False),
        503,
        "key-held",
        still=False,
        fetches=1,
    ),
    case("AC-05", "what was told to whom the address belonged before", asking, 404, fetches=1),
    case("KY-04", "a key that another peer has too", shared, 202, fetches=2),
)
