"""`freehold profile import`: cards as address books write them, typed at a real node."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.nodes import Ran, Run

FIELD = Path(__file__).parents[1] / "field" / "vcards"
IDA = {"name": "Ida Beispiel", "givenName": "Ida", "familyName": "Beispiel"}
BERN = {"@type": "PostalAddress", "streetAddress": "Hauptstrasse 5", "addressLocality": "Bern"} | {
    "postalCode": "3011",
    "addressCountry": "Schweiz",
}

# What each file leads to: all members of the profile, and what is said beside it.
TAKEN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "address-comma": (IDA | {"address": BERN | {"streetAddress": "Hauptstrasse 5, Hinterhaus"}}, []),
    "bare-quoted-printable": (
        {"name": "Dümmy GmbH", "givenName": "Dümmy", "familyName": "Äö", "email": "duemmy@example.org"},
        [],
    ),
    "birthday-compact": ({"name": "Ida Beispiel", "birthDate": "1985-01-28"}, []),
    "birthday-with-time": (IDA | {"birthDate": "1985-01-28"}, []),
    "birthday-without-year-apple": (IDA | {"birthDate": "--03-05"}, []),
    "byte-order-mark": (IDA, []),
    "escaped-colon": (IDA | {"url": "http://www.example.org/ida"}, ["X-ABLABEL (line 6)"]),
    "folded-inside-a-letter": (
        {"name": "Jürgen Müller", "givenName": "Jürgen", "familyName": "Müller"},
        [],
    ),
    "latin1": ({"name": "Jürgen Müller", "givenName": "Jürgen", "familyName": "Müller"}, []),
    "mailto": ({"name": "Ida Beispiel", "email": "ida@example.org"}, []),
    "more-than-is-kept": (
        IDA
        | {
            "worksFor": {
                "@type": "Organization",
                "name": "Bike Haus",
                "department": {"@type": "Organization", "name": "Verkauf"},
            },
            "description": "Likes bikes",
            "email": "ida@home.example",
            "contactPoint": {
                "@type": "ContactPoint",
                "email": "ida@work.example",
                "contactType": "work",
            },
        },
        [],
    ),
    "no-formatted-name": (
        {
            "name": "Franz Muster",
            "givenName": "Franz",
            "familyName": "Muster",
            "email": "franz@example.org",
        },
        [],
    ),
    "note-quoted-printable": (
        IDA | {"description": "First line\nsecond line", "telephone": "+49 30 555 0123"},
        [],
    ),
    "nul": (IDA, ["Control characters were taken out of FN (line 3). See that it is right."]),
    "phone-parentheses": (IDA | {"telephone": "(905) 555-0123"}, []),
    "post-box": (
        IDA | {"address": BERN | {"postOfficeBoxNumber": "Postfach 12", "extendedAddress": "Haus B"}},
        [],
    ),
    "preferred": (
        {
            "name": "Ida Beispiel",
            "email": "ida@example.org",
            "telephone": "+41 79 555 01 23",
            "contactPoint": [
                {"@type": "ContactPoint", "email": "old@example.org", "contactType": "home"},
                {"@type": "ContactPoint", "telephone": "+41 31 555 01 00", "contactType": "home"},
            ],
        },
        [],
    ),
    "space-after-begin": (IDA, []),
    "two-names": ({"name": "Ida Beispiel", "alternateName": "Ida Example"}, []),
    "url-without-scheme": (IDA | {"url": "https://www.example.org"}, []),
}
REFUSED = {
    "broken-line": "Line 3 is no property of a vCard: it has no name with a colon behind it. "
    "Correct it or take it out; if the file is damaged, export the card again.",
    "several-cards": "The file has 2 vCards. Export your own card alone, and import that.",
}


def members(profile: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in profile.items() if not name.startswith("@")}


def set_anew(at: Run, name: str) -> None:
    """Leave a profile with a name alone."""
    assert at("profile", "set", "--file", "-", piped=f'{{"name": "{name}"}}'.encode()).code == 0


@pytest.fixture
def base_line(ada: Run) -> Iterator[Run]:
    set_anew(ada, "Base Line")
    yield ada
    set_anew(ada, "Ada")


def card(*lines: str, version: str = "3.0") -> bytes:
    return "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", "")).encode()


def imported(at: Run, content: bytes) -> Ran:
    ran = at("profile", "import", "-", "--json", piped=content)
    assert "Traceback" not in ran.err
    return ran


def test_every_file_is_typed() -> None:
    assert {path.stem for path in FIELD.glob("*.vcf")} == {*TAKEN, *REFUSED}


@pytest.mark.parametrize("name", TAKEN)
def test_a_card_of_the_field_is_taken(base_line: Run, name: str) -> None:
    expected, said = TAKEN[name]
    ran = base_line("profile", "import", FIELD / f"{name}.vcf")
    assert (ran.code, members(ran.json)) == (0, expected)
    assert members(base_line("profile", "show", "--json").json) == expected
    assert [sentence for sentence in said if sentence not in ran.err] == []
    assert bool(ran.err) == bool(said)


@pytest.mark.parametrize("name", REFUSED)
def test_a_card_of_the_field_is_refused_and_changes_nothing(base_line: Run, name: str) -> None:
    ran = base_line("profile", "import", FIELD / f"{name}.vcf")
    assert (ran.code, ran.out, ran.err) == (1, "", f"  {REFUSED[name]}\n")
    assert members(base_line("profile", "show", "--json").json) == {"name": "Base Line"}


def test_what_is_left_out_is_told_with_what_to_do(base_line: Run) -> None:
    content = card("FN:Ida", "TEL:BusinessPhone", "CATEGORIES:Friends", "PHOTO;ENCODING=b:AAAA")
    ran = base_line("profile", "import", "-", piped=content)
    assert members(ran.json) == {"name": "Ida"}
    number, picture, member, what_to_do = ran.err.splitlines()
    assert number == "  Line 4, TEL: this is no telephone number; write digits, perhaps after a plus sign."
    assert picture.startswith("  Line 6, PHOTO: a picture inside a card is not kept; put it on the web")
    assert member == "  Not kept, because the profile has no member for it: CATEGORIES (line 5)."
    assert what_to_do.endswith("profile set NAME=VALUE")
    assert len(imported(base_line, content).json["left_out"]) == 3


def test_a_card_with_a_picture_of_a_megabyte(base_line: Run) -> None:
    folded = "\r\n ".join(["A" * 74] * 20_000)
    ran = imported(base_line, card("FN:Ida", f"PHOTO;ENCODING=b;TYPE=JPEG:{folded}", "EMAIL:ida@example.org"))
    assert members(ran.json).keys() == {"name", "email", "left_out"}


def test_a_card_comes_on_top_of_what_is_known(base_line: Run) -> None:
    known = {"type": ["Person", "Patient"], "knows": {"@id": "https://a.example/b"}, "email": "i@a.example"}
    given = json.dumps({"name": "Ida", **known}).encode()
    assert base_line("profile", "set", "--file", "-", piped=given).code == 0
    profile = imported(base_line, card("N:Beispiel;Ida;;;", "NOTE:Rides")).json
    assert profile["@type"] == ["Person", "Patient"]
    assert members(profile) == {
        "name": "Ida Beispiel",
        "givenName": "Ida",
        "familyName": "Beispiel",
        "description": "Rides",
        "knows": {"@id": "https://a.example/b"},
        "email": "i@a.example",
    }


def test_the_card_of_a_business(velo: Run) -> None:
    ran = velo(
        "profile",
        "import",
        "-",
        piped=card("FN:Velo Nord", "ORG:Velo Nord GmbH;Werkstatt", "BDAY:1985-01-28", "TITLE:Chef"),
    )
    assert members(ran.json) == {
        "name": "Velo Nord",
        "legalName": "Velo Nord GmbH",
        "department": {"@type": "Organization", "name": "Werkstatt"},
    }
    assert "no member for it: BDAY (line 5), TITLE (line 6)." in ran.err
    set_anew(velo, "Velo Nord")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This is not a vCard: no line of it is BEGIN:VCARD. Export your card as vCard (.vcf)."),
        (b'["vcard",[["fn",{},"text","Ida"]]]', "This is JSON and not a vCard."),
        (b"<vcards/>", "This is XML or HTML and not a vCard."),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "This is a calendar and not a vCard."),
        (card(), "The vCard has nothing for a profile. Export it with a name at least."),
    ],
)
def test_what_is_no_card_is_told_what_to_export(base_line: Run, content: bytes, sentence: str) -> None:
    ran = base_line("profile", "import", "-", piped=content)
    assert (ran.code, ran.err.startswith(f"  {sentence}")) == (1, True)


def test_what_was_imported_can_be_exported_and_set_again(base_line: Run, tmp_path: Path) -> None:
    for name in ("more-than-is-kept", "post-box", "birthday-without-year-apple"):
        assert base_line("profile", "import", FIELD / f"{name}.vcf").code == 0
    before = base_line("profile", "show", "--json").json
    assert base_line("profile", "export", "--out", tmp_path / "me.json").code == 0
    set_anew(base_line, "Base Line")
    assert base_line("profile", "set", "--file", tmp_path / "me.json", "--json").json == before
