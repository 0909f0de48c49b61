"""Audiences: who was told of an intention, and so may read it and answer it."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from node.core.intentions import EVERYBODY, FOLLOWERS
from node.storage import peers, undertakings
from node.storage.intentions import IntentionRow
from node.storage.peers import FollowDirection, FollowState, PeerRow
from node.storage.session import Session

Hearer: TypeAlias = PeerRow | str
"""Whom an intention is told to: a peer, or one of the words for a collection, `followers` and `public`."""

_COLLECTIONS = (FOLLOWERS, EVERYBODY)
_PAGE = 1_000  # followers read at once


def named(audience: Sequence[str]) -> list[str]:
    """Return those of an audience that are no collection."""
    return [who for who in audience if who not in _COLLECTIONS]


def fill_in(audience: Sequence[str], known: Mapping[str, PeerRow]) -> list[Hearer]:
    """Return an audience with each peer where its address or id stands."""
    return [known.get(who, who) for who in audience]


def load_audience(session: Session, row: IntentionRow) -> list[Hearer]:
    """Return whom the owner chose to tell of an intention of ours, as they are now."""
    audience = audience_of(row)
    return fill_in(audience, peers.peers_by_id(session, row.actor, named(audience)))


def load_hearers(session: Session, row: IntentionRow, audience: Sequence[Hearer]) -> list[Hearer]:
    """Return whom an intention of ours is told to: its audience, and who of it signed for more.

    Who may not read it any more, as one who follows us no longer, is told of no change either.
    """
    there = {who.id for who in audience if isinstance(who, PeerRow)}
    signed = [peer for peer in load_signers(session, row) if peer.id not in there]
    return [*audience, *(peer for peer in signed if is_invited(session, row, peer))]


def load_signers(session: Session, row: IntentionRow) -> list[PeerRow]:
    """Return who has signed for more of an intention of ours, also who may not read it any more."""
    if row.private.get("rings") is None:
        return []
    signed = [each.peer for each in undertakings.undertakings_of(session, row.actor, row.iri)]
    known = peers.peers_by_id(session, row.actor, signed)
    return [known[id] for id in signed if id in known]


def audience_of(row: IntentionRow) -> list[str]:
    """Return whom the owner chose to tell: ids of peers, `followers`, `public`."""
    return list(row.private.get("audience", ()))


def let_in(audience: Sequence[Hearer]) -> list[Hearer]:
    """Return those of an audience that are not blocked."""
    return [who for who in audience if isinstance(who, str) or not who.blocked]


def is_invited(session: Session, row: IntentionRow, peer: PeerRow | None) -> bool:
    """Tell whether a peer, or a stranger (None), was told of an intention of ours, and is not blocked now."""
    audience = audience_of(row)
    if peer is None:
        return EVERYBODY in audience
    if peer.blocked:
        return False
    if peer.id in audience or EVERYBODY in audience:
        return True
    return FOLLOWERS in audience and follows_us(session, peer)


def follows_us(session: Session, peer: PeerRow) -> bool:
    """Tell whether a peer is an accepted follower."""
    follow = peers.load_follow(session, peer.actor, peer.id, FollowDirection.FOLLOWER)
    return follow is not None and follow.state is FollowState.ACCEPTED


def reached(session: Session, actor: str, audience: Sequence[Hearer]) -> list[str]:
    """Return the addresses that hear of an intention: of those named and, for a collection, our followers.

    What is public is also told to followers; others find it in the outbox.
    """
    told = [who.address for who in audience if isinstance(who, PeerRow)]
    if len(told) == len(audience):
        return told
    followers, after = peers.next_followers(session, actor, limit=_PAGE)
    while after is not None:
        page, after = peers.next_followers(session, actor, after=after, limit=_PAGE)
        followers += page
    return list(dict.fromkeys([*told, *(follower.address for follower in followers)]))
