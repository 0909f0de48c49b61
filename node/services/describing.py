"""Describing a local actor to others: its document, and the activity that says that this has changed."""

from datetime import datetime

from node.services.acting import Acting, LocalActor
from protocol.actors import ActorKind, render_actor
from protocol.strictjson import Document
from protocol.times import render_time


def document(local: LocalActor, *, published: datetime | None = None) -> Document:
    """Return the document that answers at a local actor's address."""
    return render_actor(
        local.actor, published=published, manually_approves_followers=local.actor.kind is ActorKind.PERSON
    )


def update(acting: Acting, changed: LocalActor, *to: str) -> Document:
    """Return an activity that says how the acting actor's document reads from now on (ActivityPub §6.3)."""
    described = document(changed)
    return {
        "@context": described.pop("@context"),
        "id": acting.mint("activities", "act"),
        "type": "Update",
        "actor": acting.iri,
        "to": [*to],
        "published": render_time(acting.now),
        "object": described,
    }
