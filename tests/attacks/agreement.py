"""What the two ends of a negotiation write when they agree, for cases that need one to be under way."""

from typing import Any

from protocol.agreements import Signatory, conclude
from protocol.canonical import digest_of
from protocol.negotiation import Party as Role
from protocol.offers import read_draft
from protocol.strictjson import Document
from tests.attacks.parties import Event, Party, number
from tests.attacks.world import World


def accepted_by(
    world: World,
    offeree: Party,
    offer: Document,
    *,
    terms: Document | None = None,
    key: str = "",
    supersedes: str | None = None,
    **changes: Any,
) -> Document:
    """Write an offeree's Accept of an Offer, not proved yet.

    `terms` are those of another Offer; `key` is the offerer's, which else is looked up;
    `supersedes` is the agreement in whose place this one is.
    """
    method = offer["proof"]["verificationMethod"]
    final = conclude(
        read_draft((terms or offer)["object"]),
        iri=f"{offeree.origin}/agreements/{number()}",
        offer=offer["id"],
        offer_digest=digest_of(offer),
        parties=[
            Signatory(offer["actor"], Role.OFFERER, method, key or _key_of(world, method)),
            Signatory(offeree.iri, Role.OFFEREE, offeree.ed25519_id, offeree.ed25519.public.multibase),
        ],
        salt="AAAAAAAAAAAAAAAAAAAAAA",
        attributed_to=offeree.iri,
        published=world.now(),
        supersedes=supersedes,
    )
    return offeree.answer(Event.ACCEPT, offer, now=world.now(), agreement=final, **changes)


def _key_of(world: World, method: str) -> str:
    """Look up a key of the node's, as any offeree does."""
    listed = world.get(f"/actors/{world.node.handle}").json["assertionMethod"]
    [key] = [key for key in listed if key["id"] == method]
    return str(key["publicKeyMultibase"])


def agreement_for(world: World, offerer: Party, offer: Document) -> Document:
    """Have the owner accept an offer; return the Accept as it arrived at the offerer."""
    world.asked("POST", f"/offers/{world.seen(offer)['id']}/accept", {})
    return world.received(offerer, "Accept", offer["id"])
