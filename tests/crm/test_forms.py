"""Forms with a file in them: a server reads what was put into them, whatever that is."""

from datetime import UTC, datetime

from aiohttp import BodyPartReader, web
from aiohttp.test_utils import RawTestServer

from node.crm.adapter import CrmAccount
from node.crm.client import CrmClient
from node.crm.forms import Part, spell_form

PARTS: list[Part] = [
    ("options", "", b'{"access":"PRIVATE"}'),
    ("empty", "", b""),
    ("file", "evidence-1.json", b"--a\r\n\r\n--\r\nContent-Disposition: form-data\r\n\0\xff\r\n"),
]


async def test_what_is_put_into_a_form_is_read_out_of_it() -> None:
    read: list[Part] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            read.append((part.name or "", part.filename or "", bytes(await part.read())))
        return web.json_response({})

    async with RawTestServer(handler, host="127.0.0.1") as server:
        origin = str(server.make_url("/"))
        account = CrmAccount(address=origin, clock=lambda: datetime.now(UTC), user_agent="tests")
        async with CrmClient.of(account, headers={}) as client:
            await client.call("POST", "files", form=spell_form(PARTS))
    assert read == PARTS


def test_a_part_of_what_is_in_a_form_is_not_what_parts_it() -> None:
    _, typed = spell_form(PARTS)
    _, again = spell_form([("file", "x", typed.rpartition("=")[2].encode())])
    assert typed != again
