"""Mail: a notice as a letter in plain text, handed to the owner's mail server.

Rules that hold here:

- The server is an address that somebody typed: it is dialled as every other is, only within reach, on the
  address that was judged. Its answers are read for their codes alone.
- Unless the owner says that a server in their own network goes without, the connection is encrypted, and the
  server proves that it is the one that was named, before it hears a password.
- The head holds words of ours and checked addresses alone, and is written by a library that folds and encodes
  it: nothing that comes from elsewhere gets there.

Sources: RFC 5321 (SMTP), RFC 5322 (letters), RFC 3834 §5 (Auto-Submitted), RFC 8314 (TLS).
"""

import asyncio
import socket
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from ssl import SSLContext, SSLError
from typing import TYPE_CHECKING, Final

from node.core.addresses import Reach
from node.core.notice_addresses import Mailbox, MailSecurity, read_mailbox
from node.core.tidings import TAKEN, Notification, Reception, Sending, Trouble
from node.delivery.guard import OutOfReachError
from node.delivery.trust import Trust
from node.storage.notices import ChannelRow

if TYPE_CHECKING:
    from aiosmtplib import SMTP


TIMEOUT_SECONDS: Final = 30.0  # a server that greets late, to keep senders of spam waiting, takes twenty
_PERMANENT: Final = 500
_NAME: Final = "freehold"
"""What this client calls itself: the name of a machine is nobody's business."""


class Mail:
    """Sends to one mailbox."""

    def __init__(self, mailbox: Mailbox, reach: Reach, trust: Trust) -> None:
        self._mailbox, self._reach, self._trust = mailbox, reach, trust

    async def send(self, message: Notification) -> Sending:
        """Hand a message to the mail server."""
        from aiosmtplib import SMTPException

        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._hand_over(letter(message, self._mailbox))
        except OutOfReachError:
            return Sending(Reception.LATER, Trouble.OUT_OF_REACH)
        except SSLError:
            return Sending(Reception.LATER, Trouble.NOT_SECURE)
        except TimeoutError:
            return Sending(Reception.LATER, Trouble.TOO_SLOW)
        except SMTPException as error:
            return _meaning(error)
        except OSError:
            return Sending(Reception.LATER, Trouble.UNREACHABLE)
        return TAKEN

    async def _hand_over(self, letter: EmailMessage) -> None:
        from aiosmtplib import SMTP

        mailbox, tls = self._mailbox, await self._context()
        dialled = await _dial(mailbox.host, mailbox.port, self._reach)
        client = SMTP(
            hostname=mailbox.host,
            sock=dialled,
            timeout=TIMEOUT_SECONDS,
            use_tls=mailbox.security is MailSecurity.TLS,
            start_tls=False,
            tls_context=tls,
            local_hostname=_NAME,
        )
        try:
            await client.connect()
            if mailbox.security is MailSecurity.STARTTLS:
                await _encrypt(client, tls)
            if mailbox.user:
                await client.login(mailbox.user, mailbox.password)
            await client.sendmail(mailbox.sender, [mailbox.to], letter.as_bytes(policy=WIRE))
            await _part(client)
        finally:
            if isinstance(client.transport, asyncio.WriteTransport):
                client.transport.abort()  # the socket is its own by now, and there is nothing to wait for
            else:
                dialled.close()
            client.close()

    async def _context(self) -> SSLContext | None:
        return None if self._mailbox.security is MailSecurity.NONE else await self._trust.context()


def letter(message: Notification, mailbox: Mailbox) -> EmailMessage:
    """Write a message as a letter; sent again, it has the same Message-ID, so that a reader shows it once."""
    written = EmailMessage()
    written["From"] = mailbox.sender
    written["To"] = mailbox.to
    written["Subject"] = message.title
    written["Date"] = format_datetime(message.at)
    written["Message-ID"] = f"<{message.id}@{mailbox.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    text = "\n".join(
        [*message.lines, *([""] if message.lines else []), f"{message.label}: {message.url}", ""]
    )
    written.set_content(text, charset="utf-8", cte="base64")
    return written


async def _dial(host: str, port: int, reach: Reach) -> socket.socket:
    """Connect to the first address of a host that is within reach and answers.

    Raises:
        OutOfReachError: it has none. OSError: none answers, or the name leads nowhere.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    admitted = [one for one in found if reach.why_not_address(str(one[4][0])) is None]
    if not admitted:
        raise OutOfReachError("the mail server has no address within reach")
    failed = OSError("no address")
    for family, kind, protocol, _, address in admitted:
        dialled = socket.socket(family, kind, protocol)
        dialled.settimeout(0)
        try:
            await loop.sock_connect(dialled, address)
        except OSError as error:
            dialled.close()
            failed = error
        except BaseException:
            dialled.close()
            raise
        else:
            return dialled
    raise failed


async def _encrypt(client: "SMTP", tls: SSLContext | None) -> None:
    """Encrypt a connection, or go no further with it.

    Raises:
        SSLError: the server does not offer it.
    """
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise SSLError("the mail server does not encrypt")
    await client.starttls(tls_context=tls)


async def _part(client: "SMTP") -> None:
    """Say goodbye; the letter is taken, so whatever goes wrong from here on changes nothing."""
    from aiosmtplib import SMTPException

    try:
        await client.quit(timeout=1.0)
    except (SMTPException, OSError):
        return


def _meaning(error: Exception) -> Sending:
    """Return what a failure of the protocol means: by its code, never by its words."""
    from aiosmtplib import (
        SMTPAuthenticationError,
        SMTPConnectError,
        SMTPRecipientsRefused,
        SMTPResponseException,
        SMTPSenderRefused,
        SMTPTimeoutError,
    )

    if isinstance(error, SMTPRecipientsRefused):
        codes = [one.code for one in error.recipients]
        final = bool(codes) and min(codes) >= _PERMANENT
        return Sending(Reception.REFUSED if final else Reception.LATER, Trouble.ADDRESS)
    if isinstance(error, SMTPTimeoutError):
        return Sending(Reception.LATER, Trouble.TOO_SLOW)
    if isinstance(error, SMTPAuthenticationError):
        return Sending(Reception.LATER, Trouble.LOGIN)
    if not isinstance(error, SMTPResponseException) or isinstance(error, SMTPConnectError):
        secure = not isinstance(error.__cause__, SSLError)
        return Sending(Reception.LATER, Trouble.UNREACHABLE if secure else Trouble.NOT_SECURE)
    if error.code < _PERMANENT:
        return Sending(Reception.LATER, Trouble.BUSY)
    trouble = Trouble.ADDRESS if isinstance(error, SMTPSenderRefused) else Trouble.REFUSED
    return Sending(Reception.REFUSED, trouble)


def opener(reach: Reach, trust: Trust, row: ChannelRow) -> Mail:
    """Open the channel of a row."""
    return Mail(read_mailbox(row.config), reach, trust)
