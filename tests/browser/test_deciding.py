"""A deal to its end and out of it again: accepted, undone, signed by both, verified by anybody, left."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from node.sandbox.nodes import Node, command
from tests.browser import shop
from tests.browser.ageing import grow_old
from tests.browser.conftest import Enter
from tests.browser.hands import Pointing
from tests.browser.pair import Pair, trading
from tests.browser.people import Customer, Seller
from tests.browser.sign_in import make_passkey, sign_in
from tests.browser.visits import DESK, PHONE, Screen, Visit

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

UNDO_SECONDS = "20"  # on a busy machine it has to be pressed in that time; and once it is waited for
PASSWORD = "seven herons under a slate roof"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    settings = {"CLAIMED": "true", "COUNTERSIGN": "ask", "UNDO_SECONDS": UNDO_SECONDS}
    with trading(tmp_path_factory.mktemp("d"), settings=settings) as pair:
        yield pair


async def signed_in(enter: Enter, node: Node, screen: Screen, *, javascript: bool = True) -> Visit:
    visit = await enter(node.origin, screen, java_script_enabled=javascript)
    await sign_in(visit, node)
    return visit


async def offered(ada: Customer, pair: Pair, name: str) -> str:
    """Wish for a bike and open the offer that comes; return its id at the customer's node."""
    wish = await ada.wish(pair.shop, name)
    await shop.offer(pair.shop, name, "1890.00", monthly="9.90")

    def first() -> str | None:
        found = pair.customer.api.pages("/offers", intention=wish)
        return next((str(offer["id"]) for offer in found), None)

    id = await shop.seen(first, "the offer to arrive")
    await ada.visit.go(f"/offers/{id}")
    return id


def states(node: Node) -> list[str]:
    """Return how everything stands that a node has offered or was offered, the newest first."""
    return [str(offer["state"]) for offer in node.api.pages("/offers")]


async def test_it_is_accepted_undone_accepted_signed_verified_and_left(
    enter: Enter, pair: Pair, tmp_path: Path
) -> None:
    ada = Customer(await signed_in(enter, pair.customer, PHONE), Pointing())
    bikes = Seller(await signed_in(enter, pair.shop, DESK), Pointing())
    passkey = await make_passkey(ada.visit)
    offer = await offered(ada, pair, "Touring bike")

    grow_old(pair.customer)  # so that accepting asks the passkey
    (before,) = await passkey.passkeys()
    await ada.accept(pays="€2,008.80")
    (after,) = await passkey.passkeys()
    assert after["signCount"] > before["signCount"]
    await ada.undo()
    assert states(pair.shop)[0] == "offered"
    assert [row for row in pair.customer.api.pages("/deliveries") if row["state"] == "queued"] == []

    await ada.accept(pays="€2,008.80")
    await ada.page.wait_for_url("**/agreements/*")  # by itself, when it has left
    await expect(ada.headline).to_contain_text("You have signed. They have not yet.")
    await bikes.sign("Touring bike", amount="€2,008.80")
    await both_have_signed(ada, bikes, pair)
    await anybody_can_verify(ada, tmp_path)

    await ada.leave()
    await shop.seen(lambda: states(pair.shop)[0] == "ending", "the notice to arrive")
    await bikes.page.reload()
    await expect(bikes.headline).to_contain_text("It ends on")
    assert states(pair.customer)[0] == "ending", offer


async def both_have_signed(ada: Customer, bikes: Seller, pair: Pair) -> None:
    """See the same agreement on both sides, with both signatures."""
    await shop.seen(lambda: states(pair.customer)[0] == "concluded", "the countersignature to arrive")
    (at_the_shop,) = pair.shop.api.pages("/agreements", state="concluded")
    await ada.page.reload()
    await bikes.visit.go(f"/agreements/{at_the_shop['id']}")
    for person, sentence in ((ada, "You pay €1,890.00"), (bikes, "You are paid €1,890.00")):
        await expect(person.headline).to_contain_text(sentence)
        await expect(person.page.get_by_role("heading", name="Signed by both")).to_be_visible()


async def anybody_can_verify(ada: Customer, folder: Path) -> None:
    """Save the evidence file from the page, and verify it where no node runs."""
    async with ada.page.expect_download() as saved:
        await ada.link("Evidence file")
    evidence = folder / "evidence.json"
    await (await saved.value).save_as(evidence)
    code, said = await asyncio.to_thread(command, "agreement", "verify", str(evidence))
    assert (code, said["grade"]) == (0, "received-in-time"), said


async def test_it_is_accepted_undone_signed_and_left_without_javascript(enter: Enter, pair: Pair) -> None:
    ada = Customer(await signed_in(enter, pair.customer, DESK, javascript=False), Pointing())
    bikes = Seller(await signed_in(enter, pair.shop, DESK, javascript=False), Pointing())
    await ada.visit.go("/security/password")
    await ada.page.locator("input[name=password]").fill(PASSWORD)
    await ada.page.locator("main form button").click()
    await ada.page.wait_for_url(f"{ada.visit.origin}/security")
    await offered(ada, pair, "City bike")

    grow_old(pair.customer)
    await ada.accept(pays="€2,008.80", password=PASSWORD)
    await ada.undo()
    await ada.accept(pays="€2,008.80")  # it was shown just now
    await shop.seen(lambda: states(pair.shop)[0] == "accepted", "the acceptance to leave by itself")
    await bikes.sign("City bike", amount="€2,008.80")
    await shop.seen(lambda: states(pair.customer)[0] == "concluded", "the countersignature to arrive")

    await ada.page.reload()  # what can be undone no more leads on to the agreement
    await expect(ada.headline).to_contain_text("You pay €1,890.00")
    grow_old(pair.customer)
    await ada.leave(password=PASSWORD)
    await shop.seen(lambda: states(pair.shop)[0] == "ending", "the notice to arrive")


async def test_a_password_mistyped_once_accepts_once(enter: Enter, pair: Pair) -> None:
    """Showing that it is you ends the stream of the page; the page must not send its form again for that."""
    ada = Customer(await signed_in(enter, pair.customer, PHONE), Pointing())
    await ada.visit.go("/security/password")
    await ada.page.locator("input[name=password]").fill(PASSWORD)
    await ada.page.locator("main form button").click()
    await ada.page.wait_for_url(f"{ada.visit.origin}/security")
    await offered(ada, pair, "Cargo bike")
    grow_old(pair.customer)
    await ada.link("Accept…")
    sheet = ada.page.url
    ada.visit.watcher.excuse(sheet)
    sent: list[str] = []
    ada.page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    await ada.hand.press(ada.page.get_by_text("Use the password instead"))  # where it is wrong it stays open
    for typed in ("not the one", PASSWORD):
        await ada.write("Your password", typed)
        async with ada.page.expect_navigation():
            await ada.page.get_by_role("button", name="Accept and pay").click()
    await expect(ada.headline).to_contain_text("Signed. It leaves at")
    assert sent == [sheet, sheet]
    await ada.undo()


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_browser_that_is_signed_out_elsewhere_is_out_at_once(
    enter: Enter, pair: Pair, javascript: bool
) -> None:
    lost = await signed_in(enter, pair.customer, PHONE, javascript=javascript)
    mine = await signed_in(enter, pair.customer, DESK, javascript=javascript)
    await lost.go("/wishes")
    await lost.go("/")
    await mine.go("/security")
    await mine.page.locator("form[action*='/end'] button").first.click()
    await mine.page.wait_for_url(f"{mine.origin}/security")
    if not javascript:  # then nothing tells the page, and whatever is pressed does
        await lost.page.reload()
    await expect(lost.page.get_by_role("link", name="Sign in")).to_be_visible()  # as a stranger is asked
    await lost.page.go_back()
    await expect(lost.page).to_have_url(f"{lost.origin}/sign-in?next=%2Fwishes")


async def test_nothing_is_left_behind_the_back_button_of_who_signed_out(enter: Enter, pair: Pair) -> None:
    visit = await signed_in(enter, pair.customer, PHONE)
    for address in ("/wishes", "/agreements", "/security"):
        await visit.go(address)
    await visit.page.get_by_role("button", name="Sign out").first.click()
    await visit.page.wait_for_url("**/sign-in")
    for address in ("/security", "/agreements", "/wishes"):
        await visit.page.go_back()
        await expect(visit.page).to_have_url(f"{visit.origin}/sign-in?next=%2F{address[1:]}")
        await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Show that it is you.")
