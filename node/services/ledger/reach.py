"""Whom an activity reaches that names nobody here among its addressees."""

from node.services.acting import Acting
from node.services.ledger.received import Received
from node.storage import peers
from node.storage.peers import FollowDirection, FollowState
from node.storage.session import Session
from protocol.audience import addressees
from protocol.vocabulary import PUBLIC


def is_published_to_us(session: Session, acting: Acting, received: Received) -> bool:
    """Tell whether an activity reaches us in public, through a collection we follow, or by naming nobody.

    Whom we have asked to let us follow, and who has not said yes, tells us nothing: it came for others here,
    by the inbox that they share with us.
    """
    to = addressees(received.activity)
    if not to or PUBLIC in to:
        return True
    follow = peers.load_follow(session, acting.iri, received.peer.id, FollowDirection.FOLLOWING)
    may_hear = follow is not None and follow.state is FollowState.ACCEPTED
    return may_hear and received.sender.followers in to


def names_nobody(_session: Session, _acting: Acting, received: Received) -> bool:
    """Tell whether an activity has no addressees: Mastodon sends none where the object says who is meant."""
    return not addressees(received.activity)
