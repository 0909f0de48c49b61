"""A node and a server shaped like Mastodon, both ways (see `mastodon` for what is documented where)."""

import pytest

from protocol.actors import read_actor
from protocol.strictjson import Document
from tests.interop import mastodon
from tests.interop.feed import read_purely
from tests.interop.foreign import CAVAGE, RFC9421, Foreign
from tests.interop.literal import invented
from tests.web.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lookup(house: House, what: str) -> tuple[int, str]:
    """Look somebody up as the owner; return the status and who was found, or why nobody."""
    found = await house.owner("POST", "/fed/lookup", {"what": what})
    return found.status, found.json.get("iri", found.json.get("code"))


# --- discovery ---------------------------------------------------------------------------------------


async def test_its_actor_is_read_and_nothing_is_added(mammoth: Foreign) -> None:
    document = mastodon.actor(mammoth)
    read = read_actor(document, iri=mammoth.iri)
    assert [key.id for key in read.keys] == [mammoth.key_id]
    told = [read.name, read.handle, read.summary, read.inbox, read.outbox, read.followers, read.shared_inbox]
    assert invented(told, document) == []
    assert not read.speaks_ed25519


async def test_an_account_is_found_both_ways(house: House, mammoth: Foreign) -> None:
    assert await lookup(house, f"@tusk@{mammoth.authority}") == (200, mammoth.iri)


async def test_an_account_whose_actor_goes_by_another_handle(house: House, mammoth: Foreign) -> None:
    mammoth.pages["/.well-known/webfinger"] = mastodon.webfinger(mammoth, f"calf@{mammoth.authority}")
    assert await lookup(house, f"calf@{mammoth.authority}") == (422, "acct-mismatch")


async def test_an_account_of_another_domain_than_its_actor(house: House, mammoth: Foreign) -> None:
    """Mastodon may serve accounts of one domain from another; such an account is found by address alone."""
    mammoth.pages["/.well-known/webfinger"] = mastodon.webfinger(mammoth, "tusk@herd.example")
    assert await lookup(house, f"tusk@{mammoth.authority}") == (422, "webfinger-mismatch")
    assert await lookup(house, mammoth.iri) == (200, mammoth.iri)


async def test_it_finds_the_nodes_owner_both_ways(house: House, mammoth: Foreign) -> None:
    """Walk the steps of its `check_webfinger!`: actor, account, and back to the same actor."""
    actor = (await house.get("/actors/me", **mammoth.sign("GET", house.iri))).json
    account = f"acct:{actor['preferredUsername']}@{house.origin.removeprefix('http://')}"
    answered = (await house.get(f"/.well-known/webfinger?resource={account}")).json
    links = [link["href"] for link in answered["links"] if (link["rel"], link["type"]) == SELF]
    assert (answered["subject"], links) == (account, [actor["id"]])


SELF = ("self", "application/activity+json")


# --- signatures --------------------------------------------------------------------------------------


async def test_it_takes_the_first_knock(house: House, mammoth: Foreign) -> None:
    await house.cast(mammoth.iri)
    await until(lambda: mammoth.inbox)
    assert mammoth.posted() == [(RFC9421, 202)]


async def test_one_that_is_older_takes_the_second(house: House, mammoth: Foreign) -> None:
    mammoth.takes = frozenset({CAVAGE})  # 4.4 and before, as it comes
    await house.cast(mammoth.iri)
    await until(lambda: mammoth.inbox)
    await house.cast(mammoth.iri)
    await until(lambda: len(mammoth.inbox) == 2)
    assert mammoth.posted() == [(RFC9421, 401), (CAVAGE, 202), (CAVAGE, 202)]


async def test_its_own_first_knock_is_taken(house: House, mammoth: Foreign) -> None:
    assert (await mammoth.deliver(house, mastodon.update(mammoth))).status == 202


async def test_a_post_whose_body_was_changed(house: House, mammoth: Foreign) -> None:
    signed = mammoth.sign("POST", f"{house.iri}/inbox", b"{}")
    assert (await mammoth.deliver(house, mastodon.update(mammoth), **signed)).status == 401


async def test_a_signed_get(house: House, mammoth: Foreign) -> None:
    view = await house.cast(mammoth.iri)
    answer = await mammoth.fetch(house, view["iri"])
    assert (answer.status, answer.json["id"]) == (200, view["iri"])


# --- what it says ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({}, 422, "missing-context"),
        ({"context": "https://mammoth.example/contexts/1-1"}, 409, "unknown-negotiation"),
    ],
    ids=["4.4", "4.5"],
)
async def test_a_post_is_refused_with_a_reason(
    house: House, mammoth: Foreign, members: Document, status: int, code: str
) -> None:
    post = mastodon.note(mammoth, house.iri, **members)
    assert read_purely(post) == "read"
    answer = await mammoth.deliver(house, post)
    assert (answer.status, answer.code) == (status, code)


async def test_an_actor_that_changed(house: House, mammoth: Foreign) -> None:
    activity = mastodon.update(mammoth)
    assert read_purely(activity) == "read"
    assert (await mammoth.deliver(house, activity)).status == 202


async def test_an_account_is_deleted(house: House, mammoth: Foreign) -> None:
    assert (await mammoth.deliver(house, mastodon.delete(mammoth))).status == 202


@pytest.mark.parametrize("status", [404, 410])
async def test_a_deletion_after_the_key_is_gone(house: House, mammoth: Foreign, status: int) -> None:
    mammoth.pages[mammoth.actor_path] = status
    answer = await mammoth.deliver(house, mastodon.delete(mammoth))
    assert (answer.status, answer.body) == (202, b"")


async def test_a_deletion_that_nobody_signed(house: House, mammoth: Foreign) -> None:
    """What it carries is a signature of 2017, which says nothing here."""
    answer = await mammoth.deliver(house, mastodon.delete(mammoth), Signature="")
    assert answer.status == 401


# --- following ---------------------------------------------------------------------------------------


async def test_a_follow_without_an_addressee(house: House, mammoth: Foreign) -> None:
    follow = mastodon.follow(mammoth, house.iri)
    assert (await mammoth.deliver(house, follow)).status == 202
    assert (await house.owner("GET", f"/peer?iri={mammoth.iri}")).json["follower"] == "requested"
    undo = {**mastodon.follow(mammoth, house.iri), "type": "Undo", "object": follow}
    assert (await mammoth.deliver(house, undo)).status == 202
    assert (await house.owner("GET", f"/peer?iri={mammoth.iri}")).json["follower"] is None


async def test_a_follow_of_somebody_else(house: House, mammoth: Foreign) -> None:
    answer = await mammoth.deliver(house, mastodon.follow(mammoth, f"{house.origin}/actor"))
    assert (answer.status, answer.code) == (422, "not-addressed")


async def test_an_acceptance_without_an_addressee(house: House, mammoth: Foreign) -> None:
    await house.owner("POST", "/peers/follow", {"peer": mammoth.iri})
    await until(lambda: mammoth.inbox)
    assert (await mammoth.deliver(house, mastodon.accept(mammoth, mammoth.inbox[0]))).status == 202
    assert (await house.owner("GET", f"/peer?iri={mammoth.iri}")).json["following"] == "accepted"
