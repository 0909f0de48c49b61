"""Accepting an offer on a page: what it says once more, the step-up, the time to undo it, two tabs."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from protocol.canonical import digest
from tests.web.house import House, Peer, until
from tests.web.pages.market import GOOD, monthly, offered, once, reoffer
from tests.web.pages.signed import sealed, shown_bytes, signed_bytes
from tests.web.pages.test_comparison import HOSTILE, page, plain, signed_in
from tests.web.pages.test_offers import CAR, field, offer

pytestmark = pytest.mark.asyncio(loop_scope="module")


def form(sheet: str) -> dict[str, str]:
    return {"digest": field(sheet, "digest"), **sealed(sheet)}


async def state_of(market: House, id: str) -> str:
    return str((await market.owner("GET", f"/offers/{id}")).json["state"])


async def deliveries(market: House, state: str) -> list[str]:
    listed = await market.owner("GET", f"/deliveries?state={state}&limit=100")
    return [item["kind"] for item in listed.json["items"]]


async def test_the_sheet_says_it_once_more_and_binds_at_its_end(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    text = await page(await signed_in(market), f"/offers/{id}/accept")
    said = plain(text)
    for words in (
        "You would pay €14,020 .00 once",
        "Your profile, your limit, your notes, and what others offer.",
        "Then you have 20 seconds to undo it, before anything leaves.",
        "The other offers to this wish are declined then.",
    ):
        assert words in said, words
    asked = await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 600})
    signs = re.search(r'They sign until</dt><dd><time datetime="([^"]+)"', text)
    assert signs  # three days, and not the five that the offer stands
    holds = datetime.fromisoformat(asked.json["holds_until"])
    await market.owner("POST", f"/offers/{id}/undo")
    assert abs(datetime.fromisoformat(signs[1]) - holds) < timedelta(minutes=2)
    button = text.index("Accept and pay €14,020.00")
    assert button > text.index("Stays home")
    assert button > text.index("The exact bytes to be signed")


async def test_the_sheet_says_all_that_is_promised(market: House, shop: Peer) -> None:
    """Also what the wish asked for and what has a name of theirs: it is signed with the price."""
    more = [{"property": "winterTyres", "value": "4", "unit": ""}, *GOOD]
    terms = {
        "name": "Octavia",
        "price": [once("14020.00")],
        "properties": more,
        "content": "With a full tank.",
    }
    id = await offer(market, shop, terms)
    said = plain(await page(await signed_in(market), f"/offers/{id}/accept"))
    signed = said.index("What exactly is signed")
    for words in ("61,400 km", "24 months", "Also promised", "Winter tyres 4", "With a full tank."):
        assert -1 < said.find(words) < signed, words


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"notice": "P1M"}, "Price €14.90 a month until it is ended"),
        ({"starts_at": "2099-01-01T00:00:00Z", "ends_at": "2099-07-01T00:00:00Z"}, "Price €14.90 a month"),
    ],
    ids=["without a total", "with one"],
)
async def test_the_sheet_says_what_is_paid_each_time(
    market: House, shop: Peer, terms: dict[str, Any], said: str
) -> None:
    """A line that its maker gave no name is a price all the same, and never only what it comes to."""
    id = await offer(market, shop, {"name": "Mobile", "price": [monthly("14.90", label="")], **terms})
    browser = await signed_in(market)
    for path in (f"/offers/{id}", f"/offers/{id}/accept"):
        assert said in plain(await page(browser, path)), path


async def test_the_sheet_cuts_nothing_that_is_signed(market: House, shop: Peer) -> None:
    """The end of a name, a label, a value or a unit may say the worst of it."""
    begins = "As good as new, of one owner, looked after by us since the day it was made, "
    terms = {
        "name": begins + "without an engine",
        "price": [once("9000.00", begins + "a first part"), once("1.00", "papers")],
        "properties": [
            {"property": begins + "nearly", "value": "5", "unit": begins + "hours"},
            {"property": "warranty", "value": begins + "on the tyres", "unit": ""},
        ],
    }
    id = await offer(market, shop, terms)
    browser = await signed_in(market)
    ends = ("without an engine", "a first part", "nearly", "hours", "on the tyres")
    for path in (f"/offers/{id}", f"/offers/{id}/accept"):
        said, _, _bytes = plain(await page(browser, path)).partition("What exactly is signed")
        assert [end for end in ends if end not in said] == [], path


async def test_the_sheet_says_whose_server_it_is(market: House, shop: Peer) -> None:
    """Anybody may take the name of somebody else."""
    said = plain(await page(await signed_in(market), f"/offers/{await offer(market, shop)}/accept"))
    place = shop.origin.partition("://")[2]
    assert f"From Shop {place}" in said


async def test_it_waits_and_is_undone_without_a_word(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    fields = form(await page(browser, f"/offers/{id}/accept"))
    for _ in range(2):  # pressed twice, it is done once
        sent = await browser.post(f"/offers/{id}/accept", **fields)
        assert (sent.status, sent.headers["Location"]) == (303, f"/offers/{id}/accepted")
    waiting = await page(browser, f"/offers/{id}/accepted")
    assert "Undo, send nothing" in waiting
    assert re.search(r'data-left="(1[0-9]|20)" data-next="/agreements/agr_', waiting)
    agreement = re.search(r'href="(/agreements/agr_[^"]+)"', waiting)
    assert agreement
    before = await page(browser, agreement[1])
    assert "You have signed. They have not yet." in before
    assert f'href="/offers/{id}/accepted"' in before
    assert f'data-about="{id}"' in before
    undone = await browser.post(f"/offers/{id}/undo", form_key=field(waiting, "form_key"))
    assert (undone.status, undone.headers["Location"]) == (303, f"/offers/{id}?undone=yes")
    assert "Undone. Nothing was sent." in await page(browser, f"/offers/{id}?undone=yes")
    assert await state_of(market, id) == "offered"
    assert "accept" not in await deliveries(market, "queued")
    assert "accept" not in await deliveries(market, "delivered")
    assert "It was never agreed." in await page(browser, agreement[1])
    latest = plain(await page(browser, "/journal"))
    assert "A move was undone before it left" in latest
    assert "The other side refused a move" not in latest
    again = await browser.post(f"/offers/{id}/undo", form_key="another")
    assert again.status == 409
    assert "Nothing was undone." in again.body.decode()


async def test_while_it_can_be_undone_today_leads_there(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    link = f'<a href="/offers/{id}/accepted">'
    assert link not in await page(browser, "/")
    await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 600})
    text = await page(browser, "/")
    assert link in text
    assert "and can be undone until then" in plain(text)
    await market.owner("POST", f"/offers/{id}/undo")
    assert link not in await page(browser, "/")


async def test_while_an_acceptance_waits_the_other_offers_say_that_one_was_chosen(
    market: House, shop: Peer
) -> None:
    wish, (taken, other, third) = await offered(market, shop, CAR, CAR, CAR)
    browser = await signed_in(market)
    told = "You have chosen the offer of Shop"
    looked_at = {
        "/": told,
        "/wishes": told,
        f"/wishes/{wish}": "and can be undone until then. Until that is agreed the others stand as before.",
        f"/wishes/{wish}/compare": "Until that is agreed the others stand as before.",
        f"/offers/{other}": "Undo that first to accept this one.",
        f"/offers/{other}/thread": "Undo that first to accept this one.",
    }
    for path in looked_at:
        assert told not in plain(await page(browser, path)), path
    await market.owner("POST", f"/offers/{taken}/accept", {"undo_seconds": 600})
    for path, words in looked_at.items():
        said = plain(await page(browser, path))
        assert told in said, path
        assert words in said, path
    for path in (f"/offers/{other}", f"/offers/{other}/thread"):
        shown = await page(browser, path)
        assert f'href="/offers/{taken}/accepted"' in shown
        assert f'href="/offers/{other}/accept"' not in shown  # it could not be
        assert f'href="/offers/{other}/decline"' in shown
    led = await browser.get(f"/offers/{other}/accept")
    assert (led.status, led.headers["Location"]) == (303, f"/offers/{other}")
    assert told not in plain(await page(browser, f"/offers/{taken}"))
    for id in (other, third):
        await market.owner("POST", f"/offers/{id}/reject", {})
    alone = plain(await page(browser, f"/wishes/{wish}"))
    assert told in alone
    assert "No offer stands at the moment" not in alone  # one was chosen: nobody waits for others
    assert "the others stand" not in alone
    await market.owner("POST", f"/offers/{taken}/undo")
    assert told not in plain(await page(browser, f"/wishes/{wish}"))


async def test_an_acceptance_that_has_left_says_who_has_yet_to_sign(market: House, shop: Peer) -> None:
    wish, (taken, other) = await offered(market, shop, CAR, CAR)
    await market.owner("POST", f"/offers/{taken}/accept", {"undo_seconds": 0})
    browser = await signed_in(market)

    async def left() -> bool:
        return "They have yet to sign." in plain(await page(browser, f"/wishes/{wish}"))

    await until(left)
    said = plain(await page(browser, f"/offers/{other}"))
    assert "This one can be accepted only if they do not." in said


async def test_without_a_time_to_undo_it_leaves_at_once(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    told = await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 0})
    assert told.json["state"] == "accepted"
    browser = await signed_in(market)
    sent = await browser.get(f"/offers/{id}/accepted")
    assert sent.headers["Location"] == f"/agreements/{told.json['agreement']}"


async def test_a_long_time_to_undo_it_says_on_which_day_it_ends(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 86_400})
    waiting = await page(await signed_in(market), f"/offers/{id}/accepted")
    await market.owner("POST", f"/offers/{id}/undo")
    assert re.search(r"Signed. It leaves on <time datetime=[^>]+>\w+ \d+ \w+, \d+:\d+", waiting)
    assert "data-left" not in waiting  # five figures would stand over the ring


async def test_what_waits_for_long_is_sent_with_one_press(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    told = await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 86_400})
    browser = await signed_in(market)
    waiting = await page(browser, f"/offers/{id}/accepted")
    assert "Send it now" in waiting
    for _ in range(2):  # pressed twice, it has left
        sent = await browser.post(f"/offers/{id}/send", form_key=field(waiting, "form_key"))
        assert (sent.status, sent.headers["Location"]) == (303, f"/agreements/{told.json['agreement']}")
    late = await browser.post(f"/offers/{id}/send", form_key="another")
    assert late.status == 303
    assert (await browser.get(f"/offers/{id}/accepted")).status == 303  # nothing waits any more


async def test_the_time_to_undo_is_chosen_by_whoever_shows_that_it_is_them(market: House, shop: Peer) -> None:
    browser = await signed_in(market)
    twin = (await browser.get("/security/undo", Accept="application/json")).json
    assert twin == {"undo_seconds": 20, "choices": [5, 20, 60, 600, 3600, 86400]}
    assert "What you accept leaves after 20 seconds" in await page(browser, "/security")
    asked = await page(browser, "/security/undo")
    assert re.findall(r'value="(\d+)"( checked)?>', asked)[1] == ("20", " checked")
    for wrong in ("", "0", "7", "-5", "5.0", "nan", "9" * 5000):
        refused = await browser.post("/security/undo", seconds=wrong, form_key=f"wrong-{wrong[:9]}")
        assert refused.status == 422, wrong
    assert (await browser.post("/security/undo", seconds="3600")).headers["Location"] == "/security"
    assert "What you accept leaves after 1 hour" in await page(browser, "/security")
    id = await offer(market, shop)
    sheet = await page(browser, f"/offers/{id}/accept")
    assert "Then you have 1 hour to undo it" in plain(sheet)
    await browser.post(f"/offers/{id}/accept", **form(sheet))
    assert "It leaves on" in await page(browser, f"/offers/{id}/accepted")
    await market.owner("POST", f"/offers/{id}/undo")
    await browser.post("/security/undo", seconds="20", form_key="as before")


async def test_another_tab_is_told_when_it_was_accepted(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    first, second = [form(await page(browser, f"/offers/{id}/accept")) for _ in range(2)]
    assert (await browser.post(f"/offers/{id}/accept", **first)).status == 303
    late = await browser.post(f"/offers/{id}/accept", **second)
    assert late.status == 409
    assert re.search(r"Already accepted at \d\d:\d\d:\d\d.*\. Nothing sent\.", plain(late.body.decode()))
    assert f'href="/offers/{id}/accepted"' in late.body.decode()
    moves = (await market.owner("GET", f"/offers/{id}/history")).json["moves"]
    assert [move["event"] for move in moves].count("accept") == 1


async def test_tabs_that_accept_at_the_same_moment_accept_once(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    forms = [form(await page(browser, f"/offers/{id}/accept")) for _ in range(4)]
    answers = await asyncio.gather(*(browser.post(f"/offers/{id}/accept", **fields) for fields in forms))
    first, *others = sorted(answers, key=lambda one: one.status != 303)
    assert (first.status, first.headers["Location"]) == (303, f"/offers/{id}/accepted")
    assert all(one.status != 303 and "Already accepted at" in one.body.decode() for one in others)
    moves = (await market.owner("GET", f"/offers/{id}/history")).json["moves"]
    assert [move["event"] for move in moves].count("accept") == 1


# --- the bytes ----------------------------------------------------------------------------------------------


async def test_what_is_signed_is_what_was_shown_byte_for_byte(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/accept")
    shown = shown_bytes(sheet)
    assert f"These {len(shown):,} bytes, and no others." in plain(sheet)
    assert digest(shown) in sheet
    assert (await browser.post(f"/offers/{id}/accept", **form(sheet))).status == 303
    assert await signed_bytes(market, id) == shown


@pytest.mark.parametrize(
    "forged",
    [
        {"copy": "zQmNobodyHasSeenThis"},
        {"copy": ""},
        {"paper": ""},
        {"paper": "2020-01-01T00:00:00Z~seed"},
        {"paper": "2999-01-01T00:00:00Z~seed"},
        {"paper": "soon~seed"},
        {"paper": f"2020-01-01T00:00:00Z~{'x' * 61}"},
    ],
)
async def test_other_bytes_are_not_signed(market: House, shop: Peer, forged: dict[str, str]) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    fields = form(await page(browser, f"/offers/{id}/accept"))
    refused = await browser.post(f"/offers/{id}/accept", **{**fields, **forged})
    assert refused.status == 409
    assert "Look again." in refused.body.decode()
    assert await state_of(market, id) == "offered"


async def test_paper_is_written_on_once(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    fields = form(await page(browser, f"/offers/{id}/accept"))
    await browser.post(f"/offers/{id}/accept", **fields)
    await market.owner("POST", f"/offers/{id}/undo")
    again = await browser.post(f"/offers/{id}/accept", **{**fields, "form_key": "another"})
    assert again.status == 409
    assert await state_of(market, id) == "offered"


async def test_an_offer_that_changed_is_looked_at_again(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    fields = form(await page(browser, f"/offers/{id}/accept"))
    await reoffer(market, shop, id, {"name": "Octavia", "price": [once("13950.00")], "properties": GOOD})
    changed = await browser.post(f"/offers/{id}/accept", **fields)
    assert changed.status == 409
    assert "The offer has changed. Look again." in changed.body.decode()
    assert await state_of(market, id) == "offered"


async def test_hostile_terms_are_text_on_the_sheet(market: House, shop: Peer) -> None:
    shop.changes = {"name": HOSTILE}
    terms = {
        "name": HOSTILE,
        "price": [once("5.00", HOSTILE), once("6.00", "")],
        "content": HOSTILE,
        "properties": [{"property": HOSTILE, "value": HOSTILE, "unit": HOSTILE}, *GOOD],
    }
    id = await offer(market, shop, terms)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/accept")
    await browser.post(f"/offers/{id}/accept", **form(sheet))
    shown = (await market.owner("GET", f"/offers/{id}")).json
    for text in (
        sheet,
        await page(browser, f"/offers/{id}/accepted"),
        await page(browser, f"/agreements/{shown['agreement']}"),
        await page(browser, "/agreements"),
    ):
        assert "<script>alert" not in text
        assert "\u202e" not in text


async def test_programs_undo_too(market: House, shop: Peer) -> None:
    id = await offer(market, shop, CAR)
    await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 600})
    undone = await market.owner("POST", f"/offers/{id}/undo")
    assert (undone.status, undone.json["state"]) == (200, "offered")
    refused = await market.owner("POST", f"/offers/{id}/undo")
    assert (refused.status, refused.json["code"]) == (409, "left-already")
