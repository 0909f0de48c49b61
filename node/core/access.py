"""Who gets into the pages, decided: how long a sign-in holds, where a form came from, where one goes on.

Rules here: pure. Everything that a browser says is hostile; what decides is what it cannot be made to say by
a page of somebody else (Fetch Metadata, Origin), and the time, which is asked for at each decision.
"""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

SESSION_IDLE: Final = timedelta(days=14)  # a phone that lies in a drawer for two weeks is asked again
SESSION_LONGEST: Final = timedelta(days=90)  # however often it is used
SEEN_NOTED_EVERY: Final = timedelta(minutes=5)  # "last seen" is for people; a write per page would not be
LINK_HOLDS: Final = timedelta(minutes=10)
STEP_UP_HOLDS: Final = timedelta(minutes=5)
CHALLENGE_HOLDS: Final = timedelta(minutes=10)  # a person finds their key, or the phone with it

_LONGEST_PATH: Final = 500  # characters; the longest address of ours has some 120
# A path of ours and its query, in plain characters. No second slash at the start and no backslash at all: for
# a browser those begin the name of another host.
_OWN_PATH: Final = re.compile(r"/(?:[A-Za-z0-9._~-][A-Za-z0-9._~/-]*)?(?:\?[A-Za-z0-9._~/=&%+,:-]*)?")

_FIGURES: Final = re.compile(r"[0-9.]+")

# What a browser says of itself, in the order in which it is recognised: most say they are several.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class Weakness(StrEnum):
    """What is weakest about how one gets in, the worst first."""

    NO_PROOF = "no-proof"
    """Nothing can prove that it is the owner: there is no passkey and no password."""

    NO_KIT = "no-kit"
    """A lost phone means that one gets in from the terminal alone."""

    NO_PASSKEY = "no-passkey"
    """A password can be guessed, and typed where it should not be."""

    NOTHING = "nothing"


def weakness(*, passkeys: int, password: bool, kit: bool) -> Weakness:
    """Say what is weakest about what a resident has."""
    if not (passkeys or password):
        return Weakness.NO_PROOF
    if not kit:
        return Weakness.NO_KIT
    return Weakness.NOTHING if passkeys else Weakness.NO_PASSKEY


def is_open(*, opened_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Say whether a sign-in still holds: used lately, and not too old however often it is used."""
    return now - seen_at < SESSION_IDLE and now - opened_at < SESSION_LONGEST


def is_stepped_up(stepped_up_at: datetime | None, *, now: datetime) -> bool:
    """Say whether the person has shown lately that it is them; a moment to come proves nothing."""
    return stepped_up_at is not None and timedelta() <= now - stepped_up_at < STEP_UP_HOLDS


def own_path(text: str) -> str:
    """Return where to go on after a sign-in: `text` if it is a path of ours and nothing else, or `/`."""
    return text if len(text) <= _LONGEST_PATH and _OWN_PATH.fullmatch(text) else "/"


def is_own_page(site: str | None, origin: str | None, *, own: Collection[str]) -> bool:
    """Say whether a request that changes something was made by a page of ours.

    `site` is Sec-Fetch-Site (Fetch Metadata §2.2), `origin` is Origin (Fetch §3.1), `own` are our origins.
    Neither can be set by a page. One of them has to say so, and none may say otherwise; a browser that is to
    send no referrer sends `null` as its origin, which says nothing.
    """
    if origin is not None and origin != "null" and origin not in own:
        return False
    if site is not None:
        return site == "same-origin"
    return origin in own


def site_of(origin: str) -> str:
    """Return the host for which passkeys are made at an origin, empty where there can be none.

    An address in figures is no domain (WebAuthn §5.1.3 step 7): no browser makes a passkey for it.
    """
    host = urlsplit(origin).hostname or ""
    return "" if ":" in host or _FIGURES.fullmatch(host) else host


def device_of(agent: str) -> str:
    """Name a browser and its system from User-Agent, in words of ours alone; empty if neither is known."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(word for word in (browser, system) if word)
