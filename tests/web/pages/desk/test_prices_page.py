"""The price list on the desk: a file is looked at before it is taken, and what is odd said to be right."""

import re

import pytest

from node.web.pages.desk.prices import LIMIT_BYTES
from tests.web.browsing import Browser
from tests.web.house import Answer
from tests.web.pages.desk.dealing import CARS, HOSTILE, Dealing, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
HEADER = "sku,name,price,currency,stock,lead_days\n"
DEARER = CARS.replace("11400.00", "11600.00")
ODD = CARS.replace("13890.00", "1389.00")


async def send(desk: Browser, content: str, name: str = "prices.csv", **fields: str) -> Answer:
    """Send a file with the form of the page, as a browser does."""
    page = (await desk.get("/desk/prices")).body.decode()
    return await post(desk, dict(_HIDDEN.findall(page)) | fields, (name, content))


async def post(desk: Browser, fields: dict[str, str], file: tuple[str, str] | None = None) -> Answer:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    if file is not None:
        named = f'name="file"; filename="{file[0]}"\r\nContent-Type: text/csv'
        parts.append(f"--x\r\nContent-Disposition: form-data; {named}\r\n\r\n{file[1]}\r\n")
    return await desk.send("/desk/prices", "".join(parts) + "--x--\r\n", "multipart/form-data; boundary=x")


async def prices(deal: Dealing) -> list[str]:
    return [item["price"] for item in (await deal.dealer.owner("GET", "/pricelist")).json["items"]]


async def test_the_list_and_the_rule_are_shown(deal: Dealing) -> None:
    page = (await deal.desk.get("/desk/prices")).body.decode()
    assert "Škoda Octavia Combi, 2021" in page
    assert "Answer wishes in EUR by yourself, with one offer each" in page
    shown = await deal.desk.get("/desk/prices", Accept="application/json")
    assert shown.json == (await deal.dealer.owner("GET", "/pricelist?limit=25")).json


async def test_there_is_none_yet(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/prices")).body.decode()
    assert "<h1>There is no price list yet.</h1>" in page
    assert "There is none: nothing is answered by itself." in page
    shown = await send(fresh.desk, f"{HEADER}a-1,{'Touring bike'},5.00,EUR,1,1\n")
    assert "Without a rule no wish is answered by itself" in shown.body.decode()


async def test_a_list_is_looked_at_and_then_taken(deal: Dealing) -> None:
    before = await prices(deal)
    looked = await send(deal.desk, DEARER)
    page = looked.body.decode()
    assert looked.status == 200, page
    assert "<h1>One change.</h1>" in page
    assert "+1.8\N{NO-BREAK SPACE}%" in page
    assert await prices(deal) == before
    taken = await post(deal.desk, dict(_HIDDEN.findall(page)) | {"take": "1"})
    assert (taken.status, taken.headers["Location"]) == (303, "/desk/prices")
    assert "11600.00" in await prices(deal)


async def test_what_looks_odd_is_said_to_be_right_by_hand(deal: Dealing) -> None:
    page = (await send(deal.desk, ODD)).body.decode()
    assert "One needs a look.</h1>" in page
    assert "Is a digit missing?" in page
    fields = dict(_HIDDEN.findall(page)) | {"take": "1"}
    refused = await post(deal.desk, fields)
    assert refused.status == 422
    assert 'href="#right-0"' in refused.body.decode()
    assert "1389.00" not in await prices(deal)
    assert (await post(deal.desk, fields | {"right": "polo-22-b"})).status == 303
    assert "1389.00" in await prices(deal)


async def test_too_much_that_is_odd_is_never_taken(deal: Dealing) -> None:
    many = HEADER + "".join(f"n{n},Thing {n},100.00,EUR,1,1\n" for n in range(101))
    page = (await send(deal.desk, many)).body.decode()
    assert "odd" in page
    fields = dict(_HIDDEN.findall(page))
    await post(deal.desk, fields | {"take": "1", "right": "octavia-21-c"})
    before = await prices(deal)
    loaded = await deal.dealer.token("write")
    sent = {"Authorization": f"Bearer {loaded}", "Content-Type": "text/csv"}
    assert (await deal.dealer.request("PUT", "/api/v1/pricelist", many.encode(), sent)).status == 200
    cheap = await send(deal.desk, many.replace("100.00", "1.00"))
    assert "There are more than can be looked at one by one." in cheap.body.decode()
    assert (await post(deal.desk, dict(_HIDDEN.findall(cheap.body.decode())) | {"take": "1"})).status == 422
    assert set(await prices(deal)) == {"100.00"} != set(before)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("", "x.csv"),
        ("nonsense", "x.csv"),
        (HEADER, "x.csv"),
        ("[", "x.json"),
        ("x" * (LIMIT_BYTES + 1), "x"),
    ],
)
async def test_what_is_no_list_changes_nothing(deal: Dealing, content: str, name: str) -> None:
    before = await prices(deal)
    answer = await send(deal.desk, content, name, take="1")
    assert answer.status == 422
    assert 'id="file-e"' in answer.body.decode()
    assert await prices(deal) == before


async def test_names_of_others_and_forms_of_others(deal: Dealing) -> None:
    name = HOSTILE.replace('"', "").replace(",", "")
    answer = await send(deal.desk, f"{HEADER}h-1,{name},5.00,EUR,1,1\n", "<img src=x>.csv")
    assert holes(answer.body.decode()) == []
    assert (await send(deal.desk, DEARER, form_token="x")).status == 403
    page = (await deal.desk.get("/desk/prices")).body.decode()
    assert (await post(deal.desk, dict(_HIDDEN.findall(page)) | {"content": "!"})).status == 422
    unframed = await deal.desk.send("/desk/prices", "x", "multipart/form-data; boundary=x")
    assert unframed.status == 422
    assert (await deal.desk.send("/desk", "x", "multipart/form-data; boundary=x")).status in (404, 405)


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    for page in (
        await deal.desk.get("/desk/prices", **{"Accept-Language": "de"}),
        await send(deal.desk, DEARER),
    ):
        said = re.sub(r"<[^>]*>", "", page.body.decode())
        assert not re.search(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b", said)
