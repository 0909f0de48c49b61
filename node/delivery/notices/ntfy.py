"""ntfy: a notice as a push message through a server that the owner chose, often their own.

Rules here: it is posted by the guarded client, as everything else that leaves this node over HTTP; the
message opens a page of this node, and has no button that acts; the token goes into a header, to that server
alone, as posts are not redirected.

Source: the ntfy manual, "Publishing": publish as JSON.
"""

from dataclasses import replace
from typing import Final

import orjson

from node.core.notice_addresses import Topic, read_topic
from node.core.tidings import TAKEN, Notification, Reception, Sending, Trouble
from node.delivery.client import Client, Unreachable
from node.delivery.notices.channels import is_for_later, unreached
from node.storage.notices import ChannelRow
from protocol.errors import Unprocessable

_URGENT: Final = 4  # of five: it sounds, and does not override a phone that is set to be silent
_USUAL: Final = 3
_LOGIN: Final = frozenset({401, 403})
_GONE: Final = frozenset({404, 410})


class Ntfy:
    """Sends to one topic."""

    def __init__(self, topic: Topic, client: Client) -> None:
        self._topic, self._client = topic, client

    async def send(self, message: Notification) -> Sending:
        """Publish a message."""
        headers = {"Content-Type": "application/json"}
        if self._topic.token:
            headers["Authorization"] = f"Bearer {self._topic.token}"
        body = orjson.dumps(
            {
                "topic": self._topic.topic,
                "title": message.title,
                "message": "\n".join(message.lines) or message.label,
                "click": message.url,
                "priority": _URGENT if message.urgent else _USUAL,
            }
        )
        try:
            answer = await self._client.post(f"{self._topic.server}/", body=body, headers=headers)
        except Unreachable as error:
            return unreached(error)
        except Unprocessable:
            return Sending(Reception.LATER, Trouble.OUT_OF_REACH)
        return replace(_meaning(answer.status), wait=answer.wait)


def _meaning(status: int) -> Sending:
    """Return what a status means; a server that errs, or knows us no more, is asked again for a day."""
    if 200 <= status < 300:
        return TAKEN
    if status in _LOGIN:
        return Sending(Reception.LATER, Trouble.LOGIN)
    if status in _GONE:
        return Sending(Reception.LATER, Trouble.ADDRESS)
    if is_for_later(status):
        return Sending(Reception.LATER, Trouble.BUSY)
    return Sending(Reception.REFUSED, Trouble.REFUSED)


def opener(client: Client, row: ChannelRow) -> Ntfy:
    """Open the channel of a row."""
    return Ntfy(read_topic(row.config), client)
