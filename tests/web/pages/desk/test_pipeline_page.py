"""The pipeline as a page: who waits until when, and that what others write stays text."""

import re

import pytest

from tests.web.pages.desk.dealing import HOSTILE, Dealing, familiar, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ESTATE = [
    {"property": "fuel use", "at_most": "7", "unit": "l", "necessity": "must"},
    {"property": "tow bar", "value": "yes", "necessity": "should"},
]


async def test_nobody_waits_yet(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk")).body.decode()
    assert "<h1>No wish waits for you.</h1>" in page
    assert '<div class="empty">' in page
    elsewhere = (await fresh.desk.get("/desk?stage=agreed")).body.decode()
    assert "Nothing stands here." in elsewhere


async def test_a_business_begins_at_its_desk(fresh: Dealing) -> None:
    begun = await fresh.desk.get("/")
    assert (begun.status, begun.headers["Location"]) == (303, "/desk")
    stranger = await fresh.dealer.get("/desk", Accept="text/html")
    assert (stranger.status, stranger.headers["Location"]) == (303, "/sign-in?next=%2Fdesk")
    assert (await fresh.dealer.get("/desk", Accept="application/json")).status == 401
    assert (await fresh.dealer.get("/", Accept="text/html")).status == 200


async def test_what_waits_comes_first_with_what_is_next(deal: Dealing) -> None:
    wish = await deal.ask(deal.ada, "Used estate car", specifications=ESTATE, place="Freiburg")
    await deal.counter(deal.ada, wish, "10830.00")
    await deal.ask(deal.jonas, HOSTILE, place=HOSTILE)
    await deal.stands(answer=2, offered=0)
    page = (await deal.desk.get("/desk")).body.decode()
    assert "<h1>Two wishes wait for you.</h1>" in page
    assert page.index("Used estate car") < page.index("&lt;img src=x")
    assert "Asks for 5\N{NO-BREAK SPACE}% less" in page
    assert '€11,400<span class="ct">.00</span>' in page
    assert "Nothing on the list is called so" in page
    assert holes(page) == []
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]*)<', page) == ["To answer"]


async def test_a_program_gets_the_apis_answer(deal: Dealing) -> None:
    for query in ("", "?stage=answer", "?stage=offered"):
        shown = await deal.desk.get(f"/desk{query}", Accept="application/json")
        assert shown.json == (await deal.dealer.owner("GET", f"/pipeline{query}")).json
    assert (await deal.desk.get("/desk?stage=nope")).status == 422


async def test_a_stage_is_looked_at_alone(deal: Dealing) -> None:
    page = (await deal.desk.get("/desk?stage=answer")).body.decode()
    assert page.count('aria-current="true"') == 1
    assert '<a href="/desk" aria-current="true"><b>2</b>' in page
    assert "Nothing stands here." in (await deal.desk.get("/desk?stage=sign")).body.decode()


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    page = (await deal.desk.get("/desk", **{"Accept-Language": "de"})).body.decode()
    assert "<h1>Zwei Wünsche warten auf Sie.</h1>" in page
    assert "11.400" in page
    assert familiar(page) == []
