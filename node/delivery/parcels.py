"""What one envelope brings: one delivery, or several of one activity whose recipients share an address.

Each recipient keeps a delivery of its own, which that one envelope settles. Which deliveries may share one is
for the kind of envelope to say; nothing here waits or reads.
"""

from collections.abc import Iterable, Mapping, Sequence

from node.storage.deliveries import DeliveryRow
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one envelope brings: a delivery, or several of one activity whose recipients share an inbox."""

    rows: tuple[DeliveryRow, ...]
    shared_inbox: str | None = None

    @property
    def origin(self) -> str:
        """The origin it goes to."""
        return self.rows[0].origin


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
