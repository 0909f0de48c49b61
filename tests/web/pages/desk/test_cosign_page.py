"""Two people with two sign-ins: what one asks for another sees, byte for byte, and signs or declines."""

import re
from html import unescape

import pytest

from protocol.strictjson import Document
from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import HOSTILE, RULE, Dealing, familiar, holes, stock
from tests.web.pages.desk.test_pipeline_page import ESTATE
from tests.web.pages.desk.test_team_page import api, with_bea
from tests.web.pages.desk.test_wish_page import _HIDDEN, NEW, opened, preview
from tests.web.pages.signed import shown_bytes, signed_bytes

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK = "Ask for a second signature"


async def asked(fresh: Dealing, name: str = "Seven-seater") -> str:
    """Let the dealer ask for a second signature under an offer; return the address where it waits."""
    await fresh.ask(fresh.jonas, name, specifications=ESTATE)
    await fresh.stands(answer=1)
    path, fields, _ = await opened(fresh, name, **NEW)
    fields, page = await preview(fresh, path, fields)
    assert ASK in page
    assert "Sign and offer" not in page
    answer = await fresh.desk.send_form(path, fields | {"do": "offer"})
    assert answer.status == 303, answer.body
    assert answer.headers["Location"].startswith("/desk/cosign/cos_")
    waits = (await fresh.desk.get(answer.headers["Location"])).body.decode()
    assert shown_bytes(waits) == shown_bytes(page)  # what waits is what was shown
    return answer.headers["Location"]


async def limit(fresh: Dealing, amount: str = "5000") -> None:
    await fresh.desk.get("/desk/cosign")
    assert (await fresh.desk.post("/desk/cosign", amount=amount, currency="EUR")).status == 303


async def press(browser: Browser, path: str, do: str, **fields: str) -> int:
    page = (await browser.get(path)).body.decode()
    carried = dict(_HIDDEN.findall(page)) | fields
    return (await browser.send_form(f"{path}/{do}", carried)).status


async def test_one_asks_and_another_signs(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    await limit(fresh)
    path = await asked(fresh)
    own = (await fresh.desk.get(path)).body.decode()
    assert "It waits for another person." in own
    assert "The team reads it; nothing is sent" in own  # whoever asked is who takes it back
    assert "Jonas Meier" in own.partition("</h1>")[2].partition("The terms")[0]  # what begins is for somebody
    assert "/sign" in own
    assert await press(fresh.desk, path, "sign") == 403
    assert (await fresh.pipeline())["stages"]["offered"] == 0
    pipeline = (await bea.get("/desk")).body.decode()
    assert "One thing waits for your signature." in pipeline
    assert "waits for your signature" not in (await fresh.desk.get("/desk")).body.decode()
    page = (await bea.get(path)).body.decode()
    assert "13,670" in page.partition("In all")[2].partition("</dd>")[0]
    assert "Car" in page.partition("The terms")[2].partition("In all")[0]
    assert "VW Touran" in (await bea.get("/desk/cosign")).body.decode()
    assert "In all" not in page.partition("What exactly is signed")[2]
    assert "Autohaus Lindner</bdi> asks for your signature" in page or "asks for your signature." in page
    (whose,) = re.findall(r'href="([^"]+)">See how it stands</a>', page)
    assert "Jonas Meier" in (await bea.get(whose)).body.decode()
    stale = await press(bea, path, "sign", copy="something else")
    assert stale == 409
    assert await press(bea, path, "sign") == 303
    signed = (await bea.get(path)).body.decode()
    assert "Signed by Bea Ott." in signed
    (onward,) = re.findall(r'href="([^"]+)">See how it stands</a>', signed)
    assert (await bea.get(unescape(onward))).status == 200

    async def is_offered() -> bool:
        return bool((await fresh.jonas.owner("GET", "/offers")).json["items"])

    await until(is_offered)
    (offer,) = (await fresh.dealer.owner("GET", "/offers")).json["items"]
    assert await signed_bytes(fresh.dealer, offer["id"]) == shown_bytes(page)
    assert await press(bea, path, "decline") == 409
    german = (await bea.get("/desk/cosign", **{"Accept-Language": "de"})).body.decode()
    assert familiar(german) == []


async def test_who_asks_for_a_second_signature_never_signs_alone(fresh: Dealing) -> None:
    """The owner has let one be enough, while the button still asked for another's."""
    await with_bea(fresh)
    await limit(fresh)
    await fresh.ask(fresh.jonas, "Seven-seater", specifications=ESTATE)
    await fresh.stands(answer=1)
    path, fields, _ = await opened(fresh, "Seven-seater", **NEW)
    fields, page = await preview(fresh, path, fields)
    assert ASK in page
    await fresh.dealer.owner("DELETE", "/cosignatures/limit")
    answer = await fresh.desk.send_form(path, fields | {"do": "offer"})
    assert (answer.status, b"Sign and offer" in answer.body) == (200, True)
    assert (await fresh.dealer.owner("GET", "/offers")).json["items"] == []


async def test_another_declines_with_a_reason(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    await limit(fresh)
    path = await asked(fresh)
    assert await press(bea, path, "decline", reason=HOSTILE) == 303
    for page in (path, "/desk/cosign"):
        shown = (await fresh.desk.get(page)).body.decode()
        assert "Declined by Bea Ott" in shown
        assert ("See how it stands" in shown) == (page == path)
        assert holes(shown) == []
    assert (await fresh.jonas.owner("GET", "/offers")).json["items"] == []
    assert "A second signature was declined" in (await fresh.desk.get("/journal")).body.decode()


async def test_programs_and_the_command_line_ask_too(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    await limit(fresh)
    await fresh.ask(fresh.jonas, "Seven-seater", specifications=ESTATE)
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    price = [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}]
    new = {"intention": item["intention"], "terms": {"name": "VW Touran", "price": price}}
    tried = await fresh.dealer.owner("POST", "/offers?dry_run=true", new)
    assert set(tried.json) == {"cosignature"}
    made = await fresh.dealer.owner("POST", "/offers", new, **{"Idempotency-Key": "k"})
    again = await fresh.dealer.owner("POST", "/offers", new, **{"Idempotency-Key": "k"})
    assert (made.status, again.status, again.json) == (202, 202, made.json)
    waits = made.json["cosignature"]
    token = {"name": "till", "scopes": ["read", "write"], "person": "Bea Ott"}
    secret = (await fresh.dealer.owner("POST", "/tokens", token)).json["secret"]
    path = f"/cosignatures/{waits['id']}/sign"
    own = await fresh.dealer.owner("POST", path, {"digest": waits["digest"]})
    assert (own.status, own.json["code"]) == (403, "same-person")
    assert (
        await api(fresh, secret, "PUT", "/cosignatures/limit", {"amount": "1e6", "currency": "EUR"})
    ).status == 403
    assert (await bea.post("/desk/cosign", off="1")).status == 403
    seen = (await api(fresh, secret, "GET", f"/cosignatures/{waits['id']}")).json
    assert (seen["own"], seen["body"]) == (False, waits["body"])
    signed = await api(fresh, secret, "POST", path, {"digest": waits["digest"]})
    assert (signed.status, signed.json["state"]) == (200, "signed")
    listed = (await fresh.dealer.owner("GET", "/journal?limit=100")).json["items"]
    (move,) = (one for one in listed if one["kind"] == "offer")
    assert move["by"] == "Bea Ott"


async def test_an_acceptance_waits_to_be_undone_however_many_sign_it(fresh: Dealing) -> None:
    jonas = fresh.jonas
    assert (await jonas.owner("POST", "/persons", {"name": "Cem"})).status == 201
    assert (await jonas.owner("PUT", "/cosignatures/limit", {"amount": "1", "currency": "EUR"})).status == 200
    wish = await fresh.ask(jonas, "Seven-seater", specifications=ESTATE)
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    price = [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}]
    terms = {"intention": item["intention"], "terms": {"name": "VW Touran", "price": price}}
    assert (await fresh.dealer.owner("POST", "/offers", terms)).status == 201
    offer = await fresh.wait_for(jonas, wish["id"], "offered")
    asked = (await jonas.owner("POST", f"/offers/{offer['id']}/accept", {})).json["cosignature"]
    cem = Browser(jonas)
    await cem.sign_in(person="Cem")
    page = (await cem.get(f"/desk/cosign/{asked['id']}")).body.decode()
    signed = await cem.send_form(f"/desk/cosign/{asked['id']}/sign", dict(_HIDDEN.findall(page)))
    assert signed.headers["Location"] == f"/offers/{offer['id']}/accepted"
    assert b"/undo" in (await cem.get(signed.headers["Location"])).body
    await cem.get(f"/offers/{offer['id']}/accepted")
    assert (await cem.post(f"/offers/{offer['id']}/undo")).status == 303
    assert (await jonas.owner("GET", f"/offers/{offer['id']}")).json["state"] == "offered"


async def test_a_program_s_second_signature_can_be_undone_for_as_long(fresh: Dealing) -> None:
    """What the owner chose for pages holds for a signature that a program gives beside another person's."""
    jonas = fresh.jonas
    assert (await jonas.owner("POST", "/persons", {"name": "Cem"})).status == 201
    assert (await jonas.owner("PUT", "/cosignatures/limit", {"amount": "1", "currency": "EUR"})).status == 200
    wish = await fresh.ask(jonas, "Seven-seater", specifications=ESTATE)
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    price = [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}]
    terms = {"intention": item["intention"], "terms": {"name": "VW Touran", "price": price}}
    assert (await fresh.dealer.owner("POST", "/offers", terms)).status == 201
    offer = await fresh.wait_for(jonas, wish["id"], "offered")
    token = {"name": "till", "scopes": ["read", "write"], "person": "Cem"}
    secret = (await jonas.owner("POST", "/tokens", token)).json["secret"]
    cem = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    asked = (await jonas.owner("POST", f"/offers/{offer['id']}/accept", {})).json["cosignature"]
    browser = Browser(jonas)
    await browser.sign_in()
    await browser.get("/security/undo")
    assert (await browser.post("/security/undo", seconds="86400")).status == 303
    path = f"/api/v1/cosignatures/{asked['id']}/sign"
    signed = await jonas.request("POST", path, b"{}", cem)
    assert signed.json["state"] == "signed"
    assert signed.json["leaves_at"] is not None
    undone = await jonas.request("POST", f"/api/v1/offers/{offer['id']}/undo", b"", cem)
    assert (undone.status, undone.json.get("state")) == (200, "offered"), undone.json
    assert (await fresh.dealer.owner("GET", "/agreements")).json["items"] == []


async def test_two_that_count_on_the_same_stock(fresh: Dealing) -> None:
    """What one signature does to the other is said before, and on both pages afterwards."""
    await stock(fresh.dealer)
    _id, bea = await with_bea(fresh)
    await limit(fresh)
    for customer in (fresh.ada, fresh.jonas):
        await fresh.ask(customer, "Hybrid")

    async def both_wait() -> bool:
        return len((await fresh.dealer.owner("GET", "/cosignatures")).json["items"]) == 2

    await until(both_wait)
    one, other = [item["id"] for item in (await fresh.dealer.owner("GET", "/cosignatures")).json["items"]]
    desk = (await fresh.desk.get("/desk")).body.decode()
    assert f'href="/desk/cosign/{one}">Waits for a second signature</a>' in desk
    for id in (one, other):
        assert await press(fresh.desk, f"/desk/cosign/{id}", "sign") == 303  # stand behind it
    before = (await bea.get(f"/desk/cosign/{one}")).body.decode()
    assert "One other thing that waits counts on the same stock" in before
    assert await press(bea, f"/desk/cosign/{one}", "sign") == 303
    after = (await bea.get(f"/desk/cosign/{one}")).body.decode()
    assert "One other thing that waits cannot be signed any more" in after
    left = (await bea.get(f"/desk/cosign/{other}")).body.decode()
    assert "<h1>It cannot be signed as things stand.</h1>" in left
    assert "Your price list or your stock has changed since it was asked for." in left
    assert "Sign and send" not in left
    (anew,) = re.findall(r'href="(/desk/wishes/int_\w+)">Look at how it stands, and ask anew', left)
    wish = (await bea.get(anew)).body.decode()
    assert "An answer waits for a second signature." in wish
    listed = (await bea.get("/desk/cosign")).body.decode()
    assert "Your price list or your stock has changed" in listed
    for path in (f"/desk/cosign/{one}", f"/desk/cosign/{other}", "/desk/cosign", "/desk", anew):
        german = (await bea.get(path, **{"Accept-Language": "de"})).body.decode()
        assert familiar(german) == [], path
    assert await press(bea, f"/desk/cosign/{other}", "decline", reason="too few") == 303
    assert b"One thing that you asked for was not signed." in (await fresh.desk.get("/desk")).body


async def test_what_a_signature_is_under_is_a_step_away(fresh: Dealing) -> None:
    """The bytes of a countersignature name an agreement, and none of its terms."""
    wish = await fresh.ask(fresh.jonas, "Seven-seater", specifications=ESTATE)
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    price = [{"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}]
    terms = {"intention": item["intention"], "terms": {"name": "VW Touran", "price": price}}
    assert (await fresh.dealer.owner("POST", "/offers", terms)).status == 201
    offer = await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    await limit(fresh)
    assert (await fresh.jonas.owner("POST", f"/offers/{offer['id']}/accept", {})).status == 200

    async def is_asked() -> bool:
        return bool((await fresh.dealer.owner("GET", "/cosignatures")).json["items"])

    await until(is_asked)
    (waits,) = (await fresh.dealer.owner("GET", "/cosignatures")).json["items"]
    (agreement,) = (await fresh.dealer.owner("GET", "/agreements")).json["items"]
    page = (await fresh.desk.get(f"/desk/cosign/{waits['id']}")).body.decode()
    assert "13670" not in waits["body"]
    (again,) = re.findall(r'<a class="btn" href="([^"]+)">See how it stands</a>', page)
    assert "Ask for a second signature" in (await fresh.desk.get(unescape(again))).body.decode()
    assert f'href="/agreements/{agreement["id"]}"' in page
    assert "13,670" in page.partition("The terms")[2].partition("What exactly is signed")[0]
    assert "names the offer with these terms by its fingerprint" in page
    assert "VW Touran" in page.partition("</h1>")[2].partition("The terms")[0]
    assert "VW Touran" in (await fresh.desk.get("/desk/cosign")).body.decode()
    assert (await fresh.desk.get(f"/agreements/{agreement['id']}")).status == 200


async def test_who_is_alone_reads_that_nobody_else_can_sign(fresh: Dealing) -> None:
    await limit(fresh)
    assert b"Nobody else can sign" in (await fresh.desk.get("/desk/cosign")).body
    await with_bea(fresh)
    assert b"Nobody else can sign" not in (await fresh.desk.get("/desk/cosign")).body


async def test_a_limit_is_an_amount(fresh: Dealing) -> None:
    await fresh.desk.get("/desk/cosign")
    wrong = await fresh.desk.post("/desk/cosign", amount="much", currency="EUR")
    assert (wrong.status, b'aria-invalid="true"' in wrong.body) == (422, True)
    await limit(fresh, "2,500.00")
    shown = await fresh.desk.get("/desk/cosign", Accept="application/json")
    assert shown.json["limit"] == {"amount": "2500", "currency": "EUR"}
    await fresh.desk.get("/desk/cosign")
    assert (await fresh.desk.post("/desk/cosign", off="1")).status == 303
    assert (await fresh.dealer.owner("GET", "/cosignatures")).json == {"limit": None, "items": []}


async def _agreed(fresh: Dealing) -> tuple[Document, Document, Document]:
    """Agree with Jonas on a car; return the agreement here, the one at his node, and its price."""
    wish = await fresh.ask(fresh.jonas, "Seven-seater", specifications=ESTATE)
    await fresh.stands(answer=1)
    (item,) = (await fresh.pipeline())["items"]
    price = {"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}
    terms = {"name": "VW Touran", "price": [price]}
    await fresh.dealer.owner("POST", "/offers", {"intention": item["intention"], "terms": terms})
    offer = await fresh.wait_for(fresh.jonas, wish["id"], "offered")
    await fresh.jonas.owner("POST", f"/offers/{offer['id']}/accept", {})
    await fresh.stands(agreed=1)
    await fresh.rests()
    (ours,) = (await fresh.dealer.owner("GET", "/agreements")).json["items"]
    (theirs,) = (await fresh.jonas.owner("GET", "/agreements")).json["items"]
    return ours, theirs, price


async def test_what_changes_an_agreement_says_what_and_whose(fresh: Dealing) -> None:
    agreement, theirs, price = await _agreed(fresh)
    asked = {"terms": {"price": [price | {"amount": "12000.00"}]}}
    assert (await fresh.jonas.owner("POST", f"/agreements/{theirs['id']}/amend", asked)).status == 201
    await fresh.stands(answer=1)
    (change,) = (await fresh.pipeline(stage="answer"))["items"]
    await limit(fresh)
    for path, body in (
        (f"/offers/{change['offer']}/accept", {}),
        (f"/agreements/{agreement['id']}/amend", {"terms": {"price": [price | {"amount": "14000.00"}]}}),
    ):
        waits = (await fresh.dealer.owner("POST", path, body)).json["cosignature"]
        page = (await fresh.desk.get(f"/desk/cosign/{waits['id']}")).body.decode()
        changed = page.partition("What it changes of the agreement")[2].partition("The terms")[0]
        assert "<del>€13,670.00</del>" in changed, changed
        assert "Jonas Meier" in page.partition("</h1>")[2].partition("The terms")[0]
        assert f'href="/agreements/{agreement["id"]}"' in page
    assert "A change of an agreement: " in page
    assert "A change of an agreement: " in (await fresh.desk.get("/desk/cosign")).body.decode()


async def test_two_sign_a_change_that_the_customer_has_accepted(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    agreement, _theirs, price = await _agreed(fresh)
    await fresh.dealer.owner("PUT", "/rule", {**RULE, "countersign": "ask"})
    extra = {"property": "tow bar", "value": "yes", "unit": ""}
    terms = {
        "price": [price | {"amount": "12000.00"}],
        "properties": [extra],
        "starts_at": "2099-01-01T12:00:00Z",
    }
    made = await fresh.dealer.owner("POST", f"/agreements/{agreement['id']}/amend", {"terms": terms})
    assert made.status == 201, made.body
    await fresh.rests()
    (change,) = (await fresh.jonas.owner("GET", "/offers?state=offered")).json["items"]
    assert (await fresh.jonas.owner("POST", f"/offers/{change['id']}/accept", {})).status == 200
    await fresh.stands(sign=1)
    await limit(fresh)
    (item,) = (await fresh.pipeline(stage="sign"))["items"]
    wish = f"/desk/wishes/{item['intention']}?offer={item['offer']}"
    page = (await fresh.desk.get(wish)).body.decode()
    assert "has accepted the change." in page
    changed = page.partition("What it changes of the agreement")[2].partition("</section>")[0]
    assert "<del>€13,670.00</del>" in changed, changed
    assert "Tow bar" in changed
    assert "neither of them holds." in changed
    assert f'href="/agreements/{agreement["id"]}"' in changed
    waits = (await fresh.dealer.owner("POST", f"/agreements/{item['agreement']}/countersign")).json
    path = f"/desk/cosign/{waits['cosignature']['id']}"
    shown = (await bea.get(path)).body.decode()
    assert "<del>€13,670.00</del>" in shown.partition("What it changes of the agreement")[2]
    assert await press(bea, path, "sign") == 303
    await fresh.rests()
    (signed,) = (await fresh.dealer.owner("GET", "/agreements?state=concluded")).json["items"]
    assert signed["total"] == "12000.00"
