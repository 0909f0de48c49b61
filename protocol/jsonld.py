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
  through. One of a part of the document is not checked at all, and stays there as something nobody reads.

Expansion takes some milliseconds for an ordinary activity, and importing the library a hundred times that, so
neither happens before a document needs it. There is no clock here: the bound on values is the bound on time.

Sources: JSON-LD 1.1, JSON-LD 1.1 API §5 (expansion), FEP-0837; the LD cases of the attack catalogue.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, Final, NamedTuple

import schemas
from protocol import codes, vocabulary
from protocol.codes import MEANINGS
from protocol.contexts import (
    NOWHERE,
    RELIED_ON,
    ContextReading,
    TermDefinition,
    identify,
    read_context,
)
from protocol.errors import Unprocessable
from protocol.folding import UNREAD, fold_node, name_of
from protocol.strictjson import Document

# Objects, array members and plain values in a document that has to be expanded; an agreement of 32 price
# lines has about 400, and 2,000 of any shape take less than a tenth of a second.
LIMIT_VALUES: Final = 2_000

# Parts of a document that bring a context of their own, other than ours: each takes a quarter of a
# millisecond, and a body holds five thousand.
LIMIT_CONTEXTS: Final = 64

# Keywords a foreign spelling may use. All others restructure the document (LD-04).
_KEYWORDS: Final = {"@id": "id", "@type": "type", "@value": "@value", "@language": "@language"}

# Those of the others that people write, to be named where they are refused.
_STRUCTURAL: Final = frozenset(
    {"@set", "@list", "@graph", "@reverse", "@included", "@nest", "@index", "@json", "@none", "@direction"}
)

# Proofs and the signatures of 2017 are checked on the bytes or not at all: the reading has no part of them.
_PROOFS: Final = frozenset({"proof", "signature"})

_ERROR_CODE: Final = re.compile(r"[a-zA-Z@ -]{1,50}")

OURS: Final = frozenset(RELIED_ON)
_PASSED_OVER: Final = _PROOFS | {"@context"}
# Keys whose strings name something: what is named by a label of the document alone is not named at all.
NAMING: Final = frozenset({"id", "type", *(name for name, term in RELIED_ON.items() if term.type == "@id")})


def read(document: Document, *, relied_on: AbstractSet[str] = OURS) -> Document:
    """Return the document with our plain keys; the same object if it had them already.

    `relied_on` are the names that its reader looks at, so that no context may give them another meaning.

    Strings that a context makes IRIs are plain strings, single values stand without an array (except in terms
    that are arrays by definition), `@id` and `@type` are `id` and `type`, typed values are their value. Treat
    what is returned as read-only. Use `one`, `many` and `ref` to be indifferent to the shapes that remain.

    Raises:
        Unprocessable: `context-unknown`, `context-refused` (see `contexts.read_context`, or too many);
            `context-redefines`, an inline context gives a term of ours another meaning, and the part of the
            document that is under it uses the term; `json-ld-refused`, a structure that is not taken from
            strangers; `duplicate-term`, one thing said twice; `blank-node`, a name that names nothing;
            `json-ld-too-large`, more than 2,000 values to expand.
    """
    _check_contexts(document)
    if _is_plain(document, _Around([], frozenset(), relied_on)):
        return document
    return _expand_and_fold(document, relied_on)


def _check_contexts(document: Document) -> None:
    """Check that there are not too many parts with a context of their own: each has to be read.

    Raises:
        Unprocessable: `context-refused`.
    """
    seen, nodes = 0, [*document.values()]
    for node in nodes:  # grows while it is walked
        if isinstance(node, dict):
            context = node.get("@context")
            usual = context in vocabulary.USUAL_CONTEXTS
            seen += not usual and "@context" in node
            if seen > LIMIT_CONTEXTS:
                raise Unprocessable(codes.CONTEXT_REFUSED)
            # A usual one has none within, and may have more members than all the rest.
            nodes += [node[name] for name in node if name != "@context"] if usual else node.values()
        elif isinstance(node, list):
            nodes += node


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


def kind(value: Any) -> Any:
    """Return the one type in what a `type` holds: the only one, or of several the only term of ours.

    A second type of another vocabulary says more about a thing; a second one of ours contradicts the first.

    Raises:
        Unprocessable: `single-value-expected`.
    """
    if isinstance(value, list) and len(value) > 1:
        ours = [type for type in value if isinstance(type, str) and type in OURS]
        return one(ours or value)
    return one(value)


class _Around(NamedTuple):
    """What holds around a part of the document: contexts, the names that they make foreign, what matters."""

    contexts: list[Any]
    foreign: frozenset[str]
    relied_on: AbstractSet[str]


def _is_plain(node: Document, around: _Around) -> bool:
    """Tell whether every key, and every type, is the plain name of what it stands for.

    Every request comes through here, so the loop settles most members by one look-up each.

    Raises:
        Unprocessable: `blank-node`, or as `read`.
    """
    if "@context" in node:
        contexts = _enter(node, around.contexts)
        # Ours is what most documents have; comparing it is cheaper than looking it up.
        ours = contexts == vocabulary.ACTIVITY_CONTEXT
        made = frozenset() if ours else _read_contexts(node, contexts, around.relied_on).foreign
        around = _Around(contexts, around.foreign | made, around.relied_on)
    foreign = around.foreign
    for key, value in node.items():
        if key in _PASSED_OVER:
            continue
        if key in foreign or (key not in OURS and (":" in key or key.startswith("@"))):
            return False
        if isinstance(value, str):
            if key in NAMING and not _is_plain_name(key, value, foreign):
                return False
        elif not _is_plain_value(key, value, around):
            return False
    return True


def _enter(node: Document, around: list[Any]) -> list[Any]:
    """Return the contexts that hold for a part of the document with its own: that one after those around it.

    One that is only repeated, as by software that writes every object by itself, adds nothing.

    Raises:
        Unprocessable: `context-refused`, it is null, which takes the meaning of every key away.
    """
    if node["@context"] is None:
        raise Unprocessable(codes.CONTEXT_REFUSED)
    own = many(node["@context"])
    return around if own and around[-len(own) :] == own else [*around, *own]


def _read_contexts(node: Document, contexts: list[Any], relied_on: AbstractSet[str]) -> ContextReading:
    """Read the contexts that hold for a part of the document.

    Raises:
        Unprocessable: as `read`.
    """
    reading = read_context(contexts)
    matters = reading.redefined & relied_on
    used = next((name for name in _names(node) if name in matters), None) if matters else None
    if used is not None:
        detail = f"The document's context gives {used} another meaning, and the document uses it."
        raise Unprocessable(codes.CONTEXT_REDEFINES, detail)
    return reading


def _names(value: Any, key: str = "type") -> Iterator[str]:
    """Yield every key within, and every string that may stand for a name, with its prefix."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from (name, name.partition(":")[0])
            if name != "@context":
                yield from _names(member, name)
    elif isinstance(value, list):
        for member in value:
            yield from _names(member, key)
    elif isinstance(value, str) and (key in NAMING or key not in OURS):
        yield from (value, value.partition(":")[0])


def _is_plain_name(key: str, name: str, foreign: frozenset[str]) -> bool:
    if name.startswith(NOWHERE):
        raise _blank_node()
    return key != "type" or not (name in foreign or ":" in name)


def _is_plain_value(key: str, value: Any, around: _Around) -> bool:
    if isinstance(value, dict):
        return _is_plain(value, around)
    if isinstance(value, list):
        return all(_is_plain_value(key, member, around) for member in value)
    return not (isinstance(value, str) and key in NAMING) or _is_plain_name(key, value, around.foreign)


def _expand_and_fold(document: Document, relied_on: AbstractSet[str] = OURS) -> Document:
    """Bring a foreign spelling to our keys, checking first that it can be brought there safely."""
    _check_size(document)
    own = {key: value for key, value in document.items() if key not in _PROOFS}
    bare = _bare({"@context": [], **own}, [], relied_on)
    _check_structure(bare, {})
    folded = fold_node(_expand(bare))
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


def _bare(value: Any, around: list[Any], relied_on: AbstractSet[str]) -> Any:
    """Leave out what is in proofs, and of each context what is not known; each is one with those around it.

    Raises:
        Unprocessable: as `read`, for a context.
    """
    if isinstance(value, list):
        return [_bare(member, around, relied_on) for member in value]
    if not isinstance(value, dict):
        return value
    known: Document = {}
    if "@context" in value:
        around = _enter(value, around)
        known["@context"] = list(_read_contexts(value, around, relied_on).entries)
    known |= {UNREAD + key: True for key in value.keys() & _PROOFS}
    return known | {
        key: _bare(member, around, relied_on) for key, member in value.items() if key not in _PASSED_OVER
    }


def _check_structure(node: Document, terms: Mapping[str, TermDefinition]) -> None:
    """Refuse what would make the expanded document another one than its reader expects.

    Raises:
        Unprocessable: `json-ld-refused`, `duplicate-term` or `blank-node`.
    """
    seen: set[str] = set()
    if "@context" in node:
        terms = read_context(node["@context"]).terms
    for key, value in node.items():
        if key == "@context":
            continue
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
        Unprocessable: `json-ld-refused`, it is a keyword that restructures the document, or a blank node, or
            has a blank in it: expansion drops what can be no address, and nobody would see that it was there.
    """
    term = identify(key, terms)
    if any(map(str.isspace, term.iri)):
        raise _refused()
    keyword = key if key.startswith("@") else term.iri
    if keyword.startswith("@") or key.startswith(NOWHERE):
        if keyword not in _KEYWORDS:
            raise _refused(f"({keyword})" if keyword in _STRUCTURAL else "")
        return _KEYWORDS[keyword]
    return name_of(term.iri, "@language" if term.container == "@language" else None)


def _expand(bare: Document) -> Document:
    """Run JSON-LD expansion on a document that has passed every check, with the known parts of its contexts.

    Raises:
        Unprocessable: `json-ld-refused`, the document is not valid JSON-LD.
    """
    from pyld import jsonld
    from pyld.context_resolver import ContextResolver

    loader = _document_loader()
    # A cache of its own: nothing of one stranger's document is kept for the next, and threads share nothing.
    options = {"base": "", "documentLoader": loader, "contextResolver": ContextResolver({}, loader)}
    try:
        expanded = jsonld.expand(bare, options)
    except jsonld.JsonLdError as error:
        # What the standard calls it, such as "protected term redefinition" (JSON-LD 1.1 API §9.6).
        named = error.code if isinstance(error.code, str) and _ERROR_CODE.fullmatch(error.code) else ""
        raise _refused(f"({named})" if named else "") from None
    if len(expanded) != 1 or not isinstance(expanded[0], dict):
        raise _refused()
    return expanded[0]


@lru_cache(maxsize=1)
def _document_loader() -> Any:
    """Serve the shipped contexts and no other address, so that expansion never reaches the network."""
    from pyld.documentloader.frozen import FrozenDocumentLoader

    return FrozenDocumentLoader({iri: schemas.context(iri) for iri in schemas.contexts()})


def _blank_node() -> Unprocessable:
    return Unprocessable(codes.BLANK_NODE)


def _refused(named: str = "") -> Unprocessable:
    said = MEANINGS[codes.JSON_LD_REFUSED]
    return Unprocessable(codes.JSON_LD_REFUSED, f"{said.removesuffix('.')} {named}." if named else said)
