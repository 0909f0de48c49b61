"""What a page shows of the bytes to be signed, and what the node signed in the end."""

import re
from html import unescape
from urllib.parse import quote

from protocol.canonical import canonicalise
from tests.web.house import House
from tests.web.pages.test_offers import field


def sealed(sheet: str) -> dict[str, str]:
    """Return what a form carries so that what is signed is what was shown."""
    return {name: field(sheet, name) for name in ("form_key", "paper", "copy")}


def shown_bytes(sheet: str) -> bytes:
    found = re.search(r'<pre class="bytes"[^>]*>(.*?)</pre>', sheet, re.DOTALL)
    assert found
    return unescape(found[1]).encode()


async def signed_bytes(house: House, offer: str) -> bytes:
    """Return what the last move of a negotiation says, from the journal, without its proof."""
    moves = (await house.owner("GET", f"/offers/{offer}/history")).json["moves"]
    return await bytes_of(house, moves[-1])


async def bytes_of(house: House, move: dict[str, object]) -> bytes:
    """Return what a move says, from the journal, without its proof."""
    listed = await house.owner("GET", "/journal?limit=100")
    while True:
        for entry in listed.json["items"]:
            if entry["place"] == move["place"]:
                document = entry["activity"]
                return canonicalise({name: value for name, value in document.items() if name != "proof"})
        listed = await house.owner("GET", f"/journal?limit=100&cursor={quote(listed.json['next'])}")
