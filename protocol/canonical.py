"""The one byte string of a document (RFC 8785, JSON Canonicalization Scheme) and its digest.

orjson with sorted keys writes exactly RFC 8785 for every document without floats, big integers and names
beyond the basic plane, at a tenth of the cost of the reference implementation. `_is_plain` walks the
document for these three (orjson sorts by code point where the RFC sorts by UTF-16 unit, prints floats its
own way and NaN as null). In any other, `_prepare` puts the right text in the place of just those parts, so
that one float does not make the rest of a large document dear; a number that is not written alike by both is
given to `rfc8785`. A property test holds all of it equal to `rfc8785`.

Digests are multihashes in multibase, the `digestMultibase` of Verifiable Credential Data Integrity 1.0 §2.6.
"""

import hashlib
from typing import Any, Final

import orjson
import rfc8785

from protocol import codes, multibase
from protocol.errors import Local
from protocol.strictjson import LIMIT_NUMBER, Json
from protocol.vocabulary import ACTIVITY_CONTEXT

WRITTEN_CONTEXT: Final = orjson.dumps(ACTIVITY_CONTEXT, option=orjson.OPT_SORT_KEYS)
"""The context of our documents in its canonical form: it is made of text alone."""

READ_CONTEXT: Final[list[Any]] = orjson.loads(WRITTEN_CONTEXT)
"""The same as it is read from there: the one value of all documents that come with it."""

_FRAGMENT = orjson.Fragment(WRITTEN_CONTEXT)  # a third of an activity, which need not be written again
_SHA2_256 = b"\x12\x20"  # multihash: function sha2-256, 32 bytes
_LAST_OF_BASIC_PLANE = "\uffff"
_LEAST = 1e-4
_PLACES_IN_FULL = 6  # 0.000001, and then 1e-7 (ECMAScript, Number::toString)


def canonicalise(document: Json) -> bytes:
    """Write a document as RFC 8785 canonical JSON.

    Raises:
        Local: something JSON cannot carry: NaN, integers beyond 2^53 - 1, lone surrogates, foreign types.
    """
    try:
        if _is_plain(document):
            return write_plain(document)
        return write_plain(_prepare(document))
    except (TypeError, rfc8785.CanonicalizationError, RecursionError) as error:
        raise Local(codes.NOT_CANONICALISABLE) from error


def write_plain(document: Any) -> bytes:
    """Write what is known to have no floats, no big integers and no names beyond the basic plane."""
    if type(document) is dict and _is_ours(document.get("@context")):
        document = {**document, "@context": _FRAGMENT}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def digest(canonical: bytes) -> str:
    """Name canonical bytes by their SHA-256, as a base58btc multihash ("zQm…")."""
    return name(hashlib.sha256(canonical).digest())


def name(sha256: bytes) -> str:
    """Write the SHA-256 of canonical bytes as `digest` does."""
    return multibase.encode(_SHA2_256 + sha256)


def digest_of(document: Json) -> str:
    """Name a document by the SHA-256 of its canonical form."""
    return digest(canonicalise(document))


def _is_plain(document: Json) -> bool:
    nodes: list[Any] = [document]
    for node in nodes:  # grows while it is walked
        kind = type(node)
        if kind is str:
            continue
        if kind is dict:
            names = "".join(node)
            if not names.isascii() and max(names) > _LAST_OF_BASIC_PLANE:
                return False
            nodes += node.values()
        elif kind is list:
            if node is not ACTIVITY_CONTEXT and node is not READ_CONTEXT:
                nodes += node
        elif kind is int:
            if not -LIMIT_NUMBER <= node <= LIMIT_NUMBER:
                return False
        elif kind is not bool and node is not None:
            return False
    return True


def _is_ours(context: object) -> bool:
    """Tell whether this is the very value that our documents have as their context."""
    return context is ACTIVITY_CONTEXT or context is READ_CONTEXT


def _prepare(value: Any) -> Any:
    """Return a copy in which whatever orjson would not write as the RFC does is already written.

    Raises:
        TypeError: what is no JSON. rfc8785.CanonicalizationError: a number that JSON cannot carry.
    """
    if isinstance(value, dict):
        names = "".join(value)
        members = {name: _prepare(member) for name, member in value.items()}
        beyond = not names.isascii() and max(names) > _LAST_OF_BASIC_PLANE
        return orjson.Fragment(_write_by_units(members)) if beyond else members
    if isinstance(value, list | tuple):
        return [_prepare(member) for member in value]
    if isinstance(value, float):
        return _prepare_float(value)
    if isinstance(value, int) and not -LIMIT_NUMBER <= value <= LIMIT_NUMBER:
        raise rfc8785.IntegerDomainError(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(type(value))


def _prepare_float(number: float) -> Any:
    if number.is_integer() and -LIMIT_NUMBER <= number <= LIMIT_NUMBER:
        return int(number)
    # Between these, the shortest digits are written without an exponent by ECMAScript and by orjson.
    if _LEAST <= abs(number) <= LIMIT_NUMBER:
        return number
    if abs(number) < _LEAST:
        return orjson.Fragment(_write_small(number))
    return orjson.Fragment(rfc8785.dumps(number))


def _write_small(number: float) -> str:
    """Write a number that is nearly 0 as ECMAScript does; Python finds the shortest digits, too."""
    sign = "-" if number < 0 else ""
    digits, _, exponent = repr(abs(number)).partition("e-")
    places = int(exponent)
    if places > _PLACES_IN_FULL:
        return f"{sign}{digits}e-{places}"
    return f"{sign}0.{'0' * (places - 1)}{digits.replace('.', '')}"


def _write_by_units(members: dict[str, Any]) -> bytes:
    """Write an object with its members in the order of their names' UTF-16 units (RFC 8785 §3.2.3)."""
    ordered = sorted(members, key=lambda name: name.encode("utf-16-be"))
    written = (b"%s:%s" % (orjson.dumps(name), write_plain(members[name])) for name in ordered)
    return b"{%s}" % b",".join(written)
