"""The federation for developers: look someone up, send a hand-made activity and see what it gets.

What is sent here goes once, past the queue and the journal; it takes an admin, because it can say anything
in the owner's name.
"""

from typing import Final

from node.web.api.operations import ApiCall, Operation
from node.web.edge.authentication import Scope
from node.web.edge.problems import Refusal
from protocol import codes as wire
from protocol.actors import Actor
from protocol.discovery import acct_of
from protocol.iris import check_iri
from protocol.strictjson import Document


async def lookup(call: ApiCall) -> Document:
    """Find an actor by address or account name, as its server has it now."""
    return _view(await call.runtime.directory.lookup(call.body["what"], afresh=True))


async def send(call: ApiCall) -> Document:
    """Post an activity once, signed by the acting actor; with `prove` it gets the actor's proof first."""
    activity = dict(call.body["activity"])
    inbox = check_iri(call.body["inbox"], allow_http=call.runtime.settings.dev)
    if call.body.get("prove", False):
        if "proof" in activity:
            raise Refusal(422, wire.ALREADY_PROVED, "The activity has a proof already.")
        activity = call.acting.sign(activity)
    status, body = await call.runtime.post(sender=call.acting.owner, inbox=inbox, activity=activity)
    return {"status": status, "body": body, "activity": activity}


def _view(actor: Actor) -> Document:
    return {
        "iri": actor.iri,
        "acct": str(acct_of(actor.iri, actor.handle)) if actor.handle else None,
        "kind": actor.kind.value,
        "name": actor.name,
        "handle": actor.handle,
        "summary": actor.summary,
        "inbox": actor.inbox,
        "shared_inbox": actor.shared_inbox,
        "outbox": actor.outbox,
        "followers": actor.followers,
        "speaks_ed25519": actor.speaks_ed25519,
        "keys": [
            {
                "id": key.id,
                "algorithm": key.key.algorithm.value,
                "multibase": key.key.multibase,
                "purposes": sorted(key.purposes),
            }
            for key in actor.keys
        ],
    }


OPERATIONS: Final = (
    Operation(
        name="fed_lookup",
        method="POST",
        path="/fed/lookup",
        handler=lookup,
        scope=Scope.WRITE,  # it makes the node ask others
        summary="Look up an actor by address or account name.",
        body="Lookup",
        answer="FoundActor",
        errors=(404, 410, 422, 502),
        is_final=True,
    ),
    Operation(
        name="fed_send",
        method="POST",
        path="/fed/send",
        handler=send,
        scope=Scope.ADMIN,
        summary="Send an activity once as it is, and see how it is answered.",
        body="RawSend",
        answer="Sent",
        errors=(422, 502),
        is_final=True,
    ),
)
