"""What one post brings: an activity for one recipient, or for all who share an inbox on one server.

An activity goes to a shared inbox (ActivityPub §7.1.3) if it is addressed to the sender's followers, perhaps
to the public too, and to nobody by name: then the peer knows by itself who of its actors is meant. Each
recipient keeps a delivery of its own, which that one post settles. An activity that names its readers goes to
each one's inbox: their server might take a name for the whole audience, and one reader's copy is none of
another's business.

Nothing here waits; a `Letter` is read once however many recipients it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from node.storage.deliveries import DeliveryRow
from node.storage.journal import load_entry
from node.storage.session import Session
from protocol.audience import PUBLIC, addressees


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one post brings: a delivery, or several of one activity whose recipients share an inbox."""

    rows: tuple[DeliveryRow, ...]
    shared_inbox: str | None = None

    @property
    def origin(self) -> str:
        """The origin it goes to."""
        return self.rows[0].origin


@dataclass(frozen=True, slots=True)
class Letter:
    """An activity as it goes over the wire, and whom it is addressed to."""

    body: bytes
    addressees: frozenset[str]

    def is_for_followers(self, followers: str | None) -> bool:
        """Say whether it is addressed to this collection of followers and to nobody by name."""
        return followers in self.addressees and self.addressees <= {followers, PUBLIC}


def load_letter(session: Session, entry: int) -> Letter | None:
    """Return the activity of an entry (its number), or None if there is none or it was erased."""
    recorded = load_entry(session, entry)
    if recorded is None or not recorded.entry.body:
        return None
    return Letter(recorded.entry.body, addressees(orjson.loads(recorded.entry.body)))


def with_company(rows: Iterable[DeliveryRow]) -> list[DeliveryRow]:
    """Return the deliveries whose activity goes to others on the same origin too."""
    together: dict[tuple[int, str], list[DeliveryRow]] = {}
    for row in rows:
        together.setdefault((row.entry, row.origin), []).append(row)
    return [row for group in together.values() if len(group) > 1 for row in group]


def bundle(rows: Sequence[DeliveryRow], shared_inboxes: Mapping[str, str]) -> list[Parcel]:
    """Make parcels in the order of the deliveries; `shared_inboxes` says by delivery id where one may go."""
    bundles: dict[tuple[int, str], list[DeliveryRow]] = {}
    for row in rows:
        # A delivery that shares nothing is in a bundle of its own, named after itself.
        bundles.setdefault((row.entry, shared_inboxes.get(row.id, row.id)), []).append(row)
    return [
        Parcel(tuple(group), shared_inboxes[group[0].id] if len(group) > 1 else None)
        for group in bundles.values()
    ]
