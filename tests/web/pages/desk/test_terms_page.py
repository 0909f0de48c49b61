"""What offers say about data, on the desk: read as a customer reads it before it is set; counted after."""

import re
from typing import Any

import pytest

from tests.protocol.data_terms import asked
from tests.protocol.policy_drawing import permission, policy
from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import HOSTILE, Dealing, familiar, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/desk/terms"
_CHOSEN = re.compile(r'type="(?:radio|checkbox)" name="(\w+)" value="([^"]*)" checked')
_TYPED = re.compile(r'<input class="in[^>]* name="(\w+)" type="text" value="([^"]*)"')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
CHOICE: dict[str, Any] = {
    "level": "SD-BASE",
    "portable": "yes",
    "fields": ["name", "email"],
    "days": "60",
    "place": "de",
}
_TRAIN = "https://w3id.org/dpv/ai#ModelTraining"
TRAINING = policy(permission([_TRAIN], ["http://schema.org/name"], ["Marketing"]))


async def read(browser: Browser) -> str:
    answer = await browser.get(PATH)
    assert answer.status == 200, answer.body
    return answer.body.decode()


async def test_it_is_read_in_both_languages_before_it_is_set(fresh: Dealing) -> None:
    page = await read(fresh.desk)
    assert "<h1>Your offers say nothing about data.</h1>" in page
    assert ("level", "SD-BASE") in _CHOSEN.findall(page)
    assert ("fields", "postalCode") in _CHOSEN.findall(page)
    looked = await fresh.desk.send_form(PATH, CHOICE | {"do": "look"})
    shown = looked.body.decode()
    assert looked.status == 200
    for words in ("Nothing about it is odd", "(the customer)", "(Kundin oder Kunde)", fresh.dealer.iri):
        assert words in shown, words
    assert (await fresh.dealer.owner("GET", "/pricelist/terms")).json["terms"] is None
    part = shown.partition('id="see"')[2]
    carried = {name: value for name, value in _HIDDEN.findall(part) if name != "fields"}
    named = [value for name, value in _HIDDEN.findall(part) if name == "fields"]
    other = await fresh.desk.send_form(PATH, carried | {"fields": named, "days": "90", "do": "set"})
    assert other.status == 200  # it is not what was looked at
    assert (await fresh.dealer.owner("GET", "/pricelist/terms")).json["terms"] is None
    assert (await fresh.desk.send_form(PATH, carried | {"fields": named, "do": "set"})).status == 303
    terms = (await fresh.dealer.owner("GET", "/pricelist/terms")).json
    assert terms["within"][:2] == ["SD-BASE", "SD-BASE-DP"]
    assert terms["flags"] == []
    page = await read(fresh.desk)
    assert "<h1>Your offers say what you do with data.</h1>" in page
    assert dict(_TYPED.findall(page)) == {"days": "60", "place": "DE"}
    assert [value for name, value in _CHOSEN.findall(page) if name == "fields"] == ["name", "email"]
    assert "What stands was set from a file." not in page
    assert (await fresh.desk.send_form(PATH, {"do": "drop"})).status == 303
    assert (await fresh.dealer.owner("GET", "/pricelist/terms")).json["terms"] is None


async def test_what_is_typed_bounds_all_that_is_done_with_their_data(fresh: Dealing) -> None:
    await read(fresh.desk)
    wide = CHOICE | {"level": "SD-BASE-ATP"}
    page = (await fresh.desk.send_form(PATH, wide | {"do": "look"})).body.decode()
    english = page.partition("4. What the business may do with your data")[2].partition("5. What the")[0]
    assert "make a profile of you" in english
    assert english.count("at most 60 days after the end") == english.count("Data: ") > 1
    assert english.count("only in Germany (DE)") == english.count("Data: ")


async def test_what_comes_with_any_choice_is_said_beside_it(fresh: Dealing) -> None:
    await read(fresh.desk)
    page = (await fresh.desk.send_form(PATH, CHOICE | {"do": "look"})).body.decode()
    assert "they may change their mind and send back for 14 days, at your cost" in page
    for promised in ("you may withdraw within 14 days", "sending it back", "A fee for leaving: none."):
        assert promised in page, promised


async def test_what_cannot_be_used_is_said_at_each_field_at_once(fresh: Dealing) -> None:
    await read(fresh.desk)
    wrong = {"level": HOSTILE, "fields": [HOSTILE], "days": "-1", "place": HOSTILE, "do": "look"}
    answer = await fresh.desk.send_form(PATH, wrong)
    page = answer.body.decode()
    assert answer.status == 422
    assert all(f'<li><a href="#{name}">' in page for name in ("level", "fields", "days", "place"))
    assert holes(page) == []
    wrong_days = ("3661", "99999999999", "²", "")
    bads: list[dict[str, Any]] = [{"fields": []}, {"place": "XX"}, *({"days": days} for days in wrong_days)]
    for bad in bads:
        assert (await fresh.desk.send_form(PATH, CHOICE | bad | {"do": "look"})).status == 422, bad
    assert (await fresh.desk.send_form(PATH, CHOICE | {"do": "please"})).status == 422


async def test_what_was_turned_away_is_counted_with_what_for(deal: Dealing) -> None:
    set_ = await deal.dealer.owner("PUT", "/pricelist/terms", {"policy": TRAINING})
    assert set_.json["refused"] == ["training"], set_.body
    page = await read(deal.desk)
    assert "What stands was set from a file." in page
    assert "Trains machines with your data." in page
    assert "is not taken" in page
    await deal.ask(deal.ada, "Estate car")

    async def counted() -> bool:
        offers = (await deal.dealer.owner("GET", "/pricelist/terms")).json["offers"]
        return bool(offers["refused"])

    await until(counted)
    offers = (await deal.dealer.owner("GET", "/pricelist/terms")).json["offers"]
    assert offers == {"sent": 1, "refused": 1, "codes": {"terms-refused": 1, "training": 1}}
    assert 'Trains machines with your data.</span> <small class="dim">1 time</small>' in await read(deal.desk)
    assert (await deal.ada.owner("GET", "/offers")).json["items"] == []
    kept = await deal.dealer.owner("PUT", "/pricelist/terms", {"policy": asked(), "roster": "SD-BASE"})
    assert kept.json["offers"] == {"sent": 0, "refused": 0, "codes": {}}
    wish = await deal.ask(deal.jonas, "Estate car")
    made = await deal.wait_for(deal.jonas, wish["id"], "offered")
    assert made["terms"]["roster"]["id"].endswith("#SD-BASE")


async def test_it_says_sie_to_a_business(deal: Dealing) -> None:
    await deal.dealer.owner("PUT", "/pricelist/terms", {"policy": TRAINING})
    answer = await deal.desk.get(PATH, **{"Accept-Language": "de"})
    page = answer.body.decode()
    assert '<html lang="de"' in page
    assert familiar(page) == []
