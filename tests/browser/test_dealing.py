"""A customer and a shop deal with each other, each in a browser at their own node."""

import pytest
from playwright.async_api import expect

from node.sandbox.nodes import Node
from tests.browser import shop
from tests.browser.conftest import Enter
from tests.browser.hands import Pointing
from tests.browser.pair import Pair
from tests.browser.people import Customer, Seller
from tests.browser.sign_in import sign_in
from tests.browser.visits import DESK, PHONE, Screen, Visit

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def signed_in(enter: Enter, node: Node, screen: Screen) -> Visit:
    visit = await enter(node.origin, screen)
    await sign_in(visit, node)
    return visit


@pytest.mark.parametrize("screen", [PHONE, DESK])
async def test_an_offer_comes_live_is_talked_about_and_declined(
    enter: Enter, pair: Pair, screen: Screen
) -> None:
    ada = Customer(await signed_in(enter, pair.customer, screen), Pointing())
    bikes = Seller(await signed_in(enter, pair.shop, DESK), Pointing())
    name = f"Bike {screen.width}"
    await ada.wish(pair.shop, name)

    await bikes.open(name)
    await bikes.offer("Touring bike Linden", "2249.00", reads="You would pay €2,249.00 once.")
    await ada.take_the_news("1 ")
    await shop.offer(pair.shop, name, "2190.00", weight="15")
    await ada.take_the_news("1 ")

    await ada.link("All two side by side")
    await expect(ada.headline).to_contain_text("offers for")
    await ada.link("Look closer")
    await expect(ada.headline).to_contain_text("You would pay")
    await ada.say("Does it come with a bell?")
    await shop.seen(lambda: talk_of(pair.shop), "the question to arrive")

    await ada.link("Decline")
    await ada.button("Decline")
    await expect(ada.headline).to_contain_text("You have declined this offer.")


async def test_a_counter_offer_is_met(enter: Enter, pair: Pair) -> None:
    ada = Customer(await signed_in(enter, pair.customer, PHONE), Pointing())
    bikes = Seller(await signed_in(enter, pair.shop, DESK), Pointing())
    await ada.wish(pair.shop, "City bike")
    await bikes.open("City bike")
    await bikes.offer("City bike Birke", "990.00", reads="You would pay €990.00 once.")
    await ada.take_the_news("1 ")
    await ada.link("1 Bike Haus")
    await ada.counter("900", shown="€900.00")

    await shop.seen(lambda: state_at(pair.shop, "countered"), "the counter-offer to arrive")
    await bikes.open("City bike")
    await expect(bikes.headline).to_contain_text("Ada would take it for €900.00.")
    await bikes.button("Meet €900.00")
    await shop.seen(lambda: state_at(pair.customer, "offered"), "the answer to arrive")
    await ada.visit.page.reload()
    await expect(ada.headline).to_contain_text("It is your turn.")


def state_at(node: Node, state: str) -> bool:
    """Say whether the negotiation about a city bike is in a state, as a node has it."""
    return any(offer["name"] == "City bike Birke" for offer in node.api.pages("/offers", state=state))


def talk_of(node: Node) -> list[str]:
    """Return what was said about all offers, as a node has it."""
    offers = list(node.api.pages("/offers"))
    return [said["content"] for offer in offers for said in node.api.pages(f"/offers/{offer['id']}/messages")]
