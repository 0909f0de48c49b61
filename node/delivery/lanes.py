"""Which delivery goes next: one lane per origin, bounded, taken from in turn.

Rules here:

- No origin gets more than its share of what is in flight, and a slow one keeps nobody waiting but its own.
  Nor does a neighbourhood of names, since names under one domain cost nothing.
- An origin that rests (see `node.core.retries.Circuit`) has nothing in its lane; one that comes back from a
  rest is asked with a single parcel until it has answered.
- A delivery is in one place at a time: waiting here, in flight, or being settled. `held` knows.

Nothing here waits or does I/O.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from node.core.retries import Circuit, Gate
from node.delivery.bounded_memory import Recent
from node.delivery.budgets import neighbourhood
from node.delivery.parcels import Parcel
from node.storage.deliveries import DeliveryRow
from protocol.values import dataclass

IN_FLIGHT = 64  # enough to keep a core busy with peers 10 ms away
IN_FLIGHT_PER_ORIGIN = 8  # what a small server answers without queueing
IN_FLIGHT_PER_NEIGHBOURHOOD = 32  # half of all: however many slow names, others go on
WAITING_PER_ORIGIN = 1_024  # parcels kept in memory for one origin; the rest stay in the file
LIMIT_CIRCUITS = 20_000  # origins remembered; what is forgotten is read from the file again


@dataclass(slots=True)
class _Lane:
    waiting: deque[Parcel] = field(default_factory=deque)
    in_flight: int = 0
    is_called: bool = False  # stands in the line of all lanes, or in that of a neighbourhood without room


class Lanes:
    """The parcels in memory, waiting and in flight."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.waiting = 0
        self._lanes: dict[str, _Lane] = {}
        self._line: deque[str] = deque()
        self._near: Counter[str] = Counter()  # in flight, by neighbourhood
        self._crowded: dict[str, deque[str]] = {}  # by neighbourhood, the lanes that wait for room in it
        self._held: set[str] = set()
        self._circuits: Recent[str, Circuit] = Recent(LIMIT_CIRCUITS)

    def __len__(self) -> int:
        return len(self._held)

    def held(self) -> frozenset[str]:
        """Return the ids of the deliveries in memory, so that none is taken up twice."""
        return frozenset(self._held)

    def circuit(self, origin: str) -> Circuit | None:
        """Return how an origin fared, None if nothing is known in memory."""
        return self._circuits.get(origin)

    def note(self, origin: str, circuit: Circuit) -> None:
        """Remember how an origin fares."""
        self._circuits.put(origin, circuit)

    def forget_circuits(self) -> None:
        """Know of no origin any more how it fared: the file does."""
        self._circuits = Recent(LIMIT_CIRCUITS)

    def add(self, parcel: Parcel, now: datetime) -> bool:
        """Let a parcel wait for its turn; False if its origin rests or its lane is full."""
        lane = self._lanes.get(parcel.origin) or _Lane()
        if len(lane.waiting) >= WAITING_PER_ORIGIN or self._gate(parcel.origin, now) is Gate.SHUT:
            return False
        self._lanes[parcel.origin] = lane
        lane.waiting.append(parcel)
        self.waiting += 1
        self._held.update(row.id for row in parcel.rows)
        self._call(parcel.origin, lane)
        return True

    def take(self, now: datetime) -> Parcel | None:
        """Take the next parcel to send, of the origin whose turn it is; None if nothing may be sent now."""
        while self._line and self.in_flight < IN_FLIGHT:
            origin = self._line.popleft()
            lane = self._lanes[origin]
            lane.is_called = False
            near = _neighbourhood(origin)
            if not lane.waiting or lane.in_flight >= self._share(origin, now):
                self._tidy(origin, lane)  # called again when one of its parcels has been answered
                self._call_neighbour(near)
                continue
            if self._near[near] >= IN_FLIGHT_PER_NEIGHBOURHOOD:
                lane.is_called = True
                self._crowded.setdefault(near, deque()).append(origin)
                continue
            parcel = lane.waiting.popleft()
            self.waiting -= 1
            self.in_flight += 1
            self._near[near] += 1
            lane.in_flight += 1
            self._call(origin, lane)
            return parcel
        return None

    def answered(self, parcel: Parcel) -> None:
        """Note that a parcel is no longer in flight; its deliveries are held until they are settled."""
        lane = self._lanes[parcel.origin]
        self.in_flight -= 1
        lane.in_flight -= 1
        near = _neighbourhood(parcel.origin)
        self._near[near] -= 1
        if not self._near[near]:
            del self._near[near]
        self._call_neighbour(near)
        if lane.waiting:
            self._call(parcel.origin, lane)
        self._tidy(parcel.origin, lane)

    def clear(self, origin: str) -> list[DeliveryRow]:
        """Empty the lane of an origin that rests and return what waited there, still held."""
        lane = self._lanes.get(origin)
        if lane is None:
            return []
        rows = [row for parcel in lane.waiting for row in parcel.rows]
        self.waiting -= len(lane.waiting)
        lane.waiting.clear()
        self._tidy(origin, lane)
        return rows

    def release(self, rows: Iterable[DeliveryRow]) -> None:
        """Let go of deliveries: they are settled, or wait in the file again."""
        self._held.difference_update(row.id for row in rows)

    def _gate(self, origin: str, now: datetime) -> Gate:
        return (self._circuits.get(origin) or Circuit()).gate(now)

    def _share(self, origin: str, now: datetime) -> int:
        return 1 if self._gate(origin, now) is Gate.PROBE else IN_FLIGHT_PER_ORIGIN

    def _call(self, origin: str, lane: _Lane) -> None:
        if not lane.is_called:
            lane.is_called = True
            self._line.append(origin)

    def _call_neighbour(self, near: str) -> None:
        """Call a lane that waits for room in its neighbourhood, if there is some."""
        crowded = self._crowded.get(near)
        if crowded is None or self._near[near] >= IN_FLIGHT_PER_NEIGHBOURHOOD:
            return
        self._line.append(crowded.popleft())
        if not crowded:
            del self._crowded[near]

    def _tidy(self, origin: str, lane: _Lane) -> None:
        if not (lane.waiting or lane.in_flight or lane.is_called):
            del self._lanes[origin]


@lru_cache(maxsize=4_096)
def _neighbourhood(origin: str) -> str:
    return neighbourhood(urlsplit(origin).hostname or origin)
