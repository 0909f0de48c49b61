"""Actors as the servers of the fediverse write them: each a form of ours, after what its project shows.

What carries over is shape: contexts, members, addresses, where keys stand and what they are called. Names,
texts and keys are ours. A text that begins with `~` goes on from the actor's address, one with `^` from its
server's. Sources are files of the projects' repositories; where `lemmy:` stands before one, it is the example
of that server which Lemmy keeps for its own tests (`crates/apub/assets`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.strictjson import Document
from protocol.vocabulary import RFC9421_ED25519
from tests.interop.foreign import multibase, pem, rsa_secret

AS: Final = "https://www.w3.org/ns/activitystreams"
SECURITY: Final = "https://w3id.org/security/v1"
DID, MULTIKEY = "https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"
INTEGRITY: Final = "https://w3id.org/security/data-integrity/v1"
LITEPUB: Final = "^/schemas/litepub-0.1.jsonld"

APPROVES = {"manuallyApprovesFollowers": "as:manuallyApprovesFollowers"}
TOOT = {"toot": "http://joinmastodon.org/ns#", "discoverable": "toot:discoverable"}
FEATURED = {"featured": {"@id": "toot:featured", "@type": "@id"}}
MOVES = {
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
}
VALUES = {"schema": "http://schema.org#", "PropertyValue": "schema:PropertyValue", "value": "schema:value"}
EMOJI = {"Emoji": "toot:Emoji"}
LEMMY = {"lemmy": "https://join-lemmy.org/ns#", "postingRestrictedToMods": "lemmy:postingRestrictedToMods"}
FIELD = {"type": "PropertyValue", "name": "Bikes", "value": "<a href='https://x.example'>three</a>"}
MISSKEY = {
    "Key": "sec:Key",
    **APPROVES,
    "Hashtag": "as:Hashtag",
    "quoteUrl": "as:quoteUrl",
    **TOOT,
    **EMOJI,
    "featured": "toot:featured",
    **VALUES,
    "misskey": "https://misskey-hub.net/ns#",
    "_misskey_summary": "misskey:_misskey_summary",
    "isCat": "misskey:isCat",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}


@dataclass(frozen=True)
class Form:
    """How a server writes an actor: where it is, its context, its key's address, and what else it says."""

    source: str
    path: str
    context: Any
    kind: str = "Person"
    key: str = "~#main-key"
    shared: str = "^/inbox"
    inbox: str = "~/inbox"
    proves: bool = False  # whether it lists a Multikey to make proofs with
    says: Mapping[str, Any] = field(default_factory=dict)

    @property
    def iri(self) -> str:
        return SERVER + self.path

    def document(self) -> Document:
        """Write the actor."""
        shared = {"endpoints": {"sharedInbox": self.shared}} if self.shared else {}
        keys: Document = {
            "publicKey": {"id": self.key, "owner": "~", "publicKeyPem": pem(rsa_secret())},
            **({"assertionMethod": [_multikey()]} if self.proves else {}),
        }
        members = {
            "@context": self.context,
            "id": "~",
            "type": self.kind,
            "preferredUsername": HANDLE,
            "name": NAME,
            "inbox": self.inbox,
            "outbox": "~/outbox",
            "followers": "~/followers",
            "following": "~/following",
            "url": "^/@ada",
            **shared,
            **keys,
            **self.says,
        }
        written: Document = _placed(
            {name: value for name, value in members.items() if value is not ...}, self.iri
        )
        return written


SERVER, HANDLE, NAME = "https://social.example", "ada", "Ada"
PROVING: Final = Ed25519PrivateKey.generate()


def _multikey() -> Document:
    key = {"id": "~#ed25519-key", "type": "Multikey", "controller": "~"}
    return key | {"publicKeyMultibase": multibase(PROVING)}


def _placed(value: Any, iri: str) -> Any:
    if isinstance(value, str):
        return iri + value[1:] if value[:1] == "~" else SERVER + value[1:] if value[:1] == "^" else value
    if isinstance(value, list):
        return [_placed(member, iri) for member in value]
    if isinstance(value, dict):
        return {name: _placed(member, iri) for name, member in value.items()}
    return value


def _key(**changes: Any) -> Document:
    return {"id": "~#main-key", "owner": "~", "publicKeyPem": pem(rsa_secret())} | changes


OM2: Final = "http://www.ontology-of-units-of-measure.org/resource/om-2/"
FEDIFY = [AS, SECURITY, INTEGRITY, DID, MULTIKEY]
PUBLISHED = {"published": "2024-03-01T00:00:00Z", "summary": "<p>On two wheels.</p>"}
STREAMS = {
    "nomad": "^/apschema#",
    **TOOT,
    "litepub": "http://litepub.social/ns#",
    **APPROVES,
    "oauthRegistrationEndpoint": "litepub:oauthRegistrationEndpoint",
    "copiedTo": "nomad:copiedTo",
    "Category": "nomad:Category",
    "commentPolicy": "nomad:commentPolicy",
}
MOBILIZON = {
    "@language": "und",
    "sc": "http://schema.org#",
    "mz": "https://joinmobilizon.org/ns#",
    "toot": "http://joinmastodon.org/ns#",
    "ical": "http://www.w3.org/2002/12/cal/ical#",
    "GeoCoordinates": "sc:GeoCoordinates",
    "PostalAddress": "sc:PostalAddress",
    "address": {"@id": "sc:address", "@type": "sc:PostalAddress"},
    "location": {"@id": "sc:location", "@type": "sc:Place"},
    "category": "sc:category",
    "propertyID": "sc:propertyID",
    "value": "sc:value",
    "openness": {"@id": "mz:openness", "@type": "@id"},
    "members": {"@id": "mz:members", "@type": "@id"},
    "memberCount": {"@id": "mz:memberCount", "@type": "sc:Integer"},
    **APPROVES,
}

FORMS: Final[dict[str, Form]] = {
    "Akkoma": Form(
        "lib/pleroma/web/activity_pub/views/user_view.ex",
        "/users/ada",
        [AS, LITEPUB, {"@language": "und", "htmlMfm": "https://w3id.org/fep/c16b#htmlMfm"}],
        says={**PUBLISHED, "tag": [], "capabilities": {}, "alsoKnownAs": [], "attachment": [FIELD]},
    ),
    "Betula": Form(
        "fediverse/README",
        "/@ada",
        [AS, SECURITY],
        shared="",
        says={
            "attachment": [FIELD],
            "icon": {"type": "Image", "mediaType": "image/png", "url": "^/pix/a.png"},
        },
    ),
    "Bonfire": Form(
        "activity_pub: lib/activity_pub/web/views/actor_view.ex",
        "/pub/actors/ada",
        [AS, LITEPUB, {"ValueFlows": "https://w3id.org/valueflows#", "om2": OM2}],
        shared="^/pub/shared_inbox",
        says={**PUBLISHED, "updated": "2024-03-02T00:00:00Z", "location": None, "indexable": True},
    ),
    "BookWyrm": Form(
        "bookwyrm/activitypub/person.py",
        "/user/ada",
        [AS, SECURITY, {**APPROVES, **VALUES}],
        key="~/#main-key",
        says={"bookwyrmUser": True, "discoverable": False, "summary": "", "icon": None, "movedTo": None},
    ),
    "Bridgy Fed": Form(
        "granary/as2.py, activitypub.py",
        "/ap/did:plc:fdme4gb7mu7zrie7peay7tst",
        [AS, SECURITY, "https://purl.archive.org/miscellany", {**TOOT, **FEATURED}],
        key="~#key",
        shared="^/ap/sharedInbox",
        says={"url": ["^/r/https://ada.example/", "^/r/x"], "attachment": [FIELD], "summary": "🌉 bridged"},
    ),
    "Castopod": Form(
        "modules/Fediverse/Objects/ActorObject.php",
        "/@ada",
        [AS, SECURITY],
        shared="",
        says={"image": {"type": "Image", "mediaType": "image/jpeg", "url": "^/media/cover.jpg"}},
    ),
    "Discourse": Form(
        "lemmy: discourse/objects/person.json",
        "/ap/actor/495843076e9e469fbd35ccf467ae9fb1",
        AS,
        shared="",
        says={"sharedInbox": "^/ap/users/inbox", "updated": "2024-01-15T12:27:03Z", "following": ...},
    ),
    "Emissary": Form(
        "model/user.go",
        "/@67a0a0808121f77ed3466870",
        [AS, SECURITY, {"toot": "https://joinmastodon.org/ns#", "indexable": "toot:indexable"}],
        shared="",
        inbox="~/pub/inbox",
        says={"outbox": "~/pub/outbox", "followers": "~/pub/followers", "liked": "~/pub/liked", "image": ""},
    ),
    "Flohmarkt": Form(
        "flohmarkt/routes/activitypub.py",
        "/users/ada",
        [AS, SECURITY, {**APPROVES, **TOOT, **FEATURED, **MOVES, **VALUES}],
        says={"tag": [], "attachment": [], "flohmarkt:data": {}, "devices": "~/collections/devices"},
    ),
    "Forte": Form(
        "src/Lib/Activity.php",
        "/channel/ada",
        [AS, SECURITY, DID, MULTIKEY, STREAMS],
        key="~?operation=rsakey",
        inbox="^/inbox/ada",
        proves=True,
        says={"outbox": "^/outbox/ada", "copiedTo": [], "nomad:setInitialThreadPolicy": True},
    ),
    "Friendica": Form(
        "lemmy: friendica/objects/person.json",
        "/profile/ada",
        [
            AS,
            SECURITY,
            {
                "vcard": "http://www.w3.org/2006/vcard/ns#",
                "dfrn": "http://purl.org/macgirvin/dfrn/1.0/",
                "diaspora": "https://diasporafoundation.org/ns/",
                "litepub": "http://litepub.social/ns#",
                **TOOT,
                **VALUES,
                **APPROVES,
            },
        ],
        inbox="^/inbox/ada",
        says={
            "outbox": "^/outbox/ada",
            "diaspora:guid": "4edd2508-1661-30f6-ebcc-2da966353356",
            "vcard:hasAddress": {
                "@type": "vcard:Home",
                "vcard:country-name": "Austria",
                "vcard:locality": "",
            },
            "vcard:hasInstantMessage": ["xmpp:ada@social.example"],
            "generator": {"type": "Service", "name": "Friendica", "url": "^/"},
        },
    ),
    "Funkwhale": Form(
        "api/funkwhale_api/federation/serializers.py",
        "/federation/actors/ada",
        [AS, SECURITY, "https://funkwhale.audio/ns", {**APPROVES, "Hashtag": "as:Hashtag"}],
        shared="^/federation/shared/inbox",
        says={"publicKey": {"owner": "~", "publicKeyPem": pem(rsa_secret()), "id": "~#main-key"}, "url": []},
    ),
    "gancio": Form(
        "server/federation/users.js",
        "/federation/u/relay",
        [AS, SECURITY, {**TOOT, "@language": "und"}],
        kind="Application",
        shared="",
        says={"summary": None, "icon": {"type": "Image", "mediaType": "image/png", "url": "^/logo.png"}},
    ),
    "Ghost": Form(
        "TryGhost/ActivityPub: src/dispatchers.ts (Fedify)",
        "/.ghost/activitypub/users/index",
        [
            *FEDIFY,
            {"toot": "http://joinmastodon.org/ns#", **FEATURED, **APPROVES, "suspended": "toot:suspended"},
        ],
        inbox="^/.ghost/activitypub/inbox/index",
        shared="^/.ghost/activitypub/inbox",
        says={"publicKey": _key(type="CryptographicKey"), "published": "2024-03-01T00:00:00.123Z"},
    ),
    "GNU social": Form(
        "lemmy: gnusocial/objects/person.json",
        "/actor/1",
        AS,
        key="~#public-key",
        shared="^/inbox.json",
        inbox="~/inbox.json",
        says={"streams": [], "followers": "~/subscribers", "published": "2022-02-14T04:41:59+00:00"},
    ),
    "GoToSocial": Form(
        "federation documentation: actors.md",
        "/users/ada",
        ["http://joinmastodon.org/ns", SECURITY, AS, "http://schema.org"],
        key="~/main-key",
        shared="",
        says={"attachment": [FIELD], "manuallyApprovesFollowers": True, "tag": []},
    ),
    "Guppe": Form(
        "wmurphyrd/guppe: groups",
        "/u/bikes",
        [AS, SECURITY],
        kind="Group",
        shared="",
        says={"followers": "~/followers", "streams": [], "liked": "~/liked", "name": ["Ada"], "id": "~"},
    ),
    "Hollo": Form(
        "src/federation/actor.ts (Fedify)",
        "/@ada",
        [*FEDIFY, {"misskey": "https://misskey-hub.net/ns#", "isCat": "misskey:isCat", **MOVES, **VALUES}],
        proves=True,
        says={"publicKey": _key(type="CryptographicKey"), "attachment": FIELD, "tag": {"type": "Hashtag"}},
    ),
    "honk": Form(
        "activity.go",
        "/u/ada",
        AS,
        key="~#key",
        shared="",
        says={"tag": None, "icon": {"type": "Image", "mediaType": "image/png", "url": "^/a?a=1"}},
    ),
    "Hubzilla": Form(
        "lemmy: hubzilla/objects/person.json",
        "/channel/ada",
        [AS, SECURITY, "^/apschema/v1.10"],
        key="~",
        inbox="^/inbox/ada",
        says={
            "publicKey": _key(id="~", signatureAlgorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
            "tag": [{"type": "PropertyValue", "name": "Protocol", "value": "zot6"}],
            "copiedTo": ["^/channel/clone"],
            "signature": {"@context": [AS, SECURITY], "type": "RsaSignature2017", "creator": "~"},
        },
    ),
    "Iceshrimp": Form(
        "Iceshrimp.Backend/Core/Federation/ActivityPub/UserRenderer.cs",
        "/users/9kfweg7wmdw7fnnt",
        [AS, SECURITY, MISSKEY],
        says={
            "publicKey": _key(type="Key"),
            "isCat": False,
            "sharedInbox": "^/inbox",
            "_misskey_summary": "",
        },
    ),
    "Kbin": Form(
        "src/Factory/ActivityPub/GroupFactory.php",
        "/m/bikes",
        [AS, SECURITY, "^/contexts"],
        kind="Group",
        shared="^/f/inbox",
        says={"attributedTo": "~/moderators", "sensitive": False, "postingRestrictedToMods": False},
    ),
    "ktistec": Form(
        "src/views/actors/actor.json.ecr",
        "/actors/ada",
        [AS, SECURITY, {**VALUES, **TOOT}],
        shared="",
        says={"attachment": [FIELD], "publicKey": [_key()]},
    ),
    "Lemmy": Form(
        "lemmy: lemmy/objects/group.json",
        "/c/bikes",
        ["https://join-lemmy.org/context.json", AS],
        kind="Group",
        says={
            "content": "<p>Two wheels</p>",
            "mediaType": "text/html",
            "source": {"content": "Two wheels", "mediaType": "text/markdown"},
            "language": [{"identifier": "de", "name": "Deutsch"}],
            "attributedTo": "~/moderators",
            "following": ...,
        },
    ),
    "Loops": Form(
        "app/Services/ActivityPub",
        "/ap/users/1",
        [AS, SECURITY, {**APPROVES, **TOOT, **MOVES}],
        shared="^/ap/sharedInbox",
        says={"suspended": False, "published": "2024-10-01T00:00:00Z"},
    ),
    "Mastodon": Form(
        "app/serializers/activitypub/actor_serializer.rb",
        "/users/ada",
        [
            AS,
            SECURITY,
            {
                **APPROVES,
                **TOOT,
                **FEATURED,
                **MOVES,
                **VALUES,
                "Ed25519Signature": "toot:Ed25519Signature",
                "Curve25519Key": "toot:Curve25519Key",
                "EncryptedMessage": "toot:EncryptedMessage",
                "publicKeyBase64": "toot:publicKeyBase64",
                "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
            },
        ],
        says={**PUBLISHED, "attachment": [FIELD], "tag": [], "featured": "~/collections/featured"},
    ),
    "Mbin": Form(
        "src/Factory/ActivityPub/PersonFactory.php",
        "/u/ada",
        [AS, SECURITY, "^/contexts"],
        shared="^/f/inbox",
        says={"discoverable": True, "source": {"content": "*", "mediaType": "text/markdown"}},
    ),
    "microblog.pub": Form(
        "app/activitypub.py",
        "/",
        [AS, SECURITY, {"Hashtag": "as:Hashtag", **APPROVES, **TOOT, **MOVES}],
        shared="",
        inbox="^/inbox",
        says={"outbox": "^/outbox", "followers": "^/followers", "alsoKnownAs": []},
    ),
    "Misskey": Form(
        "packages/backend/src/core/activitypub/ApRendererService.ts",
        "/users/9spb5qhlz5",
        [AS, SECURITY, MISSKEY],
        says={
            "publicKey": _key(type="Key"),
            "sharedInbox": "^/inbox",
            "vcard:bday": "1990-01-01",
            "vcard:Address": "Bern",
            "isCat": True,
            "attachment": [FIELD],
        },
    ),
    "Mitra": Form(
        "mitra_activitypub/src/actors/builders.rs",
        "/users/ada",
        [
            AS,
            "https://www.w3.org/ns/cid/v1",
            SECURITY,
            "https://w3id.org/security/data-integrity/v2",
            {"mitra": "http://jsonld.mitra.social#", "implements": "mitra:implements", **VALUES, **APPROVES},
        ],
        shared="",
        proves=True,
        says={
            "generator": {"type": "Application", "implements": [{"name": "Ed25519", "href": RFC9421_ED25519}]}
        },
    ),
    "Mobilizon": Form(
        "lib/federation/activity_pub/utils.ex, lib/web/views/activity_pub/actor_view.ex",
        "/@bikes",
        [AS, "https://litepub.social/context.jsonld", MOBILIZON],
        kind="Group",
        says={
            "location": {"type": "Place", "name": "Bern", "address": {"type": "PostalAddress"}},
            "openness": "mz:moderated",
            "members": "~/members",
            "memberCount": 3,
        },
    ),
    "NodeBB": Form(
        "lemmy: nodebb/objects/group.json",
        "/category/31",
        AS,
        kind="Group",
        key="~#key",
        shared="",
        says={"sharedInbox": "^/inbox", "followers": ..., "following": ...},
    ),
    "Owncast": Form(
        "activitypub/apmodels/actor.go",
        "/federation/user/ada",
        [AS, "http://joinmastodon.org/ns", SECURITY],
        kind="Service",
        shared="",
        says={"manuallyApprovesFollowers": False, "attachment": [FIELD], "tag": {"type": "Hashtag"}},
    ),
    "PeerTube": Form(
        "lemmy: peertube/objects/group.json",
        "/video-channels/bikes",
        [
            AS,
            SECURITY,
            {"RsaSignature2017": "https://w3id.org/security#RsaSignature2017"},
            {
                "pt": "https://joinpeertube.org/ns#",
                "sc": "http://schema.org/",
                "playlists": {"@id": "pt:playlists", "@type": "@id"},
                "support": {"@type": "sc:Text", "@id": "pt:support"},
                **LEMMY,
            },
        ],
        kind="Group",
        says={
            "icon": [{"type": "Image"}],
            "support": "Coffee",
            "attributedTo": [{"type": "Person", "id": "^/a/x"}],
        },
    ),
    "PieFed": Form(
        "app/activitypub/routes.py",
        "/u/ada",
        [AS, SECURITY, {**APPROVES, **TOOT, **LEMMY, "@language": "en"}],
        says={"indexable": True, "source": {"content": "x", "mediaType": "text/markdown"}},
    ),
    "Pixelfed": Form(
        "app/Transformer/ActivityPub/ProfileTransformer.php",
        "/users/ada",
        [
            AS,
            SECURITY,
            {**TOOT, **APPROVES, **MOVES, "suspended": "toot:suspended", "indexable": "toot:indexable"},
        ],
        shared="^/f/inbox",
        says={"publicKey": _key(), "icon": {"type": "Image", "mediaType": "image/jpeg", "url": "^/a.jpg"}},
    ),
    "Pleroma": Form(
        "lib/pleroma/web/activity_pub/views/user_view.ex",
        "/users/ada",
        [AS, LITEPUB, {"@language": "und"}],
        says={
            "endpoints": {
                "oauthAuthorizationEndpoint": "^/oauth/authorize",
                "sharedInbox": "^/inbox",
                "uploadMedia": "^/api/ap/upload_media",
            },
            "capabilities": {"acceptsChatMessages": True},
        },
    ),
    "Plume": Form(
        "plume-models/src/users.rs",
        "/@/ada/",
        [AS, SECURITY],
        inbox="~inbox",
        says={"outbox": "~outbox", "followers": "~followers", "url": "~"},
    ),
    "Sharkey": Form(
        "packages/backend/src/core/activitypub/misc/contexts.ts",
        "/users/9spb5qhlz5jp0032",
        [
            AS,
            SECURITY,
            {
                **MISSKEY,
                "firefish": "https://joinfirefish.org/ns#",
                "speakAsCat": "firefish:speakAsCat",
                "sharkey": "https://joinsharkey.org/ns#",
                "backgroundUrl": "sharkey:backgroundUrl",
                "listenbrainz": "sharkey:listenbrainz",
            },
        ],
        says={"publicKey": _key(type="Key"), "backgroundUrl": None, "noindex": True},
    ),
    "Smithereen": Form(
        "lemmy: smithereen/objects/person.json",
        "/users/1",
        [
            AS,
            {
                "sm": "http://smithereen.software/ns#",
                "sc": "http://schema.org#",
                "cropRegion": {"@id": "sm:cropRegion", "@container": "@list"},
                "firstName": "sc:givenName",
                "gender": {"@id": "sc:gender", "@type": "sc:GenderType"},
                "friends": {"@id": "sm:friends", "@type": "@id"},
                "vcard": "http://www.w3.org/2006/vcard/ns#",
            },
            SECURITY,
        ],
        shared="^/activitypub/sharedInbox",
        says={"vcard:bday": "1993-01-22", "icon": {"type": "Image", "cropRegion": [0.26, 0.37, 0.71, 0.97]}},
    ),
    "snac2": Form(
        "activitypub.c",
        "/ada",
        [AS, SECURITY],
        shared="^/shared-inbox",
        says={"manuallyApprovesFollowers": False, "published": "2022-12-01T00:00:00Z"},
    ),
    "Socialhome": Form(
        "jaywink/federation: federation/entities/activitypub/models.py",
        "/p/6a3b",
        [
            AS,
            SECURITY,
            {"pyfed": "https://docs.jasonrobinson.me/ns/python-federation#", **APPROVES, **TOOT, **VALUES},
        ],
        shared="^/receive/public/",
        inbox="~/inbox/",
        says={"diaspora:guid": "6a3b", "image": None},
    ),
    "Streams": Form(
        "src/Lib/Activity.php",
        "/channel/ada",
        [AS, SECURITY, STREAMS],
        key="~?operation=getkey",
        inbox="^/inbox/ada",
        says={"outbox": "^/outbox/ada", "canSearch": [], "commentPolicy": "contacts"},
    ),
    "Takahē": Form(
        "users/models/identity.py",
        "/@ada@social.example/",
        [AS, SECURITY, {"blurhash": "toot:blurhash", **TOOT, **FEATURED, **VALUES, **EMOJI}],
        inbox="~inbox/",
        says={
            "outbox": "~outbox/",
            "followers": "~followers/",
            "published": "2022-12-01T00:00:00.123456+00:00",
        },
    ),
    "Vernissage": Form(
        "Sources/VernissageServer/Services/UsersService.swift",
        "/actors/ada",
        [SECURITY, AS],
        shared="^/shared/inbox",
        says={"attachment": [FIELD], "alsoKnownAs": None, "tag": None},
    ),
    "Wafrn": Form(
        "packages/backend/utils/activitypub/userToJSONLD.ts",
        "/fediverse/blog/ada",
        [AS, "^/contexts/litepub-0.1.jsonld"],
        shared="^/fediverse/sharedInbox",
        says={"featured": "~/featured", "publicKey": _key()},
    ),
    "WordPress": Form(
        "includes/model/class-user.php",
        "/?author=1",
        [
            AS,
            SECURITY,
            "https://purl.archive.org/socialweb/webfinger",
            {
                **VALUES,
                **TOOT,
                **FEATURED,
                "lemmy": "https://join-lemmy.org/ns#",
                "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
                "implements": {
                    "@id": "https://w3id.org/fep/844e/implements",
                    "@type": "@id",
                    "@container": "@list",
                },
                **APPROVES,
            },
        ],
        inbox="^/wp-json/activitypub/1.0/actors/1/inbox",
        shared="^/wp-json/activitypub/1.0/inbox",
        says={
            "outbox": "^/wp-json/activitypub/1.0/actors/1/outbox",
            "webfinger": "ada@social.example",
            "icon": {"type": "Image", "url": "^/avatar"},
            "generator": {
                "type": "Application",
                "implements": [{"href": "https://datatracker.ietf.org/doc/html/rfc9421"}],
            },
        },
    ),
    "WriteFreely": Form(
        "collections.go",
        "/api/collections/ada",
        [AS, SECURITY],
        shared="^/api/inbox",
        says={"summary": "", "image": None, "publicKey": _key()},
    ),
}
