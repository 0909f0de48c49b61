"""Facts: what a profile says of the fields that may be granted, and answers that tell less."""

from datetime import UTC, datetime
from typing import Any

import pytest

import schemas
from node.core.facts import facts_of, field_names, name_of
from protocol.disclosures import VALUE_LIMIT, VALUES_LIMIT

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
FREEHOLD = "https://w3id.org/freehold#"
SCHEMA = "http://schema.org/"
ADDRESS = {
    "@type": "PostalAddress",
    "streetAddress": "Gasse 1",
    "postalCode": "3011",
    "addressLocality": "Bern",
    "addressCountry": "CH",
}


def said(profile: dict[str, Any], name: str) -> Any:
    (iri,) = [iri for iri, field in schemas.fields().items() if field["name"] == name]
    return facts_of(profile, [iri], now=NOW).get(iri)


@pytest.mark.parametrize(
    ("profile", "name", "value"),
    [
        ({"email": "ada@ada.example"}, "email", "ada@ada.example"),
        ({"email": ["a@a.example", "b@a.example"]}, "email", ["a@a.example", "b@a.example"]),
        ({"email": ["a@a.example"]}, "email", "a@a.example"),
        ({"email": "  "}, "email", None),
        ({"email": []}, "email", None),
        ({}, "email", None),
        ({"address": ADDRESS}, "streetAddress", "Gasse 1"),
        ({"address": ["somewhere", ADDRESS]}, "postalCode", "3011"),
        ({"address": {"postalCode": 3011}}, "postalCode", "3011"),
        ({"address": "Gasse 1"}, "streetAddress", None),
        (
            {"knowsLanguage": ["de", {"@type": "Language", "name": "English"}]},
            "knowsLanguage",
            ["de", "English"],
        ),
        ({"name": {"@value": "Ada", "@language": "en"}}, "name", "Ada"),
        ({"jobTitle": True}, "jobTitle", None),
        ({"address": ADDRESS}, "postcodeArea", "30"),
        ({}, "postcodeArea", None),
        ({"address": ADDRESS}, "hasDeliveryAddress", True),
        ({"address": ADDRESS | {"addressCountry": ""}}, "hasDeliveryAddress", False),
        ({"birthDate": "2008-05-04"}, "ageOver18", True),
        ({"birthDate": "2008-05-05"}, "ageOver18", False),
        ({"birthDate": "2008-05-05"}, "ageOver16", True),
        ({"birthDate": "2004-02-29"}, "ageOver21", True),
        ({"birthDate": "2005"}, "ageOver21", None),
        ({}, "ageOver18", None),
        ({"serviceData": "x"}, "serviceData", None),
    ],
)
def test_a_field_says_what_the_profile_says(profile: dict[str, Any], name: str, value: Any) -> None:
    assert said(profile, name) == value


def test_what_is_told_is_bounded() -> None:
    assert len(said({"email": "x" * 10_000}, "email")) == VALUE_LIMIT
    assert len(said({"email": [f"{n}@a.example" for n in range(40)]}, "email")) == VALUES_LIMIT


def test_only_what_is_asked_for_is_told() -> None:
    wanted = [f"{SCHEMA}email", f"{FREEHOLD}ageOver18", "https://odd.example/"]
    profile = {"name": "Ada", "email": "ada@ada.example", "birthDate": "1990-01-01"}
    assert facts_of(profile, wanted, now=NOW) == {
        f"{SCHEMA}email": "ada@ada.example",
        f"{FREEHOLD}ageOver18": True,
    }


def test_what_can_be_granted_has_a_name() -> None:
    names = field_names()
    assert {"email", "ageOver18", "postcodeArea"} <= names.keys()
    assert not {"serviceData", "intentionPlace", "loyaltyTier"} & names.keys()
    assert all(name_of(iri) == name for name, iri in names.items())
    assert all(field["name"].isascii() and "/" not in field["name"] for field in schemas.fields().values())
