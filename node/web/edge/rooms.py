"""The rooms of the web: which one an address is in, and what every answer there says to browsers and caches.

Rules here: the first segment of a path names the room. What is not the owner's API, of the federation or for
who runs the node is for people, whether there is anything or not.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from node.web.edge.pages import is_asked_for
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
        **dict.fromkeys(("api", "tray"), Room.API),
        **dict.fromkeys(
            (
                ".well-known",
                "activities",
                "actor",
                "actors",
                "agreements",
                "grants",
                "inbox",
                "intentions",
                "negotiations",
                "undertakings",
                "nodeinfo",
                "roster",
            ),
            Room.FEDERATION,
        ),
    }
)

# A page runs our one script and our sheets, from our own files alone. No text ever becomes markup or code in
# a browser: the only sink that the script has is registering the service worker, by the policy `freehold`.
# Sources: CSP Level 3; Trusted Types.
_PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types freehold",
    )
)
# A passkey may be made and shown here; nothing else of the device is asked for.
_PAGE_PERMISSIONS: Final = (
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
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
            "Content-Security-Policy": _PAGE_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": _PAGE_PERMISSIONS,
            "Vary": "Accept, Accept-Encoding, Accept-Language, Cookie, Sec-Fetch-Site",
        },
    }
)


# Here a peer finds a document and a person a page; who asks for a page gets one.
_SHARED: Final = frozenset({"agreements"})


def room_of(path: str, accept: str = "") -> Room:
    """Return the room that a path is in, for who accepts these media types."""
    segment = path[1:].partition("/")[0]
    if segment in _SHARED and is_asked_for(accept):
        return Room.PAGES
    return _ROOMS.get(segment, Room.PAGES)
