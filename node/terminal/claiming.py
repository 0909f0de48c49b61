"""How a new node is claimed, on a terminal: the address, and a picture of it for a telephone.

Rules here: pure; the picture is drawn with half blocks, two rows to a line, light on dark as most terminals
are, and only of an address that another machine can open.
"""

from collections.abc import Iterator
from typing import Final

from node.terminal.phrases import date_and_time
from protocol.documents import Document

UNCLAIMED: Final = "Nobody has claimed this node yet."
CLAIM_IT: Final = "Claim it with: freehold session claim"

_BLOCKS: Final = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}  # by what is dark above and below
_BORDER: Final = 2  # modules; a reader needs some light around


def claim_lines(claim: Document) -> Iterator[str]:
    """Yield the lines that say how a node is claimed."""
    url = str(claim["url"])
    yield f"  Open this, once, by {date_and_time(claim['expires_at'])}, and the node is yours:"
    yield f"    {url}"
    if url.startswith("https:"):
        yield from drawn(url)
        yield f"  Or type the code there: {claim['code']}"


def drawn(text: str) -> list[str]:
    """Return a QR code of a text."""
    import segno

    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=_BORDER)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return [
        "    " + "".join([_BLOCKS[above, below] for above, below in zip(*pair, strict=True)])
        for pair in pairs
    ]
