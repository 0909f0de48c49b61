"""Dates: what is going to happen to an actor's negotiations and agreements, the soonest first.

Rules here: of each kind so many of the next are read, however many there are; nothing is written.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from node.core.dates import Date, DateKind, over
from node.core.reminders import last_day
from node.services.acting import Acting
from node.services.negotiations.loading import load_peers, read_terms_of
from node.storage import agreements, intentions, offers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.offers import OfferRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.agreements import read_agreement
from protocol.intentions import read_intention
from protocol.negotiation import Party, State

MOST: Final = 50  # of each kind: further ahead nobody plans, and a calendar stays below 100 kB


def dates(session: Session, acting: Acting) -> list[Date]:
    """Return what is going to happen from now on."""
    actor, now = acting.iri, acting.now
    open_offers = offers.ending_offers(session, actor, after=now, limit=MOST)
    agreed = agreements.dated_agreements(session, actor, after=now, limit=MOST)
    behind = {row.id: row for row in offers.offers_by_id(session, actor, {row.offer for row in agreed})}
    peers = load_peers(session, actor, {row.peer for row in (*open_offers, *behind.values())})
    found = [_of_offer(row, peers) for row in open_offers]
    found += [
        date
        for row in agreed
        for date in _of_agreement(row, behind[row.offer], peers)
        if date.at > now  # a clock may be late
    ]
    found += _resumptions(session, acting)
    return sorted(found, key=lambda date: (date.at, date.id))


def _resumptions(session: Session, acting: Acting) -> list[Date]:
    """Return when paused wishes take offers again, the owner's and those that it may offer to then."""
    rows = intentions.resuming_intentions(session, acting.iri, after=acting.now, limit=MOST)
    peers = load_peers(session, acting.iri, {row.peer for row in rows if row.peer is not None})
    return [
        Date(
            kind=DateKind.RESUMES,
            id=row.id,
            role=Party.OFFEREE if row.own else Party.OFFERER,
            at=row.resumes_at,
            name=read_intention(row.document).name,
            peer="" if row.peer is None else peers[row.peer].name,
            changed_at=row.updated_at,
        )
        for row in rows
        if row.resumes_at is not None
    ]


def _of_offer(row: OfferRow, peers: dict[str, PeerRow]) -> Date:
    if row.expires_at is None:
        raise AssertionError("only what runs out is read")
    return Date(
        kind=DateKind.STANDS if row.state is State.OFFERED else DateKind.ASKED,
        id=row.id,
        role=row.role,
        at=row.expires_at,
        name=read_terms_of(row).name,
        peer=peers[row.peer].name,
        changed_at=row.updated_at,
    )


def _of_agreement(row: AgreementRow, behind: OfferRow, peers: dict[str, PeerRow]) -> Iterator[Date]:
    for kind, at in _moments(row):
        yield Date(
            kind=kind,
            id=row.id,
            role=row.role,
            at=at,
            name=read_terms_of(behind).name,
            peer=peers[row.peer].name,
            changed_at=behind.updated_at,
        )


def _moments(row: AgreementRow) -> Iterator[tuple[DateKind, datetime]]:
    if row.state is AgreementState.ACCEPTED:
        yield from [] if row.holds_until is None else [(DateKind.HOLDS, row.holds_until)]
        return
    ends = over(leaves_at=row.leaves_at, ends_at=row.ends_at)
    yield from [] if ends is None else [ends]
    if row.state is AgreementState.CONCLUDED:
        last = last_day(read_agreement(row.document, currency=row.currency))
        yield from [] if last is None or last == row.ends_at else [(DateKind.NOTICE, last)]
