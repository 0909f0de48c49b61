"""The words in which the API's documents are described: small functions that return JSON Schemas.

Rules here: what may be sent is closed, so a misspelt member is refused; what is answered stays open, so it
can grow; money and measures are decimal text; moments are RFC 3339. Only what `shapes` can check is used.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from node.web.api.schemas import Schema

TEXT: Final = 500  # characters of a name, a label, a category
PROSE: Final = 20_000  # characters of a description or a message
ADDRESS: Final = 2_048  # characters of an address, as many as the protocol reads


def text(description: str, *, limit: int = TEXT, least: int = 0, nullable: bool = False) -> Schema:
    """Describe text of bounded length."""
    kind = ["string", "null"] if nullable else "string"
    bounds = {"minLength": least, "maxLength": limit} if least else {"maxLength": limit}
    return {"type": kind, **bounds, "description": description}


def word(description: str, *words: str) -> Schema:
    """Describe one of a few words."""
    return {"type": "string", "enum": [str(item) for item in words], "description": description}


def whole(description: str, *, nullable: bool = False) -> Schema:
    """Describe a whole number."""
    return {"type": ["integer", "null"] if nullable else "integer", "description": description}


def yes(description: str, *, nullable: bool = False) -> Schema:
    """Describe a yes or no."""
    return {"type": ["boolean", "null"] if nullable else "boolean", "description": description}


def ref(name: str) -> Schema:
    """Refer to another component."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """Allow null as well."""
    return {"anyOf": [{"type": "null"}, schema]}


def items(description: str, item: Schema, *, limit: int | None = None, least: int | None = None) -> Schema:
    """Describe a list."""
    bounds = {"maxItems": limit, "minItems": least}
    counted = {name: bound for name, bound in bounds.items() if bound is not None}
    return {"type": "array", "items": item, "description": description, **counted}


def sent(description: str, members: Mapping[str, Schema], *, required: Sequence[str] = ()) -> Schema:
    """Describe an object that is sent: closed, and only `required` members must be there."""
    closed: dict[str, object] = {
        "type": "object",
        "description": description,
        "properties": dict(members),
        "additionalProperties": False,
    }
    return {**closed, "required": list(required)} if required else closed


def answered(description: str, members: Mapping[str, Schema], *, maybe: Sequence[str] = ()) -> Schema:
    """Describe an object that is answered: open, and every member is there except those in `maybe`."""
    required = [name for name in members if name not in maybe]
    return {
        "type": "object",
        "description": description,
        "properties": dict(members),
        "required": required,
    }


def page(of: str) -> Schema:
    """Describe one page of a list of components."""
    cursor = text("Give it as `cursor` for the next page; null on the last.", nullable=True)
    return answered(f"A page of: {of}.", {"items": items("The page.", ref(of)), "next": cursor})


MOMENT: Final = text("A moment, RFC 3339 with a time zone.", limit=40)
MOMENT_OR_NULL: Final = text("A moment, RFC 3339 with a time zone, or null.", limit=40, nullable=True)
PAUSE: Final = or_null(
    answered("It takes no offers for now; until when, if that is known.", {"until": MOMENT_OR_NULL})
)
IRI: Final = text("An address.", limit=ADDRESS)
IRI_OR_NULL: Final = text("An address, or null.", limit=ADDRESS, nullable=True)
WHO: Final = text("An address, or an account name such as shop@example.org.", limit=ADDRESS)
ID: Final = text("An id: prefix, underscore, 26 characters.", limit=40)
ID_OR_NULL: Final = text("An id, or null.", limit=40, nullable=True)
ANY_TEXT: Final = text("Text.", limit=PROSE)
MONEY_OR_NULL: Final = text(
    "An amount in major units, as decimal text; null if nobody can know it beforehand.",
    limit=40,
    nullable=True,
)
OBJECT: Final[Schema] = {"type": "object", "description": "A JSON object."}
CURRENCY: Final[Schema] = {
    "type": "string",
    "pattern": "^[A-Z]{3}$",
    "description": "an ISO 4217 code such as EUR",
}
DECIMAL: Final[Schema] = {
    "anyOf": [
        {"type": "integer"},
        {
            "type": "string",
            "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$",
            "description": 'a decimal as text, such as "24.90"',
        },
    ],
    "description": "An exact number; floats are refused.",
}
