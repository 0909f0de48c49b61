"""Who a node is: settled by its first start, for what it says of itself stands in everything it signed.

Rules here: origin, handle and kind are never changed by a setting; one that says something else is refused
with the reason. A setting that was not given says nothing.
"""

from collections.abc import Sequence
from typing import Final

from protocol.values import dataclass

_SIGNED: Final = "stands in everything it signed and in what peers keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a node is; `handles` are its owners', the first made first, whose `kind` and `name` these are."""

    origin: str
    handles: Sequence[str]
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A setting that says something else than what holds: its key, why it cannot, and what holds."""

    key: str
    reason: str
    holds: str


def contradiction(
    known: Identity, *, origin: str, handle: str | None, kind: str | None
) -> Contradiction | None:
    """Return the first setting that contradicts who the node is; None for a handle or kind not given."""
    if origin != known.origin:
        reason = f"The node in this data folder lives at {known.origin}, and that address {_SIGNED}."
        return Contradiction("origin", reason, known.origin)
    if handle is not None and handle not in known.handles:
        first = known.handles[0]
        reason = f"The node in this data folder is {first}, and its handle {_SIGNED}."
        return Contradiction("handle", reason, first)
    if kind is not None and kind != known.kind:
        reason = f"The node in this data folder was set up for kind {known.kind}, and that {_SIGNED}."
        return Contradiction("kind", reason, known.kind)
    return None
