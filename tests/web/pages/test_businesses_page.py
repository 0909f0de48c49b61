"""A business on its page: a new key of theirs counts once somebody says so who shows that it is them."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from node.core.access import STEP_UP_HOLDS
from protocol.keys import Algorithm
from tests.web.browsing import Browser
from tests.web.house import House, Peer, generate, until
from tests.web.pages.test_security import PASSWORD, with_password

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = "/businesses/one"


async def hold_a_key(house: House, shop: Peer) -> str:
    """Let somebody write with a key that the node does not know; return it."""
    await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    assert (await shop.post(house, shop.activity("Follow", house.iri, house.iri))).status == 202
    taken, key_id = generate(Algorithm.ED25519), shop.ed25519_id
    shop.ed25519 = taken
    house.clock.ahead += timedelta(minutes=6)
    document = shop.activity("Follow", house.iri, house.iri)
    refused = await shop.post(house, document, key=taken, key_id=key_id, now=house.clock())
    assert (refused.status, refused.code) == (503, "key-held")
    return next(key for key, state in (await states(house)).items() if state == "held")


async def states(house: House) -> dict[str, str]:
    (peer,) = (await house.owner("GET", "/peers")).json["items"]
    return {key["key"]: key["state"] for key in peer["keys"]}


async def unproved(house: House) -> Browser:
    """Return a browser in which the owner is signed in, and has not shown lately that it is them."""
    browser = await with_password(house)
    house.clock.ahead += STEP_UP_HOLDS
    return browser


async def test_a_key_is_confirmed_by_who_shows_that_it_is_them(house: House, shop: Peer) -> None:
    key = await hold_a_key(house, shop)
    browser = await unproved(house)
    page = (await browser.get(f"{HERE}?iri={shop.iri}")).body
    assert b'name="proof_password"' in page
    said = {"iri": shop.iri, "key": key, "do": "confirm", "form_key": "yes"}
    unshown = await browser.post(HERE, **said)
    assert (unshown.status, b"Show that it is still you." in unshown.body) == (403, True)
    wrong = await browser.post(HERE, **said, proof_password="another")
    assert (wrong.status, b"That is not right." in wrong.body) == (403, True)
    assert (await states(house))[key] == "held"
    assert (await browser.post(HERE, **said, proof_password=PASSWORD)).status == 303
    assert (await states(house))[key] == "known"


async def test_saying_no_to_a_key_asks_for_nothing(house: House, shop: Peer) -> None:
    key = await hold_a_key(house, shop)
    browser = await unproved(house)
    await browser.get(f"{HERE}?iri={shop.iri}")
    refused = await browser.post(HERE, iri=shop.iri, key=key, do="refuse", form_key="no")
    assert refused.status == 303
    assert (await states(house))[key] == "refused"
    assert b"proof" not in (await browser.get(f"{HERE}?iri={shop.iri}")).body


async def follower(house: House) -> str | None:
    (peer,) = (await house.owner("GET", "/peers")).json["items"]
    said: str | None = peer["follower"]
    return said


async def test_who_asks_to_follow_is_let_or_refused_on_the_page(house: House, shop: Peer) -> None:
    await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    browser = Browser(house)
    await browser.sign_in()
    assert "Let them follow" not in (await browser.get(f"{HERE}?iri={shop.iri}")).body.decode()
    for answers, states in (
        (["dismiss"], [None]),
        (["approve", "dismiss"], ["accepted", None]),
    ):
        assert (await shop.post(house, shop.activity("Follow", house.iri, house.iri))).status == 202
        page = (await browser.get(f"{HERE}?iri={shop.iri}")).body.decode()
        assert "They ask to follow you" in page
        assert "asks to follow you" in (await browser.get("/businesses")).body.decode()
        today = (await browser.get("/")).body.decode()
        assert "asks to follow you" in today
        assert f'href="{HERE}?iri={quote(shop.iri, safe="/")}"' in today
        asking = (await browser.get("/businesses?follower=requested")).body.decode()
        assert "<h1>One asks to follow you.</h1>" in asking
        for answer, state in zip(answers, states, strict=True):
            done = await browser.post(HERE, iri=shop.iri, do=answer, form_key=f"{answers} {answer}")
            assert done.status == 303
            assert await follower(house) == state
    assert "asks to follow you" not in (await browser.get("/")).body.decode()
    assert "Nobody asks" in (await browser.get("/businesses?follower=requested")).body.decode()
    gone = await browser.post(HERE, iri=shop.iri, do="dismiss", form_key="again")
    assert gone.status == 404
