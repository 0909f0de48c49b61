"""Pictures made anew: of what came, only the pixels stay, few and square.

Rules here: nothing is decoded that `node.core.pictures` refuses; of moving pictures the first one is taken;
what is made has no metadata, no colour profile and nothing else of what came. The library is loaded by the
first picture. Run it on a thread: decoding what is just fitted enough takes a tenth of a second.
"""

from io import BytesIO
from typing import Final

from node.core.pictures import PictureRefused, read_head
from protocol.icons import SIDE

_TEXT_LIMITS: Final = ("MAX_TEXT_CHUNK", "MAX_TEXT_MEMORY")  # the library's, of one remark and of all
_TEXT_BYTES: Final = 65_536  # of compressed remarks in a PNG, which unfold as well; they are dropped anyway


def redraw(body: bytes) -> bytes:
    """Return a picture as a PNG of `SIDE` times `SIDE` pixels, whole and in the middle.

    Raises:
        PictureRefused: it cannot be decoded, or is not to be.
    """
    head = read_head(body)
    from PIL import Image, ImageOps, PngImagePlugin

    for limit in _TEXT_LIMITS:
        setattr(PngImagePlugin, limit, _TEXT_BYTES)
    # White, so that a dark logo is seen on a dark page, too.
    made, drawn = BytesIO(), Image.new("RGB", (SIDE, SIDE), "white")
    try:
        with Image.open(BytesIO(body), formats=(head.kind.value,)) as picture:
            if picture.size != (head.width, head.height):
                raise PictureRefused
            picture.draft("RGB", (SIDE, SIDE))
            fitted = ImageOps.contain(picture.convert("RGBA"), (SIDE, SIDE))
    except PictureRefused:
        raise
    except Exception as error:  # a decoder says in many ways that something is broken
        raise PictureRefused from error
    drawn.paste(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2), fitted)
    drawn.save(made, "PNG")
    return made.getvalue()
