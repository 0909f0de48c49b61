"""Whom the client trusts over TLS: the authorities of the system, and those that the owner named.

Reading them takes longer than anything else at a start, which therefore lets aiohttp be imported without
(`node.absence`), and are read for the first peer that is asked. Rules here: every request over TLS names this
context, never aiohttp's; the authorities are read on a thread, as it is work of the disk.
"""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

from node.folder import StartError

_HINT: Final = "ca_file is a file of certificates (PEM) that the node can read."


_UNKNOWN_AUTHORITY: Final = "The other server's certificate is by an authority that this node does not know."
# What is wrong with a certificate, by the number that OpenSSL gives it (X509_V_ERR_… of x509_vfy.h).
_FAULTS: Final = {
    9: "The other server's certificate is not valid yet, by the clock of this machine.",
    10: "The other server's certificate has run out.",
    **dict.fromkeys((18, 19, 20, 21), _UNKNOWN_AUTHORITY),
    62: "The other server's certificate is for another name.",
}


class AuthoritiesError(StartError):
    """The file of authorities is of no use."""


class Trust:
    """The context of connections of one protocol.

    `given` replaces it, `also` names a file of authorities. `speaks` is what is offered by ALPN (RFC 7301): a
    server that knows none of it, as one for mail knows no HTTP, may refuse the connection.
    """

    def __init__(
        self, given: ssl.SSLContext | None = None, *, also: str = "", speaks: Sequence[str] = ()
    ) -> None:
        self._context, self._also, self._speaks = given, also, speaks
        self._reading = asyncio.Lock()

    async def context(self) -> ssl.SSLContext:
        """Return the context, made with the first call."""
        async with self._reading:
            if self._context is None:
                self._context = await asyncio.to_thread(_system, self._also, self._speaks)
        return self._context


def check_authorities(file: str) -> None:
    """Check that a file of authorities can be used, so that a start says so and not the first delivery.

    Raises:
        AuthoritiesError: it cannot.
    """
    if not file:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise AuthoritiesError(f"{file} holds no certificate that can be read.", hint=_HINT) from error
    except OSError as error:
        raise AuthoritiesError(f"{file} cannot be read: {error.strerror}.", hint=_HINT) from error


def fault_of(error: Exception) -> str:
    """Return what is wrong with a peer's certificate; empty if that has no words here."""
    return _FAULTS.get(error.verify_code, "") if isinstance(error, ssl.SSLCertVerificationError) else ""


def _system(also: str, speaks: Sequence[str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if also:
        context.load_verify_locations(cafile=also)
    if speaks:
        context.set_alpn_protocols(speaks)
    return context
