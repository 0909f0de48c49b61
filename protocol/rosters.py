"""The roster: agreements about data that are known by name, each with the most that it allows.

Rules that hold here:

- An entry is claimed by its IRI and the digest of its published document; a claim of another edition is
  refused, so nobody proffers words that the other side reads differently.
- A claim says nothing by itself: the policy beside it has to be within the entry's template.
- Both namespaces that DPV gave the IEEE 7012 extension name the same entries, as do the addresses of two
  rosters in the field; we write the first.

Sources: IEEE 7012-2025 (roles, roster) as DPV 2.3's extension has it; entries and words are this project's.
"""

from functools import lru_cache
from typing import Final

import schemas
from protocol import codes
from protocol.errors import Unprocessable
from protocol.jsonld import ref
from protocol.members import read_object, read_required_text
from protocol.policies import DataPolicy
from protocol.policy_order import is_within
from protocol.policy_reading import read_template
from protocol.strictjson import Document, Json
from protocol.values import dataclass

NAMESPACE: Final = "https://w3id.org/dpv/standards/ieee/7012#"
_NAMESPACES: Final = (
    NAMESPACE,
    "https://w3id.org/dpv/standards/p7012#",  # DPV 2.1 and 2.2
    "https://customercommons.org/agreements/",
    "https://myterms.info/agreements/",
)
_MEMBERS: Final = frozenset({"id", "type", "digestMultibase"})


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One agreement of the roster."""

    name: str
    digest: str
    template: DataPolicy

    @property
    def iri(self) -> str:
        """Its IRI, in the namespace that we write."""
        return NAMESPACE + self.name


@lru_cache(maxsize=1)
def entries() -> tuple[RosterEntry, ...]:
    """Return the roster, the strictest entry of each kind first."""
    return tuple(
        RosterEntry(name, published["digest"], read_template(schemas.roster_entry(name)["policy"]))
        for name, published in schemas.roster().items()
    )


def entry_of(iri: str) -> RosterEntry | None:
    """Return the entry that an IRI of any of the namespaces names; None if the roster has none."""
    names = {iri.removeprefix(space) for space in _NAMESPACES if iri.startswith(space)}
    return next((entry for entry in entries() if entry.name in names), None)


def find_entry(text: str) -> RosterEntry | None:
    """Return the entry that a name, such as SD-BASE, or an IRI means; None if the roster has none."""
    return entry_of(text) or entry_of(NAMESPACE + text)


def read_claim(json: Json) -> RosterEntry:
    """Read a reference to an entry: `{"id", "type": "RosterEntry", "digestMultibase"}`.

    Raises:
        Unprocessable: `roster-unknown`, `roster-digest`, or as `members.read_object`.
    """
    document: Document = read_object(json, type="RosterEntry", known=_MEMBERS)
    entry = entry_of(ref(document) or "")
    if entry is None:
        raise Unprocessable(codes.ROSTER_UNKNOWN)
    if read_required_text(document, "digestMultibase") != entry.digest:
        raise Unprocessable(codes.ROSTER_DIGEST)
    return entry


def write_claim(entry: RosterEntry) -> Document:
    """Write a reference to an entry."""
    return {"id": entry.iri, "type": "RosterEntry", "digestMultibase": entry.digest}


def check_claim(policy: DataPolicy, entry: RosterEntry) -> None:
    """Check that a policy is within the entry that it claims.

    Raises:
        Unprocessable: `policy-exceeds-roster`.
    """
    if not is_within(policy, entry.template):
        raise Unprocessable(codes.POLICY_EXCEEDS_ROSTER)
