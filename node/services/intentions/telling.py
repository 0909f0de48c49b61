"""Telling: what goes out about an intention of ours, and to whom.

Rules that hold here:

- Every named business gets a copy of its own, addressed to it alone: nobody learns who else was asked.
- Followers and the public share one copy, because a collection names nobody.
- Who is blocked is told nothing, neither of a new intention nor how an old one went on.
"""

from collections.abc import Sequence

from node.core.intentions import EVERYBODY, FOLLOWERS, address
from node.services.acting import Acting
from node.services.ledger.recording import publish, send
from node.storage import peers
from node.storage.session import Session
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.vocabulary import ACTIVITY_CONTEXT, PUBLIC


def collections(acting: Acting, audience: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Return the `to` of the copy for followers and the public, if they are told."""
    return address([who for who in audience if who in (FOLLOWERS, EVERYBODY)], followers=_followers(acting))


def copies(session: Session, acting: Acting, audience: Sequence[str]) -> Sequence[tuple[str, ...]]:
    """Return the `to` of each copy that is sent. One for a collection is, even if nobody follows by now."""
    return address(let_in(session, acting, audience), followers=_followers(acting))


def let_in(session: Session, acting: Acting, whom: Sequence[str]) -> Sequence[str]:
    """Return those of them that are not blocked."""
    blocked = {row.iri for row in peers.peers_by_iri(session, acting.iri, whom) if row.blocked}
    return [who for who in whom if who not in blocked]


def tell(
    session: Session,
    acting: Acting,
    type: str,
    object: Document,
    *,
    to: tuple[str, ...],
    audience: Sequence[str],
) -> None:
    """Send one copy of an activity about an intention; a collection is sent to our followers."""
    activity: Document = {
        "@context": ACTIVITY_CONTEXT,
        "id": acting.mint("activities", "act"),
        "type": type,
        "actor": acting.iri,
        "to": [*to],
        "published": render_time(acting.now),
        "object": object,
    }
    if set(to) & {_followers(acting), PUBLIC}:
        publish(session, acting, "intention.told", activity, {}, spared=audience)  # they have their own copy
    else:
        send(session, acting, "intention.told", activity, {}, recipients=to)


def _followers(acting: Acting) -> str:
    return acting.owner.actor.followers or f"{acting.iri}/followers"
