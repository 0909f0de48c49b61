"""Mailboxes, mail servers and topics as they are typed: what is taken, and what never gets into a letter."""

from typing import Any

import pytest

from node.core.notice_addresses import (
    MailSecurity,
    read_mail_address,
    read_mailbox,
    read_topic,
    render_mailbox,
    render_topic,
)
from protocol.errors import Unprocessable

BOX = {"to": "ada@mail.example", "host": "smtp.mail.example"}
TOPIC = {"server": "https://ntfy.example", "topic": "ada-7d_x"}


def test_a_mailbox_is_read_with_what_is_usual() -> None:
    box = read_mailbox({**BOX, "host": " SMTP.Mail.Example "})
    assert (box.sender, box.host, box.port) == ("ada@mail.example", "smtp.mail.example", 587)
    assert box.security is MailSecurity.STARTTLS
    assert read_mailbox({**BOX, "security": "tls"}).port == 465
    assert read_mailbox({**BOX, "security": "none"}).port == 25


def test_a_mailbox_is_written_as_it_is_read() -> None:
    said = {**BOX, "from": "node@mail.example", "port": 2525, "user": "ada", "password": " a secret "}
    box = read_mailbox(said)
    assert box.password == " a secret "
    assert read_mailbox(render_mailbox(box)) == box


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@mail.example",
        "ada@",
        "ada@localhost",
        "ada@mail..example",
        "ada@-mail.example",
        "ada.@mail.example",
        "ada@mail.example\r\nBcc: eve@mail.example",
        "ada@mail.example, eve@mail.example",
        "Ada <ada@mail.example>",
        "\u0430da@mail.example",
        f"{'a' * 65}@mail.example",
        f"{'a' * 64}.b@mail.example",
        f"ada@{'a.' * 127}example",
    ],
)
def test_what_is_no_plain_mail_address_is_refused(address: str) -> None:
    with pytest.raises(Unprocessable, match="mail-address"):
        read_mail_address(address)


@pytest.mark.parametrize(
    "members",
    [
        {"host": ""},
        {"host": "smtp.mail.example:587"},
        {"host": "smtp mail"},
        {"port": 65_536},
        {"port": "587"},
        {"port": True},
        {"port": -1},
        {"security": "ssl"},
    ],
)
def test_a_server_that_cannot_be_dialled_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable, match="mail-server"):
        read_mailbox({**BOX, **members})


@pytest.mark.parametrize(
    "members",
    [
        {"user": "ada"},
        {"password": "secret"},
        {"user": "ada", "password": "sec\nret"},
        {"user": "ada", "password": "x" * 1_001},
        {"user": "\u00e4da", "password": "secret"},
        {"user": "ada", "password": "secret", "security": "none"},
    ],
)
def test_a_password_without_user_or_encryption_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable, match="mail-password"):
        read_mailbox({**BOX, **members})


def test_a_topic_is_read_and_written() -> None:
    topic = read_topic({**TOPIC, "server": "https://ntfy.example/", "token": "tk_1"})
    assert topic.address == "https://ntfy.example/ada-7d_x"
    assert read_topic(render_topic(topic)) == topic


@pytest.mark.parametrize(
    "members",
    [
        {"server": ""},
        {"server": "ftp://ntfy.example"},
        {"server": "https://user@ntfy.example"},
        {"server": "https://ntfy.example/?x=1"},
        {"server": 7},
        {"topic": ""},
        {"topic": "a/b"},
        {"topic": "x" * 65},
    ],
)
def test_what_is_no_topic_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable, match="ntfy-topic"):
        read_topic({**TOPIC, **members})


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "\u00e4", "x" * 1_001])
def test_a_token_that_fits_into_no_header_is_refused(token: str) -> None:
    with pytest.raises(Unprocessable, match="ntfy-token"):
        read_topic({**TOPIC, "token": token})
