"""A desk that is open hears of what comes, while nothing moves; single keys go through it, if one wants."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser import shop
from tests.browser.conftest import Enter
from tests.browser.pair import Pair
from tests.browser.sign_in import sign_in
from tests.browser.visits import DESK

KEEP_STREAMS = """globalThis.streams = [];
globalThis.EventSource = class extends EventSource {
  constructor(...given) { super(...given); globalThis.streams.push(this); }
};"""
SIGN_OUT = """() => { for (const stream of globalThis.streams) {
  stream.dispatchEvent(new MessageEvent('closing', { data: '{"reason": "signed-out"}' }));
} }"""
SIGN_OUT_ONCE_SENT = f"""() => addEventListener('submit', () => setTimeout(() => {{
  ({SIGN_OUT})();
  globalThis.told();
}}))"""

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


def wish(pair: Pair, name: str) -> None:
    pair.customer.run("intention", "cast", "--what", name, "--currency", "EUR", "--to", pair.shop.actor)


async def rows(page: Page) -> list[str]:
    return await page.locator("tbody th a").all_inner_texts()


async def test_counts_change_in_place_and_rows_wait_behind_a_button(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page = visit.page
    await expect(page.locator(".live")).to_be_visible()
    wish(pair, "Cargo bike")
    news, waiting = page.locator("[data-arrive]"), page.locator('[data-count="stages.answer"]')
    await expect(news).to_have_text("1 change, show it")
    await expect(waiting).to_have_text("1")
    await expect(page.locator("[data-say]")).to_have_text("1 change, show it. 1 To answer")
    assert await rows(page) == []
    await news.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("One wish waits for you.")
    assert await rows(page) == ["Cargo bike"]
    await shop.offer(pair.shop, "Cargo bike", "1900")
    await expect(waiting).to_have_text("0")
    await expect(page.get_by_role("row", name="Cargo bike")).to_contain_text("changed")
    assert await rows(page) == ["Cargo bike"]


async def test_an_open_wish_says_that_they_have_moved_and_keeps_what_is_typed(
    enter: Enter, pair: Pair
) -> None:
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page = visit.page
    wish(pair, "Folding bike")
    await shop.offer(pair.shop, "Folding bike", "700")
    await visit.go("/desk?search=folding")
    await page.get_by_role("link", name="Folding bike").click()
    await page.get_by_label("Amount").first.fill("690")
    theirs = await shop.seen(lambda: next(pair.customer.api.pages("/offers", state="offered"), None), "it")
    pair.customer.run("offer", "counter", theirs["id"], "--price", "650 EUR")
    await expect(page.locator("[data-arrive]")).to_have_text("Something has changed, show it")
    await expect(page.get_by_label("Amount").first).to_have_value("690")
    await page.locator("[data-arrive]").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("would take it for €650.00.")


async def test_single_keys_do_nothing_until_they_are_switched_on(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page = visit.page
    for name in ("Tandem", "Tricycle"):
        wish(pair, name)
        await shop.offer(pair.shop, name, "100")
    await visit.go("/desk")
    links, search = page.locator("tbody th a"), page.get_by_role("searchbox")
    await page.keyboard.press("j")
    await expect(links.first).not_to_be_focused()
    await visit.go("/look")
    await page.get_by_label("Single keys move between rows").check()
    await page.get_by_role("button", name="Keep it in this browser").click()
    await visit.go("/desk")
    for key, place in (("j", 0), ("j", 1), ("k", 0), ("k", 0)):
        await page.keyboard.press(key)
        await expect(links.nth(place)).to_be_focused()
    await page.keyboard.press("/")
    await expect(search).to_be_focused()
    await page.keyboard.type("trick?j")
    await expect(search).to_have_value("trick?j")
    await search.fill("tricyc")
    await search.press("Enter")
    assert await rows(page) == ["Tricycle"]
    await page.keyboard.press("?")
    await expect(page.locator("[data-keys-list]")).to_contain_text("the row before")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("/desk/wishes/"))


async def test_deliveries_are_counted_again_while_the_page_is_open(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page = visit.page
    await page.clock.install()
    await visit.go("/desk/delivery")
    delivered = page.locator('[data-count="counts.delivered"]')
    before = int(await delivered.inner_text())
    wish(pair, "Recumbent")
    await shop.offer(pair.shop, "Recumbent", "2500")
    await shop.seen(
        lambda: pair.shop.api.get("/deliveries")["counts"].get("delivered", 0) > before, "it to arrive"
    )
    await page.clock.fast_forward(11_000)
    await expect(delivered).not_to_have_text(str(before))
    await expect(page.locator("[data-arrive]")).to_have_text("Something has moved, show it")


async def test_a_list_that_is_no_longer_so_says_it_while_the_page_is_open(
    enter: Enter, pair: Pair, tmp_path: Path
) -> None:
    """What goes into the CRM leaves no trace in the journal: its number changes, and its list does not."""
    office, away = tmp_path / "office", tmp_path / "away"
    office.mkdir()
    pair.shop.run("crm", "connect", "spreadsheet", str(office))
    pair.shop.run("crm", "sync")
    wish(pair, "Tandem")
    await shop.seen((office / "opportunities.csv").exists, "the opportunity")
    await shop.seen(lambda: not pair.shop.api.get("/crm")["queued"], "all to be there")
    office.rename(away)
    wish(pair, "Rickshaw")
    await shop.seen(lambda: pair.shop.api.get("/crm")["trouble"], "it to be missed")
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page = visit.page
    await visit.go("/desk/integration")
    await expect(page.locator(".live")).to_be_visible()
    waits = page.get_by_text("Opportunity: Rickshaw").first
    await expect(waits).to_be_visible()
    away.rename(office)
    await expect(page.locator('[data-value="queued"]')).to_have_text("0")
    await expect(page.locator("[data-arrive]")).to_have_text("Something has moved, show it")
    await page.locator("[data-arrive]").click()
    await expect(waits).to_be_hidden()
    pair.shop.run("crm", "disconnect")


async def test_a_sign_in_that_is_renewed_sends_no_form_again_and_keeps_no_answer_away(
    enter: Enter, pair: Pair
) -> None:
    """The stream of the sign-in before says that it is over while what renewed it is answered."""
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page, methods, told = visit.page, list[str](), asyncio.Event()
    await page.add_init_script(KEEP_STREAMS)
    await page.expose_function("told", told.set)
    wish(pair, "Unicycle")

    async def preview() -> None:
        await page.get_by_label("Amount").first.fill("300")
        await page.get_by_role("button", name="Preview what they will read").click()
        await expect(page.get_by_role("heading", name="What they will read")).to_be_visible()
        await expect(page.locator(".live")).to_be_visible()

    await expect(page.locator("[data-arrive]")).to_be_visible()
    await visit.go("/desk?search=unicycle")
    await page.get_by_role("link", name="Unicycle").click()
    await preview()
    page.on("request", lambda one: methods.append(one.method))
    await page.evaluate(SIGN_OUT)
    await expect(page.get_by_role("heading", name="What they will read")).to_be_hidden()
    assert "POST" not in methods
    await preview()

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            await told.wait()
        await route.continue_()

    await page.route("**/*", hold)
    await page.evaluate(SIGN_OUT_ONCE_SENT)
    await page.get_by_role("button", name="Sign and offer €300.00").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Your offer stands.")


async def test_a_mistake_moves_no_hint_over_a_field(enter: Enter, pair: Pair) -> None:
    """In a pair of fields what is wrong stands above its own, and both fields stay on one line."""
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    page = visit.page
    wish(pair, "Tandem")
    found = await shop.seen(
        lambda: next((one for one in pair.shop.api.pages("/intentions") if one["name"] == "Tandem"), None),
        "it",
    )
    path = f"/desk/wishes/{found['id']}"
    await visit.go(path)
    await page.get_by_label("Amount").first.fill("2400")
    await page.get_by_label("Good until").fill("2020-01-01")
    visit.watcher.excuse(f"{visit.origin}{path}#see")
    await page.get_by_role("button", name="Preview what they will read").click()
    mistake, hint = page.locator("#until-e"), page.locator("#until-h")
    await expect(mistake).to_be_visible()
    above, field, below, beside = [
        await each.bounding_box() for each in (mistake, page.locator("#until"), hint, page.locator("#starts"))
    ]
    assert above is not None
    assert field is not None
    assert below is not None
    assert beside is not None
    assert above["y"] + above["height"] <= field["y"]
    assert field["y"] + field["height"] <= below["y"]
    assert beside["y"] == field["y"]
