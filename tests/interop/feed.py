"""Feed activities to a real node, and tell for each whether it was understood, and if not, why not."""

import argparse
import asyncio
import html
import itertools
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from node.storage.messages import MessageRow, list_messages
from node.storage.sqlite.database import SqliteStore
from protocol.errors import ProtocolError
from protocol.jsonld import one, read
from protocol.strictjson import Document, parse
from tests.interop import inputs
from tests.interop.literal import invented
from tests.web.house import Answer, House, Peer, open_house, open_peer

MESSAGE = "message"  # the outcome of an activity that was understood as something said in a negotiation


@dataclass
class Table:
    """A node, a peer that talks to it, and the negotiation they talk in."""

    house: House
    peer: Peer
    negotiation: str
    offer: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _seen: int = 0

    def note(self, members: Document, *, said: bool = True) -> Document:
        """Return an input as an activity of the peer: something said in the negotiation, or just a post."""
        number = next(self._numbers)
        spoken = inputs.is_by(members, self.peer.iri)
        return inputs.create(
            {"context": self.negotiation, **spoken} if said else spoken,
            iri=f"{self.peer.origin}/posts/{number}",
            sender=self.peer.iri,
            recipient=self.house.iri,
        )

    async def outcome(self, activity: Document) -> str:
        """Deliver an activity; return `message`, or the code it was refused with.

        Whatever becomes of it, the node has to answer with a receipt or a problem document in words of its
        own, keep what the activity says and nothing else, and keep nothing of what it refuses.
        """
        answer = await self.peer.post(self.house, activity)
        kept = self._kept()
        if answer.status in (200, 202):
            assert len(kept) == 1, "taken, and yet not kept once"
            (message,) = kept
            assert not message.own
            assert invented([message.iri], activity) == []
            note = one(activity["object"])
            words = [note["content"]] if "content" in note else [*note["contentMap"].values()]
            assert any(_is_said(message.content, each) for each in words)
            return MESSAGE
        assert kept == []
        return _reason(answer)

    def _kept(self) -> list[MessageRow]:
        """Return the messages that were added since this was asked last."""
        store, seen = self.house.runtime.store, self._seen
        assert isinstance(store, SqliteStore)
        added = store.read_now(lambda db: list_messages(db, self.offer, after=seen, limit=100)).items
        self._seen = max([seen, *(message.entry for message in added)])
        return list(added)


def _is_said(text: str, hypertext: Any) -> bool:
    """Tell whether the letters of a text stand in a hypertext in this order."""
    letters = iter(html.unescape(one(hypertext)))
    return all(letter in letters for letter in "".join(text.split()))


def _reason(answer: Answer) -> str:
    """Return the code of a refusal, which comes with a sentence of ours that repeats nothing of the input."""
    assert 400 <= answer.status < 500, answer.body
    problem: dict[str, Any] = answer.json
    assert problem["detail"].endswith(".")
    assert problem["status"] == answer.status
    return str(problem["code"])


def read_purely(activity: Document) -> str:
    """Read the bytes of an activity without a node; return `read` or the code it is refused with."""
    try:
        plain = read(parse(orjson.dumps(activity)))
    except ProtocolError as refusal:
        return refusal.code
    assert invented(plain, activity) == []
    return "read"


@asynccontextmanager
async def open_table(folder: Path) -> AsyncIterator[Table]:
    """Run a node and a peer that has made it an offer, so that there is something to talk about."""
    async with open_house(folder / "n", requests_burst=1_000_000) as house, open_peer() as peer:
        view = await house.cast(peer.iri)
        intention = (await peer.fetch(house, view["iri"])).json
        offer = peer.offer(intention, house.iri)
        assert (await peer.post(house, offer)).status == 202
        (listed,) = (await house.owner("GET", "/offers")).json["items"]
        yield Table(house, peer, offer["context"], listed["id"])


async def _feed(activities: list[Document]) -> Counter[str]:
    """Feed activities that somebody else wrote, each as if the peer had."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        async with open_table(Path(folder)) as table:
            for activity in activities:
                outcomes[await _as_ours(table, activity)] += 1
    return outcomes


async def _as_ours(table: Table, activity: Document) -> str:
    sender, recipient = activity.get("actor"), table.house.iri
    text = orjson.dumps(activity)
    if isinstance(sender, str):
        text = text.replace(sender.encode(), table.peer.iri.encode())
        origin = "/".join(sender.split("/")[:3])
        text = text.replace(origin.encode(), table.peer.origin.encode())
    text = text.replace(b"https://node.example/actors/ada", recipient.encode())
    return await table.outcome(orjson.loads(text))


def main() -> None:
    """Feed a file of activities and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "file", type=Path, help="a JSON array of activities, addressed to node.example/actors/ada"
    )
    outcomes = asyncio.run(_feed(orjson.loads(parser.parse_args().file.read_bytes())))
    for outcome, count in outcomes.most_common():
        print(f"{count:5}  {outcome}")


if __name__ == "__main__":
    main()
