"""Both sides compared by count and digest: a line for each kind of record, and which of them differ."""

import hashlib
from dataclasses import field
from typing import Any, Final

from node.core.records import RecordKind
from node.crm.surveying import SHOWN, Found, Survey
from protocol.values import dataclass

_ORDER: Final = (RecordKind.CUSTOMER, RecordKind.OPPORTUNITY, RecordKind.QUOTATION, RecordKind.FILE)


@dataclass(slots=True)
class Side:
    """One side's records of a kind, counted and digested one after the other."""

    count: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, id: str, digest: str) -> None:
        """Add a record."""
        self.count += 1
        self.digest.update(f"{id}\n{digest}\n".encode())


@dataclass(slots=True)
class Compared:
    """The records of a kind: what is to be there by our side, what is there, and the first that differ."""

    ours: Side = field(default_factory=Side)
    theirs: Side = field(default_factory=Side)
    differing: int = 0
    differ: list[str] = field(default_factory=list)

    def add(self, found: Found) -> None:
        """Add a thing."""
        id = found.thing[1]
        self.ours.add(id, found.ours)
        one = found.seen[0] if len(found.seen) == 1 else None
        if one is not None:
            self.theirs.add(id, one.theirs)
        if one is None or one.theirs != found.ours or one.moves:
            self.differing += 1
            self.differ += [id] if self.differing <= SHOWN else []

    def show(self, kind: RecordKind) -> dict[str, Any]:
        """Show both sides."""
        return {
            "kind": kind.value,
            "freehold": self.ours.count,
            "crm": self.theirs.count,
            "digest_freehold": self.ours.digest.hexdigest(),
            "digest_crm": self.theirs.digest.hexdigest(),
            "alike": not self.differing,
            "differing": self.differing,
            "differ": self.differ,
        }


async def show_verified(survey: Survey) -> dict[str, Any]:
    """Compare both sides, kind by kind."""
    compared = dict[RecordKind, Compared]()
    async for found in survey.walk():
        compared.setdefault(found.thing[0], Compared()).add(found)
    kinds = [compared[kind].show(kind) for kind in _ORDER if kind in compared]
    return {"alike": all(kind["alike"] for kind in kinds), "items": kinds}
