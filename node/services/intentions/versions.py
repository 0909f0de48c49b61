"""Versions: of two spellings of an intention, the one that comes after the other."""

from datetime import UTC, datetime
from typing import Final

from protocol.members import read_moment
from protocol.strictjson import Document
from protocol.times import render_time

COPY: Final = "digestMultibase"
"""The member under which the digest of another's copy is kept, as it came."""

_VERSION: Final = frozenset({"updated", COPY})
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)  # the version of what bears no time at all


def render_version(proposal: Document, *, copy: str = "") -> Document:
    """Return the members of a proposal that tell versions apart and no reader of intentions keeps.

    `copy` is the digest of one on which more can be signed for.
    """
    updated = read_moment(proposal, "updated")
    version = {} if updated is None else {"updated": render_time(updated)}
    return version | ({COPY: copy} if copy else {})


def without_version(document: Document) -> Document:
    """Return what a proposal says, whichever version of it that is."""
    return {member: value for member, value in document.items() if member not in _VERSION}


def version_of(proposal: Document) -> datetime:
    """Return the time by which a version of an intention is told from those before it."""
    return read_moment(proposal, "updated") or read_moment(proposal, "published") or _BEFORE_ALL
