"""What a customer does on their pages, step by step, and what they must see each time."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Locator, Page, expect

from node.sandbox.nodes import Node
from tests.browser.hands import Hand
from tests.browser.visits import Visit

LIMIT: Final = "2300"
NOTES: Final = "My insurance ends in May."


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody signed in at their own node, with a browser and hands."""

    visit: Visit
    hand: Hand

    @property
    def page(self) -> Page:
        """The page in front of them."""
        return self.visit.page

    @property
    def headline(self) -> Locator:
        """What the page says is so."""
        return self.page.get_by_role("heading", level=1)

    def button(self, name: str) -> Locator:
        """Return the button that is called so, or whose name begins so."""
        return self.page.get_by_role("button", name=name)

    def link(self, name: str) -> Locator:
        """Return the link that is called so, or whose name begins so."""
        return self.page.get_by_role("link", name=name)

    async def wish(self, shop: Node) -> str:
        """Wish for a touring bike from one shop, seeing first what leaves; return the wish's id."""
        await self.hand.press(self.link("Wishes").first)
        await self.hand.press(self.link("New wish"))
        await self.hand.write(self.page.get_by_label("In your words"), "Touring bike")
        await self.hand.write(self.page.get_by_label("What", exact=True), "weight")
        await self.hand.write(self.page.get_by_label("Value"), "14")
        await self.hand.write(self.page.get_by_label("Unit"), "kg")
        await self.hand.write(self.page.get_by_label("The most you would pay"), LIMIT)
        await self.hand.write(self.page.get_by_label("Notes to yourself"), NOTES)
        await self.hand.write(
            self.page.get_by_label("Others, by address"), f"{shop.handle}@localhost:{shop.port}"
        )
        await self.hand.press(self.button("See what would be sent"))
        await self._check_the_door()
        await self.hand.press(self.button("Send the wish to 1"))
        await expect(self.headline).to_contain_text("Touring bike")
        await expect(self.page.get_by_text("No offers yet")).to_be_visible()
        return urlsplit(self.page.url).path.removeprefix("/wishes/")

    async def _check_the_door(self) -> None:
        """See that what stays home is shown to stay, and is not in the message that leaves."""
        await expect(self.page.locator(".stays")).to_contain_text(NOTES)
        message = await self.page.locator("pre.bytes").text_content()
        assert message is not None
        assert "Touring bike" in message
        assert LIMIT not in message
        assert NOTES not in message
