"""Which language a reader gets, and that every catalogue says all that pages say."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from docs import catalogues
from node.web.pages.wording import languages
from node.web.pages.wording.languages import (
    ENGLISH,
    GERMAN,
    PSEUDO,
    Language,
    Reader,
    gettext,
    ngettext,
    reading,
)


@pytest.mark.parametrize(
    ("accept", "wanted", "language"),
    [
        ("", "", ENGLISH),
        ("de-DE,de;q=0.9,en;q=0.8", "", GERMAN),
        ("fr, de;q=0.5", "", GERMAN),
        ("en;q=0.4, de;q=0.5", "", GERMAN),
        ("de;q=0, en;q=0.1", "", ENGLISH),
        ("de;q=x", "", GERMAN),
        ("*", "", ENGLISH),
        ("DE-at", "", GERMAN),
        ("x," * 40 + "de", "", ENGLISH),
        ("de", "en", ENGLISH),
        ("en", "DE", GERMAN),
        ("de", "fr", GERMAN),
        ("en-XA", "en-XA", ENGLISH),
    ],
)
def test_the_language_that_is_chosen(accept: str, wanted: str, language: Language) -> None:
    assert languages.chosen(accept, wanted=wanted) is language


def test_the_pseudo_language_is_there_in_development() -> None:
    assert languages.chosen("en-XA", develops=True) is PSEUDO
    with reading(Reader(language=PSEUDO)):
        assert gettext("%(n)s of <b>All</b> &amp; 5 %%") == "[%(n)s öƒ <b>Åļļ</b> &amp; 5 %%··········]"
        assert ngettext("a day", "days", 1).startswith("[å đåý")
        assert ngettext("a day", "days", 2).startswith("[đåýš")


def test_who_reads_is_one_reader_at_a_time() -> None:
    with reading(Reader(language=GERMAN)):
        with reading(Reader()):
            assert gettext("Today") == "Today"
        assert gettext("Today") == "Heute"
        assert gettext("Not in any catalogue.") == "Not in any catalogue."


@pytest.mark.parametrize("path", sorted(catalogues.CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_a_catalogue_says_all_and_nothing_else(path: Path) -> None:
    """`make catalogues` brings it up to date."""
    found = dict(catalogues.catalogues())[path]
    said = {message.id: message for message in catalogues.said() if message.id}
    written = {message.id: message for message in found if message.id}
    assert written.keys() == said.keys()
    holes = re.compile(r"%\(\w+\)s")
    for id, message in written.items():
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        originals = [id] if isinstance(id, str) else list(id)
        assert texts, f"not translated: {id}"
        assert all(texts), f"not translated: {id}"
        assert not message.fuzzy
        for text in texts:
            assert set(holes.findall(text)) <= set(holes.findall(originals[-1])), text


def test_every_language_but_english_has_a_catalogue() -> None:
    named = {path.stem for path in catalogues.CATALOGUES.glob("*.po")}
    assert named == {language.code for language in languages.SPOKEN} - {"en"}


@pytest.mark.parametrize("path", sorted(catalogues.CATALOGUES.rglob("de.po")), ids=str)
def test_a_wish_that_takes_offers_accepts_none_in_german(path: Path) -> None:
    """To accept an offer is to sign; that offers may come is said with another word."""
    with path.open("rb") as file:
        written = {str(one.id): str(one.string) for one in read_po(file) if one.id}
    taken = re.compile(r"\b(take|takes|taking) (no )?(more |new )?offers|Offers are no longer taken")
    takes = {id: said for id, said in written.items() if taken.search(id)}
    assert takes
    assert [said for said in takes.values() if re.search(r"nimmt|annehmen|angenommen", said)] == []
