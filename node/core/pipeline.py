"""The pipeline: what a business has to do next, for each wish and each offer, and until when.

Rules that hold here:

- Everything follows from signed moves, dates and what became of a delivery; nothing is typed.
- What waits for us comes first, and of that what ends first.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any, Final
from unicodedata import normalize

from node.core.comparison import differences
from node.core.threads import Thread
from protocol.agreements import over_at
from protocol.intentions import Intention
from protocol.negotiation import State
from protocol.offers import Draft
from protocol.pauses import Pause
from protocol.specifications import Fit
from protocol.values import dataclass


class Stage(StrEnum):
    """Where a wish stands with a business, in the order in which it looks at them."""

    ANSWER = "answer"  # a wish without an offer, a counter, or a change proposed: ours to answer
    SIGN = "sign"  # accepted: ours to countersign
    OFFERED = "offered"  # theirs to answer, or to take offers again
    AGREED = "agreed"


class NextStep(StrEnum):
    """What is to be done next, and by whom."""

    OFFER = "offer"
    PAUSED = "paused"  # they take no offers for now
    ANSWER_COUNTER = "answer-counter"
    ANSWER_CHANGE = "answer-change"  # they propose another agreement in the place of one
    COUNTERSIGN = "countersign"
    REACH = "reach"  # our offer has not arrived there yet
    WAIT = "wait"
    PERFORM = "perform"
    LEAVE = "leave"  # notice was given


_STAGES: Final = {
    State.COUNTERED: Stage.ANSWER,
    State.ACCEPTED: Stage.SIGN,
    State.OFFERED: Stage.OFFERED,
    State.CONCLUDED: Stage.AGREED,
    State.ENDING: Stage.AGREED,
}
_STEPS: Final = {
    State.COUNTERED: NextStep.ANSWER_COUNTER,
    State.ACCEPTED: NextStep.COUNTERSIGN,
    State.OFFERED: NextStep.WAIT,
    State.CONCLUDED: NextStep.PERFORM,
    State.ENDING: NextStep.LEAVE,
}

_WORD: Final = re.compile(r"\w+")
MOST_WORDS: Final = 8  # of a search; nobody types more to find one of a few hundred
_PER_CENT: Final = Decimal("0.1")
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PointsMet:
    """How many points a wish has, and how many of them an offer meets, misses, or says nothing about."""

    points: int
    met: int
    missed: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelinePlace:
    """Where one wish, or one offer for it, stands."""

    stage: Stage
    step: NextStep
    until: datetime | None
    match: PointsMet | None = None
    asked_percent: Decimal | None = None

    @property
    def order(self) -> tuple[int, datetime]:
        """What a pipeline is put in order by."""
        return list(Stage).index(self.stage), self.until or _NEVER


def standing_wish(deadline: datetime | None, pause: Pause | None = None) -> PipelinePlace:
    """Return where a wish without an offer of ours stands; `pause` is one that holds now."""
    if pause is not None:
        return PipelinePlace(stage=Stage.OFFERED, step=NextStep.PAUSED, until=pause.until)
    return PipelinePlace(stage=Stage.ANSWER, step=NextStep.OFFER, until=deadline)


def standing_offer(thread: Thread, wish: Intention | None, *, has_arrived: bool) -> PipelinePlace:
    """Return where a negotiation stands in a state of `states_at`; `wish` is None where it is not known."""
    step = _STEPS[thread.state]
    return PipelinePlace(
        stage=_STAGES[thread.state],
        step=NextStep.REACH if step is NextStep.WAIT and not has_arrived else step,
        until=_until(thread),
        match=None if wish is None else match_of(wish, thread.draft),
        asked_percent=None if thread.countered is None else change_in_percent(thread.draft, thread.countered),
    )


def standing_change(thread: Thread) -> PipelinePlace:
    """Return where a change stands that a customer proposes, and that nobody has answered."""
    return PipelinePlace(stage=Stage.ANSWER, step=NextStep.ANSWER_CHANGE, until=thread.expires_at)


def _until(thread: Thread) -> datetime | None:
    if thread.state is State.ACCEPTED:
        return thread.holds_until
    if _STAGES[thread.state] is Stage.AGREED:
        return over_at(thread.draft, thread.leaves_at)
    return thread.expires_at


def match_of(wish: Intention, draft: Draft) -> PointsMet:
    """Count how an offer meets the points of a wish."""
    fits = [difference.fit for difference in differences(wish, draft)]
    met, missed = fits.count(Fit.MET), fits.count(Fit.MISSED)
    return PointsMet(points=len(fits), met=met, missed=missed, open=len(fits) - met - missed)


def change_in_percent(before: Draft, after: Draft) -> Decimal | None:
    """Return by how much a total changes, in per cent with one decimal; None if nobody can say."""
    old, new = before.total, after.total
    if old is None or new is None or not old or before.currency != after.currency:
        return None
    return ((new / old - 1) * 100).quantize(_PER_CENT, ROUND_HALF_EVEN)


def view_standing(standing: PipelinePlace) -> dict[str, Any]:
    """Show where something stands as the owner's programs read it; times are for `view_time` to say."""
    match = standing.match
    return {
        "stage": standing.stage,
        "step": standing.step,
        "match": None
        if match is None
        else {"points": match.points, "met": match.met, "missed": match.missed, "open": match.open},
        "asked_percent": None if standing.asked_percent is None else str(standing.asked_percent),
    }


def count_stages(counts: dict[str, int], waiting: int, paused: int = 0) -> dict[str, int]:
    """Count what stands at each stage: negotiations by state, what else waits for us, what is paused."""
    found: dict[str, int] = {stage.value: 0 for stage in Stage}
    for state, stage in _STAGES.items():
        found[stage.value] += counts.get(state.value, 0)
    found[Stage.ANSWER.value] += waiting
    found[Stage.OFFERED.value] += paused
    return found


def words_sought(text: str) -> Sequence[str]:
    """Return the words of what somebody searches for, as `is_sought` compares them."""
    return _plain(text).split()[:MOST_WORDS]


def is_sought(words: Sequence[str], texts: Sequence[str | None]) -> bool:
    """Tell whether each word occurs in one of the texts, however they are capitalised."""
    said = [_plain(text) for text in texts if text]
    return all(any(word in text for text in said) for word in words)


def is_called(words: Sequence[str], name: str) -> bool:
    """Tell whether a name has each word, and each as a word of its own."""
    plain = _plain(name)
    return {*plain.split(), *_WORD.findall(plain)}.issuperset(words)


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold()


def is_under_way(state: State) -> bool:
    """Tell whether a negotiation in this state stands anywhere in a pipeline."""
    return state in _STAGES


def states_at(stage: Stage | None) -> Sequence[State]:
    """Return the states of negotiations at a stage; without one, of all that is not agreed yet."""
    return [
        state for state, at in _STAGES.items() if at is stage or (stage is None and at is not Stage.AGREED)
    ]
