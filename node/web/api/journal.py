"""The journal: read it, verify its chain, rebuild the present from it."""

from typing import Final

from node.services.ledger import journals
from node.web.api.authentication import Scope
from node.web.api.operations import Answer, Call, Operation, whole
from protocol.strictjson import Document

_FARTHEST: Final = 2**53 - 1  # as far as every reader of JSON counts exactly


async def list_(call: Call) -> Document:
    """List entries in order."""
    after = call.query.pop("cursor", 0)
    return await call.read(lambda session: journals.list(session, after=after, **call.query))


async def verify(call: Call) -> Document:
    """Recompute the whole chain."""
    return await call.read(journals.verify)


async def rebuild(call: Call) -> Document | Answer:
    """Empty the tables of current state and replay the journal. Nothing else is written meanwhile."""
    return await call.write(lambda session: journals.rebuild(session, call.runtime.ledger))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/journal",
        handler=list_,
        summary="List the entries of the journal in order.",
        query=(
            whole("cursor", "Where to go on: `next` of the page before.", least=0, most=_FARTHEST),
            whole("limit", "Most items on one page.", least=1, most=100),
        ),
        answer="JournalEntryPage",
    ),
    Operation(
        method="POST",
        path="/journal/verify",
        handler=verify,
        summary="Recompute the chain of the journal and say how far it holds.",
        answer="JournalReport",
    ),
    Operation(
        method="POST",
        path="/journal/rebuild",
        handler=rebuild,
        scope=Scope.ADMIN,
        summary="Rebuild the present state from the journal.",
        answer="Rebuilt",
        errors=(409,),
    ),
)
