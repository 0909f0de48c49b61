"""Write what the documentation takes from the code: `python -m docs.generate`, or `make docs`.

Whole pages go to `docs/reference`; in the hand-written pages of `PARTLY` what stands between two marks is
made anew (`docs.pages.parts`). Another folder on the command line gets all of them; these stay as they are.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from docs.pages import api, commands, crms, journal, options, parts, refusals, vocabulary

ROOT: Final = Path(__file__).parents[1]

PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "docs/reference/api.md": api.page,
        "docs/reference/cli.md": commands.page,
        "docs/reference/crms.md": crms.page,
        "docs/reference/errors.md": refusals.page,
        "docs/reference/journal.md": journal.page,
        "docs/reference/settings.md": options.page,
        "docs/reference/vocabulary.md": vocabulary.page,
    }
)
PARTLY: Final = ("FEDERATION.md", "docs/protocol.md")


def pages() -> dict[str, str]:
    """Return every page that is made from the code, wholly or in part, by its path in the repository."""
    filled = {path: parts.fill((ROOT / path).read_text(encoding="utf-8")) for path in PARTLY}
    return {path: make() for path, make in PAGES.items()} | filled


def write(folder: Path) -> list[str]:
    """Write the pages under `folder`; return the paths of those that are not what they were."""
    changed = []
    for path, text in pages().items():
        target = folder / path
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def main(arguments: Sequence[str]) -> None:
    """Write the pages, and say which of them changed."""
    for path in write(Path(arguments[0]) if arguments else ROOT):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
