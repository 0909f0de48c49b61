"""Speakers: who knows the words of terms about data, as far as their actor's document was heard."""

from node.storage.cache import load_remote_actor
from node.storage.session import Session
from protocol.actors import implements
from protocol.errors import Unprocessable
from protocol.iris import same_origin
from protocol.vocabulary import DATA_TERMS


def knows_terms(session: Session, home: str, address: str) -> bool:
    """Tell whether who is at an address says that they know terms about data; who lives at `home` does."""
    if same_origin(address, home):
        return True
    known = load_remote_actor(session, address)
    if known is None:
        return False
    try:
        return implements(known.document, DATA_TERMS)
    except Unprocessable:  # JSON-LD that we do not read, or a list where one word is expected
        return False
