"""Adding the addresses that this release knows: a mailbox, and a topic of ntfy."""

from collections.abc import Mapping
from typing import Any, Final

from node.core.notice_addresses import read_mailbox, read_topic, render_mailbox, render_topic
from node.services.acting import Acting
from node.services.notices import channels
from node.storage.session import Session

MAIL: Final = "mail"


def add_mail(session: Session, acting: Acting, document: Mapping[str, Any]) -> dict[str, Any]:
    """Let the acting resident be told by mail.

    An address names no person and stays when somebody of the team goes, so it is the owner's to give.

    Raises:
        Forbidden: `owner-alone`. Unprocessable: `mail-address`, `mail-server`, `mail-password`. Conflict:
            `channels-full`.
    """
    acting.check_owner()
    mailbox = read_mailbox(document)
    config = render_mailbox(mailbox)
    return channels.add(session, acting, medium=MAIL, address=mailbox.to, config=config)


def add_ntfy(session: Session, acting: Acting, document: Mapping[str, Any]) -> dict[str, Any]:
    """Let the acting resident be told through ntfy; the owner's to give, as a mailbox.

    Raises:
        Forbidden: `owner-alone`. Unprocessable: `ntfy-topic`, `ntfy-token`. Conflict: `channels-full`.
    """
    acting.check_owner()
    topic = read_topic(document)
    return channels.add(
        session, acting, medium=channels.NTFY, address=topic.address, config=render_topic(topic)
    )
