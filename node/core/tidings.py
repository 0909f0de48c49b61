"""Tidings: what a message tells its owner away from the pages, as it goes out, and how it was received."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from node.core.notices import NoticeKind
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiding:
    """One thing that a message tells: what it is about, and as much of it as the owner allows.

    `path` leads to its page on this node. `name` is what the other side calls itself, as it wrote it, empty
    where that may not be said; `total` is a decimal string, None where there is none or it may not be said.
    """

    kind: NoticeKind
    path: str
    name: str = ""
    total: str | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one message tells; `kind` is None for a digest.

    `id` is the same however often it is sent. `formal` says that a business reads it, `more` that there is
    more of it than is listed.
    """

    id: str
    kind: NoticeKind | None
    items: tuple[Tiding, ...]
    at: datetime
    language: str
    zone: str = "UTC"
    formal: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message, ready to be sent: words of ours, in which names of others are made harmless.

    `title` is one line, `lines` the text; `url` leads to the page where something can be done, `label` says
    so on a button: opening it acts on nothing, and it holds no secret. `id` is the same however often it is
    sent, so that a reader who gets it twice can tell.
    """

    id: str
    kind: NoticeKind | None
    title: str
    lines: tuple[str, ...]
    url: str
    label: str
    urgent: bool
    at: datetime


class Reception(StrEnum):
    """How a channel answered."""

    TAKEN = "taken"
    LATER = "later"
    """It did not take it now."""
    REFUSED = "refused"
    """It does not take this message, and would not another time."""
    GONE = "gone"
    """There is nobody at this address any more; the channel is dropped."""


class Trouble(StrEnum):
    """Why a message was not taken, as far as the owner can do something about it."""

    NONE = ""
    UNREACHABLE = "unreachable"
    OUT_OF_REACH = "out-of-reach"
    """The address leads into a network that this node does not connect to."""
    TOO_SLOW = "too-slow"
    NOT_SECURE = "not-secure"
    """The other end does not prove who it is, or does not encrypt."""
    LOGIN = "login"
    """It does not take the user's name and password, or the token."""
    ADDRESS = "address"
    """It does not take the sender's or the recipient's address."""
    BUSY = "busy"
    """It says that it cannot take this now."""
    REFUSED = "refused"
    """It does not take the message."""
    LOCKED = "locked"
    """The node was locked; nothing is sent there before a test of the owner's has arrived."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What came of sending one message; `wait` is how long the other end asks to be left in peace."""

    reception: Reception
    trouble: Trouble = Trouble.NONE
    wait: timedelta | None = None


TAKEN: Final = Sending(Reception.TAKEN)
