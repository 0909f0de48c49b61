"""Content lines: how the three versions fold, encode and parametrise, and what is no card at all."""

import binascii
import quopri
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.contentlines import LIMIT_LINES, LIMIT_PROPERTIES, Card, ContentLine, read_card
from protocol.errors import Malformed


def read(*lines: bytes | str, end: bytes = b"\r\n", version: str = "3.0") -> Card:
    body = [line.encode() if isinstance(line, str) else line for line in lines]
    return read_card(end.join([b"BEGIN:VCARD", b"VERSION:" + version.encode(), *body, b"END:VCARD", b""]))


def only(*lines: bytes | str, version: str = "3.0") -> ContentLine:
    (line,) = read(*lines, version=version).lines[1:]
    return line


def text(*lines: bytes | str, version: str = "3.0") -> str:
    return only(*lines, version=version).text()[0]


def refusal(content: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        read_card(content)
    assert caught.value.code == "vcard-invalid"
    return caught.value.detail


class TestFolds:
    @pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\r\r\n"])
    @pytest.mark.parametrize("blank", ["\t", " "])
    def test_a_fold_is_a_line_end_and_a_blank(self, end: bytes, blank: str) -> None:
        card = read("FN:Ida", f"{blank} Bei", f"{blank}spiel", end=end)
        assert [line.text()[0] for line in card.lines] == ["3.0", "Ida Beispiel"]

    def test_a_fold_within_a_letter_or_a_parameter(self) -> None:
        assert text(b"FN:J\xc3", b" \xbcrgen") == text(b"FN:J\xc3", b" \xbcrgen", version="2.1") == "Jürgen"
        assert text("FN;CHARSET=ISO-", " 8859-1;ENCODING=", " QUOTED-PRINTABLE:J=FCr", " gen") == "Jürgen"

    def test_in_2_1_the_blank_belongs_to_the_text_unless_octets_were_counted(self) -> None:
        assert text("NOTE:one", " two", version="2.1") == "one two"
        assert text(f"NOTE:{'a' * 70}", " bc", version="2.1") == "a" * 70 + "bc"

    def test_lines_are_numbered_as_they_stand(self) -> None:
        assert [line.number for line in read("FN:Ida", " x", "", "  ", "NOTE:y").lines] == [2, 3, 7]

    @pytest.mark.parametrize("first", ["", "    "])
    def test_a_card_that_is_moved_to_the_right(self, first: str) -> None:
        content = f"\n{first}BEGIN:VCARD\n    FN:Ida\n     Beispiel\n    END:VCARD\n"
        assert [line.value for line in read_card(content.encode()).lines] == [b"IdaBeispiel"]


class TestEncodings:
    def test_quoted_printable_goes_on_where_a_line_ends_with_its_sign(self) -> None:
        for named in ("ENCODING=QUOTED-PRINTABLE", "quoted-printable", 'ENCODING="Quoted-Printable"'):
            assert text(f"NOTE;{named}:one=0D=0A=", "t=77o=", "", version="2.1") == "one\r\ntwo"

    def test_a_blank_behind_it_is_a_fold_where_all_lines_have_one(self) -> None:
        assert text("NOTE;QUOTED-PRINTABLE:one=0D=", " =0Atwo=", " three") == "one\r\ntwothree"
        assert text("NOTE;QUOTED-PRINTABLE:one=", " two=", "three") == "one twothree"

    def test_it_ends_with_the_card_at_the_latest(self) -> None:
        assert text("NOTE;QUOTED-PRINTABLE:one=") == "one"
        assert text("FN:one=") == "one="

    @pytest.mark.parametrize("head", ["PHOTO;ENCODING=b", "PHOTO;BASE64", "PHOTO;TYPE=JPEG;ENCODING=BASE64"])
    def test_base64_goes_on_without_blanks_too(self, head: str) -> None:
        card = read(f"{head}:", "SWRh", "IElk", " YQ==", "", "FN:Ida", version="2.1")
        assert [line.name for line in card.lines] == ["VERSION", "PHOTO", "FN"]
        assert (card.lines[1].encoding, card.lines[1].text()) == ("base64", ("Ida Ida", False))

    def test_what_is_not_of_its_encoding(self) -> None:
        with pytest.raises(binascii.Error):
            only("FN;ENCODING=b:A").text()
        with pytest.raises(UnicodeDecodeError):
            only(b"FN:\x81\xff").text()

    def test_the_mark_of_a_file_is_newer_than_the_charsets_in_it(self) -> None:
        latin = ("FN;CHARSET=ISO-8859-1:Jürgen", "N;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:J=FC")
        card = "\n".join(("BEGIN:VCARD", *latin, "END:VCARD"))
        for encoding in ("utf-8-sig", "utf-16"):
            lines = read_card(card.encode(encoding)).lines
            assert [line.text() for line in lines] == [("Jürgen", False), ("Jü", False)]
        assert read_card(card.encode("latin-1")).lines[0].text() == ("Jürgen", False)


class TestParameters:
    def test_names_and_groups_in_any_case(self) -> None:
        line = only(' item1.Email ;type=Home, work;TYPE="a,b";pref=1 : ida@example.org'.lstrip())
        assert (line.group, line.name, line.value) == ("item1", "EMAIL", b" ida@example.org")
        assert line.parameters == {"TYPE": ["Home", "work", "a,b"], "PREF": ["1"]}
        assert (line.first("PREF"), line.first("LANGUAGE")) == ("1", "")

    def test_a_name_of_ones_own_may_have_any_letters(self) -> None:
        lines = read("X-Büro_1:x", "a.b.TEL:112", "X-messaging/xmpp-All:x", "X-GOOGLE TALK :x").lines
        assert [line.name for line in lines[1:]] == [
            "X-BÜRO_1",
            "TEL",
            "X-MESSAGING/XMPP-ALL",
            "X-GOOGLE TALK",
        ]

    def test_those_of_2_1_have_no_names(self) -> None:
        line = only("PHOTO;GIF;URL;8BIT:http://a.example/x.gif", version="2.1")
        assert line.parameters == {"TYPE": ["GIF"], "VALUE": ["URL"], "ENCODING": ["8BIT"]}
        assert line.encoding == "plain"

    def test_quotes_hide_colons_and_semicolons(self) -> None:
        line = only('ADR;LABEL="a: b; c";LANGUAGE=de:;;x')
        assert (line.parameters, line.value) == ({"LABEL": ["a: b; c"], "LANGUAGE": ["de"]}, b";;x")

    def test_a_quote_that_is_never_closed_hides_nothing(self) -> None:
        assert only('FN;X-A="b:Ida').value == b"Ida"

    def test_carets(self) -> None:
        assert only("FN;X-A=a^nb^'c^^d^e:x").first("X-A") == 'a\nb"c^d^e'


class TestFrame:
    def test_what_stands_around_a_card_is_passed_over(self) -> None:
        content = b"\r\nSubject: my card\r\n\r\nbegin : vcard \r\nFN:Ida\r\nEnd:vCard\r\n\x1a"
        assert [line.value for line in read_card(content).lines] == [b"Ida"]

    def test_a_card_without_an_end_is_cut(self) -> None:
        assert not read("FN:Ida").cut
        assert read_card(b"BEGIN:VCARD\nFN:Ida").cut

    def test_a_card_within_the_card_is_passed_over(self) -> None:
        agent = ("AGENT:", "BEGIN:VCARD", "FN:Bob", *("AGENT:", "BEGIN:VCARD", "END:VCARD"), "END:VCARD")
        assert [line.name for line in read(*agent, "FN:Ida").lines] == ["VERSION", "AGENT", "FN"]
        event = ("BEGIN:VEVENT", "UID:1", "END:VEVENT")
        assert [line.name for line in read(*event, "FN:Ida").lines] == ["VERSION", "FN"]

    @pytest.mark.parametrize(("cards", "end"), [(2, b"END:VCARD\n"), (3, b""), (1_200, b"")])
    def test_several_cards_are_counted(self, cards: int, end: bytes) -> None:
        sentence = refusal((b"BEGIN:VCARD\nFN:Ida\n" + end) * cards)
        assert sentence == f"The file has {cards:,} vCards. Export your own card alone, and import that."

    def test_a_damaged_card_among_several_is_one_of_them(self) -> None:
        assert refusal(b"BEGIN:VCARD\nFN\nEND:VCARD\nBEGIN:VCARD\nEND:VCARD\n").startswith("The file has 2")

    @pytest.mark.parametrize(
        "line",
        [
            "FN",
            "a note that goes on",
            ":x",
            ";TYPE=x:y",
            "F" * 201 + ":x",
            "F\0N:x",
            "(a):x",
            f"FN;{'x' * 10_000}:y",
        ],
    )
    def test_a_line_that_is_no_property_is_named(self, line: str) -> None:
        content = f"BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:a\r\n b\r\n{line}\r\nEND:VCARD\r\n".encode()
        assert refusal(content).startswith("Line 5 is no property of a vCard")

    def test_there_are_bounds(self) -> None:
        lines = b"BEGIN:VCARD\n" + b"NOTE:a\n" * LIMIT_PROPERTIES + b"END:VCARD\n"
        assert len(read_card(lines).lines) == LIMIT_PROPERTIES
        assert "more than 5,000 properties" in refusal(lines.replace(b"\n", b"\nNOTE:b\n", 1))
        assert "more than 200,000 lines" in refusal(b"BEGIN:VCARD\n" + b" \n" * LIMIT_LINES)

    @pytest.mark.parametrize(
        ("content", "begins"),
        [
            (b"", "This is not a vCard"),
            (b"Name,Phone\nIda,112\n", "This is not a vCard"),
            (b"PK\x03\x04", "This is not a vCard"),
            (b'  ["vcard", []]', "This is JSON"),
            (b'{"a": 1}', "This is JSON"),
            (b"<?xml version='1.0'?>", "This is XML"),
            (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "This is a calendar"),
            (b"END:VCARD\nFN:Ida\n", "This is not a vCard"),
        ],
    )
    def test_what_is_no_card(self, content: bytes, begins: str) -> None:
        assert refusal(content).startswith(begins)


VALUE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


@given(VALUE, st.integers(2, 80), st.sampled_from([b"\r\n", b"\n", b"\r"]), st.sampled_from([b" ", b"\t"]))
def test_whatever_is_folded_is_read_back(value: str, length: int, end: bytes, blank: bytes) -> None:
    line = b"NOTE:" + value.encode()
    folded = (end + blank).join(line[at : at + length] for at in range(0, len(line), length))
    content = end.join((b"BEGIN:VCARD", b"VERSION:4.0", folded, b"END:VCARD", b""))
    assert read_card(content).lines[1].text() == (value, False)


@given(VALUE, st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "cp1252", "iso8859-15", "koi8-r", "gb18030"]))
def test_whatever_is_quoted_is_read_back(value: str, charset: str) -> None:
    named = "UTF-8" if charset.startswith("utf") else charset
    octets = value.encode("utf-8" if charset.startswith("utf") else charset, "replace")
    quoted = quopri.encodestring(octets, quotetabs=True).decode("ascii").rstrip("\n")
    card = f"BEGIN:VCARD\nVERSION:2.1\nNOTE;CHARSET={named};QUOTED-PRINTABLE:{quoted}\nEND:VCARD\n"
    content = card.encode(charset if charset.startswith("utf") else "ascii")
    assert read_card(content).lines[1].text() == (octets.decode(named), False)


PIECES = [
    b"BEGIN:VCARD",
    b"END:VCARD",
    b"AGENT:",
    b"FN:Ida",
    b"N;",
    b"=",
    b" ",
    b"\t",
    b":",
    b'"',
    b";",
    b"\\",
]
PIECES += [
    b"NOTE;QUOTED-PRINTABLE:a=",
    b"PHOTO;BASE64:AAAA",
    b"AAAA",
    b"\xff",
    b"\xc3",
    b"\0",
    b"VERSION:2.1",
]


@given(st.lists(st.sampled_from([*PIECES, *(a + b for a, b in product(PIECES, (b"\r\n", b"\n")))])))
def test_whatever_comes_is_a_card_or_refused(pieces: list[bytes]) -> None:
    with suppress(Malformed):
        assert all(line.name for line in read_card(b"BEGIN:VCARD\n" + b"".join(pieces)).lines)
