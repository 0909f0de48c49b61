"""The API's page: the owner's operations from their OpenAPI document, the other addresses from the router."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from docs.pages import writing
from docs.pages.writing import anchor, code, codes, item, items, prose
from node.app import make_app
from node.nouns import NOUNS, components_of, operations_of
from node.settings import Settings
from node.web.api import PREFIX, openapi
from node.web.api.components import COMPONENTS
from node.web.api.owner import described

Schema = Mapping[str, Any]

# What every operation has: its own query parameter, its header, and the refusals of any request.
_EVERYWHERE = {"actor", "Idempotency-Key"}


def page() -> str:
    """Return the page."""
    components = {**COMPONENTS, **components_of(NOUNS)}
    operations = described(operations_of(NOUNS), components)
    document = openapi.describe(operations, version="0", components=components)
    paths: dict[str, dict[str, Any]] = document["paths"]
    schemas: dict[str, Schema] = document["components"]["schemas"]
    common = set.intersection(*(_refusals(each) for path in paths.values() for each in path.values()))
    parts = [part for path, each in paths.items() for part in _path(path, each, common)]
    return writing.page(
        "Reference: the HTTP addresses of a node",
        "## For everybody",
        prose(
            "What peers, their servers and whoever runs the node ask for. Documents that are not public "
            "answer to a signed request by somebody they are addressed to, and to everybody else with 404."
        ),
        items(_public()),
        "## For the owner",
        prose(document["info"]["description"]),
        prose(
            "Every operation takes the query parameter `actor`, the handle of the actor that acts; the "
            "first one acts if it is left out. A failure is a problem document (RFC 9457) with one of the "
            "codes of [errors.md](errors.md). Any operation may be refused with "
            f"{', '.join(sorted(common))}. The same as an OpenAPI 3.1 document: "
            f"{code('GET ' + PREFIX + '/openapi.json')}."
        ),
        *parts,
        "## Documents",
        prose("What is sent is closed: an unknown member is refused. What is answered may grow new members."),
        *(part for name, schema in schemas.items() for part in _document(name, schema)),
    )


def _public() -> Iterable[str]:
    for route in make_app(Settings()).router.routes():
        path = route.resource.canonical if route.resource else ""
        if route.method != "HEAD" and not path.startswith(PREFIX):
            yield f"{code(f'{route.method} {path}')}: {_first_sentence(route.handler, path)}"


def _first_sentence(handler: Any, path: str) -> str:
    """Return what a handler says it does; those made by `objects.show` are known by what they find."""
    finders = {
        cell.cell_contents
        for cell in getattr(handler, "__closure__", None) or ()
        if inspect.isfunction(cell.cell_contents)
    }
    text = inspect.getdoc(finders.pop() if finders else handler)
    if not text:
        raise ValueError(f"the handler of {path} does not say what it does")
    return " ".join(text.split("\n\n")[0].split())


def _path(path: str, operations: Mapping[str, Any], common: set[str]) -> Iterable[str]:
    for method, operation in operations.items():
        yield f"### {method.upper()} {path}"
        yield prose(f"{operation['summary']} {operation['description']}")
        yield items(_details(operation, common))


def _details(operation: Mapping[str, Any], common: set[str]) -> Iterable[str]:
    for parameter in operation["parameters"]:
        if parameter["in"] == "query" and parameter["name"] not in _EVERYWHERE:
            yield f"{code(parameter['name'])} ({_kind(parameter['schema'])}): {parameter['description']}"
    if "requestBody" in operation:
        needed = "" if operation["requestBody"]["required"] else ", which may be left out"
        yield f"Body: {_content(operation['requestBody']['content'])}{needed}."
    (status, done), *_ = operation["responses"].items()
    yield f"Answer: {status} with {_content(done['content'])}."
    if own := sorted(_refusals(operation) - common):
        yield f"May also be refused with {', '.join(own)}."


def _refusals(operation: Mapping[str, Any]) -> set[str]:
    return {status for status in operation["responses"] if not status.startswith("2")}


def _content(content: Mapping[str, Any]) -> str:
    named = [
        _kind(body["schema"])
        for kind, body in content.items()
        if kind == "application/json" and body["schema"]
    ]
    raw = [code(kind) for kind, body in content.items() if kind != "application/json" or not body["schema"]]
    return " or ".join([*named, *raw])


def _document(name: str, schema: Schema) -> Iterable[str]:
    yield f"### {name}"
    yield prose(schema["description"])
    required = set(schema.get("required", ()))
    members = schema.get("properties", {})
    if members:
        yield "\n".join(_member(member, each, needed=member in required) for member, each in members.items())


def _member(name: str, schema: Schema, *, needed: bool, depth: int = 0) -> str:
    """Write a member as an item, and below it those of an object that has no name of its own."""
    kind = _kind(schema) if needed else f"{_kind(schema)}, optional"
    inner = _inner(schema)
    text = schema.get("description") or (inner or {}).get("description") or _said(schema)
    line = item(f"{code(name)} ({kind})" + (f": {text}" if text else ""), depth=depth)
    if inner is None:
        return line
    required = set(inner.get("required", ()))
    below = (
        _member(member, each, needed=member in required, depth=depth + 1)
        for member, each in inner["properties"].items()
    )
    return "\n".join([line, *below])


def _said(schema: Schema) -> str:
    """Return what is said of the only alternative of which something is said."""
    said = {each["description"] for each in schema.get("anyOf", ()) if "description" in each}
    return said.pop() if len(said) == 1 else ""


def _inner(schema: Schema) -> Schema | None:
    """Return the object whose members stand in this place, alone, in a list or as one of several."""
    if "properties" in schema:
        return schema
    places = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    return next((found for each in places if (found := _inner(each)) is not None), None)


def _kind(schema: Schema) -> str:
    """Say in a few words what a JSON Schema allows."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return f"[{name}]({anchor(name)})"
    if "anyOf" in schema:
        kinds = dict.fromkeys(kind for each in schema["anyOf"] for kind in _kind(each).split(" or "))
        return " or ".join(sorted(kinds, key=lambda kind: kind == "null"))
    if "enum" in schema:
        return codes(schema["enum"])
    named = schema.get("type", "anything")
    words = " or ".join([named] if isinstance(named, str) else named)
    return f"array of {_kind(schema['items'])}" if named == "array" else f"{words}{_bounds(schema)}"


def _bounds(schema: Schema) -> str:
    return f" from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else ""
