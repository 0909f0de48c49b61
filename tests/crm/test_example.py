"""The example of *Write an adapter*: the contract, and how an adapter of somebody else is found."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import RawTestServer

from docs.example_adapter import ADAPTER, FIELDS
from node.core.crm_mapping import check_against, read_mapping
from node.crm.adapter import CrmAccount
from node.crm.checked import CheckedCrm
from node.crm.port import LIMIT_PAGE, Crm, CrmDenied, CrmMissing, CrmUnavailable, RecordKind, RecordVerb
from tests.crm.connector import reply
from tests.crm.contract import ALICE, CrmContract, Ground
from tests.crm.office import Office

KEY = "a key of this test"
RECORD = {"id": 1, "version": 1, "reference": ALICE, "state": "", "fields": {"name": "Alice"}}
RECORD |= {"links": {}, "lines": [], "currency": "", "valid_until": ""}
WRONG: list[object] = [
    [],
    {},
    None,
    "Alice",
    RECORD | {"id": "../1"},
    RECORD | {"id": None},
    RECORD | {"version": "9" * 5000},
    RECORD | {"reference": 1},
    RECORD | {"state": "?"},
    RECORD | {"fields": {"name": 1}},
    RECORD | {"fields": []},
    RECORD | {"links": {"moon": 1}},
    RECORD | {"lines": [{"label": "Fibre"}]},
    RECORD | {"valid_until": None},
]


@pytest.fixture
def office() -> Office:
    return Office(KEY)


def account(address: str, secret: str = KEY) -> CrmAccount:
    return CrmAccount(address=address, secret=secret, clock=lambda: datetime.now(UTC), user_agent="tests")


@pytest.fixture
async def address(office: Office) -> AsyncIterator[str]:
    server = RawTestServer(office.answer, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("/"))
    finally:
        await server.close()


@pytest.fixture
async def crm(address: str) -> AsyncIterator[Crm]:
    async with ADAPTER.opens(account(address)) as opened:
        yield CheckedCrm(opened)


@pytest.fixture
def ground(crm: Crm, office: Office) -> Ground:
    text = {RecordKind(kind): names[0] for kind, names in FIELDS.items()}
    return Ground(crm=crm, text=text, person=office)


class TestExample(CrmContract):
    """The contract."""


async def test_its_mapping_works_unedited(crm: Crm) -> None:
    check_against(read_mapping(ADAPTER.mapping), await crm.describe())


@pytest.mark.parametrize("answer", WRONG)
async def test_what_cannot_be_read_is_no_record(crm: Crm, office: Office, answer: object) -> None:
    office.answers += [reply(answer), reply([answer]), reply({"changes": [["customer", 1, answer]]})]
    for ask in (crm.get(RecordKind.CUSTOMER, "1"), crm.find(RecordKind.CUSTOMER, ALICE), crm.changes("")):
        with pytest.raises(CrmUnavailable):
            await ask


async def test_what_was_not_asked_for_is_not_found(crm: Crm, office: Office) -> None:
    office.answers.append(reply([RECORD | {"reference": ""}, RECORD | {"reference": "another"}]))
    assert await crm.find(RecordKind.CUSTOMER, ALICE) == ()


async def test_a_page_is_bounded(crm: Crm, office: Office) -> None:
    change = ["customer", 1, None]
    office.answers.append(reply({"changes": [change] * (LIMIT_PAGE + 1), "last": 1, "more": False}))
    with pytest.raises(CrmUnavailable):
        await crm.changes("")


async def test_an_id_is_no_way_to_another_address(crm: Crm, office: Office) -> None:
    for id in ("..", "../customer", "1/win", "", "1?x"):
        with pytest.raises(CrmMissing):
            await crm.act(RecordKind.CUSTOMER, id, RecordVerb.WIN)


async def test_another_key_is_refused_there(address: str) -> None:
    async with ADAPTER.opens(account(address, "another")) as crm:
        with pytest.raises(CrmDenied):
            await crm.health()
