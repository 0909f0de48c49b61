"""How a request to an origin is signed first, and how the second time if it was refused.

No peer says reliably which signatures it takes, so the first request to an origin is signed as RFC 9421 has
it and, if refused, once more as draft-cavage-12 had it (double knocking). What worked is remembered per
origin. A peer whose actor says it verifies Ed25519 (FEP-844e) is knocked at with that key, which is many
times cheaper, and then with RSA; it speaks RFC 9421 by its own word, so the older scheme is not tried.

Rules here: at most two knocks, and a second one only if the first may have been refused for its signature. An
origin that has taken a signature before and now answers 400 or 403 means something else; after a 401 it is
knocked at again, since it may have forgotten a key.

Sources: RFC 9421 §5.1, FEP-844e, draft-cavage-http-signatures-12; the practice of the Fediverse.
"""

from enum import StrEnum
from typing import NamedTuple

from node.delivery.bounded_memory import Recent
from protocol.errors import Unauthenticated
from protocol.signatures import Scheme
from protocol.structuredfields import parse_dictionary

# More origins than a busy node talks to, at a few hundred bytes each.
LIMIT_ORIGINS = 20_000

# A server may fall over a signature it cannot parse. 503 and 504 are about load, and would only get worse.
_FALLS_OVER = frozenset({500, 501, 502})
_MAY_BE_THE_SIGNATURE = frozenset({400, 403})


class Knock(StrEnum):
    """A scheme and the key used with it; the values are stored per origin."""

    ED25519 = "rfc9421-ed25519"
    RFC9421 = "rfc9421"
    CAVAGE = "draft-cavage-12"

    @property
    def scheme(self) -> Scheme:
        """The signature scheme on the wire."""
        return Scheme.CAVAGE if self is Knock.CAVAGE else Scheme.RFC9421


class Door(NamedTuple):
    """What knocks are remembered by: an origin, and whether the actor there says it verifies Ed25519."""

    origin: str
    ed25519: bool = False

    @property
    def knocks(self) -> tuple[Knock, Knock]:
        """What to try at a door nobody has opened yet."""
        return (Knock.ED25519, Knock.RFC9421) if self.ed25519 else (Knock.RFC9421, Knock.CAVAGE)


class Knocks:
    """Which knock opened which door last."""

    def __init__(self) -> None:
        self._opened: Recent[Door, Knock] = Recent(LIMIT_ORIGINS)
        self._fell_over: Recent[str, int] = Recent(LIMIT_ORIGINS)

    def first(self, door: Door) -> Knock:
        """Return the knock to try first: the one that worked last."""
        return self._opened.get(door) or door.knocks[0]

    def another(self, door: Door, tried: Knock, *, status: int, accept_signature: str | None) -> Knock | None:
        """Return the knock to try after `tried` was answered with `status`; None if it would change nothing.

        A peer that says what it takes (Accept-Signature, RFC 9421 §5.1) is believed.
        """
        if not self._may_be_the_signature(door, status):
            return None
        asked = read_accept_signature(accept_signature)
        other = asked or next(knock for knock in door.knocks if knock is not tried)
        return None if other is tried else other

    def learn(self, door: Door, knock: Knock) -> None:
        """Remember that `knock` was answered with success."""
        self._opened.put(door, knock)

    def recall(self, origin: str, stored: str | None) -> None:
        """Take over what was stored for an origin, unless something is known since."""
        if stored in set(Knock):
            knock = Knock(stored)
            door = Door(origin, ed25519=knock is Knock.RFC9421)
            if door not in self._opened:
                self._opened.put(door, knock)

    def stored(self, origin: str) -> str | None:
        """Return what to store for an origin: the knock that opened it, if it is not the first one tried.

        Each knock is the exception at one door only: RFC 9421 with RSA where Ed25519 was announced, the
        others where it was not.
        """
        for door in (Door(origin), Door(origin, ed25519=True)):
            knock = self._opened.get(door)
            if knock not in (None, door.knocks[0]):
                return knock
        return None

    def _may_be_the_signature(self, door: Door, status: int) -> bool:
        if status == 401:
            return True
        if door in self._opened:
            return False
        if status in _FALLS_OVER and door.origin not in self._fell_over:
            # Once per origin: in an outage, twice the requests would make things worse.
            self._fell_over.put(door.origin, status)
            return True
        return status in _MAY_BE_THE_SIGNATURE


def read_accept_signature(value: str | None) -> Knock | None:
    """Return the knock that an Accept-Signature field asks for; None if there is none that can be read."""
    if value is None:
        return None
    try:
        asked = parse_dictionary(value)
    except Unauthenticated:
        asked = {}
    if not asked:
        return None
    algorithms = {parameters.get("alg") for _, parameters in asked.values()}
    return Knock.ED25519 if algorithms == {"ed25519"} else Knock.RFC9421
