"""What an envelope is, and what a kind of envelope has to know.

The worker, its lanes and its carrier know when something goes, in which order, and what an attempt means for
the next one. What goes, in which bytes, signed how, to which address, and what its end means for the rest of
the node, is known by the kind that a delivery's row names (`envelope`). An activity posted to an inbox is one
kind, an event posted to a webhook another; a third would be a module of its own beside these.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from node.core import codes
from node.core.retries import Outcome, RetryDecision
from node.delivery.client import Client, Unreachable
from node.delivery.parcels import Parcel
from node.storage.deliveries import DeliveryRow
from node.storage.session import Session
from protocol import codes as wire
from protocol.errors import Gone, Local, ProtocolError


class Envelope(Protocol):
    """Something ready to be sent to one origin."""

    @property
    def origin(self) -> str:
        """The origin whose lane it waited in."""
        ...

    async def send(self, client: Client) -> Outcome:
        """Send it and say how that went.

        Raises: ProtocolError, which `outcome_of` reads; anything else is taken for a mistake of our own.
        """
        ...


class EnvelopeKind(Protocol):
    """A kind of envelope. `bundle` and `seal` run on a reader's thread and see one state of the tables."""

    def bundle(self, session: Session, rows: Sequence[DeliveryRow]) -> list[Parcel]:
        """Say which of these deliveries, each the first in its line, one envelope can serve."""
        ...

    def seal(self, session: Session, parcels: Sequence[Parcel]) -> Sequence[Envelope]:
        """Read what is to be sent, for all at once, and return an envelope for each parcel, in order.

        Raises: whatever stands in the way; then each parcel is sealed alone, so that one keeps no other back.
        """
        ...

    def decide(self, outcome: Outcome, row: DeliveryRow, *, now: datetime, jitter: float) -> RetryDecision:
        """Say what an attempt means for a delivery: whether it has ended, or when it is tried again."""
        ...

    def settle(
        self, session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime
    ) -> None:
        """Write down what became of deliveries that ended alike, with all that this means here.

        Call inside a write. The decision's `attempts` are those of one of them.
        """
        ...


# What a server says of one address; all others of the same server may be as they should.
ABOUT_ONE_ADDRESS: Final = frozenset({codes.MEDIA_TYPE_REFUSED, codes.ENCODING_REFUSED})

Kinds: TypeAlias = Mapping[str, EnvelopeKind]
"""The kinds by the name that a delivery's row gives them."""


def outcome_of(error: ProtocolError, *, address: str | None = None) -> Outcome:
    """Return what an error on the way means: the recipient is gone, it is hopeless, or it may pass."""
    if isinstance(error, Gone):  # the recipient itself, as its server says
        return Outcome(410, error.detail, removed=True, address=address)
    hopeless = isinstance(error, Local) or error.code == wire.IRI_INVALID
    answered = not isinstance(error, Unreachable) or error.code in ABOUT_ONE_ADDRESS
    return Outcome(None, error.detail, hopeless=hopeless, answered=answered, address=address)
