"""Two real nodes with a network between them, and whether both ends tell the same story in the end."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.folder import DATABASE_NAME
from node.sandbox.nodes import Node
from protocol.documents import Document
from tests.faults.link import Network

# The end of an intention that has ended already is acknowledged without an entry; all else leaves one.
_DELIVERED = (
    "SELECT activity FROM deliveries JOIN journal USING (actor, entry) "
    "WHERE state = 'delivered' AND recipient = (SELECT id FROM peers WHERE address = ?) "
    "AND kind <> 'intention.told'"
)

# One address sends everything here; how much of that a node takes is another test's question.
ROOMY: Mapping[str, str] = {
    "LOG_LEVEL": "warning",
    "MAX_OPEN_PER_PEER": "10000",
    "KEPT_PER_STRANGER_BYTES": "1000000000",
    "KEPT_PER_PEER_BYTES": "1000000000",
    "KEPT_PER_ORIGIN_BYTES": "1000000000",
    "REQUESTS_PER_SECOND": "10000",
    "REQUESTS_BURST": "10000",
    "CONNECTIONS_PER_ADDRESS": "1000",
}


@dataclass(slots=True)
class Remote(Node):
    """A node that others reach at another port than it listens on."""

    public_port: int = 0

    @property
    def origin(self) -> str:
        """The node's public address."""
        return f"http://127.0.0.1:{self.public_port}"


def remote(
    folder: Path, handle: str, kind: str, network: Network, *, settings: Mapping[str, str] | None = None
) -> Remote:
    """Return a node that is reached through the network."""
    node = Remote(folder / handle, handle, handle.title(), kind)
    node.public_port = network.lead_to(node.port)
    node.settings = {**ROOMY, "ORIGIN": node.origin, **(settings or {})}
    return node


@contextmanager
def running(*nodes: Node) -> Iterator[None]:
    """Run nodes until the end of the block."""
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait_until_ready()
        yield
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            node.wait()


def everything(node: Node, path: str, **query: Any) -> list[Document]:
    """Return all items of a list."""
    return list(node.api.pages(path, **query))


def is_quiet(*nodes: Node) -> bool:
    """Say whether nothing is on its way any more.

    They are asked one after the other, and something may be on its way behind whoever asks: then the journal
    of one of them has grown meanwhile.
    """
    before = [node.api.get("/node")["journal"] for node in nodes]
    if any(node.api.get("/deliveries", state="queued", limit=1)["items"] for node in nodes):
        return False
    return before == [node.api.get("/node")["journal"] for node in nodes]


def histories(node: Node) -> dict[str, Document]:
    """Return every negotiation of a node by its address: state, chain of digests, and the end's own id."""
    return {
        offer["negotiation"]: node.api.get(f"/offers/{offer['id']}/history")
        for offer in everything(node, "/offers")
    }


def compare(ours: Mapping[str, Document], theirs: Mapping[str, Document]) -> list[str]:
    """Name the negotiations about which two nodes' histories disagree."""
    faults = [f"{iri}: known to one end only" for iri in ours.keys() ^ theirs.keys()]
    for iri in ours.keys() & theirs.keys():
        here, there = ours[iri], theirs[iri]
        if here["state"] != there["state"]:
            faults.append(f"{iri}: {here['state']} here, {there['state']} there")
        elif here["chain"] != there["chain"]:
            faults.append(f"{iri}: {here['state']} at both ends, by other moves")
    return faults


def compare_agreements(one: Node, other: Node) -> list[str]:
    """Name the agreements that are not the same at both ends, and the offers that have led to two."""
    living = [
        [item for item in everything(node, "/agreements") if item["state"] != "void"] for node in (one, other)
    ]
    faults = [
        f"{count} agreements of one offer: {offer}"
        for items in living
        for offer, count in Counter(item["offer"] for item in items).items()
        if count > 1
    ]
    ours, theirs = ({item["iri"]: (item["digest"], item["state"]) for item in items} for items in living)
    return faults + [f"{iri}: another agreement here than there" for iri, _ in ours.items() ^ theirs.items()]


def check_journal(node: Node) -> list[str]:
    """Check that a journal holds and leads to what is there."""
    faults = []
    if not node.api.request("POST", "/journal/verify")["ok"]:
        faults.append(f"{node.handle}: the journal does not hold")
    if not node.api.request("POST", "/journal/rebuild")["unchanged"]:
        faults.append(f"{node.handle}: the journal does not lead to what is there")
    return faults


def check_activities(sender: Node, receiver: Node) -> list[str]:
    """Check in the files of two stopped nodes that what was delivered arrived, and took effect once."""
    sent = _column(sender, _DELIVERED, receiver.actor)
    taken = Counter(_column(receiver, "SELECT subject FROM journal WHERE direction = 'in'"))
    faults = [f"{receiver.handle} took {iri} {count} times" for iri, count in taken.items() if count != 1]
    faults += [f"{receiver.handle} acknowledged {iri} and does not have it" for iri in set(sent) - set(taken)]
    unsettled = _column(sender, "SELECT activity FROM deliveries WHERE state = 'queued'")
    return faults + [f"{sender.handle} never settled {iri}" for iri in unsettled]


def verdict(faults: Sequence[str]) -> int:
    """Print what was wrong, the first of it in full; return the exit code."""
    for fault in faults[:20]:
        print(f"  FAULT {fault}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


def _column(node: Node, statement: str, *arguments: str) -> Sequence[str]:
    uri = f"file:{node.folder / DATABASE_NAME}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as db:
        return [value for (value,) in db.execute(statement, arguments)]
