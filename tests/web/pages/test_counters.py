"""A counter-offer: typed, looked at, and sent once."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.web.browsing import Browser
from tests.web.house import Answer, House, Peer, until
from tests.web.pages.market import GOOD, monthly, offered, once, reoffer
from tests.web.pages.signed import sealed, shown_bytes, signed_bytes
from tests.web.pages.test_comparison import HOSTILE, page, plain, signed_in
from tests.web.pages.test_offers import CAR, field, offer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SINGLE: dict[str, Any] = {"name": "Octavia", "price": [once("14020.00")], "properties": GOOD}
LATER: dict[str, Any] = {**SINGLE, "starts_at": "2099-05-01T00:00:00Z"}


PASSWORD = "correct horse battery staple"


async def state(market: House, id: str) -> str:
    return str((await market.owner("GET", f"/offers/{id}")).json["state"])


async def look(browser: Browser, id: str, **typed: str) -> Answer:
    """Open the form of a counter-offer and look at what was typed."""
    sheet = await page(browser, f"/offers/{id}/counter")
    fields = {"digest": field(sheet, "digest"), "form_key": field(sheet, "form_key"), "look": "1"}
    return await browser.post(f"/offers/{id}/counter", **fields, **typed)


async def send(browser: Browser, id: str, preview: Answer, **typed: str) -> Answer:
    """Send what was looked at."""
    text = preview.body.decode()
    fields = {"digest": field(text, "digest"), **sealed(text), "send": "1"}
    return await browser.post(f"/offers/{id}/counter", **fields, **typed)


async def test_the_form_is_filled_with_what_is_offered(market: House, shop: Peer) -> None:
    browser = await signed_in(market)
    text = await page(browser, f"/offers/{await offer(market, shop, LATER)}/counter")
    assert "What would you take?" in text
    assert 'value="14,020"' in text
    assert 'value="2099-05-01"' in text
    assert "Offered: €14,020.00" in text
    assert "In all" in text
    assert "Sign and send" not in text  # before it was looked at
    parts = await page(browser, f"/offers/{await offer(market, shop, CAR)}/counter")
    assert ">“registration”</label>" in parts
    assert 'name="begins"' not in parts


async def test_what_is_looked_at_is_sent_once(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    typed = {"amount-0": "13,500.00", "days": "6", "also": "Winter tyres"}
    preview = await look(browser, id, **typed)
    said = plain(preview.body.decode())
    assert preview.status == 200
    for words in (
        "You ask for 3.7\N{NO-BREAK SPACE}% less.".replace("\N{NO-BREAK SPACE}", " "),
        "€14,020.00 €13,500.00",
        "“Winter tyres” yes",
        "8 days 6 days",
        "Your limit of €15,000.00, your notes, and what others offer.",
    ):
        assert words in said, words
    assert await state(market, id) == "offered"  # nothing was sent yet
    for _ in range(2):
        sent = await send(browser, id, preview, **typed)
        assert (sent.status, sent.headers["Location"]) == (303, f"/offers/{id}/thread")
    shown = (await market.owner("GET", f"/offers/{id}")).json
    assert (shown["state"], shown["countered"]["total"], shown["rounds"]) == ("countered", "13500.00", 1)
    assert {"property": "Winter tyres", "value": "true", "unit": ""} in shown["countered"]["properties"]
    assert {"property": "deliveryLeadTime", "value": "6", "unit": "d"} in shown["countered"]["properties"]
    again = await browser.get(f"/offers/{id}/counter")
    assert (again.status, again.headers["Location"]) == (303, f"/offers/{id}/thread")


async def test_who_offers_more_than_they_would_pay_is_warned(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    warning = "over your limit, which stays home"
    assert warning not in plain((await look(browser, id, **{"amount-0": "15,000"})).body.decode())
    assert f"€0.50 {warning}" in plain((await look(browser, id, **{"amount-0": "15,000.50"})).body.decode())


async def test_until_when_what_was_asked_for_holds_is_said(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    asked = {"terms": {"price": [once("13500.00")]}}
    assert (await market.owner("POST", f"/offers/{id}/counter", asked)).status == 200
    assert "What you asked for holds until" in await page(browser, f"/offers/{id}/thread")
    german = await browser.get(f"/offers/{id}/thread", **{"Accept-Language": "de"})
    assert "Dein Gegenvorschlag gilt bis" in german.body.decode()


async def test_what_was_asked_for_is_taken_back(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    preview = await look(browser, id, **{"amount-0": "13,500.00"})
    assert "which you cannot accept then unless they make it again." in plain(preview.body.decode())
    await send(browser, id, preview, **{"amount-0": "13,500.00"})
    way = f'href="/offers/{id}/decline">Take it back…'
    for path in (f"/offers/{id}", f"/offers/{id}/thread"):
        assert way in await page(browser, path), path
    sheet = await page(browser, f"/offers/{id}/decline")
    assert "Take back what you asked Shop for?" in plain(sheet)
    assert "Their offer is declined with that; they may make another one." in plain(sheet)
    fields = {"why": "none", "digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}
    for _ in range(2):  # pressed twice, it is done once
        sent = await browser.post(f"/offers/{id}/decline", **fields)
        assert (sent.status, sent.headers["Location"]) == (303, f"/offers/{id}")
    assert await state(market, id) == "rejected"
    moves = (await market.owner("GET", f"/offers/{id}/history")).json["moves"]
    assert [move["event"] for move in moves] == ["offer", "counter", "recant"]
    assert way not in await page(browser, f"/offers/{id}")
    assert "You took back what you asked for" in plain(await page(browser, f"/offers/{id}/thread"))


async def test_what_is_answered_meanwhile_is_not_taken_back(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    await send(browser, id, await look(browser, id, **{"amount-0": "13,500.00"}), **{"amount-0": "13,500.00"})
    sheet = await page(browser, f"/offers/{id}/decline")
    fields = {"why": "none", "digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}
    await reoffer(market, shop, id, {**SINGLE, "price": [once("13500.00")]})
    refused = await browser.post(f"/offers/{id}/decline", **fields)
    assert refused.status == 409
    assert "The offer has changed. Look again." in refused.body.decode()
    assert await state(market, id) == "offered"


async def test_what_was_countered_is_reached_from_its_wish(market: House, shop: Peer) -> None:
    wish, (first, second) = await offered(market, shop, SINGLE, LATER)
    browser = await signed_in(market)
    assert "You asked for other terms" not in await page(browser, f"/wishes/{wish}")
    asked = {"price": [once("13500.00")]}
    for id, left in ((first, "1 offer to choose from"), (second, "No offer stands at the moment")):
        assert (await market.owner("POST", f"/offers/{id}/counter", {"terms": asked})).status == 200
        text = await page(browser, f"/wishes/{wish}")
        assert left in text
        assert f'href="/offers/{id}/thread"' in text
    assert text.count("It is their turn.") == 2


async def test_the_page_of_an_offer_says_what_was_asked_for_and_what_had_been_offered(
    market: House, shop: Peer
) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    before = plain(await page(browser, f"/offers/{id}"))
    assert "Your counter-offer" not in before
    asked = {"price": [once("13500.00")]}
    assert (await market.owner("POST", f"/offers/{id}/counter", {"terms": asked})).status == 200
    after = plain(await page(browser, f"/offers/{id}"))
    mine, theirs = after.index("Your counter-offer"), after.index("What they had offered")
    assert "You would pay €13,500" in after[mine:theirs]
    assert "You would pay €14,020" in after[theirs:]


async def test_the_journal_says_with_whom_and_about_what(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    called = (await market.owner("GET", f"/offers/{id}")).json["name"]
    browser = await signed_in(market)
    entry = (await page(browser, "/journal")).split("made an offer", 1)[1].split("</li>", 1)[0]
    assert f'<span class="b"><bdi>{called}</bdi></span>' in entry


async def test_the_bytes_that_were_shown_are_signed_and_no_others(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    preview = await look(browser, id, **{"amount-0": "13,500.00"})
    other = await send(browser, id, preview, **{"amount-0": "13,400.00"})
    assert other.status == 409
    assert "What would be signed has changed. Look again." in other.body.decode()
    assert await state(market, id) == "offered"
    preview = await look(browser, id, **{"amount-0": "13,500.00"})
    assert (await send(browser, id, preview, **{"amount-0": "13,500.00"})).status == 303
    assert await signed_bytes(market, id) == shown_bytes(preview.body.decode())


async def test_what_was_looked_at_can_be_changed(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    preview = await look(browser, id, **{"amount-0": "13,500"})
    text = preview.body.decode()
    fields = {"digest": field(text, "digest"), "form_key": field(text, "form_key"), "change": "1"}
    back = await browser.post(f"/offers/{id}/counter", **fields, **{"amount-0": "13,500"})
    assert back.status == 200
    assert 'value="13,500"' in back.body.decode()
    assert await state(market, id) == "offered"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount-0": "cheap"}, "Write an amount such as 14,020"),
        ({"amount-0": ""}, "Write an amount such as 14,020"),
        ({"amount-0": "$13,500"}, "Write an amount such as 14,020"),
        ({"amount-0": "-5"}, "Write an amount such as 14,020"),
        ({"amount-0": "0"}, "mistake"),
        ({"amount-0": "13,500.001"}, "mistake"),
        ({"amount-0": "14,020.00"}, "mistake"),  # nothing is asked for
        ({"amount-0": "13,500", "begins": "2001-01-01"}, "Choose a day that is still to come"),
        ({"amount-0": "13,500", "begins": "soon"}, "Choose a day that is still to come"),
        ({"amount-0": "13,500", "days": "-3"}, "Write a whole number of days, from 0 to 99,999"),
        ({"amount-0": "13,500", "days": "9" * 30}, "Write a whole number of days, from 0 to 99,999"),
        ({"amount-0": "13,500", "also": "x" * 201}, "This has 201 characters; 200 are the most."),
        ({"amount-0": "13,500", "also": "Mileage"}, "mistake"),  # it is there already
    ],
)
async def test_what_cannot_be_taken_is_said_at_its_field(
    market: House, shop: Peer, typed: dict[str, str], said: str
) -> None:
    id = await offer(market, shop, LATER)
    refused = await look(await signed_in(market), id, **{"begins": "2099-05-01", "days": "8", **typed})
    text = unescape(refused.body.decode())
    assert refused.status == 422
    assert 'aria-invalid="true"' in text
    assert said in text or said == "mistake"
    assert typed["amount-0"] in text
    assert await state(market, id) == "offered"


async def test_an_amount_may_have_the_sign_of_its_currency(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    preview = await look(await signed_in(market), id, **{"amount-0": "13,500 €"})
    assert preview.status == 200
    assert "€13,500" in plain(preview.body.decode())


async def test_another_day_is_asked_for(market: House, shop: Peer) -> None:
    id = await offer(market, shop, LATER)
    browser = await signed_in(market)
    typed = {"amount-0": "14,020", "begins": "2099-04-01"}
    preview = await look(browser, id, **typed)
    assert "1 May 2099" in plain(preview.body.decode())
    assert "1 Apr 2099" in plain(preview.body.decode())
    assert (await send(browser, id, preview, **typed)).status == 303
    countered = (await market.owner("GET", f"/offers/{id}")).json["countered"]
    assert (countered["starts_at"], countered["total"]) == ("2099-04-01T00:00:00Z", "14020.00")


async def test_what_is_paid_by_the_month_can_be_less_too(market: House, shop: Peer) -> None:
    terms = {
        "name": "Lease",
        "price": [monthly("289.00")],
        "starts_at": "2099-01-01T00:00:00Z",
        "notice": "P3M",
    }
    id = await offer(market, shop, terms)
    browser = await signed_in(market)
    preview = await look(browser, id, **{"amount-0": "250", "begins": "2099-01-01"})
    said = plain(preview.body.decode())
    assert "€289.00 a month until it is ended €250.00 a month until it is ended" in said
    assert "%" not in said
    more = await look(browser, await offer(market, shop, SINGLE), **{"amount-0": "15,422"})
    assert "You offer 10 % more." in plain(more.body.decode())


async def test_what_has_changed_is_not_countered_unread(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    preview = await look(browser, id, **{"amount-0": "13,500"})
    await reoffer(market, shop, id, {**SINGLE, "price": [once("13000.00")]})
    refused = await send(browser, id, preview, **{"amount-0": "13,500"})
    assert refused.status == 409
    text = refused.body.decode()
    assert "The offer has changed. Look again." in text
    assert "Offered: €13,000.00" in text
    assert await state(market, id) == "offered"


async def test_nothing_is_sent_without_token_key_or_session(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    preview = await look(browser, id, **{"amount-0": "13,500"})
    text = preview.body.decode()
    fields = {"digest": field(text, "digest"), "send": "1", "amount-0": "13,500"}
    assert (await browser.post(f"/offers/{id}/counter", token="x", form_key="k", **fields)).status == 403
    assert (await browser.post(f"/offers/{id}/counter", form_key="", **fields)).status == 422
    assert (await Browser(market).post(f"/offers/{id}/counter", form_key="k", **fields)).status == 401
    assert await state(market, id) == "offered"


async def test_hostile_words_are_text(market: House, shop: Peer) -> None:
    shop.changes = {"name": HOSTILE}
    id = await offer(
        market, shop, {"name": HOSTILE, "price": [once("5.00", HOSTILE), once("6.00", "x" * 120)]}
    )
    browser = await signed_in(market)
    typed = {"amount-0": "4", "amount-1": "6", "also": HOSTILE}
    form = await page(browser, f"/offers/{id}/counter")
    preview = await look(browser, id, **typed)
    wrong = await look(browser, id, **{**typed, "amount-0": HOSTILE})
    for text in (form, preview.body.decode(), wrong.body.decode()):
        assert "<script>alert" not in text
        assert "onload='x'" not in text
    assert (preview.status, wrong.status) == (200, 422)


async def test_it_is_said_in_german(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    browser = await signed_in(market)
    text = await page(browser, f"/offers/{id}/counter", **{"Accept-Language": "de"})
    assert "Was würdest du annehmen?" in text
    browser.cookies["language"] = "de"
    preview = plain((await look(browser, id, **{"amount-0": "13.500,50"})).body.decode())
    assert "Du möchtest 3,7 % weniger zahlen." in preview
    assert "13.500,50 €" in preview
    same = await look(browser, id, **{"amount-0": "14.020,00"})
    assert (
        same.status,
        "Das verlangt, was schon angeboten ist: Du kannst es annehmen." in unescape(same.body.decode()),
    ) == (422, True)


async def test_accepting_at_once_asks_who_it_is(house: House, shop: Peer) -> None:
    id = await offer(house, shop, SINGLE)
    browser = await signed_in(house)
    await browser.get("/security/password")
    await browser.post("/security/password", password=PASSWORD)
    house.clock.ahead += timedelta(minutes=10)  # what was shown then does not count any more
    typed = {"amount-0": "13,500", "met": "accept"}
    preview = await look(browser, id, **typed)
    assert "If they meet it, it is agreed." in preview.body.decode()
    assert 'name="proof_password"' in preview.body.decode()
    unshown = await send(browser, id, preview, **typed)
    assert (unshown.status, b"Show that it is still you." in unshown.body) == (403, True)
    wrong = await send(browser, id, preview, proof_password="another", **typed)
    assert wrong.status == 403
    assert "That is not right." in wrong.body.decode()
    assert await state(house, id) == "offered"
    right = await send(browser, id, preview, proof_password=PASSWORD, **typed)
    assert (right.status, right.headers["Location"]) == (303, f"/offers/{id}/thread")
    again = await send(browser, id, preview, proof_password="", **typed)  # what proved it is not kept
    assert (again.status, again.headers["Location"]) == (303, f"/offers/{id}/thread")
    await reoffer(house, shop, id, {**SINGLE, "price": [once("13500.00")]})

    async def accepted() -> bool:
        return await state(house, id) == "accepted"

    await until(accepted)


async def test_asking_again_asks_for_nothing(market: House, shop: Peer) -> None:
    id = await offer(market, shop, SINGLE)
    preview = await look(await signed_in(market), id, **{"amount-0": "13,500", "met": "anything"})
    assert "you are asked again" in preview.body.decode()
    assert "proof" not in preview.body.decode()
