"""What becomes of a delivery after an attempt, and when a peer's server is left in peace: as pure decisions.

Rules here:

- Nothing is dropped in silence. A delivery ends delivered, refused, gone or expired, and each end but the
  first says why in a sentence of ours.
- A client error is final, except those that pass by themselves: 401 (our key may not be known there yet),
  408, 421 (a proxy there hands on another host), 425 and 429. 404 and 410 say that the inbox is no more. All
  else is tried again, for seven days.
- A refusal by a peer whose clock has not come to when the activity was made passes by itself, too: one of
  the two clocks is wrong, and it is tried again when the time has come there.
- Nor is an offer refused for good that comes to a wish while it is paused. It is sent again as the peer's
  `Retry-After` says, keeps nothing else for that peer waiting, and is tried no longer than the rest.
- Waiting grows exponentially with full jitter, so that a thousand deliveries which failed in one outage do
  not come back in one second. A peer's `Retry-After` can lengthen the wait, never shorten it.
- An origin that fails again and again is not asked at all for a while, and then with a single probe.

Time and chance are arguments: `now` is aware UTC, `jitter` lies in [0, 1).

Sources: RFC 9110 §10.2.3 (Retry-After) and §15 (status codes; §15.5.20 for 421); RFC 8470 §5.2 (425).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from node.core.clocks import read_http_date
from protocol.values import dataclass

WINDOW = timedelta(days=7)
"""How long a delivery is tried: longer than a weekend and a holiday, within which a server comes back."""

FIRST_DELAY = timedelta(seconds=5)  # a peer that restarts is back within seconds, and offers have deadlines
LONGEST_DELAY = timedelta(hours=6)  # some 60 attempts in the window, at all hours of the day
SHORTEST_DELAY = timedelta(seconds=1)  # full jitter may draw nothing at all
LONGEST_WISH = timedelta(hours=24)  # a peer may ask us to wait, not to go away

LONGEST_HOLD = timedelta(days=1)
"""How long what can be undone is kept from leaving at most: a night over it."""

TRANSIENT_CLIENT_ERRORS = frozenset({401, 408, 421, 425, 429})
GONE_STATUSES = frozenset({404, 410})

TRIP_AFTER = 5  # failures in a row; single lost packets and restarts stay below it
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)  # one probe an hour notices a server that returns after days soon enough


class Fate(StrEnum):
    """What becomes of a delivery; the values are those of its row's state."""

    DELIVERED = "delivered"
    QUEUED = "queued"
    REFUSED = "refused"
    GONE = "gone"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt met: an HTTP `status`, or none where no answer came.

    `wait` is what the peer asked for in Retry-After, or how long its clock takes to when the activity was
    made; `early` marks a refusal for that reason. `hopeless` marks an address that can never be sent to.
    `answered` marks that the server did answer, though not to what was sent: nobody lives at this address, or
    it cannot be read. `removed` marks that the recipient is gone, as the server says of its document, not of
    its inbox. `address` is where the recipient is sent to from now on, if it is one alone; `apart` marks a
    refusal of what was sent to several as one: each is then sent to alone. `unconfirmed` says that the
    recipient's document lists keys that wait for the owner, so that nothing is sent where it says.
    `paused` marks an offer that was turned away because the wish is paused. `reasons` are the code of the
    peer's problem document, then the flags that it names, as far as they are plain words.
    """

    status: int | None
    detail: str
    wait: timedelta | None = None
    hopeless: bool = False
    answered: bool = False
    early: bool = False
    removed: bool = False
    address: str | None = None
    apart: bool = False
    unconfirmed: bool = False
    paused: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What to write to the delivery's row; `due_at` is there exactly while it stays queued.

    `removed` marks that the recipient is gone and not, as far as we know, its inbox; `unconfirmed` and
    `reasons` are the outcome's. What is put `aside` lets pass what comes after it, and was surely not taken.
    """

    fate: Fate
    attempts: int
    status: int | None
    detail: str
    due_at: datetime | None = None
    removed: bool = False
    unconfirmed: bool = False
    aside: bool = False
    reasons: tuple[str, ...] = ()


def decide(
    outcome: Outcome, *, attempts: int, created_at: datetime, now: datetime, jitter: float
) -> RetryDecision:
    """Decide what becomes of a delivery after an attempt; `attempts` counts those before it.

    The last attempt falls on the end of the window; when it fails too, the delivery has expired. What a pause
    turned away until then is refused: the peer says that it has not taken it.
    """
    tried, status, detail = attempts + 1, outcome.status, outcome.detail
    fate = fate_of(outcome)
    if fate is not Fate.QUEUED:
        removed, reasons = outcome.removed, outcome.reasons
        return RetryDecision(fate, tried, status, detail, removed=removed, reasons=reasons)
    if now >= created_at + WINDOW and outcome.paused:
        return RetryDecision(Fate.REFUSED, tried, status, f"the pause lasted seven days; last: {detail}")
    if now >= created_at + WINDOW:
        return RetryDecision(Fate.EXPIRED, tried, status, f"given up after seven days; last: {detail}")
    delay = max(delay_before(tried + 1, jitter), outcome.wait or timedelta(0))
    due_at = min(now + delay, created_at + WINDOW)
    unconfirmed, aside = outcome.unconfirmed, outcome.paused
    return RetryDecision(Fate.QUEUED, tried, status, detail, due_at, unconfirmed=unconfirmed, aside=aside)


def fate_of(outcome: Outcome) -> Fate:
    """Return what an outcome means by itself, however long the delivery has been tried: never `EXPIRED`."""
    status = outcome.status
    if outcome.hopeless:
        return Fate.REFUSED
    if status is None or status in TRANSIENT_CLIENT_ERRORS or outcome.early or outcome.paused:
        return Fate.QUEUED
    if 200 <= status < 300:
        return Fate.DELIVERED
    if status in GONE_STATUSES:
        return Fate.GONE
    # A redirected POST is not followed (its signature names this address); the inbox is read anew instead.
    return Fate.REFUSED if 400 <= status < 500 else Fate.QUEUED


def delay_before(attempt: int, jitter: float) -> timedelta:
    """Return how long to wait before the `attempt`th attempt (2 is the first retry)."""
    return max(SHORTEST_DELAY, jitter * _doubled(FIRST_DELAY, attempt - 2, LONGEST_DELAY))


def read_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Read a Retry-After header as a wait, at most 24 hours; None where it says nothing usable.

    Both forms of RFC 9110 §10.2.3 are read, seconds and an HTTP date. Negative numbers, dates in the past and
    garbage are as good as no header.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # Ten digits are 300 years; longer ones are not worth converting.
        wait = timedelta(seconds=int(text)) if len(text) <= 10 else LONGEST_WISH
    else:
        date = read_http_date(text)
        if date is None or date <= now:
            return None
        wait = date - now
    return min(wait, LONGEST_WISH)


class Gate(StrEnum):
    """Whether an origin may be asked: freely, with one probe at a time, or not at all."""

    OPEN = "open"
    PROBE = "probe"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Circuit:
    """How an origin fared lately: failures in a row, and until when it is left in peace."""

    failures: int = 0
    rests_until: datetime | None = None

    def gate(self, now: datetime) -> Gate:
        """Say whether the origin may be asked at `now`; after a rest, a single probe goes first."""
        if self.rests_until is None:
            return Gate.OPEN
        return Gate.SHUT if now < self.rests_until else Gate.PROBE


def blames_origin(outcome: Outcome) -> bool:
    """Say whether the attempt failed for a reason that every recipient of the origin shares."""
    status = outcome.status
    if outcome.hopeless or outcome.answered:
        return False
    return status is None or status == 429 or status >= 500


def after(circuit: Circuit, outcome: Outcome, *, now: datetime, jitter: float) -> Circuit:
    """Return the origin's circuit after an attempt.

    Any answer that is not the whole server's failure closes it. Failures that arrive while it rests are late
    news of the same outage (several attempts run at once) and do not lengthen the rest.
    """
    if not blames_origin(outcome):
        return Circuit()
    if circuit.gate(now) is Gate.SHUT:
        return circuit
    failures = circuit.failures + 1
    if failures < TRIP_AFTER:
        return Circuit(failures)
    ceiling = _doubled(FIRST_REST, failures - TRIP_AFTER, LONGEST_REST)
    rest = max(ceiling * (1 + jitter) / 2, outcome.wait or timedelta(0))
    return Circuit(failures, now + rest)


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """Double `first` so many times, no further than `longest`."""
    # 2^32 times a second is a century: beyond every limit here, and safe from overflow.
    return min(first * (1 << min(times, 32)), longest)
