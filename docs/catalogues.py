"""Bring the catalogues of the pages up to what pages say: `make catalogues`.

Beside what is written out in pages, that is what the core says of a price list, of a CRM and of terms about
data: one sentence for programs, for the command line and for pages.

A message that is new comes in empty, one that nobody says any more goes, what is translated stays. They are
sorted, so that two changes seldom meet in one place. A test holds that nothing is left empty.
"""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from node.core.advice import SENTENCES
from node.core.crm_sayings import SENTENCES as SAYINGS
from node.core.crm_sayings import UNNAMED
from node.core.linter import FLAGS

PAGES: Final = Path(__file__).parents[1] / "node/web/pages"
CATALOGUES: Final = PAGES / "catalogues"
FORMAL: Final = CATALOGUES / "formal"
"""What is said in other words to a business; brought up to date by hand, and held by a test."""
_METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS: Final = {"templates/**.html": {"silent": "false"}}
_HEADER: Final = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"

"""


@cache  # to read all pages takes seconds, and they do not change meanwhile
def places() -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    """Return what pages say, with the file that says it; what is counted is a pair of one and many."""
    found = extract_from_dir(PAGES, _METHODS, _OPTIONS)
    return (
        *((name, message) for name, _line, message, _comments, _context in found),
        *(("advice.py", sentence) for sentence in SENTENCES.values()),
        *(("desk/crm_sayings.py", sentence) for sentence in (*SAYINGS, UNNAMED)),
        *(("linter.py", flag.sentence) for flag in FLAGS),
    )


def said() -> Catalog:
    """Return what pages say, as a catalogue without translations."""
    found = Catalog(charset="utf-8")
    for _name, message in places():
        found.add(message)
    return found


def catalogues() -> Iterator[tuple[Path, Catalog]]:
    """Go through the catalogues that there are."""
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.stem)


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue, with the header that programs need and no other."""
    header = _HEADER.format(language=path.stem, plural=catalogue.plural_forms)
    written = BytesIO()
    write_po(written, catalogue, omit_header=True, sort_output=True, ignore_obsolete=True, width=110)
    path.write_bytes(header.encode() + written.getvalue().strip() + b"\n")


def update() -> None:
    """Bring every catalogue up to date."""
    new = said()
    for path, catalogue in catalogues():
        catalogue.update(new, no_fuzzy_matching=True)
        write(path, catalogue)


if __name__ == "__main__":
    update()
