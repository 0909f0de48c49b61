"""What needs the owner: things that wait for a decision of theirs, the most urgent first.

Rules that hold here:

- Something needs the owner if nobody else can do it and leaving it has a consequence. What merely happened,
  or waits for the other side, does not.
- The order is by deadline, and nothing else: no place in it can be had. What has no deadline comes last.
- A deadline is that of what would be lost first: of the offers to a wish, the first to end that fits; where
  none fits, the first to end; and never later than the wish's own.
- What is said to cost least is so by what the comparison goes by (`comparison.rank`), and by nothing else.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from node.core.comparison import Basis
from protocol.values import dataclass


class Need(StrEnum):
    """What the owner is asked to do, in the order of what is due at the same time."""

    COUNTERSIGN = "countersign"
    """Sign an acceptance of an offer of ours, or say that it cannot be performed."""
    CONSIDER_CHANGE = "consider-change"
    """Accept or decline what somebody proposes to change of an agreement."""
    TELL_OTHERWISE = "tell-otherwise"
    """Give a notice that does not arrive in another way, too."""
    LEAVE_ANEW = "leave-anew"
    """Give notice anew: the last does not count."""
    CHOOSE = "choose"
    """Look at the offers to a wish."""
    ANSWER = "answer"
    """Answer what somebody asked for instead of our offer."""
    CONFIRM_KEY = "confirm-key"
    """Say whether a new key is the peer's."""
    ANSWER_FOLLOWER = "answer-follower"
    """Let those follow who ask to, or say no."""
    LOOK_AT_HELD = "look-at-held"
    """Release or drop offers that are held back."""
    MAKE_KIT = "make-kit"
    """Write recovery words down: until then whoever loses the telephone needs the machine itself."""
    CHECK_KIT = "check-kit"
    """Show that they are written down as they stand: a slip would be noticed when nothing else is left."""


_ORDER: Final = tuple(Need)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do.

    `id` and `name` are those of what it is about: a wish, an offer, an agreement or a peer (by its address),
    or nothing where there is only one of its kind;
    `peer` is the name of the other side, `count` of how many things it is made up, `total` the amount that
    the decision is about, None where there is none: in all, by the month, or `over` so many months, as the
    `basis` says. `fits` says that it has all that must be.
    """

    need: Need
    id: str
    name: str
    peer: str = ""
    due: datetime | None = None
    count: int = 1
    total: Decimal | None = None
    basis: Basis = Basis.TOTAL
    over: int | None = None
    currency: str = ""
    fits: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer to a wish that could be accepted now, and its cost by what the comparison goes by."""

    cost: Decimal | None
    fits: bool
    ends_at: datetime | None


def choosing(
    *,
    id: str,
    name: str,
    currency: str,
    deadline: datetime | None,
    offers: Sequence[Choice],
    basis: Basis = Basis.TOTAL,
    over: int | None = None,
) -> Task | None:
    """Return that an open wish is to be decided on, None if nothing stands."""
    if not offers:
        return None
    fitting = [offer for offer in offers if offer.fits]
    ends = [offer.ends_at for offer in fitting or offers if offer.ends_at is not None]
    costs = [offer.cost for offer in fitting or offers if offer.cost is not None]
    return Task(
        need=Need.CHOOSE,
        id=id,
        name=name,
        due=min([*ends, *([] if deadline is None else [deadline])], default=None),
        count=len(offers),
        total=min(costs, default=None),
        basis=basis,
        over=over,
        currency=currency,
        fits=bool(fitting),
    )


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """Put tasks in order: by deadline, then by what is asked."""
    return sorted(tasks, key=lambda task: (task.due or _NEVER, _ORDER.index(task.need), task.id))
