"""UI-17: words of others that a page could show as its own, whose server it is, and what it leaves out."""

import re
from dataclasses import dataclass
from typing import Any, Final

from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.content import LABEL
from tests.attacks.parties import Party, at, number
from tests.attacks.sites import Hit, accepted, page
from tests.attacks.visitors import signed_in
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_PROPERTIES: Final = ("object", "stipulates", "additionalProperty")
_LABELS: Final = 22  # so many labels of a host are longer than a line
_LISTED: Final = "Velo, €1.00; 2, Nord"
_FINE: Final = "As good as new, of one owner, looked after by us since the day it was made, "
_ENDS: Final = ("but without an engine", "and the same again at hand-over", "but not in Europe", "of use")
NAMES: Final = {
    "a seal": "Velo Nord ✔",
    "whoever reads": "You",
    "whoever reads, in circles": "\u24ce\u24de\u24e4!",
    "a box with a bold seal": "Velo Nord 🗹",
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


@dataclass
class Rootless(Party):
    """A party whose address has no path: what looks like one is a query."""

    query: str = ""

    @property
    def iri(self) -> str:
        """The actor's address."""
        return self.origin + self.query

    def publish(self, document: Any = None) -> "Rootless":
        """Serve the actor's document, and what its address leads to, at the root of its site."""
        assert self.site is not None
        shown = page(self.document if document is None else document)

        def answered(hit: Hit) -> Any:
            return shown(hit) if hit.method == "GET" else accepted(hit)

        self.site.pages["/"] = answered
        return self


def queried(query: str) -> Attack:
    """Come from an address that ends, behind its host, as that of somebody else."""

    def attack(world: World) -> Answer:
        end = f"evil{number()}.localhost"
        world.names.table[end] = [["127.0.0.1"]]
        sender = Rootless(
            f"http://{end}:{world.dark.port}", f"shop{number()}", world.dark, "thief", query=query
        ).publish()
        shown = page_of(world, sender)
        expect(f'<span class="dim">{end}:{world.dark.port}</span>' in shown, "the host is all that is shown")
        return world.baseline()

    return attack


def _signed_by(world: World, offer: Any) -> str:
    """Return the page on which an offer is accepted, up to the bytes."""
    path = f"/offers/{world.seen(offer)['id']}/accept"
    shown = world.get(path, Cookie=signed_in(world), Accept="text/html", Accept_Language="en")
    expect(shown.status == 200, "it is shown")
    return shown.body.decode().partition("What exactly is signed")[0]


def at_the_end(world: World) -> Answer:
    """Say the worst at the end of a long name, label, value and unit: all of it would be signed."""
    properties = [
        {"type": "PropertyValue", "propertyID": "warranty", "value": _FINE + _ENDS[2], "unitText": ""},
        {"type": "PropertyValue", "propertyID": "hours", "value": "1", "unitText": _FINE + _ENDS[3]},
    ]
    offer = world.shop.offer(world.cast(), now=world.now())
    offer = at(offer, *LABEL, put=_FINE + _ENDS[1])
    offer = at(offer, "object", "name", put=_FINE + _ENDS[0])
    offer = at(offer, *_PROPERTIES, put=[{k: v for k, v in one.items() if v} for one in properties])
    world.must(world.say(world.shop, offer))
    shown = page_of_offer(world, offer)
    expect(all(end in shown for end in _ENDS), "nothing of it is left out on the page of the offer")
    sheet = _signed_by(world, offer)
    expect(all(end in sheet for end in _ENDS), "nor where it is accepted")
    return world.baseline()


def page_of_offer(world: World, offer: Any) -> str:
    """Return the page that shows an offer to the owner."""
    path = f"/offers/{world.seen(offer)['id']}"
    return world.get(path, Cookie=signed_in(world), Accept="text/html", Accept_Language="en").body.decode()


def behind_a_sign(world: World) -> Answer:
    """Call a property so that what stands behind a sign says the opposite of the whole."""
    promised = {"type": "PropertyValue", "propertyID": "excluded: #warranty", "value": "ten years"}
    shown = page_of(world, world.shop, *_PROPERTIES, put=[promised])
    expect(
        re.search(r"<bdi>excluded: #warranty</bdi>", shown, re.IGNORECASE) is not None,
        "it stands there whole",
    )
    return world.baseline()


def namesake(world: World) -> Answer:
    """Offer under the name of a business that is known."""
    sender = world.stranger()
    sender.publish({**sender.document, "name": world.shop.document["name"]})
    wanted = world.cast()
    world.must(world.say(world.shop, world.shop.offer(wanted, now=world.now())))
    offer = sender.offer(wanted, now=world.now())
    world.must(world.say(sender, offer))
    asked = {"Cookie": signed_in(world), "Accept": "text/html", "Accept_Language": "en"}
    for path in (f"/wishes/{wanted.id}", f"/wishes/{wanted.id}/compare"):
        shown = world.get(path, **asked).body.decode()
        hosts = [party.origin.partition("://")[2] for party in (world.shop, sender)]
        expect(all(one in shown for one in hosts), "where both are listed, so is the server of each")
    place = sender.origin.partition("://")[2]
    expect(place in _signed_by(world, offer), "where it is accepted, their server is named")
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
    *vectors(
        "UI-17",
        {
            "a host behind a question": queried("?@bank.example"),
            "a long question": queried("?" + "a" * 80 + ".bank.example"),
        },
        202,
        still=False,
        fetches=1,
    ),
    case("UI-17", "the end of what is long", at_the_end, 202, still=False),
    case("UI-17", "the opposite behind a sign", behind_a_sign, 202, still=False),
    case("UI-17", "the name of another", namesake, 202, still=False, fetches=1),
    *vectors("UI-17", {name: named(text) for name, text in NAMES.items()}, 202, still=False, fetches=1),
)
