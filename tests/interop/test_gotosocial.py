"""A node and a server shaped like GoToSocial, both ways (see `gotosocial` for what is documented where)."""

import pytest

from protocol.actors import read_actor
from protocol.strictjson import Document
from tests.interop import gotosocial
from tests.interop.feed import read_purely
from tests.interop.foreign import CAVAGE, RFC9421, UNSIGNED, Foreign, rsa_secret
from tests.interop.literal import invented
from tests.web.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY_PATH = "/users/turtle/main-key"
ACTOR_PATH = "/users/turtle"


async def private_intention(house: House, foreign: Foreign) -> str:
    """Cast an intention to the foreign actor alone; return its address."""
    view = await house.cast(foreign.iri)
    await until(lambda: foreign.inbox)
    return str(view["iri"])


async def test_its_actor_is_read_and_nothing_is_added(turtle: Foreign) -> None:
    document = gotosocial.actor(turtle)
    read = read_actor(document, iri=turtle.iri)
    assert [key.id for key in read.keys] == [turtle.key_id]
    assert (
        invented([read.name, read.handle, read.summary, read.inbox, read.outbox, read.followers], document)
        == []
    )
    assert read.shared_inbox is None


async def test_an_account_is_found_though_every_get_has_to_be_signed(house: House, turtle: Foreign) -> None:
    found = await house.owner("POST", "/fed/lookup", {"what": f"turtle@{turtle.authority}"})
    assert (found.status, found.json["iri"], found.json["name"]) == (200, turtle.iri, "Slow Turtle")
    assert turtle.asked(ACTOR_PATH) == [(RFC9421, 401), (CAVAGE, 200)]


async def test_a_follow_signed_by_a_key_with_a_path(house: House, turtle: Foreign) -> None:
    follow = gotosocial.follow(turtle, house.iri)
    assert (await turtle.deliver(house, follow)).status == 202
    # Of the actor named in the activity the key is asked, never of the key's own address.
    assert turtle.asked(KEY_PATH) == []
    assert (await house.owner("POST", "/peers/approve", {"peer": turtle.iri})).status == 200
    await until(lambda: turtle.inbox)
    (answered,) = turtle.inbox
    assert (answered["type"], answered["object"]["id"]) == ("Accept", follow["id"])


async def test_what_it_takes_is_learnt_once(house: House, turtle: Foreign) -> None:
    await private_intention(house, turtle)
    await house.cast(turtle.iri)
    await until(lambda: len(turtle.inbox) == 2)
    # Its server said no to RFC 9421 when it was asked for the actor, and is not asked that way again.
    assert turtle.asked(ACTOR_PATH) == [(RFC9421, 401), (CAVAGE, 200)]
    assert turtle.posted() == [(CAVAGE, 202), (CAVAGE, 202)]


async def test_following_it(house: House, turtle: Foreign) -> None:
    assert (await house.owner("POST", "/peers/follow", {"peer": turtle.iri})).status == 200
    await until(lambda: turtle.inbox)
    assert (await turtle.deliver(house, gotosocial.accept(turtle, turtle.inbox[0]))).status == 202
    known = await house.owner("GET", f"/peer?iri={turtle.iri}")
    assert known.json["following"] == "accepted"


async def test_a_signed_get_is_traced_from_the_stub_to_the_actor(house: House, turtle: Foreign) -> None:
    wanted = await private_intention(house, turtle)
    turtle.seen.clear()
    answer = await turtle.fetch(house, wanted)
    assert (answer.status, answer.json["id"]) == (200, wanted)
    assert [status for _, status in turtle.asked(KEY_PATH)] == [200]
    assert [status for _, status in turtle.asked(ACTOR_PATH)] == [200]


async def test_the_stub_is_for_anyone_and_the_actor_is_not(house: House, turtle: Foreign) -> None:
    async with house.session.get(turtle.key_id) as stub, house.session.get(turtle.iri) as whole:
        assert (stub.status, whole.status) == (200, 401)
        assert (await stub.json(content_type=None))["id"] == turtle.iri
    assert turtle.asked(KEY_PATH) == [(UNSIGNED, 200)]


def key_alone(foreign: Foreign, **members: object) -> Document:
    """Return a key as a document of its own, as some servers have it where GoToSocial has the stub."""
    key = {"type": "CryptographicKey", **gotosocial.public_key(foreign), **members}
    return {"@context": "https://w3id.org/security/v1", **key}


async def test_a_key_that_is_a_document_leads_to_its_owner(house: House, turtle: Foreign) -> None:
    wanted = await private_intention(house, turtle)
    turtle.pages[KEY_PATH] = key_alone(turtle)
    assert (await turtle.fetch(house, wanted)).status == 200


@pytest.mark.parametrize("document", [gotosocial.stub, key_alone], ids=["a stub", "a key"])
async def test_ky_01_the_owner_has_to_list_the_key(house: House, turtle: Foreign, document: object) -> None:
    wanted = await private_intention(house, turtle)
    assert callable(document)
    turtle.secret = rsa_secret(7)  # another key than the one the actor lists
    turtle.pages[KEY_PATH] = document(turtle)
    assert (await turtle.fetch(house, wanted)).status == 401


async def test_ky_01_a_key_whose_owner_lives_elsewhere(house: House, turtle: Foreign) -> None:
    wanted = await private_intention(house, turtle)
    turtle.pages[KEY_PATH] = key_alone(turtle, owner=house.iri, controller=house.iri)
    turtle.seen.clear()
    assert (await turtle.fetch(house, wanted)).status == 401
    assert turtle.asked(ACTOR_PATH) == []


async def test_ky_05_a_stub_of_somebody_elsewhere(house: House, turtle: Foreign) -> None:
    wanted = await private_intention(house, turtle)
    turtle.pages[KEY_PATH] = {**gotosocial.stub(turtle), "id": "https://elsewhere.example/users/turtle"}
    turtle.seen.clear()
    assert (await turtle.fetch(house, wanted)).status == 401
    assert turtle.asked(ACTOR_PATH) == []


async def test_a_stub_that_leads_on_and_on_is_followed_once(house: House, turtle: Foreign) -> None:
    wanted = await private_intention(house, turtle)
    turtle.pages[KEY_PATH] = key_alone(turtle, owner=f"{turtle.origin}/users/other")
    turtle.pages["/users/other"] = {**gotosocial.stub(turtle), "id": f"{turtle.origin}/users/third"}
    turtle.seen.clear()
    assert (await turtle.fetch(house, wanted)).status == 401
    assert {seen.path for seen in turtle.seen} == {KEY_PATH, "/users/other"}


async def test_a_post_is_refused_with_a_reason(house: House, turtle: Foreign) -> None:
    post = gotosocial.note(turtle, house.iri)
    assert read_purely(post) == "read"
    answer = await turtle.deliver(house, post)
    assert (answer.status, answer.code) == (422, "missing-context")


async def test_a_post_in_a_negotiation_it_knows_nothing_of(house: House, turtle: Foreign) -> None:
    post = gotosocial.note(turtle, house.iri)
    post["object"]["context"] = f"{turtle.origin}/threads/1"
    answer = await turtle.deliver(house, post)
    assert (answer.status, answer.code) == (409, "unknown-negotiation")


async def test_an_account_is_deleted(house: House, turtle: Foreign) -> None:
    assert (await turtle.deliver(house, gotosocial.delete(turtle))).status == 202


async def test_a_deletion_after_the_account(house: House, turtle: Foreign) -> None:
    turtle.pages = dict.fromkeys(turtle.pages, 410)
    turtle.guarded = False
    answer = await turtle.deliver(house, gotosocial.delete(turtle))
    assert (answer.status, answer.body) == (202, b"")
