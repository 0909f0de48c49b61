"""The rooms of the web: which one an address is in, and what every answer there says to browsers and caches.

Rules here: the first segment of a path names the room. What is not the owner's API, of the federation or for
who runs the node is for people, whether there is anything or not.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from node.web.edge.problems import SECURITY_HEADERS


class Room(StrEnum):
    """Who an address is for."""

    OPERATIONS = "operations"
    API = "api"
    FEDERATION = "federation"
    PAGES = "pages"


_ROOMS: Final[Mapping[str, Room]] = MappingProxyType(
    {
        **dict.fromkeys(("livez", "readyz", "metrics"), Room.OPERATIONS),
        "api": Room.API,
        **dict.fromkeys(
            (
                ".well-known",
                "activities",
                "actor",
                "actors",
                "agreements",
                "inbox",
                "intentions",
                "negotiations",
                "nodeinfo",
            ),
            Room.FEDERATION,
        ),
    }
)

# Nothing here is framed, sniffed or run. What the API says is its caller's alone; a page leads nowhere else.
HEADERS: Final[Mapping[Room, Mapping[str, str]]] = MappingProxyType(
    {
        Room.OPERATIONS: {**SECURITY_HEADERS, "Cache-Control": "no-store"},
        Room.API: {
            **SECURITY_HEADERS,
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
        Room.FEDERATION: SECURITY_HEADERS,
        Room.PAGES: {
            **SECURITY_HEADERS,
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Vary": "Accept",
        },
    }
)


def room_of(path: str) -> Room:
    """Return the room that a path is in."""
    return _ROOMS.get(path[1:].partition("/")[0], Room.PAGES)
