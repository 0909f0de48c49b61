"""Addresses: which are taken, which origin answers for them, and every odd spelling that is refused."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import iris
from protocol.errors import Unprocessable
from protocol.iris import (
    LIMIT_CHARACTERS,
    Origin,
    check_host,
    check_iri,
    origin,
    same_origin,
    server,
    without_fragment,
)


@pytest.mark.parametrize(
    "iri",
    [
        "https://bikehaus.example",
        "https://bikehaus.example/",
        "https://bikehaus.example/actors/shop",
        "https://bikehaus.example:8443/actors/shop",
        "https://BikeHaus.example/@Shop",
        "https://sub.bikehaus.example/?author=1",
        "https://bikehaus.example/a%20b/c;d=e,f(g)*h!i~j'k",
        "https://xn--bcher-kva.example/",
        "https://xn--fa-hia.example/",  # faß, which IDNA 2008 permits and keeps apart from fass
        "https://192.0.2.7/actor",
        "https://[2001:db8::7]:8443/actor",
        "https://bikehaus.example/a...b/.well-known/..hidden",
        "https://" + ".".join(["a" * 63] * 3) + ".example/",
    ],
)
def test_an_ordinary_address_is_returned_unchanged(iri: str) -> None:
    assert check_iri(iri, allow_http=False) == iri


@pytest.mark.parametrize(
    "iri",
    [
        pytest.param(None, id="missing"),
        pytest.param(["https://b.example/"], id="array"),
        pytest.param("", id="empty"),
        pytest.param("/actors/shop", id="relative"),
        pytest.param("//b.example/", id="scheme-relative"),
        pytest.param("https:b.example", id="no-slashes"),
        pytest.param("https:///actors", id="no-host"),
        pytest.param("HTTPS://b.example/", id="upper-case-scheme"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("data:text/plain,x", id="data"),
        pytest.param("javascript:alert(1)", id="javascript"),
        pytest.param("ftp://b.example/", id="ftp"),
        pytest.param("urn:uuid:00000000-0000-0000-0000-000000000000", id="urn"),
        pytest.param("_:b0", id="LD-11-blank-node"),
        pytest.param("https://b.example/" + "a" * LIMIT_CHARACTERS, id="SS-13-four-kilobytes"),
        pytest.param("https://user@b.example/", id="SS-13-userinfo"),
        pytest.param("https://user:secret@b.example/", id="SS-13-password"),
        pytest.param("https://b.example@evil.example/", id="SS-13-userinfo-like-host"),
        pytest.param("https://b.example:0/", id="SS-13-port-0"),
        pytest.param("https://b.example:22/", id="SS-13-port-22"),
        pytest.param("https://b.example:25/", id="SS-13-port-25"),
        pytest.param("https://b.example:6379/", id="SS-13-port-6379"),
        pytest.param("https://b.example:65536/", id="SS-13-port-65536"),
        pytest.param("https://b.example:99999/", id="port-99999"),
        pytest.param("https://b.example:/", id="port-empty"),
        pytest.param("https://b.example:0443/", id="port-leading-zero"),
        pytest.param("https://b.example:+443/", id="port-signed"),
        pytest.param("https://b.example:4٤3/", id="port-arabic-digit"),
        pytest.param("https://b.example/\r\nX: y", id="SS-13-crlf"),
        pytest.param("https://b.example/a\n", id="SS-13-line-feed-at-the-end"),
        pytest.param("https://b.example/a b", id="SS-13-space"),
        pytest.param(" https://b.example/", id="SS-13-space-before"),
        pytest.param("https://b.example/a\tb", id="SS-13-tab"),
        pytest.param("https://b.example/a\x00b", id="NUL"),
        pytest.param("https://b.example\\@evil.example/", id="backslash"),
        pytest.param('https://b.example/"><script>', id="RD-07-quote"),
        pytest.param("https://b.example/>", id="RD-07-angle"),
        pytest.param("https://b.example/{x}", id="RD-07-brace"),
        pytest.param("https://b.example/ü", id="non-ascii-path"),
        pytest.param("https://b.example/a\u202eb", id="direction-override"),
        pytest.param("https://b.example/%zz", id="percent-without-digits"),
        pytest.param("https://b.example/%2", id="percent-cut-off"),
        pytest.param("https://b.example/a/../b", id="dot-segments"),
        pytest.param("https://b.example/a/./b", id="dot-segment"),
        pytest.param("https://b.example/a/..", id="dot-segment-at-the-end"),
        pytest.param("https://b.example/a/%2e%2E/b", id="dot-segments-encoded"),
        pytest.param("https://b.example/a/.%2e/b", id="dot-segments-half-encoded"),
    ],
)
def test_an_address_that_could_be_read_in_two_ways_is_refused(iri: object) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_iri(iri, allow_http=True, allow_fragment=True)
    assert refused.value.code == "iri-invalid"
    assert not same_origin(iri, iri)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.1", id="SS-05-two-parts"),
        pytest.param("2130706433", id="SS-05-one-number"),
        pytest.param("0x7f.1", id="SS-05-hexadecimal"),
        pytest.param("0x7f000001", id="SS-05-hexadecimal-number"),
        pytest.param("0X7F000001", id="SS-05-hexadecimal-upper-case"),
        pytest.param("0177.0.0.1", id="SS-05-octal"),
        pytest.param("127.0.0.01", id="SS-05-leading-zero"),
        pytest.param("127.0.0.256", id="number-too-large"),
        pytest.param("b.example.0x", id="hexadecimal-without-digits"),
        pytest.param("%31%32%37.0.0.1", id="SS-05-percent-encoded"),
        pytest.param("①②⑦.0.0.1", id="SS-05-circled-digits"),
        pytest.param("ⓛocalhost", id="SS-05-circled-letter"),
        pytest.param("127。0。0。1", id="SS-05-ideographic-full-stop"),
        pytest.param("ⓔxample.com", id="UN-01-circled"),
        pytest.param("exam\u00adple.com", id="UN-01-soft-hyphen"),
        pytest.param("\uff45xample.com", id="UN-01-full-width"),
        pytest.param("faß.de", id="UN-01-sharp-s"),
        pytest.param("bücher.example", id="UN-01-u-label"),
        pytest.param("\u0131.example", id="UN-01-dotless-i"),
        pytest.param("xn--example-l38f.com", id="UN-01-circled-in-punycode"),
        pytest.param("xn--example-nec.com", id="UN-01-soft-hyphen-in-punycode"),
        pytest.param("xn--example-.com", id="ascii-in-punycode"),
        pytest.param("xn--a", id="punycode-broken"),
        pytest.param("xn--99999999.example", id="punycode-overflow"),
        pytest.param("xn--Bcher-kva8445foa.example", id="punycode-upper-case"),
        pytest.param("ab--cd.example", id="hyphens-of-another-prefix"),
        pytest.param("localhost.", id="SS-01-trailing-dot"),
        pytest.param(".b.example", id="leading-dot"),
        pytest.param("b..example", id="empty-label"),
        pytest.param("-b.example", id="hyphen-first"),
        pytest.param("b-.example", id="hyphen-last"),
        pytest.param("b_c.example", id="underscore"),
        pytest.param("a" * 64 + ".example", id="label-too-long"),
        pytest.param(".".join(["a" * 63] * 4), id="name-too-long"),
        pytest.param("[::1", id="bracket-open"),
        pytest.param("[127.0.0.1]", id="IPv4-in-brackets"),
        pytest.param("[fe80::1%25eth0]", id="zone"),
        pytest.param("[:::]", id="no-IPv6"),
        pytest.param("::1", id="IPv6-without-brackets"),
    ],
)
def test_a_host_in_disguise_is_refused(host: str) -> None:
    for address in (f"https://{host}/actor", f"https://{host}:8443/actor", f"http://{host}/"):
        with pytest.raises(Unprocessable, match="iri-invalid"):
            check_iri(address, allow_http=True)
    with pytest.raises(Unprocessable, match="iri-invalid"):
        check_host(host)


def test_plain_http_is_for_loopback_in_development_only() -> None:
    loopback = [
        "http://127.0.0.1:8420/actors/alice",
        "http://127.9.9.9/",
        "http://[::1]:8420/",
        "http://localhost:8420/",
        "http://shop.localhost/",
    ]
    for iri in loopback:
        assert check_iri(iri, allow_http=True) == iri
        with pytest.raises(Unprocessable):
            check_iri(iri, allow_http=False)
    for iri in (
        "http://b.example/",
        "http://192.0.2.7/",
        "http://[2001:db8::1]/",
        "http://localhost.example/",
    ):
        with pytest.raises(Unprocessable):
            check_iri(iri, allow_http=True)


def test_a_fragment_is_taken_only_where_a_part_may_be_named() -> None:
    key = "https://b.example/actors/shop#ed25519-1"
    assert check_iri(key, allow_http=False, allow_fragment=True) == key
    with pytest.raises(Unprocessable):
        check_iri(key, allow_http=False)
    with pytest.raises(Unprocessable):
        check_iri("https://b.example/#", allow_http=False)
    assert without_fragment(key) == "https://b.example/actors/shop"
    assert without_fragment("https://b.example/") == "https://b.example/"


def test_the_origin_has_its_host_in_lower_case_and_its_port_in_full() -> None:
    assert origin("https://BikeHaus.Example/Actors") == Origin("https", "bikehaus.example", 443)
    assert origin("http://localhost/x#y") == Origin("http", "localhost", 80)
    assert origin("https://[2001:DB8:0::1]/") == Origin("https", "[2001:db8::1]", 443)


@pytest.mark.parametrize(
    ("iri", "text"),
    [
        ("https://b.example/a?b#c", "https://b.example"),
        ("https://b.example:443/", "https://b.example"),
        ("https://b.example:8443/", "https://b.example:8443"),
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:443/", "http://localhost:443"),
    ],
)
def test_an_origin_is_written_without_its_default_port(iri: str, text: str) -> None:
    assert str(origin(iri)) == text
    assert origin(text) == origin(iri)


def test_addresses_share_an_origin_by_scheme_host_and_port_together() -> None:
    base = "https://b.example/actors/shop"
    assert same_origin(base, "https://B.EXAMPLE:443/other#key")
    assert not same_origin(base, "http://b.example/actors/shop")
    assert not same_origin(base, "https://b.example:8443/actors/shop")
    assert not same_origin(base, "https://shop.b.example/actors/shop")
    assert not same_origin(base, "https://b.example.evil.example/actors/shop")
    assert not same_origin(base, None)


def test_a_server_is_a_host_whatever_the_port_but_on_loopback() -> None:
    assert (
        server("https://b.example:8443/actors/shop") == server("https://B.example/1") == "https://b.example"
    )
    assert server("https://a.b.example/1") != server("https://b.example/1")
    assert server("http://127.0.0.1:8421/1") != server("http://127.0.0.1:8422/1")
    assert not same_origin(None, None)


_labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).filter(lambda x: x[2:4] != "--")
_hosts = st.lists(_labels, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
_paths = st.from_regex(r"(/[A-Za-z0-9_~@:-]{0,9}){0,4}", fullmatch=True)


@given(_hosts, st.sampled_from([443, 1024, 8443, 65535]), _paths)
def test_what_is_accepted_keeps_its_bytes_and_names_one_origin(host: str, port: int, path: str) -> None:
    iri = f"https://{host}:{port}{path}"
    assert check_iri(iri, allow_http=False) == iri
    assert origin(iri) == Origin("https", host, port)
    assert same_origin(iri, str(origin(iri)))


@given(st.text(max_size=40))
def test_any_text_is_either_refused_or_an_ascii_address_on_its_own(text: str) -> None:
    try:
        taken = check_iri(text, allow_http=True, allow_fragment=True)
    except Unprocessable:
        return
    assert taken == text
    assert text.isascii()
    assert text.startswith(("https://", "http://"))


def outcome(read: Callable[[str], object], iri: str) -> str:
    try:
        return repr(read(iri))
    except Unprocessable as error:
        return repr(error)


PARTS = st.sampled_from(
    [
        *(
            "https",
            "http",
            "://",
            ":/",
            "//",
            "b.example",
            "B.example",
            "b..example",
            "127.1",
            "[::1]",
            "xn--a",
        ),
        *(
            ":443",
            ":80",
            ":0443",
            ":25",
            ":99999",
            ":",
            "/",
            "/actors/a_~-1",
            "/.",
            "/..",
            "/%2e",
            "/a.b",
            "/%zz",
        ),
        *("?", "?a=b", "#", "#main-key", "#a/b", "#%41", "@", " ", "\n", "\u00e9", "\u0663"),
    ]
)


@given(
    st.lists(PARTS, max_size=5).map("".join)
    | st.lists(PARTS, max_size=4).map("".join).map("https://b.example".__add__)
)
def test_a_usual_address_is_read_as_any_other(iri: str) -> None:
    assert outcome(iris._read, iri) == outcome(iris._parse, iri)


def test_addresses_of_one_peer_have_one_origin() -> None:
    assert origin("https://b.example/actors/a#main-key") is origin("https://b.example/activities/1")
