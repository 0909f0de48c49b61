"""Wishes in a browser, without script: look, send, change, withdraw."""

import html
import re
from typing import Any

import pytest

from tests.web.browsing import Browser
from tests.web.house import Answer, House, Peer, at_rest, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '<img src=x onerror="alert(1)">\u202etxt'


def hidden(answer: Answer) -> dict[str, str]:
    """Return the hidden fields of a page's form, as a browser sends them back."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.body.decode())
    return {name: html.unescape(value) for name, value in found if name != "form_token"}


async def signed_in(house: House) -> Browser:
    browser = Browser(house)
    await browser.sign_in()
    await browser.get("/wishes/new")  # has the token of its forms
    return browser


def typed(shop: Peer, **fields: str) -> dict[str, str]:
    return {
        "name": "A <b>bike</b>", "by": "2098-05-01", "near": "Freiburg", "currency": "EUR", "limit": "2,300",
        "notes": "a secret of mine", "property": "weight", "how": "most", "value": "12.5", "unit": "kg",
        "need": "must", "to": shop.iri, "others": "", "content": "", **fields,
    }  # fmt: skip


async def test_a_wish_is_looked_at_and_then_sent_as_it_was_looked_at(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    form = await browser.get("/wishes/new")
    assert b"Nothing leaves before you have seen exactly what." in form.body
    looked = await browser.post("/wishes/new", **hidden(form), **typed(shop), look="1")
    text = looked.body.decode()
    assert looked.status == 200
    assert "Sent to 1 business" in text
    assert "A &lt;b&gt;bike&lt;/b&gt;" in text
    assert "<b>bike" not in text
    assert "Send the wish to 1<" in text
    goes, _, stays = text[text.index('class="goes"') :].partition('class="stays"')
    assert "2,300" not in goes
    assert "secret" not in goes
    assert "€2,300" in stays
    shown = html.unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)[0])
    sent = await browser.post("/wishes/new", **hidden(looked), **typed(shop), send="1")
    assert sent.status == 303
    again = await browser.post("/wishes/new", **hidden(looked), **typed(shop), send="1")
    assert again.headers["Location"] == sent.headers["Location"]
    await until(lambda: shop.inbox)
    (arrived,) = shop.inbox
    assert f'"id": "{arrived["object"]["id"]}"' in shown
    assert "secret" not in str(arrived)
    assert len((await house.owner("GET", "/intentions")).json["items"]) == 1

    async def told() -> bool:  # its answer is written down a moment after it has the wish
        return b"1 business has it" in (await browser.get(sent.headers["Location"])).body

    await until(told)
    page = (await browser.get(sent.headers["Location"])).body.decode()
    assert "No offers yet" in page
    assert "at most 12.5" in page
    assert (await shop.post(house, shop.offer(arrived["object"], house.iri))).status == 202
    (offer,) = (await house.owner("GET", "/offers")).json["items"]
    await house.owner("POST", f"/offers/{offer['id']}/reject")
    for address in (sent.headers["Location"], "/wishes"):
        page = (await browser.get(address)).body.decode()
        assert ("No offer stands at the moment" in page, "No offers yet" in page) == (True, False)


async def test_enter_in_a_field_of_a_wish_presses_nothing(house: House) -> None:
    """A browser presses the first button of a form then, and here that takes a point out of the wish."""
    browser = await signed_in(house)
    wish = await house.cast("public", specifications=[{"property": "weight", "at_most": "14", "unit": "kg"}])
    for path in ("/wishes/new", f"/wishes/{wish['id']}/change"):
        text = (await browser.get(path)).body.decode()
        buttons = re.findall(r"<button[^>]*>", text[text.index("<form") :])
        assert buttons[0] == "<button disabled hidden>", path
        assert 'name="remove"' in buttons[1], path


async def test_what_was_changed_since_it_was_looked_at_is_not_sent(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    looked = await browser.post("/wishes/new", **typed(shop), look="1")
    changed = await browser.post("/wishes/new", **hidden(looked), **typed(shop, name="A boat"), send="1")
    assert changed.status == 200
    assert b"You have changed something. Look again." in changed.body
    assert (await house.owner("GET", "/intentions")).json["items"] == []
    sent = await browser.post("/wishes/new", **hidden(changed), **typed(shop, name="A boat"), send="1")
    assert sent.status == 303
    forged = await browser.post("/wishes/new", **typed(shop), send="1")
    assert b"You have changed something. Look again." in forged.body


@pytest.mark.parametrize(
    ("fields", "mistakes"),
    [
        ({"name": ""}, 1),
        ({"by": "2001-01-01", "limit": "much"}, 2),
        ({"value": "few"}, 1),
        ({"to": "nonsense"}, 1),
        ({"to": "", "others": ""}, 1),
        ({"name": "x" * 1000}, 1),
        ({"others": "shop@127.0.0.1:1"}, 1),
    ],
)
async def test_mistakes_are_listed_and_nothing_typed_is_lost(
    shared: House, shared_shop: Peer, fields: dict[str, str], mistakes: int
) -> None:
    browser = await signed_in(shared)
    answer = await browser.post("/wishes/new", **typed(shared_shop, **fields), look="1")
    text = answer.body.decode()
    assert answer.status == 422
    assert text.count('<li><a href="#') == mistakes
    assert "a secret of mine" in text
    assert "<title>Mistake: New wish" in text
    assert text.count('id="door"') == 1
    for anchor in re.findall(r'<li><a href="#([^"]+)"', text):
        assert f'id="{anchor}"' in text


async def test_a_name_that_leads_nowhere_is_said_at_the_names(shared: House, shared_shop: Peer) -> None:
    browser = await signed_in(shared)
    two = {"others": f"{shared_shop.iri}\nshop@127.0.0.1:1"}
    text = (await browser.post("/wishes/new", **typed(shared_shop, **two), look="1")).body.decode()
    assert re.findall(r'<li><a href="#([^"]+)">([^ <]+): ', text) == [("others", "shop@127.0.0.1:1")]


async def test_a_page_of_the_web_is_no_address_of_a_business(shared: House, shared_shop: Peer) -> None:
    browser = await signed_in(shared)
    site = f"{shared_shop.origin}/bikes"
    shared_shop.files["/bikes"] = ("text/html", b"<h1>Our bikes</h1>")
    text = (await browser.post("/wishes/new", **typed(shared_shop, others=site), look="1")).body.decode()
    assert f"{site}: Nobody takes wishes at this address." in text
    typed_out = typed(shared_shop, to="", others=shared_shop.iri)
    text = (await browser.post("/wishes/new", **typed_out, look="1")).body.decode()
    assert "Sent to 1 business" in text


async def test_points_are_added_and_removed_without_script(shared: House, shared_shop: Peer) -> None:
    browser = await signed_in(shared)
    more = (await browser.post("/wishes/new", **typed(shared_shop), add="1")).body.decode()
    assert more.count('<fieldset class="card"') == 2
    fewer = (await browser.post("/wishes/new", **typed(shared_shop), remove="0")).body.decode()
    assert fewer.count('<fieldset class="card"') == 0
    assert (await browser.post("/wishes/new", **typed(shared_shop), remove="7", look="1")).status == 200


async def test_offers_stand_on_the_page_of_their_wish(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    specifications = [{"property": "weight", "at_most": "12", "unit": "kg", "necessity": "must"}]
    wish = await house.cast(shop.iri, specifications=specifications)
    await until(lambda: shop.inbox)
    shop.changes = {"name": HOSTILE}
    for amount in ("2249.00", "2450.00"):
        assert (
            await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri, amount=amount))
        ).status == 202
    page = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    assert "2 offers so far" in page
    assert 'data-many="{n} new or changed offers, show them"' in page  # those that came are no changes
    assert page.count('class="offer"') == 2
    assert page.count('<circle class="pt') == 2
    assert "Does not say: weight" in page
    assert page.count("over your limit") == 1
    assert "Totals of the offers against your limit of €2,300.00: 1, " in page
    assert "<img" not in page
    assert "\u202e" not in page
    listed = (await browser.get("/wishes")).body.decode()
    assert "One wish is open." in listed
    assert "2 offers" in listed
    german = (await browser.get(f"/wishes/{wish['id']}", **{"Accept-Language": "de"})).body.decode()
    assert "Bisher 2 Angebote" in german
    assert 'data-many="{n} neue oder geänderte Angebote, zeigen"' in german
    await at_rest(house)
    twin = (await browser.get(f"/wishes/{wish['id']}", Accept="application/json")).json
    assert twin == (await house.owner("GET", f"/intentions/{wish['id']}")).json


async def test_whom_it_has_not_reached_is_said(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    shop.status = 503
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)

    async def reach() -> Any:
        return (await house.owner("GET", f"/intentions/{wish['id']}/reach")).json

    async def is_told() -> bool:
        return bool((await reach())["unreached"][0]["last_error"])

    await until(is_told)
    said = await reach()
    assert (said["reached"], said["counts"]["queued"], said["unreached"][0]["state"]) == (0, 1, "queued")
    page = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    assert "has not got it yet" in page
    assert "It could not be reached. Next try" in page


async def test_who_is_told_of_its_end_is_not_counted_again(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    assert (await house.owner("POST", f"/intentions/{wish['id']}/withdraw")).status == 200
    await until(lambda: len(shop.inbox) > 1)
    assert (await house.owner("GET", f"/intentions/{wish['id']}/reach")).json["reached"] == 1
    assert "1 business has it" in (await browser.get(f"/wishes/{wish['id']}")).body.decode()


async def test_the_best_offers_stand_first(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    for amount in ("2240.00", "2100.00", "2230.00"):
        assert (
            await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri, amount=amount))
        ).status == 202
    page = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    assert re.findall(r'class="offer".*?class="dot">(\d)<', page) == ["1", "2", "3"]
    assert "Where rules answer" not in page


async def test_a_point_is_typed_in_the_readers_words_and_sent_in_those_of_businesses(
    house: House, shop: Peer
) -> None:
    browser = await signed_in(house)
    form = (await browser.get("/wishes/new", **{"Accept-Language": "de"})).body.decode()
    assert '<option value="Verbrauch" label="l/100 km">' in form
    fields = typed(shop, property="verbrauch", value="7,5", unit="l/100 km", limit="2.300", look="1")
    looked = (await browser.send_form("/wishes/new", fields, accept_language="de")).body.decode()
    assert "<dt>Verbrauch</dt>" in looked
    assert "fuelConsumption" in looked[looked.index("data-exact") :]
    point = {"property": "fuelConsumption", "at_most": "7.5", "unit": "l/100 km", "necessity": "must"}
    wish = await house.cast(shop.iri, specifications=[point])
    change = await browser.get(f"/wishes/{wish['id']}/change", **{"Accept-Language": "de"})
    assert 'name="property" value="Verbrauch"' in change.body.decode()
    shown = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    assert "Where rules answer, they offer only what certainly meets every must." in shown


async def test_a_wish_is_changed_after_looking_at_the_change(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    path = f"/wishes/{wish['id']}/change"
    form = (await browser.get(path)).body.decode()
    assert 'value="A trekking bike"' in form
    assert "a secret of the owner" in form
    looked = await browser.post(path, **hidden(await browser.get(path)), **typed(shop), look="1")
    assert b"Sent to everybody who was told of it" in looked.body
    assert (await house.owner("GET", f"/intentions/{wish['id']}")).json["name"] == "A trekking bike"
    other = await browser.post(path, **hidden(looked), **typed(shop, name="A boat"), send="1")
    assert b"Look again." in other.body
    sent = await browser.post(path, **hidden(other), **typed(shop, name="A boat"), send="1")
    assert (sent.status, sent.headers["Location"]) == (303, f"/wishes/{wish['id']}")
    assert (await house.owner("GET", f"/intentions/{wish['id']}")).json["name"] == "A boat"
    assert (await browser.post(path, **typed(shop, name=""), look="1")).status == 422
    assert b"<fieldset" in (await browser.post(path, **typed(shop), add="1")).body
    assert (await browser.post(path, **typed(shop, name="x" * 1000), look="1")).status == 422


async def test_a_change_of_what_stays_home_is_not_said_to_leave(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    path = f"/wishes/{wish['id']}/change"
    told = await browser.post(path, **hidden(await browser.get(path)), **typed(shop), look="1")
    await browser.post(path, **hidden(told), **typed(shop), send="1")
    await at_rest(house)
    heard = len(shop.inbox)
    looked = await browser.post(path, **hidden(told), **typed(shop, limit="2,400"), look="1")
    said = looked.body.decode()
    assert "Nothing leaves</h3>" in said
    assert "Sent to everybody who was told of it" not in said
    assert "Send the change" not in said
    sent = await browser.post(path, **hidden(looked), **typed(shop, limit="2,400"), send="1")
    assert (sent.status, sent.headers["Location"]) == (303, f"/wishes/{wish['id']}")
    await at_rest(house)
    kept = (await house.owner("GET", f"/intentions/{wish['id']}")).json["private"]["limit_price"]
    assert (kept, len(shop.inbox)) == ("2400", heard)


async def test_what_was_not_said_to_leave_is_looked_at_again_if_it_would(house: House, shop: Peer) -> None:
    """Two pages are open: what the older one would send again was changed in the newer one."""
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    path = f"/wishes/{wish['id']}/change"
    told = await browser.post(path, **hidden(await browser.get(path)), **typed(shop), look="1")
    await browser.post(path, **hidden(told), **typed(shop), send="1")
    looked = await browser.post(path, **hidden(told), **typed(shop, limit="2,400"), look="1")
    await house.owner("PATCH", f"/intentions/{wish['id']}", {"name": "A boat"})
    refused = await browser.post(path, **hidden(looked), **typed(shop, limit="2,400"), send="1")
    assert "Look again." in refused.body.decode()
    assert "Sent to everybody who was told of it" in refused.body.decode()
    assert (await house.owner("GET", f"/intentions/{wish['id']}")).json["name"] == "A boat"


async def test_a_wish_is_withdrawn_after_saying_what_follows(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    path = f"/wishes/{wish['id']}/withdraw"
    asked = await browser.get(path)
    assert b"What follows" in asked.body
    assert b"1 business is told that it is over" in asked.body
    done = await browser.post(path, **hidden(asked))
    assert done.status == 303
    page = (await browser.get(done.headers["Location"])).body.decode()
    assert "You have withdrawn it." in page
    again = f"/wishes/new?like={wish['id']}"
    assert f'href="{again}"' in page
    form = (await browser.get(again)).body.decode()
    assert f'value="{html.escape(wish["name"])}"' in form
    assert f'value="{shop.iri}" checked' in form
    assert "/change" not in page
    closed = (await browser.get("/wishes")).body.decode()
    assert "Withdrawn, " in closed
    assert "No wish is open." in closed


async def test_somebody_elses_wish_is_none_of_these(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    assert (
        await shop.post(house, shop.activity("Create", shop.proposal(house.iri), house.iri))
    ).status == 202
    (theirs,) = (await house.owner("GET", "/intentions")).json["items"]
    for path in ("", "/change", "/withdraw"):
        assert (await browser.get(f"/wishes/{theirs['id']}{path}")).status == 403
    assert (await browser.get("/wishes/int_nothing")).status == 404


async def test_the_list_has_pages(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    assert b"Nothing asked for yet" in (await browser.get("/wishes")).body
    for number in range(26):
        await house.cast(shop.iri, name=f"Wish number {number}.")
    first = (await browser.get("/wishes")).body.decode()
    older = html.unescape(re.findall(r'href="(/wishes\?cursor=[^"]+)"', first)[0])
    assert "Wish number 0." not in first
    assert "Wish number 0." in (await browser.get(older)).body.decode()


async def test_what_would_leave_is_told_as_values_while_it_is_typed(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    form = await browser.get("/wishes/new")
    told = (await browser.post("/wishes/new/preview", **hidden(form), **typed(shop))).json
    assert told["heading"] == "Sent to 1 business"
    assert ["Looking for", "A <b>bike</b>"] in told["sent"]
    assert told["home"][0] == ["Your limit", "€2,300.00"]
    assert "<time" not in str(told)
    assert "2300" not in told["exact"]
    seen = {"looked_at": told["looked_at"], "preview_id": told["id"], "preview_published": told["published"]}
    sent = await browser.post("/wishes/new", **{**hidden(form), **seen}, **typed(shop), send="1")
    assert sent.status == 303
    assert sent.headers["Location"] == f"/wishes/{told['id']}"


async def test_a_limit_that_stands_in_the_words_is_pointed_out(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    form = await browser.get("/wishes/new")
    said = typed(shop, content="No more than 2300 euros.")
    told = (await browser.post("/wishes/new/preview", **hidden(form), **said)).json
    assert ["Careful", "Your limit price stands in the words that are told."] in told["home"]


async def test_pages_of_a_wish_in_rings_say_what_everybody_has_and_what_is_for_who_signs(
    house: House, shop: Peer
) -> None:
    browser = await signed_in(house)
    rings = {"category": "mobility", "region": "AT-7", "budget": {"least": "800", "most": "1100"}}
    window = {"start": "2098-05-02T10:00:00Z", "end": "2098-05-03T10:00:00Z"}
    points = [{"property": "weight", "at_most": "14", "unit": "kg"}]
    told = {"content": "Any colour.", "place": "Innsbruck", "window": window, "specifications": points}
    wish = await house.cast(shop.iri, name="A touring bike", currency="EUR", rings=rings, **told)
    everybody = ("Vehicles and bicycles", "AT-7", "EUR")
    signing = ("touring bike", "Any colour.", "Innsbruck", "2 May 2098", "at most 14", "€800.00", "€1,100.00")
    form = await browser.get(f"/wishes/{wish['id']}/change")
    said = {**typed(shop), "name": "A touring bike, red", "near": "Innsbruck", "content": "Any colour."}
    said |= {"value": "14", "limit": "", "notes": ""}
    changed = await browser.post(f"/wishes/{wish['id']}/change", **hidden(form), **said, look="1")
    for answer in (await browser.get(f"/wishes/{wish['id']}"), changed):
        door = answer.body.decode().partition('<div class="door">')[2]
        open, kept = re.split("data-signed|class=.stays", door)[:2]
        text = re.sub(r"<span class=.ct.>|</span>", "", kept)
        assert [word for word in everybody if word not in open] == []
        assert [word for word in signing if word not in text] == []
        assert [word for word in signing if word in open] == []


@pytest.mark.parametrize("typed_so_far", [{"name": ""}, {"others": "shop@shop.example"}, {"limit": "a lot"}])
async def test_nothing_is_told_of_what_cannot_be_said_yet(
    house: House, shop: Peer, typed_so_far: dict[str, str]
) -> None:
    browser = await signed_in(house)
    form = await browser.get("/wishes/new")
    told = await browser.post("/wishes/new/preview", **{**hidden(form), **typed(shop), **typed_so_far})
    assert (told.status, told.json) == (200, {})
