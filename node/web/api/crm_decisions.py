"""What waits to go into the CRM, and what the owner has to decide about it."""

from collections.abc import Mapping
from typing import Final

from node.core.crm_merging import FieldChoice
from node.services.crm import deciding, waiting
from node.services.crm.deciding import CrmDecision
from node.services.states import CRM_CALL_STATES, CRM_REASONS
from node.web.api.crm import EXTERNAL_ID, KIND
from node.web.api.members import (
    ADDRESS,
    ID,
    MOMENT,
    OBJECT,
    PROSE,
    answered,
    items,
    or_null,
    ref,
    sent,
    text,
    whole,
    word,
)
from node.web.api.operations import Operation, Reads, Writes
from node.web.api.parameters import PAGE, choice
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope

_NAME: Final = text("What people call it; null for nothing.", nullable=True, limit=PROSE)

COMPONENTS: Final[Mapping[str, Schema]] = {
    "CrmWaiting": answered(
        "A thing that waits.",
        {
            "id": ID,
            "kind": KIND,
            "external_id": EXTERNAL_ID,
            "name": _NAME,
            "state": word("Whether it is queued or refused.", *CRM_CALL_STATES),
            "attempts": whole("How often it was tried."),
            "due_at": MOMENT,
            "detail": text("What came of it last.", nullable=True, limit=1_000),
        },
    ),
    "CrmWaitingPage": answered(
        "What waits, newest first.",
        {"items": items("Things.", ref("CrmWaiting")), "next": or_null(ID), "counts": OBJECT},
    ),
    "CrmConflict": answered(
        "Something that you have to decide.",
        {
            "id": ID,
            "kind": KIND,
            "external_id": text("What it is here; null for nothing.", nullable=True, limit=ADDRESS),
            "name": _NAME,
            "crm_id": text("Its id in the CRM; null for none.", nullable=True),
            "reason": text("Why."),
            "detail": text("In a sentence.", limit=4_000),
            "fields": items(
                "Those that both sides changed.",
                answered(
                    "A field.",
                    {
                        "to": text("Its name in the CRM."),
                        "from": items("Of ours.", text("A value.")),
                        "owner": text("Whose value holds, as the mapping says."),
                        "ours": text("Our value.", limit=20_000),
                        "theirs": text("Its value.", limit=20_000),
                    },
                ),
            ),
            "seen": text("What to send back with a choice: it stands for both values.", nullable=True),
            "at": MOMENT,
        },
    ),
    "CrmConflicts": answered(
        "What you have to decide, newest first, and how much of it there is by the reason.",
        {"items": items("Conflicts.", ref("CrmConflict")), "next": or_null(ID), "counts": OBJECT},
    ),
    "CrmDecision": sent(
        "One decision about all that waits for one reason.",
        {
            "reason": word("Why it waits.", *CRM_REASONS),
            "decision": word("What is done.", *CrmDecision),
        },
        required=["reason", "decision"],
    ),
    "CrmDecided": answered(
        "What was decided, and what is left.",
        {"decided": whole("So many."), "left": whole("So many wait for the same reason: decide again.")},
    ),
    "CrmChoice": sent(
        "Whose value holds.",
        {
            "choice": word("Whose.", *FieldChoice),
            "seen": text("As it was shown beside both values.", least=1),
            "field": text("Of this field of the CRM; of all of them if left out."),
        },
        required=["choice", "seen"],
    ),
}


OPERATIONS: Final = (
    Operation(
        name="crm_decisions_conflicts",
        method="GET",
        path="/crm/conflicts",
        handler=Reads(deciding.conflicts),
        summary="List what you have to decide, newest first.",
        query=(choice("reason", "Only for this reason.", *CRM_REASONS), *PAGE),
        answer="CrmConflicts",
    ),
    Operation(
        name="crm_decisions_decide_all",
        method="POST",
        path="/crm/conflicts",
        handler=Writes(deciding.decide_all),
        scope=Scope.WRITE,
        summary="Decide what waits for one reason in one way, as after many deletions; some at once.",
        body="CrmDecision",
        answer="CrmDecided",
        errors=(404,),
    ),
    Operation(
        name="crm_decisions_show_conflict",
        method="GET",
        path="/crm/conflicts/{id}",
        handler=Reads(deciding.show),
        summary="Show one thing that you have to decide.",
        answer="CrmConflict",
        errors=(404, 409),
    ),
    Operation(
        name="crm_decisions_choose",
        method="POST",
        path="/crm/conflicts/{id}/choose",
        handler=Writes(deciding.choose),
        scope=Scope.WRITE,
        summary="Say whose value of a field holds that both sides changed.",
        body="CrmChoice",
        answer="CrmConflict",
        errors=(404, 409, 422),
    ),
    Operation(
        name="crm_decisions_retry",
        method="POST",
        path="/crm/conflicts/{id}/retry",
        handler=Writes(deciding.retry),
        scope=Scope.WRITE,
        summary="Try again what you had to decide; a record that was deleted there is made anew.",
        answer="CrmConflict",
        errors=(404,),
    ),
    Operation(
        name="crm_decisions_discard",
        method="POST",
        path="/crm/conflicts/{id}/discard",
        handler=Writes(deciding.discard),
        scope=Scope.WRITE,
        summary="Leave the record as it stands in the CRM.",
        answer="CrmConflict",
        errors=(404,),
    ),
    Operation(
        name="crm_decisions_list_waiting",
        method="GET",
        path="/crm/waiting",
        handler=Reads(waiting.waiting),
        summary="List what waits to be brought there, newest first.",
        query=(choice("state", "Only in this state.", *CRM_CALL_STATES), *PAGE),
        answer="CrmWaitingPage",
    ),
    Operation(
        name="crm_decisions_try_now",
        method="POST",
        path="/crm/waiting/{id}/retry",
        handler=Writes(waiting.try_now),
        scope=Scope.WRITE,
        summary="Try now what waits.",
        answer="CrmWaiting",
        errors=(404, 409),
    ),
    Operation(
        name="crm_decisions_drop",
        method="POST",
        path="/crm/waiting/{id}/discard",
        handler=Writes(waiting.drop),
        scope=Scope.WRITE,
        summary="Do not bring there what waits, until the thing changes again.",
        answer="CrmWaiting",
        errors=(404, 409),
    ),
)
