"""One change of a record in the CRM, noticed: an echo is none, what is known is brought up to date.

Rules here:

- What trips over one change would trip again, and hold up all that comes behind it: it is put before the
  owner.
- A record that cannot be read stands apart by itself. The owner is told, if it is a thing of ours or may be
  an answer to one; once it can be read, or is gone, that is settled.
"""

from contextlib import suppress
from functools import partial
from typing import Final

import structlog

from node.core.crm_conflicts import say_second
from node.core.records import CrmRecord, RecordChange, RecordKind
from node.crm.port import CrmDenied, CrmError, CrmMissing, CrmStale, CrmUnavailable, CrmUnreadable
from node.crm.reconciling import Reconciler
from node.services.acting import Acting
from node.services.crm.queueing import LEFT_APART, is_apart, put_before_owner, queue, settle
from node.services.crm.taking import take
from node.services.crm.wanting import wanted
from node.storage import crm as tables
from node.storage.crm import ConflictReason, CrmRecordRow
from node.storage.errors import StorageUnavailable
from node.storage.session import Session

DEFECT: Final = "A defect of the node keeps this from going on; its log says more. The rest goes on."

_ANSWERS: Final = frozenset({RecordKind.QUOTATION, RecordKind.NOTE})
"""Kinds that somebody makes in the CRM for us; what of any other is not in the map is none of ours."""

log = structlog.get_logger(__name__)


async def notice(reconciler: Reconciler, change: RecordChange) -> None:
    """Take one change, or put it before its owner.

    Raises: CrmUnavailable, CrmDenied: they are of no one thing. StorageUnavailable.
    """
    try:
        if change.fault:
            await reconciler.store.write(partial(_set_apart, acting=reconciler.acting, change=change))
        else:
            await _notice(reconciler, change)
    except (CrmUnavailable, CrmDenied, StorageUnavailable):
        raise
    except Exception as error:
        known = isinstance(error, CrmError)
        if not known:
            log.error("crm.passed_over", kind=change.kind.value, error=type(error).__name__, exc_info=error)
        is_unreadable = isinstance(error, CrmUnreadable)
        await reconciler.store.write(
            partial(
                put_before_owner,
                acting=reconciler.acting,
                kind=change.kind,
                reason=ConflictReason.UNREADABLE if is_unreadable else ConflictReason.REFUSED,
                detail=str(error) if known else DEFECT,
                crm_id=change.id,
            )
        )


def _set_apart(session: Session, acting: Acting, change: RecordChange) -> None:
    """Put a record that cannot be read before its owner, unless it is none of ours."""
    known = tables.load_record_at(session, acting.iri, change.kind, change.id)
    if not tables.is_spoken_with(session, acting.iri) or (known is None and change.kind not in _ANSWERS):
        return
    external_id = "" if known is None else known.external_id
    if known is None or not (known.ignored or known.version == LEFT_APART):
        put_before_owner(
            session,
            acting,
            change.kind,
            ConflictReason.UNREADABLE,
            change.fault,
            external_id=external_id,
            crm_id=change.id,
        )


async def _notice(reconciler: Reconciler, change: RecordChange) -> None:
    acting, record = reconciler.acting, change.record
    known, was_apart = await reconciler.store.read(partial(_known, acting=acting, change=change))
    if was_apart:
        await reconciler.store.write(partial(_settle, acting=acting, change=change, known=known))
    if known is not None and is_apart(known):
        await reconciler.store.write(
            lambda session: tables.delete_record(session, acting.iri, known.kind, known.external_id)
        )
    elif known is not None:
        if not known.ignored and (record is None or was_apart or record.version != known.version):
            things = [(known.kind, known.external_id)]
            await reconciler.store.write(partial(queue, acting=acting, things=things))
        return
    if record is None:
        return
    if record.external_id:
        await _notice_another(reconciler, record)
        return
    await reconciler.bring_what_it_is_about(record)
    taking = partial(take, acting=acting, mapping=reconciler.mapping, record=record, known=None)
    verbs = await reconciler.store.write(taking)
    if verbs:
        with suppress(CrmMissing, CrmStale):  # it changed once more: that is told next
            await reconciler.put_back(record, verbs)


def _known(session: Session, acting: Acting, change: RecordChange) -> tuple[CrmRecordRow | None, bool]:
    """Return which thing a record is, and whether it stands apart as one that cannot be read."""
    known = tables.load_record_at(session, acting.iri, change.kind, change.id)
    if not tables.has_conflicts(session, acting.iri, ConflictReason.UNREADABLE):
        return known, False
    external_id = "" if known is None else known.external_id
    waits = tables.conflicts_of(session, acting.iri, change.kind, external_id, change.id)
    return known, any(row.reason is ConflictReason.UNREADABLE for row in waits)


def _settle(session: Session, acting: Acting, change: RecordChange, known: CrmRecordRow | None) -> None:
    external_id = "" if known is None else known.external_id
    reasons = [ConflictReason.UNREADABLE]
    settle(session, acting, change.kind, reasons, external_id=external_id, crm_id=change.id)


async def _notice_another(reconciler: Reconciler, record: CrmRecord) -> None:
    """Take a record that says it is a thing of ours and is not the one that we know."""
    acting, kind, external_id = reconciler.acting, record.kind, record.external_id
    known = await reconciler.store.read(
        lambda session: tables.load_record(session, acting.iri, kind, external_id)
    )
    if known is not None and not known.ignored:
        try:
            there = (await reconciler.crm.get(kind, known.crm_id)).id
        except CrmMissing:
            there = record.id  # the record has another id now
        if there != record.id:  # or it took the place of the one that we know
            await reconciler.store.write(
                partial(
                    put_before_owner,
                    acting=acting,
                    kind=kind,
                    reason=ConflictReason.AMBIGUOUS,
                    detail=say_second(record.id),
                    external_id=external_id,
                    crm_id=record.id,
                )
            )
            return
    read = partial(wanted, acting=acting, kind=kind, external_id=external_id, body={})
    if await reconciler.store.read(read) is not None:  # no row waits for what is nothing here
        await reconciler.store.write(partial(queue, acting=acting, things=[(kind, external_id)]))
