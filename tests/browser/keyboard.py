"""Going through a page by the keyboard alone."""

from typing import Final

from playwright.async_api import Locator, Page

MOST_PARTS: Final = 4  # of a control that has several stops: day, month, year, and the calendar's button
MOST_STOPS: Final = 150  # no page has so many

# Whose ring it is: the control's own, or that of the label or box which stands for it.
_STOP: Final = """(wanted) => {
    const now = document.activeElement;
    if (now === document.body) return {place: 'the page', there: false, ring: true, seen: true};
    const ringed = (element) => {
        if (!element) return false;
        const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(element);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
    };
    const {top, bottom, left, right} = now.getBoundingClientRect();
    const near = [now, now.nextElementSibling, now.parentElement, now.labels?.[0]];
    const words = now.getAttribute('aria-label') ?? now.innerText ?? '';
    return {
        place: `${now.localName} ${now.name ?? ''} ${words.trim().slice(0, 40)}`,
        there: now === wanted,
        // The browser itself marks which part of a date has the focus.
        ring: now.type === 'date' || near.some(ringed),
        seen: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    };
}"""


class LostError(AssertionError):
    """Somebody without a mouse does not get there, or does not see where they are; the text says why."""


async def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus.

    Raises:
        LostError: it cannot be reached so, or a stop on the way does not show that it has the focus.
    """
    target = await wanted.element_handle()
    passed: list[str] = []
    while len(passed) < MOST_STOPS:
        await page.keyboard.press("Tab")
        stop = await page.evaluate(_STOP, target)
        if not (stop["ring"] and stop["seen"]):
            raise LostError(f"{stop['place']!r} does not show that it has the focus: {stop}")
        if stop["there"]:
            return
        if passed.count(stop["place"]) > MOST_PARTS:  # went round again and again
            break
        passed.append(stop["place"])
    raise LostError(f"{wanted} is not among {list(dict.fromkeys(passed))}")


async def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Reach something and press a key on it.

    Raises:
        LostError: see `reach`.
    """
    await reach(page, wanted)
    await page.keyboard.press(key)
