"""External ids where a CRM has no field for them: in brackets at the end of a note, behind our name.

Without the name a note of somebody's own that ends in an address would pass for one of ours.
"""

import re
from typing import Final

# An IPv6 host has brackets of its own (RFC 3986 §3.2.2): what is not read over is said by nobody of ours.
_SIGNED: Final = re.compile(r"\n\n\[Freehold: ((?:https?://(?:\[[0-9A-Fa-f:.]+\])?|urn:)[^\s\[\]]+)\]\s*\Z")


def sign_note(message: str, external_id: str) -> str:
    """Return a note's text with its external id at the end."""
    return f"{message}\n\n[Freehold: {external_id}]"


def split_note(text: str) -> tuple[str, str]:
    """Return what a note says, and its external id; "" for one that somebody has written there."""
    found = _SIGNED.search(text)
    return (text, "") if found is None else (text[: found.start()], found[1])
