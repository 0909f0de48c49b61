"""Account names, WebFinger in both directions and NodeInfo, with what a lying host tries."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.discovery import (
    Acct,
    acct_of,
    findable,
    parse_acct,
    read_webfinger,
    render_nodeinfo,
    render_nodeinfo_links,
    render_server_webfinger,
    render_webfinger,
    webfinger_iri,
)
from protocol.errors import Unprocessable

ALICE = Acct("alice", "alice.example")
ACTOR = "https://alice.example/actors/alice"


@pytest.mark.parametrize(
    "text", ["acct:alice@alice.example", "@alice@alice.example", "alice@alice.example", "alice@ALICE.Example"]
)
def test_an_account_is_read_in_each_usual_spelling(text: str) -> None:
    assert parse_acct(text) == ALICE


@pytest.mark.parametrize("user", ["a", "_", "7", "shop-2", "first.last", "a~b", "A" * 64])
def test_names_have_letters_digits_and_a_few_marks(user: str) -> None:
    assert parse_acct(f"{user}@b.example").user == user


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("alice", id="no-host"),
        pytest.param("@alice.example", id="no-user"),
        pytest.param("alice@", id="host-empty"),
        pytest.param("x@127.0.0.1:6379", id="SS-14-redis"),
        pytest.param("x@127.0.0.1", id="SS-14-loopback"),
        pytest.param("x@host/path?", id="SS-14-path"),
        pytest.param("x@b.example?a=b", id="SS-14-query"),
        pytest.param("x@b.example#a", id="SS-14-fragment"),
        pytest.param("x#y@b.example", id="SS-14-fragment-in-user"),
        pytest.param("x@[::1]", id="SS-14-IPv6"),
        pytest.param("x@@b.example", id="SS-14-two-ats"),
        pytest.param("@@b.example", id="SS-14-two-ats-first"),
        pytest.param("a@b@c.example", id="UN-07-two-hosts"),
        pytest.param("a%40b@c.example", id="UN-07-percent"),
        pytest.param("a!b@c.example", id="UN-07-bang"),
        pytest.param('"a b"@c.example', id="UN-07-quoted"),
        pytest.param("a(comment)@c.example", id="UN-07-comment"),
        pytest.param(".a@c.example", id="dot-first"),
        pytest.param("a.@c.example", id="dot-last"),
        pytest.param("a" * 65 + "@c.example", id="name-too-long"),
        pytest.param("älice@c.example", id="name-not-ascii"),
        pytest.param("a@bücher.example", id="host-not-ascii"),
        pytest.param("a@ⓔxample.com", id="host-circled"),
        pytest.param("a@127.1", id="SS-05-shorthand"),
        pytest.param("a@2130706433", id="SS-05-number"),
        pytest.param("a@0x7f.1", id="SS-05-hexadecimal"),
        pytest.param("a@localhost", id="SS-01-localhost"),
        pytest.param("a@localhost.", id="SS-01-localhost-dot"),
        pytest.param("a@b.example:8443", id="port"),
        pytest.param("a@b.example:", id="port-empty"),
        pytest.param("a@-b.example", id="label"),
        pytest.param("a@b.example\n", id="line-feed"),
        pytest.param("mailto:a@b.example", id="another-scheme"),
        pytest.param("https://b.example/a@b.example", id="address"),
    ],
)
def test_anything_else_is_no_account(text: str) -> None:
    with pytest.raises(Unprocessable, match="acct-invalid"):
        parse_acct(text)


def test_a_port_is_called_a_port() -> None:
    with pytest.raises(Unprocessable, match="no port"):
        parse_acct("a@b.example:8443")
    with pytest.raises(Unprocessable, match="no name in the DNS"):
        parse_acct("a@localhost")


@pytest.mark.parametrize(
    ("home", "dev", "typed"),
    [
        ("https://b.example", False, "a@b.example"),
        ("https://b.example:8443", False, "https://b.example:8443/actors/a"),
        ("https://localhost", False, "https://localhost/actors/a"),
        ("http://127.0.0.1:8420", True, "a@127.0.0.1:8420"),
    ],
)
def test_others_find_an_actor_by_what_they_can_look_up(home: str, dev: bool, typed: str) -> None:
    assert findable(f"{home}/actors/a", "a", allow_http=dev) == typed


def test_development_admits_loopback_with_a_port_over_plain_http() -> None:
    acct = parse_acct("alice@127.0.0.1:8420", allow_http=True)
    assert acct == Acct("alice", "127.0.0.1:8420", "http")
    assert webfinger_iri(acct).startswith("http://127.0.0.1:8420/.well-known/webfinger?")
    assert parse_acct("a@[::1]:8420", allow_http=True).host == "[::1]:8420"
    assert parse_acct("a@b.example", allow_http=True).scheme == "https"
    for text in ("x@127.0.0.1:6379", "x@b.example:8420", "x@192.168.1.5:8420", "x@0177.0.0.1:8420"):
        with pytest.raises(Unprocessable):
            parse_acct(text, allow_http=True)


def test_the_question_is_asked_of_the_accounts_own_host() -> None:
    address = urlsplit(webfinger_iri(ALICE))
    assert (address.scheme, address.netloc) == ("https", "alice.example")
    assert address.path == "/.well-known/webfinger"
    assert parse_qs(address.query) == {"resource": ["acct:alice@alice.example"]}
    assert address.query == "resource=acct%3Aalice%40alice.example"  # RFC 7033 §4.1 encodes both


@given(st.from_regex(r"[A-Za-z0-9_]([A-Za-z0-9_.~-]{0,20}[A-Za-z0-9_])?", fullmatch=True))
def test_what_we_answer_leads_back_to_the_same_actor(user: str) -> None:
    acct = Acct(user, "alice.example")
    actor = f"https://alice.example/actors/{user}"
    assert read_webfinger(render_webfinger(acct, actor=actor), acct=acct) == actor
    assert parse_acct(acct.uri) == parse_acct(str(acct)) == acct
    assert acct_of(actor, user).is_same_as(acct)


def _answer(**changes: Any) -> dict[str, Any]:
    link = {"rel": "self", "type": "application/activity+json", "href": ACTOR}
    return {"subject": "acct:alice@alice.example", "links": [link]} | changes


@pytest.mark.parametrize(
    "media_type",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    ],
)
def test_the_actor_is_linked_in_either_media_type(media_type: str) -> None:
    links = [
        "https://alice.example/",
        {
            "rel": "http://webfinger.net/rel/profile-page",
            "type": "text/html",
            "href": "https://alice.example/",
        },
        {"rel": "self", "href": "https://alice.example/untyped"},
        {"rel": "self", "type": "text/html", "href": "https://alice.example/page"},
        {"rel": "self", "type": "application/ld+json", "href": "https://alice.example/other-data"},
        {"rel": "self", "type": media_type, "href": ACTOR},
    ]
    assert read_webfinger(_answer(links=links), acct=ALICE) == ACTOR


def test_the_case_of_a_name_is_the_hosts_to_choose() -> None:
    assert read_webfinger(_answer(), acct=Acct("Alice", "alice.example")) == ACTOR
    assert read_webfinger(_answer(subject="acct:Alice@Alice.Example"), acct=ALICE) == ACTOR


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"subject": "acct:bob@alice.example"}, "webfinger-mismatch", id="KY-16-another-user"),
        pytest.param({"subject": "acct:alice@evil.example"}, "webfinger-mismatch", id="KY-16-another-host"),
        pytest.param({"subject": ACTOR}, "webfinger-mismatch", id="KY-16-address-as-subject"),
        pytest.param({"subject": "acct:@"}, "webfinger-mismatch", id="KY-16-no-account"),
        pytest.param({"subject": None}, "webfinger-mismatch", id="KY-16-no-subject"),
        pytest.param({"subject": 7}, "webfinger-mismatch", id="KY-16-number"),
        pytest.param({"links": []}, "webfinger-no-actor", id="no-links"),
        pytest.param({"links": None}, "webfinger-no-actor", id="links-missing"),
        pytest.param({"links": [7, "x", None]}, "webfinger-no-actor", id="links-of-no-kind"),
    ],
)
def test_an_answer_about_somebody_else_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_webfinger(_answer(**changes), acct=ALICE)


@pytest.mark.parametrize(
    ("href", "code"),
    [
        pytest.param("https://evil.example/actors/alice", "webfinger-foreign-actor", id="KY-16-other-host"),
        pytest.param("https://alice.example:8443/actors/alice", "webfinger-foreign-actor", id="other-port"),
        pytest.param("https://www.alice.example/actors/alice", "webfinger-foreign-actor", id="other-label"),
        pytest.param("http://alice.example/actors/alice", "iri-invalid", id="plain-http"),
        pytest.param("https://alice.example@evil.example/", "iri-invalid", id="userinfo"),
        pytest.param("/actors/alice", "iri-invalid", id="relative"),
        pytest.param(None, "iri-invalid", id="missing"),
    ],
)
def test_an_actor_of_another_host_is_refused(href: object, code: str) -> None:
    link = {"rel": "self", "type": "application/activity+json", "href": href}
    with pytest.raises(Unprocessable, match=code):
        read_webfinger(_answer(links=[link]), acct=ALICE)


def test_an_actor_found_on_loopback_may_be_plain_http() -> None:
    acct = Acct("alice", "127.0.0.1:8420", "http")
    document = render_webfinger(acct, actor="http://127.0.0.1:8420/actors/alice")
    assert read_webfinger(document, acct=acct) == "http://127.0.0.1:8420/actors/alice"
    assert acct_of("http://127.0.0.1:8420/actors/alice", "alice") == acct


def test_the_way_back_shows_an_actor_that_was_passed_off_as_another() -> None:
    assert not acct_of("https://alice.example/actors/mallory", "mallory").is_same_as(ALICE)
    assert not acct_of("https://evil.example/actors/alice", "alice").is_same_as(ALICE)
    with pytest.raises(Unprocessable, match="iri-invalid"):
        acct_of("alice", "alice")


def test_the_server_has_an_actor_of_its_own() -> None:
    server = "https://alice.example/actor"
    assert render_server_webfinger("https://alice.example", actor=server) == {
        "subject": "https://alice.example/",
        "links": [
            {
                "rel": "https://www.w3.org/ns/activitystreams#Service",
                "type": "application/activity+json",
                "href": server,
            }
        ],
    }
    assert render_nodeinfo_links("https://alice.example", actor=server)["links"] == [
        {
            "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
            "href": "https://alice.example/nodeinfo/2.1",
        },
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": server},
    ]


def test_nodeinfo_has_what_its_schema_requires_and_counts_nobody() -> None:
    document = render_nodeinfo(version="0.1.0")
    # NodeInfo 2.1: these members are required, and no others are allowed.
    assert document == {
        "version": "2.1",
        "software": {"name": "freehold", "version": "0.1.0"},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {}},
        "metadata": {},
    }
