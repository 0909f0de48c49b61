"""What grants bring to the ledger: those given and got, every reading of them, and what is held."""

from typing import Final

from node.services.grants import taking
from node.services.grants.ending import CLOCK, FOLLOWER
from node.services.grants.projecting import (
    ANSWERED,
    ENDED,
    EXPIRED,
    GIVEN,
    HELD,
    OBTAINED,
    PURGED,
    RECEIVED,
    REFUSED,
    REVOKED,
    TURNED_AWAY,
    project_access,
    project_end,
    project_grant,
    project_held,
    project_obtained,
    project_purged,
)
from node.services.ledger.chapters import Chapter, Claim

CHAPTER: Final = Chapter(
    name="grants",
    claims=(
        Claim(kinds=frozenset({"Create/Grant"}), take=taking.receive, brief=True),
        Claim(
            kinds=frozenset({"Delete/Tombstone"}),
            finds=taking.find_revoked,
            take=taking.receive_revocation,
            settles=True,
        ),
    ),
    projectors={
        GIVEN: project_grant,
        RECEIVED: project_grant,
        REVOKED: project_end,
        REFUSED: project_end,
        EXPIRED: project_end,
        ENDED: project_end,
        ANSWERED: project_access,
        TURNED_AWAY: project_access,
        OBTAINED: project_obtained,
        HELD: project_held,
        PURGED: project_purged,
    },
    apart={GIVEN: frozenset({"why"}), HELD: frozenset({"value", "salt"})},
    tables=("grants", "accesses", "holdings"),
    clock=CLOCK,
    followers=(FOLLOWER,),
    told=frozenset({"grant", "agreement", "serial", "code", "field"}),
)
