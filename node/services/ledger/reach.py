"""Whom an activity reaches that names nobody here among its addressees."""

from node.services.acting import Acting
from node.services.ledger.received import Received
from node.storage import peers
from node.storage.peers import FollowDirection
from node.storage.session import Session
from protocol.audience import addressees
from protocol.vocabulary import PUBLIC


def is_published_to_us(session: Session, acting: Acting, received: Received) -> bool:
    """Tell whether an activity reaches us in public, through a collection we follow, or by naming nobody."""
    to = addressees(received.activity)
    if not to or PUBLIC in to:
        return True
    follow = peers.load_follow(session, acting.iri, received.peer.id, FollowDirection.FOLLOWING)
    return received.sender.followers in to and follow is not None


def names_nobody(_session: Session, _acting: Acting, received: Received) -> bool:
    """Tell whether an activity has no addressees: Mastodon sends none where the object says who is meant."""
    return not addressees(received.activity)
