"""What was lost: offers that came to nothing in the last months, why, and how many for which reason."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from node.core import codes
from node.core.losses import LossReason
from node.services.store import Session
from node.services.trade import losses, pipeline
from node.services.trade.losses import LostOffer
from node.web.edge.problems import Refusal
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage
from node.web.pages.frame.paging import A_PAGE
from node.web.pages.wording import rosters, untaken
from node.web.pages.wording.languages import READER, reading
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import words_of

PATH: Final = "/desk/lost"


async def show(call: PageCall) -> View:
    """Show what came to nothing, for one reason or any, with one customer or anybody.

    Raises:
        Refusal: 422, there is no such reason.
    """
    reason, customer = _reason(call.asked("reason")), call.asked("customer") or None
    cursor = call.asked("cursor") or None

    def look(session: Session) -> View:
        answer = losses.show(
            session, call.acting, reason=reason, customer=customer, cursor=cursor, limit=A_PAGE
        )
        stands = pipeline.show(session, call.acting, counts=True)
        return view(
            call,
            "lost.html",
            answer,
            stages=stands["stages"],
            lost=stands["lost"],
            chosen=reason or "",
            customer=customer,
            is_behind=cursor is not None,
            refusal=_refusal,
            as_read=_as_read,
            spoken=rosters.language(),
            address=_address,
            position=call.position(session),
            told=" ".join(pipeline.TOLD),
        )

    return await call.read(look)


def _refusal(item: LostOffer) -> str:
    """Return why the other side did not take an offer, by the code it gave, if there are words for it."""
    if item["code"] is None or item["reason"] is LossReason.WISH_OVER:
        return ""
    words = words_of(item["code"], item["meaning"])
    return untaken.said(f"({item['code']})") or (words.text if words.is_translated else "")


def _as_read(item: LostOffer) -> list[str]:
    """Return what is odd about an offer, in the words said to a customer."""
    with reading(replace(READER.get(), formal=False)):
        return [_(flag["sentence"]) for flag in item["flags"]]


def _address(**asked: str | None) -> str:
    """Return the address of this page, with what is asked for of it."""
    given = {name: value for name, value in asked.items() if value}
    return f"{PATH}?{urlencode(given)}" if given else PATH


def _reason(name: str) -> LossReason | None:
    if name and name not in [reason.value for reason in LossReason]:
        raise Refusal(422, codes.INVALID_SHAPE)
    return LossReason(name) if name else None


PAGES: Final = (WebPage(path=PATH, handler=show),)
