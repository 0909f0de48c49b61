"""axe: what of WCAG 2.2 A and AA, and of what is good practice, a machine can see on a page.

Rules that hold here: axe runs in a world of its own inside the page, put there by the browser. So the page's
policy stays as it is, and nothing of the page sees it.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from playwright.async_api import CDPSession, Page

from tests.browser.visits import LOOKS, Look
from tests.interop.nodejs import MISSING, PACKAGES, NodeMissingError

_SOURCE: Final = PACKAGES / "axe-core" / "axe.min.js"
_OPTIONS: Final = {
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    },
}


@cache
def _source() -> str:
    """Return axe.

    Raises:
        NodeMissingError: it is not installed.
    """
    if not _SOURCE.is_file():
        raise NodeMissingError(MISSING)
    return _SOURCE.read_text(encoding="utf-8")


async def violations(page: Page, looks: Mapping[str, Look] = LOOKS) -> list[str]:
    """Return what is wrong with a page in these looks: look, rule, element, and what it needs.

    The page keeps the last look.
    """
    session = await page.context.new_cdp_session(page)
    try:
        frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        world = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})
        inside = int(world["executionContextId"])
        await _evaluate(session, inside, _source() + ";0")
        return [
            f"{name}: {wrong}"
            for name, look in looks.items()
            for wrong in await _look(page, session, inside, look)
        ]
    finally:
        await session.detach()


async def _look(page: Page, session: CDPSession, inside: int, look: Look) -> list[str]:
    await page.emulate_media(color_scheme=look.scheme, contrast=look.contrast, forced_colors=look.forced)
    run = f"axe.run({json.dumps(_OPTIONS)}).then(found => JSON.stringify(found.violations))"
    return [
        f"{rule['id']}: {' '.join(place['target'])}: {place['failureSummary']}"
        for rule in json.loads(await _evaluate(session, inside, run))
        for place in rule["nodes"]
    ]


async def _evaluate(session: CDPSession, inside: int, expression: str) -> str:
    asked = {"expression": expression, "contextId": inside, "awaitPromise": True, "returnByValue": True}
    answer = await session.send("Runtime.evaluate", asked)
    assert "exceptionDetails" not in answer, answer
    return str(answer["result"].get("value"))
