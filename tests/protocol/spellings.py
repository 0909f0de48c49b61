"""The spellings that other software has for a document of ours, and the one shape their readings share."""

from typing import Any

from protocol import jsonld
from protocol.contexts import RELIED_ON
from protocol.folding import single
from protocol.intentions import render_intention
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.protocol.market import INTENTION, concluded

AS = "https://www.w3.org/ns/activitystreams"
SHOP = "https://business.example/actors/garage"
ARRAYS = {name for name, term in RELIED_ON.items() if term.container in ("@list", "@set")}


def spell_out(value: Any, *, name: str = "") -> Any:
    """Write every key, type and reference in full, every literal as a value object: Fedify's manner."""
    if isinstance(value, dict):
        return {_key_in_full(key): _value_in_full(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [spell_out(member, name=name) for member in value]
    if name in RELIED_ON and RELIED_ON[name].type == "@id":
        return {"@id": value}
    coercion = RELIED_ON[name].type if name in RELIED_ON else None
    return {"@type": coercion, "@value": value} if coercion else {"@value": value}


def _key_in_full(key: str) -> str:
    if key in ("@context", "proof", "@value"):
        return key
    return {"id": "@id", "type": "@type"}.get(key) or RELIED_ON[key].iri


def _value_in_full(key: str, value: Any) -> Any:
    if key in ("@context", "id", "proof"):
        return value
    if key == "type":
        return [RELIED_ON[type].iri for type in jsonld.many(value)]
    return spell_out(value, name=key)


def abbreviate(value: Any) -> Any:
    """Write every key and type with a prefix of our context."""
    if isinstance(value, dict):
        return {_compact(key): _abbreviated(key, member) for key, member in value.items()}
    return [abbreviate(member) for member in value] if isinstance(value, list) else value


def _abbreviated(key: str, value: Any) -> Any:
    if key in ("@context", "proof"):
        return value
    return [_compact(type) for type in jsonld.many(value)] if key == "type" else abbreviate(value)


def _compact(key: str) -> str:
    if key in ("@context", "proof", "id", "type"):
        return key
    for prefix in ("as", "ldp", "vf", "om2", "sec", "schema", "fh"):
        if RELIED_ON[key].iri.startswith(RELIED_ON[prefix].iri):
            return f"{prefix}:{RELIED_ON[key].iri.removeprefix(RELIED_ON[prefix].iri)}"
    raise AssertionError(key)


def normal(value: Any, *, name: str = "") -> Any:
    """Bring a document in our keys to the one shape that the reading of any spelling has."""
    if isinstance(value, dict):
        kept = {
            key: normal(member, name=key) for key, member in value.items() if key not in ("@context", "proof")
        }
        present = {key: member for key, member in kept.items() if member not in (None, [])}
        return present["id"] if present.keys() == {"id"} and name else present
    if isinstance(value, list):
        members = [normal(member, name=name) for member in value]
        return members if name in ARRAYS else single(members)
    return [value] if name in ARRAYS and value is not None else value


THREAD = concluded().documents
CREATION = {
    "@context": ACTIVITY_CONTEXT,
    "id": "https://customer.example/activities/act_0",
    "type": "Create",
    "actor": INTENTION.proposer,
    "to": list(INTENTION.to),
    "object": render_intention(INTENTION),
}
DOCUMENTS = [CREATION, *THREAD]
KINDS = ["create", "offer", "accept", "countersign"]
SPELLINGS = {"in-full": spell_out, "with-prefixes": abbreviate, "plain": lambda document: document}
OFFER = THREAD[0]


def offer(**changes: Any) -> Document:
    """Change members of the signed offer, or add some."""
    return OFFER | changes
