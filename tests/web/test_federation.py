"""The inbox, from the head of the request to the receipt."""

import asyncio
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from node.storage.errors import StorageDamaged, StorageUnavailable
from node.web.edge.runtime import Phase
from node.web.federation import senders
from protocol.actors import ActorKind, render_actor
from protocol.keys import Algorithm
from protocol.signatures import Scheme
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_JSON, LD_JSON_ACTIVITYSTREAMS
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT as AS
from tests.keys import rsa_key
from tests.logs import logging_to
from tests.ports import steady_port
from tests.web.house import House, Peer, generate, move_in, open_house, open_peer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

INBOX = "/actors/me/inbox"


async def cast_to(house: House, shop: Peer) -> Document:
    """Cast an intention to the shop and return it as the shop reads it."""
    view = await house.cast(shop.iri)
    answer = await shop.fetch(house, view["iri"])
    assert answer.status == 200, answer.body
    document: Document = answer.json
    return document


async def journal(house: House, kind: str) -> list[Document]:
    """Return the entries of one kind that came in."""
    entries: list[Document] = (await house.owner("GET", "/journal?limit=100")).json["items"]
    return [entry for entry in entries if entry["kind"] == kind and entry["direction"] == "in"]


async def refused(house: House) -> list[str]:
    return [item["code"] for item in (await house.owner("GET", "/refusals")).json["items"]]


def follow(shop: Peer, house: House, **members: Any) -> Document:
    """Return the simplest activity there is: it needs no proof and no history."""
    return shop.activity("Follow", house.iri, house.iri, **members)


# --- what is taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", list(Scheme), ids=str)
async def test_an_offer_is_taken_once(house: House, shop: Peer, scheme: Scheme) -> None:
    offer = shop.offer(await cast_to(house, shop), house.iri)
    first = await shop.post(house, offer, scheme=scheme)
    assert (first.status, first.json["activity"]) == (202, offer["id"])
    (listed,) = (await house.owner("GET", "/offers")).json["items"]
    assert (listed["total"], listed["proof"]["verified"]) == ("2249.00", True)
    later = datetime.now(UTC) + timedelta(minutes=1)
    again = await shop.post(house, offer, scheme=scheme, now=later)
    assert (again.status, again.body) == (200, first.body)
    assert len(await journal(house, "offer")) == 1


async def test_rp_01_the_same_bytes_and_signature_again(house: House, shop: Peer) -> None:
    body = orjson.dumps(follow(shop, house))
    headers = shop.sign(house.origin + INBOX, body)
    answers = [await house.request("POST", INBOX, body, headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [202, 200, 200]
    assert len({answer.body for answer in answers}) == 1
    assert len(await journal(house, "follow")) == 1


async def test_rp_04_fifty_at_once_through_both_inboxes(house: House, shop: Peer) -> None:
    document = follow(shop, house)
    answers = await asyncio.gather(
        *(shop.post(house, document, path=INBOX if number % 2 else "/inbox") for number in range(50))
    )
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200] * 49 + [202]
    assert len(await journal(house, "follow")) == 1


async def test_an_id_with_other_bytes_is_a_conflict(house: House, shop: Peer) -> None:
    document = follow(shop, house)
    assert (await shop.post(house, document)).status == 202
    answer = await shop.post(house, {**document, "summary": "changed"})
    assert (answer.status, answer.code) == (409, "id-reused")


@pytest.mark.parametrize("path", ["/inbox", "/actor/inbox"])
async def test_the_shared_inbox_hands_on_what_names_an_actor(house: House, shop: Peer, path: str) -> None:
    assert (await shop.post(house, follow(shop, house), path=path)).status == 202
    elsewhere = await shop.post(
        house, shop.activity("Follow", "https://x.example/a", "https://x.example/a"), path=path
    )
    assert (elsewhere.status, elsewhere.code) == (422, "not-addressed")


async def test_two_actors_of_one_node_each_decide(tmp_path: Path, shop: Peer) -> None:
    port = steady_port()
    async with open_house(tmp_path / "n", port=port, handle="ada") as house:
        await move_in(house, "bob")
    async with open_house(tmp_path / "n", port=port, handle="ada") as house:
        both = [f"{house.origin}/actors/{handle}" for handle in ("ada", "bob")]

        async def tell() -> int:
            document = shop.activity("Create", shop.proposal(*both), *both)
            return (await shop.post(house, document, path="/inbox")).status

        async def known(handle: str) -> int:
            return len((await house.owner("GET", f"/intentions?actor={handle}")).json["items"])

        assert await tell() == 202
        assert (await known("ada"), await known("bob")) == (1, 1)
        assert (await house.owner("GET", "/node")).json["actors"] == ["ada", "bob"]
        await house.owner("POST", "/peers/block?actor=bob", {"peer": shop.iri})
        assert await tell() == 202
        assert (await known("ada"), await known("bob")) == (2, 1)
        await house.owner("POST", "/peers/block?actor=ada", {"peer": shop.iri})
        assert await tell() == 401


async def test_what_is_public_reaches_whoever_follows(house: House, shop: Peer) -> None:
    proposal = (await cast_to(house, shop)) | {
        "id": f"{shop.origin}/intentions/1",
        "attributedTo": shop.iri,
        "to": [shop.iri + "/followers"],
    }
    proposal.pop("@context")
    told = shop.activity("Create", proposal, shop.iri + "/followers")
    assert (await shop.post(house, told, path="/inbox")).status == 422
    asked = await house.owner("POST", "/peers/follow", {"peer": shop.iri})
    assert asked.status == 200, asked.body
    # Who has only asked to follow is told nothing yet.
    assert (await shop.post(house, {**told, "id": told["id"] + "b"}, path="/inbox")).status == 422
    await until(lambda: [sent for sent in shop.inbox if sent["type"] == "Follow"])
    follow = next(sent for sent in shop.inbox if sent["type"] == "Follow")
    assert (await shop.post(house, shop.activity("Accept", follow["id"], house.iri))).status == 202
    assert (await shop.post(house, {**told, "id": told["id"] + "c"}, path="/inbox")).status == 202


async def test_ld_json_with_the_profile_is_activitystreams(shared: House, shared_shop: Peer) -> None:
    body = orjson.dumps(follow(shared_shop, shared))
    headers = shared_shop.sign(shared.origin + INBOX, body)
    answer = await shared.request("POST", INBOX, body, {**headers, "content-type": LD_JSON_ACTIVITYSTREAMS})
    assert answer.status == 202


async def test_ld_json_without_a_profile_is_read_for_what_it_holds(shared: House, shared_shop: Peer) -> None:
    body = orjson.dumps(follow(shared_shop, shared))
    headers = shared_shop.sign(shared.origin + INBOX, body)
    answer = await shared.request("POST", INBOX, body, {**headers, "content-type": "application/ld+json"})
    assert answer.status == 202


SPELLED: dict[str, Callable[[House, Peer], Document]] = {
    "actor-embedded": lambda house, shop: {"actor": {"id": shop.iri, "type": "Organization", "inbox": "x"}},
    "actor-in-a-list": lambda house, shop: {"actor": [shop.iri]},
    "type-in-a-list": lambda house, shop: {"type": ["Follow"]},
    "type-beside-another": lambda house, shop: {"type": ["https://shop.example/Follow", "Follow"]},
    "object-embedded": lambda house, shop: {"object": {"id": house.iri, "type": "Person", "inbox": "x"}},
    "object-in-a-list": lambda house, shop: {"object": [house.iri]},
    "object-a-group": lambda house, shop: {"object": {"id": house.iri, "type": ["Group"]}},
    "context-by-http": lambda house, shop: {"@context": "http://www.w3.org/ns/activitystreams"},
    "context-unknown": lambda house, shop: {"@context": "https://shop.example/context"},
    "context-with-a-language": lambda house, shop: {"@context": [AS, {"@language": "de"}]},
    "context-that-redefines": lambda house, shop: {"@context": [AS, {"price": "https://schema.org/price"}]},
}


@pytest.mark.parametrize("way", SPELLED)
async def test_what_is_only_spelled_otherwise_is_taken(house: House, shop: Peer, way: str) -> None:
    spelled = {**follow(shop, house), **SPELLED[way](house, shop)}
    answer = await shop.post(house, spelled)
    assert answer.status == 202, answer.body
    (peer,) = (await house.owner("GET", "/peers")).json["items"]
    assert (peer["iri"], peer["follower"]) == (shop.iri, "requested")
    assert len(await journal(house, "follow")) == 1


async def test_an_actor_that_an_activity_holds_whole_is_believed_nothing(house: House, shop: Peer) -> None:
    """KY-01: which keys are whose, and what anybody is called, only the actor's own document says."""
    async with open_peer(name="mallory") as mallory:
        key = {"id": f"{shop.iri}#stolen", "owner": shop.iri, "publicKeyPem": rsa_key(2).public.pem}
        held = {"id": shop.iri, "type": "Organization", "name": "Mallory", "publicKey": key}
        forged = {**follow(shop, house), "actor": held}
        for key_id in (key["id"], mallory.rsa_id):
            answer = await mallory.post(house, forged, key=rsa_key(2), key_id=key_id)
            assert answer.status == 401
        assert (await shop.post(house, forged)).status == 202
    (peer,) = (await house.owner("GET", "/peers")).json["items"]
    assert peer["name"] == "Shop"


@pytest.mark.parametrize("kind", list(ActorKind))
async def test_an_actor_of_any_kind_may_say_that_it_changed(
    shared: House, shared_shop: Peer, kind: ActorKind
) -> None:
    for changed in (shared_shop.iri, {"id": shared_shop.iri, "type": kind.value, "inbox": "x"}):
        update = shared_shop.activity("Update", changed, shared.iri)
        assert (await shared_shop.post(shared, update)).status == 202
    other = {"id": f"{shared_shop.origin}/actors/other", "type": kind.value}
    for changed, status, code in ((other, 403, "not-yours"), (other["id"], 422, "unknown-activity")):
        answer = await shared_shop.post(shared, shared_shop.activity("Update", changed, shared.iri))
        assert (answer.status, answer.code) == (status, code)


async def test_a_key_that_was_announced_signs_at_once(house: House, shop: Peer) -> None:
    """Its document was fetched a moment ago, and all the same who announces a key need not wait to use it."""
    assert (await shop.post(house, follow(shop, house))).status == 202
    renewed, key_id = generate(Algorithm.ED25519), f"{shop.iri}#ed25519-2"
    described = render_actor(shop.actor)
    added = {**described["assertionMethod"][0], "id": key_id, "publicKeyMultibase": renewed.public.multibase}
    shop.changes = {"assertionMethod": [*described["assertionMethod"], added]}
    update = shop.activity("Update", described | shop.changes, house.iri)
    assert (await shop.post(house, update)).status == 202
    unfollow = shop.activity("Undo", follow(shop, house), house.iri)
    assert (await shop.post(house, unfollow, key=renewed, key_id=key_id)).status == 202


@pytest.mark.parametrize("served", ["without-the-key", "with-the-old-key-under-its-name"])
async def test_who_took_over_an_address_announces_no_key(house: House, shop: Peer, served: str) -> None:
    """The document that is fetched for an announcement says nothing of who signed it."""
    assert (await shop.post(house, follow(shop, house))).status == 202
    before, taken = shop.ed25519, generate(Algorithm.ED25519)
    key_id = shop.ed25519_id
    shop.ed25519 = taken

    async def post(object: Any, type: str = "Follow") -> tuple[int, str]:
        house.clock.ahead += timedelta(minutes=6)
        document = shop.activity(type, object, house.iri)
        answer = await shop.post(house, document, key=taken, key_id=key_id, now=house.clock())
        return answer.status, answer.json.get("code", "")

    assert await post(house.iri) == (503, "key-held")
    described = render_actor(shop.actor)
    del described["@context"]
    if served == "without-the-key":
        shop.changes = {"assertionMethod": []}
    shop.ed25519 = before
    assert await post(described, "Update") == (503, "key-held")
    shop.ed25519, shop.changes = taken, {}
    assert await post(house.iri) == (503, "key-held")


async def test_the_key_that_signed_a_change_decides_and_not_the_one_that_is_served_now(
    house: House, shop: Peer
) -> None:
    """Whoever has taken over an address can show another document each time that it is fetched."""
    assert (await shop.post(house, follow(shop, house))).status == 202
    taken = {"id": shop.rsa_id, "owner": shop.iri, "publicKeyPem": rsa_key(2).public.pem}
    update = shop.activity("Update", {**render_actor(shop.actor), "publicKey": taken}, house.iri)
    for document, served in ((follow(shop, house), {"publicKey": taken}), (update, {})):
        house.clock.ahead += timedelta(minutes=6)  # long enough to be asked anew
        shop.changes, fetches = served, shop.fetches
        answer = await shop.post(house, document, key=rsa_key(2), now=house.clock())
        assert (answer.status, answer.code) == (503, "key-held")
        assert shop.fetches == fetches + 1
    (peer,) = (await house.owner("GET", "/peers")).json["items"]
    states = {key["key"]: key["state"] for key in peer["keys"]}
    assert states[rsa_key(2).public.fragment] == "held"


async def test_a_foreign_spelling_is_read_after_its_proof(house: House, shop: Peer) -> None:
    intention = await cast_to(house, shop)
    offer = shop.offer(intention, house.iri)
    spelled = {name: value for name, value in offer.items() if name not in {"proof", "endTime"}}
    spelled["https://www.w3.org/ns/activitystreams#endTime"] = offer["endTime"]
    answer = await shop.post(house, shop.prove(spelled))
    assert answer.status == 202, answer.body


# --- what is not -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content-type": "text/plain"}, id="JS-01-text"),
        pytest.param({"content-type": "application/json"}, id="JS-01-json"),
        pytest.param({"content-type": "text/html"}, id="JS-01-html"),
        pytest.param({"content-type": 'application/ld+json; profile=""'}, id="JS-01-empty-profile"),
        pytest.param(
            {"content-type": 'application/ld+json; profile="https://other.example"'}, id="JS-01-profile"
        ),
        pytest.param({"content-type": "application/activity+json; charset=utf-16"}, id="JS-01-charset"),
        pytest.param({"content-type": "application/activity+json;;"}, id="JS-01-garbage"),
        pytest.param({}, id="JS-01-missing"),
    ],
)
async def test_other_media_types_are_refused(
    shared: House, shared_shop: Peer, headers: dict[str, str]
) -> None:
    body = orjson.dumps(follow(shared_shop, shared))
    signed = shared_shop.sign(shared.origin + INBOX, body)
    del signed["content-type"]
    answer = await shared.request("POST", INBOX, body, {**signed, **headers})
    assert (answer.status, answer.code) == (415, "media-type")
    assert answer.headers["Accept-Post"] == ACTIVITY_JSON


async def test_js_01_two_content_types(shared: House) -> None:
    text = (
        f"POST {INBOX} HTTP/1.1\r\nHost: 127.0.0.1:{shared.settings.port}\r\nContent-Length: 2\r\n"
        f"Content-Type: {ACTIVITY_JSON}\r\nContent-Type: {ACTIVITY_JSON}\r\n\r\n{{}}"
    )
    answer = await shared.raw(text.encode())
    assert answer.split(b" ", 2)[1] in {b"400", b"415"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param(b'{"id":"x","id":"x"}', 400, "duplicate-key", id="JS-02"),
        pytest.param(b"{} {}", 400, "malformed-json", id="JS-04-two"),
        pytest.param(b"\xef\xbb\xbf{}", 400, "malformed-json", id="JS-04-bom"),
        pytest.param(b"[]", 400, "not-an-object", id="JS-04-array"),
        pytest.param(b'{"a":"\\ud800"}', 400, "malformed-json", id="JS-05"),
        pytest.param(b'{"a":' * 65 + b"1" + b"}" * 65, 400, "too-deep", id="JS-08"),
        pytest.param(b"{}", 422, "activity-shape", id="JS-10-missing"),
        pytest.param(b'{"id":1,"type":"A","actor":"a"}', 422, "activity-shape", id="JS-10-id"),
        pytest.param(b'{"id":"i","type":["A","B"],"actor":"a"}', 422, "activity-shape", id="JS-10-type"),
        pytest.param(b'{"id":"i","type":"A","actor":["a","b"]}', 422, "activity-shape", id="JS-10-actor"),
        pytest.param(b'{"id":"i","type":"A","actor":[]}', 422, "activity-shape", id="JS-10-no-actor"),
        pytest.param(b'{"id":["i"],"type":"A","actor":"a"}', 422, "activity-shape", id="JS-10-id-array"),
        pytest.param(b'{"id":"i","type":[],"actor":"a"}', 422, "activity-shape", id="JS-10-no-type"),
        pytest.param(
            b'{"id":"i","type":["Offer","Accept"],"actor":"a"}', 422, "activity-shape", id="JS-10-two-types"
        ),
        pytest.param(
            b'{"id":"https://a.example/1","type":"A","actor":{"id":"https://b.example/b"}}',
            422,
            "foreign-id",
            id="OR-01-embedded",
        ),
        pytest.param(b'{"@id":"i","@type":"A","as:actor":"a"}', 422, "activity-shape", id="LD-05"),
        pytest.param(
            b'{"id":"https://a.example/1","type":"A","actor":"https://b.example/b"}',
            422,
            "foreign-id",
            id="OR-01",
        ),
        pytest.param(b'{"id":"no iri","type":"A","actor":"none either"}', 422, "foreign-id", id="no-iri"),
    ],
)
async def test_a_broken_body_is_refused_unread(
    shared: House, shared_shop: Peer, body: bytes, status: int, code: str
) -> None:
    fetches = shared_shop.fetches
    answer = await shared_shop.post(shared, body)
    assert (answer.status, answer.code) == (status, code)
    assert shared_shop.fetches == fetches


async def test_an_id_beyond_ascii_is_told_how_to_be_written(shared: House, shared_shop: Peer) -> None:
    body = '{"id":"https://a.example/für","type":"A","actor":"https://a.example/b"}'.encode()
    answer = await shared_shop.post(shared, body)
    assert (answer.status, answer.code) == (422, "foreign-id")
    assert "percent-encoded" in answer.json["detail"]


async def test_an_inbox_of_nobody_is_not_found(shared: House, shared_shop: Peer) -> None:
    answer = await shared_shop.post(shared, follow(shared_shop, shared), path="/actors/nobody/inbox")
    assert (answer.status, answer.code) == (404, "not-found")


Spoil = Callable[[House, Peer, bytes, dict[str, str]], tuple[bytes, dict[str, str]]]


def _flip(text: str) -> str:
    return (
        text.replace(":A", ":B", 1)
        if ":A" in text
        else text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]
    )


SPOILED: dict[str, Spoil] = {
    "SG-01-none": lambda house, shop, body, headers: (body, {"content-type": ACTIVITY_JSON}),
    "SG-01-unparsable": lambda house, shop, body, headers: (body, {**headers, "Signature": "sig1=::"}),
    "SG-01-empty": lambda house, shop, body, headers: (body, {**headers, "Signature": ""}),
    "SG-02-body": lambda house, shop, body, headers: (body + b" ", headers),
    "SG-02-signature": lambda house, shop, body, headers: (
        body,
        {**headers, "Signature": _flip(headers["Signature"])},
    ),
    "SG-05-other-host": lambda house, shop, body, headers: (
        body,
        shop.sign("https://b.example/actors/me/inbox", body),
    ),
    "SG-05-other-inbox": lambda house, shop, body, headers: (body, shop.sign(house.origin + "/inbox", body)),
    "RP-02-stale": lambda house, shop, body, headers: (
        body,
        shop.sign(house.origin + INBOX, body, now=datetime.now(UTC) - timedelta(hours=25)),
    ),
    "RP-02-future": lambda house, shop, body, headers: (
        body,
        shop.sign(house.origin + INBOX, body, now=datetime.now(UTC) + timedelta(hours=1)),
    ),
    "KY-02-other-key": lambda house, shop, body, headers: (
        body,
        shop.sign(house.origin + INBOX, body, key=rsa_key(2)),
    ),
    "KY-01-unlisted": lambda house, shop, body, headers: (
        body,
        shop.sign(house.origin + INBOX, body, key_id=shop.iri + "#other"),
    ),
    "KY-01-foreign": lambda house, shop, body, headers: (
        body,
        shop.sign(house.origin + INBOX, body, key_id="https://evil.example/a#key"),
    ),
}


@pytest.mark.parametrize("vector", SPOILED)
async def test_every_bad_signature_gets_the_same_answer(
    shared: House, shared_shop: Peer, vector: str
) -> None:
    body = orjson.dumps(follow(shared_shop, shared))
    spoiled, headers = SPOILED[vector](
        shared, shared_shop, body, shared_shop.sign(shared.origin + INBOX, body)
    )
    before = len(await journal(shared, "follow"))
    answer = await shared.request("POST", INBOX, spoiled, headers)
    assert answer.status == 401
    plain = await shared.request("POST", INBOX, body, {"content-type": ACTIVITY_JSON})
    assert answer.body == plain.body
    assert {name for name in answer.headers if name != "Date"} == {
        name for name in plain.headers if name != "Date"
    }
    assert "@method" in answer.headers["Accept-Signature"]
    assert len(await journal(shared, "follow")) == before
    assert "unauthenticated" not in str(await refused(shared))


async def test_ky_02_a_key_of_another_actor_is_no_key_of_this_one(shared: House, shared_shop: Peer) -> None:
    async with open_peer(name="mallory") as mallory:
        forged = {**follow(shared_shop, shared), "id": f"{shared_shop.origin}/activities/forged"}
        body = orjson.dumps(forged)
        headers = mallory.sign(shared.origin + INBOX, body)
        assert (await shared.request("POST", INBOX, body, headers)).status == 401


async def test_an_actor_that_cannot_be_fetched_is_unknown(shared: House) -> None:
    async with open_peer(name="gone") as stranger:
        body = orjson.dumps(follow(stranger, shared))
        headers = stranger.sign(shared.origin + INBOX, body)
    assert (await shared.request("POST", INBOX, body, headers)).status == 401


PROOFS: dict[str, Callable[[Peer, Document], Document]] = {
    "PR-01-missing": lambda shop, offer: {name: value for name, value in offer.items() if name != "proof"},
    "PR-02-flipped": lambda shop, offer: {**offer, "endTime": "2098-01-01T00:00:00Z"},
    "PR-02-prefix": lambda shop, offer: {
        **offer,
        "proof": {**offer["proof"], "proofValue": "m" + offer["proof"]["proofValue"][1:]},
    },
    "PR-04-suite": lambda shop, offer: {
        **offer,
        "proof": {**offer["proof"], "cryptosuite": "ecdsa-jcs-2019"},
    },
    "PR-05-method": lambda shop, offer: {
        **offer,
        "proof": {**offer["proof"], "verificationMethod": shop.rsa_id},
    },
    "PR-07-two": lambda shop, offer: {**offer, "proof": [offer["proof"], offer["proof"]]},
    "PR-08-future": lambda shop, offer: shop.prove(
        {name: value for name, value in offer.items() if name != "proof"},
        created=datetime.now(UTC) + timedelta(hours=1),
    ),
    "PR-08-domain": lambda shop, offer: {**offer, "proof": {**offer["proof"], "domain": "x.example"}},
}


@pytest.mark.parametrize("vector", PROOFS)
async def test_an_offer_without_a_good_proof_is_no_offer(house: House, shop: Peer, vector: str) -> None:
    offer = shop.offer(await cast_to(house, shop), house.iri)
    answer = await shop.post(house, PROOFS[vector](shop, offer))
    assert (answer.status, answer.code.startswith("proof-")) == (422, True)
    assert await journal(house, "offer") == []
    assert (await shop.post(house, offer)).status == 202


async def test_pr_10_a_proof_belongs_to_its_document(house: House, shop: Peer) -> None:
    intention = await cast_to(house, shop)
    one, other = shop.offer(intention, house.iri), shop.offer(intention, house.iri)
    answer = await shop.post(house, {**one, "proof": other["proof"]})
    assert (answer.status, answer.code) == (422, "proof-invalid")


async def test_ld_01_an_unknown_context_is_not_fetched(shared: House, shared_shop: Peer) -> None:
    contexts = ["https://www.w3.org/ns/activitystreams", f"{shared_shop.origin}/context"]
    fetches = shared_shop.fetches
    for context in (contexts, contexts[1]):
        said = {**follow(shared_shop, shared), "@context": context, "x:y": 1}
        assert (await shared_shop.post(shared, said)).status == 202
    assert shared_shop.fetches <= fetches + 1  # the actor at most


UNREADABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no actor": ({"type": "Note"}, "actor-kind"),
    "of another": ({"id": "https://else.example/a"}, "actor-mismatch"),
    "no inbox": ({"inbox": None}, "actor-inbox"),
    "a context that redefines": ({"@context": [AS, {"inbox": "as:outbox"}]}, "context-redefines"),
}


@pytest.mark.parametrize("way", UNREADABLE)
async def test_why_an_actor_cannot_be_read_is_told_to_the_owner_and_in_the_log(
    shared: House, way: str
) -> None:
    changes, code = UNREADABLE[way]
    log = io.StringIO()
    async with open_peer(name="odd", changes=changes) as odd:
        with logging_to(log):
            answer = await odd.post(shared, follow(odd, shared))
        looked_up = await shared.owner("POST", "/fed/lookup", {"what": f" {odd.iri} "})
    assert (answer.status, answer.code) == (401, "unauthenticated")  # to the other end all look the same
    events = [json.loads(line) for line in log.getvalue().splitlines()]
    (unread,) = [event for event in events if event["event"] == "actor not read"]
    assert (unread["actor"], unread["code"]) == (odd.iri, code)
    (refusal,) = [event for event in events if event["event"] == "inbox refused"]
    assert refusal["why"] == f"The key's actor cannot be read. {unread['why']}"
    assert refusal["address"] == "127.0.0.1"
    # The owner is told the same, and not that it may not ask.
    assert (looked_up.json["code"], looked_up.json["detail"]) == (code, unread["why"])
    assert looked_up.status in (422, 502)


async def test_ac_05_a_blocked_peer_is_answered_like_a_stranger(house: House, shop: Peer) -> None:
    assert (await house.owner("POST", "/peers/block", {"peer": shop.iri})).status == 200
    answer = await shop.post(house, follow(shop, house))
    unsigned = await house.request(
        "POST", INBOX, orjson.dumps(follow(shop, house)), {"content-type": ACTIVITY_JSON}
    )
    assert (answer.status, answer.body) == (401, unsigned.body)
    assert await refused(house) == ["blocked"]
    assert await journal(house, "follow") == []


async def test_or_04_what_is_authentic_and_not_allowed_is_forbidden(house: House, shop: Peer) -> None:
    offer = shop.offer(await cast_to(house, shop), house.iri)
    assert (await shop.post(house, offer)).status == 202
    async with open_peer(name="rival") as rival:
        note = {
            "id": f"{rival.origin}/notes/1",
            "type": "Note",
            "content": "Me too",
            "context": offer["context"],
        }
        answer = await rival.post(house, rival.activity("Create", note, house.iri))
    assert (answer.status, answer.code) == (403, "not-your-negotiation")
    assert await journal(house, "message") == []


async def test_sg_17_how_long_a_refusal_takes_says_nothing(
    house: House, shop: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[float] = []

    def jitter() -> float:
        drawn.append(0.0)
        return drawn[-1]

    monkeypatch.setattr(senders, "randomness", SimpleNamespace(jitter=jitter))
    async with open_peer(name="blocked") as blocked:
        assert (await house.owner("POST", "/peers/block", {"peer": blocked.iri})).status == 200
        answers = [
            await blocked.post(house, follow(blocked, house)),
            await shop.post(house, follow(shop, house), key=rsa_key(2)),
            await shop.post(house, follow(shop, house), key_id=shop.iri + "#unknown"),
        ]
    assert [answer.status for answer in answers] == [401, 401, 401]
    assert len({answer.body for answer in answers}) == 1
    assert len(drawn) == len(answers), "each waits for as long as is drawn for it, whatever its reason"
    assert senders.BLUR_SECONDS >= 0.03, "ten times what the steps behind these answers differ by"


async def test_a_refusal_is_shown_to_the_owner_and_not_made_good_by_repeating_it(
    house: House, shop: Peer
) -> None:
    assert (await house.owner("POST", "/peers/block", {"peer": shop.iri})).status == 200
    body = orjson.dumps(follow(shop, house))
    headers = shop.sign(house.origin + INBOX, body)
    assert (await house.request("POST", INBOX, body, headers)).status == 401
    assert await refused(house) == ["blocked"]
    assert (await house.owner("POST", "/peers/unblock", {"peer": shop.iri})).status == 200
    # The bytes somebody kept from back then are no new request; the peer itself signs anew.
    assert (await house.request("POST", INBOX, body, headers)).status == 401
    later = shop.sign(house.origin + INBOX, body, now=datetime.now(UTC) + timedelta(seconds=2))
    assert (await house.request("POST", INBOX, body, later)).status == 202


@pytest.mark.parametrize("as_object", [False, True])
async def test_the_farewell_of_an_actor_whose_key_is_gone(house: House, shop: Peer, as_object: bool) -> None:
    shop.gone = True
    leaving = {"id": shop.iri, "type": "Person"} if as_object else shop.iri
    answer = await shop.post(
        house, shop.activity("Delete", leaving, "https://www.w3.org/ns/activitystreams#Public")
    )
    assert (answer.status, answer.body) == (202, b"")
    assert (await house.owner("GET", "/journal")).json["items"] == []
    # Anything else that nobody can verify stays unverified.
    assert (await shop.post(house, follow(shop, house))).status == 401
    other = shop.activity("Delete", f"{shop.origin}/notes/1", house.iri)
    assert (await shop.post(house, other)).status == 401


async def test_storage_that_fails_is_said_and_nothing_is_lost(
    house: House, shop: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = follow(shop, house)
    assert (await shop.post(house, document | {"id": document["id"] + "a"})).status == 202

    async def full(_work: object, *, brief: bool = False) -> None:
        raise StorageUnavailable("disk full")

    async def damaged(_work: object, *, brief: bool = False) -> None:
        raise StorageDamaged("torn")

    with monkeypatch.context() as broken:
        broken.setattr(house.runtime.store, "write", full)
        answer = await shop.post(house, document)
        assert (answer.status, answer.code) == (503, "storage-unavailable")
        assert answer.headers["Retry-After"] == "5"
        broken.setattr(house.runtime.store, "write", damaged)
        answer = await shop.post(house, document)
        assert (answer.status, answer.code) == (503, "database-damaged")
    assert (await shop.post(house, document)).status == 202


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.DRAINING])
async def test_an_inbox_that_cannot_take_now_says_so_and_refuses_nothing(
    house: House, shop: Peer, phase: Phase
) -> None:
    """What is 4xx is final to a peer: it takes its move back."""
    document = follow(shop, house)
    house.runtime.phase = phase
    for path in (None, "/inbox", "/actor/inbox", "/actors/nobody/inbox"):
        for sent in (document, b"not JSON", {**document, "type": "Nonsense"}):
            answer = await shop.post(house, sent, path=path)
            assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    house.runtime.phase = Phase.READY
    assert (await shop.post(house, document)).status == 202


async def test_an_inbox_whose_storage_cannot_be_read_refuses_nothing(
    house: House, shop: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = follow(shop, house)

    def unread(_work: object) -> None:
        raise StorageUnavailable("disk gone")

    with monkeypatch.context() as broken:
        broken.setattr(house.runtime.store, "read_now", unread)
        answer = await shop.post(house, document)
        assert (answer.status, answer.code) == (503, "storage-unavailable")
    assert (await shop.post(house, document)).status == 202


async def test_the_same_activity_in_another_spelling_is_the_same(house: House, shop: Peer) -> None:
    document = follow(shop, house)
    assert (await shop.post(house, document)).status == 202
    spelled = json.dumps(dict(reversed(document.items())), indent=2).encode()
    assert spelled != orjson.dumps(document)
    again = await shop.post(house, spelled)
    assert again.status == 200
    other = await shop.post(house, {**document, "published": "2026-01-01T00:00:00Z"})
    assert (other.status, other.code) == (409, "id-reused")


# --- what is said about it ---------------------------------------------------------------------------


async def test_js_16_the_log_stays_one_line_each(tmp_path: Path) -> None:
    stream = io.StringIO()
    with logging_to(stream):
        await refuse_what_would_forge_a_line(tmp_path)
    events = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    assert "inbox refused" in events
    assert "forged" not in events
    assert stream.getvalue().isascii()
    assert "\x1b" not in stream.getvalue()


async def refuse_what_would_forge_a_line(folder: Path) -> None:
    async with open_house(folder / "n") as house, open_peer() as shop:
        actor = f'{shop.origin}/a"}}\n{{"event":"forged","level":"info"}}\u2028\x1b[2J'
        await shop.post(house, {"id": f"{shop.origin}/1", "type": "Follow", "actor": actor})
        refused_one = {**follow(shop, house), "actor": f"{shop.origin}/\u202eevil", "id": f"{shop.origin}/2"}
        await shop.post(house, refused_one)


@pytest.mark.slow
async def test_outcomes_are_counted_without_names(house: House, shop: Peer) -> None:
    document = follow(shop, house)
    await shop.post(house, document)
    await shop.post(house, document)
    await house.request("POST", INBOX, b"{}", {"content-type": ACTIVITY_JSON})
    await house.request("POST", INBOX, b"{}")
    text = (await house.get("/metrics")).body.decode()
    assert 'freehold_inbox_total{outcome="accepted"} 1.0' in text
    assert 'freehold_inbox_total{outcome="duplicate"} 1.0' in text
    assert 'freehold_inbox_total{outcome="unprocessable"} 1.0' in text
    assert 'freehold_inbox_total{outcome="refused"} 1.0' in text
    assert "freehold_inbox_seconds_count 4.0" in text
    assert shop.origin not in text
    assert "shop" not in text


async def test_the_limit_price_and_the_notes_stay_home(house: House, shop: Peer) -> None:
    await cast_to(house, shop)
    await until(lambda: shop.inbox)
    told = json.dumps(shop.inbox)
    assert "2300" not in told
    assert "secret of the owner" not in told
