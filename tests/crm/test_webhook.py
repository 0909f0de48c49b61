"""Any system that answers signed events as a CRM: the contract, played, and answers that are none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from node.crm.adapter import CrmAccount
from node.crm.checked import CheckedCrm
from node.crm.port import (
    LIMIT_PAGE,
    Crm,
    CrmDenied,
    CrmMissing,
    CrmRefused,
    CrmUnavailable,
    RecordKind,
    RecordVerb,
    Upsert,
)
from node.crm.registry import load
from tests.crm.connector import SECRET, Connector, reply
from tests.crm.contract import ALICE, CrmContract, Ground

WRONG: list[dict[str, object]] = [
    {"state": "?"},
    {"fields": {"a": 1}},
    {"fields": []},
    {"lines": [1]},
    {"links": {"moon": "r2"}},
    {"faults": [1]},
]
RECORD = {"id": "r1", "version": "1", "external_id": ALICE}


@pytest.fixture
def connector() -> Connector:
    return Connector()


def account(address: str, secret: str = SECRET, **members: Any) -> CrmAccount:
    return CrmAccount(
        address=address, secret=secret, clock=lambda: datetime.now(UTC), user_agent="tests", **members
    )


@pytest.fixture
async def crm(connector: Connector) -> AsyncIterator[Crm]:
    server = RawTestServer(connector.answer, host="127.0.0.1")
    await server.start_server()
    try:
        async with load("webhook").opens(account(str(server.make_url("/freehold")))) as opened:
            yield CheckedCrm(opened)
    finally:
        await server.close()


@pytest.fixture
def ground(crm: Crm, connector: Connector) -> Ground:
    text = {
        RecordKind.CUSTOMER: "name",
        RecordKind.OPPORTUNITY: "title",
        RecordKind.NOTE: "text",
        RecordKind.FILE: "name",
    }
    return Ground(crm=crm, text=text, person=connector)


class TestWebhook(CrmContract):
    """The contract."""


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"record": []},
        {"record": {}},
        {"record": {"id": 1, "version": "1"}},
        *({"record": {**RECORD, **wrong}} for wrong in WRONG),
    ],
)
async def test_what_cannot_be_read_is_no_record(crm: Crm, connector: Connector, answer: object) -> None:
    connector.answers.append(reply(answer))
    with pytest.raises(CrmUnavailable):
        await crm.get(RecordKind.CUSTOMER, "r1")


async def test_a_record_of_another_kind_is_not_the_one_that_was_asked_for(
    crm: Crm, connector: Connector
) -> None:
    connector.answers.append(reply({"record": {**RECORD, "kind": "note"}}))
    with pytest.raises(CrmMissing):
        await crm.get(RecordKind.CUSTOMER, "r1")
    connector.answers.append(reply({"records": [{**RECORD, "kind": "note"}]}))
    with pytest.raises(CrmUnavailable):
        await crm.find(RecordKind.CUSTOMER, ALICE)


async def test_what_was_not_asked_for_is_not_found(crm: Crm, connector: Connector) -> None:
    connector.answers.append(
        reply({"records": [{**RECORD, "external_id": "another"}, RECORD, {**RECORD, "external_id": ""}]})
    )
    (found,) = await crm.find(RecordKind.CUSTOMER, ALICE)
    assert found.external_id == ALICE
    assert await crm.find(RecordKind.CUSTOMER, "") == ()
    assert connector.calls == []


async def test_a_page_is_bounded(crm: Crm, connector: Connector) -> None:
    change = {"kind": "customer", "id": "r1", "record": None}
    connector.answers.append(reply({"changes": [change] * (LIMIT_PAGE + 1), "cursor": "1"}))
    with pytest.raises(CrmUnavailable):
        await crm.changes("")


@pytest.mark.parametrize(
    ("status", "error"), [(401, CrmDenied), (422, CrmRefused), (503, CrmUnavailable), (302, CrmUnavailable)]
)
async def test_it_fails_as_every_crm(
    crm: Crm, connector: Connector, status: int, error: type[Exception]
) -> None:
    connector.answers.append(web.Response(status=status, headers={"Retry-After": "7"}))
    with pytest.raises(error) as caught:
        await crm.act(RecordKind.CUSTOMER, "r1", RecordVerb.FORGET)
    if status == 503:
        assert getattr(caught.value, "retry_after", None) == timedelta(seconds=7)


async def test_one_that_is_down_ends_a_bulk(crm: Crm, connector: Connector) -> None:
    connector.answers.append(web.Response(status=503))
    with pytest.raises(CrmUnavailable):
        await crm.bulk([Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE)])


async def test_another_secret_is_refused_there(connector: Connector) -> None:
    server = RawTestServer(connector.answer, host="127.0.0.1")
    await server.start_server()
    other = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
    async with load("webhook").opens(account(str(server.make_url("/")), other)) as opened:
        with pytest.raises(CrmDenied):
            await opened.health()
    await server.close()


@pytest.mark.parametrize("secret", ["", "whsec_", "whpk_" + "A" * 44, "secret"])
async def test_a_secret_that_is_none_is_said(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_"):
        async with load("webhook").opens(account("https://crm.example/", secret)):
            raise AssertionError
