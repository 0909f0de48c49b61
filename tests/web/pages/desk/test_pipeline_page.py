"""The pipeline as a page: who waits until when, and that what others write stays text."""

import re

import pytest
import pytest_asyncio

from node.services.trade import shop
from tests.web.pages.desk.dealing import HOSTILE, Dealing, familiar, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ESTATE = [
    {"property": "fuel use", "at_most": "7", "unit": "l", "necessity": "must"},
    {"property": "tow bar", "value": "yes", "necessity": "should"},
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def waiting(deal: Dealing) -> Dealing:
    """Let two wishes wait for the dealer: one it answered and was countered, and one it has nothing for."""
    wish = await deal.ask(deal.ada, "Used estate car", specifications=ESTATE, place="Freiburg")
    await deal.counter(deal.ada, wish, "10830.00")
    await deal.ask(deal.jonas, HOSTILE, place=HOSTILE)
    await deal.stands(answer=2, offered=0)
    return deal


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


async def test_what_waits_comes_first_with_what_is_next(waiting: Dealing) -> None:
    page = (await waiting.desk.get("/desk")).body.decode()
    assert "<h1>Two wishes wait for you.</h1>" in page
    assert page.index("Used estate car") < page.index("&lt;img src=x")
    assert "Asks for 5\N{NO-BREAK SPACE}% less" in page
    assert '€11,400<span class="ct">.00</span>' in page
    assert "Nothing on the list is called so" in page
    assert holes(page) == []
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]*)<', page) == ["To answer"]


async def test_a_search_says_nothing_of_the_days_of_what_it_does_not_find(waiting: Dealing) -> None:
    assert "None of them has a day." not in (await waiting.desk.get("/desk?search=tractor")).body.decode()


async def test_a_program_gets_the_apis_answer(waiting: Dealing) -> None:
    await waiting.rests()
    for query in ("", "?stage=answer", "?stage=offered"):
        shown = await waiting.desk.get(f"/desk{query}", Accept="application/json")
        assert shown.json == (await waiting.dealer.owner("GET", f"/pipeline{query}")).json
    assert (await waiting.desk.get("/desk?stage=nope")).status == 422


async def test_a_stage_is_looked_at_alone(waiting: Dealing) -> None:
    page = (await waiting.desk.get("/desk?stage=answer")).body.decode()
    assert page.count('aria-current="true"') == 1
    assert '<a href="/desk" aria-current="true"><b data-count="stages.answer">2</b>' in page
    assert "Nothing stands here." in (await waiting.desk.get("/desk?stage=sign")).body.decode()


async def test_german_is_spoken_to_sie(waiting: Dealing) -> None:
    page = (await waiting.desk.get("/desk", **{"Accept-Language": "de"})).body.decode()
    assert "<h1>Zwei Wünsche warten auf Sie.</h1>" in page
    assert "11.400" in page
    assert familiar(page) == []


@pytest.mark.slow
async def test_of_many_a_page_shows_some_and_leads_to_the_others(
    fresh: Dealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(27):
        await fresh.ask(fresh.ada, f"Car {number}")
    await fresh.stands(answer=27)
    page = (await fresh.desk.get("/desk?stage=answer")).body.decode()
    assert page.count('scope="row"') == 25
    assert '<a class="btn small" href="/desk?stage=answer&amp;behind=25">26 to 27 of 27</a>' in page
    assert "there are older ones" not in page
    rest = (await fresh.desk.get("/desk?behind=25")).body.decode()
    assert rest.count('scope="row"') == 2
    assert '<a class="btn small" href="/desk?behind=0">1 to 25 of 27</a>' in rest
    shown = {*re.findall(r"Car \d+", page), *re.findall(r"Car \d+", rest)}
    assert len(shown) == 27

    monkeypatch.setattr(shop, "WAITING", 26)  # what was not looked at is told of
    page = (await fresh.desk.get("/desk")).body.decode()
    assert "Of each state these are the newest; there are older ones." in page
    page = (await fresh.desk.get("/desk?search=submarine")).body.decode()
    assert "Looked through were the newest of each state; there are older ones." in page
    assert "Show all again" in page


async def test_what_is_searched_for_is_looked_for_at_the_node(waiting: Dealing) -> None:
    for asked, there, not_there in (
        ("estate%20BRANDT", "Used estate car", "&lt;img"),
        ("ada", "Used estate car", "&lt;img"),
        ("freiburg", "Used estate car", "&lt;img"),
        ("%3Cimg", "&lt;img", "Used estate car"),
        ("%20", "Used estate car", "No such"),
    ):
        page = (await waiting.desk.get(f"/desk?search={asked}")).body.decode()
        rows = page.partition("<tbody>")[2]
        assert there in rows, asked
        assert not_there not in rows, asked
    nothing = (await waiting.desk.get("/desk?stage=answer&search=submarine")).body.decode()
    assert 'href="/desk?stage=answer">Show all again' in nothing
    assert 'data-count="stages.answer">2<' in nothing
    hostile = (
        await waiting.desk.get("/desk?search=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    ).body.decode()
    assert holes(hostile) == []
    await waiting.rests()
    shown = await waiting.desk.get("/desk?search=estate", Accept="application/json")
    assert shown.json == (await waiting.dealer.owner("GET", "/pipeline?search=estate")).json
    assert len(shown.json["items"]) == 1
    counted = await waiting.desk.get("/desk?counts=true", Accept="application/json")
    assert counted.json == {**(await waiting.pipeline()), "items": []}
    assert counted.json == (await waiting.dealer.owner("GET", "/pipeline?counts=true")).json


async def test_what_is_called_as_is_searched_for_comes_first(fresh: Dealing) -> None:
    for month, name in enumerate(("Hollandrad 2", "Hollandrad 22", "Hollandrad 12"), start=1):
        until = f"2098-0{month}-01T00:00:00Z"  # what ends first would come first
        await fresh.ask(fresh.ada, name, place="12345 Freiburg", deadline=until)
    await fresh.stands(answer=3)
    found = (await fresh.pipeline(search="Hollandrad 12"))["items"]
    assert found[0]["name"] == "Hollandrad 12"
    assert len(found) == 3


async def test_the_page_goes_on_listening_from_what_it_shows(waiting: Dealing) -> None:
    page = (await waiting.desk.get("/desk?search=estate&stage=answer")).body.decode()
    assert 'data-kinds="offer reoffer counter' in page
    assert 'data-own="1"' in page
    assert 'href="/desk?stage=answer&amp;search=estate" hidden data-arrive' in page
    (item,) = (await waiting.pipeline(search="estate"))["items"]
    assert f'data-thing="{item["offer"]}"' in page
    shown = (await waiting.desk.get(f"/desk/wishes/{item['intention']}")).body.decode()
    assert f'data-about="{item["intention"]}"' in shown
    assert 'data-every="10"' in (await waiting.desk.get("/desk/delivery")).body.decode()


async def test_keys_do_nothing_until_they_are_switched_on(waiting: Dealing) -> None:
    assert "data-keys" not in (await waiting.desk.get("/desk")).body.decode()
    assert 'name="keys" value="on">' in (await waiting.desk.get("/look")).body.decode()
    kept = await waiting.desk.post("/look", keys="on", language="", look="")
    assert (kept.status, waiting.desk.cookies["keys"]) == (303, "on")
    page = (await waiting.desk.get("/desk")).body.decode()
    assert "<body data-keys>" in page
    assert "<kbd>j</kbd>" in page
    assert 'name="keys" value="on" checked>' in (await waiting.desk.get("/look")).body.decode()
    await waiting.desk.post("/look", language="", look="")
    assert "data-keys" not in (await waiting.desk.get("/desk")).body.decode()


async def test_a_business_that_has_dealt_is_not_told_how_to_begin(fresh: Dealing) -> None:
    wish = await fresh.ask(fresh.jonas, "Seven-seater")
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    assert b"No wishes yet" not in (await fresh.desk.get("/desk")).body
    price = [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}]
    offer = {"intention": item["intention"], "terms": {"name": "VW Touran", "price": price}}
    assert (await fresh.dealer.owner("POST", "/offers", offer)).status == 201
    await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    assert (await fresh.jonas.owner("POST", f"/intentions/{wish['id']}/withdraw")).status == 200
    await fresh.stands(answer=0, offered=0)
    page = (await fresh.desk.get("/desk")).body.decode()
    assert "Nothing is open" in page
    assert "See what is still to do" not in page
