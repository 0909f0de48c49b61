"""Audiences: who was told of an intention, and so may read it and answer it."""

from collections.abc import Sequence

from node.core.intentions import EVERYBODY, FOLLOWERS
from node.storage import peers
from node.storage.intentions import IntentionRow
from node.storage.peers import FollowDirection, FollowState
from node.storage.session import Session

_PAGE = 1_000  # followers read at once


def audience_of(row: IntentionRow) -> list[str]:
    """Return whom the owner chose to tell: actor IRIs, `followers`, `public`."""
    return list(row.private.get("audience", ()))


def is_invited(session: Session, actor: str, row: IntentionRow, peer: str) -> bool:
    """Tell whether a peer was among those told of an intention of ours, and is not blocked now."""
    audience = audience_of(row)
    if peers.is_blocked(session, actor, peer):
        return False
    if peer in audience or EVERYBODY in audience:
        return True
    return FOLLOWERS in audience and follows_us(session, actor, peer)


def follows_us(session: Session, actor: str, peer: str) -> bool:
    """Tell whether a peer is an accepted follower."""
    follow = peers.load_follow(session, actor, peer, FollowDirection.FOLLOWER)
    return follow is not None and follow.state is FollowState.ACCEPTED


def reached(session: Session, actor: str, audience: Sequence[str]) -> list[str]:
    """Return the actors that hear of an intention: those named and, for a collection, our followers.

    What is public is also told to followers; others find it in the outbox.
    """
    named = [who for who in audience if who not in (FOLLOWERS, EVERYBODY)]
    if len(named) == len(audience):
        return named
    followers, after = peers.next_followers(session, actor, limit=_PAGE)
    while after is not None:
        page, after = peers.next_followers(session, actor, after=after, limit=_PAGE)
        followers += page
    return list(dict.fromkeys([*named, *followers]))
