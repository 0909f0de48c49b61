"""The node itself: who acts here, and how it is set."""

from typing import Final

from node.settings import describe, shown
from node.storage import deliveries, journal
from node.storage.editions import current_edition
from node.storage.session import Session
from node.web.api.authentication import Scope
from node.web.api.operations import Call, Operation
from node.web.federation.discovery import software_version
from protocol.discovery import acct_of
from protocol.strictjson import Document


async def show(call: Call) -> Document:
    """Show the node and the acting actor."""
    runtime, actor = call.runtime, call.acting.owner.actor

    def look(session: Session) -> tuple[str, journal.Head, dict[str, int]]:
        counts = deliveries.count_deliveries(session, actor.iri)
        return current_edition(session), journal.head(session, actor.iri), counts

    edition, head, counts = await call.read(look)
    return {
        "version": software_version(),
        "origin": runtime.settings.origin,
        "dev": runtime.settings.dev,
        "iri": actor.iri,
        "handle": actor.handle,
        "acct": str(acct_of(actor.iri, actor.handle)),
        "name": actor.name,
        "kind": actor.kind.value,
        "actors": list(runtime.residents.owners),
        "journal": {"edition": edition, "place": head.place, "hash": head.hash.hex()},
        "deliveries": counts,
    }


async def config(call: Call) -> Document:
    """Show every setting and where its value came from."""
    settings = call.runtime.settings
    items = [
        {
            "key": item.key,
            "value": shown(getattr(settings, item.key)),
            "source": str(settings.origins.get(item.key, "default")),
            "meaning": item.meaning,
            "unit": item.unit,
            "default": item.default,
        }
        for item in describe()
    ]
    return {"items": items, "next": None}


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/node",
        handler=show,
        summary="Show the node and the acting actor.",
        answer="Node",
    ),
    Operation(
        method="GET",
        path="/config",
        handler=config,
        scope=Scope.ADMIN,
        summary="Show every setting and where its value came from.",
        answer="SettingPage",
    ),
)
