"""Pictures of others: what bytes say that they are, and how large, before anything decodes them.

Rules here: PNG, JPEG and WebP and nothing else, told by the bytes and never by a name or a header; the size
stands in the first bytes of each, so that a small file that unfolds to gigabytes is refused unread. What is
refused here never reaches a decoder.

Sources: PNG (third edition) §5.2, §11.2.1; ITU T.81 annex B (JPEG); RFC 9649 §2.5 to §2.7 (WebP).
"""

from enum import StrEnum
from typing import Final

from protocol.values import dataclass

LIMIT_PIXELS: Final = 4_194_304  # 2048 times 2048: decoded 16 MB
LIMIT_SIDE: Final = 8_192
# A progressive JPEG may come in as many passes over all pixels as it likes; encoders make ten.
LIMIT_PASSES: Final = 50

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # SOF0 to SOF15: DHT, JPG, DAC are none
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length: TEM, RST0 to RST7, SOI
_SCAN: Final = 0xDA


class PictureKind(StrEnum):
    """The kinds of pictures that are looked at; the values are what the decoder calls them."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WEBP"


class PictureRefused(Exception):  # noqa: N818 - named for what becomes of the picture
    """These bytes are not decoded."""


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What the first bytes of a picture say: its kind, and its width and height in pixels."""

    kind: PictureKind
    width: int
    height: int


def read_head(body: bytes) -> PictureHead:
    """Return what a picture says it is.

    Raises:
        PictureRefused: it is of no kind that is looked at, is broken off, or is too large.
    """
    head = _head(body)
    if head is None or not (0 < head.width <= LIMIT_SIDE and 0 < head.height <= LIMIT_SIDE):
        raise PictureRefused
    if head.width * head.height > LIMIT_PIXELS:
        raise PictureRefused
    if head.kind is PictureKind.JPEG and body.count(bytes([0xFF, _SCAN])) > LIMIT_PASSES:
        raise PictureRefused
    return head


def _head(body: bytes) -> PictureHead | None:
    if body[:8] == _PNG and body[12:16] == b"IHDR":
        return _sized(PictureKind.PNG, body[16:20], body[20:24])
    if body[:3] == b"\xff\xd8\xff":
        return _jpeg(body)
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return _webp(body)
    return None


def _sized(kind: PictureKind, width: bytes, height: bytes) -> PictureHead:
    return PictureHead(kind, int.from_bytes(width, "big"), int.from_bytes(height, "big"))


def _jpeg(body: bytes) -> PictureHead | None:
    """Follow the segments to the frame, which says the size; it comes before what is coded."""
    place = 2
    while place + 4 <= len(body) and body[place] == 0xFF:
        marker = body[place + 1]
        if marker == 0xFF:  # any number of these may fill up before a marker
            place += 1
        elif marker in _BARE:
            place += 2
        elif marker == _SCAN:
            return None
        elif marker in _FRAMES:
            return _sized(PictureKind.JPEG, body[place + 7 : place + 9], body[place + 5 : place + 7])
        else:
            place += 2 + int.from_bytes(body[place + 2 : place + 4], "big")
    return None


def _webp(body: bytes) -> PictureHead | None:
    """Read the size out of the first chunk: lossy, lossless, or with more to come."""
    chunk, first = body[12:16], body[20:30]
    if len(first) < 10:
        return None
    if chunk == b"VP8 " and first[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(first[place : place + 2], "little") & 0x3FFF for place in (6, 8))
    elif chunk == b"VP8L" and first[0] == 0x2F:
        bits = int.from_bytes(first[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8X":
        width, height = (int.from_bytes(first[place : place + 3], "little") + 1 for place in (4, 7))
    else:
        return None
    return PictureHead(PictureKind.WEBP, width, height)
