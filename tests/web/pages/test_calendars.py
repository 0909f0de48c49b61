"""The calendar over real HTTP: made, read by a program, taken back; and what hostile names come to in it."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from icalendar import Calendar

from node.core.dates import Date, DateKind
from node.web.pages.telling import calendars
from node.web.pages.wording.languages import GERMAN, Reader, reading
from protocol.negotiation import Party
from tests.web.browsing import Browser
from tests.web.house import Answer, House, until
from tests.web.pages.desk.dealing import Dealing, dealing
from tests.web.pages.test_agreements_page import PHONE, accepted, agreed

pytestmark = pytest.mark.asyncio(loop_scope="module")

READER = Reader()
AT = datetime(2027, 3, 31, 22, 30, tzinfo=UTC)
HOSTILE = (
    "Velo\r\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:evil",
    "Velo\u202enevig\u200b\u2028ATTENDEE:mailto:evil@evil.example",
    'a;b,c\\n\\,\\;:"^n',
    "\x00\x07\x1b[2J",
    "x" * 5_000,
    "é" * 200 + "\U0001f9d1\u200d\U0001f680" * 200,
)


def dated(**members: object) -> Date:
    common: dict[str, object] = {
        "kind": DateKind.STANDS, "id": "neg_1", "role": Party.OFFEREE, "at": AT,
        "name": "Bike", "peer": "Velo", "changed_at": AT - timedelta(days=9),
    }  # fmt: skip
    return Date(**{**common, **members})  # type: ignore[arg-type]  # of a dict


def written(*dates: Date, reader: Reader = READER, names: bool = True) -> bytes:
    with reading(reader):
        return calendars.render(dates, origin="https://ada.example", reader=reader, names=names)


def read(body: bytes) -> list[Any]:
    """Return the events of a calendar, as somebody else's reader finds them."""
    calendar = Calendar.from_ical(body)
    assert isinstance(calendar, Calendar)
    assert not calendar.errors
    return [*calendar.events]


# --- what is written ---------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_a_hostile_name_is_one_short_line(hostile: str) -> None:
    body = written(dated(peer=hostile, name=hostile), dated(id="neg_2"))
    events = read(body)
    assert [str(event["uid"]) for event in events] == ["neg_1@ada.example", "neg_2@ada.example"]
    assert {name for event in events for name in event} == {
        "UID", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "SUMMARY", "URL", "CLASS", "TRANSP",
    }  # fmt: skip
    summary = str(events[0]["summary"])
    assert summary.isprintable() or "\u200d" in summary
    assert not set(summary) & set("\u202e\u200b\u2028\r\n\x00\x1b")
    assert len(summary) < 600
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 75  # RFC 5545 §3.1
    assert all(line.decode() is not None for line in lines)  # none is cut within a character
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", body)
    assert body.count(b"\n") == body.count(b"\r\n")


async def test_names_that_need_no_change_come_back_as_they_are() -> None:
    said = 'Müller; Söhne, "Räder" \\ 自転車'
    (event,) = read(written(dated(peer=said, name="Bike")))
    assert str(event["summary"]) == f"Offer of {said} ends: Bike"


async def test_without_names_nothing_that_anybody_wrote_is_in_it() -> None:
    every = [dated(kind=kind, role=role, id=f"{kind}-{role}") for kind in DateKind for role in Party
             if role is not Party.CLOCK]  # fmt: skip
    body = written(*every, names=False)
    assert b"Velo" not in body
    assert b"Bike" not in body
    assert len({str(event["summary"]) for event in read(body)}) == 10
    named = [str(event["summary"]) for event in read(written(*every))]
    assert all("Bike" in said for said in named)
    assert [said for said in named if "Velo" not in said] == ["Takes offers again: Bike"]  # their own wish


async def test_an_agreement_ends_on_a_day_of_its_owners_and_an_offer_at_a_moment() -> None:
    berlin = Reader(language=GERMAN, zone=ZoneInfo("Europe/Berlin"))
    offer, end = read(written(dated(), dated(kind=DateKind.ENDS, id="agr_1"), reader=berlin))
    assert offer["dtstart"].dt == AT
    assert end["dtstart"].dt == date(2027, 4, 1)
    assert end["dtstart"].params["VALUE"] == "DATE"
    assert str(offer["summary"]) == "Angebot von Velo endet: Bike"
    assert str(end["url"]) == "https://ada.example/agreements/agr_1"
    (utc,) = read(written(dated(kind=DateKind.LEAVES)))
    assert utc["dtstart"].dt == date(2027, 3, 31)


async def test_a_date_that_moves_keeps_its_uid() -> None:
    before = read(written(dated()))[0]
    after = read(written(dated(at=AT + timedelta(days=1), changed_at=AT)))[0]
    assert before["uid"] == after["uid"]
    assert before["dtstamp"].dt < after["dtstamp"].dt


# --- over HTTP ---------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dealing]:
    async with dealing(tmp_path_factory.mktemp("calendars"), stocked=False) as opened:
        yield opened


async def signed_in(house: House) -> Browser:
    browser = Browser(house)
    await browser.sign_in()
    return browser


async def made(browser: Browser, **fields: str) -> str:
    """Make an address; return its path."""
    await browser.get("/calendar")
    answer = await browser.post("/calendar", **fields)
    assert answer.status == 200, answer.body
    (url,) = re.findall(r'<pre class="bytes" translate="no">([^<]*)</pre>', answer.body.decode())
    return str(urlsplit(url).path)


async def asked(house: House, path: str, **headers: str) -> Answer:
    return await house.request("GET", path, headers=headers)


async def test_a_program_reads_dates_and_nothing_else(deal: Dealing) -> None:
    ends = {**PHONE, "name": "Ends", "starts_at": "2098-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"}
    agreement = await agreed(deal, ends)
    browser = await signed_in(deal.ada)
    assert 'href="/calendar"' in (await browser.get("/agreements")).body.decode()
    browser.cookies |= {"language": "de", "zone": "America/New_York"}
    path = await made(browser, names="yes")
    answer = await asked(deal.ada, path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    last, event = [one for one in read(answer.body) if agreement["id"] in str(one["uid"])]
    assert str(last["summary"]) == "Letzter Tag zum Kündigen: Ends, Autohaus Lindner"
    assert last["dtstart"].dt == date(2098, 11, 30)
    assert last["uid"] != event["uid"]
    assert str(event["summary"]) == "Endet von selbst: Ends, Autohaus Lindner"
    assert event["dtstart"].dt == date(2098, 12, 31)  # in New York it is still the day before
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    for elsewhere in ("/wishes", "/security", "/calendar", "/events"):
        refused = await asked(deal.ada, elsewhere, Cookie=f"freehold-{deal.ada.settings.port}={secret}")
        assert refused.status in {303, 401}, elsewhere
    api = await asked(deal.ada, "/api/v1/agreements", Authorization=f"Bearer {secret}")
    assert api.status == 401
    assert secret.encode() not in (deal.ada.settings.data / "freehold.db").read_bytes()


async def test_what_has_not_changed_is_not_sent_again(deal: Dealing) -> None:
    path = await made(await signed_in(deal.ada))
    first = await asked(deal.ada, path)
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        kept_ = await deal.ada.request("GET", path, headers={"If-None-Match": known})
        assert (kept_.status, kept_.body, kept_.headers["ETag"]) == (304, b"", tag), known
    assert (await deal.ada.request("GET", path, headers={"If-None-Match": '"other"'})).status == 200
    await agreed(deal, {**PHONE, "name": "Another", "ends_at": "2100-01-01T00:00:00Z"})
    assert (await deal.ada.request("GET", path, headers={"If-None-Match": tag})).status == 200


async def test_who_has_a_wrong_address_learns_nothing(deal: Dealing) -> None:
    path = await made(await signed_in(deal.jonas))
    assert (await asked(deal.jonas, path)).status == 200
    secret = path.removeprefix("/calendar/").removesuffix(".ics")
    for wrong in (secret[:-1], secret.swapcase(), secret + "A", "A" * 44, "A" * 5_000, "%00", "%C3%A9"):
        answer = await asked(deal.jonas, f"/calendar/{wrong}.ics")
        assert (answer.status, answer.code) == (404, "not-found"), wrong
    elsewhere = await asked(deal.ada, path)
    assert elsewhere.status == 404


async def test_an_address_ends_at_once(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    first = await made(browser)
    second = await made(browser)
    assert [(await asked(deal.jonas, path)).status for path in (first, second)] == [404, 200]
    shown = (await browser.get("/calendar")).body.decode()
    assert second not in shown
    assert "Last read" in shown
    assert (await browser.post("/calendar/revoke")).status == 303
    assert (await asked(deal.jonas, second)).status == 404
    assert (await browser.get("/calendar", Accept="application/json")).json == {"calendar": None}


async def test_the_lock_ends_it_and_opening_again_does_not_bring_it_back(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    path = await made(browser)
    await browser.get("/security/lock")
    assert (await browser.post("/security/lock")).status == 303
    assert (await asked(deal.jonas, path)).status == 404
    await signed_in(deal.jonas)
    assert (await asked(deal.jonas, path)).status == 404


async def test_a_program_makes_it_by_the_api(deal: Dealing) -> None:
    given = {"names": False, "language": "de", "zone": "Europe/Berlin"}
    answer = await deal.ada.owner("POST", "/calendar", given)
    assert answer.status == 201, answer.body
    url = answer.json["url"]
    assert url.startswith(f"{deal.ada.origin}/calendar/")
    assert (await asked(deal.ada, urlsplit(url).path)).status == 200
    shown = (await deal.ada.owner("GET", "/calendar")).json
    assert {name: shown[name] for name in given} == given
    assert "url" not in shown
    assert shown["read_at"] is not None
    for wrong, code in (
        ({"names": True, "zone": "Europe/Nowhere"}, "zone-unknown"),
        ({"names": True, "zone": "Europe"}, "zone-unknown"),
        ({"names": True, "zone": "../../etc/passwd"}, "zone-unknown"),
        ({"names": True, "language": "tlh"}, "invalid-shape"),
        ({}, "invalid-shape"),
    ):
        refused = await deal.ada.owner("POST", "/calendar", wrong)
        assert (refused.status, refused.code) == (422, code)
    assert (await asked(deal.ada, urlsplit(url).path)).status == 200  # nothing of it took its place
    assert (await deal.ada.owner("DELETE", "/calendar")).status == 200
    assert (await asked(deal.ada, urlsplit(url).path)).status == 404
    for method in ("GET", "DELETE"):
        gone = await deal.ada.owner(method, "/calendar")
        assert (gone.status, gone.code) == (404, "no-calendar")


async def test_it_has_what_is_under_way_at_both_ends(deal: Dealing) -> None:
    await deal.dealer.owner("PUT", "/rule", {"currency": "EUR", "countersign": "ask"})
    await accepted(deal, {**PHONE, "name": "Signed by one"})
    await deal.stands(sign=1)
    wish = await deal.ask(deal.ada, "Asked for less")
    received: list[dict[str, Any]] = []

    async def is_there() -> bool:
        listed = (await deal.dealer.owner("GET", "/intentions?own=false")).json["items"]
        received[:] = [one for one in listed if one["iri"] == wish["iri"]]
        return bool(received)

    await until(is_there)
    terms = {"price": PHONE["price"], "notice": "P1M", "starts_at": PHONE["starts_at"]}
    offered = await deal.dealer.owner("POST", "/offers", {"intention": received[0]["id"], "terms": terms})
    assert offered.status == 201, offered.body
    stands = await deal.wait_for(deal.ada, wish["id"], "offered")
    assert "Angebot endet" not in await lines(deal.ada)
    assert f"Offer of Autohaus Lindner ends: {stands['name']}" in await lines(deal.ada)
    assert f"Your offer to Ada Brandt ends: {stands['name']}" in await lines(deal.dealer)
    cheaper = {"price": [{**PHONE["price"][0], "amount": "9.00"}]}
    assert f"Ihr Angebot an Ada Brandt endet: {stands['name']}" in await lines(deal.dealer, language="de")
    asked_for = await deal.ada.owner("POST", f"/offers/{stands['id']}/counter", {"terms": cheaper})
    assert asked_for.status == 200, asked_for.body
    await deal.stands(answer=1)
    assert f"Your counter-offer to Autohaus Lindner ends: {stands['name']}" in await lines(deal.ada)
    german = await lines(deal.ada, language="de")
    assert f"Dein Gegenvorschlag an Autohaus Lindner endet: {stands['name']}" in german
    said = await lines(deal.dealer)
    assert f"Answer what Ada Brandt asks: {stands['name']}" in said
    assert "Last moment to sign for Ada Brandt: Signed by one" in said
    assert "Autohaus Lindner has signed by now, or nobody is bound: Signed by one" in await lines(deal.ada)


async def lines(house: House, language: str = "en") -> set[str]:
    """Return what the calendar of a house says."""
    made = await house.owner("POST", "/calendar", {"names": True, "language": language})
    events = read((await asked(house, urlsplit(made.json["url"]).path)).body)
    return {str(event["summary"]) for event in events}
