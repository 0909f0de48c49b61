"""What whom may be told of wishes in rings: reckoned from what happened, and from nothing that a node says.

Each secret is a word that stands nowhere else, so that it is found in any output by looking for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from node.core.rings import FIELD_NAMES
from protocol.strictjson import Document

HOME: Final = "home"
"""The part of a secret that nobody is told."""
SALT: Final = "salt"
"""The part of a secret that goes with any other part."""
PARTS: Final = tuple(FIELD_NAMES)
FIELDS: Final = {part.value: name for name, part in FIELD_NAMES.items()}


class Secrets:
    """Makes values of wishes of which each has a word of its own."""

    def __init__(self) -> None:
        self._number = count(1)

    def part(self, part: str) -> tuple[Document, list[str]]:
        """Return members of a wish (the budget: of its rings) that a part consists of, and its secrets."""
        n = next(self._number)
        if part == "description":
            said = {"name": f"wombat{n:04}x", "content": f"quokka{n:04}x"}
            kind = f"https://kinds.example/numbat{n:04}x"
            return said | {"category": kind}, [*said.values(), kind]
        if part == "specifications":
            weight = f"16.{n:04}7"
            return {"specifications": [{"property": "weight", "at_most": weight, "unit": "kg"}]}, [weight]
        if part == "place":
            return {"place": f"bilby{n:04}x"}, [f"bilby{n:04}x"]
        if part == "window":
            start, end = (f"2026-{month}-03T04:{n // 60:02}:{n % 60:02}Z" for month in ("06", "08"))
            return {"window": {"start": start, "end": end}}, [start, end]
        least, most = f"{71000 + n}.17", f"{81000 + n}.17"
        return {"budget": {"least": least, "most": most}}, [least, most]

    def home(self) -> tuple[Document, list[str]]:
        """Return what stays home of a wish, and its secrets."""
        n = next(self._number)
        kept = {"limit_price": f"{91000 + n}.19", "notes": f"dunnart{n:04}x"}
        return kept, [*kept.values()]


@dataclass
class Wished:
    """A wish: whom it was told to (by handle, "" for everybody), its secrets, and who signed for what."""

    id: str
    iri: str
    audience: frozenset[str]
    now: dict[str, list[str]]
    rings: Document
    secrets: dict[str, str] = field(default_factory=dict)
    public: set[str] = field(default_factory=set)
    granted: dict[str, set[str]] = field(default_factory=dict)
    copies: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    """The parts withheld by a copy, by its digest, by who has it."""

    def says(self, part: str, secrets: Iterable[str]) -> None:
        """Note what a part says from now on."""
        self.now[part] = [*secrets]
        self.secrets |= dict.fromkeys(self.now[part], part)
        self.opens()

    def opens(self) -> None:
        """Note what everybody is told from now on who is told anything."""
        for part in self.rings.get("open", ()):
            self.public |= {*self.now.get(part, ())}

    def may(self, secret: str, reader: str, *, signed_counts: bool) -> bool:
        """Tell whether a reader ("" for a stranger) may have a secret; what was signed for may be over."""
        part = self.secrets[secret]
        if secret in self.public:
            return reader in self.audience or "" in self.audience
        held = self.granted.get(reader, set()) if signed_counts else set()
        return bool(held) if part == SALT else part in held

    def is_signed_rightly(self, reader: str, digest: str, fields: Iterable[str]) -> bool:
        """Tell whether who signed was told of the wish, has that copy, and signed for all it keeps back."""
        told = reader in self.audience or "" in self.audience
        withheld = self.copies.get(reader, {}).get(digest)
        return told and withheld is not None and withheld <= {*fields}
