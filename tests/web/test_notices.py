"""An owner is told away from the pages: a real node, a real mail server, and a stand-in for ntfy's."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from node.delivery.notices.notifier import Notifier
from node.services.notices import outbox
from node.storage import notices
from node.storage.errors import StorageUnavailable
from node.storage.session import Session
from tests.delivery.test_ntfy import open_board
from tests.mailbox import Office, open_office
from tests.web.browsing import Browser
from tests.web.house import House, Peer, until
from tests.web.pages.market import GOOD, offered, once

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOUD = {"quiet": None, "zone": "UTC", "language": "en"}


async def by_mail(house: House, office: Office, **said: Any) -> str:
    """Let the owner be told by mail; return the channel's id."""
    box = {"to": "ada@mail.example", "host": "localhost", "port": office.port, "security": "none"}
    assert (await house.owner("PUT", "/notices/settings", {**LOUD, **said})).status == 200
    made = await house.owner("POST", "/notices/channels/mail", box)
    assert made.status == 201, made.body
    return str(made.json["id"])


async def turn(house: House) -> None:
    """Wake the notifier, and wait until nothing is due any more by the clock of the house."""

    def is_quiet(session: Session) -> bool:
        rows = notices.list_channels(session, house.iri)
        due = [
            moment for row in rows if (moment := outbox.next_due(session, row, now=house.clock())) is not None
        ]
        return all(moment > house.clock() for moment in due)

    await house.runtime.store.write(lambda session: session.tell(notices.NEWS))
    await until(lambda: house.runtime.store.read(is_quiet))


async def test_a_new_offer_is_told_by_mail_and_nothing_of_what_it_says(house: House, shop: Peer) -> None:
    shop.changes = {"name": "Buy now!\r\nBcc: eve@mail.example"}
    async with open_office() as office:
        await by_mail(house, office)
        _, (offer,) = await offered(house, shop, {"price": [once("12345.67", "Buy")], "properties": GOOD})
        await until(lambda: office.letters)
        (letter,) = office.letters
    assert letter["Subject"] == "A new offer"
    assert letter.get_content() == f"Look at it: {house.origin}/offers/{offer}\n"


async def test_what_a_colleague_asks_for_is_told_and_what_one_does_oneself_is_not(
    house: House, shop: Peer
) -> None:
    shop.changes = {"name": "http://eve.example\r\nBcc: x@y.example \u202enasty"}
    _, (mine, theirs) = await offered(
        house, shop, *({"price": [once(price)], "properties": GOOD} for price in ("200.00", "300.00"))
    )
    assert (await house.owner("POST", "/persons", {"name": "Cem"})).status == 201
    limit = {"amount": "100", "currency": "EUR"}
    assert (await house.owner("PUT", "/cosignatures/limit", limit)).status == 200
    token = {"name": "till", "scopes": ["read", "write"], "person": "Cem"}
    cem = {"Authorization": f"Bearer {(await house.owner('POST', '/tokens', token)).json['secret']}"}
    async with open_office() as office:
        await by_mail(house, office, saying="amount")
        assert (await house.owner("POST", f"/offers/{mine}/accept", {})).status == 202
        await house.request("POST", f"/api/v1/offers/{theirs}/accept", b"", cem)
        await until(lambda: office.letters)
        await turn(house)
        (letter,) = office.letters
    waits = (await house.owner("GET", "/cosignatures")).json["items"]
    (asked,) = (one["id"] for one in waits if one["asked_by"] == "Cem")
    assert letter["Subject"] == "A second signature waits for you"
    assert letter["Bcc"] is None
    assert f"Look at it: {house.origin}/desk/cosign/{asked}" in letter.get_content()
    assert "http://eve" not in letter.get_content()


async def test_what_the_owner_allows_is_told_and_made_harmless(house: House, shop: Peer) -> None:
    async with open_office() as office:
        await by_mail(house, office, saying="amount", language="de")
        shop.changes = {"name": "http://eve.example\r\nBcc: x@y.example \u202enasty"}
        await offered(house, shop, {"price": [once("12345.67")], "properties": GOOD})
        await until(lambda: office.letters)
        (letter,) = office.letters
    assert letter["Subject"] == "Ein neues Angebot"
    assert letter["Bcc"] is None
    first = letter.get_content().splitlines()[0]
    assert first.endswith(": 12.345,67\xa0€")
    assert "\u202e" not in first
    assert "http://" not in first
    assert office.envelopes[0][1] == ["ada@mail.example"]


async def test_several_offers_within_ten_minutes_are_one_message(house: House, shop: Peer) -> None:
    async with open_office() as office:
        await by_mail(house, office)
        terms = [{"price": [once(f"{amount}.00")], "properties": GOOD} for amount in (1, 2, 3)]
        await offered(house, shop, terms[0])
        await until(lambda: office.letters)
        await offered(house, shop, *terms)
        await until(lambda: _waiting(house, 3))
        house.clock.ahead += timedelta(minutes=11)
        await until(lambda: _told(house, office, 2))
        assert [letter["Subject"] for letter in office.letters] == ["A new offer", "3 new offers"]


async def _waiting(house: House, count: int) -> bool:
    """Tell whether so many notices wait, whatever for."""

    def look(session: Session) -> int:
        (row,) = notices.list_channels(session, house.iri)
        later = house.clock() + timedelta(days=1)
        return len(notices.due_notices(session, house.iri, row.id, later, beyond=later, limit=100))

    return await house.runtime.store.read(look) == count


async def _told(house: House, office: Office, count: int) -> bool:
    await turn(house)
    return len(office.letters) >= count


async def test_a_server_that_says_503_for_ever_is_left_in_peace_and_the_page_says_so(
    house: House, shop: Peer
) -> None:
    async with open_board() as board:
        board.status = 503
        assert (await house.owner("PUT", "/notices/settings", LOUD)).status == 200
        said = {"server": board.origin, "topic": "ada-7d", "token": "tk_secret"}
        made = await house.owner("POST", "/notices/channels/ntfy", said)
        assert made.status == 201
        assert b"tk_secret" not in made.body
        await offered(house, shop, {"price": [once("5.00")], "properties": GOOD})
        await until(lambda: board.published)
        for _ in range(40):
            house.clock.ahead += timedelta(hours=1, minutes=1)
            await turn(house)
        assert 5 < len(board.published) < 30
        listed = await house.owner("GET", "/notices/channels")
        (channel,) = listed.json["items"]
        assert (channel["trouble"], channel["lost"]) == ("busy", 1)
        assert b"tk_secret" not in listed.body
    browser = Browser(house)
    await browser.sign_in()
    page = (await browser.get("/notifications")).body.decode()
    assert "The server says that it cannot take it now." in page
    assert "1 message was given up." in page
    assert "tk_secret" not in page


async def test_a_test_is_sent_at_once_and_says_what_came_of_it(house: House) -> None:
    async with open_office() as office:
        id = await by_mail(house, office)
        tried = await house.owner("POST", f"/notices/channels/{id[:8]}/test")
        assert (tried.status, tried.json["reception"]) == (200, "taken")
        assert [letter["Subject"] for letter in office.letters] == ["This is a test"]
        again = await house.owner("POST", f"/notices/channels/{id}/test")
        assert (again.status, again.code) == (409, "tried-just-now")
    house.clock.ahead += timedelta(seconds=11)
    failed = await house.owner("POST", f"/notices/channels/{id}/test")
    assert (failed.status, failed.json["trouble"]) == (200, "unreachable")


async def test_of_two_tests_at_once_one_is_sent(house: House) -> None:
    async with open_office() as office:
        id = await by_mail(house, office)
        asked = [house.owner("POST", f"/notices/channels/{id}/test") for _ in range(4)]
        answers = await asyncio.gather(*asked)
        assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
        assert len(office.letters) == 1


async def test_a_sign_in_is_told_at_any_hour(house: House) -> None:
    async with open_office() as office:
        all_day = {"from": "00:00", "until": "23:59"}
        await by_mail(house, office, quiet=all_day, timing={"offer": "not"})
        await Browser(house).sign_in()
        await until(lambda: office.letters)
        (letter,) = office.letters
    assert letter["Subject"] == "Something about your sign-in changed"
    assert f"{house.origin}/security" in letter.get_content()


@pytest.mark.parametrize("path", ["/security/kit", "/calendar"])
async def test_whatever_else_lets_somebody_in_or_read_along_is_told(house: House, path: str) -> None:
    browser = Browser(house)
    await browser.sign_in()
    async with open_office() as office:
        await by_mail(house, office)
        await browser.get(path)
        assert (await browser.post(path)).status == 200
        await until(lambda: office.letters)
        assert office.letters[0]["Subject"] == "Something about your sign-in changed"


async def test_what_was_sent_when_the_node_stopped_is_sent_once_more_as_the_same_letter(
    house: House, shop: Peer
) -> None:
    notifier = cast("Notifier", house.runtime.notices)
    stopped = asyncio.Event()
    settled = _stopping_before(house.runtime.store.write, stopped)
    async with open_office() as office:
        await by_mail(house, office)
        notifier._store = cast("Any", _Stopping(house.runtime.store, settled))
        await offered(house, shop, {"price": [once("5.00")], "properties": GOOD})
        await until(stopped.is_set)
        notifier._store = house.runtime.store
        await until(lambda: _told(house, office, 2))
        for _ in range(3):
            house.clock.ahead += timedelta(hours=1)
            await turn(house)
    assert [letter["Message-ID"] for letter in office.letters] == [office.letters[0]["Message-ID"]] * 2


async def test_what_waits_can_be_looked_at_on_a_full_disk(
    house: House, shop: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_work: object, *, brief: bool = False) -> None:
        raise StorageUnavailable("disk full")

    browser = Browser(house)
    await browser.sign_in()
    async with open_office() as office:
        await by_mail(house, office, timing={"offer": "digest"})
        _, (offer,) = await offered(house, shop, {"price": [once("5.00")], "properties": GOOD})
        await until(lambda: _waiting(house, 1))
        with monkeypatch.context() as broken:
            broken.setattr(house.runtime.store, "write", full)
            assert (await browser.get(f"/offers/{offer}")).status == 200
        assert await _waiting(house, 1)
        assert (await browser.get(f"/offers/{offer}")).status == 200
        assert await _waiting(house, 0)


class _Stopping:
    """A store whose node stops when it would write down what came of sending."""

    def __init__(self, store: Any, write: Callable[..., Awaitable[Any]]) -> None:
        self._store, self.write = store, write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _stopping_before(write: Callable[..., Awaitable[Any]], stopped: asyncio.Event) -> Callable[..., Any]:
    async def stopping(work: Any, **options: Any) -> Any:
        if "settle" in repr(work):
            stopped.set()
            raise RuntimeError("the node stops here")
        return await write(work, **options)

    return stopping
