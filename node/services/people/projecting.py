"""What each kind of entry changes in what is known of people: peers, follows, profiles.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
"""

from dataclasses import replace

from node.core.entries import Entry
from node.services.ledger.chapters import Reading
from node.storage import peers, profiles
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from node.storage.profiles import ProfileRow
from node.storage.session import Session


def project_peer(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Change what is known or decided about a peer: the members of the decision, the rest as it was."""
    assert entry.peer is not None  # noqa: S101 - entries of this kind are about a peer
    known = peers.load_peer(session, entry.actor, entry.peer) or PeerRow(
        actor=entry.actor, iri=entry.peer, name="", kind="", handle=None, first_seen=entry.at
    )
    peers.save_peer(session, replace(known, **entry.decision))


def project_follow(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Open, accept or end a follow."""
    assert entry.peer is not None  # noqa: S101 - entries of this kind are about a peer
    direction = FollowDirection(entry.decision["direction"])
    if entry.decision["state"] == "removed":
        peers.delete_follow(session, entry.actor, entry.peer, direction)
        return
    row = FollowRow(
        actor=entry.actor,
        peer=entry.peer,
        direction=direction,
        state=FollowState(entry.decision["state"]),
        activity=entry.decision["activity"],
        at=entry.at,
    )
    peers.save_follow(session, row)


def project_profile(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set an actor's profile."""
    profiles.save_profile(session, ProfileRow(entry.actor, dict(entry.decision["document"]), entry.at))
