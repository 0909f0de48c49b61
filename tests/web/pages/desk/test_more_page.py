"""More of the desk: steps with their state, what is on its way and why not, and the keys that sign."""

import re

import pytest

from tests.web.house import open_peer, until
from tests.web.pages.desk.dealing import Dealing, familiar, holes, stock

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')


async def test_a_business_is_shown_a_notice_that_it_may_get(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/notifications")).body.decode()
    assert re.search(r'Only that something came</span><span class="b">A new wish<', page)


async def test_steps_have_a_state(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/setup")).body.decode()
    assert "<h1>Two steps are left.</h1>" in page
    assert 'class="btn primary" href="/desk/prices">Load a price list' in page
    assert 'href="/address"' in page
    await stock(fresh.dealer)
    assert "<h1>All is set up.</h1>" in (await fresh.desk.get("/desk/setup")).body.decode()
    shown = await fresh.desk.get("/desk/setup", Accept="application/json")
    assert shown.json == (await fresh.dealer.owner("GET", "/setup")).json


async def test_who_signs_in_has_a_way_back_to_set_up(fresh: Dealing) -> None:
    await stock(fresh.dealer)
    await fresh.desk.get("/security/password")
    assert (await fresh.desk.post("/security/password", password="correct horse battery")).status == 303
    for step in ("made", "checked"):
        page = (await fresh.desk.get("/desk/setup")).body.decode()
        assert "<h1>One step is left.</h1>" in page, step
        assert 'class="btn primary" href="/security/kit/check">Your way back in' in page, step
        await fresh.desk.get("/security/kit")
        words = re.findall(
            r'<b lang="en" translate="no">(\w+)', (await fresh.desk.post("/security/kit")).body.decode()
        )
    asked = re.findall(r'name="word-(\d+)"', (await fresh.desk.get("/security/kit/check")).body.decode())
    typed = {f"word-{place}": words[int(place) - 1] for place in asked}
    assert (await fresh.desk.post("/security/kit/check", **typed)).status == 303
    assert "<h1>All is set up.</h1>" in (await fresh.desk.get("/desk/setup")).body.decode()


async def test_what_does_not_arrive_says_why_and_is_tried_now(deal: Dealing) -> None:
    async with open_peer(status=500) as peer:
        proposal = peer.proposal(deal.dealer.iri)
        told = await peer.post(deal.dealer, peer.activity("Create", proposal, deal.dealer.iri))
        assert told.status == 202
        await deal.stands(answer=1)
        (waiting,) = (await deal.pipeline())["items"]
        terms = {"price": [{"kind": "oneOff", "amount": "5.00", "currency": "EUR"}]}
        made = await deal.dealer.owner("POST", "/offers", {"intention": waiting["intention"], "terms": terms})
        assert made.status == 201, made.body

        async def is_tried() -> bool:
            listed = (await deal.dealer.owner("GET", "/deliveries?state=queued")).json["items"]
            return bool(listed and listed[0]["attempts"])

        await until(is_tried)
        page = (await deal.desk.get("/desk/delivery?state=queued")).body.decode()
        assert "<h1>One message is on its way.</h1>" in page
        assert "Next try:" in page
        assert holes(page) == []
        (action,) = re.findall(r'action="(/desk/delivery/[^"]*/retry)"', page)
        peer.status = 202
        assert (await deal.desk.send_form(action, dict(_HIDDEN.findall(page)))).status == 303

        async def has_arrived() -> bool:
            return not (await deal.dealer.owner("GET", "/deliveries?state=queued")).json["items"]

        await until(has_arrived)
        again = await deal.desk.send_form(action, dict(_HIDDEN.findall(page)))
        assert again.status == 303  # the same form does it once
    page = (await deal.desk.get("/desk/delivery")).body.decode()
    assert "All is delivered" in page
    await deal.rests()
    shown = await deal.desk.get("/desk/delivery", Accept="application/json")
    assert shown.json == (await deal.dealer.owner("GET", "/deliveries?limit=25")).json
    assert (await deal.desk.get("/desk/delivery?state=nope")).status == 422
    assert "Nothing stands here." in (await deal.desk.get("/desk/delivery?state=gone")).body.decode()


async def test_the_keys_that_sign(deal: Dealing) -> None:
    page = (await deal.desk.get("/desk/keys")).body.decode()
    assert "PRIVATE" not in page
    keys = (await deal.dealer.owner("GET", "/keys")).json["items"]
    assert all(key["multibase"] in page for key in keys)


async def test_more_leads_to_all_of_it_in_german_too(deal: Dealing) -> None:
    assert 'href="/more"' not in (await deal.desk.get("/desk/more")).body.decode()
    await deal.dealer.cast(deal.ada.iri)  # now it is both
    page = (await deal.desk.get("/desk/more")).body.decode()
    assert 'href="/desk"' in (await deal.desk.get("/more")).body.decode()
    assert 'action="/sign-out"' in page
    for path in (
        "/more",
        "/desk/setup",
        "/desk/delivery",
        "/desk/keys",
        "/security",
        "/address",
        "/profile",
        "/journal",
        "/look",
    ):
        assert f'href="{path}"' in page
        assert (await deal.desk.get(path)).status == 200
    for path in ("/desk/more", "/desk/setup", "/desk/delivery", "/desk/keys"):
        german = await deal.desk.get(path, **{"Accept-Language": "de"})
        assert familiar(german.body.decode()) == []


_ON_THE_FIRST_TAB = re.compile(
    r'aria-label="Main".*?data-waiting="([^"]+)"( hidden)?>.*?data-needs>(\d+)<', re.DOTALL
)


async def test_a_business_keeps_its_tabs_wherever_it_goes_and_the_first_says_how_much_waits(
    fresh: Dealing,
) -> None:
    async def first_tab(path: str) -> tuple[str, str, str]:
        page = (await fresh.desk.get(path)).body.decode()
        assert ('href="/desk/prices"' in page) == ('href="/wishes"' not in page)
        found = _ON_THE_FIRST_TAB.search(page)
        assert found is not None, path
        return found[1], found[2] or "", found[3]

    beside = ("/address", "/notifications", "/security", "/profile", "/look", "/agreements")
    for path in ("/desk", "/desk/more", *beside):
        assert await first_tab(path) == ("/desk?counts=true", " hidden", "0"), path
    await fresh.ask(fresh.ada, "A car for the moon")
    await fresh.stands(answer=1)
    for path in ("/desk", *beside):
        assert await first_tab(path) == ("/desk?counts=true", "", "1"), path
    assert (await first_tab("/wishes"))[0] == "/"  # what it wishes for itself
