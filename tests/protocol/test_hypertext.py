"""Hypertext as text: nothing added, nothing hidden unsaid, in one pass."""

import html
from html.parser import HTMLParser
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.hypertext import read_hypertext, render_hypertext


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("two\n lines", "two\n lines"),
        ("a &amp; b", "a & b"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<p>one<br>two<br/>three</p>", "one\ntwo\nthree"),
        ("<ul>\n <li>a</li>\n <li>b</li>\n</ul>", "a\n\nb"),
        ("<b>bo</b>ld and <i>i</i>", "bold and i"),
        ("a \n <b> b </b>\t c", "a b c"),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("a<b", "a<b"),
        ("<>", "<>"),
        ("< p>", "< p>"),
        ("&lt;b&gt;", "<b>"),
        ("&#60;script&#62;", "<script>"),
        ("caf&eacute; &#8364;&nbsp;5", "café €\xa05"),
        ("<P>LOUD</P>", "LOUD"),
        ("</p></p></p>x", "x"),
        ("<br/><hr /><p\n>x", "x"),
    ],
)
def test_what_is_shown_is_the_text(source: str, text: str) -> None:
    assert read_hypertext(source) == (text, False)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a<!-- b -->c", "ac"),
        ("a<!-- b > c", "a"),
        ("a<!-->c-->d", "ac-->d"),
        ("a<!DOCTYPE html>b", "ab"),
        ("a<?php b ?>c", "ac"),
        ("a<script>alert('<p>')</script >b", "ab"),
        ("a<STYLE>p{}</style>b", "ab"),
        ("a<script>never ends", "a"),
        ("a<iframe src=x></iframe>b", "ab"),
        ("<p style='display:none'>a</p>", "a"),
        ("<p hidden>a</p>", "a"),
        ('<p HIDDEN="x">a</p>', "a"),
    ],
)
def test_what_a_browser_may_not_show_is_told(source: str, text: str) -> None:
    assert read_hypertext(source) == (text, True)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('<a href="https://x.example/?a=1&amp;b">there</a>', "there"),
        ('a <img src="x" alt="blue &amp; new"> b', "a blue & new b"),
        ("<img ALT='bike'><img alt=''><img>", "bike"),
        ("free<input value='for 100 EUR'>", "free"),
        ("10<sup>6</sup>", "106"),
        ("<del>not</del> free", "not free"),
        ("<td>10</td><td>00</td>", "1000"),
        ("<ol start=5><li>five", "five"),
        ("<bdo dir=rtl>01</bdo>", "01"),
        ("<p class=invisible>a</p>", "a"),
        ("<details>a</details>", "a"),
        ("a</b title=c>", "a"),
        ("a</ b>c", "ac"),
        ("a</>c", "ac"),
    ],
)
def test_what_may_say_more_than_its_text_is_told(source: str, text: str) -> None:
    assert read_hypertext(source) == (text, True)


@pytest.mark.parametrize("source", ["<" + "a" * 9_999, ("<" + "a" * 999) * 10, "<a" + " " * 9_998])
def test_a_mark_that_is_not_closed_is_read_in_one_pass(source: str) -> None:
    began = process_time()
    assert read_hypertext(source).text == source.strip()
    assert process_time() - began < 0.5


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (f"&#{'9' * 9_000};", "\ufffd"),
        (f"&#{'9' * 9_000}a", "\ufffda"),
        (f"&#x{'f' * 9_000};", "\ufffd"),
        (f"&#{'0' * 9_000};", "\ufffd"),
        (f"&#{'0' * 9_000}65;", "A"),
        ("&#1114112;&#99999999;", "\ufffd\ufffd"),
    ],
)
def test_a_number_that_is_no_character_is_none(source: str, text: str) -> None:
    assert read_hypertext(source).text == text


_PIECES = st.sampled_from(
    [
        *("<p>", "</p>", "<br>", "<b", ">", "<", "&amp;", "&lt", "<!--", "-->", "<script>", "</script>"),
        *("word", "ß", "\u202e", "&#x27;", "<a href='x'>", '"', "</", "<!", "&", " ", "\n"),
    ]
)


def _is_within(text: str, source: str) -> bool:
    letters = iter("".join(html.unescape(source).split()))
    return all(letter in letters for letter in "".join(text.split()))


@given(st.lists(_PIECES, max_size=30).map("".join))
def test_nothing_is_added_and_the_order_stays(source: str) -> None:
    text, _ = read_hypertext(source)
    assert _is_within(text, html.unescape(source)) or _is_within(text, source)
    assert len(text) <= len(source)
    assert text == text.strip(" ") or "<" not in source


class _Browser(HTMLParser):
    """What a browser makes of a piece of HTML: its text, and the marks in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.marks: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.marks.append((tag, dict(attrs)))
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def browsed(text: str) -> _Browser:
    browser = _Browser()
    browser.feed(render_hypertext(text))
    browser.close()
    return browser


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        'Tom & Jerry\'s "<b>"',
        "javascript:alert(1)",
        "data:text/html,<b>",
        'https://x.example/"onmouseover=alert(1)',
        "https://x.example/<b>",
        "https://ada@x.example/",
        "see https://x.example/",
        "ftp://x.example/",
        "https://x.example/a\nb",
        "&lt;b&gt;",
        "<!-- hidden -->",
    ],
)
def test_a_text_is_written_without_a_mark(text: str) -> None:
    browser = browsed(text)
    assert browser.text == text
    assert {tag for tag, _ in browser.marks} <= {"br"}


@pytest.mark.parametrize(
    "text", ["https://x.example/", "http://www.x.example", "https://x.example/a?b=1&c#d"]
)
def test_an_address_of_the_web_is_written_as_a_link(text: str) -> None:
    browser = browsed(text)
    assert (browser.text, [(tag, attributes["href"]) for tag, attributes in browser.marks]) == (
        text,
        [("a", text)],
    )


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text("<>&\"'a/!-; \n"))
def test_what_is_written_is_read_as_the_same_text(text: str) -> None:
    browser = browsed(text)
    assert {tag for tag, _ in browser.marks} <= {"br"}
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert [" ".join(line.split()) for line in browser.text.split("\n")] == (lines or [""])
