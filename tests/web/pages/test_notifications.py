"""The page Notifications: where one is told, of what, and when; secrets go in and never come out."""

import pytest

from node.core.access import STEP_UP_HOLDS
from node.core.languages import LANGUAGES
from node.storage import notices
from node.storage.session import Session
from node.web.pages.telling.notifications import KINDS
from node.web.pages.wording.languages import SPOKEN
from tests.mailbox import open_office
from tests.web.browsing import Browser
from tests.web.house import House, Peer, until
from tests.web.pages.market import GOOD, offered, once
from tests.web.pages.test_security import PASSWORD, with_password

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = {"zone": "Europe/Berlin", "quiet": "on", "quiet_from": "21:30", "quiet_until": "06:00"}
SETTINGS |= {"digest_at": "17:00", "saying": "who", "language": "de", "kind-offer": "digest"}


def kinds(**chosen: str) -> dict[str, str]:
    """Return what a form says of every kind."""
    return {f"kind-{kind}": "now" for kind in KINDS} | chosen


async def signed_in(house: House) -> Browser:
    browser = Browser(house)
    await browser.sign_in()
    return browser


async def test_notices_are_written_in_the_languages_of_the_pages() -> None:
    assert {language.code for language in SPOKEN} == {*LANGUAGES}


async def test_at_first_nothing_is_sent_and_the_page_says_what_could_be(house: House) -> None:
    browser = await signed_in(house)
    page = (await browser.get("/notifications")).body.decode()
    assert "Nothing is sent to you." in page
    assert 'href="/notifications/mail"' in page
    assert 'href="/notifications"' in (await browser.get("/more")).body.decode()
    twin = await browser.get("/notifications", Accept="application/json")
    assert twin.json["channels"] == []
    assert twin.json["settings"]["saying"] == "that"
    german = (await browser.get("/notifications", **{"Accept-Language": "de"})).body.decode()
    assert 'name="language" value="de" checked' in german  # so it begins when the first place is added


async def test_who_sells_nothing_is_asked_nothing_about_a_crm(house: House) -> None:
    browser = await signed_in(house)
    assert b"kind-crm" not in (await browser.get("/notifications")).body
    chosen = {name: value for name, value in (SETTINGS | kinds()).items() if name != "kind-crm"}
    assert (await browser.post("/notifications", **chosen)).status == 303


async def test_a_mailbox_is_added_tried_and_removed(house: House) -> None:
    async with open_office() as office:
        browser = await signed_in(house)
        await browser.get("/notifications/mail")
        box = {"to": "ada@mail.example", "host": "localhost", "port": str(office.port), "security": "none"}
        assert (await browser.post("/notifications/mail", **box)).status == 303
        (channel,) = (await browser.get("/notifications", Accept="application/json")).json["channels"]
        await browser.get("/notifications")
        assert (await browser.post(f"/notifications/{channel['id']}/test")).status == 303
        assert len(office.letters) == 1
    page = (await browser.get("/notifications")).body.decode()
    assert "You are told when something waits." in page
    assert "ada@mail.example" in page
    await browser.get(f"/notifications/{channel['id']}/remove")
    assert (await browser.post(f"/notifications/{channel['id']}/remove")).status == 303
    assert "Nothing is sent to you." in (await browser.get("/notifications")).body.decode()


async def test_a_mistake_is_said_at_its_field_and_what_is_secret_is_typed_anew(house: House) -> None:
    browser = await signed_in(house)
    await browser.get("/notifications/mail")
    box = {"host": "smtp.mail.example", "security": "starttls", "user": "ada", "password": "hunter2"}
    refused = await browser.post("/notifications/mail", to="ada", port="", **box)
    assert (refused.status, b"hunter2" in refused.body) == (422, False)
    assert b"Write a mail address such as ada@mail.example." in refused.body
    refused = await browser.post("/notifications/mail", to="ada@mail.example", port="99999999", **box)
    assert b"Write the name of a mail server" in refused.body
    await browser.get("/notifications/ntfy")
    refused = await browser.send_form(
        "/notifications/ntfy", {"server": "x", "topic": "a b", "token": "tk_secret"}
    )
    assert (refused.status, b"tk_secret" in refused.body) == (422, False)


async def test_a_topic_is_drawn_that_nobody_guesses(house: House) -> None:
    browser = await signed_in(house)
    first, second = [(await browser.get("/notifications/ntfy")).body for _ in range(2)]
    assert first.split(b'id="topic"')[1][:120] != second.split(b'id="topic"')[1][:120]
    said = {"server": "https://ntfy.example", "topic": "ada-7d", "token": "tk_secret"}
    assert (await browser.send_form("/notifications/ntfy", said)).status == 303
    page = (await browser.get("/notifications")).body
    assert b"https://ntfy.example/ada-7d" in page
    assert b"tk_secret" not in page


async def test_an_address_is_set_by_who_shows_that_it_is_them(house: House) -> None:
    browser = await with_password(house)
    house.clock.ahead += STEP_UP_HOLDS
    asked = await browser.get("/notifications/mail")
    assert (asked.status, asked.headers["Location"]) == (303, "/step-up?next=%2Fnotifications%2Fmail")
    box = {"to": "eve@mail.example", "host": "mail.example", "port": "", "security": "tls"}
    assert (await browser.post("/notifications/mail", **box)).status == 403
    assert (await browser.get("/notifications", Accept="application/json")).json["channels"] == []
    await browser.get("/step-up?next=/notifications/mail")
    assert (await browser.post("/step-up?next=/notifications/mail", proof_password=PASSWORD)).status == 303
    assert (await browser.get("/notifications/mail")).status == 200


async def test_settings_are_kept_and_a_zone_that_there_is_not_is_said(house: House) -> None:
    browser = await signed_in(house)
    await browser.get("/notifications")
    kept = await browser.post("/notifications", **SETTINGS | kinds(**{"kind-offer": "digest"}))
    assert kept.status == 303
    assert b"It is kept so." in (await browser.get(kept.headers["Location"])).body
    twin = (await browser.get("/notifications", Accept="application/json")).json["settings"]
    assert twin["quiet"] == {"from": "21:30", "until": "06:00"}
    assert (twin["zone"], twin["saying"], twin["timing"]["offer"]) == ("Europe/Berlin", "who", "digest")
    await browser.get("/notifications")
    refused = await browser.post("/notifications", **SETTINGS | kinds() | {"zone": "../../etc/passwd"})
    assert refused.status == 422
    text = refused.body.decode()
    assert "Write times such as 22:00" in text
    assert 'value="../../etc/passwd"' in text  # and the rest as it was typed
    assert '<option value="digest" selected' not in text
    assert "It is kept so." not in text


async def test_who_is_alone_is_not_asked_about_second_signatures(house: House) -> None:
    browser = await signed_in(house)
    said = {"timing": {"to-cosign": "not"}}
    assert (await house.owner("PUT", "/notices/settings", said)).status == 200
    assert b"kind-to-cosign" not in (await browser.get("/notifications")).body
    chosen = {name: value for name, value in (SETTINGS | kinds()).items() if name != "kind-to-cosign"}
    assert (await browser.post("/notifications", **chosen)).status == 303
    kept = (await house.owner("GET", "/notices/settings")).json["timing"]
    assert (kept["to-cosign"], kept["offer"]) == ("not", "now")
    assert (await house.owner("POST", "/persons", {"name": "Bea"})).status == 201
    assert b"kind-to-cosign" in (await browser.get("/notifications")).body


async def test_what_was_seen_on_its_page_is_not_told(house: House, shop: Peer) -> None:
    night = {"quiet": {"from": "00:00", "until": "23:59"}, "zone": "UTC"}
    assert (await house.owner("PUT", "/notices/settings", night)).status == 200
    said = {"server": "https://ntfy.example", "topic": "ada-7d"}
    browser = await signed_in(house)
    assert (await house.owner("POST", "/notices/channels/ntfy", said)).status == 201
    _, (offer,) = await offered(house, shop, {"price": [once("5.00")], "properties": GOOD})

    async def waits() -> bool:
        def look(session: Session) -> bool:
            return notices.has_notices(session, house.iri, offer, person="ada")

        return await house.runtime.store.read(look)

    await until(waits)
    await browser.get(f"/offers/{offer}", Accept="application/json")  # by a program: nobody has seen it
    assert await waits()
    await browser.get(f"/offers/{offer}")
    assert not await waits()
