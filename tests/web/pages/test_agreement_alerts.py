"""What has to be known of an agreement, on its page; and what became of it since it was agreed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from protocol.strictjson import Document
from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import Dealing, dealing
from tests.web.pages.test_agreements_page import agreed
from tests.web.pages.test_comparison import page, plain

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINE: Document = {"kind": "recurring", "amount": "30.00", "currency": "EUR", "per": "month"}
OFF: Document = {"kind": "discount", "amount": "10.00", "currency": "EUR", "per": "month", "count": 1}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dealing]:
    async with dealing(tmp_path_factory.mktemp("alerts"), stocked=False) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(deal: Dealing) -> Browser:
    browser = Browser(deal.ada)
    await browser.sign_in()
    return browser


def days(count: int) -> str:
    return (datetime.now(UTC) + timedelta(days=count)).replace(microsecond=0).isoformat()


async def test_a_price_that_rises_is_said_with_the_day_by_which_to_act(deal: Dealing, ada: Browser) -> None:
    terms = {"name": "Phone", "price": [LINE, OFF], "starts_at": days(-20), "notice": "P7D"}
    id = (await agreed(deal, terms))["id"]
    text = plain(await page(ada, f"/agreements/{id}"))
    assert "you pay €30 .00 a month instead of €20 .00 a month." in text
    assert "Give notice by" in text
    assert f'href="/agreements/{id}/leave"' in await page(ada, f"/agreements/{id}")
    assert "There is something to know about it" in plain(await page(ada, "/agreements"))
    (alert,) = (await deal.ada.owner("GET", f"/agreements/{id}")).json["alerts"]
    assert (alert["kind"], alert["per"], alert["before"], alert["after"]) == (
        "rises",
        "month",
        "20.00",
        "30.00",
    )


@pytest.mark.parametrize("confirmed", [False, True])
async def test_what_was_to_be_done_and_nobody_has_confirmed_is_said_to_both(
    deal: Dealing, ada: Browser, confirmed: bool
) -> None:
    price = [{"kind": "oneOff", "amount": "99.00", "currency": "EUR"}]
    terms = {"name": f"Chair {confirmed}", "price": price, "starts_at": days(-5)}
    agreement = await agreed(deal, terms)
    if confirmed:
        assert (await deal.ada.owner("POST", f"/agreements/{agreement['id']}/confirm")).status == 200
    text = plain(await page(ada, f"/agreements/{agreement['id']}"))
    assert ("nobody has confirmed it" in text) is not confirmed
    assert ("If not, ask them." in text) is not confirmed
    listed = (await deal.dealer.owner("GET", "/agreements")).json["items"]
    theirs = next(item for item in listed if item["iri"] == agreement["iri"])
    if not confirmed:
        text = plain(await page(deal.desk, f"/agreements/{theirs['id']}"))
        assert "It was to be done by" in text
        assert "If it is done, confirm it." in text


async def test_the_last_day_for_notice_and_an_end_are_said(deal: Dealing, ada: Browser) -> None:
    until_then = {"price": [{**LINE, "until": days(3)}], "starts_at": days(-5), "ends_at": days(3)}
    ends = await agreed(deal, {"name": "Storage", **until_then})
    text = plain(await page(ada, f"/agreements/{ends['id']}"))
    assert "It ends by itself on" not in text  # three quarters of its time are not over
    notice = {"price": [{**LINE, "until": days(40)}], "starts_at": days(-5), "ends_at": days(40)}
    left = await agreed(deal, {"name": "Lease", "notice": "P39D", **notice})
    assert "Notice makes a difference until" not in plain(await page(ada, f"/agreements/{left['id']}"))


async def test_what_was_agreed_stands_beside_what_it_has_become(deal: Dealing, ada: Browser) -> None:
    terms: dict[str, Any] = {"name": "Power", "price": [LINE], "starts_at": "2099-01-01T00:00:00Z"}
    first = await agreed(deal, {**terms, "notice": "P1M"})
    cheaper = {"terms": {"price": [{**LINE, "amount": "25.00"}]}}
    made = await deal.ada.owner("POST", f"/agreements/{first['id']}/amend", cheaper)
    assert made.status == 201, made.body
    theirs: list[Document] = []

    async def is_there() -> bool:
        listed = (await deal.dealer.owner("GET", "/offers?state=offered")).json["items"]
        theirs[:] = [one for one in listed if one["amends"] == first["iri"]]
        return bool(theirs)

    await until(is_there)
    assert (await deal.dealer.owner("POST", f"/offers/{theirs[0]['id']}/accept")).status == 200
    line: list[Document] = []

    async def is_changed() -> bool:
        line[:] = [(await deal.ada.owner("GET", f"/agreements/{first['id']}/succession")).json]
        return bool(line[0]["steps"])

    await until(is_changed)
    now = line[0]["now"]
    old, new = await page(ada, f"/agreements/{first['id']}"), await page(ada, f"/agreements/{now}")
    for sheet in (old, new):
        text = plain(sheet)
        assert "As agreed then, and as it stands now" in text
        assert "€30.00 a month" in text
        assert "€25.00 a month" in text
        assert "Changed once, signed by both." in text
    assert f'href="/agreements/{now}"' in old
    assert f'href="/agreements/{first["id"]}"' in new
