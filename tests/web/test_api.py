"""The owner's API: who may call it, what it takes, and that what it gives is what it describes."""

import asyncio
import io
import json
import os
import socket
import stat
import threading
from typing import Any

import aiohttp
import jsonschema
import orjson
import pytest

from node.storage.editions import begin_edition
from node.web.edge import connections
from protocol.evidence import verify_evidence
from protocol.keys import Algorithm, PrivateKey
from tests.keys import rsa_key
from tests.logs import logging_to
from tests.web.house import PATIENCE_SECONDS, Answer, House, Peer, generate, until
from tests.whole import COMPONENTS, OPERATIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = [{"kind": "oneOff", "amount": "2390.00", "currency": "EUR", "label": "Bike"}]
_JSON = {"Content-Type": "application/json"}
CHEAPER = [{**PRICE[0], "amount": "2000.00"}]
WISH: dict[str, Any] = {
    "name": "A bike",
    "deadline": "2099-01-01T00:00:00Z",
    "currency": "EUR",
    "audience": ["https://shop.example/actors/shop"],
}


def fits(document: object, name: str) -> bool:
    """Check an answer against the component that describes it, with all of JSON Schema."""
    root = {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": json.loads(json.dumps(dict(COMPONENTS)))},
    }
    jsonschema.Draft202012Validator(root).validate(document)
    return True


def is_problem(answer: Answer) -> bool:
    fits(answer.json, "Problem")
    return (
        answer.headers["Content-Type"] == "application/problem+json"
        and answer.json["status"] == answer.status
    )


# --- who may call ------------------------------------------------------------------------------------


async def test_over_tcp_a_token_is_needed(shared: House) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer ünsinn"},
        {"Authorization": "Basic bWU6bWU="},
        {"Authorization": "Bearer " + "x" * 300},
        {"Remote-User": "me", "X-Remote-User": "me"},
    ):
        answer = await shared.get("/api/v1/node", **headers)
        assert (answer.status, answer.code) == (401, "token")
        assert is_problem(answer)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_two_authorizations_are_none(shared: House) -> None:
    secret = await shared.token("read")
    text = f"GET /api/v1/node HTTP/1.1\r\nHost: 127.0.0.1:{shared.settings.port}\r\n" + (
        f"Authorization: Bearer {secret}\r\n" * 2
    )
    assert b" 401 " in await shared.raw(text.encode() + b"\r\n")


@pytest.mark.parametrize(
    ("scope", "read", "write", "admin"),
    [("read", 200, 403, 403), ("write", 200, 422, 403), ("admin", 200, 422, 200)],
)
async def test_a_token_may_do_what_its_scope_says(
    shared: House, scope: str, read: int, write: int, admin: int
) -> None:
    bearer = {"Authorization": f"Bearer {await shared.token(scope)}"}
    assert (await shared.get("/api/v1/offers", **bearer)).status == read
    answer = await shared.request(
        "POST", "/api/v1/intentions", b"{}", {**bearer, "Content-Type": "application/json"}
    )
    assert answer.status == write
    asked = await shared.request(
        "POST", "/api/v1/fed/lookup", b"{}", {**bearer, "Content-Type": "application/json"}
    )
    assert asked.status == write
    assert (await shared.get("/api/v1/tokens", **bearer)).status == admin
    if admin == 403:
        refused = await shared.get("/api/v1/tokens", **bearer)
        assert (refused.code, is_problem(refused)) == ("scope", True)


async def test_a_revoked_token_opens_nothing(house: House) -> None:
    made = (await house.owner("POST", "/tokens", {"name": "phone", "scopes": ["read"]})).json
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert (await house.get("/api/v1/node", **bearer)).status == 200
    (listed,) = (await house.owner("GET", "/tokens")).json["items"]
    assert listed["last_used_at"] is not None
    assert "secret" not in listed
    revoked = await house.owner("DELETE", f"/tokens/{made['id'][:12]}")
    assert revoked.json["revoked_at"] is not None
    assert (await house.get("/api/v1/node", **bearer)).status == 401
    assert (await house.owner("DELETE", "/tokens/tok_nothing")).status == 404


async def test_what_only_an_administrator_does_is_logged_with_who_it_was(house: House) -> None:
    with logging_to(stream := io.StringIO()):
        made = (await house.owner("POST", "/tokens", {"name": "telephone", "scopes": ["admin"]})).json
        bearer = {"Authorization": f"Bearer {made['secret']}"}
        assert (await house.request("POST", "/api/v1/keys/rotate", b"{}", bearer | _JSON)).status == 200
        await house.owner("DELETE", f"/tokens/{made['id'][:12]}")
        await house.owner("DELETE", "/tokens/tok_nothing")  # what did not happen is not told
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    done = [line for line in lines if line["event"] == "done"]
    assert [(line["what"], line["by"], line["address"]) for line in done] == [
        ("POST /tokens", "socket", ""),
        ("POST /keys/rotate", made["id"], "127.0.0.1"),
        ("DELETE /tokens/{id}", "socket", ""),
    ]
    assert (done[0]["id"], done[2]["id"]) == (made["id"], made["id"])
    assert made["secret"] not in stream.getvalue()
    assert "telephone" not in json.dumps(done)  # never what was typed


async def test_the_secret_of_a_token_is_kept_nowhere(house: House) -> None:
    made = await house.owner("POST", "/tokens", {"name": "x", "scopes": ["read"]}, **{"Idempotency-Key": "k"})
    again = await house.owner(
        "POST", "/tokens", {"name": "x", "scopes": ["read"]}, **{"Idempotency-Key": "k"}
    )
    assert (made.status, again.status, again.json["id"]) == (201, 201, made.json["id"])
    assert "secret" not in again.json
    secret = made.json["secret"].encode()
    await house.runtime.store.close()
    for path in house.settings.data.iterdir():
        if path.is_file():
            assert secret not in path.read_bytes()


async def test_au_11_the_socket_is_the_owners(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stat.S_IMODE(house.socket_path.stat().st_mode) == 0o600
    assert (await house.owner("GET", "/tokens")).status == 200
    monkeypatch.setattr(os, "getuid", lambda: 12_345)
    monkeypatch.setattr(connections, "ROOT", -1)
    with pytest.raises(aiohttp.ClientError):
        await house.owner("GET", "/node")


async def test_where_the_system_cannot_tell_the_mode_of_the_socket_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert connections.peer_uid(ours) == os.getuid()
        monkeypatch.setattr("sys.platform", "darwin")
        assert connections.peer_uid(ours) is None


async def test_over_the_socket_the_host_means_nothing(shared: House) -> None:
    assert (await shared.owner("GET", "/node", Host="anything")).status == 200


# --- what is taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/offers?colour=red", "unknown-parameter"),
        ("/offers?limit=1&limit=2", "unknown-parameter"),
        ("/offers?limit=1000000000", "invalid-parameter"),
        ("/offers?limit=0", "invalid-parameter"),
        ("/offers?limit=-1", "invalid-parameter"),
        ("/offers?limit=%D9%A3", "invalid-parameter"),
        ("/offers?offset=5", "unknown-parameter"),
        ("/offers?state=haunted", "invalid-parameter"),
        ("/offers?role=", "invalid-parameter"),
        ("/offers?cursor=of_forged", "unknown-cursor"),
        ("/offers?cursor=%00", "invalid-parameter"),
        ("/intentions?own=maybe", "invalid-parameter"),
        ("/tokens?cursor=tok_forged", "unknown-cursor"),
        ("/refusals?cursor=x", "unknown-cursor"),
        ("/journal?cursor=-1", "invalid-parameter"),
        ("/profile/export?format=rdf-xml", "invalid-parameter"),
        ("/events?after=x", "invalid-parameter"),
        ("/node?actor=" + "x" * 33, "invalid-parameter"),
    ],
)
async def test_do_10_parameters_are_known_and_in_bounds(shared: House, path: str, code: str) -> None:
    answer = await shared.owner("GET", path)
    assert (answer.status, answer.code) == (400, code)
    assert is_problem(answer)
    assert b"forged" not in answer.body
    assert b"haunted" not in answer.body


async def test_a_parameter_may_be_true_or_false(shared: House) -> None:
    for own in ("true", "false"):
        assert (await shared.owner("GET", f"/intentions?own={own}&state=open&limit=5")).json["items"] == []


async def test_an_actor_that_is_not_here(shared: House) -> None:
    answer = await shared.owner("GET", "/node?actor=nobody")
    assert (answer.status, answer.code) == (404, "unknown-actor")
    assert (await shared.owner("GET", "/node?actor=me")).json["handle"] == "me"


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed-json"),
        (b'{"name":1,"name":2}', "application/json", 400, "duplicate-key"),
        (b"[]", "application/json", 400, "not-an-object"),
        (b"name=bike", "application/x-www-form-urlencoded", 415, "media-type"),
        (b"{}", "text/plain", 415, "media-type"),
        (b"", "application/json", 400, "malformed-json"),
        (b"{}", "application/json", 422, "invalid-shape"),
        (
            b'{"canary_member":1,"name":"x","currency":"EUR","audience":[]}',
            "application/json",
            422,
            "invalid-shape",
        ),
        (
            b'{"name":"x","currency":"EUR","audience":["public"],"limit_price":0.1}',
            "application/json",
            422,
            "invalid-shape",
        ),
        (b'{"name":"x","currency":"EUR","audience":[]}', "application/json", 422, "missing-audience"),
        (b" " * 300_000, "application/json", 413, "body-too-large"),
    ],
)
async def test_a_body_is_what_the_operation_takes(
    shared: House, body: bytes, media_type: str, status: int, code: str
) -> None:
    connector = aiohttp.UnixConnector(str(shared.socket_path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(
            "http://owner/api/v1/intentions", data=body, headers={"Content-Type": media_type}
        ) as response,
    ):
        answer = Answer(response.status, response.headers, await response.read())
    assert (answer.status, answer.code) == (status, code)
    assert is_problem(answer)
    assert b"canary" not in answer.body


async def test_an_operation_without_a_body_takes_none(shared: House) -> None:
    answer = await shared.owner("POST", "/journal/verify", {"x": 1})
    assert (answer.status, answer.code) == (415, "media-type")


@pytest.mark.parametrize("path", ["/nope", "/offers/", "/offers/x/y/z"])
async def test_an_unknown_path_is_a_problem_too(shared: House, path: str) -> None:
    answer = await shared.owner("GET", path)
    assert (answer.status, answer.code, is_problem(answer)) == (404, "not-found", True)


async def test_a_defect_is_answered_without_its_reason(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("canary: a secret path")

    monkeypatch.setattr(house.runtime.store, "read", broken)
    answer = await house.owner("GET", "/offers")
    assert (answer.status, answer.code, is_problem(answer)) == (500, "internal", True)
    assert b"canary" not in answer.body


# --- once and only once ------------------------------------------------------------------------------


async def test_a_repeated_request_is_done_once(house: House) -> None:
    key = {"Idempotency-Key": "one"}
    first = await house.owner("POST", "/intentions", WISH, **key)
    again = await house.owner("POST", "/intentions", WISH, **key)
    assert (first.status, first.body) == (again.status, again.body) == (201, first.body)
    assert len((await house.owner("GET", "/intentions")).json["items"]) == 1


async def test_fifty_repetitions_at_once_are_one(house: House) -> None:
    answers = await asyncio.gather(
        *(house.owner("POST", "/intentions", WISH, **{"Idempotency-Key": "many"}) for _ in range(50))
    )
    assert {answer.body for answer in answers} == {answers[0].body}
    assert len((await house.owner("GET", "/intentions")).json["items"]) == 1


async def test_a_key_for_another_request_is_a_conflict(house: House) -> None:
    key = {"Idempotency-Key": "one"}
    await house.owner("POST", "/intentions", WISH, **key)
    for path, body in (("/intentions", {**WISH, "name": "A car"}), ("/intentions?actor=me", WISH)):
        answer = await house.owner("POST", path, body, **key)
        assert (answer.status, answer.code) == (409, "idempotency-conflict")
    assert len((await house.owner("GET", "/intentions")).json["items"]) == 1


async def test_an_answer_from_before_a_restore_is_void_and_nothing_is_done_twice(house: House) -> None:
    key = {"Idempotency-Key": "one"}
    assert (await house.owner("POST", "/intentions", WISH, **key)).status == 201
    await house.runtime.store.write(lambda db: begin_edition(db, "ed_restored", at=house.clock()))
    answer = await house.owner("POST", "/intentions", WISH, **key)
    assert (answer.status, answer.code) == (409, "history-changed")
    assert answer.json["go_on_from"] == "ed_restored.0.00000000"
    assert len((await house.owner("GET", "/intentions")).json["items"]) == 1
    assert (await house.owner("POST", "/intentions", WISH, **{"Idempotency-Key": "two"})).status == 201


async def test_a_verification_goes_on_from_a_link_that_held(house: House) -> None:
    await house.cast("public")
    first = (await house.owner("POST", "/journal/verify?limit=1")).json
    assert (first["ok"], first["complete"], first["entries"]) == (True, False, 1)
    (held,) = first["heads"]
    assert (held["actor"], held["place"]) == (house.iri, 1)
    rest = (await house.owner("POST", f"/journal/verify?after=1&hash={held['hash']}")).json
    end = (await house.owner("GET", "/node")).json["journal"]
    assert (rest["complete"], rest["entries"]) == (True, end["place"] - 1)
    assert rest["heads"] == [{"actor": house.iri, "place": end["place"], "hash": end["hash"]}]
    wrong = (await house.owner("POST", f"/journal/verify?after=1&hash={'0' * 64}")).json
    assert (wrong["ok"], wrong["actor"], wrong["broken_at"]) == (False, house.iri, 2)
    for query in ("after=1", f"hash={'0' * 64}", "after=1&hash=xyz"):
        assert (await house.owner("POST", f"/journal/verify?{query}")).status == 400


async def test_keys_belong_to_their_caller_and_refusals_are_not_kept(house: House) -> None:
    key = {"Idempotency-Key": "one"}
    wrong = await house.owner("POST", "/intentions", {**WISH, "currency": "XXX"}, **key)
    assert wrong.status == 422
    assert (await house.owner("POST", "/intentions", WISH, **key)).status == 201
    secret = await house.token("write")
    headers = {**key, "Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    answer = await house.request("POST", "/api/v1/intentions", orjson.dumps(WISH), headers)
    assert answer.status == 201
    assert len((await house.owner("GET", "/intentions")).json["items"]) == 2


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_has_bounds(shared: House, key: str) -> None:
    answer = await shared.owner("POST", "/intentions", WISH, **{"Idempotency-Key": key})
    assert (answer.status, answer.code) == (400, "idempotency-key")


# --- the whole of it ---------------------------------------------------------------------------------


async def test_a_negotiation_through_every_view(house: House, shop: Peer) -> None:
    wish = {**WISH, "audience": [shop.iri], "limit_price": "2300.00", "notes": "mine"}
    preview = await house.owner("POST", "/intentions/preview", wish)
    assert fits(preview.json, "Preview")
    cast = await house.owner(
        "POST",
        "/intentions",
        {**wish, "preview": {"id": preview.json["id"], "published": preview.json["published"]}},
    )
    assert fits(cast.json, "Intention")
    id = cast.json["id"]
    amended = await house.owner("PATCH", f"/intentions/{id}", {"content": "with a basket"})
    assert (fits(amended.json, "Intention"), amended.json["content"]) == (True, "with a basket")
    intention = (await shop.fetch(house, cast.json["iri"])).json
    for amount in ("2390.00", "2249.00"):
        assert (await shop.post(house, shop.offer(intention, house.iri, amount=amount))).status == 202
    page = await house.owner("GET", "/offers?limit=1")
    assert fits(page.json, "OfferPage")
    second = await house.owner("GET", f"/offers?limit=1&cursor={page.json['next']}")
    assert second.json["next"] is None
    comparison = await house.owner("GET", f"/intentions/{id}/compare")
    assert fits(comparison.json, "Comparison")
    assert [offer["total"] for offer in comparison.json["offers"]] == ["2249.00", "2390.00"]
    best, other = comparison.json["offers"]
    assert fits((await house.owner("GET", f"/offers/{best['id']}")).json, "Offer")
    assert fits((await house.owner("GET", f"/offers/{best['id']}/history")).json, "History")
    message = await house.owner("POST", f"/offers/{best['id']}/messages", {"content": "With a bell?"})
    assert (message.status, fits(message.json, "Message")) == (201, True)
    assert fits((await house.owner("GET", f"/offers/{best['id']}/messages")).json, "MessagePage")
    for forged in ("x", "-1", "9" * 20, "%D9%A3"):
        refused = await house.owner("GET", f"/offers/{best['id']}/messages?cursor={forged}")
        assert (refused.status, refused.code) == (422, "unknown-cursor")
    countered = await house.owner(
        "POST", f"/offers/{other['id']}/counter", {"terms": {"price": CHEAPER}, "on_met": "ask"}
    )
    assert (fits(countered.json, "Offer"), countered.json["state"]) == (True, "countered")
    stale = await house.owner("POST", f"/offers/{best['id']}/accept", {"digest": other["digest"]})
    assert (stale.status, is_problem(stale)) == (409, True)
    accepted = await house.owner("POST", f"/offers/{best['id']}/accept", {"digest": best["digest"]})
    assert (fits(accepted.json, "Offer"), accepted.json["state"]) == (True, "accepted")
    again = await house.owner("POST", f"/offers/{best['id']}/accept")
    assert (again.status, again.code) == (409, "already-accepted")
    agreement = accepted.json["agreement"]
    assert fits((await house.owner("GET", f"/agreements/{agreement}")).json, "Agreement")
    assert fits((await house.owner("GET", "/agreements?state=accepted")).json, "AgreementPage")
    evidence = await house.owner("GET", f"/agreements/{agreement}/evidence")
    assert verify_evidence(evidence.body).state == "accepted"
    for verb in ("countersign", "renege", "confirm", "end"):
        refused = await house.owner("POST", f"/agreements/{agreement}/{verb}")
        assert (refused.status in {403, 409}, is_problem(refused)) == (True, True)
    ending = await house.owner("POST", f"/agreements/{agreement}/end", {"at": "2099-01-01T00:00:00Z"})
    assert ending.status in {403, 409, 422}
    assert (
        await house.owner("POST", f"/agreements/{agreement}/amend", {"terms": {"price": PRICE}})
    ).status == 409
    await until(lambda: len(shop.inbox) >= 4)
    page = await house.owner("GET", "/deliveries")
    assert fits(page.json, "DeliveryPage")
    delivery = page.json["items"][0]["id"]
    await until_delivered(house)
    assert (await house.owner("POST", f"/deliveries/{delivery}/retry")).status == 409


async def until_delivered(house: House) -> None:
    async def settled() -> bool:
        return not (await house.owner("GET", "/deliveries?state=queued")).json["items"]

    await until(settled)


async def test_a_delivery_that_was_refused_can_be_tried_again(house: House, shop: Peer) -> None:
    shop.status = 422
    await house.cast(shop.iri)

    async def refused() -> list[Any]:
        found: list[Any] = (await house.owner("GET", "/deliveries?state=refused")).json["items"]
        return found

    await until(refused)
    shop.status = 202
    again = await house.owner("POST", f"/deliveries/{(await refused())[0]['id']}/retry")
    assert (again.status, fits(again.json, "Delivery")) == (200, True)
    await until(lambda: len(shop.inbox) == 2)


async def test_an_intention_that_is_not_here(shared: House) -> None:
    answer = await shared.owner("GET", "/intentions/int_0")
    assert (answer.status, is_problem(answer)) == (404, True)


async def test_a_business_through_every_view(house: House, shop: Peer) -> None:
    proposal = shop.proposal(house.iri)
    told = await shop.post(house, shop.activity("Create", proposal, house.iri))
    assert told.status == 202, told.body
    pipeline = await house.owner("GET", "/pipeline")
    assert fits(pipeline.json, "Pipeline")
    intention = pipeline.json["items"][0]["intention"]
    made = await house.owner("POST", "/offers", {"intention": intention, "terms": {"price": PRICE}})
    assert (made.status, fits(made.json, "Offer")) == (201, True)
    offer = made.json["id"]
    again = await house.owner("POST", f"/offers/{offer}/reoffer", {"terms": {"price": CHEAPER}})
    assert (again.json["total"], again.json["rounds"]) == ("2000.00", 2)
    reoffer = f"/offers/{offer}/reoffer"
    assert (await house.owner("POST", reoffer, {"terms": {"meet": True}})).code == "no-counter"
    for terms in ({"meet": False}, {"meet": True, "price": CHEAPER}):
        assert (await house.owner("POST", reoffer, {"terms": terms})).code == "invalid-shape"
    elsewhere = {"intention": intention, "terms": {"meet": True}}
    assert (await house.owner("POST", "/offers", elsewhere)).code == "invalid-shape"
    assert (await house.owner("POST", f"/offers/{offer}/reject", {"reason": "no"})).status == 403
    withdrawn = await house.owner("POST", f"/offers/{offer}/withdraw")
    assert withdrawn.json["state"] == "withdrawn"
    assert (await house.owner("POST", f"/offers/{offer}/withdraw")).status == 409


async def test_a_write_that_is_only_tried_is_answered_and_undone(house: House) -> None:
    entries = (await house.owner("GET", "/journal?limit=100")).json
    tried = await house.owner("POST", "/intentions?dry_run=true", WISH)
    assert (tried.status, tried.json["name"]) == (200, WISH["name"])
    assert fits(tried.json, "Intention")
    assert (await house.owner("GET", f"/intentions/{tried.json['id']}")).status == 404
    assert (await house.owner("POST", "/intentions?dry_run=true", {**WISH, "currency": "XXX"})).status == 422
    token = await house.owner("POST", "/tokens?dry_run=true", {"name": "x", "scopes": ["read"]})
    assert (token.status, "secret" in token.json) == (200, False)
    assert (await house.owner("GET", "/journal?limit=100")).json == entries
    assert (await house.owner("POST", "/intentions?dry_run=false", WISH)).status == 201
    for path in ("/fed/send", "/intentions/preview", "/fed/lookup"):
        assert (await house.owner("POST", f"{path}?dry_run=true", {})).code == "unknown-parameter"
    assert (await house.owner("GET", "/intentions?dry_run=true")).code == "unknown-parameter"
    assert (await house.owner("POST", "/intentions?dry_run=1", WISH)).code == "invalid-parameter"


async def test_a_list_that_is_only_tried_is_not_taken(house: House) -> None:
    csv = b"sku,name,price,currency,stock,lead_days\nb1,Bike,999.00,EUR,3,2\n"
    tried = await raw(house, "PUT", "/pricelist?dry_run=true", csv, "text/csv")
    assert (tried.status, tried.json["loaded"], tried.json["added"]["count"]) == (200, 1, 1)
    assert fits(tried.json, "PriceListChanges")
    assert (await house.owner("GET", "/pricelist")).json["items"] == []
    assert (await raw(house, "PUT", "/pricelist", csv, "text/csv")).status == 200
    entries = (await house.owner("GET", "/journal?limit=100")).json
    dearer = b"sku,name,price,currency,stock,lead_days\nb1,Bike,9999.00,EUR,3,2\nb2,Bell,9.00,EUR,3,2\n"
    for method in ("PUT", "POST"):
        changes = (await raw(house, method, "/pricelist?dry_run=true", dearer, "text/csv")).json
        assert fits(changes, "PriceListChanges")
        assert [change["odd"] for change in changes["odd"]["first"]] == [["tenfold"]]
    empty = csv.splitlines()[0]
    refused = await raw(house, "PUT", "/pricelist?dry_run=true", empty, "text/csv")
    assert (refused.status, refused.code) == (409, "list-empty")
    gone = await raw(house, "PUT", "/pricelist?dry_run=true&empty=true", empty, "text/csv")
    assert (gone.json["gone"]["count"], gone.json["wishes"]) == (1, None)
    assert (await house.owner("GET", "/journal?limit=100")).json == entries


# rdflib's parsers use a class of its own that it warns about.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
async def test_the_shop_the_profile_and_the_keys(house: House) -> None:
    csv = "sku,name,price,currency,stock,lead_days\nb1,Bike,999.00,EUR,3,2\n"
    loaded = await house.owner("PUT", "/pricelist", None)
    assert loaded.status == 415
    put = await raw(house, "PUT", "/pricelist", csv.encode(), "text/csv")
    assert put.status == 200, put.body
    assert put.json["items"][0]["sku"] == "b1"
    assert fits((await house.owner("GET", "/pricelist")).json, "PriceList")
    added = await raw(house, "POST", "/pricelist", csv.replace("b1", "b2").encode(), "text/csv")
    assert ([item["sku"] for item in added.json["items"]], added.json["loaded"]) == (["b1", "b2"], 1)
    assert [item["sku"] for item in (await house.owner("GET", "/pricelist?cursor=b1")).json["items"]] == [
        "b2"
    ]
    assert (await raw(house, "PUT", "/pricelist", b"\xff\x80,", "text/csv")).code == "price-list-format"
    large = (
        "sku,name,price,currency,stock,lead_days\n"
        + "".join(f"s{n},{'n' * 100},1.00,EUR,1,2\n" for n in range(4_000))
    ).encode()
    assert len(large) > house.settings.body_limit_bytes
    assert (await raw(house, "PUT", "/pricelist", large, "text/csv")).status == 200
    assert (await house.owner("GET", "/rule")).json == {}
    rule = await house.owner("PUT", "/rule", {"currency": "EUR"})
    assert (await house.owner("GET", "/rule")).json == rule.json

    profile = await house.owner("PUT", "/profile", {"name": "Ada", "email": "ada@example.org"})
    assert profile.status == 200, profile.body
    assert (await house.owner("GET", "/profile")).json["name"] == "Ada"
    card = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada L.\r\nEND:VCARD\r\n"
    assert (await raw(house, "POST", "/profile/import", card, "text/vcard")).json["name"] == "Ada L."
    assert (await raw(house, "POST", "/profile/import", b"\xff", "text/vcard")).code == "vcard-invalid"
    picture = b"PHOTO;ENCODING=b:" + b"\r\n ".join([b"A" * 70] * 5_000)
    assert len(picture) > house.settings.body_limit_bytes
    kept = await raw(
        house, "POST", "/profile/import", card.replace(b"END", picture + b"\r\nEND"), "text/vcard"
    )
    assert fits(kept.json, "Profile")
    assert (kept.status, len(kept.json["left_out"])) == (200, 1)
    assert "left_out" not in (await house.owner("GET", "/profile")).json
    for format, media_type in (
        ("json-ld", "application/ld+json"),
        ("turtle", "text/turtle; charset=utf-8"),
        ("n-triples", "application/n-triples; charset=utf-8"),
    ):
        exported = await house.owner("GET", f"/profile/export?format={format}")
        assert (exported.headers["Content-Type"], b"Ada L." in exported.body) == (media_type, True)

    keys = await house.owner("GET", "/keys")
    assert (fits(keys.json, "KeyPage"), len(keys.json["items"])) == (True, 2)
    before = (await house.get("/actors/me")).json["publicKey"]["id"]
    rotated = await house.owner("POST", "/keys/rotate", {"revoke": True})
    assert (rotated.status, fits(rotated.json, "KeyPage")) == (200, True)
    after = (await house.get("/actors/me")).json["publicKey"]["id"]
    named = [f"{house.iri}#{rsa_key(number).public.fragment}" for number in (0, 1)]
    assert [before, after] == named
    assert b"PRIVATE" not in rotated.body
    first = await house.owner("GET", "/keys?limit=1")
    assert (await house.owner("GET", f"/keys?limit=3&cursor={first.json['next'].replace('#', '%23')}")).json[
        "next"
    ] is None


async def test_making_keys_holds_up_no_write(house: House) -> None:
    begun, finish = threading.Event(), threading.Event()

    def slowly(algorithm: Algorithm) -> PrivateKey:
        begun.set()
        finish.wait(2 * PATIENCE_SECONDS)
        return generate(algorithm, rsa=2)

    house.runtime.generate = slowly
    rotation = asyncio.create_task(house.owner("POST", "/keys/rotate"))
    try:
        assert await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
        rule = await asyncio.wait_for(house.owner("PUT", "/rule", {"currency": "EUR"}), PATIENCE_SECONDS)
    finally:
        finish.set()
    assert (rule.status, (await rotation).status) == (200, 200)


async def raw(house: House, method: str, path: str, body: bytes, media_type: str) -> Answer:
    connector = aiohttp.UnixConnector(str(house.socket_path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.request(
            method, f"http://owner/api/v1{path}", data=body, headers={"Content-Type": media_type}
        ) as response,
    ):
        return Answer(response.status, response.headers, await response.read())


async def test_peers_and_the_federation(house: House, shop: Peer) -> None:
    acct = f"shop@{shop.origin.removeprefix('http://')}"
    for what in (shop.iri,):
        found = await house.owner("POST", "/fed/lookup", {"what": what})
        assert (fits(found.json, "FoundActor"), found.json["iri"], found.json["acct"]) == (
            True,
            shop.iri,
            acct,
        )
    with_port = await house.owner("POST", "/fed/lookup", {"what": "ada@node.example:8443"})
    assert (with_port.code, "has a port, the actor's address" in with_port.json["hint"]) == (
        "acct-invalid",
        True,
    )
    nobody = await house.owner("POST", "/fed/lookup", {"what": "http://127.0.0.1:1/actor"})
    assert (nobody.status >= 400, is_problem(nobody)) == (True, True)
    followed = await house.owner("POST", "/peers/follow", {"peer": shop.iri})
    assert fits(followed.json, "Peer")
    assert fits((await house.owner("GET", "/peers")).json, "PeerPage")
    assert (await house.owner("GET", f"/peer?iri={shop.iri}")).json["following"] == "requested"
    assert (await house.owner("GET", "/peer")).status == 404
    for verb, status in (
        ("unfollow", 200),
        ("approve", 404),
        ("block", 200),
        ("unblock", 200),
        ("unblock", 409),
    ):
        assert (await house.owner("POST", f"/peers/{verb}", {"peer": shop.iri})).status == status
    unknown = await house.owner("POST", "/peers/block", {"peer": "nobody@nowhere.invalid"})
    assert is_problem(unknown)

    activity = {"id": f"{house.origin}/activities/1", "type": "Note", "actor": house.iri}
    sent = await house.owner(
        "POST", "/fed/send", {"inbox": shop.actor.inbox, "activity": activity, "prove": True}
    )
    assert (fits(sent.json, "Sent"), sent.json["status"]) == (True, 202)
    assert shop.inbox[-1]["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    twice = await house.owner(
        "POST", "/fed/send", {"inbox": shop.actor.inbox, "activity": sent.json["activity"], "prove": True}
    )
    assert (twice.status, twice.code) == (422, "already-proved")
    plain = await house.owner("POST", "/fed/send", {"inbox": shop.actor.inbox, "activity": activity})
    assert (plain.json["status"], "proof" in shop.inbox[-1]) == (202, False)
    outside = await house.owner(
        "POST", "/fed/send", {"inbox": "https://10.0.0.1/inbox", "activity": activity}
    )
    assert outside.status >= 400


async def test_the_node_its_settings_and_its_journal(house: House) -> None:
    node = await house.owner("GET", "/node")
    assert (fits(node.json, "Node"), node.json["iri"], node.json["dev"]) == (True, house.iri, True)
    config = await house.owner("GET", "/config")
    assert fits(config.json, "SettingPage")
    values = {item["key"]: (item["value"], item["source"]) for item in config.json["items"]}
    assert values["port"] == (str(house.settings.port), "flag")
    assert values["handle"] == ("me", "default")
    await house.cast("public")
    page = await house.owner("GET", "/journal?limit=1")
    assert fits(page.json, "JournalEntryPage")
    assert (await house.owner("GET", f"/journal?cursor={page.json['next']}")).json["items"][0]["place"] == 2
    report = await house.owner("POST", "/journal/verify")
    assert (fits(report.json, "JournalReport"), report.json["ok"]) == (True, True)
    rebuilt = await house.owner("POST", "/journal/rebuild")
    assert (fits(rebuilt.json, "Rebuilt"), rebuilt.json["unchanged"]) == (True, True)


async def test_what_was_refused_is_listed_page_by_page(house: House, shop: Peer) -> None:
    for _ in range(3):
        assert (await shop.post(house, shop.activity("Like", house.iri, house.iri))).status == 422
    page = await house.owner("GET", "/refusals?limit=2")
    assert (fits(page.json, "RefusedPage"), len(page.json["items"])) == (True, 2)
    rest = await house.owner("GET", f"/refusals?cursor={page.json['next']}")
    assert (len(rest.json["items"]), rest.json["next"]) == (1, None)


async def test_every_operation_names_what_it_takes_and_gives() -> None:
    for operation in OPERATIONS:
        assert not operation.body or operation.body in COMPONENTS
        assert "/" in operation.answer or operation.answer in COMPONENTS
        assert operation.summary.endswith(".")
        assert operation.scope != "read" or operation.method in {"GET", "POST"}
