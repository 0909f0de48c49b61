"""What lets somebody into the pages, by time, by where a form came from, and by where one goes on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.access import (
    SESSION_IDLE,
    SESSION_LONGEST,
    STEP_UP_HOLDS,
    Weakness,
    device_of,
    is_open,
    is_own_page,
    is_stepped_up,
    own_path,
    site_of,
    weakness,
)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
OWN = {"https://node.example", "http://localhost:8420"}


@pytest.mark.parametrize(
    ("opened", "seen", "holds"),
    [
        (timedelta(), timedelta(), True),
        (SESSION_IDLE, SESSION_IDLE - INSTANT, True),
        (SESSION_IDLE, SESSION_IDLE, False),
        (SESSION_LONGEST - INSTANT, timedelta(), True),
        (SESSION_LONGEST, timedelta(), False),
        (-timedelta(days=1), -timedelta(days=1), True),
    ],
)
def test_a_sign_in_holds_as_long_as_it_is_used_and_no_longer_than_that(
    opened: timedelta, seen: timedelta, holds: bool
) -> None:
    assert is_open(opened_at=NOW - opened, seen_at=NOW - seen, now=NOW) is holds


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/wishes",
        "/wishes/int_01/compare?left=2&right=3&sort=",
        "/offers/of_1?a=%C3%A4+b",
        "/?show=all",
        "/a//b",
    ],
)
def test_a_path_of_ours_is_where_one_goes_on(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "wishes",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /wishes",
        "/wishes\r\nSet-Cookie: a=b",
        "https://evil.example/",
        "javascript:alert(1)",
        "/%2F/evil.example",
        "/wishes#x",
        "/@evil.example",
        "/?next=https://evil.example\\@x",
        "/" + "a" * 500,
        "/ä",
    ],
)
def test_anything_else_leads_to_the_start(path: str) -> None:
    assert own_path(path) == "/"


@given(st.text())
def test_where_one_goes_on_never_names_a_host(text: str) -> None:
    path = own_path(text)
    assert path.startswith("/")
    assert path[:2] not in {"//", "/\\"}
    assert path.isascii()
    assert path.isprintable()


@pytest.mark.parametrize(
    ("site", "origin", "own"),
    [
        ("same-origin", "https://node.example", True),
        ("same-origin", "null", True),
        ("same-origin", None, True),
        (None, "https://node.example", True),
        (None, "http://localhost:8420", True),
        (None, None, False),
        (None, "null", False),
        ("same-site", "https://node.example", False),
        ("cross-site", None, False),
        ("none", None, False),
        ("", "https://node.example", False),
        ("same-origin", "https://evil.example", False),
        ("same-origin", "", False),
        (None, "https://node.example.evil.example", False),
        (None, "https://node.example:8443", False),
        (None, "http://node.example", False),
        (None, "https://NODE.example", False),
    ],
)
def test_a_form_is_one_of_ours_only_if_the_browser_says_so(
    site: str | None, origin: str | None, own: bool
) -> None:
    assert is_own_page(site, origin, own=OWN) is own


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/130.0.0.0 Mobile Safari/537.36"
            ),
            "Chrome, Android",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
                "Version/18.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
            ),
            "Edge, Windows",
        ),
        ("curl/8.0", ""),
        ("", ""),
        ("<script>Firefox/</script>", "Firefox"),
    ],
)
def test_a_device_is_named_in_words_of_ours(agent: str, device: str) -> None:
    assert device_of(agent) == device


@pytest.mark.parametrize(
    ("since", "shown"),
    [
        (None, False),
        (NOW, True),
        (NOW - STEP_UP_HOLDS + INSTANT, True),
        (NOW - STEP_UP_HOLDS, False),
        (NOW + INSTANT, False),
    ],
)
def test_a_proof_of_the_person_holds_for_minutes(since: datetime | None, shown: bool) -> None:
    assert is_stepped_up(since, now=NOW) is shown


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        ("https://ada.example", "ada.example"),
        ("https://ada.example:8443", "ada.example"),
        ("http://localhost:8420", "localhost"),
        ("http://127.0.0.1:8420", ""),
        ("http://[::1]:8420", ""),
        ("", ""),
    ],
)
def test_passkeys_are_made_for_a_name(origin: str, site: str) -> None:
    assert site_of(origin) == site


@pytest.mark.parametrize(
    ("passkeys", "password", "kit", "weakest"),
    [
        (0, False, False, Weakness.NO_PROOF),
        (0, False, True, Weakness.NO_PROOF),
        (1, False, False, Weakness.NO_KIT),
        (0, True, False, Weakness.NO_KIT),
        (0, True, True, Weakness.NO_PASSKEY),
        (2, True, True, Weakness.NOTHING),
        (1, False, True, Weakness.NOTHING),
    ],
)
def test_the_worst_thing_is_named_first(passkeys: int, password: bool, kit: bool, weakest: Weakness) -> None:
    assert weakness(passkeys=passkeys, password=password, kit=kit) is weakest
