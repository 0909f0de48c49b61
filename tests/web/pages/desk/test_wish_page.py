"""A wish on the desk: looked at before it is signed, answered once, and never by a form that is stale."""

import re

import pytest

from protocol.strictjson import Document
from tests.web.pages.desk.dealing import HOSTILE, Dealing, holes
from tests.web.pages.desk.test_pipeline_page import ESTATE

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
NEW = {"name": "VW Touran", "label": "Car", "amount": "13,670.00", "charged": "once"}


async def item(deal: Dealing, name: str) -> Document:
    (found,) = (each for each in (await deal.pipeline())["items"] if each["name"] == name)
    return dict(found)


async def opened(deal: Dealing, wanted: str, /, **fields: str) -> tuple[str, dict[str, str], str]:
    """Return the address of a wish, what its form carries with what is typed, and the page."""
    standing = await item(deal, wanted)
    path = f"/desk/wishes/{standing['intention']}"
    page = (await deal.desk.get(path)).body.decode()
    return path, dict(_HIDDEN.findall(page)) | fields, page


async def preview(deal: Dealing, path: str, fields: dict[str, str]) -> tuple[dict[str, str], str]:
    shown = await deal.desk.send_form(path, fields | {"do": "look"})
    assert shown.status == 200, shown.body
    page = shown.body.decode()
    return fields | dict(_HIDDEN.findall(page)), page


async def test_an_offer_is_looked_at_and_then_signed_once(deal: Dealing) -> None:
    wish = await deal.ask(deal.jonas, "Seven-seater", specifications=ESTATE, content=HOSTILE, place=HOSTILE)
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, "Seven-seater", **NEW)
    assert "Jonas Meier</bdi> wishes for: <bdi>Seven-seater" in page
    assert "Nothing on the list is called so." in page
    assert holes(page) == []
    assert (await deal.desk.send_form(path, fields | {"do": "offer"})).status == 200  # not looked at: shown
    fields, page = await preview(deal, path, fields)
    assert "You would pay" in page
    assert "Say something about: tow bar" in page
    assert "Sign and offer €13,670.00" in page
    assert (await deal.pipeline())["stages"]["offered"] == 0
    changed = await deal.desk.send_form(path, fields | {"do": "offer", "amount": "1.00"})
    assert "The offer has changed since it was looked at." in changed.body.decode()
    signed = await deal.desk.send_form(path, fields | {"do": "offer"})
    assert (signed.status, signed.headers["Location"]) == (303, path)
    offer = await deal.wait_for(deal.jonas, wish["id"], "offered")
    assert (offer["name"], offer["total"]) == ("VW Touran", "13670.00")
    assert (await deal.desk.send_form(path, fields | {"do": "offer"})).status == 409  # what stood has changed
    assert len((await deal.jonas.owner("GET", f"/offers?intention={wish['id']}")).json["items"]) == 1


async def test_what_cannot_be_read_is_said_at_its_field(deal: Dealing) -> None:
    path, fields, _ = await opened(deal, "Seven-seater", name="x", label="Car", charged="once")
    for typed in ({"amount": "cheap"}, {"amount": "-5"}, {"amount": "5", "until": "tomorrow"}, {}):
        answer = await deal.desk.send_form(path, {"amount": "", "label": "", **fields, **typed, "do": "look"})
        page = answer.body.decode()
        assert answer.status == 422, typed
        assert 'class="errors"' in page
        assert 'aria-invalid="true"' in page
    refused = await deal.desk.send_form(path, fields | {"amount": "5", "until": "2020-01-01", "do": "look"})
    assert refused.status == 422
    hostile = await deal.desk.send_form(path, fields | {"amount": HOSTILE, "label": HOSTILE, "do": "look"})
    assert holes(hostile.body.decode().replace("\u202e", "")) == []


@pytest.mark.parametrize(("do", "total"), [("hold", "11400.00"), ("meet", "10830.00")])
async def test_a_counter_is_met_or_not(deal: Dealing, do: str, total: str) -> None:
    wish = await deal.ask(deal.ada, f"{do.capitalize()} estate car", specifications=ESTATE)
    offered = await deal.wait_for(deal.ada, wish["id"], "offered")
    await deal.counter(deal.ada, wish, "10830.00" if do == "meet" else "9000.00")
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, f"{do.capitalize()} estate car")
    assert "Ada Brandt</bdi> would take it for" in page
    assert "You offered" in page
    answered = await deal.desk.send_form(path, fields | {"do": do})
    assert answered.status == 303, answered.body
    again = await deal.wait_for(deal.ada, wish["id"], "offered")
    assert (again["total"], again["rounds"]) == (total if do == "meet" else offered["total"], 2)
    fields = (await opened(deal, f"{do.capitalize()} estate car"))[1]
    withdrawn = await deal.desk.send_form(path, fields | {"do": "withdraw"})
    assert withdrawn.status == 303
    page = (await deal.desk.get(withdrawn.headers["Location"])).body.decode()
    assert "You have taken your offer back." in page
    assert "<form" not in page


@pytest.mark.parametrize(("do", "state"), [("sign", "concluded"), ("cannot", "reneged")])
async def test_an_acceptance_is_signed_or_not(deal: Dealing, do: str, state: str) -> None:
    wish = await deal.ask(deal.ada, f"{do.capitalize()} hybrid", specifications=[])
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    assert (await deal.ada.owner("POST", f"/offers/{offer['id']}/accept")).status == 200
    await deal.stands(sign=1)
    path, fields, page = await opened(deal, f"{do.capitalize()} hybrid")
    assert "has accepted. Sign, or say that you cannot." in page
    assert "Sign at €18,990.00" in page
    assert (await deal.desk.send_form(path, fields | {"do": do, "reason": "It was sold."})).status == 303
    told = await deal.wait_for(deal.ada, wish["id"], state)
    assert told["reason"] == ("It was sold." if do == "cannot" else "")


async def test_a_program_gets_the_apis_answer_and_strangers_nothing(deal: Dealing) -> None:
    path, fields, _ = await opened(deal, "Seven-seater", **NEW)
    shown = await deal.desk.get(path, Accept="application/json")
    id = path.rpartition("/")[2]
    assert shown.json == (await deal.dealer.owner("GET", f"/pipeline/{id}")).json
    assert (await deal.desk.get("/desk/wishes/int_0")).status == 404
    assert (await deal.desk.get(f"{path}?offer=of_0")).status == 404
    own = await deal.dealer.cast(deal.ada.iri)
    assert (await deal.desk.get(f"/desk/wishes/{own['id']}")).status == 404
    assert (await deal.desk.send_form(path, fields | {"do": "withdraw", "form_token": "x"})).status == 403
    stale = await deal.desk.send_form(path, fields | {"do": "withdraw", "digest": "z"})
    assert stale.status == 409


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    path, _, _ = await opened(deal, "Seven-seater")
    page = (await deal.desk.get(path, **{"Accept-Language": "de"})).body.decode()
    said = re.sub(r'<p class="say[^>]*>.*?</p>', "", page)  # the customer reads du
    assert "Was der Kunde jetzt liest" in said
    assert not re.search(r"\b([Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b", re.sub(r"<[^>]*>", "", said))
