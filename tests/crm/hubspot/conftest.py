"""A HubSpot that is played, and the adapter that speaks with it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import RawTestServer

from node.crm.adapter import CrmAccount
from node.crm.checked import CheckedCrm
from node.crm.port import Crm, RecordKind
from node.crm.registry import load
from tests.crm.contract import Ground
from tests.crm.hubspot.played import TOKEN, Hubspot


@pytest.fixture
def played() -> Hubspot:
    return Hubspot()


@pytest.fixture
async def address(played: Hubspot) -> AsyncIterator[str]:
    server = RawTestServer(played.answer, host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


def account(address: str, secret: str = TOKEN) -> CrmAccount:
    return CrmAccount(address=address, secret=secret, clock=lambda: datetime.now(UTC), user_agent="tests")


@pytest.fixture
async def crm(address: str) -> AsyncIterator[Crm]:
    async with load("hubspot").opens(account(address)) as opened:
        yield CheckedCrm(opened)


@pytest.fixture
def ground(crm: Crm, played: Hubspot) -> Ground:
    text = {
        RecordKind.CUSTOMER: "lastname",
        RecordKind.OPPORTUNITY: "dealname",
        RecordKind.NOTE: "hs_note_body",
        RecordKind.FILE: "hs_note_body",
    }
    return Ground(crm=crm, text=text, person=played)
