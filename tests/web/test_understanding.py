"""Terms about data go to whoever understands them: who is not known to is asked before anybody is refused."""

from typing import Any

import pytest

from node.storage.cache import forget_remote_actor
from tests.protocol.data_terms import asked
from tests.web.house import House, Peer

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRICE = [{"kind": "oneOff", "amount": "2390.00", "currency": "EUR", "label": "Bike"}]
TERMS: dict[str, Any] = {"price": PRICE, "terms": {"policy": asked(), "roster": "SD-BASE"}}


async def wished(house: House, customer: Peer) -> str:
    """Have a customer cast a wish to the house, which then forgets the customer's document; return its id."""
    told = await customer.post(house, customer.activity("Create", customer.proposal(house.iri), house.iri))
    assert told.status == 202, told.body
    await forget(house, customer)
    return str((await house.owner("GET", "/pipeline")).json["items"][0]["intention"])


async def forget(house: House, peer: Peer) -> None:
    await house.runtime.store.write(lambda session: forget_remote_actor(session, peer.iri))


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_who_was_forgotten_is_asked_before_terms_are_refused(
    house: House, shop: Peer, query: str
) -> None:
    intention, before = await wished(house, shop), shop.fetches
    made = await house.owner("POST", f"/offers{query}", {"intention": intention, "terms": TERMS})
    assert made.status in (200, 201), made.body
    assert made.json["terms"]["firstParty"] == shop.iri
    assert shop.fetches == before + 1


async def test_who_does_not_understand_them_by_now_is_sent_none(house: House, shop: Peer) -> None:
    intention, before = await wished(house, shop), shop.fetches
    shop.changes = {"generator": None}
    refused = await house.owner("POST", "/offers", {"intention": intention, "terms": TERMS})
    assert (refused.status, refused.code) == (409, "terms-not-understood")
    assert shop.fetches == before + 1
    shop.gone = True  # and who cannot be asked is taken for what was known
    await forget(house, shop)
    refused = await house.owner("POST", "/offers", {"intention": intention, "terms": TERMS})
    assert (refused.status, refused.code) == (409, "terms-not-understood")


async def test_what_was_said_between_two_tells_without_asking(house: House, shop: Peer) -> None:
    intention = await wished(house, shop)
    offer = (await house.owner("POST", "/offers", {"intention": intention, "terms": TERMS})).json["id"]
    await forget(house, shop)
    before = shop.fetches
    other = {**TERMS, "terms": {"policy": asked(days=20), "roster": "SD-BASE"}}
    again = await house.owner("POST", f"/offers/{offer}/reoffer", {"terms": other})
    assert again.status == 200, again.body
    assert shop.fetches == before
