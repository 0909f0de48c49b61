"""Attacks through signed webhooks: what other systems hand in, and where an owner's webhook may lead."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.webhooks import HookSecret, HookSigner, read_key, sign, write_public
from tests.attacks.cases import Attack, case, vectors
from tests.attacks.wire import Answer, Shot
from tests.attacks.world import World, expect

_ROW: Final = {"kind": "quotation", "external_id": "Q-7", "fields": {"total": "1.00"}}
_ROWS: Final = "SELECT * FROM tray_rows"
_TEN_MEGABYTES: Final = 10_485_760
_ARABIC_INDIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True)
class System:
    """A system of the owner's that may hand rows in."""

    id: str
    target: str
    signer: HookSigner


@contextmanager
def allowed(world: World, key: PrivateKey | None = None) -> Iterator[System]:
    """Let a system hand rows in for a while, with a secret, or with a key of its own."""
    own = {} if key is None else {"key": write_public(key.public)}
    made = world.asked("POST", "/tray/senders", {"name": "a system", **own})
    signer = key or secret_of(made)
    try:
        yield System(made["id"], urlsplit(made["url"]).path, signer)
    finally:
        world.owner("DELETE", f"/tray/senders/{made['id']}")


def secret_of(made: Any) -> HookSecret:
    secret = read_key(made["secret"])
    assert isinstance(secret, HookSecret)
    return secret


def event(number: int = 1) -> bytes:
    fields = {"total": f"{number}.00"}
    data = {"rows": [{**_ROW, "external_id": f"Q-{number}", "fields": fields}]}
    return orjson.dumps(
        {"specversion": "1.0", "id": "e", "source": "/crm", "type": "crm.changed", "data": data}
    )


def shot(
    world: World, system: System, *, body: bytes = b"", id: str = "", age_seconds: float = 0.0, by: Any = None
) -> Shot:
    """Write a webhook as the system signs it."""
    body, id = body or event(), id or f"msg_{next(_numbers)}"
    signed = sign(id, body, [by or system.signer], now=world.now() - timedelta(seconds=age_seconds))
    headers = (
        ("Host", world.host),
        ("Content-Type", "application/cloudevents+json"),
        ("Content-Length", str(len(body))),
        *signed.items(),
    )
    return Shot(system.target, headers, body)


def _count() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_numbers: Final = _count()


def handed(bend: Callable[[Shot], Shot], *, key: PrivateKey | None = None) -> Attack:
    """Return an attack that bends one webhook after it was signed."""

    def attack(world: World) -> Answer:
        with allowed(world, key) as system:
            return world.throw(bend(shot(world, system)))

    return attack


def late(seconds: float) -> Attack:
    def attack(world: World) -> Answer:
        with allowed(world) as system, world.stopped():
            return world.throw(shot(world, system, age_seconds=seconds))

    return attack


def replayed(world: World) -> Answer:
    """Send an old webhook again behind a newer one: it is taken for what it is, and undoes nothing."""
    with allowed(world) as system:
        first = shot(world, system, body=event(1))
        world.must(world.throw(first), 200)
        rows = [{**_ROW, "external_id": "Q-1", "fields": {"total": "9.00"}}]
        newer = orjson.loads(event(1)) | {"data": {"rows": rows}}
        world.must(world.throw(shot(world, system, body=orjson.dumps(newer))), 200)
        before = world.rows(_ROWS)
        answer = world.throw(first)
        expect(world.rows(_ROWS) == before, "what came behind it stays")
    return answer


def reused(world: World) -> Answer:
    """Use the id of a webhook that was taken for another one."""
    with allowed(world) as system:
        world.must(world.throw(shot(world, system, id="msg_reused")), 200)
        before = world.rows(_ROWS)
        answer = world.throw(shot(world, system, id="msg_reused", body=event(2)))
        expect(world.rows(_ROWS) == before, "nothing of the other body is taken")
    return answer


def retired(world: World) -> Answer:
    """Sign with a secret whose time is over."""
    world.advance(seconds=0)
    with allowed(world) as system:
        world.asked("POST", f"/tray/senders/{system.id}/rotate", {"overlap_hours": 1})
        world.advance(hours=1, seconds=1)
        return world.throw(shot(world, system))


def large(world: World) -> Answer:
    """Announce ten megabytes, and send none."""
    with allowed(world) as system:
        announced = shot(world, system).having(Content_Length=str(_TEN_MEGABYTES))
        return world.throw(Shot(announced.target, announced.headers))


def foreign(world: World) -> Answer:
    """Sign with the secret of another system."""
    with allowed(world) as system, allowed(world) as other:
        return world.throw(shot(world, system, by=other.signer))


def renamed(bent: Callable[[str], str]) -> Callable[[Shot], Shot]:
    return lambda shot: shot.edit("webhook-signature", bent)


def relabelled(world: World) -> Answer:
    """Make a secret of a public key that everybody may know, and sign with that."""
    key = ed25519_from_seed(bytes(range(32)))
    with allowed(world, key) as system:
        forged = shot(world, system, by=HookSecret(key.public.raw))
        first = world.throw(forged)
        expect(first.status == 401, "a public key is no secret")
        return world.throw(forged.edit("webhook-signature", lambda text: text.replace("v1,", "v1a,")))


def shifted(shot: Shot) -> Shot:
    """Move a part of the body before the full stop, so that the same bytes are signed."""
    stamp, (head, tail) = shot.header("webhook-timestamp"), (shot.body[:10], shot.body[10:])
    moved = shot.edit("webhook-id", lambda text: f"{text}.{stamp}").edit(
        "webhook-timestamp", lambda _: head.decode("latin-1")
    )
    return Shot(moved.target, moved.having(Content_Length=str(len(tail))).headers, tail)


def arabic(shot: Shot) -> Shot:
    digits = shot.header("webhook-timestamp").translate(_ARABIC_INDIC).encode().decode("latin-1")
    return shot.edit("webhook-timestamp", lambda _: digits)


def leads(url: str) -> Attack:
    """Return an attack that adds a webhook which leads somewhere."""

    def attack(world: World) -> Answer:
        return world.owner("POST", "/webhooks", {"url": url.format(port=world.canary.port)})

    return attack


def leads_by_name(*addresses: str) -> Attack:
    """Return an attack that tries a webhook whose host's name leads to these addresses."""

    def attack(world: World) -> Answer:
        host = f"hooks{next(_numbers)}.example"
        world.names.table[host] = [[address] for address in addresses]
        made = world.asked("POST", "/webhooks", {"url": f"https://{host}/evil"})
        answer = world.owner("POST", f"/webhooks/{made['id']}/test")
        expect(answer.json["taken"] is False, "nobody was reached")
        world.owner("DELETE", f"/webhooks/{made['id']}")
        return answer

    return attack


_PUBLIC: Final[dict[str, Any]] = {"node": "public", "fetches": 0}

CASES: Final = (
    case("CR-00", "a webhook", handed(lambda shot: shot), 200),
    case(
        "CR-00",
        "a webhook signed with a key",
        handed(lambda shot: shot, key=ed25519_from_seed(bytes(32))),
        200,
    ),
    case("CR-01", "an old one behind a newer", replayed, 204, still=False),
    case("CR-01", "its id for another body", reused, 409, "webhook-reused", still=False),
    *vectors(
        "CR-02",
        {f"{seconds} seconds old": late(seconds) for seconds in (302, 86_400, -302)},
        401,
        "webhook-late",
        fetches=0,
    ),
    case("CR-03", "a secret whose time is over", retired, 401, "webhook-signature", fetches=0),
    case("CR-03", "the secret of another system", foreign, 401, "webhook-signature", fetches=0),
    case("CR-04", "ten megabytes", large, 413, "body-too-large", fetches=0),
    *vectors(
        "CR-05",
        {
            url: leads(url)
            for url in (
                "http://127.0.0.1:{port}/evil",
                "https://127.0.0.1:{port}/evil",
                "https://[::1]:{port}/evil",
                "https://[::ffff:127.0.0.1]/evil",
                "https://2130706433/evil",
                "https://10.0.0.1/evil",
                "https://169.254.169.254/evil",
                "http://localhost:{port}/evil",
                "file:///etc/passwd",
            )
        },
        422,
        "webhook-address",
        **_PUBLIC,
    ),
    *vectors(
        "CR-05",
        {
            "a name of this machine": leads_by_name("127.0.0.1"),
            "a name of a private network": leads_by_name("10.0.0.1"),
            "a name of a cloud's metadata": leads_by_name("169.254.169.254"),
        },
        200,
        still=False,
        **_PUBLIC,
    ),
    *vectors(
        "CR-06",
        {
            "a secret's signature under the name of a key's": handed(
                renamed(lambda text: text.replace("v1,", "v1a,"))
            ),
            "a kind to come": handed(renamed(lambda text: text.replace("v1,", "v2,"))),
            "no kind": handed(renamed(lambda text: text.replace("v1,", ","))),
            "a public key as a secret": relabelled,
        },
        401,
        "webhook-signature",
        fetches=0,
    ),
    *vectors(
        "CR-07",
        {
            "one that is empty": handed(renamed(lambda _: "v1,")),
            "several that are empty": handed(renamed(lambda _: "v1, v1a, v1,")),
            "none": handed(renamed(lambda _: ",")),
            "a part of one": handed(renamed(lambda text: text[:7])),
            "without a name": handed(renamed(lambda text: text.removeprefix("v1,"))),
        },
        401,
        "webhook-signature",
        fetches=0,
    ),
    *vectors(
        "CR-09",
        {
            "digits of another script": handed(arabic),
            "a sign": handed(lambda shot: shot.edit("webhook-timestamp", lambda text: f"+{text}")),
            "a fraction": handed(lambda shot: shot.edit("webhook-timestamp", lambda text: f"{text}.0")),
            "no number": handed(lambda shot: shot.edit("webhook-timestamp", lambda _: "now")),
            "a header twice": handed(lambda shot: shot.also(("webhook-id", "msg_other"))),
            "a header missing": handed(lambda shot: shot.without("webhook-timestamp")),
        },
        401,
        "webhook-headers",
        fetches=0,
    ),
    *vectors(
        "CR-10",
        {
            "another id": handed(lambda shot: shot.edit("webhook-id", lambda _: "msg_other")),
            "another body": handed(
                lambda shot: Shot(shot.target, shot.headers, shot.body.replace(b"1.00", b"2.00"))
            ),
            "another second": handed(
                lambda shot: shot.edit("webhook-timestamp", lambda text: str(int(text) + 1))
            ),
            "what is signed, divided anew": handed(shifted),
        },
        401,
        ("webhook-signature", "webhook-headers"),
        fetches=0,
    ),
)
