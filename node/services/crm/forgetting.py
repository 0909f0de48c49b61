"""What is kept about records of the CRM, without words that were erased here.

Rule here: which record a thing was stays known, so that what stands there is no new one to anybody; what both
sides had in it, what was to be decided, and what was still to be said of it go.
"""

from dataclasses import replace

from node.core.crm_quotations import TERMS
from node.core.records import RecordKind
from node.storage import crm
from node.storage.session import Session


def forget(session: Session, actor: str, kind: RecordKind, external_id: str) -> None:
    """Keep no words of a thing that is erased, by what it is in the CRM. Call inside a write."""
    known = crm.load_record(session, actor, kind, external_id)
    crm_id = "" if known is None else known.crm_id
    if known is not None:
        # The digest of the terms that were looked at last keeps them from being taken for new ones.
        crm.save_record(session, replace(known, base={n: t for n, t in known.base.items() if n == TERMS}))
    for row in crm.conflicts_of(session, actor, kind, external_id, crm_id):
        crm.delete_conflict(session, actor, row.id)
    call = crm.load_call(session, actor, kind, external_id)
    if call is not None:
        crm.delete_call(session, call)
    crm.delete_notes(session, actor, kind, external_id, crm_id)
