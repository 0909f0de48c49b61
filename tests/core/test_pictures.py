"""What pictures say of themselves: against the files that a codec makes, and bent ones."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from node.core.pictures import (
    LIMIT_PASSES,
    LIMIT_PIXELS,
    LIMIT_SIDE,
    PictureHead,
    PictureKind,
    PictureRefused,
    read_head,
)


def drawn(kind: str, size: tuple[int, int] = (60, 40), *, mode: str = "RGB", **how: object) -> bytes:
    made = BytesIO()
    Image.new(mode, size, "red").save(made, kind, **how)
    return made.getvalue()


def png_of(width: int, height: int) -> bytes:
    """Return the beginning of a PNG that says it is so large."""
    return (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (PictureKind.PNG, drawn("PNG")),
        (PictureKind.JPEG, drawn("JPEG")),
        (PictureKind.JPEG, drawn("JPEG", progressive=True, exif=b"Exif\0\0" + b"x" * 5_000)),
        (PictureKind.WEBP, drawn("WEBP")),
        (PictureKind.WEBP, drawn("WEBP", lossless=True)),
        (PictureKind.WEBP, drawn("WEBP", mode="RGBA", exif=b"Exif\0\0II*\0")),
    ],
)
def test_the_head_of_a_picture_is_what_the_codec_made(kind: PictureKind, body: bytes) -> None:
    assert read_head(body) == PictureHead(kind, 60, 40)


def test_a_picture_is_as_wide_as_it_says() -> None:
    assert read_head(drawn("WEBP", (1_025, 7), lossless=True)).width == 1_025
    assert read_head(png_of(1_025, 7)).width == 1_025


def test_markers_without_a_length_and_filling_are_passed_over() -> None:
    jpeg = drawn("JPEG")
    filled = jpeg[:2] + b"\xff\x01\xff\xff" + jpeg[3:]
    assert read_head(filled) == PictureHead(PictureKind.JPEG, 60, 40)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        drawn("GIF", mode="P"),
        drawn("BMP"),
        b"%PDF-1.7",
        b"<!doctype html>",
        b"RIFF\x10\x00\x00\x00WAVEfmt " + b"\0" * 30,
        b"RIFF\x10\x00\x00\x00WEBPVP8 ",
        b"RIFF\x10\x00\x00\x00WEBPVP8 \0\0\0\0" + b"\0" * 10,
        b"RIFF\x10\x00\x00\x00WEBPVP8L\0\0\0\0" + b"\0" * 10,
        b"RIFF\x10\x00\x00\x00WEBPICCP\0\0\0\0" + b"\0" * 10,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rtEXt" + b"\0" * 20,
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xda\x00\x08" + b"\0" * 20,  # coded before anything says the size
        b"\xff\xd8\xff\xe0\x00\x04ab__\xff\xc0",
        b"\xff\xd8\xff\xc0\x00\x0b\x08",
    ],
)
def test_what_is_no_picture_of_these_kinds_is_refused(body: bytes) -> None:
    with pytest.raises(PictureRefused):
        read_head(body)


@pytest.mark.parametrize(
    ("width", "height"),
    [
        (50_000, 50_000),
        (0, 10),
        (10, 0),
        (LIMIT_SIDE + 1, 1),
        (1, LIMIT_SIDE + 1),
        (LIMIT_PIXELS // 1_024 + 1, 1_024),
    ],
)
def test_a_picture_that_unfolds_too_far_is_refused(width: int, height: int) -> None:
    with pytest.raises(PictureRefused):
        read_head(png_of(width, height))


def test_a_picture_may_be_as_large_as_the_limits() -> None:
    assert read_head(png_of(LIMIT_PIXELS // 1_024, 1_024)).height == 1_024
    assert read_head(png_of(LIMIT_SIDE, 1)).width == LIMIT_SIDE


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    jpeg = drawn("JPEG")
    assert read_head(jpeg + b"\xff\xda" * (LIMIT_PASSES - 1))
    with pytest.raises(PictureRefused):
        read_head(jpeg + b"\xff\xda" * LIMIT_PASSES)
