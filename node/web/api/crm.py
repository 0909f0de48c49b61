"""The CRM in which a business works: which it is, what stands there, what waits, what is to be decided."""

from collections.abc import Mapping
from typing import Any, Final

from node.core.crm_merging import FieldFate
from node.core.records import RecordKind
from node.services.crm import connecting
from node.services.crm.connecting import CrmStanding
from node.web.api.members import (
    ADDRESS,
    ID,
    MOMENT,
    MOMENT_OR_NULL,
    OBJECT,
    answered,
    items,
    or_null,
    ref,
    sent,
    text,
    whole,
    word,
    yes,
)
from node.web.api.operations import ApiCall, Operation, Writes
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol.strictjson import Document

_LONGEST_MAPPING: Final = 65_536
_LONGEST_SECRET: Final = 4_000
_MOST_AT_ONCE: Final = 100  # written while the request waits
KIND: Final = word("What kind of record.", *(kind.value for kind in RecordKind))
EXTERNAL_ID: Final = text("What it is here: an address.", limit=ADDRESS)

COMPONENTS: Final[Mapping[str, Schema]] = {
    "NewCrm": sent(
        "A CRM. Its key is kept apart and shown to nobody.",
        {
            "adapter": text("What kind of CRM.", limit=40, least=1),
            "address": text(
                "Where it is: its base address, or the path of a folder.", limit=ADDRESS, least=1
            ),
            "secret": text("Its key.", limit=_LONGEST_SECRET),
            "options": {"type": "object", "description": "What the kind asks for beside, texts by name."},
            "mapping": text(
                "Which field goes where (TOML); if left out, as shipped.", limit=_LONGEST_MAPPING
            ),
        },
        required=["adapter", "address"],
    ),
    "CrmSync": sent(
        "How much is brought there.",
        {
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": _MOST_AT_ONCE,
                "description": "So many records at once, and no more by itself; everything if left out.",
            }
        },
    ),
    "CrmAdapters": answered(
        "The kinds of CRM.",
        {
            "items": items(
                "Kinds.",
                answered(
                    "A kind of CRM.",
                    {
                        "name": text("Its name."),
                        "title": text("What people call it."),
                        "address": text("What its address is."),
                        "needs_secret": yes("Whether it has a key."),
                        "options": OBJECT,
                        "mapping": text("The mapping that ships with it.", limit=_LONGEST_MAPPING),
                        "tried": text("With what its tests speak: whether that was run or played."),
                        "fault": text("Why it cannot be used; null if it can.", nullable=True, limit=1_000),
                    },
                ),
            ),
            "next": or_null(ID),
        },
    ),
    "Crm": answered(
        "The CRM, what stands there, and what waits.",
        {
            "adapter": text("What kind of CRM."),
            "title": text("What people call that kind."),
            "address": text("Where it is.", limit=ADDRESS),
            "options": OBJECT,
            "mapping_digest": text("SHA-256 of the mapping."),
            "connected_at": MOMENT,
            "active": yes("Whether what happens goes there by itself."),
            "health": word("How it stands.", *CrmStanding),
            "looks_every": whole("After how many seconds it is looked at again."),
            "read_at": MOMENT_OR_NULL,
            "trouble": text("Why it cannot be reached; null if it can.", nullable=True, limit=1_000),
            "caution": text("What it does not let our key do; null if all.", nullable=True, limit=1_000),
            "rests_until": MOMENT_OR_NULL,
            "records": OBJECT,
            "queued": whole("Things that wait to be written."),
            "refused": whole("Things that it does not take."),
            "conflicts": whole("Things that you have to decide."),
            "left_out": whole("Wishes of today that wait at your desk, of people whom you never answered."),
            "waiting": items("The first of what waits.", ref("CrmWaiting")),
            "begun": whole("Of a sync: things that it has to write."),
        },
        maybe=["begun"],
    ),
    "CrmLeft": answered(
        "What stays in the CRM that was let go.",
        {
            "adapter": text("What kind of CRM."),
            "address": text("Where it is.", limit=ADDRESS),
            "left": OBJECT,
        },
    ),
    "CrmPlan": answered(
        "What a sync would do; nothing was written.",
        {
            "actions": OBJECT,
            "items": items(
                "Records that it would write.",
                answered(
                    "A record.",
                    {
                        "kind": KIND,
                        "external_id": EXTERNAL_ID,
                        "crm_id": text("Its id there; null for none.", nullable=True),
                        "action": word("What is done.", "create", "update", "quarantine"),
                        "state": text("Where it stands there.", nullable=True),
                        "aim": text("Where it is to stand.", nullable=True),
                        "fields": items(
                            "Its fields.",
                            answered(
                                "A field.",
                                {
                                    "from": items("Of ours.", text("A value.")),
                                    "to": text("Its name in the CRM."),
                                    "owner": text("Whose value holds."),
                                    "purpose": text("Why it is there."),
                                    "verdict": word("What is done.", *(one.value for one in FieldFate)),
                                    "ours": text("Our value.", nullable=True, limit=20_000),
                                    "theirs": text("Its value.", nullable=True, limit=20_000),
                                },
                            ),
                        ),
                    },
                ),
            ),
        },
    ),
    "CrmVerified": answered(
        "Both sides compared.",
        {
            "alike": yes("Whether they are."),
            "items": items(
                "Kind by kind.",
                answered(
                    "A kind of record.",
                    {
                        "kind": KIND,
                        "freehold": whole("How many there are to be."),
                        "crm": whole("How many there are."),
                        "digest_freehold": text("SHA-256 of what is to be there."),
                        "digest_crm": text("SHA-256 of what is there."),
                        "alike": yes("Whether they are."),
                        "differing": whole("How many differ."),
                        "differ": items("Those that differ, the first hundred of them.", EXTERNAL_ID),
                    },
                ),
            ),
        },
    ),
}


async def adapters(call: ApiCall) -> Document:
    """List the kinds of CRM."""
    return {"items": list(call.runtime.crm.adapters()), "next": None}


async def show(call: ApiCall) -> Any:
    """Show the CRM."""
    return await call.runtime.crm.show(call.acting)


async def connect(call: ApiCall) -> Any:
    """Connect a CRM."""
    return await call.runtime.crm.connect(call.acting, call.body, check=call.check_held)


async def plan(call: ApiCall) -> Any:
    """Show what a sync would do."""
    return await call.runtime.crm.plan(call.acting)


async def sync(call: ApiCall) -> Any:
    """Bring everything there, or so much of it."""
    limit = call.body.get("limit")
    most = None if limit is None else int(limit)
    return await call.runtime.crm.sync(call.acting, limit=most, check=call.check_held)


async def verify(call: ApiCall) -> Any:
    """Compare both sides."""
    return await call.runtime.crm.verify(call.acting)


OPERATIONS: Final = (
    Operation(
        name="crm_adapters",
        method="GET",
        path="/crm/adapters",
        handler=adapters,
        summary="List the kinds of CRM, what each needs to be told, and the mapping that ships with it.",
        answer="CrmAdapters",
    ),
    Operation(
        name="crm_show",
        method="GET",
        path="/crm",
        handler=show,
        summary="Show the CRM, what stands there, what waits and why; never its key.",
        answer="Crm",
        errors=(404,),
    ),
    Operation(
        name="crm_connect",
        method="POST",
        path="/crm",
        handler=connect,
        scope=Scope.ADMIN,
        summary="Connect a CRM; nothing is written into it before a sync.",
        body="NewCrm",
        answer="Crm",
        status=201,
        errors=(409, 422),
        is_final=True,
    ),
    Operation(
        name="crm_disconnect",
        method="DELETE",
        path="/crm",
        handler=Writes(connecting.disconnect),
        scope=Scope.ADMIN,
        summary="Let the CRM go, and say what stays there.",
        answer="CrmLeft",
        errors=(404,),
    ),
    Operation(
        name="crm_plan",
        method="GET",
        path="/crm/plan",
        handler=plan,
        summary="Show what a sync would do, field by field; nothing is written.",
        answer="CrmPlan",
        errors=(404, 409),
    ),
    Operation(
        name="crm_sync",
        method="POST",
        path="/crm/sync",
        handler=sync,
        scope=Scope.WRITE,
        summary="Bring everything into the CRM from now on, or so many records at once.",
        body="CrmSync",
        answer="Crm",
        errors=(404, 409, 422),
        is_final=True,
    ),
    Operation(
        name="crm_verify",
        method="GET",
        path="/crm/verification",
        handler=verify,
        summary="Compare both sides by count and digest, kind by kind.",
        answer="CrmVerified",
        errors=(404, 409),
    ),
)
