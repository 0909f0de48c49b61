"""Notices by mail, to a real mail server on loopback."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from node.core.addresses import Reach
from node.core.notice_addresses import Mailbox, MailSecurity
from node.core.tidings import TAKEN, Notification, Reception, Sending, Trouble
from node.delivery.notices import mail
from node.delivery.notices.mail import Mail, letter
from node.delivery.trust import Trust
from tests.delivery.conftest import make_certificate
from tests.mailbox import Office, open_office

LOOPBACK = Reach(allow_loopback_http=True)
MESSAGE = Notification(
    id="7d" * 16,
    kind=None,
    title="Ein neues Angebot für dich",
    lines=("Bäckerei: 12,00 €",),
    url="https://ada.example/offers/of_1",
    label="Ansehen",
    urgent=False,
    at=datetime(2026, 5, 4, 12, 0, tzinfo=UTC),
)
KNOWN = ("ada", "correct horse")


def mailbox(office: Office, **members: Any) -> Mailbox:
    plain = Mailbox(
        to="ada@mail.example",
        sender="node@mail.example",
        host="localhost",
        port=office.port,
        security=MailSecurity.NONE,
        user="",
        password="",
    )
    return replace(plain, **members)


def secret(office: Office, security: MailSecurity, password: str = KNOWN[1]) -> Mailbox:
    return mailbox(office, security=security, user=KNOWN[0], password=password)


@pytest.fixture
def certified(tmp_path: Path) -> tuple[ssl.SSLContext, Trust]:
    """What a server named localhost proves itself with, and what trusts it."""
    certificate, key = make_certificate(tmp_path, "localhost", expired=False)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    return serving, Trust(ssl.create_default_context(cafile=str(certificate)))


async def test_a_letter_says_what_is_to_be_told_and_where_to_look() -> None:
    async with open_office() as office:
        assert await Mail(mailbox(office), LOOPBACK, Trust()).send(MESSAGE) == TAKEN
    assert office.envelopes == [("node@mail.example", ["ada@mail.example"])]
    (taken,) = office.letters
    assert taken["Subject"] == MESSAGE.title
    assert taken["Message-ID"] == f"<{MESSAGE.id}@mail.example>"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken.get_content_type() == "text/plain"
    content = taken.get_content()
    assert content.splitlines() == ["Bäckerei: 12,00 €", "", "Ansehen: https://ada.example/offers/of_1"]


def test_what_is_in_a_title_starts_no_line_of_the_head() -> None:
    with pytest.raises(ValueError, match=r"linefeed"):
        letter(replace(MESSAGE, title="A new offer\r\nBcc: eve@mail.example"), mailbox(Office()))


@pytest.mark.parametrize("security", [MailSecurity.TLS, MailSecurity.STARTTLS])
async def test_a_password_goes_encrypted_to_who_proves_its_name(
    certified: tuple[ssl.SSLContext, Trust], security: MailSecurity
) -> None:
    serving, trust = certified
    tls = {"tls": serving} if security is MailSecurity.TLS else {"starttls": serving}
    async with open_office(known=KNOWN, **tls) as office:
        right, wrong = secret(office, security), secret(office, security, "Tr0ub4dor")
        assert await Mail(right, LOOPBACK, trust).send(MESSAGE) == TAKEN
        refused = await Mail(wrong, LOOPBACK, trust).send(MESSAGE)
        assert refused == Sending(Reception.LATER, Trouble.LOGIN)
        unproved = await Mail(right, LOOPBACK, Trust()).send(MESSAGE)
        assert unproved == Sending(Reception.LATER, Trouble.NOT_SECURE)
    assert len(office.letters) == 1


@pytest.mark.parametrize("security", [MailSecurity.TLS, MailSecurity.STARTTLS])
async def test_a_mail_server_is_not_offered_what_browsers_speak(
    certified: tuple[ssl.SSLContext, Trust], tmp_path: Path, security: MailSecurity
) -> None:
    serving, _ = certified
    serving.set_alpn_protocols(["http/1.1"])
    tls = {"tls": serving} if security is MailSecurity.TLS else {"starttls": serving}
    trust = Trust(also=str(tmp_path / "localhost.crt"))
    async with open_office(**tls) as office:
        assert await Mail(mailbox(office, security=security), LOOPBACK, trust).send(MESSAGE) == TAKEN
    assert office.spoken == {None}


async def test_a_server_that_does_not_encrypt_hears_no_password() -> None:
    heard, over = bytearray(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        with suppress(ConnectionError):
            while line := await reader.readline():
                heard.extend(line)
                writer.write(b"250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n")
        writer.close()
        over.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        box = secret(Office(port=server.sockets[0].getsockname()[1]), MailSecurity.STARTTLS)
        assert await Mail(box, LOOPBACK, Trust()).send(MESSAGE) == Sending(
            Reception.LATER, Trouble.NOT_SECURE
        )
        await over.wait()
    assert b"AUTH" not in heard.replace(b"EHLO", b"")


@pytest.mark.parametrize(
    ("answer", "reception", "trouble"),
    [
        ("450 greylisted", Reception.LATER, Trouble.BUSY),
        ("552 too much", Reception.REFUSED, Trouble.REFUSED),
    ],
)
async def test_what_a_server_says_of_a_letter_counts_by_its_code(
    answer: str, reception: Reception, trouble: Trouble
) -> None:
    async with open_office(answers=[answer]) as office:
        sending = await Mail(mailbox(office), LOOPBACK, Trust()).send(MESSAGE)
    assert sending == Sending(reception, trouble)


@pytest.mark.parametrize(
    ("answer", "reception"), [("550 nobody here", Reception.REFUSED), ("451 later", Reception.LATER)]
)
async def test_a_recipient_that_is_refused_is_said(answer: str, reception: Reception) -> None:
    async with open_office(refused_recipient=answer) as office:
        sending = await Mail(mailbox(office), LOOPBACK, Trust()).send(MESSAGE)
    assert sending == Sending(reception, Trouble.ADDRESS)


async def test_a_server_out_of_reach_is_not_dialled() -> None:
    async with open_office() as office:
        for reach in (Reach(), replace(LOOPBACK, allow_loopback_http=False)):
            sending = await Mail(mailbox(office), reach, Trust()).send(MESSAGE)
            assert sending == Sending(Reception.LATER, Trouble.OUT_OF_REACH)
    assert office.letters == []


async def test_a_server_that_is_not_there_is_said() -> None:
    async with open_office() as office:
        closed = mailbox(office)
    sending = await Mail(closed, LOOPBACK, Trust()).send(MESSAGE)
    assert sending == Sending(Reception.LATER, Trouble.UNREACHABLE)


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.3)
    async with open_office(silent=True) as office:
        sending = await Mail(mailbox(office), LOOPBACK, Trust()).send(MESSAGE)
    assert sending == Sending(Reception.LATER, Trouble.TOO_SLOW)
