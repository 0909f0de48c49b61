"""Pages, as the edge knows them: who asks for one, who was led to one, and who says no on one.

Rules here: whether a page is meant is told by `Accept` alone, and only if it names `text/html` (RFC 9110
§12.5.1); `*/*` is what programs send. Whether another site has led a browser here, that says itself (Fetch
Metadata §2.3), and no page can make it say otherwise. How a refusal looks on a page, the pages know
(`REFUSALS`).
"""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from aiohttp import web

from node.web.edge.problems import Refusal

HTML: Final = "text/html"
_MACHINE: Final = ("application/problem+json", "application/json")
_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_MOST_RANGES: Final = 32  # of an Accept header; browsers send some eight
_FOREIGN: Final = frozenset({"cross-site", "same-site"})

PageOfRefusal: TypeAlias = Callable[[web.Request, Refusal], web.Response]
REFUSALS: Final[web.AppKey[PageOfRefusal]] = web.AppKey("refusals")
"""Makes the page of a refusal."""


def is_asked_for(accept: str) -> bool:
    """Say whether an Accept header wants a page rather than a problem document."""
    wanted = {HTML: 0.0}
    for part in accept.split(",")[:_MOST_RANGES]:
        media_type, *parameters = [word.strip().lower() for word in part.split(";")]
        qualities = [match[1] for word in parameters if (match := _QUALITY.fullmatch(word))]
        wanted[media_type] = float(qualities[0]) if qualities else 1.0
    return wanted[HTML] > max(wanted.get(name, 0.0) for name in _MACHINE)


def is_led(request: web.Request) -> bool:
    """Tell whether another site has led the browser here, as far as it says."""
    return not _FOREIGN.isdisjoint(site.lower() for site in request.headers.getall("Sec-Fetch-Site", []))
