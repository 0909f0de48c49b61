"""A dealer and two customers on nodes of their own, and what has come to pass between them."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from protocol.strictjson import Document
from tests.web.browsing import Browser
from tests.web.house import House, at_rest, open_house, until

CARS = """sku,name,price,currency,stock,lead_days,fuel use [l],mileage [km],drive,words
octavia-21-c,"Škoda Octavia Combi, 2021",14020.00,EUR,1,3,5.4,62000,diesel,estate car
astra-20-a,"Opel Astra Sports Tourer, 2020",11400.00,EUR,1,5,6.1,81000,petrol,estate car
yaris-22-a,"Toyota Yaris, 2022",18990.00,EUR,2,2,4.1,21000,hybrid,hybrid
polo-22-b,"VW Polo, 2022",13890.00,EUR,1,2,5.2,34000,petrol,small car
"""
RULE = {
    "currency": "EUR",
    "max_offers_per_intention": 1,
    "max_discount_percent": "8",
    "answers_counters": "within-floor",
    "countersign": "ask",
    "unknown_share_percent": 100,
}


@dataclass(frozen=True, slots=True)
class Dealing:
    """The three nodes, and the dealer's browser, which is signed in."""

    dealer: House
    ada: House
    jonas: House
    desk: Browser

    async def pipeline(self, **query: str) -> Document:
        """What the dealer's API says is next."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        document: Document = (await self.dealer.owner("GET", f"/pipeline?{asked}".rstrip("?"))).json
        return document

    async def wait_for(self, customer: House, intention: str, state: str) -> Document:
        """Wait until a customer's first offer to an intention is in a state, at their node; return it."""
        found: list[Document] = []

        async def is_there() -> bool:
            page = await customer.owner("GET", f"/offers?intention={intention}&state={state}")
            found[:] = page.json["items"]
            return bool(found)

        await until(is_there)
        return found[0]

    async def stands(self, **stages: int) -> None:
        """Wait until so much stands at each of these stages."""

        async def is_so() -> bool:
            counted = (await self.pipeline())["stages"]
            return all(counted[name] == count for name, count in stages.items())

        await until(is_so)

    async def rests(self) -> None:
        """Wait until nothing is on its way between the three any more, and each has done what follows."""
        await at_rest(self.dealer, self.ada, self.jonas)

    async def ask(self, customer: House, name: str, **members: Any) -> Document:
        """Let a customer wish for something of the dealer's."""
        return await customer.cast(self.dealer.iri, name=name, **members)

    async def waits(self, intention: str) -> str:
        """Let an offer wait for a second signature, which nothing else needs; return its id."""
        limit, price = "/cosignatures/limit", {"kind": "oneOff", "amount": "13670.00", "currency": "EUR"}
        await self.dealer.owner("PUT", limit, {"amount": "1", "currency": "EUR"})
        new = {"intention": intention, "terms": {"name": "VW Touran", "price": [price]}}
        made = await self.dealer.owner("POST", "/offers", new)
        await self.dealer.owner("DELETE", limit)
        assert made.status == 202, made.body
        return str(made.json["cosignature"]["id"])

    async def connect(self, folder: Path) -> None:
        """Connect a folder of spreadsheets as the dealer's CRM, which nothing goes into by itself yet."""
        new = {"adapter": "spreadsheet", "address": str(folder)}
        made = await self.dealer.owner("POST", "/crm", new)
        assert made.status == 201, made.body

    async def counter(self, customer: House, wish: Document, amount: str) -> Document:
        """Let a customer ask for another price than they were offered."""
        offer = await self.wait_for(customer, wish["id"], "offered")
        price = [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": "Car"}]
        made = await customer.owner("POST", f"/offers/{offer['id']}/counter", {"terms": {"price": price}})
        assert made.status == 200, made.body
        document: Document = made.json
        return document


@asynccontextmanager
async def dealing(folder: Path, *, stocked: bool = True, **flags: Any) -> AsyncIterator[Dealing]:
    """Run the three in `folder`; the dealer has a price list and a rule if it is `stocked`."""
    async with AsyncExitStack() as stack:
        common = {"requests_burst": 100_000, **flags}

        async def open_one(handle: str, **more: Any) -> House:
            house = open_house(folder / handle, handle=handle, **common | more)
            return await stack.enter_async_context(house)

        dealer = await open_one("lindner", kind="organization", name="Autohaus Lindner")
        ada, jonas = await open_one("ada", name="Ada Brandt"), await open_one("jonas", name="Jonas Meier")
        if stocked:
            await stock(dealer)
        desk = Browser(dealer)
        await desk.sign_in()
        yield Dealing(dealer, ada, jonas, desk)


async def stock(dealer: House, text: str = CARS) -> None:
    """Give the dealer a price list and a rule."""
    token = await dealer.token("write", "read")
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    loaded = await dealer.request("PUT", "/api/v1/pricelist", text.encode(), sent)
    assert loaded.status == 200, loaded.body
    assert (await dealer.owner("PUT", "/rule", RULE)).status == 200


_FAMILIAR = re.compile(
    r"\b(?:[Dd]u|[Dd]ein\w*|[Dd]ir|[Dd]ich)\b"
    r"|\b(?:Schreib|Sieh|Wähl|Lass|Zeig|Versuch es|Nimm|Öffne|Melde dich|Kürz|Frag|Setz|Gib|Leg|Lies)e?\b"
    r"|\b(?:Ändere|Beende|Fang|Geh|Halte|Mach|Prüfe|Sag|Schick|Schließ|Speichere|Starte|Tippe?|Trage|Warte)\b"
)
_READ_BY_THEM = re.compile(
    r'<p class="say small">Du würdest.*?</p>|<(span|div)(?: class="\w+")? lang="de">.*?</\1>', re.DOTALL
)


def familiar(text: str) -> list[str]:
    """Return the words in which a German text says du; the sentence that the customer reads may."""
    return _FAMILIAR.findall(_READ_BY_THEM.sub(" ", text).replace("\xad", ""))


HOSTILE = "<img src=x onerror=alert(1)>\" onload='x' &amp;"
"""What would be a picture, an attribute and an entity if a page let it."""


class _Holes(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found = [character for character in "\u202e\u200b" if character in page]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] * (tag in {"img", "iframe", "style"})
        self.found += [name for name, _ in attrs if name.startswith("on") or name == "style"]


def holes(page: str) -> list[str]:
    """Return what of `HOSTILE` came to life on a page."""
    return _Holes(page).found
