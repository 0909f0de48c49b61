"""RD: RDF that comes in and goes out, in the one place that has some: the owner's profile."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from rdflib import Graph, Literal, URIRef

from node.web.api import PREFIX
from protocol.vocabulary import SCHEMA
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.nodes import socket_path
from tests.attacks.parties import at
from tests.attacks.wire import Answer, Shot, exchange
from tests.attacks.world import World, expect

_NAME: Final = "Ada"


def put(members: Any, *, media: str = "application/json") -> Attack:
    """Replace the owner's profile."""

    def attack(world: World) -> Answer:
        return given(world, "PUT", "/profile", orjson.dumps(put_canary(members, world)), media)

    return attack


def put_canary(members: Any, world: World) -> Any:
    """Put the canary's address where one is to be fetched from."""
    text = orjson.dumps(members).replace(b"{canary}", f"http://127.0.0.1:{world.canary.port}/x".encode())
    return orjson.loads(text)


def given(world: World, method: str, path: str, body: bytes, media: str) -> Answer:
    """Give the owner's API a body of any type."""
    headers = (("Host", "owner"), ("Content-Type", media), ("Content-Length", str(len(body))))
    return exchange(
        socket_path(world.node), Shot(PREFIX + path, headers, body, method).render(), seconds=30.0
    )


def read_export(world: World, format: str) -> Graph:
    """Read an export back with a reader of somebody else's making."""
    answer = world.owner("GET", f"/profile/export?format={format}")
    expect(answer.status == 200, f"the profile can be exported, but the answer is {answer.status}")
    return Graph().parse(data=answer.body.decode(), format="turtle" if format == "turtle" else "nt")


# --- RD-01, RD-04, RD-05: what is not read ------------------------------------------------------------------

REMOTE: Final[Mapping[str, Any]] = {
    "a remote context": {"name": _NAME, "@context": "{canary}"},
    "a list of contexts": {"name": _NAME, "@context": [{"@vocab": SCHEMA}, "{canary}"]},
    "an import": {"name": _NAME, "@context": {"@import": "{canary}"}},
    "a context within": {"name": _NAME, "knows": {"@context": "{canary}", "name": "Eve"}},
    "a context within a list": {"name": _NAME, "knows": [[{"@context": "{canary}"}]]},
    "a file": {"name": _NAME, "@context": "file:///etc/passwd"},
    "a graph": {"name": _NAME, "@graph": [{"@id": "{canary}", "name": "Eve"}]},
    "something included": {"name": _NAME, "@included": [{"@id": "{canary}"}]},
    "the other way round": {"name": _NAME, "@reverse": {"knows": "{canary}"}},
    "a base": {"name": _NAME, "@base": "{canary}"},
}
# An address alone is nothing to be fetched: the owner keeps its own, and that of a friend names the friend.
NAMED: Final[Mapping[str, Any]] = {
    "somebody else": {"name": _NAME, "@id": "{canary}"},
    "somebody else within": {"name": _NAME, "knows": {"@id": "{canary}"}},
    "somebody else in a graph": {"@graph": [{"@type": "Person", "@id": "{canary}", "name": _NAME}]},
}

ENTITIES: Final = b"""<?xml version="1.0"?>
<!DOCTYPE rdf [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x>&b;&c;</x></rdf:RDF>
"""
LISTS: Final = b"<http://x/a> <http://x/b> " + b"(" * 3_000 + b")" * 3_000 + b" ."
FORMATS: Final[Mapping[str, tuple[str, bytes]]] = {
    "RDF/XML with entities": ("application/rdf+xml", ENTITIES),
    "XML with entities": ("application/xml", ENTITIES),
    "XML as text": ("text/xml", ENTITIES),
    "a contact as XML": ("application/vcard+xml", ENTITIES),
    "HTML with RDFa": ("text/html", b'<p vocab="http://schema.org/" property="name">Ada</p>'),
    "Turtle of nested lists": ("text/turtle", LISTS),
    "TriG of nested lists": ("application/trig", b"{" + LISTS + b"}"),
    "N-Triples": ("application/n-triples", b'<http://x/a> <http://schema.org/name> "Ada" .'),
    "N-Quads": ("application/n-quads", b'<http://x/a> <http://schema.org/name> "Ada" <http://x/g> .'),
    "Notation 3": ("text/n3", LISTS),
    "a query": ("application/sparql-query", b"SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"),
    "an update": ("application/sparql-update", b"LOAD <file:///etc/passwd>"),
}


def in_format(path: str, method: str, media: str, body: bytes) -> Attack:
    """Bring RDF in a format that is not taken."""
    return lambda world: given(world, method, path, body, media)


def to_the_inbox(media: str, body: bytes) -> Attack:
    """Post RDF to the inbox in a format that is not taken."""
    return Bend(text=lambda *_: body, signed=lambda shot, _: shot.having(Content_Type=media))


def nested(opening: str, closing: str, depth: int) -> bytes:
    """Write a profile that is nested so deep."""
    return ('{"name":"Ada","knows":' + opening * depth + "1" + closing * depth + "}").encode()


def contact(*lines: bytes, times: int = 1) -> bytes:
    """Write a vCard."""
    begin, end = b"BEGIN:VCARD\r\nVERSION:4.0\r\n", b"END:VCARD\r\n"
    return begin * times + b"".join(line + b"\r\n" for line in (b"FN:Ada", *lines)) + end * times


CONTACTS: Final[Mapping[str, bytes]] = {
    "quotes without an end": contact(b"FN;X=" + b'"' * 200_000 + b":x"),
    "a line without an end": b"BEGIN:VCARD\r\n" + b"a" * 200_000,
    "more properties than a card has": contact(*[b"TEL:112"] * 6_000),
    "more lines than a card has": contact(b"NOTE:" + b"\r\n a" * 250_000),
    "nothing": b"",
    "a calendar": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
    "3,000 within each other": contact(times=3_000),
    "6,000 within each other": contact(times=6_000),
}
HARMLESS: Final[Mapping[str, bytes]] = {
    "soft line breaks without an end": contact(b"NOTE;ENCODING=QUOTED-PRINTABLE:" + b"=\r\n" * 60_000),
    "bytes that are no text": contact(b"NOTE:\xff\xfe"),
    "cards of agents within each other": contact(
        *[b"AGENT:\r\nBEGIN:VCARD"] * 6_000, *[b"END:VCARD"] * 6_000
    ),
    "units within each other": contact(b"ORG:" + b"a;" * 9_000),
    "a number of dots": contact(b"EMAIL:a@" + b"." * 19_000),
}


# --- RD-07: what would break out ----------------------------------------------------------------------------

OUTBREAKS: Final[Mapping[str, str]] = {
    "a blank": "a b",
    "a quote": 'a"b',
    "an end": "a> <http://evil.example/b> <http://evil.example/c> .\n<a",
    "a beginning": "a<b",
    "a brace": "a{b}",
    "a bar": "a|b",
    "a caret": "a^b",
    "a grave": "a`b",
    "a backslash": "a\\b",
    "a tabulator": "a\tb",
    "a line break": "a\nb",
    "an escape": "a\\u003eb",
    "an address": "http://evil.example/a",
    "a blank node": "_:b0",
    "a prefix": "schema:name",
    "nothing": "",
    "a mark for right to left": "a\u202eb",
}

PEER_PLACES: Final[Mapping[str, tuple[str | int, ...]]] = {
    "the id": ("id",),
    "the negotiation": ("context",),
    "the address of what it answers": ("object", "stipulates", "satisfies"),
    "the currency": ("object", "stipulatesReciprocal", "resourceConformsTo"),
}


def by_a_peer(place: tuple[str | int, ...], text: str) -> Attack:
    """Put what breaks out into an address of a peer's offer, before it is proved."""

    def bend(document: Any, _: World) -> Any:
        value = document
        for step in place:
            value = value[step]
        return at(document, *place, put=f"{value}{text}")

    return Bend(activity=bend)


LITERALS: Final[Mapping[str, str]] = {
    "the end of a text": '"@en . <http://evil.example/a> <http://evil.example/b> "c',
    "a backslash at the end": "Ada\\",
    "escapes": '\\u0041 \\n \\" \\\\',
    "three quotes": 'Ada """ . <a> <b> <c> .',
    "controls": "Ada\u0001\u0008\u000b\u007f",
    "line breaks": "Ada\r\n\u2028\u2029.",
    "beyond the first plane": "\U0001f6b2 \U0010fffd",
    "markup": "<a> <b> <c> . # [] {} @prefix",
}


def written_and_read(text: str) -> Attack:
    """Keep a text in the profile, export it, and read it back: it is what it was and brought nothing."""

    def attack(world: World) -> Answer:
        body = orjson.dumps({"name": _NAME, "slogan": text})
        answer = given(world, "PUT", "/profile", body, "application/json")
        subject = URIRef(world.ada)
        for format in ("n-triples", "turtle"):
            graph = read_export(world, format)
            expect(
                set(graph.objects(subject, URIRef(f"{SCHEMA}slogan"))) == {Literal(text)}, "the text is exact"
            )
            expect(len(graph) == 3, f"{len(graph)} statements came of three")
        return answer

    return attack


def kept_own_address(world: World, _: Answer) -> None:
    """Look that the owner is still called as the node calls it."""
    answer = world.owner("GET", "/profile")
    expect(orjson.loads(answer.body)["@id"] == world.ada, "the owner keeps its address")
    as_it_was(world, answer)


def as_it_was(world: World, _: Answer) -> None:
    """Leave the profile with a name alone."""
    world.asked("PUT", "/profile", {"name": _NAME})


CASES: Final[tuple[Case, ...]] = (
    case("RD-00", "plain members", put({"name": _NAME, "email": "ada@ada.example"}), 200, check=as_it_was),
    *vectors("RD-01", {name: put(members) for name, members in REMOTE.items()}, 422, "profile-invalid"),
    *vectors(
        "RD-01",
        {
            f"{name}, as JSON-LD": put(members, media="application/ld+json")
            for name, members in REMOTE.items()
        },
        422,
        "profile-invalid",
    ),
    *vectors(
        "RD-01",
        {name: put(members) for name, members in NAMED.items()},
        200,
        check=kept_own_address,
        fetches=0,
        note="an address is a name: it is kept, or left out for the owner's own, and nobody is asked for it.",
    ),
    *vectors(
        "RD-04",
        {
            name: in_format("/profile", "PUT", *format)
            for name, format in FORMATS.items()
            if "nested" not in name
        },
        415,
        "media-type",
    ),
    *vectors(
        "RD-04",
        {
            f"{name}, imported": in_format("/profile/import", "POST", *format)
            for name, format in FORMATS.items()
            if "nested" not in name
        },
        415,
        "media-type",
    ),
    *vectors(
        "RD-04",
        {
            f"{name}, by a peer": to_the_inbox(*format)
            for name, format in FORMATS.items()
            if "nested" not in name
        },
        415,
        "media-type",
        fetches=0,
    ),
    *vectors(
        "RD-05",
        {
            name: in_format(path, method, *format)
            for name, format in FORMATS.items()
            if "nested" in name
            for method, path in (("PUT", "/profile"),)
        },
        415,
        "media-type",
    ),
    *vectors(
        "RD-05",
        {
            f"JSON, {name}": in_format("/profile", "PUT", "application/json", nested(*brackets, depth))
            for name, brackets, depth in (
                ("33 lists", ("[", "]"), 33),
                ("3,000 lists", ("[", "]"), 3_000),
                ("33 objects", ('{"knows":', "}"), 33),
                ("3,000 objects", ('{"knows":', "}"), 3_000),
            )
        },
        400,
        "too-deep",
    ),
    *vectors(
        "RD-05",
        {
            f"a contact, {name}": in_format("/profile/import", "POST", "text/vcard", text)
            for name, text in CONTACTS.items()
        },
        400,
        "vcard-invalid",
    ),
    *vectors(
        "RD-05",
        {
            f"a contact, {name}": in_format("/profile/import", "POST", "text/vcard", text)
            for name, text in HARMLESS.items()
        },
        200,
        check=as_it_was,
    ),
    *vectors(
        "RD-07",
        {f"a member's name with {name}": put({"name": _NAME, text: "x"}) for name, text in OUTBREAKS.items()},
        422,
        "profile-invalid",
    ),
    *vectors(
        "RD-07",
        {
            f"a type with {name}": put({"name": _NAME, "knows": {"type": text, "name": "Eve"}})
            for name, text in OUTBREAKS.items()
        },
        422,
        "profile-invalid",
    ),
    *vectors(
        "RD-07",
        {
            f"an address with {name}": put({"name": _NAME, "knows": {"@id": f"https://a.example/{text}"}})
            for name, text in OUTBREAKS.items()
            if set(text) & set(' "<>{}|^`\\\t\n')
        },
        422,
        "profile-invalid",
    ),
    *vectors(
        "RD-07",
        {
            f"{where} with {name}": by_a_peer(place, text)
            for where, place in PEER_PLACES.items()
            for name, text in OUTBREAKS.items()
            if set(text) & set(' "<>{}|^`\\\t\n')
        },
        422,
    ),
    *vectors(
        "RD-07", {name: written_and_read(text) for name, text in LITERALS.items()}, 200, check=as_it_was
    ),
)
