"""`freehold profile set --file`: profiles as web sites and people write them, typed at a real node."""

import codecs
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.nodes import PATIENCE_SECONDS, Node, Run

FIELD = Path(__file__).parents[1] / "field" / "profiles"
ADA = {"name": "Ada Example"}

TAKEN: dict[str, dict[str, Any]] = {
    "byte-order-mark": ADA,
    "country-as-object": ADA
    | {
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "Hauptstrasse 5",
            "addressLocality": "Bern",
            "postalCode": "3011",
            "addressCountry": {"@type": "Country", "name": "Switzerland"},
        }
    },
    "graph": ADA | {"sameAs": ["https://www.example.org/ada"]},
    "image-with-id": ADA
    | {
        "image": {
            "@type": "ImageObject",
            "@id": "https://ada.example/me.png",
            "url": "https://ada.example/me.png",
        }
    },
    "null-member": ADA,
    "phone-of-a-friend": ADA | {"knows": {"@type": "Person", "name": "Bob Example", "telephone": "ask him"}},
    "schema-org-person": {
        "address": {
            "@type": "PostalAddress",
            "addressLocality": "Seattle",
            "addressRegion": "WA",
            "postalCode": "98052",
            "streetAddress": "20341 Example Institute",
        },
        "email": "mailto:jane-doe@example.edu",
        "jobTitle": "Professor",
        "name": "Jane Doe",
        "telephone": "(425) 555-0123",
        "url": "http://www.example.com",
    },
}
OF_A_BUSINESS = {"local-business"}
REFUSED = {
    "organization-for-a-person": "The owner of this node is a Person, and this is the profile of something "
    "else. If it is about the owner, write the type Person.",
}


@pytest.fixture
def base_line(ada: Run) -> Iterator[Run]:
    named = b'{"name": "Ada"}'
    assert ada("profile", "set", "--file", "-", piped=named).code == 0
    yield ada
    assert ada("profile", "set", "--file", "-", piped=named).code == 0


def members(profile: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in profile.items() if not name.startswith("@")}


def test_every_file_is_typed() -> None:
    assert {path.stem for path in FIELD.glob("*.json")} == {*TAKEN, *REFUSED, *OF_A_BUSINESS}


@pytest.mark.parametrize("name", TAKEN)
def test_a_profile_of_the_field_is_taken(base_line: Run, customer: Node, name: str) -> None:
    ran = base_line("profile", "set", "--file", FIELD / f"{name}.json")
    assert (ran.code, members(ran.json)) == (0, TAKEN[name])
    assert (ran.json["@id"], ran.json["@type"]) == (customer.actor, "Person")
    assert base_line("profile", "show", "--json").json == ran.json


@pytest.mark.parametrize("name", REFUSED)
def test_a_profile_of_the_field_is_refused(base_line: Run, name: str) -> None:
    ran = base_line("profile", "set", "--file", FIELD / f"{name}.json")
    assert (ran.code, ran.out, ran.err) == (1, "", f"  {REFUSED[name]}\n")
    assert members(base_line("profile", "show", "--json").json) == {"name": "Ada"}


def test_a_more_precise_type_is_kept(velo: Run) -> None:
    ran = velo("profile", "set", "--file", FIELD / "local-business.json")
    assert ran.json["@type"] == ["Organization", "LocalBusiness"]
    assert members(ran.json) == {"name": "Bike Haus", "openingHours": "Mo-Fr 09:00-18:00"}
    assert "LocalBusiness" in velo("profile", "export", "--format", "turtle").out
    assert velo("profile", "set", "name=Velo Nord").json["@type"] == ["Organization", "LocalBusiness"]
    assert velo("profile", "set", "--file", "-", piped=b'{"name": "Velo Nord"}').code == 0


def test_what_the_site_calls_the_owner_is_named_as_left_out(base_line: Run) -> None:
    ran = base_line("profile", "set", "--file", FIELD / "graph.json")
    assert "  @id was left out: your node has its own address for you." in ran.err


def test_a_member_that_looks_like_a_mistake_is_said(base_line: Run) -> None:
    ran = base_line("profile", "set", "mail=ada@ada.example")
    assert (ran.code, ran.json["mail"]) == (0, "ada@ada.example")
    assert "mail is no member of schema.org that this release knows; it was kept. Is email meant?" in ran.err


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"@graph": []}, "@graph: it has 0 of the type Person, and a profile is of one."),
        ({"@graph": [ADA | {"@type": "Person"}] * 2}, "@graph: it has 2 of the type Person"),
        (ADA | {"image": {"@id": "me.png"}}, "image.@id: Write a whole address that starts with https://"),
        (ADA | {"knows": {"@value": "x"}}, "knows.@value: JSON-LD keywords are not taken here."),
        (ADA | {"@context": "https://else.example/"}, "@context: Only schema.org's is read."),
        (ADA | {"email": "at home"}, "An e-mail address is of the form name@host: correct email"),
        (ADA | {"address": {"type": "PostalAddress", "postalCode": 3011}}, "one postalCode: write a text"),
        (ADA | {"first_name": "Ada"}, "first_name: Members and types are terms of schema.org"),
    ],
)
def test_what_is_refused_is_named_with_its_place(
    base_line: Run, given: dict[str, Any], sentence: str
) -> None:
    ran = base_line("profile", "set", "--file", "-", piped=json.dumps(given).encode())
    assert (ran.code, sentence in ran.err) == (1, True), ran.err


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_every_json_file_may_begin_with_a_byte_order_mark(base_line: Run, velo: Run, mark: bytes) -> None:
    encoding = {
        codecs.BOM_UTF8: "utf-8",
        codecs.BOM_UTF16_LE: "utf-16-le",
        codecs.BOM_UTF16_BE: "utf-16-be",
    }[mark]

    def saved(document: dict[str, Any]) -> bytes:
        return mark + json.dumps(document, ensure_ascii=False).encode(encoding)

    assert base_line("profile", "set", "--file", "-", piped=saved({"name": "Äda"})).json["name"] == "Äda"
    wish = {"name": "Räder", "currency": "EUR", "audience": ["followers"]}
    cast = base_line("intention", "cast", "--file", "-", "--dry-run", piped=saved(wish))
    assert (cast.code, "Räder" in cast.out) == (0, True)
    terms = velo("offer", "make", "in_0", "--file", "-", "--yes", piped=saved({"price": []}))
    assert "JSON" not in terms.err
    rule = velo("shop", "rule", "--file", "-", "--dry-run", "--json", piped=saved({"currency": "EUR"}))
    assert rule.json["body"] == {"currency": "EUR"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"name": "Ada",\n "email" "x"}', "Correct it at line 2, character 10."),
        (b"[]", "Write its members between { and }."),
        (b'{"name": "Ada", "name": "Bob"}', "Keep one of the two."),
        (b'{"name": "Ada\\u0000"}', "Take that out, and try again."),
        ('{\n"name": "Zoë"}'.encode("latin-1"), "Save it as UTF-8."),
    ],
)
def test_a_file_that_is_no_json_is_told_what_to_do(base_line: Run, content: bytes, said: str) -> None:
    ran = base_line("profile", "set", "--file", "-", piped=content)
    assert (ran.code, ran.err.splitlines()[-1].strip()) == (2, said)


def test_chosen_members_are_published_after_they_were_shown(base_line: Run, customer: Node) -> None:
    base_line("profile", "set", "email=ada@ada.example", "telephone=+41315550123")
    before = public(customer)
    asked = base_line("profile", "publish", "email", typed="n\n")
    assert (asked.code, "email  ada@ada.example" in asked.err, "telephone" in asked.err) == (1, True, False)
    dry = base_line("profile", "publish", "email", "--dry-run", "--json").json
    assert public(customer) == before
    assert base_line("profile", "publish", "email", "--yes", "--json").json == dry
    assert public(customer) == dry["document"]
    assert "5550123" not in str(public(customer))
    reminded = base_line("profile", "set", "email=ada@home.example").err
    assert "Still public as it was: email." in reminded
    assert "email  ada@ada.example" in base_line("profile", "public").out
    assert base_line("profile", "unpublish", "telephone", "--yes").code == 2
    taken_back = base_line("profile", "unpublish", "email", "--yes")
    assert "nothing else of your profile" in taken_back.out
    assert public(customer) == before
    refused = base_line("profile", "publish", "fax", "--yes")
    assert (refused.code, "fax: your profile has no such member." in refused.err) == (1, True)


def public(node: Node) -> Any:
    """Return the actor's document as anybody gets it."""
    asked = urllib.request.Request(node.actor, headers={"Accept": "application/activity+json"})
    with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
        return json.loads(answer.read())
