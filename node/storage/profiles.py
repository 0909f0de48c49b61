"""Profiles: what an actor says of itself, one document per actor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table

TABLES = (Declared("profiles", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The profile of one actor."""

    actor: str
    document: dict[str, Any]
    updated_at: datetime


_PROFILES = Table(ProfileRow, "profiles", key=("actor",))


def save_profile(session: Session, profile: ProfileRow) -> None:
    """Set an actor's profile."""
    _PROFILES.save(session, profile)


def load_profile(session: Session, actor: str) -> ProfileRow | None:
    """Return an actor's profile."""
    return _PROFILES.load(session, actor)
