"""Arrivals: a document as it counts here, out of the bytes it came in.

Rule that holds here: the Linked Data Signature of 2017 (`signature`) that some servers add to what they send
is taken off before anything else. It is never verified; a proof beside it was made before it was added; and
the digest of an activity has to come out the same for its author, who need not know that it was added.

Sources: FEP-8b32 (what a proof covers), Fedify (adds one to every activity, after the proof).
"""

from typing import Final

from protocol import strictjson
from protocol.strictjson import Document

_LINKED_DATA_SIGNATURE: Final = "signature"


def read(body: bytes, *, limit_bytes: int = strictjson.LIMIT_BYTES) -> Document:
    """Parse what arrived.

    Raises:
        Malformed, TooLarge: as `strictjson.parse`.
    """
    return bare(strictjson.parse(body, limit_bytes=limit_bytes))


def bare(document: Document) -> Document:
    """Return the document without the part that nobody here verifies; the same object if it has none."""
    if _LINKED_DATA_SIGNATURE not in document:
        return document
    return {name: value for name, value in document.items() if name != _LINKED_DATA_SIGNATURE}
