"""HTTP signatures that were seen: each counts once for as long as it is fresh."""

from datetime import datetime

from node.storage import cache
from node.storage.session import Session


def remember(session: Session, fingerprint: bytes, *, expires_at: datetime) -> bool:
    """Remember a signature by its fingerprint until it is fresh no more; say whether it is new."""
    return cache.remember_replay(session, fingerprint, expires_at=expires_at)
