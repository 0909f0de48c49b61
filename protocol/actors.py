"""Actors: who speaks, where they are reached, and which keys are theirs.

Rules that hold here:

- An actor document is believed only for the address it was asked for: its `id` is that address, and its inbox
  and its keys live under the same origin (FEP-fe34).
- A key counts only with the actor as its owner, and only from the actor's own document. Keys that cannot be
  read or are too weak are passed over; the others still serve.
- At most 16 keys are looked at, so that a document of thousands costs no more than one of sixteen.
- An actor is of one of the five kinds of ActivityStreams; a Tombstone is an actor that is gone.

Sources: ActivityPub §4, FEP-521a (Multikey), FEP-844e (capabilities), Controlled Identifiers 1.0 §2.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from protocol import codes, jsonld, vocabulary
from protocol.discovery import read_handle
from protocol.errors import Gone, ProtocolError, Unauthenticated, Unprocessable
from protocol.folding import single
from protocol.hypertext import read_hypertext, render_hypertext
from protocol.icons import read_icon
from protocol.iris import same_origin
from protocol.keys import Algorithm, PublicKey, read_multibase, read_public_pem
from protocol.members import literal, of_languages
from protocol.rosters import RosterEntry, entry_of
from protocol.strictjson import Document
from protocol.times import read_time, render_time
from protocol.values import dataclass

# Actors have one or two keys, more while they rotate.
LIMIT_KEYS: Final = 16
# Names are for people; what is longer is cut (they are shown in lists, and stored per peer).
LIMIT_NAME_CHARACTERS: Final = 200
LIMIT_SUMMARY_CHARACTERS: Final = 5_000
LIMIT_ACCEPTED: Final = 64  # entries that somebody accepts; the roster has fewer


# What is read of an actor, and what its parts are called; contexts may do with all other words as they like
# (Mobilizon gives `location` the meaning of schema.org's).
_NAMES: Final = frozenset(
    {"id", "type", "name", "nameMap", "summary", "summaryMap", "preferredUsername", "inbox", "outbox"}
    | {"followers", "endpoints", "sharedInbox"}
    | {"publicKey", "publicKeyPem", "publicKeyMultibase", "owner", "controller", "expires"}
    | {
        "revoked",
        "assertionMethod",
        "authentication",
        "verificationMethod",
        "generator",
        "implements",
        "href",
    }
    | {"Person", "Organization", "Service", "Application", "Group", "Tombstone", "Multikey"}
)


_ACCEPTING: Final = frozenset({"id", "accepts"})


class ActorKind(StrEnum):
    """The actor types of ActivityStreams (Activity Vocabulary §3.2)."""

    PERSON = "Person"
    ORGANIZATION = "Organization"
    SERVICE = "Service"
    APPLICATION = "Application"
    GROUP = "Group"


class KeyPurpose(StrEnum):
    """What a key may be used for: HTTP signatures, proofs on documents, or logging in."""

    HTTP = "http"
    ASSERTION = "assertionMethod"
    AUTHENTICATION = "authentication"


@dataclass(frozen=True, slots=True)
class ActorKey:
    """A public key as its owner's document lists it; `expires` is when its owner says it stops counting."""

    id: str
    owner: str
    key: PublicKey
    purposes: frozenset[str]
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that an actor's owner lets everybody read, such as its place: what it is, and a text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor as its own document describes it; `speaks_ed25519` is FEP-844e's RFC 9421 with Ed25519.

    `statements` are written, of our own actors; those of others are not read. `icon` is the address of a
    picture, of others, and proves nothing. `accepts` are written too: the entries of the roster (IRIs) that a
    business says it accepts; those of others are read by `accepted_entries`.
    """

    iri: str
    kind: ActorKind
    name: str
    handle: str
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    summary: str
    keys: tuple[ActorKey, ...]
    speaks_ed25519: bool
    statements: tuple[Statement, ...] = ()
    icon: str = ""
    accepts: tuple[str, ...] = ()

    def key(self, key_id: str, purpose: str) -> ActorKey | None:
        """Return the key with exactly this id if it may be used for `purpose`.

        Ids are compared as a whole, never by prefix: GoToSocial's key id is a path of its own.
        """
        for key in self.keys:
            if key.id == key_id and purpose in key.purposes:
                return key
        return None


def read_actor(document: Document, *, iri: str) -> Actor:
    """Read the actor document that was fetched from `iri`.

    Raises:
        Gone: `actor-gone`, the document is a Tombstone.
        Unauthenticated: `actor-mismatch`, it is the document of another actor; `actor-kind`, it is no actor
            of a known kind; `actor-inbox`, it has no inbox under its own origin. Unprocessable: its JSON-LD
            cannot be read (`jsonld.read`).
    """
    plain = jsonld.read(document, relied_on=_NAMES)
    if plain.get("id") != iri:
        raise Unauthenticated(codes.ACTOR_MISMATCH)
    types = jsonld.many(plain.get("type"))
    if "Tombstone" in types:
        raise Gone(codes.ACTOR_GONE)
    inbox = _own_address(plain.get("inbox"), iri)
    if inbox is None:
        raise Unauthenticated(codes.ACTOR_INBOX)
    return Actor(
        iri=iri,
        kind=_kind(types),
        name=_text(plain, "name", LIMIT_NAME_CHARACTERS),
        handle=read_handle(_only(plain.get("preferredUsername"))),
        inbox=inbox,
        shared_inbox=_shared_inbox(plain, iri),
        outbox=_own_address(plain.get("outbox"), iri),
        followers=_own_address(plain.get("followers"), iri),
        summary=read_hypertext(_text(plain, "summary", LIMIT_SUMMARY_CHARACTERS)).text,
        keys=tuple(_read_keys(plain, iri)),
        speaks_ed25519=vocabulary.RFC9421_ED25519 in _implemented(plain),
        icon=read_icon(plain.get("icon")),
    )


def implements(document: Document, feature: str) -> bool:
    """Tell whether an actor's document says that its software implements a feature (FEP-844e).

    Raises:
        Unprocessable: its JSON-LD cannot be read (`jsonld.read`).
    """
    return feature in _implemented(jsonld.read(document, relied_on=_NAMES))


def accepted_entries(document: Document) -> tuple[RosterEntry, ...] | None:
    """Return the entries of the roster that an actor's document says are accepted; None if it says nothing.

    Those that this roster does not have are passed over; what cannot be read, or names none, says nothing.
    """
    try:
        plain = jsonld.read(document, relied_on=_ACCEPTING)
    except Unprocessable:
        return None
    if plain.get("accepts") is None:
        return None
    named = [_address(each) for each in jsonld.many(plain["accepts"])[:LIMIT_ACCEPTED]]
    found = tuple(entry for iri in named if iri is not None and (entry := entry_of(iri)) is not None)
    return found or None


def render_actor(
    actor: Actor, *, published: datetime | None = None, manually_approves_followers: bool = False
) -> Document:
    """Write the document that answers at the actor's address.

    The RSA keys become `publicKey` (what every server reads) and the Ed25519 keys `assertionMethod`
    (FEP-521a). A single `publicKey` is an object, because most servers read nothing else. Other servers show
    `summary` and the value of an attachment as HTML, so that is what they are.
    """
    document: Document = {
        "@context": [
            *vocabulary.ACTOR_CONTEXT,
            *([vocabulary.STATEMENT_CONTEXT] if actor.statements else []),
            *([vocabulary.ACCEPTS_CONTEXT] if actor.accepts else []),
        ],
        "id": actor.iri,
        "type": actor.kind.value,
        "name": actor.name,
        "preferredUsername": actor.handle,
        "summary": render_hypertext(actor.summary),
        "inbox": actor.inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "manuallyApprovesFollowers": manually_approves_followers,
        "endpoints": {"sharedInbox": actor.shared_inbox} if actor.shared_inbox else None,
        "published": render_time(published) if published else None,
        "publicKey": single([_render_pem(key) for key in actor.keys if key.key.algorithm is Algorithm.RSA]),
        "assertionMethod": [
            _render_multikey(key) for key in actor.keys if KeyPurpose.ASSERTION in key.purposes
        ],
        "attachment": [
            {"type": "PropertyValue", "name": statement.name, "value": render_hypertext(statement.text)}
            for statement in actor.statements
        ],
        "accepts": [*actor.accepts],
        "generator": _render_capabilities() if actor.speaks_ed25519 else None,
    }
    return {
        member: value for member, value in document.items() if value is not None and value not in ("", [])
    }


def _kind(types: list[Any]) -> ActorKind:
    # A second type of another vocabulary says more about the actor, a second kind contradicts the first.
    kinds = [kind for kind in ActorKind if kind in types]
    if len(kinds) != 1:
        raise Unauthenticated(codes.ACTOR_KIND)
    return kinds[0]


def _own_address(value: object, iri: str) -> str | None:
    """Return the address if it lies under the actor's own origin: no actor speaks for another server."""
    address = _address(value)
    return address if same_origin(address, iri) else None


def _address(value: object) -> str | None:
    """Return the address that something is or has; nothing if it is none, or several."""
    try:
        return jsonld.ref(value)
    except Unprocessable:
        return None


def _shared_inbox(plain: Document, iri: str) -> str | None:
    """Return the shared inbox of the actor's server; NodeBB and Discourse name it beside the endpoints."""
    endpoints = _only(plain.get("endpoints"))
    named = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    return _own_address(plain.get("sharedInbox") if named is None else named, iri)


def _text(plain: Document, member: str, limit_characters: int) -> str:
    """Return a text of the actor; of one that is there in languages only, the one that is read of any."""
    value = plain.get(member)
    text = _only(of_languages(plain.get(f"{member}Map")) if value is None else value)
    return text[:limit_characters] if isinstance(text, str) else ""


def _only(value: Any) -> object:
    """Return a value however it is wrapped; nothing if there are several."""
    try:
        return literal(value)
    except Unprocessable:
        return None


def _implemented(plain: Document) -> set[Any]:
    """List what the actor's software implements, by its generator or, if it is one, by itself (FEP-844e)."""
    applications = [plain, *jsonld.many(plain.get("generator"))]
    features = [
        feature
        for application in applications
        if isinstance(application, dict)
        for feature in jsonld.many(application.get("implements"))
    ]
    hrefs = (feature.get("href") if isinstance(feature, dict) else feature for feature in features)
    return {href for href in hrefs if isinstance(href, str)}


def _read_keys(plain: Document, iri: str) -> list[ActorKey]:
    """Read the usable keys in document order, one entry per id with all its purposes."""
    keys: dict[str, ActorKey] = {}
    contradicted: set[str] = set()
    for purposes, node in list(_listed_keys(plain))[:LIMIT_KEYS]:
        key = _read_key(node, iri, purposes)
        if key is None:
            continue
        known = keys.setdefault(key.id, key)
        if known.key != key.key:
            contradicted.add(key.id)
        keys[key.id] = ActorKey(
            key.id, iri, known.key, known.purposes | purposes, known.expires or key.expires
        )
    # One id for two keys proves nothing about either.
    return [key for key in keys.values() if key.id not in contradicted]


def _listed_keys(plain: Document) -> Iterator[tuple[frozenset[str], Any]]:
    """Pair each key with the purposes its place in the document gives it.

    A key may stand where it is used, or elsewhere in the document and be named there by its id (CID §2.3).
    """
    embedded = {
        node["id"]: node
        for member in ("verificationMethod", "publicKey", *_MEMBERS)
        for node in jsonld.many(plain.get(member))
        if isinstance(node, dict) and isinstance(node.get("id"), str)
    }
    for node in jsonld.many(plain.get("publicKey")):
        yield frozenset({KeyPurpose.HTTP}), node
    for member, purposes in _MEMBERS.items():
        for node in jsonld.many(plain.get(member)):
            yield purposes, embedded.get(node) if isinstance(node, str) else node


# A proof needs a key of `assertionMethod` (FEP-8b32); HTTP signatures may be made with any of the actor's.
_MEMBERS: Final = {
    "assertionMethod": frozenset({KeyPurpose.HTTP, KeyPurpose.ASSERTION}),
    "authentication": frozenset({KeyPurpose.HTTP, KeyPurpose.AUTHENTICATION}),
}


def _read_key(node: object, iri: str, purposes: frozenset[str]) -> ActorKey | None:
    """Read one key, or nothing if it is not the actor's own, is revoked, weak or unreadable."""
    # JSON-LD 1.1 §9.5: null is the same as nothing.
    if not isinstance(node, dict) or node.get("revoked") is not None:
        return None
    # FEP-521a: `controller` MUST match the actor's id; `owner` is its name in security/v1. A key in the
    # actor's own document that names nobody is the actor's.
    named = [owner for member in ("owner", "controller") for owner in jsonld.many(node.get(member))]
    if any(_address(owner) != iri for owner in named) or not same_origin(node.get("id"), iri):
        return None
    try:
        expires = None if node.get("expires") is None else read_time(node["expires"])
        return ActorKey(node["id"], iri, _public_key(node), purposes, expires)
    except (ProtocolError, ValueError):
        return None


def _public_key(node: dict[str, Any]) -> PublicKey:
    multibase, pem = node.get("publicKeyMultibase"), node.get("publicKeyPem")
    if isinstance(multibase, str):
        return read_multibase(multibase)
    if isinstance(pem, str):
        return read_public_pem(pem)
    raise ValueError("a key without key material")


def _render_pem(key: ActorKey) -> Document:
    node = {"id": key.id, "type": "CryptographicKey", "owner": key.owner, "publicKeyPem": key.key.pem}
    return node | _render_end(key)


def _render_multikey(key: ActorKey) -> Document:
    return {
        "id": key.id,
        "type": "Multikey",
        "controller": key.owner,
        "publicKeyMultibase": key.key.multibase,
        **_render_end(key),
    }


def _render_end(key: ActorKey) -> Document:
    return {} if key.expires is None else {"expires": render_time(key.expires)}


def _render_capabilities() -> Document:
    features = [{"type": "Link", "href": href, "name": name} for href, name in vocabulary.IMPLEMENTS.items()]
    return {"type": "Application", "implements": features}
