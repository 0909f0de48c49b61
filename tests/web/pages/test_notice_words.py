"""The words of notices: in the language of the reader, with what is allowed, harmless whatever is sent."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from node.core.notices import NoticeKind
from node.core.tidings import Gathered, Tiding
from node.web.pages.wording.notice_words import LISTED, compose, harmless, trial

ORIGIN = "https://ada.example"
OFFER = Tiding(kind=NoticeKind.OFFER, path="/offers/of_1")
ONE = Gathered(
    id="7d", kind=NoticeKind.OFFER, items=(OFFER,), at=datetime(2026, 5, 4, tzinfo=UTC), language="en"
)


def test_one_thing_leads_to_its_page_and_says_no_more_than_it_was_given() -> None:
    message = compose(ONE, ORIGIN)
    assert (message.title, message.lines) == ("A new offer", ())
    assert (message.url, message.label) == ("https://ada.example/offers/of_1", "Look at it")
    assert not message.urgent


def test_what_may_be_said_stands_in_the_text_and_never_in_the_title() -> None:
    items = (replace(OFFER, name="Bikes", total="2390.00", currency="EUR"), replace(OFFER, name="Wheels"))
    message = compose(replace(ONE, items=items, language="de"), ORIGIN)
    assert message.title == "2 neue Angebote"
    assert message.lines == ("Bikes: 2.390,00\xa0€", "Wheels")


def test_several_things_lead_to_where_they_are_listed() -> None:
    two = (OFFER, replace(OFFER, path="/offers/of_2"))
    assert compose(replace(ONE, items=two), ORIGIN).url == "https://ada.example/"
    desk = tuple(replace(OFFER, kind=NoticeKind.WISH, path=f"/desk/wishes/int_{n}") for n in range(2))
    assert compose(replace(ONE, kind=NoticeKind.WISH, items=desk), ORIGIN).url == "https://ada.example/desk"


def test_a_long_list_is_cut_and_a_longer_one_said_to_be_one() -> None:
    items = tuple(replace(OFFER, name=f"Shop {n}") for n in range(LISTED + 3))
    message = compose(replace(ONE, items=items, more=True), ORIGIN)
    assert message.title == "13 new offers, or more"
    assert message.lines[-1] == "and 3 more"
    assert len(message.lines) == LISTED + 1


def test_a_summary_counts_each_kind_the_most_urgent_first() -> None:
    wishes = [replace(OFFER, kind=NoticeKind.WISH, name=name) for name in ("A", "B", "C", "D", "A")]
    message = compose(replace(ONE, kind=None, items=(*wishes, OFFER)), ORIGIN)
    assert message.title == "What came since the last summary"
    assert message.lines == ("A new offer", "5 new wishes: A, B, C, …")


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", ["en", "de", "en-XA", "tlh"])
def test_every_kind_has_words_for_one_and_for_many(kind: NoticeKind, language: str) -> None:
    item = replace(OFFER, kind=kind)
    one = compose(replace(ONE, kind=kind, items=(item,), language=language), ORIGIN)
    two = compose(replace(ONE, kind=kind, items=(item, item), language=language), ORIGIN)
    assert one.title != two.title
    assert "2" in two.title
    assert "%" not in one.title + two.title


def test_what_is_about_the_owners_safety_is_urgent() -> None:
    item = replace(OFFER, kind=NoticeKind.SECURITY, path="/security")
    assert compose(replace(ONE, kind=NoticeKind.SECURITY, items=(item,)), ORIGIN).urgent


def test_a_trial_says_that_it_is_one() -> None:
    message = trial(replace(ONE, kind=None, items=(), language="de"), ORIGIN)
    assert (message.title, message.url) == ("Das ist eine Probe", "https://ada.example/notifications")


def test_a_german_business_is_addressed_as_one() -> None:
    item = replace(OFFER, kind=NoticeKind.SECURITY, path="/security")
    safety = replace(ONE, kind=NoticeKind.SECURITY, items=(item,), language="de")
    assert compose(safety, ORIGIN).title == "An deinem Zugang hat sich etwas geändert"
    assert compose(replace(safety, formal=True), ORIGIN).title == "An Ihrem Zugang hat sich etwas geändert"
    tried = replace(ONE, kind=None, items=(), language="de")
    assert trial(tried, ORIGIN).lines == ("Hier erreicht dich dein Freehold.",)
    assert trial(replace(tried, formal=True), ORIGIN).lines == ("Hier erreicht Sie Ihr Freehold.",)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Bikes", "Bikes"),
        ("Bikes\r\nBcc: eve@mail.example", "Bikes Bcc: eve@\u2060mail.\u2060example"),
        ("http://eve.example/x", "http:\u2060/\u2060/\u2060eve.\u2060example/\u2060x"),
        ("S\u202eman\u202c", "Sman"),
        ("\u200b\u2066", ""),
        ("\u05d0\u05d1", "\u2068\u05d0\u05d1\u2069"),
        ("a" * 80, "a" * 60 + "\u2026"),
    ],
)
def test_a_name_is_one_line_that_shows_all_of_it_and_links_to_nothing(name: str, shown: str) -> None:
    assert harmless(name) == shown
