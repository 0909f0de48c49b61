"""A valid activity of every kind that peers send us, each where the node would take it.

Whatever has to happen before (an offer of ours to be countered, an agreement to be left) is played first,
with a peer of its own for each kind. What is not taken can be made again from the same place; what was taken
is over, and the next one needs a new place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from protocol.offers import Draft, read_draft
from protocol.strictjson import Document
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.nodes import until
from tests.attacks.parties import FOREVER, Event, Party, at, number
from tests.attacks.world import World

Make = Callable[[], Document]
"""Writes the activity, under an id of its own each time, not proved yet."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of activity: how its place is prepared, and whether it needs a proof."""

    prepare: Callable[[World, Party], Make]
    is_proved: bool


def _for_less(document: Document) -> Draft:
    draft = read_draft(document["object"])
    [line] = draft.price
    return replace(draft, price=(replace(line, amount=line.amount - Decimal(5)),))


# --- moves --------------------------------------------------------------------------------------------------


def offer(world: World, party: Party) -> Make:
    """Answer an intention."""
    wanted = world.cast()
    return lambda: party.offer(wanted, now=world.now())


def _answering(world: World, party: Party, event: Event, answered: Document, **changes: Any) -> Make:
    return lambda: party.answer(event, answered, now=world.now(), **{"to": (world.ada,), **changes})


def reoffer(world: World, party: Party) -> Make:
    """Replace an offer of one's own."""
    standing = world.opened(party)
    return _answering(world, party, Event.REOFFER, standing, draft=_for_less(standing), ends_at=FOREVER)


def withdraw(world: World, party: Party) -> Make:
    """Take an offer of one's own back."""
    return _answering(world, party, Event.WITHDRAW, world.opened(party))


def counter(world: World, party: Party) -> Make:
    """Ask for other terms than were offered."""
    offered = world.offered(party)
    return _answering(world, party, Event.COUNTER, offered, draft=_for_less(offered), ends_at=FOREVER)


def reject(world: World, party: Party) -> Make:
    """Turn an offer down."""
    return _answering(world, party, Event.REJECT, world.offered(party))


def accept(world: World, party: Party) -> Make:
    """Accept an offer."""
    offered = world.offered(party)
    return lambda: accepted_by(world, party, offered)


def _agreed(world: World, party: Party, *, notice: str = "") -> tuple[Document, Document]:
    """Have an offer accepted; return it and the agreement."""
    document = party.offer(world.cast(), now=world.now())
    if notice:
        document = at(document, "object", "noticePeriod", put=notice)
    opened = party.prove(document, now=world.now())
    world.must(world.deliver(party, opened))
    return opened, agreement_for(world, party, opened)["result"]


def countersign(world: World, party: Party) -> Make:
    """Countersign what was accepted."""
    opened, agreement = _agreed(world, party)
    return _answering(world, party, Event.COUNTERSIGN, agreement, negotiation=opened["context"])


def renege(world: World, party: Party) -> Make:
    """Say that one cannot do what was accepted."""
    opened, agreement = _agreed(world, party)
    return _answering(world, party, Event.RENEGE, agreement, negotiation=opened["context"])


def _concluded(world: World, party: Party, *, notice: str = "") -> tuple[Document, Document]:
    opened, agreement = _agreed(world, party, notice=notice)
    world.must(
        world.say(
            party, _answering(world, party, Event.COUNTERSIGN, agreement, negotiation=opened["context"])()
        )
    )
    return opened, agreement


def leave(world: World, party: Party) -> Make:
    """Give notice."""
    opened, agreement = _concluded(world, party, notice="P1M")
    ends = world.now() + timedelta(days=400)
    return _answering(world, party, Event.LEAVE, agreement, negotiation=opened["context"], ends_at=ends)


def amendment(world: World, party: Party) -> Make:
    """Offer to replace an agreement."""
    opened, agreement = _concluded(world, party)
    draft = _for_less(opened)

    def make() -> Document:
        address = f"{party.origin}/negotiations/{number()}"
        return _answering(
            world, party, Event.REOFFER, agreement, draft=draft, ends_at=FOREVER, negotiation=address
        )()

    return make


def confirmation(world: World, party: Party) -> Make:
    """Confirm that an agreement was kept."""
    _, agreement = _concluded(world, party)

    def make() -> Document:
        document = {
            "id": f"{party.origin}/confirmations/{number()}",
            "type": "Document",
            "context": agreement["id"],
        }
        return party.activity("Create", document, world.ada)

    return make


# --- everything else ----------------------------------------------------------------------------------------


def message(world: World, party: Party) -> Make:
    """Say something in a negotiation."""
    negotiation = world.opened(party)["context"]

    def make() -> Document:
        note = {
            "id": f"{party.origin}/notes/{number()}",
            "type": "Note",
            "attributedTo": party.iri,
            "content": "Is there a bell?",
            "context": negotiation,
        }
        return party.activity("Create", note, world.ada, context=negotiation)

    return make


def proposal(world: World, party: Party) -> Make:
    """Tell of an intention."""
    return lambda: party.activity("Create", party.intention(to=world.ada, now=world.now()), world.ada)


def _told(world: World, party: Party) -> Document:
    told = party.intention(to=world.ada, now=world.now())
    world.must(world.deliver(party, party.activity("Create", told, world.ada)))
    return told


def update(world: World, party: Party) -> Make:
    """Change an intention that was told."""
    told, since = _told(world, party), world.now()

    def make() -> Document:
        updated = (since + timedelta(seconds=number())).strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = {**told, "name": f"A bike, version {number()}", "updated": updated}
        return party.activity("Update", changed, world.ada)

    return make


def deletion(world: World, party: Party) -> Make:
    """Take an intention back that was told."""
    tombstone = {"id": _told(world, party)["id"], "type": "Tombstone", "formerType": "Proposal"}
    return lambda: party.activity("Delete", tombstone, world.ada)


def message_deletion(world: World, party: Party) -> Make:
    """Take a message back that was said."""
    said = message(world, party)()
    world.must(world.deliver(party, said))
    tombstone = {"id": said["object"]["id"], "type": "Tombstone", "formerType": "Note"}
    return lambda: party.activity("Delete", tombstone, world.ada)


def follow(world: World, party: Party) -> Make:
    """Ask to follow."""
    if world.count(
        "follows", "peer = (SELECT id FROM peers WHERE address = ?) AND direction = 'follower'", party.iri
    ):
        undone = {"id": f"{party.origin}/activities/{number()}", "type": "Follow", "object": world.ada}
        world.deliver(party, party.activity("Undo", undone, world.ada))
    return lambda: party.activity("Follow", world.ada, world.ada)


def unfollow(world: World, party: Party) -> Make:
    """Follow no more."""
    asked = party.activity("Follow", world.ada, world.ada)
    world.must(world.deliver(party, asked))
    return lambda: party.activity(
        "Undo", {"id": asked["id"], "type": "Follow", "object": world.ada}, world.ada
    )


def _asked_to_follow(world: World, party: Party) -> Document:
    if world.count(
        "follows", "peer = (SELECT id FROM peers WHERE address = ?) AND direction = 'following'", party.iri
    ):
        world.asked("POST", "/peers/unfollow", {"peer": party.iri})
    before = len(_asked(party))
    world.asked("POST", "/peers/follow", {"peer": party.iri})
    until(lambda: len(_asked(party)) > before)
    return _asked(party)[-1]


def _asked(party: Party) -> list[Document]:
    assert party.site is not None
    posts = [hit.document for hit in party.site.posts(f"{party.path}/inbox")]
    return [document for document in posts if document["type"] == "Follow"]


def follow_accepted(world: World, party: Party) -> Make:
    """Let the node follow."""
    asked = _asked_to_follow(world, party)
    return lambda: party.activity("Accept", {"id": asked["id"], "type": "Follow"}, world.ada)


def follow_rejected(world: World, party: Party) -> Make:
    """Do not let the node follow."""
    asked = _asked_to_follow(world, party)
    return lambda: party.activity("Reject", asked["id"], world.ada)


def actor_update(world: World, party: Party) -> Make:
    """Say that one's own document has changed."""
    return lambda: party.activity("Update", party.document, world.ada)


KINDS: Final = MappingProxyType(
    {
        "Offer": Kind(offer, is_proved=True),
        "Offer again": Kind(reoffer, is_proved=True),
        "Offer to amend": Kind(amendment, is_proved=True),
        "Reject with terms": Kind(counter, is_proved=True),
        "Reject": Kind(reject, is_proved=True),
        "Accept": Kind(accept, is_proved=True),
        "Accept of the agreement": Kind(countersign, is_proved=True),
        "Reject of the agreement": Kind(renege, is_proved=True),
        "Undo of an offer": Kind(withdraw, is_proved=True),
        "Leave": Kind(leave, is_proved=True),
        "Create of a confirmation": Kind(confirmation, is_proved=True),
        "Create of a message": Kind(message, is_proved=False),
        "Create of an intention": Kind(proposal, is_proved=False),
        "Update of an intention": Kind(update, is_proved=False),
        "Delete of an intention": Kind(deletion, is_proved=False),
        "Delete of a message": Kind(message_deletion, is_proved=False),
        "Follow": Kind(follow, is_proved=False),
        "Undo of a follow": Kind(unfollow, is_proved=False),
        "Accept of a follow": Kind(follow_accepted, is_proved=False),
        "Reject of a follow": Kind(follow_rejected, is_proved=False),
        "Update of an actor": Kind(actor_update, is_proved=False),
    }
)
