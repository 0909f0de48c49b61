"""The watcher: whatever goes wrong on a page without a test looking for it.

Rules that hold here: a page says nothing in the console, throws nothing, breaks no policy of its own,
opens no dialog and no other page, asks no other origin for anything. The browser itself finds no issue in it.
"""

import asyncio
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Page, Request

# What the browser says of each answer of 400 and above, that of the page itself among them.
_REFUSED: Final = "Failed to load resource: the server responded with a status of "
# What the browser is alone with: that something else may be faster than `document.cookie`, and that nothing
# is called `autocomplete="bday"`, which HTML has and WCAG 1.3.5 asks for.
_ADVICE: Final = ("PerformanceIssue", "FormInputHasWrongButWellIntendedAutocompleteValueError")
# The attributes that would be code if the policy let them. Some browsers say so when they read the page,
# some only once they would run them: so it is looked for.
_HANDLERS: Final = """
    [...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames()
        .filter(name => name.startsWith('on')).map(name => `${one.localName} ${name}`))
"""
_LOCAL: Final = frozenset({"about", "blob", "chrome-error", "data"})  # schemes that reach no machine


class UnseemlyError(AssertionError):
    """A page did what no page may; the text lists all of it."""


class Watcher:
    """Watches the pages of one context, which belong to one origin."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        """Begin with the requests; pages are watched from `follow` on."""
        self._origin = origin
        self._found: list[str] = []
        self._excused: set[str] = set()
        self._followed: list[Page] = []
        self._opened: list[Page] = []
        context.on("request", self._request)
        context.on("page", self._open)

    async def follow(self, page: Page) -> None:
        """Watch a page that the test itself has opened."""
        self._followed.append(page)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._found.append(f"thrown: {error.message}"))
        page.on("websocket", lambda socket: self._found.append(f"web socket: {socket.url}"))
        page.on("dialog", self._dialog)
        session = await page.context.new_cdp_session(page)
        session.on("Audits.issueAdded", self._issue)
        await session.send("Audits.enable")

    def excuse(self, url: str) -> None:
        """Let the browser say in its console that this address answers with an error, as a test expects."""
        self._excused.add(url)

    async def check(self) -> None:
        """Hear what the pages have still to say.

        Raises:
            UnseemlyError: something was wrong since this was asked last.
        """
        # What a page did so far is told before it answers this.
        open_ = [page for page in self._followed if not page.is_closed()]
        for handlers in await asyncio.gather(*(page.evaluate(_HANDLERS) for page in open_)):
            self._found += [f"inline handler: {handler}" for handler in handlers]
        self._found += [f"opened: {page.url}" for page in self._opened if page not in self._followed]
        found, self._found = self._found, []
        self._opened.clear()
        if found:
            raise UnseemlyError("\n".join(found))

    def _open(self, page: Page) -> None:
        self._opened.append(page)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _LOCAL and f"{parts.scheme}://{parts.netloc}" != self._origin:
            self._found.append(f"asked elsewhere: {request.method} {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if not (message.text.startswith(_REFUSED) and message.location["url"] in self._excused):
            self._found.append(f"console: {message.type}: {message.text} ({message.location['url']})")

    async def _dialog(self, dialog: Dialog) -> None:
        self._found.append(f"dialog: {dialog.type}: {dialog.message}")
        await dialog.dismiss()

    def _issue(self, event: dict[str, Any]) -> None:
        issue = event["issue"]
        told = f"issue: {issue['code']}: {issue['details']}"
        if not any(advice in told for advice in _ADVICE):
            self._found.append(told)
