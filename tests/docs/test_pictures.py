"""Pictures of the pages are shown, small, and as wide as a telephone; `make pictures` makes them anew."""

from pathlib import Path

import pytest
from PIL import Image

from tests.docs import papers

PICTURES = sorted((papers.ROOT / "docs/pictures").iterdir())
MOST_BYTES = 40_000


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small_and_shown(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (390, 844))
    shown = [page for page in papers.PAGES if f"](pictures/{path.name})" in papers.prose(page)]
    assert shown == ["docs/tutorial-in-the-browser.md"]
