"""The node's documents at their addresses: for whom they are there, and for whom they are not."""

import time
from typing import Any

import pytest

from node.storage import journal
from node.storage.session import Session
from protocol.actors import read_actor
from protocol.canonical import digest_of
from protocol.strictjson import Document
from tests.keys import rsa_key
from tests.web.house import Answer, House, Peer, at_rest, open_peer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNKNOWN = "0" * 26


async def told(house: House, shop: Peer, **members: Any) -> tuple[Document, Document]:
    """Cast an intention to the shop; return the owner's view of it and the activity that reached the shop."""
    view = await house.cast(shop.iri, **members)
    await until(lambda: shop.inbox)
    return view, shop.inbox[0]


def body_and_headers(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    return (
        answer.status,
        answer.body,
        {name: value for name, value in answer.headers.items() if name != "Date"},
    )


# --- actors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["application/activity+json", "text/html", "*/*"])
async def test_an_actor_is_public_and_readable(shared: House, accept: str) -> None:
    answer = await shared.get("/actors/me", Accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/activity+json")
    actor = read_actor(answer.json, iri=shared.iri)
    assert actor.inbox == f"{shared.iri}/inbox"
    assert actor.shared_inbox == f"{shared.origin}/inbox"
    assert {key.key.algorithm.value for key in actor.keys} == {"rsa", "ed25519"}
    assert b"PRIVATE" not in answer.body


async def test_the_server_has_an_actor_of_its_own(shared: House) -> None:
    answer = await shared.get("/actor")
    actor = read_actor(answer.json, iri=f"{shared.origin}/actor")
    assert actor.kind.value == "Application"
    for address in (actor.outbox, actor.followers):
        assert address is not None
        assert (await shared.get(address.removeprefix(shared.origin))).json["id"] == address


async def test_what_an_actor_points_to_is_there(shared: House) -> None:
    document = (await shared.get("/actors/me")).json
    for address in (document["outbox"], document["followers"]):
        answer = await shared.get(address.removeprefix(shared.origin))
        assert (answer.json["id"], answer.json["type"]) == (address, "OrderedCollection")
    assert "totalItems" not in (await shared.get("/actors/me/followers")).json


@pytest.mark.parametrize("path", ["", "/outbox", "/followers"])
async def test_nobody_is_not_found(shared: House, path: str) -> None:
    assert (await shared.get(f"/actors/nobody{path}")).code == "not-found"


# --- what was said -----------------------------------------------------------------------------------


async def test_an_intention_is_there_for_whom_it_was_told_to(house: House, shop: Peer) -> None:
    view, _ = await told(house, shop)
    answer = await shop.fetch(house, view["iri"])
    assert answer.json["id"] == view["iri"]
    assert answer.json["to"] == [shop.iri]
    assert b"2300" not in answer.body
    assert b"secret of the owner" not in answer.body
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Vary"] == "Signature, Signature-Input, Authorization"
    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers


@pytest.mark.parametrize(
    "collection", ["intentions/int", "activities/act", "negotiations/neg", "agreements/agr"]
)
async def test_ac_01_for_everybody_else_there_is_nothing(house: House, shop: Peer, collection: str) -> None:
    _, activity = await told(house, shop)
    real = {
        "intentions/int": activity["object"]["id"],
        "activities/act": activity["id"],
        "negotiations/neg": f"{house.origin}/negotiations/neg_{UNKNOWN}",
        "agreements/agr": f"{house.origin}/agreements/agr_{UNKNOWN}",
    }[collection]
    unknown = f"{house.origin}/{collection}_{UNKNOWN}"
    async with open_peer(name="rival") as rival:
        for asked in (real, unknown):
            anonymous = await house.get(asked.removeprefix(house.origin))
            stranger = await rival.fetch(house, asked)
            assert body_and_headers(anonymous) == body_and_headers(stranger)
            assert anonymous.status == 404
            assert body_and_headers(anonymous) == body_and_headers(await house.get("/negotiations/neg_0"))


async def test_ac_04_nothing_can_be_asked_conditionally_or_in_part(house: House, shop: Peer) -> None:
    view, _ = await told(house, shop)
    path = view["iri"].removeprefix(house.origin)
    for headers in (
        {"If-None-Match": "*"},
        {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"},
        {"Range": "bytes=0-10"},
        {"If-Match": '"x"'},
    ):
        assert (await house.get(path, **headers)).status == 404
        signed = shop.sign(view["iri"], b"", method="GET")
        answer = await house.request("GET", path, headers={**signed, **headers})
        assert answer.status == 200
        assert answer.json["id"] == view["iri"]


async def test_a_bad_signature_opens_nothing(house: House, shop: Peer) -> None:
    view, activity = await told(house, shop)
    for address in (
        view["iri"],
        activity["id"],
        f"{house.iri}/outbox",
        f"{house.origin}/intentions/int_{UNKNOWN}",
    ):
        headers = shop.sign(address, b"", method="GET")
        answer = await house.request(
            "GET", address.removeprefix(house.origin), headers={**headers, "Signature": "sig1=:AAAA:"}
        )
        assert (answer.status, answer.code) == (401, "unauthenticated")


async def test_an_activity_is_shown_as_it_was_sent(house: House, shop: Peer) -> None:
    _, activity = await told(house, shop)
    answer = await shop.fetch(house, activity["id"])
    assert digest_of(answer.json) == digest_of(activity)


async def test_a_blocked_peer_sees_nothing_any_more(house: House, shop: Peer) -> None:
    view, activity = await told(house, shop, audience=[shop.iri, "public"])
    assert (await house.get(view["iri"].removeprefix(house.origin))).status == 200
    await house.owner("POST", "/peers/block", {"peer": shop.iri})
    forged = await shop.fetch(house, view["iri"], key=rsa_key(2))
    for iri in (view["iri"], activity["id"], f"{house.iri}/outbox", f"{house.origin}/intentions/none"):
        answer = await shop.fetch(house, iri)
        assert (answer.status, answer.body) == (401, forged.body), "to be blocked is not told"


async def test_what_is_public_is_there_for_anyone(house: House, shop: Peer) -> None:
    view = await house.cast("public")
    answer = await house.get(view["iri"].removeprefix(house.origin))
    assert answer.json["name"] == "A trekking bike"
    assert b"2300" not in answer.body
    assert (await shop.fetch(house, view["iri"])).json == answer.json
    (said,) = (await house.get("/actors/me/outbox")).json["orderedItems"]
    assert said["object"]["id"] == view["iri"]


async def test_what_was_taken_back_is_gone(house: House, shop: Peer) -> None:
    view, _ = await told(house, shop)
    assert (await house.owner("POST", f"/intentions/{view['id']}/withdraw")).status == 200
    answer = await shop.fetch(house, view["iri"])
    assert (answer.status, answer.json["type"], answer.json["formerType"]) == (410, "Tombstone", "Proposal")
    assert (await house.get(view["iri"].removeprefix(house.origin))).status == 404


async def test_the_outbox_shows_each_reader_what_it_may_read(house: House, shop: Peer) -> None:
    await told(house, shop)
    assert (await house.get("/actors/me/outbox")).json["orderedItems"] == []
    (said,) = (await shop.fetch(house, f"{house.iri}/outbox")).json["orderedItems"]
    assert said["to"] == [shop.iri]


async def test_what_was_said_to_others_by_name_is_not_read_for_an_outbox(
    house: House, shop: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(house, shop)
    await house.cast("public")
    load, read = journal.load_entry, list[int]()

    def counted(session: Session, number: int) -> Any:
        read.append(number)
        return load(session, number)

    monkeypatch.setattr(journal, "load_entry", counted)
    async with open_peer(name="rival") as rival:
        assert len((await rival.fetch(house, f"{house.iri}/outbox")).json["orderedItems"]) == 1
    assert len((await house.get("/actors/me/outbox")).json["orderedItems"]) == len(read) - 1 == 1
    assert len((await shop.fetch(house, f"{house.iri}/outbox")).json["orderedItems"]) == 2


async def test_what_is_public_is_in_the_outbox_where_a_single_peer_follows(house: House, shop: Peer) -> None:
    await shop.post(house, shop.activity("Follow", house.iri, house.iri))
    assert (await house.owner("POST", "/peers/approve", {"peer": shop.iri})).status == 200
    view = await house.cast("public")
    (said,) = (await house.get("/actors/me/outbox")).json["orderedItems"]
    assert said["object"]["id"] == view["iri"]
    assert (await house.owner("POST", "/peers/dismiss", {"peer": shop.iri})).status == 200
    assert (await house.owner("POST", f"/intentions/{view['id']}/withdraw")).status == 200
    assert (await shop.fetch(house, said["id"])).status == 404, "it was said to all, and not to one by name"


async def test_followers_read_what_is_for_followers(house: House, shop: Peer) -> None:
    await shop.post(house, shop.activity("Follow", house.iri, house.iri))
    view = await house.cast("followers")
    assert (await shop.fetch(house, view["iri"])).status == 404
    assert (await house.owner("POST", "/peers/approve", {"peer": shop.iri})).status == 200
    answer = await shop.fetch(house, view["iri"])
    assert (answer.status, answer.json["to"]) == (200, [f"{house.iri}/followers"])
    assert (await house.get(view["iri"].removeprefix(house.origin))).status == 404


async def test_a_negotiation_and_its_agreement_are_there_for_the_other_end(house: House, shop: Peer) -> None:
    view, _ = await told(house, shop)
    intention = (await shop.fetch(house, view["iri"])).json
    offer = shop.offer(intention, house.iri)
    assert (await shop.post(house, offer)).status == 202
    (listed,) = (await house.owner("GET", "/offers")).json["items"]
    accepted = await house.owner("POST", f"/offers/{listed['id']}/accept", {"digest": listed["digest"]})
    assert accepted.status == 200, accepted.body
    agreement = (await house.owner("GET", f"/agreements/{accepted.json['agreement']}")).json
    shown = await shop.fetch(house, agreement["iri"])
    assert shown.json["id"] == agreement["iri"]
    assert {name: value for name, value in shown.json.items() if name != "@context"} == agreement["document"]
    async with open_peer(name="rival") as rival:
        assert (await rival.fetch(house, agreement["iri"])).status == 404
    await house.owner("POST", "/peers/block", {"peer": shop.iri})
    assert (await shop.fetch(house, agreement["iri"])).status == 401


async def test_a_negotiation_we_began_is_there_for_the_other_end(house: House, shop: Peer) -> None:
    assert (
        await shop.post(house, shop.activity("Create", shop.proposal(house.iri), house.iri))
    ).status == 202
    (intention,) = (await house.owner("GET", "/intentions")).json["items"]
    price = [{"kind": "oneOff", "amount": "99.00", "currency": "EUR"}]
    made = await house.owner("POST", "/offers", {"intention": intention["id"], "terms": {"price": price}})
    assert made.status == 201, made.body
    address = made.json["negotiation"]
    await until(lambda: shop.inbox)  # before it has left it is nobody's
    moves = (await shop.fetch(house, address)).json
    assert (moves["id"], moves["type"], moves["totalItems"]) == (address, "OrderedCollection", 1)
    (activity,) = moves["orderedItems"]
    assert (await shop.fetch(house, activity)).json["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    async with open_peer(name="rival") as rival:
        assert (await rival.fetch(house, address)).status == 404
    assert (await house.get(address.removeprefix(house.origin))).status == 404


async def test_private_and_unknown_take_the_same_time(house: House, shop: Peer) -> None:
    view, _ = await told(house, shop)
    real, unknown = view["iri"].removeprefix(house.origin), f"/intentions/int_{UNKNOWN}"

    async def spent(path: str) -> float:
        began = time.process_time()
        await house.get(path)
        return time.process_time() - began

    await at_rest(house)
    # What a processor does for it, since the clock tells of the whole machine; in turn, so both meet alike.
    times = [(await spent(real), await spent(unknown)) for _ in range(40)]
    assert abs(min(one for one, _ in times) - min(other for _, other in times)) < 0.003
