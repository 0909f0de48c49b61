"""Inputs of the fediverse: what other people send to find out how a server reads it.

Two collections, both as `Create` activities of a real peer:

- `pasture`: the objects of fediverse-pasture-inputs 0.3.5 (tests/vectors/pasture, MIT), wrapped as that
  package wraps them. The package itself cannot be installed beside this node: it needs PyLD below 3.
- `variations`: activities bent in the ways that funfedi-parsing-test-cases 0.1.7 bends them (members absent,
  null or in a list; contexts; audiences; events and polls). The package states no licence, so nothing of it
  is here: the ways are its authors' findings, the documents are ours.

Whoever has that package's documents can feed them too: `python -m tests.interop.feed FILE` reads a JSON array
of activities.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT, PUBLIC

PASTURE: Final = Path(__file__).parents[1] / "vectors/pasture/inputs.json"
PASTURE_ORIGIN: Final = "http://pasture-one-actor"
PUBLISHED: Final = "2025-11-01T12:00:00Z"

Bend = Callable[[Document], Document]


@cache
def pasture() -> dict[str, list[Document]]:
    """Return the inputs by the page of the project that shows them."""
    inputs: dict[str, list[Document]] = orjson.loads(PASTURE.read_bytes())
    return inputs


def is_by(example: Document, sender: str) -> Document:
    """Return an input as if `sender` had written it."""
    text = orjson.dumps(example).replace(f"{PASTURE_ORIGIN}/actor".encode(), sender.encode())
    spoken: Document = orjson.loads(text)
    return spoken


def create(members: Document, *, iri: str, sender: str, recipient: str) -> Document:
    """Wrap the members of an object as fediverse-pasture does: a public note to someone, in a Create."""
    note = {
        "type": "Note",
        "attributedTo": sender,
        "to": [PUBLIC, recipient],
        "id": f"{iri}/object",
        "published": PUBLISHED,
        **members,
    }
    hashtags = {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}
    return {
        "@context": note.get("@context", [ACTIVITYSTREAMS_CONTEXT, hashtags]),
        "type": "Create",
        "actor": sender,
        "id": iri,
        "published": PUBLISHED,
        "to": [PUBLIC, recipient],
        "cc": [],
        "object": note,
    }


def variations(recipient: str) -> dict[str, Bend]:
    """Return the ways in which an activity is bent, by a name for each."""
    return dict([*_members(), *_contexts(), *_audiences(recipient), *_objects()])


def _members() -> Iterator[tuple[str, Bend]]:
    yield "as it is", lambda activity: activity
    for member in ("@context", "actor", "id", "published", "to", "cc", "type"):
        yield f"{member} null", _with(member, None)
        yield f"{member} absent", _without(member)
    for member in ("actor", "published", "object", "type"):
        yield f"{member} in a list", _in_a_list(member)
    yield "actor embedded", _embedding_the_actor
    yield "announced", lambda activity: {**activity, "type": "Announce", "object": activity}


def _contexts() -> Iterator[tuple[str, Bend]]:
    own, other = {"Hashtag": "as:Hashtag"}, "https://w3id.org/security/data-integrity/v2"
    for name, context in {
        "alone": ACTIVITYSTREAMS_CONTEXT,
        "in a list": [ACTIVITYSTREAMS_CONTEXT],
        "before a term": [ACTIVITYSTREAMS_CONTEXT, own],
        "after a term": [own, ACTIVITYSTREAMS_CONTEXT],
        "before another": [ACTIVITYSTREAMS_CONTEXT, other],
        "after another": [other, ACTIVITYSTREAMS_CONTEXT],
    }.items():
        yield f"context {name}", _with("@context", context)


def _audiences(recipient: str) -> Iterator[tuple[str, Bend]]:
    for main, other in (("to", "cc"), ("cc", "to")):
        named: dict[str, Document] = {
            "both": {main: [recipient, PUBLIC]},
            "both, null beside": {main: [recipient, PUBLIC], other: None},
            "both, nobody beside": {main: [recipient, PUBLIC], other: []},
            "one, public beside": {main: recipient, other: PUBLIC},
            "one in a list, public beside": {main: [recipient], other: PUBLIC},
            "one, public in a list beside": {main: recipient, other: [PUBLIC]},
            "public alone": {main: PUBLIC},
        }
        for name, members in named.items():
            yield f"{main}: {name}", _addressed(members)


def _objects() -> Iterator[tuple[str, Bend]]:
    for member in ("attributedTo", "to", "type", "published", "content", "id"):
        yield f"note without {member}", _note_without(member)
    event = {"type": "Event", "name": "A market", "startTime": PUBLISHED, "endTime": PUBLISHED}
    yield (
        "an event",
        _of_kind({**event, "location": {"type": "VirtualLocation", "url": "https://market.example"}}),
    )
    yield "an event without a place", _of_kind(event)
    for options in (1, 4, 100):
        names = [{"type": "Note", "name": f"Answer {number}"} for number in range(options)]
        yield f"a poll of {options}", _of_kind({"type": "Question", "oneOf": names, "endTime": PUBLISHED})


def _with(member: str, value: Any) -> Bend:
    return lambda activity: {**activity, member: value}


def _without(*members: str) -> Bend:
    return lambda activity: {name: value for name, value in activity.items() if name not in members}


def _in_a_list(member: str) -> Bend:
    return lambda activity: {**activity, member: [activity[member]]}


def _addressed(members: Document) -> Bend:
    return lambda activity: {**_without("to", "cc")(activity), **members}


def _note_without(member: str) -> Bend:
    return lambda activity: {**activity, "object": _without(member)(activity["object"])}


def _of_kind(members: Document) -> Bend:
    return lambda activity: {**activity, "object": {**activity["object"], **members}}


def _embedding_the_actor(activity: Document) -> Document:
    return {**activity, "actor": {"type": "Person", "id": activity["actor"], "summary": "A stub."}}
