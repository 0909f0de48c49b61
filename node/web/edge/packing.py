"""Packing: pages made smaller on their way, so that who watches the line learns nothing by their size.

Rules here: a page holds what is the owner's beside what others chose, and how well the two compress together
shows in its length (BREACH). So what lets somebody in is never sent packed, and the token of a form is masked
anew in each answer (`node.web.edge.masks`). Of the rest, what another site has made a browser ask for comes
as it is, and everything packed is longer by a chance number of bytes. Streams are never packed. What takes
long is packed beside the event loop.

Sources: Gluck, Harris, Prado, BREACH (2013); Karakostas, Zindros, Heal the BREACH (2022); RFC 1952 §2.3
(the comment of a gzip member), RFC 9110 §12.5.3 (`Accept-Encoding`).
"""

import asyncio
import zlib
from base64 import urlsafe_b64decode
from typing import Final

from aiohttp import web

from node.web.edge.pages import is_led

_LEAST_BYTES: Final = 1_000  # below this one packet carries it anyway
AT_ONCE_BYTES: Final = 50_000  # takes some 2 ms; the event loop waits no longer than that
_COMMENTS: Final = 128
"""From none to 127 bytes; a guess tells itself by one or two, so that it takes hundreds of looks."""
_LEVEL: Final = 6  # a higher one takes twice as long for one part in a hundred
_RAW: Final = -15  # zlib's word for a stream without a header, with the widest window
# Magic, deflate, a comment follows; no time, no hint, no system (RFC 1952 §2.3).
_HEAD: Final = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\xff"


async def pack(request: web.Request, response: web.Response, salt: str) -> None:
    """Pack what is answered, if the browser takes that and no other site made it ask.

    `salt` is random bits in base64url; they say how much longer the answer is than need be.
    """
    body = response.body
    if not isinstance(body, bytes) or len(body) < _LEAST_BYTES:
        return
    if not takes_gzip(request.headers.get("Accept-Encoding", "")) or is_led(request):
        return
    comment = b"-" * (urlsafe_b64decode(salt[:4])[0] % _COMMENTS)
    is_large = len(body) > AT_ONCE_BYTES
    response.body = await asyncio.to_thread(compress, body, comment) if is_large else compress(body, comment)
    response.headers["Content-Encoding"] = "gzip"


def compress(body: bytes, comment: bytes = b"") -> bytes:
    """Return a gzip member of this body, with a comment that whoever unpacks it skips."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    end = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((_HEAD, comment, b"\0", packer.compress(body), packer.flush(), end))


def takes_gzip(accept: str) -> bool:
    """Tell whether an Accept-Encoding header names gzip and does not rule it out."""
    for part in accept.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() == "gzip":
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
