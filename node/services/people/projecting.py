"""What each kind of entry changes in what is known of people: peers, follows, profiles.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
"""

from dataclasses import replace
from typing import Final

from node.core.entries import Entry
from node.services.ledger.chapters import Reading
from node.storage import peer_keys, peers, profiles
from node.storage.peer_keys import KeyState, PeerKeyRow
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from node.storage.profiles import ProfileRow, PublicationRow
from node.storage.session import Session


def project_peer(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Change what is known or decided about a peer: the members of the decision, the rest as it was."""
    assert entry.peer is not None  # noqa: S101 - entries of this kind are about a peer
    changes = dict(entry.decision)
    id = changes.pop("peer")
    changes.pop("by", None)  # who did it is of the journal
    known = peers.load_peer(session, entry.actor, id) or PeerRow(
        actor=entry.actor, id=id, address=entry.peer, name="", kind="", handle=None, first_seen=entry.at
    )
    peers.save_peer(session, replace(known, **changes))


# What an entry about keys makes of them.
_KEY_STATES: Final = {
    "met": KeyState.KNOWN,
    "announced": KeyState.KNOWN,
    "confirmed": KeyState.KNOWN,
    "held": KeyState.HELD,
    "refused": KeyState.REFUSED,
}


def project_peer_key(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Change what is thought of keys of a peer."""
    decision = entry.decision
    for fragment in decision["keys"]:
        row = PeerKeyRow(entry.actor, decision["peer"], fragment, _KEY_STATES[decision["state"]], entry.at)
        peer_keys.save_key(session, row)


def project_follow(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Open, accept or end a follow."""
    decision = entry.decision
    direction = FollowDirection(decision["direction"])
    if decision["state"] == "removed":
        peers.delete_follow(session, entry.actor, decision["peer"], direction)
        return
    row = FollowRow(
        actor=entry.actor,
        peer=decision["peer"],
        direction=direction,
        state=FollowState(decision["state"]),
        activity=decision["activity"],
        at=entry.at,
    )
    peers.save_follow(session, row)


def project_profile(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set an actor's profile."""
    profiles.save_profile(session, ProfileRow(entry.actor, dict(entry.decision["document"]), entry.at))


def project_publication(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set what of an actor's profile is public."""
    members = dict(entry.decision["members"])
    profiles.save_publication(session, PublicationRow(entry.actor, members, entry.at))
