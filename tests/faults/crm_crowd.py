"""Bring very many customers into a CRM, twice, then let both sides change: how long, with what memory.

The business's services with its tables, and its CRM: a folder of spreadsheets or a real Tryton. Each customer
has a wish. First all of it goes into an empty CRM; then again, which must write nothing; then one in a
hundred is renamed on our side, one in a hundred changed in the CRM, and one in a thousand on both: exactly
those that a person has to decide about are conflicts. In the end both sides are alike but for them.

    python -m tests.faults.crm_crowd --customers 2000
    python -m tests.faults.crm_crowd --customers 2000 --tryton
"""

import argparse
import asyncio
import csv
import io
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from node.core.crm_mapping import STRANGERS
from node.core.records import RecordKind
from node.crm import registry
from node.services.crm import connecting
from node.storage import intentions, peers
from node.storage.session import Session
from tests.crm.test_bridge import Business
from tests.crm.tryton.environment import DATABASE
from tests.crm.tryton.person import TrytonPerson
from tests.crm.tryton.server import TrytonServer

# The name of a customer is for a person to decide where both sides changed it.
_OWNED: Final = 'to = "name"\nowner = "customer"'
_MANUAL: Final = 'to = "name"\nowner = "manual"'
_TURNS: Final = 100_000


@dataclass
class Figures:
    """What a run came to: seconds of each step, peak memory in MB before and after, and what was wrong."""

    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: tuple[float, float] = (0.0, 0.0)
    conflicts: int = 0
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Time a step."""
        began = time.perf_counter()
        yield
        self.seconds[step] = time.perf_counter() - began

    def demand(self, condition: object, sentence: str) -> None:
        """Note a fault unless something is the case."""
        if not condition:
            self.faults.append(sentence)


class Sheets:
    """A folder of spreadsheets as the CRM."""

    def __init__(self, business: Business) -> None:
        self._business = business
        self.account = {"adapter": "spreadsheet", "address": str(business.folder)}

    def names(self) -> dict[str, str]:
        """Return the names that stand there, by external id."""
        return {row["freehold"]: row["name"] for row in self._business.rows("customers.csv")}

    def written(self) -> Any:
        """Return what tells whether anything was written."""
        return {path.name: path.stat().st_mtime_ns for path in self._business.folder.glob("*.csv")}

    async def rename(self, of: Sequence[str]) -> None:
        """Rename customers, as somebody in an editor does."""
        rows = self._business.rows("customers.csv")
        changed = [row | ({"name": f"{row['name']} GmbH"} if row["freehold"] in of else {}) for row in rows]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(changed)
        (self._business.folder / "customers.csv").write_bytes(text.getvalue().encode("utf-8-sig"))


class Tryton:
    """A real Tryton as the CRM."""

    def __init__(self, server: TrytonServer) -> None:
        self._person = TrytonPerson(server)
        self.account = {
            "adapter": "tryton",
            "address": server.origin,
            "secret": server.key,
            "options": {"database": DATABASE},
        }

    def _parties(self) -> dict[str, Any]:
        found = self._person.search(
            "party.party", [["identifiers.code", "like", "http%"]], "name", "write_date", "identifiers.code"
        )
        return {each["identifiers"][0]["code"]: each for each in found}

    def names(self) -> dict[str, str]:
        """Return the names that stand there, by external id."""
        return {external_id: party["name"] for external_id, party in self._parties().items()}

    def written(self) -> Any:
        """Return what tells whether anything was written."""
        wishes = self._person.search("sale.opportunity", [], "write_date")
        return self._parties(), wishes

    async def rename(self, of: Sequence[str]) -> None:
        """Rename customers, as somebody at the screen does."""
        parties = self._parties()
        for external_id in of:
            party = parties[external_id]
            await self._person.change(RecordKind.CUSTOMER, str(party["id"]), "name", f"{party['name']} GmbH")


def fill(session: Session, business: Business, count: int) -> list[str]:
    """Give a business so many customers with a wish each, like its own; return their addresses."""
    shop = business.shop.iri
    (wish,) = intentions.list_intentions(session, shop, own=False).items
    assert wish.peer is not None
    known = peers.named_peer(session, shop, wish.peer)
    ada = peers.load_peer(session, shop, known.id)
    assert ada is not None
    addresses = [ada.address]
    for number in range(1, count):
        iri = f"https://c{number}.example/actors/c{number}"
        one = replace(
            ada, id=f"peer_z{number:025}", address=iri, name=f"Customer {number}", handle=f"c{number}"
        )
        document = deepcopy(wish.document) | {"id": f"{iri}/wishes/1"}
        peers.save_peer(session, one)
        told = replace(wish, id=f"int_z{number:025}", iri=document["id"], document=document, peer=one.id)
        intentions.save_intention(session, told)
        addresses.append(iri)
    return addresses


def rename(session: Session, business: Business, of: Sequence[str]) -> None:
    """Let customers call themselves otherwise."""
    for address in of:
        known = peers.load_peer_at(session, business.shop.iri, address)
        assert known is not None
        peers.save_peer(session, replace(known, name=f"{known.name} the Second"))


async def sync(business: Business) -> int:
    """Sync until nothing waits; return how many things that was."""
    begun = (await business.desk.sync(business.shop.acting, limit=None))["begun"]
    for _ in range(_TURNS):
        await business.bridge.turn(business.shop.iri)
        shown = business.shop.do(connecting.show)
        if not shown["queued"] or shown["trouble"]:
            break
    return int(begun)


async def play(business: Business, crm: Sheets | Tryton, customers: int) -> Figures:
    """Play all of it."""
    figures = Figures(megabytes=(peak(), 0.0))
    shipped = registry.default_mapping(str(crm.account["adapter"]))
    mapping = shipped.replace(f"strangers = {STRANGERS}", 'strangers = "all"')  # they come over in one day
    await business.connect(**crm.account, mapping=mapping.replace(_OWNED, _MANUAL, 1))
    told = {"name": "Bike", "currency": "EUR", "audience": [business.shop.iri]}
    await business.tell(told)
    addresses = business.shop.write(partial(fill, business=business, count=customers))
    with figures.timed("plan"):
        planned = await business.desk.plan(business.shop.acting)
    figures.demand(planned["actions"] == {"create": 2 * customers}, f"the plan is {planned['actions']}")
    with figures.timed("first sync"):
        begun = await sync(business)
    figures.demand(begun == 2 * customers, f"{begun} things are begun")
    before = crm.written()
    with figures.timed("again"):
        begun = await sync(business)
    figures.demand(begun == 0, f"again, {begun} things are begun")
    figures.demand(crm.written() == before, "again, something was written")
    await changed(business, crm, addresses, figures)
    figures.megabytes = (figures.megabytes[0], peak())
    return figures


async def changed(
    business: Business, crm: Sheets | Tryton, addresses: Sequence[str], figures: Figures
) -> None:
    """Change some on either side, and some on both."""
    hundredth, thousandth = max(1, len(addresses) // 100), max(1, len(addresses) // 1_000)
    ours, theirs = set(addresses[:hundredth]), set(addresses[hundredth : 2 * hundredth])
    both = set(addresses[2 * hundredth : 2 * hundredth + thousandth])
    was = crm.names()
    await crm.rename(sorted(theirs | both))
    business.shop.write(partial(rename, business=business, of=sorted(ours | both)))
    with figures.timed("with changes"):
        await sync(business)
    told = {each["external_id"] for each in business.every_conflict() if each["reason"] == "changed"}
    figures.conflicts = len(told)
    figures.demand(told == both, f"conflicts: {sorted(told ^ both)[:5]}")
    wanted = {
        address: f"{name} the Second"
        if address in ours
        else f"{name} GmbH"
        if address in theirs | both
        else name
        for address, name in was.items()
    }
    figures.demand(crm.names() == wanted, "what stands there is not what was to stand there")
    with figures.timed("verify"):
        verified = await business.desk.verify(business.shop.acting)
    differ = {id for kind in verified["items"] for id in kind["differ"]}
    figures.demand(differ == both, f"both sides differ in {sorted(differ ^ both)[:5]}")


def peak() -> float:
    """Return the most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def run(folder: Path, *, customers: int, tryton: bool) -> Figures:
    """Play it with a folder of spreadsheets, or with Tryton."""
    with ExitStack() as stack:
        business = Business(folder)
        crm: Sheets | Tryton = Sheets(business)
        if tryton:
            server = TrytonServer(folder)
            stack.callback(server.stop)
            server.start()
            crm = Tryton(server)
        return asyncio.run(play(business, crm, customers))


def main() -> int:
    """Run the long form and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--tryton", action="store_true", help="a real one in place of spreadsheets")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="freehold-crowd-") as folder:
        figures = run(Path(folder), customers=chosen.customers, tryton=chosen.tryton)
    name = "Tryton" if chosen.tryton else "spreadsheets"
    print(f"{chosen.customers} customers with a wish each into {name}:")
    for step, seconds in figures.seconds.items():
        print(f"  {step:14}{seconds:8.1f} s")
    before, after = figures.megabytes
    print(f"  peak memory {after:.0f} MB, of which {after - before:.0f} for this")
    print(f"  conflicts: {figures.conflicts}")
    for fault in figures.faults:
        print(f"✗ {fault}")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
