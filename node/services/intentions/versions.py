"""Versions: of two spellings of an intention, the one that comes after the other."""

from datetime import UTC, datetime

from protocol.members import read_moment
from protocol.strictjson import Document

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)  # the version of what bears no time at all


def version_of(proposal: Document) -> datetime:
    """Return the time by which a version of an intention is told from those before it."""
    return read_moment(proposal, "updated") or read_moment(proposal, "published") or _BEFORE_ALL
