"""Changing an agreement on its page: proposed by either side, answered by the other, with its history."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from protocol.strictjson import Document
from tests.web.browsing import Browser
from tests.web.house import Answer, House, until
from tests.web.pages.desk.dealing import Dealing, dealing
from tests.web.pages.signed import sealed, shown_bytes, signed_bytes
from tests.web.pages.test_agreements_page import PHONE, agreed
from tests.web.pages.test_comparison import page, plain
from tests.web.pages.test_offers import field

pytestmark = pytest.mark.asyncio(loop_scope="module")


SOON = "2099-01-01T00:00:00Z"
CAR: Document = {"kind": "oneOff", "amount": "9000.00", "currency": "EUR", "label": "Car"}
POWER: Document = {
    **CAR,
    "kind": "unitRate",
    "amount": "0.30",
    "label": "Use",
    "unit": "kWh",
    "estimate": "2500",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dealing]:
    async with dealing(tmp_path_factory.mktemp("amendments"), stocked=False) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(deal: Dealing) -> Browser:
    browser = Browser(deal.ada)
    await browser.sign_in()
    return browser


async def look(browser: Browser, path: str, **typed: str) -> Answer:
    sheet = await page(browser, f"{path}/amend")
    return await browser.post(f"{path}/amend", form_key=field(sheet, "form_key"), look="1", **typed)


async def send(browser: Browser, path: str, preview: Answer, **typed: str) -> Answer:
    return await browser.post(f"{path}/amend", send="1", **sealed(preview.body.decode()), **typed)


async def proposals(house: House, agreement: str) -> list[Document]:
    return list((await house.owner("GET", f"/agreements/{agreement}/amendments")).json["items"])


async def theirs(house: House, peer: Document) -> Document:
    """Return the same agreement at another end."""
    listed = (await house.owner("GET", "/agreements")).json["items"]
    (found,) = [one for one in listed if one["iri"] == peer["iri"]]
    return dict(found)


async def arrived(house: House, agreement: str, state: str) -> Document:
    found: list[Document] = []

    async def is_there() -> bool:
        found[:] = [one for one in await proposals(house, agreement) if one["state"] == state]
        return bool(found)

    await until(is_there)
    return found[0]


async def test_a_change_is_looked_at_signed_accepted_and_takes_its_place(deal: Dealing, ada: Browser) -> None:
    agreement = await agreed(deal, PHONE)
    path = f"/agreements/{agreement['id']}"
    assert f'href="{path}/amend"' in await page(ada, path)
    preview = await look(ada, path, **{"amount-0": "14.90", "also": "Roaming"})
    said = plain(preview.body.decode())
    for words in (
        "This is what you would propose.",
        "€19.90 a month until it is ended €14.90 a month until it is ended",
        "“Roaming” yes",
    ):
        assert words in said, words
    assert await proposals(deal.ada, agreement["id"]) == []
    for _ in range(2):  # pressed twice, it is proposed once
        sent = await send(ada, path, preview, **{"amount-0": "14.90", "also": "Roaming"})
        assert (sent.status, sent.headers["Location"]) == (303, f"{path}#changes")
    (mine,) = await proposals(deal.ada, agreement["id"])
    assert await signed_bytes(deal.ada, mine["id"]) == shown_bytes(preview.body.decode())
    waiting = await page(ada, path)
    assert "It waits for their answer until" in plain(waiting)
    assert f'data-about="{mine["id"]}"' in waiting  # the answer comes to the open page
    away = await ada.get(f"/offers/{mine['id']}")
    assert (away.status, away.headers["Location"]) == (303, f"{path}#changes")

    at_theirs = await theirs(deal.dealer, agreement)
    offer = await arrived(deal.dealer, at_theirs["id"], "offered")
    assert "It waits for you until" in plain(await page(deal.desk, f"/agreements/{at_theirs['id']}"))
    pipeline = (await deal.dealer.owner("GET", "/pipeline?stage=answer")).json
    assert pipeline["stages"]["answer"] == 1
    (waiting,) = pipeline["items"]
    assert (waiting["step"], waiting["offer"], waiting["until"]) == (
        "answer-change",
        offer["id"],
        offer["expires_at"],
    )
    customer = f"/desk/customers/{waiting['customer']}"
    for desk in ("/desk", "/desk?stage=answer", "/desk?search=ada", customer):
        shown = await page(deal.desk, desk)
        assert f'href="/offers/{offer["id"]}"' in shown, desk
        assert "They propose to change what is agreed" in shown, desk
    assert "waits for your answer." in await page(deal.desk, customer)
    assert "Nothing stands here." in await page(deal.desk, "/desk?stage=offered")
    sheet = await page(deal.desk, f"/offers/{offer['id']}/accept")
    assert "You would be paid €14 .90 a month" in plain(sheet)
    assert "What it would change of your agreement" in sheet
    fields = {"digest": field(sheet, "digest"), **sealed(sheet)}
    assert (await deal.desk.post(f"/offers/{offer['id']}/accept", **fields)).status == 303
    left = (await deal.dealer.owner("GET", "/deliveries?state=queued")).json["items"]
    await deal.dealer.owner("POST", f"/deliveries/{left[0]['id']}/retry")
    await arrived(deal.ada, agreement["id"], "concluded")
    assert (await deal.dealer.owner("GET", "/pipeline")).json["stages"]["answer"] == 0
    newer = (await deal.ada.owner("GET", "/agreements?state=concluded")).json["items"][0]
    assert (newer["role"], newer["pays"]) == ("offerer", True)
    now = await page(ada, f"/agreements/{newer['id']}")
    assert "You pay €14 .90 a month" in plain(now)
    assert (
        f'href="/offers/{agreement["offer"]}/thread"' in now
    )  # what holds can be talked about, whoever changed it
    after = await page(ada, path)
    assert "data-about" not in after
    after = plain(after)
    assert "A newer agreement has taken its place." in after
    assert "It was agreed." in after
    again = await ada.get(f"{path}/amend")
    assert (again.status, again.headers["Location"]) == (303, path)


async def test_what_the_other_side_proposes_is_on_today_and_declined(deal: Dealing, ada: Browser) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "Second contract"})
    at_theirs = await theirs(deal.dealer, agreement)
    terms = {"price": [{**PHONE["price"][0], "amount": "24.90"}]}
    made = await deal.dealer.owner("POST", f"/agreements/{at_theirs['id']}/amend", {"terms": terms})
    assert made.status == 201, made.body
    offer = await arrived(deal.ada, agreement["id"], "offered")
    assert "Autohaus Lindner proposes to change your agreement: Second contract ." in plain(
        await page(ada, "/")
    )
    shown = await page(ada, f"/agreements/{agreement['id']}")
    assert "€19.90 a month until it is ended €24.90 a month until it is ended" in plain(shown)
    assert f'href="/offers/{offer["id"]}"' in shown
    assert 'href="/agreements" aria-label="Back"' in await page(ada, f"/offers/{offer['id']}")
    sheet = await page(ada, f"/offers/{offer['id']}/decline")
    assert "Decline the change that Autohaus Lindner proposes?" in plain(sheet)
    assert "All stays as agreed, and they are told that you declined." in plain(sheet)
    fields = {name: field(sheet, name) for name in ("digest", "form_key")}
    assert (await ada.post(f"/offers/{offer['id']}/decline", why="price", **fields)).status == 303
    assert "You declined. All stays as agreed." in plain(await page(ada, f"/agreements/{agreement['id']}"))
    assert (await deal.ada.owner("GET", f"/agreements/{agreement['id']}")).json["total"] == agreement["total"]
    await arrived(deal.dealer, at_theirs["id"], "rejected")
    assert "They declined. All stays as agreed." in plain(
        await page(deal.desk, f"/agreements/{at_theirs['id']}")
    )


@pytest.mark.parametrize(
    ("agreed_line", "other", "said"),
    [
        (CAR, {"currency": "GBP"}, ["“Car” €9,000.00 £9,000.00", "Currency EUR GBP"]),
        (
            POWER,
            {"amount": "3.00"},
            ["“Use” €0 .30 for each kWh, about 2,500 €3 .00 for each kWh, about 2,500"],
        ),
    ],
)
async def test_no_price_changes_unsaid(
    deal: Dealing, ada: Browser, agreed_line: Document, other: Document, said: list[str]
) -> None:
    """What a change costs is said, in whatever currency and however it is charged."""
    name = f"Priced {agreed_line['kind']}"
    agreement = await agreed(deal, {"name": name, "price": [agreed_line], "starts_at": SOON})
    at_theirs = await theirs(deal.dealer, agreement)
    terms = {"price": [{**agreed_line, **other}]}
    made = await deal.dealer.owner("POST", f"/agreements/{at_theirs['id']}/amend", {"terms": terms})
    assert made.status == 201, made.body
    offer = await arrived(deal.ada, agreement["id"], "offered")
    for path in (f"/offers/{offer['id']}", f"/offers/{offer['id']}/accept", f"/agreements/{agreement['id']}"):
        shown = plain(await page(ada, path))
        for words in said:
            assert words in shown, (path, words)
        assert "your limit, which stays home" not in shown, path  # that is in the wish's currency
        assert "The other offers to this wish" not in shown, path


async def test_who_accepts_a_later_beginning_reads_that_nothing_holds_until_then(
    deal: Dealing, ada: Browser
) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "From next year"})
    at_theirs = await theirs(deal.dealer, agreement)
    made = await deal.dealer.owner(
        "POST", f"/agreements/{at_theirs['id']}/amend", {"terms": {"starts_at": "2031-01-01T12:00:00Z"}}
    )
    assert made.status == 201, made.body
    offer = await arrived(deal.ada, agreement["id"], "offered")
    for path in (f"/offers/{offer['id']}", f"/offers/{offer['id']}/accept"):
        shown = plain(await page(ada, path))
        assert "as soon as both have signed, and begins later: until 1 January 2031" in shown, path
        assert "neither of them holds." in shown, path


async def test_what_was_proposed_can_be_taken_back(deal: Dealing, ada: Browser) -> None:
    agreement = await agreed(deal, {**PHONE, "name": "Third contract"})
    other = await agreed(deal, {**PHONE, "name": "Fourth contract"})
    path = f"/agreements/{agreement['id']}"
    preview = await look(ada, path, **{"amount-0": "10.00"})
    await send(ada, path, preview, **{"amount-0": "10.00"})
    (mine,) = await proposals(deal.ada, agreement["id"])
    strange = await ada.post(f"/agreements/{other['id']}/take-back", offer=mine["id"], form_key="strange")
    assert strange.status == 404
    taken = await ada.post(f"{path}/take-back", offer=mine["id"], form_key="back")
    assert (taken.status, taken.headers["Location"]) == (303, f"{path}#changes")
    assert "Nothing came of it. All stays as agreed." in plain(await page(ada, path))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount-0": "19.90"}, "Change something first"),
        ({"amount-0": "cheap"}, "Write an amount such as"),
        ({"amount-0": "12", "ends": "2001-01-01"}, "Choose a day that is still to come"),
        ({"amount-0": "12", "ends": "soon"}, "Choose a day that is still to come"),
        ({"amount-0": "0.001"}, "mistake"),
    ],
)
async def test_what_cannot_be_proposed_is_said_at_its_field(
    deal: Dealing, ada: Browser, typed: dict[str, str], said: str
) -> None:
    listed = (await deal.ada.owner("GET", "/agreements?state=concluded")).json["items"]
    refused = await look(ada, f"/agreements/{listed[0]['id']}", **typed)
    text = refused.body.decode()
    assert refused.status == 422
    assert said in plain(text) or (said == "mistake" and 'aria-invalid="true"' in text)


async def test_other_bytes_are_not_proposed(deal: Dealing, ada: Browser) -> None:
    listed = (await deal.ada.owner("GET", "/agreements?state=concluded")).json["items"]
    path = f"/agreements/{listed[0]['id']}"
    before = await proposals(deal.ada, listed[0]["id"])
    preview = await look(ada, path, **{"amount-0": "9.00"})
    other = await send(ada, path, preview, **{"amount-0": "8.00"})
    assert other.status == 409
    assert "What would be signed has changed. Look again." in other.body.decode()
    back = await ada.post(f"{path}/amend", form_key="back", change="1", **{"amount-0": "9.00"})
    assert 'value="9.00"' in back.body.decode()
    assert await proposals(deal.ada, listed[0]["id"]) == before
