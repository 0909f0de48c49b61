"""The node itself: who acts here, and how it is set."""

from importlib.machinery import ExtensionFileLoader
from typing import Final

from node import __version__
from node.services.ledger import health
from node.settings import describe, shown
from node.web.api.operations import ApiCall, Operation
from node.web.edge.authentication import Scope
from protocol import strictjson
from protocol.discovery import acct_of
from protocol.strictjson import Document


async def show(call: ApiCall) -> Document:
    """Show the node and the acting actor."""
    runtime, actor = call.runtime, call.acting.owner.actor
    standing = await call.read(lambda session: health.look(session, actor.iri))
    return {
        "version": __version__,
        "core": running_core(),
        "origin": runtime.settings.origin,
        "dev": runtime.settings.dev,
        "iri": actor.iri,
        "handle": actor.handle,
        "acct": str(acct_of(actor.iri, actor.handle)),
        "name": actor.name,
        "kind": actor.kind.value,
        "actors": list(runtime.residents.owners),
        "journal": {
            "edition": standing.edition,
            "place": standing.head.place,
            "hash": standing.head.hash.hex(),
        },
        "deliveries": standing.deliveries,
    }


def running_core() -> str:
    """Say how `protocol` and `node.core` run, all of them: "compiled" or "pure Python"."""
    return "compiled" if isinstance(strictjson.__loader__, ExtensionFileLoader) else "pure Python"


async def config(call: ApiCall) -> Document:
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
