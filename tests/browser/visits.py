"""A visit: somebody's browser at one origin, on a screen, in a look, watched from beginning to end."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from playwright.async_api import Browser, BrowserContext, Page, Response

from tests.browser.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Screen:
    """What is held in the hand or stands on the desk, in CSS pixels."""

    width: int
    height: int
    touch: bool

    @property
    def options(self) -> dict[str, Any]:
        """How a context of the browser is told."""
        return {
            "viewport": {"width": self.width, "height": self.height},
            "has_touch": self.touch,
            "is_mobile": self.touch,
        }


PHONE: Final = Screen(390, 844, touch=True)
DESK: Final = Screen(1280, 900, touch=False)


@dataclass(frozen=True, slots=True)
class Look:
    """What a person has asked their system for; how, is in the words of CSS media queries."""

    scheme: Literal["light", "dark"] = "light"
    contrast: Literal["no-preference", "more"] = "no-preference"
    forced: Literal["none", "active"] = "none"


LOOKS: Final[Mapping[str, Look]] = MappingProxyType(
    {
        "light": Look(),
        "dark": Look("dark"),
        "more contrast": Look(contrast="more"),
        "more contrast in the dark": Look("dark", contrast="more"),
        "forced colours": Look(forced="active"),
    }
)

# Who visits, if nothing else is said; nothing moves, so that a page is looked at when it stands still.
_SETTINGS: Final = MappingProxyType(
    {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
)

# The smallest phone (WCAG 2.2, 1.4.10), a usual one, a tablet, a desk.
WIDTHS: Final = (320, 390, 768, 1280)

RIGHT_TO_LEFT: Final = "document.documentElement.dir = 'rtl'"

# Text alone, twice as large (WCAG 2.2, 1.4.4).
LARGE_LETTERS: Final = "document.documentElement.style.fontSize = '200%'"

# What lies in a label is pressed with it; what nobody sees is pressed by nobody.
_TOO_SMALL: Final = """() => {
    const box = (element) => (element.closest('label') ?? element).getBoundingClientRect();
    const isSmall = ({width, height}) => width > 2 && height > 2 && Math.min(width, height) < 24;
    const pressed = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')];
    const small = pressed.filter((element) => isSmall(box(element)));
    const said = ({width, height}) => `${Math.round(width)} x ${Math.round(height)}`;
    return small.map((element) => `${element.textContent.trim() || element.name}: ${said(box(element))}`);
}"""

_OVERHANGING: Final = """(width) => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    const root = document.documentElement;
    const widest = Math.max(root.scrollWidth, innerWidth);
    const tag = ({localName, className}) => `${localName}.${className.baseVal ?? className}`;
    const isCut = (element) => element.scrollWidth > element.clientWidth + 1;
    const clips = (element) => getComputedStyle(element).overflowX === 'clip';
    const shown = [...document.querySelectorAll('body *:not(input)')];  // what is typed scrolls in its field
    const cut = shown.filter((element) => isCut(element) && clips(element));
    if (widest <= width) return cut.map((element) => `cut off in ${tag(element)}`);
    const wide = [...document.querySelectorAll('body *')].filter(
        (element) => element.getBoundingClientRect().right > width + 0.5
    );
    return [`${widest} wide`, ...wide.slice(0, 8).map(tag)];
}"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser at `origin`, with one page in front and whatever it remembers of the place."""

    origin: str
    context: BrowserContext
    page: Page
    watcher: Watcher

    async def go(self, path: str, *, status: int = 200) -> Response:
        """Open an address of this origin, which must answer with this status."""
        if status >= 400:
            self.watcher.excuse(self.origin + path)
        answer = await self.page.goto(self.origin + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return answer

    async def another(self) -> Page:
        """Open another tab, watched as the first one is."""
        page = await self.context.new_page()
        await self.watcher.follow(page)
        return page


@asynccontextmanager
async def visiting(
    browser: Browser, origin: str, screen: Screen = PHONE, **options: Any
) -> AsyncIterator[Visit]:
    """Visit an origin with a browser that knows nothing yet; at the end the watcher has the last word."""
    settings = {**_SETTINGS, **screen.options, **options}
    context = await browser.new_context(**settings)
    try:
        page = await context.new_page()
        watcher = Watcher(context, origin)
        await watcher.follow(page)
        yield Visit(origin, context, page, watcher)
        await watcher.check()
    finally:
        await context.close()


async def too_small(page: Page) -> list[str]:
    """Return what a finger may miss: links, buttons and fields of less than 24 px (WCAG 2.2, 2.5.8)."""
    found: list[str] = await page.evaluate(_TOO_SMALL)
    return found


async def overhanging(page: Page, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Return the widths at which a page, all details open, scrolls sideways, or cuts off, and what."""
    before, found = page.viewport_size, []
    assert before is not None
    for width in widths:
        await page.set_viewport_size({"width": width, "height": before["height"]})
        if wide := await page.evaluate(_OVERHANGING, width):
            found.append(f"{width}: {', '.join(wide)}")
    await page.set_viewport_size(before)
    return found
