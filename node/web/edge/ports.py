"""Ports: what handlers may ask of the network and of a CRM, whoever answers it.

`node.app` puts who answers into the `Runtime`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from node.core.hook_reach import HookReach
from node.core.reachability import Sighted
from node.services.acting import Acting, LocalActor
from node.services.store import Session
from protocol.actors import Actor
from protocol.flow import Flow
from protocol.strictjson import Document

T = TypeVar("T")


class ActorLookup(Protocol):
    """What handlers may ask of the world outside. Answered by `node.delivery`."""

    async def run(self, flow: Flow[T], *, by: str = "") -> T:
        """Run a conversation, finding the actors it asks for; `by` is the network of who began it."""
        ...

    async def actor(self, iri: str, *, refresh: bool = False, by: str = "") -> Actor:
        """Return the actor at an address as it is known, or asked for; `refresh` asks anew."""
        ...

    async def lookup(self, what: str, *, afresh: bool = False) -> Actor:
        """Return the actor that an address or an account name leads to, asked anew; `afresh` at any rate."""
        ...

    async def changed(self, iri: str, *, since: datetime, by: str = "") -> Actor:
        """Return an actor as its own server had it at `since` or later, because it says that it changed."""
        ...

    def hint(self, iri: str) -> Actor | None:
        """Return the actor as memory has it, without asking anyone."""
        ...


class SelfLook(Protocol):
    """Whether the node's own public address leads to it. Answered by `node.delivery`."""

    last: Sighted | None
    """What was seen last, and when."""

    def answer_to(self, question: str) -> str | None:
        """Return the answer to a question that this node asks itself just now."""
        ...

    def begin(self) -> None:
        """Begin to look, unless that has begun."""
        ...

    async def look(self) -> Sighted:
        """Look what answers there."""
        ...

    async def look_within(self, patience_seconds: float) -> Sighted | None:
        """Look what answers there; None if that takes longer than the patience."""
        ...


class Postman(Protocol):
    """How an activity is sent once, outside of any queue. Answered by `node.delivery`."""

    async def __call__(self, *, sender: LocalActor, inbox: str, activity: Document) -> tuple[int, str]:
        """Post `activity`, signed by `sender`; return the status and how the answer's body begins."""
        ...


class Fetcher(Protocol):
    """How a document is asked for once, by an actor of ours. Answered by `node.delivery`."""

    async def __call__(self, *, sender: LocalActor, iri: str) -> Document:
        """Fetch the document at `iri`, signed by `sender`, as it is there.

        Raises: as `node.delivery.client.Client.fetch`.
        """
        ...


class CopyAsker(Protocol):
    """How somebody else's intention is asked for at its address. Answered by `node.delivery`."""

    async def ask(self, acting: Acting, id: str) -> None:
        """Ask for our own copy of an intention (its id) if there may be one, and take what comes.

        Raises:
            NotFound, Conflict: there is no such intention here. ProtocolError: no answer that can be believed
                came.
        """
        ...


class NoticeTester(Protocol):
    """How an address of notices is tried. Answered by `node.delivery`."""

    async def test(self, acting: Acting, id: str) -> Mapping[str, Any]:
        """Send a test to a channel (its id), and show the channel as it is afterwards.

        Raises:
            NotFound: `unknown-id`. Conflict: `tried-just-now`.
        """
        ...


class CrmDesk(Protocol):
    """What its owner may ask of the CRM. Answered by `node.crm`."""

    def adapters(self) -> Sequence[Mapping[str, Any]]:
        """Show the kinds of CRM that there are, and what each needs to be told."""
        ...

    async def show(self, acting: Acting) -> Mapping[str, Any]:
        """Show the CRM, what stands there, and what waits and why; never its key.

        Raises:
            NotFound: `crm-missing`.
        """
        ...

    async def count(self, acting: Acting) -> Mapping[str, Any]:
        """Show the CRM, and how much stands there and waits: as `show`, without naming what waits.

        Raises:
            NotFound: `crm-missing`.
        """
        ...

    async def connect(
        self, acting: Acting, document: Document, *, check: Callable[[Session], None]
    ) -> Mapping[str, Any]:
        """Connect a CRM that answers; `check` raises in the write for who may do so no longer.

        Raises:
            Unprocessable: `crm-adapter`, `crm-address`, `crm-mapping`.
            Conflict: `crm-connected`, `crm-unreachable`, `crm-busy`.
        """
        ...

    async def plan(self, acting: Acting) -> Mapping[str, Any]:
        """Show what a sync would write.

        Raises:
            NotFound: `crm-missing`. Conflict: `crm-unreachable`, `crm-busy`.
        """
        ...

    async def sync(
        self, acting: Acting, *, limit: int | None, check: Callable[[Session], None]
    ) -> Mapping[str, Any]:
        """Have everything brought there, or only so much of it at once; `check` as to connect.

        Raises: as `plan`.
        """
        ...

    async def verify(self, acting: Acting) -> Mapping[str, Any]:
        """Compare both sides.

        Raises: as `plan`.
        """
        ...


class HookTester(Protocol):
    """Where webhooks may lead, and how one is tried. Answered by `node.delivery`."""

    @property
    def reach(self) -> HookReach:
        """Where webhooks may lead."""
        ...

    async def test(self, acting: Acting, id: str) -> Mapping[str, Any]:
        """Send a test to a webhook (its id), and show what came of it.

        Raises:
            NotFound: `unknown-id`. Conflict: `tried-just-now`.
        """
        ...
