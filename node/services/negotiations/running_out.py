"""Running out: what nobody has signed a second time while it could still be made.

Rules here: it falls away at its time whether the node is up or not; that it did is noted once, when the node
sees it, so that whoever asked for it and whoever could have signed it are told.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core.cosigning import CosignState
from node.services.acting import Residents
from node.services.ledger.recording import note
from node.services.negotiations.asking import RAN_OUT
from node.storage import cosignatures
from node.storage.session import Session

_STEP: Final = 100  # in one write


def run_out(session: Session, residents: Residents, now: datetime) -> None:
    """Note what has run out. Call inside a write."""
    for row in cosignatures.run_out(session, now=now, limit=_STEP):
        ended = replace(row, state=CosignState.EXPIRED, ended_at=row.until)
        cosignatures.save_cosignature(session, ended)
        acting = residents.of(row.actor)
        if acting is not None:
            note(session, acting, RAN_OUT, {"cosignature": row.id, "asked_by": row.asked_by})
