"""A verdict of `freehold doctor`: how one check came out, for people and as JSON."""

from enum import StrEnum
from typing import Final

from protocol.values import dataclass


class Mark(StrEnum):
    """How a check came out; only BAD makes the exit code 1."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


_SIGNS: Final = {Mark.GOOD: "✓", Mark.NOTE: "●", Mark.BAD: "✗"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How one check came out."""

    check: str
    mark: Mark
    found: str
    advice: str = ""

    @property
    def document(self) -> dict[str, str]:
        """The verdict as JSON."""
        return {"check": self.check, "verdict": str(self.mark), "found": self.found, "advice": self.advice}

    @property
    def lines(self) -> list[str]:
        """The verdict for people, with the advice on a line of its own."""
        line = f"  {_SIGNS[self.mark]} {self.check:<10} {self.found}"
        return [line, f"    {'':<10} {self.advice}"] if self.advice else [line]
