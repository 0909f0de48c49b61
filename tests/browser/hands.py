"""Hands: how somebody fills in and presses what a page offers, by pointing or by the keyboard alone."""

from typing import Protocol

from playwright.async_api import Locator, Page

from tests.browser import keyboard


class Hand(Protocol):
    """Whoever uses a page."""

    async def write(self, field: Locator, text: str) -> None:
        """Put a text into a field, in place of what is there."""

    async def press(self, control: Locator) -> None:
        """Press a link, a button, a box or a summary."""


class Pointing:
    """With a finger or a mouse."""

    async def write(self, field: Locator, text: str) -> None:
        await field.fill(text)

    async def press(self, control: Locator) -> None:
        await control.click()


class Typing:
    """With the keyboard alone, going from control to control."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def write(self, field: Locator, text: str) -> None:
        await keyboard.reach(self._page, field)
        await self._page.keyboard.press("ControlOrMeta+A")
        await self._page.keyboard.type(text)

    async def press(self, control: Locator) -> None:
        boxes = ("checkbox", "radio")
        is_box = await control.get_attribute("type") in boxes
        await keyboard.press(self._page, control, "Space" if is_box else "Enter")
