"""Forms with files: as browsers frame them, and in no other way."""

import pytest

from node.web.edge.multiparts import SentPart, read_parts

TYPED = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\none\r\n'
FILE = (
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="p.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\na\r\nb\r\n"
)
END = b"--b--\r\n"


def test_fields_and_files() -> None:
    assert read_parts(TYPED + FILE + END, "b") == [
        SentPart("x", None, b"one"),
        SentPart("f", "p.csv", b"a\r\nb"),
    ]
    assert read_parts(END, "b") == []


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        (TYPED, "b"),
        (TYPED + END, "c"),
        (TYPED + END, ""),
        (TYPED + END, "b\r\n"),
        (b"before" + TYPED + END, "b"),
        (TYPED + END + b"behind", "b"),
        (TYPED * 501 + END, "b"),
        (b"--b\r\n\r\n\r\none\r\n" + END, "b"),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\none\r\n' + END, "b"),
        (TYPED.replace(b'name="x"', b'name="x"; name="y"') + END, "b"),
        (TYPED.replace(b"x", b"\xff") + END, "b"),
        (b"", "b"),
    ],
)
def test_what_is_framed_otherwise_is_no_form(body: bytes, boundary: str) -> None:
    with pytest.raises(ValueError):
        read_parts(body, boundary)
