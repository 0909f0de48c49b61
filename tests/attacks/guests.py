"""How a world leaves a node that is somebody else's: nothing that it opened stays open.

What was taken cannot be undone, because a node forgets nothing. It can be over: offers rejected or withdrawn,
intentions withdrawn, nothing queued for servers that will be gone, nobody blocked, no token in use.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import quote

from protocol.strictjson import Document
from tests.attacks.parties import Party
from tests.attacks.wire import Answer

# What is open, as the owner's API lists it, and how the owner ends it.
_OPEN: Final = {
    "offers?state=offered&role=offeree": "reject",
    "offers?state=offered&role=offerer": "withdraw",
    "intentions?own=true&state=open": "withdraw",
}


class Host(Protocol):
    """The node that is visited, through its owner and its inbox."""

    ada: str

    def owner(self, method: str, path: str, body: object = None) -> Answer:
        """Ask the owner's API."""
        ...

    def deliver(self, sender: Party, document: Document) -> Answer:
        """Post an activity."""
        ...

    def settle(self) -> None:
        """Wait until everything queued was tried."""
        ...


@dataclass
class Visit:
    """What was there before, and what was told meanwhile."""

    host: Host
    told: list[tuple[Party, str]] = field(default_factory=list)
    """Intentions of others that the node was told of."""

    def __post_init__(self) -> None:
        self._open = {kind: self._ids(kind) for kind in _OPEN}
        self._blocked = self._blocked_now()
        self._tokens = self._ids("tokens")

    def note(self, sender: Party, document: Document) -> None:
        """Remember an activity that may leave something open."""
        about = document.get("object")
        if document.get("type") == "Create" and isinstance(about, dict) and about.get("type") == "Proposal":
            self.told.append((sender, str(about.get("id"))))

    def end(self) -> None:
        """Leave."""
        for sender, iri in self.told:
            tomb = {"id": iri, "type": "Tombstone", "formerType": "Proposal"}
            self.host.deliver(sender, sender.activity("Delete", tomb, self.host.ada))
        self._let_in()
        for kind, end in _OPEN.items():
            for id in self._ids(kind) - self._open[kind]:
                self.host.owner("POST", f"/{kind.partition('?')[0]}/{id}/{end}")
        for id in self._ids("tokens") - self._tokens:
            self.host.owner("DELETE", f"/tokens/{id}")
        self.host.settle()
        # What could not be delivered would be tried for days; for a blocked peer nothing is tried.
        for peer in {str(item["recipient"]) for item in self._listed("deliveries?state=queued")}:
            self.host.owner("POST", "/peers/block", {"peer": peer})
        self._let_in()

    def _let_in(self) -> None:
        for peer in self._blocked_now() - self._blocked:
            self.host.owner("POST", "/peers/unblock", {"peer": peer})

    def _blocked_now(self) -> set[str]:
        return {str(peer["iri"]) for peer in self._listed("peers") if peer["blocked"]}

    def _ids(self, kind: str) -> set[str]:
        return {str(item["id"]) for item in self._listed(kind)}

    def _listed(self, kind: str) -> Iterator[Any]:
        cursor = ""
        while True:
            mark = "&" if "?" in kind else "?"
            page = self.host.owner("GET", f"/{kind}{mark}limit=100{cursor}").json
            yield from page["items"]
            if not page["next"]:
                return
            cursor = f"&cursor={quote(page['next'])}"
