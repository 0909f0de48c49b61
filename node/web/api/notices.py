"""Notices: what the owner is told away from the pages, when, how much it says, and where."""

from collections.abc import Mapping
from typing import Any, Final

from node.core.languages import LANGUAGES
from node.core.notice_addresses import MailSecurity
from node.core.notices import NoticeKind, Saying, Timing
from node.core.tidings import Reception, Trouble
from node.services.notices import adding, channels
from node.services.notices import settings as settings_service
from node.web.api.members import (
    ID,
    MOMENT,
    MOMENT_OR_NULL,
    answered,
    items,
    or_null,
    ref,
    sent,
    text,
    whole,
    word,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol.strictjson import Document

_TIME: Final = text("A time of day, such as 22:00.", limit=5)
_TIMING: Final[Mapping[str, Schema]] = {
    kind.value: word("When it is told.", *(timing.value for timing in Timing)) for kind in NoticeKind
}
_SETTINGS: Final[Mapping[str, Schema]] = {
    "zone": text("The zone of your clock, such as Europe/Berlin.", limit=64),
    "quiet": or_null(
        sent(
            "Hours in which only security is told.",
            {"from": _TIME, "until": _TIME},
            required=["from", "until"],
        )
    ),
    "digest_at": _TIME,
    "timing": sent("What is not told as it is at first, by kind.", _TIMING),
    "saying": word("How much is said.", *(saying.value for saying in Saying)),
    "language": word("In which language.", *LANGUAGES),
}
COMPONENTS: Final[Mapping[str, Schema]] = {
    "NewNoticeSettings": sent("What you want to hear of; what is left out is as at first.", _SETTINGS),
    "NewMailChannel": sent(
        "A mailbox, and the server that takes its mail. User and password are shown to nobody.",
        {
            "to": text("Who is written to.", limit=320),
            "from": text("Who writes; the same address if left out.", limit=320),
            "host": text("The mail server.", limit=253),
            "port": whole("Its port; if left out, the usual one of the encryption."),
            "security": word("How it is encrypted.", *(one.value for one in MailSecurity)),
            "user": text("As whom.", limit=1_000),
            "password": text("With which password.", limit=1_000),
        },
        required=["to", "host"],
    ),
    "NewNtfyChannel": sent(
        "A topic of an ntfy server. Who knows it reads along: take one that nobody guesses.",
        {
            "server": text("The server's address.", limit=512),
            "topic": text("The topic.", limit=64),
            "token": text("An access token, if the topic needs one.", limit=1_000),
        },
        required=["server", "topic"],
    ),
    "NoticeSettings": answered(
        "What you want to hear of.",
        {
            **_SETTINGS,
            "quiet": or_null(
                answered("Hours in which only security is told.", {"from": _TIME, "until": _TIME})
            ),
            "timing": answered("When each kind is told.", _TIMING),
        },
    ),
    "NoticeChannel": answered(
        "An address at which you are told, without its secrets.",
        {
            "id": ID,
            "medium": text("Through what."),
            "address": text("Where.", limit=600),
            "added_at": MOMENT,
            "tried_at": MOMENT_OR_NULL,
            "reception": or_null(word("What came of it last.", *(one.value for one in Reception))),
            "trouble": or_null(word("Why it was not taken.", *(one.value for one in Trouble if one))),
            "rests_until": MOMENT_OR_NULL,
            "lost": whole("What could not be told since it last worked."),
        },
    ),
    "NoticeChannels": answered(
        "Where you are told.", {"items": items("Addresses.", ref("NoticeChannel")), "next": or_null(ID)}
    ),
}


async def set_settings(call: ApiCall) -> Document | RawResponse:
    """Set what you want to hear of."""
    return await call.write(lambda session: settings_service.set(session, call.acting, call.body))


async def add_mail(call: ApiCall) -> Document | RawResponse:
    """Be told by mail."""
    return await call.write(lambda session: adding.add_mail(session, call.acting, call.body))


async def add_ntfy(call: ApiCall) -> Document | RawResponse:
    """Be told through ntfy."""
    return await call.write(lambda session: adding.add_ntfy(session, call.acting, call.body))


async def test(call: ApiCall) -> Any:
    """Send a test to an address now."""
    return await call.runtime.notices.test(call.acting, call.id)


OPERATIONS: Final = (
    Operation(
        name="notices_settings",
        method="GET",
        path="/notices/settings",
        handler=Reads(settings_service.show),
        summary="Show what you want to hear of, when, and how much of it.",
        answer="NoticeSettings",
    ),
    Operation(
        name="notices_set_settings",
        method="PUT",
        path="/notices/settings",
        handler=set_settings,
        scope=Scope.WRITE,
        summary="Set what you want to hear of, when, and how much of it.",
        body="NewNoticeSettings",
        answer="NoticeSettings",
        errors=(422,),
    ),
    Operation(
        name="notices_channels",
        method="GET",
        path="/notices/channels",
        handler=Reads(channels.list),
        scope=Scope.ADMIN,  # who knows a topic reads along
        summary="List the addresses at which you are told, without their secrets.",
        answer="NoticeChannels",
    ),
    Operation(
        name="notices_add_mail",
        method="POST",
        path="/notices/channels/mail",
        handler=add_mail,
        scope=Scope.ADMIN,
        summary="Be told by mail, through your mail server.",
        body="NewMailChannel",
        answer="NoticeChannel",
        status=201,
        errors=(409, 422),
    ),
    Operation(
        name="notices_add_ntfy",
        method="POST",
        path="/notices/channels/ntfy",
        handler=add_ntfy,
        scope=Scope.ADMIN,
        summary="Be told through a topic of an ntfy server.",
        body="NewNtfyChannel",
        answer="NoticeChannel",
        status=201,
        errors=(409, 422),
    ),
    Operation(
        name="notices_remove",
        method="DELETE",
        path="/notices/channels/{id}",
        handler=Writes(channels.remove),
        scope=Scope.ADMIN,
        summary="Be told nothing more at an address.",
        answer="NoticeChannel",
        errors=(404,),
    ),
    Operation(
        name="notices_test",
        method="POST",
        path="/notices/channels/{id}/test",
        handler=test,
        scope=Scope.ADMIN,
        summary="Send a test to an address now, and show what came of it.",
        answer="NoticeChannel",
        errors=(404, 409),
        is_final=True,
    ),
)
