"""Pages are small on their way, and their length tells who watches it nothing."""

import gzip
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from node.web.edge import masks, packing
from tests.web.browsing import Browser
from tests.web.house import Answer, open_house

here = pytest.mark.asyncio(loop_scope="module")
TOKEN = urlsafe_b64encode(bytes(range(16))).decode().rstrip("=")


def pad(first: int) -> str:
    return urlsafe_b64encode(bytes([first] * 16)).decode().rstrip("=")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def packed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser that is signed in, whose answers come as they are sent."""
    async with (
        open_house(tmp_path_factory.mktemp("packed") / "n", requests_burst=100_000) as house,
        aiohttp.ClientSession(auto_decompress=False) as session,
    ):
        browser = Browser(house)
        await browser.sign_in()
        house.session, kept = session, house.session
        yield browser
        house.session = kept


async def ask(
    browser: Browser, path: str, *, coding: str = "gzip, deflate, br, zstd", **headers: str
) -> Answer:
    return await browser.get(path, **{"Accept-Encoding": coding, **headers})


# --- what is packed -----------------------------------------------------------------------------------------


@here
@pytest.mark.parametrize("site", ["same-origin", "none", ""])
async def test_a_page_is_packed(packed: Browser, site: str) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    small, plain = await ask(packed, "/wishes/new", **headers), await ask(packed, "/wishes/new", coding="br")
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert len(small.body) < len(plain.body) / 2
    assert gzip.decompress(small.body).startswith(b"<!doctype html>")
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= {*plain.headers["Vary"].split(", ")}


@here
async def test_its_twin_is_packed_where_it_is_large(packed: Browser) -> None:
    small = await ask(packed, "/look", Accept="application/json")
    assert (small.status, small.headers.get("Content-Encoding")) == (200, None)
    for number in range(20):
        content = f"Wish {number} in many words. " * 150
        wish = {"name": f"Wish {number}", "currency": "EUR", "audience": ["public"], "content": content}
        assert (await packed.house.owner("POST", "/intentions", wish)).status == 201
    twin = await ask(packed, "/wishes", Accept="application/json")
    assert twin.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(twin.body)
    assert len(text) > packing.AT_ONCE_BYTES  # beside the event loop
    assert b'"Wish 19"' in text
    assert len(twin.body) < len(text) / 2


@here
@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site"])
async def test_what_another_site_makes_a_browser_ask_for_is_not_packed(packed: Browser, site: str) -> None:
    answer = await ask(packed, "/wishes/new", **{"Sec-Fetch-Site": site})
    assert (answer.status, answer.headers.get("Content-Encoding")) == (200, None)


@here
async def test_what_lets_somebody_in_is_not_packed(packed: Browser) -> None:
    path = urlsplit((await packed.house.owner("POST", "/sessions/links")).json["url"]).path
    for secret in (path, "/security/kit"):
        answer = await ask(packed, secret)
        assert (answer.status, answer.headers.get("Content-Encoding")) == (200, None), secret
        assert len(answer.body) > 1_000, secret
    await packed.get("/calendar")
    fields = {"form_token": packed.token, "form_key": packed.key}
    shown = await packed.send_form("/calendar", fields, Accept_Encoding="gzip")
    assert (shown.headers.get("Content-Encoding"), b"/calendar/" in shown.body) == (None, True)


@here
async def test_streams_are_not_packed(packed: Browser) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in packed.cookies.items())
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip", "Cookie": cookie}
    async with packed.house.session.get(f"{packed.house.origin}/events", headers=headers) as stream:
        assert (stream.status, stream.headers.get("Content-Encoding")) == (200, None)
        assert (await stream.content.readline()).isascii()


# --- what its length tells ----------------------------------------------------------------------------------


@here
async def test_no_two_answers_are_of_one_length_or_have_a_token_in_common(packed: Browser) -> None:
    answers = [(await ask(packed, "/wishes/new")).body for _ in range(30)]
    assert len({len(body) for body in answers}) > 10
    pages = [gzip.decompress(body).decode() for body in answers]
    tokens = [page.partition('name="form_token" value="')[2].partition('"')[0] for page in pages]
    assert len({*tokens}) == 30
    assert len({token[:22] for token in tokens}) == len({token[22:] for token in tokens}) == 30


def test_what_is_packed_is_longer_by_its_comment_alone() -> None:
    body = b"a page " * 1_000
    plain, longer = packing.compress(body), packing.compress(body, b"-" * 100)
    assert len(longer) == len(plain) + 100
    assert gzip.decompress(plain) == gzip.decompress(longer) == body


@pytest.mark.parametrize(
    ("accept", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("x-gzip", False),
        ("", False),
        ("br", False),
    ],
)
def test_who_takes_gzip(accept: str, takes: bool) -> None:
    assert packing.takes_gzip(accept) is takes


# --- masks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1, 127, 255])
def test_a_token_is_known_under_any_mask(first: int) -> None:
    assert masks.covers(masks.mask(TOKEN, pad(first)), TOKEN)


def test_a_token_is_another_text_under_another_mask() -> None:
    one, other = (urlsafe_b64decode(masks.mask(TOKEN, pad(first))) for first in (1, 254))
    assert len(one) == len(other) == 32
    assert all(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "sent",
    [
        "",
        TOKEN,
        TOKEN + TOKEN,
        "A" * 44,
        masks.mask(TOKEN, pad(1))[:-4],
        masks.mask(TOKEN, pad(1)) + "AAAA",
        masks.mask(pad(9), pad(1)),
        masks.mask(TOKEN, pad(1)) + "x",
        "\u00fc" * 44,
        "=" * 44,
    ],
)
def test_nothing_else_is_the_token(sent: str) -> None:
    assert not masks.covers(sent, TOKEN)


def test_any_other_bit_is_another_token() -> None:
    masked = bytearray(urlsafe_b64decode(masks.mask(TOKEN, pad(7))))
    for place in range(len(masked) * 8):
        masked[place // 8] ^= 1 << place % 8
        assert not masks.covers(urlsafe_b64encode(masked).decode(), TOKEN), place
        masked[place // 8] ^= 1 << place % 8


def test_a_pad_is_as_long_as_what_it_covers() -> None:
    with pytest.raises(ValueError, match=r"."):
        masks.mask(TOKEN, pad(1)[:8])
