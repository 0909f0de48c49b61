"""Addresses at which an owner is told: a mailbox and the server that takes its mail, and a topic of ntfy.

Rules that hold here:

- What is typed ends up in the head of a mail or in an address: it is read strictly, so that no line break,
  blank or sign with a meaning of its own gets there. What is outside ASCII is not taken: not every server
  takes it, and what looks like another address is not one that somebody checks.
- A password goes to its server encrypted or not at all.

Sources: RFC 5321 §4.1.2 (mailboxes), RFC 8314 (TLS for mail), the ntfy manual (topics).
"""

import re
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from protocol.errors import Unprocessable
from protocol.values import dataclass

_ATOM: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,9}"
)
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SERVER: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,253}(?:/[A-Za-z0-9._~-]{1,64}){0,4}")
_LONGEST_HOST: Final = 253
_LONGEST_SECRET: Final = 1_000
_LONGEST_LOCAL: Final = 64
_PORTS: Final = range(1, 65_536)


class MailSecurity(StrEnum):
    """How the connection to a mail server is encrypted."""

    TLS = "tls"
    """From the first byte; usually port 465."""
    STARTTLS = "starttls"
    """From the first command on; usually port 587."""
    NONE = "none"
    """Not at all: for a server on this machine or in this network, without a password."""


PORTS: Final[Mapping[MailSecurity, int]] = {
    MailSecurity.TLS: 465,
    MailSecurity.STARTTLS: 587,
    MailSecurity.NONE: 25,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where mail goes: to whom, from whom, through which server, as whom."""

    to: str
    sender: str
    host: str
    port: int
    security: MailSecurity
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of an ntfy server (its address without a slash at its end); `token` may be empty."""

    server: str
    topic: str
    token: str = field(repr=False)

    @property
    def address(self) -> str:
        """The topic's own address, as people know it."""
        return f"{self.server}/{self.topic}"


def read_mailbox(document: Mapping[str, Any]) -> Mailbox:
    """Read where mail goes.

    Raises:
        Unprocessable: `mail-address`, `mail-server`, `mail-password`.
    """
    to = read_mail_address(_text(document, "to"))
    security = _security(_text(document, "security"))
    host, port = _text(document, "host").lower(), document.get("port") or PORTS[security]
    if not _is_host(host) or type(port) is not int or port not in _PORTS:
        raise Unprocessable(codes.MAIL_SERVER)
    user, password = _text(document, "user"), _text(document, "password", strip=False)
    if not (_is_secret(user) and _is_secret(password)) or bool(user) is not bool(password):
        raise Unprocessable(codes.MAIL_PASSWORD)
    if password and security is MailSecurity.NONE:
        raise Unprocessable(codes.MAIL_PASSWORD)
    sender = read_mail_address(_text(document, "from") or to)
    return Mailbox(
        to=to, sender=sender, host=host, port=port, security=security, user=user, password=password
    )


def render_mailbox(mailbox: Mailbox) -> dict[str, Any]:
    """Write where mail goes, as it is read; with the password."""
    return {
        "to": mailbox.to,
        "from": mailbox.sender,
        "host": mailbox.host,
        "port": mailbox.port,
        "security": str(mailbox.security),
        "user": mailbox.user,
        "password": mailbox.password,
    }


def read_mail_address(text: str) -> str:
    """Read the address of a mailbox.

    Raises:
        Unprocessable: `mail-address`.
    """
    local, at, host = text.rpartition("@")
    fits = len(local) <= _LONGEST_LOCAL and _ATOM.fullmatch(local) is not None
    if not at or not fits or not _is_host(host) or "." not in host:
        raise Unprocessable(codes.MAIL_ADDRESS)
    return f"{local}@{host.lower()}"


def read_topic(document: Mapping[str, Any]) -> Topic:
    """Read a topic of an ntfy server.

    Raises:
        Unprocessable: `ntfy-topic`, `ntfy-token`.
    """
    server, topic = _text(document, "server").rstrip("/"), _text(document, "topic")
    token = _text(document, "token")
    if _SERVER.fullmatch(server) is None or _TOPIC.fullmatch(topic) is None:
        raise Unprocessable(codes.NTFY_TOPIC)
    if not _is_secret(token) or " " in token:
        raise Unprocessable(codes.NTFY_TOKEN)
    return Topic(server=server, topic=topic, token=token)


def render_topic(topic: Topic) -> dict[str, Any]:
    """Write a topic, as it is read; with the token."""
    return {"server": topic.server, "topic": topic.topic, "token": topic.token}


def _text(document: Mapping[str, Any], name: str, *, strip: bool = True) -> str:
    value = document.get(name)
    text = value if isinstance(value, str) else ""
    return text.strip() if strip else text


def _security(text: str) -> MailSecurity:
    found = [one for one in MailSecurity if one.value == (text or MailSecurity.STARTTLS.value)]
    if not found:
        raise Unprocessable(codes.MAIL_SERVER)
    return found[0]


def _is_host(text: str) -> bool:
    """Tell whether this is the name of a host, or an address in figures."""
    labels = text.split(".")
    return len(text) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) is not None for label in labels)


def _is_secret(text: str) -> bool:
    return len(text) <= _LONGEST_SECRET and text.isascii() and (text.isprintable() or not text)
