"""Forms with a file in them, as a browser sends them.

Source: RFC 7578.
"""

from collections.abc import Sequence
from hashlib import sha256

Part = tuple[str, str, bytes]
"""A field, the name of the file in it ("" for none), and its content; names have no quote in them."""


def spell_form(parts: Sequence[Part]) -> tuple[bytes, str]:
    """Return a form's bytes and their media type."""
    # A digest of all contents stands in none of them, so it can be what parts them.
    mark = sha256(b"".join(content for _, _, content in parts)).hexdigest()
    spelled = b"".join(
        f"--{mark}\r\n{_head(field, file)}\r\n\r\n".encode() + content + b"\r\n"
        for field, file, content in parts
    )
    return spelled + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def _head(field: str, file: str) -> str:
    named = f'; filename="{file}"' if file else ""
    return f'Content-Disposition: form-data; name="{field}"{named}'
