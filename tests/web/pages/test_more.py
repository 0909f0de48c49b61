"""More: businesses and their keys, what is held back, everything that happened, language and look."""

import re
from pathlib import Path

import pytest

from protocol.strictjson import Document
from tests.web.browsing import Browser
from tests.web.house import House, Peer, at_rest, open_house, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '<img src=x onerror="alert(1)">\u202etxt'


async def signed_in(house: House, path: str = "/more") -> Browser:
    browser = Browser(house)
    await browser.sign_in()
    await browser.get(path)
    return browser


@pytest.mark.parametrize(
    "path",
    ["/more", "/businesses", "/held-back", "/journal", "/look", "/profile", "/profile/edit", "/backup"],
)
@pytest.mark.parametrize("language", ["en", "de"])
async def test_a_new_node_says_what_will_be_here(shared: House, path: str, language: str) -> None:
    browser = await signed_in(shared)
    answer = await browser.get(path, **{"Accept-Language": language})
    assert answer.status == 200
    assert answer.body.count(b"<h1") == 1
    assert f'<html lang="{language}"'.encode() in answer.body
    assert path == "/profile/edit" or {"en": b"Businesses", "de": b"Unternehmen"}[language] in answer.body
    assert (await browser.get(path, Accept="application/json")).headers["Content-Type"] == "application/json"


async def test_people_read_names_and_what_finds_them_one_page_on(shared: House) -> None:
    browser, named = await signed_in(shared), (await shared.owner("GET", "/node")).json["name"]
    more = (await browser.get("/more")).body.decode()
    assert f'<p class="say small"><bdi>{named}</bdi>' in more
    found = re.search(r'<span class="pick">([^<]+)</span>', more)
    assert found is not None
    known = await shared.get(f"/.well-known/webfinger?resource=acct:{found[1]}")
    assert shared.iri in [link["href"] for link in known.json["links"]]
    for path in ("/", "/wishes", "/agreements"):
        page = (await browser.get(path)).body.decode()
        assert f"Freehold<small><bdi>{named}</bdi>" in page, path
        assert found[1] not in page, path
    stranger = (await Browser(shared).get("/")).body.decode()
    assert f'<span class="pick">{found[1]}</span>' in stranger


async def test_where_no_account_can_be_looked_up_the_address_is_what_finds_somebody(tmp_path: Path) -> None:
    """An account has no port, and its host has a dot: nobody would find `ada@localhost:8443`."""
    async with open_house(tmp_path / "n", origin="https://localhost:8443", dev=False) as house:
        asked = b"GET / HTTP/1.1\r\nHost: localhost:8443\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        page = (await house.raw(asked, to_end=True)).decode()
    assert '<span class="pick">https://localhost:8443/actors/me</span>' in page


async def test_who_has_no_name_is_called_by_their_server(house: House, shop: Peer) -> None:
    """A plain peer of FEP-0837 may have neither name nor handle."""
    shop.changes = {"name": "", "preferredUsername": ""}
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    assert (await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri))).status == 202
    (offer,) = (await house.owner("GET", "/offers")).json["items"]
    browser, host = await signed_in(house), shop.iri.split("/")[2]
    for path in ("", "/accept", "/thread", "/counter"):
        page = (await browser.get(f"/offers/{offer['id']}{path}")).body.decode()
        assert f"<bdi>{host}</bdi>" in page, path
        assert "without a name" not in page, path
    for path in (f"/wishes/{wish['id']}", "/businesses"):
        assert f"<bdi>{host}</bdi>" in (await browser.get(path)).body.decode(), path


async def test_every_entry_of_more_leads_to_a_page(shared: House) -> None:
    browser = await signed_in(shared)
    page = (await browser.get("/more")).body.decode()
    links = {path for path in re.findall(r'href="(/[^"#]*)"', page) if not path.startswith("/static")}
    assert {"/", "/wishes", "/businesses", "/held-back", "/journal", "/look"} <= links
    assert {path: (await browser.get(path)).status for path in links} == dict.fromkeys(links, 200)


async def test_somebody_is_blocked_and_let_in_again(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    shop.changes = {"name": HOSTILE}
    await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    assert (await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri))).status == 202
    listed = (await browser.get("/businesses")).body.decode()
    assert "<img" not in listed
    assert "\u202e" not in listed
    assert "1 open offer" in listed
    path = re.findall(r'href="(/businesses/one[^"]+)"', listed)[0]
    assert "<img" not in (await browser.get(path)).body.decode()
    for what, said in (("block", "You have blocked them"), ("unblock", "Blocking takes nothing more")):
        done = await browser.post("/businesses/one", iri=shop.iri, do=what, form_key=what)
        assert done.status == 303, done.body
        assert said in (await browser.get(done.headers["Location"])).body.decode()
    assert (await browser.post("/businesses/one", iri=shop.iri, do="?", form_key="k")).status == 422
    assert (await browser.get("/businesses/one?iri=https://nobody.example/x")).status == 404
    await at_rest(house)
    twin = (await browser.get("/businesses", Accept="application/json")).json
    assert twin == (await house.owner("GET", "/peers?limit=25")).json


async def test_what_is_held_back_is_let_out_or_dropped(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    await house.cast(shop.iri, "public")
    await until(lambda: shop.inbox)
    limit, offered = house.settings.offers_per_intention_per_origin, 0
    held: list[Document] = []
    while len(held) < 2 and offered < limit + 5:
        shop.name = f"shop{offered}"
        offer = shop.offer(shop.inbox[0]["object"], house.iri)
        assert (await shop.post(house, offer)).status == 202
        offered += 1
        held = (await house.owner("GET", "/quarantine")).json["items"]
    page = (await browser.get("/held-back")).body.decode()
    assert "Two offers are held back." in page
    assert "An offer of Shop" in page
    assert b"2 offers are held back" in (await browser.get("/")).body
    dropped = await browser.post("/held-back", id=held[0]["id"], do="drop", form_key="1")
    assert dropped.headers["Location"] == "/held-back"
    out = await browser.post("/held-back", id=held[1]["id"], do="release", form_key="2")
    assert out.headers["Location"].startswith("/offers/of_")
    assert (await browser.post("/held-back", id="x", do="?", form_key="3")).status == 422
    assert b"Nothing is held back." in (await browser.get("/held-back")).body


async def test_everything_that_happened_is_there_newest_first(house: House) -> None:
    browser = await signed_in(house)
    for number in range(30):
        await house.cast("public", name=f"<b>Wish {number}</b>")
    first = (await browser.get("/journal")).body.decode()
    assert first.count('href="/journal/') == 25
    seen, page = [], first
    while older := re.findall(r'href="(/journal\?before=\d+)"', page):
        page = (await browser.get(older[0])).body.decode()
        seen += re.findall(r'href="/journal/(\d+)"', page)
    places = [*re.findall(r'href="/journal/(\d+)"', first), *seen]
    assert places == [str(place) for place in range(len(places), 0, -1)]
    assert (await browser.get("/journal?before=nonsense")).body.count(b'href="/journal/') == 25
    shown = (await browser.get(f"/journal/{places[0]}")).body.decode()
    assert "<b>Wish" not in shown
    assert "A wish was told" in shown
    entries = (await house.owner("GET", f"/journal?after={int(places[0]) - 1}")).json["items"]
    assert (await browser.get(f"/journal/{places[0]}", Accept="application/json")).json == entries[0]
    for nothing in (len(places) + 1, 0, "x", "9" * 17):
        assert (await browser.get(f"/journal/{nothing}")).status == 404
    assert b"Nothing has happened yet." in (await browser.get("/journal?before=0")).body


async def test_what_happened_is_told_with_the_name_of_who_did_it(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    assert (await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri))).status == 202
    listed = (await house.owner("GET", "/peers")).json["items"]
    (name,) = [one["name"] for one in listed if one["iri"] == shop.iri]
    told = (await browser.get("/journal")).body.decode()
    (place,) = re.findall(
        rf'href="/journal/(\d+)">(?:(?!</a>).)*{name}(?:</bdi>)? made an offer', told, re.DOTALL
    )
    assert "made an offer</h1>" in (await browser.get(f"/journal/{place}")).body.decode()


async def test_a_browser_keeps_language_and_look(shared: House) -> None:
    browser = await signed_in(shared, "/look")
    assert b'value="" checked><span class="a">As the browser says' in (await browser.get("/look")).body
    kept = await browser.post("/look", language="de", look="dark", form_key="1")
    assert kept.status == 303
    assert b"Das ist so gespeichert." in (await browser.get(kept.headers["Location"])).body
    cookies = kept.headers.getall("Set-Cookie")  # type: ignore[attr-defined]  # aiohttp's have it
    assert [cookie.partition(";")[0] for cookie in cookies] == ["language=de", "look=dark"]
    assert all("SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies[:2])
    browser.cookies |= {"language": "de", "look": "dark", "keys": "on"}
    page = (await browser.get("/look")).body.decode()
    assert '<html lang="de" data-theme="dark">' in page
    assert 'value="dark" checked' in page
    undone = await browser.post("/look", language="", look="<x>", form_key="2")
    given = undone.headers.getall("Set-Cookie")  # type: ignore[attr-defined]  # aiohttp's have it
    assert [cookie.partition("=")[0] for cookie in given] == ["language", "keys"]


async def test_a_copy_is_told_how_to_make_and_what_a_whole_one_is_known_by(house: House, shop: Peer) -> None:
    await house.cast(shop.iri)
    browser = await signed_in(house, "/backup")
    said = (await browser.get("/backup", Accept="application/json")).json
    journal = (await house.owner("GET", "/node")).json["journal"]
    assert said["link"] == f"{journal['place']}:{journal['hash']}"
    page = (await browser.get("/backup")).body.decode()
    assert f'translate="no">{house.settings.data}</pre>' in page
    assert f'translate="no">{said["link"]}</pre>' in page
    assert "Never run two copies at once" in page
