"""The rule on the desk: what it would do is seen before it is set, and to have none is one press."""

import re
from pathlib import Path

import pytest

from tests.web.pages.desk.dealing import HOSTILE, RULE, Dealing, dealing, familiar, holes
from tests.web.pages.desk.test_pipeline_page import ESTATE

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
_TYPED = re.compile(r'<input class="in[^>]* name="([a-z_]+)" type="text" value="([^"]*)"')
_CHOSEN = re.compile(r'type="radio" name="([a-z_]+)" value="([^"]*)" checked')
PATH = "/desk/rule"


def fields(page: str) -> dict[str, str]:
    """Return the form of the rule as it stands on a page."""
    form = page.partition('action="/desk/rule#see"')[2].partition("</form>")[0]
    return {name: value for pattern in (_HIDDEN, _TYPED, _CHOSEN) for name, value in pattern.findall(form)}


async def test_without_a_rule_the_form_begins_with_one_that_leaves_it_to_a_person(fresh: Dealing) -> None:
    page = (await fresh.desk.get(PATH)).body.decode()
    assert "<h1>Nothing is answered without you.</h1>" in page
    assert "Answer nothing without me" not in page
    typed = fields(page)
    assert (typed["answers_counters"], typed["countersign"], typed["currency"]) == ("never", "ask", "EUR")
    shown = (await fresh.desk.send_form(PATH, typed | {"do": "look"})).body.decode()
    assert "Ask me before you sign what they accept." in shown
    assert "No wish waits: it begins with the next one" in shown
    assert (await fresh.desk.get(PATH, Accept="application/json")).json == {}
    assert 'href="/desk/rule"' in (await fresh.desk.get("/desk/setup")).body.decode()
    dropped = await fresh.desk.send_form(PATH, typed | {"do": "drop"})
    assert dropped.status == 303  # nothing to drop: it is so


async def test_what_cannot_be_used_is_said_at_each_field_at_once(deal: Dealing) -> None:
    typed = fields((await deal.desk.get(PATH)).body.decode())
    wrong = {
        "currency": HOSTILE,
        "offer_valid_hours": "1.5",
        "max_offers_per_intention": "0",
        "max_discount_percent": "100",
        "unknown_share_percent": "",
        "undercut_after_hours": "a day",
        "answers_counters": "sometimes",
    }
    answer = await deal.desk.send_form(PATH, typed | wrong | {"do": "look"})
    page = answer.body.decode()
    assert answer.status == 422
    assert all(f'<li><a href="#{name}">' in page for name in wrong)
    assert holes(page) == []
    for bad in ("721", "0", "0.0001", "-1"):
        refused = await deal.desk.send_form(PATH, typed | {"undercut_after_hours": bad, "do": "look"})
        assert refused.status == 422, bad
    assert (await deal.desk.send_form(PATH, typed | {"do": "please"})).status == 422


async def test_a_rule_is_looked_at_and_then_answers(deal: Dealing) -> None:
    before = (await deal.dealer.owner("GET", "/rule")).json
    page = (await deal.desk.get(PATH)).body.decode()
    assert "<h1>This rule answers without you.</h1>" in page
    typed = fields(page)
    assert (await deal.desk.send_form(PATH, {"do": "drop"})).status == 303
    assert (await deal.dealer.owner("GET", "/rule")).json == {}
    wish = await deal.ask(deal.ada, "Used estate car", specifications=ESTATE)
    await deal.stands(answer=1)
    looked = (await deal.desk.send_form(PATH, typed | {"do": "look"})).body.decode()
    assert "One of the wishes that wait would be answered at once" in looked
    assert "Used estate car" in looked
    signing = dict(_HIDDEN.findall(looked.partition('id="see"')[2]))
    changed = await deal.desk.send_form(PATH, signing | {"do": "set", "max_discount_percent": "50"})
    assert changed.status == 200  # another rule than was looked at: it is shown, and not set
    assert (await deal.dealer.owner("GET", "/rule")).json == {}
    assert (await deal.desk.send_form(PATH, signing | {"do": "set"})).status == 303
    assert (await deal.dealer.owner("GET", "/rule")).json == before
    assert (await deal.wait_for(deal.ada, wish["id"], "offered"))["total"] == "11400.00"
    assert (await deal.desk.get(PATH, Accept="application/json")).json == before


async def test_what_was_not_touched_stays_as_it_was_to_the_second(deal: Dealing) -> None:
    rule = {"currency": "EUR", "undercut_after_seconds": 100, "undercut_percent": "2.5"}
    assert (await deal.dealer.owner("PUT", "/rule", rule)).status == 200
    typed = fields((await deal.desk.get(PATH)).body.decode())
    assert typed["undercut_after_hours"] == "0.028"
    looked = (await deal.desk.send_form(PATH, typed | {"do": "look"})).body.decode()
    signing = dict(_HIDDEN.findall(looked.partition('id="see"')[2]))
    assert (await deal.desk.send_form(PATH, signing | {"do": "set"})).status == 303
    assert (await deal.dealer.owner("GET", "/rule")).json["undercut_after_seconds"] == 100
    assert "by 2.5" in (await deal.desk.get("/desk/prices")).body.decode()


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    german = {"Accept-Language": "de"}
    page = (await deal.desk.get(PATH, **german)).body.decode()
    assert familiar(page) == []
    typed = fields(page)
    assert typed["undercut_percent"] == "2,5"
    shown = await deal.desk.send_form(PATH, typed | {"do": "look"}, **german)
    assert shown.status == 200
    assert familiar(shown.body.decode()) == []


async def test_without_a_rule_it_is_said_who_signs_what_is_accepted(fresh: Dealing) -> None:
    at_once = "Whoever accepts an offer that you made by hand has your signature at once."
    assert at_once in (await fresh.desk.get(PATH)).body.decode()
    assert (await fresh.dealer.owner("PUT", "/rule", RULE)).status == 200
    page = (await fresh.desk.get(PATH)).body.decode()
    assert at_once not in page
    assert "whoever accepts it has your signature at once." in page


async def test_where_the_node_asks_acceptances_wait_without_a_rule(tmp_path: Path) -> None:
    async with dealing(tmp_path, countersign="ask") as deal:
        page = (await deal.desk.get(PATH)).body.decode()
    assert "Wishes, counter-offers and acceptances wait for you then." in page
    assert "signature at once" not in page
