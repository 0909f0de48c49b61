"""A BottleCRM for each module of tests, where one can be had."""

from collections.abc import AsyncIterator, Iterator

import pytest

from node.crm.checked import CheckedCrm
from node.crm.port import Crm, RecordKind
from node.crm.registry import load
from tests.absent import not_here
from tests.crm.bottle.environment import PythonMissingError
from tests.crm.bottle.person import BottlePerson
from tests.crm.bottle.server import BottleServer, account
from tests.crm.contract import Ground
from tests.postgres import PostgresMissingError


@pytest.fixture(scope="module")
def bottle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BottleServer]:
    """A furnished BottleCRM that nobody has used yet."""
    server = BottleServer(tmp_path_factory.mktemp("bottle"))
    try:
        server.start()
    except (PythonMissingError, PostgresMissingError) as error:
        not_here(str(error))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def person(bottle: BottleServer) -> BottlePerson:
    """Somebody at the screen, where nothing is left of earlier tests."""
    person = BottlePerson(bottle)
    person.put_away()
    return person


@pytest.fixture
async def crm(bottle: BottleServer) -> AsyncIterator[Crm]:
    """The adapter, configured as an owner would."""
    async with load("bottlecrm").opens(account(bottle, bottle.key)) as opened:
        yield CheckedCrm(opened)


@pytest.fixture
def ground(crm: Crm, person: BottlePerson) -> Ground:
    """Where the contract is tested; a name has no line breaks there, so notes are the text."""
    text = {
        RecordKind.CUSTOMER: "description",
        RecordKind.OPPORTUNITY: "description",
        RecordKind.QUOTATION: "notes",
        RecordKind.NOTE: "comment",
        RecordKind.FILE: "file_name",
    }
    return Ground(crm, text, person)
