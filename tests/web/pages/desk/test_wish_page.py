"""A wish on the desk: looked at before it is signed, answered once, and never by a form that is stale."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from protocol.strictjson import Document
from tests.protocol.data_terms import asked
from tests.web.browsing import Browser
from tests.web.house import Answer, at_rest, hashing_held
from tests.web.pages.desk.dealing import HOSTILE, RULE, Dealing, dealing, familiar, holes
from tests.web.pages.desk.test_pipeline_page import ESTATE
from tests.web.pages.signed import shown_bytes, signed_bytes

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
SECRET = "a long word of the dealer's own"
NEW = {"name": "VW Touran", "label": "Car", "amount": "13,670.00", "charged": "once", "times": ""}


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
    return dict(_HIDDEN.findall(page)) | {name: fields[name] for name in NEW}, page


async def test_an_offer_is_looked_at_and_then_signed_once(deal: Dealing) -> None:
    wish = await deal.ask(deal.jonas, "Seven-seater", specifications=ESTATE, content=HOSTILE, place=HOSTILE)
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, "Seven-seater", **NEW)
    assert "Jonas Meier</bdi> wishes for: <bdi>Seven-seater" in page
    assert "Nothing on the list is called so." in page
    assert "takes nothing from the stock" in page
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
    assert "takes nothing from the stock" not in (await deal.desk.get(path)).body.decode()
    offer = await deal.wait_for(deal.jonas, wish["id"], "offered")
    assert (offer["name"], offer["total"]) == ("VW Touran", "13670.00")
    own = (await item(deal, "Seven-seater"))["offer"]
    assert await signed_bytes(deal.dealer, own) == shown_bytes(page)
    again = await deal.desk.send_form(path, fields | {"do": "offer"})
    assert (again.status, again.headers["Location"]) == (303, path)  # a second press does nothing
    other = await deal.desk.send_form(path, fields | {"do": "offer", "form_key": "another"})
    assert other.status == 409  # what stood has changed
    assert len((await deal.jonas.owner("GET", f"/offers?intention={wish['id']}")).json["items"]) == 1


async def test_what_runs_on_is_told_by_what_is_owed_at_least(fresh: Dealing) -> None:
    """Nothing of it hangs on use, and whoever signs it sees an amount."""
    wish = await fresh.ask(fresh.jonas, "Seven-seater")
    await fresh.stands(answer=1)
    (waits,) = (await fresh.pipeline())["items"]
    path = f"/desk/wishes/{waits['intention']}"
    page = (await fresh.desk.get(path)).body.decode()
    assert "Another line of the price" in page  # before anything is typed
    assert "takes nothing from the stock" not in page  # there is no list
    lines = {"label": ["Car", "Care"], "amount": ["13,670", "15"], "charged": ["once", "month"]}
    lines["times"] = ["", ""]
    typed = {"name": "VW Touran", "notice": "1", "notice_in": "months", "starts": "2030-01-01", **lines}
    looked = await fresh.desk.send_form(path, dict(_HIDDEN.findall(page)) | typed | {"do": "look"})
    shown = looked.body.decode()
    assert "€13,685.00 at least</dd>" in _sums(shown)
    signed = dict(_HIDDEN.findall(shown.partition('id="see"')[2])) | typed | {"do": "offer"}
    assert (await fresh.desk.send_form(path, signed)).status == 303
    offer = await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    (standing,) = (await fresh.pipeline())["items"]
    assert (standing["total"], standing["least"]) == (None, "13685.00")
    assert (await fresh.jonas.owner("POST", f"/offers/{offer['id']}/accept")).status == 200
    await fresh.stands(agreed=1)
    for path in ("/desk?stage=agreed", f"/desk/customers/{standing['customer']}", "/agreements"):
        page = (await fresh.desk.get(path)).body.decode()
        assert "€13,685.00 at least" in _sums(page), path
        assert "as it is used" not in page, path


def _sums(page: str) -> str:
    """Return a page with its amounts in one piece: cents are small."""
    return re.sub(r'<span class="(?:money|ct)">|</span>', "", page)


async def test_what_is_paid_so_many_times_needs_no_end_and_is_changed_in_the_form(fresh: Dealing) -> None:
    """A bike and twelve months of care: as much as the command line can say."""
    wish = await fresh.ask(fresh.jonas, "Touring bike")
    await fresh.stands(answer=1)
    path, fields, page = await opened(fresh, "Touring bike", name="Bike", do="look")
    assert page.count("How many times") == 2  # a line, and room for a second
    lines = {"label": ["Bike", "Care"], "amount": ["2,249", "5"], "charged": ["once", "month"]}
    wrong = await send(fresh, path, fields, **lines, times=["3", "1.5"])
    said = wrong.body.decode()
    assert wrong.status == 422
    assert [f'<a href="#times-{place}">' in said for place in (0, 1)] == [True, True]
    looked = await send(fresh, path, fields, **lines, times=["", "12"])
    shown = looked.body.decode()
    assert looked.status == 200, shown
    assert "€5.00 a month for 12 months, €2,309.00 in all" in _sums(shown)
    signed = dict(_HIDDEN.findall(shown.partition('id="see"')[2])) | {"do": "offer", "name": "Bike"}
    assert (await send(fresh, path, signed, **lines, times=["", "12"])).status == 303
    offer = await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    assert (offer["total"], offer["price"][1]["count"]) == ("2309.00", 12)
    page = (await opened(fresh, "Touring bike"))[2]
    assert re.findall(r'name="times"[^>]*value="([^"]*)"', page) == ["", "12", ""]
    assert "as it stands" not in page


async def test_a_long_wish_can_be_read_to_its_end(deal: Dealing) -> None:
    long = "Seven seats, a tow bar and room for two dogs, a pram and all that a family takes along"
    wish = await deal.ask(deal.jonas, long)
    await deal.stands(answer=1)
    page = (await opened(deal, long))[2]
    assert f"<dd><bdi>{long}</bdi></dd>" in page
    assert "may keep back" not in page  # it was told to the shop by name, and tells all
    assert (await deal.jonas.owner("POST", f"/intentions/{wish['id']}/withdraw")).status == 200
    await deal.stands(answer=0)


async def test_what_cannot_be_read_is_said_at_its_field(deal: Dealing) -> None:
    path, fields, _ = await opened(deal, "Seven-seater", name="x", label="Car", charged="once", times="")
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


async def send(deal: Dealing, path: str, fields: dict[str, str], **typed: list[str]) -> Answer:
    """Send a form with fields that stand there more than once."""
    plain = [(name, value) for name, value in fields.items() if name not in typed]
    pairs = [*plain, *((name, value) for name, values in typed.items() for value in values)]
    return await deal.desk.send(path, urlencode(pairs), "application/x-www-form-urlencoded")


async def test_every_term_has_a_field_and_what_was_asked_for_is_answered(deal: Dealing) -> None:
    wish = await deal.ask(
        deal.jonas, "Leased van", specifications=ESTATE, quantity={"value": None, "unit": "one"}
    )
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, "Leased van", **NEW)
    assert "They left it open" in page
    assert re.findall(r'<label for="point-\d">([^<]*)<', page) == ["Fuel use", "Tow bar", "Delivery time"]
    assert "They want: at most 7" in page
    names = {"property": ["fuel use", "tow bar", "deliveryLeadTime"], "unit": ["l", "", "d"]}
    leased = fields | {"charged": "month", "amount": "290", "content": HOSTILE, "do": "look"}
    endless = await send(deal, path, leased, value=["6,5", "yes", "9"], **names)
    assert endless.status == 422
    assert '<a href="#notice">What is paid again and again needs an end' in endless.body.decode()
    wrong = await send(deal, path, leased | {"notice": "soon", "quantity": "0"}, value=["", "", ""], **names)
    assert [f'href="#{name}"' in wrong.body.decode() for name in ("notice", "quantity")] == [True, True]
    shown = await send(
        deal, path, leased | {"notice": "3", "quantity": "2"}, value=["6.5", "yes", "9"], **names
    )
    page = shown.body.decode()
    assert shown.status == 200, page
    assert "notice: 3 months" in page
    assert holes(page) == []
    assert "Say something about" not in page
    signing = page.partition('data-passkey><h2 id="see"')[2].partition("</form>")[0]
    carried = [(unescape(name), unescape(value)) for name, value in _HIDDEN.findall(signing)]
    signed = await deal.desk.send(
        path, urlencode([*carried, ("do", "offer")]), "application/x-www-form-urlencoded"
    )
    assert signed.status == 303, signed.body
    offer = await deal.wait_for(deal.jonas, wish["id"], "offered")
    assert (offer["notice"], offer["quantity"]["value"], offer["content"]) == ("P3M", "2", HOSTILE)
    said = {one["property"]: (one["value"], one["unit"]) for one in offer["properties"]}
    assert said == {"fuel use": ("6.5", "l"), "tow bar": ("yes", ""), "deliveryLeadTime": ("9", "d")}
    again = (await deal.desk.get(path)).body.decode()
    assert 'name="value" value="6.5"' in again
    assert '<option value="months" selected>' in again


async def test_what_a_customer_asks_about_data_is_read_before_it_is_met(tmp_path: Path) -> None:
    async with dealing(tmp_path) as deal:
        wish = await deal.ask(deal.ada, "Quiet estate car", specifications=ESTATE)
        offer = await deal.wait_for(deal.ada, wish["id"], "offered")
        about_data = {"terms": {"terms": {"policy": asked()}}}
        assert (await deal.ada.owner("POST", f"/offers/{offer['id']}/counter", about_data)).status == 200
        await deal.stands(answer=1)
        page = (await opened(deal, "Quiet estate car"))[2]
    (shown,) = re.findall(r'<div class="lines">(.*?)</div>', page, re.DOTALL)
    assert "What the business may do with your data" in shown


@pytest.mark.slow
@pytest.mark.parametrize(("do", "total"), [("hold", "11400.00"), ("meet", "10830.00")])
async def test_a_counter_is_met_or_not(deal: Dealing, do: str, total: str) -> None:
    wish = await deal.ask(deal.ada, f"{do.capitalize()} estate car", specifications=ESTATE)
    offered = await deal.wait_for(deal.ada, wish["id"], "offered")
    await deal.counter(deal.ada, wish, "10830.00" if do == "meet" else "9000.00")
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, f"{do.capitalize()} estate car")
    assert "Ada Brandt</bdi> would take it for" in page
    assert "You offered" in page
    other = {"hold": "meet", "meet": "hold"}[do]
    swapped = await deal.desk.send_form(path, fields | {"do": do, f"copy_{do}": fields[f"copy_{other}"]})
    assert (swapped.status, b"has changed. Look again." in swapped.body) == (409, True)
    assert (await deal.desk.send_form(path, fields | {"do": do, "paper": ""})).status == 409
    path, fields, page = await opened(deal, f"{do.capitalize()} estate car")
    shown = [unescape(text).encode() for text in re.findall(r'<pre class="bytes"[^>]*>(.*?)</pre>', page)]
    answered = await deal.desk.send_form(path, fields | {"do": do})
    assert answered.status == 303, answered.body
    own = (await item(deal, f"{do.capitalize()} estate car"))["offer"]
    assert await signed_bytes(deal.dealer, own) == shown[["hold", "meet"].index(do)]
    again = await deal.wait_for(deal.ada, wish["id"], "offered")
    assert (again["total"], again["rounds"]) == (total if do == "meet" else offered["total"], 2)
    fields = (await opened(deal, f"{do.capitalize()} estate car"))[1]
    withdrawn = await deal.desk.send_form(path, fields | {"do": "withdraw"})
    assert withdrawn.status == 303
    page = (await deal.desk.get(withdrawn.headers["Location"])).body.decode()
    assert "You have taken your offer back." in page
    assert "What they read now" not in page


@pytest.mark.parametrize("terms", [{}, {"notice": "P1M", "ends_at": "2100-01-01T00:00:00Z"}])
async def test_what_was_taken_back_can_be_offered_anew(deal: Dealing, terms: Document) -> None:
    name = f"Taken back {len(terms)}"
    wish = await deal.ask(deal.jonas, name)
    await deal.stands(answer=1)
    path = f"/desk/wishes/{(await item(deal, name))['intention']}"
    price = [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR", "label": "Car"}]
    new = {"intention": path.rpartition("/")[2], "terms": {"name": "Polo", "price": price, **terms}}
    made = (await deal.dealer.owner("POST", "/offers", new)).json
    fields = dict(_HIDDEN.findall((await deal.desk.get(path)).body.decode()))
    assert (await deal.desk.send_form(path, fields | {"do": "withdraw"})).status == 303
    page = (await deal.desk.get(f"{path}?offer={made['id']}")).body.decode()
    assert "What you had offered" in page
    assert "Nothing is left unsaid" not in page
    typed = dict(reversed(re.findall(r'name="(name|label|amount|ends|notice)"[^>]* value="([^"]*)"', page)))
    fields = dict(_HIDDEN.findall(page)) | typed
    assert (fields["offer"], fields["name"], fields["amount"]) == ("", "Polo", "13,670")
    typed |= {"charged": "once", "times": ""}
    shown = await deal.desk.send_form(path, fields | typed | {"do": "look"})
    assert shown.status == 200, shown.body
    fields = dict(_HIDDEN.findall(shown.body.decode())) | typed
    signed = await deal.desk.send_form(path, fields | {"do": "offer"})
    assert signed.status == 303, signed.body
    again = await deal.wait_for(deal.jonas, wish["id"], "offered")
    assert again["total"] == "13670.00"
    assert again["notice"] == made["notice"]
    fields = dict(_HIDDEN.findall((await deal.desk.get(path)).body.decode()))
    assert (await deal.desk.send_form(path, fields | {"do": "withdraw"})).status == 303


async def test_whoever_meets_a_counter_reads_all_that_it_asks_for(deal: Dealing) -> None:
    wish = await deal.ask(deal.ada, "Shod estate car", specifications=ESTATE)
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    more = [*offer["properties"], {"property": "winter tyres", "value": "true", "unit": ""}]
    terms = {"properties": more, "notice": "P1M"}
    countered = await deal.ada.owner("POST", f"/offers/{offer['id']}/counter", {"terms": terms})
    assert countered.status == 200, countered.body
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, "Shod estate car")
    (asked,) = re.findall(r'<dl class="diff">(.*?)</dl>', page)
    assert re.findall(r"<dt>(.*?)</dt>", asked) == ["“Winter tyres”", "Notice"]
    assert (await deal.desk.send_form(path, fields | {"do": "meet"})).status == 303


async def test_what_is_below_the_floor_is_said_to_be_and_to_nobody_else(deal: Dealing) -> None:
    wish = await deal.ask(deal.ada, "Small car", specifications=[])
    await deal.counter(deal.ada, wish, "12000.00")
    await deal.stands(answer=1)
    path, fields, page = await opened(deal, "Small car")
    floor = "€12,778.80 is your floor, and this is below it."  # 13,890.00 less 8 %
    assert floor in page.partition("Or without another offer")[2]
    fields = {name: value for name, value in fields.items() if name not in ("property", "unit")}
    for amount, is_below in (("12,778.79", True), ("12,778.80", False)):
        typed = {"name": "VW Polo, 2022", "label": "Car", "amount": amount, "charged": "once", "times": ""}
        shown = await deal.desk.send_form(path, fields | typed | {"do": "look"})
        assert shown.status == 200, shown.body
        assert (floor in shown.body.decode().partition("What they will read")[2]) is is_below
    read = (await deal.ada.owner("GET", f"/offers?intention={wish['id']}")).body
    assert b"12778.80" not in read
    await deal.dealer.owner("PUT", "/rule", RULE | {"max_discount_percent": "0"})
    assert "is your floor" not in (await deal.desk.get(path)).body.decode()
    await deal.dealer.owner("PUT", "/rule", RULE)
    await deal.ada.owner("POST", f"/intentions/{wish['id']}/withdraw")
    await deal.stands(answer=0)  # what she asked for is taken back


async def test_a_counter_to_a_wish_whose_time_is_over_has_no_form(tmp_path: Path) -> None:
    async with dealing(tmp_path) as deal:
        ends = (deal.ada.clock() + timedelta(days=1)).isoformat().replace("+00:00", "Z")
        wish = await deal.ask(deal.ada, "Small car", specifications=[], deadline=ends)
        await deal.counter(deal.ada, wish, "12000.00")
        await deal.stands(answer=1)
        _, _, page = await opened(deal, "Small car")
        assert "Your answer</h2>" in page
        deal.dealer.clock.ahead += timedelta(days=2)  # a counter lives for a week
        await deal.dealer.owner("PUT", "/cosignatures/limit", {"amount": "1", "currency": "EUR"})  # wakes it
        await at_rest(deal.dealer)
        _, _, page = await opened(deal, "Small car")
        assert "Your answer</h2>" not in page
        assert "Nothing can be offered to it any more." in page


@pytest.mark.parametrize(("do", "state"), [("sign", "concluded"), ("cannot", "reneged")])
async def test_an_acceptance_is_signed_or_not(deal: Dealing, do: str, state: str) -> None:
    wish = await deal.ask(deal.ada, f"{do.capitalize()} hybrid", specifications=[])
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    assert (await deal.ada.owner("POST", f"/offers/{offer['id']}/accept")).status == 200
    await deal.stands(sign=1)
    path, fields, page = await opened(deal, f"{do.capitalize()} hybrid")
    assert "has accepted. Sign, or say that you cannot." in page
    assert "Sign at €18,990.00" in page
    read = page.partition("What they read now")[2].partition("</section>")[0]
    assert "<bdi>Toyota Yaris, 2022</bdi>" in read  # the wish is called otherwise
    assert "21,000" in read
    signs, _, cannot = page.partition("<summary>If it cannot be done</summary>")
    assert 'value="cannot"' not in signs  # one press too early says nothing that stays on record
    assert "That cannot be taken back" in cannot
    (action,) = set(re.findall(r'action="(/agreements/[^"]*/answer)"', page))
    answered = await deal.desk.send_form(action, fields | {"do": do, "reason": "It was sold."})
    assert (answered.status, answered.headers["Location"]) == (303, fields["next"])
    assert fields["next"].startswith(f"{path}?offer=")
    told = await deal.wait_for(deal.ada, wish["id"], state)
    page = (await deal.desk.get(fields["next"])).body.decode()
    assert ("You have said that it cannot be done." in page) is (do == "cannot")
    assert ("Nothing is left unsaid" in page) is (do == "sign")
    assert told["reason"] == ("It was sold." if do == "cannot" else "")


async def test_a_program_gets_the_apis_answer_and_strangers_nothing(deal: Dealing) -> None:
    path, fields, _ = await opened(deal, "Seven-seater", **NEW)
    await deal.rests()
    shown = await deal.desk.get(path, Accept="application/json")
    id = path.rpartition("/")[2]
    assert shown.json == (await deal.dealer.owner("GET", f"/pipeline/{id}")).json
    assert (await deal.desk.get("/desk/wishes/int_nowhere")).status == 404
    assert (await deal.desk.get(f"{path}?offer=of_nowhere")).status == 404
    own = await deal.dealer.cast(deal.ada.iri)
    assert (await deal.desk.get(f"/desk/wishes/{own['id']}")).status == 404
    assert (await deal.desk.send_form(path, fields | {"do": "withdraw", "form_token": "x"})).status == 403
    stale = await deal.desk.send_form(path, fields | {"do": "withdraw", "digest": "z"})
    assert stale.status == 409


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    path, _, _ = await opened(deal, "Seven-seater")
    page = (await deal.desk.get(path, **{"Accept-Language": "de"})).body.decode()
    assert "Was der Kunde jetzt liest" in page
    assert familiar(page) == []


@pytest.mark.slow
async def test_who_binds_shows_that_it_is_them(deal: Dealing) -> None:
    await deal.ask(deal.jonas, "Trailer")
    await deal.stands(answer=1)
    path, fields, _ = await opened(deal, "Trailer", **NEW)
    await deal.desk.get("/security/password")
    assert (await deal.desk.post("/security/password", password=SECRET)).status == 303
    other = Browser(deal.dealer)
    await other.sign_in()
    deal.dealer.clock.ahead = timedelta(minutes=6)
    page = (await other.get(path)).body.decode()
    fields |= dict(_HIDDEN.findall(page))
    shown = await other.send_form(path, fields | {"do": "look"})
    assert 'name="proof_password"' in shown.body.decode()
    fields = dict(_HIDDEN.findall(shown.body.decode())) | NEW
    asked = await other.send_form(path, fields | {"do": "offer"})
    assert (asked.status, b"Show that it is still you." in asked.body) == (403, True)
    wrong = await other.send_form(path, fields | {"do": "offer", "proof_password": SECRET.upper()})
    assert wrong.status == 403
    assert (await deal.pipeline())["stages"]["answer"] == 1
    assert (await other.send_form(path, fields | {"do": "offer", "proof_password": SECRET})).status == 303
    await deal.stands(answer=0)
    # What is replaced while that is looked at is not answered unseen.
    deal.dealer.clock.ahead += timedelta(minutes=6)
    page = (await other.get(path)).body.decode()
    shown = await other.send_form(
        path, dict(_HIDDEN.findall(page)) | NEW | {"amount": "13,500", "do": "look"}
    )
    fields = dict(_HIDDEN.findall(shown.body.decode())) | NEW | {"amount": "13,500", "do": "offer"}
    async with hashing_held(deal.dealer) as waits:
        begun = asyncio.create_task(other.send_form(path, fields | {"proof_password": SECRET}))
        await waits()
        price = [{"kind": "oneOff", "amount": "9.00", "currency": "EUR"}]
        reoffered = await deal.dealer.owner(
            "POST", f"/offers/{fields['offer']}/reoffer", {"terms": {"price": price}}
        )
        assert reoffered.status == 200, reoffered.body
    refused = await begun
    assert (refused.status, "The offer has changed since you looked." in refused.body.decode()) == (422, True)
    assert (await deal.dealer.owner("GET", f"/offers/{fields['offer']}")).json["total"] == "9.00"
