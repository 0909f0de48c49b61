"""Signing in by a link of the owner's, as everybody does first, and the passkey that they make then."""

from playwright.async_api import Browser, StorageState

from node.sandbox.nodes import Node
from tests.browser.ageing import grow_old
from tests.browser.authenticator import Authenticator, plug_in
from tests.browser.scene import ASKED, CUSTOMER, NOBODY, Scene
from tests.browser.visits import Visit, visiting


async def sign_in(visit: Visit, node: Node) -> None:
    """Follow a link and press its button; a person comes to their day, a business to its desk."""
    await visit.go(node.sign_in_link().removeprefix(node.origin))
    await visit.page.get_by_role("button").click()
    await visit.page.wait_for_url(lambda url: "/sign-in" not in url)


async def make_passkey(visit: Visit) -> Authenticator:
    """Give the browser an authenticator, and make a passkey with it; it ends on the page Security."""
    authenticator = await plug_in(visit.page)
    await visit.go("/security/passkeys/new")
    await visit.page.locator("form[data-passkey] button").click()
    await visit.page.wait_for_url(f"{visit.origin}/security")
    return authenticator


async def claim(visit: Visit, node: Node) -> None:
    """Give the code of a node that is nobody's yet; it ends where name and key are asked for."""
    url = str(node.api.request("POST", "/claim")["url"])
    await visit.go(url.removeprefix(node.origin))
    await visit.page.get_by_role("button", name="Make it mine").click()
    await visit.page.wait_for_url(f"{visit.origin}/claim/name")


async def remembered(browser: Browser, scene: Scene, who: str) -> StorageState:
    """Return what a browser remembers that has signed somebody of a scene in, or only given the code."""
    node = scene.nodes[who]
    async with visiting(browser, node.origin) as visit:
        await (claim if who == NOBODY else sign_in)(visit, node)
        if who in {CUSTOMER, ASKED}:
            await make_passkey(visit)
        if who == ASKED:
            grow_old(node)
        return await visit.context.storage_state()
