"""What of a request can be signed, and when a signature counts as fresh."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from protocol.errors import Unauthenticated
from protocol.httpmessages import Request, Window, covered_field, covered_text
from tests.protocol.signing import NOW, SECONDS

WINDOW = Window(NOW, timedelta(hours=12), timedelta(minutes=5))


@pytest.mark.parametrize(
    ("target_uri", "authority", "path", "query"),
    [
        ("https://node.example/inbox", "node.example", "/inbox", "?"),
        ("https://node.example", "node.example", "/", "?"),
        ("https://NODE.example:443/a%2Fb/", "node.example", "/a%2Fb/", "?"),
        ("https://node.example:8443/inbox?", "node.example:8443", "/inbox", "?"),
        ("http://127.0.0.1:80/inbox?a=b&c=%20?d", "127.0.0.1", "/inbox", "?a=b&c=%20?d"),
        ("http://[::1]:8420/inbox", "[::1]:8420", "/inbox", "?"),
        ("http://node.example:443/", "node.example:443", "/", "?"),
    ],
)
def test_the_parts_of_the_target(target_uri: str, authority: str, path: str, query: str) -> None:
    request = Request("POST", target_uri, [], b"")
    assert (request.authority, request.path, request.query) == (authority, path, query)


def test_repeated_fields_are_combined_in_order_and_stripped() -> None:
    headers = [("a", " 1\t"), ("b", ""), ("a", "2, 3 "), ("a", "")]
    assert Request("GET", "https://node.example/", headers, b"").fields() == {"a": "1, 2, 3, ", "b": ""}


def test_a_covered_field_has_to_be_there() -> None:
    assert covered_field({"date": ""}, "date") == ""
    with pytest.raises(Unauthenticated) as caught:
        covered_field({"date": "x"}, "digest")
    assert caught.value.code == "component-missing"


@pytest.mark.parametrize("value", ["a\nb", "a\r\n b", "\0", "\x7f", "caf\u00e9", "\udcff"])
def test_a_line_of_the_base_is_one_line_of_ascii(value: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        covered_text(value)  # SG-11
    assert caught.value.code == "signature-malformed"


def test_tabs_and_punctuation_are_plain_text() -> None:
    assert covered_text('a\tb "~!') == 'a\tb "~!'


@pytest.mark.parametrize("seconds", [SECONDS, SECONDS - 12 * 3600, SECONDS + 300])
def test_a_signature_within_the_window_is_fresh(seconds: int) -> None:
    assert WINDOW.check(seconds, None) == datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    "seconds", [SECONDS - 12 * 3600 - 1, SECONDS + 301, 0, -1, 10**15 - 1, -(10**15) + 1]
)
def test_a_signature_outside_the_window_is_stale(seconds: int) -> None:
    with pytest.raises(Unauthenticated) as caught:
        WINDOW.check(seconds, None)
    assert caught.value.code == "stale"


def test_a_signature_that_expired_is_stale_give_or_take_the_skew() -> None:
    assert WINDOW.check(SECONDS - 600, SECONDS - 300) == datetime.fromtimestamp(SECONDS - 600, UTC)
    assert WINDOW.check(SECONDS, 10**15 - 1) == NOW
    with pytest.raises(Unauthenticated) as caught:
        WINDOW.check(SECONDS - 600, SECONDS - 301)
    assert caught.value.code == "stale"


@pytest.mark.parametrize("made", [SECONDS, SECONDS - 100, SECONDS + 300])
def test_a_signature_that_had_expired_when_it_was_made_holds_at_no_time(made: int) -> None:
    assert WINDOW.check(made, made) == datetime.fromtimestamp(made, UTC)
    with pytest.raises(Unauthenticated, match="before it was made") as caught:
        WINDOW.check(made, made - 1)
    assert caught.value.code == "stale"


def test_the_window_moves_with_the_clock() -> None:
    later = replace(WINDOW, now=NOW + timedelta(hours=13))
    with pytest.raises(Unauthenticated):
        later.check(SECONDS, None)
    assert later.check(SECONDS + 3600, None)
