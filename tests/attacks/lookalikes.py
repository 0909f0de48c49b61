"""UN: letters, names and numbers that look like others, or are not seen at all."""

import subprocess
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from protocol.strictjson import Document
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.content import AMOUNT, LABEL, TOTAL, looks_as_ever, placed
from tests.attacks.fetching import lives_at_address, owner_follows, owner_looks_up
from tests.attacks.nodes import ROOT, environment, freehold
from tests.attacks.parties import Event, Party, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_MARKS: Final = 8  # on one letter: what is shown of a pile of ten thousand


def type_in(world: World, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the owner's, in an environment of its own."""
    command = [*freehold(world.node.data), *words]
    return subprocess.run(command, cwd=ROOT, env=environment({}) | variables, capture_output=True, timeout=60)


def named(text: str) -> str:
    """Return the name of a vector, readable on any terminal."""
    return text.encode("unicode_escape").decode()[:60] or "empty"


# --- UN-01: hosts -------------------------------------------------------------------------------------------

# A-labels of names that become others when a careless reader maps them.
MAPPED: Final = ("\uff45xample", "\u017fhop")
HOSTS: Final = (
    *(f"xn--{name.encode('punycode').decode()}.com" for name in MAPPED),
    "ⓔxample.com", "exam\u00adple.com", "\uff45xample.com", "faß.de", "\u0131.example", "exam\u200bple.com",
    "bücher.example", "bu\u0308cher.example", "example\u3002com", "ex\u0430mple.com", "example.com\u200f",
    "xn--example-l38f.com", "xn--example-nec.com", "xn--fss-.de", "xn--.example",
    "xn--bcher-kvA\u0308.example", "xn--faß.de", "ab--cd.example", "xn--a.example", "EXAMPLE.com.",
    "exa_mple.com",
)  # fmt: skip


def in_other_digits(document: Document, world: World) -> Document:
    """Write the sender's own address, in digits that a careless reader takes for the usual ones."""
    full_width = {ord(str(digit)): 0xFF10 + digit for digit in range(10)}
    return document | {"actor": world.shop.iri.translate(full_width)}


def in_capitals(world: World) -> Answer:
    """Say that one's actor is at the same host, spelled in capitals: it does not call itself so."""
    host = f"capital{number()}.localhost"
    world.names.table[host] = world.names.table[host.upper()] = [["127.0.0.1"]]
    sender = Party(f"http://{host}:{world.dark.port}", f"shop{number()}", world.dark, "thief").publish()
    world.must(world.baseline(sender))
    document = world.offer(sender)
    world.hold()
    shouted = {**document, "actor": sender.iri.replace("capital", "CAPITAL")}
    return world.say(sender, {name: value for name, value in shouted.items() if name != "proof"})


# --- UN-02: twins -------------------------------------------------------------------------------------------

TWINS: Final = ("caf%C3%A9", "cafe%CC%81", "caf%c3%a9", "cafe")


def ids_alike(world: World) -> Answer:
    """Send one activity after the other whose ids are the same word in other bytes: each is its own."""
    turn = number()
    before = world.count("receipts")
    for word in TWINS:
        document = world.shop.offer(world.cast(), now=world.now())
        answer = world.say(world.shop, {**document, "id": f"{world.shop.origin}/activities/{word}{turn}"})
        expect(answer.status == 202, f"{word} gets {answer.status} {answer.code}")
    expect(world.count("receipts") == before + len(TWINS), "each has a receipt of its own")
    return answer


def negotiation_alike(world: World) -> Answer:
    """Go on in a negotiation whose address is the same word in other bytes."""
    turn, wanted = number(), world.cast()
    address = f"{world.shop.origin}/negotiations/caf%C3%A9{turn}"
    offer = world.shop.prove(
        {**world.shop.offer(wanted, now=world.now()), "context": address}, now=world.now()
    )
    world.must(world.deliver(world.shop, offer))
    undo = world.shop.answer(Event.WITHDRAW, offer, now=world.now(), to=(world.ada,))
    world.hold()
    return world.say(world.shop, {**undo, "context": address.replace("%C3%A9", "e%CC%81")})


def property_alike(world: World) -> Answer:
    """Offer a property whose name only looks like the one that was asked for: a letter is Cyrillic."""
    wished = {"property": "Größe", "at_most": "5", "unit": "m", "necessity": "must"}
    wanted = world.cast(specifications=[wished])
    offered = {
        "type": "PropertyValue",
        "propertyID": "Größe".replace("e", "\u0435"),
        "value": "4",
        "unitText": "m",
    }
    document = world.shop.offer(wanted, now=world.now())
    bent = at(document, "object", "stipulates", "additionalProperty", put=[offered])
    answer = world.say(world.shop, bent)
    if answer.status == 202:
        [compared] = world.asked("GET", f"/intentions/{wanted.id}/compare")["offers"]
        fits = {each["property"]: each["fit"] for each in compared["difference"]}
        expect(fits.get("Größe") == "unknown", f"what was asked for is not said to be met: {fits}")
    return answer


FOREIGN_TERMS: Final = {
    "full-width letters": "\uff41mount",
    "a Cyrillic letter": "\u0430mount",
    "a long s": "amoun\u017f",
    "a zero-width space": "amount\u200b",
    "decomposed": "montant e\u0301",
    "composed": "montant é",
}

# --- UN-04: what is not seen --------------------------------------------------------------------------------

INVISIBLE: Final[dict[str, str]] = {
    "joiners": "Velo\u200dNord\u200c",
    "zero-width spaces": "Velo\u200bNord\u2060\ufeff",
    "isolates and overrides": "\u2066Velo\u2069 \u202eRUE 00.1\u202c \u200f",
    "tags": "Velo\U000e0041\U000e0042\U000e007f",
    "fillers": "Velo\u3164\u115f\u00ad",
    "lines": "Velo\u2028Nord\u2029\x85",
    "shorthand and annotations": "Velo\ufff9a\ufffab\ufffb\U0001bca0",
    "a pile of marks": "Z" + "\u0301\u0336\u0489" * 3_000,
}


def unseen(world: World) -> Answer:
    """Come under one name after the other that is not seen whole, and look at the names on a terminal."""
    senders = []
    for name in INVISIBLE.values():
        sender = world.stranger()
        sender.publish({**sender.document, "name": name, "summary": name})
        bent = at(sender.offer(world.cast(), now=world.now()), *LABEL, put=name[:200])
        answer = world.say(sender, at(bent, "object", "name", put=name[:200]))
        expect(answer.status == 202, f"{name[:20]!r} gets {answer.status} {answer.code}")
        senders.append(sender.iri)
    for words in (["peer", "list"], ["offer", "list"]):
        done = type_in(world, *words)
        expect(done.returncode == 0, f"{words} ends with {done.returncode}")
        _check_seen(done.stdout.decode())
    told = type_in(world, "--json", "peer", "list", "--limit", "100")
    names = {item["iri"]: item["name"] for item in orjson.loads(told.stdout)["items"]}
    known = [names[iri] for iri in senders if iri in names]
    expect(set(known) <= {name[:200] for name in INVISIBLE.values()}, "--json is exact")
    return answer


def _check_seen(printed: str) -> None:
    hidden = [
        letter
        for letter in printed
        if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") and letter != "\n"
    ]
    expect(not hidden, f"what is not seen is spelled out: {named(''.join(hidden))}")
    piled = 0
    for letter in printed:
        piled = piled + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        expect(piled <= _MARKS, "marks do not pile up")


# --- UN-05: numbers -----------------------------------------------------------------------------------------

NUMBERS: Final = (
    "2.249,00", "2,249.00", "2 249.00", "2\u00a0249.00", "2\u202f249.00", "2'249.00", "2249,-",
    "\uff12\uff12\uff14\uff19.00", "٢٢٤٩\u066b\u0660\u0660", "२२४९.00", "2249\u066b00", "Ⅻ", "②", "½", "1e3",
    "0x8C9", "2249.00\u200f", "\u202e00.9422", "\u22122249.00", "+2249.00", "2249.", ".5", "2_249.00",
    "2249.00 EUR", "€2249", "",
)  # fmt: skip
CURRENCIES: Final = (
    "€", "eur", "Eur", "EUR\u200f", "\u202eRUE", "\u0415UR", "\uff25\uff35\uff32", "EUR ", "TRY\u0307",
    "\u0131SK", "İSK", "EU", "EURO", "978",
)  # fmt: skip


def addressed_with(letter: str) -> Attack:
    """Put a letter into the address of a context."""
    return Bend(activity=lambda document, _: document | {"context": document["context"] + letter})


def wished(**members: Any) -> Attack:
    """Have the owner wish for something in numbers of another country."""

    def attack(world: World) -> Answer:
        wish = {
            "name": "A bike",
            "deadline": "2099-01-01T00:00:00Z",
            "currency": "EUR",
            "audience": ["public"],
            **members,
        }
        return world.owner("POST", "/intentions", wish)

    return attack


def in_turkish(world: World) -> Answer:
    """Type a wish where small i has two capitals, and a decimal comma is the rule."""
    words = [
        "intention",
        "cast",
        "--what",
        "BİSİKLET \u0131l\u0131k I",
        "--must",
        "WIDTH<=14 kg",
        "--to",
        "public",
    ]
    rest = ["--deadline", "in 3 weeks", "--yes", "--json"]
    turkish = {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}
    done = type_in(world, *words, "--limit-price", "2300.50 EUR", *rest, **turkish)
    expect(done.returncode == 0, f"it ends with {done.returncode}: {done.stderr.decode()[-300:]}")
    view = orjson.loads(done.stdout)
    expect(view["name"] == "BİSİKLET \u0131l\u0131k I", "letters stay as they are")
    expect(view["private"]["limit_price"].startswith("2300.5"), "numbers too")
    done = type_in(world, *words, "--limit-price", "2.300,50 EUR", *rest, **turkish)
    expect(done.returncode == 0, f"it ends with {done.returncode}: {done.stderr.decode()[-300:]}")
    expect(
        orjson.loads(done.stdout)["private"]["limit_price"].startswith("2300.5"), "as they are typed there"
    )
    return world.get("/livez")


# --- UN-07: accounts ----------------------------------------------------------------------------------------

ACCOUNTS: Final = (
    "a@b@evil.example", '"a b"@evil.example', "a(comment)@evil.example", "a%40b@evil.example",
    "a%b@evil.example", "b!a@evil.example", "a+b@evil.example", "<a@evil.example>",
    "a@evil.example,b@evil.example", "a @evil.example", "a@evil.example\u200b", "\uff41@evil.example",
    "a@\uff45vil.example", "a\u0000@evil.example", "@@evil.example", "a@",
    "a@[evil.example]", "a@evil..example", "mailto:a@evil.example", "a@evil.example/..",
)  # fmt: skip
HANDLES: Final = (
    "ceo@bank.example", '"ceo"', "ceo(bank)", "a%40bank.example", "bank.example!a", "a b", "ceo\u200b",
    "\uff43eo",
)  # fmt: skip


def handled(handle: str) -> Attack:
    """Come under a handle that reads like somebody else's account."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        sender.publish({**sender.document, "preferredUsername": handle})
        wanted = world.cast()
        document = world.offer(sender, wanted)
        answer = world.deliver(sender, document)
        if answer.status == 202:
            expect(world.seen(document)["peer"]["handle"] == "", "such a handle is none")
        return answer

    return attack


def about_us(account: Callable[[World], str]) -> Attack:
    """Ask WebFinger about an account that is only like ours."""
    return lambda world: world.get(f"/.well-known/webfinger?resource=acct:{account(world)}")


OURS: Final[dict[str, Attack]] = {
    "two hosts": about_us(lambda world: f"{world.node.handle}@evil.example@{world.host}"),
    "escaped": about_us(lambda world: f"{world.node.handle}%2540evil.example@{world.host}"),
    "full-width": about_us(lambda world: f"%EF%BD%81{world.node.handle[1:]}@{world.host}"),
    "a zero-width space": about_us(lambda world: f"{world.node.handle}%E2%80%8B@{world.host}"),
    "quoted": about_us(lambda world: f"%22{world.node.handle}%22@{world.host}"),
    "a comment": about_us(lambda world: f"{world.node.handle}(evil)@{world.host}"),
    "another host": about_us(lambda world: f"{world.node.handle}@evil.example"),
}

# --- UN-08: languages and time zones ------------------------------------------------------------------------

TONGUES: Final[dict[str, Any]] = {
    "an unknown one": {"tlh-x-evil": "nuqneH"},
    "no language at all": {"": "x", "123456789012": "y"},
    "letters of another script": {"日本語": "x"},
    "a hundred": {f"xx-{turn:04}": "x" for turn in range(100)},
}
ZONES: Final = (
    "2098-01-01T00:00:00[Europe/Atlantis]", "2098-01-01T00:00:00Z[Mars/Phobos]", "2098-01-01T00:00:00 CET",
    "2098-01-01T00:00:00+25:00", "2098-01-01T00:00:00+00:60", "2098-01-01T00:00:00\u221201:00",
    "2098-01-01T00:00:00z", "٢٠٩٨-01-01T00:00:00Z", "令和80年1月1日", "01/02/2098",
)  # fmt: skip


def speaking(language: str) -> Attack:
    """Ask in a language that there may not be."""
    return Bend(signed=lambda shot, _: shot.having(Accept_Language=language, Content_Language=language))


def elsewhere(world: World) -> Answer:
    """Look at the offers in a time zone and a language that there are not."""
    world.must(world.baseline())
    done = type_in(world, "offer", "list", TZ="Mars/Phobos", LC_ALL="tlh_QO.UTF-8", LANGUAGE="tlh")
    expect(done.returncode == 0, f"it ends with {done.returncode}: {done.stderr.decode()[-300:]}")
    return world.get("/livez")


def each(texts: tuple[str, ...], make: Callable[[str], Attack]) -> Mapping[str, Attack]:
    """Make one attack for each text."""
    return {named(text): make(text) for text in texts}


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "UN-01",
        each(HOSTS, lambda host: lives_at_address(f"https://{host}/actors/evil")),
        422,
        ("foreign-id", "iri-invalid"),
        fetches=0,
    ),
    *vectors(
        "UN-01",
        {"its own address in other digits": Bend(activity=in_other_digits)},
        422,
        "foreign-id",
        fetches=0,
    ),
    case("UN-01", "its own address in capitals", in_capitals, 401, fetches=3),
    case("UN-02", "ids of one word in other bytes", ids_alike, 202),
    case("UN-02", "the address of a negotiation in other bytes", negotiation_alike, 422, "wrong-negotiation"),
    case("UN-02", "a property in letters that look alike", property_alike, 202),
    *vectors(
        "UN-02",
        {
            f"a member with {how}": placed("object", "price", 0, term, put="1.00")
            for how, term in FOREIGN_TERMS.items()
        },
        422,
        "unknown-member",
    ),
    *vectors(
        "UN-02",
        {
            f"a type with {how}": placed("type", put=kind)
            for how, kind in (("\u0430 Cyrillic letter", "\u041effer"), ("full-width letters", "\uff2fffer"))
        },
        422,
        "unknown-activity",
    ),
    *vectors(
        "UN-02",
        {"an actor beside the actor": placed("\uff41ctor", put="http://evil.example/actors/v")},
        202,
        check=looks_as_ever,
    ),
    case(
        "UN-02",
        "an id that is not ASCII",
        Bend(activity=lambda d, _: d | {"id": d["id"] + "é"}),
        422,
        fetches=0,
    ),
    case("UN-04", "names that are not seen whole", unseen, 202, fetches=len(INVISIBLE), quick=False),
    *vectors(
        "UN-04",
        {
            f"an address with {named(letter)}": addressed_with(letter)
            for letter in ("\u200b", "\u200d", "\u2066", "\u202e", "\U000e0041", "\ufeff", "\u00ad")
        },
        422,
        "iri-invalid",
    ),
    *vectors(
        "UN-05",
        {
            f"an amount of {name}": attack
            for name, attack in each(NUMBERS, lambda text: placed(*AMOUNT, put=text)).items()
        },
        422,
    ),
    *vectors(
        "UN-05",
        {
            f"a currency of {name}": attack
            for name, attack in each(
                CURRENCIES, lambda text: placed("object", "price", 0, "currency", put=text)
            ).items()
        },
        422,
    ),
    *vectors(
        "UN-05",
        {
            f"a total of {name}": attack
            for name, attack in each(NUMBERS[:17], lambda text: placed(*TOTAL, put=text)).items()
        },
        422,
    ),
    *vectors(
        "UN-05",
        {
            f"a wish for {name}": attack
            for name, attack in each(
                NUMBERS[:13], lambda text: wished(quantity={"value": text, "unit": "one"})
            ).items()
        },
        422,
    ),
    *vectors(
        "UN-05",
        {
            f"a wish in {name}": attack
            for name, attack in each(CURRENCIES, lambda text: wished(currency=text)).items()
        },
        422,
    ),
    case("UN-05", "typed in Turkish", in_turkish, 200, quick=False),
    *vectors("UN-07", each(ACCOUNTS, owner_looks_up), (400, 422), fetches=0),
    *vectors(
        "UN-07",
        {f"to follow {name}": attack for name, attack in each(ACCOUNTS[:6], owner_follows).items()},
        (400, 422),
        fetches=0,
    ),
    *vectors(
        "UN-07", {f"as {name}": attack for name, attack in each(HANDLES, handled).items()}, 202, fetches=1
    ),
    *vectors("UN-07", {f"ours with {name}": attack for name, attack in OURS.items()}, (400, 404), fetches=0),
    *vectors(
        "UN-08", {f"texts in {name}": placed("contentMap", put=texts) for name, texts in TONGUES.items()}, 202
    ),
    *vectors(
        "UN-08",
        {f"terms in {name}": placed("object", "nameMap", put=texts) for name, texts in TONGUES.items()},
        (202, 422),
        still=False,
    ),
    *vectors(
        "UN-08",
        each(("tlh", "x" * 2_000, "*", "de;q=9,en;q=evil", "日本語".encode().decode("latin-1")), speaking),
        202,
    ),
    *vectors(
        "UN-08",
        {
            f"until {name}": attack
            for name, attack in each(ZONES, lambda text: placed("endTime", put=text)).items()
        },
        422,
        "malformed-time",
    ),
    *vectors(
        "UN-08",
        {
            f"a wish until {name}": attack
            for name, attack in each(ZONES[:9], lambda text: wished(deadline=text)).items()
        },
        422,
    ),
    case("UN-08", "an activity in a language", placed("@language", put="tlh"), 422, "json-ld-refused"),
    case("UN-08", "somewhere else", elsewhere, 200, quick=False),
)
