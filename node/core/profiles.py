"""Read a profile that was handed in: JSON-LD as web sites write it, into members of schema.org alone.

Rules that hold here:

- The owner has the type and the address that the node gives it; a profile of another type is refused. A more
  precise type is kept beside it.
- Only schema.org's context is read, and by its name: nothing is fetched. Of JSON-LD's keywords `@type`, `@id`
  and at the top `@graph` are taken; others are refused by name and place, because they change what the
  members beside them mean.
- Members are terms of schema.org: other names would become addresses as RDF, and could break out of its
  syntax.
- A member that schema.org does not have, as far as this release knows, is kept and said, with what it may be
  meant for: vocabularies grow, and a typing error is not to pass for a member.
- What says nothing (null, empty text, list or object) is left out.

Sources: schema.org, JSON-LD 1.1 §3.
"""

import re
from difflib import get_close_matches
from typing import Any, Final

import schemas
from node.core import codes
from node.core.remarks import Remarks
from protocol.documents import Document
from protocol.errors import Unprocessable
from protocol.vocabulary import SCHEMA

CONTEXT: Final = {"@vocab": SCHEMA}

_TYPE: Final = "@type"
_LIKE: Final = 0.75  # jobTitel is like jobTitle, and nested is not like datePosted
_ASKED: Final = 10  # unknown members of which a likeness is looked for: some milliseconds each
_LIMIT_IRI: Final = 2048
# Nearly every term of schema.org is one (3DModel is not).
_TERM: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,99}")
_SITE: Final = re.compile(r"https?://(?:www\.)?schema\.org/", re.IGNORECASE)
_CONTEXTS: Final = frozenset({"", "docs/jsonldcontext.json", "docs/jsonldcontext.jsonld"})  # behind it
_IRI: Final = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\0-\x20<>"{}|\\^`\x7f-\x9f]+')
# What may be repeated in a sentence: a name of that alphabet can do no harm wherever it is shown.
_SHOWN: Final = re.compile(r"@?[A-Za-z0-9_.:-]{1,40}")


def read_profile(given: Document, *, iri: str, kind: str) -> tuple[Document, list[str]]:
    """Return the profile that a document makes, and what there is to say of it.

    `iri` is the owner's address, `kind` is `Person` or `Organization`.

    Raises:
        Unprocessable: `profile-invalid`, naming the member and where it stands.
    """
    said = Remarks()
    stated = _owner_in(given, kind, said) if "@graph" in given else given
    if stated.get("@id", iri) != iri:
        said.add(
            "@id was left out: your node has its own address for you. A page about you goes under sameAs."
        )
    members = _object({name: value for name, value in stated.items() if name != "@id"}, "")
    types = _types(members.pop(_TYPE, kind))
    if not _is_of(kind, types):
        raise Unprocessable(
            codes.PROFILE_INVALID,
            f"The owner of this node is {_one(kind)}, and this is the profile of something else. "
            f"If it is about the owner, write the type {kind}.",
        )
    _look_for_unknown(members, "", said)
    more = [type for type in types if type != kind]
    document = {"@context": CONTEXT, "@id": iri, _TYPE: [kind, *more] if more else kind, **members}
    return document, said.sentences()


def _one(kind: str) -> str:
    return f"an {kind}" if kind.startswith("O") else f"a {kind}"


def _is_of(kind: str, types: list[str]) -> bool:
    """Tell whether one of the types is that of the owner, or one that schema.org has below it."""
    below = schemas.organizations() if kind == "Organization" else {"Patient"}
    return kind in types or not below.isdisjoint(types)


def _owner_in(given: Document, kind: str, said: Remarks) -> Document:
    """Return the one thing in a graph that can be the owner: sites describe pages and pictures beside it."""
    graph = given["@graph"]
    things = [thing for thing in graph if isinstance(thing, dict)] if isinstance(graph, list) else [graph]
    found = [thing for thing in things if isinstance(thing, dict) and _is_of(kind, _given_types(thing))]
    if len(found) != 1 or given.keys() - {"@graph", "@context", "@id"}:
        raise _refused(
            "@graph",
            f"it has {len(found)} of the type {kind}, and a profile is of one. Write that one's members.",
        )
    _check_context(given.get("@context"), "@context")
    if len(things) > 1:
        said.add(
            f"Of @graph the {kind} was taken and nothing else. What you want beside it, set as a member."
        )
    return found[0]


def _given_types(thing: Document) -> list[str]:
    given = thing.get(_TYPE, thing.get("type"))
    listed = given if isinstance(given, list) else [given]
    return [str(_shortened(type)) for type in listed]


def _types(read: Any) -> list[str]:
    return read if isinstance(read, list) else [read]


# --- members ---------------------------------------------------------------------------------------------


def _value(given: Any, place: str) -> Any:
    if isinstance(given, dict):
        return _object(given, place)
    if isinstance(given, list):
        return [read for value in given if _says_something(read := _value(value, place))]
    return given


def _says_something(read: Any) -> bool:
    return read is not None and read not in ("", [], {})


def _object(given: Document, place: str) -> Document:
    members: Document = {}
    for name, value in given.items():
        member = _TYPE if name == "type" else name
        if member in members:
            raise _refused(place, "Give one type, as type or as @type.")
        if _says_something(read := _read(member, value, _place(place, name))):
            members[member] = read
    return members


def _read(member: str, value: Any, place: str) -> Any:
    match member:
        case "@context":
            _check_context(value, place)
            return None
        case "@type":
            return _type(value, place)
        case "@id":
            return _address(value, place)
    if member.startswith("@"):
        raise _refused(place, "JSON-LD keywords are not taken here. Write plain members of schema.org.")
    _term(member, place)
    return _value(value, place)


def _look_for_unknown(read: Any, place: str, said: Remarks) -> None:
    """Say which members schema.org does not have."""
    for value in read if isinstance(read, list) else [read]:
        for name, within in value.items() if isinstance(value, dict) else ():
            if not name.startswith("@") and name not in schemas.members():
                said.add(_unknown(_place(place, name), name, asks=len(said.alone) < _ASKED))
            _look_for_unknown(within, _place(place, name), said)


def _unknown(place: str, name: str, *, asks: bool) -> str:
    meant = get_close_matches(name, sorted(schemas.members()), n=1, cutoff=_LIKE) if asks else []
    ask = f" Is {meant[0]} meant?" if meant else ""
    return f"{place} is no member of schema.org that this release knows; it was kept.{ask}"


def _type(given: Any, place: str) -> Any:
    if not isinstance(given, list):
        return given if given is None else _term(_shortened(given), place)
    types = [_term(_shortened(type), place) for type in given]
    return types if len(types) > 1 else next(iter(types), None)


def _shortened(given: Any) -> Any:
    """Return a type that is written with schema.org's address as its term."""
    site = _SITE.match(given) if isinstance(given, str) else None
    return given[site.end() :] if site else given


def _term(name: Any, place: str) -> str:
    if not isinstance(name, str) or not _TERM.fullmatch(name):
        raise _refused(
            place, "Members and types are terms of schema.org without a prefix, such as givenName."
        )
    return name


def _address(given: Any, place: str) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str) or len(given) > _LIMIT_IRI or not _IRI.fullmatch(given):
        raise _refused(place, "Write a whole address that starts with https://, or leave it out.")
    return given


def _check_context(given: Any, place: str) -> None:
    for context in given if isinstance(given, list) else [given]:
        vocabulary = context
        if isinstance(context, dict) and context.keys() <= {"@vocab", "@language"}:
            vocabulary = context.get("@vocab")
        if vocabulary is not None and not _is_schema_org(vocabulary):
            raise _refused(place, "Only schema.org's is read. Write https://schema.org, or leave it out.")


def _is_schema_org(vocabulary: Any) -> bool:
    site = _SITE.match(f"{vocabulary}/") if isinstance(vocabulary, str) else None
    return site is not None and str(vocabulary)[site.end() :] in _CONTEXTS


def _place(within: str, name: str) -> str:
    """Return where a member stands, as `image.@id`; a name that cannot be shown is left out."""
    shown = name if _SHOWN.fullmatch(name) else ""
    return ".".join(filter(None, (within, shown)))


def _refused(place: str, sentence: str) -> Unprocessable:
    return Unprocessable(codes.PROFILE_INVALID, f"{place}: {sentence}" if place else sentence)
