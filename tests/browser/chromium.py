"""The browser that the tests drive: the Chromium of this machine, through Playwright.

Rules that hold here: nothing is downloaded. Whatever needs a browser fails without one, with a sentence that
says what to install; it is never skipped. The browser looks no name up: another machine never answers a page.
"""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, async_playwright, expect

PATIENCE_SECONDS: Final = 60
"""For whatever is waited for: a worker that is installed, a write that is durable, news of another node.

A browser and two nodes take their time on a machine that has other work; what is there is seen at once.
"""
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATION: Final = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"  # where macOS has it
MISSING: Final = (
    "There is no Chromium in the path, and the tests of pages drive one: install it "
    "(Debian: apt-get install chromium; macOS: brew install --cask chromium)."
)
# Letters as on paper, so that a picture does not depend on the machine's screen; and no other machine.
_FLAGS: Final = (
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


class BrowserMissingError(Exception):
    """There is no browser to drive; the text says what to install."""


def chromium(path: str | None = None, *, elsewhere: Sequence[str] = (APPLICATION,)) -> str:
    """Return where Chromium is, looking through `path` (that of the environment if None), and then elsewhere.

    Raises:
        BrowserMissingError: it is nowhere.
    """
    for name in (*NAMES, *elsewhere):
        if found := shutil.which(name, path=path):
            return found
    raise BrowserMissingError(MISSING)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Run the browser, without a window, until the end of the block."""
    command = chromium()
    expect.set_options(timeout=PATIENCE_SECONDS * 1_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=command, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()
