"""Pictures of every page: on a phone and on a desk, light and dark, in English and German.

    python -m tests.browser.screens build/screens

writes them there, with an index.html to look at them side by side.
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser

from tests.browser.chromium import browsing
from tests.browser.folders import folder_named
from tests.browser.scene import Scene, set_up
from tests.browser.sign_in import remembered
from tests.browser.tour import Stop, stops
from tests.browser.visits import DESK, PHONE, Screen, visiting
from tests.browser.watcher import UnseemlyError

LANGUAGES: Final = ("en-GB", "de-DE")
SCHEMES: Final = ("light", "dark")
SCREENS: Final = (PHONE, DESK)
_SHEET: Final = (
    "body { font: 16px system-ui; margin: 2rem; color-scheme: light dark } "
    "section { display: flex; gap: 1rem; align-items: start; overflow-x: auto } "
    "img { border: 1px solid; max-height: 40rem }"
)


async def take(folder: Path, scene: Scene) -> list[str]:
    """Take all pictures of a scene; return what was unseemly on the way."""
    found: list[str] = []
    async with browsing() as browser:
        for who, tour in groupby(sorted(stops(scene), key=lambda stop: stop.who), key=lambda stop: stop.who):
            seen = list(tour)
            known, origin = (
                await remembered(browser, scene, who),
                scene.nodes[who].origin,
            )
            for language in LANGUAGES:
                for screen in SCREENS:
                    options = {"locale": language, "storage_state": known}
                    found += await _walk(browser, origin, seen, folder / language[:2], screen, **options)
    return found


async def _walk(
    browser: Browser, origin: str, tour: Sequence[Stop], folder: Path, screen: Screen, **options: Any
) -> list[str]:
    try:
        async with visiting(browser, origin, screen, **options) as visit:
            for stop in tour:
                await visit.go(stop.address)
                for scheme in SCHEMES:
                    await visit.page.emulate_media(color_scheme=scheme)
                    path = folder / f"{stop.name}-{screen.width}-{scheme}.png"
                    await visit.page.screenshot(path=path, full_page=True)
    except UnseemlyError as error:
        return [f"{folder.name}, {screen.width}: {error}"]
    return []


def write_index(folder: Path, tour: Sequence[Stop]) -> None:
    """Write a page that shows the pictures of each page side by side."""
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Pages</title><style>{_SHEET}</style>'
    ]
    for stop in tour:
        parts.append(f"<h2>{escape(stop.name)}</h2>")
        for language in LANGUAGES:
            names = [
                f"{language[:2]}/{stop.name}-{screen.width}-{scheme}.png"
                for screen in SCREENS
                for scheme in SCHEMES
            ]
            shown = "".join(
                f'<a href="{name}"><img src="{name}" alt="{name}" loading="lazy"></a>' for name in names
            )
            parts.append(f"<section>{shown}</section>")
    (folder / "index.html").write_text("\n".join(parts), encoding="utf-8")


def main(folder: Path) -> int:
    """Write all of it to `folder`; return 1 if something was unseemly on the way."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as market, set_up(Path(market)) as scene:
        found = asyncio.run(take(folder, scene))
        write_index(folder, stops(scene))
    print(*found, f"The pictures are in {folder / 'index.html'}.", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(folder_named("Take pictures of every page.")))
