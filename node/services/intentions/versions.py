"""Versions: of two spellings of an intention, the one that comes after the other."""

from datetime import UTC, datetime

from protocol.members import read_moment
from protocol.strictjson import Document
from protocol.times import render_time

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)  # the version of what bears no time at all


def render_version(proposal: Document) -> Document:
    """Return the member of a proposal that tells versions apart and no reader of intentions keeps."""
    updated = read_moment(proposal, "updated")
    return {} if updated is None else {"updated": render_time(updated)}


def without_version(document: Document) -> Document:
    """Return what a proposal says, whichever version of it that is."""
    return {member: value for member, value in document.items() if member != "updated"}


def version_of(proposal: Document) -> datetime:
    """Return the time by which a version of an intention is told from those before it."""
    return read_moment(proposal, "updated") or read_moment(proposal, "published") or _BEFORE_ALL
