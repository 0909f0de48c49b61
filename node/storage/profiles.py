"""Profiles: what an actor says of itself, one document per actor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from node.storage.tables import Table


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """The profile of one actor."""

    actor: str
    document: dict[str, Any]
    updated_at: datetime


_PROFILES = Table(ProfileRow, "profiles", key=("actor",))


def save_profile(db: Database, profile: ProfileRow) -> None:
    """Set an actor's profile."""
    _PROFILES.save(db, profile)


def load_profile(db: Database, actor: str) -> ProfileRow | None:
    """Return an actor's profile."""
    return _PROFILES.load(db, actor)
