"""The team over real HTTP: two people with two sign-ins, who did what, and who is out at once."""

import re
from urllib.parse import urlsplit

import orjson
import pytest

from node.core.access import STEP_UP_HOLDS
from protocol.strictjson import Document
from tests.web.authenticator import Authenticator
from tests.web.browsing import Browser, asked
from tests.web.house import Answer
from tests.web.pages.desk.dealing import Dealing, familiar, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"


async def api(deal: Dealing, secret: str, method: str, path: str, body: Document | None = None) -> Answer:
    """Ask the dealer's API with a token."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    content = None if body is None else orjson.dumps(body)
    return await deal.dealer.request(method, f"/api/v1{path}", content, headers)


async def with_bea(deal: Dealing, name: str = "Bea Ott") -> tuple[str, Browser]:
    """Add somebody at the desk, and let them in by the link that is shown; return their id and browser."""
    await deal.desk.get("/desk/team")
    added = await deal.desk.post("/desk/team", name=name)
    assert added.status == 303, added.body
    path = added.headers["Location"]
    await deal.desk.get(path)
    shown = await deal.desk.post(path)
    (url,) = re.findall(r'<pre class="bytes" tabindex="0">([^<]+)</pre>', shown.body.decode())
    bea = Browser(deal.dealer)
    await bea.get(urlsplit(url).path)
    entered = await bea.post(f"{urlsplit(url).path}?{urlsplit(url).query}")
    assert (entered.status, entered.headers["Location"]) == (303, "/security")
    return path.split("/")[3], bea


async def test_a_team_is_listed_with_its_devices(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/team")).body.decode()
    assert "<h1>You work here alone.</h1>" in page
    id, bea = await with_bea(fresh)
    page = (await fresh.desk.get("/desk/team")).body.decode()
    assert "<h1>Two people work here.</h1>" in page
    assert page.count("Firefox, Linux") == 2
    assert holes(page) == []
    theirs = (await bea.get("/desk/team")).body.decode()
    assert ("Somebody new" in page, "Somebody new" in theirs) == (True, False)
    assert f"/desk/team/{id}/remove" not in theirs
    shown = await fresh.desk.get("/desk/team", Accept="application/json")
    assert shown.json == (await fresh.dealer.owner("GET", "/persons")).json
    german = (await bea.get("/desk/team", **{"Accept-Language": "de"})).body.decode()
    assert ("Hier arbeiten" in german or "Personen arbeiten hier" in german, familiar(german)) == (True, [])


async def test_what_is_the_owners_is_ended_by_the_owner_alone(fresh: Dealing) -> None:
    owner = fresh.dealer.owner
    topic = {"server": "https://ntfy.example", "topic": "freehold-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
    channel = (await owner("POST", "/notices/channels/ntfy", topic)).json["id"]
    assert (await owner("POST", "/calendar", {"names": False})).status == 201
    _, bea = await with_bea(fresh)
    ends = {
        "/security": "/security/lock",
        "/calendar": "/calendar/revoke",
        "/notifications": f"/notifications/{channel}/remove",
    }
    for page, end in ends.items():
        assert f'"{end}"' in (await fresh.desk.get(page)).body.decode()
        assert f'"{end}"' not in (await bea.get(page)).body.decode()
        refused = await bea.post(end)
        assert refused.status == 403
        assert b"Only the owner of this business may do that." in refused.body
    assert (await bea.get("/security/lock")).status == 403
    assert (await owner("GET", "/calendar")).status == 200
    assert [one["id"] for one in (await owner("GET", "/notices/channels")).json["items"]] == [channel]
    for end in reversed(ends.values()):
        await fresh.desk.get(end.rpartition("/")[0])
        assert (await fresh.desk.post(end)).status == 303


async def test_what_a_person_does_stands_under_their_name(fresh: Dealing) -> None:
    id, bea = await with_bea(fresh)
    rule = {"currency": "EUR", "max_offers_per_intention": 1, "max_discount_percent": "1"}
    made = await fresh.dealer.owner(
        "POST", "/tokens", {"name": "till", "scopes": ["read", "write"], "person": "Bea Ott"}
    )
    secret = made.json["secret"]
    assert (await api(fresh, secret, "PUT", "/rule", rule)).status == 200
    page = (await bea.get("/journal")).body.decode()
    assert "by Bea Ott" in page
    (newest, *_) = reversed((await fresh.dealer.owner("GET", "/journal?limit=100")).json["items"])
    assert (newest["kind"], newest["by"], newest["decision"]["by"]) == ("rule", "Bea Ott", id)
    refused = [
        (await api(fresh, secret, "GET", "/persons")).status,
        (await api(fresh, secret, "POST", "/sessions/links", {"person": "Bea Ott"})).status,
        (await api(fresh, secret, "GET", "/offers?actor=nobody")).status,
    ]
    assert refused == [403, 403, 404]


async def test_the_link_leads_to_where_a_passkey_can_be_made(fresh: Dealing) -> None:
    """By its figures this machine has no passkeys (WebAuthn Level 3 §4, RP ID), and the page promises one."""
    await fresh.desk.get("/desk/team")
    path = (await fresh.desk.post("/desk/team", name="Bea Ott")).headers["Location"]
    await fresh.desk.get(path)
    shown = (await fresh.desk.post(path)).body.decode()
    made = (await fresh.dealer.owner("POST", "/sessions/links", {"person": "Bea Ott"})).json
    for url in (*re.findall(r'<pre class="bytes" tabindex="0">([^<]+)</pre>', shown), made["url"]):
        assert url.startswith(f"http://localhost:{fresh.dealer.settings.port}/sign-in/"), url


async def test_a_passkey_and_a_password_are_of_one_person(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    await bea.get("/security/password")
    assert (await bea.post("/security/password", password=PASSWORD)).status == 303
    other = Browser(fresh.dealer)
    await other.get("/sign-in")
    tries = [
        (await other.post("/sign-in", password=PASSWORD)).status,  # it is not the owner's
        (await other.post("/sign-in", password=PASSWORD, person="Cem")).status,
        (await other.post("/sign-in", password=PASSWORD, person=" bea OTT ")).status,
    ]
    assert tries == [403, 403, 303]
    fresh.dealer.clock.ahead += STEP_UP_HOLDS
    asked_for = await bea.get("/step-up?next=/security/password")
    assert b'name="proof_password"' in asked_for.body
    # The owner has nothing that proves who it is, and Bea's password proves nothing about them.
    assert (await fresh.desk.get("/step-up?next=/security")).status == 303
    assert b"Recovery words" not in (await bea.get("/security")).body
    assert [(await bea.get(path)).status for path in ("/security/kit", "/security/kit/check")] == [403, 403]


async def test_a_passkey_of_one_person_does_not_prove_another(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    await fresh.desk.get("/desk/team")
    desk, phones = fresh.desk, [Authenticator(b"hers"), Authenticator(b"his")]
    options = []
    for browser, phone in zip((bea, desk), phones, strict=True):
        browser.name = "localhost"
        options.append(asked(await browser.get("/security/passkeys/new"), "create"))
        made = phone.create(options[-1], browser.origin)
        assert (await browser.post("/security/passkeys/new", credential=made, name="x")).status == 303
    users = [orjson.loads(text)["user"] for text in options]
    assert users[0]["name"] == "Bea Ott"
    assert users[0]["id"] != users[1]["id"]  # else one would take the place of the other on a shared device
    fresh.dealer.clock.ahead += STEP_UP_HOLDS
    for phone, status in ((phones[0], 403), (phones[1], 303)):
        page = await desk.get("/step-up?next=/security/password")
        said = phone.get(asked(page, "get"), desk.origin)
        assert (await desk.post("/step-up?next=/security/password", proof=said)).status == status


async def test_who_is_removed_is_out_at_once(fresh: Dealing) -> None:
    id, bea = await with_bea(fresh)
    made = await fresh.dealer.owner("POST", "/tokens", {"name": "till", "scopes": ["read"], "person": id})
    secret = made.json["secret"]
    assert (await api(fresh, secret, "GET", "/offers")).status == 200
    refused = await bea.post(f"/desk/team/{id}/remove")
    assert refused.status == 403
    await fresh.desk.get("/desk/team")
    assert (await fresh.desk.post(f"/desk/team/{id}/remove")).status == 303
    assert (await bea.get("/desk/team")).status == 303  # to the sign-in
    assert (await bea.post(f"/desk/team/{id}", name="Eve")).status == 401
    assert (await api(fresh, secret, "GET", "/offers")).status == 401
    assert "Somebody left the team" in (await fresh.desk.get("/journal")).body.decode()


async def test_nobody_but_the_owner_makes_what_would_outlast_them(fresh: Dealing) -> None:
    """Who is removed has no address left at which dates are read, or to which is told what happens."""
    _id, bea = await with_bea(fresh)
    for path, where in (("/calendar", "/calendar"), ("/notifications", "/notifications/ntfy")):
        page = (await bea.get(path)).body.decode()
        assert (f'action="{where}"' in page, f'href="{where}"' in page) == (False, False)
        assert (await bea.post(where, server="https://ntfy.sh", topic="mine", names="yes")).status == 403
    for path in ("/notifications/mail", "/notifications/ntfy"):
        assert (await bea.get(path)).status == 403
    await fresh.desk.get("/calendar")
    assert b"/calendar/" in (await fresh.desk.post("/calendar", names="yes")).body
    assert (await fresh.desk.get("/notifications/mail")).status == 200


async def test_what_was_typed_stays_where_the_password_is_asked_for(fresh: Dealing) -> None:
    desk = fresh.desk
    await desk.get("/security/password")
    assert (await desk.post("/security/password", password=PASSWORD)).status == 303
    fresh.dealer.clock.ahead += STEP_UP_HOLDS
    for path, typed in (
        ("/desk/team", {"name": "Bea Ott"}),
        ("/desk/cosign", {"amount": "5000", "currency": "CHF"}),
    ):
        assert b'name="proof_password"' in (await desk.get(path)).body
        wrong = await desk.post(path, **typed, proof_password="not this one, surely")
        shown = wrong.body.decode()
        assert (wrong.status, "That is not right." in shown) == (403, True)
        assert f'value="{next(iter(typed.values()))}"' in shown
    assert "<option selected>CHF</option>" in shown
    await desk.get("/desk/team")
    added = await desk.post("/desk/team", name="Bea Ott", proof_password=PASSWORD)
    assert (added.status, added.headers["Location"].endswith("/link")) == (303, True)


async def test_nobodys_password_is_their_own_name(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh, "Beatrice Ottenberger")
    await bea.get("/security/password")
    assert (await bea.post("/security/password", password="beatrice ottenberger 1")).status == 422


async def test_what_is_wrong_with_a_name_is_said_at_it(fresh: Dealing) -> None:
    _id, bea = await with_bea(fresh)
    await fresh.desk.get("/desk/team")
    for name in ("", "Bea OTT"):
        wrong = await fresh.desk.post("/desk/team", name=name)
        assert (wrong.status, b'aria-invalid="true"' in wrong.body) == (422, True)
        await fresh.desk.get("/desk/team")
    assert (await bea.post("/desk/team", name="Cem")).status == 403
    await bea.get("/desk/team")
    assert (await bea.post(f"/desk/team/{_id}", name="Bea Ott-Kern")).status == 303
    assert b"Bea Ott-Kern" in (await bea.get("/desk/team")).body
