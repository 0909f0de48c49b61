"""The client of a CRM against servers on loopback: what it asks and reads, and what it says of the rest."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from node.crm.client import LIMIT_ANSWER_BYTES, CrmClient
from node.crm.port import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmStale, CrmUnavailable

KEY = "a-key-of-the-owner"
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def speaking(address: str, timeout_seconds: float = 10.0) -> CrmClient:
    return CrmClient(
        address,
        headers={"Authorization": f"bearer {KEY}"},
        secrets=[KEY],
        clock=lambda: datetime(2026, 3, 14, 12, 0, tzinfo=UTC),
        user_agent="tests",
        timeout_seconds=timeout_seconds,
    )


@asynccontextmanager
async def served(
    handler: Handler, *, base: str = "/db", timeout_seconds: float = 10.0
) -> AsyncIterator[CrmClient]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(RawTestServer(handler, host="127.0.0.1"))
        yield await stack.enter_async_context(
            speaking(f"http://127.0.0.1:{server.port}{base}", timeout_seconds)
        )


async def why(response: web.Response) -> CrmError:
    async def handler(_: web.BaseRequest) -> web.Response:
        return response

    async with served(handler) as client:
        with pytest.raises(CrmError) as caught:
            await client.call("GET", "parties")
    return caught.value


async def test_a_call_is_below_the_base_with_key_body_and_query() -> None:
    seen: list[tuple[str, str, str | None, bytes]] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        body = await request.read()
        seen.append((request.method, str(request.rel_url), request.headers.get("Authorization"), body))
        return web.json_response([{"id": 1}])

    async with served(handler) as client:
        answer = await client.call(
            "POST", "model/party", body={"name": "Ä"}, query=[("f", "a b"), ("f", "c&d")]
        )
        assert (await client.call("GET", "/model/party%2F1")).document == [{"id": 1}]
    assert (answer.status, answer.document) == (200, [{"id": 1}])
    assert answer.headers["Content-Type"].startswith("application/json")
    assert seen[0] == ("POST", "/db/model/party?f=a+b&f=c%26d", f"bearer {KEY}", '{"name":"Ä"}'.encode())
    assert seen[1] == ("GET", "/db/model/party%2F1", f"bearer {KEY}", b"")


async def test_what_is_no_json_is_sent_as_it_is() -> None:
    seen: list[tuple[str, bytes]] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append((request.headers["Content-Type"], await request.read()))
        return web.json_response({})

    async with served(handler) as client:
        await client.call("POST", "file", form=(b"\x00{", "text/plain"))
    assert seen == [("text/plain", b"\x00{")]


async def test_an_answer_without_a_body_is_none() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(status=204)

    async with served(handler) as client:
        assert (await client.call("DELETE", "parties/1")).document is None


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CrmDenied),
        (403, CrmDenied),
        (404, CrmMissing),
        (410, CrmMissing),
        (409, CrmStale),
        (412, CrmStale),
        (400, CrmRefused),
        (422, CrmRefused),
        (408, CrmUnavailable),
        (500, CrmBroken),
        (503, CrmUnavailable),
        (307, CrmUnavailable),
    ],
)
async def test_a_status_is_an_error_of_its_kind(status: int, kind: type[CrmError]) -> None:
    error = await why(
        web.Response(status=status, text="why", headers={"Location": "https://elsewhere.example/"})
    )
    assert type(error) is kind
    assert str(status) in error.detail or status == 307


async def test_too_many_requests_say_how_long_to_wait() -> None:
    error = await why(web.Response(status=429, headers={"Retry-After": "90"}))
    assert isinstance(error, CrmUnavailable)
    assert error.retry_after == timedelta(seconds=90)


async def test_what_it_says_is_kept_in_one_line_without_the_key() -> None:
    error = await why(web.Response(status=400, text=f"unknown field\n\u202e at {KEY} " + "x" * 1000))
    assert error.said.startswith("unknown field � at …")
    assert KEY not in str(error)
    assert len(error.said) == 300


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"status": 400, "message": 'You may not modify "Comment".'}, 'You may not modify "Comment".'),
        ({"message": " ", "detail": "No such\nfield."}, "No such field."),
        ({"error": {"code": 7}, "title": "Bad request"}, "Bad request"),
        ({"status": 400}, '{"status": 400}'),
        (["one", "two"], '["one", "two"]'),
        ({"message": "<b>no</b>"}, ""),
    ],
)
async def test_of_json_the_words_alone_are_kept(body: object, said: str) -> None:
    assert (await why(web.json_response(body, status=400))).said == said


async def test_a_key_does_not_show_in_the_words_of_json_either() -> None:
    spelled = "".join(f"\\u{ord(sign):04x}" for sign in KEY)
    error = await why(web.Response(status=400, text=f'{{"message": "bad {spelled}"}}'))
    assert error.said == "bad …"


@pytest.mark.parametrize("said", ["whsec_a/b+c=", "whsec_a\\/b+c=", "whsec_a%2Fb%2Bc%3D"])
async def test_a_key_is_found_however_it_is_spelled(said: str) -> None:
    crm = CrmClient(
        "https://crm.example",
        headers={},
        secrets=["whsec_a/b+c="],
        clock=lambda: datetime(2026, 3, 14, 12, 0, tzinfo=UTC),
        user_agent="tests",
    )
    async with crm:
        assert crm.said(f"bad {said}!".encode()) == "bad …!"


@pytest.mark.parametrize("status", [200, 502])
async def test_a_page_is_no_answer(status: int) -> None:
    page = web.Response(status=status, text="<html>Sign in</html>", content_type="text/html")
    error = await why(page)
    assert type(error) is CrmUnavailable
    assert "Sign in" not in str(error)


async def test_what_is_neither_json_nor_a_page_is_no_answer_either() -> None:
    assert "does not speak JSON" in str(await why(web.Response(text="pong")))


async def test_a_million_records_at_once_are_not_read() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(LIMIT_ANSWER_BYTES // 65_536 + 2):
            await response.write(b" " * 65_536)
        return response

    async with served(handler) as client:
        with pytest.raises(CrmUnavailable, match="4 MB"):
            await client.call("GET", "parties")


async def test_a_crm_that_says_nothing_is_waited_for_so_long() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with served(handler, timeout_seconds=0.2) as client:
        with pytest.raises(CrmUnavailable, match="timeout"):
            await client.call("GET", "parties")


async def test_nothing_is_sent_twice() -> None:
    asked = 0

    async def handler(request: web.BaseRequest) -> web.Response:
        nonlocal asked
        asked += 1
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with served(handler) as client:
        with pytest.raises(CrmUnavailable):
            await client.call("POST", "parties", body={})
    assert asked == 1


@pytest.mark.parametrize("path", ["../admin", "a/../../b", "a b", "a?b", "a#b", "ä"])
async def test_a_path_stays_below_the_base(path: str) -> None:
    async with speaking("https://crm.example/db") as client:
        with pytest.raises(ValueError):
            await client.call("GET", path)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://crm.example",
        "crm.example",
        "https://",
        "https://user:key@crm.example",
        "https://crm.example/?key=1",
        "https://crm.example/#x",
        "http://0x7f000001/",
    ],
)
async def test_what_is_no_address_of_a_crm_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        speaking(address)


@pytest.mark.parametrize(
    "address", ["http://93.184.216.34/", "http://169.254.169.254/", "https://169.254.169.254/"]
)
async def test_a_key_never_goes_in_the_clear_to_the_internet_nor_to_a_clouds_metadata(address: str) -> None:
    async with speaking(address) as client:
        with pytest.raises(CrmUnavailable, match="address-refused"):
            await client.call("GET", "latest")


async def test_the_machine_itself_is_reached_by_ipv6_too() -> None:
    async with speaking("http://[::1]:1/") as client:
        with pytest.raises(CrmUnavailable, match="connection-refused"):
            await client.call("GET", "x")
