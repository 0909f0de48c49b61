"""The pipeline: who waits for an answer, and until when."""

from typing import Final

from node.core import codes
from node.core.pipeline import Stage
from node.services.trade import pipeline
from node.web.edge.problems import Refusal
from node.web.pages.desk.view import view
from node.web.pages.page import PageCall, View, WebPage


async def show(call: PageCall) -> View:
    """Show what is to be done next, at one stage or at all.

    Raises:
        Refusal: 422, there is no such stage.
    """
    stage = _stage(call.asked("stage"))
    answer = await call.read(lambda session: pipeline.show(session, call.acting, stage=stage))
    return view(call, "pipeline.html", answer, chosen="" if stage is None else stage.value)


def _stage(name: str) -> Stage | None:
    if name and name not in [stage.value for stage in Stage]:
        raise Refusal(422, codes.INVALID_SHAPE)
    return Stage(name) if name else None


PAGES: Final = (WebPage(path="/desk", handler=show),)
