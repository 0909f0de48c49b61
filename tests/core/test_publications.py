"""What of a profile is public: exactly what was chosen."""

from typing import Any

import pytest

from node.core.publications import choose, outdated
from protocol.errors import Unprocessable

PROFILE: dict[str, Any] = {
    "@id": "https://ada.example/actors/ada",
    "@type": "Person",
    "name": "Ada",
    "email": "ada@ada.example",
    "telephone": "+41 31 555 01 23",
    "knowsLanguage": ["de", "fr"],
    "address": {"@type": "PostalAddress", "addressLocality": "Bern", "postalCode": "3011"},
    "knows": [{"@type": "Person", "name": "Bob"}],
    "numberOfEmployees": 3,
    "isAccessibleForFree": True,
}


def test_what_is_named_is_public_and_nothing_else() -> None:
    assert choose(PROFILE, ["email", "address.addressLocality", "email", "knowsLanguage"]) == {
        "email": ["ada@ada.example"],
        "address.addressLocality": ["Bern"],
        "knowsLanguage": ["de", "fr"],
    }
    assert choose(PROFILE, ["numberOfEmployees"]) == {"numberOfEmployees": ["3"]}
    assert choose(PROFILE, []) == {}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (["fax"], "fax: your profile has no such member"),
        (["@id"], "@id: your profile has no such member"),
        (["email.domain"], "no such member"),
        (["address"], "name those you mean: address.addressLocality, address.postalCode"),
        (["knows"], "it has parts; name those you mean: knows.name"),
        (["knows.name"], "no such member"),
        (["isAccessibleForFree"], "it is no text"),
        ([f"m{number}" for number in range(21)], "No more than 20 members"),
    ],
)
def test_what_cannot_be_chosen_so_says_why(members: list[str], said: str) -> None:
    with pytest.raises(Unprocessable, match="not-publishable") as refused:
        choose(PROFILE, members)
    assert said in refused.value.detail


@pytest.mark.parametrize(
    ("value", "said"), [("x" * 2_001, "longer than 2,000"), (["x"] * 21, "no more than 20 texts")]
)
def test_what_is_public_is_bounded(value: Any, said: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        choose({"email": value}, ["email"])
    assert said in refused.value.detail


def test_what_the_profile_says_otherwise_is_outdated() -> None:
    public = choose(PROFILE, ["email", "telephone"])
    assert outdated(PROFILE, public) == []
    assert outdated({"email": "ada@new.example", "telephone": PROFILE["telephone"]}, public) == ["email"]
    assert outdated({}, public) == ["email", "telephone"]
