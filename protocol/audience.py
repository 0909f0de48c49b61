"""Audiences: to whom a document is addressed, who owns it, and who may read it.

Rules that hold here:

- `to`, `cc` and `audience` together are the audience, whether a value is a string, an object with an `id`, or
  an array of either. The public collection has one name here, whatever a sender called it.
- `bto` and `bcc` are nobody's business but the sender's: they are never read as audience of what arrives, and
  they are taken out of everything that is shown or sent (ActivityPub §6, §7.1).
- What a document is follows from its shape, not from its type, so documents of unknown types have an owner
  too.

Sources: ActivityPub §5.6 and §6, FEP-fe34 (ownership), FEP-2277 (core types).
"""

from enum import StrEnum
from typing import Any, Final

from protocol.jsonld import many, ref
from protocol.strictjson import Document
from protocol.vocabulary import PUBLIC, PUBLIC_ALIASES

__all__ = ["PUBLIC", "CoreType", "addressees", "classify", "concerns", "may_read", "owner", "without_hidden"]

_AUDIENCE: Final = ("to", "cc", "audience")
_HIDDEN: Final = frozenset({"bto", "bcc"})
_FOLLOWERS: Final = "/followers"  # after an actor's IRI, the collection of who follows it on this node


class CoreType(StrEnum):
    """What a document is, by its shape (FEP-2277)."""

    LINK = "Link"
    ACTOR = "Actor"
    ACTIVITY = "Activity"
    COLLECTION = "Collection"
    OBJECT = "Object"


def classify(document: Document) -> CoreType:
    """Tell what a document is from the members it has; its `type` is not consulted (FEP-2277)."""
    if "href" in document:
        return CoreType.LINK
    if "inbox" in document and "outbox" in document:
        return CoreType.ACTOR
    # Pleroma puts an `actor` on objects too; those have an `attributedTo` beside it.
    if "actor" in document and "attributedTo" not in document:
        return CoreType.ACTIVITY
    if document.keys() & {"items", "orderedItems", "totalItems"}:
        return CoreType.COLLECTION
    return CoreType.OBJECT


def owner(document: Document) -> str | None:
    """Return the actor whose word the document is (FEP-fe34, Ownership); `None` if it names nobody.

    Raises:
        Unprocessable: `single-value-expected`, it names several; `reference-expected`, it names none by
            address.
    """
    match classify(document):
        case CoreType.ACTOR:
            return ref(document.get("id"))
        case CoreType.ACTIVITY:
            return ref(document["actor"])
        case _:
            return ref(document.get("attributedTo"))


def addressees(document: Document) -> frozenset[str]:
    """Return everyone a document is addressed to, the public collection as `PUBLIC`.

    Raises:
        Unprocessable: `reference-expected`, an addressee is neither an IRI nor an object with one.
    """
    named = (ref(value) for member in _AUDIENCE for value in many(document.get(member)))
    return frozenset(PUBLIC if iri in PUBLIC_ALIASES else iri for iri in named if iri is not None)


def concerns(document: Document, iri: str) -> bool:
    """Tell whether a document is addressed to this actor, by name.

    Being one of the public is not enough: what lands in an inbox has to be meant for it (OR-10).

    Raises:
        Unprocessable: as for `addressees`.
    """
    return iri in addressees(document)


def may_read(document: Document, *, named: bool, follows: bool) -> bool:
    """Tell whether somebody may be shown a document of this node.

    Anyone may, if it is addressed to the public; who follows its owner, if it is addressed to the owner's
    collection of followers; and who was meant by name. That is for the node to know: an address in a document
    says where somebody was, and somebody else may be there now.

    Raises:
        Unprocessable: as for `owner` and `addressees`.
    """
    audience = addressees(document)
    if PUBLIC in audience or named:
        return True
    author = owner(document)
    return follows and author is not None and author + _FOLLOWERS in audience


def without_hidden(document: Document) -> Document:
    """Return the document without `bto` and `bcc`, its own and those of the objects within."""
    shown: Document = _without_hidden(document)
    return shown


def _without_hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_hidden(member) for key, member in value.items() if key not in _HIDDEN}
    if isinstance(value, list):
        return [_without_hidden(member) for member in value]
    return value
