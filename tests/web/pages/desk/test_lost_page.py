"""What came to nothing, on the desk and on the page of a customer: with why, counted, filtered and paged."""

import re
from typing import Any

import pytest

from node.web.pages.desk import losses
from tests.web.house import until
from tests.web.pages.desk.dealing import HOSTILE, Dealing, familiar, holes
from tests.web.pages.desk.test_untaken import TOURAN, WIDE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def offered(deal: Dealing, wanted: str, **terms: Any) -> dict[str, Any]:
    """Let Jonas wish for something and the dealer offer a car; return the offer at the dealer's."""
    wish = await deal.ask(deal.jonas, wanted)
    await deal.stands(answer=1)
    (item,) = [one for one in (await deal.pipeline())["items"] if one["step"] == "offer"]
    new = {"intention": item["intention"], "terms": TOURAN | terms}
    made = await deal.dealer.owner("POST", "/offers", new)
    assert made.status == 201, made.body
    return {**made.json, "wish": wish["id"]}


async def declined(deal: Dealing, wanted: str, reason: str, **terms: Any) -> dict[str, Any]:
    """Let Jonas decline what he is offered."""
    made = await offered(deal, wanted, **terms)
    found = await deal.wait_for(deal.jonas, made["wish"], "offered")
    answer = await deal.jonas.owner("POST", f"/offers/{found['id']}/reject", {"reason": reason})
    assert answer.status == 200, answer.body
    await lost(deal, made["id"])
    return made


async def lost(deal: Dealing, offer: str) -> None:
    """Wait until an offer is lost."""

    async def is_lost() -> bool:
        return offer in [item["offer"] for item in (await deal.dealer.owner("GET", "/lost")).json["items"]]

    await until(is_lost)


async def test_nothing_is_lost_at_first(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/lost")).body.decode()
    assert "<h1>No offer came to nothing.</h1>" in page
    assert '<a href="/desk" aria-current="true"><b data-count="lost">0</b> Lost</a>' in page


async def test_what_came_to_nothing_is_told_with_why_and_counted(fresh: Dealing) -> None:
    narrow: dict[str, Any] = {"maximum": "SD-BASE", "beyond": "refuse"}
    assert (await fresh.jonas.owner("PATCH", "/terms", narrow)).status == 200
    first = await declined(fresh, "Seven-seater", f"Too thirsty. {HOSTILE}")
    refused = await offered(fresh, "Van", terms=WIDE)
    await lost(fresh, refused["id"])
    odd = {"flags": {"profiling": "refuse"}, "beyond": None}
    assert (await fresh.jonas.owner("PATCH", "/terms", odd)).status == 200
    flagged = await fresh.dealer.owner(
        "POST", "/offers", {"intention": refused["intention"], "terms": TOURAN | {"terms": WIDE}}
    )
    await lost(fresh, flagged.json["id"])

    desk = (await fresh.desk.get("/desk")).body.decode()
    assert '<a href="/desk/lost"><b data-count="lost">3</b> Lost</a>' in desk
    page = (await fresh.desk.get("/desk/lost")).body.decode()
    assert "<h1>Three offers came to nothing.</h1>" in page
    rows = page.partition("<tbody>")[2]
    assert rows.index("Van") < rows.index("Seven-seater")
    assert rows.count("VW Touran") == 3
    assert '€13,670<span class="ct">.00</span>' in rows
    assert re.search(r"Declined by the customer<small>They wrote: <q><bdi>Too thirsty\.", rows)
    assert "<small>It asks for more about their data than they allow.</small>" in rows
    assert '<small>They read: <span lang="en">Builds a profile of you.</span></small>' in rows
    assert f'href="/desk/wishes/{first["intention"]}?offer={first["id"]}"' in rows
    assert holes(page) == []
    assert page.count('aria-current="true"') == 1
    assert 'href="/desk/lost?reason=terms">Not taken for its terms about data <b class="num">2</b>' in page

    chosen = (await fresh.desk.get("/desk/lost?reason=terms")).body.decode()
    assert "Seven-seater" not in chosen.partition("<tbody>")[2]
    none = (await fresh.desk.get("/desk/lost?reason=expired")).body.decode()
    assert "Nothing was lost for this." in none
    assert (await fresh.desk.get("/desk/lost?reason=nope")).status == 422
    assert (await fresh.desk.get("/desk/lost?customer=nobody")).status == 404
    german = (await fresh.desk.get("/desk/lost", **{"Accept-Language": "de"})).body.decode()
    assert "<h1>Drei Angebote gingen verloren.</h1>" in german
    assert "Vom Kunden abgelehnt" in german
    assert familiar(german) == []

    shown = await fresh.desk.get("/desk/lost?reason=terms", Accept="application/json")
    assert shown.json == (await fresh.dealer.owner("GET", "/lost?reason=terms&limit=25")).json
    item, other = shown.json["items"]
    assert (item["code"], other["code"]) == ("terms-refused", "terms-too-wide")
    assert item["flags"] == [{"code": "profiling", "sentence": "Builds a profile of you."}]
    counted = await fresh.desk.get("/desk?counts=true", Accept="application/json")
    assert counted.json["lost"] == 3

    customer = (await fresh.desk.get(f"/desk/customers/{item['customer']}")).body.decode()
    assert re.search(r"Declined by the customer · .*13,670", customer)
    assert f'href="/desk/lost?customer={item["customer"]}"' in customer
    assert holes(customer) == []
    theirs = (await fresh.desk.get(f"/desk/lost?customer={item['customer']}")).body.decode()
    assert "To <bdi>Jonas Meier</bdi> alone." in theirs


async def test_of_many_a_page_shows_some_and_leads_to_the_older_ones(
    fresh: Dealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "A_PAGE", 2)
    for number in range(3):
        await declined(fresh, f"Wish {number}", "No.", name=f"Car {number}")
    page = (await fresh.desk.get("/desk/lost?reason=declined")).body.decode()
    assert re.findall(r"<small><bdi>(Car \d)", page) == ["Car 2", "Car 1"]
    (older,) = re.findall(r'href="([^"]*cursor[^"]*)"', page)
    rest = (await fresh.desk.get(older.replace("&amp;", "&"))).body.decode()
    assert re.findall(r"<small><bdi>(Car \d)", rest) == ["Car 0"]
    assert 'href="/desk/lost?reason=declined">The newest</a>' in rest


async def test_two_offers_to_one_wish_are_told_apart_by_their_article(fresh: Dealing) -> None:
    made = await offered(fresh, "Something with seven seats")
    other = {"intention": made["intention"], "terms": TOURAN | {"name": "Škoda Kodiaq"}}
    assert (await fresh.dealer.owner("POST", "/offers", other)).status == 201
    rows = (await fresh.desk.get("/desk")).body.decode().partition("<tbody>")[2]
    assert rows.count("Something with seven seats") == 2
    assert {*re.findall(r"<small><bdi>([^<]*)</bdi></small>", rows)} == {"VW Touran", "Škoda Kodiaq"}
