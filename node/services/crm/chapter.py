"""What the CRM brings to the ledger: who follows the journal for it, and that it was connected and let go."""

from typing import Final

from node.services.crm.connecting import CONNECTED, DISCONNECTED
from node.services.crm.following import ACTIVE, FOLLOWING
from node.services.crm.queueing import CONFLICT, DECIDED
from node.services.ledger.chapters import Chapter, nothing

CHAPTER: Final = Chapter(
    name="crm",
    projectors=dict.fromkeys((CONNECTED, ACTIVE, DISCONNECTED, CONFLICT, DECIDED), nothing),
    followers=(FOLLOWING,),
    told=frozenset({"adapter", "mapping", "conflict", "call", "record", "reason", "done", "count"}),
)
