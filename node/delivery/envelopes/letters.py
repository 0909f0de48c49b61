"""An activity as the journal has it, and whom it is addressed to."""

import orjson

from node.storage.journal import load_entry
from node.storage.session import Session
from protocol.audience import PUBLIC, addressees
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """An activity as it goes over the wire."""

    body: bytes

    @property
    def is_offer(self) -> bool:
        """Say whether it offers something."""
        return bool(orjson.loads(self.body).get("type") == "Offer")

    def is_for_followers(self, followers: str | None) -> bool:
        """Say whether it is addressed to this collection of followers and to nobody by name."""
        named = addressees(orjson.loads(self.body))
        return followers in named and named <= {followers, PUBLIC}


def load_letter(session: Session, sequence: int) -> Letter | None:
    """Return the activity at a place in the journal, or None if there is none."""
    recorded = load_entry(session, sequence)
    if recorded is None or not recorded.entry.body:
        return None
    return Letter(recorded.entry.body)
