"""The style guide: every component once, with its name, for who builds pages. Only in development."""

from typing import Final

from node.web.pages.frame.page import Needs, PageCall, View, WebPage


async def show(_call: PageCall) -> View:
    """Show every component."""
    return View(template="styleguide.html", answer={})


PAGES: Final = (WebPage(path="/styleguide", handler=show, needs=Needs.NOTHING, always=True, develops=True),)
