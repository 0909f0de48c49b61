"""A wish of which everybody is told little: made in a browser, signed for at the desk, shown at both ends."""

import html
import re
from functools import partial
from typing import Any

import pytest

from node.storage.cache import load_remote_actor, save_remote_actor
from node.storage.session import Session
from protocol.actors import read_actor
from protocol.rosters import find_entry
from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import Dealing, holes
from tests.web.pages.test_comparison import plain
from tests.web.pages.test_wishes import hidden, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "A quiet seven-seater, for the twins"
KEPT = "the exact words, the place and the budget"
KEPT_IN_GERMAN = "die genauen Worte, der Ort und das Budget"
GERMAN = {"Accept-Language": "de"}
MOBILITY = "https://w3id.org/freehold/categories#mobility"


def typed(deal: Dealing, **fields: str) -> dict[str, str]:
    return {
        "name": WORDS, "near": "Wilten", "currency": "EUR", "limit": "15,000", "to": deal.dealer.iri,
        "told": "little", "kind": MOBILITY, "region": "at-7", "least": "9,000", "most": "12,000", **fields,
    }  # fmt: skip


async def looked_at(browser: Browser, fields: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Look at what would be sent; return the hidden fields, and what is said in each step of the door.

    The steps are: what everybody is told, what who signs, what nobody, and what may come back.
    """
    answer = await browser.send_form("/wishes/new", {**fields, "look": "1"})
    assert answer.status == 200, answer.body
    page = answer.body.decode()
    door = page[page.index('class="goes"') : page.index("<template data-door>")]
    steps = re.split(r'<section class="goes" data-signed|<section class="stays"|<section class="card', door)
    return hidden(answer), [plain(step) for step in steps]


def agreed(page: str) -> dict[str, str]:
    """Return the agreement that a page asks to sign, as its form sends it."""
    (name,) = re.findall(r'name="agreement" value="([^"]*)"', page)
    return {"agreement": name}


def hear(iri: str, session: Session, *, accepts: list[str]) -> None:
    """Let a node have heard from a business that it accepts these agreements."""
    known = load_remote_actor(session, iri)
    assert known is not None
    document = {**known.document, "accepts": accepts}
    save_remote_actor(session, read_actor(document, iri=iri), document=document, fetched_at=known.fetched_at)


async def test_a_wish_is_told_in_rings_and_signed_for_at_the_desk(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    carried, (everybody, signing, nobody, back) = await looked_at(browser, typed(deal))
    assert (
        "Kind Vehicles and bicycles Where AT-7 Currency EUR Your terms SD-BASE-DP Your data only" in everybody
    )
    assert f"Looking for {WORDS} Where Wilten Budget" in signing
    assert "They sign PDC-INTENT What you read about my wish" in signing
    assert "Your limit €15,000 .00" in nobody
    assert "The most you allow SD-BASE" in nobody
    assert "At most SD-BASE Your data only" in back
    assert "Refused at the door Passes your data to others." in back
    for step in (everybody, nobody, back):
        assert (WORDS in step, "Wilten" in step, "12,000" in step) == (False, False, False)
    fields = {**typed(deal, limit="15000", least="9000", most="12000"), "look": "1"}
    seen = await browser.send_form("/wishes/new", fields, accept_language="de")
    assert "Fahrzeuge und Fahrräder" in plain(seen.body.decode())
    sent = await browser.post("/wishes/new", **carried, **typed(deal), send="1")
    assert sent.status == 303, sent.body
    own = sent.headers["Location"]
    assert f"Everybody else does not learn {KEPT}." in plain((await browser.get(own)).body.decode())
    await deal.stands(answer=1)
    (item,) = (await deal.pipeline())["items"]
    assert item["why"] == "kept-back"
    assert "It keeps something back, for who signs" in plain((await deal.desk.get("/desk")).body.decode())
    path = f"/desk/wishes/{item['intention']}"
    german = (await deal.desk.get(path, **GERMAN)).body.decode()
    assert 'value="Fahrzeuge und Fahrräder"' in german
    assert "Vehicles" not in german
    assert "€12,000" not in plain((await deal.desk.get(path)).body.decode())
    before = (await deal.desk.get(path)).body.decode()
    assert WORDS not in before
    assert f"There is more: {KEPT}. Who signs PDC-INTENT is told." in before
    assert "Budget" not in plain(before)
    assert before.index("Sign, and be told") < before.index("Preview what they will read")
    assert holes(before) == []
    for odd in ("", "SD-BASE-DP"):  # another one than the button named
        refused = await deal.desk.post(f"{path}/undertake", agreement=odd)
        assert refused.status == 409
        assert "What was shown has changed meanwhile" in refused.body.decode()
    for _ in range(2):
        pressed = await deal.desk.post(f"{path}/undertake", **agreed(before))
        assert (pressed.status, pressed.headers["Location"]) == (303, path)

    async def told() -> bool:
        return WORDS in (await deal.desk.get(path)).body.decode()

    await until(told)
    after = (await deal.desk.get(path)).body.decode()
    assert "There is more" not in after
    assert "Budget €9,000 .00 \N{EN DASH} €12,000 .00" in plain(after)
    (item,) = (await deal.pipeline())["items"]
    assert item["why"] != "kept-back"
    assert f"You signed PDC-INTENT for {KEPT}. Signed, and told." in after
    german = plain((await browser.get(own, **GERMAN)).body.decode())
    assert f"Alle anderen erfahren nicht: {KEPT_IN_GERMAN}." in german
    assert f"Autohaus Lindner {KEPT_IN_GERMAN} Unterschrieben und gesagt" in german
    page = plain((await browser.get(own)).body.decode())
    assert f"Autohaus Lindner {KEPT} Signed, and told" in page
    again = (await browser.get(f"/wishes/new?like={own.rsplit('/', 1)[1]}")).body.decode()
    for kept in (
        'value="little" checked',
        f'value="{MOBILITY}" selected',
        'value="AT-7"',
        'value="12,000',
    ):
        assert kept in again, kept


async def test_what_is_told_all_the_same_stands_with_what_everybody_is_told(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    _carried, (everybody, signing, _nobody, _back) = await looked_at(
        browser, {**typed(deal), "open": ["place", "budget"]}
    )
    assert "Where Wilten Budget €9,000 .00" in everybody
    assert f"Looking for {WORDS} They sign" in signing
    _carried, steps = await looked_at(browser, typed(deal, told="all"))
    assert "Your terms None: they go with a wish of which little is told at first" in steps[0]
    assert steps[1].startswith(" hidden>")


async def test_what_was_chosen_stays_where_something_is_mistaken(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    fields = {**typed(deal, region="Tirol"), "open": ["place"]}
    page = (await browser.send_form("/wishes/new", {**fields, "look": "1"})).body.decode()
    for kept in (
        'name="told" value="little" checked',
        'name="open" value="place" checked',
        "Tirol",
        "12,000",
    ):
        assert kept in page, kept
    assert 'value="budget" checked' not in page


async def test_what_may_come_back_is_as_the_owner_has_set_it_for_the_kind(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    await deal.jonas.owner("PATCH", "/terms", {"categories": {MOBILITY: "SD-BASE-A"}, "beyond": "refuse"})
    try:
        answer = await browser.post("/wishes/new", **typed(deal), look="1")
        page = answer.body.decode()
        back = plain(page[page.index('aria-labelledby="in"') :])
        assert "At most, for this kind SD-BASE-A" in back
        assert "What asks for more It is refused" in back
        assert "SD-BASE-A<" not in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[0]
        (link,) = {*re.findall(r'href="(/terms/maximum[^"]+)"', page)}
        asked = (await browser.get(html.unescape(link))).body.decode()
        assert f'value="{MOBILITY}"' in asked
        assert 'value="SD-BASE-A" checked' in asked
    finally:
        await deal.jonas.owner("PATCH", "/terms", {"categories": None, "beyond": None})


async def test_terms_that_were_not_looked_at_are_not_held_out(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    carried, _steps = await looked_at(browser, typed(deal))
    cast = len((await deal.jonas.owner("GET", "/intentions")).json["items"])
    accepted = find_entry("SD-BASE")
    assert accepted is not None
    await deal.jonas.runtime.store.write(partial(hear, deal.dealer.iri, accepts=[accepted.iri]))
    sent = await browser.post("/wishes/new", **carried, **typed(deal), send="1")
    assert sent.status == 200
    assert b"You have changed something. Look again." in sent.body
    assert "Your terms SD-BASE Your data" in plain(sent.body.decode())
    assert len((await deal.jonas.owner("GET", "/intentions")).json["items"]) == cast
    await deal.jonas.runtime.store.write(partial(hear, deal.dealer.iri, accepts=[]))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("region", "Tirol", "Write a country or a part of one"),
        ("most", "much", "Write an amount such as"),
        ("most", "8,000", "Write no less than where it begins"),
        ("most", "", "Say both ends of the budget, or neither"),
    ],
)
async def test_what_cannot_be_told_is_said_at_its_field(
    deal: Dealing, field: str, value: str, said: str
) -> None:
    browser = await signed_in(deal.ada)
    answer = await browser.post("/wishes/new", **typed(deal, **{field: value}), look="1")
    page = answer.body.decode()
    assert answer.status == 422
    assert said in page
    typed_in = page[page.index(f'name="{field}"') :].split(">", 1)[0]
    assert f'value="{value}"' in typed_in
    assert 'aria-invalid="true"' in typed_in


async def told_to_followers(deal: Dealing, name: str) -> None:
    """Have a customer tell whoever follows them of a wish in rings; the dealer does."""
    await deal.dealer.owner("POST", "/peers/follow", {"peer": deal.ada.iri})

    async def approved() -> bool:
        answer = await deal.ada.owner("POST", "/peers/approve", {"peer": deal.dealer.iri})
        return answer.status == 200

    await until(approved)
    await deal.rests()
    await deal.ada.cast("followers", name=name, content="", rings={"category": "mobility"})


async def received(deal: Dealing, name: str) -> list[str]:
    """Return the wishes (their ids) that the dealer knows under this name."""
    items = (await deal.dealer.owner("GET", "/intentions?own=false&state=open")).json["items"]
    return [item["id"] for item in items if item["name"] == name and item["signed"] is None]


async def test_what_was_told_to_many_is_asked_for_and_signed_for_at_the_desk(deal: Dealing) -> None:
    words = "A van with a ramp"
    before = await received(deal, "Vehicles and bicycles")
    await told_to_followers(deal, words)

    async def came() -> bool:
        return len(await received(deal, "Vehicles and bicycles")) > len(before)

    await until(came)
    (id,) = {*await received(deal, "Vehicles and bicycles")} - {*before}
    path = f"/desk/wishes/{id}"
    page = (await deal.desk.get(path)).body.decode()
    assert "What it may keep back" in page
    assert "There is more" not in page
    assert holes(page) == []
    pressed = await deal.desk.post(f"{path}/undertake", **agreed(page))
    assert (pressed.status, pressed.headers["Location"]) == (303, path)

    async def told() -> bool:
        return words in (await deal.desk.get(path)).body.decode()

    await until(told)
    assert "may keep back" not in (await deal.desk.get(path)).body.decode()


async def test_by_itself_a_node_asks_for_what_was_told_to_many(deal: Dealing) -> None:
    words = "A van without a ramp"
    settings = {"undertake": "auto", "accepts": ["PDC-INTENT"]}
    assert (await deal.dealer.owner("PATCH", "/terms", settings)).status == 200
    await told_to_followers(deal, words)

    async def told() -> bool:
        items = (await deal.dealer.owner("GET", "/intentions?own=false")).json["items"]
        return any(item["name"] == words for item in items)

    await until(told)
    assert (await deal.dealer.owner("PATCH", "/terms", {"undertake": None, "accepts": None})).status == 200
