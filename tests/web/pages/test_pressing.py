"""A button that is pressed twice: done once, and the second press hears what is true."""

import asyncio

import pytest

from node.core.access import STEP_UP_HOLDS
from tests.web.browsing import Browser
from tests.web.house import House
from tests.web.pages.test_security import PASSWORD, with_password

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADD = "/desk/team"


async def people(house: House) -> list[str]:
    return [one["name"] for one in (await house.owner("GET", "/persons")).json["items"]]


async def ready_to_press(house: House) -> tuple[Browser, Browser]:
    """Return a browser that has to show who it is with the next form, and the same as it is before that."""
    browser = await with_password(house)
    house.clock.ahead += STEP_UP_HOLDS
    await browser.get(ADD)
    return browser, Browser(house, dict(browser.cookies), browser.token, browser.key)


async def test_a_second_press_with_the_secret_of_before_hears_that_it_was_done(house: House) -> None:
    browser, before = await ready_to_press(house)
    pressed = {"name": "Bea", "proof_password": PASSWORD}
    first = await browser.post(ADD, **pressed)
    assert (first.status, browser.secret != before.secret) == (303, True)
    second = await before.post(ADD, **pressed)
    assert (second.status, b"Done already at" in second.body) == (409, True)
    assert "Set-Cookie" not in second.headers  # it lets nobody in
    assert b"Bea" not in second.body
    assert (await people(house))[1:] == ["Bea"]
    # Whoever has the old secret and not that very form hears nothing, and gets in nowhere.
    for changed in ({"name": "Cem"}, {"form_key": "form_of_somebody"}, {"form_token": "x"}):
        refused = await before.send_form(ADD, pressed | changed)
        assert (refused.status, b"Done already" in refused.body) in {(401, False), (403, False)}
    assert (await before.get(ADD)).status == 303
    house.clock.ahead += STEP_UP_HOLDS
    assert (await before.post(ADD, **pressed)).status == 401
    assert (await people(house))[1:] == ["Bea"]


async def test_two_presses_at_once_are_one(house: House) -> None:
    browser, before = await ready_to_press(house)
    pressed = {"name": "Dana", "proof_password": PASSWORD}
    answers = await asyncio.gather(*(one.post(ADD, **pressed) for one in (browser, before, before)))
    said = sorted((answer.status, b"Done already at" in answer.body) for answer in answers)
    assert said[0] == (303, False)
    assert set(said) <= {(303, False), (409, True)}
    assert (await people(house)).count("Dana") == 1
    assert not house.runtime.pressing  # nothing of it is kept
