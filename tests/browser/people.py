"""What a customer and a seller do on their pages, step by step, and what they must see each time."""

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
class Person:
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

    async def button(self, name: str) -> None:
        """Press the button whose name begins so."""
        await self.hand.press(self.page.get_by_role("button", name=name).first)

    async def link(self, name: str) -> None:
        """Follow the link whose name begins so."""
        await self.hand.press(self.page.get_by_role("link", name=name).first)

    async def write(self, label: str, text: str) -> None:
        """Write into the field that is called so."""
        await self.hand.write(self.page.get_by_label(label, exact=True), text)


class Customer(Person):
    """Who wishes, compares and decides."""

    async def wish(self, shop: Node, name: str = "Touring bike") -> str:
        """Wish for something from one shop, seeing first what leaves; return the wish's id."""
        await self.link("Wishes")
        await self.link("New wish")
        await self.write("In your words", name)
        await self.write("What", "weight")
        await self.write("Value", "14")
        await self.write("Unit", "kg")
        await self.write("The most you would pay", LIMIT)
        await self.write("Notes to yourself", NOTES)
        await self.write("Others, by address", f"{shop.handle}@localhost:{shop.port}")
        await self.button("See what would be sent")
        await self._check_the_door(name)
        await self.button("Send the wish to 1")
        await expect(self.headline).to_contain_text(name)
        await expect(self.page.get_by_text("No offers yet")).to_be_visible()
        return urlsplit(self.page.url).path.removeprefix("/wishes/")

    async def _check_the_door(self, name: str) -> None:
        """See that what stays home is shown to stay, and is not in the message that leaves."""
        await expect(self.page.locator(".stays")).to_contain_text(NOTES)
        message = await self.page.locator("pre.bytes").text_content()
        assert message is not None
        assert name in message
        assert LIMIT not in message
        assert NOTES not in message

    async def take_the_news(self, text: str) -> None:
        """Wait until the open page says what is new, and have it shown."""
        news = self.page.locator("[data-arrive]")
        await expect(news).to_contain_text(text)
        await self.hand.press(news)

    async def say(self, text: str) -> None:
        """Talk about the offer in front of one, which binds nobody."""
        await self.link("Every move so far, and talk")
        await self.write("Ask or say something", text)
        await self.button("Send message")
        await expect(self.page.locator(".talk", has_text=text)).to_be_visible()

    async def counter(self, amount: str, *, shown: str) -> None:
        """Ask for another price for the offer in front of one, seeing first what leaves."""
        await self.link("Counter")
        await self.hand.write(self.page.locator("input[name=amount-0]"), amount)
        await self.button("Look at the counter-offer")
        await expect(self.page.locator(".goes")).to_contain_text(shown)
        await expect(self.page.locator(".stays")).to_contain_text("Your limit of")
        await self.button("Sign and send")
        await expect(self.headline).to_contain_text("It is their turn.")

    async def accept(self, *, pays: str, password: str = "") -> None:
        """Accept the offer in front of one, with a password or whatever else the browser has."""
        await self.link("Accept…")
        if password:
            await self._prove(password)
        await self.button(f"Accept and pay {pays}")
        await expect(self.headline).to_contain_text("Signed. It leaves at")

    async def _prove(self, password: str) -> None:
        """Show with the password that it is them, where a passkey is asked for too."""
        await self.hand.press(self.page.get_by_text("Use the password instead"))
        await self.write("Your password", password)

    async def undo(self) -> None:
        """Undo what was accepted just now."""
        await self.button("Undo, send nothing")
        await expect(self.headline).to_contain_text("You would pay")

    async def leave(self, *, password: str = "") -> None:
        """Leave the agreement in front of one, seeing first what follows."""
        await self.link("Leave")
        await expect(self.headline).to_contain_text("You would be out on")
        if password:
            await self._prove(password)
        await self.button("Leave on")
        await expect(self.headline).to_contain_text("It ends on")


class Seller(Person):
    """Who answers at the desk of a business."""

    async def open(self, name: str) -> None:
        """Open a wish from the pipeline, once it is there."""
        row = self.page.get_by_role("row", name=name)
        for _ in range(240):  # a desk without news of its own is looked at again
            await self.visit.go("/desk")
            if await row.count():
                break
            await self.page.wait_for_timeout(250)
        await self.hand.press(row.get_by_role("link").first)

    async def offer(self, what: str, amount: str, *, reads: str) -> None:
        """Offer something for the wish in front of one, seeing first what the customer `reads`."""
        await self.write("What you offer", what)
        await self.page.get_by_label("For what").first.fill(what)
        await self.page.get_by_label("Amount").first.fill(amount)
        await self.button("Preview what they will read")
        await expect(self.page.locator(".say")).to_contain_text(reads)
        await self.button("Sign and offer")
        await expect(self.headline).to_contain_text("Your offer stands.")

    async def sign(self, name: str, *, amount: str) -> None:
        """Sign what was accepted for a wish, once it is there."""
        await self.open(name)
        await expect(self.headline).to_contain_text("has accepted. Sign")
        await self.button(f"Sign at {amount}")
        await expect(self.headline).to_contain_text("Agreed with")
