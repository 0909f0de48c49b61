"""How others find the node and its actors."""

from urllib.parse import quote

import pytest

from node import __version__
from protocol.discovery import parse_acct, read_webfinger
from tests.web.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


def webfinger(resource: str) -> str:
    return f"/.well-known/webfinger?resource={quote(resource, safe='')}"


async def test_an_account_leads_to_its_actor(shared: House) -> None:
    text = f"acct:me@127.0.0.1:{shared.settings.port}"
    answer = await shared.get(webfinger(text))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/jrd+json")
    acct = parse_acct(text, allow_http=True)
    assert read_webfinger(answer.json, acct=acct) == shared.iri


@pytest.mark.parametrize("resource", ["acct:ME@{host}", "{origin}/actors/me", "acct:@me@{host}"])
async def test_other_spellings_of_the_account(shared: House, resource: str) -> None:
    host = shared.origin.removeprefix("http://")
    answer = await shared.get(webfinger(resource.format(host=host, origin=shared.origin)))
    assert answer.json["subject"] == f"acct:me@{host}"


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_origin_leads_to_the_servers_actor(shared: House, slash: str) -> None:
    answer = await shared.get(webfinger(shared.origin + slash))
    (link,) = answer.json["links"]
    assert link["href"] == f"{shared.origin}/actor"


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@{host}",
        "acct:me@evil.example",
        "https://evil.example/actors/me",
        "{origin}/actor",
        "mailto:x",
        "me",
    ],
)
async def test_nobody_else_is_known(shared: House, resource: str) -> None:
    host = shared.origin.removeprefix("http://")
    answer = await shared.get(webfinger(resource.format(host=host, origin=shared.origin)))
    assert (answer.status, answer.code) == (404, "not-found")
    assert b"evil" not in answer.body


@pytest.mark.parametrize("query", ["", "?resource=a&resource=b", "?resource=" + "a" * 3_000])
async def test_a_question_names_one_resource(shared: House, query: str) -> None:
    answer = await shared.get("/.well-known/webfinger" + query)
    assert (answer.status, answer.code) == (400, "resource")


async def test_nodeinfo_is_linked_and_counts_nobody(shared: House) -> None:
    links = (await shared.get("/.well-known/nodeinfo")).json["links"]
    address = next(link["href"] for link in links if "nodeinfo" in link["rel"])
    answer = await shared.get(address.removeprefix(shared.origin))
    assert answer.headers["Content-Type"].startswith("application/json; profile=")
    assert (answer.json["version"], answer.json["usage"]) == ("2.1", {"users": {}})
    assert (answer.json["software"]["name"], answer.json["software"]["version"]) == ("freehold", __version__)
