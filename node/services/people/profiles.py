"""Profiles: who the owner is, as schema.org in JSON-LD; kept here, and sent to nobody unless it is published.

Rules that hold here:

- A profile is checked against the SHACL shape before it is kept; what does not conform changes nothing. The
  shape is laid on the owner alone: what a friend under `knows` is called is no affair of it.
- What a person reads of it are the shape's own messages, never the validator's words.
- Reading and checking take a while and need no database: that is done by `prepare` before a write.
- The context is ours and inline, so that no reader ever fetches one (`node.core.profiles`).
- rdflib and pySHACL are imported where they are used: a node that only negotiates never loads them.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import schemas
from node.core import codes
from node.core.profiles import CONTEXT, read_profile
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.storage import profiles
from node.storage.session import Session
from protocol.actors import ActorKind
from protocol.errors import Conflict, Unprocessable
from protocol.strictjson import Document
from protocol.values import dataclass

_SHAPE = "https://w3id.org/freehold/shapes#Profile"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A profile that was read and checked, and sentences about what of it was not taken."""

    document: Document
    left_out: list[str]


class Misshapen(Unprocessable):
    """A profile whose `members`, by their names in schema.org, are not of their form."""

    def __init__(self, detail: str, members: frozenset[str]) -> None:
        """Keep the members beside what the shape says of them."""
        super().__init__(codes.PROFILE_INVALID, detail)
        self.members = members


class Format(StrEnum):
    """What a profile can be exported as."""

    JSON_LD = "json-ld"
    TURTLE = "turtle"
    N_TRIPLES = "n-triples"


def show(session: Session, acting: Acting) -> Document:
    """Return the acting actor's profile: its name only, until the owner says more."""
    row = profiles.load_profile(session, acting.iri)
    if row is not None:
        return row.document
    return {"@context": CONTEXT, "@id": acting.iri, "@type": _kind(acting), "name": acting.owner.actor.name}


def prepare(acting: Acting, given: Document) -> Prepared:
    """Return the profile that a document of schema.org makes, checked.

    Raises:
        Unprocessable: `profile-invalid`, with what the shape says.
    """
    document, left_out = read_profile(given, iri=acting.iri, kind=_kind(acting))
    check(document)
    return Prepared(document, left_out)


def prepare_vcard(acting: Acting, known: Document, content: bytes) -> Prepared:
    """Return the profile that a vCard makes on top of the known one, checked.

    Raises:
        Malformed: `vcard-invalid`; Unprocessable: `profile-invalid`.
    """
    from node.core.vcards import read_vcard

    taken = read_vcard(content, is_person=_kind(acting) == ActorKind.PERSON)
    return Prepared(prepare(acting, known | taken.members).document, taken.remarks)


def _kind(acting: Acting) -> str:
    return "Person" if acting.owner.actor.kind is ActorKind.PERSON else "Organization"


def set(session: Session, acting: Acting, prepared: Prepared, *, known: Document | None = None) -> Document:
    """Replace the profile with a prepared one; with `known`, only if it is still what was known then.

    Returns the profile, and under `left_out` what of it was not taken, if there was something.

    Raises:
        Conflict: `profile-changed`.
    """
    if known is not None and show(session, acting) != known:
        raise Conflict(codes.PROFILE_CHANGED)
    note(session, acting, "profile", {"document": prepared.document})
    return prepared.document | ({"left_out": prepared.left_out} if prepared.left_out else {})


def export(session: Session, acting: Acting, format: Format) -> str:
    """Write the profile as JSON-LD, Turtle or N-Triples."""
    document = show(session, acting)
    if format is Format.JSON_LD:
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return str(_graph(document).serialize(format="turtle" if format is Format.TURTLE else "nt"))


def check(document: Document) -> None:
    """Check a profile against its shape.

    Raises:
        Misshapen: `profile-invalid`, with the shape's messages.
    """
    from pyshacl import validate
    from rdflib import SH, Graph, URIRef

    shapes = Graph().parse(data=schemas.shapes("profile"), format="turtle")
    shapes.remove((None, SH.targetClass, None))
    shapes.add((URIRef(_SHAPE), SH.targetNode, URIRef(document["@id"])))
    conforms, report, _ = validate(_graph(document), shacl_graph=shapes)
    if not conforms:
        said = " ".join(sorted({*_messages(report, shapes)}))
        raise Misshapen(said, frozenset(_members(report)))


def _graph(document: Document) -> Any:
    """Read a profile as RDF, with PyLD: the reader of rdflib would fetch a context if there were one."""
    from pyld import jsonld
    from rdflib import Graph

    options = {"format": "application/n-quads", "documentLoader": _fetch_nothing}
    return Graph().parse(data=jsonld.to_rdf(document, options), format="nt")


def _fetch_nothing(_url: str, _options: Any) -> Any:
    raise Unprocessable(codes.PROFILE_INVALID, "A profile names no context of its own.")


def _members(report: Any) -> Iterator[str]:
    """Yield the names of the members that are not of their form, whatever they are within."""
    from rdflib import SH

    for path in report.objects(None, SH.resultPath):
        yield str(path).rpartition("/")[2]


def _messages(report: Any, shapes: Any) -> Iterator[str]:
    """Yield the messages of the shapes that do not hold; of one within another the inner, which says more."""
    from rdflib import SH

    for result in report.subjects(SH.resultSeverity):
        if not list(report.objects(result, SH.detail)):
            shape = report.value(result, SH.sourceShape)
            yield from (str(message) for message in shapes.objects(shape, SH.message))
