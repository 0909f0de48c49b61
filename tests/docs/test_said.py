"""What a page for the browser tells to press stands on the pages of the node, in these words."""

import re

from docs import catalogues
from tests.docs import papers

PAGE = "docs/how-to/run-a-shop.md"


def test_the_shop_presses_what_pages_say() -> None:
    bold = {" ".join(name.split()) for name in re.findall(r"\*\*([^*]+)\*\*", papers.read(PAGE))}
    said = {message for _, message in catalogues.places() if isinstance(message, str)}
    holes = {message.partition(" %(")[0] for message in said}
    assert len(bold) > 15
    assert bold - {"bold"} <= said | holes
