"""The values of an address book: how programs spell them, and what is none of them."""

from collections.abc import Callable
from typing import Any

import pytest

from node.core import contacts
from node.core.contacts import UnreadableError


def refusal(read: Callable[[str], Any], text: str) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(text)
    assert str(caught.value).endswith(".")
    return str(caught.value)


class TestTexts:
    def test_escapes(self) -> None:
        assert contacts.unescape(r"a\, b\; c\\d\:e\n\Nf\g") == "a, b; c\\d:e\n\nf\\g"
        assert contacts.divide(r"a\;b;c\\;;d", ";") == [r"a\;b", r"c\\", "", "d"]

    def test_controls_go_and_line_ends_are_one(self) -> None:
        assert contacts.without_controls("\ufeff Ida\0\x85\tB\r\nC\rD\u2028E ") == ("Ida B\nC\nD\nE", True)
        assert contacts.without_controls("Ida\r\nB") == ("Ida\nB", False)

    def test_a_text_of_one_line_and_of_many(self) -> None:
        assert contacts.read_line(r"Ida\n Beispiel") == "Ida Beispiel"
        assert contacts.read_note(r"a\nb\, c") == "a\nb, c"
        assert contacts.read_list(r"Jim,Jim\, the Great,,") == ["Jim", "Jim, the Great"]
        assert "more than 200 characters; shorten it" in refusal(contacts.read_line, "a" * 201)
        assert "more than 5,000 characters" in refusal(contacts.read_note, "a" * 5_001)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ida@example.org", "ida@example.org"),
        ("MAILTO:ida@example.org", "ida@example.org"),
        ("mailto:ida%2Bx@example.org?subject=a", "ida+x@example.org"),
        ("Ida Beispiel <ida@example.org>", "ida@example.org"),
        ("ïda@exämple.org", "ïda@exämple.org"),
    ],
)
def test_an_e_mail_address(text: str, read: str) -> None:
    assert contacts.read_email(text) == read


@pytest.mark.parametrize(
    "text",
    ["ida", "ida@localhost", "a b@c.d", "a@b..c", "EX:/o=a/cn=b", "mailto:", f"{'a' * 250}@b.ch", "a@b.c."],
)
def test_no_e_mail_address(text: str) -> None:
    assert "write one as name@host" in refusal(contacts.read_email, text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("+49 30 555 0123", "+49 30 555 0123"),
        ("(905) 555-0123", "(905) 555-0123"),
        ("905.555.0123", "905.555.0123"),
        ("030\u00a0555\u202f01\u201123", "030 555 01-23"),
        ("\u202d+1 905\u2013555\u202c", "+1 905-555"),
        ("tel:+49-30-555-0123;ext=12", "+49-30-555-0123;ext=12"),
        ("TEL://112", "112"),
        ("callto:+4930", "+4930"),
        ("0041 (0)31/555 01 00", "0041 (0)31/555 01 00"),
        ("\uff11\uff12\uff13\u2212\uff14\uff15\uff16", "123-456"),
        ("٠١٢٣", "0123"),
        ("1-800-FLOWERS", "1-800-FLOWERS"),
        ("+49 30 5550123 ext. 5", "+49 30 5550123 ext. 5"),
        ("*100#", "*100#"),
        ("+49305550123,,5#", "+49305550123,,5#"),
    ],
)
def test_a_telephone_number(text: str, read: str) -> None:
    assert contacts.read_telephone(text) == read


@pytest.mark.parametrize(
    "text", ["BusinessPhone", "ask him", "12", "sip:ida@example.org", "1" * 51, "Tel. 112"]
)
def test_no_telephone_number(text: str) -> None:
    assert "write digits" in refusal(contacts.read_telephone, text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://example.org/a?b#c", "https://example.org/a?b#c"),
        (r"http\://www.example.org/ida", "http://www.example.org/ida"),
        ("HTTP://Example.org", "http://Example.org"),
        ("<https://example.org>", "https://example.org"),
        ("www.example.org", "https://www.example.org"),
        ("example.org:8080/a b".replace(" ", ""), "https://example.org:8080/ab"),
        ("exämple.org/ï", "https://exämple.org/ï"),
    ],
)
def test_a_web_address(text: str, read: str) -> None:
    assert contacts.read_url(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "my page",
        "localhost",
        "ftp://a.example",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        "a.b/" + "c" * 2_048,
    ],
)
def test_no_web_address(text: str) -> None:
    assert "starts with https:// or http://" in refusal(contacts.read_url, text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1985-01-28", "1985-01-28"),
        ("19850128", "1985-01-28"),
        ("1985-1-28", "1985-01-28"),
        ("1985/01/28", "1985-01-28"),
        ("1985.01.28", "1985-01-28"),
        ("1985-01-28T00:00:00Z", "1985-01-28"),
        ("19850128T231000+0100", "1985-01-28"),
        ("1985-01-28 00:00", "1985-01-28"),
        ("--0305", "--03-05"),
        ("--03-05", "--03-05"),
        ("--02-29", "--02-29"),
        ("1604-02-29", "--02-29"),
        ("0000-03-05", "--03-05"),
    ],
)
def test_a_birthday(text: str, read: str) -> None:
    assert contacts.read_birthday(text) == read


def test_the_year_that_stands_for_none_is_named() -> None:
    assert contacts.read_birthday("1604-03-05", no_year="1604") == "--03-05"
    assert contacts.read_birthday("1900-03-05", no_year="1900") == "--03-05"
    assert contacts.read_birthday("1901-03-05", no_year="1604") == "1901-03-05"


@pytest.mark.parametrize(
    "text",
    [
        "1985",
        "1985-02",
        "---28",
        "198513",
        "1985-02-30",
        "28.01.1985",
        "01/28/1985",
        "circa 1800",
        "1985-13-01",
    ],
)
def test_no_birthday(text: str) -> None:
    assert "1980-02-29" in refusal(contacts.read_birthday, text)


class TestNames:
    def test_parts_of_a_name(self) -> None:
        assert contacts.read_name(r"Stevenson;John;Philip,Paul;Dr.,Prof.;Jr.,M.D.") == {
            "familyName": "Stevenson",
            "givenName": "John",
            "additionalName": "Philip Paul",
            "honorificPrefix": "Dr. Prof.",
            "honorificSuffix": "Jr., M.D.",
        }
        assert contacts.read_name("Muster;Franz;;;;more") == {"familyName": "Muster", "givenName": "Franz"}
        assert contacts.read_name(";;;;") == {}
        assert "shorten it" in refusal(contacts.read_name, f"{'a' * 150},{'b' * 150}")

    def test_a_name_is_made_of_its_parts(self) -> None:
        assert (
            contacts.full_name(contacts.read_name("Muster;Franz;Karl;Dr.;Jr.")) == "Dr. Franz Karl Muster Jr."
        )
        assert contacts.full_name(contacts.read_name("山田;太郎;;;")) == "山田太郎"
        assert contacts.full_name(contacts.read_name("山田;;;;")) == "山田"
        assert (
            contacts.full_name({})
            == contacts.full_name({"givenName": "a" * 150, "familyName": "b" * 150})
            == ""
        )

    def test_gender_and_language(self) -> None:
        assert [contacts.read_gender(text) for text in ("m", "F;", "O;it is complicated", "U", ";x")] == [
            "Male",
            "Female",
            "it is complicated",
            "",
            "x",
        ]
        assert contacts.read_language("pt-BR") == "pt-BR"
        assert "write its tag" in refusal(contacts.read_language, "Swiss German")


class TestPlaces:
    def test_seven_parts(self) -> None:
        assert contacts.read_address("Postfach 1;Haus B;Hauptstrasse 5, hinten;Bern;BE;3011;Schweiz") == {
            "type": "PostalAddress",
            "postOfficeBoxNumber": "Postfach 1",
            "extendedAddress": "Haus B",
            "streetAddress": "Hauptstrasse 5, hinten",
            "addressLocality": "Bern",
            "addressRegion": "BE",
            "postalCode": "3011",
            "addressCountry": "Schweiz",
        }

    def test_missing_parts_and_lines(self) -> None:
        assert contacts.read_address(r";;Weg 1\nHaus B") == {
            "type": "PostalAddress",
            "streetAddress": "Weg 1\nHaus B",
        }
        assert contacts.read_address(r"Weg 1\, Bern")["streetAddress"] == "Weg 1, Bern"
        assert contacts.read_address(";;;;;;") == {}
        assert "more than 20 characters" in refusal(contacts.read_address, f";;;;;{'9' * 21}")

    def test_an_organization_and_its_units(self) -> None:
        assert contacts.read_organization(r"Bike\; Haus;Verkauf;;Nord") == {
            "type": "Organization",
            "name": "Bike; Haus",
            "department": {
                "type": "Organization",
                "name": "Verkauf",
                "department": {"type": "Organization", "name": "Nord"},
            },
        }
        assert contacts.read_organization(";") == {}
        assert "leave some out" in refusal(contacts.read_organization, "a;" * 9)
