"""Push messages: the key by which push services know this node, and which sign-in a subscription is of."""

from dataclasses import field
from datetime import datetime
from typing import Final

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("push_keys", TableKind.KEPT), Declared("push_devices", TableKind.KEPT))

_ONLY: Final = 1


@dataclass(frozen=True, slots=True)
class PushKeyRow:
    """The node's own key for push services (RFC 8292): the private number on P-256, in 32 bytes."""

    number: int
    private: bytes = field(repr=False)
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PushDeviceRow:
    """The channel (its id) at which the browser of one sign-in (its id) is told."""

    session: str
    actor: str
    channel: str


_KEYS = Table(PushKeyRow, "push_keys", key=("number",))
_DEVICES = Table(PushDeviceRow, "push_devices", key=("session",))


def save_push_key(session: Session, private: bytes, *, at: datetime) -> None:
    """Keep the node's key."""
    _KEYS.save(session, PushKeyRow(_ONLY, private, at))


def load_push_key(session: Session) -> bytes | None:
    """Return the node's private key, None before there is one."""
    row = _KEYS.load(session, _ONLY)
    return None if row is None else row.private


def save_device(session: Session, row: PushDeviceRow) -> None:
    """Note which channel is the browser of a sign-in."""
    session.run("DELETE FROM push_devices WHERE channel = ?", row.channel)
    session.run("DELETE FROM push_devices WHERE channel NOT IN (SELECT id FROM notice_channels)")
    _DEVICES.save(session, row)


def load_device(session: Session, id: str) -> PushDeviceRow | None:
    """Return the channel that is the browser of a sign-in (its id)."""
    return _DEVICES.load(session, id)


def list_devices(session: Session) -> list[PushDeviceRow]:
    """Return them all; they are few."""
    return _DEVICES.all(session, "1 = 1 ORDER BY session")


def remove_device(session: Session, id: str) -> None:
    """Note that the browser of a sign-in (its id) is told nothing more."""
    session.run("DELETE FROM push_devices WHERE session = ?", id)
