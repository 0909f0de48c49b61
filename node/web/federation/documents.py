"""The node's documents at their addresses: its actors, and what they have said, for those it was said to.

Rules here: actors are public; everything else is shown to those it is addressed to, who show who they are by
signing the request, and for everyone else it does not exist: one 404 for all, nothing to be asked
conditionally or in part. Answers are ActivityStreams, whatever was asked for.

Sources: ActivityPub §3.2, §5, §6; FEP-d556 (server actor).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeAlias

import orjson
from aiohttp import web

from node.core.entries import Direction
from node.services.acting import LocalActor
from node.services.intentions.audiences import follows_us, is_invited
from node.services.people.actors import document
from node.storage import agreements, intentions, journal, offers, peers
from node.storage.agreements import AgreementRow
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.offers import OfferRow
from node.storage.session import Session
from node.web.edge.problems import not_found, unauthenticated
from node.web.federation.senders import read_reader
from node.web.runtime import RUNTIME, Runtime
from protocol import strictjson
from protocol.audience import may_read, without_hidden
from protocol.errors import Unauthenticated
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.vocabulary import ACTIVITY_CONTEXT, ACTIVITY_JSON, ACTIVITYSTREAMS_CONTEXT


@dataclass(frozen=True, slots=True)
class Asked:
    """Someone asks for a document: its address, who asks (None: anyone), and the actors of this node."""

    iri: str
    reader: str | None
    actors: Sequence[str]


Find: TypeAlias = Callable[[Session, Asked], Document | None]

LATEST: Final = 50  # activities in the outbox
_LOOK_BACK: Final = 1_000  # journal entries in which they are looked for: a few milliseconds

_PUBLIC: Final = {"Cache-Control": "public, max-age=300"}
_PRIVATE: Final = {"Cache-Control": "private, no-store", "Vary": "Signature, Signature-Input, Authorization"}
_OUTBOX_KIND: Final = "intention.told"


# --- actors ------------------------------------------------------------------------------------------


async def actor(request: web.Request) -> web.Response:
    """Show an actor; the one that speaks for the node has to be readable unsigned (FEP-d556)."""
    return _shown(document(_owner(request)), _PUBLIC)


async def followers(request: web.Request) -> web.Response:
    """Show that the collection exists, which is all it takes to be addressed. Who is in it is private."""
    owner = _owner(request)
    return _shown(_collection(f"{owner.iri}/followers", owner.iri), _PUBLIC)


async def outbox(request: web.Request) -> web.Response:
    """Show what the actor said lately that this reader may read, newest first."""
    runtime, owner = request.app[RUNTIME], _owner(request)
    try:
        reader = await read_reader(runtime, request)
    except Unauthenticated:
        return unauthenticated()
    said = await runtime.store.read(lambda session: _said(session, owner.iri, reader))
    return _shown({**_collection(f"{owner.iri}/outbox", owner.iri), "orderedItems": said}, _PRIVATE)


def _owner(request: web.Request) -> LocalActor:
    """Return the actor in the path; the server's own address has no handle in it."""
    runtime, handle = request.app[RUNTIME], request.match_info.get("handle")
    if handle is None:
        return runtime.server
    if handle not in runtime.residents.owners:
        raise not_found()
    return runtime.residents.owners[handle]


def _collection(iri: str, owner: str) -> Document:
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": iri,
        "type": "OrderedCollection",
        "attributedTo": owner,
    }


def _said(session: Session, actor: str, reader: str | None) -> list[Document]:
    since = max(0, journal.head(session, actor).place - _LOOK_BACK)
    recorded = journal.entries_of(session, actor, after=since, kinds=[_OUTBOX_KIND])
    activities = [strictjson.parse(item.entry.body) for item in recorded if item.entry.body]
    readable = [activity for activity in activities if _is_for(session, actor, activity, reader)]
    return [without_hidden(activity) for activity in readable[: -LATEST - 1 : -1]]


# --- what they said ----------------------------------------------------------------------------------


def show(find: Find) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler that shows the documents `find` finds."""

    async def handle(request: web.Request) -> web.Response:
        runtime: Runtime = request.app[RUNTIME]
        try:
            reader = await read_reader(runtime, request)
        except Unauthenticated:
            return unauthenticated()
        actors = [owner.iri for owner in runtime.residents.owners.values()]
        asked = Asked(runtime.settings.origin + request.path, reader, actors)
        found = await runtime.store.read(lambda session: find(session, asked))
        if found is None:
            raise not_found()
        # ActivityPub §6.4: a Tombstone stands where something was, and its status says so.
        status = HTTPStatus.GONE if found.get("type") == "Tombstone" else HTTPStatus.OK
        return _shown(without_hidden(found), _PRIVATE, status=status)

    return handle


def find_intention(session: Session, asked: Asked) -> Document | None:
    """Find an intention of ours for someone who was told of it."""
    row = intentions.load_own_intention(session, asked.iri)
    if row is None:
        return None
    proposal = {"@context": ACTIVITY_CONTEXT, **row.document}
    if asked.reader is None:
        may = may_read(proposal, None, followers=())
    else:
        may = is_invited(session, row.actor, row, asked.reader)
    if not may:
        return None
    if row.state is IntentionState.WITHDRAWN:
        return _tombstone(row)
    if asked.reader is None or _is_for(session, row.actor, proposal, asked.reader):
        return proposal
    # Whoever was asked by name has a copy that is addressed to them alone.
    return {**proposal, "to": [asked.reader]}


def _tombstone(row: IntentionRow) -> Document:
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": row.iri,
        "type": "Tombstone",
        "formerType": "Proposal",
        "deleted": render_time(row.updated_at),
    }


def find_activity(session: Session, asked: Asked) -> Document | None:
    """Find an activity of ours, with its proof, for someone it is addressed to."""
    recorded = journal.load_entry_about(session, asked.iri, direction=Direction.OUT)
    if recorded is None or not recorded.entry.body:
        return None
    activity = strictjson.parse(recorded.entry.body)
    return activity if _is_for(session, recorded.entry.actor, activity, asked.reader) else None


def find_negotiation(session: Session, asked: Asked) -> Document | None:
    """Find the moves of a negotiation, by their addresses, for the other end of it."""
    rows = [offers.load_offer_by_negotiation(session, actor, asked.iri) for actor in asked.actors]
    for row in rows:
        if row is not None and _is_peer(session, row, asked.reader):
            moves = [move.iri for move in offers.list_moves(session, row.id)]
            return {**_collection(asked.iri, row.actor), "totalItems": len(moves), "orderedItems": moves}
    return None


def find_agreement(session: Session, asked: Asked) -> Document | None:
    """Find an agreement for the other party to it."""
    for row in agreements.load_agreements_at(session, asked.iri):
        if _is_peer(session, row, asked.reader):
            return {"@context": ACTIVITY_CONTEXT, **row.document}
    return None


def _is_peer(session: Session, row: AgreementRow | OfferRow, reader: str | None) -> bool:
    return reader == row.peer and not peers.is_blocked(session, row.actor, row.peer)


def _is_for(session: Session, actor: str, activity: Document, reader: str | None) -> bool:
    if reader is None:
        return may_read(activity, None, followers=())
    if peers.is_blocked(session, actor, reader):
        return False
    return may_read(activity, reader, followers=[reader] if follows_us(session, actor, reader) else [])


def _shown(document: Document, headers: dict[str, str], *, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(document), headers={**headers, "Content-Type": ACTIVITY_JSON}
    )


ROUTES: Final = (
    web.get("/actor", actor),
    web.get("/actor/followers", followers),
    web.get("/actor/outbox", outbox),
    web.get("/actors/{handle}", actor),
    web.get("/actors/{handle}/followers", followers),
    web.get("/actors/{handle}/outbox", outbox),
    web.get("/activities/{id}", show(find_activity)),
    web.get("/agreements/{id}", show(find_agreement)),
    web.get("/intentions/{id}", show(find_intention)),
    web.get("/negotiations/{id}", show(find_negotiation)),
)
