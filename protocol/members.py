"""The members of a JSON object, read one by one, each with its bound.

Rules that hold here:

- An object that becomes part of an agreement has no member we do not know: what a person signs, this code has
  read.
- Absent, null and empty text are the same: "". Text is kept exactly as it came, because it is signed; making
  it safe to look at is the display's work.
- Every list and every string is bounded, so a document costs what it weighs.
- A detail names the member with our word for it, and those around it, never with the peer's text; of members
  nobody knows, only names that look like one.

Sources: ActivityStreams 2.0 §2 (JSON-LD shapes of members), FEP-0837.
"""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from protocol import codes
from protocol.codes import Code
from protocol.errors import TextTooLong, Unprocessable
from protocol.hypertext import read_hypertext
from protocol.iris import check_iri
from protocol.jsonld import kind, many, one, ref
from protocol.strictjson import Document, Json
from protocol.times import read_time

Choice = TypeVar("Choice", bound=StrEnum)
T = TypeVar("T")

NAME_LIMIT = 200  # characters: a title or label that still fits two lines of a phone
CONTENT_LIMIT = 10_000  # characters: four printed pages
LIST_LIMIT = 64  # specifications, properties, recipients: beyond it nobody compares
# ActivityStreams vocabulary, `mediaType`: "If not specified, the content property is assumed to contain
# text/html content." The last is what browsers take for it too.
_HYPERTEXT: Final = frozenset({"", "text/html", "application/xhtml+xml"})
_PLAIN: Final = "text/plain"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_:-]{0,39}")
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]", re.ASCII)  # the last character has two bits
_NAMED: Final = 5  # of the members nobody knows: the first few show what kind of mistake it is


def read_object(json: Json, *, type: str, known: AbstractSet[str] | None = None) -> Document:
    """Read an object of one type; with `known`, of these members, and that type, and no others.

    Raises:
        Unprocessable: `wrong-shape`, `wrong-type`, `unknown-member`, or as `jsonld.kind`.
    """
    document = json if isinstance(json, dict) else one(json)
    if not isinstance(document, dict):
        raise Unprocessable(codes.WRONG_SHAPE, f"Where a {type} is expected stands something else.")
    named = document.get("type")
    if named != type and kind(named) != type:
        raise Unprocessable(codes.WRONG_TYPE, f"Where a {type} is expected stands an object of another type.")
    if known is not None:
        if isinstance(named, list) and len(named) > 1:
            raise Unprocessable(codes.UNKNOWN_MEMBER, f"The {type} is of another type as well.")
        if not document.keys() <= known:
            refuse_unknown(document, known=known, what=f"The {type}")
    return document


def refuse_unknown(document: Document, *, known: AbstractSet[str], what: str) -> None:
    """Refuse an object with a member that is not among the known ones; the error names those it can.

    `what` begins the sentence, such as "The quantity". A name is repeated only if it looks like one, so that
    no sender chooses the words of our errors.

    Raises:
        Unprocessable: `unknown-member`.
    """
    if document.keys() <= known:
        return
    unknown = sorted(name for name in document.keys() - known if _NAME.fullmatch(name))[:_NAMED]
    named = f" ({', '.join(unknown)})" if unknown else ""
    raise Unprocessable(codes.UNKNOWN_MEMBER, f"{what}: a member that this node does not understand{named}.")


def read_within(member: str, read: Callable[[Any], T], json: Any) -> T:
    """Read what a member holds, so that whatever is wrong with it is said with its name.

    Raises:
        Unprocessable: as `read`.
    """
    try:
        return read(json)
    except Unprocessable as error:
        raise error.within(member) from error


def read_text(document: Document, member: str, *, limit: int = NAME_LIMIT) -> str:
    """Read a text of at most `limit` characters; "" if there is none.

    Of one that is there in languages only (`nameMap`, AS2 §4.7.2) one is read; what is signed has no such.

    Raises:
        Unprocessable: `wrong-shape` or `text-too-long`.
    """
    text = document.get(member)
    if text is None and f"{member}Map" in document:
        text = of_languages(document[f"{member}Map"])
    if text is None:
        return ""
    if not isinstance(text, str):
        text = read_within(member, literal, text)
        if text is None:
            return ""
    if not isinstance(text, str):
        raise Unprocessable(codes.WRONG_SHAPE, f"The member {member} is not a text.")
    if len(text) > limit:
        detail = f"The member {member} is longer than {limit} characters."
        raise TextTooLong(codes.TEXT_TOO_LONG, detail, length=len(text), limit=limit)
    return text


def read_content(document: Document, *, binding: bool = False) -> str:
    """Read what an object says in prose, as text: `content` is HTML unless `mediaType` says otherwise (AS2).

    `binding` says that it is signed: then nothing of it may be hidden from who reads it.

    Raises:
        Unprocessable: `hidden-text`, or as `read_text`.
    """
    source = read_text(document, "content", limit=CONTENT_LIMIT)
    if not source or read_text(document, "mediaType") not in _HYPERTEXT:
        return source
    text, hides = read_hypertext(source)
    if binding and hides:
        raise Unprocessable(codes.HIDDEN_TEXT, at="content")
    return text


def render_content(text: str) -> Document:
    """Write prose as the plain text that it is; no members if there is none."""
    return {"content": text, "mediaType": _PLAIN} if text else {}


def read_required_text(document: Document, member: str, *, limit: int = NAME_LIMIT) -> str:
    """Read a text that must not be empty.

    Raises:
        Unprocessable: `missing-member`, `wrong-shape` or `text-too-long`.
    """
    text = read_text(document, member, limit=limit)
    if not text:
        raise missing(member)
    return text


def read_salt(document: Document) -> str:
    """Read 128 random bits in base64url; "" if there are none.

    Raises:
        Unprocessable: `malformed-salt`.
    """
    salt = read_text(document, "salt", limit=22)
    if salt and not _SALT.fullmatch(salt):
        raise Unprocessable(codes.MALFORMED_SALT)
    return salt


def read_required_salt(document: Document) -> str:
    """Read 128 random bits that must be there.

    Raises:
        Unprocessable: `missing-member`, `malformed-salt`.
    """
    salt = read_salt(document)
    if not salt:
        raise missing("salt")
    return salt


def read_choice(document: Document, member: str, choices: type[Choice], unknown: Code) -> Choice | None:
    """Read one of a closed set of words; None if there is none.

    Raises:
        Unprocessable: `unknown`, for any other word.
    """
    text = read_text(document, member)
    try:
        return choices(text) if text else None
    except ValueError:
        raise Unprocessable(unknown, at=member) from None


def read_iri(document: Document, member: str) -> str | None:
    """Read an address, given as text or as an object with an `id`; None if there is none.

    Raises:
        Unprocessable: `iri-invalid`, if it is not a plain web address.
    """
    json = document.get(member)
    if json is None:
        return None
    try:
        return check_iri(json if isinstance(json, str) else ref(json), allow_http=True, allow_fragment=True)
    except Unprocessable as error:
        raise error.within(member) from error


def read_required_iri(document: Document, member: str) -> str:
    """Read an address that must be there.

    Raises:
        Unprocessable: `missing-member`, or as `read_iri`.
    """
    iri = read_iri(document, member)
    if iri is None:
        raise missing(member)
    return iri


def read_moment(document: Document, member: str) -> datetime | None:
    """Read a moment in UTC; None if there is none.

    Raises:
        Unprocessable: `malformed-time`.
    """
    json = document.get(member)
    try:
        json = json if isinstance(json, str) else literal(json)
        return None if json is None else read_time(json)
    except Unprocessable as error:
        raise error.within(member) from error


def read_required_moment(document: Document, member: str) -> datetime:
    """Read a moment that must be there.

    Raises:
        Unprocessable: `missing-member`, or as `read_moment`.
    """
    moment = read_moment(document, member)
    if moment is None:
        raise missing(member)
    return moment


def read_list(document: Document, member: str, *, limit: int = LIST_LIMIT) -> list[Any]:
    """Read a list, given as one or as its only element; empty if there is none.

    Raises:
        Unprocessable: `too-many`.
    """
    items = many(document.get(member))
    if len(items) > limit:
        raise Unprocessable(codes.TOO_MANY, f"The member {member} has more than {limit} elements.")
    return items


def of_languages(json: Json) -> Json:
    """Return the text of a language map: in English, else in the first language by its tag; None if empty."""
    if not isinstance(json, dict) or not json:
        return None
    text: Json = json["en"] if "en" in json else json[min(json)]
    return text


def literal(json: Json) -> Json:
    """Return the value of a JSON-LD value object such as {"@value": "1"}; anything else as it is."""
    json = one(json)
    if isinstance(json, dict) and "@value" in json and json.keys() <= {"@value", "@type"}:
        json = json["@value"]
    return json


def missing(member: str) -> Unprocessable:
    """Make the error for a member that must be there and is not."""
    return Unprocessable(codes.MISSING_MEMBER, f"The member {member} is missing.")
