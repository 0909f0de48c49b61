"""JSON-LD contexts: what the keys of a foreign document stand for, and whether that is what we take them for.

Rules that hold here:

- A context is looked up among the shipped ones and never fetched. One we do not have adds nothing: its terms
  are read as the plain keys we know, or not at all. Named by http, or with a fragment, it is the same one.
- A document whose context does not name ActivityStreams is read as if it did.
- An inline context may add terms. It may say again what a term of ours means; what it says otherwise is
  reported, and a document that uses the term is refused (`jsonld`). It may not change how the document around
  it is read (`@vocab`, `@base`, scoped contexts, graphs, ...), nor the prefixes that other terms build on.
- The language that a context gives to all texts is passed over: nothing here hangs on it.
- A shipped context that gives one of our terms another meaning is honoured: the term is reported as a
  conflict, and a document that uses it is read by its meaning instead of its name.

Sources: JSON-LD 1.1 §4.1 and §9.15, ActivityStreams 2.0 §2.1, FEP-0837.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import orjson

import schemas
from protocol import codes, vocabulary
from protocol.errors import Unprocessable
from protocol.iris import origin, without_fragment
from protocol.values import dataclass

# The largest contexts in the field (Mastodon, PeerTube) have 10 entries and 60 terms in 4 KB.
LIMIT_ENTRIES: Final = 16
LIMIT_TERMS: Final = 256
LIMIT_BYTES: Final = 16_384
# `xsd:date` -> `xsd` -> its address is two steps; a circle of definitions has no end.
LIMIT_DEFINITION_DEPTH: Final = 8

# Keywords an inline context may carry because they change nothing: 1.1 is the version read anyway, and the
# language of the texts is for those who show them (left out, since expansion would part the texts by it).
_VERSION: Final = "@version"
_LANGUAGE: Final = "@language"
# Keywords of contexts that are refused by their names.
_CONTEXT_KEYWORDS: Final = frozenset(
    {"@base", "@direction", "@import", "@propagate", "@protected", "@version", "@vocab"}
)
_DEFINITION_MEMBERS: Final = frozenset({"@id", "@type", "@container"})
_CONTAINERS: Final = (None, "@list", "@set")
_COERCIONS: Final = frozenset({"@id", "@vocab"})

# ValueFlows' own examples have the two members of a quantity in its namespace; FEP-0837 takes them from OM2.
# Mitra, whose author wrote FEP-844e, has the FEP's member in a namespace of its own.
_ALIASES: Final = {
    vocabulary.VALUEFLOWS + "hasUnit": vocabulary.OM2 + "hasUnit",
    vocabulary.VALUEFLOWS + "hasNumericalValue": vocabulary.OM2 + "hasNumericalValue",
    "http://jsonld.mitra.social#implements": "https://w3id.org/fep/844e/implements",
}

# Mastodon writes schema.org with a fragment, others with https: one vocabulary in several spellings.
_SCHEMA_SPELLINGS: Final = ("http://schema.org#", "https://schema.org/", "https://schema.org#")

# JSON-LD 1.1 API §4.2.2: a name is a prefix if a string alone defines it that ends with one of these, or if
# it stands for nothing.
_GENERAL_DELIMITERS: Final = (":", "/", "?", "#", "[", "]", "@")

# What an unmapped key stands for: ActivityStreams maps them to blank nodes, which say nothing to anyone.
NOWHERE: Final = "_:"


@dataclass(frozen=True, slots=True)
class TermDefinition:
    """What a key stands for: its IRI, and how its strings and arrays are read (JSON-LD 1.1 §9.15)."""

    iri: str
    type: str | None = None
    container: str | None = None
    prefix: bool = False  # whether names may start with it


@dataclass(frozen=True, slots=True)
class ContextReading:
    """How a document with some context is to be read.

    `entries` are the parts of the context that are known, in order, and `terms` what they define. `foreign`
    are the keys that cannot be taken by name: those of ours that mean something else here, and those that
    mean one of ours. `redefined` are those of ours to which an inline context gives another meaning; no
    document may use them.
    """

    entries: tuple[str | dict[str, Any], ...]
    terms: Mapping[str, TermDefinition]
    foreign: frozenset[str]
    redefined: frozenset[str] = frozenset()


def read_context(context: object) -> ContextReading:
    """Examine the `@context` of a document; that of ActivityStreams is assumed if it is not there.

    AS2 §2.1: "the implementation MUST assume that the normative @context definition still applies".

    Raises:
        Unprocessable: `context-unknown`, it names one by what is no web address; `context-redefines`, an
            inline context changes a prefix or a keyword that others build on; `context-refused`, it is
            malformed, too large or uses a keyword that is not taken from strangers.
    """
    try:
        serialised = orjson.dumps(context)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits, which no context has a use for
        raise _refused() from None
    if len(serialised) > LIMIT_BYTES:
        raise _refused()
    return _read(serialised)


def identify(key: str, terms: Mapping[str, TermDefinition]) -> TermDefinition:
    """Tell what a key of a document stands for under these terms (JSON-LD 1.1 API §5.2, IRI expansion)."""
    known = terms.get(key)
    if known is not None:
        return known
    prefix, colon, suffix = key.partition(":")
    if not colon:
        return TermDefinition(NOWHERE + key)
    if suffix.startswith("//") or prefix not in terms or not terms[prefix].prefix:
        return TermDefinition(canonical_iri(key))
    return TermDefinition(canonical_iri(terms[prefix].iri + suffix))


def canonical_iri(iri: str) -> str:
    """Spell the IRI of a term in one way, where the field has several; any other stays as it is."""
    for spelling in _SCHEMA_SPELLINGS:
        if iri.startswith(spelling):
            return vocabulary.SCHEMA + iri.removeprefix(spelling)
    return _ALIASES.get(iri, iri)


@lru_cache(maxsize=64)  # peers repeat the few contexts their software writes; the largest take 100 KB each
def _read(serialised: bytes) -> ContextReading:
    context = orjson.loads(serialised)
    entries = _entries(context)
    terms: dict[str, TermDefinition] = {}
    redefined: set[str] = set()
    for entry in entries:
        if isinstance(entry, str):
            terms |= _shipped_terms(entry)
        else:
            inline = _inline_terms(entry, terms)
            redefined |= {name for name, term in inline.items() if _redefines(name, term)}
            terms |= inline
    foreign = frozenset(name for name, term in terms.items() if not _reads_by_name(name, term))
    return ContextReading(tuple(entries), MappingProxyType(terms), foreign, frozenset(redefined))


def _entries(context: Any) -> list[str | dict[str, Any]]:
    """List the entries that are known, each by its one name; an unknown one is left out, never fetched."""
    entries = [] if context is None else _as_list(context)
    if len(entries) > LIMIT_ENTRIES or not all(isinstance(entry, str | dict) for entry in entries):
        raise _refused()
    spelled = [
        _shipped_name(entry) if isinstance(entry, str) else _without_language(entry) for entry in entries
    ]
    known = [entry for entry in spelled if entry is not None]
    if vocabulary.ACTIVITYSTREAMS_CONTEXT not in known:
        return [vocabulary.ACTIVITYSTREAMS_CONTEXT, *known]
    return known


def _shipped_name(entry: str) -> str | None:
    """Return the address of the shipped context that is named, by http or with a fragment too.

    Raises:
        Unprocessable: `context-unknown`, what names it is no web address.
    """
    if entry in schemas.contexts():
        return entry
    try:
        origin(entry)
    except Unprocessable:
        raise Unprocessable(
            codes.CONTEXT_UNKNOWN, "The document names a context that is no web address."
        ) from None
    named = without_fragment(entry).replace("http://", "https://", 1)
    return named if named in schemas.contexts() else None


def _without_language(entry: dict[str, Any]) -> dict[str, Any]:
    """Leave out which language the texts are in.

    Raises:
        Unprocessable: `context-refused`, it is not the name of a language.
    """
    if _LANGUAGE not in entry:
        return entry
    if not (entry[_LANGUAGE] is None or isinstance(entry[_LANGUAGE], str)):
        raise _refused()
    return {name: definition for name, definition in entry.items() if name != _LANGUAGE}


def _as_list(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [context]


@lru_cache(maxsize=64)  # more than there are shipped
def _shipped_terms(iri: str) -> Mapping[str, TermDefinition]:
    definitions = {
        name: definition
        for name, definition in schemas.context(iri)["@context"].items()
        if not name.startswith("@")
    }
    return MappingProxyType(dict(_define(definitions, {})))


def _inline_terms(context: dict[str, Any], active: Mapping[str, TermDefinition]) -> dict[str, TermDefinition]:
    """Define the terms of an inline context, refusing whatever does more than to add some.

    Raises:
        Unprocessable: `context-redefines` or `context-refused`, as for `read_context`.
    """
    definitions = {
        name: definition for name, definition in context.items() if name != _VERSION or definition != 1.1
    }
    if len(definitions) > LIMIT_TERMS:
        raise _refused()
    for name, definition in definitions.items():
        if not _only_adds(name, definition):
            named = f" ({name})" if name in _CONTEXT_KEYWORDS or name in RELIED_ON else ""
            detail = f"The document's context does more than to add terms{named}."
            raise Unprocessable(codes.CONTEXT_REFUSED, detail)
    terms = dict(_define(definitions, active))
    known = {**active, **terms}
    if not all(_may_define(name, term, known) for name, term in terms.items()):
        raise Unprocessable(codes.CONTEXT_REDEFINES)
    return terms


def _only_adds(name: str, definition: object) -> bool:
    """Tell whether a definition is a plain one: no keyword, no scope, no graph, nesting or index."""
    if name.startswith("@") or not name:
        return False
    if isinstance(definition, str):
        return True
    return (
        isinstance(definition, dict)
        and definition.keys() <= _DEFINITION_MEMBERS
        and isinstance(definition.get("@id", ""), str)
        and isinstance(definition.get("@type", ""), str)
        and (definition.get("@type", "")[:1] != "@" or definition["@type"] in _COERCIONS)
        and definition.get("@container") in _CONTAINERS
    )


def _may_define(name: str, term: TermDefinition, terms: Mapping[str, TermDefinition]) -> bool:
    if name in _FOUNDATIONS:
        return _means_the_same(term, RELIED_ON[name])
    if term.iri.startswith("@"):  # another name for a keyword would hide structure from the reader
        return False
    return ":" not in name or _stands_for_itself(name, term, terms)


def _redefines(name: str, term: TermDefinition) -> bool:
    """Tell whether a term of ours is given another meaning that documents are not read by."""
    ours = RELIED_ON.get(name)
    return ours is not None and name not in _REDEFINED_IN_THE_FIELD and not _means_the_same(term, ours)


def _stands_for_itself(name: str, term: TermDefinition, terms: Mapping[str, TermDefinition]) -> bool:
    """Tell whether a key in the form of an IRI is defined to be that IRI (JSON-LD 1.1 §9.15)."""
    prefix, _, suffix = name.partition(":")
    if not suffix.startswith("//") and prefix in terms and not terms[prefix].prefix:
        return False  # defining it would make a prefix of what is none
    spelled_out = identify(name, {known: other for known, other in terms.items() if known != name})
    return spelled_out.iri == term.iri


def _means_the_same(term: TermDefinition, ours: TermDefinition) -> bool:
    """Tell whether a term stands for what ours does. A list and a set are one JSON array, a map is none."""
    maps = [each.container == "@language" for each in (term, ours)]
    return term.iri == ours.iri and maps[0] == maps[1]


def _reads_by_name(name: str, term: TermDefinition) -> bool:
    """Tell whether a key under this definition can be read as the key it is.

    Either it is ours, and its strings are read as ours are; or it stands for nothing we have a key for.
    Strings that we make IRIs may be left plain (FEP-0837 does so with `satisfies`), as both are the same JSON
    string; plain ones of ours that are made IRIs elsewhere may be abbreviated, so they are not.
    """
    ours = RELIED_ON.get(name)
    if ours is None:
        return term.iri not in _RELIED_ON_IRIS
    abbreviates = term.type in _COERCIONS and term.type != ours.type
    return _means_the_same(term, ours) and not abbreviates


def _define(
    definitions: Mapping[str, Any], active: Mapping[str, TermDefinition]
) -> Iterator[tuple[str, TermDefinition]]:
    for name, definition in definitions.items():
        parts = definition if isinstance(definition, dict) else {"@id": definition}
        # JSON-LD 1.1 API §4.2.2: without an `@id`, a name stands for itself, whatever it stood for before.
        own = name if ":" in name else NOWHERE + name
        iri = _expand(parts.get("@id", own), definitions, active)
        coercion = parts.get("@type")
        type = _expand(coercion, definitions, active) if coercion else None
        prefix = isinstance(definition, str) and _is_prefix(iri)
        yield name, TermDefinition(canonical_iri(iri), type, parts.get("@container"), prefix)


def _expand(
    value: str, definitions: Mapping[str, Any], active: Mapping[str, TermDefinition], depth: int = 0
) -> str:
    """Resolve a term or a compact IRI against the definitions beside it, then against those before it."""
    if value.startswith("@"):
        return value
    prefix, colon, suffix = value.partition(":")
    local = definitions.get(prefix)
    meaning = local.get("@id") if isinstance(local, dict) else local
    if suffix.startswith("//") or meaning is None or meaning == value:
        return identify(value, active).iri
    if depth > LIMIT_DEFINITION_DEPTH:
        raise _refused()
    iri = _expand(meaning, definitions, active, depth + 1)
    if not colon:
        return iri
    return iri + suffix if isinstance(local, str) and _is_prefix(iri) else value


def _is_prefix(iri: str) -> bool:
    return iri.endswith(_GENERAL_DELIMITERS) or iri.startswith(NOWHERE)


def _refused() -> Unprocessable:
    return Unprocessable(codes.CONTEXT_REFUSED)


def _relied_on() -> Mapping[str, TermDefinition]:
    """List the terms this node reads by name, with what they stand for.

    Of the contexts of an actor only what `actors` reads is taken: Mastodon gives `EncryptedMessage` a meaning
    that differs from the security vocabulary's, and nothing here depends on it.
    """
    terms: dict[str, TermDefinition] = {}
    for context, wanted in ((vocabulary.ACTOR_CONTEXT, _ACTOR_TERMS), (vocabulary.ACTIVITY_CONTEXT, None)):
        defined: dict[str, TermDefinition] = {}
        for entry in context:
            defined |= _shipped_terms(entry) if isinstance(entry, str) else dict(_define(entry, defined))
        terms |= {name: term for name, term in defined.items() if wanted is None or name in wanted}
    return MappingProxyType(terms)


_ACTOR_TERMS: Final = frozenset(
    {"CryptographicKey", "Multikey", "publicKey", "publicKeyPem", "owner", "controller"}
    | {"assertionMethod", "authentication", "expires", "revoked", "implements", "manuallyApprovesFollowers"}
)
# Lemmy ends a ban with `expires`, and says so in its context; where it does, the key is read by that meaning.
_REDEFINED_IN_THE_FIELD: Final = frozenset({"expires"})

_IN_ACTIVITIES: Final = _relied_on()
# What data terms are said in. They are read in this one spelling: another name for one of these is a name
# that nobody knows, so that what shares an IRI with them (a video's language) is read as ever.
_ABOUT_DATA: Final = {
    name: term for name, term in _shipped_terms(vocabulary.TERMS_CONTEXT).items() if not term.prefix
}
RELIED_ON: Final[Mapping[str, TermDefinition]] = MappingProxyType({**_ABOUT_DATA, **_IN_ACTIVITIES})
_RELIED_ON_IRIS: Final = frozenset(term.iri for term in _IN_ACTIVITIES.values())
# What other names are built on: keywords, and prefixes.
_FOUNDATIONS: Final = frozenset(
    name for name, term in RELIED_ON.items() if term.prefix or term.iri.startswith("@")
)
