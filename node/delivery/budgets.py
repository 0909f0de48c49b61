"""How often strangers can make us fetch: budgets of who asks, of the server, and of its neighbourhood.

Every key id in a request is an address somebody else chose. Without a bound, one sender could have us knock
at a third server as often as it likes, or look up a name of its own for every request (`a1.example.org`,
`a2.example.org`, …). So a fetch is paid for by its origin, and by the last two labels of its host. A shared
suffix such as `co.uk` makes strangers neighbours; its budget is therefore wide.

Whoever names a server need not be it, and could spend what its own actors need. So the network that asks
pays first, and never has all that a server has. Whom we know already costs its server nothing: it is asked
for seldom, and none can be made up.

Each budget is a token bucket: it fills at a steady rate up to its burst, and each fetch takes one token.
"""

from datetime import datetime

from node.delivery.bounded_memory import Recent
from protocol.iris import Origin
from protocol.values import dataclass

# A busy peer's server has hundreds of actors, who may all write on the day we meet.
BURST_PER_ORIGIN = 100
RATE_PER_ORIGIN = 5.0  # fetches a second
BURST_PER_NEIGHBOURHOOD = 400
RATE_PER_NEIGHBOURHOOD = 20.0
# Who asks: as a fetch may take ten seconds, one network holds two thirds of the connections at most.
BURST_PER_CALLER = 120
RATE_PER_CALLER = 10.0
# Of one server, so that who frames it leaves something to the others who name it.
BURST_OF_CALLER_PER_ORIGIN = 80
RATE_OF_CALLER_PER_ORIGIN = 4.0

LIMIT_BUCKETS = 10_000  # a forgotten bucket is a full one; who rotates names still meets the neighbourhood's


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens left at a moment."""

    tokens: float
    at: datetime

    def draw(self, now: datetime, *, burst: float, rate: float) -> "Bucket | None":
        """Return the bucket with one token less, or None if it has none. `rate` is tokens a second."""
        passed = max(0.0, (now - self.at).total_seconds())  # a clock that was set back takes no token away
        refilled = min(burst, self.tokens + passed * rate)
        return Bucket(refilled - 1, now) if refilled >= 1 else None


class Budgets:
    """What is left to spend on fetches, by who asks, by origin and by neighbourhood."""

    def __init__(self) -> None:
        self._callers: Recent[str, Bucket] = Recent(LIMIT_BUCKETS)
        self._shares: Recent[str, Bucket] = Recent(LIMIT_BUCKETS)
        self._origins: Recent[str, Bucket] = Recent(LIMIT_BUCKETS)
        self._neighbourhoods: Recent[str, Bucket] = Recent(LIMIT_BUCKETS)

    def spend(self, origin: Origin, now: datetime, *, by: str = "", known: bool = False) -> bool:
        """Pay for one fetch from `origin`; tell whether all budgets had room.

        `by` is the network that makes us ask, "" for this node's owner. What is `known` is asked for anew.
        """
        if by and not _draw(self._callers, by, now, BURST_PER_CALLER, RATE_PER_CALLER):
            return False
        if known:
            return True
        share, burst, rate = f"{by} {origin}", BURST_OF_CALLER_PER_ORIGIN, RATE_OF_CALLER_PER_ORIGIN
        if by and not _draw(self._shares, share, now, burst, rate):
            return False
        paid = _draw(self._origins, str(origin), now, BURST_PER_ORIGIN, RATE_PER_ORIGIN)
        name = neighbourhood(origin.host)
        return paid and _draw(
            self._neighbourhoods, name, now, BURST_PER_NEIGHBOURHOOD, RATE_PER_NEIGHBOURHOOD
        )


def neighbourhood(host: str) -> str:
    """Return what a host shares with its neighbours: the last two labels of a name, all of an address."""
    labels = host.split(".")
    return host if host.startswith("[") or labels[-1].isdigit() else ".".join(labels[-2:])


def _draw(buckets: Recent[str, Bucket], name: str, now: datetime, burst: float, rate: float) -> bool:
    left = (buckets.get(name) or Bucket(burst, now)).draw(now, burst=burst, rate=rate)
    if left is None:
        return False
    buckets.put(name, left)
    return True
