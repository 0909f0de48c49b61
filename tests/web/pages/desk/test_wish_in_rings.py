"""A wish of which everybody is told little: made in a browser, signed for at the desk, shown at both ends."""

import pytest

from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import Dealing, holes
from tests.web.pages.test_comparison import plain
from tests.web.pages.test_wishes import hidden, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "A quiet seven-seater, for the twins"
KEPT = "the exact words, the place and the budget"
MOBILITY = "https://w3id.org/freehold/categories#mobility"


def typed(deal: Dealing, **fields: str) -> dict[str, str]:
    return {
        "name": WORDS, "near": "Wilten", "currency": "EUR", "limit": "15,000", "to": deal.dealer.iri,
        "told": "little", "kind": MOBILITY, "region": "at-7", "least": "9,000", "most": "12,000", **fields,
    }  # fmt: skip


async def looked_at(browser: Browser, fields: dict[str, str]) -> tuple[dict[str, str], str]:
    """Look at what would be sent; return the hidden fields, and what leaves."""
    answer = await browser.post("/wishes/new", **fields, look="1")
    assert answer.status == 200, answer.body
    page = answer.body.decode()
    return hidden(answer), plain(page[page.index('class="goes"') : page.index('class="stays"')])


async def test_a_wish_is_told_in_rings_and_signed_for_at_the_desk(deal: Dealing) -> None:
    browser = await signed_in(deal.jonas)
    carried, leaves = await looked_at(browser, typed(deal))
    assert "Vehicles and bicycles" in leaves
    assert f"For who signs {KEPT}" in leaves
    assert WORDS not in leaves
    sent = await browser.post("/wishes/new", **carried, **typed(deal), send="1")
    assert sent.status == 303, sent.body
    own = sent.headers["Location"]
    assert f"Everybody else does not learn {KEPT}." in plain((await browser.get(own)).body.decode())
    await deal.stands(answer=1)
    (item,) = (await deal.pipeline())["items"]
    path = f"/desk/wishes/{item['intention']}"
    before = (await deal.desk.get(path)).body.decode()
    assert WORDS not in before
    assert f"There is more: {KEPT}. Who signs PDC-INTENT is told." in before
    assert holes(before) == []
    for _ in range(2):
        pressed = await deal.desk.post(f"{path}/undertake")
        assert (pressed.status, pressed.headers["Location"]) == (303, path)

    async def told() -> bool:
        return WORDS in (await deal.desk.get(path)).body.decode()

    await until(told)
    after = (await deal.desk.get(path)).body.decode()
    assert "There is more" not in after
    assert f"You signed PDC-INTENT for {KEPT}. Signed, and told." in after
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


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("region", "Tirol", "Write a country or a part of one"),
        ("most", "much", "Write an amount such as"),
        ("most", "8,000", "Write no less than where it begins"),
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
    pressed = await deal.desk.post(f"{path}/undertake")
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
