"""Positions in the journal, as programs keep them: `{edition}.{place}`.

Rules here: a position of another history is never taken for one of this; its holder is told, with the
position to go on from: up to there both histories are the same, so nothing is missed and something may come
twice.
"""

import re
from dataclasses import dataclass
from typing import Final

from node.storage.editions import common_place, current_edition
from node.storage.journal import head
from node.storage.session import Session
from protocol.errors import Conflict, Malformed

LONGEST: Final = 100  # characters; ours have under 50
_POSITION: Final = re.compile(r"(ed_[0-9a-z_]{1,61})\.([0-9]{1,16})")  # every reader of JSON counts to 2^53


@dataclass(frozen=True, slots=True)
class Position:
    """The place behind an entry of an actor's journal, in one edition of the file."""

    edition: str
    place: int

    def __str__(self) -> str:
        return f"{self.edition}.{self.place}"


class HistoryChanged(Conflict):
    """What a program remembered is from before an older state was put back; `go_on_from` is good now."""

    def __init__(self, go_on_from: Position) -> None:
        super().__init__(
            "history-changed", "This node was restored: what was remembered is of another history."
        )
        self.go_on_from = go_on_from


def current_position(session: Session, actor: str) -> Position:
    """Return the position behind the last entry of an actor's journal."""
    return Position(current_edition(session), head(session, actor).place)


def read_position(session: Session, actor: str, text: str, *, name: str) -> Position:
    """Return the position in an actor's journal that a text names; `name` is the parameter it came in.

    Raises:
        Malformed: `invalid-parameter`, it is none; HistoryChanged: it is of another history.
    """
    found = _POSITION.fullmatch(text)
    if found is None:
        raise Malformed("invalid-parameter", f"{name} must be a position, such as an event's id.")
    given, now = Position(found[1], int(found[2])), current_position(session, actor)
    if given.edition != now.edition:
        place = common_place(session, actor, given.edition, given.place)
        raise HistoryChanged(Position(now.edition, place))
    if given.place > now.place:  # an older file was put back by hand: who knows since when
        raise HistoryChanged(Position(now.edition, 0))
    return given
