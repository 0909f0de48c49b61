"""JS: JSON that two readers could read in two ways, and content that is meant to break whoever shows it."""

import re
import subprocess
from collections.abc import Callable
from typing import Any, Final

import orjson

from protocol.strictjson import Document
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.nodes import ROOT, ProcessNode, environment, freehold, place, socket_path
from tests.attacks.parties import MARK, Party, at, serialise
from tests.attacks.wire import Answer, Shot, dial, exchange
from tests.attacks.world import World, expect

ACTIVITYSTREAMS: Final = "https://www.w3.org/ns/activitystreams"


def coded(coding: str) -> Attack:
    """Say that the body is compressed."""
    return Bend(signed=lambda shot, _: shot.also(("Content-Encoding", coding)))


def typed(*media: str) -> Attack:
    """Say that the body is of other types; a Content-Type need not be covered by the signature."""
    return Bend(
        signed=lambda shot, _: shot.without("Content-Type").also(*(("Content-Type", each) for each in media))
    )


def text(change: Callable[[bytes], bytes]) -> Attack:
    """Bend the bytes of the proved document; the request is signed over what becomes of them."""

    def bend(body: bytes, _: World) -> bytes:
        bent = change(body)
        expect(bent != body, "the bend has no effect")
        return bent

    return Bend(text=bend)


def swap(old: str, new: str) -> Attack:
    """Replace a piece of the text."""
    return text(lambda body: body.replace(old.encode(), new.encode("utf-8", "surrogatepass"), 1))


def member(written: str) -> Attack:
    """Write a member of one's own in front of all others."""
    return text(lambda body: b"{" + written.encode("utf-8", "surrogatepass") + b"," + body[1:])


def placed(*path: str | int, put: Any) -> Attack:
    """Put a value into the Offer before it is proved: the signatures cover it."""
    return Bend(activity=lambda document, _: at(document, *path, put=put))


AMOUNT: Final = ("object", "price", 0, "amount")
TOTAL: Final = ("object", "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue")
LABEL: Final = ("object", "price", 0, "label")

NUMBERS: Final[dict[str, Any]] = {
    "0.1": 0.1, "1.0": 1.0, "-0.0": -0.0, "1e-7": 1e-7, "an integer": 2249, "true": True,
    "a list of two": ["2249.00", "1.00"],
    "an exponent": "2249e0", "a sign": "+2249.00", "NaN as text": "NaN", "infinity as text": "Infinity",
    "other digits": "٢٢٤٩", "a comma": "2249,00", "blanks": " 2249.00",
}  # fmt: skip


def numeral(written: str) -> Attack:
    """Write a numeral that no JSON value of ours would become."""
    return swap('"amount":"2249.00"', f'"amount":{written}')


def nested(opening: str, closing: str, depth: int) -> Attack:
    """Nest a member of one's own so deep."""
    return member('"x":' + opening * depth + "1" + closing * depth)


SHAPES: Final[dict[str, Attack]] = {
    "two actors": Bend(
        activity=lambda document, world: at(document, "actor", put=[document["actor"], world.rival.iri])
    ),
    "an actor without an id": Bend(
        activity=lambda document, _: at(document, "actor", put={"name": document["actor"]})
    ),
    "an actor of another server": Bend(
        activity=lambda document, world: at(document, "actor", put={"id": world.rival.iri})
    ),
    "id a list": Bend(activity=lambda document, _: at(document, "id", put=[document["id"]])),
    "id an object": Bend(activity=lambda document, _: at(document, "id", put={"id": document["id"]})),
    "id a number": placed("id", put=7),
    "two types": placed("type", put=["Offer", "Accept"]),
    "two types of which one is ours twice": placed("type", put=["Offer", "Offer"]),
    "no type in a list": placed("type", put=[]),
    "type an object": placed("type", put={"id": "Offer"}),
    "object null": placed("object", put=None),
    "object a number": placed("object", put=7),
    "object an empty list": placed("object", put=[]),
    "two objects": Bend(activity=lambda document, _: at(document, "object", put=[document["object"]] * 2)),
    "@type beside type": placed("@type", put="Accept"),
    "no id": placed("id", put=...),
    "no type": placed("type", put=...),
    "no actor": placed("actor", put=...),
    "no object": placed("object", put=...),
    "addressee a number": placed("to", put=[7]),
}
SPELLINGS: Final[dict[str, Attack]] = {
    "actor a list": Bend(activity=lambda document, _: at(document, "actor", put=[document["actor"]])),
    "actor an object that says more": Bend(
        activity=lambda document, world: at(
            document, "actor", put={**world.rival.document, "id": document["actor"]}
        )
    ),
    "a list of one type": placed("type", put=["Offer"]),
    "a type beside another": placed("type", put=["https://evil.example/Bargain", "Offer"]),
    "a list of one object": Bend(
        activity=lambda document, _: at(document, "object", put=[document["object"]])
    ),
}

PROTOTYPES: Final = ("__proto__", "constructor", "__class__", "_id", "prototype", "__init__", "toString")


def looks_as_ever(world: World, _: Answer) -> None:
    """Nothing of an unknown member shows in how the owner sees the offer."""
    shown = serialise(world.asked("GET", "/offers?limit=1")["items"][0])
    expect(b"polluted" not in shown, "an unknown member stays where it is")


# --- JS-13, JS-14: accepted, and shown ----------------------------------------------------------------------

ODD: Final[dict[str, str]] = {
    "right to left": "\u202egniht doog a\u202c \u2067price\u2069",
    "combining": "Z" + "\u0301\u0336\u0489" * 60,
    "zero width": "\u200b\u200d\u2060\ufeff",
    "tags and variation": "\U000e0041\U000e0042 \ufe0f \U0001f468\u200d\U0001f469",
    "private use and unassigned": "\ue000 \U0010fffd \u0378",
    "something like markup": "<b>bold</b> {{7*7}}${7*7}",
    "a spreadsheet's formula": '=HYPERLINK("http://evil.example","x")',
    "a query's": "'; DROP TABLE offers; --",
}
TERMINAL: Final[dict[str, str]] = {
    "a title for the window": "\x1b]0;pwn\x07bike",
    "a cleared screen": "\x1b[2J\x1b[1;1Hbike",
    "lines of its own": "bike\r\nTotal 1.00 EUR\n\nevent: forged\ndata: {}",
    "C1 controls": "\x9b2Jbike\x85\x90",
    "backspaces": "bike 9\b1.00",
}
CONTROLS: Final = frozenset(range(0x20)) - {0x0A} | {0x7F}


def pill(poison: str, *, content: str = "") -> Attack:
    """Offer something whose every text is poisoned, and then open everything that shows it."""

    def attack(world: World) -> Answer:
        sender = world.stranger({**Party(world.dark.origin, "x").document})
        sender.publish({**sender.document, "name": poison, "summary": poison})
        wanted = world.cast()
        document = sender.offer(wanted, now=world.now())
        for path in (("object", "name"), LABEL):
            document = at(document, *path, put=poison[:200])
        document = at(document, "object", "content", put=content or poison)
        answer = world.say(sender, document)
        if answer.status == 202:
            _open_everything(world, document, wanted.id)
        return answer

    return attack


def _open_everything(world: World, document: Document, intention: str) -> None:
    shown = world.seen(document)
    expect(shown["name"] == document["object"]["name"], "JSON says exactly what was signed")
    for path in (
        "/offers",
        f"/offers/{shown['id']}",
        f"/offers/{shown['id']}/history",
        f"/intentions/{intention}/compare",
        "/peers",
        "/journal",
        "/pipeline",
        "/node",
        "/refusals",
    ):
        world.asked("GET", path)
    expect(world.get("/metrics").status == 200, "the numbers are still there")
    _watch_events(world)


def _watch_events(world: World) -> None:
    """Read the owner's event stream: no line of it is a peer's (UI-14)."""
    end = world.asked("GET", "/node")["journal"]
    (entry,) = world.asked("GET", f"/journal?after={end['place'] - 3}&limit=1")["items"]
    asked = Shot(
        "/api/v1/events",
        (("Host", "owner"), ("Last-Event-ID", f"{end['edition']}.{entry['place']}.{entry['hash'][:8]}")),
        method="GET",
    )
    received = b""
    with dial(socket_path(world.node), seconds=5.0) as stream:
        stream.sendall(asked.render())
        while received.count(b"\n\n") < 2:
            received += stream.recv(65_536)
    lines = received.partition(b"\r\n\r\n")[2].replace(b"\r", b"\n").split(b"\n")
    known = (b"id:", b"event:", b"data:", b"retry:", b":")
    shown = [line for line in lines if line and not line.startswith(known) and not _is_chunk_size(line)]
    expect(not shown, "every line of the event stream is the node's")
    expect(b"event: forged" not in lines, "no event is a peer's")


def _is_chunk_size(line: bytes) -> bool:
    return bool(re.fullmatch(rb"[0-9a-fA-F]{1,8}", line))


def on_a_terminal(poison: str, *screens: list[str]) -> Attack:
    """Offer something poisoned, and look at it on a terminal."""
    offer = pill(poison)

    def attack(world: World) -> Answer:
        answer = offer(world)
        for words in (["offer", "list"], *screens):
            done = _type(world, *words)
            expect(done.returncode == 0, f"freehold {' '.join(words)} ends with {done.returncode}")
            _check_printed(done.stdout + done.stderr)
        listed = _type(world, "--json", "offer", "list")
        names = {item["name"] for item in orjson.loads(listed.stdout)["items"]}
        expect(poison[:200] in names, "--json is exact")
        return answer

    return attack


def _type(world: World, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*freehold(world.node.data), *words], cwd=ROOT, env=environment({}), capture_output=True, timeout=60
    )


def _check_printed(printed: bytes) -> None:
    expect(not CONTROLS & set(printed), "no control character reaches the terminal")
    expect(not {"\x9b", "\x90", "\x85"} & set(printed.decode("utf-8", "replace")), "nor one of the C1 set")
    expect(b"\nTotal 1.00" not in printed, "no text of a peer begins a line")


# --- JS-16 --------------------------------------------------------------------------------------------------

FORGED: Final = '{"event":"ready","level":"info","forged":true}'


def log_injection(world: World) -> Answer:
    """Write lines of one's own into the log of a node, wherever it might log what it was sent."""
    assert world.realm is not None
    node = ProcessNode(world.realm.folder("logged")).start()
    try:
        answers = [exchange(place(node), raw) for raw in _log_vectors(world, node)]
    finally:
        node.stop()
    for line in node.log:
        if line.strip() and not line.startswith(" "):  # the greeting of the first run is indented
            expect(isinstance(orjson.loads(line), dict), "every line of the log is one event")
            expect("forged" not in orjson.loads(line), "no event is a peer's")
    expect(any("not http" in line for line in node.log), "what is not HTTP is in the log")
    return answers[0]


def _log_vectors(world: World, node: ProcessNode) -> list[bytes]:
    head = Shot("/inbox", (("Host", f"127.0.0.1:{node.port}"), ("Content-Type", "application/activity+json")))
    actor = f"{world.dark.origin}/actors/x\n{FORGED}"
    bodies = [
        {"id": actor, "type": "Follow", "actor": actor},
        {"id": f"{world.dark.origin}/1", "type": f"\n{FORGED}", "actor": f"{world.dark.origin}/actors/x"},
    ]
    signed = head.having(Signature=f'keyId="x",signature="AAAA",headers="\\n{FORGED}"')
    return [
        *(head.carrying(serialise(body)).render() for body in bodies),
        signed.carrying(serialise(bodies[1])).render(),
        head.having(User_Agent=FORGED).carrying(b"{}").render(),
        f"GET /x%0a{FORGED} HTTP/1.1\r\nHost: 127.0.0.1:{node.port}\r\n\r\n".encode(),
        f"\n{FORGED}\n\n".encode(),
    ]


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "JS-01",
        {
            "plain text": typed("text/plain"),
            "plain JSON": typed("application/json"),
            "HTML": typed("text/html"),
            "none": typed(),
            "a list": typed("application/activity+json, text/plain"),
            "JSON-LD of an empty profile": typed('application/ld+json; profile=""'),
            "JSON-LD of another profile": typed('application/ld+json; profile="https://evil.example/ns"'),
            "a profile that only begins like ours": typed(
                f'application/ld+json; profile="{ACTIVITYSTREAMS}evil"'
            ),
            "another charset": typed("application/activity+json; charset=utf-16"),
            "a form": typed("multipart/form-data; boundary=x"),
        },
        415,
        "media-type",
        fetches=0,
    ),
    case(
        "JS-01",
        "two",
        typed("application/activity+json", "application/activity+json"),
        (400, 415),
        fetches=0,
    ),
    *vectors(
        "JS-01",
        {
            "JSON-LD with the profile is ActivityStreams": typed(
                f'application/ld+json; profile="{ACTIVITYSTREAMS}"'
            ),
            "a charset of UTF-8 says nothing new": typed("application/activity+json; charset=utf-8"),
            "JSON-LD without a profile, which is signed": typed("application/ld+json"),
        },
        202,
    ),
    *vectors(
        "JS-01",
        {coding: coded(coding) for coding in ("gzip", "br", "identity")},
        415,
        "content-encoding",
        fetches=0,
    ),
    *vectors(
        "JS-02",
        {
            # The last one wins with most parsers, and the last one is the true one here.
            "actor": member('"actor":"http://evil.example/actors/v"'),
            "actor, spelled with an escape": member('"\\u0061ctor":"http://evil.example/actors/v"'),
            "actor, the same twice": text(
                lambda body: b'{"actor":' + orjson.dumps(orjson.loads(body)["actor"]) + b"," + body[1:]
            ),
            "an amount": swap('"amount":', '"amount":"1.00","amount":'),
            "the type of a price line": swap('"kind":', '"kind":"recurring","kind":'),
            "a proof": member('"proof":{}'),
            "a part of the proof": swap('"proofValue":', '"proofValue":"z1","proofValue":'),
            "a term of the context": swap('"vf":', '"vf":"http://evil.example/","vf":'),
        },
        400,
        "duplicate-key",
        fetches=0,
    ),
    *vectors(
        "JS-04",
        {
            "trailing data": text(lambda body: body + b" x"),
            "two documents": text(lambda body: body + body),
            "a byte order mark": text(lambda body: b"\xef\xbb\xbf" + body),
            "UTF-16": text(lambda body: body.decode().encode("utf-16")),
            "invalid UTF-8": text(lambda body: body.replace(MARK.encode(), MARK.encode() + b"\xff")),
            "overlong": text(lambda body: body.replace(MARK.encode(), MARK.encode() + b"\xc0\xaf")),
            "surrogates as UTF-8": text(
                lambda body: body.replace(MARK.encode(), MARK.encode() + b"\xed\xa0\x80")
            ),
            "a list": text(lambda body: b"[" + body + b"]"),
            "a string": text(lambda _: b'"evil"'),
            "nothing": Bend(
                text=lambda *_: b"",
                signed=lambda shot, _: shot.having(Content_Type="application/activity+json"),
            ),
            "half of it": text(lambda body: body[: len(body) // 2]),
            "a comment": text(lambda body: b"/* evil */" + body),
            "single quotes": text(lambda body: body.replace(b'"', b"'")),
            "a trailing comma": text(lambda body: body[:-1] + b",}"),
        },
        400,
        fetches=0,
    ),
    *vectors(
        "JS-05",
        {
            "a lone high surrogate": member('"x":"\\ud800"'),
            "a lone low surrogate": member('"x":"\\udc00"'),
            "a pair the wrong way round": member('"x":"\\udc00\\ud800"'),
            "a lone surrogate in a name": member('"\\ud800":1'),
            "NUL": member('"x":"\\u0000"'),
            "NUL in a name": member('"x\\u0000y":1'),
            "NUL as a byte": member('"x":"\0"'),
            "U+FFFE": member('"x":"\\ufffe"'),
            "U+FFFF as bytes": member('"x":"\uffff"'),
            "a line break as a byte": member('"x":"\n"'),
        },
        400,
        ("forbidden-character", "malformed-json"),
        fetches=0,
    ),
    *vectors(
        "JS-07", {f"an amount of {name}": placed(*AMOUNT, put=value) for name, value in NUMBERS.items()}, 422
    ),
    case(
        "JS-07",
        "a list of one is its value",
        placed(*AMOUNT, put=["2249.00"]),
        202,
        note="JSON-LD knows no difference between a value and a list of one; one normaliser reads both.",
    ),
    *vectors(
        "JS-07",
        {
            f"a total of {name}": placed(*TOTAL, put=NUMBERS[name])
            for name in (
                "0.1",
                "1.0",
                "-0.0",
                "1e-7",
                "true",
                "NaN as text",
                "infinity as text",
                "other digits",
            )
        },
        422,
    ),
    *vectors(
        "JS-07",
        {
            "NaN": numeral("NaN"),
            "infinity": numeral("-Infinity"),
            "1e400": numeral("1e400"),
            "01": numeral("01"),
        },
        400,
        fetches=0,
    ),
    *vectors(
        "JS-08",
        {
            "33 lists": nested("[", "]", 32),
            "65 lists": nested("[", "]", 65),
            "900 lists": nested("[", "]", 900),
            "33 objects": nested('{"a":', "}", 32),
            "65 objects": nested('{"a":', "}", 65),
            "900 objects": nested('{"a":', "}", 900),
        },
        400,
        "too-deep",
        fetches=0,
    ),
    *vectors(
        "JS-08",
        {
            "100,000 lists": nested("[", "]", 100_000),
            "40,000 objects": nested('{"a":', "}", 40_000),
            "40,000 lists that never end": member('"x":' + "[" * 40_000),
        },
        400,
        "too-many-parts",  # said before anything is walked through
        fetches=0,
    ),
    case("JS-08", "30 lists are a document still", placed("x", put=orjson.loads("[" * 30 + "]" * 30)), 202),
    *vectors("JS-10", SHAPES, 422),
    *vectors(
        "JS-10",
        SPELLINGS,
        202,
        check=looks_as_ever,
        note="JSON-LD knows no difference; what an object says of an actor is not looked at.",
    ),
    *vectors(
        "JS-11",
        {f"{name} among the terms": placed("object", name, put={"polluted": True}) for name in PROTOTYPES},
        422,
        "unknown-member",
    ),
    *vectors(
        "JS-11",
        {f"{name} beside them": placed(name, put={"polluted": True, "isAdmin": True}) for name in PROTOTYPES},
        202,
        check=looks_as_ever,
    ),
    *vectors("JS-13", {name: pill(poison) for name, poison in ODD.items()}, 202, fetches=1),
    case(
        "JS-13",
        "ten thousand combining marks",
        pill(ODD["combining"], content="Z" + "\u0336" * 9_999),
        202,
        fetches=1,
    ),
    case("JS-13", "the year 9999", placed("endTime", put="9999-12-31T23:59:59Z"), 202),
    *vectors(
        "JS-14",
        {name: on_a_terminal(poison) for name, poison in TERMINAL.items()},
        202,
        fetches=1,
        quick=False,
    ),
    case(
        "JS-14",
        "on every screen",
        on_a_terminal("\x1b[31m".join(TERMINAL.values()), ["peer", "list"], ["journal", "show"]),
        202,
        fetches=1,
        quick=False,
    ),
    case("JS-16", "lines of one's own in the log", log_injection, 422, quick=False),
)
