"""What is said of a thing that was taken, but not all of it: short enough to be read."""

from dataclasses import field
from typing import Final

from protocol.values import dataclass

LIMIT: Final = 50  # sentences, or places in one; nobody reads more


@dataclass(slots=True)
class Remarks:
    """Sentences about one place each, and sentences that name many places where they have an ellipsis."""

    alone: list[str] = field(default_factory=list)
    together: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sentence: str) -> None:
        """Say a sentence; the same is said once."""
        if sentence not in self.alone[:LIMIT]:
            self.alone.append(sentence)

    def gather(self, sentence: str, place: str) -> None:
        """Say that a sentence is true of this place too."""
        self.together.setdefault(sentence, []).append(place)

    def sentences(self) -> list[str]:
        """Return what there is to say, those about one place first."""
        alone = self.alone[:LIMIT]
        if len(self.alone) > LIMIT:
            alone.append(f"There is as much to say of {len(self.alone) - LIMIT:,} other places.")
        return alone + [sentence.replace("…", _listed(places)) for sentence, places in self.together.items()]


def _listed(places: list[str]) -> str:
    more = f" and {len(places) - LIMIT:,} more" if len(places) > LIMIT else ""
    return ", ".join(places[:LIMIT]) + more
