"""Positions in the journal, as programs keep them: `{edition}.{place}.{link}`.

Rules here: a position of another history is never taken for one of this; its holder is told, with the
position to go on from: up to there both histories are the same, so nothing is missed and something may come
twice. The edition tells what a restore told the file; the link, the beginning of the chain's at that place,
tells what a folder put back by hand told nobody.
"""

import re
from typing import Final

from node.core import codes
from node.core.entries import GENESIS
from node.storage.editions import common_place, current_edition
from node.storage.journal import head, link_at
from node.storage.session import Session
from protocol.errors import Conflict, Malformed
from protocol.values import dataclass

LONGEST: Final = 100  # characters; ours have under 60
_LINK_BYTES: Final = 4  # another history has the same link there once in 4 billion times
_POSITION: Final = re.compile(  # every reader of JSON counts to 2^53
    r"(ed_[0-9a-z_]{1,61})\.([0-9]{1,16})\.([0-9a-f]{8})"
)


@dataclass(frozen=True, slots=True)
class Position:
    """The place behind an entry of an actor's journal, in one edition of the file; `link` is the chain's."""

    edition: str
    place: int
    link: str

    @classmethod
    def of(cls, edition: str, place: int, hash: bytes) -> "Position":
        """Return the position at a place where the actor's chain has the link `hash`."""
        return cls(edition, place, hash[:_LINK_BYTES].hex())

    @classmethod
    def beginning(cls, edition: str) -> "Position":
        """Return the position before an actor's first entry, which every history has."""
        return cls.of(edition, 0, GENESIS)

    def __str__(self) -> str:
        return f"{self.edition}.{self.place}.{self.link}"


class HistoryChanged(Conflict):
    """What a program remembered is from before an older state was put back; `go_on_from` is good now."""

    def __init__(self, go_on_from: Position) -> None:
        super().__init__(codes.HISTORY_CHANGED)
        self.go_on_from = go_on_from


def current_position(session: Session, actor: str) -> Position:
    """Return the position behind the last entry of an actor's journal."""
    end = head(session, actor)
    return Position.of(current_edition(session), end.place, end.hash)


def read_position(session: Session, actor: str, text: str, *, name: str) -> Position:
    """Return the position in an actor's journal that a text names; `name` is the parameter it came in.

    Raises:
        Malformed: `invalid-parameter`, it is none; HistoryChanged: it is of another history.
    """
    found = _POSITION.fullmatch(text)
    if found is None:
        raise Malformed(codes.INVALID_PARAMETER, f"{name} must be a position, such as an event's id.")
    given, edition = Position(found[1], int(found[2]), found[3]), current_edition(session)
    place = given.place
    if given.edition != edition:
        place = common_place(session, actor, given.edition, place)
    link = link_at(session, actor, place)
    here = Position.beginning(edition) if link is None else Position.of(edition, place, link)
    if here == given:
        return given
    if place == given.place and here.link != given.link:  # put back by hand: who knows since when
        here = Position.beginning(edition)
    raise HistoryChanged(here)
