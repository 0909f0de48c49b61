"""LD: JSON-LD that says one thing to its reader and another to whoever checked it.

The protocol takes a foreign spelling, through compaction that is bounded before it starts. What is refused
here is refused in any spelling; the controls show spellings that are taken and read as what they say.
"""

from collections.abc import Callable
from typing import Any, Final

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS, ACTIVITYSTREAMS_CONTEXT, OM2, VALUEFLOWS, XSD
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.parties import at, number
from tests.attacks.sites import page
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect


def bend(change: Callable[[Document, World], Document]) -> Attack:
    """Bend the Offer before it is proved: both signatures cover what it says."""
    return Bend(activity=change)


def member(*place: str, put: Any) -> Attack:
    """Put something at a place of the Offer."""
    return bend(lambda document, _: at(document, *place, put=put))


def beside(context: Any) -> Attack:
    """Name one context more."""
    return bend(lambda document, _: at(document, "@context", put=[*document["@context"], context]))


def alone(context: Any) -> Attack:
    """Name another context in place of ours."""
    return bend(lambda document, _: at(document, "@context", put=context))


def served(world: World) -> str:
    """Return the address of a context on the attacker's server, which nobody may fetch."""
    path = f"/contexts/{number()}"
    world.dark.pages[path] = page({"@context": {"price": "https://evil.example/price"}})
    return world.dark.origin + path


def at_the_attackers(*, whole: bool = False) -> Attack:
    """Name a context on the attacker's server."""
    return bend(
        lambda document, world: at(
            document, "@context", put=served(world) if whole else [*document["@context"], served(world)]
        )
    )


INLINE: Final[dict[str, Any]] = {
    "actor": {"actor": "https://evil.example/actor"},
    "object": {"object": "https://evil.example/object"},
    "price": {"price": "https://evil.example/price"},
    "price, left without a meaning": {"price": None},
    "type": {"type": "https://evil.example/type"},
    "id": {"id": "https://evil.example/id"},
    "to": {"to": {"@id": "as:cc", "@type": "@id"}},
    "Offer": {"Offer": "https://evil.example/Offer"},
    "satisfies": {"satisfies": {"@id": "vf:stipulates", "@type": "@id"}},
    "a prefix": {"vf": "https://evil.example/"},
    "a prefix by another spelling": {"vf:satisfies": "https://evil.example/x"},
    "amount, to mean count": {"amount": "fh:count"},
    "@vocab": {"@vocab": "https://evil.example/"},
    "@base": {"@base": "https://evil.example/"},
    "@protected": {"@protected": True, "x": "https://evil.example/x"},
    "@propagate": {"@propagate": False},
    "@import": {"@import": "https://evil.example/x"},
    "a scoped context": {"x": {"@id": "https://evil.example/x", "@context": {"price": "as:name"}}},
    "a type-scoped context": {"Agreement": {"@id": "vf:Agreement", "@context": {"price": "as:name"}}},
    "a name for @id": {"address": "@id"},
    "a name for @graph": {"stipulates": "@graph"},
    "a name for @reverse": {"x": {"@reverse": "as:object"}},
    "an index": {"x": {"@id": "https://evil.example/x", "@container": "@index"}},
    "nesting": {"x": {"@id": "https://evil.example/x", "@nest": "@nest"}},
    "raw JSON": {"x": {"@id": "https://evil.example/x", "@type": "@json"}},
    "a language that is none": {"@language": {"@value": "en"}},
    "a direction for everything": {"@direction": "rtl"},
    "a circle": {"a": "b:x", "b": "a:x"},
}

KEYWORDS: Final[dict[str, Any]] = {
    "@graph": [{"id": "https://evil.example/1"}],
    "@included": [{"id": "https://evil.example/1"}],
    "@reverse": {"object": "https://evil.example/1"},
    "@nest": {"name": "evil"},
    "@set": ["evil"],
    "@list": ["evil"],
    "@index": "evil",
    "@json": {"x": 1},
    "@direction": "rtl",
    "@none": "evil",
    "@base": "https://evil.example/",
    "@vocab": "https://evil.example/",
    "@evil": "evil",
    "@value": "evil",
}

# --- LD-05, LD-08: spellings --------------------------------------------------------------------------------


def inside(change: Callable[[Document], Document]) -> Attack:
    """Spell the terms in another way."""
    return bend(lambda document, _: at(document, "object", put=change(document["object"])))


def renamed(document: Document, **names: str) -> Document:
    """Rename members."""
    return {names.get(name, name): value for name, value in document.items()}


def abbreviated(terms: Document) -> Document:
    """Write ValueFlows' keys with their prefix."""
    stipulates = renamed(
        terms["stipulates"], satisfies="vf:satisfies", resourceQuantity="vf:resourceQuantity"
    )
    return renamed({**terms, "stipulates": stipulates}, stipulates="vf:stipulates")


def in_full(terms: Document) -> Document:
    """Write some keys, a type and a number in full, as Fedify does."""
    quantity = {
        OM2 + "hasUnit": {"@value": "one"},
        OM2 + "hasNumericalValue": {"@value": "1", "@type": f"{XSD}decimal"},
    }
    stipulates = {
        "type": VALUEFLOWS + "Commitment",
        VALUEFLOWS + "satisfies": {"@id": terms["stipulates"]["satisfies"]},
        VALUEFLOWS + "resourceQuantity": [quantity],
    }
    rest = {name: value for name, value in terms.items() if name != "stipulates"}
    return {**rest, VALUEFLOWS + "stipulates": [stipulates]}


def reads_the_same(world: World, _: Answer) -> None:
    """The owner sees a respelled offer exactly as the plain one beside it (LD-08)."""
    world.must(world.baseline())
    plain, spelled = world.asked("GET", "/offers?limit=2")["items"]
    own = {"id", "negotiation", "intention", "digest", "opened_at", "updated_at"}
    expect(
        {name: value for name, value in plain.items() if name not in own}
        == {name: value for name, value in spelled.items() if name not in own},
        "another spelling is read as what it says",
    )


# --- LD-07 --------------------------------------------------------------------------------------------------


def restructured(change: Callable[[Document], Document]) -> Attack:
    """Take a genuine activity, signed and proved, and put it into another structure."""
    return Bend(proved=lambda document, _: change(document))


def moved_into(keyword: str) -> Callable[[Document], Document]:
    """Leave what the inbox looks at in its place, and move the rest under a keyword."""

    def change(document: Document) -> Document:
        kept = ("@context", "id", "type", "actor", "proof")
        rest = {name: value for name, value in document.items() if name not in kept}
        return {name: document[name] for name in kept} | {keyword: [rest]}

    return change


# --- LD-10, LD-11 -------------------------------------------------------------------------------------------


def clique(size: int, *, foreign: bool = False) -> Attack:
    """Add a graph of blank nodes in which everyone knows everyone: poison for canonicalisation."""
    nodes = [f"_:evil{place}" for place in range(size)]
    knows = f"{ACTIVITYSTREAMS}tag" if foreign else "tag"
    graph = [{"id": node, knows: [{"id": other} for other in nodes if other != node]} for node in nodes]
    return bend(lambda document, _: at(document, knows, put=graph))


def nameless(size: int) -> Attack:
    """Add as many objects without names, nested so that they resemble each other."""
    leaf: Document = {"type": "Object"}
    for _ in range(size):
        leaf = {"type": "Object", f"{ACTIVITYSTREAMS}tag": [leaf, leaf]}
    return bend(lambda document, _: at(document, "tag", put=leaf))


def blank(*path: str | int) -> Attack:
    """Name something by a label that means nothing outside the document."""
    return bend(lambda document, _: at(document, *path, put="_:evil"))


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "LD-01",
        {
            "a file": beside("file:///etc/passwd"),
            "data": beside("data:application/ld+json,%7B%7D"),
            "relative": beside("/context"),
            "a fragment": beside("#evil"),
            "an empty address": beside(""),
            "one behind a user's name": beside("http://evil@127.0.0.1/context"),
            "one at a shortened number": beside("http://127.1/context"),
            "a number": beside(7),
            "a list": beside(["https://evil.example/context"]),
            "null": alone(None),
            "null within": bend(lambda d, _: at(d, "object", "@context", put=None)),
            "null before ActivityStreams": alone([None, ACTIVITYSTREAMS_CONTEXT]),
            "a hundred": alone([ACTIVITYSTREAMS_CONTEXT, *[{f"x{n}": "as:name"} for n in range(100)]]),
        },
        422,
        fetches=0,
    ),
    *vectors(
        "LD-01",
        {
            "one that nobody knows": alone("https://evil.example/context"),
            "one that nobody knows, beside ours": beside("https://evil.example/context"),
            "one that nobody knows, within": bend(
                lambda d, _: at(d, "object", "@context", put="https://evil.example/context")
            ),
            "plain http": beside("http://evil.example/context"),
            "ActivityStreams by http": bend(
                lambda d, _: at(d, "@context", 0, put="http://www.w3.org/ns/activitystreams")
            ),
            "the node's own": bend(
                lambda d, w: at(d, "@context", put=[*d["@context"], f"{w.node.origin}/context"])
            ),
            "the attacker's, beside ours": at_the_attackers(),
            "the attacker's, alone": at_the_attackers(whole=True),
        },
        202,
        fetches=0,
        check=reads_the_same,
        note="protocol: an unknown context is never fetched; what is left is read by the keys we know.",
    ),
    *vectors(
        "LD-02",
        {name: beside(context) for name, context in INLINE.items()},
        422,
        ("context-redefines", "context-refused"),
        fetches=0,
    ),
    *vectors(
        "LD-02",
        {
            "a redefinition within": bend(
                lambda d, _: at(
                    d, "object", "@context", put=[*d["@context"], {"price": "https://evil.example/price"}]
                )
            ),
            "no ActivityStreams at all": alone({"Offer": "https://evil.example/Offer"}),
            "a prefix, and no ActivityStreams": alone({"as": "https://evil.example/"}),
            "a term that only an ignored member uses": bend(
                lambda d, _: (
                    at(d, "@context", put=[*d["@context"], {"salt": "https://evil.example/salt"}])
                    | {"tag": [{"salt": "x"}]}
                )
            ),
            "a type that only an ignored member has": bend(
                lambda d, _: (
                    at(d, "@context", put=[*d["@context"], {"Party": "https://evil.example/Party"}])
                    | {"tag": [{"@type": ["Party"]}]}
                )
            ),
            "the proof": beside({"proof": "https://evil.example/proof"}),
            "a term within, that is used there": bend(
                lambda d, _: at(d, "object", "@context", put={"satisfies": "https://evil.example/x"})
            ),
        },
        422,
        fetches=0,
    ),
    case(
        "LD-02",
        "a term of its own",
        bend(
            lambda d, _: at(d, "@context", put=[*d["@context"], {"colour": "schema:color"}]) | {"colour": "x"}
        ),
        202,
        note="protocol: an inline context may add terms, never redefine one we rely on.",
        check=reads_the_same,
    ),
    case(
        "LD-02",
        "terms of ours that the document does not use",
        beside({"salt": "https://evil.example/salt", "Party": "as:Person", "until": {"@type": "@id"}}),
        202,
        note="AS2 §2.1.2: contexts may redefine; where nothing hangs on it, nothing is misread.",
        check=reads_the_same,
    ),
    case("LD-02", "a language for all texts", beside({"@language": "en"}), 202, check=reads_the_same),
    case(
        "LD-02",
        "a term of ours without its coercion",
        beside({"satisfies": "vf:satisfies"}),
        202,
        note="protocol: FEP-0837's own context has it so; the string is the same one.",
        check=reads_the_same,
    ),
    *vectors(
        "LD-04",
        {f"{name}, on the activity": member(name, put=value) for name, value in KEYWORDS.items()},
        422,
        fetches=0,
    ),
    *vectors(
        "LD-04",
        {
            f"{name}, on a commitment": member("object", "stipulates", name, put=value)
            for name, value in KEYWORDS.items()
        },
        422,
        fetches=0,
    ),
    *vectors(
        "LD-04",
        {
            "@json for a type": bend(
                lambda d, _: at(d, "object", "name", put={"@type": "@json", "@value": {}})
            ),
            "a direction": bend(
                lambda d, _: at(d, "object", "name", put={"@value": "evil", "@direction": "rtl"})
            ),
            "a list object": bend(lambda d, _: at(d, "object", "name", put={"@list": ["evil"]})),
            "a set object": bend(lambda d, _: at(d, "to", put={"@set": d["to"]})),
            "a keyword under another name": bend(
                lambda d, _: at(d, "@context", put=[*d["@context"], {"graph": "@graph"}]) | {"graph": []}
            ),
        },
        422,
        fetches=0,
    ),
    *vectors(
        "LD-05",
        {
            "@id beside id": bend(lambda d, _: {**d, "@id": "https://evil.example/1"}),
            "@id beside id, the same": bend(lambda d, _: {**d, "@id": d["id"]}),
            "@type beside type": bend(lambda d, _: {**d, "@type": ["Accept"]}),
            "as:actor beside actor": bend(lambda d, w: {**d, "as:actor": w.thief.iri}),
            "actor in full beside actor": bend(lambda d, w: {**d, f"{ACTIVITYSTREAMS}actor": w.thief.iri}),
            "as:actor in place of actor": bend(lambda d, _: renamed(d, actor="as:actor")),
            "@id in place of id": bend(lambda d, _: renamed(d, id="@id")),
            "the type in full": bend(lambda d, _: {**d, "type": f"{ACTIVITYSTREAMS}Offer2"}),
            "vf:satisfies beside satisfies": inside(
                lambda terms: at(terms, "stipulates", "vf:satisfies", put="https://evil.example/1")
            ),
            "the price in full beside the price": inside(
                lambda terms: {**terms, "fh:price": [{**terms["price"][0], "amount": "1.00"}]}
            ),
            "the amount in full beside the amount": inside(
                lambda terms: at(terms, "price", 0, "fh:amount", put="1.00")
            ),
            "a schema.org term in two spellings": bend(
                lambda d, _: {**d, "schema:value": "1", "https://schema.org/value": "2"}
            ),
        },
        422,
        fetches=0,
    ),
    *vectors(
        "LD-07",
        {
            "in a graph": restructured(
                lambda d: {
                    "@context": d["@context"],
                    "@graph": [{k: v for k, v in d.items() if k != "@context"}],
                }
            ),
            "in a named graph": restructured(moved_into("@graph")),
            "included": restructured(moved_into("@included")),
            "nested": restructured(moved_into("@nest")),
            "reversed": restructured(moved_into("@reverse")),
            "with its terms in a graph": restructured(
                lambda d: at(d, "object", put={"@graph": [d["object"]]})
            ),
            "with its terms included": restructured(
                lambda d: {**{k: v for k, v in d.items() if k != "object"}, "@included": [d["object"]]}
            ),
            "with another object in front": restructured(
                lambda d: at(d, "object", put=[{"type": "Agreement"}, d["object"]])
            ),
            "with its members spelled out": restructured(
                lambda d: renamed(d, object=f"{ACTIVITYSTREAMS}object")
            ),
            "with its proof elsewhere": restructured(
                lambda d: {**{k: v for k, v in d.items() if k != "proof"}, "sec:proof": d["proof"]}
            ),
        },
        422,
    ),
    *vectors(
        "LD-08",
        {"with prefixes": inside(abbreviated), "in full": inside(in_full)},
        202,
        check=reads_the_same,
    ),
    *vectors(
        "LD-08",
        {
            "a floating number in full": inside(
                lambda terms: at(
                    in_full(terms),
                    VALUEFLOWS + "stipulates",
                    0,
                    VALUEFLOWS + "resourceQuantity",
                    0,
                    OM2 + "hasNumericalValue",
                    put={"@value": "1", "@type": f"{XSD}double"},
                )
            ),
            "a term that its context leaves out": bend(
                lambda d, _: at(
                    at(d, "@context", put=[ACTIVITYSTREAMS_CONTEXT]),
                    "object",
                    "price",
                    0,
                    "amount",
                    put="1.00",
                )
            ),
        },
        422,
    ),
    *vectors(
        "LD-10",
        {f"a clique of {size}": clique(size) for size in (7, 8, 10)}
        | {f"a clique of {size}, in full": clique(size, foreign=True) for size in (7, 10)},
        422,
        "blank-node",
        fetches=0,
    ),
    *vectors(
        "LD-10",
        {f"{2**size} nameless objects": nameless(size) for size in (10, 11)},
        422,
        "json-ld-too-large",
        fetches=0,
    ),
    *vectors(
        "LD-11",
        {
            "the terms": blank("object", "id"),
            "what they satisfy": blank("object", "stipulates", "satisfies"),
            "the negotiation": blank("context"),
            "the object": blank("object"),
            "an addressee": bend(lambda d, w: at(d, "to", put=[w.ada, "_:evil"])),
            "a type": bend(lambda d, _: at(d, "object", "type", put=["Agreement", "_:evil"])),
            "the activity": blank("id"),
            "the actor": blank("actor"),
        },
        422,
        fetches=0,
    ),
)
