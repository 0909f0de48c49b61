"""Profiles: what an actor says of itself, one document per actor, and what of it everybody may read."""

from datetime import datetime
from typing import Any

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (
    Declared("profiles", TableKind.PROJECTION),
    Declared("publications", TableKind.PROJECTION),
)


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The profile of one actor."""

    actor: str
    document: dict[str, Any]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """What of an actor's profile is public: the texts of each member."""

    actor: str
    members: dict[str, list[str]]
    updated_at: datetime


_PUBLICATIONS = Table(PublicationRow, "publications", key=("actor",))
_PROFILES = Table(ProfileRow, "profiles", key=("actor",))


def save_profile(session: Session, profile: ProfileRow) -> None:
    """Set an actor's profile."""
    _PROFILES.save(session, profile)


def load_profile(session: Session, actor: str) -> ProfileRow | None:
    """Return an actor's profile."""
    return _PROFILES.load(session, actor)


def save_publication(session: Session, publication: PublicationRow) -> None:
    """Set what of an actor's profile is public."""
    _PUBLICATIONS.save(session, publication)


def load_publication(session: Session, actor: str) -> PublicationRow | None:
    """Return what of an actor's profile is public; None if nothing ever was."""
    return _PUBLICATIONS.load(session, actor)
