"""A Tryton for each module of tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from node.crm.checked import CheckedCrm
from node.crm.port import Crm, RecordKind
from node.crm.registry import load
from tests.crm.contract import OFFER, WISH, Ground
from tests.crm.tryton.person import MODELS, TrytonPerson
from tests.crm.tryton.server import TrytonServer, account


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonServer]:
    """A furnished Tryton that nobody has used yet."""
    server = TrytonServer(tmp_path_factory.mktemp("tryton"))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def person(tryton: TrytonServer) -> TrytonPerson:
    """Somebody at the screen; what earlier tests wrote has lost its external ids."""
    person = TrytonPerson(tryton)
    put_away(person)
    return person


def put_away(person: TrytonPerson) -> None:
    """Take the external ids off what earlier tests have left."""
    for found in person.search("party.identifier", [["type", "=", None]]):
        person.ask("DELETE", f"party.identifier/{found['id']}")
    for kind, external_id in ((RecordKind.OPPORTUNITY, WISH), (RecordKind.QUOTATION, OFFER)):
        for found in person.search(MODELS[kind], [["reference", "like", f"%{external_id}"]]):
            person.ask("PUT", f"{MODELS[kind]}/{found['id']}", {"reference": None})
    for kind in (RecordKind.NOTE, RecordKind.FILE):
        for found in person.search(MODELS[kind], []):
            person.ask("DELETE", f"{MODELS[kind]}/{found['id']}")


@pytest.fixture
async def crm(tryton: TrytonServer) -> AsyncIterator[Crm]:
    """The adapter, configured as an owner would."""
    async with load("tryton").opens(account(tryton, tryton.key)) as opened:
        yield CheckedCrm(opened)


@pytest.fixture
def ground(crm: Crm, person: TrytonPerson) -> Ground:
    """Where the contract is tested; a name has no line breaks in Tryton, so the street is the text."""
    text = {
        RecordKind.CUSTOMER: "street",
        RecordKind.OPPORTUNITY: "comment",
        RecordKind.QUOTATION: "comment",
        RecordKind.NOTE: "message",
        RecordKind.FILE: "name",
    }
    return Ground(crm, text, person)
