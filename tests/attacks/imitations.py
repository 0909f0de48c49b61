"""UI-17: words of others that a page could show as its own: rows of a price, numbers, whose server it is."""

from typing import Any, Final

from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.content import LABEL
from tests.attacks.parties import Party, at, number
from tests.attacks.visitors import signed_in
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_PROPERTIES: Final = ("object", "stipulates", "additionalProperty")
_LABELS: Final = 22  # so many labels of a host are longer than a line
_LISTED: Final = "Velo, €1.00; 2, Nord"
NAMES: Final = {
    "a seal": "Velo Nord ✔",
    "whoever reads": "You",
    "letters of formulas": "\U0001d5b5\U0001d5be\U0001d5c5\U0001d5c8",
}


def page_of(world: World, sender: Party, *path: Any, put: Any = None) -> str:
    """Deliver an offer, at this path with something else; return the page that shows it to the owner."""
    offer = sender.offer(world.cast(), now=world.now())
    bent = at(offer, *path, put=put) if path else offer
    world.must(world.say(sender, bent))
    id = world.seen(bent)["id"]
    shown = world.get(f"/offers/{id}", Cookie=signed_in(world), Accept="text/html", Accept_Language="en")
    expect(shown.status == 200, "it is shown")
    return shown.body.decode().replace("\N{NO-BREAK SPACE}", " ")


def label(world: World) -> Answer:
    """Call a line of a price as the page calls the sum of all."""
    page = page_of(world, world.shop, *LABEL, put="In all")
    expect("<dt>“In all”</dt>" in page, "it stands in quotation marks")
    expect("<dt>In all</dt>" not in page, "the sum alone does not")
    return world.baseline()


def unit(world: World) -> Answer:
    """Promise one of a unit that reads on in the number."""
    promised = {"type": "PropertyValue", "propertyID": "range", "value": "1", "unitText": "000 km"}
    page = page_of(world, world.shop, *_PROPERTIES, put=[promised])
    expect("1 “000 km”" in page, "where the number ends is seen")
    return world.baseline()


def host(world: World) -> Answer:
    """Come from a host that begins as another one, and is longer than a line."""
    end = f"evil{number()}.localhost"
    named = f"www.bank.example.{'pay.' * _LABELS}{end}"
    world.names.table[named] = [["127.0.0.1"]]
    sender = Party(f"http://{named}:{world.dark.port}", f"shop{number()}", world.dark, "thief").publish()
    page = page_of(world, sender)
    expect('<span class="dim">…' in page, "what is left out is its beginning")
    expect(f"{end}:{world.dark.port}</span>" in page, "its end is seen")
    return world.baseline()


def named(text: str) -> Attack:
    """Come under a name that says what only the page says, or is drawn as another."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        sender.publish({**sender.document, "name": text})
        page = page_of(world, sender)
        expect(f'<bdi>{text}</bdi> <span class="tag warn">' in page, "the name is marked")
        return world.baseline()

    return attack


def read_aloud(world: World) -> Answer:
    """Come under a name that goes on like the list of offers that is read to who does not see the drawing."""
    sender, wanted = world.stranger(), world.cast(limit_price="9999.00")
    sender.publish({**sender.document, "name": _LISTED})
    world.must(world.say(sender, sender.offer(wanted, now=world.now())))
    shown = world.get(
        f"/wishes/{wanted.id}", Cookie=signed_in(world), Accept="text/html", Accept_Language="en"
    ).body.decode()
    expect(_LISTED in shown, "it is listed")
    expect(f"1, “{_LISTED}”, " in shown, "where the name ends is heard")
    return world.baseline()


CASES: Final[tuple[Case, ...]] = (
    *vectors("UI-17", {"a label": label, "a unit": unit}, 202, still=False),
    case("UI-17", "a list that is read aloud", read_aloud, 202, still=False, fetches=1),
    case("UI-17", "a host", host, 202, still=False, fetches=1),
    *vectors("UI-17", {name: named(text) for name, text in NAMES.items()}, 202, still=False, fetches=1),
)
