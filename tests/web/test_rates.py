"""Who counts as one caller, and how often one may come."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.edge import rates
from node.web.edge.callers import caller_of, client_address, is_within, network_of
from node.web.edge.rates import Buckets

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
    chain = ["203.0.113.1, " + "10.0.0.2, " * 1_000 + "10.0.0.3"]
    assert client_address("10.0.0.1", chain, PROXIES) == "10.0.0.2"


@given(addresses, st.lists(st.text(max_size=30), max_size=5))
def test_do_11_what_an_untrusted_peer_says_changes_nothing(peer: str, forwarded: list[str]) -> None:
    networks = [network for network in PROXIES if ipaddress.ip_address(peer) not in network]
    assert client_address(peer, forwarded, networks) == peer


def test_an_ipv6_customer_is_one_caller() -> None:
    assert caller_of("2001:db8::1") == caller_of("2001:db8::ffff:2") == "2001:db8::/64"
    assert caller_of("2001:db8:0:1::1") != caller_of("2001:db8::1")
    assert caller_of("::ffff:192.0.2.1") == caller_of("192.0.2.1") == "192.0.2.1"
    assert caller_of("") == ""


def test_neighbours_are_one_network() -> None:
    assert (
        network_of("192.0.2.1")
        == network_of("192.0.2.255")
        == network_of("::ffff:192.0.2.7")
        == "192.0.2.0/24"
    )
    assert network_of("192.0.3.1") != network_of("192.0.2.1")
    assert network_of("2001:db8:0:ffff::1") == network_of("2001:db8::1") == "2001:db8::/48"
    assert network_of("2001:db8:1::1") != network_of("2001:db8::1")
    assert network_of("") == ""


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
    monkeypatch.setattr(rates, "_ADDRESSES_REMEMBERED", 10)
    buckets = Buckets(per_second=1, burst=2)
    for number in range(10):
        assert buckets.take(str(number), number / 100) == 0.0
    buckets.take("9", 0.1)
    for number in range(10, 200):
        assert buckets.take(str(number), later + number / 100) == 0.0
        assert len(buckets._buckets) <= 10


def test_a_spent_bucket_is_not_forgotten_for_newcomers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_ADDRESSES_REMEMBERED", 4)
    buckets = Buckets(per_second=0.001, burst=5)
    for _ in range(5):
        buckets.take("flood", 10.0)
    for number in range(3):
        buckets.take(f"old {number}", float(number))
    buckets.take("new", 10.0)
    assert buckets.take("flood", 10.0) > 0
