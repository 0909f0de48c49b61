"""A real mail server on loopback, in the event loop of a test: it takes letters, or says why not."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


@dataclass
class Office:
    """What a mail server does: `answers` are given to the next letters instead of taking them."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    known: tuple[str, str] = ("", "")
    refused_recipient: str = ""
    silent: bool = False
    spoken: set[str | None] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so - the library's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take a recipient, and note what was agreed on by ALPN."""
        encrypted = _server.transport.get_extra_info("ssl_object")
        self.spoken.add(None if encrypted is None else encrypted.selected_alpn_protocol())
        if self.refused_recipient:
            return self.refused_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        """Take a letter."""
        if self.silent:
            await asyncio.Event().wait()
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def check(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, said: Any) -> AuthResult:
        """Check name and password."""
        assert isinstance(said, LoginPassword)
        right = (said.login.decode(), said.password.decode()) == self.known
        return AuthResult(success=right, handled=False)


@asynccontextmanager
async def open_office(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **known: Any
) -> AsyncIterator[Office]:
    """Run a mail server on a free port of 127.0.0.1, encrypted from the first byte, on demand, or not."""
    office = Office(**known)

    def serve() -> SMTP:
        return SMTP(
            office,
            hostname="mail.example",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=office.check,
            auth_required=bool(office.known[0]) and tls is None,
            auth_require_tls=tls is None,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=tls)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office
