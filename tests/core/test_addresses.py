"""The table of refused addresses: the SS group of the attack catalogue, and what must stay reachable."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.addresses import REFUSED_IPV4, Reach

PRODUCTION = Reach()
DEVELOPMENT = Reach(allow_loopback_http=True)

# The blocks whose addresses are dangerous wherever they appear, also inside an IPv6 address.
PRIVATE_IPV4 = (
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "100.100.100.200", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
)  # fmt: skip
LOOPBACK = ("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1")
THIS_NETWORK = ("0.0.0.0", "0.1.2.3", "::")
PUBLIC = (
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
    "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "192.0.1.1", "192.0.3.0",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15", "2606:4700::1111", "2001:200::1",
    "2001:db7::1", "2003::1", "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
)  # fmt: skip


def embeddings(ipv4: str) -> dict[str, str]:
    """Spell an IPv4 address as every IPv6 one that leads to it or holds it."""
    packed = int(IPv4Address(ipv4))
    return {
        "mapped": str(IPv6Address((0xFFFF << 32) | packed)),
        "compatible": str(IPv6Address(packed)),
        "nat64": str(IPv6Address((0x64FF9B << 96) | packed)),
        "nat64-local": str(IPv6Address((0x64FF9B0001 << 80) | packed)),
        "6to4": str(IPv6Address((0x2002 << 112) | (packed << 80) | 1)),
        "teredo": str(IPv6Address((0x20010000 << 96) | (packed ^ 0xFFFFFFFF))),
        "teredo-server": str(IPv6Address((0x20010000 << 96) | (packed << 64))),
    }


@pytest.mark.parametrize("reach", [PRODUCTION, DEVELOPMENT], ids=["production", "development"])
@pytest.mark.parametrize("address", [pytest.param(one, id=f"SS-02 {one}") for one in PRIVATE_IPV4])
def test_special_purpose_ipv4_is_refused_in_every_mode(address: str, reach: Reach) -> None:
    assert reach.why_not_address(address)


@pytest.mark.parametrize("reach", [PRODUCTION, DEVELOPMENT], ids=["production", "development"])
@pytest.mark.parametrize(
    "address",
    [
        pytest.param(spelled, id=f"SS-04 {scheme} {one}")
        for one in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1")
        for scheme, spelled in embeddings(one).items()
        if (one, scheme) != ("127.0.0.1", "mapped")  # that is loopback itself
    ],
)
def test_ipv6_with_a_private_ipv4_inside_is_refused_in_every_mode(address: str, reach: Reach) -> None:
    assert reach.why_not_address(address)


@pytest.mark.parametrize("address", [pytest.param(one, id=f"SS-01 {one}") for one in LOOPBACK + THIS_NETWORK])
def test_this_machine_is_refused_in_production(address: str) -> None:
    assert PRODUCTION.why_not_address(address)


@pytest.mark.parametrize("address", LOOPBACK)
def test_development_reaches_loopback(address: str) -> None:
    assert DEVELOPMENT.why_not_address(address) is None


@pytest.mark.parametrize("address", [pytest.param(one, id=f"SS-01 {one}") for one in THIS_NETWORK])
def test_development_does_not_reach_the_unspecified_address(address: str) -> None:
    assert DEVELOPMENT.why_not_address(address)


@pytest.mark.parametrize(
    "address",
    ["fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001:2::1", "3fff::1",
     "2001:20::1", "100::1", "4000::1", "5f00::1", "2001:1ff:ffff::1"],
)  # fmt: skip
def test_ipv6_outside_public_unicast_is_refused_in_every_mode(address: str) -> None:
    assert PRODUCTION.why_not_address(address)
    assert DEVELOPMENT.why_not_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_neighbours_of_every_refused_block_stay_reachable(address: str) -> None:
    assert PRODUCTION.why_not_address(address) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(one, id=f"SS-05 {one!a}")
        for one in (
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "%31",
            "①②⑦.0.0.1",
            "localhost",
            "",
            "::1]",
        )
    ],
)
def test_what_is_not_a_canonical_address_is_refused(text: str) -> None:
    assert PRODUCTION.why_not_address(text) == "not an IP address"
    assert DEVELOPMENT.why_not_address(text) == "not an IP address"


@given(packed=st.integers(min_value=0, max_value=2**32 - 1))
def test_an_ipv4_address_and_its_mapped_and_nat64_spellings_are_judged_alike(packed: int) -> None:
    ipv4 = str(IPv4Address(packed))
    verdicts = {PRODUCTION.why_not_address(embeddings(ipv4)[scheme]) for scheme in ("mapped", "nat64")}
    assert verdicts == {PRODUCTION.why_not_address(ipv4)}


@given(packed=st.integers(min_value=0, max_value=2**128 - 1))
def test_no_ipv6_address_outside_global_unicast_is_reachable(packed: int) -> None:
    address = IPv6Address(packed)
    if PRODUCTION.why_not_address(str(address)) is None:
        embedded = address.ipv4_mapped or IPv4Address(address.packed[-4:])
        assert packed >> 125 == 1 or not any(embedded in block for block, _ in REFUSED_IPV4)


@given(packed=st.integers(min_value=0, max_value=2**32 - 1))
def test_development_adds_loopback_and_nothing_else(packed: int) -> None:
    address = IPv4Address(packed)
    if not address.is_loopback:
        assert DEVELOPMENT.why_not_address(str(address)) == PRODUCTION.why_not_address(str(address))


# --- networks that the owner named ------------------------------------------------------------------------

HOME = Reach(allowed=(ip_network("192.168.1.0/24"), ip_network("fd12:3456::/32")))
EVERYTHING = Reach(allowed=(ip_network("0.0.0.0/0"), ip_network("::/0")))


@pytest.mark.parametrize(
    "address",
    [
        "192.168.1.20",
        "::ffff:192.168.1.20",
        "64:ff9b::c0a8:114",
        "fd12:3456::1",
        "1.1.1.1",
        "2606:4700::1111",
    ],
)
def test_what_is_in_a_named_network_is_reached_beside_the_public_internet(address: str) -> None:
    assert HOME.why_not_address(address) is None


@pytest.mark.parametrize(
    "address",
    ["192.168.2.20", "10.0.0.1", "::ffff:192.168.2.20", "64:ff9b::a00:1", "fd12:3457::1", "fe80::1",
     "127.0.0.1", "::1", "169.254.169.254", "fd00:ec2::254", "::192.168.1.20", "2002:c0a8:114::1"],
)  # fmt: skip
def test_what_is_not_in_a_named_network_is_refused_as_ever(address: str) -> None:
    assert HOME.why_not_address(address) == PRODUCTION.why_not_address(address) is not None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::", "0.0.0.0", "169.254.169.254", "100.100.100.200", "168.63.129.16",
     "192.0.0.192", "224.0.0.1", "255.255.255.255", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
     "fe80::1", "fe80::1%eth0", "ff02::1",
     "::ffff:127.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1",
     "2002:7f00:1::1", "2001:0:7f00:1::1"],
)  # fmt: skip
def test_this_machine_its_link_and_metadata_are_not_meant_by_a_wide_network(address: str) -> None:
    assert EVERYTHING.why_not_address(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "100.64.0.1", "172.16.0.1", "fd00::1", "198.51.100.7"])
def test_everything_else_is(address: str) -> None:
    assert EVERYTHING.why_not_address(address) is None


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1/32", "::ffff:127.0.0.1"),
        ("::1/128", "::1"),
        ("169.254.0.0/16", "169.254.10.1"),
        ("169.254.169.254/32", "169.254.169.254"),
        ("fe80::/10", "fe80::1"),
        ("fd00:ec2::254/128", "fd00:ec2::254"),
    ],
)
def test_they_are_reached_where_they_are_named_themselves(network: str, address: str) -> None:
    reach = Reach(allowed=(ip_network(network),))
    assert reach.why_not_address(address) is None
    assert PRODUCTION.why_not_address(address)


@given(
    network=st.integers(0, 2**32 - 1).flatmap(
        lambda packed: st.integers(0, 32).map(lambda bits: ip_network((packed, bits), strict=False))
    ),
    packed=st.integers(0, 2**32 - 1),
)
def test_naming_a_network_adds_what_is_in_it_and_nothing_else(
    network: IPv4Network | IPv6Network, packed: int
) -> None:
    address = IPv4Address(packed)
    reach = Reach(allowed=(network,))
    if address not in network:
        assert reach.why_not_address(str(address)) == PRODUCTION.why_not_address(str(address))
    if network.prefixlen < 4 and address.is_loopback:
        assert reach.why_not_address(str(address))


def test_a_reach_of_some_networks_alone_has_no_public_internet() -> None:
    reach = Reach(allowed=(ip_network("192.168.0.0/16"), ip_network("127.0.0.0/8")), only_allowed=True)
    assert reach.why_not_address("192.168.1.5") is None
    assert reach.why_not_address("127.0.0.1") is None
    assert reach.why_not_address("93.184.216.34") == "outside the networks that may be reached"
    assert reach.why_not_address("2606:2800:220:1::1") == "outside the networks that may be reached"
