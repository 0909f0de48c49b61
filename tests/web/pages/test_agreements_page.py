"""Agreements on pages: the list, one of them with its proof, confirming, leaving; peers get the document."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from node.core.drafts import view_time
from node.core.retries import Fate, RetryDecision
from node.services.acting import Acting, Record
from node.services.negotiations import agreements as agreement_service
from node.services.negotiations import leavings
from node.services.outbox import deliveries, endings
from node.storage.deliveries import DeliveryRow, deliveries_of
from node.storage.session import Session
from node.web.pages.agreements import agreements
from node.web.pages.wording.languages import ENGLISH, Reader, reading
from protocol.strictjson import Document
from tests.protocol.data_terms import asked
from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import Dealing, dealing
from tests.web.pages.signed import bytes_of, sealed, shown_bytes
from tests.web.pages.test_comparison import page, plain
from tests.web.pages.test_offers import field

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE: dict[str, Any] = {
    "name": "Phone contract",
    "price": [{"kind": "recurring", "amount": "19.90", "currency": "EUR", "per": "month"}],
    "starts_at": "2099-01-01T00:00:00Z",
    "notice": "P1M",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dealing]:
    async with dealing(tmp_path_factory.mktemp("agreements"), stocked=False) as opened:
        yield opened


async def accepted(deal: Dealing, terms: dict[str, Any]) -> Document:
    """Return an offer of the dealer's on these terms, at the customer's end, who has accepted it."""
    wish = await deal.ask(deal.ada, terms["name"])
    received: list[Document] = []

    async def is_there() -> bool:
        page = await deal.dealer.owner("GET", "/intentions?own=false")
        received[:] = [one for one in page.json["items"] if one["iri"] == wish["iri"]]
        return bool(received)

    await until(is_there)
    made = await deal.dealer.owner("POST", "/offers", {"intention": received[0]["id"], "terms": terms})
    assert made.status == 201, made.body
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    taken = await deal.ada.owner("POST", f"/offers/{offer['id']}/accept")
    return dict(taken.json)


async def agreed(deal: Dealing, terms: dict[str, Any]) -> Document:
    """Return an agreement, at the customer's end, on terms that the dealer offers."""
    offer = await accepted(deal, terms)
    concluded = await deal.wait_for(deal.ada, offer["intention"], "concluded")
    shown = await deal.ada.owner("GET", f"/agreements/{concluded['agreement']}")
    return dict(shown.json)


async def signed_in(deal: Dealing) -> Browser:
    browser = Browser(deal.ada)
    await browser.sign_in()
    return browser


async def test_there_are_none_at_first(deal: Dealing) -> None:
    said = plain(await page(await _jonas(deal), "/agreements"))
    assert said.count("No agreement") == 1  # said once, in the headline
    assert "No agreements yet." in said
    assert "An agreement begins with an offer that you accept." in said


async def _jonas(deal: Dealing) -> Browser:
    browser = Browser(deal.jonas)
    await browser.sign_in()
    return browser


async def test_one_is_listed_shown_and_proved(deal: Dealing) -> None:
    agreement = await agreed(deal, PHONE)
    browser = await signed_in(deal)
    listed = plain(await page(browser, "/agreements"))
    for words in ("About €19.90 a month, one agreement.", "What holds", "Autohaus Lindner", "Phone contract"):
        assert words in listed, words
    said = plain(await page(browser, f"/agreements/{agreement['id']}"))
    for words in (
        "Agreed. You pay €19 .90 a month until it is ended",
        "It begins on 1 January 2099 .",
        "Signed by both",
        "valid",
        "Leave on",
        "not confirmed yet",
    ):
        assert words in said, words
    proof = await browser.get(f"/agreements/{agreement['id']}/evidence")
    assert proof.headers["Content-Disposition"] == f'attachment; filename="{agreement["id"]}.json"'
    assert proof.body == (await deal.ada.owner("GET", f"/agreements/{agreement['id']}/evidence")).body
    twin = await browser.get(f"/agreements/{agreement['id']}", Accept="application/json")
    assert twin.json["id"] == agreement["id"]


async def test_a_wish_that_is_met_leads_to_its_agreement(deal: Dealing) -> None:
    (agreement,) = (await deal.ada.owner("GET", "/agreements")).json["items"]
    offer = (await deal.ada.owner("GET", f"/offers/{agreement['offer']}")).json
    text = await page(await signed_in(deal), f"/wishes/{offer['intention']}")
    assert "You have an agreement. Offers are no longer taken." in text
    assert f'href="/agreements/{agreement["id"]}"' in text
    assert "is open" not in plain(text)  # whatever nobody has answered yet is open no more


async def test_strangers_get_neither_page_nor_document(deal: Dealing) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "Another contract"})
    stranger = Browser(deal.ada)
    asked = await stranger.get(f"/agreements/{agreement['id']}")
    assert asked.status == 401 or "sign-in" in asked.headers.get("Location", "")
    assert "Another contract" not in asked.body.decode()
    document = await stranger.get(f"/agreements/{agreement['id']}", Accept="application/activity+json")
    assert document.status == 404


@pytest.mark.parametrize(
    ("zone", "last"),
    [("UTC", "2026-12-14T23:59:59Z"), ("Europe/Berlin", "2026-12-14T22:59:59Z")],
)
async def test_notice_is_for_the_day_that_the_agreement_names(zone: str, last: str) -> None:
    here = Reader(language=ENGLISH, zone=ZoneInfo(zone), now=datetime(2026, 11, 30, tzinfo=UTC))
    with reading(here):
        at = agreements.last_moment({"leaves_earliest": "2026-12-14T06:08:17Z", "ends_at": None})
    assert view_time(at) == last


async def test_who_changes_their_mind_in_time_is_out_at_once(deal: Dealing) -> None:
    year = {
        "name": "A contract for a year",
        "price": [{"kind": "oneOff", "amount": "90.00", "currency": "EUR"}],
        "ends_at": view_time((datetime.now(UTC) + timedelta(days=365)).replace(microsecond=0)),
        "terms": {"policy": asked(), "roster": "SD-BASE", "conditions": {"cancellationFee": "9.00"}},
    }
    agreement = await agreed(deal, year)
    browser, path = await signed_in(deal), f"/agreements/{agreement['id']}"
    said = plain(await page(browser, path))
    for words in ("but you may change your mind within 14 days", "Changing your mind until", "without a fee"):
        assert words in said, words
    theirs = next(
        one
        for one in (await deal.dealer.owner("GET", "/agreements")).json["items"]
        if one["iri"] == agreement["iri"]
    )
    dealer = Browser(deal.dealer)
    await dealer.sign_in()
    their_path = f"/agreements/{theirs['id']}"
    asked_there = plain(await page(dealer, their_path))
    assert "They may change their mind until" in asked_there
    assert "Change your mind and end it" not in asked_there
    assert (await dealer.get(f"{their_path}/withdraw")).status == 303  # it is not theirs
    sheet = await page(browser, f"{path}/withdraw")
    for words in ("You would be out at once.", "A fee for leaving does not apply.", "write to them"):
        assert words in plain(sheet), words
    left = await browser.post(f"{path}/withdraw", form_key=field(sheet, "form_key"))
    assert (left.status, left.headers["Location"]) == (303, path)
    assert "You changed your mind in time" in plain(await page(browser, path))
    assert (await browser.get(f"{path}/withdraw")).status == 303

    async def is_told() -> bool:
        return "They withdrew within the time to change their mind" in plain(await page(dealer, their_path))

    await until(is_told)

    async def is_over() -> bool:
        return [(await house.owner("GET", at)).json["state"] for house, at in both] == ["ended", "ended"]

    both = ((deal.ada, path), (deal.dealer, their_path))
    await until(is_over)


async def test_a_note_beside_the_terms_is_its_writers(deal: Dealing) -> None:
    agreement = await agreed(deal, {**PHONE, "content": "Come by for a try."})
    read = plain(await page(await signed_in(deal), f"/agreements/{agreement['id']}"))
    assert "In their own words Written by Autohaus Lindner . Binds nobody. Come by for a try." in read
    listed = (await deal.dealer.owner("GET", "/agreements")).json["items"]
    id = next(one["id"] for one in listed if one["iri"] == agreement["iri"])
    written = plain((await deal.desk.get(f"/agreements/{id}")).body.decode())
    assert "In your own words Written by you. Binds nobody. Come by for a try." in written


async def test_it_is_confirmed_and_left_on_the_day_that_was_read(deal: Dealing) -> None:
    begins = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
    agreement = await agreed(deal, {**PHONE, "name": "A third contract", "starts_at": begins})
    browser, path = await signed_in(deal), f"/agreements/{agreement['id']}"
    shown = await page(browser, path)
    confirmed = await browser.post(f"{path}/confirm", form_key=field(shown, "form_key"))
    assert (confirmed.status, confirmed.headers["Location"]) == (303, path)
    assert "confirmed on" in plain(await page(browser, path))
    sheet = await page(browser, f"{path}/leave")
    said = plain(sheet)
    for words in ("You would be out on", "Autohaus Lindner gets your signed notice", "Stay"):
        assert words in said, words
    too_soon = await browser.post(f"{path}/leave", at="2020-02-02T00:00:00Z", form_key="soon")
    assert too_soon.status == 409
    assert "The day has changed. Look again." in too_soon.body.decode()
    nonsense = await browser.post(f"{path}/leave", at="tomorrow", form_key="nonsense")
    assert nonsense.status == 409
    at = field(sheet, "at")
    for _ in range(2):
        left = await browser.post(f"{path}/leave", at=at, form_key=field(sheet, "form_key"))
        assert (left.status, left.headers["Location"]) == (303, path)
    after = (await deal.ada.owner("GET", path)).json
    assert (after["state"], after["leaves_at"]) == ("ending", at)
    said = plain(await page(browser, path))
    for words in ("It ends on", "Notice was given", "Who You", "When "):
        assert words in said, words
    assert "You can leave it at any time" not in said

    async def is_there() -> bool:
        return "as their server says" in plain(await page(browser, path))

    await until(is_there)
    theirs = next(
        one
        for one in (await deal.dealer.owner("GET", "/agreements")).json["items"]
        if one["iri"] == agreement["iri"]
    )
    dealer = Browser(deal.dealer)
    await dealer.sign_in()
    told = plain(await page(dealer, f"/agreements/{theirs['id']}"))
    assert "here, and its signature is valid" in told
    assert "You are out of A third contract" in plain(await page(browser, "/agreements"))
    again = await browser.get(f"{path}/leave")
    assert (again.status, again.headers["Location"]) == (303, path)


async def refused(deal: Dealing, id: str, *, days: int) -> None:
    """Let the customer give notice, and the dealer refuse it so many days later, before it has come."""

    def meet(session: Session, row: DeliveryRow, acting: Acting, record: Record) -> None:
        said = "The inbox answered 410 Gone."
        now = acting.now + timedelta(days=days)
        deliveries.refused(session, row, now=now, record=record, status=410, detail=said)

    await _given(deal, id, meet)


async def unheard(deal: Dealing, id: str) -> str:
    """Let the customer give notice yesterday, and an attempt at it fail now; return its delivery."""

    def meet(session: Session, row: DeliveryRow, acting: Acting, record: Record) -> None:
        later = acting.now + timedelta(hours=3)
        decision = RetryDecision(Fate.QUEUED, 2, 503, "The server answered 503.", due_at=later)
        endings.settle(session, [row], decision, now=acting.now, record=record)

    return await _given(deal, id, meet, days=1)


async def _given(
    deal: Dealing, id: str, meet: Callable[[Session, DeliveryRow, Acting, Record], None], *, days: int = 0
) -> str:
    runtime = deal.ada.runtime
    acting = runtime.residents.at(next(iter(runtime.residents.owners)))

    def work(session: Session) -> str:
        then = replace(acting, now=acting.now - timedelta(days=days))
        shown = agreement_service.end(session, then, id)
        activity = leavings.list(session, acting, shown["id"])["items"][-1]["activity"]
        (row,) = deliveries_of(session, acting.iri, [activity])
        meet(session, row, acting, runtime.residents.record)
        return row.id

    return await runtime.store.write(work)


async def needed(deal: Dealing) -> list[tuple[str, str]]:
    """Return what needs the customer: which agreement or wish, and what for."""
    return [(one["id"], one["need"]) for one in (await deal.ada.owner("GET", "/today")).json["needs"]]


async def test_a_notice_that_was_refused_counts_all_the_same(deal: Dealing) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "A fourth contract"})
    browser, path = await signed_in(deal), f"/agreements/{agreement['id']}"
    await refused(deal, agreement["id"], days=0)
    said = plain(await page(browser, path))
    for words in ("It ends on", "Notice was given", "answer 410", "It counts all the same.", "410 Gone"):
        assert words in said, words
    notice = await browser.get(f"{path}/notice")
    assert notice.headers["Content-Disposition"].startswith('attachment; filename="notice-agr_')
    assert (notice.json["type"], notice.json["object"]) == ("Leave", agreement["iri"])
    listed = (await deal.ada.owner("GET", f"{path}/leavings")).json
    assert [(one["counts"], one["objection"]) for one in listed["items"]] == [(True, None)]


async def test_what_was_done_is_confirmed_after_a_notice_too(deal: Dealing) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "Left, and done"})
    browser, path = await signed_in(deal), f"/agreements/{agreement['id']}"
    sheet = await page(browser, f"{path}/leave")
    left = await browser.post(f"{path}/leave", at=field(sheet, "at"), form_key=field(sheet, "form_key"))
    assert left.status == 303
    shown = await page(browser, path)
    assert "It ends on" in plain(shown)
    form = shown[shown.index(f'action="{path}/confirm"') :]
    assert (await browser.post(f"{path}/confirm", form_key=field(form, "form_key"))).status == 303
    assert "You confirmed on" in plain(await page(browser, path))


async def test_a_notice_that_came_too_late_is_given_anew(deal: Dealing) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "A fifth contract"})
    browser, path = await signed_in(deal), f"/agreements/{agreement['id']}"
    assert (await browser.get(f"{path}/notice")).status == 404
    await refused(deal, agreement["id"], days=9)
    said = plain(await page(browser, path))
    for words in ("Your notice does not count", "by then that was too early", "Give notice anew"):
        assert words in said, words
    said = plain(await page(browser, "/"))
    assert "Your notice to Autohaus Lindner does not count" in said
    assert "A fifth contract" in said
    sheet = await page(browser, f"{path}/leave")
    left = await browser.post(f"{path}/leave", at=field(sheet, "at"), form_key=field(sheet, "form_key"))
    assert left.status == 303
    assert "Notice was given" in plain(await page(browser, path))


async def test_a_notice_that_does_not_arrive_is_told_in_time(deal: Dealing) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "A sixth contract"})
    browser, path = await signed_in(deal), f"/agreements/{agreement['id']}"
    delivery = await unheard(deal, agreement["id"])
    said = plain(await page(browser, path))
    for words in ("not yet; your node keeps trying", "It does not arrive.", "in another way, today"):
        assert words in said, words
    today = plain(await page(browser, "/"))
    assert "Autohaus Lindner has not got your notice" in today
    assert (agreement["id"], "tell-otherwise") in await needed(deal)
    await deal.ada.owner("POST", f"/deliveries/{delivery}/retry")

    async def has_arrived() -> bool:
        return "as their server says" in plain(await page(browser, path))

    await until(has_arrived)
    assert agreement["id"] not in [id for id, _ in await needed(deal)]


async def test_what_falls_due_is_drawn_and_told(deal: Dealing) -> None:
    begins = datetime.now(UTC).replace(day=1)
    await agreed(deal, {**PHONE, "name": "Running", "starts_at": begins.strftime("%Y-%m-%dT00:00:00Z")})
    text = await page(await signed_in(deal), "/agreements")
    said = plain(text)
    for words in ("Next: €19 .90 to Autohaus Lindner on", "Due per month", "As a table", "expected €"):
        assert words in said, words
    assert text.count('class="bar1"') == 5
    assert text.count('class="bar2"') == 1
    assert re.search(r'<title id="spm-1">Due per month. The most was €\d+\.\d\d in \w+', text)


async def test_what_is_paid_once_is_not_said_to_be_paid(deal: Dealing) -> None:
    browser = await signed_in(deal)
    once = {"name": "A rack", "price": [{"kind": "oneOff", "amount": "90.00", "currency": "EUR"}]}
    bought = plain(await page(browser, f"/agreements/{(await agreed(deal, once))['id']}"))
    assert "Price €90.00" in bought
    assert "Falls due from now on" not in bought
    monthly = {**PHONE, "ends_at": "2100-01-01T00:00:00Z", "notice": None}
    rented = plain(await page(browser, f"/agreements/{(await agreed(deal, monthly))['id']}"))
    assert "Falls due from now on" in rented


@pytest.mark.parametrize(("do", "state"), [("sign", "concluded"), ("cannot", "reneged")])
async def test_what_was_accepted_is_signed_or_not(deal: Dealing, do: str, state: str) -> None:
    await deal.dealer.owner("PUT", "/rule", {"currency": "EUR", "countersign": "ask"})
    offer = await accepted(deal, {**PHONE, "name": f"To {do}"})
    await deal.stands(sign=1)
    listed = (await deal.dealer.owner("GET", "/agreements?state=accepted")).json["items"]
    path = f"/agreements/{listed[0]['id']}"
    shown = await page(deal.desk, path)
    assert "They have signed. It is your turn." in shown
    for _ in range(2):  # pressed twice, it is done once
        sent = await deal.desk.post(f"{path}/answer", do=do, reason="Sold.", **sealed(shown))
        assert (sent.status, sent.headers["Location"]) == (303, path)
    history = (await deal.dealer.owner("GET", f"/offers/{listed[0]['offer']}/history")).json["moves"]
    (answer,) = [move for move in history if move["event"] in ("countersign", "renege")]
    assert (await bytes_of(deal.dealer, answer) == shown_bytes(shown)) is (do == "sign")
    found = await deal.wait_for(deal.ada, offer["intention"], state)
    assert found["id"] == offer["id"]
    after = await page(deal.desk, path)
    assert "It is your turn." not in after
    assert ("did not sign" in after) is (do == "cannot")
    assert "not yet" not in after


async def test_other_bytes_are_not_countersigned(deal: Dealing) -> None:
    await deal.dealer.owner("PUT", "/rule", {"currency": "EUR", "countersign": "ask"})
    await accepted(deal, {**PHONE, "name": "To forge"})
    await deal.stands(sign=1)
    listed = (await deal.dealer.owner("GET", "/agreements?state=accepted")).json["items"]
    path = f"/agreements/{listed[0]['id']}"
    fields = sealed(await page(deal.desk, path))
    forged = await deal.desk.post(f"{path}/answer", do="sign", **{**fields, "copy": "zQmOther"})
    assert forged.status == 409
    assert "What would be signed has changed. Look again." in forged.body.decode()
    assert (await deal.dealer.owner("GET", path)).json["state"] == "accepted"
