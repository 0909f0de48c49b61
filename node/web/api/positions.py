"""Positions in the journal, as programs keep them: `{edition}.{place}`.

Rules here: a position of another history is never taken for one of this; its holder is told, with the
position to go on from: up to there both histories are the same, so nothing is missed and something may come
twice.
"""

import re
from typing import Final

from node.storage.editions import common_place, current_edition
from node.storage.journal import head
from node.storage.session import Session
from node.web.edge.problems import Refusal

LONGEST: Final = 100  # characters; ours have under 50
_POSITION: Final = re.compile(r"([0-9a-z_]{1,64})\.([0-9]{1,16})")  # every reader of JSON counts to 2^53


def write_position(edition: str, place: int) -> str:
    """Write the position behind the entry at a place."""
    return f"{edition}.{place}"


def read_position(session: Session, actor: str, text: str, *, name: str) -> int:
    """Return the place that a position names in an actor's journal; `name` is the parameter it came in.

    Raises:
        Refusal: 400 `invalid-parameter`, it is none; 409 `history-changed`, it is of another history.
    """
    found = _POSITION.fullmatch(text)
    if found is None:
        raise Refusal(400, "invalid-parameter", f"{name} must be a position, such as an event's id.")
    edition, place = found[1], int(found[2])
    current = current_edition(session)
    if edition != current:
        raise history_changed(write_position(current, common_place(session, actor, edition, place)))
    if place > head(session, actor).place:  # an older file was put back by hand: who knows since when
        raise history_changed(write_position(current, 0))
    return place


def history_changed(position: str) -> Refusal:
    """Return the refusal of a position, or of a key, from before an older state was put back."""
    return Refusal(
        409,
        "history-changed",
        "This node was restored: what was remembered is of another history.",
        members={"go_on_from": position},
    )
