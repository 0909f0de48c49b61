"""The journal: read it, verify its chains, rebuild the present from it."""

import re
from typing import Final

from node.core import codes
from node.services import erasure
from node.services.ledger import journals
from node.services.ledger.journals import Head
from node.services.ledger.positions import LONGEST, read_position
from node.services.store import Session
from node.web.api.operations import ApiCall, Operation, RawResponse, Writes
from node.web.api.parameters import Parameter, text, whole
from node.web.edge.authentication import Scope
from node.web.edge.problems import Refusal
from protocol.strictjson import Document

_FARTHEST: Final = 2**53 - 1  # as far as every reader of JSON counts exactly
_LINK: Final = re.compile("[0-9a-f]{64}")
_ONCE: Final = 1_000_000  # entries that one call may look at: some 20 seconds of a reader


async def list_(call: ApiCall) -> Document:
    """List the acting actor's entries in order."""
    cursor, after = call.query.get("cursor"), call.query.get("after", 0)
    limit, actor = call.query.get("limit", 50), call.acting.iri

    def look(session: Session) -> Document:
        place = after if cursor is None else read_position(session, actor, cursor, name="cursor").place
        return journals.list(session, actor, after=place, limit=limit)

    return await call.read(look)


async def verify(call: ApiCall) -> Document:
    """Recompute the chains of all actors, or go on in the acting actor's from a link verified before."""
    place, link = call.query.get("after"), call.query.get("hash")
    if (place is None) != (link is None):
        raise Refusal(
            400, codes.INVALID_PARAMETER, "A verification goes on from a place and its hash together."
        )
    after = None if link is None else {call.acting.iri: Head(int(place or 0), link)}
    limit = call.query.get("limit")
    return await call.read(lambda session: journals.verify(session, after=after, limit=limit))


def _link(name: str, description: str) -> Parameter:
    def read(text: str) -> bytes:
        if not _LINK.fullmatch(text):
            raise ValueError("must be 64 hexadecimal digits")
        return bytes.fromhex(text)

    schema = {"type": "string", "pattern": f"^{_LINK.pattern}$"}
    return Parameter(name=name, description=description, read=read, schema=schema)


async def rebuild(call: ApiCall) -> Document | RawResponse:
    """Empty the tables of current state and replay the journal. Nothing else is written meanwhile."""
    return await call.write_alone(lambda session: journals.rebuild(session, call.runtime.ledger))


async def show_purge(call: ApiCall) -> Document:
    """Say what a purge of an entry would erase."""
    place = call.query.get("place", 0)
    return await call.read(lambda session: erasure.show(session, call.acting, place))


OPERATIONS: Final = (
    Operation(
        name="journal_list",
        method="GET",
        path="/journal",
        handler=list_,
        summary="List the entries of the actor's journal in order.",
        query=(
            text("cursor", "Where to go on: `next` of the page before.", limit=LONGEST),
            whole("after", "Place after which to begin, without a cursor.", least=0, most=_FARTHEST),
            whole("limit", "Most items on one page.", least=1, most=100),
        ),
        answer="JournalEntryPage",
    ),
    Operation(
        name="journal_verify",
        method="POST",
        path="/journal/verify",
        handler=verify,
        summary="Recompute the chains of the journal and say how far they hold.",
        query=(
            whole("after", "Place verified before, to go on from there.", least=0, most=_FARTHEST),
            _link("hash", "The link of the chain at that place, hexadecimal."),
            whole("limit", "Most entries to look at.", least=1, most=_ONCE),
        ),
        answer="JournalReport",
    ),
    Operation(
        name="journal_rebuild",
        method="POST",
        path="/journal/rebuild",
        handler=rebuild,
        scope=Scope.ADMIN,
        summary="Rebuild the present state from the journal.",
        answer="Rebuilt",
        errors=(409,),
    ),
    Operation(
        name="journal_show_purge",
        method="GET",
        path="/journal/purge",
        handler=show_purge,
        scope=Scope.ADMIN,
        summary="Say what a purge of an entry would erase; it erases nothing.",
        query=(whole("place", "The entry's place in the actor's journal.", least=1, most=_FARTHEST),),
        answer="Purgeable",
        errors=(404, 409),
    ),
    Operation(
        name="journal_purge",
        method="POST",
        path="/journal/purge",
        handler=Writes(erasure.erase),
        scope=Scope.ADMIN,
        summary="Erase for ever what an entry came with; the chain holds without it.",
        body="Purge",
        answer="Purged",
        errors=(404, 409),
    ),
)
