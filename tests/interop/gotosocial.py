"""GoToSocial as it documents itself: addresses, actors, activities, and what it demands of others.

Written after `docs/federation/` in the project's repository (`http_signatures.md` at commit 10e62d8b,
`access_control.md` at df5c4322, `actors.md` at 01adf8f3, `posts.md` at 027f5e62); the sentences and the data
are ours.

- `http_signatures.md`, "HTTP Signatures", "Outgoing Requests": draft-cavage only; every GET and POST has to
  be signed; its own cover `(request-target) host date`, with a body also `digest`, and call the algorithm
  hs2019.
- `http_signatures.md`, "Quirks": the key's id is a path, `/users/NAME/main-key`. A GET of it is answered to
  anyone, with a stub of the actor; the whole actor is for those who sign.
- `access_control.md`: whoever does not sign is answered 401.
- `actors.md`, "Profile Fields": the `@context` names two vocabularies by http addresses.
- `actors.md`, "Inbox": no shared inbox; 202 to what is well-formed and signed.
- `posts.md`, "Content, ContentMap, and Language": `content`, and the same again in `contentMap`; single
  values stand without an array.
"""

from typing import Final

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT, PUBLIC
from tests.interop.foreign import CAVAGE, Foreign, pem

CONTEXT: Final = [
    "http://joinmastodon.org/ns",
    "https://w3id.org/security/v1",
    ACTIVITYSTREAMS_CONTEXT,
    "http://schema.org",
]


def server() -> Foreign:
    """Return a server of this shape; `furnish` it once it has an address."""
    return Foreign("/users/turtle", "/main-key", "hs2019", takes=frozenset({CAVAGE}), guarded=True)


def furnish(foreign: Foreign) -> None:
    """Put up the actor, for those who sign, and the stub at its key's address, for all."""
    foreign.pages[foreign.actor_path] = actor(foreign)
    foreign.pages[f"{foreign.actor_path}/main-key"] = stub(foreign)
    foreign.open_pages.add(f"{foreign.actor_path}/main-key")
    foreign.pages["/.well-known/webfinger"] = {
        "subject": f"acct:turtle@{foreign.authority}",
        "links": [{"rel": "self", "type": "application/activity+json", "href": foreign.iri}],
    }


def public_key(foreign: Foreign) -> Document:
    """Return the key as both documents show it."""
    return {"id": foreign.key_id, "owner": foreign.iri, "publicKeyPem": pem(foreign.secret)}


def actor(foreign: Foreign) -> Document:
    """Return the whole actor ("Profile Fields")."""
    return {
        "@context": CONTEXT,
        "id": foreign.iri,
        "type": "Person",
        "preferredUsername": "turtle",
        "name": "Slow Turtle",
        "summary": "<p>I get there.</p>",
        "inbox": f"{foreign.iri}/inbox",
        "outbox": f"{foreign.iri}/outbox",
        "followers": f"{foreign.iri}/followers",
        "following": f"{foreign.iri}/following",
        "featured": f"{foreign.iri}/collections/featured",
        "manuallyApprovesFollowers": True,
        "discoverable": False,
        "attachment": [{"type": "PropertyValue", "name": "Pace", "value": "steady"}],
        "tag": [],
        "url": f"{foreign.origin}/@turtle",
        "publicKey": public_key(foreign),
    }


def stub(foreign: Foreign) -> Document:
    """Return what stands at the key's address ("Quirks")."""
    return {
        "@context": ["https://w3id.org/security/v1", ACTIVITYSTREAMS_CONTEXT],
        "id": foreign.iri,
        "type": "Person",
        "preferredUsername": "turtle",
        "publicKey": public_key(foreign),
    }


def follow(foreign: Foreign, whom: str) -> Document:
    """Return a request to follow."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": foreign.mint("users/turtle/follow"),
        "type": "Follow",
        "actor": foreign.iri,
        "object": whom,
        "to": whom,
    }


def accept(foreign: Foreign, request: Document) -> Document:
    """Return the answer to a request to follow, which it holds whole."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": foreign.mint("users/turtle/accepts"),
        "type": "Accept",
        "actor": foreign.iri,
        "object": {name: request[name] for name in ("id", "type", "actor", "object")},
        "to": request["actor"],
    }


def note(foreign: Foreign, whom: str) -> Document:
    """Return a post that mentions somebody."""
    iri, content = foreign.mint("users/turtle/statuses"), "<p>Is the bike still there?</p>"
    return {
        "@context": ["https://gotosocial.org/ns", ACTIVITYSTREAMS_CONTEXT, {"sensitive": "as:sensitive"}],
        "id": f"{iri}/activity#Create",
        "type": "Create",
        "actor": foreign.iri,
        "published": "2025-11-20T13:32:16Z",
        "to": PUBLIC,
        "cc": [f"{foreign.iri}/followers", whom],
        "object": {
            "id": iri,
            "type": "Note",
            "attributedTo": foreign.iri,
            "to": PUBLIC,
            "cc": [f"{foreign.iri}/followers", whom],
            "content": content,
            "contentMap": {"en": content},
            "attachment": [],
            "sensitive": False,
            "summary": "",
            "tag": {"type": "Mention", "href": whom, "name": "@me"},
            "interactionPolicy": {"canReply": {"always": [PUBLIC], "approvalRequired": []}},
            "published": "2025-11-20T13:32:16Z",
        },
    }


def delete(foreign: Foreign) -> Document:
    """Return the last thing an account says."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": foreign.mint("users/turtle#delete"),
        "type": "Delete",
        "actor": foreign.iri,
        "object": foreign.iri,
        "to": PUBLIC,
        "cc": f"{foreign.iri}/followers",
    }
