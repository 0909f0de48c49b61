"""Expanded JSON-LD folded to our keys: the part of compaction that our reading needs.

Rules that hold here:

- A thing we have no key for keeps the name it came with.
- What was sent as floating point where we expect none keeps its type, so that its reader refuses it.
- Proofs have no part in a reading: they are checked on the bytes or not at all. That there is one stays,
  under a name that no reader knows: what is signed may not hold what its reader passes over.

Sources: JSON-LD 1.1 API §6 (compaction), FEP-0837.
"""

from typing import Any, Final

from protocol import vocabulary
from protocol.contexts import NOWHERE, RELIED_ON, canonical_iri
from protocol.strictjson import Document

_SECURITY_PROOFS: Final = frozenset({vocabulary.SECURITY + "proof", vocabulary.SECURITY + "signature"})
UNREAD: Final = "urn:freehold:unread:"
_FLOATING: Final = frozenset({vocabulary.XSD + "float", vocabulary.XSD + "double"})
# Keys whose values are an array even when there is one.
_ARRAYS: Final = frozenset(name for name, term in RELIED_ON.items() if term.container in ("@list", "@set"))
# Second keys of ActivityStreams for one thing: texts by language, and items in order.
_VARIANTS: Final = frozenset({"contentMap", "nameMap", "summaryMap", "orderedItems"})
_NAMES: Final = {
    (term.iri, term.container if name in _VARIANTS else None): name
    for name, term in RELIED_ON.items()
    if not term.iri.startswith("@")
}


def name_of(iri: str, container: str | None = None) -> str:
    """Return our key for what an IRI stands for; a thing we have no key for keeps the name it came with."""
    iri = canonical_iri(iri)
    return _NAMES.get((iri, container)) or _NAMES.get((iri, None)) or iri.removeprefix(NOWHERE)


def fold_node(node: Document) -> Document:
    """Turn an expanded node into one with our keys: the part of compaction that our reading needs."""
    folded: Document = {}
    for iri, values in node.items():
        if iri == "@id":
            folded["id"] = values
        elif iri == "@type":
            folded["type"] = single([name_of(type) for type in values])
        elif iri in _SECURITY_PROOFS:
            folded[UNREAD + iri.removeprefix(vocabulary.SECURITY)] = True
        elif values:
            folded |= _fold_member(iri, values)
    return folded


def _fold_member(iri: str, values: list[Any]) -> Document:
    if "@list" in values[0]:
        name = name_of(iri, "@list")
        return {name: [_fold_value(member, name) for member in values[0]["@list"]]}
    map_name, name = _NAMES.get((iri, "@language")), name_of(iri)
    spoken = [value for value in values if map_name and "@language" in value]
    plain = [_fold_value(value, name) for value in values if value not in spoken]
    folded: Document = {}
    if map_name and spoken:
        folded[map_name] = _fold_languages(spoken)
    if plain:
        folded[name] = plain if name in _ARRAYS else single(plain)
    return folded


def _fold_languages(values: list[Any]) -> Document:
    languages: dict[str, list[Any]] = {}
    for value in values:
        languages.setdefault(value["@language"], []).append(value["@value"])
    return {language: single(texts) for language, texts in languages.items()}


def _fold_value(value: Document, name: str) -> Any:
    if "@value" in value:
        return value if _is_inexact(value, name) else value["@value"]
    folded = fold_node(value)
    return folded["id"] if folded.keys() == {"id"} else folded


def _is_inexact(value: Document, name: str) -> bool:
    """Tell whether a number was sent as floating point where we expect none; its type then stays with it.

    Whoever reads the member refuses it: `"30"^^xsd:double` is not the decimal 30 it looks like.
    """
    expected = RELIED_ON.get(name)
    return value.get("@type") in _FLOATING and (expected is None or expected.type not in _FLOATING)


def single(values: list[Any]) -> Any:
    """Return a list of one as its value, and any other list as it is: the inverse of `jsonld.many`."""
    return values[0] if len(values) == 1 else values
