"""The node's own address: looked at when its owner asks, and said in words."""

import asyncio
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.web.browsing import Browser
from tests.web.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_owner_looks_at_the_address(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    assert 'href="/address"' in (await browser.get("/more")).body.decode()
    before = (await browser.get("/address")).body.decode()
    assert "<h1>Does the world reach you?</h1>" in before
    asked = await browser.post("/address")
    assert (asked.status, asked.headers["Location"]) == (303, "/address")
    page = (await browser.get("/address")).body.decode()
    assert "<h1>Only this machine reaches your node.</h1>" in page
    assert "The last proof is another network" in page
    german = (await browser.get("/address", **{"Accept-Language": "de"})).body.decode()
    assert "<h1>Nur dieser Rechner erreicht dein Freehold.</h1>" in german
    twin = (await browser.get("/address", Accept="application/json")).json
    assert (twin["address"], twin["seen"]) == (house.origin, "this-machine")


async def test_a_program_looks_too(house: House) -> None:
    looked = await house.owner("POST", "/node/check")
    assert (looked.status, looked.json["seen"]) == (200, "this-machine")
    assert looked.json["says"] == "Only programs on this machine reach this node."
    assert "another network" in looked.json["limits"]


async def test_a_program_is_told_where_the_proxy_hides_who_calls(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await house.owner("POST", "/node/check")).json["detail"] == ""
    trusting = replace(house.runtime.settings, trusted_proxies=(ip_network("127.0.0.0/8"),))
    monkeypatch.setattr(house.runtime, "settings", trusting)
    assert "X-Forwarded-For" in (await house.owner("POST", "/node/check")).json["detail"]


async def test_a_program_is_told_where_a_proxy_makes_all_the_world_local(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = replace(house.runtime.settings, origin="https://node.example")  # asked by a loopback address
    monkeypatch.setattr(house.runtime, "settings", elsewhere)
    assert (await house.get("/metrics")).status == 200
    assert "whoever asks gets /metrics" in (await house.owner("POST", "/node/check")).json["detail"]


async def test_only_the_owner_makes_the_node_look(house: House) -> None:
    assert (await Browser(house).post("/address")).status in {303, 401, 403}
    token = await house.token("read")
    refused = await house.request("POST", "/api/v1/node/check", headers={"Authorization": f"Bearer {token}"})
    assert refused.code == "scope"
    assert house.runtime.own_address.last is None


async def test_nobody_is_answered_whom_the_node_does_not_ask(house: House) -> None:
    for question in ("", "q", "secret1", "%2e%2e"):
        assert (await house.get(f"/.well-known/freehold/{question}")).status == 404


async def test_ten_who_look_at_once_are_one(house: House) -> None:
    looked = await asyncio.gather(*(house.owner("POST", "/node/check") for _ in range(10)))
    assert {answer.status for answer in looked} == {200}
