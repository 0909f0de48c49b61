"""Profiles: who the owner is, as schema.org in JSON-LD; kept here and sent to nobody.

Rules that hold here:

- A profile is checked against the SHACL shape before it is kept; what does not conform changes nothing.
- Checking takes a while and needs no database: it is done by `prepare` before a write, not inside it.
- The context is ours and inline, so that no reader ever fetches one; JSON-LD keywords in the owner's members
  are refused, because they could bring another.
- rdflib, pySHACL and vobject are imported where they are used: a node that only negotiates never loads them.
"""

import json
import re
from enum import StrEnum
from typing import Any

import schemas
from node.core import codes
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.storage import profiles
from node.storage.session import Session
from protocol.actors import ActorKind
from protocol.errors import Conflict, Malformed, Unprocessable
from protocol.strictjson import Document
from protocol.vocabulary import SCHEMA

CONTEXT = {"@vocab": SCHEMA}

_TYPE = "@type"
# Nearly every term of schema.org is one (3DModel is not). Other names would become addresses as RDF, and
# could break out of its syntax.
_TERM = re.compile(r"[A-Za-z][A-Za-z0-9]{0,99}")

# vCard 4.0 (RFC 6350) properties that schema.org has a term for, and that term.
_VCARD = {
    "fn": "name",
    "email": "email",
    "tel": "telephone",
    "bday": "birthDate",
    "url": "url",
    "title": "jobTitle",
}


class Format(StrEnum):
    """What a profile can be exported as."""

    JSON_LD = "json-ld"
    TURTLE = "turtle"
    N_TRIPLES = "n-triples"


def show(session: Session, acting: Acting) -> Document:
    """Return the acting actor's profile: its name only, until the owner says more."""
    row = profiles.load_profile(session, acting.iri)
    return row.document if row is not None else _document(acting, {"name": acting.owner.actor.name})


def prepare(acting: Acting, members: Document) -> Document:
    """Return the profile that these schema.org members make, checked.

    Raises:
        Unprocessable: `profile-invalid`, with what the shape says.
    """
    document = _document(acting, members)
    check(document)
    return document


def prepare_vcard(acting: Acting, known: Document, text: str) -> Document:
    """Return the profile that a vCard makes on top of the known one, checked.

    Raises:
        Malformed: `vcard-invalid`; Unprocessable: `profile-invalid`.
    """
    return prepare(acting, _members(known) | read_vcard(text))


def set(session: Session, acting: Acting, prepared: Document, *, known: Document | None = None) -> Document:
    """Replace the profile with a prepared one; with `known`, only if it is still what was known then.

    Raises:
        Conflict: `profile-changed`.
    """
    if known is not None and show(session, acting) != known:
        raise Conflict(codes.PROFILE_CHANGED)
    note(session, acting, "profile", {"document": prepared})
    return prepared


def export(session: Session, acting: Acting, format: Format) -> str:
    """Write the profile as JSON-LD, Turtle or N-Triples."""
    document = show(session, acting)
    if format is Format.JSON_LD:
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return str(_graph(document).serialize(format="turtle" if format is Format.TURTLE else "nt"))


def check(document: Document) -> None:
    """Check a profile against its shape.

    Raises:
        Unprocessable: `profile-invalid`, with the shape's messages.
    """
    from pyshacl import validate
    from rdflib import Graph

    shapes = Graph().parse(data=schemas.shapes("profile"), format="turtle")
    conforms, report, _ = validate(_graph(document), shacl_graph=shapes)
    if not conforms:
        messages = "; ".join(sorted(_messages(report)))
        raise Unprocessable(codes.PROFILE_INVALID, messages or "The profile does not fit its shape.")


def read_vcard(text: str) -> Document:
    """Read the members of schema.org that a vCard states.

    Raises:
        Malformed: `vcard-invalid`.
    """
    import vobject

    try:
        card = vobject.readOne(text)
        contents = card.contents
    except Exception as error:  # vobject raises whatever its parsers do
        raise Malformed(codes.VCARD_INVALID) from error
    if card.name != "VCARD":
        raise Malformed(codes.VCARD_INVALID, "This is not a vCard.")
    members: Document = {
        term: str(contents[property][0].value) for property, term in _VCARD.items() if property in contents
    }
    if "n" in contents:
        name = contents["n"][0].value
        members |= {"familyName": name.family, "givenName": name.given}
    if "adr" in contents:
        members["address"] = _address(contents["adr"][0].value)
    return {member: value for member, value in members.items() if value}


def _address(value: Any) -> Document:
    stated = {
        "streetAddress": value.street,
        "postalCode": value.code,
        "addressLocality": value.city,
        "addressRegion": value.region,
        "addressCountry": value.country,
    }
    return {"type": "PostalAddress", **{member: text for member, text in stated.items() if text}}


def _document(acting: Acting, members: Document) -> Document:
    kind = "Person" if acting.owner.actor.kind is ActorKind.PERSON else "Organization"
    plain = _plain(members)
    # The shape is that of a person or an organization, and of nothing else.
    if plain.get(_TYPE, kind) != kind:
        raise Unprocessable(codes.PROFILE_INVALID, f"The owner of this node is of the type {kind}.")
    return {"@context": CONTEXT, "@id": acting.iri, _TYPE: kind, **plain}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        members = dict(_member(name, inner) for name, inner in value.items())
        if len(members) < len(value):
            raise Unprocessable(codes.PROFILE_INVALID, "Give one type, as type or as @type.")
        return members
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _member(name: str, value: Any) -> tuple[str, Any]:
    """Take `type` for `@type`, and refuse every other keyword of JSON-LD and every name that is no term."""
    if name in ("type", _TYPE):
        return _TYPE, [_term(type) for type in value] if isinstance(value, list) else _term(value)
    if name.startswith("@"):
        raise Unprocessable(
            codes.PROFILE_INVALID, "Write plain schema.org members; JSON-LD keywords are not taken."
        )
    return _term(name), _plain(value)


def _term(name: Any) -> str:
    if not isinstance(name, str) or not _TERM.fullmatch(name):
        raise Unprocessable(
            codes.PROFILE_INVALID, "Members and types are terms of schema.org, such as givenName."
        )
    return name


def _members(document: Document) -> Document:
    """Return the plain members of a profile, as its owner wrote them."""
    return {name: _written(value) for name, value in document.items() if not name.startswith("@")}


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {("type" if name == "@type" else name): _written(inner) for name, inner in value.items()}
    return [_written(inner) for inner in value] if isinstance(value, list) else value


def _graph(document: Document) -> Any:
    """Read a profile as RDF, with PyLD: the reader of rdflib would fetch a context if there were one."""
    from pyld import jsonld
    from rdflib import Graph

    options = {"format": "application/n-quads", "documentLoader": _fetch_nothing}
    return Graph().parse(data=jsonld.to_rdf(document, options), format="nt")


def _fetch_nothing(_url: str, _options: Any) -> Any:
    raise Unprocessable(codes.PROFILE_INVALID, "A profile names no context of its own.")


def _messages(report: Any) -> list[str]:
    from rdflib import SH

    return [str(message) for message in report.objects(None, SH.resultMessage)]
