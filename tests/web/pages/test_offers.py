"""One offer as a page, declining it, and the negotiation with every move and the talk beside."""

import re
from typing import Any

import pytest

from tests.web.browsing import Browser
from tests.web.house import House, Peer, at_rest
from tests.web.pages.market import FAIR, GOOD, monthly, offered, once, reoffer
from tests.web.pages.test_comparison import HOSTILE, page, plain, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAR: dict[str, Any] = {
    "name": "Octavia",
    "price": [once("13900.00"), once("120.00", "registration")],
    "properties": GOOD,
    "content": "One owner.\nServiced by us.",
}


def field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]


async def offer(market: House, shop: Peer, terms: dict[str, Any] = CAR) -> str:
    _, ids = await offered(market, shop, terms)
    return ids[0]


async def test_an_offer_is_a_sentence_a_price_and_how_it_fits(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    text = await page(await signed_in(market), f"/offers/{id}")
    said = plain(text)
    assert re.search(r'<h1 class="say">You would pay <span class="money">€14,020', text)
    for words in (
        "once. It is there within 8 days.",
        "Signed by Shop , checked by your node",
        "“registration” €120.00",
        "€980.00 under your limit, which stays home",
        "Mileage: 61,400 km, you asked for at most 90,000 km",
        "Guarantee: 24 months, you hoped for at least 12 months",
        "Tow bar: yes",
        "Written by Shop . Binds nobody.",
        "One owner. Serviced by us.",
        "Good until",
    ):
        assert words in said, words
    for way in ("decline", "counter", "accept", "thread"):
        assert f'href="/offers/{id}/{way}"' in text
    assert "One owner" not in text[: text.index("</h1>")]


async def test_what_misses_and_what_runs_on_is_said(market: House, shop: Peer) -> None:
    terms = {
        "name": "Lease",
        "price": [once("99.00", "begin"), monthly("289.00"), {**monthly("10.00"), "kind": "discount"}],
        "starts_at": "2099-01-01T00:00:00Z",
        "notice": "P1Y3M2W1D",
        "quantity": "1",
        "properties": [*FAIR[1:], {"property": "seats", "value": "5", "unit": "one"}],
    }
    said = plain(await page(await signed_in(market), f"/offers/{await offer(market, shop, terms)}"))
    for words in (
        "You would pay €99 .00 once and €289 .00 a month until it is ended, less €10 .00 a month",
        "at least",
        "It begins on 1 January 2099 .",
        "notice: 1 year, 3 months, 2 weeks and 1 day.",
        "Mileage: not said, you asked for at most 90,000 km",
        "Tow bar: no, you hoped for it",
        "Seats 5",
        "At least",
    ):
        assert words in said, words


async def test_what_they_name_themselves_stands_apart_from_the_terms(market: House, shop: Peer) -> None:
    claims = {"Notice": "none", "In all": "0.00", "Signed \u202eby your node": "true"}
    properties = [{"property": name, "value": value, "unit": ""} for name, value in claims.items()]
    known = {"property": "warranty", "value": "24", "unit": "months"}
    id = await offer(market, shop, {**CAR, "properties": [*GOOD, *properties, known], "notice": "P1M"})
    browser = await signed_in(market)
    text = await page(browser, f"/offers/{id}")
    terms, _, theirs = text.partition('<h2 id="th">')
    for name in ("Notice", "In all", "Signed by your node"):
        assert f"<dt><bdi>{name}</bdi></dt>" in theirs.partition("</section>")[0]
        assert f"<dt><bdi>{name}</bdi></dt>" not in terms
    assert "Named by Shop . It is part of what is signed." in plain(theirs)
    assert "Warranty 24 months" in plain(terms)
    assert "Notice 1 month" in plain(terms)
    changed = [{**properties[0], "value": "some"}, *properties[1:]]
    await reoffer(market, shop, id, {**CAR, "properties": [*GOOD, *changed, known], "notice": "P1M"})
    assert "“Notice” none some" in plain(await page(browser, f"/offers/{id}/thread"))
    accepted = await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 600})
    agreement = await page(browser, f"/agreements/{accepted.json['agreement']}")
    assert "<dt><bdi>Notice</bdi></dt>" in agreement.partition('<h2 id="th">')[2]
    await market.owner("POST", f"/offers/{id}/undo")


async def test_the_twin_is_the_apis_answer(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    await at_rest(market)
    twin = await browser.get(f"/offers/{id}", Accept="application/json")
    assert twin.json == (await market.owner("GET", f"/offers/{id}")).json
    thread = await browser.get(f"/offers/{id}/thread", Accept="application/json")
    assert thread.json == {**(await market.owner("GET", f"/offers/{id}/history")).json, "messages": []}


async def test_declining_with_a_reason_is_done_once(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/decline")
    assert "They are told that you declined, and nothing about other offers." in sheet
    assert re.search(r'name="why" value="none" checked', sheet)
    fields = {"why": "price", "digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}
    for _ in range(2):  # pressed twice, it is done once
        sent = await browser.post(f"/offers/{id}/decline", **fields)
        assert (sent.status, sent.headers["Location"]) == (303, f"/offers/{id}")
    shown = (await market.owner("GET", f"/offers/{id}")).json
    assert (shown["state"], shown["reason"]) == ("rejected", "The price")
    moves = (await market.owner("GET", f"/offers/{id}/history")).json["moves"]
    assert [move["event"] for move in moves] == ["offer", "reject"]
    said = plain(await page(browser, f"/offers/{id}"))
    assert "You have declined this offer. They were told" in said
    assert "You would have paid €14,020 .00 once." in said
    assert "You would pay" not in said
    assert "Decline" not in re.sub("declined", "", said)
    again = await browser.get(f"/offers/{id}/decline")
    assert (again.status, again.headers["Location"]) == (303, f"/offers/{id}")


async def test_a_reason_that_is_none_of_ours_is_not_sent(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/decline")
    fields = {"why": HOSTILE, "digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}
    assert (await browser.post(f"/offers/{id}/decline", **fields)).status == 303
    assert (await market.owner("GET", f"/offers/{id}")).json["reason"] == ""


async def test_what_has_changed_is_not_declined_unread(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/decline")
    fields = {"why": "none", "digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}
    await reoffer(market, shop, id, {**CAR, "price": [once("13000.00")]})
    refused = await browser.post(f"/offers/{id}/decline", **fields)
    assert refused.status == 409
    assert "The offer has changed. Look again." in refused.body.decode()
    assert field(refused.body.decode(), "digest") != fields["digest"]
    assert (await market.owner("GET", f"/offers/{id}")).json["state"] == "offered"


async def test_a_form_without_its_token_or_key_does_nothing(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/decline")
    fields = {"why": "none", "digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}
    assert (await browser.post(f"/offers/{id}/decline", token="x", **fields)).status == 403
    assert (await browser.post(f"/offers/{id}/decline", **{**fields, "form_key": ""})).status == 422
    assert (await Browser(market).post(f"/offers/{id}/decline", **fields)).status == 401
    assert (await market.owner("GET", f"/offers/{id}")).json["state"] == "offered"


async def test_a_negotiation_shows_every_move_and_what_it_changed(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    asked = {"price": [once("13500.00"), once("120.00", "registration")]}
    assert (await market.owner("POST", f"/offers/{id}/counter", {"terms": asked})).status == 200
    theirs = plain(await page(browser, f"/offers/{id}/thread"))
    assert "It is their turn." in theirs
    assert "Accept" not in theirs
    await reoffer(market, shop, id, {**CAR, "price": [once("13670.00"), once("120.00", "registration")]})
    text = await page(browser, f"/offers/{id}/thread")
    said = plain(text)
    for words in (
        "It is your turn. They came down by €230.00. Good until",
        "How the price went: they offered €14,020.00; you asked for €13,620.00; they offered €13,790.00.",
        "Shop offered",
        "You asked for",
        "€14,020.00 €13,620.00",
        "Accept €13,790",
        "Talk is not signed and binds nobody.",
    ):
        assert words in said, words
    assert text.count('class="pt them"') == 2
    assert re.findall(r"<li( class=me)?>", text[text.index('<ol class="moves"') :])[:3] == [
        "",
        " class=me",
        "",
    ]


async def test_what_meets_a_counter_offer_to_the_letter_says_so(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    asked = {"price": [once("13500.00"), once("120.00", "registration")]}
    assert (await market.owner("POST", f"/offers/{id}/counter", {"terms": asked})).status == 200
    await reoffer(market, shop, id, {**CAR, **asked})
    said = plain(await page(browser, f"/offers/{id}/thread"))
    assert "It is your turn. They offer exactly what you asked for. Good until" in said


async def test_talk_is_sent_once_and_shown_as_talk(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    key = field(await page(browser, f"/offers/{id}/thread"), "form_key")
    for _ in range(2):
        sent = await browser.post(f"/offers/{id}/thread", content=HOSTILE, form_key=key)
        assert (sent.status, sent.headers["Location"]) == (303, f"/offers/{id}/thread#talk")
    text = await page(browser, f"/offers/{id}/thread")
    assert text.count("You, just talk") == 1
    assert "<script>alert" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("content", ["", "  \n ", "x" * 200_000])
async def test_what_cannot_be_said_is_said_at_the_field(market: House, shop: Peer, content: str) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    key = field(await page(browser, f"/offers/{id}/thread"), "form_key")
    refused = await browser.post(f"/offers/{id}/thread", content=content, form_key=key)
    assert refused.status == 422
    text = refused.body.decode()
    assert 'aria-invalid="true"' in text
    assert "There is 1 thing to mend" in text
    assert content.strip() in text
    german = await browser.send_form(f"/offers/{id}/thread", {"content": content}, Accept_Language="de")
    assert "So kann das nicht angenommen werden" not in german.body.decode()


async def test_who_is_blocked_is_not_written_to(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    key = field(await page(browser, f"/offers/{id}/thread"), "form_key")
    assert (await market.owner("POST", "/peers/block", {"peer": shop.iri})).status == 200
    refused = await browser.post(f"/offers/{id}/thread", content="Is it there?", form_key=key)
    assert (await market.owner("POST", "/peers/unblock", {"peer": shop.iri})).status == 200
    text = refused.body.decode()
    assert refused.status == 422
    assert "You have blocked them." in text
    assert "Is it there?" in text


async def test_of_much_the_newest_is_shown_first(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    for number in range(26):
        await market.owner("POST", f"/offers/{id}/messages", {"content": f"word {number:02}"})
    browser = await signed_in(market)
    some = await page(browser, f"/offers/{id}/thread")
    assert "word 25" in some
    assert "word 00" not in some
    assert "Show 2 earlier" in some
    assert "word 00" in await page(browser, f"/offers/{id}/thread?all=on")


async def test_how_it_ended_is_the_headline(market: House, shop: Peer) -> None:
    browser = await signed_in(market)
    accepted = await offer(market, shop)
    assert (await market.owner("POST", f"/offers/{accepted}/accept")).status == 200
    agreement = (await market.owner("GET", f"/offers/{accepted}")).json["agreement"]
    for path in (f"/offers/{accepted}", f"/offers/{accepted}/thread"):
        text = await page(browser, path)
        assert "<h1>You have accepted this offer.</h1>" in text
        assert f'href="/agreements/{agreement}"' in text
        assert "acts stick" not in text


async def test_hostile_terms_are_text(market: House, shop: Peer) -> None:
    shop.changes = {"name": HOSTILE}
    terms = {
        "name": HOSTILE,
        "price": [once("5.00", HOSTILE), once("6.00", "")],
        "content": HOSTILE + "y" * 2_000,
        "properties": [{"property": HOSTILE, "value": HOSTILE, "unit": HOSTILE}, *GOOD],
    }
    id = await offer(market, shop, terms)
    await reoffer(
        market, shop, id, {**terms, "properties": [{"property": HOSTILE, "value": "8", "unit": HOSTILE}]}
    )
    browser = await signed_in(market)
    for path in ("", "/thread", "/decline"):
        text = await page(browser, f"/offers/{id}{path}")
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "onload='x'" not in text
    assert "hidden characters removed" in await page(browser, f"/offers/{id}")


async def test_it_is_said_in_german(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    german = {"Accept-Language": "de"}
    assert "Du würdest einmalig" in plain(await page(browser, f"/offers/{id}", **german))
    assert "Du bist am Zug." in await page(browser, f"/offers/{id}/thread", **german)
    assert "Das Angebot von" in await page(browser, f"/offers/{id}/decline", **german)


async def test_an_offer_of_the_owners_own_has_no_page_here(market: House, shop: Peer) -> None:
    assert (
        await shop.post(market, shop.activity("Create", shop.proposal(market.iri), market.iri))
    ).status == 202
    listed = (await market.owner("GET", "/intentions?own=false")).json["items"]
    terms = {"intention": listed[0]["id"], "terms": {"price": [once("5.00")]}}
    made = await market.owner("POST", "/offers", terms)
    assert made.status == 201, made.body
    browser = await signed_in(market)
    for path in ("", "/thread", "/decline"):
        assert (await browser.get(f"/offers/{made.json['id']}{path}")).status == 404
    assert (await browser.get("/offers/of_nothing")).status == 404
