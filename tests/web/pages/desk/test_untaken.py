"""What a business has to hear and no stage shows: an offer that was not taken there, and a notice."""

import re
from typing import Any

import pytest

from node.web.pages.wording import untaken
from node.web.pages.wording.languages import Reader, reading
from tests.protocol.data_terms import asked
from tests.protocol.policy_drawing import permission, policy
from tests.web.house import until
from tests.web.pages.desk.dealing import RULE, Dealing, familiar

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOURAN: dict[str, Any] = {
    "name": "VW Touran",
    "price": [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}],
}
STATED: dict[str, Any] = {"policy": asked(), "roster": "SD-BASE"}
WIDE: dict[str, Any] = {
    "policy": policy(
        permission(["https://w3id.org/dpv#Profiling"], ["http://schema.org/name"], ["ServicePersonalisation"])
    )
}


async def test_who_refuses_what_is_asked_about_data_is_named_with_why(fresh: Dealing) -> None:
    narrow = {"maximum": "SD-BASE", "beyond": "refuse"}
    assert (await fresh.jonas.owner("PATCH", "/terms", narrow)).status == 200
    wish = await fresh.ask(fresh.jonas, "Seven-seater")
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    path = f"/desk/wishes/{item['intention']}"
    new = {"intention": item["intention"], "terms": TOURAN}
    wide = new | {"terms": TOURAN | {"terms": WIDE}}
    made = (await fresh.dealer.owner("POST", "/offers", wide)).json

    async def refused() -> bool:
        return bool((await fresh.dealer.owner("GET", f"/offers/{made['id']}")).json["state"] == "refused")

    await until(refused)
    assert (await fresh.pipeline())["items"] == []
    desk = (await fresh.desk.get("/desk")).body.decode()
    assert "Your offer to <bdi>Jonas Meier</bdi> was not taken there." in desk
    assert f'href="{path}?offer={made["id"]}"' in desk
    page = (await fresh.desk.get(f"{path}?offer={made['id']}")).body.decode()
    assert "It asks for more about their data than they allow." in page
    assert "The node keeps trying." not in page
    delivery = (await fresh.desk.get("/desk/delivery?state=refused")).body.decode()
    assert "It asks for more about their data than they allow." in delivery
    assert "answered with 422" not in delivery
    german = (await fresh.desk.get("/desk", **{"Accept-Language": "de"})).body.decode()
    assert "wurde dort nicht angenommen" in german
    assert familiar(german) == []
    assert (await fresh.dealer.owner("POST", "/offers", new)).status == 201
    await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    assert "was not taken there" not in (await fresh.desk.get("/desk")).body.decode()


async def test_a_wish_that_is_over_needs_no_other_offer(fresh: Dealing) -> None:
    narrow = {"maximum": "SD-BASE", "beyond": "refuse"}
    assert (await fresh.jonas.owner("PATCH", "/terms", narrow)).status == 200
    wish = await fresh.ask(fresh.jonas, "Seven-seater")
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    wide = {"intention": item["intention"], "terms": TOURAN | {"terms": WIDE}}
    assert (await fresh.dealer.owner("POST", "/offers", wide)).status == 201

    async def is_said() -> bool:
        return b"was not taken there" in (await fresh.desk.get("/desk")).body

    await until(is_said)
    assert (await fresh.jonas.owner("POST", f"/intentions/{wish['id']}/withdraw")).status == 200

    async def is_gone() -> bool:
        return not await is_said()

    await until(is_gone)


async def test_a_notice_stands_before_the_desk_until_its_day(fresh: Dealing) -> None:
    wish = await fresh.ask(fresh.jonas, "Car by the month")
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    rent = {"kind": "recurring", "amount": "300.00", "currency": "EUR", "per": "month", "count": 12}
    terms = {"name": "Polo", "notice": "P1M", "price": [rent], "terms": STATED}
    assert (await fresh.dealer.owner("PUT", "/rule", RULE)).status == 200
    made = await fresh.dealer.owner("POST", "/offers", {"intention": item["intention"], "terms": terms})
    assert made.status == 201, made.body
    path = f"/desk/wishes/{item['intention']}?offer={made.json['id']}"
    offer = await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    folded = re.compile(r"<details><summary>SD-BASE</summary><div class=\"lines\">Terms about your data")
    assert folded.search((await fresh.desk.get(path)).body.decode())
    accepted = await fresh.jonas.owner("POST", f"/offers/{offer['id']}/accept", {})
    assert accepted.status == 200, accepted.body
    await fresh.stands(sign=1)
    page = (await fresh.desk.get(path)).body.decode()  # it is signed there: nothing is folded
    assert '<div class="lines">Terms about your data' in page
    assert not folded.search(page)
    (waiting,) = (await fresh.dealer.owner("GET", "/agreements")).json["items"]
    agreement = f"/agreements/{waiting['id']}"
    assert not folded.search((await fresh.desk.get(agreement)).body.decode())
    assert (await fresh.dealer.owner("POST", f"{agreement}/countersign")).status == 200
    await fresh.stands(agreed=1)
    await fresh.rests()
    assert folded.search((await fresh.desk.get(agreement)).body.decode())
    assert "Notice was given" not in (await fresh.desk.get("/desk")).body.decode()
    (theirs,) = (await fresh.jonas.owner("GET", "/agreements")).json["items"]
    assert (await fresh.jonas.owner("POST", f"/agreements/{theirs['id']}/end", {})).status == 200
    await fresh.rests()
    desk = (await fresh.desk.get("/desk")).body.decode()
    assert "Notice was given of one agreement." in desk
    assert '<a href="/desk?stage=agreed">Look at when it ends</a>' in desk


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("The inbox answered 422 Unprocessable Entity (terms-refused).", "They do not take what it says"),
        (
            "The inbox answered 422 Unprocessable Entity (terms-refused): tracking, selling.",
            "They do not take what it says",
        ),
        (
            "The inbox answered 422 Unprocessable Entity (terms-required).",
            "They take nothing that says nothing",
        ),
        ("The inbox answered 422 Unprocessable Entity (sum-mismatch).", ""),
        ("The inbox answered 500.", ""),
        (None, ""),
    ],
)
async def test_only_a_code_that_has_words_is_said(error: str | None, words: str) -> None:
    with reading(Reader()):
        said = untaken.said(error)
    assert said.startswith(words)
    assert bool(said) is bool(words)
