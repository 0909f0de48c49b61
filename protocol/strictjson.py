r"""Reading JSON from strangers: one meaning or none.

Two programs must never read two things in the same bytes, because one of them may check what the other acts
upon. So whatever JSON leaves open is refused here, before a signature or a schema is looked at:

- one object at the top, UTF-8 without a byte order mark, nothing after it (RFC 8259 §8.1);
- no member name twice in one object (RFC 7493 §2.3): most parsers keep the last one in silence;
- no lone surrogate, no U+FFFE, no U+FFFF (RFC 7493 §2.1), and no U+0000, which ends a string in many
  languages;
- no NaN, no infinity, and no number beyond ±(2^53 - 1) (RFC 7493 §2.2). The value decides, not the spelling:
  RFC 8785 writes 1e20 as an integer, and what we canonicalise must be readable here again;
- nesting and size are bounded.

orjson does the grammar without recursion on our stack. What it lets pass is found by two cheaper looks: one
at the text (nesting, characters, number of members), one over the finished document (numbers, number of
members).
"""

import re
from typing import Any

import orjson

from protocol import codes
from protocol.documents import Document, Json
from protocol.errors import Malformed, TooLarge

__all__ = ["LIMIT_BYTES", "LIMIT_DEPTH", "LIMIT_NUMBER", "Document", "Json", "parse"]

LIMIT_BYTES = 262_144  # activities of common software end at some 30 KB; the rest is room for long terms
LIMIT_DEPTH = 32  # an agreement in an activity nests 7 deep; compaction recurses once per level
LIMIT_NUMBER = 2**53 - 1  # beyond it doubles skip integers, so two readers get two numbers

# Translating deletes all but brackets and makes both kinds one: "[" is 91 and opens, "]" is 93 and closes.
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BETWEEN_BRACKETS = 92

# Escaped, or U+FFFE and U+FFFF as UTF-8.
_FORBIDDEN = re.compile(rb"\\u0000|\\u[fF]{3}[eEfF]|\xef\xbf[\xbe\xbf]")


def parse(body: bytes, *, limit_bytes: int = LIMIT_BYTES) -> Document:
    """Parse one JSON object that every conforming parser reads alike.

    Raises:
        TooLarge: more than `limit_bytes` bytes.
        Malformed: anything the module's rules refuse; the code says which rule.
    """
    if len(body) > limit_bytes:
        raise TooLarge(codes.BODY_TOO_LARGE)
    # Without the doubled backslashes, each that is left begins an escape. Most bodies have none, and looking
    # for one byte costs next to nothing.
    unescaped = body.replace(b"\\\\", b"") if b"\\" in body else body
    _check_characters(unescaped)
    unquoted = unescaped.replace(b'\\"', b"") if b"\\" in unescaped else unescaped
    outside = b"".join(unquoted.split(b'"')[::2])
    _check_depth(outside)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(codes.MALFORMED_JSON) from error
    if type(document) is not dict:
        raise Malformed(codes.NOT_AN_OBJECT)
    # In valid JSON every member has one colon outside strings, so a missing member was a repeated name.
    if _count_members(document) != outside.count(b":"):
        raise Malformed(codes.DUPLICATE_KEY)
    return document


def _check_characters(unescaped: bytes) -> None:
    escaped = b"\\" in unescaped and b"\\u" in unescaped
    if (escaped or b"\xef" in unescaped) and _FORBIDDEN.search(unescaped):
        raise Malformed(codes.FORBIDDEN_CHARACTER)


def _check_depth(outside: bytes) -> None:
    depth = 0
    for bracket in outside.translate(_ONE_KIND, _NOT_BRACKETS):
        depth += _BETWEEN_BRACKETS - bracket
        if depth > LIMIT_DEPTH:
            raise Malformed(codes.TOO_DEEP)


def _count_members(document: Document) -> int:
    members = 0
    nodes: list[Any] = [document]
    for node in nodes:  # grows while it is walked
        kind = type(node)
        if kind is dict:
            members += len(node)
            nodes += node.values()
        elif kind is list:
            nodes += node
        elif kind is not str and node is not None and not -LIMIT_NUMBER <= node <= LIMIT_NUMBER:
            raise Malformed(codes.NUMBER_OUT_OF_RANGE)
    return members
