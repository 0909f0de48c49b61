"""Who is let in, and who no longer: links, passkeys, passwords, recovery words, signing out elsewhere."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Enter
from tests.browser.pair import Pair
from tests.browser.sign_in import make_passkey, sign_in
from tests.browser.visits import DESK, PHONE, Visit

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PASSWORD = "seven herons under a slate roof"


async def press(visit: Visit, name: str) -> None:
    await visit.page.get_by_role("button", name=name).click()


async def test_a_passkey_lets_its_owner_in_and_nobody_else(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await sign_in(visit, pair.customer)
    authenticator = await make_passkey(visit)
    (passkey,) = await authenticator.passkeys()
    assert passkey["rpId"] == "localhost"
    await visit.page.get_by_role("button", name="Sign out").first.click()
    await visit.page.wait_for_url("**/sign-in")

    await authenticator.recognise(owner=False)
    await press(visit, "Sign in with a passkey")
    await expect(visit.page.get_by_text("No passkey answered")).to_be_visible()
    await authenticator.recognise(owner=True)
    await press(visit, "Sign in with a passkey")
    await visit.page.wait_for_url(f"{visit.origin}/")

    await visit.go("/security/kit")  # opens doors, so it asks once more, unless it has just been shown
    await press(visit, "Show me the words")
    await expect(visit.page.locator("ol.pair li")).to_have_count(12)


async def test_a_password_and_recovery_words_let_in_without_javascript(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.shop.origin, DESK, java_script_enabled=False)
    await sign_in(visit, pair.shop)
    await visit.go("/security/kit")
    await press(visit, "Show me the words")
    words = await visit.page.locator("ol.pair b").all_inner_texts()
    await visit.go("/security/password")
    await visit.page.locator("input[name=password]").fill(PASSWORD)
    await visit.page.locator("main form button").click()
    await visit.page.wait_for_url(f"{visit.origin}/security")

    other = await enter(pair.shop.origin, PHONE, java_script_enabled=False)
    await other.go("/sign-in")
    await other.page.get_by_label("Your password").fill(PASSWORD)
    await press(other, "Sign in with the password")
    await other.page.wait_for_url(f"{other.origin}/desk")

    lost = await enter(pair.shop.origin, PHONE, java_script_enabled=False)
    await lost.go("/recover")
    await lost.page.locator("main form [name=words]").fill(" ".join(words))
    await lost.page.locator("main form button").click()
    await lost.page.wait_for_url(lambda url: "/recover" not in url)
    await lost.go("/security")


async def test_a_browser_that_is_signed_out_elsewhere_sees_nothing_any_more(enter: Enter, pair: Pair) -> None:
    lost, mine = await enter(pair.customer.origin, PHONE), await enter(pair.customer.origin, DESK)
    await sign_in(lost, pair.customer)
    await lost.go("/wishes")
    await lost.go("/security")
    await sign_in(mine, pair.customer)
    await mine.go("/security")
    await mine.page.locator("form[action*='/end'] button").first.click()
    await mine.page.wait_for_url(f"{mine.origin}/security")

    await lost.page.go_back()
    await expect(lost.page).to_have_url(f"{lost.origin}/sign-in?next=%2Fwishes")
    await lost.page.go_forward()
    assert "/sign-in" in lost.page.url
