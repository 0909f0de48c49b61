"""What a policy may speak of: closed lists of actions, purposes, fields and places, and sets of them.

Rules that hold here:

- A list is frozen with the release; nothing is fetched, and a word that is not in it is unknown, whatever it
  may come to mean elsewhere.
- A set is an integer with one bit for each thing, so that inclusion, intersection and size are exact and cost
  nothing. A word stands for a set: a purpose for itself and all narrower ones, a group of countries for its
  members, an action or a field for itself alone.
- A set has one spelling: the fewest words, the widest first taken, sorted by code point.

Sources: Data Privacy Vocabulary 2.3 (purposes, processing, countries), its extensions AI and LOC, schema.org
(fields of a profile), ODRL Information Model 2.2 §2.2 and §2.3 (actions, assets).
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import schemas
from protocol.values import dataclass

DPV: Final = "https://w3id.org/dpv#"
LOC: Final = "https://w3id.org/dpv/loc#"
FREEHOLD: Final = "https://w3id.org/freehold#"
ANY_FIELD: Final = f"{FREEHOLD}AnyField"

COLLECT: Final = f"{DPV}Collect"
USE: Final = f"{DPV}Use"
STORE: Final = f"{DPV}Store"
SHARE: Final = f"{DPV}Share"
SHARE_ANONYMISED: Final = f"{FREEHOLD}ShareAnonymised"
ANALYSE: Final = f"{DPV}Analyse"
PROFILE: Final = f"{DPV}Profiling"
TRACK: Final = f"{DPV}Tracking"
DERIVE: Final = f"{DPV}Derive"
TRAIN: Final = "https://w3id.org/dpv/ai#ModelTraining"

_ACTIONS: Final = (COLLECT, USE, STORE, SHARE, SHARE_ANONYMISED, ANALYSE, PROFILE, TRACK, DERIVE, TRAIN)


@dataclass(frozen=True, slots=True)
class Registry:
    """The words of one list, each with the set that it stands for."""

    words: Mapping[str, int]
    everything: int
    wide: tuple[str, ...]  # the words for several things, the widest first, those as wide by code point
    narrow: Mapping[int, str]  # those for one, by its bit

    def set_of(self, words: Iterable[str]) -> int:
        """Return the set that several words stand for together.

        Raises:
            KeyError: one of them is not in the list.
        """
        found = 0
        for word in words:
            found |= self.words[word]
        return found

    def __hash__(self) -> int:
        """A list is the same as itself alone: there is one of each."""
        return id(self)

    @lru_cache(maxsize=512)  # noqa: B019 - the lists stay as long as the process
    def spell(self, members: int) -> tuple[str, ...]:
        """Return the words for a set, each member being in one that is in the set whole."""
        taken: list[str] = []
        left, outside = members, ~members
        for word in self.wide:
            meant = self.words[word]
            if not meant & outside and meant & left:
                taken.append(word)
                left &= ~meant
        while left:
            bit = left & -left
            if bit in self.narrow:
                taken.append(self.narrow[bit])
            left ^= bit
        return tuple(sorted(taken))


@lru_cache(maxsize=1)
def actions() -> Registry:
    """The ten actions. Each stands for itself alone: who may use may not therefore profile."""
    return _listed({action: [action] for action in _ACTIONS})


@lru_cache(maxsize=1)
def purposes() -> Registry:
    """The purposes below `dpv:Purpose`, each with all that are narrower."""
    broader = schemas.closure()["purposes"]
    narrower: dict[str, list[str]] = {purpose: [purpose] for purpose in broader}
    for purpose, above in broader.items():
        for one in above:
            narrower[one].append(purpose)
    return _listed(narrower)


@lru_cache(maxsize=1)
def fields() -> Registry:
    """The fields that an agreement may name."""
    return _listed({field: [field] for field in schemas.fields()})


@lru_cache(maxsize=1)
def roster_fields() -> Registry:
    """The same for an entry of the roster, which may also say "any field"."""
    return _listed({ANY_FIELD: list(schemas.fields())} | {field: [field] for field in schemas.fields()})


@lru_cache(maxsize=1)
def places() -> Registry:
    """Countries by ISO 3166-1, and the two groups EU27 and EEA30."""
    return _listed(schemas.closure()["places"])


def _listed(meanings: Mapping[str, Iterable[str]]) -> Registry:
    """Make a registry; a thing is whatever a word stands for."""
    things = sorted({thing for meant in meanings.values() for thing in meant})
    bits = {thing: 1 << place for place, thing in enumerate(things)}
    words = {word: sum(bits[thing] for thing in set(meant)) for word, meant in meanings.items()}
    widest = sorted(words, key=lambda word: (-words[word].bit_count(), word))
    wide = tuple(word for word in widest if words[word].bit_count() > 1)
    narrow = {words[word]: word for word in reversed(widest) if word not in wide}
    return Registry(words, (1 << len(things)) - 1, wide, narrow)
