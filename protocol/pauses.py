"""Pauses: an intention that takes no offers for a while, though it stands.

Rules that hold here:

- `paused` says that there is a pause, `resumes` when it ends; without that it lasts until further notice.
- A pause ends by the clock of whoever looks, and never outlives the intention: `endTime` stands as it is.
- Nothing else follows from it: what was offered before stands, and is answered, as if there were none.
"""

from datetime import datetime

from protocol import codes
from protocol.errors import Unprocessable
from protocol.members import literal, read_moment
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Pause:
    """That an intention takes no offers; `until` is when it takes them again, None if nobody can say."""

    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the intention still takes none then."""
        return self.until is None or at < self.until


def render_pause(pause: Pause | None) -> Document:
    """Write a pause as members of the Proposal; none leaves no member."""
    if pause is None:
        return {}
    return {"paused": True} | ({} if pause.until is None else {"resumes": render_time(pause.until)})


def read_pause(document: Document) -> Pause | None:
    """Read the pause of a Proposal, in our plain keys; None if it takes offers.

    Raises:
        Unprocessable: `wrong-shape`, or as `members.read_moment`.
    """
    paused = literal(document.get("paused"))
    if paused is not None and not isinstance(paused, bool):
        raise Unprocessable(codes.WRONG_SHAPE, "The member paused is neither true nor false.")
    return Pause(read_moment(document, "resumes")) if paused else None
