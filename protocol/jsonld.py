"""JSON-LD as it arrives: any spelling of a document becomes the one with our plain keys.

Rules that hold here:

- A document whose context is known and whose keys are plain is returned as it is: its keys mean what we take
  them for (`contexts` sees to that), so nothing has to be computed.
- Any other goes through JSON-LD expansion, bounded before it starts: at most 2,000 values, contexts from the
  shipped ones alone, no graphs, no blank node names, no reverse, nested, included or indexed values. What
  comes out is folded to our keys, so that the reader sees the whole document as its signature covers it, and
  only that.
- Two keys of one object that stand for the same thing are refused, whatever they are spelled like.
- A proof covers the bytes and is checked on them (`proofs`), never on what is read here; it is passed
  through.

Expansion takes some milliseconds for an ordinary activity, and importing the library a hundred times that, so
neither happens before a document needs it. There is no clock here: the bound on values is the bound on time.

Sources: JSON-LD 1.1, JSON-LD 1.1 API §5 (expansion), FEP-0837; the LD cases of the attack catalogue.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import schemas
from protocol import codes, vocabulary
from protocol.contexts import (
    NOWHERE,
    RELIED_ON,
    ContextReading,
    TermDefinition,
    canonical_iri,
    identify,
    read_context,
)
from protocol.errors import Unprocessable
from protocol.strictjson import Document

# Objects, array members and plain values in a document that has to be expanded; an agreement of 32 price
# lines has about 400, and 2,000 of any shape take less than a tenth of a second.
LIMIT_VALUES: Final = 2_000

# Keywords a foreign spelling may use. All others restructure the document (LD-04).
_KEYWORDS: Final = {"@id": "id", "@type": "type", "@value": "@value", "@language": "@language"}

# Proofs and the signatures of 2017 are checked on the bytes or not at all: the reading has no part of them.
_PROOFS: Final = frozenset({"proof", "signature"})
_SECURITY_PROOFS: Final = frozenset({vocabulary.SECURITY + "proof", vocabulary.SECURITY + "signature"})

_FLOATING: Final = frozenset({vocabulary.XSD + "float", vocabulary.XSD + "double"})

OURS: Final = frozenset(RELIED_ON)
_PASSED_OVER: Final = _PROOFS | {"@context"}
# Keys whose strings name something: what is named by a label of the document alone is not named at all.
NAMING: Final = frozenset({"id", "type", *(name for name, term in RELIED_ON.items() if term.type == "@id")})
# Keys whose values are an array even when there is one.
_ARRAYS: Final = frozenset(name for name, term in RELIED_ON.items() if term.container in ("@list", "@set"))
# Second keys of ActivityStreams for one thing: texts by language, and items in order.
_VARIANTS: Final = frozenset({"contentMap", "nameMap", "summaryMap", "orderedItems"})
_NAMES: Final = {
    (term.iri, term.container if name in _VARIANTS else None): name
    for name, term in RELIED_ON.items()
    if not term.iri.startswith("@")
}


def read(document: Document) -> Document:
    """Return the document with our plain keys; the same object if it had them already.

    Strings that a context makes IRIs are plain strings, single values stand without an array (except in terms
    that are arrays by definition), `@id` and `@type` are `id` and `type`, typed values are their value. Treat
    what is returned as read-only. Use `one`, `many` and `ref` to be indifferent to the shapes that remain.

    Raises:
        Unprocessable: `context-unknown`, `context-redefines`, `context-refused` (see
            `contexts.read_context`); `json-ld-refused`, a structure that is not taken from strangers;
            `duplicate-term`, one thing said twice; `blank-node`, a name that names nothing;
            `json-ld-too-large`, more than 2,000 values to expand.
    """
    if _is_plain(document, frozenset()):
        return document
    # AS2 §2.1: a document without a context is read as if it had the normative one.
    return _expand_and_fold(
        document, read_context(document.get("@context", vocabulary.ACTIVITYSTREAMS_CONTEXT))
    )


def one(value: Any) -> Any:
    """Return a single value, however it is wrapped; `None` if there is none.

    Raises:
        Unprocessable: `single-value-expected`, there are several.
    """
    if not isinstance(value, list):
        return value
    if len(value) > 1:
        raise Unprocessable(codes.SINGLE_VALUE_EXPECTED)
    return value[0] if value else None


def many(value: Any) -> list[Any]:
    """Return the values as a list: none for `None`, one for anything that is not an array."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def ref(value: Any) -> str | None:
    """Return the IRI that a value is or that the object it holds has as `id`; `None` if there is none.

    Raises:
        Unprocessable: `reference-expected`, it is neither a string nor an object with one.
    """
    single = one(value)
    if single is None:
        return None
    iri = single.get("id") if isinstance(single, dict) else single
    if not isinstance(iri, str):
        raise Unprocessable(codes.REFERENCE_EXPECTED)
    return iri


def fold(values: list[Any]) -> Any:
    """Return a list of one as its value, and any other list as it is: the inverse of `many`."""
    return values[0] if len(values) == 1 else values


def _is_plain(node: Document, inherited: frozenset[str]) -> bool:
    """Tell whether every key, and every type, is the plain name of what it stands for.

    `inherited` are the names that an outer context has made foreign. Every request comes through here, so the
    loop settles most members by one look-up each.

    Raises:
        Unprocessable: `blank-node`, or as `contexts.read_context`.
    """
    foreign = inherited | _foreign_names(node["@context"]) if "@context" in node else inherited
    for key, value in node.items():
        if key in _PASSED_OVER:
            continue
        if key in foreign or (key not in OURS and (":" in key or key.startswith("@"))):
            return False
        if isinstance(value, str):
            if key in NAMING and not _is_plain_name(key, value, foreign):
                return False
        elif not _is_plain_value(key, value, foreign):
            return False
    return True


def _foreign_names(context: object) -> frozenset[str]:
    # Ours is what most documents have; comparing it is cheaper than looking it up.
    return frozenset() if context == vocabulary.ACTIVITY_CONTEXT else read_context(context).foreign


def _is_plain_name(key: str, name: str, foreign: frozenset[str]) -> bool:
    if name.startswith(NOWHERE):
        raise _blank_node()
    return key != "type" or not (name in foreign or ":" in name)


def _is_plain_value(key: str, value: Any, foreign: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return _is_plain(value, foreign)
    if isinstance(value, list):
        return all(_is_plain_value(key, member, foreign) for member in value)
    return not (isinstance(value, str) and key in NAMING) or _is_plain_name(key, value, foreign)


def _expand_and_fold(document: Document, reading: ContextReading) -> Document:
    """Bring a foreign spelling to our keys, checking first that it can be brought there safely."""
    _check_size(document)
    bare = _without_proofs(document, document.get("@context"))
    _check_structure(bare, reading.terms)
    folded = _fold_node(_expand(bare, reading))
    if not any(type in OURS for type in many(folded.get("type"))):
        raise Unprocessable(codes.CONTEXT_UNKNOWN)
    kept: Document = {key: document[key] for key in ("@context", "proof") if key in document}
    return {**kept, **folded}


def _check_size(document: Document) -> None:
    if sum(1 for _ in _values(document)) > LIMIT_VALUES:
        raise Unprocessable(codes.JSON_LD_TOO_LARGE)


def _values(value: Any) -> Iterator[Any]:
    yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _values(member)


def _without_proofs(value: Any, context: object) -> Any:
    """Leave out the proofs, and the document's context where it is only repeated.

    Raises:
        Unprocessable: `json-ld-refused`, another context within would change the meaning of its part.
    """
    if isinstance(value, list):
        return [_without_proofs(member, context) for member in value]
    if not isinstance(value, dict):
        return value
    if value.get("@context", context) != context:
        raise _refused()
    return {key: _without_proofs(member, context) for key, member in value.items() if key not in _PASSED_OVER}


def _check_structure(node: Document, terms: Mapping[str, TermDefinition]) -> None:
    """Refuse what would make the expanded document another one than its reader expects.

    Raises:
        Unprocessable: `json-ld-refused`, `duplicate-term` or `blank-node`.
    """
    seen: set[str] = set()
    for key, value in node.items():
        name = _name_of_key(key, terms)
        if name in seen:
            raise Unprocessable(codes.DUPLICATE_TERM)
        seen.add(name)
        for member in many(value):
            _check_value(name, member, terms)
    if "@language" in seen and "@value" not in seen:  # JSON-LD 1.1 §9.5: only a value has a language
        raise _refused()


def _check_value(name: str, value: Any, terms: Mapping[str, TermDefinition]) -> None:
    if isinstance(value, dict):
        _check_structure(value, terms)
    elif isinstance(value, list):
        # JSON-LD keeps arrays within arrays only for lists of lists, which no term of ours is.
        raise _refused()
    elif isinstance(value, str) and value.startswith(NOWHERE) and name in NAMING:
        raise _blank_node()
    elif name == "type" and (not isinstance(value, str) or value.startswith("@")):  # `@json`, `@none`
        raise _refused()


def _name_of_key(key: str, terms: Mapping[str, TermDefinition]) -> str:
    """Return our name for what a key of the document stands for.

    Raises:
        Unprocessable: `json-ld-refused`, it is a keyword that restructures the document, or a blank node.
    """
    term = identify(key, terms)
    keyword = key if key.startswith("@") else term.iri
    if keyword.startswith("@") or key.startswith(NOWHERE):
        if keyword not in _KEYWORDS:
            raise _refused()
        return _KEYWORDS[keyword]
    return _name(term.iri, "@language" if term.container == "@language" else None)


def _name(iri: str, container: str | None = None) -> str:
    """Return our key for what an IRI stands for; a thing we have no key for keeps the name it came with."""
    iri = canonical_iri(iri)
    return _NAMES.get((iri, container)) or _NAMES.get((iri, None)) or iri.removeprefix(NOWHERE)


def _expand(bare: Document, reading: ContextReading) -> Document:
    """Run JSON-LD expansion on a document that has passed every check, with the known parts of its context.

    Raises:
        Unprocessable: `json-ld-refused`, the document is not valid JSON-LD.
    """
    from pyld import jsonld
    from pyld.context_resolver import ContextResolver

    loader = _document_loader()
    # A cache of its own: nothing of one stranger's document is kept for the next, and threads share nothing.
    options = {"base": "", "documentLoader": loader, "contextResolver": ContextResolver({}, loader)}
    try:
        expanded = jsonld.expand({"@context": list(reading.entries), **bare}, options)
    except jsonld.JsonLdError:
        raise _refused() from None
    if len(expanded) != 1 or not isinstance(expanded[0], dict):
        raise _refused()
    return expanded[0]


@lru_cache(maxsize=1)
def _document_loader() -> Any:
    """Serve the shipped contexts and no other address, so that expansion never reaches the network."""
    from pyld.documentloader.frozen import FrozenDocumentLoader

    return FrozenDocumentLoader({iri: schemas.context(iri) for iri in schemas.contexts()})


def _fold_node(node: Document) -> Document:
    """Turn an expanded node into one with our keys: the part of compaction that our reading needs."""
    folded: Document = {}
    for iri, values in node.items():
        if iri == "@id":
            folded["id"] = values
        elif iri == "@type":
            folded["type"] = fold([_name(type) for type in values])
        elif values and iri not in _SECURITY_PROOFS:
            folded |= _fold_member(iri, values)
    return folded


def _fold_member(iri: str, values: list[Any]) -> Document:
    if "@list" in values[0]:
        name = _name(iri, "@list")
        return {name: [_fold_value(member, name) for member in values[0]["@list"]]}
    map_name, name = _NAMES.get((iri, "@language")), _name(iri)
    spoken = [value for value in values if map_name and "@language" in value]
    plain = [_fold_value(value, name) for value in values if value not in spoken]
    folded: Document = {}
    if map_name and spoken:
        folded[map_name] = _fold_languages(spoken)
    if plain:
        folded[name] = plain if name in _ARRAYS else fold(plain)
    return folded


def _fold_languages(values: list[Any]) -> Document:
    languages: dict[str, list[Any]] = {}
    for value in values:
        languages.setdefault(value["@language"], []).append(value["@value"])
    return {language: fold(texts) for language, texts in languages.items()}


def _fold_value(value: Document, name: str) -> Any:
    if "@value" in value:
        return value if _is_inexact(value, name) else value["@value"]
    folded = _fold_node(value)
    return folded["id"] if folded.keys() == {"id"} else folded


def _is_inexact(value: Document, name: str) -> bool:
    """Tell whether a number was sent as floating point where we expect none; its type then stays with it.

    Whoever reads the member refuses it: `"30"^^xsd:double` is not the decimal 30 it looks like.
    """
    expected = RELIED_ON.get(name)
    return value.get("@type") in _FLOATING and (expected is None or expected.type not in _FLOATING)


def _blank_node() -> Unprocessable:
    return Unprocessable(codes.BLANK_NODE)


def _refused() -> Unprocessable:
    return Unprocessable(codes.JSON_LD_REFUSED)
