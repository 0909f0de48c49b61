"""The rooms of the web: their headers, and how each of them says no."""

from pathlib import Path

import pytest

from node.web.api import PREFIX
from node.web.edge import pages as refusals
from node.web.edge.rooms import HEADERS, Room, room_of
from node.web.pages.pages import routes as page_routes
from tests.web.house import House, open_house
from tests.whole import OPERATIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


async def test_every_address_there_is_has_a_room(shared: House) -> None:
    paths = {resource.canonical for resource in shared.app.router.resources()}
    paths |= {PREFIX + operation.path for operation in OPERATIONS}
    paths |= {route.path for route in page_routes(develops=True)}
    assert len(paths) > 40
    people = {"/", "/sign-in", "/sign-in/{secret}", "/sign-out", "/static/{hash}/{name}", "/styleguide"}
    assert {path for path in paths if room_of(path) is Room.PAGES} >= people
    assert [path for path in paths if path.startswith("/api") and room_of(path) is not Room.API] == []
    assert {room_of(path) for path in ("/", "/nope", "/apis", "/actors.html")} == {Room.PAGES}


@pytest.mark.parametrize("path", ["/agreements", "/agreements/agr_1"])
async def test_where_peers_and_people_come_a_page_is_for_who_asks_for_one(path: str) -> None:
    assert (room_of(path, BROWSER), room_of(path, "application/activity+json")) == (
        Room.PAGES,
        Room.FEDERATION,
    )
    assert room_of("/actors/me", BROWSER) is Room.FEDERATION


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("TEXT/HTML;level=1;q=0.1", True),
        ("text/html;q=0.5, application/json;q=0.4", True),
        ("text/html, application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=0.3, application/problem+json;q=0.5", False),
        ("*/*", False),
        ("", False),
        ("application/activity+json", False),
        ("x/y, " * 40 + "text/html", False),
        ('text/html;q="1', True),
    ],
)
async def test_a_page_is_shown_to_who_asks_for_one(shared: House, accept: str, page: bool) -> None:
    assert refusals.is_asked_for(accept) is page
    answer = await shared.get("/nope", Accept=accept)
    kind = "text/html; charset=utf-8" if page else "application/problem+json"
    assert (answer.status, answer.headers["Content-Type"]) == (404, kind)
    assert answer.headers["Vary"] == "Accept, Accept-Encoding, Accept-Language, Cookie, Sec-Fetch-Site"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/actors/nobody", 404, "not-found"),
        ("/actors/nobody/x/y", 404, "not-found"),
        ("/intentions/int_1", 404, "not-found"),
        ("/inbox", 405, "method-not-allowed"),
        ("/api/v1/node", 401, "token"),
        ("/api", 404, "not-found"),
        ("/.well-known/webfinger", 400, "resource"),
    ],
)
async def test_programs_are_told_as_programs(shared: House, path: str, status: int, code: str) -> None:
    answer = await shared.get(path, Accept=BROWSER)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.code == code


async def test_the_root_address_says_who_lives_here(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", name="Ada <Lovelace> & Co", handle="ada") as house:
        answer = await house.get("/", Accept=BROWSER)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        text = answer.body.decode()
        assert "<h1><bdi>Ada &lt;Lovelace&gt; &amp; Co</bdi></h1>" in text
        assert f"ada@127.0.0.1:{house.settings.port}" in text
        renamed = await house.owner("PUT", "/name", {"name": "Ada King"})
        assert renamed.status == 200
        assert "<h1><bdi>Ada King</bdi></h1>" in (await house.get("/", Accept=BROWSER)).body.decode()
        for accept in ("*/*", "application/activity+json", "application/json"):
            refused = await house.get("/", Accept=accept)
            assert (refused.status, refused.code) == (404, "not-found")


@pytest.mark.parametrize("path", ["/", "/livez", "/api/v1/node", "/actors/me", "/nope"])
async def test_every_room_has_its_headers(shared: House, path: str) -> None:
    answer = await shared.get(path, Accept=BROWSER)
    expected = dict(HEADERS[room_of(path)])
    assert {name: answer.headers[name] for name in expected} == expected
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
