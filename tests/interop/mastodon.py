"""Mastodon 4.5 and later as its source and documentation describe it.

Written after the project's repository; the sentences and the data are ours.

- `FEDERATION.md` and `app/services/activitypub/fetch_remote_actor_service.rb` (`check_webfinger!`): an actor
  counts only if WebFinger leads from its account back to it; the answer may name another account, which is
  asked once more.
- `app/lib/http_signature_draft.rb`: posts and fetches are signed after the cavage draft, `rsa-sha256`.
  RFC 9421 is accepted by default since 4.5 (pull request 36610), and is what is sent only after the draft was
  refused (39756, of July 2026).
- `app/lib/signed_request.rb` (`HttpMessageSignature`): RFC 9421 has to cover `@method`, `@target-uri`, and
  `content-digest` of a post, with `created`; RSA alone.
- `app/serializers/activitypub/follow_serializer.rb`, `accept_follow_serializer.rb`: neither has a `to`; the
  Accept holds the whole Follow.
- `note_serializer.rb`: `conversation` and, since 4.5, `context` beside it; `interactionPolicy`; `contentMap`.
- `delete_actor_serializer.rb`, `update_actor_serializer.rb`: to the public; the latter holds the whole actor.
- `actor_serializer.rb`: key ids with a fragment, a shared inbox, `webfinger`.
- docs.joinmastodon.org, "Security", "Linked Data Signatures": public activities carry `signature`, an
  RsaSignature2017.
"""

from typing import Final

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT, PUBLIC
from tests.interop.foreign import CAVAGE, RFC9421, Foreign, pem

ACTOR_CONTEXT: Final = [
    ACTIVITYSTREAMS_CONTEXT,
    "https://w3id.org/security/v1",
    "https://purl.archive.org/socialweb/webfinger",
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "toot": "http://joinmastodon.org/ns#",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "discoverable": "toot:discoverable",
        "suspended": "toot:suspended",
        "memorial": "toot:memorial",
        "indexable": "toot:indexable",
        "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
    },
]
NOTE_CONTEXT: Final = [
    ACTIVITYSTREAMS_CONTEXT,
    {
        "ostatus": "http://ostatus.org#",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
        "quote": "https://w3id.org/fep/044f#quote",
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    },
]


def server() -> Foreign:
    """Return a server of this shape; `furnish` it once it has an address."""
    return Foreign("/users/tusk", "#main-key", "rsa-sha256", takes=frozenset({CAVAGE, RFC9421}))


def furnish(foreign: Foreign) -> None:
    """Put up the actor and its account."""
    foreign.pages[foreign.actor_path] = actor(foreign)
    foreign.pages["/.well-known/webfinger"] = webfinger(foreign, f"tusk@{foreign.authority}")


def webfinger(foreign: Foreign, account: str) -> Document:
    """Return what is answered about an account (`webfinger_serializer.rb`)."""
    return {
        "subject": f"acct:{account}",
        "aliases": [f"{foreign.origin}/@tusk", foreign.iri],
        "links": [
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": f"{foreign.origin}/@tusk",
            },
            {"rel": "self", "type": "application/activity+json", "href": foreign.iri},
            {
                "rel": "http://ostatus.org/schema/1.0/subscribe",
                "template": f"{foreign.origin}/authorize_interaction?uri={{uri}}",
            },
        ],
    }


def actor(foreign: Foreign) -> Document:
    """Return the actor (`actor_serializer.rb`)."""
    return {
        "@context": ACTOR_CONTEXT,
        "id": foreign.iri,
        "webfinger": f"tusk@{foreign.authority}",
        "type": "Person",
        "following": f"{foreign.iri}/following",
        "followers": f"{foreign.iri}/followers",
        "inbox": f"{foreign.iri}/inbox",
        "outbox": f"{foreign.iri}/outbox",
        "featured": f"{foreign.iri}/collections/featured",
        "featuredTags": f"{foreign.iri}/collections/tags",
        "preferredUsername": "tusk",
        "name": "Woolly",
        "summary": "<p>Mostly grass.</p>",
        "url": f"{foreign.origin}/@tusk",
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "indexable": False,
        "published": "2025-01-01T00:00:00Z",
        "memorial": False,
        "interactionPolicy": {"canFeature": {"automaticApproval": [PUBLIC]}},
        "publicKey": {"id": foreign.key_id, "owner": foreign.iri, "publicKeyPem": pem(foreign.secret)},
        "tag": [{"type": "Hashtag", "href": f"{foreign.origin}/tags/hay", "name": "#hay"}],
        "attachment": [{"type": "PropertyValue", "name": "Herd", "value": "<b>two</b>"}],
        "endpoints": {"sharedInbox": f"{foreign.origin}/inbox"},
    }


def follow(foreign: Foreign, whom: str) -> Document:
    """Return a request to follow: without `to`."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": foreign.mint("follows"),
        "type": "Follow",
        "actor": foreign.iri,
        "object": whom,
    }


def accept(foreign: Foreign, request: Document) -> Document:
    """Return the answer to a request to follow: without `to`, and with all of the request."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": foreign.mint("users/tusk#accepts/follows"),
        "type": "Accept",
        "actor": foreign.iri,
        "object": {name: request[name] for name in ("id", "type", "actor", "object")},
    }


def note(foreign: Foreign, whom: str, **members: object) -> Document:
    """Return a public post that mentions somebody, with where it belongs (`context`, since 4.5)."""
    iri = foreign.mint("users/tusk/statuses")
    audience = {"to": [PUBLIC], "cc": [f"{foreign.iri}/followers", whom]}
    return {
        "@context": NOTE_CONTEXT,
        "id": f"{iri}/activity",
        "type": "Create",
        "actor": foreign.iri,
        "published": "2025-11-20T13:32:16Z",
        **audience,
        "object": {
            "id": iri,
            "type": "Note",
            "summary": None,
            "inReplyTo": None,
            "published": "2025-11-20T13:32:16Z",
            "url": f"{foreign.origin}/@tusk/1",
            "attributedTo": foreign.iri,
            **audience,
            "sensitive": False,
            "atomUri": iri,
            "inReplyToAtomUri": None,
            "conversation": "tag:mammoth.example,2025-11-20:objectId=1:objectType=Conversation",
            "content": "<p>Still for sale?</p>",
            "contentMap": {"en": "<p>Still for sale?</p>"},
            "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
            "attachment": [],
            "tag": [{"type": "Mention", "href": whom, "name": "@me"}],
            "replies": {
                "id": f"{iri}/replies",
                "type": "Collection",
                "first": {"type": "CollectionPage", "partOf": f"{iri}/replies", "items": []},
            },
            **members,
        },
        "signature": linked_data_signature(foreign),
    }


def update(foreign: Foreign) -> Document:
    """Return the news that the actor changed, with all of it."""
    return {
        "@context": ACTOR_CONTEXT,
        "id": foreign.mint("users/tusk#updates"),
        "type": "Update",
        "actor": foreign.iri,
        "to": [PUBLIC],
        "object": {name: value for name, value in actor(foreign).items() if name != "@context"},
        "signature": linked_data_signature(foreign),
    }


def delete(foreign: Foreign) -> Document:
    """Return the last thing an account says."""
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": f"{foreign.iri}#delete",
        "type": "Delete",
        "actor": foreign.iri,
        "to": [PUBLIC],
        "object": foreign.iri,
        "signature": linked_data_signature(foreign),
    }


def linked_data_signature(foreign: Foreign) -> Document:
    """Return a signature of 2017 in form; nobody here looks at it."""
    return {
        "type": "RsaSignature2017",
        "creator": foreign.key_id,
        "created": "2025-11-20T13:32:16Z",
        "signatureValue": "bm90IGxvb2tlZCBhdA==",
    }
