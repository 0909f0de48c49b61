"""Noting: something happened that the owner is to be told of, wherever they gave an address.

Rules here: it is noted in the write in which it happened, or behind a cursor that moves in the same write, so
once; when it is told, and whether it still is news, is decided when that is due (`outbox`). What waits of one
kind at one address is bounded. The last place is that of all who come then: it says that there is more, and
is news whatever becomes of the rest, so that nobody who fills the places and takes all of it back silences
those who come behind.
"""

from datetime import datetime
from typing import Final

from node.core.notices import NoticeKind
from node.services.acting import Acting
from node.storage import notices
from node.storage.notices import NoticeRow
from node.storage.session import Session
from protocol.values import dataclass

MOST_WAITING: Final = 100
"""Notices of one kind that wait for one address; what more of them could say fits into a word."""
MORE: Final = "more:"
"""How the event of a notice begins that stands for all who found no place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Something to be told.

    `event` names it once for all; `about` is the id of the thing it is about, `within` of what that belongs
    to (the offer's wish), `peer` that of the other side, each empty for none. `to` is the one person (their
    id) to be told, empty for all, and `by` the one who did it and is told nothing.
    """

    kind: NoticeKind
    event: str
    at: datetime
    about: str = ""
    within: str = ""
    peer: str = ""
    to: str = ""
    by: str = ""

    def concerns(self, person: str) -> bool:
        """Tell whether a person (their id) is to be told."""
        return person != self.by and self.to in {"", person}


def alarm(session: Session, acting: Acting, what: str) -> None:
    """Note that something about who gets in has changed; `what` names it once for all."""
    note(session, acting.iri, Occasion(kind=NoticeKind.SECURITY, event=what, at=acting.now))


def note(session: Session, actor: str, occasion: Occasion, *, spared: str = "") -> None:
    """Note what is to be told at every address of an actor but one. Call inside a write."""
    for channel in notices.list_channels(session, actor):
        if not occasion.concerns(channel.person):
            continue
        waiting = notices.count_notices(session, actor, channel.id, occasion.kind, most=MOST_WAITING)
        if channel.id != spared and waiting < MOST_WAITING:
            told = occasion if waiting < MOST_WAITING - 1 else _more(occasion)
            notices.add_notice(session, _row(actor, channel.id, told))


def _more(occasion: Occasion) -> Occasion:
    return Occasion(kind=occasion.kind, event=MORE + occasion.event, at=occasion.at)


def _row(actor: str, channel: str, occasion: Occasion) -> NoticeRow:
    return NoticeRow(
        actor=actor,
        channel=channel,
        event=occasion.event,
        kind=occasion.kind,
        about=occasion.about,
        within=occasion.within,
        peer=occasion.peer,
        at=occasion.at,
        due_at=occasion.at,
        digest=False,
    )
