"""The node itself: who acts here, and how it is set."""

from collections.abc import Mapping
from importlib.machinery import ExtensionFileLoader
from types import MappingProxyType
from typing import Final

from node import __version__
from node.core import reachability
from node.core.drafts import view_time
from node.services.ledger import health
from node.settings import describe, shown
from node.web.api.members import IRI, MOMENT, answered, text, word
from node.web.api.operations import ApiCall, Operation
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol import strictjson
from protocol.discovery import findable
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
        "claimed": runtime.claims.claimed,
        "iri": actor.iri,
        "handle": actor.handle,
        "acct": findable(actor.iri, actor.handle, allow_http=runtime.settings.dev),
        "name": actor.name,
        "kind": actor.kind.value,
        "actors": list(runtime.residents.owners),
        "journal": {
            "edition": standing.edition,
            "place": standing.head.place,
            "hash": standing.head.hash.hex(),
        },
        "deliveries": standing.deliveries,
        "turned_away": runtime.floods.show(),
    }


def running_core() -> str:
    """Say how `protocol` and `node.core` run, all of them: "compiled" or "pure Python"."""
    return "compiled" if isinstance(strictjson.__loader__, ExtensionFileLoader) else "pure Python"


async def check(call: ApiCall) -> Document:
    """Ask for this node at its public address, as others do, and say what was seen."""
    seen = await call.runtime.own_address.look()
    return {
        "address": call.runtime.settings.origin,
        "seen": seen.sighting.value,
        "says": reachability.sentence(seen.sighting),
        "detail": seen.detail,
        "advice": reachability.advice(seen.sighting),
        "limits": reachability.LIMITS,
        "at": view_time(seen.at),
    }


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


COMPONENTS: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "Reachability": answered(
            "What was seen at this node's public address, asked from its own machine.",
            {
                "address": IRI,
                "seen": word("What was seen.", *reachability.Sighting),
                "says": text("The same as a sentence."),
                "detail": text(
                    "What came back instead, as an HTTP status; or what is amiss though this node answered."
                ),
                "advice": text("What to do about it; empty if nothing is to be done."),
                "limits": text("What such a look cannot tell."),
                "at": MOMENT,
            },
        )
    }
)
OPERATIONS: Final = (
    Operation(
        name="node_show",
        method="GET",
        path="/node",
        handler=show,
        summary="Show the node and the acting actor.",
        answer="Node",
    ),
    Operation(
        name="node_check",
        method="POST",
        path="/node/check",
        handler=check,
        scope=Scope.WRITE,
        summary="Ask for this node at its public address, as others do, and say what was seen.",
        answer="Reachability",
        is_final=True,
    ),
    Operation(
        name="node_config",
        method="GET",
        path="/config",
        handler=config,
        scope=Scope.ADMIN,
        summary="Show every setting and where its value came from.",
        answer="SettingPage",
    ),
)
