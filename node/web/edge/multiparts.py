"""Forms with files, as browsers send them: parts between lines that no part contains.

Rules here: what is not framed as browsers frame it is no form; a part is never looked into for its type; a
file's name is a word of others.

Sources: RFC 7578 (multipart/form-data), RFC 2046 §5.1 (boundaries), HTML Living Standard §4.10.21.8.
"""

import re
from collections.abc import Iterator
from typing import Final

from protocol.values import dataclass

MEDIA_TYPE: Final = "multipart/form-data"
_MOST_PARTS: Final = 500
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
# Browsers write quotes and line ends in names as %22, %0D and %0A.
_DISPOSITION: Final = re.compile(
    r'content-disposition: form-data; name="([^"\r\n]{1,100})"(?:; filename="([^"\r\n]{0,500})")?',
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SentPart:
    """One field; `filename` is None for what was typed."""

    name: str
    filename: str | None
    content: bytes


def read_parts(body: bytes, boundary: str) -> list[SentPart]:
    """Read the parts of a body.

    Raises:
        ValueError: it is not framed as browsers frame it.
    """
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("boundary")
    mark = b"\r\n--" + boundary.encode()
    pieces = (b"\r\n" + body).split(mark, _MOST_PARTS + 2)
    if pieces[0] or len(pieces) > _MOST_PARTS + 1 or pieces[-1] not in (b"--", b"--\r\n"):
        raise ValueError("frame")
    return list(_parts(pieces[1:-1]))


def _parts(pieces: list[bytes]) -> Iterator[SentPart]:
    for piece in pieces:
        head, found, content = piece.partition(b"\r\n\r\n")
        lines = head.decode("utf-8").split("\r\n")
        named = [match for line in lines if (match := _DISPOSITION.fullmatch(line))]
        if not found or lines[0] or len(named) != 1:
            raise ValueError("part")
        yield SentPart(named[0][1], named[0][2], content)
