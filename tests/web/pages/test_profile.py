"""The profile: shown, changed field by field, and the rest of it kept."""

import pytest

from node.web.pages.home import profile
from tests.web.browsing import Browser
from tests.web.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

KNOWN = {
    "@context": {"@vocab": "https://schema.org/"},
    "@type": "Person",
    "name": "Ada <Lovelace>",
    "email": ["a@x.example", "b@x.example"],
    "telephone": "+49 1",
    "address": {"@type": "PostalAddress", "streetAddress": "Street 1", "addressCountry": {"name": "DE"}},
}


async def test_a_profile_is_its_facts_by_name() -> None:
    assert profile.facts(KNOWN) == [
        ("name", "Ada <Lovelace>"),
        ("email", "a@x.example"),
        ("email", "b@x.example"),
        ("telephone", "+49 1"),
        ("address.streetAddress", "Street 1"),
        ("address.addressCountry.name", "DE"),
    ]


async def test_facts_stand_in_the_order_in_which_they_are_asked_for() -> None:
    kept = {
        "address": {"addressCountry": "DE", "streetAddress": "Street 1"},
        "knowsLanguage": "de",
        "familyName": "L",
        "name": "Ada",
    }
    assert [name for name, _ in profile.facts(kept)] == [
        "name",
        "familyName",
        "address.streetAddress",
        "address.addressCountry",
        "knowsLanguage",
    ]


async def test_what_is_no_single_text_has_no_field() -> None:
    fields = profile.texts(KNOWN)
    assert (fields["telephone"], fields["address.streetAddress"], fields["givenName"]) == (
        "+49 1",
        "Street 1",
        "",
    )
    assert not {"email", "address.addressCountry"} & fields.keys()
    assert "address.postalCode" not in profile.texts(KNOWN | {"address": ["one", "two"]})


async def test_what_was_typed_is_set_and_the_rest_is_kept() -> None:
    typed = {
        "name": "Ada",
        "telephone": "",
        "address.streetAddress": "Street 2",
        "address.postalCode": "79098",
    }
    assert profile.changed(KNOWN, typed) == {
        "@context": KNOWN["@context"],
        "@type": "Person",
        "name": "Ada",
        "email": KNOWN["email"],
        "address": {
            "@type": "PostalAddress",
            "streetAddress": "Street 2",
            "addressCountry": {"name": "DE"},
            "postalCode": "79098",
        },
    }
    assert "address" not in profile.changed({"name": "x"}, {"name": "y", "address.postalCode": ""})
    odd = {"name": "x", "address": ["one", "two"]}
    assert profile.changed(odd, {"name": "y"}) == {"name": "y", "address": ["one", "two"]}


async def test_the_form_changes_the_profile_and_nothing_leaves(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    page = (await browser.get("/profile/edit")).body.decode()
    assert 'autocomplete="address-line1"' in page
    done = await browser.post(
        "/profile/edit", **{"name": "Ada <b>", "address.postalCode": "79098", "form_key": "1"}
    )
    assert (done.status, done.headers["Location"]) == (303, "/profile")
    shown = (await browser.get("/profile")).body.decode()
    assert "Ada &lt;b&gt;" in shown
    assert "79098" in shown
    assert shown.count("stays home") >= 2
    twin = (await browser.get("/profile", Accept="application/json")).json
    assert twin == (await house.owner("GET", "/profile")).json
    assert (await house.owner("GET", "/deliveries")).json["items"] == []


async def test_what_is_not_of_its_form_is_said_and_kept(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    await browser.get("/profile/edit")
    wrong = await browser.post("/profile/edit", name="Ada", email="nonsense", form_key="1")
    assert wrong.status == 422
    told = wrong.body.decode()
    assert 'id="email-e"' in told
    assert 'id="name-e"' not in told
    assert "Write an e-mail address, such as name@mail.example" in told
    assert b'value="nonsense"' in wrong.body


async def test_a_mistake_is_told_at_its_field_in_the_readers_language(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    form = (await browser.get("/profile/edit")).body.decode()
    assert 'id="birthDate" name="birthDate" type="date"' in form
    typed = {"name": "Ada", "birthDate": "24.12.1980", "address.postalCode": "1" * 21}
    wrong = await browser.send_form("/profile/edit", typed, accept_language="de")
    told = wrong.body.decode()
    assert wrong.status == 422
    assert 'id="birthDate" name="birthDate" type="text" value="24.12.1980"' in told
    assert 'id="birthDate-e"' in told
    assert 'id="address.postalCode-e"' in told
    assert "Schreib Jahr, Monat und Tag" in told


async def test_what_is_public_is_marked(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    assert (await house.owner("PUT", "/profile", {"name": "Ada", "email": "a@x.example"})).status == 200
    published = await house.owner("PUT", "/profile/public", {"members": ["email"]})
    assert published.status == 200, published.body
    shown = (await browser.get("/profile")).body.decode()
    assert shown.count('class="tag out"') == 1
    assert "One is public; what else there is stays home." in shown


async def test_the_name_of_the_account_is_public(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    shown = (await browser.get("/profile")).body.decode()
    assert "Your node knows one fact about you." in shown
    assert shown.count('class="tag out"') == 1
