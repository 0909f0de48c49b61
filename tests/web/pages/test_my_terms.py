"""My terms: read in plain words, changed one by one, never lost between two tabs, never wider unawares."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from node.core.linter import FLAGS
from protocol.rosters import entries
from tests.protocol.data_terms import EMAIL
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import duty, permission, policy
from tests.web.browsing import Browser
from tests.web.house import Answer, House, Peer, open_house
from tests.web.pages.market import FAIR, offered, once
from tests.web.pages.test_comparison import page, plain, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAR: dict[str, Any] = {"name": "Octavia", "price": [once("13900.00")], "properties": FAIR}
TRACK = permission([f"{DPV}Tracking"], [EMAIL], ["PaymentManagement"])
TRACKING = {
    "policy": policy(TRACK, duties=[duty("delete", "P30D"), duty("inform", "P365D")]),
    "roster": "SD-BASE-AT",
}


async def known(browser: Browser, path: str = "/terms") -> str:
    """Open a page and return what its forms are made from."""
    found = re.search(r'name="known" value="(\w+)"', await page(browser, path))
    assert found is not None
    return found[1]


async def choose(browser: Browser, path: str = "/terms", **fields: Any) -> Answer:
    """Send a form of a page that was just opened."""
    return await browser.send_form("/terms", {"known": await known(browser, path), **fields})


async def kept(house: House) -> dict[str, Any]:
    shown: dict[str, Any] = (await house.owner("GET", "/terms")).json
    return shown


async def begin(house: House) -> Browser:
    """Take back whatever was set, and sign in."""
    for member in ("maximum", "categories", "businesses", "flags", "beyond", "require", "cap"):
        assert (await house.owner("PATCH", "/terms", {member: None})).status == 200
    return await signed_in(house)


async def test_every_agreement_and_every_oddity_can_be_read(market: House) -> None:
    browser = await begin(market)
    listed = await page(browser, "/terms/roster")
    for entry in entries():
        assert f'href="/terms/roster/{entry.name}"' in listed
        said = plain(await page(browser, f"/terms/roster/{entry.name}"))
        for words in ("What the business may do", "How long", "What the business owes you", "Delete within"):
            assert words in said, (entry.name, words)
    assert "To whom others, for their own purposes" in plain(
        await page(browser, "/terms/roster/SD-BASE-ATP-S3P")
    )
    assert "at most 7 days after the end" in plain(await page(browser, "/terms/roster/PDC-INTENT"))
    assert "Hand over your data within 30 days" in plain(await page(browser, "/terms/roster/SD-BASE-DP"))
    assert (await browser.get("/terms/roster/SD-ALL")).status == 404
    listed = await page(browser, "/terms/flags")
    assert len(FLAGS) == 35
    for flag in FLAGS:
        assert f'href="/terms/flags/{flag.code}"' in listed
        assert flag.sentence in plain(await page(browser, f"/terms/flags/{flag.code}"))
    assert (await browser.get("/terms/flags/reading-minds")).status == 404


async def test_the_most_is_chosen_in_general_for_a_category_and_for_a_business(
    market: House, shop: Peer
) -> None:
    bikes = "https://categories.example/bikes"
    await offered(market, shop, CAR, category=bikes)
    browser = await begin(market)
    stricter = await choose(browser, "/terms/maximum", set="maximum", value="SD-BASE-DP")
    assert (stricter.status, stricter.headers["Location"]) == (303, "/terms?kept=yes")
    asked = await page(browser, "/terms/maximum?of=category")
    assert bikes in asked
    assert (await choose(browser, set="category", whom=bikes, value="SD-BASE-DP")).status == 303
    asked = await page(browser, "/terms/maximum?of=business")
    assert f'value="{shop.iri}"' in asked
    await choose(browser, set="business", whom=shop.iri, value="SD-BASE-A", sure="1")
    shown = await kept(market)
    assert shown["maximum"] == "SD-BASE-DP"
    assert (shown["categories"], shown["businesses"]) == ({bikes: "SD-BASE-DP"}, {shop.iri: "SD-BASE-A"})
    said = plain(await page(browser, "/terms"))
    for words in ("In general: SD-BASE-DP", "For wishes of the category https://categories", "For Shop"):
        assert words in said, words
    again = await page(browser, f"/terms/maximum?of=business&whom={shop.iri}")
    assert "As in general" in again
    assert (await choose(browser, set="business", whom=shop.iri, value="")).status == 303
    assert (await kept(market))["businesses"] == {}
    assert f"whom={quote(shop.iri)}" in await page(browser, f"/businesses/one?iri={shop.iri}")


@pytest.mark.parametrize(
    ("kind", "whom", "says"),
    [
        ("category", "bikes", "Write the address of a category"),
        ("business", "https://nobody.example/actor", "Choose a business that your node knows"),
    ],
)
async def test_a_most_for_nobody_is_not_kept(market: House, kind: str, whom: str, says: str) -> None:
    browser = await begin(market)
    answer = await choose(browser, set=kind, whom=whom, value="SD-BASE-DP")
    assert answer.status == 422
    assert says in answer.body.decode()
    assert whom in answer.body.decode()
    shown = await kept(market)
    assert (shown["categories"], shown["businesses"]) == ({}, {})


async def test_an_oddity_is_chosen_and_taken_back(market: House) -> None:
    browser = await begin(market)
    answer = await choose(browser, "/terms/flags/tracking", set="flag", flag="tracking", value="refuse")
    assert (answer.status, answer.headers["Location"]) == (303, "/terms/flags?kept=yes")
    assert (await kept(market))["flags"] == {"tracking": "refuse"}
    assert "your choice" in await page(browser, "/terms/flags")
    assert "As at first: You are warned" in plain(await page(browser, "/terms/flags/tracking"))
    back = {"set": "flag", "flag": "tracking", "value": ""}
    asked = await choose(browser, "/terms/flags/tracking", **back)
    assert "This lets in more than before" in asked.body.decode()
    assert (await choose(browser, "/terms/flags/tracking", **back, sure="1")).status == 303
    assert (await kept(market))["flags"] == {}
    wrong = await choose(browser, set="flag", flag="tracking", value="never")
    assert wrong.status == 422
    assert (await kept(market))["flags"] == {}


async def test_less_protection_is_kept_only_once_it_was_said_what_it_changes(
    market: House, shop: Peer
) -> None:
    browser = await begin(market)
    _, (id,) = await offered(market, shop, CAR | {"terms": TRACKING})
    before = await kept(market)
    asked = await choose(browser, set="maximum", value="SD-BASE-AT")
    assert asked.status == 200
    said = plain(asked.body.decode())
    assert "At most, in general SD-BASE SD-BASE-AT" in said
    assert "Now: waits for you. Then: a rule of yours may accept it." in said
    assert f'href="/offers/{id}"' in asked.body.decode()
    assert await kept(market) == before
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', asked.body.decode()))
    assert (await browser.send_form("/terms", carried)).status == 303
    assert (await kept(market))["maximum"] == "SD-BASE-AT"


async def test_two_tabs_lose_nothing(market: House) -> None:
    browser = await begin(market)
    looked = await known(browser)
    assert (await choose(browser, set="beyond", value="refuse")).status == 303
    late = await browser.send_form("/terms", {"set": "require", "value": "always", "known": looked})
    assert late.status == 409
    assert "Something was changed meanwhile. Look again." in late.body.decode()
    shown = await kept(market)
    assert (shown["beyond"], shown["require"]) == ("refuse", "for-data")
    assert (await choose(browser, set="require", value="always")).status == 303
    assert (await kept(market))["require"] == "always"
    for none in ({"set": "moods", "value": "x"}, {"value": "x"}):
        assert (await choose(browser, **none)).status == 422


async def test_a_page_says_what_a_refusal_tells(market: House) -> None:
    said = plain(await page(await begin(market), "/terms"))
    assert "whoever asks again and again for a little less finds out" in said
    assert "Who asked cannot tell" in said
    assert "8 are refused, of 21 you are warned, 6 are only noted" in said


async def test_every_oddity_leads_to_where_it_is_chosen(market: House, shop: Peer) -> None:
    browser = await begin(market)
    wish, (id, _) = await offered(market, shop, CAR | {"terms": TRACKING}, CAR)
    for address in (f"/offers/{id}", f"/offers/{id}/accept", f"/wishes/{wish}/compare"):
        assert '<a href="/terms/flags">Why do I see this?</a>' in await page(browser, address), address
    assert 'href="/terms"' in await page(browser, "/more")


async def test_a_business_says_what_it_accepts(tmp_path: Any) -> None:
    async with open_house(tmp_path / "n", kind="organization") as house:
        browser = await signed_in(house)
        assert "What you accept as a business" in await page(browser, "/terms")
        assert 'href="/terms"' in await page(browser, "/desk/more")
        chosen = ["SD-BASE", "PDC-INTENT"]
        assert (await choose(browser, set="accepts", value=chosen)).status == 303
        assert (await kept(house))["accepts"] == chosen
        assert (await house.get("/.well-known/myterms")).status == 200
        # and who signs for more of a wish, and two choices as a customer
        assert (await page(browser, "/terms")).count(" checked") == 2 + 1 + 2
        assert (await choose(browser, set="accepts")).status == 303
        assert (await kept(house))["accepts"] == []
        assert (await house.get("/.well-known/myterms")).status == 404


@pytest.mark.parametrize("who", ["auto", "never", "ask"])
async def test_a_business_says_who_signs_for_more_of_a_wish(tmp_path: Any, who: str) -> None:
    async with open_house(tmp_path / "n", kind="organization") as house:
        browser = await signed_in(house)
        assert "Who signs to be told more of a wish" in await page(browser, "/terms")
        assert (await choose(browser, set="undertake", value=who)).status == 303
        assert (await kept(house))["undertake"] == who
        assert f'value="{who}" checked' in await page(browser, "/terms")


async def test_a_person_accepts_nothing_in_public(market: House) -> None:
    browser = await begin(market)
    assert "Who signs to be told more of a wish" not in await page(browser, "/terms")
    assert "What you accept as a business" not in await page(browser, "/terms")
    assert (await choose(browser, set="accepts", value=["SD-BASE"])).status == 422
