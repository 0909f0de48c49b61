"""What strangers may put into a business's CRM: so many wishes a day, of which nobody takes all.

Rules here:

- A stranger is whom nobody here has answered, agreed with or follows. Actors cost nothing to make: of what
  all of them may put there in a day, one host has half and one actor a tenth.
- Which wishes go in follows from the tables, by the order in which they came: it is no count that is kept.
- A wish that is left out is where every wish is, at the desk. Whoever answers it there, or by a rule, lets
  it in, and all that comes from the same people afterwards. What stands in the CRM stays.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from node.core.crm_mapping import read_mapping
from node.core.records import RecordKind
from node.services.acting import Acting
from node.storage import crm, strangers
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.iris import server
from protocol.values import dataclass

MOST_COUNTED: Final = 1_000  # of those left out: what is more is said to be that many
_OF_ONE_HOST: Final = 2  # a part of so many of what all strangers have
_OF_ONE_ACTOR: Final = 10


@dataclass(slots=True)
class Door:
    """What lets wishes into an actor's CRM, or leaves them out; good for one look at the tables."""

    session: Session
    acting: Acting
    _let_in: dict[datetime, Collection[str]] = field(default_factory=dict)  # by the day

    def leaves_out(self, wish: IntentionRow) -> bool:
        """Tell whether a wish of somebody else stays out of the CRM until somebody answers it."""
        session, actor = self.session, self.acting.iri
        most = _limit(session, self.acting)
        if most is None or wish.peer is None:
            return False
        if crm.load_record(session, actor, RecordKind.OPPORTUNITY, wish.iri) is not None:
            return False
        if strangers.is_known(session, actor, wish.peer):
            return False
        day = _day_of(wish.received_at)
        if day not in self._let_in:
            self._let_in[day] = _let_in(
                strangers.list_strangers(session, actor, day, day + timedelta(days=1)), most
            )
        return wish.iri not in self._let_in[day]


def _let_in(came: Iterable[tuple[str, str, str]], most: int) -> set[str]:
    """Return which wishes of a day go in, of those that came one after the other: iri, peer, its address."""
    let_in, whose = set[str](), Counter[str]()
    of_host, of_actor = _part(most, _OF_ONE_HOST), _part(most, _OF_ONE_ACTOR)
    for iri, peer, address in came:
        if len(let_in) >= most:
            break
        host = server(address)
        if whose[peer] < of_actor and whose[host] < of_host:
            let_in.add(iri)
            whose.update((peer, host))
    return let_in


def count_left_out(session: Session, acting: Acting) -> int:
    """Count the wishes of today that stay out of the CRM, as far as they are counted."""
    most, day = _limit(session, acting), _day_of(acting.now)
    if most is None or not crm.is_followed(session, acting.iri):
        return 0
    until = day + timedelta(days=1)
    outside = strangers.list_outside(session, acting.iri, day, until, most=MOST_COUNTED)
    let_in = _let_in(strangers.list_strangers(session, acting.iri, day, until), most) if outside else set()
    return sum(iri not in let_in for iri in outside)


def _limit(session: Session, acting: Acting) -> int | None:
    """Return how many wishes of strangers go into the CRM in a day; None for all, or for no CRM."""
    mapping = crm.mapping_of(session, acting.iri)
    return None if mapping is None else _read_limit(mapping)


@lru_cache(maxsize=16)
def _read_limit(mapping: str) -> int | None:
    return read_mapping(mapping).strangers


def _part(most: int, of: int) -> int:
    return min(most, max(1, most // of))


def _day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
