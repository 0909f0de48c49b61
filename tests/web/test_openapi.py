"""The description of the API: valid, complete, and of what is served."""

import json
import re
from inspect import signature

import pytest
from aiohttp import web

from node.nouns import NOUNS, operations_of
from node.web.api import PREFIX, openapi
from node.web.api.operations import Operation, Reads, Writes
from node.web.api.owner import routes
from node.web.edge.later import Later
from tests.web.house import House
from tests.whole import COMPONENTS, OPERATIONS

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESCRIBED = openapi.describe(OPERATIONS, version="1.2.3", components=COMPONENTS)


@pytest.mark.slow
async def test_it_is_a_valid_description() -> None:
    from openapi_spec_validator import validate

    validate(DESCRIBED)
    assert DESCRIBED["info"]["version"] == "1.2.3"


async def test_every_route_is_described_and_every_description_served(shared: House) -> None:
    assert (await shared.owner("GET", "/node")).status == 200  # with the first request they are loaded
    (api,) = (each for each in shared.app.router.resources() if each.canonical == PREFIX)
    assert isinstance(api, Later)
    assert api.table is not None
    served = {
        (route.method, route.resource.canonical) for route in api.table.routes() if route.resource is not None
    }
    described = {(method.upper(), path) for path, item in DESCRIBED["paths"].items() for method in item}
    assert served == described
    assert len(routes(operations_of(NOUNS), {})) == len(OPERATIONS)


async def test_the_node_gives_its_own_description(shared: House) -> None:
    given = (await shared.owner("GET", "/openapi.json")).json
    assert given["info"]["version"]
    assert given == {**json.loads(json.dumps(DESCRIBED)), "info": given["info"]}
    assert given["info"].keys() == DESCRIBED["info"].keys()


async def test_every_component_is_used() -> None:
    used = set(re.findall(r"#/components/schemas/(\w+)", str(DESCRIBED)))
    assert set(COMPONENTS) - used <= {"Event"}  # an event stream has no schema of its own in OpenAPI 3.1
    assert used <= set(COMPONENTS)


HANDED = [one for one in OPERATIONS if isinstance(one.handler, Reads | Writes)]


@pytest.mark.parametrize("operation", HANDED, ids=[one.name for one in HANDED])
async def test_a_service_takes_all_that_its_operation_may_be_sent_and_needs_no_more(
    operation: Operation,
) -> None:
    assert isinstance(operation.handler, Reads | Writes)
    body = COMPONENTS[operation.body] if operation.body else {}
    may = {*body.get("properties", {}), *(one.name for one in operation.query)}
    must = set(body.get("required", ())) if operation.body_required else set()
    taken = signature(operation.handler.service)
    ids = ["id"] * operation.path.count("{")
    for sent in (may, must):
        taken.bind("session", "acting", *ids, **dict.fromkeys(sent))


async def test_names_are_unique_and_parameters_are_listed() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    listed = DESCRIBED["paths"]["/api/v1/offers/{id}"]["get"]["parameters"]
    assert {item["name"]: item["in"] for item in listed} == {"id": "path", "actor": "query"}
    posted = DESCRIBED["paths"]["/api/v1/offers"]["post"]
    assert "Idempotency-Key" in {item["name"] for item in posted["parameters"]}
    assert posted["requestBody"]["required"]
    assert {"201", "409", "413", "415", "422", "429", "503"} <= set(posted["responses"])
    imported = DESCRIBED["paths"]["/api/v1/profile/import"]["post"]["requestBody"]
    assert list(imported["content"]) == ["text/vcard"]
    assert isinstance(routes(operations_of(NOUNS), {})[0], web.RouteDef)
