"""What the CRM has nothing of yet, written together where it takes several at once: a sync of thousands.

Rule here: this only makes sooner what `Reconciler.bring` does of each thing by itself, which comes behind it.
What is found there already, or is refused, is left to that, and so is what a person is told.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import structlog

from node.core.crm_merging import WantedRecord, agreed_on, compare, to_upsert
from node.core.records import RecordKind, Upsert, Upserted
from node.crm.port import CrmDenied, CrmUnavailable
from node.crm.reconciling import Reconciler
from node.services.crm.wanting import Thing, wanted
from node.storage import crm as tables
from node.storage.errors import StorageUnavailable, Taken
from node.storage.session import Session

log = structlog.get_logger(__name__)

# What others belong to, each behind what it belongs to itself. Of these there are very many at a beginning.
_TOGETHER: Final = (RecordKind.CUSTOMER, RecordKind.OPPORTUNITY)


async def begin_together(reconciler: Reconciler, things: Sequence[Thing]) -> None:
    """Write what is new of some things and of what they belong to, as many at once as the CRM takes.

    Raises: CrmUnavailable, CrmDenied, StorageUnavailable.
    """
    if reconciler.described.bulk < 2 or len(things) < 2:
        return
    try:
        await _begin(reconciler, things)
    except (CrmUnavailable, CrmDenied, StorageUnavailable):
        raise
    except Exception as error:  # one by one, what trips is passed over
        log.error("crm.not_together", error=type(error).__name__, exc_info=error)


async def _begin(reconciler: Reconciler, things: Sequence[Thing]) -> None:
    most = reconciler.described.bulk
    for kind in _TOGETHER:
        described = reconciler.described.kinds.get(kind)
        if described is None or described.singly:
            continue
        new = await reconciler.store.read(partial(_new, reconciler=reconciler, kind=kind, things=things))
        for start in range(0, len(new), most):
            some = new[start : start + most]
            missing = [aim for aim in some if not await reconciler.crm.find(kind, aim.external_id)]
            await _write(reconciler, missing)


def _new(
    session: Session, reconciler: Reconciler, kind: RecordKind, things: Sequence[Thing]
) -> list[WantedRecord]:
    """Return what of a kind is not in the map: the things themselves, and what they belong to."""
    acting, found = reconciler.acting, dict[str, WantedRecord]()
    for thing in things:
        aim = wanted(session, acting, *thing, {})
        if aim is None or aim.forgotten:
            continue
        external_id = thing[1] if thing[0] is kind else aim.links.get(kind)
        if external_id is None or external_id in found:
            continue
        if tables.load_record(session, acting.iri, kind, external_id) is None:
            new = aim if thing[0] is kind else wanted(session, acting, kind, external_id, {})
            found |= {} if new is None else {external_id: new}
    return [*found.values()]


async def _write(reconciler: Reconciler, aims: Sequence[WantedRecord]) -> None:
    """Write new records together, and note which things they are."""
    links = await reconciler.store.read(partial(_links, reconciler=reconciler, aims=aims))
    # What it belongs to may be refused, or several: then it is not written before that is settled.
    whole = [(aim, there) for aim, there in zip(aims, links, strict=True) if len(there) == len(aim.links)]
    if not whole:
        return
    done = await reconciler.crm.bulk([_upsert(reconciler, aim, there) for aim, there in whole])
    written = [(aim, one) for (aim, _), one in zip(whole, done, strict=False) if isinstance(one, Upserted)]
    await reconciler.store.write(partial(_note, reconciler=reconciler, written=written))


def _links(
    session: Session, reconciler: Reconciler, aims: Sequence[WantedRecord]
) -> list[Mapping[RecordKind, str]]:
    """Return what each belongs to, by the CRM's ids, as far as it is there."""
    found = list[Mapping[RecordKind, str]]()
    for aim in aims:
        rows = [
            tables.load_record(session, reconciler.acting.iri, kind, id) for kind, id in aim.links.items()
        ]
        found.append({row.kind: row.crm_id for row in rows if row is not None and not row.ignored})
    return found


def _upsert(reconciler: Reconciler, aim: WantedRecord, links: Mapping[RecordKind, str]) -> Upsert:
    write = to_upsert(aim, compare(aim, reconciler.mapping, None, None), None, links)
    assert write is not None  # noqa: S101 - without a record there is something to write
    return write


def _note(session: Session, reconciler: Reconciler, written: Sequence[tuple[WantedRecord, Upserted]]) -> None:
    """Note which records things are now; whatever else is to be done to them comes behind."""
    for aim, done in written:
        verdicts = compare(aim, reconciler.mapping, None, None)
        row = reconciler.row(done.record, aim.external_id, agreed_on(verdicts, None, done.record))
        attempted = session.attempt(partial(tables.save_record, row=row))
        if attempted.error is not None and not isinstance(attempted.error, Taken):
            raise attempted.error
