"""Readers: what each who is told of an intention of ours may read of it, and which version they have.

Rules that hold here:

- Who is sent a copy and who asks for the intention at its address is told the same, byte for byte.
- Whoever does not say that they know terms about data is told ring 0 and nothing of terms, and so is a
  collection; on this node everybody knows them.
- What is proffered to a business stays as it was at first: a copy changes only if the intention does.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from node.core.proffers import asked_entry, proffered_entry
from node.core.rings import IntentionReader, Rings, categories_of, load_rings, told
from node.core.term_settings import first_term_settings
from node.services.intentions.telling import Copy
from node.services.intentions.versions import version_of
from node.services.terms.keeping import load as load_term_settings
from node.services.terms.speakers import knows_terms
from node.storage import told as tellings
from node.storage import undertakings
from node.storage.cache import load_remote_actor
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from node.storage.told import ToldRow
from node.storage.undertakings import UndertakingRow
from protocol.actors import accepted_entries
from protocol.intentions import Intention, read_intention
from protocol.iris import same_origin
from protocol.rosters import RosterEntry, find_entry
from protocol.strictjson import Document
from protocol.terms import Proffer
from protocol.undertakings import UndertakingState
from protocol.values import dataclass
from protocol.withholding import IntentionField

_SHARED = ""  # the peer of a copy for followers and the public


@dataclass(frozen=True, slots=True)
class ToldIntention:
    """An intention of ours as it is to be told: `sent` is what each was sent last, `signed` what they signed.

    Both are by the id of the peer, and empty where there are no rings. `updated` is its version where there
    are none.
    """

    actor: str
    intention: Intention
    rings: Rings | None
    updated: datetime | None
    sent: Mapping[str, ToldRow]
    signed: Mapping[str, UndertakingRow]

    def version(self, peer: str) -> datetime | None:
        """Return the version that a peer was told last: that of all who were, if they were not told alone."""
        if self.rings is None:
            return self.updated
        row = self.sent.get(peer) or self.sent.get(_SHARED)
        return self.updated if row is None else row.updated

    def for_copy(self, session: Session, copy: Copy) -> IntentionReader:
        """Return who gets a copy that is sent."""
        if self.rings is None or copy.peer is None:
            return IntentionReader(copy.to)
        return self.for_peer(session, copy.peer.id, copy.peer.address)

    def for_peer(self, session: Session, peer: str | None, address: str) -> IntentionReader:
        """Return a peer (its id, None for a stranger) as a reader of a copy of its own."""
        to = (address,)
        if self.rings is None or not self.is_understood(session, peer, address):
            return IntentionReader(to)
        row = self.sent.get(peer) if peer else None
        entry = find_entry(row.roster) if row is not None and row.roster else None
        proffer = Proffer(self.actor, entry or self._proffered(session, peer, address), asked_entry())
        signed = self.signed.get(peer or "")
        if signed is None or signed.state not in TELLING:
            return IntentionReader(to, proffer)
        return IntentionReader(to, proffer, frozenset(map(IntentionField, signed.fields)), signed.iri)

    def as_signed(self, to: tuple[str, ...], fields: frozenset[IntentionField]) -> IntentionReader:
        """Return who has signed for parts of it, as nobody has yet: with the least that is proffered."""
        proffer = Proffer(self.actor, proffered_entry(None, first_term_settings().maximum), asked_entry())
        return IntentionReader(to, proffer, fields)

    def is_understood(self, session: Session, peer: str | None, address: str) -> bool:
        """Tell whether a reader knows terms about data: who has signed does, as has been shown."""
        return bool(peer and peer in self.signed) or knows_terms(session, self.actor, address)

    def _proffered(self, session: Session, peer: str | None, address: str) -> RosterEntry:
        allowance = load_term_settings(session, self.actor).allowance(
            business=peer or "", categories=categories_of(self.intention, self.rings)
        )
        return proffered_entry(_accepted(session, self.actor, address), allowance.entry)

    def render(self, reader: IntentionReader, *, updated: datetime | None = None) -> Document:
        """Return the Proposal that a reader is told."""
        return told(self.intention, self.rings, reader, updated=updated)


TELLING = (UndertakingState.SIGNED, UndertakingState.DISCLOSED)
"""States of an undertaking in which more is told for it."""


def load_telling(session: Session, row: IntentionRow, *, peer: str | None = None) -> ToldIntention:
    """Load an intention of ours as it is told now; with `peer` (an id) only what matters for that one."""
    intention, rings = read_intention(row.document), load_rings(row.private.get("rings"))
    updated = version_of(row.document) if "updated" in row.document else None
    if rings is None or peer is None:
        return begin_telling(session, row.actor, intention, rings, updated=updated)
    last = [tellings.last_told(session, row.actor, row.iri, each) for each in (_SHARED, peer)]
    signed = undertakings.load_undertaking(session, row.actor, row.iri, peer)
    return ToldIntention(
        row.actor,
        intention,
        rings,
        updated,
        {each.peer: each for each in last if each is not None},
        {} if signed is None else {peer: signed},
    )


def begin_telling(
    session: Session,
    actor: str,
    intention: Intention,
    rings: Rings | None,
    *,
    updated: datetime | None = None,
) -> ToldIntention:
    """Load what was told of an intention before, to tell it as it will be."""
    if rings is None:
        return ToldIntention(actor, intention, None, updated, {}, {})
    sent = tellings.all_told(session, actor, intention.iri)
    signed = {row.peer: row for row in undertakings.undertakings_of(session, actor, intention.iri)}
    return ToldIntention(actor, intention, rings, updated, sent, signed)


def next_version(telling: ToldIntention, row: IntentionRow, now: datetime) -> datetime:
    """Return when a change is made, after every version before it also by a clock that was set back.

    By this time those who were told tell news from what is overtaken.
    """
    told_at = [sent.updated for sent in telling.sent.values() if sent.updated is not None]
    latest = max([version_of(row.document), *told_at])
    return max(now, latest + timedelta(microseconds=1))


def _accepted(session: Session, actor: str, address: str) -> tuple[RosterEntry, ...] | None:
    if same_origin(address, actor):
        return load_term_settings(session, address).accepts
    known = load_remote_actor(session, address)
    return None if known is None else accepted_entries(known.document)
