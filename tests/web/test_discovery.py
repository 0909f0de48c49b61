"""How others find the node and its actors."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from node import __version__
from protocol.actors import ActorKind, accepted_entries
from protocol.canonical import digest
from protocol.discovery import parse_acct, read_webfinger
from protocol.rosters import entries
from tests.web.house import House, move_in, open_house, open_peer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


EXAMPLE = Path(__file__).parents[1] / "schemas/terms/valid/well-known-myterms.json"


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


@pytest_asyncio.fixture(loop_scope="module")
async def market(tmp_path: Path) -> AsyncIterator[House]:
    """The node of a business."""
    async with open_house(tmp_path / "n", kind="organization") as opened:
        yield opened


async def test_what_businesses_accept_is_said_once_they_do(market: House) -> None:
    addresses = ("/.well-known/myterms", "/.well-known/myterms.json")
    assert [(await market.get(address)).status for address in addresses] == [404, 404]
    accepted = ["SD-BASE", "SD-BASE-DP", "SD-BASE-A", "PDC-INTENT"]
    answer = await market.owner("PATCH", "/terms", {"accepts": accepted, "maximum": "SD-BASE-A"})
    assert answer.status == 200
    said, again = [await market.get(address) for address in addresses]
    assert said.body == again.body
    example = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert said.json["agreements"] == example["agreements"]
    assert said.json["actors"] == [market.iri]
    # The maximum is nobody's business, nor when it was last changed.
    assert (await market.owner("PATCH", "/terms", {"accepts": accepted, "maximum": "SD-BASE"})).status == 200
    assert (await market.get(addresses[0])).body == said.body
    actor = (await market.get(f"/actors/{market.iri.rpartition('/')[2]}")).json
    entries = accepted_entries(actor)
    assert entries is not None
    assert [entry.name for entry in entries] == accepted
    assert (await market.owner("PATCH", "/terms", {"accepts": None})).status == 200
    assert (await market.get(addresses[0])).status == 404


async def arrive(house: House, handle: str, kind: ActorKind) -> None:
    await move_in(house, handle, kind)
    await house.runtime.reload_owners()


async def test_who_passes_nothing_on_honours_the_signal(market: House) -> None:
    address = "/.well-known/gpc.json"
    assert (await market.get(address)).status == 404
    for accepted, status in ((["SD-BASE", "SD-BASE-ATP-DP"], 200), (["SD-BASE", "SD-BASE-ATP-S3P"], 404)):
        assert (await market.owner("PATCH", "/terms", {"accepts": accepted})).status == 200
        said = await market.get(address)
        assert said.status == status, accepted
        if status == 200:
            day = datetime.now(UTC).date()
            assert said.json["gpc"] is True
            assert said.json["lastUpdate"] in {str(day), str(day - timedelta(days=1))}
            assert said.json.keys() == {"gpc", "lastUpdate"}


async def test_a_node_of_a_person_sends_the_signal(market: House, tmp_path: Path) -> None:
    async with open_house(tmp_path / "person") as person, open_peer() as shop:
        for house, signal in ((person, "1"), (market, None)):
            shop.signals.clear()
            found = await house.owner("POST", "/fed/lookup", {"what": shop.iri})
            assert found.status == 200, found.body
            await house.cast(shop.iri)
            await until(lambda: len(shop.inbox) > 0)
            shop.inbox.clear()
            assert {*shop.signals} == {signal}


async def test_where_several_businesses_live_each_speaks_for_itself(market: House) -> None:
    assert (await market.owner("PATCH", "/terms", {"accepts": ["SD-BASE"]})).status == 200
    addresses = ("/.well-known/myterms", "/.well-known/myterms.json", "/.well-known/gpc.json")
    await arrive(market, "bo", ActorKind.PERSON)  # a person says nothing there
    assert [(await market.get(address)).status for address in addresses] == [200, 200, 200]
    await arrive(market, "cars", ActorKind.ORGANIZATION)  # which accepts nothing, or something else
    assert [(await market.get(address)).status for address in addresses] == [404, 404, 404]


async def test_a_person_accepts_nothing_for_others(shared: House) -> None:
    for name in ("myterms", "myterms.json", "gpc.json"):
        assert (await shared.get(f"/.well-known/{name}")).status == 404


async def test_the_roster_is_served_in_the_bytes_of_its_digests(shared: House) -> None:
    for entry in entries():
        answer = await shared.get(f"/roster/{entry.name}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert digest(answer.body) == entry.digest
    assert (await shared.get("/roster/SD-ALL")).status == 404
