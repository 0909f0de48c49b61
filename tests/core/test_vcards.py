"""Cards as a whole: what becomes a member, what is preferred, what is said; and nothing ends a reader."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.core.profiles import read_profile
from node.core.remarks import LIMIT, Remarks
from node.core.vcards import LIMIT_VALUES, TakenCard, read_vcard
from node.services.people.profiles import check
from protocol.errors import Malformed
from tests.core.cards import Written, cards


def take(*lines: str, version: str = "3.0", is_person: bool = True) -> TakenCard:
    card = "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))
    return read_vcard(card.encode(), is_person=is_person)


def members(*lines: str, **given: Any) -> dict[str, Any]:
    taken = take(*lines, **given)
    assert taken.remarks == []
    return dict(taken.members)


class TestNames:
    def test_fn_comes_first_and_else_n_and_else_the_employer(self) -> None:
        assert members("FN:Ida B.", "N:Beispiel;Ida")["name"] == "Ida B."
        assert members("FN:", "N:Beispiel;Ida")["name"] == "Ida Beispiel"
        assert members("N:;;;;", "ORG:Bike Haus")["name"] == "Bike Haus"

    def test_without_a_name_the_known_one_stays(self) -> None:
        for card in (("EMAIL:a@b.ch",), ("EMAIL:a@b.ch", "ORG:A", "ORG:B"), (f"N:{'a' * 150};{'b' * 150}",)):
            taken = take(*card)
            assert "name" not in taken.members
            assert taken.remarks == ["The card has no name, so the profile keeps the one it has."]

    def test_another_name_is_an_alternate_one(self) -> None:
        assert members("FN:Ida", "FN;PREF=1:Ida B.", "FN:Ida B.", "NICKNAME:Idi,Didi,Idi", version="4.0") == {
            "name": "Ida B.",
            "alternateName": ["Ida", "Idi", "Didi"],
        }

    def test_alternatives_in_other_languages(self) -> None:
        taken = take(
            "N;ALTID=1;LANGUAGE=ja:山田;太郎;;;",
            "N;ALTID=1;LANGUAGE=en;PREF=1:Yamada;Taro;;;",
            version="4.0",
        )
        assert taken.members["name"] == "Taro Yamada"
        assert taken.remarks == ["Line 3, N: line 4 says the same and was taken instead."]

    def test_a_card_has_one_name_in_parts(self) -> None:
        assert take("N:A;B", "N:C;D").remarks == [
            "Line 4, N: the profile has room for one of these and took another; see that it is the right one."
        ]
        assert members("N:A;B", "N:A;B")["name"] == "B A"


class TestPreference:
    @pytest.mark.parametrize(
        "preferred", ["EMAIL;PREF", "EMAIL;TYPE=pref,work", "EMAIL;type=PREF", "EMAIL;PREF=1"]
    )
    def test_all_three_versions(self, preferred: str) -> None:
        assert members("FN:Ida", "EMAIL:a@a.ch", f"{preferred}:b@b.ch")["email"] == "b@b.ch"

    def test_a_lower_number_comes_first_and_what_is_none_last(self) -> None:
        taken = members("FN:Ida", "TEL;PREF=100:111", "TEL;PREF=0:222", "TEL;PREF=2:333", "TEL;PREF=x:444")
        assert taken["telephone"] == "333"
        assert [point["telephone"] for point in taken["contactPoint"]] == ["111", "222", "444"]

    def test_what_cannot_be_read_is_not_preferred(self) -> None:
        taken = take("EMAIL;PREF:nowhere", "EMAIL:b@b.ch")
        assert taken.members["email"] == "b@b.ch"
        assert taken.remarks[0] == "Line 3, EMAIL: this is no e-mail address; write one as name@host."


class TestContactPoints:
    def test_kinds_of_telephone(self) -> None:
        lines = ("TEL;FAX:111", "TEL;PAGER:222", "TEL;TYPE=WORKFAX:333", "TEL;TYPE=FAX,VOICE:444")
        assert members("FN:Ida", *lines) == {
            "name": "Ida",
            "telephone": "444",
            "faxNumber": "111",
            "contactPoint": [
                {"type": "ContactPoint", "faxNumber": "333", "contactType": "workfax"},
                {"type": "ContactPoint", "telephone": "222", "contactType": "pager"},
            ],
        }

    def test_labels_of_groups(self) -> None:
        taken = take(
            "FN:Ida", "TEL:111", "i1.TEL:222", "i1.X-ABLabel:_$!<Work>!$_", "i2.TEL;TYPE=HOME:333",
            "i2.X-ABLabel:At the sea", "i3.TEL:444", "i3.X-ABLabel;ENCODING=b:A",
            "i4.URL:a.example", "i4.X-ABLabel:x", "X-ABLabel:alone",
        )  # fmt: skip
        assert [point.get("contactType") for point in taken.members["contactPoint"]] == [
            "Work",
            "At the sea",
            None,
        ]
        (remark,) = taken.remarks
        assert remark.endswith(": X-ABLABEL (line 10), X-ABLABEL (line 12), X-ABLABEL (line 13).")

    def test_another_address(self) -> None:
        assert members("FN:I", "ADR:;;a", "ADR;TYPE=WORK:;;b")["contactPoint"] == {
            "type": "PostalAddress",
            "streetAddress": "b",
            "contactType": "work",
        }

    def test_an_address_as_a_label_alone(self) -> None:
        address = members("FN:I", 'ADR;LABEL="Weg 1; hinten\\nBern":;;;;;;')["address"]
        assert address == {"type": "PostalAddress", "streetAddress": "Weg 1; hinten\nBern"}

    def test_the_same_twice_is_one_and_there_are_not_too_many(self) -> None:
        assert "contactPoint" not in members("FN:I", "EMAIL:a@a.ch", "EMAIL;TYPE=HOME:a@a.ch")
        taken = take("FN:I", *(f"EMAIL:{number}@a.ch" for number in range(LIMIT_VALUES + 2)))
        assert len(taken.members["contactPoint"]) == LIMIT_VALUES
        assert taken.remarks == [
            "Line 25, EMAIL: the profile takes no more of these; take some out of the card."
        ]


class TestMembers:
    def test_of_a_person(self) -> None:
        assert members(
            "FN:Ida", "URL:a.example", "URL:b.example", "X-SOCIALPROFILE;type=x:https://c.example/ida",
            "NOTE:Hi", "LANG:de", "LANG;PREF=1:fr", "PHOTO;VALUE=URI:http://a.example/x.png", "GENDER:F",
            "BDAY;X-APPLE-OMIT-YEAR=1900:1900-02-28", "TITLE:Chef", "ROLE:Koch", "ORG:A", "ORG:B;C", "UID:1",
            "REV:2", "CATEGORIES:", "KIND:individual", version="4.0",
        ) == {
            "name": "Ida",
            "url": "https://a.example",
            "sameAs": ["https://b.example", "https://c.example/ida"],
            "description": "Hi",
            "knowsLanguage": ["fr", "de"],
            "image": "http://a.example/x.png",
            "birthDate": "--02-28",
            "gender": "Female",
            "jobTitle": "Chef",
            "hasOccupation": {"type": "Occupation", "name": "Koch"},
            "worksFor": [
                {"type": "Organization", "name": "A"},
                {"type": "Organization", "name": "B", "department": {"type": "Organization", "name": "C"}},
            ],
        }  # fmt: skip

    def test_of_an_organization(self) -> None:
        def of(*lines: str) -> dict[str, Any]:
            return members(*lines, is_person=False)

        assert of("FN:Bike Haus", "ORG:Bike Haus;Verkauf", "N:Bike Haus;;;;", "KIND:org") == {
            "name": "Bike Haus",
            "department": {"type": "Organization", "name": "Verkauf"},
        }
        assert of("FN:Bike Haus", "ORG:BH AG")["legalName"] == "BH AG"
        assert of("ORG:BH AG") == {"name": "BH AG"}
        assert of("N:Haus;Bike", "LOGO:https://a.example/l.png") == {
            "name": "Bike Haus",
            "logo": "https://a.example/l.png",
        }
        taken = take("FN:BH", "N:Beispiel;Ida", "BDAY:1985-01-28", "EMAIL:a@a.ch", is_person=False)
        assert taken.remarks == [
            "Not kept, because the profile has no member for it: BDAY (line 5), N (line 4)."
        ]
        assert "name" not in take("EMAIL:a@a.ch", is_person=False).members

    def test_the_card_of_an_organization_is_not_a_persons(self) -> None:
        (remark,) = take("FN:BH", "KIND:org").remarks
        assert remark.startswith("Line 4, KIND: the card is not one of a person")


class TestRemarks:
    @pytest.mark.parametrize(
        "line",
        [
            "PHOTO;ENCODING=b;TYPE=JPEG:AAAA",
            "PHOTO:data:image/png;base64,AAAA",
            "PHOTO;VALUE=uri:cid:1",
            f"PHOTO:{'A' * 30_000}",
        ],
    )
    def test_pictures(self, line: str) -> None:
        (remark,) = take("FN:Ida", line).remarks
        assert remark.startswith("Line 4, PHOTO: a picture inside a card is not kept; put it on the web")

    def test_what_there_is_no_member_for(self) -> None:
        taken = take(
            "FN:Ida",
            "CATEGORIES:a",
            "GEO:;",
            "X-FOO:",
            "KEY;ENCODING=b:AAAA",
            "AGENT:",
            "BEGIN:VCARD",
            "END:VCARD",
        )
        (remark,) = taken.remarks
        assert remark.endswith("no member for it: CATEGORIES (line 4), KEY (line 7), AGENT (line 8).")

    def test_a_guessed_charset_and_controls(self) -> None:
        taken = read_vcard(
            "BEGIN:VCARD\nFN:J\u00fcrgen\nNOTE:a\x07\nEND:VCARD".encode("latin-1"), is_person=True
        )
        assert taken.members == {"name": "Jürgen", "description": "a"}
        assert taken.remarks == [
            "Read as Windows-1252, because it is not UTF-8: FN (line 2). See that it is right.",
            "Control characters were taken out of NOTE (line 3). See that it is right.",
        ]

    def test_what_is_not_of_its_encoding_or_too_long(self) -> None:
        taken = read_vcard(b"BEGIN:VCARD\nFN:Ida\nNOTE:\x81\nTITLE:" + b"a" * 20_001 + b"\n", is_person=True)
        assert taken.remarks == [
            "The card has no END:VCARD. If the file was cut off, export the card again.",
            "Line 3, NOTE: it is not of the encoding it names; export the card as UTF-8.",
            "Line 4, TITLE: it is too long; shorten it.",
        ]

    def test_nothing_at_all(self) -> None:
        with pytest.raises(Malformed, match=r"Export it with a name at least\. Line 3, EMAIL"):
            take("EMAIL:x")

    def test_there_are_not_too_many(self) -> None:
        said = Remarks()
        for number in [*range(LIMIT + 3), 0]:
            said.add(f"{number}.")
            said.gather("Of ….", str(number))
        sentences = said.sentences()
        assert len(sentences) == LIMIT + 2
        assert sentences[LIMIT] == "There is as much to say of 3 other places."
        assert sentences[-1].endswith(f"{LIMIT - 1} and 4 more.")


@given(cards())
def test_whatever_else_a_card_says_what_can_be_read_is_taken(written: Written) -> None:
    taken = read_vcard(written.content, is_person=True)
    assert (taken.members["name"], taken.members["email"]) == (written.name, written.email)
    assert all(remark.endswith(".") for remark in taken.remarks)


@given(cards(), st.booleans())
@settings(max_examples=40)
def test_what_is_taken_fits_the_shape_of_a_profile(written: Written, is_person: bool) -> None:
    taken = read_vcard(written.content, is_person=is_person)
    kind = "Person" if is_person else "Organization"
    document, left_out = read_profile(taken.members, iri="https://ida.example/actors/ida", kind=kind)
    assert left_out == []
    check(document)


@given(cards(), st.data())
def test_a_damaged_card_ends_no_reader(written: Written, data: st.DataObject) -> None:
    content = bytearray(written.content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with suppress(Malformed):
        read_vcard(bytes(content), is_person=True)
