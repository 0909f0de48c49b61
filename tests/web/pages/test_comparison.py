"""Offers side by side, as a page."""

import re
from html import unescape
from typing import Any

import pytest

from tests.web.browsing import Browser
from tests.web.house import House, Peer, at_rest
from tests.web.pages.market import FAIR, GOOD, LATE, QUIET, has, monthly, offered, once

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>alert(1)</script>\u202e\" onload='x' {{ 7*7 }}"
FIVE: list[dict[str, Any]] = [
    {"name": "Golf", "price": [once("12490.00"), monthly("19.90", count=24)], "properties": FAIR},
    {"name": "Astra", "price": [once("13300.00"), once("284.00", "registration")], "properties": QUIET},
    {"name": "Octavia", "price": [once("14020.00")], "properties": GOOD},
    {"name": "Corolla", "price": [once("16450.00")], "properties": GOOD},
    {"name": "Focus", "price": [once("11280.00")], "properties": LATE},
]


async def signed_in(market: House) -> Browser:
    browser = Browser(market)
    await browser.sign_in()
    return browser


async def page(browser: Browser, path: str, **headers: str) -> str:
    answer = await browser.get(path, **headers)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text)))


async def test_five_offers_are_told_apart(market: House, shop: Peer) -> None:
    wish, ids = await offered(market, shop, *FIVE)
    text = await page(await signed_in(market), f"/wishes/{wish}/compare")
    said = plain(text)
    assert "<h1>Five offers for “<bdi>Used estate car</bdi>”</h1>" in text
    assert "Sorted by total, those that fit first. Nobody can pay for a place here." in said
    order = re.findall(r'<a class="offer" href="/offers/([^"]+)"', text)
    assert order == [ids[0], ids[1], ids[2], ids[3], ids[4]]
    for words in (
        "Fits, but: no tow bar",
        "Fits; not said: tow bar",
        "Fits in every point",
        "€1,450.00 over your limit",
        "Comes 5 days too late",
        "lowest that fits",
        "+€616.40",
        "\u2212€1,687.60",
        "€2,032.40 under",
        "Look closer at Shop",
        "The same for all five",
        "your limit, stays home",
        "“care” €19.90 a month for 24 months",
    ):
        assert words in said, words
    assert text.count('class="dot miss"') == 4  # in the list, twice in the picker, in the table
    assert text.count('<span class="best">') == 5  # mileage of one; guarantee and delivery of two each


async def test_how_soon_each_is_there_is_compared_though_nobody_asked(market: House, shop: Peer) -> None:
    weeks = [{"property": "Delivery lead time", "value": "2", "unit": "weeks"}]
    cars: list[dict[str, Any]] = [
        {"name": "Golf", "price": [once("12490.00")], "properties": has(days="20")},
        {"name": "Astra", "price": [once("13300.00")], "properties": weeks},
        {"name": "Octavia", "price": [once("14020.00")], "properties": has(mileage="61400")},
    ]
    wish, ids = await offered(market, shop, *cars, specifications=[])
    browser = await signed_in(market)
    path = f"/wishes/{wish}/compare"
    rows = re.findall(r'<th role="rowheader" scope="row">(.*?)</tr>', await page(browser, path), re.DOTALL)
    (delivery,) = [row for row in rows if plain(row).strip().startswith("Delivery time")]
    assert re.findall(r'<span class="best">([^<]*)</span>', delivery) == ["2\N{NO-BREAK SPACE}weeks"]
    assert "20 days" in plain(delivery)
    german = plain(await page(browser, path, **{"Accept-Language": "de"}))
    assert "Lieferzeit" in german
    alone = await page(browser, f"{path}?show={ids[0]}&show={ids[2]}")
    assert '<span class="best">' not in alone  # one is not sooner than nothing


async def test_a_point_of_the_wish_has_one_row(market: House, shop: Peer) -> None:
    wish, _ = await offered(market, shop, *FIVE)
    rows = re.findall(
        r'<th role="rowheader" scope="row">([^<]*)',
        await page(await signed_in(market), f"/wishes/{wish}/compare"),
    )
    assert len([row for row in rows if row.startswith("Delivery time")]) == 1


async def test_the_pair_that_is_looked_at_is_picked(market: House, shop: Peer) -> None:
    wish, ids = await offered(market, shop, *FIVE)
    browser = await signed_in(market)
    text = await page(browser, f"/wishes/{wish}/compare?left={ids[3]}&right={ids[2]}")
    checked = re.findall(r'id="([lr]\d)"[^>]*checked', text)
    assert checked == ["l4", "r3"]
    even = text[text.index('<details class="even-told">') :]
    assert "The same for both" in even
    assert "61,400" in even
    for wrong in ("left=x&right=y", f"left={ids[0]}&right={ids[0]}", "left=%00&right=" + "9" * 5_000):
        text = await page(browser, f"/wishes/{wish}/compare?{wrong}")
        assert re.findall(r'id="([lr]\d)"[^>]*checked', text) == ["l1", "r2"]


async def test_what_matters_orders_and_goes_nowhere(market: House, shop: Peer) -> None:
    wish, ids = await offered(market, shop, *FIVE)
    browser = await signed_in(market)
    before = len(shop.inbox)
    path = f"/wishes/{wish}/compare?cost=0&fit=3&soon=0&sort=weights"
    text = await page(browser, path)
    assert re.findall(r'<a class="offer" href="/offers/([^"]+)"', text)[:2] == [ids[2], ids[3]]
    assert "Sorted by what matters to you" in text
    assert 'name="fit" min="0" max="3" value="3"' in text
    assert '<input type="hidden" name="sort" value="weights">' in text
    twin = await browser.get(path, Accept="application/json")
    assert twin.json["weights"] == {"cost": 0, "fit": 3, "soon": 0}
    odd = await page(browser, f"/wishes/{wish}/compare?cost=9&fit=x&soon=-1&sort=weights")
    assert 'name="cost" min="0" max="3" value="0"' in odd
    assert len(shop.inbox) == before


async def test_names_can_be_hidden(market: House, shop: Peer) -> None:
    shop.changes = {"name": "Nordwagen"}
    wish, _ = await offered(market, shop, *FIVE)
    browser = await signed_in(market)
    assert "Nordwagen" in await page(browser, f"/wishes/{wish}/compare")
    text = await page(browser, f"/wishes/{wish}/compare?blind=on")
    assert "Nordwagen" not in text
    assert "Octavia" not in text
    assert "Offer 3" in text
    assert f'href="/wishes/{wish}/compare?blind=on" hidden data-arrive' in text  # news keeps them hidden
    assert "Known to you" not in text


async def test_of_many_six_stand_side_by_side(market: House, shop: Peer) -> None:
    more = [{"name": f"Car {n}", "price": [once(f"{9000 + n}.00")], "properties": GOOD} for n in range(8)]
    wish, ids = await offered(market, shop, *more)
    browser = await signed_in(market)
    text = await page(browser, f"/wishes/{wish}/compare")
    assert text.count('role="columnheader"') == 6
    assert text.count('class="offer"') == 8
    assert "Choose which 6 to put side by side" in text
    chosen = await page(browser, f"/wishes/{wish}/compare?show={ids[7]}&show={ids[1]}")
    assert chosen.count('role="columnheader"') == 2
    assert re.findall(r'href="/offers/([^"]+)">Look closer', chosen) == [ids[1], ids[7]]


@pytest.mark.slow
async def test_of_very_many_a_page_shows_some_and_finds_the_others(market: House, shop: Peer) -> None:
    many = [{"name": f"Car {n}", "price": [once(f"{9000 + n}.00")], "properties": GOOD} for n in range(28)]
    wish, ids = await offered(market, shop, *many)
    browser = await signed_in(market)
    path = f"/wishes/{wish}/compare"
    text = await page(browser, path)
    listed = re.findall(r'<a class="offer" href="/offers/([^"]+)"', text)
    assert listed == ids[:25]
    assert '<a class="btn small" href="?behind=25">Offers 26 to 28</a>' in text
    assert "<h1>28 offers for" in text
    rest = await page(browser, f"{path}?behind=25&sort=weights&cost=3&blind=on")
    assert re.findall(r'<a class="offer" href="/offers/([^"]+)"', rest) == ids[25:]
    assert (
        'href="?behind=0&amp;sort=weights&amp;cost=3&amp;fit=0&amp;soon=0&amp;blind=on">Offers 1 to 25'
        in rest
    )
    assert '<span class="dot">26</span>' in rest
    chosen = await page(browser, f"{path}?show={ids[27]}&show={ids[1]}")
    assert re.findall(r'href="/offers/([^"]+)">Look closer', chosen) == [ids[1], ids[27]]
    assert re.findall(r'<a class="offer" href="/offers/([^"]+)"', chosen) == ids[:25]
    for odd in ("behind=x", "behind=-1", "behind=7", "behind=99999", "behind=%D9%A3", "behind="):
        assert (
            re.findall(r'<a class="offer" href="/offers/([^"]+)"', await page(browser, f"{path}?{odd}"))
            == listed
        )
    beyond = await browser.get(f"{path}?behind=50")
    assert (beyond.status, beyond.headers["Location"]) == (303, path)
    seen = await page(browser, f"/wishes/{wish}")
    assert "28 offers so far" in seen
    assert [*re.findall(r'<a class="offer" href="/offers/([^"]+)"', seen)] == ids[:3]
    answer = (await market.owner("GET", f"/intentions/{wish}/compare?skip=26")).json
    assert ([offer["rank"] for offer in answer["offers"]], answer["count"]) == ([27, 28], 28)


async def test_fewer_than_two_are_not_compared(market: House, shop: Peer) -> None:
    wish, ids = await offered(market, shop, FIVE[0])
    browser = await signed_in(market)
    answer = await browser.get(f"/wishes/{wish}/compare")
    assert (answer.status, answer.headers["Location"]) == (303, f"/wishes/{wish}")
    twin = await browser.get(f"/wishes/{wish}/compare", Accept="application/json")
    assert [offer["id"] for offer in twin.json["offers"]] == ids


async def test_the_twin_is_the_apis_answer(market: House, shop: Peer) -> None:
    wish, _ = await offered(market, shop, *FIVE)
    await at_rest(market)
    twin = await (await signed_in(market)).get(f"/wishes/{wish}/compare", Accept="application/json")
    assert twin.json == (await market.owner("GET", f"/intentions/{wish}/compare")).json


async def test_what_runs_on_is_said_by_the_month(market: House, shop: Peer) -> None:
    start = {"starts_at": "2099-01-01T00:00:00Z", "notice": "P3M", "properties": FAIR}
    lease = {"name": "Lease", "price": [monthly("289.00")], **start}
    dearer = {"name": "Lease", "price": [monthly("299.00")], **start}
    wish, _ = await offered(market, shop, dearer, lease)
    said = plain(await page(await signed_in(market), f"/wishes/{wish}/compare"))
    assert "Sorted by what a month costs" in said
    assert "runs until it is ended" in said
    assert "What the offers cost: 1, “Shop”, €289.00; 2, “Shop”, €299.00." in said
    _, ids = await offered(market, shop, {**lease, "price": [once("5.00"), monthly("1.00")]})
    assert ids


async def test_what_an_offer_is_placed_by_stands_with_it(market: House, shop: Peer) -> None:
    lease = {"name": "Lease", "price": [monthly("289.00")], "notice": "P3M", "properties": FAIR}
    bought = {"name": "Bought", "price": [once("900.00"), monthly("10.00", count=24)], "properties": FAIR}
    wish, _ = await offered(market, shop, lease, bought)
    text = await page(await signed_in(market), f"/wishes/{wish}/compare")
    said = plain(text)
    assert "Sorted by what 24 months cost" in said
    assert "€289 .00 a month €6,936.00 over 24 months" in said
    assert text.count("over 24 months</small>") == 1  # of what is bought it is the total that stands there


async def test_what_is_paid_once_beside_a_month_is_in_the_price_that_stands_first(
    market: House, shop: Peer
) -> None:
    care = {"name": "With care", "price": [once("2890.00"), monthly("12.90")], "notice": "P1M"}
    cheaper = {"name": "Reduced", "price": [{**once("10.00"), "kind": "discount"}, monthly("12.90")]}
    wish, _ = await offered(market, shop, care, {**cheaper, "notice": "P1M"})
    said = plain(await page(await signed_in(market), f"/wishes/{wish}/compare"))
    assert said.count("€2,902 .90 at least") == 2  # in the list, and above its column
    assert said.count("€12 .90 a month") == 2  # of the one that takes off at once


async def test_it_is_said_in_german(market: House, shop: Peer) -> None:
    wish, _ = await offered(market, shop, *FIVE)
    text = await page(await signed_in(market), f"/wishes/{wish}/compare", **{"Accept-Language": "de"})
    said = plain(text)
    for words in (
        "Fünf Angebote für „ Used",
        "Kommt 5 Tage zu spät",
        "12.967 ,60 €",
        "Dein Limit",
        "Bei allen fünf gleich",
    ):
        assert words in said, words


async def test_hostile_words_are_text(market: House, shop: Peer) -> None:
    shop.changes = {"name": HOSTILE}
    written = HOSTILE.replace("\u202e", "")  # our own API takes nothing that is not seen
    wishing = [
        {"property": f"{written}1", "at_most": "5", "unit": written, "necessity": "must"},
        {"property": written, "value": written, "necessity": "should"},
    ]
    terms = {
        "name": HOSTILE,
        "price": [once("5.00", HOSTILE)],
        "content": HOSTILE,
        "properties": [{"property": HOSTILE, "value": HOSTILE + "2", "unit": HOSTILE}],
    }
    wish, _ = await offered(
        market,
        shop,
        terms,
        {**terms, "price": [once("6.00", "x" * 120)]},
        name=written,
        specifications=wishing,
    )
    browser = await signed_in(market)
    for query in ("", "?blind=on", "?left=%3Cscript%3E&show=%3Cscript%3E"):
        text = await page(browser, f"/wishes/{wish}/compare{query}")
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "onload='x'" not in text


async def test_nobody_sees_it_without_a_session(market: House, shop: Peer) -> None:
    wish, _ = await offered(market, shop, *FIVE[:2])
    answer = await Browser(market).get(f"/wishes/{wish}/compare")
    assert (answer.status, answer.headers["Location"].startswith("/sign-in")) == (303, True)
    browser = await signed_in(market)
    assert (await browser.get("/wishes/in_nothing/compare")).status == 404


async def test_a_wish_of_somebody_else_is_not_compared(market: House, shop: Peer) -> None:
    assert (
        await shop.post(market, shop.activity("Create", shop.proposal(market.iri), market.iri))
    ).status == 202
    (other,) = (await market.owner("GET", "/intentions?own=false")).json["items"]
    assert (await (await signed_in(market)).get(f"/wishes/{other['id']}/compare")).status == 403
