"""Who gets in: nothing of the owner is shown without a session, and a form counts once."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from node.web.edge.forms import SentForm
from node.web.edge.problems import Refusal
from node.web.pages.frame.page import Needs, PageCall, View, WebPage
from node.web.pages.frame.serving import serve
from tests.web.browsing import Browser
from tests.web.house import House, Peer, at_rest, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", ["/wishes", "/wishes/new", "/wishes/int_1", "/wishes/int_1/change"])
async def test_without_a_session_a_page_leads_to_the_sign_in(shared: House, path: str) -> None:
    answer = await Browser(shared).get(path)
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?next=" + path.replace("/", "%2F"))
    program = await shared.get(path, Accept="application/json")
    assert (program.status, program.code) == (401, "sign-in")
    sent = await Browser(shared).post("/wishes/new", name="x")
    assert sent.status == 401


async def test_the_root_is_the_day_for_whose_it_is_and_says_who_lives_here_to_others(shared: House) -> None:
    browser = Browser(shared)
    assert b"needs you" not in (await browser.get("/")).body
    await browser.sign_in()
    page = await browser.get("/")
    assert b"<h1>Nothing needs you.</h1>" in page.body
    assert page.headers["Cache-Control"] == "no-store"
    assert b'aria-current="page"' in page.body


async def test_a_program_with_the_session_gets_the_answer_of_the_api(shared: House) -> None:
    browser = Browser(shared)
    await browser.sign_in()
    await at_rest(shared)
    twin = await browser.get("/", Accept="application/json")
    assert twin.headers["Content-Type"] == "application/json"
    assert twin.headers["Cache-Control"] == "no-store"
    assert twin.json.keys() == (await shared.owner("GET", "/today")).json.keys()
    wishes = await browser.get("/wishes", Accept="application/json")
    assert wishes.json == (await shared.owner("GET", "/intentions?own=true")).json


async def test_a_form_is_done_once_however_often_it_is_sent(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    path = f"/wishes/{wish['id']}/withdraw"
    await browser.get(path)
    first, again = [await browser.post(path, form_key="one") for _ in range(2)]
    assert (first.status, again.status) == (303, 303)
    assert again.headers["Location"] == f"/wishes/{wish['id']}"
    anew = await browser.post(path, form_key="two")
    assert anew.status == 409
    assert b"Something else happened first." in anew.body
    other = await browser.post(path, form_key="one", more="than before")
    assert other.status == 409


@pytest.mark.parametrize("key", ["", "x" * 61])
async def test_a_form_has_a_key(shared: House, shop: Peer, key: str) -> None:
    browser = Browser(shared)
    await browser.sign_in()
    wish = await shared.cast(shop.iri)
    path = f"/wishes/{wish['id']}/withdraw"
    await browser.get(path)
    assert (await browser.post(path, form_key=key)).status == 422
    assert (await browser.post(path, token="wrong", form_key="k")).status == 403
    assert (await browser.get(f"/wishes/{wish['id']}", Accept="application/json")).json["state"] == "open"


async def opened(house: House, page: WebPage, accept: str) -> web.StreamResponse:
    return await serve(page)(make_mocked_request("GET", page.path, {"Accept": accept}, app=house.app))


async def test_where_peers_come_too_only_who_asks_for_a_page_is_asked_to_sign_in(shared: House) -> None:
    async def page(_call: PageCall) -> View:
        """Show what nobody sees here."""
        return View(template="front.html", answer={})

    async def document(_request: web.Request) -> web.Response:
        return web.Response(text="for peers")

    both = WebPage(path="/agreements/agr_1", handler=page, otherwise=document)
    assert (await opened(shared, both, "text/html")).status == 303
    for accept in ("application/activity+json", "*/*", "application/json"):
        answer = await opened(shared, both, accept)
        assert isinstance(answer, web.Response)
        assert answer.text == "for peers"


async def test_an_answer_does_not_stand_for_what_every_template_knows(shared: House) -> None:
    async def page(_call: PageCall) -> View:
        """Show what would hide the tabs."""
        return View(template="front.html", answer={"people": [], "tabs": []})

    with pytest.raises(ValueError, match=r"front\.html"):
        await opened(shared, WebPage(path="/x", handler=page, needs=Needs.NOTHING), "text/html")


async def test_nobody_is_whom_a_page_without_a_session_is_for(shared: House) -> None:
    call = PageCall(shared.runtime, make_mocked_request("GET", "/", app=shared.app), None, SentForm({}))
    assert not call.is_known
    with pytest.raises(Refusal, match="sign-in"):
        _ = call.visitor
