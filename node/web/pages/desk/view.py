"""What every page of the desk is shown with: from when on something is soon over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from node.core.drafts import view_time
from node.web.pages.frame.page import PageCall, View, is_business

_SOON: Final = timedelta(days=1)
_THIS_WEEK: Final = timedelta(days=7)


def view(
    call: PageCall,
    template: str,
    answer: Mapping[str, Any],
    *,
    status: int = 200,
    secret: bool = False,
    **beside: Any,
) -> View:
    """Return a page of the desk; what ends before `soon` is pressing, before `this_week` is near."""
    now = call.reader.now
    common = {"soon": view_time(now + _SOON), "this_week": view_time(now + _THIS_WEEK)}
    return View(
        template=f"desk/{template}",
        answer=answer,
        beside=common | beside,
        status=status,
        secret=secret,
    )


def has_desk(call: PageCall) -> bool:
    """Tell whether whoever looks acts for a business, which begins its day at the desk."""
    return is_business(call.runtime, call.visitor)
