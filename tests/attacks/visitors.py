"""AU, UI: what can be done to who is signed in to the pages: planted, forged, guessed, led away."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from node.web.edge.runtime import FAILED_AT_ONCE
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.nodes import ProcessNode, place, socket_path
from tests.attacks.parties import number
from tests.attacks.wire import Answer, Shot, exchange
from tests.attacks.world import World, expect

_FORM: Final = "application/x-www-form-urlencoded"
_GUESSES: Final = 80  # more than are looked at
_PLANTED: Final = "A" * 44


def link(world: World) -> str:
    """Have the owner make a sign-in link; return its path."""
    return urlsplit(str(world.asked("POST", "/sessions/links")["url"])).path


def form(host: str, origin: str, path: str, *, cookie: str = "", **fields: str) -> Shot:
    """Return a form as a page of the node's own sends it."""
    body = urlencode(fields).encode()
    headers = [
        ("Host", host),
        ("Content-Type", _FORM),
        ("Origin", origin),
        ("Content-Length", str(len(body))),
    ]
    return Shot(path, (*headers, *([("Cookie", cookie)] if cookie else [])), body)


def send(world: World, path: str, *, cookie: str = "", source: str = "", **fields: str) -> Answer:
    """Send a form to the node as a page of its own does."""
    return world.throw(form(world.host, world.node.origin, path, cookie=cookie, **fields), source=source)


def cookie_of(answer: Answer) -> str:
    """Return the cookie that an answer sets."""
    return answer.header("Set-Cookie").partition(";")[0]


def token_of(world: World, cookie: str) -> str:
    """Return what the forms of a sign-in carry, as its page shows it."""
    page = world.get("/sign-in", Cookie=cookie, Accept="text/html").body.decode()
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    return found[1] if found else ""


def signed_in(world: World) -> str:
    """Sign in by a link; return the cookie."""
    return cookie_of(send(world, link(world)))


def look(world: World, cookie: str) -> Answer:
    """Look at a page of the owner's, as a program does."""
    return world.get("/security", Cookie=cookie, Accept="application/json")


# --- AU-01, AU-02: sessions ---------------------------------------------------------------------------------


def planted(world: World) -> Answer:
    """Plant one's own sign-in in the browser of somebody who signs in then, and look what it opens."""
    known = signed_in(world)
    entered = send(world, link(world), cookie=known, form_token=token_of(world, known))
    expect(entered.status == 303, "the owner is in")
    expect(cookie_of(entered) not in {"", known}, "with a secret that nobody knew before")
    world.hold()
    return look(world, known)


def made_up(world: World) -> Answer:
    """Plant a secret that the node never gave."""
    name = signed_in(world).partition("=")[0]
    entered = send(world, link(world), cookie=f"{name}={_PLANTED}")
    expect(_PLANTED not in entered.header("Set-Cookie"), "it is not taken over")
    world.hold()
    return look(world, f"{name}={_PLANTED}")


def ended(world: World) -> Answer:
    """Go on with a secret whose sign-in its owner has ended."""
    known = signed_in(world)
    send(world, "/sign-out", cookie=known, form_token=token_of(world, known))
    world.hold()
    return look(world, known)


def used_twice(world: World) -> Answer:
    """Follow a link that somebody has followed."""
    path = link(world)
    expect(send(world, path).status == 303, "the first is in")
    world.hold()
    return send(world, path, source="127.0.0.21")


def flags(world: World) -> Answer:
    """Look at the cookie of a sign-in."""
    answer = send(world, link(world))
    said = answer.header("Set-Cookie")
    for flag in ("HttpOnly", "Path=/", "SameSite=Lax"):
        expect(flag in said, f"the cookie is {flag}")
    expect("Domain" not in said, "it is this host's alone")
    return answer


# --- AU-04, AU-05: guessing, and coming first ---------------------------------------------------------------


def guessing(world: World) -> Answer:
    """Try passwords and recovery words, until no more are taken: one may be again, every half minute."""
    signed_in(world)  # nobody guesses at a node that is nobody's yet
    world.hold()
    for tries, (path, name) in enumerate((("/sign-in", "password"), ("/recover", "words")) * FAILED_AT_ONCE):
        answer = send(world, path, source="127.0.0.22", **{name: "oak " * 12})
        if tries >= FAILED_AT_ONCE and answer.status == 429:
            return answer
        expect(answer.status in {403, 422}, "a guess opens nothing")
    return send(world, "/sign-in", source="127.0.0.22", password="oak")


def locked_out(world: World) -> Answer:
    """Try passwords from many addresses until none is looked at, and have the owner come from elsewhere."""
    signed_in(world)
    world.hold()
    for turn in range(_GUESSES):
        source = f"127.0.{50 + turn % 4}.{1 + turn // FAILED_AT_ONCE}"
        if send(world, "/sign-in", source=source, password="oak " * 12).status == 429:
            break
    guess = send(world, "/sign-in", source="127.0.50.99", password="oak " * 12)
    expect(guess.status == 429, "no more guesses are taken")
    owner = send(world, "/sign-in", source="127.0.60.1", password="what the owner has written down")
    expect(owner.status == 403, f"what the owner types is looked at, and not answered {owner.status}")
    return world.get("/sign-in", Accept="text/html")


def claiming(world: World) -> Answer:
    """Claim a new node without its code, and walk in past the claim."""
    assert world.realm is not None
    node = ProcessNode(world.realm.folder("nobodys")).start()
    try:
        host = f"127.0.0.1:{node.port}"
        sent = [("/claim", {"how": "new", "code": "0000-0000"})] * 7
        sent += [("/claim/name", {"name": "Eve", "way": "password", "password": "correct horse battery"})]
        for path, fields in sent:
            answer = exchange(place(node), form(host, f"http://{host}", path, **fields).render())
            expect(not answer.header("Set-Cookie"), "nobody is let in")
        return exchange(place(node), Shot("/wishes", (("Host", host),), method="GET").render())
    finally:
        node.stop()


def kept_from_claiming(world: World) -> Answer:
    """Try wrong codes until none of this network is looked at, and have the owner come from elsewhere."""
    assert world.realm is not None
    node = ProcessNode(world.realm.folder("contested")).start()
    try:
        host = f"127.0.0.1:{node.port}"
        asking = Shot("/api/v1/claim", (("Host", "owner"), ("Content-Length", "0")))
        made = exchange(socket_path(node), asking.render())

        def tried(code: str, source: str) -> Answer:
            shot = form(host, f"http://{host}", "/claim", how="new", code=code)
            return exchange(place(node), shot.render(), source=source)

        guesses = [tried("0000-0000", f"127.0.70.{1 + turn}").status for turn in range(FAILED_AT_ONCE + 2)]
        expect(set(guesses) == {403, 429} and guesses[-1] == 429, f"a guess opens nothing: {guesses}")
        return tried(str(made.json["code"]), "127.0.71.1")
    finally:
        node.stop()


# --- UI-01, UI-07: pages of others --------------------------------------------------------------------------

FORGED: Final[Mapping[str, Mapping[str, str]]] = {
    "by a page elsewhere": {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site"},
    "by a page elsewhere, without its origin": {"Origin": "", "Sec_Fetch_Site": "cross-site"},
    "by a sibling": {"Sec_Fetch_Site": "same-site"},
    "by nobody knows whom": {"Origin": "null"},
    "by an origin that begins like the node's": {"Origin": "{origin}.evil.example"},
}


def forged(headers: Mapping[str, str]) -> Attack:
    """Have the owner's browser send a form with the owner's cookie and even the right token."""

    def attack(world: World) -> Answer:
        known = signed_in(world)
        token = token_of(world, known)
        sent = form(world.host, world.node.origin, "/security/lock", cookie=known, form_token=token)
        world.hold()
        return world.throw(
            sent.having(**{name: value.format(origin=world.node.origin) for name, value in headers.items()})
        )

    return attack


def without_token(world: World) -> Answer:
    """Send a form of the node's own with the token of another sign-in."""
    known, other = signed_in(world), signed_in(world)
    token = token_of(world, other)
    world.hold()
    return send(world, "/security/lock", cookie=known, form_token=token)


def by_length(world: World) -> Answer:
    """Read a token from how pages compress, which needs the same text in many of them, and send that."""
    known = signed_in(world)
    shown = {token_of(world, known) for _ in range(3)}
    expect(len(shown) == 3, "the token is another text in each answer")
    both = urlsafe_b64decode(shown.pop())
    half = len(both) // 2
    token = urlsafe_b64encode(bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=True)))
    world.hold()
    return send(world, "/security/lock", cookie=known, form_token=token.decode().rstrip("="))


ELSEWHERE: Final = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "%2f%2fevil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/@evil.example",
)


def led_away(to: str) -> Attack:
    """Have a sign-in go on at another site."""

    def attack(world: World) -> Answer:
        answer = send(world, f"{link(world)}?next={quote(to, safe='')}")
        expect(answer.header("Location") == "/", f"it goes on here, and not at {answer.header('Location')}")
        return answer

    return attack


# --- UI-18: pages that another site puts under a press ------------------------------------------------------


def led_here(site: str) -> Attack:
    """Lead a browser to where the node is locked; tests/browser presses there at once."""

    def attack(world: World) -> Answer:
        asked = {"Cookie": signed_in(world), "Accept": "text/html", "Accept_Language": "en"}
        own = world.get("/security/lock", Sec_Fetch_Site="same-origin", **asked)
        expect(b"data-led" not in own.body, "who came by a page of ours waits for nothing")
        answer = world.get("/security/lock", Sec_Fetch_Site=site, **asked)
        expect(b"hidden data-led" in answer.body, "a press waits until the page has been in front")
        return answer

    return attack


# --- AU-08, AU-13, SS-20: what reads without a sign-in, and where one has oneself told ----------------------


def calendar(world: World) -> str:
    """Have the owner make a calendar; return the secret of its address."""
    path = urlsplit(str(world.asked("POST", "/calendar", {"names": True})["url"])).path
    expect(world.get(path).status == 200, "who has the address reads it")
    return path.removeprefix("/calendar/").removesuffix(".ics")


def beyond_the_calendar(world: World) -> Answer:
    """Ask for more with the secret of a calendar's address, as a cookie and as a token."""
    secret = calendar(world)
    name = signed_in(world).partition("=")[0]
    world.hold()
    expect(look(world, f"{name}={secret}").status == 401, "it opens no page")
    return world.get("/api/v1/agreements", Authorization=f"Bearer {secret}")


def nearly_the_calendar(world: World) -> Answer:
    """Ask for the calendar with secrets that are nearly right, and with the one before."""
    before, secret = calendar(world), calendar(world)
    world.hold()
    for wrong in (before, secret[:-1], secret + "A", secret.swapcase(), _PLANTED, "*", "%00"):
        answer = world.get(f"/calendar/{wrong}.ics")
        expect((answer.status, answer.code) == (404, "not-found"), "none of them is told apart")
    return answer


OWNERS_ALONE: Final = ("/security/lock", "/calendar/revoke", "/notifications/{channel}/remove")


def as_one_of_a_team(path: str) -> Attack:
    """Press on a page, as a person of the team, what ends something of the owner's."""

    def attack(world: World) -> Answer:
        calendar(world)
        topic = {"server": "https://ntfy.example", "topic": f"freehold-{number()}-aaaaaaaaaaaaaaaaaaaaaaaa"}
        channel = str(world.asked("POST", "/notices/channels/ntfy", topic)["id"])
        person = world.asked("POST", "/persons", {"name": f"Bea {number()}"})["id"]
        opened = urlsplit(str(world.asked("POST", "/sessions/links", {"person": person})["url"])).path
        known = cookie_of(send(world, opened))
        fields = {"form_token": token_of(world, known), "form_key": f"team{number()}"}
        answer = send(world, path.format(channel=channel), cookie=known, **fields)
        expect(world.owner("GET", "/calendar").status == 200, "the calendar is there")
        world.asked("DELETE", f"/notices/channels/{channel}")  # which is there, too
        world.asked("DELETE", f"/persons/{person}")
        return answer

    return attack


PUSHED_TO: Final = (
    "http://10.0.0.1/p",
    "http://169.254.169.254/latest/meta-data",
    "https://2130706433/p",
    "https://user:secret@push.example/p",
    "https://push.example:25/p",
    "file:///etc/passwd",
    "gopher://push.example/_",
    "//push.example/p",
)
_POINT: Final = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


def pushed_to(endpoint: str) -> Attack:
    """Have what is told pushed to such an address; the keys are those of RFC 8291 §5."""

    def attack(world: World) -> Answer:
        known = signed_in(world)
        keys = {"p256dh": _POINT, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
        said = json.dumps({"endpoint": endpoint, "keys": keys})
        fields = {"form_token": token_of(world, known), "form_key": "push", "subscription": said}
        world.hold()
        return send(world, "/notifications/devices", cookie=known, **fields)

    return attack


CASES: Final[tuple[Case, ...]] = (
    case("AU-01", "a sign-in that was planted", planted, 401, "sign-in"),
    case("AU-01", "a secret that was planted", made_up, 401, "sign-in"),
    case("AU-01", "a sign-in that has ended", ended, 401, "sign-in"),
    case("AU-01", "a link that was used", used_twice, 404, "link-invalid"),
    case("AU-02", "of a sign-in", flags, 303, still=False),
    case("AU-04", "passwords and words", guessing, 429, "too-many-tries", quick=False),
    case("AU-15", "the owner comes while others guess", locked_out, 200, node="strict", quick=False),
    case("AU-05", "a stranger claims it in a browser", claiming, 403, "unclaimed", quick=False),
    case("AU-16", "the owner comes while others guess the code", kept_from_claiming, 303, quick=False),
    *vectors("UI-01", {name: forged(headers) for name, headers in FORGED.items()}, 403, "form-foreign"),
    case("UI-01", "with the token of another sign-in", without_token, 403, "form-foreign"),
    *vectors(
        "AU-08", {path: as_one_of_a_team(path) for path in OWNERS_ALONE}, 403, "owner-alone", still=False
    ),
    case("AU-08", "a calendar's address asks for more", beyond_the_calendar, 401, "token"),
    case("AU-13", "a calendar's address, nearly", nearly_the_calendar, 404, "not-found"),
    *vectors("SS-20", {to: pushed_to(to) for to in PUSHED_TO}, 422, "subscription-invalid"),
    case("UI-01", "with a token that was read from lengths", by_length, 403, "form-foreign"),
    *vectors("UI-18", {site: led_here(site) for site in ("cross-site", "same-site")}, 200, still=False),
    *vectors("UI-07", {to: led_away(to) for to in ELSEWHERE}, 303, still=False),
)
