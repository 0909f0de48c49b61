"""A customer and a shop deal with each other, each in a browser at their own node."""

import pytest
from playwright.async_api import expect

from node.sandbox.nodes import Node
from protocol.documents import Document
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

    await ada.link("Both side by side")
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


async def test_the_answer_to_a_change_comes_to_the_page_that_is_open(enter: Enter, pair: Pair) -> None:
    """Its agreement has two offers of which there is news: this change, and one that the shop proposes."""
    ada = Customer(await signed_in(enter, pair.customer, PHONE), Pointing())
    await ada.wish(pair.shop, "Folding bike")
    theirs = await shop.offer(pair.shop, "Folding bike", "2900.00")
    await ada.take_the_news("1 ")
    offers = pair.customer.api.pages("/offers", state="offered")
    (mine,) = [one for one in offers if one["negotiation"] == theirs["negotiation"]]
    pair.customer.api.request("POST", f"/offers/{mine['id']}/accept")
    bought = await shop.seen(lambda: agreed(pair.customer), "both to have signed")
    sold = await shop.seen(lambda: agreed(pair.shop), "the receipt to arrive")
    pair.shop.api.request("POST", f"/agreements/{sold}/amend", {"terms": {"name": "Folding bike, blue"}})
    await shop.seen(lambda: changes_at(pair.customer), "the proposal of the shop to arrive")
    wanted = {"terms": {"price": [{"kind": "oneOff", "amount": "2800.00", "currency": "EUR"}]}}
    pair.customer.api.request("POST", f"/agreements/{bought}/amend", wanted)
    await shop.seen(lambda: changes_at(pair.shop), "the proposal of the customer to arrive")
    await ada.visit.go(f"/agreements/{bought}")
    await expect(ada.page.get_by_text("It waits for their answer until")).to_be_visible()
    pair.shop.api.request("POST", f"/offers/{changes_at(pair.shop)}/reject")
    await ada.take_the_news("It has changed, show it")
    await expect(ada.page.get_by_text("They declined. All stays as agreed.")).to_be_visible()


def agreed(node: Node) -> str | None:
    """Return the one agreement that a node has, once both have signed."""
    return next((str(one["id"]) for one in node.api.pages("/agreements", state="concluded")), None)


def changes_at(node: Node) -> str | None:
    """Return which change of that agreement a node was proposed."""
    found = node.api.pages(f"/agreements/{agreed(node)}/amendments")
    return next((str(one["id"]) for one in found if one["role"] == "offeree"), None)


@pytest.mark.parametrize(
    ("verb", "body", "said"),
    [
        ("withdraw", None, "They have taken this offer back."),
        ("reoffer", {"terms": {"name": "Another tandem"}}, "It has changed. Look again."),
    ],
)
async def test_an_open_sheet_loses_its_button(
    enter: Enter, pair: Pair, verb: str, body: Document | None, said: str
) -> None:
    ada = Customer(await signed_in(enter, pair.customer, PHONE), Pointing())
    await ada.wish(pair.shop, f"Tandem to {verb}")
    theirs = await shop.offer(pair.shop, f"Tandem to {verb}", "1490.00")
    await ada.take_the_news("1 ")
    offers = pair.customer.api.pages("/offers", state="offered")
    (mine,) = [one for one in offers if one["negotiation"] == theirs["negotiation"]]
    await ada.visit.go(f"/offers/{mine['id']}/accept")
    button = ada.page.get_by_role("button", name="Accept and pay")
    await expect(button).to_be_visible()
    await ada.page.get_by_text("What exactly is signed").click()
    await expect(ada.page.get_by_label("The exact bytes to be signed")).to_be_visible()
    pair.shop.api.request("POST", f"/offers/{theirs['id']}/{verb}", body)
    await expect(ada.page.locator("main").get_by_text(said)).to_be_visible()
    await expect(button).to_have_count(0)


def state_at(node: Node, state: str) -> bool:
    """Say whether the negotiation about a city bike is in a state, as a node has it."""
    return any(offer["name"] == "City bike Birke" for offer in node.api.pages("/offers", state=state))


def talk_of(node: Node) -> list[str]:
    """Return what was said about all offers, as a node has it."""
    offers = list(node.api.pages("/offers"))
    return [said["content"] for offer in offers for said in node.api.pages(f"/offers/{offer['id']}/messages")]


async def test_a_wish_is_paused_and_takes_offers_again(enter: Enter, pair: Pair) -> None:
    ada = Customer(await signed_in(enter, pair.customer, PHONE), Pointing())
    bikes = Seller(await signed_in(enter, pair.shop, DESK), Pointing())
    await ada.wish(pair.shop, "Cargo bike")
    await bikes.open("Cargo bike")
    await ada.link("Pause")
    await expect(ada.headline).to_have_text("No offers for a while?")
    await ada.button("Pause the wish")
    await expect(ada.headline).to_have_text("Cargo bike, paused.")
    await shop.seen(lambda: paused_at(pair.shop, "Cargo bike"), "the pause to arrive")
    await bikes.open("Cargo bike")
    await expect(bikes.page.get_by_text("Paused by the customer.")).to_be_visible()
    await expect(bikes.page.get_by_label("What you offer")).to_have_count(0)
    await ada.button("Take offers again")
    await expect(ada.headline).to_contain_text("Cargo bike")
    await shop.seen(lambda: not paused_at(pair.shop, "Cargo bike"), "the end of the pause to arrive")
    await bikes.open("Cargo bike")
    await bikes.offer("Cargo bike Eiche", "3290.00", reads="You would pay €3,290.00 once.")
    await ada.take_the_news("1 ")


def paused_at(node: Node, name: str) -> bool:
    """Tell whether a wish is paused, as a node knows it."""
    return any(wish["name"] == name and wish["pause"] for wish in node.api.pages("/intentions"))
