"""Actor documents: ours as others read them, theirs as we do, and what a hostile one gets."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from protocol import jsonld, vocabulary
from protocol.actors import (
    LIMIT_ACCEPTED,
    LIMIT_KEYS,
    Actor,
    ActorKey,
    ActorKind,
    KeyPurpose,
    Statement,
    accepted_entries,
    implements,
    read_actor,
    render_actor,
)
from protocol.errors import Gone, Unauthenticated, Unprocessable
from protocol.keys import PublicKey, ed25519_from_seed, read_public_pem
from protocol.rosters import NAMESPACE

IRI = "https://bikehaus.example/actors/shop"
OTHER = "https://velonord.example/actors/shop"
HTTP, ASSERTION = frozenset({KeyPurpose.HTTP}), frozenset({KeyPurpose.HTTP, KeyPurpose.ASSERTION})


def _rsa(bits: int) -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


PEM = _rsa(2048)
WEAK_PEM = _rsa(1024)


def _ed25519(number: int) -> PublicKey:
    return ed25519_from_seed(bytes([number]) * 32).public


def _shop() -> Actor:
    return Actor(
        iri=IRI,
        kind=ActorKind.ORGANIZATION,
        name="BikeHaus",
        handle="shop",
        inbox=IRI + "/inbox",
        shared_inbox="https://bikehaus.example/inbox",
        outbox=IRI + "/outbox",
        followers=IRI + "/followers",
        summary="Bicycles and their repair.",
        keys=(
            ActorKey(IRI + "#rsa-1", IRI, read_public_pem(PEM), HTTP),
            ActorKey(IRI + "#ed25519-1", IRI, _ed25519(1), ASSERTION),
        ),
        speaks_ed25519=True,
    )


def _multikey(number: int, **changes: Any) -> dict[str, Any]:
    key = {"id": f"{IRI}#k{number}", "type": "Multikey", "controller": IRI}
    return key | {"publicKeyMultibase": _ed25519(number).multibase} | changes


def _pem(**changes: Any) -> dict[str, Any]:
    return {"id": IRI + "#main-key", "owner": IRI, "publicKeyPem": PEM} | changes


def _document(**changes: Any) -> dict[str, Any]:
    """Write the least a foreign actor has to have."""
    document = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": IRI,
        "type": "Organization",
        "inbox": IRI + "/inbox",
        "publicKey": _pem(),
    }
    return document | changes


def _key_ids(**changes: Any) -> list[str]:
    return [key.id for key in read_actor(_document(**changes), iri=IRI).keys]


def test_what_we_render_is_read_as_the_same_actor() -> None:
    document = render_actor(
        _shop(), published=datetime(2026, 8, 1, tzinfo=UTC), manually_approves_followers=True
    )
    assert read_actor(document, iri=IRI) == _shop()
    assert document["published"] == "2026-08-01T00:00:00Z"
    assert document["manuallyApprovesFollowers"] is True


def test_what_we_render_is_what_other_servers_look_for() -> None:
    document = render_actor(_shop())
    assert document["@context"] == vocabulary.ACTOR_CONTEXT
    assert document["publicKey"] == {
        "id": IRI + "#rsa-1",
        "type": "CryptographicKey",
        "owner": IRI,
        "publicKeyPem": read_public_pem(PEM).pem,
    }
    assert document["assertionMethod"] == [
        {
            "id": IRI + "#ed25519-1",
            "type": "Multikey",
            "controller": IRI,
            "publicKeyMultibase": _ed25519(1).multibase,
        }
    ]
    assert document["endpoints"] == {"sharedInbox": "https://bikehaus.example/inbox"}
    assert document["generator"]["type"] == "Application"
    assert [feature["href"] for feature in document["generator"]["implements"]] == [
        "https://datatracker.ietf.org/doc/html/rfc9421",
        "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25",
        "https://w3id.org/freehold/terms/1",
    ]
    assert implements(document, vocabulary.DATA_TERMS)
    assert not implements(document | {"generator": None}, vocabulary.DATA_TERMS)
    assert "published" not in document


def test_what_an_owner_says_is_written_as_the_html_that_other_servers_show() -> None:
    said = [
        Statement("note", "5 < 6 & <script>alert(1)</script>"),
        Statement("url", "https://ida.example/?a=1&b=2"),
    ]
    actor = replace(_shop(), summary="Bikes & <b>more</b>\nSince 1980", statements=tuple(said))
    document = render_actor(actor)
    assert document["summary"] == "Bikes &amp; &lt;b&gt;more&lt;/b&gt;<br>Since 1980"
    assert [stated["value"] for stated in document["attachment"]] == [
        "5 &lt; 6 &amp; &lt;script&gt;alert(1)&lt;/script&gt;",
        (
            '<a href="https://ida.example/?a=1&amp;b=2" rel="me nofollow noopener noreferrer">'
            "https://ida.example/?a=1&amp;b=2</a>"
        ),
    ]
    assert read_actor(document, iri=IRI).summary == actor.summary


def test_the_server_actor_is_an_application_with_little_to_say() -> None:
    iri = "https://bikehaus.example/actor"
    server = Actor(
        iri=iri,
        kind=ActorKind.APPLICATION,
        name="",
        handle="bikehaus.example",
        inbox="https://bikehaus.example/inbox",
        shared_inbox=None,
        outbox=None,
        followers=None,
        summary="",
        keys=(ActorKey(iri + "#rsa-1", iri, read_public_pem(PEM), HTTP),),
        speaks_ed25519=False,
    )
    document = render_actor(server)
    assert document.keys() == {
        "@context",
        "id",
        "type",
        "preferredUsername",
        "inbox",
        "publicKey",
        "manuallyApprovesFollowers",
    }
    assert read_actor(document, iri=iri) == server


def test_several_keys_of_a_rotation_are_all_listed() -> None:
    keys = (
        ActorKey(IRI + "#rsa-1", IRI, read_public_pem(PEM), HTTP),
        ActorKey(IRI + "#rsa-2", IRI, read_public_pem(_rsa(2048)), HTTP),
        ActorKey(IRI + "#ed25519-1", IRI, _ed25519(1), ASSERTION),
        ActorKey(IRI + "#ed25519-2", IRI, _ed25519(2), ASSERTION),
    )
    actor = replace(_shop(), keys=keys)
    document = render_actor(actor)
    assert [key["id"] for key in document["publicKey"]] == [IRI + "#rsa-1", IRI + "#rsa-2"]
    assert read_actor(document, iri=IRI).keys == keys


def test_a_key_is_found_by_its_whole_id_and_for_its_purpose() -> None:
    shop = _shop()
    assert shop.key(IRI + "#ed25519-1", KeyPurpose.ASSERTION) == shop.keys[1]
    assert shop.key(IRI + "#ed25519-1", "http") == shop.keys[1]
    assert shop.key(IRI + "#rsa-1", KeyPurpose.HTTP) == shop.keys[0]
    assert shop.key(IRI + "#rsa-1", KeyPurpose.ASSERTION) is None
    assert shop.key(IRI + "#rsa", KeyPurpose.HTTP) is None
    assert shop.key(IRI + "#rsa-11", KeyPurpose.HTTP) is None


def test_a_plain_foreign_actor_is_read_with_what_it_has() -> None:
    actor = read_actor(_document(), iri=IRI)
    assert (actor.kind, actor.name, actor.handle, actor.summary) == (ActorKind.ORGANIZATION, "", "", "")
    assert (actor.outbox, actor.followers, actor.shared_inbox) == (None, None, None)
    assert not actor.speaks_ed25519
    assert actor.keys == (ActorKey(IRI + "#main-key", IRI, read_public_pem(PEM), HTTP),)


def test_the_spelling_of_fedify_is_read_as_the_plain_one() -> None:
    document = _document(
        **{
            "@context": "https://www.w3.org/ns/activitystreams",
            "https://w3id.org/security#assertionMethod": {
                "@id": IRI + "#k1",
                "@type": "https://w3id.org/security#Multikey",
                "https://w3id.org/security#controller": {"@id": IRI},
                "https://w3id.org/security#publicKeyMultibase": {
                    "@type": "https://w3id.org/security#multibase",
                    "@value": _ed25519(1).multibase,
                },
            },
        }
    )
    assert read_actor(document, iri=IRI).key(IRI + "#k1", KeyPurpose.ASSERTION) is not None


def test_names_and_texts_are_cut_and_odd_ones_are_empty() -> None:
    actor = read_actor(_document(name="n" * 5_000, summary=["a", "b"], preferredUsername=7), iri=IRI)
    assert (len(actor.name), actor.summary, actor.handle) == (200, "", "")


@pytest.mark.parametrize(
    "handle",
    ["ceo@bank.example", "a%40b", "a!b", "a b", "a(b)", '"a"', "", "\uff42ank", "a\u200bb", "a" * 65],
)
def test_un_07_a_handle_that_is_no_account_name_is_none(handle: str) -> None:
    assert read_actor(_document(preferredUsername=handle), iri=IRI).handle == ""


@pytest.mark.parametrize("kind", list(ActorKind))
def test_each_kind_of_actor_is_known(kind: ActorKind) -> None:
    assert read_actor(_document(type=kind.value), iri=IRI).kind is kind
    assert read_actor(_document(type=["CustomShop", kind.value]), iri=IRI).kind is kind


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"id": OTHER}, "actor-mismatch", id="KY-05-other-host"),
        pytest.param({"id": IRI + "2"}, "actor-mismatch", id="KY-05-other-path"),
        pytest.param({"id": IRI + "#main"}, "actor-mismatch", id="KY-04-fragment"),
        pytest.param({"id": None}, "actor-mismatch", id="KY-05-no-id"),
        pytest.param({"id": [IRI]}, "actor-mismatch", id="JS-10-id-array"),
        pytest.param({"type": "Note"}, "actor-kind", id="KY-17-note"),
        pytest.param({"type": "person"}, "actor-kind", id="KY-17-lower-case"),
        pytest.param({"type": None}, "actor-kind", id="KY-17-no-type"),
        pytest.param({"type": {"id": "Person"}}, "actor-kind", id="KY-17-object"),
        pytest.param({"type": ["Person", "Organization"]}, "actor-kind", id="KY-17-two-kinds"),
        pytest.param({"inbox": OTHER + "/inbox"}, "actor-inbox", id="inbox-of-another"),
        pytest.param({"inbox": "http://bikehaus.example/inbox"}, "actor-inbox", id="inbox-other-scheme"),
        pytest.param({"inbox": None}, "actor-inbox", id="no-inbox"),
        pytest.param({"inbox": [IRI + "/inbox", IRI + "/in"]}, "actor-inbox", id="inbox-of-two"),
        pytest.param({"inbox": 7}, "actor-inbox", id="inbox-number"),
    ],
)
def test_a_document_that_is_not_the_actors_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Unauthenticated, match=code):
        read_actor(_document(**changes), iri=IRI)


def test_a_tombstone_is_an_actor_that_is_gone() -> None:
    for kind in ("Tombstone", ["Tombstone"], ["Person", "Tombstone"]):
        with pytest.raises(Gone, match="actor-gone"):
            read_actor({"id": IRI, "type": kind}, iri=IRI)
    with pytest.raises(Unauthenticated, match="actor-mismatch"):
        read_actor({"id": OTHER, "type": "Tombstone"}, iri=IRI)


def test_a_document_in_a_redefined_language_is_refused() -> None:
    context = ["https://www.w3.org/ns/activitystreams", {"inbox": "https://evil.example/#inbox"}]
    with pytest.raises(Unprocessable, match="context-redefines"):
        read_actor(_document(**{"@context": context}), iri=IRI)


def test_collections_of_other_servers_are_not_the_actors() -> None:
    actor = read_actor(
        _document(
            outbox=OTHER + "/outbox",
            followers={"id": IRI + "/followers", "type": "Collection"},
            endpoints={"sharedInbox": "https://velonord.example/inbox"},
        ),
        iri=IRI,
    )
    assert actor.outbox is None
    assert actor.followers == IRI + "/followers"
    assert actor.shared_inbox is None
    assert read_actor(_document(endpoints="https://bikehaus.example/inbox"), iri=IRI).shared_inbox is None


def test_texts_of_an_actor_are_read_in_whichever_spelling() -> None:
    for spelled in (
        {"nameMap": {"no": "Sykkelhuset"}},
        {"nameMap": {"no": ["Sykkelhuset"]}},
        {"name": [{"@value": "Sykkelhuset", "@language": "no"}]},
    ):
        assert read_actor(_document(**spelled), iri=IRI).name == "Sykkelhuset"
    spoken = read_actor(_document(summaryMap={"no": "Hei", "en": "<p>Hello</p>"}, nameMap="x"), iri=IRI)
    assert (spoken.summary, spoken.name) == ("Hello", "")


def test_endpoints_may_stand_in_a_list_of_one() -> None:
    shared = "https://bikehaus.example/inbox"
    assert read_actor(_document(endpoints=[{"sharedInbox": [shared]}]), iri=IRI).shared_inbox == shared
    assert read_actor(_document(endpoints=[{"sharedInbox": shared}, {}]), iri=IRI).shared_inbox is None


@pytest.mark.parametrize("endpoints", [None, {}, {"sharedInbox": None}, "https://bikehaus.example/inbox"])
def test_a_shared_inbox_may_stand_beside_the_endpoints(endpoints: Any) -> None:
    beside = _document(sharedInbox="https://bikehaus.example/shared", endpoints=endpoints)
    assert read_actor(beside, iri=IRI).shared_inbox == "https://bikehaus.example/shared"
    both = beside | {"endpoints": {"sharedInbox": "https://bikehaus.example/inbox"}}
    assert read_actor(both, iri=IRI).shared_inbox == "https://bikehaus.example/inbox"
    assert read_actor(beside | {"sharedInbox": OTHER + "/inbox"}, iri=IRI).shared_inbox is None


def test_a_context_may_do_as_it_likes_with_what_is_not_read_of_an_actor() -> None:
    """Mobilizon gives `location` schema.org's meaning, and says where its groups are."""
    context = ["https://www.w3.org/ns/activitystreams", {"location": "http://schema.org/location"}]
    place = {"type": "Place", "name": "Bern"}
    actor = read_actor(_document(**{"@context": context, "location": place, "name": "BikeHaus"}), iri=IRI)
    assert (actor.name, [key.id for key in actor.keys]) == ("BikeHaus", [IRI + "#main-key"])
    for name in ("inbox", "publicKey", "owner", "name", "Organization"):
        redefined = [context[0], {name: "http://schema.org/thing"}]
        with pytest.raises(Unprocessable, match="context-redefines"):
            read_actor(_document(**{"@context": redefined, "name": "BikeHaus"}), iri=IRI)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"owner": OTHER}, id="KY-01-owned-by-another"),
        pytest.param({"controller": OTHER}, id="KY-01-controlled-by-another"),
        pytest.param({"owner": {"type": "Person"}}, id="KY-01-owned-by-nobody"),
        pytest.param({"owner": 7}, id="KY-01-owned-by-a-number"),
        pytest.param({"owner": None, "controller": OTHER}, id="KY-01-controlled-by-another-alone"),
        pytest.param({"owner": [IRI, OTHER]}, id="KY-01-owned-by-two"),
        pytest.param({"id": OTHER + "#main-key"}, id="KY-01-key-of-another-origin"),
        pytest.param({"id": None}, id="no-id"),
        pytest.param({"id": 7}, id="id-number"),
        pytest.param({"publicKeyPem": None}, id="no-material"),
        pytest.param(
            {"publicKeyPem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, id="junk"
        ),
        pytest.param({"publicKeyPem": WEAK_PEM}, id="SG-13-weak"),
        pytest.param({"publicKeyPem": PEM * 100}, id="SG-13-long"),
        pytest.param({"revoked": "2026-01-01T00:00:00Z"}, id="KY-11-revoked"),
        pytest.param({"revoked": False}, id="KY-11-revoked-in-a-way"),
        pytest.param({"revoked": ""}, id="KY-11-revoked-in-no-words"),
        pytest.param({"expires": "tomorrow"}, id="expiry-unreadable"),
        pytest.param({"expires": "2026-01-01T00:00:00"}, id="expiry-without-zone"),
    ],
)
def test_a_key_that_does_not_count_is_passed_over_and_the_others_serve(changes: dict[str, Any]) -> None:
    assert _key_ids(publicKey=_pem(**changes), assertionMethod=[_multikey(1)]) == [IRI + "#k1"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"revoked": None}, id="revoked-null"),
        pytest.param({"expires": None}, id="expires-null"),
        pytest.param({"owner": None}, id="owner-null"),
        pytest.param({"owner": []}, id="owner-empty"),
        pytest.param({"owner": [IRI]}, id="owner-array"),
        pytest.param({"owner": {"id": IRI, "type": "Organization"}}, id="owner-embedded"),
        pytest.param({"owner": IRI, "controller": IRI}, id="owner-and-controller"),
    ],
)
def test_a_key_of_the_actors_own_document_counts_however_it_is_spelled(changes: dict[str, Any]) -> None:
    (key,) = read_actor(_document(publicKey=_pem(**changes)), iri=IRI).keys
    assert (key.id, key.owner, key.expires) == (IRI + "#main-key", IRI, None)


def test_a_key_that_names_nobody_is_the_actors_whose_document_it_stands_in() -> None:
    key = _pem()
    del key["owner"]
    assert _key_ids(publicKey=key) == [IRI + "#main-key"]
    assert _key_ids(publicKey={**key, "id": OTHER + "#main-key"}) == []


def test_members_in_a_list_or_as_objects_are_what_they_hold() -> None:
    document = _document(
        type=["Organization"],
        name=["BikeHaus"],
        summary={"@value": "Bicycles."},
        preferredUsername=["shop"],
        inbox=[IRI + "/inbox"],
        outbox={"id": IRI + "/outbox", "type": "OrderedCollection"},
    )
    actor = read_actor(document, iri=IRI)
    assert (actor.name, actor.summary, actor.handle) == ("BikeHaus", "Bicycles.", "shop")
    assert (actor.inbox, actor.outbox) == (IRI + "/inbox", IRI + "/outbox")


def test_keys_are_read_in_each_shape_they_come_in() -> None:
    assert _key_ids(publicKey=[_pem(), _pem(id=IRI + "/second-key")]) == [
        IRI + "#main-key",
        IRI + "/second-key",
    ]
    assert _key_ids(publicKey=IRI + "#main-key") == []
    assert _key_ids(publicKey=None) == []
    assert _key_ids(publicKey=None, assertionMethod=_multikey(1)) == [IRI + "#k1"]
    assert _key_ids(publicKey=None, assertionMethod=[7, None, {}, "https://x.example/"]) == []


def test_a_key_may_be_named_where_it_is_used_and_stand_elsewhere() -> None:
    actor = read_actor(
        _document(
            publicKey=None,
            verificationMethod=[_multikey(1), _multikey(2)],
            assertionMethod=[IRI + "#k1"],
            authentication=[IRI + "#k2", IRI + "#k3"],
        ),
        iri=IRI,
    )
    assert {key.id: key.purposes for key in actor.keys} == {
        IRI + "#k1": {"http", "assertionMethod"},
        IRI + "#k2": {"http", "authentication"},
    }


def test_a_key_that_is_only_embedded_has_no_purpose() -> None:
    assert _key_ids(publicKey=None, verificationMethod=[_multikey(1)]) == []


def test_one_key_in_two_places_has_the_purposes_of_both() -> None:
    multikey = _multikey(1, id=IRI + "#main-key", publicKeyMultibase=read_public_pem(PEM).multibase)
    actor = read_actor(_document(assertionMethod=[multikey], authentication=IRI + "#main-key"), iri=IRI)
    assert [key.purposes for key in actor.keys] == [{"http", "assertionMethod", "authentication"}]


def test_one_id_for_two_keys_is_neither() -> None:
    assert _key_ids(assertionMethod=[_multikey(1, id=IRI + "#main-key"), _multikey(2)]) == [IRI + "#k2"]


def test_an_expiry_is_kept_with_its_key() -> None:
    actor = read_actor(_document(assertionMethod=_multikey(1, expires="2026-01-01T01:00:00+01:00")), iri=IRI)
    assert actor.keys[1].expires == datetime(2026, 1, 1, tzinfo=UTC)
    assert actor.keys[0].expires is None


def test_no_more_than_sixteen_keys_are_looked_at() -> None:
    many = [_multikey(number % 250) for number in range(1_000)]
    assert len(_key_ids(publicKey=None, assertionMethod=many)) == LIMIT_KEYS
    hidden = [*({} for _ in range(LIMIT_KEYS)), _multikey(1)]
    assert _key_ids(publicKey=None, assertionMethod=hidden) == []


@pytest.mark.parametrize(
    ("changes", "speaks"),
    [
        ({"generator": {"implements": [{"href": vocabulary.RFC9421_ED25519}]}}, True),
        ({"generator": {"implements": {"href": vocabulary.RFC9421_ED25519}}}, True),
        ({"generator": [{"implements": [vocabulary.RFC9421_ED25519]}]}, True),
        ({"implements": [{"href": vocabulary.RFC9421_ED25519}]}, True),
        ({"generator": {"implements": [{"href": vocabulary.RFC9421}]}}, False),
        ({"generator": "https://bikehaus.example/actor"}, False),
        ({"generator": {"implements": [7, {"name": "x"}, {"href": 7}]}}, False),
        ({"generator": None}, False),
    ],
)
def test_ed25519_is_spoken_by_those_who_say_so(changes: dict[str, Any], speaks: bool) -> None:
    assert read_actor(_document(**changes), iri=IRI).speaks_ed25519 is speaks


def test_no_member_we_render_is_lost_in_json_ld() -> None:
    document = render_actor(_shop(), published=datetime(2026, 8, 1, tzinfo=UTC))
    assert jsonld.read(document) is document


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({}, None),
        ({"accepts": None}, None),
        ({"accepts": []}, None),
        ({"accepts": "cash"}, None),
        ({"accepts": [{"name": "SD-BASE"}, 3, ["x"]]}, None),
        ({"accepts": {"id": f"{NAMESPACE}SD-BASE"}}, ["SD-BASE"]),
        ({"accepts": [f"{NAMESPACE}SD-ALL", f"{NAMESPACE}SD-BASE-A", "x"]}, ["SD-BASE-A"]),
        ({"accepts": [*["x"] * LIMIT_ACCEPTED, f"{NAMESPACE}SD-BASE"]}, None),
        ({"@context": [{"@version": 1.0}], "accepts": [f"{NAMESPACE}SD-BASE"]}, None),
    ],
)
def test_what_a_business_accepts_is_of_the_roster_or_not_known(
    said: dict[str, Any], names: list[str] | None
) -> None:
    found = accepted_entries(_document(**said))
    assert (None if found is None else [entry.name for entry in found]) == names


def test_what_we_say_to_accept_is_read_again() -> None:
    accepts = tuple(f"{NAMESPACE}{name}" for name in ("SD-BASE", "PDC-INTENT"))
    found = accepted_entries(render_actor(replace(_shop(), accepts=accepts)))
    assert found is not None
    assert tuple(entry.iri for entry in found) == accepts
