"""One thing brought to where it should be in the CRM: found or made, its fields written, its state reached.

Rules here:

- What is written is made from the tables as they are now, and compared with the record as it is now. So it
  may be tried again at any time, and after a crash in between it is found by its external id.
- What somebody changed there is taken first: it may change what is to be written.
- What a record belongs to is brought there before it.
- What a person decides meanwhile holds: what was begun before it is not noted over it.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from node.core.crm_conflicts import both_changed, say_conflict, say_several
from node.core.crm_mapping import CrmMapping
from node.core.crm_merging import (
    LEFT,
    FieldVerdict,
    Linking,
    WantedRecord,
    agreed_on,
    compare,
    match_by,
    next_step,
    to_upsert,
    wanted_digest,
)
from node.core.crm_quotations import TERMS, own_lines, terms_seen
from node.core.crm_sayings import DELETED, MEANWHILE
from node.core.records import CrmDescription, CrmRecord, RecordKind, RecordState, RecordVerb, Upsert
from node.crm.port import Crm, CrmAmbiguous, CrmMissing, CrmRefused, CrmStale
from node.services.acting import Acting
from node.services.crm.notes import for_customer
from node.services.crm.orders import content_of
from node.services.crm.queueing import put_before_owner, settle
from node.services.crm.taking import take
from node.services.crm.wanting import wanted
from node.storage import crm as tables
from node.storage.crm import ConflictReason, CrmConflictRow, CrmRecordRow
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import ProtocolError
from protocol.values import dataclass

_LONGEST_WAY: Final = 3  # verbs between two states that lie farthest apart
TWO_IN_ONE: Final = "The CRM answers with the id of a record that is another thing here already."
MADE_ONCE: Final = frozenset({RecordKind.NOTE, RecordKind.FILE})


@dataclass(frozen=True, slots=True)
class Reconciler:
    """What it takes to bring one actor's things into its CRM."""

    crm: Crm
    store: Store
    acting: Acting
    mapping: CrmMapping
    described: CrmDescription

    async def bring(self, kind: RecordKind, external_id: str, body: Mapping[str, Any]) -> str | None:
        """Bring a thing to where it should be; return its id there, None if it is nothing there.

        Raises: CrmError, as the port does.
        """
        if kind not in self.described.kinds:
            return None
        read = partial(wanted, acting=self.acting, kind=kind, external_id=external_id, body=body)
        aim = await self.store.read(read)
        known, asked = await self.store.read(partial(self._begin, kind=kind, external_id=external_id))
        if aim is None or (known is not None and known.ignored):
            if known is not None and kind is RecordKind.QUOTATION and not known.ignored:
                await self._look_at_waiting(known)
            return None
        if aim.forgotten:
            await self._forget(aim, known)
            return None
        if known is not None and kind in MADE_ONCE:
            return known.crm_id
        links = dict(aim.crm_links)
        for other, id in aim.links.items():
            there = await self.bring_if_new(other, id)
            links |= {} if there is None else {other: there}
        record = await self._find(aim, known)
        if record is None and known is not None:
            await self.store.write(partial(_note_deleted, acting=self.acting, known=known))
            return None
        refused = ""
        if record is not None and (known is None or record.version != known.version):
            record, refused = await self._take(record, known or self.row(record, external_id, {}))
            aim = await self.store.read(read) or aim
        return await self._write(aim, known, record, links, refused, asked)

    async def bring_if_new(self, kind: RecordKind, external_id: str) -> str | None:
        """Return the id of a thing there, bringing it if it is not there yet; None if it is nothing there."""
        known = await self._known(kind, external_id)
        if known is not None:
            return None if known.ignored else known.crm_id
        return await self.bring(kind, external_id, {})

    async def bring_what_it_is_about(self, record: CrmRecord) -> None:
        """Find out which things of ours a note for the customer, or a quotation, is about.

        The map has them not yet where a CRM is connected again.

        Raises: CrmError, as the port does.
        """
        is_quoted = record.kind is RecordKind.QUOTATION and record.state is RecordState.QUOTED
        if not is_quoted and not for_customer(record, self.mapping):
            return
        for kind in (RecordKind.QUOTATION, RecordKind.OPPORTUNITY):
            id = record.links.get(kind, "")
            known = await self.store.read(partial(self._known_at, kind=kind, id=id))
            try:
                about = await self.crm.get(kind, id) if id and known is None else None
            except CrmMissing:
                continue
            if about is not None and about.external_id:
                await self.bring_if_new(kind, about.external_id)

    def _known_at(self, session: Session, kind: RecordKind, id: str) -> CrmRecordRow | None:
        return tables.load_record_at(session, self.acting.iri, kind, id)

    async def _look_at_waiting(self, known: CrmRecordRow) -> None:
        """Take a quotation that is no offer yet and waits for signatures; who deletes it takes that back."""
        try:
            record = await self.crm.get(known.kind, known.crm_id)
        except CrmMissing:
            record = CrmRecord(kind=known.kind, id=known.crm_id, version="", state=RecordState.CANCELLED)
        await self._take(record, known)

    async def put_back(self, record: CrmRecord, verbs: tuple[RecordVerb, ...]) -> tuple[CrmRecord, str]:
        """Do to a record what its being taken asks for; return it, and why that could not be done.

        That is the first of the verbs that the CRM has, or else the last, which it then refuses.
        """
        has = self.described.kinds[record.kind].verbs
        verb = next((each for each in verbs if each in has), verbs[-1])
        try:
            after = await self.crm.act(record.kind, record.id, verb)
        except CrmRefused as error:
            return record, str(error)
        return after or record, ""

    async def _forget(self, aim: WantedRecord, known: CrmRecordRow | None) -> None:
        """Have a record forgotten whose words were taken back, if it is there; no other that has its id now.

        Raises: CrmAmbiguous.
        """
        if known is None:
            return
        record = await self._find(aim, known)
        with suppress(CrmMissing):  # somebody has deleted it: nothing is left to be forgotten
            if record is not None:
                await self.crm.act(record.kind, record.id, RecordVerb.FORGET)
        row = replace(known, ignored=True, base={})
        await self.store.write(lambda session: tables.save_record(session, row))

    def _begin(
        self, session: Session, kind: RecordKind, external_id: str
    ) -> tuple[CrmRecordRow | None, Sequence[CrmConflictRow]]:
        """Return what is known of a thing, and what a person is asked about it."""
        known = tables.load_record(session, self.acting.iri, kind, external_id)
        crm_id = "" if known is None else known.crm_id
        return known, tables.conflicts_of(session, self.acting.iri, kind, external_id, crm_id)

    async def _known(self, kind: RecordKind, external_id: str) -> CrmRecordRow | None:
        return await self.store.read(
            lambda session: tables.load_record(session, self.acting.iri, kind, external_id)
        )

    async def _find(self, aim: WantedRecord, known: CrmRecordRow | None) -> CrmRecord | None:
        """Return the record of a thing: the one it was, or the one with its external id; None for none.

        Raises:
            CrmAmbiguous: there are several.
        """
        if known is not None:
            try:
                record = await self.crm.get(aim.kind, known.crm_id)
            except CrmMissing:
                pass  # somebody may have given the record another id
            else:
                if record.in_place_of == known.crm_id:
                    return await self._in_place(record, aim)
                if record.external_id in {"", aim.external_id}:
                    return record  # any other: an id that was free is another record's now
        found = await self.crm.find(aim.kind, aim.external_id)
        if match_by(len(found)) is Linking.QUARANTINE:
            ids = [record.id for record in found]
            raise CrmAmbiguous(say_several(ids), ids=ids)
        return next(iter(found), None)

    async def _in_place(self, record: CrmRecord, aim: WantedRecord) -> CrmRecord:
        """Return what the CRM says took the place of a record, as of two that were merged.

        Raises:
            CrmRefused: it is another thing here.
        """
        other = await self.store.read(partial(self._known_at, kind=aim.kind, id=record.id))
        if other is not None and other.external_id != aim.external_id:
            raise CrmRefused(TWO_IN_ONE)
        return record

    async def _take(self, record: CrmRecord, known: CrmRecordRow) -> tuple[CrmRecord, str]:
        work = partial(take, acting=self.acting, mapping=self.mapping, record=record, known=known)
        verbs = await self.store.write(work)
        return await self.put_back(record, verbs) if verbs else (record, "")

    async def _write(
        self,
        aim: WantedRecord,
        known: CrmRecordRow | None,
        record: CrmRecord | None,
        links: Mapping[RecordKind, str],
        refused: str,
        asked: Sequence[CrmConflictRow],
    ) -> str:
        if known is not None and record is not None and _is_left(aim, known, record):
            return record.id
        base = None if known is None else known.base
        verdicts = compare(aim, self.mapping, record, base)
        write = to_upsert(aim, verdicts, record, links)
        created = record is None
        if write is not None and created:
            write = replace(write, content=await self._content(aim))
        if write is not None:
            try:
                after = (await self.crm.upsert(write)).record
            except CrmRefused:  # then it was looked at: who is told of it again and again cannot leave it
                await self.store.write(partial(_note_refused, record=record, known=known))
                raise
            if record is not None and _put_by_people(after, write) != _put_by_people(record, write):
                raise CrmStale(MEANWHILE)  # that is to be taken first
            record = after
        assert record is not None  # noqa: S101 - without a record there was something to write
        if not refused:
            record, refused = await self._go(record, aim, created=created)
        agreed = agreed_on(verdicts, base, record) if aim.kind is not RecordKind.NOTE else {}  # made once
        row = self.row(record, aim.external_id, agreed, looked_at=_looked_at(known, record))
        said = {
            ConflictReason.REFUSED: refused,
            ConflictReason.CHANGED: say_conflict(aim, record, verdicts),
        }
        note = partial(_note_written, acting=self.acting, row=row, said=said, verdicts=verdicts)
        if not await self.store.write(partial(note, known=known, asked=asked)):
            raise CrmStale("Somebody decided about the record while it was written.")
        return record.id

    async def _content(self, aim: WantedRecord) -> bytes:
        """Return the content of a new file.

        Raises:
            CrmRefused: what was signed proves nothing to others, as of an offer without price lines.
        """
        read = partial(content_of, acting=self.acting, kind=aim.kind, name=aim.external_id)
        try:
            return await self.store.read(read)
        except ProtocolError as error:
            raise CrmRefused(error.detail) from None

    async def _go(self, record: CrmRecord, aim: WantedRecord, *, created: bool) -> tuple[CrmRecord, str]:
        """Bring a record to a state, as far as the CRM goes there; return it, and why it does not go on."""
        verbs = self.described.kinds[record.kind].verbs
        for _ in range(_LONGEST_WAY):
            verb = next_step(record.state, aim.aim)
            if created and (record.state, aim.aim) == (RecordState.DRAFT, RecordState.QUOTED):
                verb = RecordVerb.QUOTE
            if verb is None or verb not in verbs:
                break
            try:
                after = await self.crm.act(record.kind, record.id, verb, reason=aim.reason)
            except CrmRefused as error:
                return record, str(error)
            record = after or record
        return record, ""

    def row(
        self,
        record: CrmRecord,
        external_id: str,
        base: Mapping[str, str],
        *,
        looked_at: Mapping[str, str] | None = None,
    ) -> CrmRecordRow:
        """Return the row of a record as it stands; `looked_at` are the terms of before, None for its own."""
        if looked_at is None:
            is_quotation = record.kind is RecordKind.QUOTATION
            looked_at = {TERMS: terms_seen(record, self.mapping)} if is_quotation else {}
        return CrmRecordRow(
            actor=self.acting.iri,
            kind=record.kind,
            external_id=external_id,
            crm_id=record.id,
            version=record.version,
            base={**base, **looked_at},
            state=record.state,
            ignored=False,
            seen_at=self.acting.now,
        )


def _put_by_people(record: CrmRecord, write: Upsert) -> tuple[object, ...]:
    """Return what of a record we do not write now, and what means something here if it changes."""
    said = (own_lines(record), record.currency, record.valid_until)
    return (record.state, *(said if write.lines is None else ()))


def _looked_at(known: CrmRecordRow | None, record: CrmRecord) -> Mapping[str, str] | None:
    """Return which terms were looked at before somebody began to write others; None if nobody has.

    What stands in a draft is no offer yet: it is looked at when the draft goes out.
    """
    if known is None or record.state is not RecordState.DRAFT:
        return None
    return {name: str(text) for name, text in known.base.items() if name == TERMS}


def _note_deleted(session: Session, acting: Acting, known: CrmRecordRow) -> None:
    tables.save_record(session, replace(known, ignored=True))
    put_before_owner(
        session,
        acting,
        known.kind,
        ConflictReason.DELETED,
        DELETED,
        external_id=known.external_id,
        crm_id=known.crm_id,
    )


def _is_left(aim: WantedRecord, known: CrmRecordRow, record: CrmRecord) -> bool:
    """Tell whether a person left a record so, and neither side has changed since."""
    return record.version == known.version and known.base.get(LEFT) == wanted_digest(aim)


def _note_refused(session: Session, record: CrmRecord | None, known: CrmRecordRow | None) -> None:
    if record is None or known is None:
        return
    if tables.load_record(session, known.actor, known.kind, known.external_id) == known:
        tables.save_record(session, replace(known, version=record.version))


def _note_written(
    session: Session,
    acting: Acting,
    row: CrmRecordRow,
    said: Mapping[ConflictReason, str],
    *,
    verdicts: list[FieldVerdict],
    known: CrmRecordRow | None,
    asked: Sequence[CrmConflictRow],
) -> bool:
    """Note how a record stands now, and what of it a person has to decide, unless they just have.

    `known` is its row and `asked` what a person was asked about it when this was begun. Returns False where
    they chose a value, or had it tried again, since: what was judged by the row of before is not noted.
    """
    if tables.load_record(session, acting.iri, row.kind, row.external_id) != known:
        return False
    tables.save_record(session, row)
    decided = {one.reason for one in asked if tables.load_conflict(session, acting.iri, one.id) is None}
    for reason, detail in said.items():
        ids = {"external_id": row.external_id, "crm_id": row.crm_id}
        if detail and reason in decided:
            continue  # it is left as it is, or tried again behind this
        if detail:
            both = both_changed(verdicts) if reason is ConflictReason.CHANGED else None
            put_before_owner(session, acting, row.kind, reason, detail, fields=both, **ids)
        else:
            settle(session, acting, row.kind, [reason], **ids)
    if known is None:  # it was found just now: then it was the only one
        settle(session, acting, row.kind, [ConflictReason.AMBIGUOUS], external_id=row.external_id)
    return True
