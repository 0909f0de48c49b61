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
KEPT_IN_GERMAN = "die genauen Worte, der Ort und das Budget"
GERMAN = {"Accept-Language": "de"}
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
    fields = {**typed(deal, limit="15000", least="9000", most="12000"), "look": "1"}
    seen = await browser.send_form("/wishes/new", fields, accept_language="de")
    assert "Gesucht Fahrzeuge und Fahrräder" in plain(seen.body.decode())
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
    for _ in range(2):
        pressed = await deal.desk.post(f"{path}/undertake")
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
