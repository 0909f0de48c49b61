"""The certificate at the node's public address: how long it still holds, so that it is renewed in time.

Rules here: whether it is valid at all is seen by the node that asks for itself (`node.core.reachability`);
here only a valid one is looked at. How early is early depends on how long it holds in all: what renews by
itself does so with a third of that left, also where that is hours.
"""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from node.terminal.verdicts import Diagnosis, Mark
from protocol.values import dataclass

_HTTPS_PORT: Final = 443
_SOON: Final = timedelta(days=14)  # whoever renews by hand does it within two weeks
_RENEW: Final = "Renew it, and have the proxy read it again: peers turn from one that ran out."
_LATE: Final = 6  # by when a sixth of its time is left, what renews by itself has missed its third


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when a certificate holds; aware UTC."""

    begins: datetime
    ends: datetime

    def judged(self, now: datetime) -> Diagnosis:
        """Say until when it holds, and whether it should have been renewed by now."""
        if self.ends - now < min(_SOON, (self.ends - self.begins) / _LATE):
            found = f"The certificate at your address runs out at {self.ends:%Y-%m-%d %H:%M} UTC."
            return Diagnosis("tls", Mark.NOTE, found, _RENEW)
        return Diagnosis("tls", Mark.GOOD, f"certificate until {self.ends:%Y-%m-%d}")


def validity(origin: str, *, timeout_seconds: float, authorities: str = "") -> Validity | None:
    """Return the validity of the certificate at an https address; None if there is no valid one.

    `authorities` is a file of certificates that are trusted beside the system's, empty for none.
    """
    parts = urlsplit(origin)
    if parts.scheme != "https" or not parts.hostname:
        return None
    place = parts.hostname, parts.port or _HTTPS_PORT
    try:
        context = ssl.create_default_context()
        if authorities:
            context.load_verify_locations(cafile=authorities)
        with (
            socket.create_connection(place, timeout=timeout_seconds) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname) as connection,
        ):
            shown = connection.getpeercert() or {}
            return Validity(_moment(shown["notBefore"]), _moment(shown["notAfter"]))
    except (OSError, ValueError, KeyError):
        return None


def _moment(said: object) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(said)), UTC)
