"""Signing in by a link of the owner's, as everybody does first."""

from playwright.async_api import Browser, StorageState

from node.sandbox.nodes import Node
from tests.browser.visits import Visit, visiting


async def sign_in(visit: Visit, node: Node) -> None:
    """Follow a link and press its button; a person comes to their day, a business to its desk."""
    await visit.go(node.sign_in_link().removeprefix(node.origin))
    await visit.page.get_by_role("button").click()
    await visit.page.wait_for_url(lambda url: "/sign-in" not in url)


async def remembered(browser: Browser, node: Node) -> StorageState:
    """Return what a browser remembers that has signed the owner of a node in."""
    async with visiting(browser, node.origin) as visit:
        await sign_in(visit, node)
        return await visit.context.storage_state()
