"""Limits that need no connection to be tried: addresses, buckets, budgets, media types."""

import ipaddress
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.edge import limits
from node.web.edge.limits import (
    Buckets,
    Budget,
    allowed_hosts,
    caller_of,
    client_address,
    is_activity_type,
    is_within,
)
from node.web.edge.problems import Refusal

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))
addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


# --- whose request it is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.9", ["203.0.113.1"], "198.51.100.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["203.0.113.1, 10.0.0.2, ::1"], "203.0.113.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1, 10.0.0.2:80"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("not an address", ["203.0.113.1"], "not an address"),
    ],
)
def test_ht_25_the_right_most_hop_that_is_not_trusted(peer: str, forwarded: list[str], client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client
    assert client_address(peer, forwarded, ()) == peer


def test_a_long_chain_is_not_walked() -> None:
    began = time.perf_counter()
    chain = ["10.0.0.2, " * 1_000 + "10.0.0.2"]
    assert client_address("10.0.0.1", chain, PROXIES) == "10.0.0.2"
    assert time.perf_counter() - began < 0.05


@given(addresses, st.lists(st.text(max_size=30), max_size=5))
def test_do_11_what_an_untrusted_peer_says_changes_nothing(peer: str, forwarded: list[str]) -> None:
    networks = [network for network in PROXIES if ipaddress.ip_address(peer) not in network]
    assert client_address(peer, forwarded, networks) == peer


def test_an_ipv6_customer_is_one_caller() -> None:
    assert caller_of("2001:db8::1") == caller_of("2001:db8::ffff:2") == "2001:db8::/64"
    assert caller_of("2001:db8:0:1::1") != caller_of("2001:db8::1")
    assert caller_of("::ffff:192.0.2.1") == caller_of("192.0.2.1") == "192.0.2.1"
    assert caller_of("") == ""


@given(addresses)
def test_an_address_is_within_its_own_network_alone(address: str) -> None:
    network = ipaddress.ip_network(address)
    assert is_within(address, [network])
    assert not is_within(address, [])


# --- how often ---------------------------------------------------------------------------------------


def test_a_bucket_holds_a_burst_and_refills() -> None:
    buckets = Buckets(per_second=2, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("a", 0.0) == pytest.approx(0.5)
    assert buckets.take("b", 0.0) == 0.0
    assert buckets.take("a", 0.5) == 0.0
    assert buckets.take("a", 0.5) > 0
    assert [buckets.take("a", 100.0) for _ in range(4)][:3] == [0.0, 0.0, 0.0]


@given(st.lists(st.floats(min_value=0, max_value=1), max_size=60))
def test_nobody_gets_more_than_burst_and_rate(gaps: list[float]) -> None:
    buckets, now, taken = Buckets(per_second=5, burst=4), 0.0, 0
    for gap in gaps:
        now += gap
        taken += buckets.take("a", now) == 0.0
    assert taken <= 4 + 5 * now + 1e-6


@pytest.mark.parametrize("later", [0.0, 1_000.0])
def test_do_08_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch, later: float) -> None:
    monkeypatch.setattr(limits, "_ADDRESSES_REMEMBERED", 10)
    buckets = Buckets(per_second=1, burst=2)
    for number in range(10):
        assert buckets.take(str(number), number / 100) == 0.0
    buckets.take("9", 0.1)
    for number in range(10, 200):
        assert buckets.take(str(number), later + number / 100) == 0.0
        assert len(buckets._buckets) <= 10


def test_a_spent_bucket_is_not_forgotten_for_newcomers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_ADDRESSES_REMEMBERED", 4)
    buckets = Buckets(per_second=0.001, burst=5)
    for _ in range(5):
        buckets.take("flood", 10.0)
    for number in range(3):
        buckets.take(f"old {number}", float(number))
    buckets.take("new", 10.0)
    assert buckets.take("flood", 10.0) > 0


# --- how much ----------------------------------------------------------------------------------------


def test_a_budget_is_shared_and_returned() -> None:
    budget = Budget(100)
    with budget.hold() as one, budget.hold() as other:
        one.grow_to(60)
        one.grow_to(40)
        other.grow_to(40)
        assert budget.held_bytes == 100
        with pytest.raises(Refusal) as refused:
            other.grow_to(41)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    assert budget.held_bytes == 0


@given(st.lists(st.lists(st.integers(0, 60), max_size=6), max_size=6))
def test_a_budget_always_comes_back_whole(claims: list[list[int]]) -> None:
    budget = Budget(100)
    for sizes in claims:
        try:
            with budget.hold() as claim:
                for size in sizes:
                    claim.grow_to(size)
                    assert budget.held_bytes <= 100
        except Refusal:
            continue
    assert budget.held_bytes == 0


# --- what for ----------------------------------------------------------------------------------------

PROFILE = 'profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    "value",
    [
        "application/activity+json",
        "Application/Activity+JSON",
        "application/activity+json; charset=utf-8",
        'application/activity+json;charset="UTF-8"',
        f"application/ld+json; {PROFILE}",
        f"application/ld+json; {PROFILE};charset=utf-8",
        'application/ld+json; profile="https://x.example https://www.w3.org/ns/activitystreams"',
        "application/ld+json;profile=https://www.w3.org/ns/activitystreams",
    ],
)
def test_activitystreams_in_its_spellings(value: str) -> None:
    assert is_activity_type(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "application/json",
        "application/ld+json",
        "application/ld+json; profile=https://www.w3.org/ns/activitystreams2",
        f"application/ld+json; {PROFILE}; {PROFILE}",
        f"text/html; {PROFILE}",
        "application/activity+json; charset=latin-1",
        "application/activity+json;",
        "application/activity+json; charset",
        'application/activity+json; x="unclosed',
        "application/activity+json, text/html",
    ],
)
def test_and_nothing_else(value: str) -> None:
    assert not is_activity_type(value)


@given(st.text(max_size=200))
def test_any_content_type_is_judged(value: str) -> None:
    assert is_activity_type(value) in {True, False}


@pytest.mark.parametrize(
    "value", ["application/activity+json" + ";a=b" * 12_000 + ";", "a;" + " " * 50_000, ";=" * 25_000]
)
def test_do_07_and_judged_quickly(value: str) -> None:
    began = time.perf_counter()
    is_activity_type(value)
    limits._CANONICAL_PATH.fullmatch(value)
    limits._CANONICAL_PATH.fullmatch("/" + "a/" * 25_000 + "!")
    assert time.perf_counter() - began < 0.2


@pytest.mark.parametrize(
    ("origin", "port", "hosts"),
    [
        ("https://node.example", 8420, {"node.example", "node.example:443"}),
        ("https://node.example:8443", 8420, {"node.example:8443"}),
        ("http://127.0.0.1:8420", 8420, {"127.0.0.1:8420"}),
        ("https://[2001:db8::1]", 8420, {"[2001:db8::1]", "[2001:db8::1]:443"}),
    ],
)
def test_au_14_the_names_a_node_answers_to(origin: str, port: int, hosts: set[str]) -> None:
    loopback = {f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"}
    assert allowed_hosts(origin, port) == hosts | loopback
