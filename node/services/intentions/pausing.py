"""Pauses by the clock: a pause whose end was told is lifted when that comes, with no word of anybody's.

One that is lifted before is a change of the intention like any other (`casting.amend`).
"""

from typing import Final

RESUMED: Final = "intention.resumed"
"""What the journal says where the time of a pause is over."""

RESUMING: Final = frozenset({"intention.received", RESUMED})
"""After which an intention may take offers that took none: it is new, changed, or its pause is over."""
