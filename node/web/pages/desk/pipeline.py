"""The pipeline: who waits for an answer, and until when; the most urgent first, some to a page."""

from typing import Final
from urllib.parse import urlencode

from node.core import codes
from node.core.pipeline import Stage
from node.services.negotiations import cosign_showing
from node.services.store import Session
from node.services.trade import customers, pipeline
from node.services.trade.pipeline import LONGEST_SEARCH
from node.services.trade.untaken import untaken
from node.web.edge.problems import Refusal
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage
from node.web.pages.frame.paging import A_PAGE, behind_of, parts

_NAMED: Final = 3  # of those who have written, and of what was not taken: others come as these are answered
_WRITTEN: Final = "message"


async def show(call: PageCall) -> View:
    """Show what is to be done next, at one stage or at all.

    Raises:
        Refusal: 422, there is no such stage.
    """
    stage, search = _stage(call.asked("stage")), call.asked("search").strip()[:LONGEST_SEARCH]

    counts, behind = call.asked("counts") == "true", behind_of(call)

    def look(session: Session) -> View:
        answer = pipeline.show(session, call.acting, stage=stage, search=search, counts=counts)
        items = answer["items"]
        first = behind if behind < len(items) else 0
        return view(
            call,
            "pipeline.html",
            answer,
            to_cosign=cosign_showing.count_waiting(session, call.acting),
            turned_down=cosign_showing.count_turned_down(session, call.acting),
            writers=customers.writers(session, call.acting)[:_NAMED],
            untaken=untaken(session, call.acting)[:_NAMED],
            rows=items[first : first + A_PAGE],
            parts=parts(len(items), first),
            chosen=stage or "",
            sought=search,
            here_again=_again(stage, search),
            position=call.position(session),
            told=" ".join((*pipeline.TOLD, _WRITTEN)),
        )

    return await call.read(look)


def _again(stage: Stage | None, search: str) -> str:
    """Return the address of this very page."""
    asked = {name: value for name, value in (("stage", stage), ("search", search)) if value}
    return f"/desk?{urlencode(asked)}" if asked else "/desk"


def _stage(name: str) -> Stage | None:
    if name and name not in [stage.value for stage in Stage]:
        raise Refusal(422, codes.INVALID_SHAPE)
    return Stage(name) if name else None


PAGES: Final = (WebPage(path="/desk", handler=show),)
