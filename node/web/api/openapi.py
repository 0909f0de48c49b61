"""The OpenAPI document of the owner's API, made from the table that serves it.

Rules here: nothing is described that is not served, and nothing served that is not described; the schemas are
those that check what is sent.

Source: OpenAPI Specification 3.1.1.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from node.web.api import PREFIX
from node.web.api.components import COMPONENTS
from node.web.api.operations import Operation
from node.web.api.parameters import Parameter
from node.web.api.schemas import Schema
from protocol.strictjson import Document
from protocol.vocabulary import PROBLEM_JSON

# What any operation may be refused with, whatever it does.
_COMMON_ERRORS: Final = (400, 401, 403, 429, 500, 503)
_BODY_ERRORS: Final = (413, 415, 422)
_DESCRIPTION: Final = (
    "What a node's owner, and the owner's programs, can ask of it. Over the socket in the data folder no "
    "token is needed; elsewhere a bearer token with the scope an operation names, which `freehold token "
    "create` makes. `admin` includes `write`, which includes `read`. Any write may carry an "
    "`Idempotency-Key`: the same request with the same key is done once and answered alike. A write with "
    "`dry_run=true` is checked and answered as it would be, and undone; a price list, which is taken in "
    "steps, is compared and answered with what it would change."
)
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Chosen by you, once per thing to be done; repeat it when you repeat the request.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def describe(
    operations: Sequence[Operation], *, version: str, components: Mapping[str, Schema] = COMPONENTS
) -> Document:
    """Return the OpenAPI 3.1 document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Freehold owner's API",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(operation) for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": dict(components),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token with scopes."}
            },
        },
    }


def _tag(operation: Operation) -> str:
    return operation.path.split("/")[1].partition(".")[0]


def _operation(operation: Operation) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Scope: `{operation.scope}`.",
        "tags": [_tag(operation)],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body or operation.takes:
        described["requestBody"] = {
            "required": bool(operation.takes) or operation.body_required,
            "content": _content(operation),
        }
    return described


def _parameters(operation: Operation) -> list[Document]:
    named = re.findall(r"\{([a-z]+)\}", operation.path)
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": "Its id."}
        for name in named
    ]
    in_query = [_query(parameter) for parameter in operation.parameters]
    return [*in_path, *in_query, *([] if operation.method == "GET" else [_KEY_PARAMETER])]


def _query(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }


def _content(operation: Operation) -> Document:
    content: Document = {media_type: {"schema": {"type": "string"}} for media_type in operation.takes}
    if operation.body:
        content["application/json"] = {"schema": _reference(operation.body)}
    return content


def _responses(operation: Operation) -> Document:
    if "/" in operation.answer:
        content: Document = {operation.answer: {"schema": {}}}
    else:
        content = {"application/json": {"schema": _answer(operation)}}
    has_body = bool(operation.body or operation.takes)
    errors = {*_COMMON_ERRORS, *operation.errors, *(_BODY_ERRORS if has_body else ())}
    problem = {"description": "Not done.", "content": {PROBLEM_JSON: {"schema": _reference("Problem")}}}
    done = {str(operation.status): {"description": "Done.", "content": content}}
    if operation.binds:
        waits = {"application/json": {"schema": _reference("Asked")}}
        done["202"] = {"description": "Not signed: it waits for a second signature.", "content": waits}
    return {**done, **{str(status): problem for status in sorted(errors)}}


def _answer(operation: Operation) -> Document:
    references = [_reference(name) for name in (operation.answer, operation.tried) if name]
    return references[0] if len(references) == 1 else {"anyOf": references}


@lru_cache(maxsize=256)
def _reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}
